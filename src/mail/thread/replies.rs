// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the version and the mail that each reply belongs to, by threading or by its subject.

use crate::mail::Message;
use crate::mail::grouping::{Thread, ThreadRole};
use crate::mail::linking::GroupLinks;
use crate::series::{TitleKey, VersionNumber};
use std::collections::HashMap;

/// A reply to a mail of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedReply {
    /// The mail.
    pub message: Message,
    /// The target of the reply, directly or through other replies.
    pub to: ReplyTarget,
}

/// The target of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReplyTarget {
    /// The cover letter.
    Cover,
    /// The patch with this number, which may itself be missing.
    Patch(u32),
    /// An unknown mail of the version.
    Unknown,
}

impl ReplyTarget {
    /// The patch at a position, counted from 0.
    pub fn nth_patch(at: usize) -> ReplyTarget {
        u32::try_from(at + 1).map_or(ReplyTarget::Unknown, ReplyTarget::Patch)
    }

    /// The target with a number: 0 is the cover letter.
    pub fn of_number(number: Option<u32>) -> ReplyTarget {
        match number {
            Some(0) => ReplyTarget::Cover,
            Some(number) => ReplyTarget::Patch(number),
            None => ReplyTarget::Unknown,
        }
    }

    /// Its number: 0 for the cover letter, `None` if unknown.
    pub fn number(self) -> Option<u32> {
        match self {
            ReplyTarget::Cover => Some(0),
            ReplyTarget::Patch(number) => Some(number),
            ReplyTarget::Unknown => None,
        }
    }

    /// Whether a reply to it is about a patch: a reply to the cover letter is about all patches.
    pub fn includes(self, patch: u32) -> bool {
        matches!(self, ReplyTarget::Cover) || self == ReplyTarget::Patch(patch)
    }
}

pub(super) type Replies = HashMap<(usize, VersionNumber), Vec<MailedReply>>;

/// Finds the version and the mail that each reply belongs to, by threading or by its subject.
pub(super) fn sort_replies(thread: &Thread, links: &GroupLinks, messages: &[Message]) -> Replies {
    let targets = targets(thread);
    let mut replies: Replies = HashMap::new();
    for (at, message) in messages.iter().enumerate() {
        if thread.group_of[at].is_some() {
            continue;
        }
        let Some((group, to)) = targets[at] else {
            continue;
        };
        if let Some(&place) = links.place_of.get(&group) {
            replies.entry(place).or_default().push(MailedReply {
                message: message.clone(),
                to,
            });
        }
    }
    replies
}

/// The group of each mail, and the mail that it is or replies to there.
pub(super) fn targets(thread: &Thread) -> Vec<Option<(usize, ReplyTarget)>> {
    let by_subject = subjects(thread);
    let mut targets: Vec<Option<(usize, ReplyTarget)>> = vec![None; thread.facts.len()];
    for &at in &thread.order {
        let facts = &thread.facts[at];
        targets[at] = match (thread.group_of[at], facts.kind) {
            (Some(group), ThreadRole::Cover) => Some((group, ReplyTarget::Cover)),
            (Some(group), _) => Some((group, ReplyTarget::Patch(facts.number()))),
            (None, _) => answered(thread, &targets, at).or_else(|| {
                let key = (facts.subject.key(), facts.subject.version_or_first());
                let mail = by_subject.get(&key).filter(|_| facts.subject.is_reply)?;
                targets[*mail].or_else(|| target_of(thread, *mail))
            }),
        };
    }
    targets
}

/// Cover letters and patches by title and version.
fn subjects(thread: &Thread) -> HashMap<(TitleKey, VersionNumber), usize> {
    let mails = (0..thread.facts.len()).filter(|&at| thread.group_of[at].is_some());
    mails
        .map(|at| {
            (
                (
                    thread.facts[at].subject.key(),
                    thread.facts[at].subject.version_or_first(),
                ),
                at,
            )
        })
        .collect()
}

fn target_of(thread: &Thread, at: usize) -> Option<(usize, ReplyTarget)> {
    let to = match thread.facts[at].kind {
        ThreadRole::Cover => ReplyTarget::Cover,
        _ => ReplyTarget::Patch(thread.facts[at].number()),
    };
    thread.group_of[at].map(|group| (group, to))
}

/// The group and target of the nearest known ancestor.
fn answered(
    thread: &Thread,
    targets: &[Option<(usize, ReplyTarget)>],
    at: usize,
) -> Option<(usize, ReplyTarget)> {
    let references = &thread.facts[at].references;
    let here = references
        .iter()
        .filter_map(|id| thread.by_id.get(id))
        .filter(|&&parent| parent != at);
    here.filter_map(|&parent| targets[parent].or_else(|| target_of(thread, parent)))
        .next()
        .or_else(|| {
            // Patches here reply to the same mail, which is missing; the subject of the reply may
            // contain its subject.
            let subject = &thread.facts[at].subject;
            let groups = references
                .iter()
                .filter_map(|id| thread.below.get(id))
                .flatten()
                .copied();
            let fits = |group: &usize| {
                let key = &thread.groups[*group].key;
                !thread.groups[*group].mails.is_empty()
                    && subject.version.is_none_or(|version| version == key.version)
                    && subject.total.is_none_or(|total| total == key.total)
            };
            let group = groups.take(100).find(fits)?;
            Some((group, ReplyTarget::of_number(subject.number)))
        })
}
