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
use crate::output::shell_quote;
use crate::presence;

impl Author<'_> {
    /// Finishes an interrupted step, if there is one; otherwise this only checks for a file. If that fails, and
    /// in a dry run, it only prints a message: commands that only show a series must still work.
    pub fn recover(&mut self) {
        match presence::is_taken(&journal::path(self.repo)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(why) => return self.out.warn(why.to_string()),
        }
        if self.dry_run {
            self.out.warn(
                "an earlier command was stopped; the next one that changes something finishes it",
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
            self.out.warn(why.to_string());
            why.hints().iter().for_each(|hint| self.out.hint(hint));
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
                "'{}' was stopped while it used another database",
                step.plan.what
            ))
            .with_cause(format!("'{}'", step.database))
            .with_hint("run any 'git patman series' command on that one, which finishes it")
            .with_hint(format!("or forget it: rm {}", shell_quote(&journal))));
        }
        step.plan.check(self.repo).map_err(|why| {
            why.within("an earlier command was stopped, and cannot be finished")
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
                why.within(format!("'{what}' was stopped, and cannot be finished")),
            )
            .with_hint(format!(
                "to leave it half done: rm {}",
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
            self.out.warn(format!(
                "'{what}' was stopped; the branches are as it wanted, the database is not: {why}"
            ));
            self.out
                .hint("bring it up to date with: git patman series scan");
        } else {
            self.out
                .note(format!("finished '{what}', which was stopped"));
        }
        journal::remove(self.repo)
    }
}
