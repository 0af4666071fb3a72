// SPDX-License-Identifier: GPL-2.0-or-later
//! Data that depends on the versions to delete and that neither git nor the network can restore: written texts
//! and plans.

use super::version::Version;
use super::{Read, at};
use crate::error::Result;

/// How much depends on one or more versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hanging {
    /// Texts of reviews.
    pub reviews: i64,
    /// Replies.
    pub replies: i64,
    /// Open todo entries.
    pub todos: i64,
    /// Past entries: when versions were sent and reviewed, and finished todo entries.
    pub past: i64,
    /// Versions with notes.
    pub notes: i64,
    /// Mails.
    pub mails: i64,
}

impl Hanging {
    /// In words, such as `2 reviews and 1 todo`; `None` when nothing depends on it.
    pub fn words(&self) -> Option<String> {
        let kinds = [
            (self.reviews, "review", "reviews"),
            (self.replies, "reply", "replies"),
            (self.todos, "todo", "todos"),
            (
                self.past,
                "entry of the past workflow",
                "entries of the past workflow",
            ),
            (self.notes, "note of your own", "notes of your own"),
            (self.mails, "mail", "mails"),
        ];
        let there = kinds.iter().filter(|(count, ..)| *count > 0);
        let mut words: Vec<String> = there
            .map(|(count, one, many)| match count {
                1 => format!("1 {one}"),
                _ => format!("{count} {many}"),
            })
            .collect();
        let last = words.pop()?;
        if words.is_empty() {
            Some(last)
        } else {
            Some(format!("{} and {last}", words.join(", ")))
        }
    }

    fn add(&mut self, other: Hanging) {
        self.reviews += other.reviews;
        self.replies += other.replies;
        self.todos += other.todos;
        self.past += other.past;
        self.notes += other.notes;
        self.mails += other.mails;
    }
}

/// Counts what depends on a version.
pub fn on_version(db: &impl Read, version: &Version) -> Result<Hanging> {
    let mut hanging = of_rows(db, version)?;
    hanging.add(workflow(db, "ser_ver_id", version.id.0)?);
    Ok(hanging)
}

/// Counts what depends on a series that has these versions.
pub fn on_series(
    db: &impl Read,
    series: super::series::SeriesId,
    versions: &[Version],
) -> Result<Hanging> {
    let mut hanging = workflow(db, "series_id", series.0)?;
    for version in versions {
        hanging.add(of_rows(db, version)?);
    }
    Ok(hanging)
}

fn of_rows(db: &impl Read, version: &Version) -> Result<Hanging> {
    let count = |sql: &str| {
        at(
            db,
            db.conn().query_row(sql, [version.id.0], |row| row.get(0)),
        )
    };
    Ok(Hanging {
        reviews: count("SELECT count(*) FROM review WHERE svid = ?1")?,
        replies: count(
            "SELECT count(*) FROM reply WHERE svid = ?1 OR review_id IN (SELECT id FROM review WHERE svid = ?1)",
        )?,
        notes: i64::from(version.notes.is_some()),
        mails: count("SELECT count(*) FROM gitpatman_mail WHERE svid = ?1")?,
        ..Hanging::default()
    })
}

fn workflow(db: &impl Read, column: &'static str, id: i64) -> Result<Hanging> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE type = 'todo' AND coalesce(archived, 0) = 0), count(*) FROM workflow WHERE {column} = ?1"
    );
    let (todos, all): (i64, i64) = at(
        db,
        db.conn()
            .query_row(&sql, [id], |row| Ok((row.get(0)?, row.get(1)?))),
    )?;
    Ok(Hanging {
        todos,
        past: all - todos,
        ..Hanging::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_counted_in_words() {
        assert_eq!(Hanging::default().words(), None);
        let two = Hanging {
            reviews: 2,
            todos: 1,
            ..Hanging::default()
        };
        assert_eq!(two.words().as_deref(), Some("2 reviews and 1 todo"));
        let three = Hanging {
            replies: 1,
            notes: 1,
            ..two
        };
        assert_eq!(
            three.words().as_deref(),
            Some("2 reviews, 1 reply, 1 todo and 1 note of your own")
        );
    }
}
