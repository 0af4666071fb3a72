// SPDX-License-Identifier: GPL-2.0-or-later
//! What is in a clone of an archive: a line for each mail, in a file of the user's cache directory.
//!
//! Ids are kept as the first 8 bytes of their SHA-1: to find mails that is enough, and what is found is read from the
//! clone. The file is written aside and renamed, so that any number of processes may use it; it ends in a digest, and
//! one that is damaged, or of another form, is made anew.

use crate::error::{Result, WithContext};
use crate::git::Oid;
use crate::git::write_atomic::write_atomic;
use crate::mail::ParsedSubject;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

const FIRST_LINE: &str = "git-patman index of an archive, form 1";

/// An id, an address or a change-id, shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexKey(u64);

impl IndexKey {
    /// The key of a text.
    pub fn of(text: &str) -> IndexKey {
        let digest = sha1_smol::Sha1::from(text).digest().bytes();
        IndexKey(
            digest
                .iter()
                .take(8)
                .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        )
    }

    fn parse(text: &str) -> Option<IndexKey> {
        (text.len() == 16)
            .then(|| u64::from_str_radix(text, 16).ok())
            .flatten()
            .map(IndexKey)
    }
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRecord {
    /// The repository that it is in.
    pub epoch: u32,
    /// Its blob.
    pub blob: Oid,
    /// When it was written, in seconds.
    pub seconds: i64,
    /// Its id.
    pub id: IndexKey,
    /// Its sender's address in lower case.
    pub author: IndexKey,
    /// The change-id of a cover letter.
    pub change_id: Option<IndexKey>,
    /// What it answers.
    pub references: Vec<IndexKey>,
    /// Its subject, decoded, on one line.
    pub subject: String,
}

impl MailRecord {
    /// What its subject says.
    pub fn subject(&self) -> ParsedSubject {
        ParsedSubject::parse(&self.subject)
    }

    fn write(&self, out: &mut String) {
        let joined: Vec<String> = self
            .references
            .iter()
            .map(|key| format!("{:016x}", key.0))
            .collect();
        let references = if joined.is_empty() {
            "-".to_owned()
        } else {
            joined.join(",")
        };
        let change_id = self
            .change_id
            .map_or("-".to_owned(), |key| format!("{:016x}", key.0));
        let MailRecord {
            epoch,
            blob,
            seconds,
            id: IndexKey(id),
            author: IndexKey(author),
            subject,
            ..
        } = self;
        *out += &format!(
            "{epoch} {blob} {seconds} {id:016x} {author:016x} {change_id} {references} {subject}\n"
        );
    }

    fn parse(line: &str) -> Option<MailRecord> {
        let mut words = line.splitn(8, ' ');
        let mut word = || words.next();
        Some(MailRecord {
            epoch: word()?.parse().ok()?,
            blob: Oid::from_str(word()?).ok()?,
            seconds: word()?.parse().ok()?,
            id: IndexKey::parse(word()?)?,
            author: IndexKey::parse(word()?)?,
            change_id: match word()? {
                "-" => None,
                key => Some(IndexKey::parse(key)?),
            },
            references: match word()? {
                "-" => Vec::new(),
                keys => keys
                    .split(',')
                    .map(IndexKey::parse)
                    .collect::<Option<_>>()?,
            },
            subject: word()?.to_owned(),
        })
    }
}

/// How far a repository of the archive was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedUpTo {
    /// The newest commit that was read.
    pub head: Oid,
    /// The next older one to read; none: all were.
    pub next: Option<Oid>,
}

/// What was read of an archive.
#[derive(Debug, Default)]
pub struct Index {
    /// How far each repository was read, by number.
    pub reach: BTreeMap<u32, IndexedUpTo>,
    records: Vec<MailRecord>,
    /// Mails that were taken away before they were met, going back in time.
    removed: HashSet<Oid>,
    by_id: HashMap<IndexKey, Vec<usize>>,
    by_reference: HashMap<IndexKey, Vec<usize>>,
}

impl Index {
    /// Reads the file at `path`; an empty index if it is not there or damaged.
    pub fn load(path: &Path) -> Index {
        fs::read_to_string(path)
            .ok()
            .and_then(|text| Index::parse(&text))
            .unwrap_or_default()
    }

    pub(super) fn parse(text: &str) -> Option<Index> {
        let (body, digest) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        if digest != sha1_smol::Sha1::from(body).digest().to_string() {
            return None;
        }
        let mut index = Index::default();
        let mut lines = body.lines();
        (lines.next()? == FIRST_LINE).then_some(())?;
        for line in lines {
            match line.split_once(' ')? {
                ("reach", rest) => {
                    let words: Vec<&str> = rest.split(' ').collect();
                    let &[epoch, head, next] = words.as_slice() else {
                        return None;
                    };
                    let next = if next == "-" {
                        None
                    } else {
                        Some(Oid::from_str(next).ok()?)
                    };
                    index.reach.insert(
                        epoch.parse().ok()?,
                        IndexedUpTo {
                            head: Oid::from_str(head).ok()?,
                            next,
                        },
                    );
                }
                ("removed", blob) => {
                    index.removed.insert(Oid::from_str(blob).ok()?);
                }
                _ => index.add(MailRecord::parse(line)?),
            }
        }
        Some(index)
    }

    /// Writes the file at `path`, so that others see the old one or the new one.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut text = format!("{FIRST_LINE}\n");
        for (epoch, reach) in &self.reach {
            let next = reach.next.map_or("-".to_owned(), |next| next.to_string());
            text += &format!("reach {epoch} {} {next}\n", reach.head);
        }
        self.removed
            .iter()
            .for_each(|blob| text += &format!("removed {blob}\n"));
        self.records().for_each(|record| record.write(&mut text));
        text.pop();
        let digest = sha1_smol::Sha1::from(&text).digest();
        text += &format!("\n{digest}\n");
        write_atomic(path, text.as_bytes()).context(|| format!("cannot write '{}'", path.display()))
    }

    /// All mails, in no order.
    pub fn records(&self) -> impl Iterator<Item = &MailRecord> {
        self.records_from(0)
    }

    /// How many mails there ever were.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// The mails that came after the first `count`.
    pub fn records_from(&self, count: usize) -> impl Iterator<Item = &MailRecord> {
        self.records
            .iter()
            .skip(count)
            .filter(|record| record.epoch != GONE)
    }

    /// Adds a mail.
    pub fn add(&mut self, record: MailRecord) {
        let at = self.records.len();
        self.by_id.entry(record.id).or_default().push(at);
        for key in &record.references {
            self.by_reference.entry(*key).or_default().push(at);
        }
        self.records.push(record);
    }

    /// Whether a mail that is met going back in time was taken away later.
    pub fn is_removed(&self, blob: Oid) -> bool {
        self.removed.contains(&blob)
    }

    /// Takes a mail away that is there or will be met going back in time.
    pub fn remove(&mut self, blob: Oid) {
        self.records
            .iter_mut()
            .filter(|record| record.blob == blob)
            .for_each(|record| record.epoch = GONE);
        self.note_removed(blob);
    }

    /// Notes that a mail that will be met going back in time was taken away; where it is there, it came again later.
    pub fn note_removed(&mut self, blob: Oid) {
        self.removed.insert(blob);
    }

    /// Whether a mail of that id is there.
    pub fn has(&self, id: IndexKey) -> bool {
        self.with_id(id).next().is_some()
    }

    /// The mails of an id.
    pub fn with_id(&self, id: IndexKey) -> impl Iterator<Item = &MailRecord> {
        self.by_id
            .get(&id)
            .into_iter()
            .flatten()
            .map(|&at| &self.records[at])
            .filter(|record| record.epoch != GONE)
    }

    /// The mails that hang together with `id`, by what they answer in either direction; at most `most`.
    pub fn thread(&self, id: IndexKey, most: usize) -> Vec<&MailRecord> {
        let mut found: Vec<usize> = Vec::new();
        let mut seen: HashSet<IndexKey> = HashSet::from([id]);
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            let of =
                |map: &HashMap<IndexKey, Vec<usize>>| map.get(&id).cloned().unwrap_or_default();
            for at in of(&self.by_id) {
                found.push(at);
                queue.extend(
                    self.records[at]
                        .references
                        .iter()
                        .filter(|key| seen.insert(**key)),
                );
            }
            let below = of(&self.by_reference)
                .into_iter()
                .map(|at| self.records[at].id);
            queue.extend(below.filter(|key| seen.insert(*key)));
            if found.len() >= most {
                break;
            }
        }
        found
            .into_iter()
            .map(|at| &self.records[at])
            .filter(|record| record.epoch != GONE)
            .collect()
    }
}

/// The text of a file, with its digest behind it.
pub(super) fn sealed(body: &str) -> String {
    format!("{body}\n{}\n", sha1_smol::Sha1::from(body).digest())
}

/// The number of no repository: the mail was taken away.
const GONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn record(id: &str, references: &[&str], number: u8) -> MailRecord {
        MailRecord {
            epoch: 0,
            blob: Oid::from_bytes(&[number; 20]).unwrap(),
            seconds: -5,
            id: IndexKey::of(id),
            author: IndexKey::of("a@x"),
            change_id: (number == 1).then(|| IndexKey::of("c")),
            references: references.iter().map(|id| IndexKey::of(id)).collect(),
            subject: format!("[PATCH] {id} é  "),
        }
    }

    fn index() -> Index {
        let mut index = Index::default();
        let head = Oid::from_bytes(&[9; 20]).unwrap();
        index.reach.insert(
            3,
            IndexedUpTo {
                head,
                next: Some(head),
            },
        );
        index.reach.insert(2, IndexedUpTo { head, next: None });
        index.add(record("root", &[], 1));
        index.add(record("one", &["root"], 2));
        index.add(record("two", &["not here", "root"], 3));
        index.add(record("three", &["not here"], 4));
        index.add(record("other", &[], 5));
        index
    }

    #[test]
    fn threads_are_found_from_any_of_their_mails() {
        let index = index();
        for id in ["root", "one", "two", "three", "not here"] {
            assert_eq!(index.thread(IndexKey::of(id), 100).len(), 4, "{id}");
        }
        assert_eq!(index.thread(IndexKey::of("other"), 100).len(), 1);
    }

    #[test]
    fn what_is_saved_is_read_again_and_what_is_damaged_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/index");
        let mut index = index();
        index.remove(record("", &[], 5).blob);
        index.save(&path).unwrap();
        let read = Index::load(&path);
        assert_eq!(
            read.records().collect::<Vec<_>>(),
            index.records().collect::<Vec<_>>()
        );
        assert_eq!((&read.reach, read.removed.len()), (&index.reach, 1));
        assert_eq!(
            (
                read.has(IndexKey::of("other")),
                read.has(IndexKey::of("two"))
            ),
            (false, true)
        );
        let good = fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(Index::load(&path).records().count(), 0, "byte {at}");
            fs::write(&path, &good[..at]).unwrap();
            assert_eq!(Index::load(&path).records().count(), 0, "cut at {at}");
        }
    }
}
