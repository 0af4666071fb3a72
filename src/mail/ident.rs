// SPDX-License-Identifier: GPL-2.0-or-later
//! The author of a mail, for its commit: the `From:` as `git mailinfo` reads it, and the people behind
//! mailing lists that put their own address there.

use super::charset::repaired;
use super::lines::{is_space, trim, until_nul};
use crate::series::Person;
use memchr::memchr;

/// Maximum length of a name that git accepts, in bytes; otherwise it uses the address.
const MAX_NAME_LEN: usize = 60;

/// Parses a decoded `From:` as git does; `None` if it contains no address.
pub(super) fn author(from: &[u8]) -> Option<Person> {
    let from = squeezed(from);
    let text = unquoted(&from);
    let Some(at) = memchr(b'@', &text) else {
        return without_at(&from);
    };
    let start = text[..at]
        .iter()
        .rposition(|&b| is_space(b) || b == b'<')
        .map_or(0, |before| before + 1);
    let opened = start > 0 && text[start - 1] == b'<';
    let ends = |b: &u8| is_space(*b) || matches!(b, b'\x0b' | b'\x0c' | b'>');
    let end = text[start..]
        .iter()
        .position(ends)
        .map_or(text.len(), |length| start + length);

    let mut name = text[..start - usize::from(opened)].to_vec();
    if opened {
        name.push(b' ');
    }
    name.extend_from_slice(text.get(end + 1..).unwrap_or_default());
    let name = squeezed(&name);
    let mut name = trim(&name);
    if let [b'(', inner @ .., b')'] = name {
        name = inner;
    }
    Some(sane(name, &text[start..end]))
}

/// Parses `John Doe <johndoe>`: an address without a domain.
fn without_at(from: &[u8]) -> Option<Person> {
    let open = memchr(b'<', from)?;
    let close = memchr(b'>', &from[open..])? + open;
    Some(sane(trim(&from[..open]), &from[open + 1..close]))
}

fn sane(name: &[u8], email: &[u8]) -> Person {
    let odd =
        name.is_empty() || name.len() > MAX_NAME_LEN || name.iter().any(|b| b"@<>".contains(b));
    Person {
        name: repaired(if odd { email } else { name }),
        email: repaired(email),
    }
}

/// Replaces each run of white space with one blank.
pub(super) fn squeezed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if !is_space(byte) {
            out.push(byte);
        } else if out.last() != Some(&b' ') {
            out.push(b' ');
        }
    }
    out
}

/// Removes quotes and resolves quoted pairs; comments keep their parentheses.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut in_quotes, mut depth, mut literally) = (false, 0usize, false);
    for &byte in until_nul(text) {
        match byte {
            _ if literally => {
                literally = false;
                out.push(byte);
            }
            b'\\' if in_quotes || depth > 0 => literally = true,
            b'"' if in_quotes => in_quotes = false,
            b'"' if depth == 0 => in_quotes = true,
            b'(' if !in_quotes => {
                depth += 1;
                out.push(byte);
            }
            b')' if depth > 0 => {
                depth -= 1;
                out.push(byte);
            }
            _ => out.push(byte),
        }
    }
    out
}

/// The person as git writes it into a commit: no angle brackets or newlines, no punctuation at either end.
pub(super) fn committed(person: &Person) -> Person {
    let is_crud = |c: char| c <= ' ' || ",:;<>\"\\'".contains(c);
    let clean = |text: &str| text.trim_matches(is_crud).replace(['\n', '<', '>'], "");
    Person {
        name: clean(&person.name),
        email: clean(&person.email),
    }
}

/// The headers that matter for a `From:` rewritten by a mailing list.
#[derive(Debug, Default)]
pub(super) struct Munging {
    /// `From:`, decoded.
    pub from: String,
    /// `X-Original-From:`, decoded.
    pub original: Option<String>,
    /// `Reply-To:`, decoded.
    pub reply_to: Option<String>,
    /// `List-Post:`, `List-Id:`, `To:` and `Cc:`, decoded.
    pub lists: Vec<String>,
}

impl Munging {
    /// The person behind `Name via List <list@...>`, which mailing lists write to pass DMARC checks.
    ///
    /// `None` if the `From:` is the sender's own.
    pub fn person(&self) -> Option<Person> {
        let munged = author(self.from.as_bytes())?;
        let (name, _) = split_via(&self.from)?;
        if !self.is_list(&munged.email) {
            return None;
        }
        let mut found = self
            .original
            .iter()
            .chain(&self.reply_to)
            .flat_map(|text| addresses(text));
        let mut person = found.find(|person| !person.email.eq_ignore_ascii_case(&munged.email))?;
        if person.name == person.email {
            person.name = name.to_owned();
        }
        Some(person)
    }

    fn is_list(&self, email: &str) -> bool {
        let email = email.to_ascii_lowercase();
        let dotted = email.replacen('@', ".", 1);
        self.lists
            .iter()
            .map(|text| text.to_ascii_lowercase())
            .any(|text| {
                text.split(|c: char| c.is_whitespace() || "<>,;:\"".contains(c))
                    .any(|word| word == email || word == dotted)
            })
    }
}

/// The name before ` via `, and the name of the mailing list after it.
fn split_via(from: &str) -> Option<(&str, &str)> {
    let at = from.to_ascii_lowercase().find(" via ")?;
    let name = from[..at].trim().trim_matches(['"', '\'']).trim();
    Some((name, &from[at + 5..])).filter(|_| !name.is_empty())
}

/// The people in an address list, as in `To:` and `Reply-To:`.
fn addresses(text: &str) -> Vec<Person> {
    let (mut in_quotes, mut depth) = (false, 0usize);
    text.split(|c| {
        match c {
            '"' => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && !in_quotes && depth == 0
    })
    .filter_map(|one| author(one.as_bytes()))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(from: &str) -> (String, String) {
        author(from.as_bytes())
            .map(|p| (p.name, p.email))
            .unwrap_or_default()
    }

    fn pair(name: &str, email: &str) -> (String, String) {
        (name.to_owned(), email.to_owned())
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!(
            person("A U Thor <a@example.com>"),
            pair("A U Thor", "a@example.com")
        );
        assert_eq!(
            person("a@example.com (A U Thor)"),
            pair("A U Thor", "a@example.com")
        );
        assert_eq!(
            person("\"Thor, A\" <a@example.com>"),
            pair("Thor, A", "a@example.com")
        );
        assert_eq!(
            person("a@example.com"),
            pair("a@example.com", "a@example.com")
        );
        assert_eq!(person("Thor <thor>"), pair("Thor", "thor"));
        assert_eq!(person("nobody"), pair("", ""));
    }

    #[test]
    fn the_person_behind_a_list_is_found() {
        let mut munging = Munging {
            from: "\"A. Thor via U-Boot\" <u-boot@lists.example.org>".to_owned(),
            reply_to: Some("u-boot@lists.example.org, a@example.com".to_owned()),
            lists: vec!["<u-boot.lists.example.org>".to_owned()],
            ..Munging::default()
        };
        let found = munging.person().map(|p| (p.name, p.email));
        assert_eq!(found, Some(pair("A. Thor", "a@example.com")));
        munging.original = Some("Andrew <andrew@example.com>".to_owned());
        assert_eq!(
            munging.person().map(|p| p.email).as_deref(),
            Some("andrew@example.com")
        );
        munging.lists = vec!["other@lists.example.org".to_owned()];
        assert_eq!(munging.person(), None);
    }
}
