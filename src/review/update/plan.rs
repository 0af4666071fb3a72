// SPDX-License-Identifier: GPL-2.0-or-later
//! Which sources to ask for updates of a review, chosen from the recorded sources of its versions.

use crate::db::Read;
use crate::db::mail::MailKind;
use crate::db::patch;
use crate::db::version::{Version, VersionId};
use crate::error::Result;
use crate::mail::MessageId;
use crate::presence;
use crate::review::ingest::RecordedSeries;
use crate::source::archive::SeriesHints;
use crate::source::archive::address::Address;
use crate::source::patchwork::{PatchworkPatch, PatchworkSeries, PatchworkTarget, url};
use crate::source::server::{self, Servers};
use std::path::Path;

/// The most versions whose threads are fetched when no other source returned them.
const MOST_DISCUSSED: usize = 3;

/// What to ask about one review.
#[derive(Debug, Clone)]
pub struct UpdatePlan {
    /// The recorded series.
    pub known: RecordedSeries,
    /// A file or a directory of mails that the series came from.
    pub path: Option<String>,
    /// An archive that may have its mails: a URL, or the directory of a clone.
    pub archive: Option<String>,
    /// The first mails of the versions, the newest version first.
    pub firsts: Vec<MessageId>,
    /// What to search for in the archive.
    pub facts: Option<SeriesHints>,
    /// The Patchwork that it is on.
    pub patchwork: Option<PatchworkReview>,
}

/// A review on a Patchwork.
#[derive(Debug, Clone)]
pub struct PatchworkReview {
    /// The server.
    pub server: server::PatchworkServer,
    /// The servers of its upstream.
    pub servers: Servers,
    /// Versions that are linked there, as recorded in the database, the newest first: their states are fetched.
    pub linked: Vec<(VersionId, PatchworkSeries)>,
    /// The Patchwork number of the newest of them; 0 if none is linked.
    pub newest: u64,
    /// Linked versions with missing patches.
    pub incomplete: Vec<u64>,
}

impl UpdatePlan {
    /// Plans the update of a review; `servers` are those of the series' upstream.
    pub fn of(db: &impl Read, known: RecordedSeries, servers: &Servers) -> Result<UpdatePlan> {
        let mut plan = UpdatePlan {
            path: None,
            archive: None,
            firsts: firsts(&known),
            facts: facts(&known),
            patchwork: None,
            known: known.clone(),
        };
        let mut server = None;
        for source in known
            .versions
            .iter()
            .rev()
            .filter_map(|row| row.details.source.as_deref())
        {
            if let Some((found, PatchworkTarget::Series(_))) = url::parse(source) {
                server = server.or_else(|| Some(on_server(&found, source, servers)));
            } else if let Some(address) = Address::parse(source) {
                plan.archive = plan.archive.or(Some(address.archive));
            } else if let Some((dir, _)) = source
                .split_once('#')
                .filter(|(dir, _)| Path::new(dir).is_absolute())
            {
                plan.archive = plan.archive.or_else(|| Some(dir.to_owned()));
            } else if Path::new(source).is_absolute() {
                plan.path = plan.path.or_else(|| Some(source.to_owned()));
            }
        }
        plan.archive = plan.archive.or_else(|| servers.archive.clone());
        let is_linked =
            known.series.upstream.is_some() || known.versions.iter().any(|row| row.link.is_some());
        if let Some(server) = server.or_else(|| servers.patchwork.clone().filter(|_| is_linked)) {
            plan.patchwork = Some(PatchworkReview::of(db, &known, server, servers.clone())?);
        }
        Ok(plan)
    }

    /// Whether there is a source to ask; with `is_offline`, a source on this machine.
    pub fn has_source(&self, is_offline: bool) -> bool {
        let may_ask = |archive: &String| !is_offline || !archive.contains("://");
        let has_archive = self.archive.as_ref().is_some_and(may_ask) && !self.firsts.is_empty();
        let has_path = self
            .path
            .as_ref()
            .is_some_and(|path| presence::may_exist(Path::new(path)));
        has_path || has_archive || (self.patchwork.is_some() && !is_offline)
    }

    /// The source to record for the results.
    pub fn source(&self) -> String {
        let newest = self
            .known
            .versions
            .iter()
            .rev()
            .find_map(|row| row.details.source.clone());
        newest.unwrap_or_else(|| "update".to_owned())
    }
}

impl PatchworkReview {
    fn of(
        db: &impl Read,
        known: &RecordedSeries,
        server: server::PatchworkServer,
        servers: Servers,
    ) -> Result<PatchworkReview> {
        let rows: Vec<&Version> = known
            .versions
            .iter()
            .rev()
            .filter(|row| link(row) > 0)
            .collect();
        let begun = rows.iter().position(|row| row.details.started.is_some());
        let mut on = PatchworkReview {
            server,
            servers,
            newest: rows.first().map_or(0, |row| link(row)),
            linked: Vec::new(),
            incomplete: Vec::new(),
        };
        for (at, row) in rows
            .into_iter()
            .enumerate()
            .filter(|(at, _)| *at == 0 || Some(*at) == begun)
        {
            on.linked.push((row.id, recorded(db, row)?));
            let total = row.details.total.unwrap_or_default() as usize;
            if at == 0 && known.count(row.id, MailKind::Patch) < total {
                on.incomplete.push(link(row));
            }
        }
        Ok(on)
    }
}

/// The number of a version on its Patchwork; 0 if it has none.
pub fn link(row: &Version) -> u64 {
    row.link
        .as_deref()
        .and_then(url::number)
        .unwrap_or_default()
}

/// The recorded data of a version that is on a Patchwork.
fn recorded(db: &impl Read, row: &Version) -> Result<PatchworkSeries> {
    let number = |text: &Option<String>| text.as_deref().and_then(url::number);
    let first = row
        .details
        .message_id
        .as_deref()
        .and_then(|id| MessageId::new(id).ok());
    let patch = |one: patch::PatchRow| {
        Some(PatchworkPatch {
            id: u64::try_from(one.patchwork_id?).ok()?,
            message_id: MessageId::new(one.message_id.as_deref()?).ok()?,
            name: one.subject,
            state: None,
            comments: None,
        })
    };
    Ok(PatchworkSeries {
        id: link(row),
        url: String::new(),
        upstream: None,
        version: row.number.map_or(1, |number| number.get()),
        cover: number(&row.cover_id).zip(first),
        name: row.name.clone(),
        cover_comments: None,
        patches: patch::list(db, row.id)?
            .into_iter()
            .filter_map(patch)
            .collect(),
    })
}

/// The Patchwork of a recorded URL: that of the upstream if it matches, or the project that the URL names.
fn on_server(found: &str, source: &str, servers: &Servers) -> server::PatchworkServer {
    if let Some(own) = servers
        .patchwork
        .as_ref()
        .filter(|own| url::is_same(&own.url, found))
    {
        return own.clone();
    }
    let name = source
        .split_once("/project/")
        .and_then(|(_, rest)| rest.split('/').next());
    // Its number is not known, and is not part of the query.
    let project = name.map(|name| server::PatchworkProject {
        id: -1,
        link_name: name.to_owned(),
    });
    server::PatchworkServer {
        url: found.to_owned(),
        project,
    }
}

fn firsts(known: &RecordedSeries) -> Vec<MessageId> {
    let ids = known
        .versions
        .iter()
        .rev()
        .filter_map(|row| row.details.message_id.as_deref());
    ids.filter_map(|id| MessageId::new(id).ok())
        .take(MOST_DISCUSSED)
        .collect()
}

fn facts(known: &RecordedSeries) -> Option<SeriesHints> {
    let newest = known
        .versions
        .iter()
        .rev()
        .find(|row| row.details.author_email.is_some())?;
    Some(SeriesHints {
        title: known.series.desc.clone().unwrap_or_default(),
        author: newest.details.author_email.clone().unwrap_or_default(),
        change_id: known
            .versions
            .iter()
            .rev()
            .find_map(|row| row.details.change_id.clone()),
        seconds: known
            .versions
            .iter()
            .filter_map(|row| row.details.sent)
            .max()
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::db::version::Details;
    use crate::review::samples::{database, record, sent};

    /// The plan for a review whose versions came from these sources, and are on Patchwork with these numbers.
    fn plan(sources: &[(&str, u64)], servers: &Servers) -> UpdatePlan {
        let mut db = database();
        let version = |(number, (source, link)): (u32, &(&str, u64))| {
            let details = Details {
                source: Some((*source).to_owned()),
                ..sent("Ada", &format!("{number}@x"))
            };
            (number, *link, details)
        };
        let versions: Vec<_> = (1..).zip(sources).map(version).collect();
        let id = record(&mut db, "one-fix", "one: Fix", &versions);
        let known = RecordedSeries::load(&db, id).unwrap().unwrap();
        UpdatePlan::of(&db, known, servers).unwrap()
    }

    fn upstream() -> Servers {
        Servers {
            upstream: Some("us".to_owned()),
            patchwork: Some(server::PatchworkServer {
                url: "https://pw.example.org".to_owned(),
                project: None,
            }),
            archive: Some("https://lore.example.org/us/".to_owned()),
        }
    }

    #[test]
    fn each_source_is_asked_where_its_newest_version_came_from() {
        let plan = plan(
            &[
                ("/old/one.mbox", 0),
                ("https://lore.example.org/dev/a@x/", 0),
                ("/new/one.mbox", 0),
                ("/clone#1@x", 0),
                ("https://other.example.org/project/dev/list/?series=12", 12),
            ],
            &upstream(),
        );
        assert_eq!(plan.path.as_deref(), Some("/new/one.mbox"));
        assert_eq!(plan.archive.as_deref(), Some("/clone"));
        let on = plan.patchwork.as_ref().unwrap();
        assert_eq!(on.server.url, "https://other.example.org");
        assert_eq!(on.server.project.as_ref().unwrap().link_name, "dev");
        assert_eq!(on.newest, 12);
        let firsts: Vec<&str> = plan.firsts.iter().map(MessageId::as_str).collect();
        assert_eq!(firsts, ["5@x", "4@x", "3@x"]);
    }

    #[test]
    fn the_servers_of_the_upstream_are_asked_where_the_source_names_none() {
        let linked = plan(&[("in.mbox", 7)], &upstream());
        assert_eq!(linked.archive, upstream().archive);
        assert_eq!(
            linked.patchwork.unwrap().server,
            upstream().patchwork.unwrap()
        );
        let unlinked = plan(&[("in.mbox", 0)], &upstream());
        assert!(
            unlinked.patchwork.is_none(),
            "nothing says that it is there"
        );
    }

    #[test]
    fn offline_only_what_is_on_this_machine_is_a_source() {
        let online = plan(&[("https://lore.example.org/dev/1@x/", 7)], &upstream());
        assert!(online.has_source(false) && !online.has_source(true));
        assert!(plan(&[("/clone#1@x", 0)], &upstream()).has_source(true));
        let gone = plan(&[("/nonexistent/one.mbox", 0)], &Servers::default());
        assert!(!gone.has_source(false));
    }
}
