// SPDX-License-Identifier: GPL-2.0-or-later
//! Continues a version that waits for the user, once the patch is resolved.

use super::Reviews;
use super::record::{self, ReviewRow};
use super::refs::{self, SeriesRefs};
use super::report::{ReviewReport, ReviewState};
use crate::apply::ApplyMethod;
use crate::error::{Error, Exit, Result, WithContext};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::git::run::Git;
use crate::presence;
use crate::series::{SeriesName, VersionNumber};
use crate::text::shell_quote;
use crate::worktree::Tree;
use crate::worktree::lock::ReviewLock;
use crate::worktree::tree::KilledOperation;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

impl Reviews<'_> {
    /// Continues a version that waits for the user.
    pub fn resume(&mut self, recorded: &ReviewRow) -> Result<ReviewReport> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let Some((version, stopped)) = known.stopped() else {
            return Err(match known.newest() {
                Some((newest, _)) => Error::new(format!(
                    "there is nothing to continue for '{name}': {newest} is applied"
                )),
                None => Error::new(format!("there is nothing to continue for '{name}'")),
            });
        };
        let begun = stopped
            .stopped
            .expect("a stopped version has the commit that it stopped at");
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let again = || {
            format!(
                "to abort it, and start again: git patman review abort {name}",
                name = shell_quote(&name)
            )
        };
        let worktree = self.own_worktree(&name, place.as_deref())?;
        let Some(tree) = self.tree_of(worktree.as_ref())? else {
            return Err(Error::new(format!("the worktree of '{name}' is gone")).with_hint(again()));
        };
        if stopped.debris.is_none() && (tree.has_am() || tree.head()? == begun) {
            return Err(Error::new(format!(
                "'git am' was killed in '{}' before it had stopped",
                tree.path().display()
            ))
            .with_hint("to begin again: git patman review start <the same mails>")
            .with_hint(again()));
        }
        let killed = tree.interrupted().is_some();
        if killed {
            tree.unlock()?;
        }
        tree.begin(KilledOperation::Am)?;
        if tree.is_stopped() && tree.am_counters().is_some_and(|(next, last)| next <= last) {
            self.continue_am(&name, &tree, killed, &lock)?;
        }
        if tree.has_am() {
            // It was killed when all was done, just before it deleted its files.
            tree.git().holding(&lock)?.args(["am", "--quit"]).ok()?;
        }
        tree.done()?;
        let head = tree.head()?;
        if head == begun && !tree.is_stopped() && !self.is_done_without_commit(&tree)? {
            return Err(Error::new(format!(
                "'git am' was aborted in '{}'",
                tree.path().display()
            ))
            .with_hint(again()));
        }
        if !self.repo.is_ancestor(begun, head)? {
            return Err(Error::new(format!(
                "'{}' is no longer at the commit where 'git am' began",
                tree.path().display()
            ))
            .with_hint(again()));
        }
        self.refuse_result(&tree, begun, head)
            .map_err(|error| error.with_hint(again()))?;
        self.settle(&name, version, begun, head, &lock)?;
        let mut report = self.describe(recorded)?;
        // Distinguish patches that the user resolved, or git am applied after that, from those applied in memory.
        let by_hand = self.repo.commits_between(begun, head)?;
        for patch in &mut report.patches {
            if patch
                .commit
                .as_deref()
                .is_some_and(|id| by_hand.iter().any(|one| one.to_string() == id))
            {
                patch.how = Some(ApplyMethod::GitAm);
            }
        }
        if report.state != ReviewState::Partial {
            report.state = ReviewState::Applied;
        }
        Ok(report)
    }

    /// Whether the last patch was skipped or empty, so that `git am` ended where it began.
    fn is_done_without_commit(&self, tree: &Tree) -> Result<bool> {
        let log = tree.git().args(["reflog", "-1", "--format=%gs"]).run()?;
        Ok(log.text().starts_with("am: ") && !log.text().contains("abort"))
    }

    fn continue_am(
        &self,
        name: &SeriesName,
        tree: &Tree,
        killed: bool,
        lock: &ReviewLock,
    ) -> Result<()> {
        let git = self.as_committer(tree.git())?.holding(lock)?;
        // After a kill between two patches there is nothing to commit: try the next patch (git 2.46) or, if git had not
        // counted the patch that it has committed, skip that patch.
        let how = match killed && tree.has_nothing_staged()? {
            true if self.is_counted_late(tree)? && tree.changes()?.paths.is_empty() => "--skip",
            true => "--retry",
            false => "--continue",
        };
        let done = git.args(["am", how]).run()?;
        if done.status.success() {
            return Ok(());
        }
        tree.done()?;
        let said = [done.stdout.as_slice(), done.stderr.as_slice()].concat();
        let said = String::from_utf8_lossy(&said);
        let wanted = |line: &&str| {
            !line.starts_with("hint:") && !line.starts_with("Applying:") && !line.is_empty()
        };
        let why: Vec<&str> = said.lines().filter(wanted).take(3).collect();
        Err(Error::new(format!(
            "'git am' has stopped again in '{}'",
            tree.path().display()
        ))
        .with_cause(why.join("; "))
        .with_hint("resolve the patch there, and 'git add' the files; then")
        .with_hint(format!(
            "  git patman review continue {name}",
            name = shell_quote(name)
        ))
        .with_exit(Exit::Stopped))
    }

    /// Whether the current patch of `git am` is committed already.
    fn is_counted_late(&self, tree: &Tree) -> Result<bool> {
        let am = tree.git_dir().join("rebase-apply");
        let Some((next, _)) = tree
            .am_counters()
            .filter(|_| !presence::may_exist(&am.join("final-commit")))
        else {
            return Ok(false);
        };
        let mail = am.join(format!("{next:04}"));
        let mail = std::fs::read(&mail).context(|| format!("cannot read '{}'", mail.display()))?;
        let said = tree
            .git()
            .args(["mailinfo", "/dev/null", "/dev/null"])
            .input(mail)
            .ok()?
            .text();
        let subject = said
            .lines()
            .find_map(|line| line.strip_prefix("Subject: "))
            .unwrap_or_default();
        Ok(self.repo.subject_and_tree(tree.head()?)?.0 == subject)
    }

    /// Marks the version as applied: the ref of its last commit replaces the ref where it stopped.
    pub(super) fn settle(
        &self,
        name: &SeriesName,
        version: VersionNumber,
        begun: Oid,
        head: Oid,
        lock: &ReviewLock,
    ) -> Result<()> {
        let why = format!("patman: apply {version} of {name}");
        // git changes refs one by one: a kill may have left the version with both, until the last is deleted.
        let old = SeriesRefs::read(self.repo, name)?.of(version);
        let mut changes = vec![RefChange::set(refs::head(name, version), old.head, head)];
        changes.extend(
            old.debris
                .map(|id| RefChange::delete(refs::debris(name, version), id)),
        );
        self.repo.change_refs(&changes, &why, lock)?;
        self.repo.change_refs(
            &[RefChange::delete(refs::stopped(name, version), begun)],
            &why,
            lock,
        )
    }

    /// Sets the committer for git's own commits, if git has none configured.
    pub(super) fn as_committer(&self, git: Git) -> Result<Git> {
        let committer = self.repo.committer(self.settings.committer())?;
        if !committer.is_neutral {
            return Ok(git);
        }
        Ok(git
            .env(
                "GIT_COMMITTER_NAME",
                OsStr::from_bytes(&committer.signature.name),
            )
            .env(
                "GIT_COMMITTER_EMAIL",
                OsStr::from_bytes(&committer.signature.email),
            ))
    }
}
