// SPDX-License-Identifier: GPL-2.0-or-later
//! An upstream with its project: UPSTREAMS in git-patman-json(5).

use super::json_object;
use super::project::ProjectJson;
use crate::db::patchwork::ProjectRow;
use crate::db::upstream::UpstreamRow;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};

/// An upstream and its project on Patchwork.
#[derive(Debug)]
pub struct UpstreamLine<'a> {
    upstream: &'a UpstreamRow,
    project: Option<&'a ProjectRow>,
}

json_object! {
    /// An upstream.
    pub struct UpstreamJson<'a> from line: &UpstreamLine<'a> {
        name: &'a str = &line.upstream.name,
        url: &'a str = &line.upstream.url,
        default: bool = line.upstream.is_default,
        patchwork_url: Option<&'a str> = line.upstream.patchwork_url.as_deref(),
        project: Option<ProjectJson<'a>> = line.project.map(ProjectJson::from),
        identity: Option<&'a str> = line.upstream.identity.as_deref(),
        to: Option<&'a str> = line.upstream.series_to.as_deref(),
        no_maintainers: bool = line.upstream.no_maintainers,
        no_tags: bool = line.upstream.no_tags,
    }
}

/// Pairs each upstream with its project: the newest, if it has several.
pub fn lines<'a>(
    upstreams: &'a [UpstreamRow],
    projects: &'a [ProjectRow],
) -> Vec<UpstreamLine<'a>> {
    let project_of = |upstream: &UpstreamRow| {
        projects
            .iter()
            .rev()
            .find(|project| project.upstream.as_ref() == Some(&upstream.name))
    };
    upstreams
        .iter()
        .map(|upstream| UpstreamLine {
            upstream,
            project: project_of(upstream),
        })
        .collect()
}

/// The upstreams as a table.
pub fn table(lines: &[UpstreamLine<'_>]) -> Table {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("NAME", Align::Flexible),
        ("PROJECT", Align::Left),
        ("PATCHWORK", Align::Flexible),
        ("URL", Align::Flexible),
        ("OPTIONS", Align::Optional),
    ]);
    for UpstreamLine { upstream, project } in lines {
        let (mark, paint) = match upstream.is_default {
            true => ("*", Paint::Good),
            false => ("", Paint::Plain),
        };
        table.row([
            Cell::painted(mark, Paint::Good),
            Cell::painted(&upstream.name, paint),
            Cell::new(or_dash(project.map(|project| project.name.as_str()))),
            Cell::new(or_dash(upstream.patchwork_url.as_deref())),
            Cell::new(or_dash(Some(&upstream.url))),
            Cell::painted(options(upstream), Paint::Dim),
        ]);
    }
    table
}

fn or_dash(text: Option<&str>) -> &str {
    text.filter(|text| !text.is_empty()).unwrap_or("-")
}

/// The options for sending, in words.
fn options(upstream: &UpstreamRow) -> String {
    let named = [
        ("identity", &upstream.identity),
        ("to", &upstream.series_to),
    ];
    let mut words: Vec<String> = named
        .iter()
        .filter_map(|(what, value)| Some(format!("{what}={}", value.as_ref()?)))
        .collect();
    words.extend(upstream.no_maintainers.then(|| "no-maintainers".to_owned()));
    words.extend(upstream.no_tags.then(|| "no-tags".to_owned()));
    words.join(" ")
}
