// SPDX-License-Identifier: GPL-2.0-or-later
//! Series from archives of mailing lists: a public-inbox such as lore, or a clone of one on this machine.
//!
//! A series is named by any of its mails; all of its thread, and what else belongs to it (`gather`), is brought.

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
use std::path::Path;

/// What is looked for beyond a thread.
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
        /// When a version was sent, in seconds: others were within a few years of it.
        sent: i64,
    },
    /// The series with a change-id, in all its versions.
    Change(String),
    /// A patch, as `git patch-id --stable` names it.
    Patch(String),
    /// What somebody sent at a time.
    Sent {
        /// The address.
        author: String,
        /// From when, in seconds.
        from: i64,
        /// Until when.
        until: i64,
    },
}

/// Mails that can be looked up, on a server or in a clone.
pub trait Mails {
    /// A mail as the user would name it.
    fn describe(&self, id: &MessageId) -> String;

    /// All mails of the thread that a mail is in; nothing if it is not there.
    fn thread(&self, id: &MessageId) -> Result<Vec<Message>>;

    /// All mails of the threads in which something is found.
    fn find(&self, query: &Query) -> Result<Vec<Message>>;

    /// The mail that a URL in a text names, if this archive has it.
    fn named_here(&self, url: &str) -> Option<MessageId>;

    /// The newest mails that begin a series, newest first.
    fn recent(&self, limit: usize) -> Result<Vec<AtomEntry>>;
}

/// The series that a mail of an archive belongs to.
struct ThreadOfMail<'a> {
    mails: Box<dyn Mails + 'a>,
    id: MessageId,
    anchor: Option<String>,
}

impl Source for ThreadOfMail<'_> {
    fn describe(&self) -> String {
        self.mails.describe(&self.id)
    }

    fn gather(&self) -> Result<Fetched> {
        gather::gather(self.mails.as_ref(), &self.id, self.anchor.as_deref())
    }
}

/// What a clone holds of a title, or its newest mails.
struct Shelf {
    mirror: Mirror,
    title: Option<String>,
}

impl Source for Shelf {
    fn describe(&self) -> String {
        match &self.title {
            Some(title) => format!("{}#{title}", self.mirror.dir()),
            None => self.mirror.dir().to_owned(),
        }
    }

    fn gather(&self) -> Result<Fetched> {
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

/// The source, if `spec` is a message id, the URL of a mail of an archive, or a clone of an archive with or without `#`
/// and a message id or part of a title behind it. A file of that name comes first.
///
/// # Errors
/// If it is a message id and no archive is known, or a clone that cannot be read.
pub fn recognise<'a>(
    spec: &str,
    around: &SourceContext<'a>,
) -> Result<Option<Box<dyn Source + 'a>>> {
    if spec == "-" || spec.is_empty() {
        return Ok(None);
    }
    let cache = dirs::cache_dir();
    if let Some(address) = Address::parse(spec) {
        let anchor = address.anchor.clone();
        // Without the network, a clone knows the mail as well.
        let local = around
            .client
            .is_offline()
            .then(|| local(around))
            .transpose()?
            .flatten();
        let mails: Box<dyn Mails + 'a> = match local {
            Some(mirror) => Box::new(mirror),
            None => {
                Box::new(PublicInbox::new(&address.archive, around.client).with_inbox(&address.id)?)
            }
        };
        return Ok(Some(Box::new(ThreadOfMail {
            mails,
            id: address.id,
            anchor,
        })));
    }
    if presence::may_exist(&around.cwd.join(spec)) {
        let mirror = Mirror::open(spec, around.cwd, cache.as_deref())?;
        return Ok(mirror.map(|mirror| {
            Box::new(Shelf {
                mirror,
                title: None,
            }) as Box<dyn Source>
        }));
    }
    if let Some((dir, what)) = spec.split_once('#')
        && let Some(mirror) = Mirror::open(dir, around.cwd, cache.as_deref())?
    {
        return Ok(Some(match address::given_id(what)? {
            Some(id) => Box::new(ThreadOfMail {
                mails: Box::new(mirror),
                id,
                anchor: None,
            }),
            None => Box::new(Shelf {
                mirror,
                title: Some(what.to_owned()),
            }),
        }));
    }
    let Some(id) = address::given_id(spec)? else {
        return Ok(None);
    };
    Ok(Some(Box::new(ThreadOfMail {
        mails: configured(around, spec)?,
        id,
        anchor: None,
    })))
}

/// The archive of the settings.
fn configured<'a>(around: &SourceContext<'a>, wanted: &str) -> Result<Box<dyn Mails + 'a>> {
    match around.servers.archive.as_deref() {
        Some(archive) => open(
            archive,
            around.cwd,
            dirs::cache_dir().as_deref(),
            around.client,
        ),
        None => Err(Error::new(format!(
            "there is no file '{wanted}', and no archive to look up a message id in"
        ))
        .with_hint("git config patman.archive https://lore.kernel.org/all/")),
    }
}

/// How many mails the index of a clone names whose digest is right, and how many of them are a thread with the first:
/// for the fuzzers.
#[doc(hidden)]
pub fn indexed(body: &str) -> Option<(usize, usize)> {
    let index = index::Index::parse(&index::sealed(body))?;
    let first = index.records().next().map(|record| record.id);
    Some((
        index.records().count(),
        first.map_or(0, |id| index.thread(id, 100).len()),
    ))
}

/// The archive of the settings, if it is a clone.
fn local(around: &SourceContext<'_>) -> Result<Option<Mirror>> {
    let dir = around
        .servers
        .archive
        .as_deref()
        .filter(|archive| !archive.contains("://"));
    dir.map_or(Ok(None), |dir| {
        Mirror::open(dir, around.cwd, dirs::cache_dir().as_deref())
    })
}

/// The mails of an archive: a URL, or the directory of a clone relative to `cwd`, whose index is kept below
/// `cache`.
///
/// # Errors
/// If it is neither.
pub fn open<'a>(
    archive: &str,
    cwd: &Path,
    cache: Option<&Path>,
    client: &'a crate::source::http::Client,
) -> Result<Box<dyn Mails + 'a>> {
    if archive.contains("://") {
        return Ok(Box::new(PublicInbox::new(archive, client)));
    }
    match Mirror::open(archive, cwd, cache)? {
        Some(mirror) => Ok(Box::new(mirror)),
        None => Err(Error::new(format!(
            "'{archive}' is not a clone of a public-inbox"
        ))),
    }
}
