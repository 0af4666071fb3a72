// SPDX-License-Identifier: GPL-2.0-or-later
//! Imports new mails of a recorded series: sorts a set of mails without a lock, then stores the result in one
//! transaction that checks the database again, because other processes may import the same mails.
//!
//! A mail is stored once in a series. A new version counts if it has a higher number and its author sent the versions
//! before, or if it has the same `change-id`; anybody can reply to a series with `[PATCH v3]`.

use super::record;
use super::selection::{Selected, has_mail_of, of_version};
use crate::db::mail::{self, Mail, MailKind};
use crate::db::series::{self, REVIEW, Series, SeriesId};
use crate::db::version::{self, Version, VersionId};
use crate::db::{Read, Write, unread};
use crate::error::Result;
use crate::mail::mailinfo::MailinfoOptions;
use crate::mail::reply::reply_trailers;
use crate::mail::thread::{MailedSeries, MailedVersion, assemble};
use crate::mail::{Message, MessageId};
use crate::series::{Person, VersionNumber, is_same_title};
use crate::source::{Fetched, patchwork};
use std::collections::HashSet;

/// How often the mails are sorted again without those of a sender who is not an author of the series.
const MOST_FORGERIES: usize = 8;

/// A series with its versions and mails in the database.
#[derive(Debug, Clone)]
pub struct RecordedSeries {
    /// Its row.
    pub series: Series,
    /// Its versions, the oldest first.
    pub versions: Vec<Version>,
    /// The stored mails.
    mails: Vec<mail::StoredMail>,
    ids: HashSet<String>,
}

impl RecordedSeries {
    /// Loads a series; `None` if it no longer exists.
    pub fn load(db: &impl Read, id: SeriesId) -> Result<Option<RecordedSeries>> {
        let Some(series) =
            series::load(db, id)?.filter(|one| one.source.as_deref() == Some(REVIEW))
        else {
            return Ok(None);
        };
        let mails = mail::of_series(db, id)?;
        let ids = mails
            .iter()
            .filter_map(|mail| mail.message_id.clone())
            .collect();
        Ok(Some(RecordedSeries {
            series,
            versions: version::list(db, id)?,
            mails,
            ids,
        }))
    }

    /// The number of the newest version.
    pub fn newest(&self) -> Option<VersionNumber> {
        self.versions.iter().filter_map(|row| row.number).max()
    }

    /// How many mails of a kind are stored with a version.
    pub fn count(&self, version: VersionId, kind: MailKind) -> usize {
        self.mails
            .iter()
            .filter(|mail| mail.version == version && mail.kind == kind)
            .count()
    }

    fn has_place(&self, version: VersionId, kind: MailKind, number: u32) -> bool {
        self.mails
            .iter()
            .any(|mail| mail.version == version && mail.kind == kind && mail.seq == Some(number))
    }

    /// The row of a version that was mailed: it holds one of its mails, or it is the same series on a Patchwork.
    fn row_of(
        &self,
        mailed: &MailedVersion,
        there: &[patchwork::PatchworkSeries],
    ) -> Option<&Version> {
        let row = self
            .versions
            .iter()
            .find(|row| row.number == Some(mailed.number))?;
        let own: Vec<String> = own_ids(mailed).map(|id| id.to_string()).collect();
        let is_kept = |id: &String| {
            self.mails.iter().any(|mail| {
                mail.version == row.id
                    && mail.kind != MailKind::Reply
                    && mail.message_id.as_ref() == Some(id)
            })
        };
        let is_named = row
            .details
            .message_id
            .as_ref()
            .is_some_and(|id| own.contains(id));
        let is_linked = row.details.message_id.is_none()
            && there.iter().any(|one| {
                row.link.as_ref() == Some(&one.id.to_string()) && has_mail_of(mailed, one)
            });
        (is_named || is_linked || own.iter().any(is_kept)).then_some(row)
    }

    /// Whether a person may send a version of the series: the sender of an earlier one, by address or by name.
    pub fn is_by(&self, author: &Person) -> bool {
        let is_named = |row: &Version| {
            let name = row.details.author_name.as_deref().unwrap_or_default();
            !name.is_empty() && name.eq_ignore_ascii_case(&author.name)
        };
        self.versions
            .iter()
            .any(|row| record::may_be_by(row, author) || is_named(row))
    }

    /// Whether a series on a Patchwork contains one of the stored mails of a version.
    pub fn has_mail_of(&self, version: VersionId, series: &patchwork::PatchworkSeries) -> bool {
        let own = self
            .mails
            .iter()
            .filter(|mail| mail.version == version && mail.kind == MailKind::Patch);
        let ids = own.filter_map(|mail| MessageId::new(mail.message_id.as_deref()?).ok());
        ids.into_iter().any(|id| series.patch(&id).is_some())
    }

    fn has_change_id(&self, mailed: &MailedVersion) -> bool {
        let id = mailed.change_id();
        id.is_some() && self.versions.iter().any(|row| row.details.change_id == id)
    }

    /// Whether the series has that title.
    pub fn is_titled(&self, title: &str) -> bool {
        is_same_title(self.series.desc.as_deref().unwrap_or_default(), title)
    }
}

fn own_mails(mailed: &MailedVersion) -> impl Iterator<Item = &Message> {
    let own = mailed
        .patches
        .iter()
        .filter(|patch| patch.from_version == mailed.number);
    mailed.cover.iter().chain(own.map(|patch| &patch.message))
}

fn own_ids(mailed: &MailedVersion) -> impl Iterator<Item = MessageId> {
    own_mails(mailed).filter_map(Message::message_id)
}

/// The new versions and mails of a series.
#[derive(Debug, Default)]
pub struct Incoming {
    /// New versions, the oldest first.
    pub versions: Vec<Selected>,
    /// Mails of the versions that are already recorded.
    pub mails: Vec<Mail>,
    /// What was ignored, and why.
    pub ignored: Vec<String>,
    /// New versions that cannot be used, and why.
    pub broken: Vec<String>,
}

impl Incoming {
    /// Sorts the fetched mails.
    pub fn sort(known: &RecordedSeries, gathered: Fetched, options: &MailinfoOptions) -> Incoming {
        let Fetched {
            mut messages,
            patchwork,
            ..
        } = gathered;
        let mut ignored = Vec::new();
        for _ in 0..MOST_FORGERIES {
            // A version from another sender must not replace the author's.
            let all = assemble(messages.clone());
            let forged: Vec<&MailedVersion> = relevant(known, &all, &patchwork)
                .filter(|one| {
                    known.row_of(one, &patchwork).is_none()
                        && is_new(known, one)
                        && !is_welcome(known, one)
                })
                .collect();
            if forged.is_empty() {
                let mut arrivals = Incoming {
                    ignored,
                    ..Incoming::default()
                };
                relevant(known, &all, &patchwork)
                    .for_each(|one| arrivals.add(known, one, &patchwork, options));
                return arrivals;
            }
            ignored.extend(forged.iter().map(|one| {
                format!(
                    "{} '{}' is by {}, who has sent no version before",
                    one.number, one.title, one.author
                )
            }));
            let ids: HashSet<MessageId> = forged.iter().flat_map(|one| own_ids(one)).collect();
            let before = messages.len();
            messages.retain(|mail| mail.message_id().is_none_or(|id| !ids.contains(&id)));
            if messages.len() == before {
                break;
            }
        }
        Incoming {
            ignored,
            ..Incoming::default()
        }
    }

    /// The replies to recorded versions, found among mailed versions.
    pub fn replies(known: &RecordedSeries, mailed: &[MailedVersion]) -> Incoming {
        let mut arrivals = Incoming::default();
        for one in mailed {
            if let Some(row) = known.row_of(one, &[]) {
                arrivals.add_replies(known, row.id, one);
            }
        }
        arrivals
    }

    fn add(
        &mut self,
        known: &RecordedSeries,
        mailed: &MailedVersion,
        there: &[patchwork::PatchworkSeries],
        options: &MailinfoOptions,
    ) {
        let number = mailed.number;
        if let Some(row) = known.row_of(mailed, there) {
            self.add_own(known, row.id, mailed);
            self.add_replies(known, row.id, mailed);
        } else if !is_new(known, mailed) {
            self.ignored.push(format!(
                "{number} '{}' was sent again, or is older than the recorded version",
                mailed.title
            ));
        } else if mailed.patches.is_empty() {
            self.ignored
                .push(format!("{number} '{}' has no patches yet", mailed.title));
        } else if self.versions.iter().any(|one| one.version.number == number) {
            self.ignored
                .push(format!("{number} '{}' was sent twice", mailed.title));
        } else {
            match of_version(mailed.clone(), options) {
                Ok(mut selected) => {
                    selected.attach(there.to_vec());
                    self.versions.push(selected);
                    self.versions.sort_by_key(|one| one.version.number);
                }
                Err(error) => self
                    .broken
                    .push(format!("{number} has arrived but cannot be used: {error}")),
            }
        }
    }

    /// Adds the cover letter and patches that were missing.
    fn add_own(&mut self, known: &RecordedSeries, row: VersionId, mailed: &MailedVersion) {
        if let Some(cover) = mailed
            .cover
            .as_ref()
            .filter(|_| !known.has_place(row, MailKind::Cover, 0))
        {
            self.mails
                .push(record::own_mail(row, cover, 0, MailKind::Cover));
        }
        for patch in mailed
            .patches
            .iter()
            .filter(|patch| !known.has_place(row, MailKind::Patch, patch.number))
        {
            self.mails.push(record::own_mail(
                row,
                &patch.message,
                patch.number,
                MailKind::Patch,
            ));
        }
    }

    fn add_replies(&mut self, known: &RecordedSeries, row: VersionId, mailed: &MailedVersion) {
        let new = mailed
            .replies
            .iter()
            .map(|reply| record::reply_mail(row, reply));
        self.mails.extend(new.filter(|mail| {
            mail.message_id
                .as_ref()
                .is_some_and(|id| !known.ids.contains(id))
        }));
    }

    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.mails.is_empty()
    }

    /// Stores what is new, unless another process has stored it meanwhile; returns what was stored, or `None` if the
    /// series no longer exists.
    pub fn keep(
        &self,
        write: &Write<'_>,
        series: SeriesId,
        source: &str,
    ) -> Result<Option<StoredArrivals>> {
        let Some(now) = RecordedSeries::load(write, series)? else {
            return Ok(None);
        };
        if unread::seen(write, series)?.is_none() {
            unread::set_seen(write, series, unread::newest_mail(write, series)?)?;
        }
        let mut kept = StoredArrivals::default();
        for mail in &self.mails {
            let is_there = now.versions.iter().any(|row| row.id == mail.version);
            let has = |id: &String| mail::is_kept_in_series(write, series, id);
            let is_kept = match (mail.kind, mail.seq) {
                (MailKind::Reply, _) => mail.message_id.as_ref().map_or(Ok(true), has)?,
                (kind, number) => now.has_place(mail.version, kind, number.unwrap_or_default()),
            };
            if is_there && !is_kept && mail::insert(write, mail)? {
                kept.mails.push(mail.clone());
            }
        }
        for selected in &self.versions {
            let number = selected.version.number;
            if now.versions.iter().all(|row| row.number != Some(number)) {
                record::insert_version(
                    write,
                    series,
                    selected,
                    &record::details(selected, source),
                )?;
                kept.versions.push(KeptVersion::of(&selected.version));
            }
        }
        Ok(Some(kept))
    }
}

/// The versions and mails that were stored.
#[derive(Debug, Clone, Default)]
pub struct StoredArrivals {
    /// The versions that were recorded.
    pub versions: Vec<KeptVersion>,
    /// The mails of versions that were already recorded.
    pub mails: Vec<Mail>,
}

/// A version that was recorded.
#[derive(Debug, Clone, Copy)]
pub struct KeptVersion {
    /// Its number.
    pub number: VersionNumber,
    /// How many of its patches have arrived.
    pub patches: u32,
    /// How many it should have.
    pub total: u32,
    /// How many replies arrived with it.
    pub replies: usize,
    /// How many trailers they contain.
    pub trailers: usize,
}

impl KeptVersion {
    fn of(mailed: &MailedVersion) -> KeptVersion {
        KeptVersion {
            number: mailed.number,
            patches: mailed.patches.len().try_into().unwrap_or(u32::MAX),
            total: mailed.total,
            replies: mailed.replies.len(),
            trailers: mailed
                .replies
                .iter()
                .map(|reply| trailers_in(&reply.message))
                .sum(),
        }
    }
}

/// How many trailers a reply contains.
pub fn trailers_in(reply: &Message) -> usize {
    reply_trailers(&reply.text())
        .iter()
        .filter(|one| !one.is_objection)
        .count()
}

fn is_new(known: &RecordedSeries, mailed: &MailedVersion) -> bool {
    known.newest().is_none_or(|newest| mailed.number > newest)
}

fn is_welcome(known: &RecordedSeries, mailed: &MailedVersion) -> bool {
    known.is_by(&mailed.author) || known.has_change_id(mailed)
}

/// The versions that belong to the series: those that are recorded, those in the same thread, and those with the same
/// title or change-id.
fn relevant<'a>(
    known: &'a RecordedSeries,
    all: &'a [MailedSeries],
    there: &'a [patchwork::PatchworkSeries],
) -> impl Iterator<Item = &'a MailedVersion> {
    all.iter().flat_map(move |series| {
        let is_ours = series
            .versions
            .iter()
            .any(|one| known.row_of(one, there).is_some());
        let is_like = |one: &MailedVersion| known.is_titled(&one.title) || known.has_change_id(one);
        series
            .versions
            .iter()
            .filter(move |one| is_ours || is_like(one))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::super::samples::{database, mails, record, sent};
    use super::*;
    use crate::db::version::Details;

    fn known(versions: &[(u32, u64, Details)]) -> RecordedSeries {
        let mut db = database();
        let id = record(&mut db, "one-fix", "one: Fix", versions);
        RecordedSeries::load(&db, id).unwrap().unwrap()
    }

    fn sorted(known: &RecordedSeries, lines: &[&str]) -> Incoming {
        let gathered = Fetched {
            messages: mails(lines),
            ..Fetched::default()
        };
        Incoming::sort(known, gathered, &MailinfoOptions::default())
    }

    fn numbers(arrivals: &Incoming) -> Vec<u32> {
        let versions = arrivals.versions.iter();
        versions.map(|one| one.version.number.get()).collect()
    }

    #[test]
    fn only_who_sent_a_version_before_sends_a_new_one() {
        let known = known(&[(1, 0, sent("Ada", "a@x"))]);
        let stranger = "e@x | Eve | [PATCH v3] one: Fix";
        let author = "b@x | ADA | [PATCH v2] one: Fix";
        for lines in [[stranger, author], [author, stranger]] {
            let arrivals = sorted(&known, &lines);
            assert_eq!(numbers(&arrivals), [2]);
            assert_eq!(arrivals.ignored.len(), 1);
            let why = &arrivals.ignored[0];
            assert!(why.starts_with("v3 ") && why.contains("Eve"), "{why}");
        }
    }

    #[test]
    fn a_stranger_with_the_change_id_of_the_series_goes_on_with_it() {
        let first = Details {
            change_id: Some("20260101-fix-0123456789ab".to_owned()),
            ..sent("Ada", "a@x")
        };
        let known = known(&[(1, 0, first)]);
        let lines = [
            "c@x | Bob | [PATCH v2 0/1] fix | change-id: 20260101-fix-0123456789ab",
            "d@x < c@x | Bob | [PATCH v2 1/1] one: Fix",
        ];
        assert_eq!(numbers(&sorted(&known, &lines)), [2]);
        let other = lines.map(|line| {
            line.replace("456789ab", "456789ff")
                .replace("0/1] fix", "0/1] one: Fix")
        });
        let arrivals = sorted(&known, &[&other[0], &other[1]]);
        assert_eq!((numbers(&arrivals).len(), arrivals.ignored.len()), (0, 1));
    }

    #[test]
    fn a_version_that_is_recorded_is_not_replaced_by_another_sending() {
        let known = known(&[(1, 0, sent("Ada", "a@x")), (2, 0, sent("Ada", "b@x"))]);
        for line in [
            "f@x | Ada | [PATCH v2] one: Fix",
            "f@x | Ada | [PATCH] one: Fix",
        ] {
            let arrivals = sorted(&known, &[line]);
            assert!(arrivals.is_empty(), "{line}");
            assert!(arrivals.ignored[0].contains("was sent again"), "{line}");
        }
        let reply =
            "r@x < b@x | Bob | Re: [PATCH v2] one: Fix | Reviewed-by: Bob <Bob@example.com>";
        let arrivals = sorted(&known, &["b@x | Ada | [PATCH v2] one: Fix", reply]);
        let kinds: Vec<MailKind> = arrivals.mails.iter().map(|mail| mail.kind).collect();
        assert_eq!(
            kinds,
            [MailKind::Patch, MailKind::Reply],
            "what was missing of it is kept"
        );
        assert!(arrivals.versions.is_empty());
    }
}
