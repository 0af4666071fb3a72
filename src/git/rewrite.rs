// SPDX-License-Identifier: GPL-2.0-or-later
//! New messages for the commits of a branch, made in memory: trees, authors, committers, dates, encodings and all other
//! headers stay byte for byte, so that an unchanged message on an unchanged parent is the same commit.
//!
//! Nothing but objects is written: HEAD, index, files and refs are not looked at. What cannot be kept is refused before
//! anything is written, and names the commit: merges, commits that `git replace` or grafts show otherwise than they are,
//! and the first ones of a shallow clone. A signature holds for what was signed alone, so that a signed commit that changes
//! is signed again by git with the user's key (`sign`), unless `patman.resign` says otherwise.

mod notes;
mod sign;
#[cfg(test)]
mod tests;

use super::objects::Objects;
use super::raw_commit::RawCommit;
use super::{Oid, Repo};
use crate::error::{Error, Result};
use git2::ObjectType;
use sign::Signer;
use std::collections::HashSet;

/// The result of rewriting the commits of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reworded {
    /// The last commit before the rewrite.
    pub old: Oid,
    /// The last commit after the rewrite; the same if nothing changed.
    pub new: Oid,
    /// Each commit before and after the rewrite, oldest first.
    pub commits: Vec<(Oid, Oid)>,
}

impl Reworded {
    /// Whether any commit changed.
    pub fn is_changed(&self) -> bool {
        self.old != self.new
    }

    /// The commits that changed, before and after, oldest first.
    pub fn changed(&self) -> impl Iterator<Item = (Oid, Oid)> + '_ {
        self.commits.iter().copied().filter(|(old, new)| old != new)
    }
}

/// What to do with the signature of a commit that is reworded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resign {
    /// It is signed again.
    Sign,
    /// It is left out.
    Drop,
    /// The commit is not to be changed.
    Never,
}

/// Returns the new message of a commit, given its index (from 0) and its message; `None` leaves it unchanged.
pub type Edit<'a> = dyn FnMut(usize, &[u8]) -> Result<Option<Vec<u8>>> + 'a;

impl Repo {
    /// Rewords the commits that follow `base`, oldest first, with the messages that `edit` returns.
    ///
    /// `edit` gets the message in UTF-8 whatever the commit's encoding, and its result is converted
    /// to that encoding. A message that is not in its commit's declared encoding is passed raw, and
    /// the result is used raw.
    pub fn reword(
        &self,
        resign: Resign,
        base: Oid,
        commits: &[Oid],
        edit: &mut Edit<'_>,
    ) -> Result<Reworded> {
        self.reword_in(&self.objects()?, resign, base, commits, edit)
    }

    /// Like [`reword`](Self::reword), but discards the new commits and never asks for a signing
    /// key: the new names are those of unsigned commits.
    pub fn reword_dry_run(
        &self,
        resign: Resign,
        base: Oid,
        commits: &[Oid],
        edit: &mut Edit<'_>,
    ) -> Result<Reworded> {
        let resign = match resign {
            Resign::Never => Resign::Never,
            _ => Resign::Drop,
        };
        self.reword_in(&self.temporary_objects()?, resign, base, commits, edit)
    }

    fn reword_in(
        &self,
        objects: &Objects,
        resign: Resign,
        base: Oid,
        commits: &[Oid],
        edit: &mut Edit<'_>,
    ) -> Result<Reworded> {
        let old = commits.last().copied().unwrap_or(base);
        let read = self.plain_commits(objects, base, commits)?;
        // All messages first: an edit that fails, or a commit that cannot be signed, has then written nothing.
        let mut plans = Vec::with_capacity(read.len());
        let (mut has_changed, mut is_signed) = (false, false);
        for (at, commit) in read.into_iter().enumerate() {
            let message = commit.edited(|message| edit(at, message))?;
            has_changed |= message.is_some();
            if has_changed && commit.is_signed() {
                is_signed = true;
                let short = self.short_id(commit.id());
                if resign == Resign::Never {
                    return Err(signed(&short));
                }
                sign::check(&short, &commit, resign)?;
            }
            plans.push((commit, message));
        }
        if !is_signed || resign == Resign::Drop {
            objects.begin_batch();
        }
        let signer = Signer::new(self);
        let (mut parent, mut made) = (base, Vec::with_capacity(plans.len()));
        for (commit, message) in plans {
            let is_new = message.is_some() || made.last().is_some_and(|(old, new)| old != new);
            let new = match is_new {
                false => commit.id(),
                true => {
                    let message = message.as_deref().unwrap_or(commit.message());
                    match commit.is_signed() && resign != Resign::Drop {
                        true => signer.sign(objects, &commit, parent, message)?,
                        false => objects
                            .write(ObjectType::Commit, &commit.rewritten(parent, None, message))?,
                    }
                }
            };
            made.push((commit.id(), new));
            parent = new;
        }
        objects.flush()?;
        Ok(Reworded {
            old,
            new: parent,
            commits: made,
        })
    }

    /// The commits; each must have one parent, the commit before it.
    fn plain_commits(
        &self,
        objects: &Objects,
        base: Oid,
        commits: &[Oid],
    ) -> Result<Vec<RawCommit<'static>>> {
        let aliases = self.aliases()?;
        let mut parent = base;
        let mut read = Vec::with_capacity(commits.len());
        for &id in commits {
            if objects.parents(id)?.len() > 1 {
                return Err(
                    Error::new(format!("commit '{}' is a merge", self.shown(id)))
                        .with_cause("messages can be changed only in a linear history")
                        .with_hint(linear(&self.short_id(base))),
                );
            }
        }
        for &id in commits {
            if let Some(how) = aliases.get(&id) {
                return Err(
                    Error::new(format!("cannot reword commit '{}'", self.shown(id)))
                        .with_cause(how.why())
                        .with_hint(how.hint(id)),
                );
            }
            let commit = objects.raw_commit(id)?;
            match commit.parents()?[..] {
                [one] if one == parent => {}
                [] => {
                    return Err(Error::new(format!(
                        "commit '{}' has no parent",
                        self.shown(id)
                    )));
                }
                _ => {
                    let (id, parent) = (self.shown(id), self.shown(parent));
                    return Err(Error::new(format!(
                        "'{parent}' is not the parent of commit '{id}'"
                    ))
                    .with_hint(linear(&self.short_id(base))));
                }
            }
            parent = id;
            read.push(commit);
        }
        Ok(read)
    }

    /// The short name of a commit and its subject.
    fn shown(&self, id: Oid) -> String {
        let subject = self
            .subject_and_tree(id)
            .map(|(subject, _)| subject)
            .unwrap_or_default();
        format!("{} {subject}", self.short_id(id))
            .trim_end()
            .to_owned()
    }
}

fn linear(base: &str) -> String {
    format!("to make the history linear: git rebase {base}")
}

fn signed(id: &str) -> Error {
    Error::new(format!("commit '{id}' is signed and must be signed again"))
        .with_cause("'patman.resign' is 'never'")
        .with_hint("to sign it again with your key: git -c patman.resign=yes patman ...")
        .with_hint("to continue without the signature: git -c patman.resign=no patman ...")
}

/// Why git shows a commit otherwise than its bytes say.
enum Alias {
    Replaced,
    Grafted,
    Shallow,
}

impl Alias {
    fn why(&self) -> &'static str {
        match self {
            Alias::Replaced => "it is replaced by another commit ('git replace')",
            Alias::Grafted => "its parents are replaced ('info/grafts')",
            Alias::Shallow => "its parents are missing (shallow clone)",
        }
    }

    fn hint(&self, id: Oid) -> String {
        match self {
            Alias::Replaced => format!("to remove the replacement: git replace -d {id}"),
            Alias::Grafted => {
                "to convert grafts to replacements: git replace --convert-graft-file".to_owned()
            }
            Alias::Shallow => "to fetch them: git fetch --unshallow".to_owned(),
        }
    }
}

impl Repo {
    /// The commits that git shows otherwise than they are.
    fn aliases(&self) -> Result<std::collections::HashMap<Oid, Alias>> {
        let mut all = std::collections::HashMap::new();
        let listed = |path: &str| -> HashSet<Oid> {
            let text = std::fs::read_to_string(self.common_dir().join(path)).unwrap_or_default();
            text.lines()
                .filter_map(|line| Oid::from_str(line.split(' ').next()?).ok())
                .collect()
        };
        all.extend(listed("shallow").into_iter().map(|id| (id, Alias::Shallow)));
        all.extend(
            listed("info/grafts")
                .into_iter()
                .map(|id| (id, Alias::Grafted)),
        );
        for (name, _) in self.refs("refs/replace/*")? {
            if let Some(id) = name
                .strip_prefix("refs/replace/")
                .and_then(|hex| Oid::from_str(hex).ok())
            {
                all.insert(id, Alias::Replaced);
            }
        }
        Ok(all)
    }
}
