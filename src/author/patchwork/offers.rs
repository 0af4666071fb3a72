// SPDX-License-Identifier: GPL-2.0-or-later
//! The trailers that answers give to the commits of a branch, and what is to be made of each.
//!
//! A trailer in an answer to the cover letter goes to every commit. Each is added once: the same word of the same person is
//! there already whatever its case, and a person who has written from another address is told, not added twice. What the
//! user says of the own series, what somebody says in another's name, and objections are shown and not added.

use crate::mail::Message;
use crate::mail::followup::{Given, given};
use crate::mail::sender::{
    is_same_address, is_same_name, is_shown_as_it_is, named, refusal, sender,
};
use crate::mail::trailers::Trailer;
use crate::series::Person;
use serde::Serialize;

/// What is to be made of a trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It can be added.
    New,
    /// The commit has it already.
    There,
    /// It is the user's own.
    Own,
    /// It is not the sender's to give.
    Refused,
    /// It is an objection, which is shown and never added.
    Objection,
}

/// A trailer that an answer gives to a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Its name, such as `Reviewed-by`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Lines in brackets that belong to it.
    pub notes: Vec<String>,
    /// Who sent the answer, as `Name <address>`.
    pub from: String,
    /// Whether the answer was to the cover letter.
    pub to_cover: bool,
    /// What is to be made of it.
    pub state: State,
    /// Why it is not added, where that needs words.
    pub why: Option<String>,
}

impl Offer {
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

/// What an answer gives, and who sent it: read once, however many commits it is about.
#[derive(Debug, Clone)]
pub struct Said {
    from: Person,
    given: Vec<Given>,
}

impl Said {
    /// That of a mail.
    pub fn of(answer: &Message) -> Self {
        Said {
            from: sender(answer),
            given: given(&answer.text()),
        }
    }
}

/// Adds to `offers` what an answer gives to a commit that has the trailers `there`; `own` are the user's addresses.
pub fn add(
    offers: &mut Vec<Offer>,
    said: &Said,
    to_cover: bool,
    there: &[Trailer],
    own: &[String],
) {
    let from = &said.from;
    for one in said.given.iter().cloned() {
        let (state, why) = match one.is_objection {
            true => (State::Objection, None),
            false => judged(&one.trailer, from, there, own),
        };
        let Trailer { name, value } = one.trailer;
        let new = Offer {
            name,
            value,
            notes: one.notes,
            from: from.to_string(),
            to_cover,
            state,
            why,
        };
        put(offers, new);
    }
}

fn judged(
    trailer: &Trailer,
    from: &Person,
    there: &[Trailer],
    own: &[String],
) -> (State, Option<String>) {
    if there.iter().any(|old| old.is_same(trailer)) {
        return (State::There, None);
    }
    if let Some(old) = there.iter().find(|old| is_moved(old, trailer)) {
        return (
            State::There,
            Some(format!("the commit has '{}'", old.text())),
        );
    }
    let person = named(trailer.without_comment()).filter(|_| trailer.is_about_people());
    let is_own = |address: &str| own.iter().any(|one| is_same_address(one, address));
    if is_own(&from.email) || person.is_some_and(|person| is_own(&person.email)) {
        return (State::Own, None);
    }
    match refusal(trailer, from)
        .filter(|_| trailer.is_about_people() || !is_shown_as_it_is(&trailer.value))
    {
        Some(why) => (State::Refused, Some(why)),
        None => (State::New, None),
    }
}

/// Whether two say the same of one person, who has another address by now.
fn is_moved(a: &Trailer, b: &Trailer) -> bool {
    let person =
        |trailer: &Trailer| named(trailer.without_comment()).filter(|_| trailer.is_about_people());
    let (Some(one), Some(other)) = (person(a), person(b)) else {
        return false;
    };
    a.name.eq_ignore_ascii_case(&b.name) && is_same_name(&one.name, &other.name)
}

/// Adds what is not there yet; what somebody may give takes the place of the same from somebody who may not.
fn put(offers: &mut Vec<Offer>, mut new: Offer) {
    let is_same =
        |old: &Offer| old.state != State::Objection && old.trailer().is_same(&new.trailer());
    match offers
        .iter()
        .position(is_same)
        .filter(|_| new.state != State::Objection)
    {
        Some(at) if offers[at].state == State::Refused && new.state == State::New => {
            offers.remove(at);
        }
        Some(_) => return,
        None => {}
    }
    let before = offers
        .iter()
        .find(|old| old.state == State::New && is_moved(&old.trailer(), &new.trailer()));
    if let Some(old) = before.filter(|_| new.state == State::New) {
        new.why = Some(format!("given as '{}' before", old.trailer().text()));
        new.state = State::There;
    }
    offers.push(new);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::trailers::trailers;

    fn mail(from: &str, text: &str) -> Message {
        Message::new(
            format!("From: {from}\n\n{text}\n").into_bytes(),
            String::new(),
        )
    }

    fn offers(mails: &[Message], there: &str) -> Vec<String> {
        let mut found = Vec::new();
        for mail in mails {
            add(
                &mut found,
                &Said::of(mail),
                false,
                &trailers(there),
                &["ada@example.com".to_owned()],
            );
        }
        let line = |one: &Offer| format!("{:?} {}: {}", one.state, one.name, one.value);
        found.iter().map(line).collect()
    }

    #[test]
    fn each_is_added_once_whatever_its_case() {
        let bea = mail(
            "Bea <bea@x.org>",
            "reviewed-BY:  Bea  <BEA@x.org> # on arm\nTested-by: Bea\n <bea@x.org>",
        );
        assert_eq!(
            offers(&[bea.clone(), bea.clone()], ""),
            [
                "New Reviewed-by: Bea <BEA@x.org> # on arm",
                "New Tested-by: Bea <bea@x.org>"
            ]
        );
        assert_eq!(
            offers(&[bea], "Reviewed-By: Bea <bea@x.org>\n"),
            [
                "There Reviewed-by: Bea <BEA@x.org> # on arm",
                "New Tested-by: Bea <bea@x.org>"
            ]
        );
    }

    #[test]
    fn another_address_of_the_same_person_is_told_and_not_added() {
        let home = mail("Bea <bea@home.org>", "Reviewed-by: Bea <bea@home.org>");
        let work = mail("Bea <bea@work.org>", "Reviewed-by: Bea <bea@work.org>");
        assert_eq!(
            offers(
                std::slice::from_ref(&home),
                "Reviewed-by: Bea <bea@work.org>\n"
            )
            .len(),
            1
        );
        assert_eq!(
            offers(&[home, work], ""),
            [
                "New Reviewed-by: Bea <bea@home.org>",
                "There Reviewed-by: Bea <bea@work.org>"
            ]
        );
    }

    #[test]
    fn the_users_own_and_anothers_words_are_left_out() {
        let own = mail("Ada <ada@example.com>", "Tested-by: Ada <ada@example.com>");
        let other = mail(
            "Eve <eve@x.org>",
            "Acked-by: Bea <bea@x.org>\nAcked-by: Ada <ada+b@example.com>",
        );
        let bea = mail("Bea <bea@x.org>", "Acked-by: Bea <bea@x.org>");
        assert_eq!(
            offers(&[own.clone(), other.clone()], ""),
            [
                "Own Tested-by: Ada <ada@example.com>",
                "Refused Acked-by: Bea <bea@x.org>",
                "Own Acked-by: Ada <ada+b@example.com>"
            ]
        );
        assert_eq!(
            offers(&[other, bea], ""),
            [
                "Own Acked-by: Ada <ada+b@example.com>",
                "New Acked-by: Bea <bea@x.org>"
            ]
        );
    }

    #[test]
    fn objections_are_never_added() {
        let nack = mail("Bea <bea@x.org>", "NACK, no\nNacked-by: Bea <bea@x.org>");
        assert_eq!(
            offers(&[nack], ""),
            [
                "Objection NACK: NACK, no",
                "Objection Nacked-by: Bea <bea@x.org>"
            ]
        );
    }

    #[test]
    fn tags_for_patch_programs_and_text_that_is_shown_as_another_are_not_added() {
        let tags = "Series-links: Bea <bea@x.org>\nCommit-notes: Bea <bea@x.org>\nseries-TO: Bea <bea@x.org>\n\
            Cover-letter-cc: Bea <bea@x.org>\nChange-Id: Bea <bea@x.org>\nCo-authored-by: Bea <noreply@x.org>\n\
            Reviewed-by: \u{202e}aeB <bea@x.org>\nLink: https://x.org/\u{2066}y\nTested-by: Bea <bea@x.org>\n";
        assert_eq!(
            offers(&[mail("Bea <bea@x.org>", tags)], ""),
            [
                "Refused Reviewed-by: \u{202e}aeB <bea@x.org>",
                "Refused Link: https://x.org/\u{2066}y",
                "New Tested-by: Bea <bea@x.org>"
            ]
        );
    }
}
