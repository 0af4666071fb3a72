// SPDX-License-Identifier: GPL-2.0-or-later
//! Patchwork's data about a series, without its mails.

use super::answer::{self, message_id};
use super::api::Api;
use super::{PatchworkPatch, PatchworkSeries, find, summary};
use crate::error::{Error, Result};
use crate::series::subject::MAX_PATCHES;
use crate::source::http::Client;
use crate::source::percent::encode_component;
use crate::source::server::PatchworkServer;

/// Fetches Patchwork's data about a series and the states of its patches, without its mails: two requests.
pub fn describe(
    client: &Client,
    server: &PatchworkServer,
    id: u64,
    upstream: Option<&str>,
) -> Result<PatchworkSeries> {
    let api = Api::new(client, &server.url);
    let mut series = described(
        &find::series(&api, id)?,
        api.server(),
        upstream.map(str::to_owned),
    )?;
    for one in summary::states(&api, id)? {
        if let Some(patch) = series.patches.iter_mut().find(|patch| patch.id == one.id) {
            patch.state = one.state;
        }
    }
    Ok(series)
}

/// The series that a response describes.
pub(super) fn described(
    found: &answer::SeriesAnswer,
    server: &str,
    upstream: Option<String>,
) -> Result<PatchworkSeries> {
    let nameless = |id: u64| {
        Error::new(format!(
            "a mail of series {} on {server} has no Message-ID: {id}",
            found.id
        ))
    };
    let cover = match &found.cover_letter {
        Some(cover) => Some((
            cover.id,
            message_id(cover.msgid.as_deref()).ok_or_else(|| nameless(cover.id))?,
        )),
        None => None,
    };
    let count = found.patches.as_ref().map_or(0, Vec::len);
    if count > MAX_PATCHES as usize {
        return Err(Error::new(format!(
            "series {} on {server} has {count} patches",
            found.id
        ))
        .with_cause(format!("the limit is {MAX_PATCHES}")));
    }
    let mut patches = Vec::new();
    for patch in found.patches.iter().flatten() {
        let message_id = message_id(patch.msgid.as_deref()).ok_or_else(|| nameless(patch.id))?;
        let name = patch.name.clone().unwrap_or_default();
        patches.push(PatchworkPatch {
            id: patch.id,
            message_id,
            name,
            state: None,
            comments: None,
        });
    }
    let project = found
        .project
        .as_ref()
        .and_then(|project| project.link_name.as_deref());
    let url = match project {
        Some(project) => format!(
            "{server}/project/{}/list/?series={}",
            encode_component(project),
            found.id
        ),
        None => format!("{server}/series/{}/mbox/", found.id),
    };
    Ok(PatchworkSeries {
        id: found.id,
        url,
        upstream,
        version: found.version.unwrap_or(1),
        cover,
        name: found
            .cover_letter
            .as_ref()
            .and_then(|cover| cover.name.clone()),
        cover_comments: None,
        patches,
    })
}
