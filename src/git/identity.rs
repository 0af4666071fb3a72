// SPDX-License-Identifier: GPL-2.0-or-later
//! Who commits: git's own answer, or a neutral one where git has none.

use super::Repo;
use super::commits::Signature;
use crate::clock;
use crate::environment;
use crate::error::{Error, Result};

/// The committer of the commits in review worktrees.
#[derive(Debug, Clone)]
pub struct Committer {
    /// Name, address and time.
    pub signature: Signature,
    /// Whether git has no identity, so that a neutral one is used instead.
    pub is_neutral: bool,
}

/// The address of the neutral committer, which no mail reaches.
const NEUTRAL: (&str, &str) = ("git patman", "git-patman@localhost");

impl Repo {
    /// The committer: the name and address that are `configured`, or git's guess based on the machine's names, or a
    /// neutral one.
    pub fn committer(&self, configured: Option<(String, String)>) -> Result<Committer> {
        let now = clock::now();
        let offset = clock::local_offset(now);
        if !environment::has_git_committer_date()
            && let Some((name, email)) = configured
        {
            let signature = Signature::new(&name, &email, now, offset);
            signature.check()?;
            return Ok(Committer {
                signature,
                is_neutral: false,
            });
        }
        let done = self.git().args(["var", "GIT_COMMITTER_IDENT"]).run()?;
        if done.status.success() {
            return Ok(Committer {
                signature: parse(&done.text())?,
                is_neutral: false,
            });
        }
        let (name, email) = NEUTRAL;
        Ok(Committer {
            signature: Signature::new(name, email, now, offset),
            is_neutral: true,
        })
    }
}

/// Reads `Name <address> seconds +hhmm`.
fn parse(ident: &str) -> Result<Signature> {
    let parts = || {
        let (name, rest) = ident.split_once(" <")?;
        let (email, when) = rest.split_once("> ")?;
        let (seconds, zone) = when.split_once(' ')?;
        let (sign, digits) = zone.split_at_checked(1)?;
        let digits: i32 = digits.parse().ok()?;
        let minutes = digits / 100 * 60 + digits % 100;
        Some((
            name,
            email,
            seconds.parse().ok()?,
            if sign == "-" { -minutes } else { minutes },
        ))
    };
    let (name, email, seconds, offset) =
        parts().ok_or_else(|| Error::new(format!("cannot parse git's committer '{ident}'")))?;
    Ok(Signature::new(name, email, seconds, offset))
}
