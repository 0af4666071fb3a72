// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether a trailer is given by the person whom it names.
//!
//! A mail can be forged whole; what this keeps out is the careless and the helpful: tags passed on from elsewhere, quoted
//! without marks, or written for a colleague. The address decides; where people write from several, the name does.

use super::header;
use super::ident;
use super::{Message, trailers::Trailer};
use crate::series::Person;

/// Who sent a mail: the person behind a list that puts its own address there, else the `From:`.
///
/// The address is the one in the last angle brackets, so that a name which holds somebody else's address is a name.
pub fn sender(message: &Message) -> Person {
    if let Some(person) = header::munging(message.raw()).person() {
        return person;
    }
    let from = message.header("From").unwrap_or_default();
    bracketed(&from)
        .or_else(|| ident::author(from.as_bytes()))
        .unwrap_or(Person {
            name: from,
            email: String::new(),
        })
}

/// Why a trailer about a person is not the sender's own word; none where it is.
pub fn refusal(trailer: &Trailer, sender: &Person) -> Option<String> {
    let Some(named) = named(trailer.without_comment()) else {
        return Some(format!("{} does not name one person", trailer.text()));
    };
    let same =
        is_same_address(&named.email, &sender.email) || is_same_name(&named.name, &sender.name);
    (!same).then(|| format!("{} was sent by {sender}", trailer.text()))
}

/// The one person that a trailer's value names: `Name <address>` or an address.
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

/// Splits `Name <address>` at the last bracket that is not inside quotes.
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
    // With a quote that never ends nothing is outside of quotes.
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

/// Whether two addresses are one person's: case and `+tag` do not count, nor one label before the domain, which many
/// organisations have for some of their people.
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

/// Whether `below` is `above` with one label more.
fn is_above(above: &str, below: &str) -> bool {
    below
        .split_once('.')
        .is_some_and(|(label, rest)| !label.is_empty() && rest == above && above.contains('.'))
}

/// Whether two names are the same; `Doe, John` is `John Doe`.
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

    fn given(from: &str, value: &str) -> Option<String> {
        let mail = Message::new(format!("From: {from}\n\nx\n").into_bytes(), String::new());
        refusal(
            &Trailer {
                name: "Reviewed-by".to_owned(),
                value: value.to_owned(),
            },
            &sender(&mail),
        )
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
            ("bob smith <bob@home.org>", "Bob  Smith <bob@example.com>"),
            ("\"Doe, John\" <jd@corp.com>", "John Doe <john@home.org>"),
            (
                "\"Doe, John\" <jd@corp.com>",
                "J <jd@corp.com> (maintainer)",
            ),
            ("Doe, John <jd@corp.com>", "\"Doe, John\" <jd@corp.com>"),
            (
                "=?utf-8?q?J=C3=B6rg?= <j@example.com>",
                "J\u{f6}rg <x@example.org>",
            ),
            ("bob@example.com (Bob)", "Bob <bob@example.com>"),
        ] {
            assert_eq!(given(from, value), None, "{from}: {value}");
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
            assert!(given(from, value).is_some(), "{from}: {value}");
        }
        assert_eq!(
            given("Eve <eve@example.com>", "Bob <bob@example.com>").as_deref(),
            Some("Reviewed-by: Bob <bob@example.com> was sent by Eve <eve@example.com>")
        );
    }

    #[test]
    fn the_person_behind_a_list_is_the_sender() {
        let raw = b"From: Bob via U-Boot <u-boot@lists.example.org>\nList-Id: <u-boot.lists.example.org>\n\
            Reply-To: Bob <bob@example.com>\n\nx\n";
        let mail = Message::new(raw.to_vec(), String::new());
        assert_eq!(sender(&mail).to_string(), "Bob <bob@example.com>");
    }
}
