// SPDX-License-Identifier: GPL-2.0-or-later
//! Fetches series from mailing list archives: a public-inbox such as lore, or a local clone of one.
//!
//! A series is named by any of its mails; its whole thread, and the rest of the series (`gather`), is fetched.

pub mod address;
pub mod atom;
mod gather;
mod index;
pub mod mirror;
pub mod online;

use super::{Fetched, Source, SourceContext};
use crate::error::{Error, Result};
use crate::mail::{Message, MessageId};
use crate::presence;
use address::Address;
pub use atom::AtomEntry;
pub use gather::{SeriesHints, newer};
use mirror::Mirror;
pub use online::PublicInbox;

/// A search for mails beyond a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Other versions of a series.
    Versions {
        /// Its title.
        title: String,
        /// The address of its author.
        author: String,
        /// Its change-id.
        change_id: Option<String>,
        /// When a version was sent, in seconds; others were sent within a few years of it.
        sent: i64,
    },
    /// All versions of the series with this change-id.
    Change(String),
    /// A patch, by its `git patch-id --stable`.
    Patch(String),
    /// Mails sent by one person in a period of time.
    Sent {
        /// The address of the sender.
        author: String,
        /// The start of the period, in seconds.
        from: i64,
        /// The end of the period, in seconds.
        until: i64,
    },
}

/// Mails that can be looked up, on a server or in a clone.
pub trait Mails {
    /// A mail as the user would name it.
    fn describe(&self, id: &MessageId) -> String;

    /// All mails of the thread that contains a mail; empty if the mail is missing.
    fn thread(&self, id: &MessageId) -> Result<Vec<Message>>;

    /// All mails of the threads that match a query.
    fn find(&self, query: &Query) -> Result<Vec<Message>>;

    /// The mail that a URL in a text names, if this archive has it.
    fn named_here(&self, url: &str) -> Option<MessageId>;

    /// The newest mails that begin a series, newest first.
    fn recent(&self, limit: usize) -> Result<Vec<AtomEntry>>;
}

/// The series that contains a mail of an archive.
struct ThreadOfMail<'a> {
    mails: Box<dyn Mails + 'a>,
    id: MessageId,
    anchor: Option<String>,
}

impl Source for ThreadOfMail<'_> {
    fn describe(&self) -> String {
        self.mails.describe(&self.id)
    }

    fn fetch(&self) -> Result<Fetched> {
        gather::gather(self.mails.as_ref(), &self.id, self.anchor.as_deref())
    }
}

/// The mails of a clone that match a title, or its newest mails.
struct CloneSource {
    mirror: Mirror,
    title: Option<String>,
}

impl Source for CloneSource {
    fn describe(&self) -> String {
        match &self.title {
            Some(title) => format!("{}#{title}", self.mirror.dir()),
            None => self.mirror.dir().to_owned(),
        }
    }

    fn fetch(&self) -> Result<Fetched> {
        let messages = match &self.title {
            Some(title) => match self.mirror.titled(title)? {
                Some(id) => return gather::gather(&self.mirror, &id, None),
                None => {
                    return Err(Error::new(format!(
                        "no series in '{}' has '{title}' in its title",
                        self.mirror.dir()
                    )));
                }
            },
            None => self.mirror.newest()?,
        };
        Ok(Fetched {
            messages,
            ..Fetched::default()
        })
    }
}

/// The source that `spec` names in an archive, if it names one.
///
/// `spec` is a message id, the URL of a mail in an archive, or a clone of an archive, optionally
/// followed by `#` and a message id or part of a title. A file with that name takes precedence.
///
/// # Errors
/// If it is a message id and no archive is known, or a clone that cannot be read.
pub fn recognise<'a>(
    spec: &str,
    sources: &SourceContext<'a>,
) -> Result<Option<Box<dyn Source + 'a>>> {
    if spec == "-" || spec.is_empty() {
        return Ok(None);
    }
    if let Some(address) = Address::parse(spec) {
        let anchor = address.anchor.clone();
        // Without the network, use a clone, which has the mail as well.
        let local = sources
            .client
            .is_offline()
            .then(|| local(sources))
            .transpose()?
            .flatten();
        let mails: Box<dyn Mails + 'a> = match local {
            Some(mirror) => Box::new(mirror),
            None => Box::new(
                PublicInbox::new(&address.archive, sources.client).with_inbox(&address.id)?,
            ),
        };
        return Ok(Some(Box::new(ThreadOfMail {
            mails,
            id: address.id,
            anchor,
        })));
    }
    if presence::may_exist(&sources.cwd.join(spec)) {
        let mirror = Mirror::open(spec, sources)?;
        return Ok(mirror.map(|mirror| {
            Box::new(CloneSource {
                mirror,
                title: None,
            }) as Box<dyn Source>
        }));
    }
    if let Some((dir, what)) = spec.split_once('#')
        && let Some(mirror) = Mirror::open(dir, sources)?
    {
        return Ok(Some(match address::given_id(what)? {
            Some(id) => Box::new(ThreadOfMail {
                mails: Box::new(mirror),
                id,
                anchor: None,
            }),
            None => Box::new(CloneSource {
                mirror,
                title: Some(what.to_owned()),
            }),
        }));
    }
    let Some(id) = address::given_id(spec)? else {
        return Ok(None);
    };
    Ok(Some(Box::new(ThreadOfMail {
        mails: configured(sources, spec)?,
        id,
        anchor: None,
    })))
}

/// The configured archive.
fn configured<'a>(sources: &SourceContext<'a>, wanted: &str) -> Result<Box<dyn Mails + 'a>> {
    match sources.servers.archive.as_deref() {
        Some(archive) => open(archive, sources),
        None => Err(Error::new(format!(
            "there is no file '{wanted}', and no archive to look up a message id in"
        ))
        .with_hint("git config patman.archive https://lore.kernel.org/all/")),
    }
}

/// How many mails the index of a clone with a valid digest names, and how many are in one thread with
/// the first; for the fuzzers.
#[doc(hidden)]
pub fn indexed(body: &str) -> Option<(usize, usize)> {
    let index = index::Index::parse(&index::sealed(body))?;
    let first = index.records().next().map(|record| record.id);
    Some((
        index.records().count(),
        first.map_or(0, |id| index.thread(id, 100).len()),
    ))
}

/// The configured archive, if it is a clone.
fn local(sources: &SourceContext<'_>) -> Result<Option<Mirror>> {
    let dir = sources
        .servers
        .archive
        .as_deref()
        .filter(|archive| !archive.contains("://"));
    dir.map_or(Ok(None), |dir| Mirror::open(dir, sources))
}

/// Opens an archive: a URL, or the directory of a clone.
///
/// # Errors
/// If it is neither.
pub fn open<'a>(archive: &str, sources: &SourceContext<'a>) -> Result<Box<dyn Mails + 'a>> {
    if archive.contains("://") {
        return Ok(Box::new(PublicInbox::new(archive, sources.client)));
    }
    match Mirror::open(archive, sources)? {
        Some(mirror) => Ok(Box::new(mirror)),
        None => Err(Error::new(format!(
            "'{archive}' is not a clone of a public-inbox"
        ))),
    }
}
