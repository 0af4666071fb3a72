// SPDX-License-Identifier: GPL-2.0-or-later
//! Links groups to series: decides which postings are versions of the same series.
//!
//! Two groups are versions of one series in any of these cases: they have the same change-id; they have
//! the same author, and the later names the earlier by its URL (`v1: https://...`); they have the same
//! title, and either the same author or one replies to the other; the later replies to the earlier, has
//! the same author, and shares a patch or is a partial re-roll. A version that already exists is
//! accepted again only if it says it was resent, or repeats the same patches; of two postings, the more
//! complete is used.

use super::grouping::{Thread, VersionGroup};
use crate::series::{TitleKey, VersionNumber};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Maximum number of series with the same title that are considered.
const MAX_CANDIDATE_SERIES: usize = 16;

/// The groups of one series, by version.
#[derive(Debug, Default)]
pub(super) struct Linked {
    /// One group for each version.
    pub versions: BTreeMap<VersionNumber, usize>,
    /// Groups that replace single patches of a version: `v5.1`.
    pub splices: Vec<usize>,
    titles: HashSet<TitleKey>,
}

/// The series, and the series and version of each group.
#[derive(Debug, Default)]
pub(super) struct GroupLinks {
    pub series: Vec<Linked>,
    pub place_of: HashMap<usize, (usize, VersionNumber)>,
    by_change_id: HashMap<String, usize>,
    by_title: HashMap<TitleKey, Vec<usize>>,
    by_patch: HashMap<(TitleKey, String, u32), usize>,
}

/// What the first mails of groups say about other versions.
#[derive(Debug, Default)]
pub(super) struct GroupHints {
    /// The change-id of each group that has one.
    pub change_ids: HashMap<usize, String>,
    /// The mails of earlier versions that each group names.
    pub earlier: HashMap<usize, Vec<usize>>,
}

/// Links the groups of a thread.
pub(super) fn link(thread: &Thread, said: &GroupHints) -> GroupLinks {
    let mut links = GroupLinks::default();
    let mut groups: Vec<usize> = thread.live_groups().collect();
    groups.sort_by_key(|&at| {
        let group = &thread.groups[at];
        let first = group.mails.values().min().copied();
        let seconds = group
            .mails
            .values()
            .map(|&mail| thread.facts[mail].seconds)
            .min();
        (group.key.version, group.key.minor, seconds, first)
    });
    for group in groups {
        links.add(thread, group, said);
    }
    links
}

/// The title of a group: that of its cover letter, or of its first patch.
fn title_of(thread: &Thread, group: &VersionGroup) -> TitleKey {
    group
        .mails
        .values()
        .next()
        .map(|&at| thread.facts[at].subject.key())
        .unwrap_or_default()
}

fn patch_titles<'t>(
    thread: &'t Thread,
    group: &'t VersionGroup,
) -> impl Iterator<Item = TitleKey> + 't {
    group
        .mails
        .range(1..)
        .map(|(_, &at)| thread.facts[at].subject.key())
}

impl GroupLinks {
    fn add(&mut self, thread: &Thread, at: usize, said: &GroupHints) {
        let group = &thread.groups[at];
        let version = group.key.version;
        let found = self.find(thread, at, said);
        let series = match found {
            Some(series)
                if group.key.minor > 0 && self.series[series].versions.contains_key(&version) =>
            {
                self.series[series].splices.push(at);
                self.place_of.insert(at, (series, version));
                return;
            }
            Some(series) => match self.series[series].versions.get(&version).copied() {
                None => series,
                Some(earlier) if repeats(thread, earlier, at) => {
                    if is_better(thread, at, earlier) {
                        self.series[series].versions.insert(version, at);
                    }
                    self.place_of.insert(at, (series, version));
                    return;
                }
                Some(_) => self.new_series(),
            },
            None => self.new_series(),
        };
        self.series[series].versions.insert(version, at);
        self.place_of.insert(at, (series, version));
        let title = title_of(thread, group);
        if self.series[series].titles.insert(title.clone()) {
            self.by_title.entry(title).or_default().push(series);
        }
        for title in patch_titles(thread, group) {
            self.by_patch
                .insert((title, group.key.author.clone(), group.key.total), series);
        }
        if let Some(id) = said.change_ids.get(&at) {
            self.by_change_id.entry(id.clone()).or_insert(series);
        }
    }

    fn new_series(&mut self) -> usize {
        self.series.push(Linked::default());
        self.series.len() - 1
    }

    fn find(&self, thread: &Thread, at: usize, said: &GroupHints) -> Option<usize> {
        let group = &thread.groups[at];
        let change_id = said.change_ids.get(&at);
        if let Some(&series) = change_id.and_then(|id| self.by_change_id.get(id)) {
            return Some(series);
        }
        if let Some(series) = self.named(thread, group, said.earlier.get(&at)) {
            return Some(series);
        }
        let answered = self.answered(thread, group);
        if let Some(series) = self.with_same_title(thread, group, answered) {
            return Some(series);
        }
        answered
            .filter(|&series| {
                self.is_later(group, series) && self.shares_patches(thread, group, series)
            })
            .or_else(|| self.with_same_patch(thread, group))
    }

    /// The series with this title that the group replies to or whose author is the same, if possible without this version.
    fn with_same_title(
        &self,
        thread: &Thread,
        group: &VersionGroup,
        answered: Option<usize>,
    ) -> Option<usize> {
        let is_ours = |series: &usize| {
            let authors = self.series[*series].versions.values();
            Some(*series) == answered
                || authors
                    .rev()
                    .any(|&other| thread.groups[other].key.author == group.key.author)
        };
        let same_title = self.by_title.get(&title_of(thread, group))?.iter().copied();
        let (taken, with_room): (Vec<usize>, Vec<usize>) = same_title
            .rev()
            .take(MAX_CANDIDATE_SERIES)
            .filter(is_ours)
            .partition(|series| {
                self.series[*series]
                    .versions
                    .contains_key(&group.key.version)
            });
        with_room.first().or(taken.first()).copied()
    }

    /// The series that has a patch of the same title, author and count, if the group is a partial later version.
    fn with_same_patch(&self, thread: &Thread, group: &VersionGroup) -> Option<usize> {
        if group.has_cover() || !group.counted {
            return None;
        }
        let by_patch = |title| {
            self.by_patch
                .get(&(title, group.key.author.clone(), group.key.total))
                .copied()
        };
        patch_titles(thread, group)
            .find_map(by_patch)
            .filter(|&series| self.is_later(group, series))
    }

    /// Whether the version of the group is later than the first version of a series.
    fn is_later(&self, group: &VersionGroup, series: usize) -> bool {
        let first = self.series[series].versions.keys().next();
        first.is_some_and(|&first| {
            first < group.key.version || (group.key.minor > 0 && first <= group.key.version)
        })
    }

    /// Whether the same author has sent a patch of the group in the series, or the group has no cover letter and as many
    /// patches as a version of that author.
    fn shares_patches(&self, thread: &Thread, group: &VersionGroup, series: usize) -> bool {
        let versions = self.series[series].versions.values();
        let theirs: Vec<&VersionGroup> = versions
            .map(|&other| &thread.groups[other])
            .filter(|other| other.key.author == group.key.author)
            .collect();
        let has_patch = |title: TitleKey| {
            theirs
                .iter()
                .any(|other| patch_titles(thread, other).any(|one| one == title))
        };
        let is_partial = !group.has_cover()
            && theirs
                .iter()
                .any(|other| other.key.total == group.key.total);
        is_partial || patch_titles(thread, group).any(has_patch)
    }

    /// The series by the same author that the group names as its earlier version.
    fn named(
        &self,
        thread: &Thread,
        group: &VersionGroup,
        earlier: Option<&Vec<usize>>,
    ) -> Option<usize> {
        let others = earlier?.iter().filter_map(|&mail| thread.group_of[mail]);
        let is_earlier = |other: &usize| {
            let key = &thread.groups[*other].key;
            key.author == group.key.author && key.version < group.key.version
        };
        others
            .filter(is_earlier)
            .find_map(|other| self.place_of.get(&other))
            .map(|(series, _)| *series)
    }

    /// The series that a mail of the group replies to.
    fn answered(&self, thread: &Thread, group: &VersionGroup) -> Option<usize> {
        group.mails.values().find_map(|&mail| {
            let ids = thread.facts[mail].references.iter();
            let above = ids.filter_map(|id| thread.group_of[*thread.by_id.get(id)?]);
            above
                .filter_map(|other| self.place_of.get(&other))
                .map(|(series, _)| *series)
                .next()
        })
    }
}

/// Whether a group is another posting of an earlier one.
///
/// Either it says so, or it has the same patches, or one of the two is complete and the patches in both agree.
fn repeats(thread: &Thread, earlier: usize, later: usize) -> bool {
    let (earlier, later) = (&thread.groups[earlier], &thread.groups[later]);
    if earlier.key.total != later.key.total {
        return false;
    }
    let says_so = later
        .mails
        .values()
        .any(|&at| thread.facts[at].subject.is_resend);
    let title = |at: &usize| thread.facts[*at].subject.key();
    let in_both = later
        .mails
        .range(1..)
        .filter_map(|(number, at)| Some((title(at), title(earlier.mails.get(number)?))));
    let (alike, unlike): (Vec<_>, Vec<_>) = in_both.partition(|(one, other)| one == other);
    let is_whole = missing(earlier) == 0 || missing(later) == 0;
    let are_same = || patch_titles(thread, earlier).eq(patch_titles(thread, later));
    says_so || are_same() || (is_whole && !alike.is_empty() && unlike.is_empty())
}

/// Whether a later posting replaces an earlier one: it has more of the patches, or as many and is
/// threaded at least as well.
fn is_better(thread: &Thread, later: usize, earlier: usize) -> bool {
    let (later, earlier) = (&thread.groups[later], &thread.groups[earlier]);
    let is_held = |group: &VersionGroup| {
        group
            .mails
            .values()
            .skip(1)
            .all(|&at| !thread.facts[at].references.is_empty())
    };
    match missing(later).cmp(&missing(earlier)) {
        Ordering::Less => true,
        Ordering::Equal => is_held(later) || !is_held(earlier),
        Ordering::Greater => false,
    }
}

fn missing(group: &VersionGroup) -> usize {
    (group.key.total as usize).saturating_sub(group.mails.range(1..).count())
}
