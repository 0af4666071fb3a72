// SPDX-License-Identifier: GPL-2.0-or-later
//! What replies give to the patches of a version, and what is to be made of it.
//!
//! A reply to the cover letter is about all patches. What was given to another version of the series counts for the patch
//! that is the same there, by its stable patch id. Nothing is added that its sender does not say in his own name.

use super::Reviews;
use super::record::{self, Recorded, RecordedVersion};
use super::report::Report;
use super::selection::commit_of;
use crate::db::mail::{Kind, Mail};
use crate::diff::patch_id;
use crate::error::Result;
use crate::git::Oid;
use crate::mail::Message;
use crate::mail::followup::{Given, given};
use crate::mail::mailinfo::Options;
use crate::mail::sender::{refusal, sender};
use crate::mail::trailers::{Trailer, trailers};
use crate::series::{Person, VersionNumber};
use serde::Serialize;

/// What is to be made of a trailer that a reply gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It can be added.
    New,
    /// The commit has it already.
    There,
    /// It is not the sender's to give.
    Refused,
    /// It is an objection, which is shown and never added.
    Objection,
}

/// A trailer that a reply gives to a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followup {
    /// Number of the patch it is for.
    pub patch: u32,
    /// Its name, such as `Reviewed-by`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Lines in brackets that belong to it.
    pub notes: Vec<String>,
    /// Who sent the reply, as `Name <address>`.
    pub from: String,
    /// The version that was replied to.
    pub version: VersionNumber,
    /// What is to be made of it.
    pub state: State,
    /// Why it is refused, or that it was not, though it is another's.
    pub why: Option<String>,
    /// Whether the reply was to the cover letter.
    #[serde(skip)]
    pub to_cover: bool,
}

impl Followup {
    /// The trailer itself.
    pub fn trailer(&self) -> Trailer {
        Trailer {
            name: self.name.clone(),
            value: self.value.clone(),
        }
    }

    /// The lines that a commit message gets.
    pub fn lines(&self) -> Vec<String> {
        [self.trailer().text()]
            .into_iter()
            .chain(self.notes.iter().cloned())
            .collect()
    }
}

/// A patch that things are given to.
struct Target {
    number: u32,
    id: Option<String>,
    own: Vec<Trailer>,
}

/// A reply that gives something.
struct Giving {
    to: u32,
    from: Person,
    given: Vec<Given>,
}

/// The letters of one version.
struct Letters {
    number: VersionNumber,
    ids: Vec<(u32, Option<String>)>,
    messages: Vec<(u32, Vec<u8>)>,
    replies: Vec<Giving>,
}

impl Reviews<'_> {
    /// What replies give to the patches of the version that `report` is about, in the order they came.
    pub fn followups(
        &self,
        recorded: &Recorded,
        report: &Report,
        allow_mismatch: bool,
    ) -> Result<Vec<Followup>> {
        let options = self.mail_options()?;
        let read = |row: &RecordedVersion| {
            Ok(read(record::mails(&self.db, row.id)?, row.number, &options)) as Result<Letters>
        };
        let versions = recorded
            .versions
            .iter()
            .map(read)
            .collect::<Result<Vec<_>>>()?;
        let Some(here) = versions.iter().find(|one| one.number == report.version) else {
            return Ok(Vec::new());
        };
        let targets = self.targets(here, report)?;
        let mut found: Vec<Followup> = Vec::new();
        for version in &versions {
            for reply in &version.replies {
                for target in targets
                    .iter()
                    .filter(|target| reaches(version, reply.to, target, here.number))
                {
                    for given in &reply.given {
                        add(
                            &mut found,
                            judge(given, reply, version.number, target, allow_mismatch),
                        );
                    }
                }
            }
        }
        Ok(found)
    }

    /// The patches of a version, with the trailers that their commits have, or else their mails.
    fn targets(&self, version: &Letters, report: &Report) -> Result<Vec<Target>> {
        let objects = self.repo.objects()?;
        let mut targets = Vec::new();
        for patch in &report.patches {
            let commit = patch
                .commit
                .as_deref()
                .and_then(|hex| Oid::from_str(hex).ok());
            let mailed = || {
                version
                    .messages
                    .iter()
                    .find(|(number, _)| *number == patch.seq)
            };
            let message = match commit {
                Some(commit) => objects.message_text(commit)?,
                None => mailed()
                    .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
                    .unwrap_or_default(),
            };
            let id = version
                .ids
                .iter()
                .find(|(number, _)| *number == patch.seq)
                .and_then(|(_, id)| id.clone());
            targets.push(Target {
                number: patch.seq,
                id,
                own: trailers(&message),
            });
        }
        Ok(targets)
    }
}

/// Reads the mails of a version; a patch that cannot be read has no id.
fn read(mails: Vec<Mail>, number: VersionNumber, options: &Options) -> Letters {
    let mut letters = Letters {
        number,
        ids: Vec::new(),
        messages: Vec::new(),
        replies: Vec::new(),
    };
    for mail in mails {
        let Some(seq) = mail.seq else { continue };
        let message = Message::new(mail.raw, String::new());
        match mail.kind {
            Kind::Cover => {}
            Kind::Patch => {
                let commit = commit_of(&message, options).ok().map(|(commit, _)| commit);
                letters.ids.push((
                    seq,
                    commit.as_ref().and_then(|commit| patch_id(&commit.diff)),
                ));
                letters
                    .messages
                    .extend(commit.map(|commit| (seq, commit.message)));
            }
            Kind::Reply => {
                let given = given(&message.text());
                letters.replies.push(Giving {
                    to: seq,
                    from: sender(&message),
                    given,
                });
            }
        }
    }
    letters
}

/// Whether what was sent to patch `to` of a version, 0 being the cover letter, is for the target in the version `here`.
fn reaches(version: &Letters, to: u32, target: &Target, here: VersionNumber) -> bool {
    if version.number == here {
        return to == 0 || to == target.number;
    }
    let is_same = |id: &Option<String>| id.is_some() && *id == target.id;
    version
        .ids
        .iter()
        .any(|(number, id)| (to == 0 || to == *number) && is_same(id))
}

fn judge(
    given: &Given,
    reply: &Giving,
    version: VersionNumber,
    target: &Target,
    allow_mismatch: bool,
) -> Followup {
    let trailer = &given.trailer;
    let why = if given.is_objection || !trailer.is_about_people() {
        None
    } else {
        refusal(trailer, &reply.from)
    };
    let (state, why) = match why {
        _ if given.is_objection => (State::Objection, None),
        // One that is restated is no forgery.
        _ if target.own.iter().any(|own| own.is_same(trailer)) => (State::There, None),
        Some(why) => (
            if allow_mismatch {
                State::New
            } else {
                State::Refused
            },
            Some(why),
        ),
        None => (State::New, None),
    };
    Followup {
        patch: target.number,
        name: trailer.name.clone(),
        value: trailer.value.clone(),
        notes: given.notes.clone(),
        from: reply.from.to_string(),
        version,
        state,
        why,
        to_cover: reply.to == 0,
    }
}

/// Adds what is not there yet; what somebody may give takes the place of the same from somebody who may not.
fn add(found: &mut Vec<Followup>, new: Followup) {
    let is_same = |old: &Followup| old.patch == new.patch && old.trailer().is_same(&new.trailer());
    match found.iter().position(is_same) {
        None => found.push(new),
        Some(at) if found[at].state == State::Refused && new.state == State::New => {
            found.remove(at);
            found.push(new);
        }
        Some(_) => {}
    }
}
