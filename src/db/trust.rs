// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether a database at the top of the worktree can be trusted: a clone, a pull or a patch can put any file
//! there, and whoever writes our database decides which servers are queried and what is deleted.
//!
//! The database is used if neither HEAD nor the index tracks it or a file beside it, and if its owner is one
//! that git would trust: the user, for root also the user who called sudo, the owner of the repository, which
//! git has accepted (`safe.directory`), or the members of its group when it is shared. A directory that the
//! user named is trusted. Whether it is tracked is checked once, and again when HEAD or the index has changed.

use super::file_name::is_of_database;
use super::location::{Location, Origin};
use crate::environment;
use crate::error::{Error, Result, WithContext};
use crate::git::tracked::TrackedBy;
use crate::git::write_atomic::write_atomic;
use crate::git::{Repo, sharing};
use crate::text::{escape_controls, shell_quote};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Refuses a database that somebody else may have put at the top of the worktree of `repo`. With `remember`, a
/// positive result is cached until HEAD or the index changes.
pub fn check(location: &Location, repo: &Repo, remember: bool) -> Result<()> {
    if location.origin != Origin::Worktree {
        return Ok(());
    }
    check_owner(location, repo)?;
    let stamp = repo.main_worktree_stamp();
    let answer = answer_file(repo);
    if let Some(stamp) = &stamp
        && std::fs::read_to_string(&answer).is_ok_and(|known| known == *stamp)
    {
        return Ok(());
    }
    if let Some((name, by)) = repo.tracked_at_top(is_of_database)? {
        let name = escape_controls(&String::from_utf8_lossy(&name)).into_owned();
        let why = format!("{by} tracks '{name}'");
        let remove = format!(
            "git rm --cached --ignore-unmatch {}",
            shell_quote(format!(":/{name}"))
        );
        let stop = match by {
            TrackedBy::Index => remove,
            TrackedBy::Head => format!("{remove} && git commit"),
        };
        return Err(refused(location, repo, &why).with_hint(format!(
            "or, if the file is yours, stop tracking it: {stop}"
        )));
    }
    if let Some(stamp) = stamp.filter(|_| remember) {
        // If the file cannot be written, the check runs again next time.
        drop(write_atomic(&answer, stamp.as_bytes()));
    }
    Ok(())
}

/// The file that records that nothing is tracked, with the state that was checked.
fn answer_file(repo: &Repo) -> PathBuf {
    repo.common_dir().join("patman").join("untracked")
}

fn check_owner(location: &Location, repo: &Repo) -> Result<()> {
    let file = location.file();
    let failed = || format!("cannot look at the database '{}'", file.display());
    let link = match file.symlink_metadata() {
        Ok(link) => link,
        // Another process has moved it, or it was lost: whoever opens it reports that.
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(why).context(failed),
    };
    if link.is_symlink() && !is_own(&link) {
        return Err(refused(
            location,
            repo,
            &format!("it is a symbolic link of another user ({})", link.uid()),
        ));
    }
    // A dangling link is reported when the database is opened.
    let Ok(meta) = file.metadata() else {
        return Ok(());
    };
    if is_own(&meta) || is_of_repository(&meta, repo.common_dir()) {
        return Ok(());
    }
    Err(refused(
        location,
        repo,
        &format!("it belongs to another user ({})", meta.uid()),
    ))
}

/// Whether it belongs to this user or, for root, to the user who called sudo; this is git's rule for a
/// repository.
fn is_own(meta: &Metadata) -> bool {
    let user = rustix::process::geteuid();
    meta.uid() == user.as_raw() || user.is_root() && environment::sudo_uid() == Some(meta.uid())
}

/// Whether it belongs to the owner of the repository, which git has accepted, or to a group that shares it.
fn is_of_repository(meta: &Metadata, common_dir: &Path) -> bool {
    let Ok(dir) = common_dir.metadata() else {
        return false;
    };
    let is_of_group =
        || sharing::is_shared() && dir.mode() & 0o022 == 0o020 && dir.gid() == meta.gid();
    meta.uid() == dir.uid() || is_of_group()
}

fn refused(location: &Location, repo: &Repo, why: &str) -> Error {
    let other = shell_quote(repo.common_dir().join("patman"));
    Error::new(format!(
        "refusing to use the database '{}'",
        location.file().display()
    ))
    .with_cause(why)
    .with_hint(format!(
        "to use one in git's own directory: mkdir -p {other} && git config patman.dbDir {other}"
    ))
}
