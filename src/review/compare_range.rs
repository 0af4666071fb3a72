// SPDX-License-Identifier: GPL-2.0-or-later
//! Provides a version as commits to compare: its applied commits, or temporary commits created from the mails.
//!
//! Temporary commits are based on a commit of the tree that the mails name as their base, or on the other version's
//! base. A patch that does not apply there gets its own tree, with the files that it was based on; the commit with that
//! tree is a merge, which `git range-diff` skips.

use super::Reviews;
use super::record::ReviewRow;
use super::report::ReviewReport;
use super::selection::commit_of;
use crate::apply::{PatchMail, plainly, synthetic_base};
use crate::db::mail::{Mail, MailKind};
use crate::db::version;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::commits::Signature;
use crate::git::scratch::ScratchObjects;
use crate::mail::Message;
use crate::mail::thread::base_commit;
use crate::mail::trailers::{Trailer, trailers};
use crate::series::VersionNumber;

/// One patch of a side.
#[derive(Debug, Clone)]
pub struct SidePatch {
    /// Its number; `None` for a commit that is not a patch of the series.
    pub number: Option<u32>,
    /// Its subject.
    pub subject: String,
    /// The trailers of its message.
    pub trailers: Vec<Trailer>,
}

/// A patch that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCompared {
    /// The version that it belongs to.
    pub version: VersionNumber,
    /// Its number.
    pub patch: u32,
    /// Why it cannot be compared.
    pub why: String,
}

/// A version as commits.
#[derive(Debug, Clone)]
pub struct Side {
    /// Its number.
    pub version: VersionNumber,
    /// The parent of the first commit.
    pub base: Oid,
    /// The last commit.
    pub head: Oid,
    /// The commits between them, in order.
    pub patches: Vec<SidePatch>,
    /// The patches that are missing from them.
    pub not_compared: Vec<NotCompared>,
}

impl Reviews<'_> {
    /// The commits of a version that is applied here; `None` if it is not applied.
    pub(super) fn applied_side(&self, report: &ReviewReport) -> Result<Option<Side>> {
        let id = |hex: &Option<String>| hex.as_deref().and_then(|hex| Oid::from_str(hex).ok());
        let (Some(base), Some(head)) = (id(&report.base), id(&report.head)) else {
            return Ok(None);
        };
        let objects = self.repo.objects()?;
        let mut patches = Vec::new();
        for commit in self.repo.commits_between(base, head)? {
            let hex = commit.to_string();
            let patch = report
                .patches
                .iter()
                .find(|patch| patch.commit.as_ref() == Some(&hex));
            let message = objects.message_text(commit)?;
            patches.push(SidePatch {
                number: patch.map(|patch| patch.seq),
                subject: message.lines().next().unwrap_or_default().to_owned(),
                trailers: trailers(&message),
            });
        }
        Ok(Some(Side {
            version: report.version,
            base,
            head,
            patches,
            not_compared: Vec::new(),
        }))
    }

    /// Commits made from the mails of a version; `other` is the base of the version to compare it with.
    pub(super) fn mailed_side(
        &self,
        recorded: &ReviewRow,
        number: VersionNumber,
        mails: &[Mail],
        other: Option<Oid>,
        scratch: &ScratchObjects,
    ) -> Result<Side> {
        let base = self.mailed_base(recorded, number, mails)?.or(other);
        let objects = &scratch.objects;
        objects.begin_batch();
        let tree = match base {
            Some(base) => objects.tree_of(base)?,
            None => objects.tree_with([])?,
        };
        let empty = objects.tree_with([])?;
        let options = self.mail_options()?;
        let mut making = Making {
            scratch,
            root: commit(scratch, empty, &[], None)?,
            tree,
            head: Oid::ZERO_SHA1,
        };
        making.head = commit(scratch, tree, &[making.root], None)?;
        let mut side = Side {
            version: number,
            base: making.head,
            head: making.head,
            patches: Vec::new(),
            not_compared: Vec::new(),
        };
        for mail in mails.iter().filter(|mail| mail.kind == MailKind::Patch) {
            let patch = mail.seq.unwrap_or(1);
            let message = Message::new(mail.raw.clone(), format!("patch {patch} of {number}"));
            let made = commit_of(&message, &options).and_then(|(commit, subject)| {
                let text = String::from_utf8_lossy(&commit.message).into_owned();
                let is_made = making.add(&commit)?;
                Ok(is_made.then(|| SidePatch {
                    number: Some(patch),
                    subject,
                    trailers: trailers(&text),
                }))
            });
            let why = match made {
                Ok(Some(made)) => {
                    side.patches.push(made);
                    continue;
                }
                Ok(None) => {
                    "the files that it changes are not here, and it does not show them".to_owned()
                }
                Err(error) => error.to_string(),
            };
            side.not_compared.push(NotCompared {
                version: number,
                patch,
                why,
            });
        }
        side.head = making.head;
        objects.flush()?;
        Ok(side)
    }

    /// The base that the mails name, or that another clone applied the version to, if it exists here.
    fn mailed_base(
        &self,
        recorded: &ReviewRow,
        number: VersionNumber,
        mails: &[Mail],
    ) -> Result<Option<Oid>> {
        let letters = mails.iter().filter(|mail| mail.kind != MailKind::Reply);
        let named = letters
            .rev()
            .find_map(|mail| base_commit(&Message::new(mail.raw.clone(), String::new()).text()));
        let stored = version::find(&self.db, recorded.id, number)?.and_then(|row| row.details.base);
        for hex in [named, stored].iter().flatten() {
            if let Some(commit) = self.repo.commit_of_hex(hex)? {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }
}

/// The commits of a version while they are created.
struct Making<'s> {
    scratch: &'s ScratchObjects,
    /// An empty root commit below all others.
    root: Oid,
    tree: Oid,
    head: Oid,
}

impl Making<'_> {
    /// Adds a patch; returns false if it cannot become a commit.
    fn add(&mut self, patch: &PatchMail) -> Result<bool> {
        let objects = &self.scratch.objects;
        let mut below = self.head;
        let after = match plainly(objects, self.tree, &patch.diff)? {
            Some(after) => after,
            None => {
                let Some((before, after)) = synthetic_base(objects, self.tree, &patch.diff)? else {
                    return Ok(false);
                };
                below = commit(self.scratch, before, &[self.head, self.root], None)?;
                after
            }
        };
        self.head = commit(self.scratch, after, &[below], Some(patch))?;
        self.tree = after;
        Ok(true)
    }
}

fn commit(
    scratch: &ScratchObjects,
    tree: Oid,
    parents: &[Oid],
    patch: Option<&PatchMail>,
) -> Result<Oid> {
    let nobody = Signature::new("git-patman", "", 0, 0);
    let (author, message) = patch.map_or((&nobody, &b"base\n"[..]), |patch| {
        (&patch.author, &patch.message)
    });
    scratch
        .objects
        .commit(tree, parents, author, &nobody, message)
}

/// The error for comparing a version that has neither commits nor mails.
pub(super) fn nothing_known(name: &str, version: VersionNumber) -> Error {
    Error::new(format!(
        "{version} of '{name}' is not applied here, and its mails are not recorded"
    ))
    .with_hint(format!(
        "to record it: git patman review start --version {} <source>",
        version.get()
    ))
}
