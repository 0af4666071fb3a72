// SPDX-License-Identifier: GPL-2.0-or-later
//! Brings the index of a clone up to date, and back in time as far as is needed.
//!
//! What came since the last time is read from its oldest commit on, and a mail that goes takes away what is there. Back
//! in time it is the other way round: that a mail went is met before the mail.

use super::{Mirror, unwrapped};
use crate::error::Result;
use crate::git::Oid;
use crate::git::public_inbox::CommitDiff;
use crate::mail::Message;
use crate::mail::thread::change_id;
use crate::source::archive::index::{Index, IndexKey, IndexedUpTo, MailRecord};
use std::collections::BTreeMap;

/// After how many commits it is asked whether that is enough.
const STRIDE: usize = 256;

/// After how many commits the index is kept, so that one who is stopped goes on from there.
const KEPT_AFTER: usize = 20_000;

impl Mirror {
    /// Reads what came since the last time, and then back in time until it is `enough`, which is asked with the time of
    /// the last commit that was read.
    pub(super) fn read_back(&self, enough: impl Fn(&Index, i64) -> bool) -> Result<()> {
        let mut index = self.index.borrow_mut();
        let mut has_changed = self.catch_up(&mut index)?;
        let mut seconds = i64::MAX;
        for (&epoch, repo) in self.repos.iter().rev() {
            let mut read = 0;
            while let Some(reach) = index.reach.get(&epoch).copied()
                && let Some(next) = reach.next
            {
                if read % STRIDE == 0 && enough(&index, seconds) {
                    return self.keep(&index, has_changed);
                }
                let step = repo.step(next)?;
                step.removed
                    .iter()
                    .for_each(|&blob| index.note_removed(blob));
                let added = step.added.iter().filter(|&&blob| !index.is_removed(blob));
                for record in added
                    .filter_map(|&blob| self.record(epoch, blob))
                    .collect::<Vec<_>>()
                {
                    index.add(record);
                }
                index.reach.insert(
                    epoch,
                    IndexedUpTo {
                        next: step.parent,
                        ..reach
                    },
                );
                (has_changed, seconds, read) = (true, step.seconds, read + 1);
                if read % KEPT_AFTER == 0 {
                    self.keep(&index, true)?;
                }
            }
        }
        self.keep(&index, has_changed)
    }

    fn keep(&self, index: &Index, has_changed: bool) -> Result<()> {
        match self.file.as_deref().filter(|_| has_changed) {
            // Without the index all works as well, only slower.
            Some(file) => index.save(file).or(Ok(())),
            None => Ok(()),
        }
    }

    /// Reads what came since the last time; whether there was something.
    fn catch_up(&self, index: &mut Index) -> Result<bool> {
        let mut heads = BTreeMap::new();
        for (&epoch, repo) in &self.repos {
            heads.insert(epoch, repo.head()?);
        }
        let is_known = |(epoch, reach): (&u32, &IndexedUpTo)| {
            let head = heads.get(epoch);
            head.is_some_and(|&head| self.repos[epoch].is_behind(reach.head, head))
        };
        // History is rewritten where a mail had to be wiped out.
        if !index.reach.iter().all(is_known) {
            *index = Index::default();
        }
        let is_new = index.reach.is_empty();
        let mut has_changed = is_new;
        for (&epoch, &head) in &heads {
            let known = index.reach.get(&epoch).copied();
            if is_new {
                index.reach.insert(
                    epoch,
                    IndexedUpTo {
                        head,
                        next: Some(head),
                    },
                );
                continue;
            }
            if known.is_some_and(|known| known.head == head) {
                continue;
            }
            let steps = self.steps(epoch, head, known.map(|known| known.head))?;
            for step in steps.into_iter().rev() {
                step.removed.iter().for_each(|&blob| index.remove(blob));
                for record in step
                    .added
                    .iter()
                    .filter_map(|&blob| self.record(epoch, blob))
                {
                    index.add(record);
                }
            }
            index.reach.insert(
                epoch,
                IndexedUpTo {
                    head,
                    next: known.and_then(|known| known.next),
                },
            );
            has_changed = true;
        }
        Ok(has_changed)
    }

    /// What was done from `head` back to `until`, which is left out; newest first.
    fn steps(&self, epoch: u32, head: Oid, until: Option<Oid>) -> Result<Vec<CommitDiff>> {
        let mut steps = Vec::new();
        let mut next = Some(head);
        while let Some(commit) = next.filter(|&commit| Some(commit) != until) {
            let step = self.repos[&epoch].step(commit)?;
            next = step.parent;
            steps.push(step);
        }
        Ok(steps)
    }

    /// What the index keeps of a mail; none if it cannot be read or has no id.
    fn record(&self, epoch: u32, blob: Oid) -> Option<MailRecord> {
        let raw = self.repos.get(&epoch)?.mail(blob).ok()??;
        let message = Message::new(unwrapped(raw), String::new());
        let subject = message.subject();
        Some(MailRecord {
            epoch,
            blob,
            seconds: message.date().map_or(0, |date| date.seconds),
            id: IndexKey::of(message.message_id()?.as_str()),
            author: IndexKey::of(&message.from().email.to_lowercase()),
            change_id: subject
                .is_cover()
                .then(|| change_id(&message))
                .flatten()
                .map(|id| IndexKey::of(&id)),
            references: message
                .references()
                .iter()
                .map(|id| IndexKey::of(id.as_str()))
                .collect(),
            subject: subject.raw,
        })
    }
}
