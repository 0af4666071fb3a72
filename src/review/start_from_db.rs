// SPDX-License-Identifier: GPL-2.0-or-later
//! Starts a version from the mails in the database: no server is asked, and no file is needed.

use super::Reviews;
use super::record::{self, ReviewRow};
use super::report::ReviewReport;
use super::selection::{Selected, whole};
use super::start::StartRequest;
use crate::apply;
use crate::db::mail::{Mail, MailKind};
use crate::db::version;
use crate::error::{Error, Result};
use crate::mail::Message;
use crate::mail::thread::MailedVersion;
use crate::series::VersionNumber;
use crate::text::shell_quote;
use std::collections::HashSet;

impl Reviews<'_> {
    /// Starts the version of a review that `request` names, or the newest.
    pub fn start_stored(
        &mut self,
        recorded: &ReviewRow,
        request: &StartRequest,
    ) -> Result<ReviewReport> {
        let number = request.wanted.version.unwrap_or(recorded.newest);
        let (selected, source) = self.stored(recorded, number, request.wanted.partial)?;
        let request = StartRequest {
            name: Some(recorded.name.clone()),
            ..request.clone()
        };
        self.start_selected(&selected, &source, &request)
    }

    /// Why a version of a review does not apply as it is recorded; none if it applies. Changes nothing.
    pub(super) fn misfit(
        &self,
        recorded: &ReviewRow,
        number: VersionNumber,
    ) -> Result<Option<String>> {
        let (selected, _) = self.stored(recorded, number, false)?;
        let objects = self.repo.temporary_objects()?;
        let base = self.ground_of(&objects, &selected, &StartRequest::default())?;
        let committer = self.repo.committer(self.settings.committer())?.signature;
        let stopped =
            apply::apply_in_memory(&objects, base.commit, &selected.patches, &committer)?.stopped;
        Ok(stopped.map(|stop| {
            format!(
                "patch {} does not apply",
                selected.version.patches[stop.index].number
            )
        }))
    }

    /// A version from its stored mails, and their source.
    fn stored(
        &self,
        recorded: &ReviewRow,
        number: VersionNumber,
        partial: bool,
    ) -> Result<(Selected, String)> {
        let name = &recorded.name;
        let Some(row) = version::find(&self.db, recorded.id, number)? else {
            let there: Vec<String> = recorded
                .versions
                .iter()
                .map(|one| one.number.to_string())
                .collect();
            return Err(Error::new(format!("there is no {number} of '{name}'"))
                .with_hint(format!("there is {}", there.join(", ")))
                .with_hint(format!(
                    "to check for new mails: git patman review update {name}",
                    name = shell_quote(name)
                )));
        };
        let mails = record::mails(&self.db, row.id)?;
        let (mut cover, mut patches, mut ids) = (None, Vec::new(), HashSet::new());
        for mail in mails {
            let Mail {
                kind,
                seq,
                message_id,
                raw,
                ..
            } = mail;
            let message = Message::new(raw, format!("a mail of {name}"));
            match (kind, seq) {
                (MailKind::Cover, _) => cover = Some(message),
                (MailKind::Patch, Some(number)) => {
                    patches.push((number, message));
                    ids.extend(message_id);
                }
                (MailKind::Patch, None) | (MailKind::Reply, _) => {}
            }
        }
        if patches.is_empty() {
            return Err(Error::new(format!(
                "the mails of {number} of '{name}' are not recorded"
            ))
            .with_hint(format!(
                "to record them: git patman review start --version {} <source>",
                number.get()
            )));
        }
        let total = row
            .details
            .total
            .unwrap_or_else(|| patches.len().try_into().unwrap_or(u32::MAX));
        let has_cover = cover.is_some();
        let mut mailed = MailedVersion::kept(number, total, cover, patches);
        if !has_cover && !recorded.title.is_empty() {
            mailed.title = recorded.title.clone();
        }
        if !has_cover
            && let Some(before) = recorded.versions.iter().rfind(|one| one.number < number)
        {
            // A branch that was left unchanged is on the base of the version before.
            let earlier = record::mails(&self.db, before.id)?;
            if earlier
                .iter()
                .any(|mail| mail.message_id.as_ref().is_some_and(|id| ids.contains(id)))
            {
                let named = earlier
                    .into_iter()
                    .rev()
                    .filter(|mail| mail.kind != MailKind::Reply);
                let mut named = named.map(|mail| Message::new(mail.raw, String::new()).text());
                mailed.set_earlier_base(
                    named.find_map(|text| crate::mail::thread::base_commit(&text)),
                );
            }
        }
        let source = row.details.source.unwrap_or_else(|| "database".to_owned());
        Ok((whole(mailed, partial, &self.mail_options()?)?, source))
    }
}
