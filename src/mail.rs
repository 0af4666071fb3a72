// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads mails, parses them, and sorts them into series.
//!
//! There are two parsers. Text that goes into a commit is parsed as `git mailinfo` does it, byte for
//! byte ([`mailinfo`]); text for people and for threading is parsed leniently ([`Message`]). All input
//! comes from strangers: nothing panics, nesting and sizes are bounded, and the running time grows with
//! the length of the input.
//!
//! - [`read_path`], [`read_bytes`]: from files, maildirs, directories and bytes to messages
//! - [`date`], [`trailers`]: the parts of a mail; its subject is a [`ParsedSubject`]
//! - [`reply`], [`sender`], [`trailers::collected`]: the trailers in a reply to a patch, and whether its
//!   sender may give them
//! - [`thread`]: from messages to series, versions, patches and replies

mod body;
mod charset;
pub mod date;
pub mod earlier;
mod encoded_word;
mod from;
mod grouping;
mod header;
mod ident;
mod lines;
mod linking;
mod log;
pub mod mailbox;
pub mod mailinfo;
mod mbox;
mod parts;
pub mod prerequisites;
mod read;
pub mod reply;
pub mod sender;
pub mod thread;
pub mod trailers;
mod transfer;

use crate::error::{Error, Result};
use crate::invisible::first_invisible;
use crate::series::{ParsedSubject, Person};
pub(crate) use charset::from_utf8;
pub use date::Timestamp;
pub use read::{read_bytes, read_path};
use std::fmt;

/// Maximum number of ancestors read from the headers of a mail.
const MOST_REFERENCES: usize = 100;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    raw: Vec<u8>,
    origin: String,
}

impl Message {
    /// Creates a mail from these bytes, without an envelope line or mbox quoting; `origin` names its
    /// source in messages.
    pub fn new(raw: Vec<u8>, origin: String) -> Message {
        Message { raw, origin }
    }

    /// The bytes as received.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Where the mail was read from: `series.mbox, mail 3`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The first header with this name, unfolded and decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        header::value(&self.raw, name)
    }

    /// All headers with this name, unfolded and decoded.
    pub fn headers(&self, name: &str) -> Vec<String> {
        header::values(&self.raw, name)
    }

    /// The message id; `None` if the mail has no valid one.
    pub fn message_id(&self) -> Option<MessageId> {
        self.header("Message-ID")
            .and_then(|value| MessageId::all_in(&value).into_iter().next())
    }

    /// The mails that this mail replies to, nearest first: `In-Reply-To:`, then `References:` from their end.
    pub fn references(&self) -> Vec<MessageId> {
        let parents = self
            .header("In-Reply-To")
            .map(|value| MessageId::all_in(&value))
            .unwrap_or_default();
        let references = self
            .headers("References")
            .iter()
            .flat_map(|value| MessageId::all_in(value))
            .collect::<Vec<_>>();
        let mut nearest_first: Vec<MessageId> = Vec::new();
        for id in parents.into_iter().chain(references.into_iter().rev()) {
            if nearest_first.len() < MOST_REFERENCES && !nearest_first.contains(&id) {
                nearest_first.push(id);
            }
        }
        nearest_first
    }

    /// The sender, for threading and for display.
    ///
    /// If a mailing list has put its own address there, this is the person behind it, according to the
    /// headers. To decide whose a trailer is, use [`sender::sender`].
    pub fn from(&self) -> Person {
        let munging = header::munging(&self.raw);
        munging.person().unwrap_or_else(|| {
            let from = self.header("From").unwrap_or_default();
            ident::author(from.as_bytes()).unwrap_or_else(|| Person {
                name: from,
                email: String::new(),
            })
        })
    }

    /// The date that the mail claims, parsed as git parses dates.
    pub fn date(&self) -> Option<Timestamp> {
        self.header("Date")
            .and_then(|value| Timestamp::parse(&value))
    }

    /// The parsed subject.
    pub fn subject(&self) -> ParsedSubject {
        ParsedSubject::parse(&self.header("Subject").unwrap_or_default())
    }

    /// The text for people: the plain text parts, decoded.
    pub fn text(&self) -> String {
        parts::text(&self.raw)
    }

    /// Whether the mail contains a patch.
    pub fn has_diff(&self) -> bool {
        parts::has_diff(&self.raw)
    }
}

/// The id of a mail, without angle brackets: no white space, no invisible character, of bounded length.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Maximum length of an id, in bytes; a header line has at most 998.
    pub const MAX_LEN: usize = 996;

    /// Checks an id, given with or without angle brackets.
    pub fn new(text: &str) -> Result<MessageId> {
        let text = text.trim();
        let id = text
            .strip_prefix('<')
            .and_then(|inner| inner.strip_suffix('>'))
            .unwrap_or(text);
        let is_odd = |c: char| c.is_whitespace() || matches!(c, '<' | '>');
        let is_bad = id.len() > Self::MAX_LEN || id.contains(is_odd);
        if id.is_empty() || is_bad || first_invisible(id).is_some() {
            return Err(Error::usage(format!("'{text}' is not a message id")));
        }
        Ok(MessageId(id.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ids in a header's value: those in angle brackets, or, without brackets, the first word.
    fn all_in(value: &str) -> Vec<MessageId> {
        let mut ids: Vec<MessageId> = Vec::new();
        for part in value.split('<').skip(1) {
            let id = part
                .split_once('>')
                .map(|(id, _)| id.split_whitespace().collect::<String>());
            ids.extend(id.and_then(|id| MessageId::new(&id).ok()));
        }
        if ids.is_empty() && !value.contains('<') {
            ids.extend(
                value
                    .split_whitespace()
                    .next()
                    .and_then(|word| MessageId::new(word).ok()),
            );
        }
        ids
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(raw: &str) -> Message {
        Message::new(raw.as_bytes().to_vec(), "test".to_owned())
    }

    #[test]
    fn the_nearest_ancestor_comes_first() {
        let mail = message(
            "Message-Id: <c@x>\nIn-Reply-To: Your mail <b@x>\nReferences: <root@x> <a@x>\n\t<b@x> <bro ken@x>\n\nx\n",
        );
        let ids: Vec<String> = mail.references().iter().map(MessageId::to_string).collect();
        assert_eq!(ids, ["b@x", "broken@x", "a@x", "root@x"]);
        assert_eq!(
            mail.message_id().map(|id| id.to_string()).as_deref(),
            Some("c@x")
        );
    }

    #[test]
    fn odd_ids_are_none() {
        for odd in ["", "<>", "<a\u{1b}b>", &format!("<{}>", "x".repeat(2000))] {
            assert_eq!(
                message(&format!("Message-ID: {odd}\n\n")).message_id(),
                None,
                "{odd}"
            );
        }
        assert_eq!(
            message("Message-ID: bare@x\n\n")
                .message_id()
                .map(|id| id.to_string())
                .as_deref(),
            Some("bare@x")
        );
    }

    #[test]
    fn a_mail_with_no_headers_is_a_mail() {
        let mail = message("\njust text");
        assert_eq!(
            (mail.from(), mail.date(), mail.has_diff()),
            (Person::default(), None, false)
        );
    }
}
