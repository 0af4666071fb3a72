// SPDX-License-Identifier: GPL-2.0-or-later
//! Compares two versions of a series: what reviewers asked for, and what has changed.
//!
//! Nothing is fetched and nothing is left behind: versions that are not applied here become temporary commits.

use super::Reviews;
use super::compare_range::{NotCompared, Side, SidePatch, nothing_known};
use super::discussion::strip_signature;
use super::match_patches::{self, Pair};
use super::record::{self, ReviewRow};
use crate::db::mail::{Mail, MailKind};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::scratch::ScratchObjects;
use crate::mail::Message;
use crate::mail::reply::first_words;
use crate::mail::sender::{MailingLists, sender};
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState, find_present};
use crate::series::VersionNumber;
use crate::text::escape_controls;

/// How many lines of a reply are shown.
const FIRST_LINES: usize = 3;

/// How a patch differs between two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchDifference {
    /// It is unchanged.
    Same,
    /// Its diff or its message has changed.
    Changed,
    /// It is in the new version only.
    New,
    /// It is in the old version only.
    Dropped,
}

impl PatchDifference {
    /// The difference in a word.
    pub fn word(self) -> &'static str {
        match self {
            PatchDifference::Same => "same",
            PatchDifference::Changed => "changed",
            PatchDifference::New => "new",
            PatchDifference::Dropped => "dropped",
        }
    }
}

/// A reply to the old version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldReply {
    /// Number of the patch that it replies to; 0 for the cover letter, `None` if unknown.
    pub patch: Option<u32>,
    /// Who sent it, as `Name <address>`.
    pub from: String,
    /// Its first lines.
    pub text: Vec<String>,
}

/// A trailer that a reply gave to the old version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether the new version has it.
    pub carried: bool,
}

/// One patch in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its number in the old version.
    pub old: Option<u32>,
    /// Its number in the new version.
    pub new: Option<u32>,
    /// Its subject in the new version, or in the old version if it was dropped.
    pub subject: String,
    /// How it differs.
    pub state: PatchDifference,
    /// Whether its order changed among the patches that are in both.
    pub reordered: bool,
    /// How many lines of diff and message differ; `None` if it was rewritten or is in one version only.
    pub lines: Option<usize>,
    /// The replies to it in the old version.
    pub remarks: Vec<OldReply>,
    /// The trailers that replies gave it in the old version.
    pub tags: Vec<Tag>,
}

/// Two versions compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Name of the series.
    pub series: String,
    /// The old version.
    pub old: VersionNumber,
    /// The new version.
    pub new: VersionNumber,
    /// The patches.
    pub patches: Vec<Compared>,
    /// The replies to the old version that belong to no single patch here.
    pub remarks: Vec<OldReply>,
    /// The diff between the cover letters; `None` if they are the same.
    pub cover_diff: Option<String>,
    /// The output of `git range-diff`.
    pub diff: String,
    /// The patches that could not be compared.
    pub not_compared: Vec<NotCompared>,
}

impl Reviews<'_> {
    /// Compares two versions of a review: the given versions, one given version with the newest, or by default the
    /// newest two. Diffs are coloured if `colour` says so.
    pub fn compare(
        &self,
        recorded: &ReviewRow,
        given: Option<(VersionNumber, Option<VersionNumber>)>,
        colour: bool,
    ) -> Result<Comparison> {
        let (old, new) = chosen(recorded, given)?;
        let scratch = ScratchObjects::new(self.repo)?;
        let mails = |number| {
            recorded
                .version(number)
                .map_or(Ok(Vec::new()), |row| record::mails(&self.db, row.id))
        };
        let (old_mails, new_mails) = (mails(old)?, mails(new)?);
        let (old_report, new_report) = (
            self.describe_version(recorded, old)?,
            self.describe_version(recorded, new)?,
        );
        let (applied_old, applied_new) = (
            self.applied_side(&old_report)?,
            self.applied_side(&new_report)?,
        );
        let base_of = |side: &Option<Side>| side.as_ref().map(|side| side.base);
        let side = |applied: &Option<Side>, other, number, mails: &[Mail]| match applied {
            Some(side) => Ok(side.clone()),
            None if mails.iter().all(|mail| mail.kind != MailKind::Patch) => {
                Err(nothing_known(&recorded.name, number))
            }
            None => self.mailed_side(recorded, number, mails, other, &scratch),
        };
        let old_side = side(&applied_old, base_of(&applied_new), old, &old_mails)?;
        let new_side = side(&applied_new, base_of(&applied_old), new, &new_mails)?;
        let diff = self.range_diff(&scratch, &old_side, &new_side, colour)?;
        let given = self.collected_trailers(recorded, &old_report, false)?;
        let mut remarks = remarks(&old_mails, &self.mailing_lists()?);
        let pairs = match_patches::read(&diff);
        let patches = pairs
            .into_iter()
            .map(|pair| compared(pair, &old_side, &new_side, &given, &mut remarks))
            .collect();
        let mut not_compared = old_side.not_compared;
        not_compared.extend(new_side.not_compared);
        Ok(Comparison {
            series: recorded.name.clone(),
            old,
            new,
            patches,
            remarks,
            cover_diff: self.cover_diff(
                &scratch,
                &cover(&old_mails),
                &cover(&new_mails),
                colour,
            )?,
            diff,
            not_compared,
        })
    }

    fn range_diff(
        &self,
        scratch: &ScratchObjects,
        old: &Side,
        new: &Side,
        colour: bool,
    ) -> Result<String> {
        let range = |side: &Side| format!("{}..{}", side.base, side.head);
        let git = scratch.git(self.repo).args([
            "range-diff",
            coloured(colour),
            &range(old),
            &range(new),
            "--",
        ]);
        Ok(shown(&git.ok()?.stdout))
    }

    /// The diff between the texts of two cover letters.
    fn cover_diff(
        &self,
        scratch: &ScratchObjects,
        old: &str,
        new: &str,
        colour: bool,
    ) -> Result<Option<String>> {
        if old == new {
            return Ok(None);
        }
        let blob = |text: &str| -> Result<Oid> {
            scratch.objects.write_blob(format!("{text}\n").as_bytes())
        };
        let (old, new) = (blob(old)?.to_string(), blob(new)?.to_string());
        let git = scratch.git(self.repo).args([
            "diff",
            "--no-ext-diff",
            "--no-textconv",
            coloured(colour),
            &old,
            &new,
        ]);
        let text = shown(&git.ok()?.stdout);
        // The header names blobs that will no longer exist.
        let hunks: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.contains("@@ "))
            .collect();
        Ok(Some(hunks.join("\n") + "\n"))
    }
}

fn coloured(colour: bool) -> &'static str {
    if colour {
        "--color=always"
    } else {
        "--color=never"
    }
}

/// git's output with invisible characters in patches escaped; colours, tabs and line ends are kept.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while !rest.is_empty() {
        let own = own_bytes(rest);
        if own > 0 {
            safe.push_str(&rest[..own]);
            rest = &rest[own..];
            continue;
        }
        let next = |&at: &usize| at > 0 && own_bytes(&rest[at..]) > 0;
        let end = rest
            .match_indices(['\n', '\t', '\x1b'])
            .map(|(at, _)| at)
            .find(next);
        let (strangers, behind) = rest.split_at(end.unwrap_or(rest.len()));
        safe.push_str(&escape_controls(strangers));
        rest = behind;
    }
    safe
}

/// How many bytes at the beginning of a text come from git itself: a line end, a tab, or a colour.
fn own_bytes(text: &str) -> usize {
    if text.starts_with(['\n', '\t']) {
        return 1;
    }
    let Some(colour) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let end = colour.find(|c: char| !c.is_ascii_digit() && c != ';');
    match end.filter(|&end| colour[end..].starts_with('m')) {
        Some(end) => "\x1b[".len() + end + 1,
        None => 0,
    }
}

/// Chooses the versions to compare.
fn chosen(
    recorded: &ReviewRow,
    given: Option<(VersionNumber, Option<VersionNumber>)>,
) -> Result<(VersionNumber, VersionNumber)> {
    let numbers: Vec<VersionNumber> = recorded
        .versions
        .iter()
        .map(|version| version.number)
        .collect();
    let (old, new) = match given {
        Some((old, new)) => (old, new.unwrap_or(recorded.newest)),
        None => match numbers[..] {
            [.., old, new] => (old, new),
            _ => {
                return Err(Error::new(format!(
                    "only {} of '{}' is known",
                    recorded.newest, recorded.name
                ))
                .with_hint("to record another version: git patman review start <source>"));
            }
        },
    };
    if let Some(unknown) = [old, new]
        .into_iter()
        .find(|number| !numbers.contains(number))
    {
        let known: Vec<String> = numbers.iter().map(VersionNumber::to_string).collect();
        return Err(
            Error::new(format!("there is no {unknown} of '{}'", recorded.name))
                .with_hint(format!("known: {}", known.join(", "))),
        );
    }
    if old == new {
        return Err(Error::usage(format!(
            "{old} of '{}' would be compared with itself",
            recorded.name
        )));
    }
    Ok((old, new))
}

fn cover(mails: &[Mail]) -> String {
    let cover = mails.iter().find(|mail| mail.kind == MailKind::Cover);
    cover.map_or(String::new(), |mail| {
        words(&strip_signature(
            &Message::new(mail.raw.clone(), String::new()).text(),
        ))
    })
}

/// A cover letter without its generated parts: shortlog, diffstat, base.
fn words(text: &str) -> String {
    let is_name = |line: &str| {
        let count = line
            .strip_suffix("):")
            .and_then(|line| line.rsplit_once(" ("))
            .map(|(_, count)| count);
        count.is_some_and(|count| {
            !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let is_stat = |line: &str| {
        let made = [
            " create mode ",
            " delete mode ",
            " mode change ",
            " rename ",
            " copy ",
            " rewrite ",
        ];
        let is_sum =
            line.contains(" changed") && (line.contains(" file ") || line.contains(" files "));
        line.starts_with(' ')
            && (line.contains(" | ") || is_sum || made.iter().any(|word| line.starts_with(word)))
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut in_shortlog = false;
    for line in text.lines() {
        in_shortlog = is_name(line) || in_shortlog && line.starts_with("  ");
        let is_made = in_shortlog || is_stat(line) || line.starts_with("base-commit: ");
        let is_double =
            line.trim().is_empty() && kept.last().is_none_or(|last| last.trim().is_empty());
        if !is_made && !is_double {
            kept.push(line);
        }
    }
    kept.join("\n").trim_end().to_owned()
}

/// The replies that contain text.
fn remarks(mails: &[Mail], lists: &MailingLists) -> Vec<OldReply> {
    let replies = mails.iter().filter(|mail| mail.kind == MailKind::Reply);
    let remark = |mail: &Mail| {
        let message = Message::new(mail.raw.clone(), String::new());
        let text = first_words(&message.text(), FIRST_LINES);
        OldReply {
            patch: mail.seq,
            from: sender(&message, lists).to_string(),
            text,
        }
    };
    replies
        .map(remark)
        .filter(|remark| !remark.text.is_empty())
        .collect()
}

/// Compares one patch; moves its replies and trailers out of `remarks`.
fn compared(
    pair: Pair,
    old: &Side,
    new: &Side,
    given: &[CollectedTrailer],
    remarks: &mut Vec<OldReply>,
) -> Compared {
    let of = |side: &'_ Side, place: Option<usize>| -> Option<SidePatch> {
        side.patches.get(place?.checked_sub(1)?).cloned()
    };
    let (before, after) = (of(old, pair.old), of(new, pair.new));
    let number = before.as_ref().and_then(|patch| patch.number);
    let state = match (&before, &after) {
        (_, None) => PatchDifference::Dropped,
        (None, _) => PatchDifference::New,
        _ if pair.is_same => PatchDifference::Same,
        _ => PatchDifference::Changed,
    };
    let is_given = |one: &&CollectedTrailer| {
        Some(one.patch) == number
            && matches!(one.state, TrailerState::New | TrailerState::Present)
            && one.version <= old.version
    };
    let tags = given.iter().filter(is_given).map(|one| {
        let carried = after
            .as_ref()
            .is_some_and(|patch| find_present(&patch.trailers, &one.trailer).is_some());
        Tag {
            name: one.trailer.name.clone(),
            value: one.trailer.value.clone(),
            carried,
        }
    });
    let (own, others) = std::mem::take(remarks)
        .into_iter()
        .partition(|one| number.is_some() && one.patch == number);
    *remarks = others;
    Compared {
        old: number,
        new: after.as_ref().and_then(|patch| patch.number),
        subject: after
            .as_ref()
            .or(before.as_ref())
            .map_or(pair.subject, |patch| patch.subject.clone()),
        state,
        reordered: pair.is_reordered,
        lines: if state == PatchDifference::Changed {
            pair.lines
        } else {
            None
        },
        remarks: own,
        tags: tags.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_cover_letter_the_words_count() {
        let text = "Why.\n\nChanges in v2:\n- a | b\n  more\n\nAda (2):\n  x: One\n  x: Two\n\nBob (1):\n  y: Three\n\n \
            src/x.c | 4 ++--\n 1 file changed, 2 insertions(+), 2 deletions(-)\n create mode 100644 y\n\n\nbase-commit: 12\n";
        assert_eq!(words(text), "Why.\n\nChanges in v2:\n- a | b\n  more");
    }

    #[test]
    fn colours_of_git_stay_and_escapes_of_strangers_do_not() {
        assert_eq!(
            shown(b"\x1b[33ma\x1b[m\x1b[2Jb\x1b]0;x\x07\tc\n\x1b["),
            "\x1b[33ma\x1b[m\\x1b[2Jb\\x1b]0;x\\x07\tc\n\\x1b["
        );
        assert_eq!(
            shown("+\u{202e}a\n\n+b\u{200b}".as_bytes()),
            "+\\u{202e}a\n\n+b\\u{200b}"
        );
    }
}
