// SPDX-License-Identifier: GPL-2.0-or-later
//! The trailers that replies give to patches: collected from all versions that were sent, judged, and listed once each.
//!
//! A trailer in a reply to a patch is for that patch, one in a reply to the cover letter for all patches. A reply to another
//! version counts for the patches that change the same there, by their stable patch id. The same trailer of the same person
//! is listed once, whatever its case; a person who writes from another address is the same person. What somebody gives in
//! another's name is refused, as is text that is not shown as it is; what has the sender's name and another address is
//! unproved; objections are listed and never added.

use super::Trailer;
use crate::invisible::{code_point, first_invisible};
use crate::mail::Message;
use crate::mail::reply::{ReplyTrailer, reply_trailers};
use crate::mail::sender::{
    Claim, MailingLists, Sender, is_same_address, is_same_name, named, sender,
};
use crate::series::{Person, VersionNumber};
use serde::Serialize;

/// What is to be done with a trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrailerState {
    /// It can be added.
    New,
    /// The commit has it already.
    #[serde(rename = "there")]
    Present,
    /// It is the user's own, or the author's.
    Own,
    /// Its sender has the name, but not the address: added only if the user says so.
    Unproved,
    /// It is not the sender's to give.
    Refused,
    /// It is an objection, which is shown and never added.
    Objection,
}

/// A trailer that a reply gives to a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedTrailer {
    /// Number of the patch it is for.
    pub patch: u32,
    /// The trailer.
    pub trailer: Trailer,
    /// Lines in brackets that belong to it.
    pub notes: Vec<String>,
    /// Who sent the reply, as `Name <address>`; with the address of a list in brackets behind it, where that is in `From:`.
    pub from: String,
    /// The address of the list that is in `From:` instead of the sender's.
    pub via: Option<String>,
    /// The version that was replied to.
    pub version: VersionNumber,
    /// Whether the reply was to the cover letter.
    pub to_cover: bool,
    /// What is to be done with it.
    pub state: TrailerState,
    /// Why it is not added, or what is wrong with it though it is, where that needs words.
    pub why: Option<String>,
}

impl CollectedTrailer {
    /// The trailer as people read it: an objection that is no trailer is its line.
    pub fn text(&self) -> String {
        if self.trailer.name == "NACK" {
            self.trailer.value.clone()
        } else {
            self.trailer.text()
        }
    }

    /// The lines that a commit message gets.
    pub fn lines(&self) -> Vec<String> {
        [self.trailer.text()]
            .into_iter()
            .chain(self.notes.iter().cloned())
            .collect()
    }

    fn is_objection(&self) -> bool {
        self.state == TrailerState::Objection
    }
}

/// A reply and what it gives: read once, however many patches it is about.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Number of the patch that it answers; 0 for the cover letter.
    to: u32,
    from: Sender,
    trailers: Vec<ReplyTrailer>,
}

impl Reply {
    /// Reads a mail that answers the patch of that number, 0 being the cover letter. `lists` are known mailing lists.
    pub fn read(mail: &Message, to: u32, lists: &MailingLists) -> Self {
        Reply {
            to,
            from: sender(mail, lists),
            trailers: reply_trailers(&mail.text()),
        }
    }
}

/// A version that was sent, with the replies to it.
#[derive(Debug, Clone)]
pub struct SentVersion {
    /// Its number.
    pub number: VersionNumber,
    /// The stable patch ids of its patches, by number; none for one that cannot be read.
    pub patch_ids: Vec<(u32, Option<String>)>,
    /// The replies to its mails, in the order they came.
    pub replies: Vec<Reply>,
}

impl SentVersion {
    /// Whether a reply is for a patch of the version `current`.
    fn reaches(&self, reply: &Reply, target: &Target, current: VersionNumber) -> bool {
        let is_for = |number: u32| reply.to == 0 || reply.to == number;
        if self.number == current {
            return is_for(target.patch);
        }
        let is_same = |id: &Option<String>| id.is_some() && *id == target.patch_id;
        self.patch_ids
            .iter()
            .any(|(number, id)| is_for(*number) && is_same(id))
    }
}

/// A patch that trailers are collected for.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number among those that were sent; 0 where it is none of them, and only replies to the cover letter are for it.
    pub patch: u32,
    /// Its stable patch id.
    pub patch_id: Option<String>,
    /// The trailers that its commit has.
    pub present: Vec<Trailer>,
    /// The addresses of people who cannot review it: the user's, and its author's.
    pub own: Vec<String>,
}

/// Collects what replies to all `versions` give to the patches of the version `current`, in the order the replies came.
/// With `allow_mismatch` a trailer that is not proved to be the sender's is new, not refused; one with invisible
/// characters is refused always.
pub fn collect(
    versions: &[SentVersion],
    current: VersionNumber,
    targets: &[Target],
    allow_mismatch: bool,
) -> Vec<CollectedTrailer> {
    let mut collected = Vec::new();
    for version in versions {
        for reply in &version.replies {
            let reached = targets
                .iter()
                .filter(|target| version.reaches(reply, target, current));
            for target in reached {
                for one in &reply.trailers {
                    let (state, why) = judge(one, reply, target, allow_mismatch);
                    let new = CollectedTrailer {
                        patch: target.patch,
                        trailer: one.trailer.clone(),
                        notes: one.notes.clone(),
                        from: reply.from.to_string(),
                        via: reply.from.via.clone(),
                        version: version.number,
                        to_cover: reply.to == 0,
                        state,
                        why,
                    };
                    add(&mut collected, new);
                }
            }
        }
    }
    collected
}

/// The trailer among `present` that says the same: of the same person, even if the address is another by now.
pub fn find_present<'t>(present: &'t [Trailer], trailer: &Trailer) -> Option<&'t Trailer> {
    let is_same = |old: &&Trailer| old.is_same(trailer);
    present
        .iter()
        .find(is_same)
        .or_else(|| present.iter().find(|old| is_same_person(old, trailer)))
}

/// Whether two trailers of one name are of one person under two addresses.
fn is_same_person(a: &Trailer, b: &Trailer) -> bool {
    match (person(a), person(b)) {
        (Some(one), Some(other)) => {
            a.name.eq_ignore_ascii_case(&b.name) && is_same_name(&one.name, &other.name)
        }
        _ => false,
    }
}

/// The person that a trailer names.
fn person(trailer: &Trailer) -> Option<Person> {
    named(trailer.without_comment()).filter(|_| trailer.is_about_people())
}

fn judge(
    one: &ReplyTrailer,
    reply: &Reply,
    target: &Target,
    allow_mismatch: bool,
) -> (TrailerState, Option<String>) {
    let trailer = &one.trailer;
    if one.is_objection {
        return (TrailerState::Objection, None);
    }
    // One that is restated is no forgery.
    if let Some(present) = find_present(&target.present, trailer) {
        let is_moved = !present.is_same(trailer);
        let why = is_moved.then(|| format!("the commit has '{}'", present.text()));
        return (TrailerState::Present, why);
    }
    let is_own = |email: &str| target.own.iter().any(|own| is_same_address(own, email));
    if is_own(&reply.from.person.email)
        || person(trailer).is_some_and(|person| is_own(&person.email))
    {
        return (TrailerState::Own, None);
    }
    if let Some(c) = first_invisible(&trailer.value) {
        let why = format!("it holds {}, which is not shown", code_point(c));
        return (TrailerState::Refused, Some(why));
    }
    let claim = match trailer.is_about_people() {
        true => reply.from.claim(trailer),
        false => Claim::Proved,
    };
    match claim {
        Claim::Proved => (TrailerState::New, None),
        Claim::Unproved(why) | Claim::Refused(why) if allow_mismatch => {
            (TrailerState::New, Some(why))
        }
        Claim::Unproved(why) => (TrailerState::Unproved, Some(why)),
        Claim::Refused(why) => (TrailerState::Refused, Some(why)),
    }
}

/// Adds what is not listed yet; what somebody may give takes the place of the same from somebody who may not.
fn add(collected: &mut Vec<CollectedTrailer>, mut new: CollectedTrailer) {
    let is_same = |old: &CollectedTrailer| {
        old.patch == new.patch
            && old.trailer.is_same(&new.trailer)
            && old.is_objection() == new.is_objection()
            && (old.from == new.from || !new.is_objection())
    };
    match collected.iter().position(is_same) {
        Some(at) if is_better(new.state, collected[at].state) => {
            collected.remove(at);
        }
        Some(_) => return,
        None => {}
    }
    let before = collected.iter().find(|old| {
        old.patch == new.patch
            && old.state == TrailerState::New
            && is_same_person(&old.trailer, &new.trailer)
    });
    let is_offered = matches!(new.state, TrailerState::New | TrailerState::Unproved);
    if let Some(old) = before.filter(|_| is_offered) {
        new.why = Some(format!("given as '{}' before", old.trailer.text()));
        new.state = TrailerState::Present;
    }
    collected.push(new);
}

/// Whether a state takes the place of another one of the same trailer.
fn is_better(new: TrailerState, old: TrailerState) -> bool {
    match old {
        TrailerState::Refused => matches!(new, TrailerState::New | TrailerState::Unproved),
        TrailerState::Unproved => new == TrailerState::New,
        _ => false,
    }
}

#[cfg(test)]
#[path = "collected_tests.rs"]
mod tests;
