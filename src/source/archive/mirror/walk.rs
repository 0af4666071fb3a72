// SPDX-License-Identifier: GPL-2.0-or-later
//! Updates the index of a clone, and extends it back in history as far as needed.
//!
//! New commits are read oldest first, so that the removal of a mail removes it from the index. Going
//! back in history, the order is reversed: the removal of a mail is read before the mail.

use super::{Mirror, unwrapped};
use crate::error::Result;
use crate::git::Oid;
use crate::git::public_inbox::CommitDiff;
use crate::mail::Message;
use crate::mail::thread::change_id;
use crate::source::archive::index::{Index, IndexKey, IndexedUpTo, MailRecord};
use std::collections::BTreeMap;

/// The number of commits between two checks whether enough has been read.
const STRIDE: usize = 256;

/// The number of commits after which the index is saved, so that an interrupted run can continue.
const KEPT_AFTER: usize = 20_000;

impl Mirror {
    /// Reads new commits, and then goes back in history until `enough` returns true.
    ///
    /// `enough` receives the time of the last commit that was read.
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
            // Everything works without the index, only slower.
            Some(file) => index.save(file).or(Ok(())),
            None => Ok(()),
        }
    }

    /// Reads new commits; returns whether there were any.
    fn catch_up(&self, index: &mut Index) -> Result<bool> {
        let mut heads = BTreeMap::new();
        for (&epoch, repo) in &self.repos {
            heads.insert(epoch, repo.head()?);
        }
        let is_known = |(epoch, reach): (&u32, &IndexedUpTo)| {
            let head = heads.get(epoch);
            head.is_some_and(|&head| self.repos[epoch].is_behind(reach.head, head))
        };
        // History is rewritten if a mail had to be erased.
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

    /// The commits from `head` back to `until`, which is excluded; newest first.
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

    /// The index record of a mail; `None` if it cannot be read or has no id.
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
