// SPDX-License-Identifier: GPL-2.0-or-later
//! The remote that patman takes for a branch's when it fills the upstreams of an old database.
//!
//! That is the first part of the name of what the branch tracks. Where nothing is configured, patman looks for it among the
//! commits below the branch: the first that a ref points to, and that `git name-rev` names without steps.

use super::discover::Repo;

/// How many commits to check below a branch that tracks nothing.
const MAX_COMMITS: &str = "-n100";

impl Repo {
    /// The remote that patman takes for the branch's; none where the branch does not exist or tracks a local branch. It
    /// need not be a remote of this repository, nor an upstream.
    ///
    /// A branch that tracks a URL or a path has none, though patman writes the first part of that: no upstream has such a
    /// name.
    pub fn patman_remote_of(&self, branch: &str) -> Option<String> {
        let repo = self.libgit2().ok()?;
        repo.find_reference(&format!("refs/heads/{branch}")).ok()?;
        match self.tracked(branch) {
            (Some(remote), Some(merge)) => remote_in(&remote, &merge),
            _ => self
                .guessed_upstream(branch)
                .as_deref()
                .and_then(first_part),
        }
    }

    /// The name of the first commit below the branch that a ref points to and that needs no steps from a ref.
    fn guessed_upstream(&self, branch: &str) -> Option<String> {
        let log = ["log", "--no-color", "--oneline", "--decorate", MAX_COMMITS];
        let tip = format!("refs/heads/{branch}");
        let log = self.git().args(log).args([&tip, "--"]).ok().ok()?;
        let name_of = |line: &str| {
            let (commit, rest) = line.split_once(' ')?;
            if !rest.starts_with('(') {
                return None;
            }
            let named = self.git().args(["name-rev", commit]).ok().ok()?.text();
            let name = named.split_whitespace().nth(1)?;
            let name = name.strip_prefix("remotes/").unwrap_or(name);
            (!name.contains(['~', '^'])).then(|| name.to_owned())
        };
        log.text().lines().skip(1).find_map(name_of)
    }
}

/// The remote of `branch.<name>.remote` and `.merge`.
fn remote_in(remote: &str, merge: &str) -> Option<String> {
    match (remote, merge) {
        ("", _) | (_, "") => None,
        (".", merge) => first_part(merge),
        (remote, _) => first_part(&format!("{remote}/")),
    }
}

/// The part before the first slash, if it can be the name of a remote; `None` for a full ref name.
fn first_part(name: &str) -> Option<String> {
    let (first, _) = name.split_once('/')?;
    let is_name = !matches!(first, "" | "." | ".." | "refs") && !first.contains(':');
    is_name.then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_branches_urls_and_paths_are_no_remotes() {
        let remote = |remote, merge| remote_in(remote, merge);
        assert_eq!(remote("us", "refs/heads/main"), Some("us".to_owned()));
        assert_eq!(remote("a/b", "refs/heads/main"), Some("a".to_owned()));
        for (url, merge) in [
            (".", "refs/heads/main"),
            (".", "main"),
            ("", "refs/heads/main"),
            ("us", ""),
            ("../other", "refs/heads/main"),
            ("/srv/git", "refs/heads/main"),
            ("https://example.com/x", "refs/heads/main"),
            ("host:x", "refs/heads/main"),
        ] {
            assert_eq!(remote(url, merge), None, "{url} {merge}");
        }
    }
}
