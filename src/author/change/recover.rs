// SPDX-License-Identifier: GPL-2.0-or-later
//! Finishes a step that was killed; the module documentation of [`super`] lists the possible states.

use super::execute::{Executor, Mode};
use super::journal;
use super::lock;
use super::step::ChangeStep;
use crate::author::Author;
use crate::db::{Read, rows, undo};
use crate::error::{Error, Result};
use crate::git::file_lock::FileLock;
use crate::presence;
use crate::text::shell_quote;

impl Author<'_> {
    /// Finishes an interrupted step, if there is one; otherwise this only checks for a file. If that fails, and
    /// in a dry run, it only warns: commands that only show a series must still work.
    pub fn recover(&mut self) {
        match presence::is_taken(&journal::path(self.repo)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(why) => return self.events.warn(why.to_string()),
        }
        if self.dry_run {
            self.events.warn(
                "an earlier command was interrupted; the next command that makes a change finishes it",
            );
            return;
        }
        let done = match lock::take_soon(self.repo) {
            Ok(Some(lock)) => self.finish(&lock),
            // The step was not interrupted: it is still running.
            Ok(None) => Ok(()),
            Err(why) => Err(why),
        };
        if let Err(why) = done {
            self.events.warn_of(&why);
        }
    }

    /// Finishes an interrupted step under the lock.
    pub(super) fn finish(&mut self, lock: &FileLock) -> Result<()> {
        let Some(step) = journal::read::<ChangeStep>(self.repo)? else {
            return Ok(());
        };
        if step.database != self.db.path().display().to_string() {
            let journal = journal::path(self.repo);
            return Err(Error::new(format!(
                "'{}' was interrupted while it used another database",
                step.plan.what
            ))
            .with_cause(format!("'{}'", step.database))
            .with_hint("to finish it, run any 'git patman series' command with that database")
            .with_hint(format!("or forget it: rm {}", shell_quote(&journal))));
        }
        step.plan.check(self.repo).map_err(|why| {
            why.within("an earlier command was interrupted and cannot be finished")
                .with_hint(format!(
                    "to forget it: rm {}",
                    shell_quote(journal::path(self.repo))
                ))
        })?;
        let hand = Executor {
            repo: self.repo,
            settings: self.settings,
            lock,
        };
        if undo::has(&self.db, &step.token)? || !hand.has_begun(&step.plan)? {
            return journal::remove(self.repo);
        }
        let what = &step.plan.what;
        hand.perform(&step.plan, Mode::Resume).map_err(|why| {
            hand.stuck(
                &step.plan,
                why.within(format!("'{what}' was interrupted and cannot be finished")),
            )
            .with_hint(format!(
                "to leave it unfinished: rm {}",
                shell_quote(journal::path(self.repo))
            ))
        })?;
        let repo = self.repo;
        self.db.sync_writes()?;
        let written = self.db.write(|write| {
            rows::apply(write, &step.rows)?;
            step.record(write, repo)
        });
        if let Err(why) = written {
            self.events.warn(format!(
                "'{what}' was stopped; the branches are as it wanted, the database is not: {why}"
            ));
            self.events
                .hint("to update the rows: git patman series scan");
        } else {
            self.events
                .notice(format!("finished '{what}', which was interrupted"));
        }
        journal::remove(self.repo)
    }
}
