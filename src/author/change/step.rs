// SPDX-License-Identifier: GPL-2.0-or-later
//! One step: the changes to git and to the database that are made together, and their record.

use super::execute::{Executor, Mode};
use super::plan::GitPlan;
use super::{backup, journal, lock};
use crate::author::Author;
use crate::clock;
use crate::db::removed;
use crate::db::rows::{self, RowChange};
use crate::db::series::{self, SeriesId};
use crate::db::undo::{self, NewRecord};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::git::file_lock::FileLock;
use serde::{Deserialize, Serialize};

/// How to record a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::author) enum StepRecord {
    /// As a new change, which can be undone.
    New,
    /// As the undo or redo of a recorded change.
    Undone {
        /// The record.
        id: i64,
        /// The time of the undo; none for a redo.
        when: Option<i64>,
    },
}

/// The changes to git and to the database that are made together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ChangeStep {
    /// Identifies the step uniquely.
    pub token: String,
    /// The path of the database.
    pub database: String,
    pub mark: StepRecord,
    /// The time of the step.
    pub when: i64,
    /// The branches and series that are affected.
    pub names: Vec<String>,
    pub plan: GitPlan,
    pub rows: Vec<RowChange>,
}

/// Returns the names of the series whose rows may change.
pub(super) fn names_of(db: &impl Read, id: Option<SeriesId>, since: i64) -> Result<Vec<String>> {
    let newest = rows::newest_series(db)?;
    let ids = id.into_iter().chain((since + 1..=newest).map(SeriesId));
    let mut names = Vec::new();
    for id in ids {
        names.extend(series::load(db, id)?.map(|series| series.name));
    }
    Ok(names)
}

impl ChangeStep {
    /// Writes the undo record, and the backup refs that no listed change needs.
    pub(super) fn record(&self, write: &Write<'_>, repo: &Repo) -> Result<()> {
        if let StepRecord::Undone { id, when } = self.mark {
            return undo::set_undone(write, id, when, &self.token);
        }
        let plan = serde_json::to_string(&self.plan)
            .map_err(|why| Error::new("cannot record the change").with_cause(why))?;
        let common_dir = common_dir(repo);
        let left = undo::insert(
            write,
            &NewRecord {
                common_dir: &common_dir,
                token: &self.token,
                what: &self.plan.what,
                why: &self.plan.why,
                finished: self.when,
                names: &self.names,
                plan: &plan,
                rows: &self.rows,
            },
        )?;
        let (false, Some(id)) = (left.is_empty(), repo.id()?) else {
            return Ok(());
        };
        let expired = backup::expired(repo, &left, &undo::list(write, &common_dir)?)?;
        let refs: Vec<(String, String)> = expired
            .into_iter()
            .map(|(name, tip)| (name, tip.to_string()))
            .collect();
        removed::insert(write, &id, backup::OF_NO_SERIES, &refs, self.when)
    }
}

fn common_dir(repo: &Repo) -> String {
    repo.common_dir().to_string_lossy().into_owned()
}

impl Author<'_> {
    /// Returns the name of the repository in the database.
    pub(in crate::author) fn common_dir(&self) -> String {
        common_dir(self.repo)
    }

    /// Takes the lock and finishes an interrupted step. A dry run takes no lock.
    pub(in crate::author) fn lock(&mut self) -> Result<Option<FileLock>> {
        if self.dry_run {
            return Ok(None);
        }
        let lock = lock::take(self.repo, self.events)?;
        self.finish(&lock)?;
        Ok(Some(lock))
    }

    /// Writes rows, executes the plan, and commits both, or neither. Without a lock everything is checked and
    /// nothing is saved.
    pub(in crate::author) fn step<T>(
        &mut self,
        lock: Option<FileLock>,
        plan: GitPlan,
        rows: impl FnOnce(&Write<'_>) -> Result<(T, Vec<RowChange>, StepRecord, Vec<String>)>,
    ) -> Result<T> {
        let Some(lock) = lock else {
            return self.tried(rows);
        };
        let (repo, settings) = (self.repo, self.settings);
        let hand = Executor {
            repo,
            settings,
            lock: &lock,
        };
        let mut begun = None;
        // Delete the journal only after the rows are committed.
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
            let step = ChangeStep {
                token,
                database,
                mark,
                when: clock::now(),
                names,
                plan,
                rows,
            };
            if step.plan.is_empty() && step.rows.is_empty() && step.mark == StepRecord::New {
                return Ok(value);
            }
            step.record(write, repo)?;
            if !step.plan.is_empty() {
                journal::write(repo, &step)?;
                let step = begun.insert(step);
                hand.perform(&step.plan, Mode::Strict)
                    .map_err(|why| hand.stuck(&step.plan, why))?;
            }
            Ok(value)
        });
        let Some(step) = begun else {
            self.delete_expired(&lock);
            return done;
        };
        let value = done.map_err(
            |why| match hand.perform(&step.plan.reversed(), Mode::Back) {
                Ok(()) => match journal::remove(repo) {
                    Ok(()) => why,
                    Err(other) => why.with_hint(other.to_string()),
                },
                // The journal is kept.
                Err(other) => why
                    .with_hint(format!("some changes could not be undone: {other}"))
                    .with_hint("any 'git patman series' command then continues it"),
            },
        )?;
        // Everything is done; the next command deletes the journal.
        if let Err(why) = journal::remove(repo) {
            self.events.warn(why.to_string());
        }
        self.delete_expired(&lock);
        Ok(value)
    }

    /// Writes rows and rolls them back.
    fn tried<T>(
        &mut self,
        rows: impl FnOnce(&Write<'_>) -> Result<(T, Vec<RowChange>, StepRecord, Vec<String>)>,
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
