// SPDX-License-Identifier: GPL-2.0-or-later
//! Follows a sent series: the states of its patches, and the replies to its mails.
//!
//! The series takes one request, and the states of all patches another. Replies come with the thread
//! from the upstream's archive, in one more request, or from the Patchwork, in one request for each
//! mail of the series, four at a time. A reply belongs to the nearest mail of the series above it;
//! replies to another version in the same thread do not count.

use super::answer::{self, Submission};
use super::api::Api;
use super::describe::described;
use super::{PatchworkSeries, comments, summary};
use crate::diff::patch_id;
use crate::error::{Error, Result};
use crate::mail::thread::{MailedReply, ReplyTarget};
use crate::mail::{Message, MessageId};
use crate::series::{VersionNumber, title};
use crate::source::http::Client;
use crate::source::{SourceContext, archive, server};
use std::collections::HashMap;

/// Maximum number of steps from a reply up to the mail that it is about.
const MAX_REPLY_DEPTH: usize = 100;

/// The state of a sent series, with the replies to it.
#[derive(Debug, Clone)]
pub struct FollowedSeries {
    /// The series, with states, and with the numbers of replies if they were fetched.
    pub series: PatchworkSeries,
    /// The title on the Patchwork, without the prefix.
    pub title: String,
    /// The number of its patches that have not been received.
    pub missing: u32,
    /// The address of the mailing list that the Patchwork follows.
    pub list: Option<String>,
    /// The replies, oldest first.
    pub answers: Vec<MailedReply>,
    /// Notes for the user on how they were found.
    pub notes: Vec<String>,
}

/// Fetches the state of the series with the number `id` on the Patchwork `server`; replies only if `answers`.
pub fn follow(
    sources: &SourceContext<'_>,
    server: &server::PatchworkServer,
    id: u64,
    answers: bool,
) -> Result<FollowedSeries> {
    let api = Api::new(sources.client, &server.url);
    let found: Option<answer::SeriesAnswer> = api.one(&format!("series/{id}/"))?;
    let found = found.filter(|found| found.id == id).ok_or_else(|| {
        Error::new(format!("there is no series {id} on {}", api.server()))
            .with_hint("to find the right number: git patman series autolink --force")
    })?;
    let mut series = described(&found, api.server(), sources.servers.upstream.clone())?;
    for one in summary::states(&api, id)? {
        if let Some(patch) = series.patches.iter_mut().find(|patch| patch.id == one.id) {
            patch.state = one.state;
        }
    }
    let missing = found
        .total
        .unwrap_or_default()
        .saturating_sub(u32::try_from(series.patches.len()).unwrap_or(u32::MAX));
    let title = title(found.name.as_deref().unwrap_or_default());
    let mut followed = FollowedSeries {
        series,
        title,
        missing,
        list: found.project.and_then(|project| project.list_email),
        answers: Vec::new(),
        notes: Vec::new(),
    };
    if answers {
        followed.answers = match of_archive(sources, &followed.series, &mut followed.notes) {
            Some(answers) => answers,
            None => of_patchwork(&api, &followed.series)?,
        };
        followed
            .answers
            .sort_by_key(|one| one.message.date().map_or(i64::MAX, |date| date.seconds));
        count(&mut followed);
    }
    Ok(followed)
}

/// The patch ids of patches, as `git patch-id --stable` computes them, in one request each.
pub fn patch_ids(
    client: &Client,
    server: &server::PatchworkServer,
    ids: &[u64],
) -> Vec<Option<String>> {
    let api = Api::new(client, &server.url);
    let paths: Vec<String> = ids.iter().map(|id| format!("patches/{id}/")).collect();
    let named = |one: Result<Option<Submission>>| patch_id(one.ok()??.diff?.as_bytes());
    api.all::<Submission>(&paths)
        .into_iter()
        .map(named)
        .collect()
}

fn of_patchwork(api: &Api<'_>, series: &PatchworkSeries) -> Result<Vec<MailedReply>> {
    let cover = series.cover.iter().map(|_| ReplyTarget::Cover);
    let all = cover
        .chain((0..series.patches.len()).map(ReplyTarget::nth_patch))
        .zip(comments::of_each(api, series)?);
    Ok(all
        .flat_map(|(to, mails)| {
            mails
                .into_iter()
                .map(move |message| MailedReply { message, to })
        })
        .collect())
}

/// The replies in the archive; `None` if there is no archive, or if it lacks mails of the series.
fn of_archive(
    sources: &SourceContext<'_>,
    series: &PatchworkSeries,
    notes: &mut Vec<String>,
) -> Option<Vec<MailedReply>> {
    let place = sources.servers.archive.as_deref()?;
    let first = series
        .cover
        .as_ref()
        .map(|(_, id)| id)
        .or(series.patches.first().map(|one| &one.message_id))?;
    let thread = archive::open(place, sources).and_then(|mails| mails.thread(first));
    match thread {
        Ok(thread) => {
            let found = answers_in(thread, series);
            if found.is_none() {
                notes.push(format!(
                    "the archive does not have all mails of series {}, so Patchwork is used",
                    series.id
                ));
            }
            found
        }
        Err(why) => {
            notes.push(format!(
                "the archive does not respond, so Patchwork is used: {why}"
            ));
            None
        }
    }
}

/// The replies to the mails of a series in a thread; `None` if the thread lacks mails of the series.
fn answers_in(thread: Vec<Message>, series: &PatchworkSeries) -> Option<Vec<MailedReply>> {
    let cover = series
        .cover
        .iter()
        .map(|(_, id)| (id.clone(), ReplyTarget::Cover));
    let patches = series
        .patches
        .iter()
        .enumerate()
        .map(|(at, patch)| (patch.message_id.clone(), ReplyTarget::nth_patch(at)));
    let own: HashMap<MessageId, ReplyTarget> = cover.chain(patches).collect();
    let mut here: HashMap<MessageId, ThreadNode> = HashMap::new();
    for (at, mail) in thread.iter().enumerate() {
        let Some(id) = mail.message_id() else {
            continue;
        };
        here.entry(id).or_insert_with(|| ThreadNode {
            at,
            above: mail.references(),
            is_sent: is_sent(mail),
        });
    }
    if !own.keys().all(|id| here.contains_key(id)) {
        return None;
    }
    let mut answered: Vec<(usize, ReplyTarget)> = Vec::new();
    for (id, node) in here
        .iter()
        .filter(|(id, node)| !own.contains_key(*id) && !node.is_sent)
    {
        answered.extend(about(id, &here, &own).map(|to| (node.at, to)));
    }
    answered.sort_by_key(|(at, _)| *at);
    let mut mails: Vec<Option<Message>> = thread.into_iter().map(Some).collect();
    let answer = |(at, to): (usize, ReplyTarget)| {
        Some(MailedReply {
            message: mails.get_mut(at)?.take()?,
            to,
        })
    };
    Some(answered.into_iter().filter_map(answer).collect())
}

/// A mail of a thread.
struct ThreadNode {
    at: usize,
    above: Vec<MessageId>,
    is_sent: bool,
}

/// Whether a mail is a patch or a cover letter, not a reply.
fn is_sent(mail: &Message) -> bool {
    let subject = mail.subject();
    !subject.is_reply && subject.is_patch && (subject.is_cover() || mail.has_diff())
}

/// The nearest mail of the series above a reply.
fn about(
    id: &MessageId,
    here: &HashMap<MessageId, ThreadNode>,
    own: &HashMap<MessageId, ReplyTarget>,
) -> Option<ReplyTarget> {
    let mut at = id;
    for _ in 0..MAX_REPLY_DEPTH {
        let mut next = None;
        for above in &here.get(at)?.above {
            if let Some(to) = own.get(above) {
                return Some(*to);
            }
            if let Some((known, node)) = here.get_key_value(above) {
                // The reply is to a mail of another version.
                if node.is_sent {
                    return None;
                }
                next = Some(known);
                break;
            }
        }
        at = next?;
    }
    None
}

/// Stores in the series how many replies each of its mails has.
fn count(followed: &mut FollowedSeries) {
    let answers = &followed.answers;
    let of =
        |to: ReplyTarget| u32::try_from(answers.iter().filter(|one| one.to == to).count()).ok();
    followed.series.cover_comments = followed
        .series
        .cover
        .as_ref()
        .and_then(|_| of(ReplyTarget::Cover));
    for (at, patch) in followed.series.patches.iter_mut().enumerate() {
        patch.comments = of(ReplyTarget::nth_patch(at));
    }
}

impl FollowedSeries {
    /// Its version according to Patchwork.
    pub fn version(&self) -> Option<VersionNumber> {
        VersionNumber::new(self.series.version)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use crate::source::patchwork::PatchworkPatch;

    fn mail(id: &str, subject: &str, above: &str, rest: &str) -> Message {
        let raw = format!(
            "From: A <a@x>\nSubject: {subject}\nMessage-ID: <{id}>\nReferences: {above}\n\n{rest}\n"
        );
        Message::new(raw.into_bytes(), String::new())
    }

    const DIFF: &str = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

    fn series() -> PatchworkSeries {
        let patch = |id: u64, mail: &str| PatchworkPatch {
            id,
            message_id: MessageId::new(mail).unwrap(),
            name: String::new(),
            state: None,
            comments: None,
        };
        PatchworkSeries {
            id: 1,
            url: String::new(),
            upstream: None,
            version: 1,
            cover: Some((9, MessageId::new("c@x").unwrap())),
            name: None,
            cover_comments: None,
            patches: vec![patch(10, "p1@x"), patch(11, "p2@x")],
        }
    }

    fn thread() -> Vec<Message> {
        vec![
            mail("c@x", "[PATCH 0/2] t", "", ""),
            mail("p1@x", "[PATCH 1/2] one", "<c@x>", DIFF),
            mail("p2@x", "[PATCH 2/2] two", "<c@x>", DIFF),
        ]
    }

    fn read(mails: Vec<Message>) -> Vec<(String, ReplyTarget)> {
        let found = answers_in(mails, &series()).unwrap();
        found
            .iter()
            .map(|one| (one.message.message_id().unwrap().to_string(), one.to))
            .collect()
    }

    #[test]
    fn answers_belong_to_the_nearest_mail_above_them() {
        let mut mails = thread();
        mails.push(mail("a@x", "Re: [PATCH 1/2] one", "<c@x> <p1@x>", "x"));
        mails.push(mail("b@x", "Re: [PATCH 1/2] one", "<a@x>", "x"));
        mails.push(mail("d@x", "Re: [PATCH 0/2] t", "<c@x>", "x"));
        mails.push(mail("e@x", "Re: [PATCH 0/2] t", "<lost@x> <c@x>", "x"));
        let wanted = [
            ("a@x", ReplyTarget::Patch(1)),
            ("b@x", ReplyTarget::Patch(1)),
            ("d@x", ReplyTarget::Cover),
            ("e@x", ReplyTarget::Cover),
        ];
        assert_eq!(read(mails), wanted.map(|(id, to)| (id.to_owned(), to)));
    }

    #[test]
    fn another_version_in_the_thread_and_its_answers_do_not_belong_to_the_series() {
        let mut mails = thread();
        mails.push(mail("v2c@x", "[PATCH v2 0/1] t", "<c@x>", ""));
        mails.push(mail("v2p@x", "[PATCH v2 1/1] one", "<c@x> <v2c@x>", DIFF));
        mails.push(mail(
            "f@x",
            "Re: [PATCH v2 1/1] one",
            "<c@x> <v2c@x> <v2p@x>",
            "x",
        ));
        mails.push(mail("loop1@x", "Re: x", "<loop2@x>", "x"));
        mails.push(mail("loop2@x", "Re: x", "<loop1@x>", "x"));
        assert_eq!(read(mails), []);
    }

    #[test]
    fn a_thread_that_lacks_a_mail_of_the_series_is_not_taken() {
        let mut mails = thread();
        mails.pop();
        assert!(answers_in(mails, &series()).is_none());
    }
}
