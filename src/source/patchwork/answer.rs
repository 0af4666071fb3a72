// SPDX-License-Identifier: GPL-2.0-or-later
//! The responses of a Patchwork, with the fields that are used. Later versions of the API add fields,
//! and earlier versions lack some, so only the numbers are required.

use crate::mail::MessageId;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A series.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SeriesAnswer {
    pub id: u64,
    pub name: Option<String>,
    pub date: Option<String>,
    pub submitter: Option<PersonAnswer>,
    pub version: Option<u32>,
    pub total: Option<u32>,
    pub received_total: Option<u32>,
    pub received_all: Option<bool>,
    pub project: Option<ProjectAnswer>,
    pub cover_letter: Option<MailAnswer>,
    pub patches: Option<Vec<MailAnswer>>,
}

/// A cover letter or patch, as named in another response.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MailAnswer {
    pub id: u64,
    pub msgid: Option<String>,
    pub name: Option<String>,
    pub list_archive_url: Option<String>,
}

/// A patch or cover letter; the parts of the mail are only in the response for a single object, not in a list.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Submission {
    pub id: u64,
    pub msgid: Option<String>,
    pub name: Option<String>,
    pub date: Option<String>,
    pub state: Option<String>,
    pub archived: Option<bool>,
    pub submitter: Option<PersonAnswer>,
    pub project: Option<ProjectAnswer>,
    pub series: Option<Vec<Short>>,
    pub headers: Option<Map<String, Value>>,
    pub content: Option<String>,
    pub diff: Option<String>,
    pub pull_url: Option<String>,
}

/// A reply to a mail.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CommentAnswer {
    pub msgid: Option<String>,
    pub date: Option<String>,
    pub submitter: Option<PersonAnswer>,
    pub headers: Option<Map<String, Value>>,
    pub content: Option<String>,
}

/// A series, as named in the response for a patch.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Short {
    pub id: u64,
}

/// A person.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct PersonAnswer {
    pub name: Option<String>,
    pub email: Option<String>,
}

/// A project.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ProjectAnswer {
    pub id: Option<i64>,
    pub link_name: Option<String>,
    pub list_email: Option<String>,
}

/// The message id in the `msgid` of a response.
pub(super) fn message_id(msgid: Option<&str>) -> Option<MessageId> {
    msgid.and_then(|text| MessageId::new(text).ok())
}

impl SeriesAnswer {
    /// Whether all patches have been received; the cover letter does not count, as in Patchwork.
    pub fn is_complete(&self) -> bool {
        self.received_all
            .unwrap_or_else(|| self.received_total >= self.total)
    }
}

impl PersonAnswer {
    /// Converts the person to this crate's type.
    pub fn person(&self) -> crate::series::Person {
        let email = self.email.clone().unwrap_or_default();
        crate::series::Person {
            name: self.name.clone().unwrap_or_else(|| email.clone()),
            email,
        }
    }
}
