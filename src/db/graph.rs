// SPDX-License-Identifier: GPL-2.0-or-later
//! The graph of tables: which rows belong to which, and what is done with them.
//!
//! Everything that handles whole series reads [`TABLES`]: copying and comparing them (`copy/`), deleting
//! (`delete.rs`), checking and repairing (`check.rs`, `repair.rs`), undoing (`rows.rs`), and counting what would be
//! lost (`dependents.rs`). A new table is one entry there; tests compare the entries with the schema.

mod tables;

pub(super) use tables::{SERIES, TABLES};

/// A table of any version of the schema.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// What one row is called in messages.
    pub(super) noun: &'static str,
    /// Columns that every version of patman's table has; they tell it from a table of another program.
    pub(super) signature: &'static [&'static str],
    /// The columns that identify a row.
    pub(super) key: &'static [&'static str],
    /// The rows that a row belongs to: it is deleted with any of them.
    pub(super) parents: &'static [Parent],
    /// What `db merge`, `db split` and `db join` do with the rows.
    pub(super) copy: CopyRule,
    /// Columns that get this value in a copy.
    pub(super) reset: &'static [(&'static str, Option<i64>)],
    /// Content that neither git nor the network can restore.
    pub(super) written: &'static [Written],
    /// How the rows name a repository, if they do.
    pub(super) repository: Option<RepositoryColumns>,
    /// Columns named like references that refer to nothing in another row.
    #[cfg_attr(not(test), expect(dead_code, reason = "only compared with the schema"))]
    pub(super) other_ids: &'static [&'static str],
}

/// A column that holds the row number of another table.
#[derive(Debug)]
pub(super) struct Parent {
    pub(super) column: &'static str,
    pub(super) table: &'static str,
    /// Whether the row is useless without this parent, and holds nothing that a user has written. A text that
    /// somebody wrote or sent is never removable: whoever deleted its parent may still want it.
    pub(super) removable: bool,
}

impl Parent {
    const fn removable(column: &'static str, table: &'static str) -> Parent {
        Parent {
            column,
            table,
            removable: true,
        }
    }

    const fn kept(column: &'static str, table: &'static str) -> Parent {
        Parent {
            column,
            table,
            removable: false,
        }
    }
}

/// What a copy does with the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CopyRule {
    /// They stay: they describe the database, its user's machine or its repositories.
    Never,
    /// They are the series themselves.
    Series,
    /// They are copied with their versions, and compared before a move deletes the originals.
    Versions,
    /// There is one for each series or clone. An existing one in the target is kept, and this `DO UPDATE` fills it
    /// in; they are not compared, since using either database changes them.
    OnePerSeries(&'static str),
    /// They belong to no series, and are copied unless the target has one with the same value in this column.
    ByName(&'static str),
    /// They belong to trees, not to series; those that the target lacks are copied.
    Results,
}

/// Some rows of a table, as content that would be lost.
#[derive(Debug)]
pub(super) struct Written {
    /// The condition, in SQL.
    pub(super) condition: &'static str,
    pub(super) singular: &'static str,
    pub(super) plural: &'static str,
}

/// The columns by which rows follow a repository that has moved.
#[derive(Debug)]
pub(super) struct RepositoryColumns {
    /// The common directory of the repository.
    pub(super) common_dir: &'static str,
    /// When the row was written, in seconds since 1970.
    pub(super) written: &'static str,
    /// A path that may be inside the repository.
    pub(super) path: Option<&'static str>,
}

/// A series, or some versions.
#[derive(Debug, Clone, Copy)]
pub(super) enum RowScope<'a> {
    /// The series of that row and all its versions.
    Series(i64),
    /// The versions of these rows, without their series.
    Versions(&'a [i64]),
}

impl Table {
    const NEW: Table = Table {
        name: "",
        noun: "",
        signature: &[],
        key: &["id"],
        parents: &[],
        copy: CopyRule::Never,
        reset: &[],
        written: &[],
        repository: None,
        other_ids: &[],
    };

    /// The condition, in SQL, for rows that belong to `scope`; `None` if rows of this table never do.
    pub(super) fn within(&self, scope: RowScope<'_>) -> Option<String> {
        if let Some(number) = scope.selects(self.name) {
            return Some(format!("id {number}"));
        }
        let conditions: Vec<String> = self
            .parents
            .iter()
            .filter_map(|parent| parent.within(scope))
            .collect();
        (!conditions.is_empty()).then(|| conditions.join(" OR "))
    }

    /// Whether rows of this table belong to series.
    pub(super) fn is_of_series(&self) -> bool {
        self.copy == CopyRule::Series
            || self
                .parents
                .iter()
                .any(|parent| table(parent.table).is_some_and(Table::is_of_series))
    }
}

impl Parent {
    fn within(&self, scope: RowScope<'_>) -> Option<String> {
        let (column, parent) = (self.column, self.table);
        if let Some(number) = scope.selects(parent) {
            return Some(format!("{column} {number}"));
        }
        let condition = table(parent)?.within(scope)?;
        Some(format!(
            "{column} IN (SELECT id FROM {parent} WHERE {condition})"
        ))
    }
}

impl RowScope<'_> {
    /// Compares a row number of the table with those of the scope, in SQL; `None` if the scope names no rows of it.
    fn selects(self, table: &str) -> Option<String> {
        match (self, table) {
            (RowScope::Series(id), SERIES) => Some(format!("= {id}")),
            (RowScope::Versions(ids), tables::VERSION) => {
                let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
                Some(format!("IN ({})", ids.join(", ")))
            }
            _ => None,
        }
    }
}

/// The table of that name.
pub(super) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// Every column that holds the row number of another table, with its table, parents before children.
pub(super) fn references() -> impl Iterator<Item = (&'static Table, &'static Parent)> {
    TABLES
        .iter()
        .flat_map(|table| table.parents.iter().map(move |parent| (table, parent)))
}

/// The tables that a copy treats by a rule for which `is_meant` holds, parents before children.
pub(super) fn copied(is_meant: fn(CopyRule) -> bool) -> impl Iterator<Item = &'static Table> {
    TABLES.iter().filter(move |table| is_meant(table.copy))
}

#[cfg(test)]
mod tests;
