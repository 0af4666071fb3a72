// SPDX-License-Identifier: GPL-2.0-or-later
//! A project on Patchwork: PROJECTS in git-patman-json(5).

use super::json_object;
use crate::db::patchwork::ProjectRow;
use crate::db::upstream::UpstreamRow;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};

json_object! {
    /// A project.
    pub struct ProjectJson<'a> from project: &'a ProjectRow {
        name: &'a str = &project.name,
        id: i64 = project.id,
        link_name: &'a str = &project.link_name,
        upstream: Option<&'a str> = project.upstream.as_deref(),
    }
}

/// The projects as a table; an upstream that is not among `upstreams` was deleted.
pub fn table(projects: &[ProjectRow], upstreams: &[UpstreamRow]) -> Table {
    let mut table = Table::new(&[
        ("PROJECT", Align::Flexible),
        ("ID", Align::Right),
        ("LINK NAME", Align::Left),
        ("UPSTREAM", Align::Left),
    ]);
    for project in projects {
        let upstream = match &project.upstream {
            None => Cell::painted("-", Paint::Dim),
            Some(name) if upstreams.iter().any(|upstream| upstream.name == *name) => {
                Cell::new(name)
            }
            Some(name) => Cell::painted(format!("{name} (deleted)"), Paint::Bad),
        };
        table.row([
            Cell::new(&project.name),
            Cell::new(project.id.to_string()),
            Cell::new(&project.link_name),
            upstream,
        ]);
    }
    table
}

/// A project in a line.
pub fn line(project: &ProjectRow) -> String {
    let of = project
        .upstream
        .as_ref()
        .map_or("no upstream".to_owned(), |name| {
            format!("upstream '{name}'")
        });
    format!(
        "'{}' (id {}, link name '{}') of {of}",
        project.name, project.id, project.link_name
    )
}
