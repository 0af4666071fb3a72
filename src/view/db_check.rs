// SPDX-License-Identifier: GPL-2.0-or-later
//! The findings of a check of the database: DATABASE CHECK in git-patman-json(5).

use super::{each, json_object};
use crate::db::check::{CheckReport, Dangling, Duplicate};
use crate::db::unknown_upstream::UnknownUpstream;
use crate::text::count::pluralize;
use crate::text::escape_controls;
use std::path::{Path, PathBuf};

json_object! {
    /// The findings.
    pub struct DbCheckJson<'a> from found: &'a CheckReport {
        path: &'a Path = &found.path,
        damage: &'a [String] = &found.damage,
        dangling: Vec<DanglingJson<'a>> = each(&found.dangling),
        duplicates: Vec<DuplicateJson<'a>> = each(&found.duplicates),
        foreign_files: &'a [PathBuf] = &found.foreign_files,
        unknown_upstreams: Vec<UnknownUpstreamJson<'a>> = each(&found.unknown_upstreams),
        without_versions: &'a [String] = &found.without_versions,
    }
}

json_object! {
    /// Rows that refer to a missing row.
    pub struct DanglingJson<'a> from dangling: &'a Dangling {
        table: &'a str = &dangling.table,
        column: &'a str = &dangling.column,
        parent: &'a str = &dangling.parent,
        rows: &'a [i64] = &dangling.rows,
        removable: bool = dangling.removable,
    }
}

json_object! {
    /// Versions of a series that have the same number.
    pub struct DuplicateJson<'a> from duplicate: &'a Duplicate {
        series: &'a str = &duplicate.series,
        version: &'a str = &duplicate.version,
        count: i64 = duplicate.count,
    }
}

json_object! {
    /// A series whose upstream does not exist.
    pub struct UnknownUpstreamJson<'a> from unknown: &'a UnknownUpstream {
        series: &'a str = &unknown.series,
        upstream: &'a str = &unknown.upstream,
        removable: bool = unknown.removable,
    }
}

/// The findings, one in a line.
pub fn text(found: &CheckReport) -> String {
    let mut text = String::new();
    for damage in &found.damage {
        text.push_str(&format!("damage: {}\n", escape_controls(damage)));
    }
    for one in &found.dangling {
        let rows: Vec<String> = one.rows.iter().take(8).map(i64::to_string).collect();
        let more = if one.rows.len() > 8 {
            format!(" and {} more", one.rows.len() - 8)
        } else {
            String::new()
        };
        let what = if one.removable {
            "--repair deletes them"
        } else {
            "they contain text and are kept"
        };
        text.push_str(&format!(
            "{}.{} refers to missing rows of {}: {} ({}{more}); {what}\n",
            one.table,
            one.column,
            one.parent,
            pluralize(one.rows.len(), "row", "rows"),
            rows.join(", ")
        ));
    }
    for one in &found.duplicates {
        text.push_str(&format!(
            "series '{}' has version {} {} times\n",
            one.series, one.version, one.count
        ));
    }
    for file in &found.foreign_files {
        text.push_str(&format!(
            "'{}' may not be written by you, and so not the database either\n",
            file.display()
        ));
    }
    for one in &found.unknown_upstreams {
        let what = if one.removable {
            "--repair clears it"
        } else {
            "it may have been set by a user, and is kept"
        };
        text.push_str(&format!(
            "series '{}' has the upstream '{}', which does not exist; {what}\n",
            one.series, one.upstream
        ));
    }
    for series in &found.without_versions {
        text.push_str(&format!(
            "series '{series}' has no versions (which is allowed)\n"
        ));
    }
    if found.is_ok() {
        text.push_str(&format!("'{}' is sound\n", found.path.display()));
    }
    text
}
