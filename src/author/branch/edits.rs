// SPDX-License-Identifier: GPL-2.0-or-later
//! Changes the messages of a branch: its version, its link and its Change-Ids, in one rewrite.
//!
//! A tag stays in the commit that has it; a new tag goes to the last commit, as with patman. An added Change-Id is
//! the one patman would compute for the same commit, so that both programs create the same commits.

use super::branch_series::{BranchCommit, BranchSeries};
use crate::author::Author;
use crate::error::Result;
use crate::git::Oid;
use crate::git::rewrite::Reworded;
use crate::series::VersionNumber;
use crate::tags::change_id::{CommitterLine, change_id};
use crate::tags::edit::{self, MessageUpdate};
use crate::tags::{self, Tags};
use crate::text::count::commits;

/// How Change-Ids change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChangeIdEdit {
    /// Not at all.
    #[default]
    Keep,
    /// Commits without a Change-Id get one.
    Add,
    /// They are removed.
    Remove,
}

/// The changes to make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edits {
    /// The new number in Series-version.
    pub version: Option<VersionNumber>,
    /// The version, and its link in Series-links; an empty link removes it.
    pub link: Option<(VersionNumber, String)>,
    /// How Change-Ids change.
    pub marks: ChangeIdEdit,
}

impl Edits {
    /// The message at that index with the version and the link. A link without a version belongs to the version that the
    /// branch had so far.
    pub fn tagged(&self, tags: &Tags, at: usize, message: &[u8]) -> Vec<u8> {
        let mut new = message.to_vec();
        if let Some(version) = self.version.map(VersionNumber::get) {
            let of = tags.series.version.unwrap_or(version);
            let add_version = at == tags.place_of_version();
            let update = MessageUpdate {
                of,
                version: Some(version),
                link: None,
                add_version,
                add_link: false,
            };
            new = edit::update(&new, &update);
        }
        match &self.link {
            Some((version, link)) if link.is_empty() => edit::remove_link(&new, version.get()),
            Some((version, link)) => {
                let (of, add_link) = (version.get(), at == tags.place_of_links());
                let update = MessageUpdate {
                    of,
                    version: None,
                    link: Some(link),
                    add_version: false,
                    add_link,
                };
                edit::update(&new, &update)
            }
            None => new,
        }
    }
}

/// A rewritten branch, before the ref is moved.
#[derive(Debug)]
pub struct Rewritten {
    /// The new commits.
    pub reworded: Reworded,
    /// The version after the rewrite; its range is that of the branch before it.
    pub written: BranchSeries,
    /// What was done, for people.
    done: Vec<String>,
}

impl Rewritten {
    /// Shows what was done.
    pub fn tell(&self, author: &Author<'_>) {
        let has = author.says("now has", "would have");
        self.done.iter().for_each(|what| {
            author.events.notice(format!(
                "branch '{}' {has} {what}",
                self.written.range.branch
            ))
        });
    }
}

impl Author<'_> {
    /// Rewrites the commits of a branch with these changes; `None` if nothing would change.
    pub fn rewrite(&self, written: &BranchSeries, edits: &Edits) -> Result<Option<Rewritten>> {
        let range = &written.range;
        let texts = self.messages_of(range)?;
        let mut edited: Vec<Option<Vec<u8>>> = vec![None; texts.len()];
        let reworded = self.reword_branch(range, &mut |at, message| {
            let mut new = edits.tagged(&written.tags, at, message);
            match edits.marks {
                ChangeIdEdit::Add if edit::change_id(&new).is_none() => {
                    let id = self.new_change_id(range.commits[at], &new)?;
                    new = edit::add_change_id(&new, &id);
                }
                ChangeIdEdit::Remove => new = edit::remove_change_id(&new),
                ChangeIdEdit::Add | ChangeIdEdit::Keep => {}
            }
            edited[at] = Some(new.clone()).filter(|new| new != message);
            Ok(edited[at].clone())
        })?;
        if edited.iter().all(Option::is_none) {
            return Ok(None);
        }
        let messages: Vec<(String, String)> = (reworded.commits.iter().zip(edited).zip(texts))
            .map(|(((_, new), edited), (_, old))| {
                let text = edited.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                (new.to_string(), text.unwrap_or(old))
            })
            .collect();
        let tags = tags::read(&messages);
        let patches = (written
            .patches
            .iter()
            .zip(&reworded.commits)
            .zip(&tags.commits))
        .map(|((old, (_, id)), read)| {
            let mut new = BranchCommit {
                id: *id,
                ..old.clone()
            };
            new.facts.change_id = read.change_id.clone();
            new.facts.subject = read.subject.clone();
            new
        })
        .collect();
        let now = BranchSeries {
            range: range.clone(),
            tags,
            patches,
        };
        let done = told(edits, written, &now);
        Ok(Some(Rewritten {
            reworded,
            written: now,
            done,
        }))
    }

    /// The Change-Id that patman computes for a commit: a hash of the committer line, the tree and the message.
    fn new_change_id(&self, commit: Oid, message: &[u8]) -> Result<String> {
        let (who, tree) = self.repo.committed_as(commit)?;
        let (name, email) = (
            String::from_utf8_lossy(&who.name),
            String::from_utf8_lossy(&who.email),
        );
        let committer = CommitterLine {
            name: &name,
            email: &email,
            time: who.seconds,
            offset: who.offset_minutes,
        };
        Ok(change_id(committer, &tree.to_string(), message))
    }
}

/// What the edits have done.
fn told(edits: &Edits, before: &BranchSeries, now: &BranchSeries) -> Vec<String> {
    let mut done = Vec::new();
    if let Some(version) = edits
        .version
        .filter(|_| before.tags.series.version != now.tags.series.version)
    {
        done.push(format!("Series-version {}", version.get()));
    }
    if let Some((version, link)) = &edits.link {
        let number = version.get();
        match (before.link(*version), link.as_str()) {
            (Some(old), "") => done.push(format!("Series-links without {number}:{old}")),
            (old, link) if old != Some(link) && !link.is_empty() => {
                done.push(format!("Series-links {number}:{link}"))
            }
            _ => {}
        }
    }
    let (had, have) = (before.unmarked().len(), now.unmarked().len());
    match edits.marks {
        ChangeIdEdit::Add if have < had => {
            done.push(format!("a Change-Id for {}", commits(had - have)))
        }
        ChangeIdEdit::Remove if have > had => {
            done.push(format!("no Change-Id for {}", commits(have - had)))
        }
        _ => {}
    }
    if done.is_empty() {
        done.push("tags in another format".to_owned());
    }
    done
}
