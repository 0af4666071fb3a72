// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_repository`: the path of each repository that uses the database, by its id.
//!
//! `gitpatman_undo` and `gitpatman_worktree` name a repository by its common directory, as they did before ids
//! existed and as older programs still do. When a repository has moved, its rows there are updated.

use super::snapshot::SqlitePath;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::{OptionalExtension, named_params};
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
    let sql = "SELECT EXISTS (SELECT 1 FROM gitpatman_undo WHERE common_dir = ?1)
        OR EXISTS (SELECT 1 FROM gitpatman_worktree WHERE common_dir = ?1)";
    at(
        db,
        db.conn()
            .query_row(sql, [SqlitePath(common_dir)], |row| row.get(0)),
    )
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
    conn.execute(
        "UPDATE gitpatman_undo SET common_dir = ?2 WHERE common_dir = ?1 AND finished <= ?3",
        (SqlitePath(from), SqlitePath(to), until),
    )?;
    let mut query = conn.prepare(
        "SELECT series_id, path FROM gitpatman_worktree
        WHERE common_dir = ?1 AND coalesce(created, 0) <= ?2",
    )?;
    let rows = query.query_map((SqlitePath(from), until), |row| {
        let path = row.get_ref(1)?.as_bytes()?.to_vec();
        Ok((row.get::<_, i64>(0)?, path))
    })?;
    for (series, path) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        let path = moved(Path::new(OsStr::from_bytes(&path)), from, to);
        // A row that already exists is newer.
        conn.execute(
            "UPDATE OR IGNORE gitpatman_worktree SET common_dir = :to, path = :path
            WHERE series_id = :series AND common_dir = :from",
            named_params! {":to": SqlitePath(to), ":path": SqlitePath(&path), ":series": series, ":from": SqlitePath(from)},
        )?;
        conn.execute(
            "DELETE FROM gitpatman_worktree WHERE series_id = ?1 AND common_dir = ?2",
            (series, SqlitePath(from)),
        )?;
    }
    Ok(())
}

/// The new path of a file in a moved repository, below its common directory or the top of its main worktree.
fn moved(path: &Path, from: &Path, to: &Path) -> PathBuf {
    let tops = (from.parent(), to.parent());
    let is_plain = |dir: &Path| dir.file_name() == Some(OsStr::new(".git"));
    if let Ok(rest) = path.strip_prefix(from) {
        return to.join(rest);
    }
    match tops {
        (Some(from_top), Some(to_top)) if is_plain(from) && is_plain(to) => path
            .strip_prefix(from_top)
            .map_or_else(|_| path.to_owned(), |rest| to_top.join(rest)),
        _ => path.to_owned(),
    }
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
