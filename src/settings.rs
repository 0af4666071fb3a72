// SPDX-License-Identifier: GPL-2.0-or-later
//! Every git config key that the program reads, one function each, combined with the environment variables that replace it.
//!
//! Each is documented in git-patman-config(5).

use crate::clock;
use crate::environment;
use crate::error::{Error, Result};
use crate::git::abbrev::Abbrev;
use crate::git::config::Config;
use crate::git::overrides::{Overrides, Place};
use crate::git::rewrite::Resign;
use crate::git::run::Git;
use crate::git::sharing::Sharing;
use crate::text::shell_quote;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Also in a pipe.
    Always,
    /// Never.
    Never,
}

/// A check that the user has configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCheck {
    /// The command line, for a shell.
    pub command: String,
    /// Whether it is run at each patch, not only at the last.
    pub each_patch: bool,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// The settings in force in one directory.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    config: Config,
    cwd: PathBuf,
}

impl Settings {
    /// Reads the settings for `cwd`.
    pub fn read(cwd: &Path) -> Result<Settings> {
        Ok(Settings {
            config: Config::read(cwd)?,
            cwd: cwd.to_owned(),
        })
    }

    /// Reads them as `git` sees them where it is set up to run, in `cwd`.
    pub fn read_by(git: Git, cwd: &Path) -> Result<Settings> {
        Ok(Settings {
            config: Config::read_by(git)?,
            cwd: cwd.to_owned(),
        })
    }

    /// What must be overridden for git in a worktree with a stranger's files.
    pub fn overrides(&self, place: Place<'_>) -> Overrides {
        Overrides::new(&self.config, place)
    }

    /// `patman.dbDir`: the directory of the database, and where it was set.
    pub fn db_dir(&self) -> Result<Option<(PathBuf, String)>> {
        let path = self.config.path("patman.dbDir", &self.cwd)?;
        let origin = self
            .config
            .entry("patman.dbDir")
            .map(|entry| entry.origin.clone())
            .unwrap_or_default();
        Ok(path.map(|path| (path, origin)))
    }

    /// `patman.reviewDbDir`: the directory of a database for reviews alone, and where it was set.
    pub fn review_db_dir(&self) -> Result<Option<(PathBuf, String)>> {
        let path = self.config.path("patman.reviewDbDir", &self.cwd)?;
        let origin = self
            .config
            .entry("patman.reviewDbDir")
            .map(|entry| entry.origin.clone())
            .unwrap_or_default();
        Ok(path
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| (path, origin)))
    }

    /// `patman.lockTimeout`: seconds to wait for another process that migrates the database; none: for ever.
    pub fn lock_timeout(&self) -> Result<Option<Duration>> {
        Ok(self
            .config
            .number("patman.lockTimeout")?
            .map(Duration::from_secs))
    }

    /// `core.sharedRepository`: who may use what is made in the repository.
    pub fn shared_repository(&self) -> Result<Sharing> {
        match self.config.entry("core.sharedRepository") {
            Some(entry) => Sharing::parse(entry.value.as_deref()),
            None => Ok(Sharing::Umask),
        }
    }

    /// `core.abbrev`: how many digits of an object name are shown.
    pub fn abbrev(&self) -> Result<Abbrev> {
        match self.config.text("core.abbrev")? {
            None => Ok(Abbrev::Auto),
            Some(text) if text.eq_ignore_ascii_case("auto") => Ok(Abbrev::Auto),
            Some(text) if is_false(text) => Ok(Abbrev::FULL),
            Some(_) => match self.config.number("core.abbrev")? {
                Some(number) => Abbrev::digits(number),
                None => Ok(Abbrev::Auto),
            },
        }
    }

    /// `patman.base`: the commit that a series is applied to when its mails do not say.
    pub fn base(&self) -> Result<Option<&str>> {
        Ok(self
            .config
            .text("patman.base")?
            .filter(|text| !text.is_empty()))
    }

    /// `patman.patchworkUrl`: the Patchwork, where the upstream does not name one.
    pub fn patchwork_url(&self) -> Result<Option<&str>> {
        Ok(self
            .config
            .text("patman.patchworkUrl")?
            .filter(|text| !text.is_empty()))
    }

    /// The URLs of all servers that settings name: `patman.patchworkUrl`, and `patman.archive` with those of upstreams.
    pub fn server_urls(&self) -> Vec<String> {
        let upstreams = self.config.names_below("patman");
        let own = upstreams
            .iter()
            .map(|name| format!("patman.{name}.archive"));
        own.chain(["patman.archive", "patman.patchworkUrl"].map(str::to_owned))
            .filter_map(|key| self.config.text(&key).ok().flatten())
            .filter(|text| text.contains("://"))
            .map(str::to_owned)
            .collect()
    }

    /// `patman.<upstream>.archive`, else `patman.archive`: the archive of a mailing list, a URL or a directory, and the
    /// setting that named it.
    pub fn archive(&self, upstream: Option<&str>) -> Result<Option<(String, String)>> {
        let own = upstream.map(|name| format!("patman.{name}.archive"));
        for key in own.into_iter().chain(["patman.archive".to_owned()]) {
            match self.config.text(&key)?.filter(|text| !text.is_empty()) {
                None => {}
                Some(text) if text.contains("://") => return Ok(Some((text.to_owned(), key))),
                Some(_) => {
                    let path = self.config.path(&key, &self.cwd)?;
                    return Ok(path.map(|path| (path.to_string_lossy().into_owned(), key)));
                }
            }
        }
        Ok(None)
    }

    /// `patman.list` and `patman.<upstream>.list`, of all upstreams: the addresses of mailing lists.
    pub fn mailing_lists(&self) -> Result<Vec<String>> {
        let of_upstreams = self.upstreams().into_iter();
        let keys = of_upstreams.map(|name| format!("patman.{name}.list"));
        let mut found = Vec::new();
        for key in keys.chain(["patman.list".to_owned()]) {
            let text = self.config.text(&key)?.unwrap_or_default();
            let words = text.split(|c: char| c == ',' || c.is_whitespace());
            found.extend(words.filter(|word| word.contains('@')).map(str::to_owned));
        }
        Ok(found)
    }

    /// The upstreams that settings have keys of.
    pub fn upstreams(&self) -> Vec<&str> {
        self.config.names_below("patman")
    }

    /// `patman.<upstream>.*`: whether settings know an upstream of that name.
    pub fn has_upstream(&self, name: &str) -> bool {
        self.config.has_section(&format!("patman.{name}"))
    }

    /// `patman.worktreeDir`: where review worktrees are made, relative to the main worktree.
    pub fn worktree_dir(&self) -> Result<Option<PathBuf>> {
        self.config.path("patman.worktreeDir", &self.cwd)
    }

    /// `patman.editor`: the editor that a worktree is opened with; none: git's.
    pub fn editor(&self) -> Result<Option<&str>> {
        Ok(self
            .config
            .text("patman.editor")?
            .filter(|text| !text.trim().is_empty()))
    }

    /// The names of the checks that `patman.check.<name>` sets, in their order.
    pub fn check_names(&self) -> Vec<&str> {
        self.config.names_below("patman.check")
    }

    /// One check: `patman.check.<name>.command`, `.each-patch` and `.timeout`; `None` if none of them is set.
    pub fn check(&self, name: &str) -> Result<Option<NamedCheck>> {
        if !self.check_names().contains(&name) {
            return Ok(None);
        }
        let key = |variable: &str| format!("patman.check.{name}.{variable}");
        let command = self
            .config
            .text(&key("command"))?
            .filter(|text| !text.trim().is_empty());
        let command = command.ok_or_else(|| {
            Error::new(format!("the check '{name}' has no command")).with_hint(format!(
                "git config {} <command>",
                shell_quote(key("command"))
            ))
        })?;
        let timeout = match self.config.text(&key("timeout"))? {
            None => None,
            Some(text) => Some(clock::span(text).ok_or_else(|| {
                Error::new(format!("bad value '{text}' for '{}'", key("timeout")))
                    .with_cause("it must be a time, as in '90s', '10m' or '2h'")
            })?),
        };
        let each_patch = self.config.bool(&key("each-patch"))?.unwrap_or(false);
        Ok(Some(NamedCheck {
            command: command.to_owned(),
            each_patch,
            timeout,
        }))
    }

    /// `patman.worktreePool`: how many removed worktrees to keep for the next series.
    pub fn worktree_pool(&self) -> Result<usize> {
        let number = self.config.number("patman.worktreePool")?.unwrap_or(2);
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// The settings that decide what git writes into files, in lines: `core.autocrlf` and the like, `attr.tree`, and all
    /// `filter.*`.
    pub fn checkout_shape(&self) -> String {
        const SHAPING: [&str; 10] = [
            "core.autocrlf",
            "core.eol",
            "core.symlinks",
            "core.filemode",
            "core.ignorecase",
            "core.precomposeunicode",
            "core.attributesfile",
            "core.sparsecheckout",
            "core.sparsecheckoutcone",
            "core.checkroundtripencoding",
        ];
        let shapes =
            |key: &str| SHAPING.contains(&key) || key.starts_with("filter.") || key == "attr.tree";
        let entries = self
            .config
            .entries()
            .iter()
            .filter(|entry| shapes(&entry.key));
        entries
            .map(|entry| format!("{}={:?}\n", entry.key, entry.value))
            .collect()
    }

    /// `core.attributesFile`, else git's default: attributes of the user's for all repositories.
    pub fn attributes_file(&self) -> Result<Option<PathBuf>> {
        let default = || Some(environment::git_config_home()?.join("git/attributes"));
        Ok(self
            .config
            .path("core.attributesFile", &self.cwd)?
            .or_else(default))
    }

    /// `checkout.workers`: none if it is not set, so that ours may be used.
    pub fn has_checkout_workers(&self) -> bool {
        self.config.entry("checkout.workers").is_some()
    }

    /// `advice.patman`: whether hints are shown.
    pub fn hints(&self) -> Result<bool> {
        Ok(self.config.bool("advice.patman")?.unwrap_or(true))
    }

    /// `color.patman`, else `color.ui`: when to colour.
    pub fn color(&self) -> Result<ColorWhen> {
        for key in ["color.patman", "color.ui"] {
            match self.config.text(key).ok().flatten() {
                None if self.config.entry(key).is_none() => {}
                None | Some("auto") => return Ok(ColorWhen::Auto),
                Some("always") => return Ok(ColorWhen::Always),
                Some("never") => return Ok(ColorWhen::Never),
                Some(_) => {
                    let on = self.config.bool(key)?.unwrap_or(true);
                    return Ok(if on {
                        ColorWhen::Auto
                    } else {
                        ColorWhen::Never
                    });
                }
            }
        }
        Ok(ColorWhen::Auto)
    }

    /// The pager of listings as git chooses it: `pager.patman`, which may be false or a command, then `GIT_PAGER`,
    /// `core.pager`, `PAGER`, `less`; none if it is empty or `cat`.
    pub fn pager(&self) -> Option<String> {
        let own = match self.config.bool("pager.patman") {
            Ok(Some(false)) => return None,
            Ok(_) => None,
            Err(_) => self
                .config
                .text("pager.patman")
                .ok()
                .flatten()
                .map(str::to_owned),
        };
        let chosen = own
            .or_else(environment::git_pager)
            .or_else(|| {
                self.config
                    .text("core.pager")
                    .ok()
                    .flatten()
                    .map(str::to_owned)
            })
            .or_else(environment::pager)
            .unwrap_or_else(|| "less".to_owned());
        (!chosen.trim().is_empty() && chosen != "cat").then_some(chosen)
    }

    /// `patman.resign`: how to treat signatures of rewritten commits: `yes` (the default), `no` or `never`.
    pub fn resign(&self) -> Result<Resign> {
        if self
            .config
            .entry("patman.resign")
            .is_some_and(|entry| entry.value.as_deref() == Some("never"))
        {
            return Ok(Resign::Never);
        }
        Ok(match self.config.bool("patman.resign")? {
            Some(false) => Resign::Drop,
            _ => Resign::Sign,
        })
    }

    /// The notes to copy to rewritten commits where neither `GIT_NOTES_REWRITE_REF` nor `notes.rewriteRef` names any: those
    /// that git shows, which are `GIT_NOTES_REF`, else `core.notesRef`.
    pub fn notes_to_copy(&self) -> Option<String> {
        if environment::has_git_notes_rewrite_ref()
            || self.config.entry("notes.rewriteRef").is_some()
        {
            return None;
        }
        let shown = environment::git_notes_ref()
            .or_else(|| self.config.entry("core.notesRef")?.value.clone())
            .filter(|name| !name.is_empty());
        Some(shown.unwrap_or_else(|| "refs/notes/commits".to_owned()))
    }

    /// `am.messageid`: whether a commit gets the `Message-ID` of its mail, as in `git am`.
    pub fn am_message_id(&self) -> Result<bool> {
        Ok(self.config.bool("am.messageid")?.unwrap_or(false))
    }

    /// `am.keepcr`: whether to keep a carriage return at the end of a line of a mail, as in `git am`.
    pub fn am_keep_cr(&self) -> Result<bool> {
        Ok(self.config.bool("am.keepcr")?.unwrap_or(false))
    }

    /// `mailinfo.scissors`: whether to drop everything before a scissors line, as `git am` does.
    pub fn scissors(&self) -> Result<bool> {
        Ok(self.config.bool("mailinfo.scissors")?.unwrap_or(false))
    }

    /// The proxy for `http` (`secure`: `https`) servers: `http.proxy`, else `https_proxy` or `http_proxy`, else `all_proxy`,
    /// in small letters or capitals. An empty `http.proxy` means none.
    pub fn proxy(&self, secure: bool) -> Result<Option<String>> {
        if let Some(proxy) = self.config.text("http.proxy")? {
            return Ok(Some(proxy.to_owned()).filter(|proxy| !proxy.is_empty()));
        }
        Ok(environment::proxy(secure))
    }

    /// `GIT_SSL_CAINFO`, or `http.sslCAInfo`: the certificates used to verify servers.
    pub fn ssl_ca_info(&self) -> Result<Option<PathBuf>> {
        match environment::git_ssl_ca_info() {
            Some(file) => Ok(Some(self.cwd.join(file))),
            None => Ok(self
                .config
                .path("http.sslCAInfo", &self.cwd)?
                .map(|file| self.cwd.join(file))),
        }
    }

    /// `http.sslVerify`: servers are always verified; this only changes the text of an error.
    pub fn ssl_verify(&self) -> bool {
        !environment::has_git_ssl_no_verify()
            && self
                .config
                .bool("http.sslVerify")
                .ok()
                .flatten()
                .unwrap_or(true)
    }

    /// The committer's name and address where configuration or environment give both; none: git must be asked.
    pub fn committer(&self) -> Option<(String, String)> {
        let first = |keys: [&str; 2]| {
            keys.iter()
                .find_map(|key| self.config.text(key).ok().flatten().map(str::to_owned))
        };
        let name =
            environment::git_committer_name().or_else(|| first(["committer.name", "user.name"]))?;
        let email = environment::git_committer_email()
            .or_else(|| first(["committer.email", "user.email"]))?;
        (!name.trim().is_empty()).then_some((name, email))
    }

    /// `user.email`, and `sendemail.from` and `sendemail.<identity>.from`: the addresses that the user sends from, in small
    /// letters.
    pub fn own_addresses(&self) -> Vec<String> {
        let identities = self
            .config
            .names_below("sendemail")
            .into_iter()
            .map(|name| format!("sendemail.{name}.from"));
        let keys = ["user.email".to_owned(), "sendemail.from".to_owned()]
            .into_iter()
            .chain(identities);
        let texts = keys.filter_map(|key| self.config.text(&key).ok().flatten().map(str::to_owned));
        let bare = |text: String| match text.rsplit_once('<') {
            Some((_, rest)) => rest
                .split('>')
                .next()
                .unwrap_or_default()
                .trim()
                .to_lowercase(),
            None => text.trim().to_lowercase(),
        };
        let mut found: Vec<String> = texts
            .map(bare)
            .filter(|address| address.contains('@'))
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

/// Whether git reads a value as the boolean false, and not as a number.
fn is_false(value: &str) -> bool {
    ["", "no", "off", "false"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}
