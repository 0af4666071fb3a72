// SPDX-License-Identifier: GPL-2.0-or-later
//! Stops where a patch does not apply: the worktree is at the last patch that applied, and `git am -3` stops there.

use super::Reviews;
use super::abort::Ending;
use super::place::WorktreeUpdate;
use super::record;
use super::refs::{self, SeriesRefs};
use super::report::{ReviewReport, ReviewState};
use super::start::{StartJob, complete};
use crate::apply::{self, Applied, ApplyMethod};
use crate::error::{Error, Exit, Result, WithContext};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::mail::Message;
use crate::series::{SeriesName, VersionNumber};
use crate::text::shell_quote;
use crate::worktree::lock::ReviewLock;
use crate::worktree::tree::KilledOperation;
use crate::worktree::{Tree, branch_ref, kept};
use std::io::Write;
use std::path::Path;

/// How the engine's message for a patch that does not apply begins; the reader knows this already.
pub(super) const UNFIT: &str = "patch does not apply: ";

/// The patches that are left to apply.
#[derive(Debug)]
pub struct Stopping<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// The version.
    pub version: VersionNumber,
    /// The worktree, which is at the last patch that applied.
    pub path: &'a Path,
    /// The mails of the remaining patches; the first does not apply.
    pub rest: Vec<&'a Message>,
    /// The commit that the worktree is at.
    pub begun: Oid,
    /// The commit that the version is applied to.
    pub base: Oid,
}

impl Reviews<'_> {
    /// Passes the rest of a series to `git am` in the worktree when a patch does not apply.
    pub(super) fn stop(
        &mut self,
        job: &StartJob<'_>,
        known: &SeriesRefs,
        applied: Applied,
        lock: &ReviewLock,
    ) -> Result<ReviewReport> {
        let (name, version) = (job.name, job.selected.version.number);
        let stop = applied
            .stopped
            .clone()
            .expect("the caller saw that it stopped");
        let number = job.selected.version.patches[stop.index].number;
        let mut report = self.report(name, job.selected, job.base, applied.head, Some(&applied));
        report.state = ReviewState::Stopped;
        if !job.request.worktree {
            record::take_back(&mut self.db, job.entry, self.repo.common_dir())?;
            return Err(stop
                .error
                .within(format!(
                    "patch {number} of {} does not apply to {}",
                    job.selected.version.total,
                    self.repo.short_id(job.base.commit)
                ))
                .with_hint("to resolve it in a worktree, start it without --no-worktree")
                .with_exit(Exit::Stopped));
        }
        let old = known.of(version);
        let why = format!("patman: stop {version} of {name} at patch {number}");
        let mut changes = self.leave(job, known)?;
        changes.push(RefChange::set(
            refs::stopped(name, version),
            old.stopped,
            applied.head,
        ));
        changes.extend(
            old.head
                .map(|head| RefChange::delete(refs::head(name, version), head)),
        );
        self.repo.change_refs(&changes, &why, lock)?;
        record::grow(&mut self.db, job.entry, job.selected)?;
        let known = SeriesRefs::read(self.repo, name)?;
        let placing = WorktreeUpdate {
            name,
            refs: &known,
            to: applied.head,
            why: &why,
            force: job.request.force,
        };
        self.place_and_note(job, &placing, true, &mut report, lock)?;
        let path = report.worktree.clone().expect("a worktree was asked for");
        let rest = job.selected.version.patches[stop.index..]
            .iter()
            .map(|patch| &patch.message)
            .collect();
        let stopping = Stopping {
            name,
            version,
            path: &path,
            rest,
            begun: applied.head,
            base: job.base.commit,
        };
        if let Some(head) = self.hand_to_am(&stopping, lock)? {
            report.state = complete(job.selected);
            report.head = Some(head.to_string());
            self.fill_commits(&mut report, job.base.commit, head)?;
            for patch in report
                .patches
                .iter_mut()
                .filter(|patch| patch.how.is_none())
            {
                patch.how = Some(if patch.commit.is_some() {
                    ApplyMethod::GitAm
                } else {
                    ApplyMethod::Already
                });
            }
            return Ok(report);
        }
        self.tell_stop(&report, number, &stop);
        Ok(report)
    }

    fn tell_stop(&self, report: &ReviewReport, number: u32, stop: &apply::Stop) {
        let patch = report.patches.iter().find(|patch| patch.seq == number);
        let subject = patch
            .map(|patch| patch.subject.as_str())
            .unwrap_or_default();
        let why = stop.error.to_string();
        let why = why.trim_start_matches(UNFIT);
        self.events
            .warn(format!("patch {number} '{subject}' does not apply: {why}"));
        if let Some(path) = &report.worktree {
            self.events.notice(format!(
                "the worktree is in the middle of git am: '{}'",
                path.display()
            ));
        }
        let name = &report.series;
        self.events
            .hint("resolve the patch there with plain git, and 'git add' the files; then");
        self.events.hint(format!(
            "  git patman review continue {name}",
            name = shell_quote(name)
        ));
        self.events.hint("or abort it:");
        self.events.hint(format!(
            "  git patman review abort {name}",
            name = shell_quote(name)
        ));
    }

    /// Runs `git am -3` on the rest of a series; returns the last commit if it applies after all, none if git stops.
    pub fn hand_to_am(&self, stopping: &Stopping<'_>, lock: &ReviewLock) -> Result<Option<Oid>> {
        let mut mbox =
            tempfile::NamedTempFile::new().context(|| "cannot create a temporary file")?;
        for message in &stopping.rest {
            mbox.write_all(&as_mboxrd(message.raw()))
                .context(|| "cannot write a temporary file")?;
        }
        mbox.flush().context(|| "cannot write a temporary file")?;
        let tree = Tree::open(self.repo.common_dir(), stopping.path)?;
        if tree.has_am() {
            // A `git am` that was killed, or that the user left in a worktree at a known commit with no changes.
            tree.git().holding(lock)?.args(["am", "--quit"]).ok()?;
        }
        tree.begin(KilledOperation::Am)?;
        let git = self.as_committer(tree.git())?.holding(lock)?;
        let done = git
            .args(["am", "-3", "--no-gpg-sign", "--patch-format=mboxrd", "--"])
            .args([mbox.path().as_os_str()])
            .run()?;
        self.take_back_refused(stopping, &tree, lock)?;
        if !done.status.success() {
            if !tree.is_stopped() {
                return Err(Error::new(format!(
                    "'git am' failed in '{}'",
                    stopping.path.display()
                ))
                .with_cause(String::from_utf8_lossy(&done.stderr).trim()));
            }
            self.events.step(String::from_utf8_lossy(&done.stdout));
            self.events.step(String::from_utf8_lossy(&done.stderr));
            self.note_debris(stopping, &tree, lock)?;
            tree.done()?;
            return Ok(None);
        }
        let head = tree.head()?;
        self.settle(stopping.name, stopping.version, stopping.begun, head, lock)?;
        tree.done()?;
        Ok(Some(head))
    }

    /// Resets the worktree to where `git am` began, and returns an error, if its result must not be checked out.
    fn take_back_refused(
        &self,
        stopping: &Stopping<'_>,
        tree: &Tree,
        lock: &ReviewLock,
    ) -> Result<()> {
        let head = tree.head()?;
        let Err(why) = self.refuse_result(tree, stopping.begun, head) else {
            return Ok(());
        };
        if tree.has_am() {
            tree.git().holding(lock)?.args(["am", "--quit"]).ok()?;
        }
        let reflog = format!("patman: take 'git am' of {} back", stopping.name);
        let branch = branch_ref(stopping.name);
        tree.force_switch(&branch, head, stopping.begun, &reflog, lock)?;
        Err(why)
    }

    /// Returns an error if the commits from `git am` have a path that is not allowed, or files that select a driver set
    /// by a relative path.
    pub(super) fn refuse_result(&self, tree: &Tree, begun: Oid, head: Oid) -> Result<()> {
        let old = self.repo.tree_of(begun)?;
        let new = self.repo.tree_of(head)?;
        match apply::unsafe_path(&self.repo.objects()?, Some(old), new)? {
            Some(path) => Err(Error::new(format!("invalid path '{path}'"))),
            None => tree.refuse_drivers(head),
        }
    }

    /// Records what `git am` left in the files, so that an abort can distinguish it from the user's changes.
    fn note_debris(&self, stopping: &Stopping<'_>, tree: &Tree, lock: &ReviewLock) -> Result<()> {
        let debris = kept::snapshot(tree, stopping.name, tree.head()?)?;
        let old = SeriesRefs::read(self.repo, stopping.name)?
            .of(stopping.version)
            .debris;
        let name = refs::debris(stopping.name, stopping.version);
        self.repo.change_refs(
            &[RefChange::set(name, old, debris)],
            "patman: what git am left",
            lock,
        )
    }

    /// Recovers a killed `git am`: uses the result if it had finished, or resets to where it began so that it can run
    /// again. The content of the worktree is saved first, since the user may have changed it.
    pub fn recover_am(
        &self,
        name: &SeriesName,
        place: Option<&Path>,
        known: SeriesRefs,
        lock: &ReviewLock,
    ) -> Result<SeriesRefs> {
        let Some((version, refs)) = known.stopped().filter(|(_, refs)| refs.debris.is_none())
        else {
            return Ok(known);
        };
        let worktree = self
            .own_worktree(name, place)?
            .filter(|found| !found.is_unfinished());
        let tree = self
            .tree_of(worktree.as_ref())?
            .filter(|tree| tree.interrupted() == Some(KilledOperation::Am));
        let (Some(tree), Some(begun)) = (tree, refs.stopped) else {
            return Ok(known);
        };
        let head = tree.head()?;
        if !tree.has_am() && head != begun && self.repo.is_ancestor(begun, head)? {
            tree.unlock()?;
            self.settle(name, version, begun, head, lock)?;
            tree.done()?;
        } else {
            let why = format!("patman: begin {version} of {name} again");
            let ending = Ending {
                name,
                known: &known,
                worktree: worktree.as_ref(),
                to: begun,
                why: &why,
            };
            self.end_am(&ending, &tree, lock)?;
        }
        SeriesRefs::read(self.repo, name)
    }
}

/// A mail in mbox format, with `From ` at the beginning of its lines quoted as in mboxrd.
fn as_mboxrd(raw: &[u8]) -> Vec<u8> {
    let mut mbox = b"From git-patman@localhost Thu Jan  1 00:00:00 1970\n".to_vec();
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        let quotes = line.iter().take_while(|&&byte| byte == b'>').count();
        if line[quotes..].starts_with(b"From ") {
            mbox.push(b'>');
        }
        mbox.extend_from_slice(line);
    }
    if !mbox.ends_with(b"\n") {
        mbox.push(b'\n');
    }
    mbox.push(b'\n');
    mbox
}
