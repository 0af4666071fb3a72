// SPDX-License-Identifier: GPL-2.0-or-later
//! How many patches of a version are in which state, and what the version needs of its author.

use crate::db::listing::ListedVersion;
use crate::series::state::{Standing, word};

/// How long a version may go without a reply, in seconds: two weeks, after which patman sets a reminder too.
pub const PATIENCE: i64 = 14 * 86400;

/// How urgent a version is, in the order in which versions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Changes are requested.
    Changes,
    /// It waits for a reply longer than [`PATIENCE`].
    Overdue,
    /// It is under way, or not sent yet.
    Open,
    /// The patches that are not merged will not be.
    Refused,
    /// All of it is merged.
    Accepted,
}

/// How many patches of a version there are of each standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StandingCounts([u32; Standing::ALL.len()]);

impl StandingCounts {
    /// Counts the patches of a version.
    pub fn of(version: &ListedVersion) -> StandingCounts {
        let mut counts = StandingCounts::default();
        for (state, count) in &version.states {
            counts.0[Standing::of(state.as_deref()) as usize] += count;
        }
        counts
    }

    /// How many there are of one standing.
    pub fn get(&self, standing: Standing) -> u32 {
        self.0[standing as usize]
    }

    /// How many there are.
    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// What is needed of the author, for a version that was sent then.
    pub fn need(&self, sent: Option<i64>, now: i64) -> Need {
        let total = self.total();
        let accepted = self.get(Standing::Accepted);
        let asked = self.get(Standing::Waiting) + self.get(Standing::Unknown);
        if self.get(Standing::Changes) > 0 {
            Need::Changes
        } else if total > 0 && accepted == total {
            Need::Accepted
        } else if total > 0 && accepted + self.get(Standing::Refused) == total {
            Need::Refused
        } else if asked > 0 && sent.is_some_and(|sent| now - sent >= PATIENCE) {
            Need::Overdue
        } else {
            Need::Open
        }
    }
}

/// States and how many patches are in each, in the order of [`Standing`].
pub type StateCounts<'s> = Vec<(Option<&'s str>, u32)>;

/// Counts states.
pub fn tally<'s>(states: impl IntoIterator<Item = Option<&'s str>>) -> StateCounts<'s> {
    summed(states.into_iter().map(|state| (state, 1)))
}

/// The states of versions, together.
pub fn states<'s>(versions: impl IntoIterator<Item = &'s ListedVersion>) -> StateCounts<'s> {
    summed(
        versions
            .into_iter()
            .flat_map(|version| &version.states)
            .map(|(state, count)| (state.as_deref(), *count)),
    )
}

fn summed<'s>(all: impl Iterator<Item = (Option<&'s str>, u32)>) -> StateCounts<'s> {
    let mut states: StateCounts<'s> = Vec::new();
    for (state, count) in all {
        match states.iter_mut().find(|(known, _)| *known == state) {
            Some((_, sum)) => *sum += count,
            None => states.push((state, count)),
        }
    }
    states.sort_by_cached_key(|(state, _)| Standing::of(*state));
    states
}

/// States in words: `2 accepted, 1 changes-requested`.
pub fn words(states: &StateCounts<'_>) -> String {
    let words: Vec<String> = states
        .iter()
        .map(|(state, count)| format!("{count} {}", word(*state)))
        .collect();
    words.join(", ")
}
