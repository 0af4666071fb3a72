// SPDX-License-Identifier: GPL-2.0-or-later
//! Fetches the mails of a series, from the archive that its Patchwork knows or from the Patchwork itself.

use super::answer::{self, Submission, message_id};
use super::api::Api;
use super::describe::described;
use super::rebuild::{MailParts, is_torn};
use super::{
    MAX_REPLY_REQUESTS, PatchworkQuery, PatchworkSeries, PatchworkSource, PatchworkTarget,
    comments, find, summary,
};
use crate::error::{Error, Result};
use crate::mail::mailinfo::{MailinfoOptions, mailinfo};
use crate::mail::{self, Message, MessageId};
use crate::source::Fetched;
use crate::source::http::Accept;
use crate::source::percent::encode_component;
use crate::text::escape_controls;
use std::collections::{HashMap, HashSet};

/// Maximum number of earlier versions searched for the rest of a version.
const MAX_EARLIER_VERSIONS: usize = 3;

/// Fetches the requested series.
pub(super) fn gather(source: &PatchworkSource<'_>) -> Result<Fetched> {
    let api = Api::new(source.client, &source.server.url);
    let found = find::find(source, &api)?;
    if found.patches.iter().flatten().next().is_none() {
        return Err(Error::new(format!(
            "no patch of series {} has reached {} yet",
            found.id,
            api.server()
        )));
    }
    let mut work = GatherWork {
        source,
        api: &api,
        gathered: Fetched::default(),
    };
    work.collect(&found)?;
    if !found.is_complete() {
        work.add_earlier(&found)?;
    }
    work.gathered.notes = source.notes.take();
    Ok(work.gathered)
}

struct GatherWork<'a> {
    source: &'a PatchworkSource<'a>,
    api: &'a Api<'a>,
    gathered: Fetched,
}

impl GatherWork<'_> {
    /// Adds the mails of one series, and Patchwork's data about it.
    fn collect(&mut self, found: &answer::SeriesAnswer) -> Result<()> {
        let mut series = described(found, self.api.server(), self.source.upstream.clone())?;
        let mut messages = std::mem::take(&mut self.gathered.messages);
        let mut is_of_archive = has_all(&messages, &series);
        if !is_of_archive && let Some(thread) = self.thread(found, &series)? {
            messages.extend(thread);
            is_of_archive = true;
        }
        if is_of_archive && self.source.is_whole {
            self.note_states(&mut series);
        }
        self.complete(&mut messages, &mut series, found)?;
        // Each mail took one request, and its replies would take another.
        let found_by = 1 + usize::from(!matches!(
            self.source.ask,
            PatchworkQuery::Target(PatchworkTarget::Series(_))
        ));
        let requests = 2 * (series.patches.len() + usize::from(series.cover.is_some())) + found_by;
        if self.source.is_whole && !is_of_archive && requests <= MAX_REPLY_REQUESTS {
            messages.extend(comments(
                self.source.client,
                &self.source.server,
                &mut series,
            )?);
        }
        self.gathered.messages = messages;
        self.gathered.patchwork.push(series);
        Ok(())
    }

    /// The thread of the series from the archive; `None` if there is no archive, or if it does not have the series.
    fn thread(
        &self,
        found: &answer::SeriesAnswer,
        series: &PatchworkSeries,
    ) -> Result<Option<Vec<Message>>> {
        let Some(archive) = self.archive(found) else {
            return Ok(None);
        };
        let Some(first) = series
            .cover
            .as_ref()
            .map(|(_, id)| id)
            .or(series.patches.first().map(|one| &one.message_id))
        else {
            return Ok(None);
        };
        let address = format!(
            "{archive}/{}/t.mbox.gz",
            encode_component(&first.to_string())
        );
        let answer = match self.source.client.get(&address, Accept::Mbox) {
            Ok(answer) if answer.status == 200 => answer,
            Ok(_) => return Ok(None),
            Err(error) => {
                self.source.note(format!(
                    "the archive does not respond, so Patchwork is used: {error}"
                ));
                return Ok(None);
            }
        };
        let Ok(all) = mail::read_bytes(answer.body, &format!("the thread of <{first}>")) else {
            return Ok(None);
        };
        let is_whole = found.is_complete();
        Ok(Some(if is_whole {
            of_series(all, series)
        } else {
            all
        }))
    }

    /// The URL of the archive, without a trailing slash.
    fn archive(&self, found: &answer::SeriesAnswer) -> Option<String> {
        let is_url = |text: &&str| text.starts_with("http://") || text.starts_with("https://");
        if let Some(archive) = self.source.archive.as_deref().filter(is_url) {
            return Some(archive.trim_end_matches('/').to_owned());
        }
        let mails = found
            .cover_letter
            .iter()
            .chain(found.patches.iter().flatten());
        let linked = mails.filter_map(|mail| {
            let link = mail
                .list_archive_url
                .as_deref()
                .filter(is_url)?
                .trim_end_matches('/');
            if !self.source.client.may_follow(self.api.server(), link) {
                return None;
            }
            let id = message_id(mail.msgid.as_deref())?.to_string();
            // The link contains the id without escapes.
            link.strip_suffix(&id)?.strip_suffix('/').map(str::to_owned)
        });
        linked.take(1).next()
    }

    /// Adds the states of the patches; it is not an error if the server cannot send them.
    fn note_states(&self, series: &mut PatchworkSeries) {
        let Ok(states) = summary::states(self.api, series.id) else {
            return;
        };
        for patch in &mut series.patches {
            patch.state = states
                .iter()
                .find(|one| one.id == patch.id)
                .and_then(|one| one.state.clone());
        }
    }

    /// Fetches from Patchwork the mails that the archive lacks, and those that are more useful from there.
    fn complete(
        &self,
        messages: &mut Vec<Message>,
        series: &mut PatchworkSeries,
        found: &answer::SeriesAnswer,
    ) -> Result<()> {
        // In reverse, so that the first of several mails with the same id counts.
        let ids = messages
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(at, one)| Some((one.message_id()?, at)));
        let mut here: HashMap<MessageId, usize> = ids.collect();
        let mut wanted: Vec<(String, u64)> = Vec::new();
        if let Some((id, mail)) = &series.cover
            && !here.contains_key(mail)
        {
            wanted.push((format!("covers/{id}/"), *id));
        }
        for patch in &series.patches {
            match here.get(&patch.message_id) {
                Some(&at) if messages[at].has_diff() && !has_crlf(&messages[at]) => {}
                _ => wanted.push((format!("patches/{}/", patch.id), patch.id)),
            }
        }
        let paths: Vec<String> = wanted.iter().map(|(path, _)| path.clone()).collect();
        for ((path, id), answer) in wanted.iter().zip(self.api.all::<Submission>(&paths)) {
            let one = answer?.filter(|one| one.id == *id).ok_or_else(|| {
                Error::new(format!(
                    "series {} on {} names '{path}', which does not exist",
                    found.id,
                    self.api.server()
                ))
            })?;
            if let Some(pull) = one
                .pull_url
                .as_deref()
                .filter(|_| one.diff.is_none() && series.patches.len() == 1)
            {
                return Err(pull_request(found.id, pull, self.api.server()));
            }
            let mail = message_id(one.msgid.as_deref());
            let there = mail.as_ref().and_then(|mail| here.get(mail).copied());
            let is_patch = path.starts_with("patches/");
            if is_patch
                && is_torn(
                    one.content.as_deref().unwrap_or_default(),
                    one.diff.as_deref().unwrap_or_default(),
                )
            {
                if there.is_some() {
                    continue;
                }
                return Err(torn(&one, self.api.server()));
            }
            if let Some(patch) = series
                .patches
                .iter_mut()
                .find(|patch| Some(&patch.message_id) == mail.as_ref())
            {
                patch.state = one.state.clone().or(patch.state.take());
            }
            let built = Message::new(
                MailParts::of(&one).mail(),
                format!("{path} on {}", self.api.server()),
            );
            match there {
                Some(at) => messages[at] = built,
                None => {
                    here.extend(mail.map(|mail| (mail, messages.len())));
                    messages.push(built);
                }
            }
        }
        Ok(())
    }

    /// Adds the previous version if this version replaces only some of its patches, each as a reply to that version.
    fn add_earlier(&mut self, found: &answer::SeriesAnswer) -> Result<()> {
        let (mut version, total) = (found.version.unwrap_or(1), found.total);
        for _ in 0..MAX_EARLIER_VERSIONS {
            let Some(parent) = self.answered().filter(|_| version > 1) else {
                break;
            };
            let Some(mail) =
                find::by_message_id(self.api, &self.source.server, "patches", &parent)?
            else {
                break;
            };
            let Some(id) = mail.series.iter().flatten().map(|one| one.id).max() else {
                break;
            };
            let earlier = find::series(self.api, id)?;
            let earlier_version = earlier.version.unwrap_or(1);
            if earlier_version >= version || earlier.total != total {
                break;
            }
            self.collect(&earlier)?;
            if earlier.is_complete() {
                break;
            }
            version = earlier_version;
        }
        Ok(())
    }

    /// A mail that the series replies to, and that belongs to no fetched series.
    fn answered(&self) -> Option<MessageId> {
        let own: HashSet<&MessageId> = self.gathered.patchwork.iter().flat_map(own_ids).collect();
        let is_own = |one: &&Message| one.message_id().is_some_and(|id| own.contains(&id));
        let mails = self.gathered.messages.iter().filter(is_own);
        mails
            .filter_map(|one| one.references().into_iter().next())
            .find(|id| !own.contains(id))
    }
}

/// Whether all mails of a series are present.
fn has_all(messages: &[Message], series: &PatchworkSeries) -> bool {
    let here: HashSet<MessageId> = messages.iter().filter_map(Message::message_id).collect();
    own_ids(series).all(|id| here.contains(id))
}

fn own_ids(series: &PatchworkSeries) -> impl Iterator<Item = &MessageId> {
    series
        .cover
        .iter()
        .map(|(_, id)| id)
        .chain(series.patches.iter().map(|patch| &patch.message_id))
}

/// The mails of a thread that belong to this series: its own, and replies, but not another version in
/// the same thread.
fn of_series(all: Vec<Message>, series: &PatchworkSeries) -> Vec<Message> {
    let own: HashSet<&MessageId> = own_ids(series).collect();
    let belongs = |one: &Message| {
        if one.message_id().is_some_and(|id| own.contains(&id)) {
            return true;
        }
        let subject = one.subject();
        (subject.is_reply || !subject.is_patch)
            && one.references().iter().any(|id| own.contains(id))
    };
    all.into_iter().filter(belongs).collect()
}

/// Whether the patch in a mail has the CRLF line ends of mail, as it can in base64, so that git cannot apply it.
///
/// Patchwork has the line ends of a patch.
fn has_crlf(message: &Message) -> bool {
    let info = mailinfo(message.raw(), &MailinfoOptions::default());
    info.is_ok_and(|info| {
        let mut lines = info
            .diff
            .split(|&b| b == b'\n')
            .filter(|line| line.starts_with(b"diff --git ") || line.starts_with(b"@@ "));
        lines.next().is_some_and(|line| line.ends_with(b"\r"))
    })
}

fn pull_request(id: u64, pull: &str, server: &str) -> Error {
    Error::new(format!(
        "series {id} on {server} is a pull request, not a patch series"
    ))
    .with_cause(format!("it asks to pull '{}'", escape_controls(pull)))
}

fn torn(one: &Submission, server: &str) -> Error {
    let name = one.name.clone().unwrap_or_default();
    Error::new(format!("{server} has corrupted patch {} '{name}'", one.id))
        .with_cause("it has binary changes, which Patchwork reorders")
        .with_hint(
            "use the original mails, from an archive of the list or a file: git patman review start <file>",
        )
}
