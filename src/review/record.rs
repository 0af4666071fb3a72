// SPDX-License-Identifier: GPL-2.0-or-later
//! What the database holds of a review: which series the mails belong to, recorded as one transaction.

use super::clones;
use super::report::PatchReport;
use super::selection::Selected;
use super::{Reviews, link, name};
use crate::clock;
use crate::db::listing::{self, Archived, Listed, Which};
use crate::db::mail::{Kind, Mail};
use crate::db::patch::{self, NewPatch};
use crate::db::series::{self, NewSeries, REVIEW, Series, SeriesId};
use crate::db::version::{self, Details, NewVersion, Version, VersionId};
use crate::db::worktree::{self, Worktree};
use crate::db::{Db, Read, Write, delete, mail};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::mail::subject::Subject;
use crate::mail::thread::{Reply, ReplyTarget};
use crate::mail::{Message, MessageId};
use crate::series::{Person, SeriesName, VersionNumber};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A review as the database has it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its row.
    pub id: SeriesId,
    /// Its name, which a database that others have written need not have checked.
    pub name: String,
    /// The title.
    pub title: String,
    /// The newest version.
    pub newest: VersionNumber,
    /// Its versions, the oldest first.
    pub versions: Vec<RecordedVersion>,
}

/// A version of a review as the database has it.
#[derive(Debug, Clone)]
pub struct RecordedVersion {
    /// Its row.
    pub id: VersionId,
    /// Its number.
    pub number: VersionNumber,
    /// How many patches of it there are.
    pub patches: u32,
    /// How many it should have.
    pub total: u32,
    /// When its review began, in seconds since 1970.
    pub started: Option<i64>,
    /// Whether it has come, and nobody has begun to review it.
    pub is_waiting: bool,
}

impl Recorded {
    /// Its name, checked.
    pub fn series_name(&self) -> Result<SeriesName> {
        SeriesName::new(&self.name)
    }

    /// One version of it.
    pub fn version(&self, number: VersionNumber) -> Option<&RecordedVersion> {
        self.versions.iter().find(|version| version.number == number)
    }
}

/// All reviews, by name.
pub fn all(db: &impl Read) -> Result<Vec<Recorded>> {
    let mut all: Vec<Recorded> =
        listing::list(db, Which::Reviews, Archived::Without)?.into_iter().map(recorded).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// The names of all series, also of those that are put away.
pub fn names(db: &impl Read) -> Result<BTreeSet<String>> {
    Ok(listing::list(db, Which::All, Archived::With)?.into_iter().map(|one| one.series.name).collect())
}

/// The review of that row.
pub fn find(db: &impl Read, id: SeriesId) -> Result<Option<Recorded>> {
    Ok(all(db)?.into_iter().find(|one| one.id == id))
}

fn recorded(listed: Listed) -> Recorded {
    let versions: Vec<RecordedVersion> = listed
        .versions
        .into_iter()
        .filter_map(|one| {
            Some(RecordedVersion {
                id: one.version.id,
                number: one.version.number?,
                patches: one.patches,
                total: one.version.details.total.unwrap_or(one.patches),
                started: one.version.details.started,
                // Of a version that patman recorded, nothing of that is known.
                is_waiting: one.version.details.started.is_none() && one.version.details.message_id.is_some(),
            })
        })
        .collect();
    Recorded {
        id: listed.series.id,
        name: listed.series.name,
        title: listed.series.desc.unwrap_or_default(),
        newest: versions.last().map_or(VersionNumber::FIRST, |version| version.number),
        versions,
    }
}

/// Where the worktrees of this repository were made, by series.
pub fn places(db: &impl Read, common_dir: &Path) -> Result<BTreeMap<SeriesId, PathBuf>> {
    Ok(worktree::list(db, common_dir)?.into_iter().map(|one| (one.series, one.path)).collect())
}

/// Where the worktree of a series was made in this repository.
pub fn place_of(db: &impl Read, series: SeriesId, common_dir: &Path) -> Result<Option<PathBuf>> {
    Ok(worktree::find(db, series, common_dir)?.map(|one| one.path))
}

/// Records where a worktree is.
pub fn set_place(db: &mut Db, series: SeriesId, common_dir: &Path, path: &Path) -> Result<()> {
    if place_of(db, series, common_dir)?.as_deref() == Some(path) {
        return Ok(());
    }
    let one =
        Worktree { series, common_dir: common_dir.to_owned(), path: path.to_owned(), created: Some(clock::now()) };
    db.write(|write| worktree::set(write, &one))
}

/// Records that nothing of a series is in use in this repository.
pub fn clear_place(db: &mut Db, series: SeriesId, common_dir: &Path) -> Result<()> {
    if !worktree::is_claimed(db, series, common_dir)? {
        return Ok(());
    }
    db.write(|write| worktree::remove(write, series, common_dir)).map(drop)
}

/// The series that mails belong to.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its name.
    pub name: SeriesName,
    /// Its row, if it has one.
    pub series: Option<SeriesId>,
    /// Whether patches of the version have come that were missing.
    pub has_grown: bool,
    /// Whether the version is recorded from another sending of it.
    pub is_resent: bool,
    /// Whether the user gave the name.
    is_given: bool,
}

impl Chosen {
    /// Where the worktree of the series was made in this repository.
    pub fn place(&self, reviews: &Reviews<'_>) -> Result<Option<PathBuf>> {
        self.series.map_or(Ok(None), |id| place_of(&reviews.db, id, reviews.repo.common_dir()))
    }
}

/// A version that has been recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name of its series.
    pub name: SeriesName,
    /// Row of its series.
    pub series: SeriesId,
    /// Its row.
    pub version: VersionId,
    /// Whether the series was recorded with it.
    pub is_new_series: bool,
    /// Whether it was recorded just now.
    pub is_new: bool,
    /// Whether this repository had nothing of the series before.
    pub is_claimed: bool,
    /// Whether patches of it have come that were missing.
    pub has_grown: bool,
    /// Whether it had come before, and nobody had begun to review it.
    pub was_waiting: bool,
}

/// Chooses the series that mails belong to: the one of the given name; else one that has this very series of a Patchwork,
/// or this very mail, else the same `change-id`, or the same title by the same author; else a new one, whose name
/// `is_taken` says is free.
pub fn choose(
    db: &impl Read,
    selected: &Selected,
    given: Option<&str>,
    is_taken: impl Fn(&str) -> Result<bool>,
) -> Result<Chosen> {
    let existing = match given {
        Some(given) => of_name(db, given, &is_taken)?,
        None => of_mails(db, selected)?,
    };
    if let Some(series) = existing {
        let row = version::find(db, series.id, selected.version.number)?;
        let first = row.as_ref().and_then(|row| row.details.message_id.clone());
        let link = row.as_ref().and_then(|row| row.link.clone());
        let there = row.map_or(Ok(usize::MAX), |row| patch::list(db, row.id).map(|patches| patches.len()))?;
        let has_grown = there < selected.version.patches.len();
        let own_link = selected.on_patchwork().map(|on| on.id.to_string());
        let is_resent = match first {
            Some(first) => selected.identity().is_some_and(|own| own.to_string() != first),
            // patman records no mail, only the number on Patchwork.
            None => link.zip(own_link).is_some_and(|(recorded, own)| recorded != own),
        };
        let name = SeriesName::new(&series.name)?;
        return Ok(Chosen { name, series: Some(series.id), has_grown, is_resent, is_given: given.is_some() });
    }
    let name = match given {
        Some(given) => name::given(given)?,
        None => {
            let key = selected.identity().map_or(String::new(), |id| id.to_string());
            let (title, author) = (&selected.version.title, &selected.version.author.name);
            let is_taken = |name: &str| Ok(series::find(db, name)?.is_some() || is_taken(name)?);
            match selected.on_patchwork() {
                Some(on) => name::of_link(on.upstream.as_deref(), on.id, &key, is_taken)?,
                None => name::unique(title, author, &key, is_taken)?,
            }
        }
    };
    Ok(Chosen { name, series: None, has_grown: false, is_resent: false, is_given: given.is_some() })
}

fn of_name(db: &impl Read, given: &str, is_taken: impl Fn(&str) -> Result<bool>) -> Result<Option<Series>> {
    let name = name::given(given)?;
    match series::find(db, name.as_str())? {
        Some(series) if series.source.as_deref() == Some(REVIEW) => Ok(Some(series)),
        Some(_) => Err(Error::new(format!("'{name}' is a series of your own")).with_hint("choose another --name")),
        None if is_taken(name.as_str())? => {
            Err(Error::new(format!("there is a branch '{name}' already")).with_hint("choose another --name"))
        }
        None => Ok(None),
    }
}

fn of_mails(db: &impl Read, selected: &Selected) -> Result<Option<Series>> {
    if let Some(series) = link::find(db, selected)? {
        return Ok(Some(series));
    }
    let is_review = |series: &Series| series.source.as_deref() == Some(REVIEW) && SeriesName::new(&series.name).is_ok();
    let same_title = |series: &Series| series.desc.as_deref() == Some(&selected.version.title);
    let first = selected.identity();
    let same_mail = first.map_or(Ok(None), |id: MessageId| version::find_message(db, &id.to_string()))?;
    // Anybody can write the Message-ID of somebody else's mail, so title and author must be the same too.
    if let Some(found) = same_mail.filter(|found| may_be_by(found, &selected.version.author))
        && let Some(series) = series::load(db, found.series)?.filter(is_review).filter(same_title)
    {
        return Ok(Some(series));
    }
    let change_id = selected.version.change_id();
    for series in series::reviews(db)?.into_iter().filter(is_review) {
        if !same_title(&series) && change_id.is_none() {
            continue;
        }
        let versions = version::list(db, series.id)?;
        if change_id.is_some() && versions.iter().any(|one| one.details.change_id == change_id) {
            return Ok(Some(series));
        }
        if same_title(&series) && versions.iter().all(|one| may_be_by(one, &selected.version.author)) {
            return Ok(Some(series));
        }
    }
    Ok(None)
}

/// Whether a version may have been sent by `author`: patman does not record who it was.
pub(super) fn may_be_by(version: &Version, author: &Person) -> bool {
    version.details.author_email.as_deref().is_none_or(|email| email.eq_ignore_ascii_case(&author.email))
}

/// Records series, version, patches and mails, and that this repository has the series. None if meanwhile another process
/// has recorded what `chosen` is about, or deleted it.
pub fn insert(
    db: &mut Db,
    chosen: &Chosen,
    selected: &Selected,
    (source, base): (&str, Oid),
    common_dir: &Path,
) -> Result<Option<Entry>> {
    let number = selected.version.number;
    let started = |db: &dyn Fn(SeriesId) -> Result<Option<Version>>, series| {
        Ok::<_, Error>(db(series)?.filter(|row| row.details.started.is_some() && !chosen.has_grown))
    };
    let entry = |series, version, is_claimed| Entry {
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
        // Another version of the series may have been recorded since, so that a name of its own is not wanted any more.
        let meant = if chosen.is_given { found } else { of_mails(write, selected)?.map(|series| series.id) };
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
                    upstream: selected.on_patchwork().and_then(|on| on.upstream.as_deref()),
                    source: Some(REVIEW),
                },
            )?,
        };
        let is_claimed = worktree::claim(write, series, common_dir, clock::now())?;
        if let Some(row) = started(&|series| version::find(write, series, number), series)? {
            return Ok(Some(entry(series, row.id, is_claimed)));
        }
        let before = version::find(write, series, number)?;
        let was_waiting = before.is_some_and(|row| row.details.started.is_none() && row.details.message_id.is_some());
        let details =
            Details { base: Some(base.to_string()), started: Some(clock::now()), ..details(selected, source) };
        let (version, is_new) = insert_version(write, series, selected, &details)?;
        let has_grown = chosen.has_grown;
        Ok(Some(Entry { is_new_series, is_new, has_grown, was_waiting, ..entry(series, version, is_claimed) }))
    })
}

/// Records a version with its patches and mails; says whether it was not there.
pub(super) fn insert_version(
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
            let first = selected.version.cover.as_ref().or(selected.version.patches.first().map(|one| &one.message));
            // Of a series with no cover letter, patman has no name.
            let subject = match selected.on_patchwork() {
                Some(on) => on.name.clone(),
                None => first.map(|message| message.subject().raw),
            };
            let (on_patchwork, details) = (link::place(selected), details.clone());
            let new = NewVersion { name: subject.as_deref(), on_patchwork, details, ..Default::default() };
            version::insert(write, series, number, &new)?
        }
    };
    if is_new || patch::list(write, version)?.is_empty() {
        insert_patches(write, version, selected)?;
    }
    insert_mails(write, version, selected)?;
    Ok((version, is_new))
}

/// What the mails of a version say of it.
pub(super) fn details(selected: &Selected, source: &str) -> Details {
    let mailed = &selected.version;
    let first = mailed.cover.as_ref().or_else(|| mailed.patches.first().map(|patch| &patch.message));
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

/// Records the patches of a version; what a Patchwork said of those that were there before stays.
fn insert_patches(write: &Write<'_>, version: VersionId, selected: &Selected) -> Result<()> {
    let before = patch::list(write, version)?;
    link::with_rows(selected, |new| {
        let kept = new.iter().map(|new| {
            let is_it = |old: &&patch::Patch| old.message_id.is_some() && old.message_id.as_deref() == new.message_id;
            let Some(old) = before.iter().find(is_it) else { return *new };
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

/// Keeps the mails themselves, so that a version can be applied again, compared and answered with no source at hand.
pub(super) fn insert_mails(write: &Write<'_>, version: VersionId, selected: &Selected) -> Result<()> {
    let mailed = &selected.version;
    if let Some(cover) = &mailed.cover {
        mail::insert(write, &own_mail(version, cover, 0, Kind::Cover))?;
    }
    for patch in &mailed.patches {
        mail::insert(write, &own_mail(version, &patch.message, patch.number, Kind::Patch))?;
    }
    mailed.replies.iter().try_for_each(|reply| mail::insert(write, &reply_mail(version, reply)).map(drop))
}

/// The cover letter or a patch of a version, as it is kept.
pub(super) fn own_mail(version: VersionId, message: &Message, number: u32, kind: Kind) -> Mail {
    let message_id = message.message_id().map(|id| id.to_string());
    Mail { version, seq: Some(number), kind, message_id, raw: message.raw().to_vec() }
}

/// Keeps the replies that have come since the version was recorded; writes nothing where there are none.
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
    db.write(|write| new.iter().try_for_each(|mail| mail::insert(write, mail).map(drop)))
}

/// An answer to a version, as it is kept.
pub(super) fn reply_mail(version: VersionId, reply: &Reply) -> Mail {
    let seq = match reply.to {
        ReplyTarget::Cover => Some(0),
        ReplyTarget::Patch(number) => Some(number),
        ReplyTarget::Unknown => None,
    };
    let message_id = reply.message.message_id().map(|id| id.to_string());
    Mail { version, seq, kind: Kind::Reply, message_id, raw: reply.message.raw().to_vec() }
}

/// Records the patches that have come since a version was recorded. This is done once refs hold them: until then, a run
/// that was killed leaves the version as one that lacks them.
pub fn grow(db: &mut Db, entry: &Entry, selected: &Selected) -> Result<()> {
    if !entry.has_grown {
        return Ok(());
    }
    db.write(|write| insert_patches(write, entry.version, selected))
}

/// Undoes [`insert`]: what was recorded just now goes, unless another repository has the series since; what was there
/// before stays.
pub fn take_back(db: &mut Db, entry: &Entry, common_dir: &Path) -> Result<()> {
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

/// Removes a version, and the series with its last one, unless another repository has the series.
pub fn remove_version(db: &mut Db, series: SeriesId, number: VersionNumber, common_dir: &Path) -> Result<()> {
    db.write(|write| {
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

/// Removes a series with all that hangs on it, unless another repository has it; says whether it did.
pub fn remove_series(db: &mut Db, series: SeriesId, common_dir: &Path) -> Result<bool> {
    db.write(|write| {
        if !clones::others(write, series, common_dir)?.is_empty() {
            return Ok(false);
        }
        Ok(delete::series(write, series)?.series > 0)
    })
}

/// The patches of a version, with nothing known of their commits yet.
pub fn patches(db: &impl Read, version: VersionId) -> Result<Vec<PatchReport>> {
    let rows = patch::list(db, version)?;
    let report = |row: patch::Patch| {
        let author = match (row.author_name, row.author_email) {
            (Some(name), Some(email)) => Person { name, email }.to_string(),
            (name, email) => name.or(email).unwrap_or_default(),
        };
        let subject = Subject::parse(&row.subject).title;
        PatchReport { seq: row.seq + 1, subject, author, commit: None, tree: None, how: None }
    };
    Ok(rows.into_iter().map(report).collect())
}

/// The mails of a version, as they were recorded.
pub fn mails(db: &impl Read, version: VersionId) -> Result<Vec<Mail>> {
    mail::list(db, version)
}
