// SPDX-License-Identifier: GPL-2.0-or-later
//! A version onto its base, in memory: the commits that `git am -3` would make, with no checkout.
//!
//! Each patch goes down a ladder until a rung holds, and no rung gives what git would not. Whatever rung it is, no path in
//! the result may lead out of the tree or into `.git` (`path`):
//!
//! 1. our own engine (`tree`, `place`), which follows `git apply` and is proved by the blob that the `index` line
//!    promises, wherever the blob before is the one that the line names;
//! 2. what the engine does not model, or what breaks that promise, is done by `git apply --cached` (`fallback`);
//! 3. what does not fit is merged, as `am -3` does, from the blobs that the `index` lines name (`three_way`);
//! 4. else it stops, and the caller lets `git am -3` stop in a worktree for the user.

mod binary;
mod database;
mod fallback;
pub mod path;
mod place;
mod synthetic_base;
mod three_way;
mod tree;

use crate::diff::{self, DiffError};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::commits::Signature;
use crate::git::objects::Objects;
use serde::Serialize;
pub use synthetic_base::synthetic_base;
use tree::FileOutcome;

/// One patch, as its mail has been read.
#[derive(Debug, Clone)]
pub struct PatchMail {
    /// The text that holds the diff; what stands round the diff does no harm.
    pub diff: Vec<u8>,
    /// Who wrote it, and when.
    pub author: Signature,
    /// The message of its commit, ready to be written.
    pub message: Vec<u8>,
}

/// How a patch got in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum ApplyMethod {
    /// Every hunk at its given line.
    #[serde(rename = "exact")]
    Exact,
    /// Some hunk at another line.
    #[serde(rename = "moved")]
    Moved,
    /// By a merge with the blobs that it was made on.
    #[serde(rename = "3way")]
    ThreeWay,
    /// By `git am` in a worktree.
    #[serde(rename = "git-am")]
    GitAm,
    /// Its changes were there already; no commit was made.
    #[serde(rename = "already")]
    Already,
}

/// What became of one patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedPatch {
    /// How it got in.
    pub how: ApplyMethod,
    /// Its commit; none when its changes were there already.
    pub commit: Option<Oid>,
    /// The tree after it.
    pub tree: Oid,
}

/// Where and why the application stopped.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The patch, from 0.
    pub index: usize,
    /// Which file, which line, and why.
    pub error: Error,
    /// The files that do not fit; empty when the patch cannot be read.
    pub files: Vec<String>,
}

/// What became of a series.
#[derive(Debug, Clone)]
pub struct Applied {
    /// One for each patch before the stop.
    pub steps: Vec<AppliedPatch>,
    /// The last commit, or the base. Nothing holds it yet: give it a ref.
    pub head: Oid,
    /// Why not all patches got in.
    pub stopped: Option<Stop>,
}

/// Applies patches to the commit `base`, one after the other. An error means that the repository could not be read or
/// written, or that nobody must apply the series; a patch that does not fit is a [`Stop`].
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

/// The same, with the new objects left in memory where no git process had to see them.
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

/// Why one patch stops, and which files do not fit.
type Stopped = (Error, Vec<String>);

/// Applies one patch. Whatever rung did it, nothing in the result may stand where it must not.
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

/// The first path that a tree has, another has not, and none may have; see [`path::is_safe`].
pub fn unsafe_path(objects: &Objects, old: Option<Oid>, new: Oid) -> Result<Option<String>> {
    let added = objects.added_entries(old, new)?;
    let found = added
        .iter()
        .find(|(path, entry)| !path::is_safe(path, entry.mode));
    Ok(found.map(|(path, _)| diff::shown(path)))
}

/// Tries one rung after the other.
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
        // git would take the memory: it is not asked either.
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

/// The tree with a patch, where it fits with nothing merged and git need not be asked.
pub fn plainly(objects: &Objects, tree: Oid, diff: &[u8]) -> Result<Option<Oid>> {
    let Ok(files) = diff::parse(diff) else {
        return Ok(None);
    };
    // A blob that is not here is no failure: the caller has other means.
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
