// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series autolink-all`: finds all series on Patchwork.

use super::SeriesOption;
use crate::author::Author;
use crate::author::patchwork::autolink::{
    LinkCandidate, LinkChoice, LinkOutcome, LinkedVersion, VersionQuery, choose, search_all,
};
use crate::author::patchwork::servers::{flags, patchwork};
use crate::context::Context;
use crate::db::listing::{self, SeriesFilter};
use crate::db::series::Series;
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::output::Output;
use crate::source::server::PatchworkServer;
use crate::text::count;
use crate::view::autolink::{AutolinkJson, table};
use crate::view::each;
use clap::Args;

/// Find all your series on Patchwork and record their numbers
///
/// Searches for the newest version of each series on the Patchwork server of its upstream, as by 'git patman series
/// autolink'. Searches run in parallel, and versions with the same title share one. Partial matches are listed and
/// not linked. If a search fails, the others continue, and the exit status is 1.
#[derive(Debug, Args)]
pub struct AutolinkAll {
    /// Include all versions, not only the newest
    #[arg(short = 'a', long)]
    link_all_versions: bool,
    /// Replace existing links
    #[arg(short, long)]
    replace_existing: bool,
    #[command(flatten)]
    update: super::LinkUpdate,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

/// A version to search for.
struct VersionSought {
    series: Series,
    version: Version,
    wanted: Result<(PatchworkServer, VersionQuery)>,
}

impl AutolinkAll {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        _: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let mut rows = Vec::new();
        let sought = self.sought(author, &mut rows)?;
        let client = context.client(false)?;
        let asked: Vec<_> = sought
            .iter()
            .filter_map(|one| one.wanted.as_ref().ok())
            .map(|(a, b)| (a, b))
            .collect();
        let mut found = search_all(client, &asked).into_iter();
        for one in &sought {
            let found = match &one.wanted {
                Ok(_) => found.next().unwrap_or_else(|| Ok(Vec::new())),
                Err(why) => Err(why.again()),
            };
            rows.push(self.settle(author, one, found));
        }
        rows.sort_by(|a, b| (&a.series, a.version).cmp(&(&b.series, b.version)));
        if self.json {
            out.json(&each::<_, AutolinkJson<'_>>(&rows))?;
        } else if !rows.is_empty() {
            out.table(&table(&rows, author.dry_run))?;
        }
        self.tell(out, author, &rows, client.requests())
    }

    /// The versions to search for; versions that already have a link are added to the rows.
    fn sought(
        &self,
        author: &Author<'_>,
        rows: &mut Vec<LinkedVersion>,
    ) -> Result<Vec<VersionSought>> {
        let mut sought = Vec::new();
        for one in listing::by_name(&author.db, SeriesFilter::Own)?
            .into_iter()
            .filter(|one| !one.archived)
        {
            let mut versions = version::list(&author.db, one.id)?;
            if !self.link_all_versions {
                versions = versions.pop().into_iter().collect();
            }
            for version in versions {
                if version.link.is_some() && !self.replace_existing {
                    rows.push(row(
                        &one,
                        &version,
                        LinkOutcome::Kept,
                        version.link.clone(),
                        None,
                    ));
                    continue;
                }
                let servers =
                    author.servers(one.upstream.as_deref(), &super::branch(&one, &version));
                let wanted = servers.and_then(|servers| {
                    Ok((patchwork(&servers)?.clone(), author.wanted(&one, &version)?))
                });
                sought.push(VersionSought {
                    series: one.clone(),
                    version,
                    wanted,
                });
            }
        }
        Ok(sought)
    }

    /// Records the result of the search for one version.
    fn settle(
        &self,
        author: &mut Author<'_>,
        one: &VersionSought,
        found: Result<Vec<LinkCandidate>>,
    ) -> LinkedVersion {
        let row = |outcome, link, note| row(&one.series, &one.version, outcome, link, note);
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                return row(
                    LinkOutcome::Failed,
                    one.version.link.clone(),
                    Some(why.to_string()),
                );
            }
        };
        let LinkChoice::Found(summary, of) = choose(&found) else {
            let best = found.first();
            let note =
                best.map(|one| format!("series {}: {}", one.summary.id, one.against.join(", ")));
            let may_be = |wanted: &VersionQuery| found.iter().any(|one| one.may_be(wanted));
            let is_near = one.wanted.as_ref().is_ok_and(|(_, wanted)| may_be(wanted));
            let outcome = if is_near {
                LinkOutcome::Unsure
            } else {
                LinkOutcome::Missing
            };
            return row(outcome, one.version.link.clone(), note);
        };
        let link = summary.id.to_string();
        let note = (of > 1).then(|| format!("the newest of {of}"));
        if one.version.link.as_ref() == Some(&link) {
            return row(LinkOutcome::Kept, Some(link), note);
        }
        match author.record_link(
            &one.series,
            &one.version,
            summary.id,
            !self.update.no_update,
        ) {
            Ok(()) => row(LinkOutcome::Linked, Some(link), note),
            Err(why) => row(
                LinkOutcome::Failed,
                one.version.link.clone(),
                Some(why.to_string()),
            ),
        }
    }

    fn tell(
        &self,
        out: &Output,
        author: &Author<'_>,
        rows: &[LinkedVersion],
        requests: u64,
    ) -> Result<()> {
        let count = |outcome: LinkOutcome| rows.iter().filter(|row| row.outcome == outcome).count();
        let (linked, failed) = (count(LinkOutcome::Linked), count(LinkOutcome::Failed));
        let done = if author.dry_run {
            "would be linked"
        } else {
            "linked"
        };
        out.note(format!(
            "{linked} of {} versions {done} ({})",
            rows.len(),
            count::requests(requests)
        ));
        let open = rows
            .iter()
            .filter(|row| matches!(row.outcome, LinkOutcome::Unsure));
        for row in open {
            out.hint(format!(
                "to see the candidates: git patman series {} autolink",
                row.flags
            ));
        }
        match failed {
            0 => Ok(()),
            count => Err(Error::new(format!(
                "could not search for {count} of {} versions",
                rows.len()
            ))),
        }
    }
}

fn row(
    series: &Series,
    version: &Version,
    outcome: LinkOutcome,
    link: Option<String>,
    note: Option<String>,
) -> LinkedVersion {
    LinkedVersion {
        series: series.name.clone(),
        version: version.number,
        link,
        outcome,
        note,
        flags: flags(series, version),
    }
}
