// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the prerequisites of a version: in the database, then in the mails that it arrived with, then on the known
//! servers.
//!
//! Servers are asked for a few series in total, and not again after a failure: a start continues without them. Fetched
//! mails are searched before the next request, because prerequisites are often patches of one series.

use super::Reviews;
use super::resolve_base::SeriesWithMails;
use super::selection::commit_of;
use crate::base::prerequisites::{FoundPrerequisite, PrerequisiteResult, Prerequisites, seek};
use crate::diff::patch_id;
use crate::error::Result;
use crate::events::Events;
use crate::mail::Message;
use crate::mail::mailinfo::MailinfoOptions;
use crate::mail::prerequisites::{Prerequisite, prerequisites as named};
use crate::mail::thread::{MailedSeries, MailedVersion, assemble, change_id};
use crate::source::archive::{self, Query};
use crate::source::patchwork::{PatchworkQuery, PatchworkSource};
use crate::source::{Source, SourceContext};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;

/// The maximum number of server requests for prerequisites in one command.
const MOST_ASKED: usize = 10;

/// Where one command looks for prerequisites.
pub struct Needs<'a> {
    reviews: Option<&'a Reviews<'a>>,
    options: MailinfoOptions,
    online: Option<Online<'a>>,
}

impl<'a> Needs<'a> {
    /// Searches the database of `reviews` and, if there are any, the servers of `sources`.
    pub fn new(
        reviews: Option<&'a Reviews<'a>>,
        options: MailinfoOptions,
        sources: Option<SourceContext<'a>>,
    ) -> Self {
        let online = sources.map(|sources| Online {
            sources,
            options: options.clone(),
            fetched: RefCell::default(),
            asked: Cell::new(0),
            names: RefCell::default(),
            failed: OnceCell::new(),
        });
        Needs {
            reviews,
            options,
            online,
        }
    }

    /// The prerequisites of a version, including their own prerequisites; `among` are the series that arrived with it.
    pub fn sought(
        &self,
        version: &MailedVersion,
        among: &[MailedSeries],
    ) -> Result<Vec<PrerequisiteResult>> {
        let wanted = named(version);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let recorded = self
            .reviews
            .map(|reviews| SeriesWithMails::new(&reviews.db, self.options.clone()));
        let among = Among {
            series: among,
            options: &self.options,
        };
        let mut places: Vec<&dyn Prerequisites> = Vec::new();
        places.extend(recorded.as_ref().map(|place| place as &dyn Prerequisites));
        places.push(&among);
        places.extend(
            self.online
                .as_ref()
                .map(|place| place as &dyn Prerequisites),
        );
        let own_ids = OnceCell::new();
        let own = || {
            version
                .patches
                .iter()
                .filter_map(|patch| id_of(&patch.message, &self.options))
                .collect()
        };
        let is_own = |one: &Prerequisite| match one {
            Prerequisite::Change(id, _) => change_of(version).as_ref() == Some(id),
            Prerequisite::Mail(id) => version.has_mail(id),
            Prerequisite::Patch(id) => own_ids
                .get_or_init::<_>(|| -> HashSet<String> { own() })
                .contains(id),
        };
        seek(wanted, &is_own, &places)
    }

    /// Reports what was fetched, and why fetching stopped.
    pub fn report(&self, events: &dyn Events) {
        let Some(online) = &self.online else { return };
        let names = online.names.borrow();
        if !names.is_empty() {
            events.notice(format!("fetched its prerequisites: {}", names.join(", ")));
        }
        if let Some(why) = online.failed.get() {
            events.warn(format!("cannot look for its prerequisites: {why}"));
        }
    }
}

/// The series in a set of mails.
struct Among<'a> {
    series: &'a [MailedSeries],
    options: &'a MailinfoOptions,
}

impl Prerequisites for Among<'_> {
    fn find(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>> {
        // Try the newest first.
        let mut versions = self
            .series
            .iter()
            .flat_map(|series| series.versions.iter().rev());
        match wanted {
            Prerequisite::Mail(id) => self.found(versions.find(|version| version.has_mail(id))),
            Prerequisite::Change(id, number) => {
                let fits = |version: &&MailedVersion| {
                    change_of(version).as_ref() == Some(id)
                        && number.is_none_or(|number| version.number == number)
                };
                let newest = versions.filter(fits).max_by_key(|version| version.number);
                self.found(newest)
            }
            Prerequisite::Patch(id) => {
                for version in versions {
                    let mut patches = version.patches.iter().map(|patch| &patch.message);
                    if let Some(mail) =
                        patches.find(|mail| id_of(mail, self.options).as_ref() == Some(id))
                    {
                        let patches = vec![commit_of(mail, self.options)?.0];
                        return Ok(Some(FoundPrerequisite {
                            what: called(version),
                            patches,
                            needs: Vec::new(),
                        }));
                    }
                }
                Ok(None)
            }
        }
    }
}

impl Among<'_> {
    /// Accepts only a complete version: one with missing patches does not satisfy a prerequisite.
    fn found(&self, version: Option<&MailedVersion>) -> Result<Option<FoundPrerequisite>> {
        let Some(version) = version.filter(|version| version.missing.is_empty()) else {
            return Ok(None);
        };
        let commits = version
            .patches
            .iter()
            .map(|patch| commit_of(&patch.message, self.options).map(|(one, _)| one));
        // Treat what cannot be read as not found.
        let Ok(patches) = commits.collect::<Result<Vec<_>>>() else {
            return Ok(None);
        };
        Ok(Some(FoundPrerequisite {
            what: called(version),
            patches,
            needs: named(version),
        }))
    }
}

/// The known archive and Patchwork.
struct Online<'a> {
    sources: SourceContext<'a>,
    options: MailinfoOptions,
    fetched: RefCell<Vec<MailedSeries>>,
    asked: Cell<usize>,
    names: RefCell<Vec<String>>,
    failed: OnceCell<String>,
}

impl Prerequisites for Online<'_> {
    fn find(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>> {
        if let Some(found) = self.among_fetched(wanted)? {
            return Ok(Some(found));
        }
        if self.failed.get().is_some() || self.asked.get() == MOST_ASKED {
            return Ok(None);
        }
        self.asked.set(self.asked.get() + 1);
        match self.fetch(wanted) {
            Ok(mails) => self.fetched.borrow_mut().extend(assemble(mails)),
            Err(_) if self.sources.client.is_offline() => return Ok(None),
            Err(why) => drop(self.failed.set(why.to_string())),
        }
        self.among_fetched(wanted)
    }
}

impl Online<'_> {
    fn among_fetched(&self, wanted: &Prerequisite) -> Result<Option<FoundPrerequisite>> {
        let found = Among {
            series: &self.fetched.borrow(),
            options: &self.options,
        }
        .find(wanted)?;
        if let Some(found) = &found {
            let mut names = self.names.borrow_mut();
            if !names.contains(&found.what) {
                names.push(found.what.clone());
            }
        }
        Ok(found)
    }

    /// The mails of the threads that hold the prerequisite. A Patchwork can only find mails.
    fn fetch(&self, wanted: &Prerequisite) -> Result<Vec<Message>> {
        let sources = &self.sources;
        let mut mails = Vec::new();
        if let Some(place) = &sources.servers.archive {
            let archive = archive::open(place, sources)?;
            mails = match wanted {
                Prerequisite::Mail(id) => archive.thread(id)?,
                Prerequisite::Change(id, _) => archive.find(&Query::Change(id.clone()))?,
                Prerequisite::Patch(id) => archive.find(&Query::Patch(id.clone()))?,
            };
        }
        match wanted {
            Prerequisite::Mail(id) if mails.is_empty() && sources.servers.patchwork.is_some() => {
                let source = PatchworkSource::chosen(PatchworkQuery::Mail(id.clone()), sources)?
                    .mails_alone();
                Ok(source.fetch()?.messages)
            }
            _ => Ok(mails),
        }
    }
}

/// A version as messages show it.
fn called(version: &MailedVersion) -> String {
    format!("'{}' {}", version.title, version.number)
}

/// The `change-id:` of a version, from the cover letter or the only patch.
fn change_of(version: &MailedVersion) -> Option<String> {
    version
        .change_id()
        .or_else(|| match version.patches.as_slice() {
            [only] => change_id(&only.message),
            _ => None,
        })
}

fn id_of(mail: &Message, options: &MailinfoOptions) -> Option<String> {
    patch_id(&commit_of(mail, options).ok()?.0.diff)
}
