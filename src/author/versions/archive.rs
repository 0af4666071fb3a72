// SPDX-License-Identifier: GPL-2.0-or-later
//! Archives a series: each branch becomes an annotated tag, named after the branch and the day and recorded in
//! its version.
//!
//! The tags are identical to patman's, byte for byte, so that each program can unarchive what the other
//! archived. All branches are archived or none is. patman creates the tags, then deletes the branches one by
//! one, then writes the rows; if it is interrupted, a branch may be gone while its tag exists: that tag is used
//! in place of the branch.

use super::{NumberedVersion, unchanged};
use crate::author::Author;
use crate::author::change::{BranchChange, HeadMove, Tracking};
use crate::author::target::{TargetChoice, own};
use crate::clock;
use crate::db::{Write, series, tracking, version};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::objects::Objects;
use crate::git::refs::RefChange;
use crate::text::shell_quote;

/// The result of archiving a series.
#[derive(Debug, Clone)]
pub struct ArchivedSeries {
    /// The series.
    pub name: String,
    /// Its versions: the branch and its tag; no tag if neither branch nor tag existed.
    pub versions: Vec<(String, Option<String>)>,
    /// The branch that was checked out, where HEAD is now detached.
    pub detached: Option<(String, Oid)>,
}

/// How to archive a version.
struct Keeping {
    /// The tag; none if there is nothing to archive.
    tag: Option<String>,
    /// The refs to change.
    refs: Vec<RefChange>,
}

impl Author<'_> {
    /// Archives a series.
    pub fn archive(&mut self, chosen: &TargetChoice) -> Result<ArchivedSeries> {
        let (series, _) = self.series(chosen)?;
        if series.archived {
            return Err(
                Error::new(format!("series '{}' is archived already", series.name)).with_hint(
                    format!(
                        "to restore it: git patman series -s {} unarchive",
                        shell_quote(&series.name)
                    ),
                ),
            );
        }
        own(&series)?;
        let versions = self.versions(&series)?;
        let day = clock::zoned().strftime("%d%b%y").to_string().to_lowercase();
        let mut kept = Vec::new();
        for version in &versions {
            kept.push(self.keeping(version, &day)?);
        }
        let current = self.repo.current_branch()?;
        let on = versions
            .iter()
            .find(|version| version.tip.is_some() && current.as_ref() == Some(&version.branch));
        let detached = on.and_then(|version| Some((version.branch.clone(), version.tip?)));
        let there = versions.iter().filter(|version| version.tip.is_some());
        let tracked = there
            .clone()
            .map(|version| Ok((version.row.id, self.tracked(&version.branch)?)));
        let tracked = tracked.collect::<Result<Vec<_>>>()?;
        let change = BranchChange {
            refs: kept.iter().flat_map(|kept| kept.refs.clone()).collect(),
            head: detached.as_ref().map(|(_, tip)| HeadMove::Detach(*tip)),
            tracking: there
                .clone()
                .map(|version| Tracking::Remove {
                    branch: version.branch.clone(),
                })
                .collect(),
            what: "series archive".to_owned(),
            why: format!("Archive {}", series.name),
            ..BranchChange::default()
        };
        let rows = |write: &Write<'_>| {
            unchanged(write, &series, &versions)?;
            for (version, kept) in versions.iter().zip(&kept) {
                version::set_archive_tag(write, version.row.id, kept.tag.as_deref())?;
            }
            tracked
                .iter()
                .try_for_each(|(version, tracked)| tracking::set(write, *version, tracked))?;
            series::set_archived(write, series.id, true)
        };
        self.change(change, Some(series.id), rows)?;
        let versions = versions
            .iter()
            .zip(kept)
            .map(|(version, kept)| (version.branch.clone(), kept.tag))
            .collect();
        Ok(ArchivedSeries {
            name: series.name.clone(),
            versions,
            detached,
        })
    }

    /// Plans how to archive a version: as a tag of this day with an unused name.
    fn keeping(&self, version: &NumberedVersion, day: &str) -> Result<Keeping> {
        let branch = &version.branch;
        let Some(tip) = version.tip else {
            return Ok(Keeping {
                tag: self.left_tag(branch)?.map(|(tag, _)| tag),
                refs: Vec::new(),
            });
        };
        let objects = self.tag_objects()?;
        let names = (1..100).map(|number| match number {
            1 => format!("{branch}-{day}"),
            _ => format!("{branch}-{day}-{number}"),
        });
        let delete = RefChange::delete(format!("refs/heads/{branch}"), tip);
        for name in names {
            let full = format!("refs/tags/{name}");
            let tag = objects.tag_of_commit(tip, &name)?;
            match self.repo.find_ref(&full)? {
                None => {
                    return Ok(Keeping {
                        tag: Some(name),
                        refs: vec![RefChange::set(full, None, tag), delete],
                    });
                }
                Some(there) if there == tag => {
                    return Ok(Keeping {
                        tag: Some(name),
                        refs: vec![delete],
                    });
                }
                Some(_) => {}
            }
        }
        Err(Error::new(format!(
            "branch '{branch}' has too many tags '{branch}-{day}'"
        ))
        .with_hint(format!(
            "see them: git tag --list {}",
            shell_quote(format!("{branch}-{day}*"))
        )))
    }

    fn tag_objects(&self) -> Result<Objects> {
        if self.dry_run {
            self.repo.temporary_objects()
        } else {
            self.repo.objects()
        }
    }

    /// Returns the tag that an interrupted run left for a branch it deleted, with its commit.
    pub(super) fn left_tag(&self, branch: &str) -> Result<Option<(String, Oid)>> {
        let prefix = format!("refs/tags/{branch}-");
        let mut found: Vec<_> = self.repo.refs(&format!("{prefix}*"))?;
        found.retain(|(name, _)| is_day(&name[prefix.len()..]));
        if found.len() > 1 {
            let names: Vec<_> = found
                .iter()
                .map(|(name, _)| format!("'{}'", &name["refs/tags/".len()..]))
                .collect();
            return Err(Error::new(format!(
                "branch '{branch}' is not there, and several tags may have been made from it"
            ))
            .with_cause(names.join(", "))
            .with_hint(format!(
                "to restore it from the right tag: git branch {branch} <tag>",
                branch = shell_quote(branch)
            )));
        }
        let Some((name, _)) = found.pop() else {
            return Ok(None);
        };
        let commit = self.repo.commit_of_ref(&name)?;
        Ok(commit.map(|commit| (name["refs/tags/".len()..].to_owned(), commit)))
    }
}

/// Whether the suffix of a tag name is a day, such as `22nov26`.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    bytes.len() == 7
        && digits(0..2)
        && bytes[2..5].iter().all(u8::is_ascii_lowercase)
        && digits(5..7)
}

#[cfg(test)]
mod tests {
    use super::is_day;

    #[test]
    fn a_day_is_told_from_other_ends_of_names() {
        assert!(is_day("22nov26"));
        for other in [
            "",
            "22nov2",
            "2nov26",
            "22nov26-2",
            "22NOV26",
            "rc1",
            "22n\u{f6}v26",
        ] {
            assert!(!is_day(other), "{other}");
        }
    }
}
