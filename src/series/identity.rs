// SPDX-License-Identifier: GPL-2.0-or-later
//! Which patch of a version is which of another: of a branch, of the database, of mails, of a Patchwork.
//!
//! Patches are matched by the Message-ID of the mail, then by the Change-Id, which is made for that, then by what they
//! change, then by the subject: first all patches by one name, then those that are left by the next. A patch is therefore
//! never given to one patch while another has a better claim to it. Position does not count, and similar is not the same:
//! nothing is guessed.

use super::{TitleKey, title};
use std::borrow::Cow;
use std::collections::HashMap;

/// What identifies a patch in every version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchIdentity {
    /// The Message-ID of its mail, without angle brackets.
    pub message_id: Option<String>,
    /// Its Change-Id.
    pub change_id: Option<String>,
    /// What it changes, as `git patch-id --stable` computes it; not its number on a Patchwork.
    pub patch_id: Option<String>,
    /// Its subject, with or without prefixes.
    pub subject: String,
}

/// What happens to patches with the same name in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameName {
    /// They are matched in their order.
    InOrder,
    /// They are not matched by this name.
    Skipped,
}

impl PatchIdentity {
    /// The identity of a patch that was mailed. A Message-ID that patman makes contains the Change-Id:
    /// `<date>.<version>.<Change-Id>@changeid`.
    pub fn of_mail(message_id: &str, subject: &str) -> PatchIdentity {
        let change_id = message_id
            .strip_suffix("@changeid")
            .and_then(|id| id.rsplit('.').next())
            .map(str::to_owned);
        PatchIdentity {
            message_id: Some(message_id.to_owned()),
            change_id,
            subject: subject.to_owned(),
            ..PatchIdentity::default()
        }
    }

    fn mail(&self) -> Option<Cow<'_, str>> {
        given(self.message_id.as_deref()).map(Cow::Borrowed)
    }

    fn change(&self) -> Option<Cow<'_, str>> {
        given(self.change_id.as_deref()).map(|id| Cow::Owned(id.to_ascii_lowercase()))
    }

    fn content(&self) -> Option<Cow<'_, str>> {
        given(self.patch_id.as_deref()).map(Cow::Borrowed)
    }

    fn exact_title(&self) -> Option<Cow<'_, str>> {
        let title = title(&self.subject);
        (!title.is_empty()).then_some(Cow::Owned(title))
    }

    fn title(&self) -> Option<Cow<'_, str>> {
        let key = TitleKey::of(&self.subject);
        (!key.is_empty()).then(|| Cow::Owned(key.into_string()))
    }
}

/// One of the names by which patches are matched.
type PatchName = for<'p> fn(&'p PatchIdentity) -> Option<Cow<'p, str>>;

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The old patch that each new patch was; each old patch is used once.
pub fn match_patches(
    old: &[PatchIdentity],
    new: &[PatchIdentity],
    same_name: SameName,
) -> Vec<Option<usize>> {
    let names: [PatchName; 5] = [
        PatchIdentity::mail,
        PatchIdentity::change,
        PatchIdentity::content,
        PatchIdentity::exact_title,
        PatchIdentity::title,
    ];
    let mut found = vec![None; new.len()];
    let mut is_used = vec![false; old.len()];
    for name in names {
        let mut named: HashMap<Cow<'_, str>, (Vec<usize>, Vec<usize>)> = HashMap::new();
        for at in (0..old.len()).filter(|at| !is_used[*at]) {
            if let Some(name) = name(&old[at]) {
                named.entry(name).or_default().0.push(at);
            }
        }
        for at in (0..new.len()).filter(|at| found[*at].is_none()) {
            if let Some((_, of_new)) = name(&new[at]).and_then(|name| named.get_mut(&name)) {
                of_new.push(at);
            }
        }
        let is_matched = |(of_old, of_new): &(Vec<usize>, Vec<usize>)| {
            same_name == SameName::InOrder || (of_old.len() == 1 && of_new.len() == 1)
        };
        for (of_old, of_new) in named.into_values().filter(is_matched) {
            for (old, new) in of_old.into_iter().zip(of_new) {
                (found[new], is_used[old]) = (Some(old), true);
            }
        }
    }
    found
}

/// Which patches have moved, as few as possible, given the old position of each: those outside the longest run that kept
/// its order. A patch without an old position has not moved.
pub fn moved(was: &[Option<usize>]) -> Vec<bool> {
    // For each length, the run that ends with the lowest old position: the index of its last patch; and for each patch the
    // one before it in its run.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; was.len()];
    for at in (0..was.len()).filter(|at| was[*at].is_some()) {
        let length = ends.partition_point(|&end| was[end] < was[at]);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut is_moved: Vec<bool> = was.iter().map(Option::is_some).collect();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        is_moved[at] = false;
        next = before[at];
    }
    is_moved
}

/// `I1/p1/subject`: Change-Id, patch id and subject; `-` where there is none.
#[cfg(test)]
pub(super) fn identities(text: &str) -> Vec<PatchIdentity> {
    let some = |word: &str| (word != "-").then(|| word.to_owned());
    text.split_terminator('|')
        .map(|one| {
            let words: Vec<&str> = one.splitn(3, '/').collect();
            PatchIdentity {
                change_id: some(words[0]),
                patch_id: some(words[1]),
                subject: words[2].to_owned(),
                ..PatchIdentity::default()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
                "the exact subject first",
                "-/-/dm: fix it|-/-/dm: Fix it",
                "-/-/dm: Fix it|-/-/DM: fix it",
                &[Some(1), Some(0)],
            ),
            (
                "a subject of brackets only",
                "-/-/[a]|-/-/[b]",
                "-/-/[b]|-/-/[c]",
                &[Some(1), None],
            ),
            ("no subject", "-/-/", "-/-/", &[None]),
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
            assert_eq!(
                match_patches(&identities(old), &identities(new), SameName::InOrder),
                *expected,
                "{what}"
            );
        }
    }

    #[test]
    fn the_mail_and_the_change_id_come_before_the_subject() {
        let old = [
            PatchIdentity::of_mail("20260101.2.Iab12@changeid", "[1/2] a: Old"),
            PatchIdentity::of_mail("b@x", "[2/2] a: New"),
        ];
        let mut new = identities("IAB12/-/a: New|-/-/z");
        new[1].message_id = Some("b@x".to_owned());
        assert_eq!(
            match_patches(&old, &new, SameName::Skipped),
            [Some(0), Some(1)]
        );
    }

    #[test]
    fn a_subject_that_comes_twice_can_be_skipped() {
        let found = |old, new| match_patches(&identities(old), &identities(new), SameName::Skipped);
        assert_eq!(
            found("-/-/sync|-/-/sync", "-/-/sync|-/-/sync"),
            [None, None]
        );
        assert_eq!(found("-/-/sync|-/-/sync", "-/-/sync"), [None]);
        assert_eq!(found("-/-/sync", "-/-/sync|-/-/sync"), [None, None]);
        assert_eq!(
            found("-/p1/sync|-/p2/sync", "-/p2/sync|-/-/sync"),
            [Some(1), Some(0)],
            "the other one is found by what it changes, so this one is certain"
        );
    }

    #[test]
    fn as_few_patches_as_possible_have_moved() {
        assert_eq!(
            moved(&[Some(3), Some(0), Some(1), Some(2)]),
            [true, false, false, false]
        );
        assert_eq!(
            moved(&[None, Some(0), None, Some(1)]),
            [false, false, false, false]
        );
        assert_eq!(moved(&[]), [false; 0]);
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
                    ..PatchIdentity::default()
                };
                (0..count).map(|_| one()).collect()
            };
            let (old, new) = (version(), version());
            let found = match_patches(&old, &new, SameName::InOrder);
            let mut used: Vec<usize> = found.iter().flatten().copied().collect();
            used.sort_unstable();
            assert!(
                used.windows(2).all(|pair| pair[0] < pair[1]),
                "{old:?} {new:?} {found:?}"
            );
            for (patch, at) in new
                .iter()
                .zip(&found)
                .filter_map(|(patch, at)| Some((patch, (*at)?)))
            {
                let by_id = patch.change_id.is_some() && patch.change_id == old[at].change_id;
                let by_content = patch.patch_id.is_some() && patch.patch_id == old[at].patch_id;
                assert!(
                    by_id
                        || by_content
                        || (patch.subject == old[at].subject && !patch.subject.is_empty())
                );
            }
            let left = |patch: &&PatchIdentity| {
                !used.iter().any(|at| &&old[*at] == patch) && patch.change_id.is_some()
            };
            for lost in old.iter().filter(left) {
                let claims = new
                    .iter()
                    .zip(&found)
                    .any(|(patch, at)| at.is_none() && patch.change_id == lost.change_id);
                assert!(!claims, "{lost:?} was lost: {new:?} {found:?}");
            }
        }
    }
}
