// SPDX-License-Identifier: GPL-2.0-or-later
//! Matches the patches of two versions.
//!
//! A patch is matched by its Change-Id, then by its content, then by its subject. All patches are matched by one key before
//! the rest are matched by the next key, so that a weak match never displaces a better one. Similar is not the same:
//! nothing is guessed.

use crate::review::match_patches;
use std::collections::{HashMap, VecDeque};

/// What identifies a patch in another version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchIdentity {
    /// Its Change-Id.
    pub change_id: Option<String>,
    /// Its `git patch-id --stable`; not the number that a Patchwork gave it.
    pub patch_id: Option<String>,
    /// The first line of its message; prefixes in brackets do not count.
    pub subject: String,
}

/// For each patch of the new version the matching patch of the old one; each old patch is used once.
///
/// If several have the same key, they are matched in their order.
pub fn matched(old: &[PatchIdentity], new: &[PatchIdentity]) -> Vec<Option<usize>> {
    let mut found = vec![None; new.len()];
    let mut is_used = vec![false; old.len()];
    let names: [fn(&PatchIdentity) -> Option<&str>; 3] = [
        |facts| given(facts.change_id.as_deref()),
        |facts| given(facts.patch_id.as_deref()),
        |facts| given(Some(title(&facts.subject))),
    ];
    for name in names {
        let mut by_name: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for (at, facts) in old.iter().enumerate().filter(|(at, _)| !is_used[*at]) {
            if let Some(name) = name(facts) {
                by_name.entry(name).or_default().push_back(at);
            }
        }
        for (facts, found) in new
            .iter()
            .zip(&mut found)
            .filter(|(_, found)| found.is_none())
        {
            *found = name(facts).and_then(|name| by_name.get_mut(name)?.pop_front());
            if let Some(at) = *found {
                is_used[at] = true;
            }
        }
    }
    found
}

/// How a patch differs from the version before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchChange {
    /// It is new.
    New,
    /// It was there, with the same content.
    Same,
    /// It was there, with other content.
    Changed,
    /// It was there; its content then or now is not known.
    Kept,
}

impl PatchChange {
    /// The change in a word.
    pub fn word(self) -> &'static str {
        match self {
            PatchChange::New => "new",
            PatchChange::Same => "same",
            PatchChange::Changed => "changed",
            PatchChange::Kept => "kept",
        }
    }
}

/// Where a patch comes from in the version before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchHistory {
    /// The index of the patch that it was.
    pub was: Option<usize>,
    /// How it differs from that.
    pub change: PatchChange,
    /// Whether its position among the patches of both versions changed.
    pub is_moved: bool,
    /// Whether its subject changed.
    pub is_renamed: bool,
}

/// Where each patch of a version comes from in the version before; patches without a match were dropped.
pub fn steps(old: &[PatchIdentity], new: &[PatchIdentity]) -> Vec<PatchHistory> {
    let found = matched(old, new);
    let mut moved =
        match_patches::moved(&found.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
    let step = |(facts, was): (&PatchIdentity, Option<usize>)| {
        let Some(before) = was.map(|at| &old[at]) else {
            return PatchHistory {
                was,
                change: PatchChange::New,
                is_moved: false,
                is_renamed: false,
            };
        };
        let change = match (&before.patch_id, &facts.patch_id) {
            (Some(then), Some(now)) if then == now => PatchChange::Same,
            (Some(then), Some(now)) if kind(then) == kind(now) => PatchChange::Changed,
            _ => PatchChange::Kept,
        };
        let is_renamed = title(&before.subject) != title(&facts.subject);
        PatchHistory {
            was,
            change,
            is_moved: moved.next().unwrap_or_default(),
            is_renamed,
        }
    };
    new.iter().zip(found).map(step).collect()
}

/// The kind of a patch id, an optional prefix before a colon: only ids of the same kind are compared.
fn kind(patch_id: &str) -> Option<&str> {
    patch_id.split_once(':').map(|(kind, _)| kind)
}

/// A subject without its prefixes in brackets: `[PATCH v2 1/3] dm: Fix it` becomes `dm: Fix it`.
///
/// A subject that is only brackets stays as it is.
pub fn title(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((_, behind)) = rest
        .strip_prefix('[')
        .and_then(|inside| inside.split_once(']'))
    {
        rest = behind.trim_start();
    }
    if rest.is_empty() {
        subject.trim()
    } else {
        rest
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `I1/p1/subject`: Change-Id, patch id and subject; `-` where there is none.
    fn facts(text: &str) -> Vec<PatchIdentity> {
        let some = |word: &str| (word != "-").then(|| word.to_owned());
        text.split_terminator('|')
            .map(|one| {
                let words: Vec<&str> = one.splitn(3, '/').collect();
                PatchIdentity {
                    change_id: some(words[0]),
                    patch_id: some(words[1]),
                    subject: words[2].to_owned(),
                }
            })
            .collect()
    }

    #[test]
    fn patches_are_followed_by_change_id_then_by_content_then_by_subject() {
        let cases: &[(&str, &str, &str, &[Option<usize>])] = &[
            ("nothing", "", "", &[]),
            ("all new", "", "-/-/a|-/-/b", &[None, None]),
            ("all dropped", "-/-/a", "", &[]),
            (
                "the same",
                "-/-/a|-/-/b",
                "-/-/a|-/-/b",
                &[Some(0), Some(1)],
            ),
            (
                "in another order",
                "-/-/a|-/-/b",
                "-/-/b|-/-/a",
                &[Some(1), Some(0)],
            ),
            (
                "renamed, with a Change-Id",
                "I1/p1/a",
                "I1/p2/b",
                &[Some(0)],
            ),
            ("renamed, unchanged", "-/p1/a", "-/p1/b", &[Some(0)]),
            ("given a Change-Id since", "-/p1/a", "I1/p2/a", &[Some(0)]),
            (
                "given other Change-Ids since",
                "I1/-/a|I2/-/b",
                "I3/-/b|I4/-/a",
                &[Some(1), Some(0)],
            ),
            (
                "two changed places and names",
                "I1/-/a|I2/-/b",
                "I2/-/a|I1/-/b",
                &[Some(1), Some(0)],
            ),
            (
                "the Change-Id counts for more than the content",
                "I1/p1/a|I2/p2/b",
                "I2/p1/x|-/-/a",
                &[Some(1), Some(0)],
            ),
            (
                "the content counts for more than the subject",
                "-/p1/a|-/p2/b",
                "-/p2/a|-/p3/b",
                &[Some(1), None],
            ),
            (
                "one in front",
                "-/-/a|-/-/b",
                "-/-/new|-/-/a|-/-/b",
                &[None, Some(0), Some(1)],
            ),
            (
                "alike is not the same",
                "-/-/dm: Fix leak",
                "-/-/dm: Fix a leak",
                &[None],
            ),
            (
                "the same subject twice",
                "-/-/a|-/-/a",
                "-/-/a|-/-/a|-/-/a",
                &[Some(0), Some(1), None],
            ),
            (
                "the same Change-Id twice",
                "I1/-/a",
                "I1/-/a: part 1|I1/-/a: part 2",
                &[Some(0), None],
            ),
            (
                "parted, the second keeps the subject",
                "I1/-/a",
                "I1/-/b|-/-/a",
                &[Some(0), None],
            ),
        ];
        for (what, old, new, expected) in cases {
            assert_eq!(matched(&facts(old), &facts(new)), *expected, "{what}");
        }
    }

    #[test]
    fn the_prefix_in_brackets_is_no_part_of_a_subject() {
        let pair = |old: &str, new: &str| {
            let one = |subject: &str| {
                [PatchIdentity {
                    subject: subject.to_owned(),
                    ..PatchIdentity::default()
                }]
            };
            matched(&one(old), &one(new)) == [Some(0)]
        };
        assert!(pair("[PATCH 1/2] dm: Fix it", "[v2,2/3] dm: Fix it"));
        assert!(pair("[RFC] [net-next] dm: Fix it", "dm: Fix it "));
        assert!(!pair("dm: Fix it", "dm: fix it"));
        assert!(
            !pair("[a]", "[b]"),
            "what is nothing but brackets is a name too"
        );
        assert!(!pair("", ""), "nothing is no name");
        assert_eq!(title("[unclosed dm: Fix it"), "[unclosed dm: Fix it");
        assert_eq!(title(" [é] [PATCH]"), "[é] [PATCH]");
    }

    #[test]
    fn what_became_of_each_patch_is_told() {
        let told = |old: &str, new: &str| -> Vec<String> {
            let one = |step: PatchHistory| {
                let was = step.was.map_or("-".to_owned(), |at| at.to_string());
                let moved = if step.is_moved { " moved" } else { "" };
                let renamed = if step.is_renamed { " renamed" } else { "" };
                format!("{was} {:?}{moved}{renamed}", step.change)
            };
            steps(&facts(old), &facts(new))
                .into_iter()
                .map(one)
                .collect()
        };
        assert_eq!(told("", "-/-/a"), ["- New"]);
        assert_eq!(
            told("-/p1/a|-/p2/b", "-/p1/a|-/p3/b"),
            ["0 Same", "1 Changed"]
        );
        assert_eq!(told("-/-/a|-/p2/b", "-/p1/a|-/-/b"), ["0 Kept", "1 Kept"]);
        assert_eq!(
            told("-/mail:1/a|-/git:2/b", "-/git:1/a|-/git:1/b"),
            ["0 Kept", "1 Changed"]
        );
        assert_eq!(
            told("I1/-/a|-/-/[v1,2/2] b", "I1/-/c|-/-/[v2,2/2] b"),
            ["0 Kept renamed", "1 Kept"]
        );
        assert_eq!(
            told("-/-/a|-/-/b|-/-/c|-/-/d", "-/-/d|-/-/a|-/-/x|-/-/c"),
            ["3 Kept moved", "0 Kept", "- New", "2 Kept"]
        );
    }

    #[test]
    fn each_old_patch_is_used_once() {
        let mut state = 7_u64;
        let mut next = |most: u64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) % most
        };
        for _ in 0..2000 {
            let mut version = || -> Vec<PatchIdentity> {
                let count = next(8);
                let mut some = |most| Some(next(most)).filter(|n| *n > 0).map(|n| n.to_string());
                let mut one = || PatchIdentity {
                    change_id: some(4),
                    patch_id: some(4),
                    subject: some(4).unwrap_or_default(),
                };
                (0..count).map(|_| one()).collect()
            };
            let (old, new) = (version(), version());
            let found = matched(&old, &new);
            let mut used: Vec<usize> = found.iter().flatten().copied().collect();
            used.sort_unstable();
            assert!(
                used.windows(2).all(|pair| pair[0] < pair[1]),
                "{old:?} {new:?} {found:?}"
            );
            for (facts, at) in new
                .iter()
                .zip(&found)
                .filter_map(|(facts, at)| Some((facts, (*at)?)))
            {
                let by_id = facts.change_id.is_some() && facts.change_id == old[at].change_id;
                let by_content = facts.patch_id.is_some() && facts.patch_id == old[at].patch_id;
                assert!(
                    by_id
                        || by_content
                        || (facts.subject == old[at].subject && !facts.subject.is_empty())
                );
            }
            let left = |facts: &&PatchIdentity| {
                !used.iter().any(|at| &&old[*at] == facts) && facts.change_id.is_some()
            };
            for lost in old.iter().filter(left) {
                let claims = new
                    .iter()
                    .zip(&found)
                    .any(|(facts, at)| at.is_none() && facts.change_id == lost.change_id);
                assert!(!claims, "{lost:?} was lost: {new:?} {found:?}");
            }
        }
    }
}
