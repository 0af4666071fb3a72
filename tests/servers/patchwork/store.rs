// SPDX-License-Identifier: GPL-2.0-or-later
//! The rows of a Patchwork, made of mails as they come.

use super::submission::{cut, headers, name};
use git_patman::mail::{Message, MessageId};
use git_patman::series::Person;
use serde_json::{Map, Value};

/// A project.
pub struct Project {
    pub id: i64,
    pub link_name: &'static str,
}

/// A series.
pub struct Series {
    pub id: u64,
    pub project: usize,
    pub name: Option<String>,
    pub version: u32,
    pub total: u32,
    pub submitter: Person,
    pub date: i64,
    /// Places in `mails`.
    pub cover: Option<usize>,
    pub patches: Vec<usize>,
}

/// What a mail is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cover,
    Patch,
    /// An answer to the mail at that place.
    Comment(usize),
}

/// A mail.
pub struct Mail {
    pub id: u64,
    pub kind: Kind,
    pub project: usize,
    pub series: Option<usize>,
    pub msgid: MessageId,
    pub name: String,
    pub number: u32,
    pub state: String,
    pub submitter: Person,
    pub date: i64,
    pub headers: Map<String, Value>,
    pub content: String,
    pub diff: String,
    pub raw: Vec<u8>,
    references: Vec<MessageId>,
}

/// All rows.
pub struct Store {
    pub projects: Vec<Project>,
    pub series: Vec<Series>,
    pub mails: Vec<Mail>,
}

impl Store {
    pub fn new() -> Self {
        let projects = vec![
            Project {
                id: 18,
                link_name: "uboot",
            },
            Project {
                id: 19,
                link_name: "other",
            },
        ];
        Store {
            projects,
            series: Vec::new(),
            mails: Vec::new(),
        }
    }

    /// Takes in a mail, or drops it as Patchwork does: an answer that comes before what it answers, a hint to ignore.
    pub fn receive(&mut self, project: &str, mail: &Message) {
        let project = self
            .projects
            .iter()
            .position(|one| one.link_name == project)
            .unwrap();
        let Some(msgid) = mail.message_id() else {
            return;
        };
        let is_known = self
            .mails
            .iter()
            .any(|one| one.msgid == msgid && one.project == project);
        if is_known
            || mail
                .header("X-Patchwork-Hint")
                .is_some_and(|hint| hint == "ignore")
        {
            return;
        }
        let subject = mail.subject();
        let references = mail.references();
        let answered = references.iter().find_map(|id| self.find(project, id));
        let kind = if subject.is_cover() && !mail.has_diff() {
            Kind::Cover
        } else if (mail.has_diff() || pull_url(&mail.text()).is_some()) && !subject.is_reply {
            Kind::Patch
        } else {
            let Some(at) = answered else { return };
            Kind::Comment(if let Kind::Comment(root) = self.mails[at].kind {
                root
            } else {
                at
            })
        };
        let date = mail.date().map_or(0, |date| date.seconds);
        let series = match kind {
            Kind::Comment(_) => None,
            _ => Some(self.series_of(project, mail, date)),
        };
        let (content, diff) = match kind {
            Kind::Patch => cut(&mail.text()),
            _ => (
                mail.text().replace("\r\n", "\n").trim().to_owned(),
                String::new(),
            ),
        };
        let at = self.mails.len();
        self.mails.push(Mail {
            id: 1000 + u64::try_from(at).unwrap(),
            kind,
            project,
            series,
            msgid,
            name: name(mail),
            number: subject.number.unwrap_or(1),
            state: "new".to_owned(),
            submitter: mail.from(),
            date,
            headers: headers(mail),
            content,
            diff,
            raw: mail.raw().to_vec(),
            references,
        });
        if let Some(series) = series {
            self.join(series, at, &subject.title);
        }
    }

    fn join(&mut self, series: usize, at: usize, title: &str) {
        let mail = &self.mails[at];
        let row = &mut self.series[series];
        if mail.kind == Kind::Cover {
            (row.cover, row.name) = (Some(at), Some(title.to_owned()));
            return;
        }
        if mail.number == 1 && row.name.is_none() {
            row.name = Some(mail.name.clone());
        }
        row.patches.push(at);
        let mails = &self.mails;
        row.patches.sort_by_key(|&at| mails[at].number);
    }

    /// The series that a mail belongs to: of the same version and length in its thread, else a new one.
    fn series_of(&mut self, project: usize, mail: &Message, date: i64) -> usize {
        let subject = mail.subject();
        let (version, total) = (subject.version_or_first().get(), subject.total.unwrap_or(1));
        // Mails that answer the same one hang together, also where that one has not come.
        let above = mail.references();
        let is_linked = |one: &&Mail| {
            one.project == project
                && (above.contains(&one.msgid)
                    || one.references.iter().any(|id| above.contains(id)))
        };
        let linked: Vec<usize> = self
            .mails
            .iter()
            .filter(is_linked)
            .filter_map(|one| one.series)
            .collect();
        let fits =
            |at: &usize| self.series[*at].version == version && self.series[*at].total == total;
        if let Some(found) = linked.into_iter().find(fits) {
            return found;
        }
        let id = 100 + u64::try_from(self.series.len()).unwrap();
        let submitter = mail.from();
        let (cover, patches) = (None, Vec::new());
        self.series.push(Series {
            id,
            project,
            name: None,
            version,
            total,
            submitter,
            date,
            cover,
            patches,
        });
        self.series.len() - 1
    }

    fn find(&self, project: usize, id: &MessageId) -> Option<usize> {
        self.mails
            .iter()
            .position(|one| one.msgid == *id && one.project == project)
    }

    pub fn set_state(&mut self, series: u64, state: &str) {
        let row = self.series.iter().find(|one| one.id == series).unwrap();
        row.patches
            .iter()
            .for_each(|&at| self.mails[at].state = state.to_owned());
    }

    pub fn set_state_of(&mut self, patch: u64, state: &str) {
        self.mails
            .iter_mut()
            .filter(|one| one.id == patch)
            .for_each(|one| one.state = state.to_owned());
    }

    /// All mails that hang together with one.
    pub fn thread(&self, id: &str) -> Vec<&[u8]> {
        let mut known: Vec<&MessageId> = self
            .mails
            .iter()
            .map(|one| &one.msgid)
            .filter(|one| one.to_string() == id)
            .collect();
        loop {
            let before = known.len();
            for mail in &self.mails {
                let is_linked = known.contains(&&mail.msgid)
                    || mail.references.iter().any(|id| known.contains(&id));
                if is_linked {
                    known.extend(std::iter::once(&mail.msgid).chain(&mail.references));
                }
            }
            known.sort();
            known.dedup();
            if known.len() == before {
                break;
            }
        }
        self.mails
            .iter()
            .filter(|one| known.contains(&&one.msgid))
            .map(|one| one.raw.as_slice())
            .collect()
    }
}

/// Where a request to pull says that there is something to pull.
pub fn pull_url(text: &str) -> Option<String> {
    let mut behind = text
        .lines()
        .skip_while(|line| !line.starts_with("are available in the Git repository at:"));
    behind.find_map(|line| {
        line.trim()
            .starts_with("git://")
            .then(|| line.trim().to_owned())
    })
}
