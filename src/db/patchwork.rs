// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `patchwork`: the Patchwork project of each upstream. A row without an upstream dates from when there
//! was only one project.

use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::Row;

/// A project as stored in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// Its display name.
    pub name: String,
    /// Its number on the Patchwork.
    pub id: i64,
    /// Its name in URLs.
    pub link_name: String,
    /// The upstream that it belongs to.
    pub upstream: Option<String>,
}

const SELECT: &str = "SELECT name, proj_id, link_name, upstream FROM patchwork";

/// All projects, in the order they were set.
pub fn list(db: &impl Read) -> Result<Vec<ProjectRow>> {
    let sql = format!("{SELECT} ORDER BY rowid");
    let rows = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    at(db, rows)
}

/// The project of an upstream; for `None`, the project without an upstream. The newest, if there are several.
pub fn find(db: &impl Read, upstream: Option<&str>) -> Result<Option<ProjectRow>> {
    let sql = format!("{SELECT} WHERE upstream IS ?1 ORDER BY rowid DESC LIMIT 1");
    let rows: rusqlite::Result<Vec<ProjectRow>> = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([upstream], read)?.collect());
    Ok(at(db, rows)?.pop())
}

/// Sets the project of its upstream, replacing any other.
pub fn set(write: &Write<'_>, project: &ProjectRow) -> Result<()> {
    delete(write, project.upstream.as_deref())?;
    let sql = "INSERT INTO patchwork (name, proj_id, link_name, upstream) VALUES (?1, ?2, ?3, ?4)";
    let values = (
        &project.name,
        project.id,
        &project.link_name,
        &project.upstream,
    );
    at(write, write.conn().execute(sql, values)).map(drop)
}

/// Deletes the project of an upstream. Returns whether there was one.
pub fn delete(write: &Write<'_>, upstream: Option<&str>) -> Result<bool> {
    Ok(at(
        write,
        write
            .conn()
            .execute("DELETE FROM patchwork WHERE upstream IS ?1", [upstream]),
    )? > 0)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProjectRow> {
    Ok(ProjectRow {
        name: LenientRow::text(row, 0)?.unwrap_or_default(),
        id: row.number(1)?.unwrap_or_default(),
        link_name: LenientRow::text(row, 2)?.unwrap_or_default(),
        upstream: row.filled(3)?,
    })
}
