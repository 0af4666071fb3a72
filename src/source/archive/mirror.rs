// SPDX-License-Identifier: GPL-2.0-or-later
//! A local clone of a public-inbox, which is queried like the archive itself, without the network.
//!
//! Version 1 is one repository; version 2 has one for each epoch, `git/0.git` and so on. Commits are
//! read from the newest backwards, only as far as needed, and the results are stored in an index; the
//! next time, only new commits are read.

mod walk;

use super::index::{Index, IndexKey, MailRecord};
use super::{AtomEntry, Mails, Query};
use crate::clock;
use crate::error::{Error, Result, WithContext};
use crate::git::public_inbox::MailRepo;
use crate::mail::earlier::id_in;
use crate::mail::{Message, MessageId};
use crate::presence;
use crate::series::TitleKey;
use crate::source::SourceContext;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Maximum number of mails read from one thread.
const MAX_THREAD_MAILS: usize = 5000;

/// Maximum size of the mails read at once, in bytes.
const MAX_BATCH_SIZE: usize = 256 << 20;

/// Maximum size of an archive's configuration, in bytes.
const MAX_CONFIG: u64 = 64 << 10;

/// How many of the newest mails represent the whole archive.
const NEWEST_MAILS: usize = 2000;

/// How far before a mail the start of its thread and earlier versions are searched for, in seconds.
const MAX_THREAD_AGE: i64 = 200 * 24 * 3600;

/// A clone of an archive.
#[derive(Debug)]
pub struct Mirror {
    dir: String,
    repos: BTreeMap<u32, MailRepo>,
    file: Option<PathBuf>,
    index: RefCell<Index>,
}

impl Mirror {
    /// Opens the clone in the directory `dir`; `None` if it is not a clone.
    ///
    /// # Errors
    /// If the clone cannot be read.
    pub fn open(dir: &str, sources: &SourceContext<'_>) -> Result<Option<Mirror>> {
        let given = sources.cwd.join(dir);
        let real = presence::unless_absent(given.canonicalize());
        let Some(path) = real.context(|| format!("cannot access '{}'", given.display()))? else {
            return Ok(None);
        };
        if !presence::is_dir(&path)? {
            return Ok(None);
        }
        let mut repos = BTreeMap::new();
        for below in [path.join("git"), path.clone()] {
            if repos.is_empty() {
                repos = epochs(&below)?;
            }
        }
        if repos.is_empty() {
            repos.extend(MailRepo::open(&path)?.map(|repo| (0, repo)));
        }
        if repos.is_empty() {
            return Ok(None);
        }
        let dir = path.display().to_string();
        let name = sha1_smol::Sha1::from(&dir).digest().to_string();
        let file = sources.cache.map(|cache| cache.join("archives").join(name));
        let index = RefCell::new(file.as_deref().map(Index::load).unwrap_or_default());
        Ok(Some(Mirror {
            dir,
            repos,
            file,
            index,
        }))
    }

    /// Its directory.
    pub fn dir(&self) -> &str {
        &self.dir
    }

    /// The newest mails, which represent the whole archive.
    pub fn newest(&self) -> Result<Vec<Message>> {
        self.read_back(|index, _| index.records().count() >= NEWEST_MAILS)?;
        let index = self.index.borrow();
        let mut newest: Vec<&MailRecord> = index.records().collect();
        newest.sort_by_key(|record| std::cmp::Reverse(record.seconds));
        newest.truncate(NEWEST_MAILS);
        self.messages(newest)
    }

    /// The newest mail that begins a series with `text` in its title.
    pub fn titled(&self, text: &str) -> Result<Option<MessageId>> {
        let lower = text.to_lowercase();
        let fits = |record: &&MailRecord| {
            // This alone rules out most mails.
            if !record.subject.to_lowercase().contains(&lower) {
                return false;
            }
            let subject = record.subject();
            !subject.is_reply && subject.is_patch && subject.title.to_lowercase().contains(&lower)
        };
        let found = |index: &Index| {
            index
                .records()
                .filter(fits)
                .max_by_key(|record| record.seconds)
                .cloned()
        };
        let seen = Cell::new(0);
        self.read_back(|index, _| {
            index
                .records_from(seen.replace(index.len()))
                .any(|record| fits(&record))
        })?;
        let Some(record) = found(&self.index.borrow()) else {
            return Ok(None);
        };
        Ok(self
            .messages([&record])?
            .first()
            .and_then(Message::message_id))
    }

    fn messages<'r>(
        &self,
        records: impl IntoIterator<Item = &'r MailRecord>,
    ) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        let mut left = MAX_BATCH_SIZE;
        for record in records {
            let repo = self.repos.get(&record.epoch);
            if let Some(raw) = repo
                .map(|repo| repo.mail(record.blob))
                .transpose()?
                .flatten()
            {
                left = left.checked_sub(raw.len()).ok_or_else(|| {
                    Error::new(format!(
                        "the mails found in '{}' exceed {} MiB",
                        self.dir,
                        MAX_BATCH_SIZE >> 20
                    ))
                })?;
                messages.push(Message::new(
                    unwrapped(raw),
                    format!("{}, mail {}", self.dir, record.blob),
                ));
            }
        }
        Ok(messages)
    }

    /// All mails of the threads with these ids.
    fn threads(&self, found: &[IndexKey]) -> Result<Vec<Message>> {
        let index = self.index.borrow();
        let mut blobs = BTreeMap::new();
        for &id in found.iter().take(MAX_THREAD_MAILS) {
            if index
                .with_id(id)
                .all(|record| !blobs.contains_key(&record.blob))
            {
                blobs.extend(
                    index
                        .thread(id, MAX_THREAD_MAILS)
                        .into_iter()
                        .map(|record| (record.blob, record)),
                );
            }
        }
        self.messages(blobs.into_values())
    }
}

impl Mails for Mirror {
    fn describe(&self, id: &MessageId) -> String {
        format!("{}#{id}", self.dir)
    }

    fn thread(&self, id: &MessageId) -> Result<Vec<Message>> {
        let id = IndexKey::of(id.as_str());
        self.read_back(|index, seconds| {
            let Some(mail) = index.with_id(id).next() else {
                return false;
            };
            seconds < mail.seconds - MAX_THREAD_AGE
                || mail.references.iter().all(|&above| index.has(above))
        })?;
        self.threads(&[id])
    }

    fn find(&self, query: &Query) -> Result<Vec<Message>> {
        let oldest = match query {
            // Mails that were read earlier are searched as well, however old.
            Query::Versions { sent, .. } => sent - MAX_THREAD_AGE,
            Query::Change(_) => clock::now() - MAX_THREAD_AGE,
            Query::Sent { from, .. } => *from,
            // The index has no diffs.
            Query::Patch(_) => return Ok(Vec::new()),
        };
        self.read_back(|_, seconds| seconds < oldest)?;
        let found = matching(&self.index.borrow(), query);
        self.threads(&found)
    }

    fn named_here(&self, url: &str) -> Option<MessageId> {
        // A missing mail would be searched for back to the first commit.
        id_in(url).filter(|id| self.index.borrow().has(IndexKey::of(id.as_str())))
    }

    fn recent(&self, limit: usize) -> Result<Vec<AtomEntry>> {
        let begins = |record: &&MailRecord| {
            let subject = record.subject();
            subject.begins_series(record.references.is_empty())
        };
        let (seen, count) = (Cell::new(0), Cell::new(0));
        self.read_back(|index, _| {
            let more = index
                .records_from(seen.replace(index.len()))
                .filter(begins)
                .count();
            count.set(count.get() + more);
            count.get() >= limit
        })?;
        let index = self.index.borrow();
        let mut newest: Vec<&MailRecord> = index.records().filter(begins).collect();
        newest.sort_by_key(|record| std::cmp::Reverse(record.seconds));
        let messages = self.messages(newest.into_iter().take(limit))?;
        let summary = |message: &Message| {
            Some(AtomEntry {
                id: message.message_id()?,
                subject: message.subject(),
                author: message.from(),
                seconds: message.date().map_or(0, |date| date.seconds),
                answers: message.references().into_iter().next(),
            })
        };
        Ok(messages.iter().filter_map(summary).collect())
    }
}

/// The addresses of the mailing list that is cloned in a directory.
///
/// They are read from the archive's own configuration, which `public-inbox-clone` writes there.
pub fn lists_of(dir: &Path) -> Vec<String> {
    let Ok(file) = File::open(dir.join("inbox.config.example")) else {
        return Vec::new();
    };
    let mut text = String::new();
    if file.take(MAX_CONFIG).read_to_string(&mut text).is_err() {
        return Vec::new();
    }
    let value = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let is_address = key.trim().eq_ignore_ascii_case("address") && value.contains('@');
        is_address.then(|| value.trim().trim_matches('"').to_owned())
    };
    text.lines().filter_map(value).collect()
}

/// The repositories `<N>.git` or `<N>` in a directory that belong to an archive, by number.
fn epochs(dir: &Path) -> Result<BTreeMap<u32, MailRepo>> {
    let mut repos = BTreeMap::new();
    for entry in presence::entries(dir)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let digits = name.strip_suffix(".git").unwrap_or(&name);
        if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let Ok(number) = digits.parse() else { continue };
        let failed =
            |error: Error| error.within(format!("cannot use the clone '{}'", dir.display()));
        repos.extend(
            MailRepo::open(&entry.path())
                .map_err(failed)?
                .map(|repo| (number, repo)),
        );
    }
    Ok(repos)
}

/// Removes the envelope line, which some archives have stored with the mail.
fn unwrapped(raw: Vec<u8>) -> Vec<u8> {
    match raw.iter().position(|&b| b == b'\n') {
        Some(end) if raw.starts_with(b"From ") => raw[end + 1..].to_vec(),
        _ => raw,
    }
}

/// The mails of the index that match a query.
fn matching(index: &Index, query: &Query) -> Vec<IndexKey> {
    let ids = |fits: &dyn Fn(&MailRecord) -> bool| -> Vec<IndexKey> {
        let found = index.records().filter(|record| fits(record));
        found.map(|record| record.id).collect()
    };
    let key = |author: &str| IndexKey::of(&author.to_lowercase());
    match query {
        Query::Versions {
            title,
            author,
            change_id,
            ..
        } => {
            let (author, title) = (key(author), TitleKey::of(title));
            let change_id = change_id.as_deref().map(IndexKey::of);
            ids(&|record| {
                (change_id.is_some() && record.change_id == change_id)
                    || (record.author == author && has_title(record, &title))
            })
        }
        Query::Change(id) => {
            let id = Some(IndexKey::of(id));
            ids(&|record| record.change_id == id)
        }
        // The index has no diffs.
        Query::Patch(_) => Vec::new(),
        Query::Sent {
            author,
            from,
            until,
        } => {
            let author = key(author);
            ids(&|record| record.author == author && (*from..=*until).contains(&record.seconds))
        }
    }
}

/// Whether a mail is no reply and has this title.
fn has_title(record: &MailRecord, title: &TitleKey) -> bool {
    let subject = record.subject();
    !subject.is_reply && subject.key() == *title
}
