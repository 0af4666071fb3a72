// SPDX-License-Identifier: GPL-2.0-or-later
//! The database records of a review.

mod choose;
mod write;

use super::report::PatchReport;
use crate::clock;
use crate::db::listing::{self, Archived, ListQuery, ListedSeries, SeriesFilter, VersionFilter};
use crate::db::mail::Mail;
use crate::db::patch;
use crate::db::series::SeriesId;
use crate::db::version::VersionId;
use crate::db::worktree::{self, Worktree};
use crate::db::{Db, Read, mail};
use crate::error::Result;
use crate::series::{Person, SeriesIdentity, SeriesName, VersionNumber, title};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(super) use choose::may_be_by;
pub use choose::{ChosenSeries, choose};
pub use write::{Doomed, RecordedEntry, grow, insert, remove_series, remove_version, take_back};
pub(super) use write::{details, insert_version, own_mail, reply_mail};

/// A review as recorded in the database.
#[derive(Debug, Clone)]
pub struct ReviewRow {
    /// Its row.
    pub id: SeriesId,
    /// Its name, which is not checked if another program wrote the database.
    pub name: String,
    /// What identifies the series, whatever its name.
    pub identity: Option<SeriesIdentity>,
    /// The title.
    pub title: String,
    /// The newest version.
    pub newest: VersionNumber,
    /// Its versions, the oldest first.
    pub versions: Vec<RecordedVersion>,
}

/// A version of a review as recorded in the database.
#[derive(Debug, Clone)]
pub struct RecordedVersion {
    /// Its row.
    pub id: VersionId,
    /// Its number.
    pub number: VersionNumber,
    /// How many of its patches are recorded.
    pub patches: u32,
    /// How many it should have.
    pub total: u32,
    /// When its review began, in seconds since 1970.
    pub started: Option<i64>,
    /// Whether it has arrived, and its review has not started.
    pub is_waiting: bool,
}

impl ReviewRow {
    /// Its name, checked.
    pub fn series_name(&self) -> Result<SeriesName> {
        SeriesName::new(&self.name)
    }

    /// One version of it.
    pub fn version(&self, number: VersionNumber) -> Option<&RecordedVersion> {
        self.versions
            .iter()
            .find(|version| version.number == number)
    }
}

/// All reviews, by name.
pub fn all(db: &impl Read) -> Result<Vec<ReviewRow>> {
    let query = ListQuery::of(SeriesFilter::Reviews, Archived::Without);
    let mut all: Vec<ReviewRow> = listing::list(db, query)?
        .into_iter()
        .map(recorded)
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// The names of all series, including archived series.
pub fn names(db: &impl Read) -> Result<BTreeSet<String>> {
    let query = ListQuery {
        versions: VersionFilter::None,
        ..ListQuery::of(SeriesFilter::All, Archived::With)
    };
    Ok(listing::list(db, query)?
        .into_iter()
        .map(|one| one.series.name)
        .collect())
}

/// The review of a row.
pub fn find(db: &impl Read, id: SeriesId) -> Result<Option<ReviewRow>> {
    let query = ListQuery {
        owner: SeriesFilter::Reviews,
        archived: Archived::Without,
        ..ListQuery::only(id)
    };
    Ok(listing::list(db, query)?.into_iter().map(recorded).next())
}

fn recorded(listed: ListedSeries) -> ReviewRow {
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
                // For a version that patman recorded, these details are unknown.
                is_waiting: one.version.details.started.is_none()
                    && one.version.details.message_id.is_some(),
            })
        })
        .collect();
    ReviewRow {
        id: listed.series.id,
        name: listed.series.name,
        identity: listed.identity,
        title: listed.series.desc.unwrap_or_default(),
        newest: versions
            .last()
            .map_or(VersionNumber::FIRST, |version| version.number),
        versions,
    }
}

/// The paths where the worktrees of this repository were created, by series.
pub fn places(db: &impl Read, common_dir: &Path) -> Result<BTreeMap<SeriesId, PathBuf>> {
    Ok(worktree::list(db, common_dir)?
        .into_iter()
        .map(|one| (one.series, one.path))
        .collect())
}

/// The path where the worktree of a series was created in this repository.
pub fn place_of(db: &impl Read, series: SeriesId, common_dir: &Path) -> Result<Option<PathBuf>> {
    Ok(worktree::find(db, series, common_dir)?.map(|one| one.path))
}

/// Records the path of a worktree.
pub fn set_place(db: &mut Db, series: SeriesId, common_dir: &Path, path: &Path) -> Result<()> {
    if place_of(db, series, common_dir)?.as_deref() == Some(path) {
        return Ok(());
    }
    let one = Worktree {
        series,
        common_dir: common_dir.to_owned(),
        path: path.to_owned(),
        created: Some(clock::now()),
    };
    db.write(|write| worktree::set(write, &one))
}

/// Records that a series is not in use in this repository.
pub fn clear_place(db: &mut Db, series: SeriesId, common_dir: &Path) -> Result<()> {
    if !worktree::is_claimed(db, series, common_dir)? {
        return Ok(());
    }
    db.write(|write| worktree::remove(write, series, common_dir))
        .map(drop)
}

/// The patches of a version, without data on their commits.
pub fn patches(db: &impl Read, version: VersionId) -> Result<Vec<PatchReport>> {
    let rows = patch::list(db, version)?;
    let report = |row: patch::PatchRow| {
        let identity = row.identity();
        let author = match (row.author_name, row.author_email) {
            (Some(name), Some(email)) => Person { name, email }.to_string(),
            (name, email) => name.or(email).unwrap_or_default(),
        };
        let subject = title(&row.subject);
        PatchReport {
            seq: row.seq + 1,
            subject,
            author,
            commit: None,
            tree: None,
            how: None,
            identity,
        }
    };
    Ok(rows.into_iter().map(report).collect())
}

/// The mails of a version, as they were recorded.
pub fn mails(db: &impl Read, version: VersionId) -> Result<Vec<Mail>> {
    mail::list(db, version)
}
