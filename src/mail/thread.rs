// SPDX-License-Identifier: GPL-2.0-or-later
//! Assembles messages into series: versions, patches in order, missing patches, and the replies to each.
//!
//! The order of the mails does not matter. A cover letter is identified by its counter, even if it
//! replies to an earlier version; versions are ordered by number, not by date.

mod replies;

use super::grouping::{Thread, ThreadRole};
use super::linking::{GroupHints, GroupLinks, Linked, link};
use super::{Message, MessageId, earlier, header};
use crate::series::{Person, VersionNumber};
pub use replies::{MailedReply, ReplyTarget};
use replies::{sort_replies, targets};
use std::collections::{BTreeMap, HashMap};

/// Maximum number of missing patches listed in total; beyond it, a version names only its first.
const MAX_MISSING_LISTED: usize = 1_000_000;

/// A series with its mailed versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedSeries {
    /// The title of the newest version.
    pub title: String,
    /// The versions, oldest first.
    pub versions: Vec<MailedVersion>,
}

/// A version as it was mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedVersion {
    /// Its number.
    pub number: VersionNumber,
    /// The title of the cover letter, or of the first patch, without prefixes.
    pub title: String,
    /// The sender.
    pub author: Person,
    /// The number of patches.
    pub total: u32,
    /// The cover letter.
    pub cover: Option<Message>,
    /// The patches that were found, by number.
    pub patches: Vec<MailedPatch>,
    /// The numbers of the missing patches.
    pub missing: Vec<u32>,
    /// The replies to its mails, in order of arrival.
    pub replies: Vec<MailedReply>,
    /// The base that an earlier version names, for a partial re-roll that names none.
    earlier_base: Option<String>,
}

/// A patch of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedPatch {
    /// The number, from 1.
    pub number: u32,
    /// The mail.
    pub message: Message,
    /// The version that it was sent with; an earlier one if a partial re-roll left it unchanged.
    pub from_version: VersionNumber,
}

impl MailedVersion {
    /// Creates a version from stored mails, each with its number.
    pub fn kept(
        number: VersionNumber,
        total: u32,
        cover: Option<Message>,
        patches: Vec<(u32, Message)>,
    ) -> Self {
        let first = cover
            .as_ref()
            .or_else(|| patches.first().map(|(_, message)| message));
        let title = first
            .map(|message| message.subject().title)
            .unwrap_or_default();
        let author = first.map(Message::from).unwrap_or_default();
        let patch = |(at, message): (u32, Message)| MailedPatch {
            number: at,
            message,
            from_version: number,
        };
        let mut patches: Vec<MailedPatch> = patches.into_iter().map(patch).collect();
        patches.sort_by_key(|patch| patch.number);
        patches.dedup_by_key(|patch| patch.number);
        let (missing, replies, earlier_base) = (Vec::new(), Vec::new(), None);
        let mut version = MailedVersion {
            number,
            title,
            author,
            total,
            cover,
            patches,
            missing,
            replies,
            earlier_base,
        };
        version.list_missing(&mut { MAX_MISSING_LISTED });
        version
    }

    /// Sets the base that an earlier version names, for a version that left some of its patches unchanged.
    pub fn set_earlier_base(&mut self, base: Option<String>) {
        self.earlier_base = base;
    }

    /// Whether a mail is the cover letter, or a patch that was sent with this version.
    pub fn has_mail(&self, id: &MessageId) -> bool {
        let own = self
            .patches
            .iter()
            .filter(|patch| patch.from_version == self.number)
            .map(|patch| &patch.message);
        self.cover
            .iter()
            .chain(own)
            .any(|mail| mail.message_id().as_ref() == Some(id))
    }

    /// The base commit that the version names.
    ///
    /// This is the `base-commit:` of the cover letter, of the last patch, or of any other patch; for a
    /// partial re-roll, that of an earlier version.
    pub fn base_commit(&self) -> Option<String> {
        let mails = self
            .cover
            .iter()
            .chain(self.patches.iter().rev().map(|patch| &patch.message));
        let mut named = mails.filter_map(|mail| base_commit(&mail.text()));
        named.next().or_else(|| self.earlier_base.clone())
    }

    /// The `change-id:` in the cover letter, which b4 uses for all versions of a series.
    pub fn change_id(&self) -> Option<String> {
        self.cover.as_ref().and_then(change_id)
    }
}

/// The base commit named in the text of a mail.
pub fn base_commit(text: &str) -> Option<String> {
    marked(text, "base-commit:", is_commit_id)
}

/// The `change-id:` of a cover letter.
pub fn change_id(cover: &Message) -> Option<String> {
    marked(&cover.text(), "change-id:", |id| {
        (1..=200).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
    })
}

fn is_commit_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The word after `mark` at the start of a line; the last that fits.
fn marked(text: &str, mark: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
    let mut words = text
        .lines()
        .filter_map(|line| line.strip_prefix(mark))
        .map(str::trim);
    words.rfind(|word| fits(word)).map(str::to_owned)
}

/// Sorts mails into series.
///
/// Duplicates are dropped, as is everything that is not a patch, a cover letter or a reply to one.
pub fn assemble(messages: Vec<Message>) -> Vec<MailedSeries> {
    let messages = without_duplicates(messages);
    let thread = Thread::new(&messages);
    let links = links(&thread, &messages);
    let mut replies = sort_replies(&thread, &links, &messages);
    let mut budget = MAX_MISSING_LISTED;
    let mut series: Vec<(usize, MailedSeries)> = Vec::new();
    for (at, linked) in links.series.iter().enumerate() {
        let first = linked
            .versions
            .values()
            .flat_map(|&group| thread.groups[group].mails.values())
            .min();
        let mut versions: Vec<MailedVersion> = Vec::new();
        for (&number, &group) in &linked.versions {
            let mut version = Assembly {
                thread: &thread,
                messages: &messages,
                linked,
                group,
            }
            .version(number, &versions);
            version.list_missing(&mut budget);
            version.replies = replies.remove(&(at, number)).unwrap_or_default();
            versions.push(version);
        }
        let title = versions
            .last()
            .map(|version| version.title.clone())
            .unwrap_or_default();
        series.push((
            first.copied().unwrap_or(usize::MAX),
            MailedSeries { title, versions },
        ));
    }
    series.sort_by_key(|(first, _)| *first);
    series.into_iter().map(|(_, series)| series).collect()
}

/// The number of the series that each mail belongs to, as patch, cover letter or reply.
///
/// This includes mails of a posting that another posting of the same version has replaced.
pub fn series_of(messages: &[Message]) -> Vec<Option<usize>> {
    let thread = Thread::new(messages);
    let links = links(&thread, messages);
    let series = |group: usize| links.place_of.get(&group).map(|(series, _)| *series);
    targets(&thread)
        .into_iter()
        .map(|target| target.and_then(|(group, _)| series(group)))
        .collect()
}

fn links(thread: &Thread, messages: &[Message]) -> GroupLinks {
    let cover_of = |group: usize| thread.groups[group].mails.get(&0).map(|&at| &messages[at]);
    let change_ids = thread
        .live_groups()
        .filter_map(|at| Some((at, change_id(cover_of(at)?)?)))
        .collect();
    let earlier = thread.live_groups().filter_map(|at| {
        let group = &thread.groups[at];
        let first = group
            .mails
            .values()
            .next()
            .filter(|_| group.key.version > VersionNumber::FIRST)?;
        let text = messages[*first].text();
        let ids = earlier::urls(&text, group.key.version.get()).filter_map(earlier::id_in);
        Some((
            at,
            ids.filter_map(|id| thread.by_id.get(&id).copied())
                .collect(),
        ))
    });
    link(
        thread,
        &GroupHints {
            change_ids,
            earlier: earlier.collect(),
        },
    )
}

/// Removes duplicates: one mail remains for each id, or for each content if there is no id.
///
/// A copy whose author is hidden by a mailing list is replaced by a copy that shows the author.
pub fn without_duplicates(messages: Vec<Message>) -> Vec<Message> {
    let mut by_id: HashMap<MessageId, usize> = HashMap::new();
    let mut by_content: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<Message> = Vec::new();
    for message in messages {
        let next = kept.len();
        let at = match message.message_id() {
            Some(id) => *by_id.entry(id).or_insert(next),
            None => *by_content
                .entry(message.raw().trim_ascii().to_vec())
                .or_insert(next),
        };
        let is_hidden = |message: &Message| header::munging(message.raw()).person().is_some();
        if at == next {
            kept.push(message);
        } else if is_hidden(&kept[at]) && !is_hidden(&message) {
            kept[at] = message;
        }
    }
    kept
}

struct Assembly<'a> {
    thread: &'a Thread,
    messages: &'a [Message],
    linked: &'a Linked,
    group: usize,
}

impl Assembly<'_> {
    fn version(&self, number: VersionNumber, earlier: &[MailedVersion]) -> MailedVersion {
        let group = &self.thread.groups[self.group];
        let cover = group.mails.get(&0).copied();
        let mut patches: BTreeMap<u32, MailedPatch> = BTreeMap::new();
        for (&at_number, &at) in group.mails.range(1..) {
            patches.insert(at_number, self.patch(at_number, at, number));
        }
        for &splice in &self.linked.splices {
            let splice = &self.thread.groups[splice];
            if splice.key.version == number {
                self.splice_in(
                    splice.mails.range(1..).map(|(_, &at)| at),
                    number,
                    &mut patches,
                );
            }
        }
        let before = earlier
            .last()
            .filter(|before| before.total == group.key.total);
        let before =
            before.filter(|_| patches.len() < group.key.total as usize && self.is_partial(number));
        if let Some(before) = before {
            for patch in &before.patches {
                patches.entry(patch.number).or_insert_with(|| patch.clone());
            }
        }
        let first = cover.or_else(|| group.mails.values().next().copied());
        let title = first
            .map(|at| self.thread.facts[at].subject.title.clone())
            .unwrap_or_default();
        MailedVersion {
            number,
            title: before.map_or(title, |before| before.title.clone()),
            author: first.map(|at| self.messages[at].from()).unwrap_or_default(),
            total: group.key.total,
            cover: cover.map(|at| self.messages[at].clone()),
            patches: patches.into_values().collect(),
            missing: Vec::new(),
            replies: Vec::new(),
            earlier_base: before.and_then(MailedVersion::base_commit),
        }
    }

    fn patch(&self, number: u32, at: usize, from_version: VersionNumber) -> MailedPatch {
        MailedPatch {
            number,
            message: self.messages[at].clone(),
            from_version,
        }
    }

    /// Puts the mails of a `v5.1` in place of the patches that they replace, matched by number, or by
    /// title without one.
    fn splice_in(
        &self,
        mails: impl Iterator<Item = usize>,
        version: VersionNumber,
        patches: &mut BTreeMap<u32, MailedPatch>,
    ) {
        for at in mails {
            let subject = &self.thread.facts[at].subject;
            let same_title = |patch: &&MailedPatch| patch.message.subject().key() == subject.key();
            let number = subject
                .number
                .or_else(|| patches.values().find(same_title).map(|patch| patch.number));
            let number = number.unwrap_or(1);
            patches.insert(number, self.patch(number, at, version));
        }
    }

    /// Whether a version without a cover letter replaces only some patches: each of its mails replies
    /// to an earlier version.
    fn is_partial(&self, number: VersionNumber) -> bool {
        let group = &self.thread.groups[self.group];
        let answers_earlier = |at: &usize| {
            let parent = self.thread.facts[*at]
                .references
                .first()
                .and_then(|id| self.thread.by_id.get(id));
            let parent = parent.and_then(|&parent| match self.thread.facts[parent].kind {
                ThreadRole::Reply => self.thread.ancestor(parent),
                _ => Some(parent),
            });
            let above = parent.and_then(|parent| self.thread.group_of[parent]);
            above.is_some_and(|above| self.thread.groups[above].key.version < number)
        };
        !group.has_cover() && group.mails.values().all(answers_earlier)
    }
}

impl MailedVersion {
    fn list_missing(&mut self, budget: &mut usize) {
        let mut present = self.patches.iter().map(|patch| patch.number).peekable();
        for number in 1..=self.total {
            if present.next_if_eq(&number).is_some() {
                continue;
            }
            if *budget == 0 && !self.missing.is_empty() {
                break;
            }
            *budget = budget.saturating_sub(1);
            self.missing.push(number);
        }
    }
}

#[cfg(test)]
mod tests;
