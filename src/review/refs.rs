// SPDX-License-Identifier: GPL-2.0-or-later
//! The refs of a review: they record its state in this repository.
//!
//! `refs/patman/<name>/v<N>` is the last commit of a version and `v<N>-base` the commit it was applied to; while
//! `git am` waits for the user, `v<N>-stopped` is the commit it began at, and `v<N>` does not exist. While a version
//! is applied again, `v<N>-was` is its last commit before, until the worktree has moved on; the files that `git am`
//! left when it stopped are in `v<N>-debris`.

use crate::error::Result;
use crate::git::refs::RefChange;
use crate::git::{Oid, Repo};
use crate::series::{SeriesName, VersionNumber};
use std::collections::BTreeMap;

/// The refs of one version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VersionRefs {
    /// The last commit, once all available patches of the version are applied.
    pub head: Option<Oid>,
    /// The commit that it was applied to.
    pub base: Option<Oid>,
    /// Where `git am` began, while the user has to act.
    pub stopped: Option<Oid>,
    /// The last commit before the version was applied again.
    pub was: Option<Oid>,
    /// What `git am` left in the files when it stopped, as a commit.
    pub debris: Option<Oid>,
}

impl VersionRefs {
    /// Changes that delete all of these refs.
    pub fn deletions(&self, name: &SeriesName, number: VersionNumber) -> Vec<RefChange> {
        let named = [
            (self.head, ""),
            (self.base, "-base"),
            (self.stopped, "-stopped"),
            (self.was, "-was"),
            (self.debris, "-debris"),
        ];
        let delete = |(id, kind): (Option<Oid>, &str)| {
            id.map(|id| RefChange::delete(full(name, number, kind), id))
        };
        named.into_iter().filter_map(delete).collect()
    }
}

/// The refs of all versions of one series in this repository, by version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesRefs {
    /// The versions, ascending.
    pub versions: BTreeMap<VersionNumber, VersionRefs>,
}

impl SeriesRefs {
    /// Reads the refs of `name`.
    pub fn read(repo: &Repo, name: &SeriesName) -> Result<SeriesRefs> {
        let mut all = read_matching(repo, &format!("refs/patman/{name}/*"))?;
        Ok(all.remove(name.as_str()).unwrap_or_default())
    }

    /// The newest version that is applied here.
    pub fn newest(&self) -> Option<(VersionNumber, VersionRefs)> {
        self.versions
            .iter()
            .rev()
            .find(|(_, refs)| refs.head.is_some())
            .map(|(number, refs)| (*number, *refs))
    }

    /// The version that waits for the user.
    pub fn stopped(&self) -> Option<(VersionNumber, VersionRefs)> {
        self.versions
            .iter()
            .rev()
            .find(|(_, refs)| refs.stopped.is_some())
            .map(|(number, refs)| (*number, *refs))
    }

    /// The refs of one version.
    pub fn of(&self, version: VersionNumber) -> VersionRefs {
        self.versions.get(&version).copied().unwrap_or_default()
    }

    /// Every commit that the branch can be at without commits of the user's.
    pub fn known(&self) -> Vec<Oid> {
        self.versions
            .values()
            .flat_map(|refs| [refs.head, refs.stopped, refs.was, refs.debris])
            .flatten()
            .collect()
    }

    /// Changes that delete all of these refs.
    pub fn deletions(&self, name: &SeriesName) -> Vec<RefChange> {
        self.versions
            .iter()
            .flat_map(|(number, refs)| refs.deletions(name, *number))
            .collect()
    }
}

/// The refs of every series in this repository, by name.
pub fn read_all(repo: &Repo) -> Result<BTreeMap<String, SeriesRefs>> {
    read_matching(repo, "refs/patman/*")
}

/// The ref of a version's last commit.
pub fn head(name: &SeriesName, version: VersionNumber) -> String {
    full(name, version, "")
}

/// The ref of a version's base.
pub fn base(name: &SeriesName, version: VersionNumber) -> String {
    full(name, version, "-base")
}

/// The ref of the commit that `git am` began at.
pub fn stopped(name: &SeriesName, version: VersionNumber) -> String {
    full(name, version, "-stopped")
}

/// The ref of a version's last commit before it was applied again.
pub fn was(name: &SeriesName, version: VersionNumber) -> String {
    full(name, version, "-was")
}

/// The ref of the files that `git am` left when it stopped.
pub fn debris(name: &SeriesName, version: VersionNumber) -> String {
    full(name, version, "-debris")
}

fn full(name: &SeriesName, version: VersionNumber, kind: &str) -> String {
    format!("refs/patman/{name}/{version}{kind}")
}

fn read_matching(repo: &Repo, pattern: &str) -> Result<BTreeMap<String, SeriesRefs>> {
    let mut all: BTreeMap<String, SeriesRefs> = BTreeMap::new();
    for (full, id) in repo.refs(pattern)? {
        let Some((name, leaf)) = full
            .strip_prefix("refs/patman/")
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let (number, kind) = leaf
            .split_once('-')
            .map_or((leaf, ""), |(number, kind)| (number, kind));
        let Some(Ok(version)) = number
            .starts_with('v')
            .then(|| number.parse::<VersionNumber>())
        else {
            continue;
        };
        let refs = all
            .entry(name.to_owned())
            .or_default()
            .versions
            .entry(version)
            .or_default();
        match kind {
            "" => refs.head = Some(id),
            "base" => refs.base = Some(id),
            "stopped" => refs.stopped = Some(id),
            "was" => refs.was = Some(id),
            "debris" => refs.debris = Some(id),
            _ => {}
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    fn id(digit: &str) -> Oid {
        Oid::from_str(&digit.repeat(40)).unwrap()
    }

    fn version(number: u32) -> VersionNumber {
        VersionNumber::new(number).unwrap()
    }

    fn applied(head: &str) -> VersionRefs {
        VersionRefs {
            head: Some(id(head)),
            base: Some(id("b")),
            ..VersionRefs::default()
        }
    }

    #[test]
    fn a_version_that_waits_for_the_user_is_not_the_newest_that_is_applied() {
        let waiting = VersionRefs {
            stopped: Some(id("3")),
            ..VersionRefs::default()
        };
        let refs = SeriesRefs {
            versions: [(1, applied("1")), (2, applied("2")), (3, waiting)]
                .map(|(number, refs)| (version(number), refs))
                .into(),
        };
        assert_eq!(refs.newest(), Some((version(2), applied("2"))));
        assert_eq!(refs.stopped(), Some((version(3), waiting)));
        assert_eq!(refs.of(version(4)), VersionRefs::default());
    }

    #[test]
    fn the_base_is_no_place_where_the_branch_may_be() {
        let again = VersionRefs {
            was: Some(id("2")),
            debris: Some(id("3")),
            ..applied("1")
        };
        let refs = SeriesRefs {
            versions: [(version(1), again)].into(),
        };
        assert_eq!(refs.known(), [id("1"), id("2"), id("3")]);
        let name = SeriesName::new("one").unwrap();
        let deleted: Vec<String> = refs
            .deletions(&name)
            .into_iter()
            .map(|change| change.name)
            .collect();
        assert_eq!(
            deleted,
            ["v1", "v1-base", "v1-was", "v1-debris"].map(|leaf| format!("refs/patman/one/{leaf}"))
        );
    }
}
