// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses the mailboxes of an address header strictly, because they decide who gave a trailer.
//!
//! The author of a commit is parsed as git does it (`ident.rs`): git takes the first word with an `@`,
//! even in a comment. Here an ambiguous header is refused. Values must not be decoded, since the
//! content of an encoded word is a name, whatever it looks like.

use super::encoded_word;
use crate::series::Person;

const SEVERAL: &str = "with several addresses in its From";

/// The text between two commas.
#[derive(Default)]
struct Part {
    /// The text outside angle brackets and comments, without quotes.
    text: String,
    /// Whether it may contain an address: there is an `@` outside quotes.
    has_at: bool,
    comment: String,
    bracketed: Vec<String>,
}

/// The only mailbox of a `From:`.
///
/// # Errors
/// What is wrong with it, as a phrase that follows "sent": there is no mailbox, there are several, or a
/// comment contains an address.
pub(super) fn mailbox(value: &str) -> Result<Person, &'static str> {
    let mut found = mailboxes(value)?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err("without an address in its From"),
        _ => Err(SEVERAL),
    }
}

/// All mailboxes of a header such as `Reply-To:`.
///
/// # Errors
/// As for [`mailbox`], where one mailbox is wrong.
pub(super) fn mailboxes(value: &str) -> Result<Vec<Person>, &'static str> {
    let mut found = Vec::new();
    // `Doe, John <address>`: a comma in a name that should be quoted.
    let mut name = String::new();
    for part in parts(value)? {
        if part.comment.contains('@') {
            return Err("with an address in a comment of its From");
        }
        let text = squeezed(&part.text);
        match (&part.bracketed[..], part.has_at) {
            ([], false) => {
                name.push_str(&text);
                name.push_str(", ");
            }
            ([], true) if text.split(' ').filter(|word| word.contains('@')).count() > 1 => {
                return Err(SEVERAL);
            }
            ([], true) => found.push(bare(&text, &part.comment)),
            ([address], _) => found.push(Person {
                name: std::mem::take(&mut name) + &text,
                email: address.trim().to_owned(),
            }),
            _ => return Err(SEVERAL),
        }
    }
    found.retain(|one| one.email.contains('@'));
    Ok(found)
}

fn parts(value: &str) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut part = Part::default();
    let (mut in_quotes, mut depth, mut literally) = (false, 0usize, false);
    let mut bracket: Option<String> = None;
    for c in value.chars() {
        match c {
            _ if literally => {
                literally = false;
                if depth > 0 {
                    part.comment.push(c);
                } else {
                    part.text.push(c);
                }
            }
            '\\' if in_quotes || depth > 0 => literally = true,
            '"' if depth == 0 && bracket.is_none() => in_quotes = !in_quotes,
            _ if in_quotes => part.text.push(c),
            '(' if bracket.is_none() => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => part.comment.push(c),
            '<' if bracket.is_none() => bracket = Some(String::new()),
            '>' if bracket.is_some() => part.bracketed.extend(bracket.take()),
            ',' | ';' if bracket.is_none() => parts.push(std::mem::take(&mut part)),
            _ => match &mut bracket {
                Some(address) => address.push(c),
                None => {
                    part.has_at |= c == '@';
                    part.text.push(c);
                }
            },
        }
    }
    if in_quotes || depth > 0 || bracket.is_some() {
        return Err("with a From that cannot be read");
    }
    parts.push(part);
    Ok(parts)
}

/// Parses `address` or the old form `address (Name)`; other words beside the address are the name.
fn bare(text: &str, comment: &str) -> Person {
    let (address, others): (Vec<&str>, Vec<&str>) =
        text.split(' ').partition(|word| word.contains('@'));
    let name = match others.join(" ") {
        name if name.is_empty() => squeezed(comment),
        name => name,
    };
    Person {
        name,
        email: address.join(" "),
    }
}

fn squeezed(text: &str) -> String {
    let text = encoded_word::readable(text.as_bytes());
    let plain = text.replace(['"', '\\'], "");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_read_in_all_its_forms() {
        for (value, name, email) in [
            ("Bob <bob@x.org>", "Bob", "bob@x.org"),
            ("\"Doe, John\" <jd@x.org>", "Doe, John", "jd@x.org"),
            ("Doe, John <jd@x.org>", "Doe, John", "jd@x.org"),
            ("bob@x.org (Bob)", "Bob", "bob@x.org"),
            ("<bob@x.org>", "", "bob@x.org"),
            ("Bob (the one) <bob@x.org>", "Bob", "bob@x.org"),
            ("\"a@b <c@d>\" <bob@x.org>", "a@b <c@d>", "bob@x.org"),
            ("\"B\\\"ob\" <bob@x.org>", "Bob", "bob@x.org"),
            ("a@b <bob@x.org>", "a@b", "bob@x.org"),
            ("=?utf-8?q?J=C3=B6rg?= <j@x.org>", "Jörg", "j@x.org"),
            (
                "=?utf-8?q?A_=3Ca=40x=3E_=22?= <eve@x.org> =?utf-8?q?=22?=",
                "A <a@x>",
                "eve@x.org",
            ),
        ] {
            let wanted = (name.to_owned(), email.to_owned());
            assert_eq!(mailbox(value).map(|one| (one.name, one.email)), Ok(wanted));
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_no_mailbox() {
        for value in [
            "",
            "Bob",
            "Bob <bob>",
            "Bob <bob@x.org>, Eve <eve@x.org>",
            "bob@x.org, Eve <eve@x.org>",
            "Bob <bob@x.org> <eve@x.org>",
            "Eve <eve@x.org> (bob@x.org)",
            "(bob@x.org) Eve <eve@x.org>",
            "eve@x.org (Bob <bob@x.org>)",
            "bob@x.org eve@x.org",
            "\"Bob <bob@x.org>",
            "Bob (<bob@x.org>",
            "Bob <bob@x.org",
        ] {
            assert!(mailbox(value).is_err(), "{value}");
        }
    }
}
