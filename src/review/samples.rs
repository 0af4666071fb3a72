// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails, rows and databases for the unit tests of this folder.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use crate::db::location::Origin;
use crate::db::series::{self, NewSeries, REVIEW, SeriesId};
use crate::db::version::{self, Details, PatchworkLink, VersionToAdd};
use crate::db::{Db, Location, OpenOptions};
use crate::events::Collector;
use crate::mail::{Message, MessageId};
use crate::series::VersionNumber;
use crate::source::patchwork;

/// An empty database in memory.
pub(super) fn database() -> Db {
    let nowhere = Location::at("/nonexistent/patman", Origin::CommonDir);
    let events = Collector::default();
    Db::open_to_read(&nowhere, &OpenOptions::default(), &events).unwrap()
}

/// A mail from a line: `id < parent | author | subject`, with its text after another ` | `. It has a diff, unless the
/// subject marks it as a cover letter or a reply.
pub(super) fn mail(line: &str) -> Message {
    let mut parts = line.splitn(4, " | ");
    let mut next = || parts.next().unwrap_or_default();
    let (ids, author, subject, text) = (next(), next(), next(), next());
    let (id, parent) = ids.split_once(" < ").unwrap_or((ids, ""));
    let mut raw = format!(
        "From: {author} <{author}@example.com>\nSubject: {subject}\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <{id}>\n"
    );
    if !parent.is_empty() {
        raw += &format!("In-Reply-To: <{parent}>\nReferences: <{parent}>\n");
    }
    raw += &format!("\n{text}\n");
    if !subject.starts_with("Re:") && !subject.contains("0/") {
        raw += "---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n";
    }
    Message::new(raw.into_bytes(), line.to_owned())
}

/// Several mails.
pub(super) fn mails(lines: &[&str]) -> Vec<Message> {
    lines.iter().map(|line| mail(line)).collect()
}

/// The details of a version that `author` sent, whose first mail has this ID.
pub(super) fn sent(author: &str, message_id: &str) -> Details {
    Details {
        message_id: Some(message_id.to_owned()),
        author_name: Some(author.to_owned()),
        author_email: Some(format!("{author}@example.com")),
        ..Details::default()
    }
}

/// Records a review with versions of these numbers, each with its Patchwork number unless that is 0.
pub(super) fn record(
    db: &mut Db,
    name: &str,
    title: &str,
    versions: &[(u32, u64, Details)],
) -> SeriesId {
    let new = NewSeries {
        name,
        desc: title,
        source: Some(REVIEW),
        ..NewSeries::default()
    };
    db.write(|write| {
        let series = series::insert(write, &new)?;
        for (number, link, details) in versions {
            let on_patchwork = PatchworkLink {
                link: (*link > 0).then(|| link.to_string()),
                ..PatchworkLink::default()
            };
            let new = VersionToAdd {
                on_patchwork,
                details: details.clone(),
                ..VersionToAdd::default()
            };
            version::insert(write, series, VersionNumber::new(*number).unwrap(), &new)?;
        }
        Ok(series)
    })
    .unwrap()
}

/// A Patchwork series with patches of these Message-IDs and states.
pub(super) fn on_patchwork(
    id: u64,
    patches: &[(&str, Option<&str>)],
) -> patchwork::PatchworkSeries {
    let patch = |(number, (mail, state)): (u64, &(&str, Option<&str>))| patchwork::PatchworkPatch {
        id: number,
        message_id: MessageId::new(mail).unwrap(),
        name: String::new(),
        state: state.map(str::to_owned),
        comments: None,
    };
    patchwork::PatchworkSeries {
        id,
        url: String::new(),
        upstream: None,
        version: 1,
        cover: None,
        name: None,
        cover_comments: None,
        patches: (100..).zip(patches).map(patch).collect(),
    }
}
