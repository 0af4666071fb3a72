// SPDX-License-Identifier: GPL-2.0-or-later
//! The searched paths as a tree of names, so that each directory is read once for all paths below it.

use super::{Content, MAX_PATHS, PathContentQuery, PathContents};
use crate::git::objects::{MODE_TREE, TreeEntry};
use git2::{Odb, OdbLookupFlags, Oid};
use std::rc::Rc;

/// The paths as a tree of names, the top first.
pub(super) struct Paths {
    pub(super) nodes: Vec<PathNode>,
    /// The nodes of the paths themselves.
    pub(super) leaves: Vec<usize>,
    /// How many paths should hold something.
    pub(super) wanted: usize,
    /// Whether any of that is an object of the repository.
    pub(super) any_here: bool,
}

#[derive(Default)]
pub(super) struct PathNode {
    /// The names below, sorted.
    pub(super) below: Vec<(Vec<u8>, usize)>,
    /// The first bytes of these names.
    first: [u64; 4],
    /// How long they are, by the remainder of 64.
    lengths: u64,
    pub(super) want: Option<PathTree>,
}

pub(super) struct PathTree {
    content: Content,
    /// Whether it can be held at all.
    pub(super) is_here: bool,
}

impl PathNode {
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let first = *name.first()?;
        if self.lengths & (1 << (name.len() & 63)) == 0
            || self.first[usize::from(first >> 6)] & (1 << (first & 63)) == 0
        {
            return None;
        }
        let at = self
            .below
            .binary_search_by(|(own, _)| own.as_slice().cmp(name))
            .ok()?;
        Some(self.below[at].1)
    }
}

impl Paths {
    pub(super) fn new(odb: &Odb<'_>, wants: &[PathContentQuery]) -> Paths {
        let mut paths = Paths {
            nodes: vec![PathNode::default()],
            leaves: Vec::new(),
            wanted: 0,
            any_here: false,
        };
        for want in wants.iter().take(MAX_PATHS) {
            let mut at = 0;
            for name in want.path.split(|&c| c == b'/') {
                at = match paths.nodes[at]
                    .below
                    .binary_search_by(|(own, _)| own.as_slice().cmp(name))
                {
                    Ok(found) => paths.nodes[at].below[found].1,
                    Err(place) => {
                        let new = paths.nodes.len();
                        paths.nodes.push(PathNode::default());
                        let first = name.first().copied().unwrap_or_default();
                        paths.nodes[at].first[usize::from(first >> 6)] |= 1 << (first & 63);
                        paths.nodes[at].lengths |= 1 << (name.len() & 63);
                        paths.nodes[at].below.insert(place, (name.to_vec(), new));
                        new
                    }
                };
            }
            let is_here = match &want.content {
                Content::Nothing => true,
                Content::Begins(hex) => is_here(odb, hex),
            };
            if want.content != Content::Nothing && paths.nodes[at].want.is_none() {
                paths.wanted += 1;
                paths.any_here |= is_here;
            }
            if paths.nodes[at].want.is_none() && is_here {
                paths.leaves.push(at);
            }
            paths.nodes[at].want.get_or_insert(PathTree {
                content: want.content.clone(),
                is_here,
            });
        }
        paths
    }

    /// Whether two commits have the same at all paths.
    pub(super) fn are_same(&self, one: &Rc<PathContents>, other: &Rc<PathContents>) -> bool {
        Rc::ptr_eq(one, other)
            || self
                .leaves
                .iter()
                .all(|&leaf| one.has[leaf] == other.has[leaf])
    }

    /// How many paths hold in both commits the same, and not what they should.
    pub(super) fn sure_unmet(&self, one: &PathContents, other: &PathContents) -> usize {
        let is_met = |leaf: usize| {
            self.nodes[leaf]
                .want
                .as_ref()
                .is_none_or(|want| want.is_met(one.has[leaf]))
        };
        self.leaves
            .iter()
            .filter(|&&leaf| one.has[leaf] == other.has[leaf] && !is_met(leaf))
            .count()
    }
}

/// Whether an object's name begins so.
fn is_here(odb: &Odb<'_>, hex: &[u8]) -> bool {
    let Some(text) = std::str::from_utf8(hex)
        .ok()
        .filter(|hex| (4..=40).contains(&hex.len()))
    else {
        return false;
    };
    let Ok(short) = Oid::from_str(&format!("{text:0<40}")) else {
        return false;
    };
    if text.len() == 40 {
        return odb.exists_ext(short, OdbLookupFlags::NO_REFRESH);
    }
    match odb.exists_prefix(short, text.len()) {
        Ok(_) => true,
        Err(why) => why.code() == git2::ErrorCode::Ambiguous,
    }
}

impl PathTree {
    pub(super) fn is_met(&self, entry: Option<TreeEntry>) -> bool {
        match (&self.content, entry) {
            (Content::Nothing, entry) => entry.is_none(),
            (Content::Begins(hex), Some(entry)) => entry.mode != MODE_TREE && begins(entry.id, hex),
            (Content::Begins(_), None) => false,
        }
    }

    pub(super) fn count(
        &self,
        node: usize,
        was: Option<TreeEntry>,
        now: Option<TreeEntry>,
        state: &mut PathContents,
    ) {
        let (was, now) = (self.is_met(was), self.is_met(now));
        if was == now || !self.is_here {
            return;
        }
        let holds = self.content != Content::Nothing;
        if now {
            state.passed -= usize::from(state.has_met[node]);
            state.has_met[node] = true;
            state.unmet -= 1;
            state.held += usize::from(holds);
        } else {
            state.unmet += 1;
            state.passed += usize::from(state.has_met[node]);
            state.held -= usize::from(holds);
        }
    }
}

/// Whether the name of an object begins with these digits.
fn begins(id: Oid, hex: &[u8]) -> bool {
    let digit = |at: usize| {
        let byte = id.as_bytes()[at / 2];
        b"0123456789abcdef"[usize::from(if at.is_multiple_of(2) {
            byte >> 4
        } else {
            byte & 15
        })]
    };
    (4..=40).contains(&hex.len()) && hex.iter().enumerate().all(|(at, c)| digit(at) == *c)
}
