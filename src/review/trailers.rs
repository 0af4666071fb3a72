// SPDX-License-Identifier: GPL-2.0-or-later
//! The trailers that replies to any version of a review give to the patches of one of them.

use super::Reviews;
use super::record::{self, RecordedVersion, ReviewRow};
use super::report::ReviewReport;
use super::selection::commit_of;
use crate::db::mail::{Mail, MailKind};
use crate::diff::patch_id;
use crate::error::Result;
use crate::git::Oid;
use crate::mail::Message;
use crate::mail::mailinfo::MailinfoOptions;
use crate::mail::sender::MailingLists;
use crate::mail::thread::ReplyTarget;
use crate::mail::trailers::collected::{CollectedTrailer, Reply, SentVersion, Target, collect};
use crate::mail::trailers::trailers;
use crate::series::VersionNumber;
use crate::source::server;

/// The mails of one version.
struct Mailed {
    sent: SentVersion,
    /// The commit messages of its patches, by number.
    messages: Vec<(u32, Vec<u8>)>,
}

impl Reviews<'_> {
    /// The trailers that replies give to the patches of the version in `report`, in the order they arrived.
    pub fn collected_trailers(
        &self,
        recorded: &ReviewRow,
        report: &ReviewReport,
        allow_mismatch: bool,
    ) -> Result<Vec<CollectedTrailer>> {
        let options = self.mail_options()?;
        let lists = self.mailing_lists()?;
        let read = |row: &RecordedVersion| -> Result<Mailed> {
            let mails = record::mails(&self.db, row.id)?;
            Ok(read(mails, row.number, &options, &lists))
        };
        let versions = recorded
            .versions
            .iter()
            .map(read)
            .collect::<Result<Vec<_>>>()?;
        let Some(here) = versions
            .iter()
            .find(|one| one.sent.number == report.version)
        else {
            return Ok(Vec::new());
        };
        let targets = self.targets(here, report)?;
        let sent: Vec<SentVersion> = versions.into_iter().map(|one| one.sent).collect();
        Ok(collect(&sent, report.version, &targets, allow_mismatch))
    }

    /// The mailing lists that are known to put their own address into `From:`.
    pub(super) fn mailing_lists(&self) -> Result<MailingLists> {
        let lists = server::mailing_lists(self.upstreams(), self.settings, Some(self.repo))?;
        Ok(MailingLists::new(lists))
    }

    /// The patches of a version, with the trailers of their commits, or of their mails if there are no commits.
    fn targets(&self, version: &Mailed, report: &ReviewReport) -> Result<Vec<Target>> {
        let objects = self.repo.objects()?;
        let mut targets = Vec::new();
        for patch in &report.patches {
            let commit = patch
                .commit
                .as_deref()
                .and_then(|hex| Oid::from_str(hex).ok());
            let mailed = || {
                version
                    .messages
                    .iter()
                    .find(|(number, _)| *number == patch.seq)
            };
            let message = match commit {
                Some(commit) => objects.message_text(commit)?,
                None => mailed()
                    .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
                    .unwrap_or_default(),
            };
            let patch_id = version
                .sent
                .patch_ids
                .iter()
                .find(|(number, _)| *number == patch.seq)
                .and_then(|(_, id)| id.clone());
            targets.push(Target {
                patch: patch.seq,
                patch_id,
                present: trailers(&message),
                own: Vec::new(),
            });
        }
        Ok(targets)
    }
}

/// Reads the mails of a version; a patch that cannot be read has no id.
fn read(
    mails: Vec<Mail>,
    number: VersionNumber,
    options: &MailinfoOptions,
    lists: &MailingLists,
) -> Mailed {
    let mut mailed = Mailed {
        sent: SentVersion {
            number,
            patch_ids: Vec::new(),
            replies: Vec::new(),
        },
        messages: Vec::new(),
    };
    for mail in mails {
        let Some(seq) = mail.seq else { continue };
        let message = Message::new(mail.raw, String::new());
        match mail.kind {
            MailKind::Cover => {}
            MailKind::Patch => {
                let commit = commit_of(&message, options).ok().map(|(commit, _)| commit);
                let id = commit.as_ref().and_then(|commit| patch_id(&commit.diff));
                mailed.sent.patch_ids.push((seq, id));
                mailed
                    .messages
                    .extend(commit.map(|commit| (seq, commit.message)));
            }
            MailKind::Reply => mailed.sent.replies.push(Reply::read(
                &message,
                ReplyTarget::of_number(Some(seq)),
                lists,
            )),
        }
    }
    mailed
}
