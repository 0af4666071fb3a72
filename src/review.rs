// SPDX-License-Identifier: GPL-2.0-or-later
//! Manages the life of a review across mail, database, refs and worktrees.
//!
//! Starting a review: read the mails, choose the version and the base, take the review lock, record, apply in memory,
//! set the refs, place the worktree. Each step finds what an interrupted run left and continues from there. The branch
//! and the worktree move last, from one known commit to another, so that the user's changes are never lost.

pub mod abort;
pub mod amend;
pub mod check;
pub mod clones;
pub mod compare;
pub mod compare_range;
pub mod dependencies;
pub mod discussion;
pub mod exec;
pub mod finish;
pub mod inbox;
pub mod ingest;
mod invisible_text;
mod link;
pub mod listing;
pub mod location;
pub mod merged;
pub mod name;
pub mod own_work;
pub mod place;
pub mod prune;
pub mod range_diff;
pub mod record;
mod recorded_mails;
pub mod refs;
pub mod remove;
pub mod report;
pub mod resolve_base;
pub mod resume;
#[cfg(test)]
mod samples;
pub mod selection;
pub mod start;
pub mod start_from_db;
pub mod stop;
pub mod trailers;
pub mod unread;
pub mod update;
pub mod version_commits;
pub mod watch;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::git::Repo;
use crate::series::SeriesName;
use crate::settings::Settings;
use crate::worktree::Worktrees;

/// The context that all review operations share.
#[derive(Debug)]
pub struct Reviews<'c> {
    /// The repository.
    pub repo: &'c Repo,
    /// The settings in force.
    pub settings: &'c Settings,
    /// Receives what is reported during the work.
    pub events: &'c dyn Events,
    /// The review worktrees of the repository.
    pub worktrees: Worktrees<'c>,
    /// The database.
    pub db: Db,
    /// The database that holds the upstreams, if it is a separate one.
    main: Option<Db>,
}

impl<'c> Reviews<'c> {
    /// The reviews of one repository.
    ///
    /// `dbs` holds the database for reviews and, if it is separate, the one for upstreams (`patman.reviewDbDir`).
    pub fn new(
        repo: &'c Repo,
        settings: &'c Settings,
        events: &'c dyn Events,
        (db, main): (Db, Option<Db>),
    ) -> Result<Self> {
        let worktrees = Worktrees::new(repo, settings.worktree_dir()?, settings.worktree_pool()?);
        Ok(Reviews {
            repo,
            settings,
            events,
            worktrees,
            db,
            main,
        })
    }

    /// The database that holds the upstreams.
    pub fn upstreams(&self) -> &Db {
        self.main.as_ref().unwrap_or(&self.db)
    }

    /// Finds the review that the user means: by its name, by a unique prefix or a unique part of its name,
    /// or, without a name, the review whose worktree the command was started in.
    pub fn find(&self, given: Option<&str>) -> Result<record::ReviewRow> {
        match given {
            Some(given) => self.named(given, |name| name.contains(given)),
            None => self.here(record::all(&self.db)?),
        }
    }

    /// Finds the review with that name, or the only one whose name starts with it.
    pub fn of_name(&self, given: &str) -> Result<Option<record::ReviewRow>> {
        let all = record::all(&self.db)?;
        let is_begun = |one: &&record::ReviewRow| one.name.starts_with(given);
        let found = all.iter().find(|one| one.name == given).or_else(|| {
            let mut begun = all.iter().filter(is_begun);
            begun.next().filter(|_| begun.next().is_none())
        });
        Ok(found.cloned())
    }

    /// Finds the review to remove: by its name or by a unique prefix of it.
    pub fn find_to_remove(&self, given: &str) -> Result<record::ReviewRow> {
        self.named(given, |_| false)
    }

    fn named(&self, given: &str, or_else: impl Fn(&str) -> bool) -> Result<record::ReviewRow> {
        let all = record::all(&self.db)?;
        if let Some(at) = all.iter().position(|one| one.name == given) {
            return Ok(all
                .into_iter()
                .nth(at)
                .expect("the position was just found"));
        }
        let (mut matching, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.name.starts_with(given));
        if matching.is_empty() {
            matching = others
                .into_iter()
                .filter(|one| or_else(&one.name))
                .collect();
        }
        match matching.len() {
            1 => Ok(matching.remove(0)),
            0 if refs::read_all(self.repo)?.contains_key(given) => Err(Error::new(format!(
                "there is no review '{given}' in the database, though it has refs here"
            ))
            .with_hint("to record it again, start it again")
            .with_hint("to finish a removal that was stopped: git patman review prune")),
            0 => Err(Error::new(format!("there is no review '{given}'"))
                .with_hint("git patman review list --all")),
            _ => {
                let names: Vec<&str> = matching
                    .iter()
                    .take(5)
                    .map(|one| one.name.as_str())
                    .collect();
                Err(
                    Error::new(format!("'{given}' may be one of several reviews"))
                        .with_cause(names.join(", ")),
                )
            }
        }
    }

    fn here(&self, all: Vec<record::ReviewRow>) -> Result<record::ReviewRow> {
        let top = self
            .repo
            .work_tree()
            .and_then(|top| top.canonicalize().ok());
        let places = record::places(&self.db, self.repo.common_dir())?;
        let is_here = |one: &record::ReviewRow| {
            let path = places.get(&one.id).cloned();
            let path = path.or_else(|| {
                SeriesName::new(&one.name)
                    .ok()
                    .map(|name| self.worktrees.path(&name))
            });
            top.is_some() && path.and_then(|path| path.canonicalize().ok()) == top
        };
        all.into_iter().find(is_here).ok_or_else(|| {
            Error::usage("name a review, or run this in its worktree")
                .with_hint("git patman review list")
        })
    }
}
