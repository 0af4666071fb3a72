// SPDX-License-Identifier: GPL-2.0-or-later
//! Chooses the base of a version, and explains the choice.
//!
//! The first that exists wins: the user's choice; `base-commit:` of the mails, if the repository has it; a
//! branch, tag or commit that the cover letter names in prose; `patman.base`; the newest commit of the likely
//! branches that holds all or most of the blobs in the `index` lines; the upstream of the current branch,
//! `origin/HEAD`, HEAD. A choice of the user that is not a commit is an error. Nothing is checked out.

mod blobs;
pub mod candidates;
pub mod prerequisites;
mod words;
#[doc(hidden)]
pub use words::names;

use crate::apply::PatchMail;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::git::history::Fit;
use crate::git::{Oid, Repo};
use crate::mail::Message;
use crate::mail::thread::MailedVersion;
use crate::settings::Settings;
use candidates::{BaseCandidate, candidates, remotes, shown};
use words::Meant;

/// The commit that a version is applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The commit.
    pub commit: Oid,
    /// The reason for the choice, in a few words.
    pub why: String,
    /// Warnings for the user.
    pub remarks: Vec<BaseWarning>,
}

/// A warning with a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseWarning {
    /// What is wrong.
    pub warning: String,
    /// What to do.
    pub hint: String,
}

impl Base {
    fn new(commit: Oid, why: impl Into<String>) -> Base {
        Base {
            commit,
            why: why.into(),
            remarks: Vec::new(),
        }
    }

    /// Reports the warnings.
    pub fn report(&self, events: &dyn Events) {
        for remark in &self.remarks {
            events.warn(&remark.warning);
            events.hint(&remark.hint);
        }
    }
}

/// The inputs for choosing a base.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The commit that the user has chosen.
    pub given: Option<&'a str>,
    /// The mails of the version.
    pub version: &'a MailedVersion,
    /// Its patches.
    pub patches: &'a [PatchMail],
    /// The patches that it depends on, as far as they are known.
    pub below: &'a [PatchMail],
    /// The upstream of the series, which may be the name of a remote.
    pub upstream: Option<&'a str>,
}

/// Chooses the base of a version.
pub fn choose(repo: &Repo, settings: &Settings, question: &Question<'_>) -> Result<Base> {
    if let Some(given) = question.given {
        return Ok(Base::new(
            repo.commit_named(given)?,
            format!("'{given}', as given"),
        ));
    }
    let mut remarks = Vec::new();
    if let Some(mailed) = question.version.base_commit() {
        match repo.commit_of_hex(&mailed)? {
            Some(commit) => return Ok(Base::new(commit, "base-commit of the mails")),
            None => remarks.push(BaseWarning {
                warning: format!("the mails name base-commit {}, which this repository does not have", repo.short_hex(&mailed)),
                hint: "fetch it to apply the series where its author did, or select another base with --base".to_owned(),
            }),
        }
    }
    let base = guess(repo, settings, question)?;
    Ok(Base { remarks, ..base })
}

fn guess(repo: &Repo, settings: &Settings, question: &Question<'_>) -> Result<Base> {
    let remotes = remotes(repo, question.upstream)?;
    match words::meant(repo, &prose(question.version), &remotes)? {
        Some(Meant::Commit(name, commit)) => {
            return Ok(Base::new(commit, format!("'{name}', {SAYS}")));
        }
        Some(Meant::Branch(name)) => {
            if let Some(commit) = repo.commit_of_ref(&name)? {
                let named = [BaseCandidate { name, commit }];
                let why = format!("'{}', {SAYS}", named[0].shown());
                return Ok(match fit(repo, question, &named)? {
                    Some(base) if base.commit != commit => Base {
                        why: format!("{}, {SAYS}", base.why),
                        ..base
                    },
                    _ => Base::new(commit, why),
                });
            }
        }
        None => {}
    }
    if let Some(setting) = settings.base()? {
        let commit = repo.commit_named(setting).map_err(|error| {
            error
                .within("cannot use the setting 'patman.base'")
                .with_hint("git config patman.base <branch>")
        })?;
        return Ok(Base::new(
            commit,
            format!("'{setting}', the setting patman.base"),
        ));
    }
    match fit(repo, question, &candidates(repo, &remotes)?)? {
        Some(base) => Ok(base),
        None => usual(repo),
    }
}

const SAYS: &str = "as the cover letter says";

/// The author's prose: the cover letter, or the text above the diff of the first patch.
fn prose(version: &MailedVersion) -> String {
    let first = version
        .cover
        .as_ref()
        .or_else(|| version.patches.first().map(|patch| &patch.message));
    let mut text = first.map(Message::text).unwrap_or_default();
    if let Some(end) = text.find("\ndiff --git ") {
        text.truncate(end);
    }
    text
}

/// The newest commit of the branches that holds most of the blobs named by the patches, or, if fewer of these
/// are missing, of those named by the patches and their prerequisites together.
fn fit(repo: &Repo, question: &Question<'_>, branches: &[BaseCandidate]) -> Result<Option<Base>> {
    let objects = repo.objects()?;
    let tips: Vec<Oid> = branches.iter().map(|branch| branch.commit).collect();
    let lacks = |fit: &Fit| fit.wanted - fit.held;
    let mut fit = objects.best_commit(&tips, &blobs::before(question.patches))?;
    if !question.below.is_empty() && fit.as_ref().is_none_or(|fit| lacks(fit) > 0) {
        let all = [question.below, question.patches].concat();
        let both = objects.best_commit(&tips, &blobs::before(&all))?;
        fit = both
            .filter(|both| fit.as_ref().is_none_or(|fit| lacks(both) < lacks(fit)))
            .or(fit);
    }
    let Some(fit) = fit else { return Ok(None) };
    let branch = &branches[fit.tip];
    let blobs = match (fit.held, fit.wanted) {
        (1, 1) => "the blob".to_owned(),
        (held, wanted) if held == wanted => format!("all {wanted} blobs"),
        (held, wanted) => format!("{held} of {wanted} blobs"),
    };
    let why = match branch.commit == fit.commit {
        true => format!("'{}', which has {blobs}", branch.shown()),
        false => format!("newest commit of '{}' that has {blobs}", branch.shown()),
    };
    Ok(Some(Base::new(fit.commit, why)))
}

/// The default base, on the branch where most work happens.
fn usual(repo: &Repo) -> Result<Base> {
    if let Some(branch) = repo.current_branch()?
        && let Some(upstream) = repo.upstream_of(&branch)?
        && let Ok(commit) = repo.commit_named(&upstream)
    {
        return Ok(Base::new(
            commit,
            format!("'{}', the upstream of '{branch}'", shown(&upstream)),
        ));
    }
    if let Ok(commit) = repo.commit_named("refs/remotes/origin/HEAD") {
        return Ok(Base::new(commit, "'origin/HEAD'"));
    }
    let head = repo.commit_named("HEAD").map_err(|_| {
        Error::new("no base commit was found for the series")
            .with_hint("select one with --base <commit>")
    })?;
    Ok(Base::new(head, "HEAD"))
}
