// SPDX-License-Identifier: GPL-2.0-or-later
//! The current branch: its state on a Patchwork, whether or not the database has it, and a copy of it with the trailers
//! in replies.

use super::gather::{GatherJob, Look, RecordedPatches};
use super::record::{edited, new_lines};
use super::servers::patchwork;
use crate::author::Author;
use crate::author::change::{BranchChange, Tracking};
use crate::author::target::TargetChoice;
use crate::db::{patch, series, version};
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::series::VersionNumber;
use crate::source::patchwork::url::number;
use crate::text::count::trailers;

impl Author<'_> {
    /// What to ask the servers about the current branch. The link is that of the database, otherwise that of the
    /// Series-links in its commits.
    pub fn branch_job(&self) -> Result<GatherJob> {
        let branch = self.repo.current_branch()?.ok_or_else(|| {
            Error::new("no branch is checked out")
                .with_hint("name a series: git patman series -s <series> status")
        })?;
        let target = self.target(&TargetChoice::default())?;
        let range = self.range(&branch, None)?;
        let tags = self.tags_of(&range)?;
        let said = tags.series.version.and_then(VersionNumber::new);
        let series = series::find(&self.db, &target.name)?
            .filter(|one| one.source.as_deref() != Some(series::REVIEW));
        let number_of = if series.is_some() {
            target.version
        } else {
            said.unwrap_or(target.version)
        };
        let recorded = match &series {
            Some(series) => version::find(&self.db, series.id, number_of)?
                .map(|version| (series.clone(), version)),
            None => None,
        };
        let link = recorded
            .as_ref()
            .and_then(|(_, version)| version.link.clone());
        let link = link.or_else(|| tags.series.links.get(&number_of.get()).cloned());
        let link = link.ok_or_else(|| no_link(&branch, series.is_some()))?;
        let link = number(&link).ok_or_else(|| {
            Error::new(format!(
                "the link of branch '{branch}' is not a number: '{link}'"
            ))
        })?;
        let upstream = series.as_ref().and_then(|one| one.upstream.clone());
        let servers = self.servers(upstream.as_deref(), &branch)?;
        let recorded = match recorded {
            Some((series, version)) => Some(RecordedPatches {
                rows: patch::list(&self.db, version.id)?,
                series,
                version,
            }),
            None => None,
        };
        Ok(GatherJob {
            name: format!("{} {number_of}", target.name),
            series: target.name,
            number: number_of,
            link,
            patchwork: patchwork(&servers)?.clone(),
            servers,
            recorded,
            range: Some(range),
            allow_mismatch: false,
            unclear: None,
        })
    }

    /// Refuses a branch that cannot be created or replaced, before any request.
    pub fn check_dest(&self, job: &GatherJob, dest: &str, force: bool) -> Result<()> {
        let full = format!("refs/heads/{dest}");
        if dest.starts_with('-') || !self.repo.is_ref_name(&full) {
            return Err(Error::usage(format!("'{dest}' is not a name for a branch")));
        }
        if job.range.as_ref().is_some_and(|range| range.branch == dest) {
            return Err(Error::new(format!("'{dest}' is the branch itself"))
                .with_hint("to add the trailers to it: git patman series gather"));
        }
        if !force && self.repo.find_ref(&full)?.is_some() {
            return Err(Error::new(format!("branch '{dest}' already exists"))
                .with_hint("to replace it, and back up its commits under a ref: --force"));
        }
        Ok(())
    }

    /// Creates the branch `dest`, with the same upstream as the branch and the new trailers in its commits.
    pub fn write_dest(&mut self, look: &Look, dest: &str, force: bool) -> Result<()> {
        self.check_dest(&look.job, dest, force)?;
        let Some(range) = &look.job.range else {
            return Err(Error::new("the series has no branch"));
        };
        let lines = new_lines(look);
        let reworded = self.reword_branch(range, &mut |at, message| {
            Ok(edited(range, &lines, at, message))
        })?;
        let full = format!("refs/heads/{dest}");
        let old = self.repo.find_ref(&full)?;
        let (remote, merge) = self.repo.tracked(&range.branch);
        let added = look.count_new();
        let change = BranchChange {
            refs: vec![RefChange::set(full, old, reworded.new)],
            tracking: vec![Tracking::set(dest, remote, merge)],
            what: "status".to_owned(),
            why: format!("Copy '{}' with {}", range.branch, trailers(added)),
            commits: reworded.changed().collect(),
            ..BranchChange::default()
        };
        let changed = self.change(change, None, |_| Ok(()))?;
        self.events.notice(format!(
            "branch '{dest}' is '{}' with {} added",
            range.branch,
            trailers(added)
        ));
        self.tell_backups(&changed);
        Ok(())
    }
}

fn no_link(branch: &str, is_known: bool) -> Error {
    let error = Error::new(format!(
        "branch '{branch}' has no Series-links, nor a link in the database"
    ));
    match is_known {
        true => error.with_hint("to find it on Patchwork: git patman series autolink"),
        false => error
            .with_hint(
                "write the number of the series on Patchwork into a commit: Series-links: <number>",
            )
            .with_hint(
                "or track the series: git patman series add, then git patman series autolink",
            ),
    }
}
