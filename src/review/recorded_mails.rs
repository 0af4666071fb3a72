// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the prerequisites of a series among the mails in the database.

use super::selection::commit_of;
use crate::base::prerequisites::{FoundPrerequisite, Prerequisites};
use crate::db::mail::{self, MailKind};
use crate::db::version::VersionId;
use crate::db::{Read, patch, series, version};
use crate::error::Result;
use crate::mail::Message;
use crate::mail::mailinfo::MailinfoOptions;
use crate::mail::prerequisites::{Prerequisite, prerequisites as named};
use crate::mail::thread::MailedVersion;
use std::cell::OnceCell;
use std::collections::HashMap;

/// The series whose mails are in the database.
pub(super) struct SeriesWithMails<'a, D> {
    db: &'a D,
    options: MailinfoOptions,
    /// The patches by their `git patch-id`, read once for all searches.
    by_patch_id: OnceCell<HashMap<String, (VersionId, u32)>>,
}

impl<'a, D: Read> SeriesWithMails<'a, D> {
    /// The series of a database.
    pub fn new(db: &'a D, options: MailinfoOptions) -> Self {
        SeriesWithMails {
            db,
            options,
            by_patch_id: OnceCell::new(),
        }
    }

    fn by_patch_id(&self) -> Result<&HashMap<String, (VersionId, u32)>> {
        if let Some(all) = self.by_patch_id.get() {
            return Ok(all);
        }
        let all = patch::by_patch_id(self.db)?;
        Ok(self.by_patch_id.get_or_init(|| all))
    }
}

impl<D: Read> Prerequisites for SeriesWithMails<'_, D> {
    fn find(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>> {
        let (row, only) = match wanted {
            Prerequisite::Patch(id) => match self.by_patch_id()?.get(id) {
                Some((row, seq)) => (version::load(self.db, *row)?, Some(seq + 1)),
                None => return Ok(None),
            },
            Prerequisite::Change(id, number) => (version::find_change(self.db, id, *number)?, None),
            Prerequisite::Mail(id) => (version::find_message(self.db, id.as_str())?, None),
        };
        let Some(row) = row else { return Ok(None) };
        let Some(of) = series::load(self.db, row.series)? else {
            return Ok(None);
        };
        let (mut patches, mut cover, mut mails) = (Vec::new(), None, Vec::new());
        for mail in mail::list(self.db, row.id)? {
            let message = Message::new(mail.raw, format!("a mail of {}", of.name));
            match mail.kind {
                MailKind::Cover => cover = Some(message),
                MailKind::Patch if only.is_none() || mail.seq == only => {
                    patches.push(commit_of(&message, &self.options)?.0);
                    mails.extend(mail.seq.map(|number| (number, message)));
                }
                MailKind::Patch | MailKind::Reply => {}
            }
        }
        // A sender who names patches names all of them.
        let version = row.number.filter(|_| only.is_none()).map(|number| {
            let total = u32::try_from(mails.len()).unwrap_or(u32::MAX);
            MailedVersion::kept(number, total, cover, mails)
        });
        let needs = version.as_ref().map(named).unwrap_or_default();
        let number = row
            .number
            .map_or(String::new(), |number| format!(" {number}"));
        let what = format!("{}{number}", of.name);
        // A series with missing patches does not satisfy a dependency.
        let is_whole = only.is_some()
            || row
                .details
                .total
                .is_none_or(|total| total as usize <= patches.len());
        Ok(
            (!patches.is_empty() && is_whole).then_some(FoundPrerequisite {
                what,
                patches,
                needs,
            }),
        )
    }
}
