// SPDX-License-Identifier: GPL-2.0-or-later
//! Applies a version to its base in memory: creates the commits of `git am -3` without a checkout.
//!
//! Each patch tries the following methods in turn until one applies it, and no method gives a result that git
//! would not. Whichever is used, no path in the result may lead out of the tree or into `.git` (`path`):
//!
//! 1. our own engine (`tree`, `place`), which follows `git apply`; if the old blob is the one named in the
//!    `index` line, the new blob must be too;
//! 2. `git apply --cached` (`fallback`), for what the engine does not support, or if its new blob differs;
//! 3. a merge from the blobs named in the `index` lines, like `am -3`, if hunks do not apply (`three_way`);
//! 4. if none works, it stops, and the caller lets `git am -3` stop in a worktree for the user.

mod binary;
mod database;
mod fallback;
pub mod path;
mod place;
mod refused;
mod synthetic_base;
mod three_way;
mod tree;

use crate::diff::{self, DiffError};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::commits::Signature;
use crate::git::objects::Objects;
pub use synthetic_base::synthetic_base;
use tree::FileOutcome;

/// A patch from a parsed mail.
#[derive(Debug, Clone)]
pub struct PatchMail {
    /// The text that holds the diff; text around the diff is ignored.
    pub diff: Vec<u8>,
    /// Its author, with the date.
    pub author: Signature,
    /// The message of its commit, ready to be written.
    pub message: Vec<u8>,
}

/// How a patch was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApplyMethod {
    /// Every hunk applied at its given line.
    Exact,
    /// Some hunk applied at another line.
    Moved,
    /// By a merge with the blobs that the patch was made on.
    ThreeWay,
    /// By `git am` in a worktree.
    GitAm,
    /// The base already has its changes; no commit was created.
    Already,
}

impl ApplyMethod {
    /// The method in a word.
    pub fn word(self) -> &'static str {
        match self {
            ApplyMethod::Exact => "exact",
            ApplyMethod::Moved => "moved",
            ApplyMethod::ThreeWay => "3way",
            ApplyMethod::GitAm => "git-am",
            ApplyMethod::Already => "already",
        }
    }
}

/// The result of one patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedPatch {
    /// How it was applied.
    pub how: ApplyMethod,
    /// Its commit; none if its changes were already present.
    pub commit: Option<Oid>,
    /// The tree after the patch.
    pub tree: Oid,
}

/// Where and why the application stopped.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The index of the patch, from 0.
    pub index: usize,
    /// The file, the line, and the reason.
    pub error: Error,
    /// The files that do not apply; empty if the patch cannot be parsed.
    pub files: Vec<String>,
}

/// The result of a series.
#[derive(Debug, Clone)]
pub struct Applied {
    /// One step for each patch before the stop.
    pub steps: Vec<AppliedPatch>,
    /// The last commit, or the base. No ref leads to it yet: the caller must create one.
    pub head: Oid,
    /// Why not all patches were applied.
    pub stopped: Option<Stop>,
}

/// Applies patches to the commit `base`, one after the other. An error means that the repository could not be
/// read or written, or that the series must not be applied at all; a patch that does not apply is a [`Stop`].
pub fn apply(
    objects: &Objects,
    base: Oid,
    patches: &[PatchMail],
    committer: &Signature,
) -> Result<Applied> {
    let applied = apply_in_memory(objects, base, patches, committer)?;
    objects.flush()?;
    Ok(applied)
}

/// The same, but keeps the new objects in memory unless a git process needs them.
pub fn apply_in_memory(
    objects: &Objects,
    base: Oid,
    patches: &[PatchMail],
    committer: &Signature,
) -> Result<Applied> {
    database::check(patches)?;
    let mut tree = objects.tree_of(base)?;
    let mut applied = Applied {
        steps: Vec::new(),
        head: base,
        stopped: None,
    };
    for (index, patch) in patches.iter().enumerate() {
        match one(objects, tree, patch)? {
            Ok((ApplyMethod::Already, _)) => applied.steps.push(AppliedPatch {
                how: ApplyMethod::Already,
                commit: None,
                tree,
            }),
            Ok((how, new)) => {
                tree = new;
                applied.head = objects.commit(
                    tree,
                    &[applied.head],
                    &patch.author,
                    committer,
                    &patch.message,
                )?;
                applied.steps.push(AppliedPatch {
                    how,
                    commit: Some(applied.head),
                    tree,
                });
            }
            Err((error, files)) => {
                applied.stopped = Some(Stop {
                    index,
                    error,
                    files,
                });
                break;
            }
        }
    }
    Ok(applied)
}

/// Why a patch stops, and the files that do not apply.
type Stopped = (Error, Vec<String>);

/// Applies one patch and checks that the result has no unsafe path, whatever method was used.
fn one(
    objects: &Objects,
    tree: Oid,
    patch: &PatchMail,
) -> Result<Result<(ApplyMethod, Oid), Stopped>> {
    let done = climb(objects, tree, patch)?;
    if let Ok((_, new)) = done
        && let Some(path) = unsafe_path(objects, Some(tree), new)?
    {
        let error = Error::new(format!("invalid path '{path}'"));
        return Ok(Err((error, vec![path])));
    }
    Ok(done)
}

/// The first unsafe path that `new` has and `old` has not; see [`path::is_safe`].
pub fn unsafe_path(objects: &Objects, old: Option<Oid>, new: Oid) -> Result<Option<String>> {
    let added = objects.added_entries(old, new)?;
    let found = added
        .iter()
        .find(|(path, entry)| !path::is_safe(path, entry.mode));
    Ok(found.map(|(path, _)| crate::invisible::shown(path)))
}

/// Tries each method in turn.
fn climb(
    objects: &Objects,
    tree: Oid,
    patch: &PatchMail,
) -> Result<Result<(ApplyMethod, Oid), Stopped>> {
    if patch.diff.is_empty() {
        return Ok(Err((Error::new("patch is empty"), Vec::new())));
    }
    if let Err(error) = patch.author.check() {
        return Ok(Err((error, Vec::new())));
    }
    let files = match diff::parse(&patch.diff) {
        Ok(files) => files,
        Err(DiffError::Corrupt(error)) => return Ok(Err((error, Vec::new()))),
        // git would use too much memory as well, so it is not tried.
        Err(DiffError::TooLarge(error)) => {
            return Err(Error::new("refusing a patch")
                .with_cause(error)
                .with_hint("if you trust the sender, apply it with 'git am'"));
        }
        Err(DiffError::Unmodelled(_)) => {
            return Ok(
                outcome(fallback::apply(objects, tree, &patch.diff, None)?).map_err(|stop| *stop)
            );
        }
    };
    let mut done = FileOutcome::Unsure;
    if !fallback::has_whitespace_rules(objects) {
        objects.begin_batch();
        done = tree::apply(objects, tree, &files)?;
    }
    if matches!(done, FileOutcome::Unsure) {
        done = fallback::apply(objects, tree, &patch.diff, Some(&files))?;
    }
    let stop = match outcome(done) {
        Ok(done) => return Ok(Ok(done)),
        Err(stop) => stop,
    };
    Ok(
        match three_way::apply(objects, tree, &patch.diff, &files)? {
            Some(merged) if merged == tree => Ok((ApplyMethod::Already, tree)),
            Some(merged) => Ok((ApplyMethod::ThreeWay, merged)),
            None => Err(*stop),
        },
    )
}

/// The tree with a patch applied, if neither a merge nor git is needed.
pub fn plainly(objects: &Objects, tree: Oid, diff: &[u8]) -> Result<Option<Oid>> {
    let Ok(files) = diff::parse(diff) else {
        return Ok(None);
    };
    // A missing blob is no failure: the caller has other means.
    match tree::apply(objects, tree, &files) {
        Ok(FileOutcome::Done { tree, .. }) => Ok(Some(tree)),
        _ => Ok(None),
    }
}

fn outcome(outcome: FileOutcome) -> Result<(ApplyMethod, Oid), Box<Stopped>> {
    match outcome {
        FileOutcome::Done { tree, exact } => Ok((
            if exact {
                ApplyMethod::Exact
            } else {
                ApplyMethod::Moved
            },
            tree,
        )),
        FileOutcome::Refused { error, files } => Err(Box::new((error, files))),
        FileOutcome::Unsure => Err(Box::new((
            Error::new("the patch cannot be applied in memory"),
            Vec::new(),
        ))),
    }
}
