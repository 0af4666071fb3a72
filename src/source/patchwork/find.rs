// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds a series: by its number, by a patch or its cover letter, or by its title.

use super::answer::{self, Submission, message_id};
use super::api::Api;
use super::summary::{PatchworkSummary, is_of, of_project, titled};
use super::url::PatchworkTarget;
use super::{PatchworkQuery, PatchworkSource};
use crate::error::{Error, Result};
use crate::mail::MessageId;
use crate::series::{TitleKey, VersionNumber, is_same_title, title};
use crate::source::percent::encode_component;
use crate::source::server;

/// Maximum number of series fetched to find that of a patch.
const MAX_SERIES_FETCHED: usize = 5;

/// Maximum number of series listed to choose from.
const MAX_SERIES_LISTED: usize = 20;

/// Finds the requested series.
pub(super) fn find(source: &PatchworkSource<'_>, api: &Api<'_>) -> Result<answer::SeriesAnswer> {
    match &source.ask {
        PatchworkQuery::Target(PatchworkTarget::Series(id)) => series(api, *id),
        PatchworkQuery::Target(PatchworkTarget::Patch(id)) => {
            match api.one::<Submission>(&format!("patches/{id}/"))? {
                Some(patch) => of_mail(source, api, &patch, &format!("patch {id}")),
                None => Err(Error::new(format!(
                    "there is no patch {id} on {}",
                    api.server()
                ))),
            }
        }
        PatchworkQuery::Target(PatchworkTarget::Cover(id)) => {
            match api.one::<Submission>(&format!("covers/{id}/"))? {
                Some(cover) => of_mail(source, api, &cover, &format!("cover letter {id}")),
                None => Err(Error::new(format!(
                    "there is no cover letter {id} on {}",
                    api.server()
                ))),
            }
        }
        PatchworkQuery::Target(PatchworkTarget::PatchMail { project, id }) => {
            of_id(source, api, "patches", project, id)
        }
        PatchworkQuery::Target(PatchworkTarget::CoverMail { project, id }) => {
            of_id(source, api, "covers", project, id)
        }
        PatchworkQuery::Mail(id) => {
            for kind in ["covers", "patches"] {
                if let Some(mail) = by_message_id(api, &source.server, kind, id)? {
                    return of_mail(source, api, &mail, &format!("<{id}>"));
                }
            }
            Err(Error::new(format!(
                "there is no mail <{id}> on {}",
                api.server()
            )))
        }
        PatchworkQuery::Title(text, version) => {
            let found = titled(api, &source.server, text)?;
            series(api, one_of(found, text, *version, api.server())?)
        }
    }
}

/// Fetches the series with this number.
pub(super) fn series(api: &Api<'_>, id: u64) -> Result<answer::SeriesAnswer> {
    let found: Option<answer::SeriesAnswer> = api.one(&format!("series/{id}/"))?;
    found.filter(|found| found.id == id).ok_or_else(|| {
        Error::new(format!("there is no series {id} on {}", api.server())).with_hint(format!(
            "if {id} is the number of a patch: git patman review start --patch {id}"
        ))
    })
}

fn of_id(
    source: &PatchworkSource<'_>,
    api: &Api<'_>,
    kind: &str,
    project: &str,
    id: &MessageId,
) -> Result<answer::SeriesAnswer> {
    let on = server::PatchworkProject {
        id: -1,
        link_name: project.to_owned(),
    };
    let server = server::PatchworkServer {
        url: source.server.url.clone(),
        project: Some(on),
    };
    match by_message_id(api, &server, kind, id)? {
        Some(mail) => of_mail(source, api, &mail, &format!("<{id}>")),
        None => Err(Error::new(format!(
            "there is no mail <{id}> in the project '{project}' on {}",
            api.server()
        ))),
    }
}

/// The patch or cover letter that was sent as this mail; if it was sent to several projects, that of the project.
pub(super) fn by_message_id(
    api: &Api<'_>,
    server: &server::PatchworkServer,
    kind: &str,
    id: &MessageId,
) -> Result<Option<Submission>> {
    let path = format!(
        "{kind}/?msgid={}{}",
        encode_component(&id.to_string()),
        of_project(server)
    );
    // A version of the API that does not know this filter returns everything.
    let found: Vec<Submission> = api.list(&path, 10)?;
    let is_it = |one: &Submission| message_id(one.msgid.as_deref()).as_ref() == Some(id);
    Ok(found
        .into_iter()
        .find(|one| is_it(one) && is_of(one.project.as_ref(), server)))
}

/// The series of a patch or cover letter: the newest complete series, or the newest if none is complete.
fn of_mail(
    source: &PatchworkSource<'_>,
    api: &Api<'_>,
    mail: &Submission,
    what: &str,
) -> Result<answer::SeriesAnswer> {
    let mut ids: Vec<u64> = mail.series.iter().flatten().map(|one| one.id).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    let several = ids.len() > 1;
    let mut newest = None;
    for id in ids.into_iter().take(MAX_SERIES_FETCHED) {
        let found = series(api, id)?;
        if found.is_complete() {
            newest = Some(found);
            break;
        }
        newest = newest.or(Some(found));
    }
    let found = newest
        .ok_or_else(|| Error::new(format!("{what} is not in a series on {}", api.server())))?;
    if several {
        source.note(format!("{what} is in several series: using {}", found.id));
    }
    Ok(found)
}

/// The number of the only series that a search found, in its newest version or the wanted one.
fn one_of(
    mut found: Vec<PatchworkSummary>,
    text: &str,
    version: Option<VersionNumber>,
    on: &str,
) -> Result<u64> {
    if found.is_empty() {
        return Err(Error::new(format!(
            "no series on {on} has the words '{text}' in its title"
        ))
        .with_hint(
            "every word must be in the title; the page of a series has its number in the URL",
        ));
    }
    let is_exact = |one: &PatchworkSummary| is_same_title(name(one), text);
    if found.iter().any(is_exact) {
        found.retain(is_exact);
    }
    let identity =
        |one: &PatchworkSummary| (TitleKey::of(name(one)), one.submitter.email.to_lowercase());
    let first = identity(&found[0]);
    if found.iter().any(|one| identity(one) != first) {
        return Err(several(&found, text, on));
    }
    if let Some(version) = version {
        let there: Vec<String> = found
            .iter()
            .map(|one| format!("v{}", one.version))
            .collect();
        found.retain(|one| one.version == version.get());
        if found.is_empty() {
            return Err(
                Error::new(format!("there is no {version} of '{text}' on {on}"))
                    .with_hint(format!("there is {}", there.join(", "))),
            );
        }
    }
    // Of two postings of a version, use the complete one, or the later one.
    let newest = found
        .iter()
        .max_by_key(|one| (one.version, one.is_complete, one.id));
    newest
        .map(|one| one.id)
        .ok_or_else(|| Error::new(format!("no series on {on} has '{text}' in its title")))
}

fn name(one: &PatchworkSummary) -> &str {
    one.name.as_deref().unwrap_or_default()
}

fn several(found: &[PatchworkSummary], text: &str, on: &str) -> Error {
    let line = |one: &PatchworkSummary| {
        let date = one.date.split('T').next().unwrap_or_default();
        format!(
            "  {:<8} {date}  v{:<3} {}  ({})",
            one.id,
            one.version,
            title(name(one)),
            one.submitter.name
        )
    };
    let mut lines: Vec<String> = found.iter().take(MAX_SERIES_LISTED).map(line).collect();
    if found.len() > MAX_SERIES_LISTED {
        lines.push(format!(
            "  ... and {} more",
            found.len() - MAX_SERIES_LISTED
        ));
    }
    Error::new(format!(
        "several series on {on} have '{text}' in their titles"
    ))
    .with_hint("choose one by its number: git patman review start <number>")
    .with_hint(lines.join("\n"))
}
