// SPDX-License-Identifier: GPL-2.0-or-later
//! Searches for patches in one branch after another; each commit is read once for all of them.

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::series::TitleKey;
use std::cell::OnceCell;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::rc::Rc;

/// A patch to search for.
#[derive(Debug)]
pub(super) struct PatchQuery {
    /// The index of its report.
    pub(super) review: usize,
    /// Its number, from 1.
    pub(super) seq: u32,
    /// Its commit.
    pub(super) commit: Oid,
    /// Commits before this time are skipped.
    pub(super) since: i64,
}

/// After this many old commits in a row, the rest is assumed to be old: a single date may be wrong.
const ENOUGH_OLD: usize = 64;

pub(super) struct MergedSearch<'a> {
    repo: &'a Repo,
    wanted: &'a [PatchQuery],
    /// Patches by title and author.
    named: HashMap<(TitleKey, String), Rc<[usize]>>,
    nobody: Rc<[usize]>,
    seen: HashMap<Oid, Rc<SearchedCommit>>,
    patch_ids: HashMap<Oid, Option<Oid>>,
    own_patch_ids: Vec<OnceCell<Option<Oid>>>,
}

/// The cached data of a commit.
struct SearchedCommit {
    committed: i64,
    parents: Vec<Oid>,
    may_be: Rc<[usize]>,
}

impl<'a> MergedSearch<'a> {
    pub(super) fn new(repo: &'a Repo, wanted: &'a [PatchQuery]) -> Result<Self> {
        let mut named: HashMap<(TitleKey, String), Vec<usize>> = HashMap::new();
        for (at, one) in wanted.iter().enumerate() {
            let facts = repo.commit_summary(one.commit)?;
            named
                .entry((TitleKey::of(&facts.subject), facts.author))
                .or_default()
                .push(at);
        }
        Ok(MergedSearch {
            repo,
            wanted,
            named: named
                .into_iter()
                .map(|(name, all)| (name, all.into()))
                .collect(),
            nobody: Rc::new([]),
            seen: HashMap::new(),
            patch_ids: HashMap::new(),
            own_patch_ids: wanted.iter().map(|_| OnceCell::new()).collect(),
        })
    }

    /// Fills in the commit of each patch of `left` in the history of `tip`, the newest if there are several. It walks
    /// from the tip back, newest first, to the time at which the oldest of the patches was written, without the history
    /// of `done`.
    pub(super) fn walk(
        &mut self,
        tip: Oid,
        done: Option<Oid>,
        left: &[usize],
        found: &mut [Option<Oid>],
    ) -> Result<()> {
        let since = left
            .iter()
            .map(|&at| self.wanted[at].since)
            .min()
            .unwrap_or(i64::MAX);
        let left: HashSet<usize> = left.iter().copied().collect();
        let mut queue = BinaryHeap::new();
        let mut hidden: HashSet<Oid> = done.into_iter().collect();
        let (mut queued, mut old) = (HashSet::new(), 0);
        for id in hidden
            .iter()
            .copied()
            .chain([tip])
            .filter(|&id| queued.insert(id))
        {
            queue.push((self.look(id)?.committed, id));
        }
        while let Some((committed, id)) = queue.pop() {
            let seen = self.look(id)?;
            let is_hidden = hidden.contains(&id);
            if is_hidden {
                hidden.extend(&seen.parents);
            }
            old = if committed < since { old + 1 } else { 0 };
            if old > ENOUGH_OLD || (is_hidden && queue.iter().all(|(_, id)| hidden.contains(id))) {
                break;
            }
            for &at in seen
                .may_be
                .iter()
                .filter(|at| !is_hidden && left.contains(at))
            {
                if found[at].is_none() && committed >= self.wanted[at].since && self.is_same(at, id)
                {
                    found[at] = Some(id);
                }
            }
            for &parent in seen.parents.iter().filter(|parent| queued.insert(**parent)) {
                // A shallow clone ends somewhere.
                if let Ok(seen) = self.look(parent) {
                    queue.push((seen.committed, parent));
                }
            }
        }
        Ok(())
    }

    fn look(&mut self, id: Oid) -> Result<Rc<SearchedCommit>> {
        if let Some(seen) = self.seen.get(&id) {
            return Ok(seen.clone());
        }
        let facts = self.repo.commit_summary(id)?;
        let may_be = self
            .named
            .get(&(TitleKey::of(&facts.subject), facts.author))
            .unwrap_or(&self.nobody)
            .clone();
        let seen = Rc::new(SearchedCommit {
            committed: facts.committed,
            parents: facts.parents,
            may_be,
        });
        self.seen.insert(id, seen.clone());
        Ok(seen)
    }

    /// Whether a commit makes the same change as a patch, or is the same commit.
    fn is_same(&mut self, at: usize, id: Oid) -> bool {
        let (repo, commit) = (self.repo, self.wanted[at].commit);
        let own = *self.own_patch_ids[at].get_or_init(|| repo.patch_id(commit));
        commit == id
            || (own.is_some()
                && *self
                    .patch_ids
                    .entry(id)
                    .or_insert_with(|| repo.patch_id(id))
                    == own)
    }
}
