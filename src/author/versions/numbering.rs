// SPDX-License-Identifier: GPL-2.0-or-later
//! Rewrites the commits of a version for another number. `Series-version` goes where the commits already have
//! it, otherwise into the last commit, as with patman. Author, committer and trees are unchanged, so that the
//! result is reproducible.

use super::NumberedVersion;
use crate::author::Author;
use crate::author::change::Tracking;
use crate::db::patch;
use crate::db::tracking::Tracked;
use crate::error::Result;
use crate::git::Oid;
use crate::git::rewrite::Reworded;
use crate::series::VersionNumber;
use crate::tags::edit::{MessageUpdate, remove_link, update};

/// A version rewritten for another number.
pub(super) struct RenumberedVersion {
    /// Its rewritten commits.
    pub(super) reworded: Reworded,
    /// The title of the cover letter in its commits.
    pub(super) title: Option<String>,
}

/// How to treat the link of the old version in the rewritten commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkRule {
    /// It remains, as the link of an earlier version.
    Stays,
    /// It is removed: no version has that number any more; the database has the link.
    Goes,
}

impl Author<'_> {
    /// Rewrites the commits of `version`, whose branch is at `tip`, for version `number`. The link of the
    /// version itself is removed if no version will have its number.
    pub(super) fn renumbered(
        &self,
        version: &NumberedVersion,
        tip: Oid,
        number: VersionNumber,
        link: LinkRule,
    ) -> Result<RenumberedVersion> {
        let patches = patch::list(&self.db, version.row.id)?.len();
        let range = self.range_or_newest(&version.branch, tip, patches)?;
        let tags = self.tags_of(&range)?;
        let (version_at, links_at) = (tags.place_of_version(), tags.place_of_links());
        let edit = &mut |at: usize, message: &[u8]| {
            let wanted = MessageUpdate {
                of: version.number.get(),
                version: Some(number.get()),
                link: None,
                add_version: at == version_at,
                add_link: at == links_at,
            };
            let new = match link {
                LinkRule::Stays => update(message, &wanted),
                LinkRule::Goes => remove_link(&update(message, &wanted), version.number.get()),
            };
            Ok((new != message).then_some(new))
        };
        let reworded = self.reword_branch(&range, edit)?;
        let title = tags
            .series
            .cover
            .map(|cover| cover.title)
            .filter(|title| !title.is_empty());
        Ok(RenumberedVersion { reworded, title })
    }

    /// Makes a new branch track the same upstream as another one.
    pub(super) fn tracks_the_same(&self, from: &str, to: &str) -> Result<Vec<Tracking>> {
        let Tracked { remote, merge } = self.tracked(from)?;
        Ok(if remote.is_some() || merge.is_some() {
            vec![Tracking::set(to, remote, merge)]
        } else {
            Vec::new()
        })
    }

    /// Returns what a branch tracks.
    pub(super) fn tracked(&self, branch: &str) -> Result<Tracked> {
        let section = self.repo.branch_section(branch)?;
        let last = |wanted: &str| {
            section
                .iter()
                .rev()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        Ok(Tracked {
            remote: last("remote"),
            merge: last("merge"),
        })
    }

    /// Whether the branch at `there` has the same trees, authors and messages as `rewritten`, in as many commits.
    /// Signatures may differ.
    pub(super) fn is_same_work(&self, rewritten: &Reworded, there: Oid) -> Result<bool> {
        if rewritten.new == there {
            return Ok(true);
        }
        let objects = self.repo.objects()?;
        let (mut commits, mut at) = (Vec::new(), there);
        while commits.len() < rewritten.commits.len() {
            commits.push(at);
            match objects.parents(at)?.as_slice() {
                [parent] => at = *parent,
                _ => return Ok(false),
            }
        }
        commits.reverse();
        let new: Vec<Oid> = rewritten.commits.iter().map(|(_, new)| *new).collect();
        if !new.iter().all(|id| objects.has(*id)) {
            return Ok(false);
        }
        Ok(self.repo.digest(&commits)? == self.repo.digest(&new)?)
    }
}
