// SPDX-License-Identifier: GPL-2.0-or-later
//! Data that depends on the versions to delete and that neither git nor the network can restore: written texts
//! and plans.

use super::graph::{RowScope, TABLES, Written};
use super::series::SeriesId;
use super::version::VersionId;
use super::{Read, at};
use crate::error::Result;

/// How much depends on a version or series, by kind.
#[derive(Debug, Clone, Default)]
pub struct Dependents(Vec<(i64, &'static Written)>);

impl Dependents {
    /// In words, such as `2 reviews and 1 todo`; `None` when nothing depends on it.
    pub fn words(&self) -> Option<String> {
        let mut words: Vec<String> = self
            .0
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, kind)| match count {
                1 => format!("1 {}", kind.singular),
                _ => format!("{count} {}", kind.plural),
            })
            .collect();
        let last = words.pop()?;
        if words.is_empty() {
            Some(last)
        } else {
            Some(format!("{} and {last}", words.join(", ")))
        }
    }
}

/// Counts what depends on a version.
pub fn on_version(db: &impl Read, version: VersionId) -> Result<Dependents> {
    at(db, count(db, RowScope::Versions(&[version.0])))
}

/// Counts what depends on a series and its versions.
pub fn on_series(db: &impl Read, series: SeriesId) -> Result<Dependents> {
    at(db, count(db, RowScope::Series(series.0)))
}

fn count(db: &impl Read, scope: RowScope<'_>) -> rusqlite::Result<Dependents> {
    let mut counts = Vec::new();
    for table in TABLES {
        let Some(condition) = table.within(scope) else {
            continue;
        };
        for kind in table.written {
            let sql = format!(
                "SELECT count(*) FROM {} WHERE ({condition}) AND {}",
                table.name, kind.condition
            );
            counts.push((db.conn().query_row(&sql, [], |row| row.get(0))?, kind));
        }
    }
    Ok(Dependents(counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_counted_in_words() {
        let [reviews, replies, todos] = ["review", "reply", "todo"].map(|singular| {
            let kinds = TABLES.iter().flat_map(|table| table.written);
            kinds.into_iter().find(|kind| kind.singular == singular)
        });
        let words = |counts: &[(i64, Option<&'static Written>)]| {
            let counts = counts
                .iter()
                .filter_map(|(count, kind)| Some((*count, (*kind)?)));
            Dependents(counts.collect()).words()
        };
        assert_eq!(words(&[(0, reviews)]), None);
        let two = words(&[(2, reviews), (0, replies), (1, todos)]);
        assert_eq!(two.as_deref(), Some("2 reviews and 1 todo"));
        let three = words(&[(2, reviews), (1, replies), (1, todos)]);
        assert_eq!(three.as_deref(), Some("2 reviews, 1 reply and 1 todo"));
    }
}
