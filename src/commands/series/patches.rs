// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series patches`: lists the patches of a version.

use super::SeriesOption;
use crate::author::Author;
use crate::author::branch::commits::{BranchCommits, CommitSource, not_here};
use crate::context::Context;
use crate::db::patch;
use crate::db::series::{REVIEW, Series};
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::exec::become_command;
use crate::output::Output;
use crate::series::VersionNumber;
use crate::text::shell_quote;
use crate::view::patches::{PatchesJson, VersionPatches, name};
use clap::Args;

/// List the patches of a version with their commits and states on Patchwork
///
/// Each patch is shown with its current commit, even after a rebase; patches that were reordered, renamed or
/// dropped since the last scan are marked. The version may belong to a review or to an archived series.
#[derive(Debug, Args)]
pub struct Patches {
    /// Show each commit with a diffstat
    #[arg(short = 't', long)]
    commit: bool,
    /// Show each commit with its diff
    #[arg(short, long)]
    patch: bool,
    /// Print JSON; see git-patman-json(5)
    #[arg(long, conflicts_with_all = ["commit", "patch"])]
    json: bool,
}

impl Patches {
    pub(super) fn run(
        &self,
        context: &Context,
        author: Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (series, version) = author.version(&which.chosen())?;
        let patches = patch::list(&author.db, version.id)?;
        let commits = author
            .commits_of(&series, &version, &patches)
            .unwrap_or_else(|error| {
                out.warn(format!(
                    "the commits of {} cannot be read: {error}",
                    name(&series, &version)
                ));
                None
            });
        if self.commit || self.patch {
            let Some(commits) = commits.filter(|known| !known.placed.commits.is_empty()) else {
                return Err(not_here(&series, &version));
            };
            let paged = out.is_paged();
            drop(author);
            return Err(self.show(context, &commits, paged));
        }
        let shown = VersionPatches {
            series: &series,
            version: &version,
            cover_comments: version::cover_comments(&author.db, version.id)?,
            patches: &patches,
            commits: commits.as_ref(),
        };
        if self.json {
            return out.json(&PatchesJson::from(&shown));
        }
        let text = shown.heading(out) + &out.render(&shown.table(author.repo));
        out.listing(&text)?;
        tell(out, &series, &version, commits.as_ref());
        Ok(())
    }

    /// Replaces this process with `git show` of the commits (exec), which uses the user's pager and colors.
    fn show(&self, context: &Context, commits: &BranchCommits, paged: bool) -> Error {
        let mut git = context.git_to_show("show", paged);
        if self.commit {
            git.arg("--stat");
        }
        if self.patch {
            git.arg("--patch");
        }
        git.args(
            commits
                .placed
                .commits
                .iter()
                .map(|commit| commit.id.to_string()),
        );
        become_command(git.arg("--"))
    }
}

/// Reports differences between the branch and the database, and hints what to do.
fn tell(out: &Output, series: &Series, version: &Version, commits: Option<&BranchCommits>) {
    let Some(commits) = commits else {
        let error = not_here(series, version);
        out.note(format!("{error}: showing the patches in the database"));
        return;
    };
    if commits.placed.is_scanned() {
        return;
    }
    out.note(format!("{} has changed since the last scan", commits.place));
    if matches!(commits.place, CommitSource::Branch(_))
        && series.source.as_deref() != Some(REVIEW)
        && !series.archived
    {
        let version = version
            .number
            .filter(|number| *number != VersionNumber::FIRST);
        let version = version.map_or(String::new(), |number| format!(" -V {}", number.get()));
        out.hint(format!(
            "to update the database: git patman series -s {}{version} scan",
            shell_quote(&series.name)
        ));
    }
}
