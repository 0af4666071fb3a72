// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream ls`: lists the upstreams.

use crate::commands::Requirements;
use crate::context::Context;
use crate::db::patchwork::{self, ProjectRow};
use crate::db::upstream::{self, UpstreamRow};
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use clap::Args;
use serde::Serialize;

/// List the upstreams
///
/// The default upstream is marked with an asterisk.
#[derive(Debug, Args)]
pub struct UpstreamLs {
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct UpstreamJson {
    name: String,
    url: String,
    default: bool,
    patchwork_url: Option<String>,
    project: Option<ProjectRow>,
    identity: Option<String>,
    to: Option<String>,
    no_maintainers: bool,
    no_tags: bool,
}

impl UpstreamJson {
    fn new(row: UpstreamRow, projects: &[ProjectRow]) -> Self {
        let project = projects
            .iter()
            .rev()
            .find(|one| one.upstream.as_deref() == Some(&row.name))
            .cloned();
        UpstreamJson {
            name: row.name,
            url: row.url,
            default: row.is_default,
            patchwork_url: row.patchwork_url,
            project,
            identity: row.identity,
            to: row.series_to,
            no_maintainers: row.no_maintainers,
            no_tags: row.no_tags,
        }
    }

    /// The text for the options for sending.
    fn options(&self) -> String {
        let named = [("identity", &self.identity), ("to", &self.to)];
        let mut words: Vec<String> = named
            .iter()
            .filter_map(|(what, value)| Some(format!("{what}={}", value.as_ref()?)))
            .collect();
        words.extend(self.no_maintainers.then(|| "no-maintainers".to_owned()));
        words.extend(self.no_tags.then(|| "no-tags".to_owned()));
        words.join(" ")
    }
}

impl UpstreamLs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let (db, out) = (context.db()?, context.out());
        let projects = patchwork::list(&db)?;
        let all: Vec<UpstreamJson> = upstream::list(&db)?
            .into_iter()
            .map(|row| UpstreamJson::new(row, &projects))
            .collect();
        if self.json {
            return out.json(&all);
        }
        if all.is_empty() {
            out.note("there is no upstream yet");
            out.hint("to add one: git patman upstream add <name> <url>");
            return Ok(());
        }
        let mut table = Table::new(&[
            ("", Align::Left),
            ("NAME", Align::Flexible),
            ("PROJECT", Align::Left),
            ("PATCHWORK", Align::Flexible),
            ("URL", Align::Flexible),
            ("OPTIONS", Align::Optional),
        ]);
        let or_dash = |text: Option<&str>| {
            text.filter(|text| !text.is_empty())
                .unwrap_or("-")
                .to_owned()
        };
        for one in &all {
            table.row([
                Cell::painted(if one.default { "*" } else { "" }, Paint::Good),
                Cell::painted(
                    &one.name,
                    if one.default {
                        Paint::Good
                    } else {
                        Paint::Plain
                    },
                ),
                Cell::new(or_dash(
                    one.project.as_ref().map(|project| project.name.as_str()),
                )),
                Cell::new(or_dash(one.patchwork_url.as_deref())),
                Cell::new(or_dash(Some(&one.url))),
                Cell::painted(one.options(), Paint::Dim),
            ]);
        }
        out.table(&table)
    }
}
