// SPDX-License-Identifier: GPL-2.0-or-later
//! One step: what is done in git and in the database together, and how that is recorded.

use super::perform::{Hand, Pace};
use super::plan::Plan;
use super::{journal, lock};
use crate::author::Author;
use crate::clock;
use crate::db::rows::{self, RowChange};
use crate::db::series::{self, SeriesId};
use crate::db::undo::{self, NewRecord};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::git::file_lock::FileLock;
use serde::{Deserialize, Serialize};

/// How a step is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::author) enum Mark {
    /// As something new, that can be taken back.
    New,
    /// As what takes a record back, or does it again.
    Undone {
        /// The record.
        id: i64,
        /// When it was taken back; none: it is in force again.
        when: Option<i64>,
    },
}

/// What is done in git and in the database together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    /// Tells it from all others.
    pub token: String,
    /// The file of the database.
    pub database: String,
    pub mark: Mark,
    /// When it was done.
    pub when: i64,
    /// Branches and series.
    pub names: Vec<String>,
    pub plan: Plan,
    pub rows: Vec<RowChange>,
}

/// The series whose rows may change, by name.
pub(super) fn names_of(db: &impl Read, id: Option<SeriesId>, since: i64) -> Result<Vec<String>> {
    let newest = rows::newest_series(db)?;
    let ids = id.into_iter().chain((since + 1..=newest).map(SeriesId));
    let mut names = Vec::new();
    for id in ids {
        names.extend(series::load(db, id)?.map(|series| series.name));
    }
    Ok(names)
}

impl Step {
    /// Writes what the database keeps of it.
    pub(super) fn record(&self, write: &Write<'_>, common_dir: &str) -> Result<()> {
        if let Mark::Undone { id, when } = self.mark {
            return undo::set_undone(write, id, when, &self.token);
        }
        let plan = serde_json::to_string(&self.plan)
            .map_err(|why| Error::new("cannot keep what was changed").with_cause(why))?;
        undo::insert(
            write,
            &NewRecord {
                common_dir,
                token: &self.token,
                what: &self.plan.what,
                why: &self.plan.why,
                finished: self.when,
                names: &self.names,
                plan: &plan,
                rows: &self.rows,
            },
        )
    }
}

impl Author<'_> {
    /// The repository as the database names it.
    pub(in crate::author) fn common_dir(&self) -> String {
        self.repo.common_dir().to_string_lossy().into_owned()
    }

    /// Takes the lock and finishes what was stopped. In a dry run there is no lock.
    pub(in crate::author) fn lock(&mut self) -> Result<Option<FileLock>> {
        if self.dry_run {
            return Ok(None);
        }
        let lock = lock::take(self.repo, self.out)?;
        self.finish(&lock)?;
        Ok(Some(lock))
    }

    /// Writes rows, does what the plan says, and commits both; or neither. Without a lock all is tried and nothing kept.
    pub(in crate::author) fn step<T>(
        &mut self,
        lock: Option<FileLock>,
        plan: Plan,
        rows: impl FnOnce(&Write<'_>) -> Result<(T, Vec<RowChange>, Mark, Vec<String>)>,
    ) -> Result<T> {
        let Some(lock) = lock else {
            return self.tried(rows);
        };
        let common_dir = self.common_dir();
        let (repo, settings) = (self.repo, self.settings);
        let hand = Hand {
            repo,
            settings,
            lock: &lock,
        };
        let mut begun = None;
        // The journal goes when the rows are there to stay.
        if !plan.is_empty() {
            self.db.sync_writes()?;
        }
        let done = self.db.write(|write| {
            let (value, rows, mark, series) = rows(write)?;
            let branches = plan
                .refs
                .iter()
                .filter_map(|moved| moved.name.strip_prefix("refs/heads/"));
            let mut names: Vec<String> = branches.map(str::to_owned).chain(series).collect();
            names.sort();
            names.dedup();
            let token = format!("{}-{}", clock::unique(), std::process::id());
            let database = write.path().display().to_string();
            let step = Step {
                token,
                database,
                mark,
                when: clock::now(),
                names,
                plan,
                rows,
            };
            if step.plan.is_empty() && step.rows.is_empty() && step.mark == Mark::New {
                return Ok(value);
            }
            step.record(write, &common_dir)?;
            if !step.plan.is_empty() {
                journal::write(repo, &step)?;
                let step = begun.insert(step);
                hand.perform(&step.plan, Pace::Strict)
                    .map_err(|why| hand.stuck(&step.plan, why))?;
            }
            Ok(value)
        });
        let Some(step) = begun else { return done };
        let value = done.map_err(
            |why| match hand.perform(&step.plan.reversed(), Pace::Back) {
                Ok(()) => match journal::remove(repo) {
                    Ok(()) => why,
                    Err(other) => why.with_hint(other.to_string()),
                },
                // The journal stays.
                Err(other) => why
                    .with_hint(format!("not all could be taken back: {other}"))
                    .with_hint("any 'git patman series' command then goes on with it"),
            },
        )?;
        // All is done; the next command takes it away.
        if let Err(why) = journal::remove(repo) {
            self.out.warn(why.to_string());
        }
        Ok(value)
    }

    /// Writes rows and forgets them.
    fn tried<T>(
        &mut self,
        rows: impl FnOnce(&Write<'_>) -> Result<(T, Vec<RowChange>, Mark, Vec<String>)>,
    ) -> Result<T> {
        let mut value = None;
        let done: Result<()> = self.db.write(|write| {
            value = Some(rows(write)?.0);
            Err(Error::new("only tried"))
        });
        match (value, done) {
            (Some(value), _) => Ok(value),
            (None, Err(why)) => Err(why),
            (None, Ok(())) => Err(Error::new("nothing was tried")),
        }
    }
}
