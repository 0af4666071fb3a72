// SPDX-License-Identifier: GPL-2.0-or-later
//! Which commit a version belongs on, and why.

use crate::error::{Error, Result};
use crate::git::{Oid, Repo};
use crate::output::Output;
use crate::settings::Settings;

/// The commit that a version is applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The commit.
    pub commit: Oid,
    /// Where the choice came from, in a few words.
    pub why: String,
}

/// Chooses: what the user says, what the mails say, `patman.base`, the upstream of the current branch, `origin/HEAD`,
/// HEAD. The first that there is wins; a choice of the user's that is not a commit is an error.
pub fn choose(
    repo: &Repo,
    settings: &Settings,
    out: &Output,
    given: Option<&str>,
    mailed: Option<&str>,
) -> Result<Base> {
    if let Some(given) = given {
        return Ok(Base { commit: repo.commit_named(given)?, why: format!("'{given}', as given") });
    }
    if let Some(mailed) = mailed {
        match repo.commit_of_hex(mailed)? {
            Some(commit) => return Ok(Base { commit, why: "base-commit of the mails".to_owned() }),
            None => {
                out.warn(format!("the mails name base-commit {}, which this repository does not have", short(mailed)));
                out.hint("fetch it to apply the series where its author did, or choose another with --base");
            }
        }
    }
    if let Some(setting) = settings.base()? {
        let commit = repo.commit_named(setting).map_err(|error| {
            error.within("cannot use the setting 'patman.base'").with_hint("git config patman.base <branch>")
        })?;
        return Ok(Base { commit, why: format!("'{setting}', the setting patman.base") });
    }
    if let Some(branch) = repo.current_branch()?
        && let Some(upstream) = repo.upstream_of(&branch)?
        && let Ok(commit) = repo.commit_named(&upstream)
    {
        return Ok(Base { commit, why: format!("'{}', the upstream of '{branch}'", shorten(&upstream)) });
    }
    if let Ok(commit) = repo.commit_named("refs/remotes/origin/HEAD") {
        return Ok(Base { commit, why: "'origin/HEAD'".to_owned() });
    }
    let head = repo.commit_named("HEAD").map_err(|_| {
        Error::new("there is no commit to apply the series to").with_hint("name one with --base <commit>")
    })?;
    Ok(Base { commit: head, why: "HEAD".to_owned() })
}

fn short(hex: &str) -> &str {
    hex.get(..12).unwrap_or(hex)
}

fn shorten(name: &str) -> &str {
    name.strip_prefix("refs/remotes/").or_else(|| name.strip_prefix("refs/heads/")).unwrap_or(name)
}
