// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the commit whose tree holds given blobs at given paths, in one walk over the history.
//!
//! Commits are visited from the newest to the oldest, over all tips at once. The contents of a
//! commit at the paths are derived from those of its child: a directory with the same name as in
//! the child is not read, so a commit costs its own object and its top directory, whatever the
//! number of paths. The walk ends at the first commit that holds everything that can be held:
//! objects missing from the repository are not expected. It also ends once as many paths as the
//! best commit lacks have held the right content and, further back, no longer do: older commits
//! only get worse. A merged branch is skipped if the merge has the same paths as its first parent.
//! Far back, runs of commits are skipped if the paths are the same at both ends; the other runs are
//! searched if they may hold a better commit than the best found by then.
//!
//! All of these rules assume that a path which has changed does not change back. If one did, the
//! result may be a commit that holds fewer paths; the counts reported for it are still right.

mod commits;
mod paths;

use super::objects::{MODE_TREE, Objects, TreeEntry};
use super::trees::raw_entries;
use crate::error::Result;
use commits::{CommitReader, ReadCommit, WalkedCommit};
use git2::{ObjectType, Oid};
use paths::Paths;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::rc::Rc;

/// The most paths to search for.
const MAX_PATHS: usize = 10_000;

/// How many commits are checked one by one before runs of commits are skipped.
const EXACT: usize = 2000;

/// How many commits one skip covers.
const LEAP: usize = 256;

/// What a path should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The object whose name begins with these hexadecimal digits.
    Begins(Vec<u8>),
    /// Nothing.
    Nothing,
}

/// A path, and what it should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathContentQuery {
    /// The path.
    pub path: Vec<u8>,
    /// What it should hold.
    pub content: Content,
}

/// The commit that holds the most paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The commit.
    pub commit: Oid,
    /// The first of the tips that it is reached from.
    pub tip: usize,
    /// How many of the paths with contents hold them.
    pub held: usize,
    /// How many paths should hold something.
    pub wanted: usize,
    /// How many commits were visited.
    pub walked: usize,
}

impl Objects {
    /// The newest commit that can be reached from `tips` and holds most of what is wanted; of tips that hold all, the
    /// first. None if no commit holds any of it, or nothing that is wanted is a content.
    pub fn best_commit(&self, tips: &[Oid], wants: &[PathContentQuery]) -> Result<Option<Fit>> {
        let odb = self.odb()?;
        let paths = Paths::new(&odb, wants);
        if paths.wanted == 0 || !paths.any_here {
            return Ok(None);
        }
        // Each object is read once: what libgit2 keeps of them would be the greater part of the memory.
        git2::opts::enable_caching(false);
        let mut commits = CommitReader {
            odb: &odb,
            graph: self.commit_graph(),
        };
        let mut found = best(&commits, tips, &paths);
        if found.is_some_and(|fit| !commits.is_true(fit.commit)) {
            commits.graph = None;
            found = best(&commits, tips, &paths);
        }
        git2::opts::enable_caching(true);
        Ok(found)
    }
}

fn best(commits: &CommitReader<'_>, tips: &[Oid], paths: &Paths) -> Option<Fit> {
    let (seen, queue) = (HashSet::new(), BinaryHeap::new());
    let mut walk = HistoryWalk {
        commits,
        paths,
        seen,
        queue,
        leapt: BinaryHeap::new(),
        order: 0,
        walked: 0,
        best: None,
    };
    for (tip, &commit) in tips.iter().enumerate() {
        if let Some(state) = walk.push(commits.link(commit), tip, None)
            && state.unmet == 0
        {
            walk.consider(commit, tip, 0, &state);
            return walk.best.map(|best| best.fit);
        }
    }
    walk.go_on();
    while let Some(Reverse(stretch)) = walk.leapt.pop() {
        if walk
            .best
            .as_ref()
            .is_some_and(|best| stretch.rank() >= best.rank())
        {
            break;
        }
        walk.look_into(&stretch);
        walk.go_on();
    }
    walk.best.map(|best| best.fit).filter(|fit| fit.held > 0)
}

/// The best commit so far.
struct Best {
    unmet: usize,
    date: i64,
    fit: Fit,
}

impl Best {
    /// The fewest paths that are not as they should be, then the newest.
    fn rank(&self) -> (usize, Reverse<i64>) {
        (self.unmet, Reverse(self.date))
    }
}

/// A skipped run of commits that may hold a better one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    /// How many paths cannot be as they should be in any of them: they are not at both ends, and the same.
    unmet: usize,
    /// When the newest was committed.
    date: Reverse<i64>,
    /// How many commits lie between both ends.
    between: usize,
    tip: usize,
    newest: ReadCommit,
}

impl Stretch {
    /// The best rank possible in this run.
    fn rank(&self) -> (usize, Reverse<i64>) {
        (self.unmet, self.date)
    }
}

/// The contents of a commit at the paths.
#[derive(Clone)]
struct PathContents {
    /// By node; the top's own is not kept.
    has: Vec<Option<TreeEntry>>,
    /// How many paths hold another thing than they should, those aside that cannot hold it.
    unmet: usize,
    /// How many paths hold the content that they should.
    held: usize,
    /// By node, whether the path held what it should in this commit or one after it.
    has_met: Vec<bool>,
    /// How many paths did so and do not any more.
    passed: usize,
}

/// A commit whose parents are still to visit.
struct Pending {
    date: i64,
    order: usize,
    link: ReadCommit,
    tip: usize,
    parents: Vec<ReadCommit>,
    root: Oid,
    state: Rc<PathContents>,
}

impl Pending {
    /// The newest first, then those of the first tip.
    fn key(&self) -> (Reverse<i64>, usize) {
        (Reverse(self.date), self.order)
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The newer end of a run of commits.
#[derive(Clone, Copy)]
struct Newer<'s> {
    root: Oid,
    state: &'s Rc<PathContents>,
    parents: &'s [ReadCommit],
}

struct HistoryWalk<'a> {
    commits: &'a CommitReader<'a>,
    paths: &'a Paths,
    seen: HashSet<Oid>,
    queue: BinaryHeap<Reverse<Pending>>,
    leapt: BinaryHeap<Reverse<Stretch>>,
    order: usize,
    walked: usize,
    best: Option<Best>,
}

impl HistoryWalk<'_> {
    /// Visits the queued commits and their ancestors.
    fn go_on(&mut self) {
        while let Some(Reverse(at)) = self.queue.pop() {
            // A skip may have found one before the newer commits of another branch were visited.
            if self
                .best
                .as_ref()
                .is_some_and(|best| best.unmet == 0 && best.date >= at.date)
            {
                break;
            }
            self.consider(at.link.id, at.tip, at.date, &at.state);
            // What has been passed does not come back.
            if self
                .best
                .as_ref()
                .is_some_and(|best| at.state.passed >= best.unmet)
            {
                continue;
            }
            if self.walked > EXACT {
                self.leap(&at);
                continue;
            }
            let Some((first, others)) = at.parents.split_first() else {
                continue;
            };
            match self.push(*first, at.tip, Some((at.root, &at.state))) {
                Some(state) if self.paths.are_same(&state, &at.state) => {}
                _ => self.push_all(others, at.tip, (at.root, &at.state)),
            }
        }
    }

    /// Takes a commit that is better than the best so far, or as good and newer.
    fn consider(&mut self, commit: Oid, tip: usize, date: i64, state: &PathContents) {
        self.walked += 1;
        let (unmet, walked) = (state.unmet, self.walked);
        if self
            .best
            .as_ref()
            .is_none_or(|best| (unmet, Reverse(date)) < best.rank())
        {
            let fit = Fit {
                commit,
                tip,
                held: state.held,
                wanted: self.paths.wanted,
                walked,
            };
            self.best = Some(Best { unmet, date, fit });
        }
    }

    /// Follows a run of commits along first parents. If the paths are the same at both ends, the
    /// commits between and everything merged there are skipped; otherwise the run is searched
    /// later, if it may hold a better commit than the best found by then.
    fn leap(&mut self, at: &Pending) {
        let mut last: Option<(ReadCommit, WalkedCommit)> = None;
        let mut next = at.parents.first().copied();
        let mut length = 0;
        while let Some(link) = next
            && length < LEAP
            && self.seen.insert(link.id)
            && let Some(commit) = self.commits.read(link)
        {
            next = commit.parents.first().copied();
            last = Some((link, commit));
            length += 1;
        }
        let Some((link, last)) = last else {
            return self.push_all(&at.parents, at.tip, (at.root, &at.state));
        };
        let Some(state) = self.next(at.root, &at.state, last.tree) else {
            return;
        };
        let between = length - 1;
        self.walked += between;
        let is_plain = between == 0 && at.parents.len() == 1;
        if !is_plain && !self.paths.are_same(&at.state, &state) {
            let unmet = self.paths.sure_unmet(&at.state, &state);
            let (date, tip, newest) = (Reverse(at.date), at.tip, at.link);
            self.leapt.push(Reverse(Stretch {
                unmet,
                date,
                between,
                tip,
                newest,
            }));
        }
        self.queue(link, at.tip, last, state);
    }

    /// Searches a skipped run.
    fn look_into(&mut self, stretch: &Stretch) -> Option<()> {
        let newest = self.commits.read(stretch.newest)?;
        let state = self.first(newest.tree)?;
        let mut run: Vec<(ReadCommit, WalkedCommit)> = Vec::new();
        let mut next = *newest.parents.first()?;
        for _ in 0..stretch.between {
            let commit = self.commits.read(next)?;
            let parent = *commit.parents.first()?;
            run.push((next, commit));
            next = parent;
        }
        let older = self.next(newest.tree, &state, self.commits.read(next)?.tree)?;
        let newer = Newer {
            root: newest.tree,
            state: &state,
            parents: &newest.parents,
        };
        self.halve(stretch.tip, newer, &run, &older);
        Some(())
    }

    /// Searches a run of commits between two states, the newer first.
    fn halve(
        &mut self,
        tip: usize,
        newer: Newer<'_>,
        run: &[(ReadCommit, WalkedCommit)],
        older: &Rc<PathContents>,
    ) {
        if self.paths.are_same(newer.state, older) {
            return;
        }
        let (before, rest) = run.split_at(run.len() / 2);
        let [(link, commit), after @ ..] = rest else {
            return self.push_all(
                newer.parents.get(1..).unwrap_or_default(),
                tip,
                (newer.root, newer.state),
            );
        };
        let Some(state) = self.next(newer.root, newer.state, commit.tree) else {
            return;
        };
        self.halve(tip, newer, before, &state);
        self.walked -= 1;
        self.consider(link.id, tip, commit.date, &state);
        self.halve(
            tip,
            Newer {
                root: commit.tree,
                state: &state,
                parents: &commit.parents,
            },
            after,
            older,
        );
    }

    /// The contents of a commit, derived from those of its child.
    fn next(&self, root: Oid, child: &Rc<PathContents>, tree: Oid) -> Option<Rc<PathContents>> {
        if root == tree {
            Some(child.clone())
        } else {
            self.changed(child, tree)
        }
    }

    fn push_all(&mut self, commits: &[ReadCommit], tip: usize, child: (Oid, &Rc<PathContents>)) {
        for commit in commits {
            self.push(*commit, tip, Some(child));
        }
    }

    /// Reads a commit and queues it so that its parents are visited. A commit that cannot be read,
    /// such as one beyond the end of a shallow clone, is skipped.
    fn push(
        &mut self,
        link: ReadCommit,
        tip: usize,
        child: Option<(Oid, &Rc<PathContents>)>,
    ) -> Option<Rc<PathContents>> {
        if !self.seen.insert(link.id) {
            return None;
        }
        let commit = self.commits.read(link)?;
        let state = match child {
            Some((root, state)) => self.next(root, state, commit.tree)?,
            None => self.first(commit.tree)?,
        };
        self.queue(link, tip, commit, state.clone());
        Some(state)
    }

    fn queue(
        &mut self,
        link: ReadCommit,
        tip: usize,
        commit: WalkedCommit,
        state: Rc<PathContents>,
    ) {
        self.order += 1;
        let WalkedCommit {
            tree: root,
            parents,
            date,
        } = commit;
        self.queue.push(Reverse(Pending {
            date,
            order: self.order,
            link,
            tip,
            parents,
            root,
            state,
        }));
    }

    fn first(&self, tree: Oid) -> Option<Rc<PathContents>> {
        let nodes = &self.paths.nodes;
        let none = vec![false; nodes.len()];
        let mut state = PathContents {
            has: vec![None; nodes.len()],
            unmet: 0,
            held: 0,
            has_met: none,
            passed: 0,
        };
        let wants = || {
            nodes
                .iter()
                .enumerate()
                .filter_map(|(at, node)| Some((at, node.want.as_ref()?)))
        };
        state.unmet = wants()
            .filter(|(_, want)| want.is_here && !want.is_met(None))
            .count();
        self.fill(0, Some(tree), &mut state)?;
        for (at, want) in wants() {
            state.has_met[at] = want.is_met(state.has[at]);
        }
        Some(Rc::new(state))
    }

    fn changed(&self, child: &Rc<PathContents>, tree: Oid) -> Option<Rc<PathContents>> {
        let here = self.below(0, Some(tree))?;
        if here.iter().all(|(node, entry)| child.has[*node] == *entry) {
            return Some(child.clone());
        }
        let mut state = PathContents::clone(child);
        self.set(&here, &mut state)?;
        Some(Rc::new(state))
    }

    /// The entries of a directory at the names below a node.
    fn below(&self, node: usize, tree: Option<Oid>) -> Option<Vec<(usize, Option<TreeEntry>)>> {
        let node = &self.paths.nodes[node];
        let mut found: Vec<(usize, Option<TreeEntry>)> =
            node.below.iter().map(|(_, below)| (*below, None)).collect();
        let Some(tree) = tree else { return Some(found) };
        let object = self
            .commits
            .odb
            .read(tree)
            .ok()
            .filter(|object| object.kind() == ObjectType::Tree)?;
        let mut left = found.len();
        for entry in raw_entries(object.data()) {
            let entry = entry?;
            let Some(below) = node.find(entry.name) else {
                continue;
            };
            let at = found.iter().position(|(node, _)| *node == below)?;
            found[at].1 = Some(entry.parse()?);
            left -= 1;
            if left == 0 {
                break;
            }
        }
        Some(found)
    }

    fn fill(&self, node: usize, tree: Option<Oid>, state: &mut PathContents) -> Option<()> {
        let below = self.below(node, tree)?;
        self.set(&below, state)
    }

    fn set(&self, below: &[(usize, Option<TreeEntry>)], state: &mut PathContents) -> Option<()> {
        for &(at, entry) in below {
            let was = std::mem::replace(&mut state.has[at], entry);
            if was == entry {
                continue;
            }
            let node = &self.paths.nodes[at];
            if let Some(want) = &node.want {
                want.count(at, was, entry, state);
            }
            if !node.below.is_empty() {
                let tree = |entry: Option<TreeEntry>| {
                    entry.filter(|one| one.mode == MODE_TREE).map(|one| one.id)
                };
                if tree(was) != tree(entry) {
                    self.fill(at, tree(entry), state)?;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
