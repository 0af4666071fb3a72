// SPDX-License-Identifier: GPL-2.0-or-later
//! The progress of the user's own series: versions with the states of their patches and their workflow rows.
//! Two queries, whatever the number of series.

use super::patch::{self, PatchRow};
use super::series::{self, Series, SeriesId};
use super::value::{self, LenientRow};
use super::version::{self, Version, VersionId};
use super::{Read, at};
use crate::clock;
use crate::error::Result;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use std::borrow::Cow;
use std::collections::HashMap;

/// What is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProgressQuery {
    /// This series alone, archived or not.
    pub series: Option<SeriesId>,
    /// Archived series too.
    pub archived: bool,
    /// All versions, not only the newest.
    pub all_versions: bool,
    /// The patches themselves, not only how many there are in which state.
    pub patches: bool,
}

/// A series and the versions that were asked for, the oldest first. It may have none.
#[derive(Debug, Clone)]
pub struct SeriesProgress {
    /// The series.
    pub series: Series,
    /// The versions.
    pub stages: Vec<VersionProgress>,
    /// When the user wants to look at it again, in seconds since 1970.
    pub todo: Option<i64>,
}

/// A version and the states of its patches.
#[derive(Debug, Clone)]
pub struct VersionProgress {
    /// The version.
    pub version: Version,
    /// How many comments the cover letter has on Patchwork.
    pub cover_comments: Option<i64>,
    /// When it was sent, in seconds since 1970.
    pub sent: Option<i64>,
    /// How many patches there are in each state, in the order of the first of each.
    pub states: Vec<(Option<String>, u32)>,
    /// How many comments the patches have on Patchwork; none where none was asked about.
    pub comments: Option<i64>,
    /// The patches, where they were asked for.
    pub patches: Vec<PatchRow>,
}

impl VersionProgress {
    /// How many comments Patchwork has on the patches and on the cover letter; none where it was not asked about any.
    pub fn all_comments(&self) -> Option<i64> {
        match (self.comments, self.cover_comments) {
            (Some(patches), cover) => Some(patches.saturating_add(cover.unwrap_or_default())),
            (None, cover) => cover,
        }
    }
}

/// Rows of `workflow` about a series.
#[derive(Default)]
struct WorkflowRows {
    todo: Option<i64>,
    /// When each version was sent; the version may be unknown.
    sent: Vec<(Option<VersionId>, i64)>,
}

/// Reads the progress of the user's own series, in the order in which they were added.
pub fn list(db: &impl Read, wanted: ProgressQuery) -> Result<Vec<SeriesProgress>> {
    let mut courses = at(db, collect(db, wanted))?;
    let mut noted = at(db, noted(db))?;
    for course in &mut courses {
        let Some(noted) = noted.remove(&course.series.id) else {
            continue;
        };
        course.todo = noted.todo;
        let is_only = course.stages.len() == 1
            && course.stages[0]
                .version
                .number
                .is_none_or(|number| number.get() == 1);
        for stage in &mut course.stages {
            let is_of = |id: &Option<VersionId>| id.map_or(is_only, |id| id == stage.version.id);
            let last = noted
                .sent
                .iter()
                .filter(|(id, _)| is_of(id))
                .map(|(_, when)| *when)
                .max();
            stage.sent = last.or(stage.sent);
        }
    }
    Ok(courses)
}

const SERIES: usize = series::WIDTH;
const PATCH: usize = SERIES + version::WIDTH + 1;

fn collect(db: &impl Read, wanted: ProgressQuery) -> rusqlite::Result<Vec<SeriesProgress>> {
    let which = match (wanted.series, wanted.archived) {
        (Some(SeriesId(id)), _) => format!("s.id = {id}"),
        (None, true) => "coalesce(s.source, '') != 'review'".to_owned(),
        (None, false) => {
            "coalesce(s.source, '') != 'review' AND NOT coalesce(CAST(s.archived AS INTEGER), 0)"
                .to_owned()
        }
    };
    // Not a subquery for each series: a database that cannot be written may have no index for it.
    let newest = match wanted.all_versions {
        true => "",
        false => {
            " AND v.id IN (SELECT id FROM
                (SELECT id, max(coalesce(CAST(version AS INTEGER), 0)) FROM ser_ver GROUP BY series_id))"
        }
    };
    let (columns, join) = match wanted.patches {
        true => (
            patch::COLUMNS,
            "LEFT JOIN gitpatman_patch AS x ON x.svid = p.svid AND x.seq = p.seq",
        ),
        false => ("p.id, p.state, p.num_comments", ""),
    };
    let sql = format!(
        "SELECT {}, {}, v.cover_num_comments, {columns} FROM series AS s
        LEFT JOIN ser_ver AS v ON v.series_id = s.id{newest}
        LEFT JOIN gitpatman_version AS o ON o.svid = v.id
        LEFT JOIN pcommit AS p ON p.svid = v.id {join}
        WHERE {which} ORDER BY s.id, v.version, v.id, p.seq, p.id",
        series::COLUMNS,
        version::COLUMNS
    );
    let mut query = db.conn().prepare(&sql)?;
    let mut rows = query.query([])?;
    let mut courses: Vec<SeriesProgress> = Vec::new();
    let mut last = (None, None);
    while let Some(row) = rows.next()? {
        let (id, version) = (row.number(0)?, row.number(SERIES)?);
        if courses.is_empty() || id != last.0 {
            courses.push(SeriesProgress {
                series: series::read(row)?,
                stages: Vec::new(),
                todo: None,
            });
            last = (id, None);
        }
        let Some(course) = courses.last_mut().filter(|_| version.is_some()) else {
            continue;
        };
        if version != last.1 {
            course.stages.push(stage(row)?);
            last.1 = version;
        }
        if let Some(stage) = course.stages.last_mut()
            && row.get_ref(PATCH)? != ValueRef::Null
        {
            add_patch(stage, row, wanted.patches)?;
        }
    }
    Ok(courses)
}

fn stage(row: &Row<'_>) -> rusqlite::Result<VersionProgress> {
    let version = version::read_from(row, SERIES)?;
    Ok(VersionProgress {
        sent: version.details.sent,
        version,
        cover_comments: row.number(PATCH - 1)?,
        states: Vec::new(),
        comments: None,
        patches: Vec::new(),
    })
}

fn add_patch(stage: &mut VersionProgress, row: &Row<'_>, whole: bool) -> rusqlite::Result<()> {
    let (state, comments) = if whole {
        (PATCH + 5, PATCH + 6)
    } else {
        (PATCH + 1, PATCH + 2)
    };
    if let Some(comments) = row.number(comments)? {
        stage.comments = Some(stage.comments.unwrap_or_default().saturating_add(comments));
    }
    // Most are in a state that was seen before: it is not copied then.
    let state = match row.get_ref(state)? {
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes)),
        other => value::text(other).map(Cow::Owned),
    };
    let state = state.filter(|state| !state.is_empty());
    match stage
        .states
        .iter_mut()
        .find(|(known, _)| known.as_deref() == state.as_deref())
    {
        Some((_, count)) => *count += 1,
        None => stage.states.push((state.map(Cow::into_owned), 1)),
    }
    if whole {
        stage.patches.push(patch::read_from(row, PATCH)?);
    }
    Ok(())
}

/// The workflow rows of each series.
fn noted(db: &impl Read) -> rusqlite::Result<HashMap<SeriesId, WorkflowRows>> {
    let sql = "SELECT series_id, type, timestamp, ser_ver_id, coalesce(CAST(archived AS INTEGER), 0) FROM workflow
        WHERE type IN ('sent', 'todo') ORDER BY id";
    let mut query = db.conn().prepare(sql)?;
    let mut rows = query.query([])?;
    let mut noted: HashMap<SeriesId, WorkflowRows> = HashMap::new();
    while let Some(row) = rows.next()? {
        let Some(id) = row.number(0)? else { continue };
        let Some(when) = LenientRow::text(row, 2)?.and_then(|text| clock::of_local(&text)) else {
            continue;
        };
        let about = noted.entry(SeriesId(id)).or_default();
        match row.get_ref(1)? {
            ValueRef::Text(b"todo") if !row.flag(4)? => about.todo = Some(when),
            ValueRef::Text(b"sent") => about.sent.push((row.number(3)?.map(VersionId), when)),
            _ => {}
        }
    }
    Ok(noted)
}
