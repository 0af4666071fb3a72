// SPDX-License-Identifier: GPL-2.0-or-later
//! Determines who sent a mail, and whether a trailer in it is that person's own.
//!
//! A mail can be forged completely; this only detects what its headers reveal, and trailers that are
//! passed on from elsewhere, quoted without marks, or written for a colleague. The address decides:
//! `From:` must be exactly one mailbox. Anybody can choose a name, so a name alone proves nothing. If a
//! mailing list has put its own address into `From:`, the person behind it counts only if the user, an
//! upstream or the archive names that list, since the sender can write any list header.

use super::from::{mailbox, mailboxes};
use super::header;
use super::{Message, trailers::Trailer};
use crate::series::Person;
use std::fmt;

/// The addresses of mailing lists that are known to put their own address into `From:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailingLists(Vec<String>);

impl MailingLists {
    /// The lists with these addresses.
    pub fn new(addresses: impl IntoIterator<Item = String>) -> Self {
        MailingLists(addresses.into_iter().collect())
    }

    fn has(&self, email: &str) -> bool {
        self.0.iter().any(|one| one.eq_ignore_ascii_case(email))
    }
}

/// The sender of a mail, according to its headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// The person; if there is no valid one, the name is the `From:` and the address is empty.
    pub person: Person,
    /// The address that the mail really came from, if it is not the person's: that of a mailing list.
    pub via: Option<String>,
    /// Why no sender is accepted, as a phrase that follows "sent".
    flaw: Option<&'static str>,
}

/// Whether a trailer is its sender's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It names the sender's address.
    Proved,
    /// It names the sender, with another address.
    Unproved(String),
    /// It names somebody else.
    Refused(String),
}

/// Determines who sent a mail; `lists` are mailing lists that put their own address into `From:`.
pub fn sender(message: &Message, lists: &MailingLists) -> Sender {
    let headers = header::undecoded(message.raw(), "From");
    let from = match &headers[..] {
        [] => Err("without a From"),
        [from] => mailbox(from),
        _ => Err("with several From headers"),
    };
    let from = match from {
        Ok(from) => from,
        Err(flaw) => {
            return Sender {
                person: Person {
                    name: message.headers("From").join(", "),
                    email: String::new(),
                },
                via: None,
                flaw: Some(flaw),
            };
        }
    };
    let behind = Some(&from).filter(|from| lists.has(&from.email));
    if let Some(person) = behind.and_then(|from| behind_list(message, from, lists)) {
        return Sender {
            person,
            via: Some(from.email),
            flaw: None,
        };
    }
    // The `From:` that Patchwork replaced with the person that it knows.
    let original = message.header("X-Patchwork-Original-From");
    let original = original.and_then(|value| mailbox(&value).ok());
    Sender {
        via: original
            .map(|one| one.email)
            .filter(|email| !email.eq_ignore_ascii_case(&from.email)),
        person: from,
        flaw: None,
    }
}

/// The address of a `From:`, if it is valid.
pub fn address(from: &str) -> Option<String> {
    mailbox(from).ok().map(|one| one.email)
}

/// The person behind `Name via List <list@...>`, which mailing lists write to pass DMARC checks.
///
/// `X-Original-From:` and `Reply-To:` must agree on that person.
fn behind_list(message: &Message, from: &Person, lists: &MailingLists) -> Option<Person> {
    let name = before_via(&from.name)?;
    let mut found: Vec<Person> = Vec::new();
    for header in ["X-Original-From", "Reply-To"] {
        for value in header::undecoded(message.raw(), header) {
            found.extend(mailboxes(&value).ok()?);
        }
    }
    found.retain(|one| !lists.has(&one.email));
    let first = found.first()?.clone();
    let is_one = found
        .iter()
        .all(|one| one.email.eq_ignore_ascii_case(&first.email));
    let name = Some(first.name)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| name.to_owned());
    is_one.then_some(Person {
        name,
        email: first.email,
    })
}

/// The name in `Name via List`.
fn before_via(name: &str) -> Option<&str> {
    let at = name.to_ascii_lowercase().find(" via ")?;
    Some(name[..at].trim()).filter(|name| !name.is_empty())
}

impl Sender {
    /// Whether a trailer about a person is the sender's own.
    pub fn claim(&self, trailer: &Trailer) -> Claim {
        let text = trailer.text();
        let Some(named) = named(trailer.without_comment()) else {
            return Claim::Refused(format!("{text} does not name one person"));
        };
        if let Some(flaw) = self.flaw {
            return Claim::Refused(format!("{text} was sent {flaw}: {self}"));
        }
        if is_same_address(&named.email, &self.person.email) {
            return Claim::Proved;
        }
        let list_name = before_via(&self.person.name);
        if is_same_name(&named.name, &self.person.name) {
            Claim::Unproved(format!("{text} was sent from another address: {self}"))
        } else if list_name.is_some_and(|name| is_same_name(&named.name, name)) {
            Claim::Unproved(format!("{text} was sent by {self}, which is no known list"))
        } else {
            Claim::Refused(format!("{text} was sent by {self}"))
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.flaw, &self.via) {
            (Some(_), _) => f.write_str(&self.person.name),
            (None, Some(via)) => write!(f, "{} (via {via})", self.person),
            (None, None) => self.person.fmt(f),
        }
    }
}

/// The only person named by a trailer's value: `Name <address>` or an address.
pub fn named(value: &str) -> Option<Person> {
    if !value.contains(['<', '>']) {
        let is_address = value.contains('@') && !value.contains(char::is_whitespace);
        return is_address.then(|| Person {
            name: String::new(),
            email: value.to_owned(),
        });
    }
    let person = bracketed(value)?;
    let behind = value
        .rsplit_once('>')
        .map(|(_, behind)| behind.trim())
        .unwrap_or_default();
    let is_one = value.matches('<').count() == 1 && value.matches('>').count() == 1;
    (is_one && (behind.is_empty() || behind.starts_with(['(', '[', '#']))).then_some(person)
}

/// Splits `Name <address>` at the last bracket outside quotes.
fn bracketed(text: &str) -> Option<Person> {
    let mut in_quotes = false;
    let mut open = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' => in_quotes = !in_quotes,
            '<' if !in_quotes => open = Some(at),
            _ => {}
        }
    }
    // An unclosed quote leaves no bracket outside quotes.
    let open = open.or_else(|| text.rfind('<'))?;
    let close = open + text[open..].find('>')?;
    let email = text[open + 1..close].trim().to_owned();
    let name = text[..open]
        .replace(['"', '\\'], "")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    email.contains('@').then_some(Person { name, email })
}

/// Whether two addresses belong to the same person.
///
/// Case and `+tag` are ignored, as is one label before the domain, which many organisations have for
/// some of their people.
pub fn is_same_address(a: &str, b: &str) -> bool {
    let parts = |address: &str| -> Option<(String, String)> {
        let lower = address.trim().to_lowercase();
        let (user, domain) = lower.rsplit_once('@')?;
        let user = user.split_once('+').map_or(user, |(user, _)| user);
        (!user.is_empty() && !domain.is_empty()).then(|| (user.to_owned(), domain.to_owned()))
    };
    let (Some((user_a, domain_a)), Some((user_b, domain_b))) = (parts(a), parts(b)) else {
        return false;
    };
    user_a == user_b
        && (domain_a == domain_b
            || is_above(&domain_a, &domain_b)
            || is_above(&domain_b, &domain_a))
}

/// Whether `below` is `above` with one more label.
fn is_above(above: &str, below: &str) -> bool {
    below
        .split_once('.')
        .is_some_and(|(label, rest)| !label.is_empty() && rest == above && above.contains('.'))
}

/// Whether two names are the same; `Doe, John` equals `John Doe`.
pub fn is_same_name(a: &str, b: &str) -> bool {
    let plain = |name: &str| -> String {
        let turned = match name.split_once(',') {
            Some((last, first)) if !first.contains(',') => format!("{first} {last}"),
            _ => name.to_owned(),
        };
        turned
            .to_lowercase()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (a, b) = (plain(a), plain(b));
    !a.is_empty() && !a.contains('@') && a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim_of(headers: &str, value: &str) -> Claim {
        let mail = Message::new(format!("{headers}\n\nx\n").into_bytes(), String::new());
        let lists = MailingLists::new(["dev@lists.example.org".to_owned()]);
        let trailer = Trailer {
            name: "Reviewed-by".to_owned(),
            value: value.to_owned(),
        };
        sender(&mail, &lists).claim(&trailer)
    }

    fn given(from: &str, value: &str) -> Claim {
        claim_of(&format!("From: {from}"), value)
    }

    #[test]
    fn people_speak_for_themselves() {
        for (from, value) in [
            ("Bob <bob@example.com>", "Bob <bob@example.com>"),
            ("Bob <Bob+Lists@Example.com>", "Robert <bob@example.com>"),
            ("Bob <bob+kernel@example.com>", "bob@example.com"),
            (
                "Bob <bob@mail.example.com>",
                "B <bob@example.com> # on the board",
            ),
            ("Bob <bob@example.com>", "B <bob@mail.example.com>"),
            (
                "\"Doe, John\" <jd@corp.com>",
                "J <jd@corp.com> (maintainer)",
            ),
            ("Doe, John <jd@corp.com>", "\"Doe, John\" <jd@corp.com>"),
            ("bob@example.com (Bob)", "Bob <bob@example.com>"),
        ] {
            assert_eq!(given(from, value), Claim::Proved, "{from}: {value}");
        }
    }

    #[test]
    fn nobody_speaks_for_another() {
        for (from, value) in [
            ("Eve <eve@example.com>", "Bob <bob@example.com>"),
            ("\"Doe, John\" <jd@corp.com>", "Bob <bob@example.com>"),
            ("Doe, John <jd@corp.com>", "Bob <bob@example.com>"),
            (
                "\"bob@example.com\" <eve@example.com>",
                "Bob <bob@example.com>",
            ),
            (
                "=?utf-8?q?Bob_=3Cbob=40example=2Ecom=3E?= <eve@example.com>",
                "B <bob@example.com>",
            ),
            (
                "Eve <eve@example.com>",
                "Bob <bob@example.com> <eve@example.com>",
            ),
            (
                "Eve <eve@example.com>",
                "Bob <bob@example.com>, Eve <eve@example.com>",
            ),
            ("Bob <bob@com>", "B <bob@example.com>"),
            ("Bob <bob@a.b.example.com>", "B <bob@example.com>"),
            (
                "bob@example.com <eve@example.org>",
                "bob@example.com <bob@example.com>",
            ),
            ("", "<@>"),
        ] {
            let claim = given(from, value);
            assert!(matches!(claim, Claim::Refused(_)), "{from}: {value}");
        }
        let why = "Reviewed-by: Bob <bob@example.com> was sent by Eve <eve@example.com>";
        assert_eq!(
            given("Eve <eve@example.com>", "Bob <bob@example.com>"),
            Claim::Refused(why.to_owned())
        );
    }

    #[test]
    fn a_name_alone_proves_nothing() {
        for (from, value) in [
            ("bob smith <bob@home.org>", "Bob  Smith <bob@example.com>"),
            ("\"Doe, John\" <jd@corp.com>", "John Doe <john@home.org>"),
            ("Bob via Kernel <eve@x.org>", "Bob <bob@example.com>"),
            (
                "=?utf-8?q?J=C3=B6rg?= <j@example.com>",
                "J\u{f6}rg <x@example.org>",
            ),
        ] {
            match given(from, value) {
                Claim::Unproved(why) => assert!(why.contains('@'), "{why}"),
                other => panic!("{from}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_person_behind_a_list_is_the_sender_if_the_list_is_known() {
        let bob = "Bob <bob@example.com>";
        let munged = |list: &str, rest: &str| {
            format!(
                "From: Bob via Dev <{list}>\nList-Id: <{list}>\nList-Post: <mailto:{list}>\n{rest}"
            )
        };
        let known = munged("Dev@lists.example.org", "Reply-To: Bob <bob@example.com>");
        assert_eq!(claim_of(&known, bob), Claim::Proved);
        let mail = Message::new(format!("{known}\n\nx\n").into_bytes(), String::new());
        let lists = MailingLists::new(["dev@lists.example.org".to_owned()]);
        let shown = sender(&mail, &lists).to_string();
        assert_eq!(shown, "Bob <bob@example.com> (via Dev@lists.example.org)");
        for headers in [
            munged("eve@example.org", "Reply-To: Bob <bob@example.com>"),
            munged(
                "dev@lists.example.org",
                "X-Original-From: Bob <bob@example.com>\nReply-To: eve@example.org",
            ),
            munged(
                "dev@lists.example.org",
                "Reply-To: dev@lists.example.org, bob@example.com, Bob <eve@example.org>",
            ),
            "From: Bob <bob@example.com>\nFrom: Eve <eve@example.org>".to_owned(),
            "From: Bob <bob@example.com>, Eve <eve@example.org>".to_owned(),
            "From: Eve <eve@example.org> (bob@example.com)".to_owned(),
        ] {
            assert_ne!(claim_of(&headers, bob), Claim::Proved, "{headers}");
        }
    }
}
