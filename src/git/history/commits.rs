// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a walk, read from the commit-graph where it covers them, and otherwise from their objects.

use crate::git::commit_graph::{CommitGraph, GraphCommit};
use crate::git::objects::Objects;
use crate::git::raw_commit::RawCommit;
use git2::{ObjectType, Odb, Oid};

/// Where commits are read.
pub(super) struct CommitReader<'a> {
    pub(super) odb: &'a Odb<'a>,
    pub(super) graph: Option<CommitGraph>,
}

/// A commit that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReadCommit {
    pub(super) id: Oid,
    /// Its position in the graph; `None` if the graph does not contain it.
    place: Option<u32>,
}

/// The data of a commit that the walk needs.
pub(super) struct WalkedCommit {
    pub(super) tree: Oid,
    pub(super) parents: Vec<ReadCommit>,
    pub(super) date: i64,
}

impl CommitReader<'_> {
    pub(super) fn link(&self, id: Oid) -> ReadCommit {
        ReadCommit {
            id,
            place: self.graph.as_ref().and_then(|graph| graph.find(id)),
        }
    }

    pub(super) fn read(&self, link: ReadCommit) -> Option<WalkedCommit> {
        let known = self
            .graph
            .as_ref()
            .zip(link.place)
            .and_then(|(graph, place)| listed(graph, place));
        known.or_else(|| self.read_object(link.id))
    }

    fn read_object(&self, id: Oid) -> Option<WalkedCommit> {
        let object = self
            .odb
            .read(id)
            .ok()
            .filter(|object| object.kind() == ObjectType::Commit)?;
        let raw = RawCommit::parse(id, object.data());
        let parents = raw.parents().ok()?;
        Some(WalkedCommit {
            tree: raw.tree().ok()?,
            parents: parents.into_iter().map(|id| self.link(id)).collect(),
            date: raw.committed(),
        })
    }

    /// Whether the commit exists and agrees with its row in the graph.
    pub(super) fn is_true(&self, id: Oid) -> bool {
        let tree = |link: ReadCommit| self.read(link).map(|commit| commit.tree);
        self.read_object(id)
            .is_some_and(|commit| Some(commit.tree) == tree(self.link(id)))
    }
}

fn listed(graph: &CommitGraph, place: u32) -> Option<WalkedCommit> {
    let GraphCommit {
        tree,
        parents,
        date,
    } = graph.row(place)?;
    let parents = parents.into_iter().map(|place| {
        Some(ReadCommit {
            id: graph.name(place)?,
            place: Some(place),
        })
    });
    Some(WalkedCommit {
        tree,
        parents: parents.collect::<Option<_>>()?,
        date,
    })
}

impl Objects {
    /// The commit-graph, where git would use it too: a shallow clone ends where the graph need not.
    pub(super) fn commit_graph(&self) -> Option<CommitGraph> {
        let repository = self.repository();
        let is_off = repository
            .config()
            .and_then(|config| config.get_bool("core.commitGraph"))
            .is_ok_and(|used| !used);
        if is_off || repository.is_shallow() {
            return None;
        }
        CommitGraph::open(&repository.commondir().join("objects"))
    }
}
