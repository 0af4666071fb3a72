// SPDX-License-Identifier: GPL-2.0-or-later
//! Groups cover letters and patches: each group is one posting of one version of one series.
//!
//! A mail joins the group of its nearest ancestor that is a cover letter or a patch, if version, count
//! and author agree and the place is free. Mails that reply to the same mail, present or not, belong
//! together in the same manner. The rest is grouped by author, version and count. Ancestors are
//! processed first, then earlier dates, so that the order of the mails does not matter.

use super::subject::ParsedSubject;
use super::{Message, MessageId};
use crate::series::VersionNumber;
use std::collections::{BTreeMap, HashMap};

/// Maximum number of groups with the same author, version and count that are checked for a free place.
const MAX_CANDIDATE_GROUPS: usize = 16;

/// The role of a mail in its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ThreadRole {
    /// A cover letter.
    Cover,
    /// A patch.
    Patch,
    /// A reply, or anything else.
    Reply,
}

/// The facts about a mail that threading uses.
#[derive(Debug)]
pub(super) struct ThreadingFacts {
    pub id: Option<MessageId>,
    pub references: Vec<MessageId>,
    pub subject: ParsedSubject,
    /// The sender's address in lower case.
    pub author: String,
    pub seconds: i64,
    pub kind: ThreadRole,
}

impl ThreadingFacts {
    /// Reads the facts of a mail.
    pub fn of(message: &Message) -> ThreadingFacts {
        let subject = message.subject();
        let is_pull = subject.is_pull && subject.number.is_none();
        let kind = if subject.is_cover() {
            ThreadRole::Cover
        } else if !subject.is_reply && !is_pull && message.has_diff() {
            ThreadRole::Patch
        } else {
            ThreadRole::Reply
        };
        ThreadingFacts {
            id: message.message_id(),
            references: message.references(),
            subject,
            author: message.from().email.to_lowercase(),
            seconds: message.date().map_or(0, |date| date.seconds),
            kind,
        }
    }

    /// The number in the series: 0 for the cover letter, 1 for a patch without a number.
    pub fn number(&self) -> u32 {
        self.subject.number.unwrap_or(1)
    }

    fn total(&self) -> u32 {
        self.subject.total.unwrap_or(1)
    }
}

/// What the mails of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct GroupKey {
    pub version: VersionNumber,
    /// The 1 of `v5.1`; 0 for the version itself.
    pub minor: u32,
    pub total: u32,
    pub author: String,
}

/// One posting of one version.
#[derive(Debug)]
pub(super) struct VersionGroup {
    pub key: GroupKey,
    /// The mails by number; 0 is the cover letter.
    pub mails: BTreeMap<u32, usize>,
    /// Whether its subjects have a counter.
    pub counted: bool,
    /// Whether threading, and not only similarity, holds it together.
    threaded: bool,
    seconds: i64,
    /// Whether it was merged into another group.
    gone: bool,
}

impl VersionGroup {
    fn has_room_for(&self, other: &VersionGroup) -> bool {
        other
            .mails
            .keys()
            .all(|number| !self.mails.contains_key(number))
    }

    fn is_full(&self) -> bool {
        self.mails.range(1..).count() >= self.key.total as usize
    }

    /// Whether it has a cover letter.
    pub fn has_cover(&self) -> bool {
        self.mails.contains_key(&0)
    }
}

/// Mails and how they are threaded.
#[derive(Debug)]
pub(super) struct Thread {
    pub facts: Vec<ThreadingFacts>,
    pub by_id: HashMap<MessageId, usize>,
    pub groups: Vec<VersionGroup>,
    /// The group of each mail that is a cover letter or a patch.
    pub group_of: Vec<Option<usize>>,
    /// Groups by the mails that they reply to and that are not cover letters or patches here.
    pub below: HashMap<MessageId, Vec<usize>>,
    /// All mails, ancestors first.
    pub order: Vec<usize>,
}

impl Thread {
    /// Sorts mails into groups.
    pub fn new(messages: &[Message]) -> Thread {
        let facts: Vec<ThreadingFacts> = messages.iter().map(ThreadingFacts::of).collect();
        let by_id: HashMap<_, _> = facts
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(at, f)| Some((f.id.clone()?, at)))
            .collect();
        let depths = depths(&facts, &by_id);
        let mut order: Vec<usize> = (0..facts.len()).collect();
        order.sort_by_key(|&at| (depths[at], facts[at].seconds, facts[at].number(), at));
        let group_of = vec![None; facts.len()];
        let mut thread = Thread {
            facts,
            by_id,
            groups: Vec::new(),
            group_of,
            below: HashMap::new(),
            order,
        };
        for at in thread.order.clone() {
            if thread.facts[at].kind != ThreadRole::Reply {
                thread.place(at);
            }
        }
        thread.gather(|thread, group| Some(thread.groups[group].key.clone()));
        thread.join_authors();
        thread.gather(|thread, group| {
            thread.is_bare(group).then(|| GroupKey {
                author: String::new(),
                ..thread.groups[group].key.clone()
            })
        });
        thread.adopt_covers();
        thread
    }

    /// The nearest ancestor of a mail that is a cover letter or a patch here.
    pub fn ancestor(&self, at: usize) -> Option<usize> {
        let here = |id| self.by_id.get(id).copied().filter(|&parent| parent != at);
        self.facts[at]
            .references
            .iter()
            .filter_map(here)
            .find(|&parent| self.facts[parent].kind != ThreadRole::Reply)
    }

    /// The groups that remain after merging.
    pub fn live_groups(&self) -> impl Iterator<Item = usize> {
        (0..self.groups.len()).filter(|&group| !self.groups[group].gone)
    }

    fn place(&mut self, at: usize) {
        let facts = &self.facts[at];
        let mut key = GroupKey {
            version: facts.subject.version_or_first(),
            minor: facts.subject.minor.unwrap_or(0),
            total: facts.total(),
            author: facts.author.clone(),
        };
        let number = facts.number();
        let counted = facts.subject.number.is_some();
        let above = self
            .ancestor(at)
            .and_then(|parent| Some((parent, self.group_of[parent]?)));
        let fits = |group: &VersionGroup, key: &GroupKey| {
            group.key == *key && !group.mails.contains_key(&number)
        };
        if let Some((parent, group)) = above {
            let under_cover = self.facts[parent].kind == ThreadRole::Cover;
            if under_cover && facts.subject.version.is_none() {
                // People forget the version in the subjects of the patches.
                let cover = &self.groups[group].key;
                key = GroupKey {
                    version: cover.version,
                    minor: cover.minor,
                    ..key
                };
            }
            if (counted || under_cover) && fits(&self.groups[group], &key) {
                return self.join(at, group);
            }
            key.version = facts.subject.version_or_first();
            key.minor = facts.subject.minor.unwrap_or(0);
        }
        let not_here = |id: &&MessageId| {
            self.by_id
                .get(*id)
                .is_none_or(|&mail| self.facts[mail].kind == ThreadRole::Reply)
        };
        let answered: Vec<MessageId> = facts
            .references
            .iter()
            .take_while(not_here)
            .take(10)
            .cloned()
            .collect();
        if counted {
            let siblings = answered.iter().filter_map(|id| self.below.get(id));
            let nearby = siblings.flat_map(|groups| groups.iter().rev().take(MAX_CANDIDATE_GROUPS));
            if let Some(&group) = nearby
                .copied()
                .collect::<Vec<_>>()
                .iter()
                .find(|&&group| fits(&self.groups[group], &key))
            {
                return self.join(at, group);
            }
        }
        let group = self.groups.len();
        for id in answered {
            self.below.entry(id).or_default().push(group);
        }
        self.group_of[at] = Some(group);
        self.groups.push(VersionGroup {
            key,
            mails: BTreeMap::from([(number, at)]),
            counted,
            threaded: number == 0,
            seconds: self.facts[at].seconds,
            gone: false,
        });
    }

    fn join(&mut self, at: usize, group: usize) {
        self.group_of[at] = Some(group);
        let group = &mut self.groups[group];
        group.mails.insert(self.facts[at].number(), at);
        group.threaded = true;
        group.counted = true;
    }

    /// Merges groups with the same key that have room for each other, in the order of their dates.
    fn gather(&mut self, key_of: impl Fn(&Thread, usize) -> Option<GroupKey>) {
        let mut alike: BTreeMap<GroupKey, Vec<usize>> = BTreeMap::new();
        for group in self
            .live_groups()
            .filter(|&group| self.groups[group].counted)
        {
            if let Some(key) = key_of(self, group) {
                alike.entry(key).or_default().push(group);
            }
        }
        for mut groups in alike.into_values() {
            groups.sort_by_key(|&group| (self.groups[group].seconds, group));
            let mut open: Vec<usize> = Vec::new();
            for group in groups {
                let recent = open.iter().rev().take(MAX_CANDIDATE_GROUPS).copied();
                match recent
                    .into_iter()
                    .find(|&other| self.can_merge(other, group))
                {
                    Some(other) => {
                        self.merge(other, group);
                        if self.groups[other].is_full() && self.groups[other].has_cover() {
                            open.retain(|&left| left != other);
                        }
                    }
                    None => open.push(group),
                }
            }
        }
    }

    fn can_merge(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.groups[one], &self.groups[other]);
        !(one.threaded && other.threaded) && one.has_room_for(other)
    }

    fn merge(&mut self, into: usize, from: usize) {
        let mails = std::mem::take(&mut self.groups[from].mails);
        for &at in mails.values() {
            self.group_of[at] = Some(into);
        }
        self.groups[from].gone = true;
        let threaded = self.groups[from].threaded;
        let into = &mut self.groups[into];
        into.mails.extend(mails);
        into.threaded |= threaded;
    }

    /// Joins patches of several authors that were sent in one run: the ids that git gives them have the same ending.
    fn join_authors(&mut self) {
        for group in self.live_groups().collect::<Vec<_>>() {
            let Some((_, &at)) = self.groups[group].mails.first_key_value() else {
                continue;
            };
            let Some((parent, other)) = self
                .ancestor(at)
                .and_then(|parent| Some((parent, self.group_of[parent]?)))
            else {
                continue;
            };
            let (mine, theirs) = (&self.groups[group].key, &self.groups[other].key);
            let alike = (mine.version, mine.minor, mine.total)
                == (theirs.version, theirs.minor, theirs.total);
            let sent_together = self.host(at).is_some() && self.host(at) == self.host(parent);
            let is_counted = self.groups[group].counted && !self.groups[group].has_cover();
            if group != other
                && alike
                && sent_together
                && is_counted
                && self.groups[other].has_room_for(&self.groups[group])
            {
                self.merge(other, group);
            }
        }
    }

    fn host(&self, at: usize) -> Option<&str> {
        self.facts[at]
            .id
            .as_ref()
            .and_then(|id| id.as_str().rsplit_once('@'))
            .map(|(_, host)| host)
    }

    /// Whether the mails of a group were never sent: a file written by git, where authors differ within a series.
    fn is_bare(&self, group: usize) -> bool {
        let bare =
            |&at: &usize| self.facts[at].id.is_none() && self.facts[at].references.is_empty();
        !self.groups[group].is_full() && self.groups[group].mails.values().all(bare)
    }

    /// Adopts as cover letter the mail that patches reply to, if it is by their author and reads like
    /// one but has no counter.
    fn adopt_covers(&mut self) {
        for group in self.live_groups().collect::<Vec<_>>() {
            let of = &self.groups[group];
            if of.has_cover() || !of.counted {
                continue;
            }
            let Some((_, &first)) = of.mails.first_key_value() else {
                continue;
            };
            let parent = self.facts[first]
                .references
                .first()
                .and_then(|id| self.by_id.get(id))
                .copied();
            let Some(parent) = parent.filter(|&at| self.group_of[at].is_none()) else {
                continue;
            };
            let facts = &self.facts[parent];
            let is_cover = facts.kind == ThreadRole::Reply
                && facts.subject.is_patch
                && !facts.subject.is_reply;
            if is_cover
                && facts.author == of.key.author
                && facts.subject.version_or_first() == of.key.version
            {
                self.facts[parent].kind = ThreadRole::Cover;
                self.group_of[parent] = Some(group);
                self.groups[group].mails.insert(0, parent);
            }
        }
    }
}

/// The number of ancestors of each mail here, following the nearest one; cycles are broken.
fn depths(facts: &[ThreadingFacts], by_id: &HashMap<MessageId, usize>) -> Vec<usize> {
    let parent = |at: usize| {
        facts[at]
            .references
            .iter()
            .filter_map(|id| by_id.get(id))
            .copied()
            .find(|&up| up != at)
    };
    let mut depths: Vec<Option<usize>> = vec![None; facts.len()];
    let mut on_path = vec![false; facts.len()];
    for start in 0..facts.len() {
        let mut path = Vec::new();
        let mut next = Some(start);
        while let Some(at) = next.filter(|&at| depths[at].is_none() && !on_path[at]) {
            on_path[at] = true;
            path.push(at);
            next = parent(at);
        }
        let above = next.and_then(|at| depths[at]).map_or(0, |depth| depth + 1);
        for (depth, at) in (above..).zip(path.into_iter().rev()) {
            depths[at] = Some(depth);
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}
