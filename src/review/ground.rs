// SPDX-License-Identifier: GPL-2.0-or-later
//! What a version is applied to: the base that was chosen, or the first of several that it fits, with what the series
//! needs below it.

use super::Reviews;
use super::selection::{Selected, commit_of};
use super::start::{Request, short};
use crate::apply::{self, How};
use crate::base::prerequisites::{self, Found, Prerequisites, Sought, lay, seek};
use crate::base::{self, Base, Question};
use crate::db::mail::{self, Kind};
use crate::db::version::VersionId;
use crate::db::{Read, patch, series, version};
use crate::error::Result;
use crate::git::commits::Signature;
use crate::git::objects::Objects;
use crate::mail::Message;
use crate::mail::mailinfo::Options;
use crate::mail::prerequisites::{Prerequisite, prerequisites as named};
use crate::mail::thread::MailedVersion;
use std::cell::OnceCell;
use std::collections::HashMap;

impl Reviews<'_> {
    /// The base of a version, and what the user should know of it is told.
    pub(super) fn ground(&self, objects: &Objects, selected: &Selected, request: &Request) -> Result<Base> {
        let base = self.ground_of(objects, selected, request)?;
        base.tell(self.out);
        self.out.note(format!("base: {} ({})", short(base.commit), base.why));
        Ok(base)
    }

    /// The base of a version.
    pub(super) fn ground_of(&self, objects: &Objects, selected: &Selected, request: &Request) -> Result<Base> {
        let sought = sought(Some(self), &selected.version)?;
        let committer = self.repo.committer(self.settings)?.signature;
        let base = match request.onto.as_slice() {
            [] => self.chosen(selected, &sought, request.base.as_deref())?,
            [one] => self.chosen(selected, &sought, Some(one))?,
            several => self.first_that_fits(selected, several, &sought, &committer)?,
        };
        lay(objects, base, &sought, &committer)
    }

    fn chosen(&self, selected: &Selected, sought: &[Sought], given: Option<&str>) -> Result<Base> {
        let below = prerequisites::patches(sought);
        let question =
            Question { given, version: &selected.version, patches: &selected.patches, below: &below, upstream: None };
        base::choose(self.repo, self.settings, &question)
    }

    /// Tries one after the other, in memory; where none fits, the first is taken, for the user to resolve.
    fn first_that_fits(
        &self,
        selected: &Selected,
        several: &[String],
        sought: &[Sought],
        committer: &Signature,
    ) -> Result<Base> {
        let mut bases = Vec::new();
        for name in several {
            bases.push((name, self.chosen(selected, sought, Some(name))?));
        }
        for (name, base) in &bases {
            let objects = self.repo.objects_aside()?;
            let ground = lay(&objects, base.clone(), sought, committer)?;
            let applied = apply::rehearse(&objects, ground.commit, &selected.patches, committer)?;
            let Some(stop) = applied.stopped else {
                let why = format!("'{name}', the first of {} that it applies to", several.len());
                return Ok(Base { why, ..base.clone() });
            };
            let number = selected.version.patches[stop.index].number;
            self.out.note(format!("not onto '{name}': patch {number}: {}", stop.error));
        }
        self.out.warn(format!("it applies to none of {}", several.len()));
        let first = bases.into_iter().next().map(|(_, base)| base);
        Ok(first.expect("there are several"))
    }
}

/// What a version says it needs, looked for in the database where there is one.
pub(super) fn sought(reviews: Option<&Reviews<'_>>, version: &MailedVersion) -> Result<Vec<Sought>> {
    let wanted = named(version);
    match reviews {
        _ if wanted.is_empty() => Ok(Vec::new()),
        Some(reviews) => {
            let (db, options) = (&reviews.db, reviews.mail_options()?);
            seek(wanted, &[&Recorded { db, options, by_patch_id: OnceCell::new() }])
        }
        None => seek(wanted, &[]),
    }
}

/// The series that the database holds the mails of.
struct Recorded<'a, D> {
    db: &'a D,
    options: Options,
    /// The patches by their names of `git patch-id`, read once for all that are looked for.
    by_patch_id: OnceCell<HashMap<String, (VersionId, u32)>>,
}

impl<D: Read> Recorded<'_, D> {
    fn by_patch_id(&self) -> Result<&HashMap<String, (VersionId, u32)>> {
        if let Some(all) = self.by_patch_id.get() {
            return Ok(all);
        }
        let all = patch::by_patch_id(self.db)?;
        Ok(self.by_patch_id.get_or_init(|| all))
    }
}

impl<D: Read> Prerequisites for Recorded<'_, D> {
    fn find(&self, wanted: &Prerequisite) -> Result<Option<Found>> {
        let (row, only) = match wanted {
            Prerequisite::Patch(id) => match self.by_patch_id()?.get(id) {
                Some((row, seq)) => (version::load(self.db, *row)?, Some(seq + 1)),
                None => return Ok(None),
            },
            Prerequisite::Change(id, number) => (version::find_change(self.db, id, *number)?, None),
            Prerequisite::Mail(id) => (version::find_message(self.db, id.as_str())?, None),
        };
        let Some(row) = row else { return Ok(None) };
        let Some(of) = series::load(self.db, row.series)? else { return Ok(None) };
        let mut patches = Vec::new();
        for mail in mail::list(self.db, row.id)? {
            if mail.kind == Kind::Patch && (only.is_none() || mail.seq == only) {
                let message = Message::new(mail.raw, format!("a mail of {}", of.name));
                patches.push(commit_of(&message, &self.options)?.0);
            }
        }
        let number = row.number.map_or(String::new(), |number| format!(" {number}"));
        let what = format!("{}{number}", of.name);
        // A series of which patches are missing is not the one that is needed.
        let is_whole = only.is_some() || row.details.total.is_none_or(|total| total as usize <= patches.len());
        Ok((!patches.is_empty() && is_whole).then_some(Found { what, patches }))
    }
}

/// How the patches went in, where not all did at the lines that they name: `1 exactly, 2 moved`.
pub fn how(applied: impl IntoIterator<Item = Option<How>>) -> String {
    let mut counts = [0; 4];
    for how in applied.into_iter().flatten() {
        match how {
            How::Exact => counts[0] += 1,
            How::Moved => counts[1] += 1,
            How::ThreeWay => counts[2] += 1,
            How::GitAm => counts[3] += 1,
            How::Already => {}
        }
    }
    if counts[1..] == [0; 3] {
        return String::new();
    }
    let words = ["exactly", "moved", "by 3-way merge", "by git am"];
    let parts = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}
