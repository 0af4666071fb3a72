// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the Atom feeds of an archive, and only the XML that they use.

use super::address::Address;
use crate::mail::date::Timestamp;
use crate::mail::{MessageId, ParsedSubject};
use crate::series::Person;

/// Maximum number of entries read from one feed; an archive sends 200.
const MAX_FEED_ENTRIES: usize = 1000;

/// Maximum length of a character reference such as `&#x10ffff;`, in bytes.
const MAX_CHARACTER_REFERENCE: usize = 12;

/// What an archive says about a mail, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtomEntry {
    /// The id of the mail.
    pub id: MessageId,
    /// The parsed subject.
    pub subject: ParsedSubject,
    /// The sender.
    pub author: Person,
    /// When it was sent, in seconds; 0 if unknown.
    pub seconds: i64,
    /// The mail that it replies to.
    pub answers: Option<MessageId>,
}

/// The entries of a feed, in order; entries that are not mails are left out.
pub fn entries(feed: &[u8]) -> Vec<AtomEntry> {
    let text = String::from_utf8_lossy(feed);
    text.split("<entry")
        .skip(1)
        .take(MAX_FEED_ENTRIES)
        .filter_map(entry)
        .collect()
}

fn entry(text: &str) -> Option<AtomEntry> {
    // The rest is the mail itself, which may contain anything.
    let end = ["<content", "</entry>"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    let text = &text[..end];
    let links = tags(text, "link").filter_map(|tag| attribute(tag, "href"));
    let id = links
        .filter_map(|url| Address::parse(&url))
        .map(|address| address.id)
        .next()?;
    let author = inside(text, "author").unwrap_or_default();
    let part = |name| inside(author, name).map(unmarked).unwrap_or_default();
    let answers = tags(text, "thr:in-reply-to").filter_map(|tag| attribute(tag, "href"));
    Some(AtomEntry {
        id,
        subject: ParsedSubject::parse(&inside(text, "title").map(unmarked).unwrap_or_default()),
        author: Person {
            name: part("name"),
            email: part("email"),
        },
        seconds: inside(text, "updated")
            .and_then(Timestamp::parse)
            .map_or(0, |date| date.seconds),
        answers: answers
            .filter_map(|url| Address::parse(&url))
            .map(|address| address.id)
            .next(),
    })
}

/// The tags with this name, from after the name to the end of the tag.
fn tags<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    text.split('<').filter_map(move |part| {
        let tag = part.split('>').next()?;
        tag.strip_prefix(name)
            .filter(|rest| rest.starts_with(char::is_whitespace))
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!("{name}="))?;
    let value = &tag[at + name.len() + 1..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..]
        .split_once(quote)
        .map(|(value, _)| unmarked(value))
}

/// The content of the first element with this name.
fn inside<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let open = format!("<{name}");
    let (_, rest) = text.split_once(&open)?;
    let (attributes, rest) = rest.split_once('>')?;
    if !(attributes.is_empty() || attributes.starts_with(char::is_whitespace)) {
        return None;
    }
    rest.split_once(&format!("</{name}>"))
        .map(|(value, _)| value)
}

/// Decodes the character references in a text.
fn unmarked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        // Anything longer is not a reference; searching to the end of the text for each of them would take forever.
        let end = behind
            .bytes()
            .take(MAX_CHARACTER_REFERENCE)
            .position(|byte| byte == b';');
        let name = &behind[..end.unwrap_or(0)];
        let number =
            name.strip_prefix('#')
                .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => digits.parse().ok(),
                });
        let found = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32),
        };
        match found.filter(|_| end.is_some()) {
            Some(c) => {
                out.push(c);
                rest = &behind[name.len() + 1..];
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    const FEED: &str = concat!(
        r#"<?xml version="1.0" encoding="us-ascii"?><feed xmlns="http://www.w3.org/2005/Atom">"#,
        r#"<title>x</title><entry><author><name>A &#39;B&#x27;</name><email>a@x.example</email></author>"#,
        r#"<title type="html">[PATCH v2 0/2] a &amp;lt; b &lt;c&gt;</title><updated>2026-01-02T03:04:05Z</updated>"#,
        r#"<link href="http://h/inbox/a%2Fb@x.example/"/>"#,
        r#"<thr:in-reply-to ref="urn:uuid:1" href="http://h/inbox/root@x.example/"/>"#,
        r#"<content type="xhtml"><link href="http://h/inbox/evil@x/"/></content></entry>"#,
        r#"<entry><title>no link</title></entry><entry"#
    );

    #[test]
    fn a_feed_names_its_mails() {
        let found = entries(FEED.as_bytes());
        assert_eq!(found.len(), 1);
        let one = &found[0];
        assert_eq!(
            (one.id.as_str(), one.author.name.as_str()),
            ("a/b@x.example", "A 'B'")
        );
        assert_eq!(
            (one.subject.title.as_str(), one.subject.number),
            ("a &lt; b <c>", Some(0))
        );
        assert_eq!(one.answers.as_ref().unwrap().as_str(), "root@x.example");
        assert_eq!(one.seconds, 1_767_323_045);
    }

    #[test]
    fn broken_feeds_do_no_harm() {
        for end in 0..FEED.len() {
            entries(&FEED.as_bytes()[..end]);
        }
        assert_eq!(unmarked(&"&".repeat(1 << 20)).len(), 1 << 20);
        assert_eq!(
            unmarked("&#xd800;&#99999999999;&;&amp"),
            "&#xd800;&#99999999999;&;&amp"
        );
    }
}
