// SPDX-License-Identifier: GPL-2.0-or-later
//! The index of a clone of an archive: one line for each mail, in a file in the user's cache directory.
//!
//! Ids are stored as the first 8 bytes of their SHA-1; that is enough to find mails, which are then
//! read from the clone. The file is written under a temporary name and renamed, so that any number of
//! processes may use it. It ends with a digest; a damaged index, or an index in another format, is
//! rebuilt.

use crate::error::{Result, WithContext};
use crate::git::Oid;
use crate::git::write_atomic::write_atomic;
use crate::series::ParsedSubject;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

const FIRST_LINE: &str = "git-patman index of an archive, form 1";

/// The shortened hash of an id, an address or a change-id.
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

/// A mail in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRecord {
    /// The repository that contains it.
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
    /// The mails that it replies to.
    pub references: Vec<IndexKey>,
    /// Its subject, decoded, on one line.
    pub subject: String,
}

impl MailRecord {
    /// The parsed subject.
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

/// How far a repository of the archive has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedUpTo {
    /// The newest commit that has been read.
    pub head: Oid,
    /// The next older commit to read; `None` if all have been read.
    pub next: Option<Oid>,
}

/// The index of an archive.
#[derive(Debug, Default)]
pub struct Index {
    /// How far each repository has been read, by number.
    pub reach: BTreeMap<u32, IndexedUpTo>,
    records: Vec<MailRecord>,
    /// Mails whose removal was read before the mails themselves, going back in history.
    removed: HashSet<Oid>,
    by_id: HashMap<IndexKey, Vec<usize>>,
    by_reference: HashMap<IndexKey, Vec<usize>>,
}

impl Index {
    /// Reads the file at `path`; the index is empty if the file is missing or damaged.
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

    /// Writes the file at `path`; other processes see either the old or the new file.
    ///
    /// # Errors
    /// If the file cannot be written.
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

    /// All mails, in no particular order.
    pub fn records(&self) -> impl Iterator<Item = &MailRecord> {
        self.records_from(0)
    }

    /// The number of mails ever added.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// The mails added after the first `count`.
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

    /// Whether a mail that is read going back in history was removed later.
    pub fn is_removed(&self, blob: Oid) -> bool {
        self.removed.contains(&blob)
    }

    /// Removes a mail that is in the index, or that will be read going back in history.
    pub fn remove(&mut self, blob: Oid) {
        self.records
            .iter_mut()
            .filter(|record| record.blob == blob)
            .for_each(|record| record.epoch = GONE);
        self.note_removed(blob);
    }

    /// Records the removal of a mail that will be read going back in history; if it is in the index, it
    /// was added again later.
    pub fn note_removed(&mut self, blob: Oid) {
        self.removed.insert(blob);
    }

    /// Whether there is a mail with this id.
    pub fn has(&self, id: IndexKey) -> bool {
        self.with_id(id).next().is_some()
    }

    /// The mails with this id.
    pub fn with_id(&self, id: IndexKey) -> impl Iterator<Item = &MailRecord> {
        self.by_id
            .get(&id)
            .into_iter()
            .flatten()
            .map(|&at| &self.records[at])
            .filter(|record| record.epoch != GONE)
    }

    /// The mails in a thread with `id`, following replies in both directions; at most `most`.
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

/// The text of a file, followed by its digest.
pub(super) fn sealed(body: &str) -> String {
    format!("{body}\n{}\n", sha1_smol::Sha1::from(body).digest())
}

/// The epoch of a removed mail, which is no repository's number.
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
