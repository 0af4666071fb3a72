// SPDX-License-Identifier: GPL-2.0-or-later
//! Matches patches on a Patchwork with commits and rows of the database.
//!
//! They are never matched by position, which a rebase changes. The surest keys come first: the Message-ID, the Change-Id,
//! which is part of the Message-IDs that patman creates, then a subject that is unique on both sides. The
//! rest is matched by content. A patch is matched with one commit at most; some stay unmatched.

use crate::mail::ParsedSubject;
use crate::source::patchwork::PatchworkPatch;
use std::collections::HashMap;

/// What identifies a commit or a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalPatch {
    /// The Message-ID of its mail.
    pub message_id: Option<String>,
    /// Its Change-Id.
    pub change_id: Option<String>,
    /// Its subject.
    pub subject: String,
}

/// For each local patch the index of its patch on Patchwork.
pub fn pairs(known: &[LocalPatch], patches: &[PatchworkPatch]) -> Vec<Option<usize>> {
    let mut found = vec![None; known.len()];
    let mail = |one: &LocalPatch| one.message_id.clone();
    join(
        &mut found,
        known.iter().map(mail),
        patches
            .iter()
            .map(|patch| Some(patch.message_id.to_string())),
    );
    let change = |one: &LocalPatch| one.change_id.as_ref().map(|id| id.to_lowercase());
    join(
        &mut found,
        known.iter().map(change),
        patches.iter().map(change_id),
    );
    let title = |text: &str| Some(plain(text)).filter(|title| !title.is_empty());
    join(
        &mut found,
        known.iter().map(|one| title(&one.subject)),
        patches.iter().map(|patch| title(&patch.name)),
    );
    found
}

/// Matches the rest by keys that are unique on both sides.
pub fn join(
    found: &mut [Option<usize>],
    known: impl Iterator<Item = Option<String>>,
    patches: impl Iterator<Item = Option<String>>,
) {
    let taken: Vec<usize> = found.iter().copied().flatten().collect();
    // A key that occurs twice has no index.
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    for (at, name) in patches.enumerate().filter(|(at, _)| !taken.contains(at)) {
        if let Some(name) = name {
            places
                .entry(name)
                .and_modify(|place| *place = None)
                .or_insert(Some(at));
        }
    }
    let known: Vec<Option<String>> = known.collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for name in known
        .iter()
        .enumerate()
        .filter(|(at, _)| found[*at].is_none())
        .filter_map(|(_, name)| name.as_ref())
    {
        *times.entry(name).or_default() += 1;
    }
    for (at, name) in known.iter().enumerate() {
        let Some(name) = name
            .as_deref()
            .filter(|name| found[at].is_none() && times.get(name) == Some(&1))
        else {
            continue;
        };
        found[at] = places.get(name).copied().flatten();
    }
}

/// The Change-Id in a Message-ID that patman creates from it: `<date>.<version>.<Change-Id>@changeid`.
fn change_id(patch: &PatchworkPatch) -> Option<String> {
    let id = patch.message_id.as_str().strip_suffix("@changeid")?;
    id.rsplit('.')
        .next()
        .filter(|id| !id.is_empty())
        .map(str::to_lowercase)
}

/// A subject as it is compared: without its prefix, in lower case, with single spaces.
pub fn plain(subject: &str) -> String {
    ParsedSubject::parse(subject)
        .title
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use crate::mail::MessageId;

    fn patch(mail: &str, name: &str) -> PatchworkPatch {
        PatchworkPatch {
            id: 1,
            message_id: MessageId::new(mail).unwrap(),
            name: name.to_owned(),
            state: None,
            comments: None,
        }
    }

    fn known(change: &str, subject: &str) -> LocalPatch {
        let change_id = (!change.is_empty()).then(|| change.to_owned());
        LocalPatch {
            message_id: None,
            change_id,
            subject: subject.to_owned(),
        }
    }

    #[test]
    fn commits_find_their_patches_whatever_the_order() {
        let patches = [
            patch("a@x", "[v2,1/3] a: One"),
            patch("b@x", "[v2,2/3] b: Two"),
            patch("c@x", "[v2,3/3] c: Three"),
        ];
        let ours = [
            known("", "c:  three"),
            known("", "a: One"),
            known("", "d: New"),
        ];
        assert_eq!(pairs(&ours, &patches), [Some(2), Some(0), None]);
    }

    #[test]
    fn the_mail_and_the_change_id_come_before_the_subject() {
        let patches = [
            patch("20260101.2.Iab12@changeid", "[1/2] a: Old"),
            patch("b@x", "[2/2] a: New"),
        ];
        let ours = [
            known("IAB12", "a: New"),
            LocalPatch {
                message_id: Some("b@x".to_owned()),
                ..known("", "z")
            },
        ];
        assert_eq!(pairs(&ours, &patches), [Some(0), Some(1)]);
    }

    #[test]
    fn a_subject_that_comes_twice_tells_nothing() {
        let patches = [patch("a@x", "[1/2] sync"), patch("b@x", "[2/2] sync")];
        assert_eq!(
            pairs(&[known("", "sync"), known("", "sync")], &patches),
            [None, None]
        );
        assert_eq!(pairs(&[known("", "sync")], &patches), [None]);
        assert_eq!(
            pairs(&[known("", "sync"), known("", "sync")], &patches[..1]),
            [None, None]
        );
    }
}
