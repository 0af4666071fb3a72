// SPDX-License-Identifier: GPL-2.0-or-later
//! The one query of series: which are listed, with which of their versions, and what is read of their patches.
//!
//! Every list, summary, search and completion asks it, so that two commands cannot give two answers. It is one statement,
//! whatever the number of series; a second one reads when versions were sent and reminders are due.

use super::patch::{self, PatchRow};
use super::series::{self, Series, SeriesId};
use super::value::{self, LenientRow};
use super::version::{self, Version, VersionId};
use super::{Read, at};
use crate::clock;
use crate::error::Result;
use crate::series::{SeriesIdentity, VersionNumber, state};
use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};
use std::borrow::Cow;
use std::collections::HashMap;

/// Whose series are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesFilter {
    /// Other authors' series, under review.
    Reviews,
    /// The user's own.
    Own,
    /// Both.
    All,
}

/// Whether archived series are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archived {
    /// They are left out.
    Without,
    /// They are listed too.
    With,
    /// Only they are listed.
    Only,
}

/// The names of the series that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFilter<'q> {
    /// All names.
    Any,
    /// This name.
    Is(&'q str),
    /// Names that begin so; they are listed by name.
    StartsWith(&'q str),
    /// The series of this row, whatever its name.
    Row(SeriesId),
}

/// The versions that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionFilter {
    /// No versions, nor the identity of the series, which follows from them.
    None,
    /// The newest.
    Newest,
    /// All of them.
    All,
}

/// What is read of the patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchDetail {
    /// Nothing.
    None,
    /// How many there are.
    Count,
    /// How many there are in each state, and how many comments they have.
    States,
    /// The patches themselves, with their states.
    Rows,
}

/// What is listed.
#[derive(Debug, Clone, Copy)]
pub struct ListQuery<'q> {
    /// Whose series.
    pub owner: SeriesFilter,
    /// Whether archived series are listed.
    pub archived: Archived,
    /// Which names.
    pub name: NameFilter<'q>,
    /// Which versions.
    pub versions: VersionFilter,
    /// What is read of their patches.
    pub patches: PatchDetail,
    /// Whether it is read when versions were sent and when reminders are due.
    pub dates: bool,
}

impl<'q> ListQuery<'q> {
    /// All versions of these series, with the number of their patches.
    pub fn of(owner: SeriesFilter, archived: Archived) -> ListQuery<'q> {
        ListQuery {
            owner,
            archived,
            name: NameFilter::Any,
            versions: VersionFilter::All,
            patches: PatchDetail::Count,
            dates: false,
        }
    }

    /// The same for one series, whoever's it is and whether or not it is archived.
    pub fn only(id: SeriesId) -> ListQuery<'q> {
        ListQuery {
            name: NameFilter::Row(id),
            ..ListQuery::of(SeriesFilter::All, Archived::With)
        }
    }

    /// The WHERE clause on the table `s`, and the value of its parameter.
    fn condition(&self) -> (String, Value) {
        let owner = match self.owner {
            SeriesFilter::Reviews => "s.source = 'review'",
            SeriesFilter::Own => "(s.source IS NULL OR s.source != 'review')",
            SeriesFilter::All => "1",
        };
        // In old databases the column may hold any value; a value other than zero counts as yes.
        let archived = match self.archived {
            Archived::Without => "NOT coalesce(CAST(s.archived AS INTEGER), 0)",
            Archived::With => "1",
            Archived::Only => "coalesce(CAST(s.archived AS INTEGER), 0)",
        };
        let text = |name: &str| Value::Text(name.to_owned());
        let (name, value) = match self.name {
            NameFilter::Any => ("?1 IS NULL", Value::Null),
            NameFilter::Is(name) => ("s.name = ?1", text(name)),
            // No name sorts after the last Unicode character.
            NameFilter::StartsWith(start) => {
                ("s.name >= ?1 AND s.name < ?1 || char(1114111)", text(start))
            }
            NameFilter::Row(SeriesId(id)) => ("s.id = ?1", Value::Integer(id)),
        };
        (format!("{name} AND {owner} AND {archived}"), value)
    }
}

/// A series with the versions that were asked for, the oldest first. It may have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSeries {
    /// The series.
    pub series: Series,
    /// What identifies it, whatever its name; none if no version has any.
    pub identity: Option<SeriesIdentity>,
    /// The versions.
    pub versions: Vec<ListedVersion>,
    /// When the user wants to look at it again.
    pub reminder: Option<Reminder>,
}

/// A version, with what was asked for of its patches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedVersion {
    /// The version.
    pub version: Version,
    /// How many comments the cover letter has on Patchwork.
    pub cover_comments: Option<i64>,
    /// When it was sent, in seconds since 1970.
    pub sent: Option<i64>,
    /// The number of its patches.
    pub patches: u32,
    /// How many patches there are in each state, in the order of the first of each.
    pub states: Vec<(Option<String>, u32)>,
    /// How many comments the patches have on Patchwork; none if they were not fetched.
    pub comments: Option<i64>,
    /// The patches.
    pub rows: Vec<PatchRow>,
}

/// When the user wants to look at a series again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// The local time, as it is stored.
    pub text: Option<String>,
    /// In seconds since 1970; none if the text is not a time.
    pub due: Option<i64>,
}

impl ListedSeries {
    /// The newest version.
    pub fn newest(&self) -> Option<&ListedVersion> {
        self.versions.last()
    }

    /// The title of the series, or that of a version if the series has none.
    pub fn title<'s>(&'s self, version: Option<&'s ListedVersion>) -> Option<&'s str> {
        let of_version = version.and_then(|version| version.version.desc.as_deref());
        self.series.desc.as_deref().or(of_version)
    }

    /// When the reminder is due, in seconds since 1970.
    pub fn due(&self) -> Option<i64> {
        self.reminder.as_ref().and_then(|reminder| reminder.due)
    }
}

impl ListedVersion {
    /// How many of its patches are accepted.
    pub fn accepted(&self) -> u32 {
        let accepted = self
            .states
            .iter()
            .filter(|(state, _)| state::is_accepted(state.as_deref()));
        accepted.map(|(_, count)| count).sum()
    }

    /// How many comments Patchwork has on the patches and on the cover letter; none if they were not fetched.
    pub fn all_comments(&self) -> Option<i64> {
        match (self.comments, self.cover_comments) {
            (Some(patches), cover) => Some(patches.saturating_add(cover.unwrap_or_default())),
            (None, cover) => cover,
        }
    }
}

/// Lists series, in the order in which they were added.
pub fn list(db: &impl Read, query: ListQuery<'_>) -> Result<Vec<ListedSeries>> {
    let columns = at(db, PatchColumns::of(db, query.patches))?;
    let mut listed: Vec<ListedSeries> = Vec::new();
    let mut last = (None, None);
    let read = |row: &Row<'_>| {
        let id = row.number(0)?;
        if listed.is_empty() || id != last.0 {
            listed.push(ListedSeries {
                series: series::read(row)?,
                identity: None,
                versions: Vec::new(),
                reminder: None,
            });
            last = (id, None);
        }
        let Some(one) = listed
            .last_mut()
            .filter(|_| query.versions != VersionFilter::None)
        else {
            return Ok(());
        };
        let version = row.number(VERSION)?;
        if version.is_none() {
            return Ok(());
        }
        if version != last.1 {
            last.1 = version;
            let (change_id, message_id) = version::identity_from(row, VERSION)?;
            SeriesIdentity::add(&mut one.identity, change_id, message_id);
            if row.flag(IS_LISTED)? {
                one.versions.push(read_version(row)?);
            }
        }
        match one.versions.last_mut() {
            Some(listed) if Some(listed.version.id.0) == version => {
                add_patch(listed, row, query.patches)
            }
            _ => Ok(()),
        }
    };
    at(db, each_row(db, &query, &columns, read))?;
    if query.dates {
        let mut dates = at(db, dates(db))?;
        for one in &mut listed {
            if let Some(dates) = dates.remove(&one.series.id) {
                dates.add_to(one);
            }
        }
    }
    Ok(listed)
}

/// All series of an owner, archived or not, by name.
pub fn by_name(db: &impl Read, owner: SeriesFilter) -> Result<Vec<Series>> {
    let query = ListQuery {
        name: NameFilter::StartsWith(""),
        versions: VersionFilter::None,
        ..ListQuery::of(owner, Archived::With)
    };
    let listed = list(db, query)?.into_iter();
    Ok(listed.map(|one| one.series).collect())
}

/// The columns of a row: those of the series, of the version, and then of a patch.
const VERSION: usize = series::WIDTH;
const COVER_COMMENTS: usize = VERSION + version::WIDTH;
const IS_LISTED: usize = COVER_COMMENTS + 1;
const PATCH: usize = IS_LISTED + 1;

/// Whether `v` is the newest version of its series. The inner query is run once, not for each series: a database that cannot
/// be written may have no index for it.
const IS_NEWEST: &str =
    "v.id IN (SELECT id FROM (SELECT id, max(coalesce(CAST(version AS INTEGER), 0)) FROM ser_ver
    GROUP BY series_id))";

/// What is selected of patches: the columns, the joins, and the order. In the joins, `$listed` is whether the version `v` is
/// listed.
struct PatchColumns {
    columns: &'static str,
    joins: &'static str,
    order: &'static str,
}

impl PatchColumns {
    fn of(db: &impl Read, detail: PatchDetail) -> rusqlite::Result<PatchColumns> {
        let (columns, joins, order) = match detail {
            PatchDetail::None => ("NULL", "", ""),
            PatchDetail::Count if is_indexed(db)? => (
                "(SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id)",
                "",
                "",
            ),
            // One pass over all patches: a database that cannot be written may have no index.
            PatchDetail::Count => (
                "c.patches",
                "LEFT JOIN (SELECT svid, count(*) AS patches FROM pcommit GROUP BY svid) AS c ON c.svid = v.id",
                "",
            ),
            PatchDetail::States => (
                "p.id, p.state, p.num_comments",
                "LEFT JOIN pcommit AS p ON p.svid = v.id AND $listed",
                ", p.seq, p.id",
            ),
            PatchDetail::Rows => (
                patch::COLUMNS,
                "LEFT JOIN pcommit AS p ON p.svid = v.id AND $listed
                LEFT JOIN gitpatman_patch AS x ON x.svid = p.svid AND x.seq = p.seq",
                ", p.seq, p.id",
            ),
        };
        Ok(PatchColumns {
            columns,
            joins,
            order,
        })
    }
}

/// Whether the patches of a version can be looked up.
fn is_indexed(db: &impl Read) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'index' AND name = 'gitpatman_pcommit_svid')";
    db.conn().query_row(sql, [], |row| row.get(0))
}

/// Reads the rows of a query: one for each patch, for each version without patches, and for each series without versions.
fn each_row(
    db: &impl Read,
    query: &ListQuery<'_>,
    patches: &PatchColumns,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let (condition, value) = query.condition();
    let by_name = matches!(query.name, NameFilter::StartsWith(_));
    let listed = match query.versions {
        VersionFilter::Newest => IS_NEWEST,
        VersionFilter::None | VersionFilter::All => "v.id IS NOT NULL",
    };
    let order = if by_name { "s.name, s.id" } else { "s.id" };
    let sql = match query.versions {
        VersionFilter::None => format!(
            "SELECT {} FROM series AS s WHERE {condition} ORDER BY {order}",
            series::COLUMNS
        ),
        VersionFilter::Newest | VersionFilter::All => format!(
            "SELECT {}, {}, v.cover_num_comments, {listed}, {} FROM series AS s
            LEFT JOIN ser_ver AS v ON v.series_id = s.id
            LEFT JOIN gitpatman_version AS o ON o.svid = v.id {}
            WHERE {condition} ORDER BY {order}, v.version, v.id{}",
            series::COLUMNS,
            version::COLUMNS,
            patches.columns,
            patches.joins.replace("$listed", listed),
            patches.order,
        ),
    };
    let mut query = db.conn().prepare(&sql)?;
    let mut rows = query.query([value])?;
    while let Some(row) = rows.next()? {
        read(row)?;
    }
    Ok(())
}

fn read_version(row: &Row<'_>) -> rusqlite::Result<ListedVersion> {
    let version = version::read_from(row, VERSION)?;
    Ok(ListedVersion {
        sent: version.details.sent,
        version,
        cover_comments: row.number(COVER_COMMENTS)?,
        patches: 0,
        states: Vec::new(),
        comments: None,
        rows: Vec::new(),
    })
}

fn add_patch(
    listed: &mut ListedVersion,
    row: &Row<'_>,
    detail: PatchDetail,
) -> rusqlite::Result<()> {
    let (state, comments) = match detail {
        PatchDetail::None => return Ok(()),
        PatchDetail::Count => {
            listed.patches = small(row.number(PATCH)?).unwrap_or_default();
            return Ok(());
        }
        PatchDetail::States => (PATCH + 1, PATCH + 2),
        PatchDetail::Rows => (PATCH + 5, PATCH + 6),
    };
    if row.get_ref(PATCH)? == ValueRef::Null {
        return Ok(());
    }
    listed.patches += 1;
    if let Some(comments) = row.number(comments)? {
        listed.comments = Some(listed.comments.unwrap_or_default().saturating_add(comments));
    }
    let state = borrowed(row, state)?.filter(|state| !state.is_empty());
    match listed
        .states
        .iter_mut()
        .find(|(known, _)| known.as_deref() == state.as_deref())
    {
        Some((_, count)) => *count += 1,
        None => listed.states.push((state.map(Cow::into_owned), 1)),
    }
    if detail == PatchDetail::Rows {
        listed.rows.push(patch::read_from(row, PATCH)?);
    }
    Ok(())
}

/// A column as text, which is not copied if it is UTF-8.
fn borrowed<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<Option<Cow<'r, str>>> {
    let value = row.get_ref(column)?;
    Ok(match value.as_str() {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => value::text(value).map(Cow::Owned),
    })
}

fn small(number: Option<i64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

/// The dates of a series in `workflow`.
#[derive(Default)]
struct Dates {
    reminder: Option<Reminder>,
    /// When each version was sent; the version may be unknown.
    sent: Vec<(Option<VersionId>, i64)>,
}

impl Dates {
    fn add_to(self, one: &mut ListedSeries) {
        one.reminder = self.reminder;
        let is_only = one.versions.len() == 1
            && one.versions[0]
                .version
                .number
                .is_none_or(|number| number == VersionNumber::FIRST);
        for version in &mut one.versions {
            let of_version = self
                .sent
                .iter()
                .filter(|(id, _)| id.map_or(is_only, |id| id == version.version.id));
            let last = of_version.map(|(_, when)| *when).max();
            version.sent = last.or(version.sent);
        }
    }
}

fn dates(db: &impl Read) -> rusqlite::Result<HashMap<SeriesId, Dates>> {
    let sql = "SELECT series_id, type, timestamp, ser_ver_id, coalesce(CAST(archived AS INTEGER), 0) FROM workflow
        WHERE type IN ('sent', 'todo') ORDER BY id";
    let mut query = db.conn().prepare(sql)?;
    let mut rows = query.query([])?;
    let mut dates: HashMap<SeriesId, Dates> = HashMap::new();
    while let Some(row) = rows.next()? {
        let Some(id) = row.number(0)? else { continue };
        let text = row.filled(2)?;
        let when = text.as_deref().and_then(clock::of_local);
        let of_series = dates.entry(SeriesId(id)).or_default();
        match (row.get_ref(1)?, when) {
            (ValueRef::Text(b"todo"), due) if !row.flag(4)? => {
                of_series.reminder = Some(Reminder { text, due });
            }
            (ValueRef::Text(b"sent"), Some(when)) => {
                of_series.sent.push((row.number(3)?.map(VersionId), when));
            }
            _ => {}
        }
    }
    Ok(dates)
}

/// The kind of a searchable text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// The title of a version.
    Title,
    /// The subject of its cover letter on Patchwork.
    Cover,
    /// Its number on Patchwork.
    Link,
    /// The identity that versions share.
    ChangeId,
    /// The subject of a patch.
    Subject,
}

/// Where a text is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLocation {
    /// The series.
    pub series: SeriesId,
    /// The version; none if the database holds something that is not a version.
    pub version: Option<VersionNumber>,
    /// The number of the patch, from 1.
    pub patch: Option<u32>,
    /// The kind of text.
    pub kind: TextKind,
}

/// Passes every searchable text of these series to `see`, and stores none: those of each version, then those of its patches.
pub fn each_text(
    db: &impl Read,
    query: ListQuery<'_>,
    see: &mut dyn FnMut(TextLocation, &str),
) -> Result<()> {
    const SEQ: usize = PATCH + 1;
    let query = ListQuery {
        versions: VersionFilter::All,
        ..query
    };
    let of_versions = [
        (VERSION + version::DESC, TextKind::Title),
        (VERSION + version::NAME, TextKind::Cover),
        (VERSION + version::LINK, TextKind::Link),
        (VERSION + version::CHANGE_ID, TextKind::ChangeId),
    ];
    let of_patches = [
        (PATCH + 2, TextKind::Subject),
        (PATCH + 3, TextKind::ChangeId),
    ];
    let columns = PatchColumns {
        columns: "p.id, p.seq, p.subject, p.change_id",
        joins: "LEFT JOIN pcommit AS p ON p.svid = v.id AND $listed",
        order: ", p.seq, p.id",
    };
    let mut last = None;
    let read = |row: &Row<'_>| {
        let id = row.number(VERSION)?;
        if id.is_none() {
            return Ok(());
        }
        let location = |patch, kind| -> rusqlite::Result<TextLocation> {
            Ok(TextLocation {
                series: SeriesId(row.number(0)?.unwrap_or_default()),
                version: small(row.number(VERSION + version::NUMBER)?).and_then(VersionNumber::new),
                patch,
                kind,
            })
        };
        if id != last {
            last = id;
            for (column, kind) in of_versions {
                if let Some(text) = borrowed(row, column)? {
                    see(location(None, kind)?, &text);
                }
            }
        }
        if row.get_ref(PATCH)? == ValueRef::Null {
            return Ok(());
        }
        let seq = small(row.number(SEQ)?).unwrap_or_default();
        for (column, kind) in of_patches {
            if let Some(text) = borrowed(row, column)? {
                see(location(Some(seq.saturating_add(1)), kind)?, &text);
            }
        }
        Ok(())
    };
    at(db, each_row(db, &query, &columns, read))
}
