// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the commit whose tree holds given blobs at given paths, in one walk over the history.
//!
//! Commits are looked at from the newest to the oldest, those of all tips together. What a commit has at the paths is
//! worked out from what its child has: a directory with the same name as in the child is not read, so that a commit
//! costs its own object and its top directory, whatever the number of paths. The walk ends at the first commit that
//! holds all that can be held: what is no object of the repository is not waited for. It ends where as many paths as the best
//! commit lacks have held what they should and, further back, do not any more: from there on it gets worse. Far back,
//! runs of commits are leapt over where the paths are the same at both ends.
//!
//! Both take it that a path which has changed does not change back. Where one did, a commit that holds fewer may be
//! found; none is found that does not hold what is said.

mod paths;

use super::objects::{Entry, MODE_TREE, Objects};
use super::trees::entries;
use crate::error::Result;
use git2::{ObjectType, Odb, Oid};
use paths::Paths;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::rc::Rc;

/// Most paths that are looked for.
const MOST_PATHS: usize = 10_000;

/// How many commits are looked at one by one, before runs of commits are leapt over.
const EXACT: usize = 2000;

/// How many commits a leap takes.
const LEAP: usize = 64;

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
pub struct Want {
    /// The path.
    pub path: Vec<u8>,
    /// What it should hold.
    pub content: Content,
}

/// The commit that holds most.
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
    /// How many commits were looked at.
    pub walked: usize,
}

impl Objects {
    /// The newest commit that can be reached from `tips` and holds most of what is wanted; of tips that hold all, the
    /// first. None if no commit holds any of it, or nothing that is wanted is a content.
    pub fn best_commit(&self, tips: &[Oid], wants: &[Want]) -> Result<Option<Fit>> {
        let odb = self.odb()?;
        let paths = Paths::new(&odb, wants);
        if paths.wanted == 0 || !paths.any_here {
            return Ok(None);
        }
        // Each object is read once: what libgit2 keeps of them would be the greater part of the memory.
        git2::opts::enable_caching(false);
        let best = best(&odb, tips, &paths);
        git2::opts::enable_caching(true);
        Ok(best)
    }
}

fn best(odb: &Odb<'_>, tips: &[Oid], paths: &Paths) -> Option<Fit> {
    let mut walk = Walk { odb, paths, seen: HashSet::new(), queue: BinaryHeap::new(), order: 0, walked: 0, best: None };
    for (tip, &commit) in tips.iter().enumerate() {
        if let Some(state) = walk.push(commit, tip, None)
            && state.unmet == 0
        {
            walk.consider(commit, tip, 0, &state);
            return walk.best.map(|best| best.fit);
        }
    }
    while let Some(Reverse(at)) = walk.queue.pop() {
        // A leap may have found one before the newer commits of another branch were looked at.
        if walk.best.as_ref().is_some_and(|best| best.unmet == 0 && best.date >= at.date) {
            break;
        }
        walk.consider(at.id, at.tip, at.date, &at.state);
        // What has been passed does not come back.
        if walk.best.as_ref().is_some_and(|best| at.state.passed >= best.unmet) {
            continue;
        }
        if at.parents.len() == 1 && walk.walked > EXACT {
            walk.leap(&at);
            continue;
        }
        for parent in &at.parents {
            walk.push(*parent, at.tip, Some((at.root, &at.state)));
        }
    }
    walk.best.map(|best| best.fit).filter(|fit| fit.held > 0)
}

/// The best commit so far.
struct Best {
    unmet: usize,
    date: i64,
    fit: Fit,
}

/// What a commit has at the paths.
#[derive(Clone)]
struct State {
    /// By node; the top's own is not kept.
    has: Vec<Option<Entry>>,
    /// How many paths hold another thing than they should, those aside that cannot hold it.
    unmet: usize,
    /// How many paths hold the content that they should.
    held: usize,
    /// By node, whether the path held what it should in this commit or one after it.
    has_met: Vec<bool>,
    /// How many paths did so and do not any more.
    passed: usize,
}

/// A commit whose parents are still to be looked at.
struct Pending {
    date: i64,
    order: usize,
    id: Oid,
    tip: usize,
    parents: Vec<Oid>,
    root: Oid,
    state: Rc<State>,
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

struct Walk<'a> {
    odb: &'a Odb<'a>,
    paths: &'a Paths,
    seen: HashSet<Oid>,
    queue: BinaryHeap<Reverse<Pending>>,
    order: usize,
    walked: usize,
    best: Option<Best>,
}

impl Walk<'_> {
    /// Takes a commit that is better than the best so far, or as good and newer.
    fn consider(&mut self, commit: Oid, tip: usize, date: i64, state: &State) {
        self.walked += 1;
        let (unmet, walked) = (state.unmet, self.walked);
        if self.best.as_ref().is_none_or(|best| (unmet, Reverse(date)) < (best.unmet, Reverse(best.date))) {
            let fit = Fit { commit, tip, held: state.held, wanted: self.paths.wanted, walked };
            self.best = Some(Best { unmet, date, fit });
        }
    }

    /// Goes on along a run of commits with one parent each: where the paths are the same at both its ends, the commits
    /// between are passed over, else it is halved.
    fn leap(&mut self, at: &Pending) {
        let mut run: Vec<(Oid, Commit)> = Vec::new();
        let mut next = at.parents[0];
        while run.len() < LEAP && self.seen.insert(next) {
            let Some(commit) = Commit::read(self.odb, next) else { break };
            let only = (commit.parents.len() == 1).then(|| commit.parents[0]);
            run.push((next, commit));
            match only {
                Some(parent) => next = parent,
                None => break,
            }
        }
        let Some((id, last)) = run.pop() else { return };
        let Some(state) = self.next(at.root, &at.state, last.tree) else { return };
        self.walked += run.len();
        self.halve(at.tip, (at.root, &at.state), &run, &state);
        self.order += 1;
        let Commit { tree: root, parents, date } = last;
        self.queue.push(Reverse(Pending { date, order: self.order, id, tip: at.tip, parents, root, state }));
    }

    /// Looks at the commits of a run between two states, the newer first.
    fn halve(&mut self, tip: usize, newer: (Oid, &Rc<State>), run: &[(Oid, Commit)], older: &Rc<State>) {
        let is_same = |one: usize| newer.1.has[one] == older.has[one];
        if run.is_empty() || Rc::ptr_eq(newer.1, older) || self.paths.leaves.iter().all(|leaf| is_same(*leaf)) {
            return;
        }
        let (before, rest) = run.split_at(run.len() / 2);
        let [(id, commit), after @ ..] = rest else { return };
        let Some(state) = self.next(newer.0, newer.1, commit.tree) else { return };
        self.halve(tip, newer, before, &state);
        self.walked -= 1;
        self.consider(*id, tip, commit.date, &state);
        self.halve(tip, (commit.tree, &state), after, older);
    }

    /// What a commit has, by what its child has.
    fn next(&self, root: Oid, child: &Rc<State>, tree: Oid) -> Option<Rc<State>> {
        if root == tree { Some(child.clone()) } else { self.changed(child, tree) }
    }

    /// Looks at a commit, and queues it for its parents. One that cannot be read, as beyond the end of a shallow clone,
    /// is passed over.
    fn push(&mut self, id: Oid, tip: usize, child: Option<(Oid, &Rc<State>)>) -> Option<Rc<State>> {
        if !self.seen.insert(id) {
            return None;
        }
        let commit = Commit::read(self.odb, id)?;
        let state = match child {
            Some((root, state)) => self.next(root, state, commit.tree)?,
            None => self.first(commit.tree)?,
        };
        self.order += 1;
        let Commit { tree: root, parents, date } = commit;
        self.queue.push(Reverse(Pending { date, order: self.order, id, tip, parents, root, state: state.clone() }));
        Some(state)
    }

    fn first(&self, tree: Oid) -> Option<Rc<State>> {
        let nodes = &self.paths.nodes;
        let none = vec![false; nodes.len()];
        let mut state = State { has: vec![None; nodes.len()], unmet: 0, held: 0, has_met: none, passed: 0 };
        let wants = || nodes.iter().enumerate().filter_map(|(at, node)| Some((at, node.want.as_ref()?)));
        state.unmet = wants().filter(|(_, want)| want.is_here && !want.is_met(None)).count();
        self.fill(0, Some(tree), &mut state)?;
        for (at, want) in wants() {
            state.has_met[at] = want.is_met(state.has[at]);
        }
        Some(Rc::new(state))
    }

    fn changed(&self, child: &Rc<State>, tree: Oid) -> Option<Rc<State>> {
        let here = self.below(0, Some(tree))?;
        if here.iter().all(|(node, entry)| child.has[*node] == *entry) {
            return Some(child.clone());
        }
        let mut state = State::clone(child);
        self.set(&here, &mut state)?;
        Some(Rc::new(state))
    }

    /// What a directory has at the names below a node.
    fn below(&self, node: usize, tree: Option<Oid>) -> Option<Vec<(usize, Option<Entry>)>> {
        let node = &self.paths.nodes[node];
        let mut found: Vec<(usize, Option<Entry>)> = node.below.iter().map(|(_, below)| (*below, None)).collect();
        let Some(tree) = tree else { return Some(found) };
        let object = self.odb.read(tree).ok().filter(|object| object.kind() == ObjectType::Tree)?;
        let mut left = found.len();
        for entry in entries(object.data()) {
            let (name, entry) = entry?;
            let Some(below) = node.find(name) else { continue };
            let at = found.iter().position(|(node, _)| *node == below)?;
            found[at].1 = Some(entry);
            left -= 1;
            if left == 0 {
                break;
            }
        }
        Some(found)
    }

    fn fill(&self, node: usize, tree: Option<Oid>, state: &mut State) -> Option<()> {
        let below = self.below(node, tree)?;
        self.set(&below, state)
    }

    fn set(&self, below: &[(usize, Option<Entry>)], state: &mut State) -> Option<()> {
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
                let tree = |entry: Option<Entry>| entry.filter(|one| one.mode == MODE_TREE).map(|one| one.id);
                if tree(was) != tree(entry) {
                    self.fill(at, tree(entry), state)?;
                }
            }
        }
        Some(())
    }
}

struct Commit {
    tree: Oid,
    parents: Vec<Oid>,
    date: i64,
}

impl Commit {
    fn read(odb: &Odb<'_>, id: Oid) -> Option<Commit> {
        let object = odb.read(id).ok().filter(|object| object.kind() == ObjectType::Commit)?;
        let named = |line: &[u8]| Oid::from_str(std::str::from_utf8(line).ok()?).ok();
        let mut lines = object.data().split(|&c| c == b'\n');
        let tree = named(lines.next()?.strip_prefix(b"tree ")?)?;
        let mut commit = Commit { tree, parents: Vec::new(), date: 0 };
        for line in lines.take_while(|line| !line.is_empty()) {
            if let Some(parent) = line.strip_prefix(b"parent ") {
                commit.parents.push(named(parent)?);
            } else if let Some(who) = line.strip_prefix(b"committer ") {
                let date = who.rsplit(|&c| c == b' ').nth(1).and_then(|date| std::str::from_utf8(date).ok());
                commit.date = date.and_then(|date| date.parse().ok()).unwrap_or_default();
                break;
            }
        }
        Some(commit)
    }
}

#[cfg(test)]
mod tests;
