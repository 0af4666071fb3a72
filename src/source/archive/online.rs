// SPDX-License-Identifier: GPL-2.0-or-later
//! An archive that is queried over HTTP: a public-inbox, such as lore.
//!
//! A thread takes one request. Searches use POST, which returns all matching mails, or whole threads if
//! requested, as one compressed mbox; if an archive does not support that, its Atom feed names the
//! threads to request.

use super::address::archive_url;
use super::atom::{self, AtomEntry};
use super::{Mails, Query};
use crate::clock;
use crate::error::{Error, Result};
use crate::mail::{self, Message, MessageId};
use crate::source::http::{Accept, Client, HttpAnswer};
use crate::source::percent::encode_component;
use std::collections::HashSet;

/// Maximum number of threads fetched if a search returns only names.
const MAX_THREADS: usize = 4;

/// Maximum age of a recent series, in seconds.
const MAX_RECENT_AGE: i64 = 14 * 24 * 3600;

/// How long before a version its first version may have been sent, in seconds.
const MAX_SERIES_LIFETIME: i64 = 3 * 365 * 24 * 3600;

/// A public-inbox.
#[derive(Debug)]
pub struct PublicInbox<'c> {
    url: String,
    client: &'c Client,
}

impl<'c> PublicInbox<'c> {
    /// Creates the archive at a URL.
    pub fn new(url: &str, client: &'c Client) -> Self {
        PublicInbox {
            url: archive_url(url),
            client,
        }
    }

    /// Its URL, with a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The permalink of a mail.
    pub fn permalink(&self, id: &MessageId) -> String {
        format!("{}{}/", self.url, encode_component(id.as_str()))
    }

    /// The archive with the inbox in its URL, if it was left out; the archive knows which inbox has a mail.
    pub fn with_inbox(self, id: &MessageId) -> Result<Self> {
        let has_inbox = self
            .url
            .split('/')
            .nth(3)
            .is_some_and(|part| !part.is_empty());
        if has_inbox {
            return Ok(self);
        }
        let answer = self.client.get(&self.permalink(id), Accept::Any)?;
        let found = super::address::Address::parse(&answer.url).filter(|_| answer.status == 200);
        Ok(found
            .map(|address| PublicInbox::new(&address.archive, self.client))
            .unwrap_or(self))
    }

    /// One mail as it was sent; `None` if it is missing.
    pub fn raw(&self, id: &MessageId) -> Result<Option<Message>> {
        let url = format!("{}raw", self.permalink(id));
        let mails = self.mails(self.client.get(&url, Accept::Any)?)?;
        Ok(mails.into_iter().next())
    }

    /// The results of a search, at most 200 mails, newest first.
    pub fn search(&self, query: &str) -> Result<Vec<AtomEntry>> {
        let url = format!("{}?q={}&x=A", self.url, encode_component(query));
        let answer = self.client.get(&url, Accept::Atom)?;
        Ok(if answer.status == 200 {
            atom::entries(&answer.body)
        } else {
            Vec::new()
        })
    }

    /// All mails of the threads that match a search.
    pub fn threads(&self, query: &str) -> Result<Vec<Message>> {
        let url = format!("{}?q={}&x=m&t=1", self.url, encode_component(query));
        self.mails(self.client.post(&url, &[], Accept::Mbox)?)
    }

    fn mails(&self, answer: HttpAnswer) -> Result<Vec<Message>> {
        if answer.status != 200 || answer.body.trim_ascii().is_empty() {
            return Ok(Vec::new());
        }
        // A web page instead of mails means that no mails were found, or that the server has a problem.
        if answer.body.trim_ascii_start().starts_with(b"<") {
            return Err(Error::new(format!("'{}' is not a mail", answer.url))
                .with_cause("the server sent a web page"));
        }
        mail::read_bytes(answer.body, &answer.url)
    }

    /// The threads that match a query, if the archive returns only names.
    fn threads_by_name(&self, query: &Query) -> Result<Vec<Message>> {
        let found = self.search(&words(query))?;
        let mut roots: Vec<MessageId> = Vec::new();
        let ids: HashSet<&MessageId> = found.iter().map(|summary| &summary.id).collect();
        let is_below =
            |summary: &&AtomEntry| summary.answers.as_ref().is_some_and(|id| ids.contains(id));
        let newest_first = found
            .iter()
            .filter(|summary| !summary.subject.is_reply && !is_below(summary));
        roots.extend(
            newest_first
                .map(|summary| summary.id.clone())
                .take(MAX_THREADS),
        );
        let urls: Vec<String> = roots.iter().map(|id| self.thread_url(id)).collect();
        let mut mails = Vec::new();
        for answer in self.client.get_all(&urls, Accept::Mbox) {
            mails.extend(self.mails(answer?)?);
        }
        Ok(mails)
    }

    fn thread_url(&self, id: &MessageId) -> String {
        format!("{}t.mbox.gz", self.permalink(id))
    }
}

impl Mails for PublicInbox<'_> {
    fn describe(&self, id: &MessageId) -> String {
        self.permalink(id)
    }

    fn thread(&self, id: &MessageId) -> Result<Vec<Message>> {
        self.mails(self.client.get(&self.thread_url(id), Accept::Mbox)?)
    }

    fn find(&self, query: &Query) -> Result<Vec<Message>> {
        match self.threads(&words(query)) {
            Ok(mails) => Ok(mails),
            Err(error) => self.threads_by_name(query).map_err(|_| error),
        }
    }

    fn named_here(&self, url: &str) -> Option<MessageId> {
        let address = super::address::Address::parse(url)?;
        let host = |url: &str| url.split('/').nth(2).map(str::to_ascii_lowercase);
        (host(&address.archive) == host(&self.url)).then_some(address.id)
    }

    fn recent(&self, limit: usize) -> Result<Vec<AtomEntry>> {
        let since = clock::compact(clock::now() - MAX_RECENT_AGE);
        let mut found = self.search(&format!("s:\"PATCH\" AND dt:{since}.. AND NOT s:\"Re\""))?;
        found.retain(|summary| summary.subject.begins_series(summary.answers.is_none()));
        found.truncate(limit);
        Ok(found)
    }
}

/// A query in the syntax of public-inbox.
fn words(query: &Query) -> String {
    match query {
        Query::Versions {
            title,
            author,
            change_id,
            sent,
        } => {
            let since = clock::compact(sent - MAX_SERIES_LIFETIME);
            let titled = format!(
                "(s:\"{}\" AND f:\"{}\" AND dt:{since}..)",
                phrase(title),
                phrase(author)
            );
            match change_id {
                Some(id) => format!("{titled} OR \"{}\"", phrase(id)),
                None => titled,
            }
        }
        Query::Change(id) => format!("\"{}\"", phrase(id)),
        Query::Patch(id) => format!("patchid:{}", phrase(id)),
        Query::Sent {
            author,
            from,
            until,
        } => {
            format!(
                "f:\"{}\" AND dt:{}..{}",
                phrase(author),
                clock::compact(*from),
                clock::compact(*until)
            )
        }
    }
}

/// Text that is safe inside quotes in a query.
fn phrase(text: &str) -> String {
    text.split(|c: char| c == '"' || c.is_control() || c.is_whitespace())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_keep_to_their_quotes() {
        let query = Query::Versions {
            title: "x: say \"hello\"\tthere".to_owned(),
            author: "a\"b@x".to_owned(),
            change_id: Some("20260101-x-1".to_owned()),
            sent: 1_767_323_045 + MAX_SERIES_LIFETIME,
        };
        let wanted = "(s:\"x: say  hello  there\" AND f:\"a b@x\" AND dt:20260102030405..) OR \"20260101-x-1\"";
        assert_eq!(words(&query), wanted);
        let sent = Query::Sent {
            author: "a@x".to_owned(),
            from: 0,
            until: 60,
        };
        assert_eq!(
            words(&sent),
            "f:\"a@x\" AND dt:19700101000000..19700101000100"
        );
    }
}
