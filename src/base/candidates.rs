// SPDX-License-Identifier: GPL-2.0-or-later
//! The branches that a series may be made for, the likeliest first.

use crate::error::Result;
use crate::git::{Oid, Repo};

/// The names that branches have which series are made for.
const USUAL: [&str; 3] = ["next", "main", "master"];

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseCandidate {
    /// Its full name.
    pub name: String,
    /// Its commit.
    pub commit: Oid,
}

impl BaseCandidate {
    /// The name as people write it: `origin/next`.
    pub fn shown(&self) -> &str {
        shown(&self.name)
    }
}

/// A full name as people write it.
pub fn shown(name: &str) -> &str {
    name.strip_prefix("refs/remotes/")
        .or_else(|| name.strip_prefix("refs/heads/"))
        .unwrap_or(name)
}

/// The remotes whose branches are meant where a remote is not named: the one of the series' upstream, if that is one, and
/// the one that the current branch tracks; where there is neither, `origin`.
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

/// The branches: `next`, `main` and `master` of the remotes, the upstream of the current branch, `origin/HEAD`, those
/// names here, the current branch.
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
