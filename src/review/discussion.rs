// SPDX-License-Identifier: GPL-2.0-or-later
//! Collects what people wrote about a version: its cover letter, and the trailers from replies.

use super::Reviews;
use super::record::{self, ReviewRow};
use super::report::ReviewReport;
use crate::db::mail::MailKind;
use crate::error::Result;
use crate::mail::Message;
use crate::mail::trailers::Trailer;
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::series::VersionNumber;

/// The cover letter and replies of a version.
#[derive(Debug, Clone, Default)]
pub struct Discussion {
    /// Text of the cover letter.
    pub cover: Option<String>,
    /// Trailers and objections from replies, in the order they arrived.
    pub trailers: Vec<GivenTrailer>,
    /// How many replies are stored.
    pub replies: usize,
    /// What each patch changes.
    pub diffstat: Vec<DiffStat>,
}

/// A trailer from a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenTrailer {
    /// Number of the patch it applies to; 0 for all patches, in a reply to the cover letter.
    pub patch: u32,
    /// Its name, such as `Reviewed-by`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Who sent the reply, as `Name <address>`.
    pub from: String,
    /// The version that was replied to.
    pub version: VersionNumber,
    /// Whether it can be added, and if not, why; for all patches, `new` if any of them lacks it.
    pub state: TrailerState,
    /// Why it is refused.
    pub why: Option<String>,
}

impl GivenTrailer {
    /// The trailer as it appears in a commit message.
    pub fn text(&self) -> String {
        format!("{}: {}", self.name, self.value)
    }
}

/// Combines the trailers that a reply to the cover letter gives to all patches.
fn gathered(collected: Vec<CollectedTrailer>, version: VersionNumber) -> Vec<GivenTrailer> {
    let mut all: Vec<GivenTrailer> = Vec::new();
    for one in collected {
        let patch = if one.to_cover && one.version == version {
            0
        } else {
            one.patch
        };
        let CollectedTrailer {
            trailer: Trailer { name, value },
            from,
            version,
            state,
            why,
            ..
        } = one;
        let given = GivenTrailer {
            patch,
            name,
            value,
            from,
            version,
            state,
            why,
        };
        let is_same =
            |old: &&mut GivenTrailer| patch == 0 && old.patch == 0 && old.text() == given.text();
        match all.iter_mut().find(is_same) {
            Some(old) if given.state == TrailerState::New => *old = given,
            Some(_) => {}
            None => all.push(given),
        }
    }
    all
}

/// How much a patch changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffStat {
    /// Number of the patch.
    pub patch: u32,
    /// Files that it changes.
    pub files: usize,
    /// Lines that it adds.
    pub added: usize,
    /// Lines that it deletes.
    pub deleted: usize,
}

impl Reviews<'_> {
    /// The cover letter and replies of one version of a review.
    pub fn letters(
        &self,
        recorded: &ReviewRow,
        version: VersionNumber,
        report: &ReviewReport,
    ) -> Result<Discussion> {
        let mut letters = Discussion {
            diffstat: self.diffstats(report)?,
            ..Discussion::default()
        };
        let Some(row) = recorded.version(version) else {
            return Ok(letters);
        };
        for mail in record::mails(&self.db, row.id)? {
            match mail.kind {
                MailKind::Cover => {
                    letters.cover = Some(strip_signature(
                        &Message::new(mail.raw, String::new()).text(),
                    ))
                }
                MailKind::Patch => {}
                MailKind::Reply => letters.replies += 1,
            }
        }
        letters.trailers = gathered(self.collected_trailers(recorded, report, false)?, version);
        Ok(letters)
    }

    /// Counts what each commit of a review changes, with one `git log`.
    fn diffstats(&self, report: &ReviewReport) -> Result<Vec<DiffStat>> {
        let (Some(base), Some(head)) = (&report.base, &report.head) else {
            return Ok(Vec::new());
        };
        let done = self
            .repo
            .git()
            .args([
                "log",
                "--format=%x01%H",
                "--numstat",
                &format!("{base}..{head}"),
                "--",
            ])
            .ok()?;
        let text = String::from_utf8_lossy(&done.stdout);
        let mut stats = Vec::new();
        for block in text.split('\u{1}').filter(|block| !block.is_empty()) {
            let mut lines = block.lines().filter(|line| !line.is_empty());
            let id = lines.next();
            let Some(patch) = report
                .patches
                .iter()
                .find(|patch| patch.commit.as_deref() == id)
            else {
                continue;
            };
            let mut stat = DiffStat {
                patch: patch.seq,
                files: 0,
                added: 0,
                deleted: 0,
            };
            for line in lines {
                let mut fields = line.split('\t');
                // A binary file has '-' for both numbers.
                let mut number = || {
                    fields
                        .next()
                        .and_then(|field| field.parse().ok())
                        .unwrap_or(0_usize)
                };
                stat.files += 1;
                stat.added += number();
                stat.deleted += number();
            }
            stats.push(stat);
        }
        stats.sort_by_key(|stat| stat.patch);
        Ok(stats)
    }
}

/// The text above the signature line.
pub(super) fn strip_signature(text: &str) -> String {
    text.split("\n-- \n")
        .next()
        .unwrap_or(text)
        .trim()
        .to_owned()
}
