// SPDX-License-Identifier: GPL-2.0-or-later
//! Collects the trailers that replies give to patches, from all sent versions, judges them, and lists each once.
//!
//! A trailer in a reply to a patch is for that patch; a trailer in a reply to the cover letter is for
//! all patches. A reply to another version counts for the patches that make the same change there, by
//! their stable patch ids. The same trailer of the same person is listed once, whatever its case; a
//! person who writes from another address is the same person. A trailer in another person's name is
//! refused, as is text with invisible characters; a trailer with the sender's name but another address
//! is unproved. Objections are listed but never added.

use super::Trailer;
use crate::invisible::{code_point, first_invisible};
use crate::mail::Message;
use crate::mail::reply::{ReplyTrailer, reply_trailers};
use crate::mail::sender::{
    Claim, MailingLists, Sender, is_same_address, is_same_name, named, sender,
};
use crate::series::{Person, VersionNumber};

/// The state of a collected trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailerState {
    /// It can be added.
    New,
    /// The commit already has it.
    Present,
    /// It is the user's own, or the author's.
    Own,
    /// It has the sender's name, but not the address; added only if the user asks for it.
    Unproved,
    /// Its sender may not give it.
    Refused,
    /// It is an objection, which is shown but never added.
    Objection,
}

impl TrailerState {
    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            TrailerState::New => "new",
            TrailerState::Present => "there",
            TrailerState::Own => "own",
            TrailerState::Unproved => "unproved",
            TrailerState::Refused => "refused",
            TrailerState::Objection => "objection",
        }
    }
}

/// A trailer that a reply gives to a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedTrailer {
    /// The number of its patch.
    pub patch: u32,
    /// The trailer.
    pub trailer: Trailer,
    /// Lines in brackets that belong to it.
    pub notes: Vec<String>,
    /// The sender of the reply, as `Name <address>`, followed by a mailing list's address in brackets
    /// if that is in `From:`.
    pub from: String,
    /// The mailing list's address that is in `From:` instead of the sender's.
    pub via: Option<String>,
    /// The version that the reply is to.
    pub version: VersionNumber,
    /// Whether the reply is to the cover letter.
    pub to_cover: bool,
    /// The state of the trailer.
    pub state: TrailerState,
    /// Why it is not added, or a problem with it even though it is added, if there is something to explain.
    pub why: Option<String>,
}

impl CollectedTrailer {
    /// The trailer for people to read: an objection that is not a trailer is shown as its line.
    pub fn text(&self) -> String {
        if self.trailer.name == "NACK" {
            self.trailer.value.clone()
        } else {
            self.trailer.text()
        }
    }

    /// The lines to add to a commit message.
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

/// A reply with its trailers, read once for all patches.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The number of the patch that it replies to; 0 for the cover letter.
    to: u32,
    from: Sender,
    trailers: Vec<ReplyTrailer>,
}

impl Reply {
    /// Reads a mail that replies to the patch with the number `to`, or to the cover letter if that is 0.
    ///
    /// `lists` are the known mailing lists.
    pub fn read(mail: &Message, to: u32, lists: &MailingLists) -> Self {
        Reply {
            to,
            from: sender(mail, lists),
            trailers: reply_trailers(&mail.text()),
        }
    }
}

/// A sent version with the replies to it.
#[derive(Debug, Clone)]
pub struct SentVersion {
    /// Its number.
    pub number: VersionNumber,
    /// The stable patch ids of its patches, by number; `None` if a patch cannot be read.
    pub patch_ids: Vec<(u32, Option<String>)>,
    /// The replies to its mails, in order of arrival.
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

/// A patch to collect trailers for.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number among the sent patches; 0 if it was not sent, so that only replies to the cover letter are for it.
    pub patch: u32,
    /// Its stable patch id.
    pub patch_id: Option<String>,
    /// The trailers in its commit.
    pub present: Vec<Trailer>,
    /// The addresses of people who cannot review it: the user and its author.
    pub own: Vec<String>,
}

/// Collects the trailers that replies to all `versions` give to the patches of the version `current`,
/// in order of arrival.
///
/// With `allow_mismatch`, a trailer that is not proved to be the sender's is new instead of refused; a
/// trailer with invisible characters is always refused.
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

/// The trailer in `present` that says the same, by the same person, even if the address has changed.
pub fn find_present<'t>(present: &'t [Trailer], trailer: &Trailer) -> Option<&'t Trailer> {
    let is_same = |old: &&Trailer| old.is_same(trailer);
    present
        .iter()
        .find(is_same)
        .or_else(|| present.iter().find(|old| is_same_person(old, trailer)))
}

/// Whether two trailers with the same name are by one person with two addresses.
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
    // A restated trailer is not a forgery.
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

/// Adds a trailer that is not listed yet; an acceptable one replaces the same trailer that was not acceptable.
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

/// Whether a state replaces another state of the same trailer.
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
