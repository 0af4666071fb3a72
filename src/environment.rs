// SPDX-License-Identifier: GPL-2.0-or-later
//! Every environment variable that the program reads, one function each; a test keeps other modules from reading any.
//!
//! Each is documented in git-patman-config(5). Variables that a setting replaces or that replace a setting are combined with
//! it in `settings.rs`.

use std::ffi::OsString;
use std::path::PathBuf;

/// Variables that name programs which git starts.
pub const PROGRAMS: [&str; 8] = [
    "GIT_ASKPASS",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "PAGER",
    "SSH_ASKPASS",
];

/// Options of pagers, with the values that git gives them where they are not set.
const PAGER_OPTIONS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// A variable, even if it is empty.
fn value(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A variable that is set and not empty.
fn filled(name: &str) -> Option<OsString> {
    value(name).filter(|value| !value.is_empty())
}

/// A variable that is text, even if it is empty.
fn text(name: &str) -> Option<String> {
    value(name)?.into_string().ok()
}

/// A variable that is text and not empty.
fn filled_text(name: &str) -> Option<String> {
    text(name).filter(|value| !value.is_empty())
}

/// Whether a variable is set to anything but the values that git reads as false.
fn is_true(name: &str) -> bool {
    value(name).is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
}

/// `PATMAN_DB_DIR`: the directory of the database, before any configuration.
pub fn db_dir() -> Option<OsString> {
    filled("PATMAN_DB_DIR")
}

/// `GIT_PATMAN_TRACE`: whether to print each operation and its duration on standard error.
pub fn is_traced() -> bool {
    is_true("GIT_PATMAN_TRACE")
}

/// `GIT_TEST_DATE_NOW`, git's own variable for its tests: the time, in seconds since 1970.
pub fn test_date_now() -> Option<i64> {
    text("GIT_TEST_DATE_NOW")?.parse().ok()
}

/// `HOME`: the home directory.
pub fn home_dir() -> Option<PathBuf> {
    dirs::home_dir()
}

/// `XDG_CACHE_HOME`: the directory for files that can be fetched again.
pub fn cache_dir() -> Option<PathBuf> {
    dirs::cache_dir()
}

/// `XDG_DATA_HOME`: the directory for the user's man pages and completions.
pub fn data_dir() -> Option<PathBuf> {
    dirs::data_dir()
}

/// `XDG_CONFIG_HOME` as the platform has it: the directory of the user's configuration.
pub fn config_dir() -> Option<PathBuf> {
    dirs::config_dir()
}

/// `XDG_CONFIG_HOME` as git reads it; `~/.config` if it is not set.
pub fn git_config_home() -> Option<PathBuf> {
    filled("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(home_dir()?.join(".config")))
}

/// `PATH`: where programs are searched for.
pub fn search_path() -> Option<OsString> {
    value("PATH")
}

/// `SHELL`: the user's shell; `sh` if it is not set.
pub fn shell() -> OsString {
    filled("SHELL").unwrap_or_else(|| "sh".into())
}

/// `SUDO_UID`: the user who became root by sudo, whose files root trusts as git does.
pub fn sudo_uid() -> Option<u32> {
    text("SUDO_UID")?.parse().ok()
}

/// `TERM`: the kind of the terminal; empty if it is not set.
pub fn terminal() -> String {
    text("TERM").unwrap_or_default()
}

/// `COLUMNS`: the width of the terminal, in cells.
pub fn columns() -> Option<usize> {
    text("COLUMNS")?.parse().ok()
}

/// `NO_COLOR`, and `TERM=dumb`: whether the user or the terminal wants no colours.
pub fn is_plain() -> bool {
    filled("NO_COLOR").is_some() || terminal() == "dumb"
}

/// `GIT_PAGER_IN_USE`: whether git shows our standard output in its pager, and colours are wanted as on a terminal.
pub fn is_pager_in_use() -> bool {
    is_true("GIT_PAGER_IN_USE")
}

/// `GIT_PAGER`: the pager for git's output.
pub fn git_pager() -> Option<String> {
    text("GIT_PAGER")
}

/// `PAGER`: the pager of the user.
pub fn pager() -> Option<String> {
    text("PAGER")
}

/// `LESS` and `LV`: those that are not set, with the values that git gives them for a pager.
pub fn unset_pager_options() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGER_OPTIONS
        .into_iter()
        .filter(|(name, _)| value(name).is_none())
}

/// The variables of [`PROGRAMS`] that are set, with the command lines that they name.
pub fn programs() -> impl Iterator<Item = (&'static str, String)> {
    PROGRAMS
        .into_iter()
        .filter_map(|name| Some((name, text(name)?)))
}

/// `GIT_DIR`: the repository to use.
pub fn git_dir() -> Option<OsString> {
    filled("GIT_DIR")
}

/// `GIT_WORK_TREE`: the worktree of the repository in `GIT_DIR`.
pub fn git_work_tree() -> Option<OsString> {
    filled("GIT_WORK_TREE")
}

/// `GIT_CEILING_DIRECTORIES`: where the upward search for a repository ends.
pub fn git_ceiling_directories() -> Option<OsString> {
    filled("GIT_CEILING_DIRECTORIES")
}

/// `GIT_DISCOVERY_ACROSS_FILESYSTEM`: whether the search for a repository may leave a file system.
pub fn git_discovers_across_filesystems() -> bool {
    filled("GIT_DISCOVERY_ACROSS_FILESYSTEM")
        .is_some_and(|value| !matches!(value.to_str(), Some("0" | "false" | "no" | "off")))
}

/// `GIT_COMMITTER_NAME`: the committer's name.
pub fn git_committer_name() -> Option<String> {
    filled_text("GIT_COMMITTER_NAME")
}

/// `GIT_COMMITTER_EMAIL`: the committer's address.
pub fn git_committer_email() -> Option<String> {
    filled_text("GIT_COMMITTER_EMAIL")
}

/// `GIT_COMMITTER_DATE`: whether the date of new commits is set.
pub fn has_git_committer_date() -> bool {
    value("GIT_COMMITTER_DATE").is_some()
}

/// `GIT_NOTES_REF`: the notes that git shows.
pub fn git_notes_ref() -> Option<String> {
    filled_text("GIT_NOTES_REF")
}

/// `GIT_NOTES_REWRITE_REF`: whether it is set which notes follow rewritten commits.
pub fn has_git_notes_rewrite_ref() -> bool {
    text("GIT_NOTES_REWRITE_REF").is_some()
}

/// `GIT_CONFIG_PARAMETERS` and `GIT_CONFIG_KEY_<n>`: the settings that this process was given by its environment, as
/// git writes them.
pub fn git_config() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.to_string_lossy();
        (name == "GIT_CONFIG_PARAMETERS" || name.starts_with("GIT_CONFIG_KEY_"))
            .then(|| value.to_string_lossy().into_owned())
    })
}

/// `GIT_SSL_CAINFO`: the certificates used to verify servers.
pub fn git_ssl_ca_info() -> Option<OsString> {
    filled("GIT_SSL_CAINFO")
}

/// `GIT_SSL_NO_VERIFY`: whether git would not verify servers.
pub fn has_git_ssl_no_verify() -> bool {
    value("GIT_SSL_NO_VERIFY").is_some()
}

/// The proxy for `http` (`secure`: `https`) servers: `https_proxy` or `http_proxy`, else `all_proxy`, in small letters or
/// capitals.
pub fn proxy(secure: bool) -> Option<String> {
    let names = if secure {
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    names.into_iter().find_map(filled_text)
}

/// `no_proxy`, in small letters or capitals: the hosts to contact without a proxy.
pub fn no_proxy() -> String {
    ["no_proxy", "NO_PROXY"]
        .into_iter()
        .find_map(filled_text)
        .unwrap_or_default()
}
