// SPDX-License-Identifier: GPL-2.0-or-later
//! Every git config key and environment variable that the program reads, one function each.
//!
//! Each is documented in git-patman-config(5).

use crate::error::Result;
use crate::git::config::Config;
use std::ffi::OsString;
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

/// The settings in force in one directory.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    config: Config,
    cwd: PathBuf,
}

impl Settings {
    /// Reads them for `cwd`.
    pub fn read(cwd: &Path) -> Result<Settings> {
        Ok(Settings { config: Config::read(cwd)?, cwd: cwd.to_owned() })
    }

    /// `PATMAN_DB_DIR`: the directory of the database, before any configuration.
    pub fn env_db_dir() -> Option<OsString> {
        std::env::var_os("PATMAN_DB_DIR")
    }

    /// `GIT_PATMAN_TRACE`: tells on standard error what is done and how long it takes.
    pub fn env_trace() -> bool {
        std::env::var_os("GIT_PATMAN_TRACE").is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
    }

    /// `patman.dbDir`: the directory of the database, and where it was set.
    pub fn db_dir(&self) -> Result<Option<(PathBuf, String)>> {
        let path = self.config.path("patman.dbDir", &self.cwd)?;
        let origin = self.config.entry("patman.dbDir").map(|entry| entry.origin.clone()).unwrap_or_default();
        Ok(path.map(|path| (path, origin)))
    }

    /// `patman.lockTimeout`: seconds to wait for another process that migrates the database; none: for ever.
    pub fn lock_timeout(&self) -> Result<Option<Duration>> {
        Ok(self.config.number("patman.lockTimeout")?.map(Duration::from_secs))
    }

    /// `patman.base`: the commit that a series is applied to when its mails do not say.
    pub fn base(&self) -> Result<Option<&str>> {
        Ok(self.config.text("patman.base")?.filter(|text| !text.is_empty()))
    }

    /// `patman.patchworkUrl`: the Patchwork, where the upstream does not name one.
    pub fn patchwork_url(&self) -> Result<Option<&str>> {
        Ok(self.config.text("patman.patchworkUrl")?.filter(|text| !text.is_empty()))
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

    /// `patman.<upstream>.*`: whether settings know an upstream of that name.
    pub fn has_upstream(&self, name: &str) -> bool {
        self.config.has_section(&format!("patman.{name}"))
    }

    /// `patman.worktreeDir`: where review worktrees are made, relative to the main worktree.
    pub fn worktree_dir(&self) -> Result<Option<PathBuf>> {
        self.config.path("patman.worktreeDir", &self.cwd)
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
                    return Ok(if on { ColorWhen::Auto } else { ColorWhen::Never });
                }
            }
        }
        Ok(ColorWhen::Auto)
    }

    /// `GIT_PAGER_IN_USE`: whether git shows our standard output in its pager, which then is a terminal in all but name.
    pub fn env_pager_in_use() -> bool {
        std::env::var_os("GIT_PAGER_IN_USE").is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
    }

    /// The pager of listings as git chooses it: `pager.patman`, which may be false or a command, then `GIT_PAGER`,
    /// `core.pager`, `PAGER`, `less`; none if it is empty or `cat`.
    pub fn pager(&self) -> Option<String> {
        let own = match self.config.bool("pager.patman") {
            Ok(Some(false)) => return None,
            Ok(_) => None,
            Err(_) => self.config.text("pager.patman").ok().flatten().map(str::to_owned),
        };
        let var = |name: &str| std::env::var(name).ok();
        let chosen = own
            .or_else(|| var("GIT_PAGER"))
            .or_else(|| self.config.text("core.pager").ok().flatten().map(str::to_owned))
            .or_else(|| var("PAGER"))
            .unwrap_or_else(|| "less".to_owned());
        (!chosen.trim().is_empty() && chosen != "cat").then_some(chosen)
    }

    /// `am.messageid`: whether a commit gets the `Message-ID` of its mail, as `git am` has it.
    pub fn am_message_id(&self) -> Result<bool> {
        Ok(self.config.bool("am.messageid")?.unwrap_or(false))
    }

    /// `am.keepcr`: whether a carriage return at the end of a line of a mail is kept, as `git am` has it.
    pub fn am_keep_cr(&self) -> Result<bool> {
        Ok(self.config.bool("am.keepcr")?.unwrap_or(false))
    }

    /// `mailinfo.scissors`: whether what stands above a scissors line is cut, as `git am` has it.
    pub fn scissors(&self) -> Result<bool> {
        Ok(self.config.bool("mailinfo.scissors")?.unwrap_or(false))
    }

    /// The proxy for `http` (`secure`: `https`) servers: `http.proxy`, else `https_proxy` or `http_proxy`, else `all_proxy`,
    /// in small letters or capitals. An empty `http.proxy` means none.
    pub fn proxy(&self, secure: bool) -> Result<Option<String>> {
        if let Some(proxy) = self.config.text("http.proxy")? {
            return Ok(Some(proxy.to_owned()).filter(|proxy| !proxy.is_empty()));
        }
        let own = if secure { ["https_proxy", "HTTPS_PROXY"] } else { ["http_proxy", "HTTP_PROXY"] };
        Ok(own.into_iter().chain(["all_proxy", "ALL_PROXY"]).find_map(filled))
    }

    /// `no_proxy`, in small letters or capitals: the hosts that are asked without a proxy.
    pub fn env_no_proxy() -> String {
        ["no_proxy", "NO_PROXY"].into_iter().find_map(filled).unwrap_or_default()
    }

    /// `GIT_SSL_CAINFO`, else `http.sslCAInfo`: the certificates that servers are checked by.
    pub fn ssl_ca_info(&self) -> Result<Option<PathBuf>> {
        match std::env::var_os("GIT_SSL_CAINFO").filter(|file| !file.is_empty()) {
            Some(file) => Ok(Some(self.cwd.join(file))),
            None => Ok(self.config.path("http.sslCAInfo", &self.cwd)?.map(|file| self.cwd.join(file))),
        }
    }

    /// `http.sslVerify`: whether servers are to be checked, which they always are; it only changes what an error says.
    pub fn ssl_verify(&self) -> bool {
        std::env::var_os("GIT_SSL_NO_VERIFY").is_none()
            && self.config.bool("http.sslVerify").ok().flatten().unwrap_or(true)
    }

    /// The committer's name and address where configuration or environment give both; none: git must be asked.
    pub fn committer(&self) -> Option<(String, String)> {
        let part = |what: &str, keys: [&str; 2]| {
            let env = std::env::var(format!("GIT_COMMITTER_{what}")).ok().filter(|text| !text.is_empty());
            env.or_else(|| keys.iter().find_map(|key| self.config.text(key).ok().flatten().map(str::to_owned)))
        };
        let name = part("NAME", ["committer.name", "user.name"])?;
        let email = part("EMAIL", ["committer.email", "user.email"])?;
        (!name.trim().is_empty()).then_some((name, email))
    }
}

/// A variable that is set, and not to nothing.
fn filled(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
