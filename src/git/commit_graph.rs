// SPDX-License-Identifier: GPL-2.0-or-later
//! The commit-graph of a repository, if `git gc` or `git maintenance` has written one: tree,
//! parents and date of each commit, at a tenth of the cost of reading the commit itself.
//!
//! Format: gitformat-commit-graph(5), either one file or a chain. Only the requested positions are
//! read, since the commit-graph of a large project is larger than a command may hold in memory.
//! Malformed data counts as absent, and the caller reads the commit instead.

use super::Oid;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes of a name.
const NAME: u64 = 20;

/// Bytes of data for each commit: tree, two parents, generation and date.
const ROW: u64 = NAME + 16;

/// Marks a missing parent (git's GRAPH_PARENT_NONE).
const NONE: u32 = 0x7000_0000;

/// Set in the second parent where there are more, and in the last of these.
const MORE: u32 = 0x8000_0000;

/// Most parents that are read of one commit.
const MAX_PARENTS: usize = 1000;

/// Most files of a chain.
const MAX_CHAIN_FILES: usize = 64;

/// All files of the graph, the oldest first; the places of commits count through all of them.
pub(super) struct CommitGraph {
    layers: Vec<Layer>,
}

/// The graph's data for a commit.
pub(super) struct GraphCommit {
    pub(super) tree: Oid,
    /// The places of its parents.
    pub(super) parents: Vec<u32>,
    /// When it was committed, in seconds since 1970.
    pub(super) date: i64,
}

/// One file.
struct Layer {
    file: File,
    /// How many commits the files below have.
    below: u32,
    /// How many names begin with up to each byte.
    fanout: Vec<u32>,
    names: u64,
    rows: u64,
    edges: Option<u64>,
}

impl CommitGraph {
    /// Opens the graph of the directory `objects`, if there is one.
    pub(super) fn open(objects: &Path) -> Option<CommitGraph> {
        let info = objects.join("info");
        let mut graph = CommitGraph { layers: Vec::new() };
        if let Ok(file) = File::open(info.join("commit-graph")) {
            graph.layers.push(Layer::open(file, 0, &[])?);
            return Some(graph);
        }
        let dir = info.join("commit-graphs");
        let chain = std::fs::read_to_string(dir.join("commit-graph-chain")).ok()?;
        let names = chain
            .lines()
            .map(|line| Oid::from_str(line).ok())
            .collect::<Option<Vec<Oid>>>()?;
        if names.len() > MAX_CHAIN_FILES {
            return None;
        }
        for (at, name) in names.iter().enumerate() {
            let file = File::open(dir.join(format!("graph-{name}.graph"))).ok()?;
            let below = graph.layers.last().map_or(Some(0), Layer::end)?;
            graph.layers.push(Layer::open(file, below, &names[..at])?);
        }
        Some(graph).filter(|graph| !graph.layers.is_empty())
    }

    /// The position of a commit.
    pub(super) fn find(&self, id: Oid) -> Option<u32> {
        self.layers.iter().rev().find_map(|layer| layer.find(id))
    }

    /// The name of the commit at a position.
    pub(super) fn name(&self, place: u32) -> Option<Oid> {
        let layer = self.layer(place)?;
        layer.name(place - layer.below)
    }

    /// The data of the commit at a position.
    pub(super) fn row(&self, place: u32) -> Option<GraphCommit> {
        let layer = self.layer(place)?;
        let row: [u8; ROW as usize] =
            layer.read(layer.rows + u64::from(place - layer.below) * ROW)?;
        let (tree, rest) = row.split_at(NAME as usize);
        let number = |at: usize| number(&rest[at..at + 4]);
        // Two bits of the date are in the number before it, whose other bits are the generation.
        let date = i64::from(number(8) & 3) << 32 | i64::from(number(12));
        let mut parents: Vec<u32> = [number(0)]
            .into_iter()
            .filter(|&first| first != NONE)
            .collect();
        match number(4) {
            NONE => {}
            second if second & MORE == 0 => parents.push(second),
            second => layer.more(second & !MORE, &mut parents)?,
        }
        Some(GraphCommit {
            tree: Oid::from_bytes(tree).ok()?,
            parents,
            date,
        })
    }

    fn layer(&self, place: u32) -> Option<&Layer> {
        let layer = self
            .layers
            .iter()
            .rev()
            .find(|layer| layer.below <= place)?;
        (place < layer.end()?).then_some(layer)
    }
}

impl Layer {
    fn open(file: File, below: u32, bases: &[Oid]) -> Option<Layer> {
        let mut layer = Layer {
            file,
            below,
            fanout: Vec::new(),
            names: 0,
            rows: 0,
            edges: None,
        };
        let head: [u8; 8] = layer.read(0)?;
        // Version 1, names of SHA-1.
        if !head.starts_with(b"CGPH\x01\x01") || usize::from(head[7]) != bases.len() {
            return None;
        }
        let (mut fanout, mut named_bases) = (0, 0);
        for chunk in 0..u64::from(head[6]) {
            let entry: [u8; 12] = layer.read(8 + chunk * 12)?;
            let place = u64::from(number(&entry[4..8])) << 32 | u64::from(number(&entry[8..]));
            match &entry[..4] {
                b"OIDF" => fanout = place,
                b"OIDL" => layer.names = place,
                b"CDAT" => layer.rows = place,
                b"EDGE" => layer.edges = Some(place),
                b"BASE" => named_bases = place,
                _ => {}
            }
        }
        if [fanout, layer.names, layer.rows].contains(&0) {
            return None;
        }
        for (at, base) in bases.iter().enumerate() {
            let named: [u8; NAME as usize] = layer.read(named_bases + at as u64 * NAME)?;
            (named == base.as_bytes()).then_some(())?;
        }
        let table: [u8; 1024] = layer.read(fanout)?;
        layer.fanout = table.chunks_exact(4).map(number).collect();
        layer.fanout.is_sorted().then_some(layer)
    }

    /// The place behind its last commit.
    fn end(&self) -> Option<u32> {
        self.below.checked_add(*self.fanout.last()?)
    }

    fn find(&self, id: Oid) -> Option<u32> {
        let first = usize::from(id.as_bytes()[0]);
        let mut low = first.checked_sub(1).map_or(0, |before| self.fanout[before]);
        let mut high = self.fanout[first];
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle)?.cmp(&id) {
                std::cmp::Ordering::Equal => return self.below.checked_add(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn name(&self, at: u32) -> Option<Oid> {
        let name: [u8; NAME as usize] = self.read(self.names + u64::from(at) * NAME)?;
        Oid::from_bytes(&name).ok()
    }

    /// The parents from the second on, where there are more than two.
    fn more(&self, from: u32, parents: &mut Vec<u32>) -> Option<()> {
        let edges = self.edges?;
        for at in u64::from(from)..u64::from(from) + MAX_PARENTS as u64 {
            let edge = number(&self.read::<4>(edges + at * 4)?);
            parents.push(edge & !MORE);
            if edge & MORE != 0 {
                return Some(());
            }
        }
        None
    }

    fn read<const N: usize>(&self, place: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact_at(&mut bytes, place).ok()?;
        Some(bytes)
    }
}

/// The number that four bytes are, the greatest first.
fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}
