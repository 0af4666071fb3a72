// SPDX-License-Identifier: GPL-2.0-or-later
//! The branches that a series may be based on, the likeliest first.

use crate::error::Result;
use crate::git::{Oid, Repo};

/// The usual names of branches that series are based on.
const USUAL: [&str; 3] = ["next", "main", "master"];

/// A branch that a series may be based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseCandidate {
    /// Its full name.
    pub name: String,
    /// Its commit.
    pub commit: Oid,
}

impl BaseCandidate {
    /// The short name, as in `origin/next`.
    pub fn shown(&self) -> &str {
        shown(&self.name)
    }
}

/// The short form of a full name.
pub fn shown(name: &str) -> &str {
    name.strip_prefix("refs/remotes/")
        .or_else(|| name.strip_prefix("refs/heads/"))
        .unwrap_or(name)
}

/// The remotes to use if none is named: the remote of the series' upstream, if it is a remote, and the remote
/// that the current branch tracks; if neither exists, `origin`.
pub fn remotes(repo: &Repo, upstream: Option<&str>) -> Result<Vec<String>> {
    let mut remotes: Vec<String> = Vec::new();
    remotes.extend(
        upstream
            .filter(|name| repo.has_remote(name))
            .map(str::to_owned),
    );
    if let Some(branch) = repo.current_branch()? {
        remotes.extend(
            repo.remote_of(&branch)
                .filter(|remote| remote != "." && !remotes.contains(remote)),
        );
    }
    if remotes.is_empty() {
        remotes.push("origin".to_owned());
    }
    Ok(remotes)
}

/// The branches: `next`, `main` and `master` of the remotes, the upstream of the current branch, `origin/HEAD`,
/// the local `next`, `main` and `master`, the current branch.
pub fn candidates(repo: &Repo, remotes: &[String]) -> Result<Vec<BaseCandidate>> {
    let mut names: Vec<String> = Vec::new();
    for remote in remotes {
        names.extend(
            USUAL
                .iter()
                .map(|usual| format!("refs/remotes/{remote}/{usual}")),
        );
    }
    let branch = repo.current_branch()?;
    if let Some(upstream) = branch
        .as_deref()
        .map(|branch| repo.upstream_of(branch))
        .transpose()?
        .flatten()
    {
        names.push(upstream);
    }
    names.push("refs/remotes/origin/HEAD".to_owned());
    names.extend(USUAL.iter().map(|usual| format!("refs/heads/{usual}")));
    names.push(branch.map_or_else(
        || "HEAD".to_owned(),
        |branch| format!("refs/heads/{branch}"),
    ));
    let mut found: Vec<BaseCandidate> = Vec::new();
    for name in names {
        if found.iter().all(|one| one.name != name)
            && let Some(commit) = repo.commit_of_ref(&name)?
        {
            found.push(BaseCandidate { name, commit });
        }
    }
    Ok(found)
}
