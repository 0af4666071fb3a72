// SPDX-License-Identifier: GPL-2.0-or-later
//! Replies to the mails of a series, from a Patchwork: one request for each patch, and one for the cover letter.

use super::api::Api;
use super::rebuild::MailParts;
use super::{PatchworkSeries, answer};
use crate::error::Result;
use crate::mail::Message;
use crate::source::http::Client;
use crate::source::server;

/// Maximum number of replies read for one mail.
const MAX_COMMENTS: usize = 2000;

/// Fetches the replies to the mails of a series, and stores their numbers in `series`.
pub fn comments(
    client: &Client,
    server: &server::PatchworkServer,
    series: &mut PatchworkSeries,
) -> Result<Vec<Message>> {
    let api = Api::new(client, &server.url);
    // The first request detects the version of the API.
    let mut found = Vec::new();
    if let Some((id, _)) = series.cover {
        let mails = of_one(&api, &format!("covers/{id}/comments/"))?;
        series.cover_comments = u32::try_from(mails.len()).ok();
        found.extend(mails);
    }
    for patch in &mut series.patches {
        let mails = of_one(&api, &format!("patches/{}/comments/", patch.id))?;
        patch.comments = u32::try_from(mails.len()).ok();
        found.extend(mails);
    }
    Ok(found)
}

/// Fetches the replies to each mail of a series, in the order of `series`.
///
/// Those to the cover letter, if there is one, come first. Several requests run at once.
pub(super) fn of_each(api: &Api<'_>, series: &PatchworkSeries) -> Result<Vec<Vec<Message>>> {
    let cover = series
        .cover
        .iter()
        .map(|(id, _)| format!("covers/{id}/comments/?order=id"));
    let patches = series
        .patches
        .iter()
        .map(|patch| format!("patches/{}/comments/?order=id", patch.id));
    let paths: Vec<String> = cover.chain(patches).collect();
    let all: Vec<Vec<answer::CommentAnswer>> = api.lists(&paths, MAX_COMMENTS)?;
    Ok(all.iter().map(|all| messages(api, all)).collect())
}

fn of_one(api: &Api<'_>, path: &str) -> Result<Vec<Message>> {
    let all: Vec<answer::CommentAnswer> = api.list(&format!("{path}?order=id"), MAX_COMMENTS)?;
    Ok(messages(api, &all))
}

fn messages(api: &Api<'_>, all: &[answer::CommentAnswer]) -> Vec<Message> {
    let message = |one: &answer::CommentAnswer| {
        let parts = MailParts {
            headers: one.headers.as_ref(),
            message_id: one.msgid.as_deref(),
            date: one.date.as_deref(),
            submitter: one.submitter.as_ref(),
            project: None,
            content: one.content.as_deref(),
            diff: None,
        };
        Message::new(parts.mail(), format!("a reply on {}", api.server()))
    };
    all.iter().map(message).collect()
}
