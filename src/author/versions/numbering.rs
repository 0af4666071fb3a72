// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a version made anew for another number: `Series-version` says it where the commits say a version already,
//! else in the last of them, as with patman. Author, committer and trees stay, so that the same is made each time.

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

/// A version made anew.
pub(super) struct RenumberedVersion {
    /// Its commits.
    pub(super) reworded: Reworded,
    /// The title of the cover letter that they hold.
    pub(super) title: Option<String>,
}

/// What becomes of the link of a version, in the commits that are made of its.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkRule {
    /// It is that of an earlier version.
    Stays,
    /// There is no version of that number any more; the database keeps the link.
    Goes,
}

impl Author<'_> {
    /// The commits of `version`, whose branch is at `tip`, as those of version `number`; without the link of the version
    /// itself where there will be no version of that number any more.
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

    /// Lets a branch that is to be made track what another one does.
    pub(super) fn tracks_the_same(&self, from: &str, to: &str) -> Result<Vec<Tracking>> {
        let Tracked { remote, merge } = self.tracked(from)?;
        Ok(if remote.is_some() || merge.is_some() {
            vec![Tracking::set(to, remote, merge)]
        } else {
            Vec::new()
        })
    }

    /// What a branch tracks.
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

    /// Whether the branch at `there` holds what `anew` does: the same trees, authors and messages, in as many commits. A
    /// signature may be another one.
    pub(super) fn is_same_work(&self, anew: &Reworded, there: Oid) -> Result<bool> {
        if anew.new == there {
            return Ok(true);
        }
        let objects = self.repo.objects()?;
        let (mut commits, mut at) = (Vec::new(), there);
        while commits.len() < anew.commits.len() {
            commits.push(at);
            match objects.parents(at)?.as_slice() {
                [parent] => at = *parent,
                _ => return Ok(false),
            }
        }
        commits.reverse();
        let new: Vec<Oid> = anew.commits.iter().map(|(_, new)| *new).collect();
        if !new.iter().all(|id| objects.has(*id)) {
            return Ok(false);
        }
        Ok(self.repo.digest(&commits)? == self.repo.digest(&new)?)
    }
}
