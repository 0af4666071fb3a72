// SPDX-License-Identifier: GPL-2.0-or-later
//! Selects the series and version to review from a set of mails, and checks whether it is complete.

use crate::apply::PatchMail;
use crate::error::{Error, Result};
use crate::git::commits::Signature;
use crate::mail::date::Timestamp;
use crate::mail::mailinfo::{MailInfo, MailinfoOptions, mailinfo};
use crate::mail::thread::{MailedSeries, MailedVersion, assemble};
use crate::mail::{Message, MessageId};
use crate::series::VersionNumber;
use crate::source::patchwork;

/// The most series that are listed to choose from.
const MOST_LISTED: usize = 100;

/// The user's choice.
#[derive(Debug, Clone, Default)]
pub struct ReviewSelector {
    /// Part of the title, if the mails hold several series.
    pub title: Option<String>,
    /// The version; by default the newest.
    pub version: Option<VersionNumber>,
    /// Whether to use a version with missing patches up to the first gap.
    pub partial: bool,
    /// A mail of the version, if the mails hold other versions of the same thread.
    pub mail: Option<MessageId>,
}

/// The version to review.
#[derive(Debug)]
pub struct Selected {
    /// The mails of the version.
    pub version: MailedVersion,
    /// Its patches, ready to commit, in order, up to the first gap.
    pub patches: Vec<PatchMail>,
    /// Their subjects, as in the commits.
    pub subjects: Vec<String>,
    /// The other versions of the series among the mails.
    pub others: Vec<MailedVersion>,
    /// The Patchwork data: first the series of this version, then those that supply the rest of its patches.
    pub patchwork: Vec<patchwork::PatchworkSeries>,
    /// The other series among the mails.
    pub beside: Vec<MailedSeries>,
}

impl Selected {
    /// Identifies this version among others of the same number: the Message-ID of its first mail.
    pub fn identity(&self) -> Option<MessageId> {
        let first = self
            .version
            .cover
            .as_ref()
            .or_else(|| self.version.patches.first().map(|patch| &patch.message));
        first.and_then(Message::message_id)
    }

    /// Attaches the Patchwork data of the fetched series, if this version is one of them.
    pub fn attach(&mut self, all: Vec<patchwork::PatchworkSeries>) {
        let mut all = all;
        let own = all
            .iter()
            .position(|series| has_mail_of(&self.version, series));
        if let Some(own) = own {
            all.swap(0, own);
            self.patchwork = all;
        }
    }

    /// Its series on Patchwork.
    pub fn on_patchwork(&self) -> Option<&patchwork::PatchworkSeries> {
        self.patchwork.first()
    }

    /// The Patchwork data of the patch that was sent as this mail.
    pub fn patch_on_patchwork(&self, mail: &Message) -> Option<&patchwork::PatchworkPatch> {
        let id = mail.message_id()?;
        self.patchwork.iter().find_map(|series| series.patch(&id))
    }
}

/// Finds the requested version among the mails of `source`.
pub fn select(
    messages: Vec<Message>,
    source: &str,
    wanted: &ReviewSelector,
    options: &MailinfoOptions,
) -> Result<Selected> {
    let found = messages.len();
    let all = assemble(messages);
    let (series, beside) = one_series(all, source, found, wanted)?;
    let (version, others) = one_version(series, wanted)?;
    let selected = whole(version, wanted.partial, options)?;
    Ok(Selected {
        others,
        beside,
        ..selected
    })
}

/// Selects a complete version, or with `partial` its patches up to the first gap.
pub fn whole(
    mut version: MailedVersion,
    partial: bool,
    options: &MailinfoOptions,
) -> Result<Selected> {
    if !version.missing.is_empty() {
        up_to_the_gap(&mut version, partial)?;
    }
    of_version(version, options)
}

/// Prepares the patches of a version for commits.
pub fn of_version(version: MailedVersion, options: &MailinfoOptions) -> Result<Selected> {
    let mut patches = Vec::new();
    let mut subjects = Vec::new();
    for patch in &version.patches {
        let (commit, subject) = commit_of(&patch.message, options)?;
        patches.push(commit);
        subjects.push(subject);
    }
    Ok(Selected {
        version,
        patches,
        subjects,
        others: Vec::new(),
        patchwork: Vec::new(),
        beside: Vec::new(),
    })
}

/// Whether a version was sent as this series: they have a mail in common.
pub(super) fn has_mail_of(version: &MailedVersion, series: &patchwork::PatchworkSeries) -> bool {
    let own = version
        .patches
        .iter()
        .filter(|patch| patch.from_version == version.number);
    own.filter_map(|patch| patch.message.message_id())
        .any(|id| series.patch(&id).is_some())
}

/// The requested series, and the others.
fn one_series(
    all: Vec<MailedSeries>,
    source: &str,
    found: usize,
    wanted: &ReviewSelector,
) -> Result<(MailedSeries, Vec<MailedSeries>)> {
    let total = all.len();
    let lower = wanted.title.as_deref().map(str::to_lowercase);
    let is_wanted = |one: &MailedSeries| {
        lower
            .as_deref()
            .is_none_or(|text| one.title.to_lowercase().contains(text))
    };
    let (mut matching, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_wanted);
    if let Some(id) = &wanted.mail {
        let is_meant = |one: &MailedSeries| one.versions.iter().any(|version| version.has_mail(id));
        if matching.iter().any(is_meant) {
            let (meant, rest) = matching.into_iter().partition(is_meant);
            matching = meant;
            others.extend::<Vec<_>>(rest);
        }
    }
    match (matching.len(), total) {
        (1, _) => Ok((matching.remove(0), others)),
        (0, 0) => Err(Error::new(format!(
            "there is no patch in '{source}'{}",
            if found == 1 {
                " (1 mail)".to_owned()
            } else {
                format!(" ({found} mails)")
            }
        ))),
        (0, _) => Err(Error::new(format!(
            "no series in '{source}' has '{}' in its title",
            wanted.title.as_deref().unwrap_or_default()
        ))),
        (count, _) => {
            let mut titles: Vec<String> = matching
                .iter()
                .take(MOST_LISTED)
                .map(|one| format!("  {}", one.title))
                .collect();
            if count > MOST_LISTED {
                titles.push(format!("  ... and {} more", count - MOST_LISTED));
            }
            Err(Error::new(format!("'{source}' holds {count} series"))
                .with_hint("choose one with --title <part of its title>:")
                .with_hint(titles.join("\n")))
        }
    }
}

/// The requested version, and the others.
fn one_version(
    mut series: MailedSeries,
    wanted: &ReviewSelector,
) -> Result<(MailedVersion, Vec<MailedVersion>)> {
    let meant = wanted
        .mail
        .as_ref()
        .and_then(|id| series.versions.iter().find(|version| version.has_mail(id)));
    let Some(wanted) = wanted.version.or(meant.map(|version| version.number)) else {
        let newest = series.versions.pop();
        let newest =
            newest.ok_or_else(|| Error::new(format!("'{}' has no version", series.title)))?;
        return Ok((newest, series.versions));
    };
    let at = series
        .versions
        .iter()
        .position(|version| version.number == wanted);
    let Some(at) = at else {
        let there: Vec<String> = series
            .versions
            .iter()
            .map(|version| version.number.to_string())
            .collect();
        return Err(
            Error::new(format!("there is no {wanted} of '{}'", series.title))
                .with_hint(format!("the mails have {}", there.join(", "))),
        );
    };
    let meant = series.versions.remove(at);
    Ok((meant, series.versions))
}

/// Refuses a version with missing patches, or cuts it at the first gap.
fn up_to_the_gap(version: &mut MailedVersion, partial: bool) -> Result<()> {
    let missing: Vec<String> = version
        .missing
        .iter()
        .take(20)
        .map(u32::to_string)
        .collect();
    let gap = version.missing.iter().min().copied().unwrap_or(u32::MAX);
    let what = format!(
        "patch{} {} of {} of '{}' {}",
        if missing.len() == 1 { "" } else { "es" },
        missing.join(", "),
        version.total,
        version.title,
        if missing.len() == 1 {
            "is missing"
        } else {
            "are missing"
        },
    );
    if !partial {
        let error = Error::new(what);
        return Err(match gap {
            1 => error,
            _ => error.with_hint(format!(
                "to apply the patches before patch {gap}, use --partial"
            )),
        });
    }
    version.patches.retain(|patch| patch.number < gap);
    if version.patches.is_empty() {
        return Err(Error::new(format!("{what}: nothing is left to apply")));
    }
    Ok(())
}

pub(super) fn commit_of(
    message: &Message,
    options: &MailinfoOptions,
) -> Result<(PatchMail, String)> {
    let broken = |error: Error| error.within(format!("cannot use {}", message.origin()));
    let info = mailinfo(message.raw(), options).map_err(broken)?;
    let author = author_of(message, &info).map_err(broken)?;
    let subject = info.subject.clone().unwrap_or_default();
    Ok((
        PatchMail {
            message: info.commit_message(),
            author,
            diff: info.diff,
        },
        subject,
    ))
}

fn author_of(message: &Message, info: &MailInfo) -> Result<Signature> {
    let person = info.committed_author().unwrap_or_else(|| message.from());
    let date = info.date.as_deref().and_then(Timestamp::parse);
    let date = date.ok_or_else(|| {
        Error::new(format!(
            "its date '{}' is not a date",
            info.date.as_deref().unwrap_or_default()
        ))
    })?;
    Ok(Signature::new(
        &person.name,
        &person.email,
        date.seconds,
        date.offset_minutes,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::super::samples::mails;
    use super::*;

    fn selected(lines: &[&str], wanted: &ReviewSelector) -> Result<Selected> {
        select(mails(lines), "in.mbox", wanted, &MailinfoOptions::default())
    }

    fn said(error: &Error) -> String {
        format!("{error}\n{}", error.hints().join("\n"))
    }

    #[test]
    fn of_several_series_the_title_says_which() {
        let both = [
            "a@x | ada | [PATCH] one: Fix",
            "b@x | bob | [PATCH] two: Mend",
        ];
        let error = selected(&both, &ReviewSelector::default()).unwrap_err();
        let text = said(&error);
        assert!(
            text.contains("holds 2 series")
                && text.contains("  one: Fix")
                && text.contains("  two: Mend"),
            "{text}"
        );
        let mut wanted = ReviewSelector {
            title: Some("MEND".to_owned()),
            ..ReviewSelector::default()
        };
        let found = selected(&both, &wanted).unwrap();
        assert_eq!(found.version.title, "two: Mend");
        assert_eq!(found.beside[0].title, "one: Fix");
        wanted.title = Some("tear".to_owned());
        let error = selected(&both, &wanted).unwrap_err();
        assert!(error.to_string().contains("has 'tear' in its title"));
    }

    #[test]
    fn the_newest_version_is_taken_unless_another_is_meant() {
        let lines = [
            "a@x | ada | [PATCH] one: Fix",
            "b@x | ada | [PATCH v2] one: Fix",
            "c@x | ada | [PATCH v3] one: Fix",
        ];
        let number =
            |wanted: &ReviewSelector| selected(&lines, wanted).map(|one| one.version.number.get());
        assert_eq!(number(&ReviewSelector::default()).unwrap(), 3);
        let by_mail = ReviewSelector {
            mail: Some(MessageId::new("b@x").unwrap()),
            ..ReviewSelector::default()
        };
        assert_eq!(number(&by_mail).unwrap(), 2);
        let by_both = ReviewSelector {
            version: Some(VersionNumber::FIRST),
            ..by_mail.clone()
        };
        assert_eq!(number(&by_both).unwrap(), 1, "a number is said expressly");
        let unknown = ReviewSelector {
            version: VersionNumber::new(4),
            ..ReviewSelector::default()
        };
        let text = said(&number(&unknown).unwrap_err());
        assert!(text.contains("v4") && text.contains("v1, v2, v3"), "{text}");
    }

    #[test]
    fn what_is_behind_a_gap_is_never_applied() {
        let lines = [
            "a@x | ada | [PATCH 1/4] one: Fix",
            "b@x < a@x | ada | [PATCH 2/4] two: Fix",
            "d@x < a@x | ada | [PATCH 4/4] four: Fix",
        ];
        let partial = ReviewSelector {
            partial: true,
            ..ReviewSelector::default()
        };
        let text = said(&selected(&lines, &ReviewSelector::default()).unwrap_err());
        assert!(
            text.contains("patch 3 of 4") && text.contains("before patch 3, use --partial"),
            "{text}"
        );
        assert_eq!(
            selected(&lines, &partial).unwrap().subjects,
            ["one: Fix", "two: Fix"]
        );
        let text = said(&selected(&lines[1..], &ReviewSelector::default()).unwrap_err());
        assert!(
            text.contains("patches 1, 3") && !text.contains("--partial"),
            "{text}"
        );
        let error = selected(&lines[1..], &partial).unwrap_err();
        assert!(
            error.to_string().ends_with("nothing is left to apply"),
            "{error}"
        );
    }
}
