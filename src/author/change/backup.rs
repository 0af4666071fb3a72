// SPDX-License-Identifier: GPL-2.0-or-later
//! Backup refs of old tips: `refs/patman/backup/<branch>`, then `<branch>.2`, `<branch>.3` and so on; the newest
//! has the highest number. They never move to another commit. They are kept for as long as `git patman undo`
//! lists a change from or to their commit, and are deleted when the last such change leaves the list.

use super::plan::{BackupRef, GitPlan};
use crate::author::Author;
use crate::db::removed;
use crate::db::undo::{self, UndoRecord};
use crate::error::Result;
use crate::git::file_lock::FileLock;
use crate::git::refs::RefChange;
use crate::git::{Oid, Repo};
use std::collections::BTreeSet;

/// The prefix of all backup refs.
pub(super) const BACKUP: &str = "refs/patman/backup/";

/// The series name under which the database records backup refs to delete.
pub(super) const OF_NO_SERIES: &str = "";

/// A backup ref and its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::author) struct Link {
    /// Its position in the chain, from 1.
    pub number: u32,
    /// Its full name.
    pub name: String,
    /// The tip.
    pub tip: Oid,
}

/// Returns the backup refs of a branch, oldest first; a tag is given as `tags/<name>`.
pub(in crate::author) fn chain(repo: &Repo, of: &str) -> Result<Vec<Link>> {
    let there = repo.refs(&format!("{BACKUP}*"))?;
    Ok(chain_in(&there, of))
}

fn chain_in(there: &[(String, Oid)], of: &str) -> Vec<Link> {
    let link = |(name, tip): &(String, Oid)| {
        let number = stems(of).iter().find_map(|stem| number_of(name, stem))?;
        Some(Link {
            number,
            name: name.clone(),
            tip: *tip,
        })
    };
    let mut chain: Vec<Link> = there.iter().filter_map(link).collect();
    chain.sort();
    chain
}

/// Returns the possible prefixes: the branch name, and a name without directories in case the first conflicts.
fn stems(of: &str) -> [String; 2] {
    [of, &of.replace('/', ".")].map(|stem| format!("{BACKUP}{stem}"))
}

fn number_of(name: &str, stem: &str) -> Option<u32> {
    match name.strip_prefix(stem)? {
        "" => Some(1),
        rest => rest
            .strip_prefix('.')
            .filter(|digits| !digits.starts_with(['0', '+']))?
            .parse()
            .ok()
            .filter(|number| *number > 1),
    }
}

/// Plans the backup refs for moved branches and deleted tags. A tip that already has a backup gets no other one.
pub(super) fn plan(repo: &Repo, refs: &[RefChange]) -> Result<Vec<BackupRef>> {
    let mut there: Vec<(String, Oid)> = repo.refs(&format!("{BACKUP}*"))?;
    let mut backups = Vec::new();
    for change in refs {
        let Some(old) = change.old else { continue };
        let branch = change.name.strip_prefix("refs/heads/");
        if branch.is_none() && change.new.is_some() {
            continue;
        }
        let of = branch.unwrap_or(change.name.trim_start_matches("refs/"));
        let chain = chain_in(&there, of);
        let same = chain.iter().rev().find(|link| link.tip == old);
        let name = match same {
            Some(link) => link.name.clone(),
            None => next(&there, &chain, of),
        };
        backups.push(BackupRef {
            of: of.to_owned(),
            name: name.clone(),
            old: same.map(|link| link.tip.to_string()),
            new: old.to_string(),
        });
        there.push((name, old));
    }
    Ok(backups)
}

/// Returns the next name in a chain that has no directory/file conflict with another ref: a branch `a` may have been
/// deleted before `a/b` was created.
fn next(there: &[(String, Oid)], chain: &[Link], of: &str) -> String {
    let fits = |name: &String| {
        let below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
        there
            .iter()
            .all(|(one, _)| one != name && !below(one, name) && !below(name, one))
    };
    let first = chain.last().map_or(1, |link| link.number + 1);
    let names = (first..).flat_map(|number| {
        stems(of).map(|stem| match number {
            1 => stem,
            _ => format!("{stem}.{number}"),
        })
    });
    // Without directories only a branch of that very name can conflict, and there is always another number.
    let mut names = names.filter(fits);
    names.next().unwrap_or_else(|| stems(of)[1].clone())
}

/// Returns the backup refs of expired changes whose tips no listed change goes from or to.
pub(super) fn expired(
    repo: &Repo,
    left: &[UndoRecord],
    listed: &[UndoRecord],
) -> Result<Vec<(String, Oid)>> {
    let wanted: BTreeSet<String> = listed.iter().flat_map(tips).map(|(_, tip)| tip).collect();
    let there = repo.refs(&format!("{BACKUP}*"))?;
    let mut expired = BTreeSet::new();
    for (of, tip) in left.iter().flat_map(tips) {
        let chain = chain_in(&there, &of);
        let ours = chain
            .into_iter()
            .filter(|link| link.tip.to_string() == tip && !wanted.contains(&tip));
        expired.extend(ours.map(|link| (link.name, link.tip)));
    }
    Ok(expired.into_iter().collect())
}

impl Author<'_> {
    /// Deletes backup refs that no listed change needs, including those that a killed step left. They do no
    /// harm: if the deletion fails, the next step tries again.
    pub(super) fn delete_expired(&mut self, lock: &FileLock) {
        if let Err(why) = self.try_delete_expired(lock) {
            self.events
                .step(format!("Old backups of branches were not deleted: {why}"));
        }
    }

    fn try_delete_expired(&mut self, lock: &FileLock) -> Result<()> {
        let Some(id) = self.repo.id()? else {
            return Ok(());
        };
        let removed = removed::list(&self.db, &id)?;
        let expired: Vec<_> = removed
            .iter()
            .filter(|one| one.series == OF_NO_SERIES && one.name.starts_with(BACKUP))
            .collect();
        if expired.is_empty() {
            return Ok(());
        }
        let listed = undo::list(&self.db, &self.common_dir())?;
        let wanted: BTreeSet<String> = listed.iter().flat_map(tips).map(|(_, tip)| tip).collect();
        let there = self.repo.refs(&format!("{BACKUP}*"))?;
        let deletions: Vec<RefChange> = there
            .into_iter()
            .filter(|(name, tip)| {
                let tip = tip.to_string();
                let is_expired = expired
                    .iter()
                    .any(|one| one.name == *name && one.oid == tip);
                is_expired && !wanted.contains(&tip)
            })
            .map(|(name, tip)| RefChange::delete(name, tip))
            .collect();
        self.repo.change_refs(
            &deletions,
            "patman: no change that goes from or to it is listed",
            lock,
        )?;
        self.db
            .write(|write| removed::forget(write, &id, OF_NO_SERIES))
    }
}

/// Returns every tip that a change goes from or to, with its branch.
fn tips(record: &UndoRecord) -> Vec<(String, String)> {
    let plan: GitPlan = serde_json::from_str(&record.plan).unwrap_or_default();
    let tips = plan.refs.iter().flat_map(|moved| {
        let of = moved
            .name
            .strip_prefix("refs/heads/")
            .unwrap_or(moved.name.trim_start_matches("refs/"))
            .to_owned();
        let ids = moved.old.iter().chain(&moved.new);
        ids.map(|id| (of.clone(), id.clone())).collect::<Vec<_>>()
    });
    tips.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> Oid {
        Oid::from_str(&digit.to_string().repeat(40)).unwrap_or(Oid::ZERO_SHA1)
    }

    #[test]
    fn a_chain_has_the_numbers_of_its_branch_and_of_no_other() {
        let there: Vec<(String, Oid)> = [
            ("video", '1'),
            ("video.10", '2'),
            ("video.9", '3'),
            ("video.02", '4'),
            ("video2", '5'),
            ("video.x", '6'),
        ]
        .map(|(name, digit)| (format!("{BACKUP}{name}"), id(digit)))
        .to_vec();
        let chain = chain_in(&there, "video");
        let numbers: Vec<u32> = chain.iter().map(|link| link.number).collect();
        assert_eq!(numbers, [1, 9, 10]);
        assert_eq!(next(&there, &chain, "video"), format!("{BACKUP}video.11"));
    }

    #[test]
    fn a_branch_below_the_name_of_a_kept_one_is_kept_without_directories() {
        let there = [(format!("{BACKUP}a"), id('1'))];
        assert_eq!(next(&there, &[], "a/b"), format!("{BACKUP}a.b"));
        let there = [(format!("{BACKUP}a/b"), id('1'))];
        assert_eq!(next(&there, &[], "a"), format!("{BACKUP}a.2"));
    }
}
