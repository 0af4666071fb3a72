// SPDX-License-Identifier: GPL-2.0-or-later
//! Where a patch does not apply: `git am` stops in the worktree, and `review continue` goes on.

use super::Reviews;
use super::record::{self, Recorded};
use super::refs::{self, SeriesRefs};
use super::report::{Report, State};
use crate::apply::How;
use crate::error::{Context, Error, Exit, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::git::run::Git;
use crate::mail::Message;
use crate::series::{SeriesName, VersionNumber};
use crate::worktree::lock::ReviewLock;
use crate::worktree::tree::Work;
use crate::worktree::{Tree, kept};
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What is left to apply.
#[derive(Debug)]
pub struct Stopping<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// The version.
    pub version: VersionNumber,
    /// The worktree, which is at the last patch that applied.
    pub path: &'a Path,
    /// The mails from the patch that does not apply on.
    pub rest: Vec<&'a Message>,
    /// The commit that the worktree is at.
    pub begun: Oid,
    /// The commit that the version is applied to.
    pub base: Oid,
}

impl Reviews<'_> {
    /// Runs `git am -3` on the rest of a series; the last commit if it applies after all, none where git stops.
    pub fn hand_to_am(&self, stopping: &Stopping<'_>, lock: &ReviewLock) -> Result<Option<Oid>> {
        let mut mbox = tempfile::NamedTempFile::new().context(|| "cannot make a temporary file")?;
        for message in &stopping.rest {
            mbox.write_all(&as_mboxrd(message.raw())).context(|| "cannot write a temporary file")?;
        }
        mbox.flush().context(|| "cannot write a temporary file")?;
        let tree = Tree::open(self.repo.common_dir(), stopping.path)?;
        if tree.has_am() {
            // One that was killed, or that the user left in a worktree that is at a known commit with no changes.
            tree.git().holding(lock)?.args(["am", "--quit"]).ok()?;
        }
        tree.begin(Work::Am)?;
        let git = self.as_committer(tree.git())?.holding(lock)?;
        // Stricter than git's default here: what our engine refuses as a way into `.git` must not get in by git.
        let git = git.args(["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]);
        let done = git
            .args(["am", "-3", "--no-gpg-sign", "--patch-format=mboxrd", "--"])
            .args([mbox.path().as_os_str()])
            .run()?;
        if !done.status.success() {
            if !tree.is_stopped() {
                return Err(Error::new(format!("'git am' failed in '{}'", stopping.path.display()))
                    .with_cause(String::from_utf8_lossy(&done.stderr).trim()));
            }
            self.out.detail(String::from_utf8_lossy(&done.stdout));
            self.out.detail(String::from_utf8_lossy(&done.stderr));
            self.note_debris(stopping, &tree, lock)?;
            tree.done()?;
            return Ok(None);
        }
        let head = tree.head()?;
        self.settle(stopping.name, stopping.version, stopping.begun, head, lock)?;
        tree.done()?;
        Ok(Some(head))
    }

    /// Remembers what `git am` left in the files, so that an abort can tell it from what the user did.
    fn note_debris(&self, stopping: &Stopping<'_>, tree: &Tree, lock: &ReviewLock) -> Result<()> {
        let debris = kept::snapshot(tree, stopping.name, tree.head()?)?;
        let old = SeriesRefs::read(self.repo, stopping.name)?.of(stopping.version).debris;
        let name = refs::debris(stopping.name, stopping.version);
        self.repo.change_refs(&[RefChange::set(name, old, debris)], "patman: what git am left", lock)
    }

    /// Takes what a `git am` that was killed had finished, and puts the rest back to where it began, so that it can be begun
    /// again. What the worktree holds then is kept, since the user may have been there.
    pub fn recover_am(
        &self,
        name: &SeriesName,
        place: Option<&Path>,
        known: SeriesRefs,
        lock: &ReviewLock,
    ) -> Result<SeriesRefs> {
        let Some((version, refs)) = known.stopped().filter(|(_, refs)| refs.debris.is_none()) else { return Ok(known) };
        let worktree = self.own_worktree(name, place)?.filter(|found| !found.is_unfinished());
        let tree = self.tree_of(worktree.as_ref())?.filter(|tree| tree.interrupted() == Some(Work::Am));
        let (Some(tree), Some(begun)) = (tree, refs.stopped) else { return Ok(known) };
        let head = tree.head()?;
        if !tree.has_am() && head != begun && self.repo.is_ancestor(begun, head)? {
            tree.unlock()?;
            self.settle(name, version, begun, head, lock)?;
            tree.done()?;
        } else {
            let why = format!("patman: begin {version} of {name} again");
            self.end_am(name, &tree, &known, (begun, &why), lock)?;
        }
        SeriesRefs::read(self.repo, name)
    }

    /// Goes on with a version that waits for the user.
    pub fn resume(&mut self, recorded: &Recorded) -> Result<Report> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let Some((version, stopped)) = known.stopped() else {
            return Err(match known.newest() {
                Some((newest, _)) => Error::new(format!("nothing of {name} is to be continued: {newest} is applied")),
                None => Error::new(format!("nothing of {name} is to be continued")),
            });
        };
        let begun = stopped.stopped.expect("a stopped version has the commit that it stopped at");
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let again = || format!("to take it back, and start again: git patman review abort {name}");
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
        tree.begin(Work::Am)?;
        if tree.is_stopped() && tree.am_counters().is_some_and(|(next, last)| next <= last) {
            self.continue_am(&name, &tree, killed, &lock)?;
        }
        if tree.has_am() {
            // Killed when all was done, and it was about to delete its files.
            tree.git().holding(&lock)?.args(["am", "--quit"]).ok()?;
        }
        tree.done()?;
        let head = tree.head()?;
        if head == begun && !tree.is_stopped() && !self.is_done_without_commit(&tree)? {
            return Err(Error::new(format!("'git am' was aborted in '{}'", tree.path().display())).with_hint(again()));
        }
        if !self.repo.is_ancestor(begun, head)? {
            return Err(Error::new(format!("'{}' is not where 'git am' began any more", tree.path().display()))
                .with_hint(again()));
        }
        self.settle(&name, version, begun, head, &lock)?;
        let mut report = self.describe(recorded)?;
        // What the user resolved, or git am did after that, is told apart from what was applied in memory.
        let by_hand = self.repo.commits_between(begun, head)?;
        for patch in &mut report.patches {
            if patch.commit.as_deref().is_some_and(|id| by_hand.iter().any(|one| one.to_string() == id)) {
                patch.how = Some(How::GitAm);
            }
        }
        if report.state != State::Partial {
            report.state = State::Applied;
        }
        Ok(report)
    }

    /// Whether the last patch was skipped or empty, so that `git am` ended where it began.
    fn is_done_without_commit(&self, tree: &Tree) -> Result<bool> {
        let log = tree.git().args(["reflog", "-1", "--format=%gs"]).run()?;
        Ok(log.text().starts_with("am: ") && !log.text().contains("abort"))
    }

    fn continue_am(&self, name: &SeriesName, tree: &Tree, killed: bool, lock: &ReviewLock) -> Result<()> {
        let git = self.as_committer(tree.git())?.holding(lock)?;
        // Killed between two patches, there is nothing to commit: the next one is to be tried (git 2.46), or, where git
        // had not counted yet the one that it has committed, that one is to be skipped.
        let how = match killed && tree.has_nothing_staged()? {
            true if self.is_counted_late(tree)? => "--skip",
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
        let wanted = |line: &&str| !line.starts_with("hint:") && !line.starts_with("Applying:") && !line.is_empty();
        let why: Vec<&str> = said.lines().filter(wanted).take(3).collect();
        Err(Error::new(format!("'git am' has stopped again in '{}'", tree.path().display()))
            .with_cause(why.join("; "))
            .with_hint("resolve the patch there, and 'git add' the files; then")
            .with_hint(format!("  git patman review continue {name}"))
            .with_exit(Exit::Stopped))
    }

    /// Whether the patch that `git am` is at is committed already.
    fn is_counted_late(&self, tree: &Tree) -> Result<bool> {
        let am = tree.git_dir().join("rebase-apply");
        let Some((next, _)) = tree.am_counters().filter(|_| !am.join("final-commit").exists()) else {
            return Ok(false);
        };
        let mail = am.join(format!("{next:04}"));
        let mail = std::fs::read(&mail).context(|| format!("cannot read '{}'", mail.display()))?;
        let said = tree.git().args(["mailinfo", "/dev/null", "/dev/null"]).input(mail).ok()?.text();
        let subject = said.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        Ok(self.repo.subject_and_tree(tree.head()?)?.0 == subject)
    }

    /// The version is applied: the ref of its last commit takes the place of the one where it stopped.
    fn settle(
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
        changes.extend(old.debris.map(|id| RefChange::delete(refs::debris(name, version), id)));
        self.repo.change_refs(&changes, &why, lock)?;
        self.repo.change_refs(&[RefChange::delete(refs::stopped(name, version), begun)], &why, lock)
    }

    /// The committer for git's own commits, where git knows none.
    fn as_committer(&self, git: Git) -> Result<Git> {
        let committer = self.repo.committer(self.settings)?;
        if !committer.is_neutral {
            return Ok(git);
        }
        Ok(git
            .env("GIT_COMMITTER_NAME", OsStr::from_bytes(&committer.signature.name))
            .env("GIT_COMMITTER_EMAIL", OsStr::from_bytes(&committer.signature.email)))
    }
}

/// A mail as an mbox has it, with `From ` at the beginning of its lines quoted as in mboxrd.
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
