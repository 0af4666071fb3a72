// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_repository`: the path of each repository that uses the database, by its id.
//!
//! The rows of other tables name a repository by its common directory, as they did before ids existed and as older
//! programs still do (`RepositoryColumns`). When a repository has moved, they are updated.

use super::graph::{RepositoryColumns, TABLES, Table};
use super::snapshot::SqlitePath;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::{Connection, OptionalExtension};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The last known path of the repository with that id.
pub fn path_of(db: &impl Read, id: &str) -> Result<Option<PathBuf>> {
    let sql = "SELECT common_dir FROM gitpatman_repository WHERE id = ?1";
    let found = db.conn().query_row(sql, [id], |row| {
        let bytes = row.get_ref(0)?.as_bytes()?;
        Ok(PathBuf::from(OsStr::from_bytes(bytes)))
    });
    at(db, found.optional())
}

/// Whether rows name the repository with that common directory.
pub fn is_named(db: &impl Read, common_dir: &Path) -> Result<bool> {
    for (table, columns) in tables() {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1)",
            table.name, columns.common_dir
        );
        let found = db
            .conn()
            .query_row(&sql, [SqlitePath(common_dir)], |row| row.get(0));
        if at(db, found)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The tables whose rows name a repository by its common directory.
fn tables() -> impl Iterator<Item = (&'static Table, &'static RepositoryColumns)> {
    TABLES
        .iter()
        .filter_map(|table| Some((table, table.repository.as_ref()?)))
}

/// Records where a repository is. Rows that name its previous directory are updated.
pub fn set(write: &Write<'_>, id: &str, common_dir: &Path, now: i64) -> Result<()> {
    let before = path_of(write, id)?.filter(|before| before != common_dir);
    if let Some(before) = &before {
        at(write, move_rows(write, id, before, common_dir))?;
    }
    let sql = "INSERT INTO gitpatman_repository (id, common_dir, since) VALUES (?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET common_dir = ?2, since = ?3 WHERE common_dir != ?2";
    at(
        write,
        write.conn().execute(sql, (id, SqlitePath(common_dir), now)),
    )
    .map(drop)
}

fn move_rows(write: &Write<'_>, id: &str, from: &Path, to: &Path) -> rusqlite::Result<()> {
    let conn = write.conn();
    // Another repository may now be at the old path: rows written since then belong to it.
    let until: i64 = conn.query_row(
        "SELECT coalesce(min(since), ?3) FROM gitpatman_repository WHERE common_dir = ?1 AND id != ?2",
        (SqlitePath(from), id, i64::MAX),
        |row| row.get(0),
    )?;
    for (table, columns) in tables() {
        move_rows_of(conn, table.name, columns, (from, to), until)?;
    }
    Ok(())
}

/// Updates the rows of one table that were written up to the time `until`.
fn move_rows_of(
    conn: &Connection,
    table: &str,
    columns: &RepositoryColumns,
    (from, to): (&Path, &Path),
    until: i64,
) -> rusqlite::Result<()> {
    let common_dir = columns.common_dir;
    let path = columns.path.unwrap_or("NULL");
    let mut query = conn.prepare(&format!(
        "SELECT rowid, {path} FROM {table} WHERE {common_dir} = ?1 AND coalesce({}, 0) <= ?2",
        columns.written
    ))?;
    let rows = query.query_map((SqlitePath(from), until), |row| {
        let path = row.get_ref(1)?.as_bytes_or_null()?.map(<[u8]>::to_vec);
        Ok((row.get::<_, i64>(0)?, path))
    })?;
    for (row, path) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        // A row that already exists is newer.
        let sql = format!("UPDATE OR IGNORE {table} SET {common_dir} = ?2 WHERE rowid = ?1");
        if conn.execute(&sql, (row, SqlitePath(to)))? == 0 {
            let sql = format!("DELETE FROM {table} WHERE rowid = ?1");
            conn.execute(&sql, [row])?;
            continue;
        }
        if let (Some(column), Some(path)) = (columns.path, path) {
            let path = moved(Path::new(OsStr::from_bytes(&path)), from, to);
            let sql = format!("UPDATE {table} SET {column} = ?2 WHERE rowid = ?1");
            conn.execute(&sql, (row, SqlitePath(&path)))?;
        }
    }
    Ok(())
}

/// The new path of a file in a moved repository, below its common directory or the top of its main worktree.
fn moved(path: &Path, from: &Path, to: &Path) -> PathBuf {
    let tops = (from.parent(), to.parent());
    if let Ok(rest) = path.strip_prefix(from) {
        return to.join(rest);
    }
    match tops {
        (Some(from_top), Some(to_top)) if is_dot_git(from) && is_dot_git(to) => path
            .strip_prefix(from_top)
            .map_or_else(|_| path.to_owned(), |rest| to_top.join(rest)),
        _ => path.to_owned(),
    }
}

fn is_dot_git(dir: &Path) -> bool {
    dir.file_name() == Some(OsStr::new(".git"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_a_moved_repository_move_and_others_stay() {
        let (from, to) = (Path::new("/a/one/.git"), Path::new("/b/two/.git"));
        let moved = |path: &str| moved(Path::new(path), from, to);
        assert_eq!(
            moved("/a/one/.git/patman/worktrees/x"),
            Path::new("/b/two/.git/patman/worktrees/x")
        );
        assert_eq!(moved("/a/one/reviews/x"), Path::new("/b/two/reviews/x"));
        assert_eq!(moved("/a/reviews/x"), Path::new("/a/reviews/x"));
        assert_eq!(moved(""), Path::new(""));
    }
}
