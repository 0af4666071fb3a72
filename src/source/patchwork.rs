// SPDX-License-Identifier: GPL-2.0-or-later
//! Series on a Patchwork.
//!
//! Few requests are made:
//!
//! - for the series: one request, which returns its cover letter and its patches
//! - with an archive (the upstream's, or the archive that Patchwork links to): one request for the
//!   whole thread, and another for the states of all patches. The mails of an archive are as they were
//!   sent.
//! - without an archive: one request for each patch and the cover letter, four at a time. The response
//!   for a patch contains headers, text, diff and state, and the mail is rebuilt from them
//!   (`rebuild.rs`). Replies are fetched if the total stays within [`MAX_REPLY_REQUESTS`].
//!
//! The mboxes that Patchwork offers are not used: that of a series lacks the cover letter and silently
//! skips missing patches, and both write the trailers of replies into the patches, with folded trailers
//! cut off at the fold.
//!
//! Servers ignore filters and orders that they do not know, so every list is checked against the query.

mod answer;
mod api;
mod comments;
mod describe;
mod find;
mod follow;
mod gather;
pub mod project;
mod rebuild;
mod summary;
pub mod url;

use super::http::Client;
use super::server::{self, Servers};
use super::{Fetched, Source, SourceContext};
use crate::error::{Error, Result};
use crate::mail::MessageId;
use crate::series::VersionNumber;
use crate::series::state::Standing;
use std::cell::RefCell;

pub use comments::comments;
pub use describe::describe;
pub use follow::{FollowedSeries, follow, patch_ids};
pub use summary::{PatchState, PatchworkSummary, recent, recent_states, search, state};
pub use url::PatchworkTarget;

/// Maximum number of requests made at the start of a review in order to fetch replies.
pub const MAX_REPLY_REQUESTS: usize = 12;

/// Whether a patch in this state is waiting for review.
pub fn is_active(state: &str) -> bool {
    Standing::of(Some(state)).is_open()
}

/// A series on a Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkSeries {
    /// Its number there, which patman calls the link.
    pub id: u64,
    /// The URL of its page, which also names the series to a later command.
    pub url: String,
    /// The upstream whose Patchwork it is on.
    pub upstream: Option<String>,
    /// Its version according to Patchwork.
    pub version: u32,
    /// The number and Message-ID of the cover letter.
    pub cover: Option<(u64, MessageId)>,
    /// The subject of the cover letter as Patchwork writes it: `[v2,0/2] title`.
    pub name: Option<String>,
    /// The number of replies to the cover letter, if they were fetched.
    pub cover_comments: Option<u32>,
    /// Its patches, in order.
    pub patches: Vec<PatchworkPatch>,
}

/// A patch on a Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkPatch {
    /// Its number there.
    pub id: u64,
    /// Its message id.
    pub message_id: MessageId,
    /// Its subject as Patchwork writes it: `[v2,1/2] title`.
    pub name: String,
    /// Its state, a word such as `under-review`.
    pub state: Option<String>,
    /// The number of replies, if they were fetched.
    pub comments: Option<u32>,
}

impl PatchworkSeries {
    /// The states of the patches, if none of them is waiting for review any more.
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

/// The mail rebuilt from the response for one patch or cover letter; for the fuzzers.
#[doc(hidden)]
pub fn rebuilt(answer: &[u8]) -> Option<Vec<u8>> {
    let one: answer::Submission = serde_json::from_slice(answer).ok()?;
    rebuild::is_torn(
        one.content.as_deref().unwrap_or_default(),
        one.diff.as_deref().unwrap_or_default(),
    );
    Some(rebuild::MailParts::of(&one).mail())
}

/// A query to a Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchworkQuery {
    /// The target of a number or a URL.
    Target(PatchworkTarget),
    /// The series that contains a mail.
    Mail(MessageId),
    /// The series with these words in its title, in its newest version or the given one.
    Title(String, Option<VersionNumber>),
}

/// A series on a Patchwork, as a source of mail.
#[derive(Debug)]
pub struct PatchworkSource<'a> {
    client: &'a Client,
    server: server::PatchworkServer,
    upstream: Option<String>,
    archive: Option<String>,
    ask: PatchworkQuery,
    /// Whether to fetch states and replies in addition to the series itself.
    is_whole: bool,
    notes: RefCell<Vec<String>>,
}

impl<'a> PatchworkSource<'a> {
    /// Creates a query to the Patchwork of the chosen upstream.
    pub fn chosen(ask: PatchworkQuery, sources: &SourceContext<'a>) -> Result<PatchworkSource<'a>> {
        let Servers {
            upstream,
            patchwork,
            archive,
        } = sources.servers.clone();
        let server = patchwork.ok_or_else(|| {
            let error = match &upstream {
                Some(name) => Error::new(format!(
                    "no Patchwork server is configured for upstream '{name}'"
                )),
                None => Error::new("no Patchwork server is configured"),
            };
            error.with_hint(
                "to set it: git config patman.patchworkUrl https://patchwork.example.com",
            )
        })?;
        Ok(PatchworkSource {
            client: sources.client,
            server,
            upstream,
            archive,
            ask,
            is_whole: true,
            notes: RefCell::default(),
        })
    }

    /// Fetches only the mails of the series, without states and replies, which takes fewer requests.
    pub fn mails_alone(self) -> Self {
        PatchworkSource {
            is_whole: false,
            ..self
        }
    }

    /// Creates a query for the target of a URL; on the Patchwork of the chosen upstream, it also uses
    /// the upstream's archive.
    pub fn at(
        url: &str,
        target: PatchworkTarget,
        sources: &SourceContext<'a>,
    ) -> PatchworkSource<'a> {
        let of_upstream = sources
            .servers
            .patchwork
            .as_ref()
            .filter(|server| url::is_same(&server.url, url));
        let (upstream, archive) = match of_upstream {
            Some(_) => (
                sources.servers.upstream.clone(),
                sources.servers.archive.clone(),
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
            client: sources.client,
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
    /// Adds a note for the user, shown after the fetch.
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

    fn fetch(&self) -> Result<Fetched> {
        gather::gather(self)
    }
}
