// SPDX-License-Identifier: GPL-2.0-or-later
//! Adds a branch as a series, or as the next version of one.
//!
//! The rows are the same as patman's; data that patman has no column for, such as for matching patches, goes
//! into our own tables. The transaction checks again whether the version exists: if several processes add it at
//! once, one succeeds and the others report that it exists.

use super::Author;
use super::branch::branch_series::BranchSeries;
use super::branch::earlier::EarlierVersion;
use super::branch::edits::{ChangeIdEdit, Edits, Rewritten};
use super::change::BranchChange;
use super::target::{SeriesTarget, TargetChoice, own};
use crate::clock;
use crate::db::series::{self, NewSeries, Series, SeriesId};
use crate::db::version::{self, Details, PatchworkLink, VersionToAdd};
use crate::db::{Write, patch, upstream};
use crate::error::{Error, Result};
use crate::git::{Oid, Repo};
use crate::series::history::ChangeCounts;
use crate::series::{SeriesName, VersionNumber, new_change_id};
use crate::source::server;
use crate::text::count::{commits, patches};
use crate::text::{shell_operand, shell_quote};

/// Options for adding a series.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// The title; by default that of the cover letter.
    pub desc: Option<String>,
    /// Whether to use the subject of the first patch as the title if there is no other.
    pub is_first_title: bool,
    /// Whether to set the version in the commits to that of the branch name.
    pub has_forced_version: bool,
    /// The upstream.
    pub upstream: Option<String>,
    /// Whether to add a Change-Id to commits without one.
    pub marks: bool,
    /// Whether to accept commits without a Change-Id.
    pub allows_unmarked: bool,
    /// The commit after which the series begins.
    pub end: Option<String>,
}

impl Author<'_> {
    /// Adds the selected version, and its series if that is new.
    pub fn add(&mut self, chosen: &TargetChoice, options: &AddOptions) -> Result<()> {
        let target = self.target(chosen)?;
        check_name(&target.name)?;
        let series = series::find(&self.db, &target.name)?;
        if let Some(series) = &series {
            own(series)?;
        }
        let written = self.written(&target.branch(), options.end.as_deref())?;
        if let Some(series) = &series
            && version::find(&self.db, series.id, target.version)?.is_some()
        {
            return self.is_there(series, &target, &written);
        }
        let title = title(options, &written, &target)?;
        let upstream = self.upstream_of_new(options, series.as_ref(), &target)?;
        let rewritten = self.marked(&written, &target, options)?;
        let now = rewritten
            .as_ref()
            .map_or(&written, |rewritten| &rewritten.written);
        let before = match &series {
            Some(series) => self.before(series, target.version)?,
            None => None,
        };
        let why = format!("Add {} {}", target.name, target.version);
        let change = match &rewritten {
            Some(new) => BranchChange::rewritten(&written.range, &new.reworded, "series add", why),
            None => BranchChange {
                what: "series add".to_owned(),
                why,
                ..BranchChange::default()
            },
        };
        let id = series.as_ref().map(|series| series.id);
        let done = self.change(change, id, |write| {
            insert(write, &target, &title, upstream.as_deref(), now)
        });
        let done = match done {
            Ok(done) => done,
            // If another process has added it meanwhile, the request is fulfilled.
            Err(error) => {
                return match series::find(&self.db, &target.name)? {
                    Some(series)
                        if version::find(&self.db, series.id, target.version)?.is_some() =>
                    {
                        let written = self.written(&target.branch(), options.end.as_deref())?;
                        self.is_there(&series, &target, &written)
                    }
                    _ => Err(error),
                };
            }
        };
        if let Some(new) = &rewritten {
            new.tell(self);
        }
        self.tell_backups(&done);
        if let Some(upstream) =
            upstream.filter(|_| options.upstream.as_deref().is_none_or(str::is_empty))
        {
            self.events.notice(format!(
                "using upstream '{upstream}', which branch '{}' tracks",
                target.branch()
            ));
        }
        self.tell_added(series.as_ref(), &target, &title, now, before.as_ref());
        self.advise(&target, now);
        Ok(())
    }

    /// Reports that the version is in the database, and whether it matches the branch.
    fn is_there(
        &self,
        series: &Series,
        target: &SeriesTarget,
        written: &BranchSeries,
    ) -> Result<()> {
        let (name, number) = (&series.name, target.version);
        self.events
            .notice(format!("series '{name}' {number} is tracked already"));
        let rows = match version::find(&self.db, series.id, number)? {
            Some(found) => patch::list(&self.db, found.id)?,
            None => Vec::new(),
        };
        let old = rows
            .iter()
            .map(|row| (row.subject.as_str(), row.change_id.as_deref()));
        let new = written.patches.iter().map(|one| {
            (
                one.identity.subject.as_str(),
                one.identity.change_id.as_deref(),
            )
        });
        if !old.eq(new) {
            let marks = if written.unmarked().is_empty() {
                ""
            } else {
                " -M"
            };
            self.events.hint(format!(
                "its branch has other patches by now: git patman series -s {} scan{marks}",
                shell_quote(target.branch())
            ));
        }
        Ok(())
    }

    /// Returns the upstream for a series: the given upstream or, for a new series, the upstream of its branch.
    fn upstream_of_new(
        &self,
        options: &AddOptions,
        series: Option<&Series>,
        target: &SeriesTarget,
    ) -> Result<Option<String>> {
        if let Some(name) = options.upstream.as_deref().filter(|name| !name.is_empty()) {
            if upstream::find(&self.db, name)?.is_none() {
                if !self.repo.has_remote(name) && !self.settings.has_upstream(name) {
                    return Err(server::unknown(name));
                }
                self.events.hint(format!(
                    "'{name}' is a remote, but no upstream yet: git patman upstream add {} <url>",
                    shell_operand(name)
                ));
            }
            return Ok(Some(name.to_owned()));
        }
        if series.is_some() {
            return Ok(None);
        }
        let Some(remote) = self.repo.remote_of(&target.branch()) else {
            return Ok(None);
        };
        if upstream::find(&self.db, &remote)?.is_none() {
            return Ok(None);
        }
        Ok(Some(remote))
    }

    /// Returns the branch with its version corrected and Change-Ids added, if requested; any other problem is an error.
    fn marked(
        &self,
        written: &BranchSeries,
        target: &SeriesTarget,
        options: &AddOptions,
    ) -> Result<Option<Rewritten>> {
        let mut edits = Edits::default();
        if let Some(said) = written
            .tags
            .series
            .version
            .filter(|said| *said != target.version.get())
        {
            if !options.has_forced_version {
                return Err(wrong_version(target, said).with_hint(format!(
                    "correct the tag in the branch: git patman series -s {} add -f",
                    shell_quote(target.branch())
                )));
            }
            edits.version = Some(target.version);
        }
        let unmarked = written.unmarked();
        if !unmarked.is_empty() && options.marks {
            edits.marks = ChangeIdEdit::Add;
        } else if !unmarked.is_empty() && !options.allows_unmarked {
            return Err(not_marked(self.repo, written));
        }
        if edits == Edits::default() {
            return Ok(None);
        }
        self.rewrite(written, &edits)
    }

    /// Returns the newest version below this one, with its patches; none if there is none.
    fn before(&self, series: &Series, number: VersionNumber) -> Result<Option<EarlierVersion>> {
        let versions = version::list(&self.db, series.id)?;
        let below = versions
            .into_iter()
            .rev()
            .find(|one| one.number.is_some_and(|other| other < number));
        below
            .map(|found| self.before_of(series, &found))
            .transpose()
    }

    fn tell_added(
        &self,
        series: Option<&Series>,
        target: &SeriesTarget,
        title: &str,
        written: &BranchSeries,
        before: Option<&EarlierVersion>,
    ) {
        let (name, number, count) = (&target.name, target.version, patches(written.patches.len()));
        let Some(series) = series else {
            let added = self.says("added", "would add");
            self.events
                .notice(format!("{added} series '{name}' {number}: {count}"));
            return;
        };
        let changes = before.map(|before| {
            ChangeCounts::new(&before.identities, &written.identities()).since(before.number)
        });
        let changes = changes.map_or(String::new(), |text| format!(" ({text})"));
        let added = self.says("added", "would add");
        self.events.notice(format!(
            "{added} {number} of series '{name}': {count}{changes}"
        ));
        if let Some(old) = series.desc.as_deref().filter(|old| *old != title) {
            let is = self.says("is now", "would be");
            self.events
                .notice(format!("its title {is} '{title}', not '{old}'"));
        }
    }

    /// Warns about the added branch.
    fn advise(&self, target: &SeriesTarget, written: &BranchSeries) {
        if target.version > VersionNumber::FIRST && written.tags.series.version.is_none() {
            let branch = target.branch();
            self.events.warn(format!(
                "branch '{branch}' has no Series-version: its mails would not say {}",
                target.version
            ));
            self.events.hint(format!(
                "write it there with: git patman series -s {branch} scan -u -M",
                branch = shell_quote(&branch)
            ));
        }
    }
}

/// Creates the error for a tag and a branch with different versions.
pub fn wrong_version(target: &SeriesTarget, said: u32) -> Error {
    let branch = target.branch();
    Error::new(format!(
        "branch '{branch}' is {}, but its Series-version says {said}",
        target.version
    ))
}

/// Creates the error for commits without a Change-Id.
pub fn not_marked(repo: &Repo, written: &BranchSeries) -> Error {
    let unmarked = written.unmarked();
    let (have, them, are) = if unmarked.len() == 1 {
        ("has", "it", "it is")
    } else {
        ("have", "them", "they are")
    };
    let error = Error::new(format!(
        "{} of branch '{}' {have} no Change-Id",
        commits(unmarked.len()),
        written.range.branch
    ));
    listed(repo, error, &unmarked)
        .with_hint(format!(
            "give {them} one with -m, which rewrites the branch"
        ))
        .with_hint(format!("or take {them} as {are} with -M"))
}

/// The maximum number of commits that an error names.
const MOST_NAMED: usize = 10;

/// Adds the names of commits to an error.
pub fn listed(
    repo: &Repo,
    error: Error,
    found: &[&super::branch::branch_series::BranchCommit],
) -> Error {
    let mut error = found.iter().take(MOST_NAMED).fold(error, |error, one| {
        error.with_hint(format!("  {}", one.shown(repo)))
    });
    if found.len() > MOST_NAMED {
        error = error.with_hint(format!("  and {} more", found.len() - MOST_NAMED));
    }
    error
}

/// Refuses names that could not be found again: numbers, and names that cannot be part of a path.
fn check_name(name: &str) -> Result<()> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(
            Error::usage(format!("'{name}' is not a series name: it is a number"))
                .with_hint("a series is named by its branch: '<name>', then '<name>2', '<name>3'"),
        );
    }
    name.split('/')
        .try_for_each(|part| SeriesName::new(part).map(drop))
}

/// Returns the title: the given title, that of the cover letter, or the first subject if allowed.
fn title(options: &AddOptions, written: &BranchSeries, target: &SeriesTarget) -> Result<String> {
    let given = options
        .desc
        .as_deref()
        .map(str::trim)
        .filter(|title| !title.is_empty());
    let first = written
        .patches
        .first()
        .map(|first| first.identity.subject.as_str());
    let found = given
        .or(written.title())
        .or(first.filter(|_| options.is_first_title));
    found.map(str::to_owned).ok_or_else(|| {
        Error::new(format!(
            "branch '{}' has no cover letter: the series needs a title",
            target.branch()
        ))
        .with_hint("give it one with -D '<title>', or take the subject of the first patch with -1")
        .with_hint("or write a 'Cover-letter:' into a commit of the branch, up to a line 'END'")
    })
}

/// Inserts the rows of a new version.
fn insert(
    write: &Write<'_>,
    target: &SeriesTarget,
    title: &str,
    upstream: Option<&str>,
    written: &BranchSeries,
) -> Result<()> {
    let name = &target.name;
    let id = match series::find(write, name)? {
        Some(series) => {
            own(&series)?;
            if version::find(write, series.id, target.version)?.is_some() {
                return Err(Error::new(format!(
                    "series '{name}' {} is tracked already",
                    target.version
                )));
            }
            if let Some(upstream) = upstream {
                series::set_upstream(write, series.id, Some(upstream))?;
            }
            series::set_desc(write, series.id, title)?;
            series.id
        }
        None => series::insert(
            write,
            &NewSeries {
                name,
                desc: title,
                upstream,
                source: None,
            },
        )?,
    };
    let link = written.link(target.version).map(str::to_owned);
    let new = VersionToAdd {
        on_patchwork: PatchworkLink {
            link,
            ..PatchworkLink::default()
        },
        desc: Some(title),
        details: details(written),
        ..VersionToAdd::default()
    };
    let version = version::insert(write, id, target.version, &new)?;
    identify(write, id, name, &written.range.commits)?;
    patch::replace(write, version, &written.rows())
}

/// Gives a series a change-id, unless it has one.
pub(super) fn identify(
    write: &Write<'_>,
    series: SeriesId,
    name: &str,
    commits: &[Oid],
) -> Result<()> {
    let commits: Vec<String> = commits.iter().map(ToString::to_string).collect();
    let day = clock::day(clock::now());
    version::set_change_id(write, series, &new_change_id(name, &day, &commits))
}

/// Returns the data that patman has no column for.
fn details(written: &BranchSeries) -> Details {
    let base = Some(written.range.base.to_string());
    let total = u32::try_from(written.patches.len()).ok();
    Details {
        base,
        total,
        ..Details::default()
    }
}
