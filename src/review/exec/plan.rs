// SPDX-License-Identifier: GPL-2.0-or-later
//! Plans the runs on one review before anything is run.

use super::check::ConfiguredCheck;
use super::{ExecRequest, files};
use crate::db::check_result::{self, CheckKey, CheckOutcome, CheckResult};
use crate::db::mail::MailKind;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::mail::mailbox::mailbox;
use crate::review::location::VersionRange;
use crate::review::record::{self, ReviewRow};
use crate::review::refs::SeriesRefs;
use crate::review::{Reviews, place};
use crate::series::{SeriesName, VersionNumber};
use crate::text::shell_quote;
use crate::worktree::lock::{ReviewLock, busy};
use crate::worktree::{PathContent, ScratchWorktree};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How many times to look again for a worktree while another process creates or removes it.
const MOMENTS: u32 = 10;
const MOMENT: Duration = Duration::from_millis(50);

/// All runs on one series, one after the other.
#[derive(Debug)]
pub(super) struct SeriesRuns {
    pub(super) name: SeriesName,
    pub(super) version: VersionNumber,
    pub(super) base: Oid,
    pub(super) common_dir: PathBuf,
    /// The review worktree.
    pub(super) worktree: Option<PathBuf>,
    pub(super) scratch: ScratchWorktree,
    /// How many processes write the files of a worktree; `None` to use git's setting.
    pub(super) workers: Option<usize>,
    pub(super) tasks: Vec<Task>,
}

/// One command, on one commit.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) check: Arc<ConfiguredCheck>,
    pub(super) patch: Option<u32>,
    /// The commit to run it on; `None` if the patch has no commit.
    pub(super) on: Option<On>,
    /// The file for its output.
    pub(super) output: PathBuf,
    /// The file with the mails.
    pub(super) mbox: PathBuf,
}

/// A commit that a command is run on.
#[derive(Debug)]
pub(super) struct On {
    pub(super) commit: Oid,
    pub(super) subject: CheckKey,
    /// Whether it is checked out in the review worktree.
    pub(super) in_worktree: bool,
    /// The earlier result, if it passed.
    pub(super) passed: Option<CheckResult>,
}

impl SeriesRuns {
    /// Takes the lock of the review, so that its worktree is not moved or removed.
    pub(super) fn lock(&self) -> Result<ReviewLock> {
        let dir = self.common_dir.join("patman").join("locks");
        ReviewLock::take_soon(&dir, &self.name)?.ok_or_else(|| busy(&self.name))
    }
}

impl Reviews<'_> {
    /// Plans the runs on one review.
    pub(super) fn plan(&self, recorded: &ReviewRow, order: &ExecRequest) -> Result<SeriesRuns> {
        let name = recorded.series_name()?;
        let commits = self.commits(recorded, &name)?;
        let worktree = self.usable_worktree(recorded, &name)?;
        let dir = files::of_version(self.repo.common_dir(), &name, commits.version);
        let mut tasks = Vec::new();
        let (each, whole): (Vec<_>, Vec<_>) =
            order.checks.iter().partition(|check| check.each_patch);
        for patch in &commits.patches {
            for check in &each {
                let commit = patch
                    .commit
                    .as_deref()
                    .and_then(|id| Oid::from_str(id).ok());
                let on = commit
                    .map(|commit| self.on(check, commit, &[commit], false))
                    .transpose()?;
                tasks.push(task(&dir, check, Some(patch.seq), on));
            }
        }
        // Commits on top of the version in its worktree are checked too: the user is working on them.
        let head = worktree.as_ref().map_or(commits.head, |(_, head)| *head);
        for check in &whole {
            let all = self.repo.commits_between(commits.base, head)?;
            let all = if all.is_empty() { vec![head] } else { all };
            tasks.push(task(
                &dir,
                check,
                None,
                Some(self.on(check, head, &all, worktree.is_some())?),
            ));
        }
        let is_due = |task: &Task| {
            task.on
                .as_ref()
                .is_some_and(|on| order.rerun || on.passed.is_none() || on.in_worktree)
        };
        let due: Vec<Option<u32>> = tasks
            .iter()
            .filter(|task| is_due(task))
            .map(|task| task.patch)
            .collect();
        self.write_mails(recorded, &commits, &dir, &due)?;
        Ok(SeriesRuns {
            scratch: self.worktrees.scratch(&name),
            name,
            version: commits.version,
            base: commits.base,
            common_dir: self.repo.common_dir().to_owned(),
            worktree: worktree.map(|(path, _)| path),
            workers: place::workers(self.settings),
            tasks,
        })
    }

    /// The commits of the newest applied version.
    fn commits(&self, recorded: &ReviewRow, name: &SeriesName) -> Result<VersionRange> {
        if SeriesRefs::read(self.repo, name)?.stopped().is_some() {
            return Err(
                Error::new(format!("'{name}' has an unresolved conflict")).with_hint(format!(
                    "to continue it: git patman review continue {name}",
                    name = shell_quote(name)
                )),
            );
        }
        self.range(recorded, None)
    }

    /// The review worktree with its HEAD, if it exists and is complete.
    fn usable_worktree(
        &self,
        recorded: &ReviewRow,
        name: &SeriesName,
    ) -> Result<Option<(PathBuf, Oid)>> {
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        for _ in 0..MOMENTS {
            match self.worktree_now(name, place.as_deref()) {
                Ok(found) => return Ok(found),
                // It is not locked here, so another process may be creating or removing it.
                Err(_) => std::thread::sleep(MOMENT),
            }
        }
        self.worktree_now(name, place.as_deref())
    }

    fn worktree_now(
        &self,
        name: &SeriesName,
        place: Option<&Path>,
    ) -> Result<Option<(PathBuf, Oid)>> {
        // The branch may be checked out in another worktree of the user, where checks are not run.
        let Ok(Some(found)) = self.own_worktree(name, place) else {
            return Ok(None);
        };
        if found.is_unfinished() {
            return Ok(None);
        }
        match self.worktrees.inspect(&found)? {
            PathContent::Worktree(tree) => Ok(Some((
                found.path,
                found.head.map_or_else(|| tree.head(), Ok)?,
            ))),
            PathContent::Nothing => Ok(None),
        }
    }

    fn on(
        &self,
        check: &ConfiguredCheck,
        commit: Oid,
        commits: &[Oid],
        in_worktree: bool,
    ) -> Result<On> {
        let (_, tree) = self.repo.subject_and_tree(commit)?;
        let context = self.repo.digest(commits)?;
        let subject = CheckKey {
            tree: tree.to_string(),
            command: check.line(),
            context,
        };
        let passed = check_result::find(&self.db, &subject)?
            .filter(|before| before.outcome == CheckOutcome::Passed);
        Ok(On {
            commit,
            subject,
            in_worktree,
            passed,
        })
    }

    /// Writes the mails of a version into a file and returns its path.
    pub fn series_mbox(&self, recorded: &ReviewRow, range: &VersionRange) -> Result<PathBuf> {
        let dir = files::of_version(self.repo.common_dir(), &range.name, range.version);
        self.write_mails(recorded, range, &dir, &[None])?;
        Ok(mbox(&dir, None))
    }

    /// Writes the mails for the commands.
    fn write_mails(
        &self,
        recorded: &ReviewRow,
        commits: &VersionRange,
        dir: &Path,
        due: &[Option<u32>],
    ) -> Result<()> {
        let Some(row) = recorded
            .version(commits.version)
            .filter(|_| !due.is_empty())
        else {
            return Ok(());
        };
        let mails = record::mails(&self.db, row.id)?;
        let is_sent = |kind: MailKind| matches!(kind, MailKind::Cover | MailKind::Patch);
        for patch in due {
            let wanted = mails.iter().filter(|mail| match patch {
                Some(number) => mail.kind == MailKind::Patch && mail.seq == Some(*number),
                None => is_sent(mail.kind),
            });
            let mut text = mailbox(wanted.map(|mail| mail.raw.as_slice()));
            if text.is_empty() {
                text = self.formatted(commits, *patch)?;
            }
            files::write(&mbox(dir, *patch), &text)?;
        }
        Ok(())
    }

    /// The commits as `git format-patch` prints them, for a review whose mails are not stored.
    fn formatted(&self, commits: &VersionRange, patch: Option<u32>) -> Result<Vec<u8>> {
        let range = match patch {
            None => format!("{}..{}", commits.base, commits.head),
            Some(number) => {
                let one = commits.patches.iter().find(|patch| patch.seq == number);
                let Some(commit) = one.and_then(|patch| patch.commit.as_deref()) else {
                    return Ok(Vec::new());
                };
                format!("{commit}^..{commit}")
            }
        };
        Ok(self
            .repo
            .git()
            .args(["format-patch", "--stdout", &range])
            .ok()?
            .stdout)
    }
}

fn task(dir: &Path, check: &Arc<ConfiguredCheck>, patch: Option<u32>, on: Option<On>) -> Task {
    let output = dir.join(format!(
        "{}-{}.log",
        files::of_patch(patch),
        check.file_stem()
    ));
    Task {
        check: Arc::clone(check),
        patch,
        on,
        output,
        mbox: mbox(dir, patch),
    }
}

fn mbox(dir: &Path, patch: Option<u32>) -> PathBuf {
    dir.join(format!("{}.mbox", files::of_patch(patch)))
}
