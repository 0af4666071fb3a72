// SPDX-License-Identifier: GPL-2.0-or-later
//! Resolves the base of a version: the chosen commit, or the first of several that it applies to, with the
//! dependencies of the series below it.

use super::Reviews;
use super::dependencies::Needs;
use super::selection::{Selected, commit_of};
use super::start::StartRequest;
use crate::apply::{self, ApplyMethod};
use crate::base::prerequisites::{
    self, FoundPrerequisite, PrerequisiteResult, Prerequisites, apply_prerequisites,
};
use crate::base::{self, Base, Question};
use crate::db::mail::{self, MailKind};
use crate::db::version::VersionId;
use crate::db::{Read, patch, series, version};
use crate::error::Result;
use crate::git::commits::Signature;
use crate::git::objects::Objects;
use crate::mail::Message;
use crate::mail::mailinfo::MailinfoOptions;
use crate::mail::prerequisites::{Prerequisite, prerequisites as named};
use crate::mail::thread::MailedVersion;
use std::cell::OnceCell;
use std::collections::HashMap;

impl Reviews<'_> {
    /// Finds the base of a version, and reports the warnings on it.
    pub(super) fn ground(
        &self,
        objects: &Objects,
        selected: &Selected,
        request: &StartRequest<'_>,
    ) -> Result<Base> {
        let base = self.ground_of(objects, selected, request)?;
        base.report(self.events);
        self.events.notice(format!(
            "base: {} ({})",
            self.repo.short_id(base.commit),
            base.why
        ));
        Ok(base)
    }

    /// The base of a version.
    pub(super) fn ground_of(
        &self,
        objects: &Objects,
        selected: &Selected,
        request: &StartRequest<'_>,
    ) -> Result<Base> {
        let needs = Needs::new(Some(self), self.mail_options()?, request.sources);
        let sought = needs.sought(&selected.version, &selected.beside)?;
        needs.report(self.events);
        let upstream = request
            .sources
            .and_then(|sources| sources.servers.upstream.as_deref());
        let upstream = selected
            .on_patchwork()
            .and_then(|series| series.upstream.as_deref())
            .or(upstream);
        let committer = self.repo.committer(self.settings.committer())?.signature;
        let base = match request.onto.as_slice() {
            [] => self.chosen(selected, &sought, request.base.as_deref(), upstream)?,
            [one] => self.chosen(selected, &sought, Some(one), upstream)?,
            several => self.first_that_fits(selected, several, &sought, &committer)?,
        };
        apply_prerequisites(objects, base, &sought, &committer)
    }

    fn chosen(
        &self,
        selected: &Selected,
        sought: &[PrerequisiteResult],
        given: Option<&str>,
        upstream: Option<&str>,
    ) -> Result<Base> {
        let below = prerequisites::patches(sought);
        let question = Question {
            given,
            version: &selected.version,
            patches: &selected.patches,
            below: &below,
            upstream,
        };
        base::choose(self.repo, self.settings, &question)
    }

    /// Tries the candidates in order, in memory; if none fits, uses the first, for the user to resolve the conflict.
    fn first_that_fits(
        &self,
        selected: &Selected,
        several: &[String],
        sought: &[PrerequisiteResult],
        committer: &Signature,
    ) -> Result<Base> {
        let mut bases = Vec::new();
        for name in several {
            bases.push((name, self.chosen(selected, sought, Some(name), None)?));
        }
        for (name, base) in &bases {
            let objects = self.repo.temporary_objects()?;
            let ground = apply_prerequisites(&objects, base.clone(), sought, committer)?;
            let applied =
                apply::apply_in_memory(&objects, ground.commit, &selected.patches, committer)?;
            let Some(stop) = applied.stopped else {
                let why = format!(
                    "'{name}', the first of {} that it applies to",
                    several.len()
                );
                return Ok(Base {
                    why,
                    ..base.clone()
                });
            };
            let number = selected.version.patches[stop.index].number;
            self.events
                .notice(format!("not onto '{name}': patch {number}: {}", stop.error));
        }
        self.events
            .warn(format!("it applies to none of {}", several.len()));
        let first = bases.into_iter().next().map(|(_, base)| base);
        Ok(first.expect("there are several"))
    }
}

/// The series whose mails are in the database.
pub(super) struct SeriesWithMails<'a, D> {
    db: &'a D,
    options: MailinfoOptions,
    /// The patches by their `git patch-id`, read once for all searches.
    by_patch_id: OnceCell<HashMap<String, (VersionId, u32)>>,
}

impl<'a, D: Read> SeriesWithMails<'a, D> {
    /// The series of a database.
    pub fn new(db: &'a D, options: MailinfoOptions) -> Self {
        SeriesWithMails {
            db,
            options,
            by_patch_id: OnceCell::new(),
        }
    }

    fn by_patch_id(&self) -> Result<&HashMap<String, (VersionId, u32)>> {
        if let Some(all) = self.by_patch_id.get() {
            return Ok(all);
        }
        let all = patch::by_patch_id(self.db)?;
        Ok(self.by_patch_id.get_or_init(|| all))
    }
}

impl<D: Read> Prerequisites for SeriesWithMails<'_, D> {
    fn find(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>> {
        let (row, only) = match wanted {
            Prerequisite::Patch(id) => match self.by_patch_id()?.get(id) {
                Some((row, seq)) => (version::load(self.db, *row)?, Some(seq + 1)),
                None => return Ok(None),
            },
            Prerequisite::Change(id, number) => (version::find_change(self.db, id, *number)?, None),
            Prerequisite::Mail(id) => (version::find_message(self.db, id.as_str())?, None),
        };
        let Some(row) = row else { return Ok(None) };
        let Some(of) = series::load(self.db, row.series)? else {
            return Ok(None);
        };
        let (mut patches, mut cover, mut mails) = (Vec::new(), None, Vec::new());
        for mail in mail::list(self.db, row.id)? {
            let message = Message::new(mail.raw, format!("a mail of {}", of.name));
            match mail.kind {
                MailKind::Cover => cover = Some(message),
                MailKind::Patch if only.is_none() || mail.seq == only => {
                    patches.push(commit_of(&message, &self.options)?.0);
                    mails.extend(mail.seq.map(|number| (number, message)));
                }
                MailKind::Patch | MailKind::Reply => {}
            }
        }
        // A sender who names patches names all of them.
        let version = row.number.filter(|_| only.is_none()).map(|number| {
            let total = u32::try_from(mails.len()).unwrap_or(u32::MAX);
            MailedVersion::kept(number, total, cover, mails)
        });
        let needs = version.as_ref().map(named).unwrap_or_default();
        let number = row
            .number
            .map_or(String::new(), |number| format!(" {number}"));
        let what = format!("{}{number}", of.name);
        // A series with missing patches does not satisfy a dependency.
        let is_whole = only.is_some()
            || row
                .details
                .total
                .is_none_or(|total| total as usize <= patches.len());
        Ok(
            (!patches.is_empty() && is_whole).then_some(FoundPrerequisite {
                what,
                patches,
                needs,
            }),
        )
    }
}

/// How the patches were applied, if not all were applied exactly: `1 exactly, 2 moved`.
pub fn how(applied: impl IntoIterator<Item = Option<ApplyMethod>>) -> String {
    let mut counts = [0; 4];
    for how in applied.into_iter().flatten() {
        match how {
            ApplyMethod::Exact => counts[0] += 1,
            ApplyMethod::Moved => counts[1] += 1,
            ApplyMethod::ThreeWay => counts[2] += 1,
            ApplyMethod::GitAm => counts[3] += 1,
            ApplyMethod::Already => {}
        }
    }
    if counts[1..] == [0; 3] {
        return String::new();
    }
    let words = ["exactly", "moved", "by 3-way merge", "by git am"];
    let parts = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect::<Vec<_>>()
        .join(", ")
}
