// SPDX-License-Identifier: GPL-2.0-or-later
//! Adds versions with their patches and mails to the database, and removes them, each in one transaction.

use super::choose::{ChosenSeries, of_mails};
use crate::clock;
use crate::db::mail::{Mail, MailKind};
use crate::db::patch::{self, NewPatch};
use crate::db::series::{self, NewSeries, REVIEW, SeriesId};
use crate::db::version::{self, Details, Version, VersionId, VersionToAdd};
use crate::db::{Db, Write, delete, mail, removed, worktree};
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::git::{Oid, Repo};
use crate::mail::Message;
use crate::mail::thread::MailedReply;
use crate::review::selection::Selected;
use crate::review::{clones, link};
use crate::series::{SeriesName, VersionNumber};
use std::path::Path;

/// A version that has been recorded.
#[derive(Debug, Clone)]
pub struct RecordedEntry {
    /// Name of its series.
    pub name: SeriesName,
    /// Row of its series.
    pub series: SeriesId,
    /// Its row.
    pub version: VersionId,
    /// Whether the series was recorded at the same time.
    pub is_new_series: bool,
    /// Whether it was recorded just now.
    pub is_new: bool,
    /// Whether the series was not in use in this repository before.
    pub is_claimed: bool,
    /// Whether missing patches of it have arrived.
    pub has_grown: bool,
    /// Whether it had arrived before, and its review had not started.
    pub was_waiting: bool,
}

/// Records series, version, patches and mails, and that this repository has the series. None if another process has
/// recorded or deleted the series or version of `chosen` meanwhile.
pub fn insert(
    db: &mut Db,
    chosen: &ChosenSeries,
    selected: &Selected,
    (source, base): (&str, Oid),
    repo: &Repo,
) -> Result<Option<RecordedEntry>> {
    let (common_dir, repository) = (repo.common_dir(), repo.id()?);
    let number = selected.version.number;
    let started = |db: &dyn Fn(SeriesId) -> Result<Option<Version>>, series| {
        Ok::<_, Error>(db(series)?.filter(|row| row.details.started.is_some() && !chosen.has_grown))
    };
    let entry = |series, version, is_claimed| RecordedEntry {
        name: chosen.name.clone(),
        series,
        version,
        is_new_series: false,
        is_new: false,
        is_claimed,
        has_grown: false,
        was_waiting: false,
    };
    if let Some(series) = chosen.series
        && worktree::is_claimed(db, series, common_dir)?
        && let Some(row) = started(&|series| version::find(db, series, number), series)?
    {
        if !chosen.is_resent {
            insert_replies(db, row.id, selected)?;
        }
        return Ok(Some(entry(series, row.id, false)));
    }
    db.write(|write| {
        let found = series::find(write, chosen.name.as_str())?.map(|series| series.id);
        // Another version of the series may have been recorded since, so that no separate name is needed.
        let meant = if chosen.is_given {
            found
        } else {
            of_mails(write, selected)?.map(|series| series.id)
        };
        if found != chosen.series || meant != chosen.series {
            return Ok(None);
        }
        let is_new_series = found.is_none();
        let series = match found {
            Some(id) => id,
            None => series::insert(
                write,
                &NewSeries {
                    name: chosen.name.as_str(),
                    desc: &selected.version.title,
                    upstream: selected
                        .on_patchwork()
                        .and_then(|on| on.upstream.as_deref()),
                    source: Some(REVIEW),
                },
            )?,
        };
        let is_claimed = worktree::claim(write, series, common_dir, clock::now())?;
        if let Some(repository) = &repository {
            // Its refs are needed again.
            removed::forget(write, repository, chosen.name.as_str())?;
        }
        if let Some(row) = started(&|series| version::find(write, series, number), series)? {
            return Ok(Some(entry(series, row.id, is_claimed)));
        }
        let before = version::find(write, series, number)?;
        let was_waiting = before
            .is_some_and(|row| row.details.started.is_none() && row.details.message_id.is_some());
        let details = Details {
            base: Some(base.to_string()),
            started: Some(clock::now()),
            ..details(selected, source)
        };
        let (version, is_new) = insert_version(write, series, selected, &details)?;
        let has_grown = chosen.has_grown;
        Ok(Some(RecordedEntry {
            is_new_series,
            is_new,
            has_grown,
            was_waiting,
            ..entry(series, version, is_claimed)
        }))
    })
}

/// Records a version with its patches and mails; returns whether it is new.
pub(in crate::review) fn insert_version(
    write: &Write<'_>,
    series: SeriesId,
    selected: &Selected,
    details: &Details,
) -> Result<(VersionId, bool)> {
    let number = selected.version.number;
    let existing = version::find(write, series, number)?;
    let is_new = existing.is_none();
    let version = match existing {
        Some(row) => version::set_details(write, row.id, details).map(|()| row.id)?,
        None => {
            let first = selected.version.cover.as_ref().or(selected
                .version
                .patches
                .first()
                .map(|one| &one.message));
            // patman has no name for a series without a cover letter.
            let subject = match selected.on_patchwork() {
                Some(on) => on.name.clone(),
                None => first.map(|message| message.subject().raw),
            };
            let (on_patchwork, details) = (link::place(selected), details.clone());
            let new = VersionToAdd {
                name: subject.as_deref(),
                on_patchwork,
                details,
                ..Default::default()
            };
            version::insert(write, series, number, &new)?
        }
    };
    if is_new || patch::list(write, version)?.is_empty() {
        insert_patches(write, version, selected)?;
    }
    insert_mails(write, version, selected)?;
    Ok((version, is_new))
}

/// The details of a version from its mails.
pub(in crate::review) fn details(selected: &Selected, source: &str) -> Details {
    let mailed = &selected.version;
    let first = mailed
        .cover
        .as_ref()
        .or_else(|| mailed.patches.first().map(|patch| &patch.message));
    Details {
        message_id: selected.identity().map(|id| id.to_string()),
        author_name: Some(mailed.author.name.clone()),
        author_email: Some(mailed.author.email.clone()),
        sent: first.and_then(Message::date).map(|date| date.seconds),
        total: Some(mailed.total),
        base: None,
        change_id: mailed.change_id(),
        source: Some(source.to_owned()),
        started: None,
    }
}

/// Records the patches of a version; Patchwork data of existing patches is preserved.
fn insert_patches(write: &Write<'_>, version: VersionId, selected: &Selected) -> Result<()> {
    let before = patch::list(write, version)?;
    link::with_rows(selected, |new| {
        let kept = new.iter().map(|new| {
            let is_it = |old: &&patch::PatchRow| {
                old.message_id.is_some() && old.message_id.as_deref() == new.message_id
            };
            let Some(old) = before.iter().find(is_it) else {
                return *new;
            };
            NewPatch {
                patchwork_id: new.patchwork_id.or(old.patchwork_id),
                state: new.state.or(old.state.as_deref()),
                comments: new.comments.or(old.comments),
                ..*new
            }
        });
        patch::replace(write, version, &kept.collect::<Vec<_>>())
    })
}

/// Stores the mails, so that a version can be applied again, compared and replied to without a source.
fn insert_mails(write: &Write<'_>, version: VersionId, selected: &Selected) -> Result<()> {
    let mailed = &selected.version;
    if let Some(cover) = &mailed.cover {
        mail::insert(write, &own_mail(version, cover, 0, MailKind::Cover))?;
    }
    for patch in &mailed.patches {
        mail::insert(
            write,
            &own_mail(version, &patch.message, patch.number, MailKind::Patch),
        )?;
    }
    mailed
        .replies
        .iter()
        .try_for_each(|reply| mail::insert(write, &reply_mail(version, reply)).map(drop))
}

/// The database row of the cover letter or a patch of a version.
pub(in crate::review) fn own_mail(
    version: VersionId,
    message: &Message,
    number: u32,
    kind: MailKind,
) -> Mail {
    let message_id = message.message_id().map(|id| id.to_string());
    Mail {
        version,
        seq: Some(number),
        kind,
        message_id,
        raw: message.raw().to_vec(),
    }
}

/// Stores replies that arrived after the version was recorded; writes nothing if there are none.
fn insert_replies(db: &mut Db, version: VersionId, selected: &Selected) -> Result<()> {
    let mut new: Vec<Mail> = Vec::new();
    for reply in &selected.version.replies {
        let mail = reply_mail(version, reply);
        let is_kept = match &mail.message_id {
            Some(id) => mail::is_kept(db, version, id)?,
            None => true,
        };
        if !is_kept {
            new.push(mail);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    db.write(|write| {
        new.iter()
            .try_for_each(|mail| mail::insert(write, mail).map(drop))
    })
}

/// The database row of a reply to a version.
pub(in crate::review) fn reply_mail(version: VersionId, reply: &MailedReply) -> Mail {
    let message_id = reply.message.message_id().map(|id| id.to_string());
    Mail {
        version,
        seq: reply.to.number(),
        kind: MailKind::Reply,
        message_id,
        raw: reply.message.raw().to_vec(),
    }
}

/// Records the patches that arrived after a version was recorded. Call it once refs hold them: until then, a run
/// that is killed leaves the patches recorded as missing.
pub fn grow(db: &mut Db, entry: &RecordedEntry, selected: &Selected) -> Result<()> {
    if !entry.has_grown {
        return Ok(());
    }
    db.write(|write| insert_patches(write, entry.version, selected))
}

/// Undoes [`insert`]: deletes what it has just recorded, unless another repository has the series since; older rows
/// are preserved.
pub fn take_back(db: &mut Db, entry: &RecordedEntry, common_dir: &Path) -> Result<()> {
    if !entry.is_claimed && !entry.is_new && !entry.was_waiting {
        return Ok(());
    }
    db.write(|write| {
        if entry.was_waiting {
            version::set_started(write, entry.version, None)?;
        }
        if entry.is_claimed {
            worktree::remove(write, entry.series, common_dir)?;
        }
        if !clones::others(write, entry.series, common_dir)?.is_empty() {
            return Ok(());
        }
        match (entry.is_new_series, entry.is_new) {
            (true, _) => delete::series(write, entry.series).map(drop),
            (false, true) => delete::version(write, entry.version).map(drop),
            (false, false) => Ok(()),
        }
    })
}

/// Series refs that are about to be deleted in a repository. They are recorded in the same transaction as the removal,
/// so that `prune` completes a deletion that was killed, and deletes nothing else.
#[derive(Debug)]
pub struct Doomed<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The series.
    pub name: &'a SeriesName,
    /// The ref deletions.
    pub refs: &'a [RefChange],
}

impl Doomed<'_> {
    fn record(&self, write: &Write<'_>) -> Result<()> {
        let Some(repository) = self.repo.id()? else {
            return Ok(());
        };
        let refs: Vec<(String, String)> = self
            .refs
            .iter()
            .filter_map(|change| Some((change.name.clone(), change.old?.to_string())))
            .collect();
        removed::insert(write, &repository, self.name.as_str(), &refs, clock::now())
    }

    /// Deletes the record, once the refs are deleted.
    pub fn forget(&self, db: &mut Db) -> Result<()> {
        match self.repo.id()? {
            Some(id) => db.write(|write| removed::forget(write, &id, self.name.as_str())),
            None => Ok(()),
        }
    }
}

/// Removes a version, and the series with its last one, unless another repository has the series.
pub fn remove_version(
    db: &mut Db,
    series: SeriesId,
    number: VersionNumber,
    doomed: &Doomed<'_>,
) -> Result<()> {
    let common_dir = doomed.repo.common_dir();
    db.write(|write| {
        doomed.record(write)?;
        if !clones::others(write, series, common_dir)?.is_empty() {
            return Ok(());
        }
        if let Some(row) = version::find(write, series, number)? {
            delete::version(write, row.id)?;
        }
        if version::list(write, series)?.is_empty() {
            delete::series(write, series)?;
        }
        Ok(())
    })
}

/// Removes a series with all its rows, unless another repository has it; returns whether it was removed.
pub fn remove_series(db: &mut Db, series: SeriesId, doomed: &Doomed<'_>) -> Result<bool> {
    let common_dir = doomed.repo.common_dir();
    db.write(|write| {
        doomed.record(write)?;
        if !clones::others(write, series, common_dir)?.is_empty() {
            return Ok(false);
        }
        Ok(delete::series(write, series)?.series > 0)
    })
}
