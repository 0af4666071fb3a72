// SPDX-License-Identifier: GPL-2.0-or-later
//! Series on a Patchwork.
//!
//! What is asked, so that a server is asked little:
//!
//! - the series: one request, which names its cover letter and its patches
//! - with an archive (the upstream's, else the one that Patchwork's answer links to): the whole thread with one request,
//!   and the states of all patches with another. The mails of an archive are as they were sent.
//! - with none: each patch and the cover letter with one request each, four at a time. A patch's answer holds headers,
//!   text, diff and state, of which the mail is built again (`rebuild.rs`). Replies are asked for while all of it stays
//!   within [`MOST_REQUESTS`].
//!
//! The mboxes that Patchwork offers are not used: that of a series lacks the cover letter and goes on in silence where
//! a patch is missing, and both write the trailers of replies into the patches, folded ones cut off at the fold.
//!
//! Filters and orders that a server does not know are ignored by it, so every list is held against what was asked.

mod answer;
mod api;
mod comments;
mod find;
mod follow;
mod gather;
mod rebuild;
mod summary;
pub mod url;

use super::http::Client;
use super::server::{self, Servers};
use super::{Fetched, Source, SourceContext};
use crate::error::{Error, Result};
use crate::mail::MessageId;
use crate::series::VersionNumber;
use std::cell::RefCell;

pub use comments::comments;
pub use follow::{FollowedSeries, PatchworkReply, To, follow, patch_ids};
pub use gather::describe;
pub use summary::{PatchState, PatchworkSummary, recent, recent_states, search, state};
pub use url::PatchworkTarget;

/// Most requests that the start of a review makes for the sake of replies.
pub const MOST_REQUESTS: usize = 12;

/// Whether a patch of this state waits for a review.
pub fn is_active(state: &str) -> bool {
    ACTIVE.contains(&state)
}

/// States in which a patch waits for a review.
const ACTIVE: [&str; 5] = [
    "new",
    "rfc",
    "under-review",
    "changes-requested",
    "needs-review-ack",
];

/// A series as a Patchwork has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkSeries {
    /// Its number there, which patman calls the link.
    pub id: u64,
    /// The page that shows it, which names the series to a later command too.
    pub url: String,
    /// The upstream whose Patchwork it is on.
    pub upstream: Option<String>,
    /// The version that the Patchwork takes it for.
    pub version: u32,
    /// The number and Message-ID of the cover letter.
    pub cover: Option<(u64, MessageId)>,
    /// The subject of the cover letter as Patchwork writes it: `[v2,0/2] title`.
    pub name: Option<String>,
    /// How many answers to the cover letter there are, where they were asked for.
    pub cover_comments: Option<u32>,
    /// Its patches, in order.
    pub patches: Vec<PatchworkPatch>,
}

/// A patch as a Patchwork has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkPatch {
    /// Its number there.
    pub id: u64,
    /// Its mail.
    pub message_id: MessageId,
    /// Its subject as Patchwork writes it: `[v2,1/2] title`.
    pub name: String,
    /// Its state, a word such as `under-review`.
    pub state: Option<String>,
    /// How many answers there are, where they were asked for.
    pub comments: Option<u32>,
}

impl PatchworkSeries {
    /// The state that all patches share, if none of them waits for a review any more.
    pub fn settled(&self) -> Option<String> {
        let states: Vec<&str> = self
            .patches
            .iter()
            .filter_map(|patch| patch.state.as_deref())
            .collect();
        let is_settled = !states.is_empty() && states.len() == self.patches.len();
        let mut words: Vec<&str> = states
            .iter()
            .copied()
            .filter(|state| !is_active(state))
            .collect();
        if !is_settled || words.len() < states.len() {
            return None;
        }
        words.sort_unstable();
        words.dedup();
        Some(words.join(", "))
    }

    /// The patch that was sent as this mail.
    pub fn patch(&self, id: &MessageId) -> Option<&PatchworkPatch> {
        self.patches.iter().find(|patch| patch.message_id == *id)
    }
}

/// The mail that is built of the answer for one patch or cover letter: for the fuzzers.
#[doc(hidden)]
pub fn rebuilt(answer: &[u8]) -> Option<Vec<u8>> {
    let one: answer::Submission = serde_json::from_slice(answer).ok()?;
    rebuild::is_torn(
        one.content.as_deref().unwrap_or_default(),
        one.diff.as_deref().unwrap_or_default(),
    );
    Some(rebuild::MailParts::of(&one).mail())
}

/// What is asked of a Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchworkQuery {
    /// What a number or an URL names.
    Target(PatchworkTarget),
    /// The series that a mail is in.
    Mail(MessageId),
    /// The series with these words in its title; its newest version, or the one given.
    Title(String, Option<VersionNumber>),
}

/// A series on a Patchwork.
#[derive(Debug)]
pub struct PatchworkSource<'a> {
    client: &'a Client,
    server: server::PatchworkServer,
    upstream: Option<String>,
    archive: Option<String>,
    ask: PatchworkQuery,
    /// Whether states and answers are wanted beside the series itself.
    is_whole: bool,
    notes: RefCell<Vec<String>>,
}

impl<'a> PatchworkSource<'a> {
    /// What is asked of the Patchwork of the chosen upstream.
    pub fn chosen(ask: PatchworkQuery, around: &SourceContext<'a>) -> Result<PatchworkSource<'a>> {
        let Servers {
            upstream,
            patchwork,
            archive,
        } = around.servers.clone();
        let server = patchwork.ok_or_else(|| {
            let error = match &upstream {
                Some(name) => Error::new(format!("no Patchwork is known of the upstream '{name}'")),
                None => Error::new("no Patchwork is known to ask"),
            };
            error
                .with_hint("name one: git config patman.patchworkUrl https://patchwork.example.com")
        })?;
        Ok(PatchworkSource {
            client: around.client,
            server,
            upstream,
            archive,
            ask,
            is_whole: true,
            notes: RefCell::default(),
        })
    }

    /// The mails of the series alone, which takes fewer requests: nothing of states and answers.
    pub fn mails_alone(self) -> Self {
        PatchworkSource {
            is_whole: false,
            ..self
        }
    }

    /// What a URL names; of the Patchwork of the chosen upstream, that is more.
    pub fn at(
        url: &str,
        target: PatchworkTarget,
        around: &SourceContext<'a>,
    ) -> PatchworkSource<'a> {
        let of_upstream = around
            .servers
            .patchwork
            .as_ref()
            .filter(|server| url::is_same(&server.url, url));
        let (upstream, archive) = match of_upstream {
            Some(_) => (
                around.servers.upstream.clone(),
                around.servers.archive.clone(),
            ),
            None => (None, None),
        };
        let server = of_upstream
            .cloned()
            .unwrap_or_else(|| server::PatchworkServer {
                url: url.to_owned(),
                project: None,
            });
        let ask = PatchworkQuery::Target(target);
        PatchworkSource {
            client: around.client,
            server,
            upstream,
            archive,
            ask,
            is_whole: true,
            notes: RefCell::default(),
        }
    }
}

impl PatchworkSource<'_> {
    /// Says something to the user, once all is gathered.
    fn note(&self, text: String) {
        self.notes.borrow_mut().push(text);
    }
}

impl Source for PatchworkSource<'_> {
    fn describe(&self) -> String {
        let what = match &self.ask {
            PatchworkQuery::Target(PatchworkTarget::Series(id)) => format!("series {id}"),
            PatchworkQuery::Target(PatchworkTarget::Patch(id)) => {
                format!("the series of patch {id}")
            }
            PatchworkQuery::Target(PatchworkTarget::Cover(id)) => {
                format!("the series of cover letter {id}")
            }
            PatchworkQuery::Target(
                PatchworkTarget::PatchMail { id, .. } | PatchworkTarget::CoverMail { id, .. },
            ) => {
                format!("the series of {id}")
            }
            PatchworkQuery::Mail(id) => format!("the series of <{id}>"),
            PatchworkQuery::Title(text, _) => format!("the series '{text}'"),
        };
        format!("{what} on {}", self.server.url)
    }

    fn gather(&self) -> Result<Fetched> {
        gather::gather(self)
    }
}
