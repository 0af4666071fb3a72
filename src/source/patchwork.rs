// SPDX-License-Identifier: GPL-2.0-or-later
//! Series on a Patchwork.

use crate::mail::MessageId;

/// A series as a Patchwork has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its number there, which patman calls the link.
    pub id: u64,
    /// The upstream whose Patchwork it is on.
    pub upstream: Option<String>,
    /// The version that the Patchwork takes it for.
    pub version: u32,
    /// The number and Message-ID of the cover letter.
    pub cover: Option<(u64, MessageId)>,
    /// Its patches, in order.
    pub patches: Vec<Patch>,
}

/// A patch as a Patchwork has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Its number there.
    pub id: u64,
    /// Its mail.
    pub message_id: MessageId,
    /// Its state, a word such as `under-review`.
    pub state: Option<String>,
}
