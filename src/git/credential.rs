// SPDX-License-Identifier: GPL-2.0-or-later
//! Gets names and passwords from git's credential helpers, and reports whether they worked.
//!
//! They are passed only through pipes, never as arguments, and nothing here prints or stores them.

use super::run::Git;
use std::path::PathBuf;

/// What `git credential fill` found.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The name; it may be empty.
    pub username: String,
    /// The password or token.
    pub password: String,
    /// The whole answer of git, which `approve` and `reject` pass back.
    told: Vec<u8>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(secret)")
    }
}

/// What a server is known by to the helpers.
#[derive(Debug, Clone, Copy)]
pub struct CredentialUrl<'a> {
    /// `https` or `http`.
    pub protocol: &'a str,
    /// Host and port.
    pub host: &'a str,
    /// The path, which git leaves out unless `credential.useHttpPath` is set; it may be empty.
    pub path: &'a str,
    /// The name, if it is known.
    pub username: Option<&'a str>,
}

/// git's credential helpers, as the user has configured them.
#[derive(Debug, Clone)]
pub struct CredentialHelpers {
    /// The directory in which they run.
    pub cwd: PathBuf,
    /// Whether git may ask the user for what no helper knows.
    pub may_ask: bool,
}

impl CredentialHelpers {
    /// Whether the helpers store a credential for this URL by its path: `credential.useHttpPath`, also as
    /// `credential.<url>.useHttpPath`.
    pub fn is_kept_by_path(&self, url: &str) -> bool {
        Git::here(&self.cwd)
            .args([
                "config",
                "--type=bool",
                "--get-urlmatch",
                "credential.useHttpPath",
                url,
            ])
            .run()
            .is_ok_and(|done| done.status.success() && done.text() == "true")
    }

    /// Gets a credential from the helpers, or from the user if git may ask; `None` if there is none.
    pub fn fill(&self, place: CredentialUrl<'_>) -> Option<Credential> {
        let mut asked = format!("protocol={}\nhost={}\n", place.protocol, place.host);
        let mut lines = 2;
        if !place.path.is_empty() {
            asked.push_str(&format!("path={}\n", place.path));
            lines += 1;
        }
        if let Some(username) = place.username {
            asked.push_str(&format!("username={username}\n"));
        }
        // A line break or NUL in a value would say something else to git.
        if asked.lines().count() != lines + usize::from(place.username.is_some())
            || asked.contains(['\r', '\0'])
        {
            return None;
        }
        let done = self
            .git("fill", asked.into_bytes())
            .run()
            .ok()
            .filter(|done| done.status.success())?;
        let told = String::from_utf8(done.stdout.clone()).ok()?;
        let value = |key: &str| {
            told.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map(str::to_owned)
        };
        Some(Credential {
            username: value("username").unwrap_or_default(),
            password: value("password").filter(|password| !password.is_empty())?,
            told: done.stdout,
        })
    }

    /// Reports to the helpers that the credential worked, so that they may store it.
    pub fn approve(&self, credential: &Credential) {
        // A helper that cannot store it prints an error itself.
        drop(self.git("approve", credential.told.clone()).run());
    }

    /// Reports to the helpers that the credential failed, so that they erase it.
    pub fn reject(&self, credential: &Credential) {
        // It will be rejected again, and reported then.
        drop(self.git("reject", credential.told.clone()).run());
    }

    fn git(&self, what: &str, input: Vec<u8>) -> Git {
        let git = Git::here(&self.cwd).args(["credential", what]).input(input);
        if self.may_ask {
            return git;
        }
        git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "")
    }
}
