// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a version made anew for another number: `Series-version` says it where the commits say a version already,
//! else in the last of them, as with patman. Author, committer and trees stay, so that the same is made each time.

use super::Numbered;
use crate::author::Author;
use crate::author::branch::range::Range;
use crate::author::change::Tracking;
use crate::db::patch;
use crate::db::tracking::Tracked;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::rewrite::Reworded;
use crate::series::VersionNumber;
use crate::tags::edit::{Update, update};

/// A version made anew.
pub(super) struct Anew {
    /// Its commits.
    pub(super) reworded: Reworded,
    /// The title of the cover letter that they hold.
    pub(super) title: Option<String>,
}

/// What becomes of the link of a version, in the commits that are made of its.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// It is that of an earlier version.
    Stays,
    /// There is no version of that number any more; the database keeps the link.
    Goes,
}

/// The message without the link of that version in `Series-links`, as patman leaves it.
fn without_link(message: &[u8], number: VersionNumber) -> Vec<u8> {
    let own = format!("{}:", number.get());
    let lines = message.split_inclusive(|&byte| byte == b'\n').filter_map(|line| {
        let Some(links) = line.strip_prefix(b"Series-links:") else { return Some(line.to_vec()) };
        let text = String::from_utf8_lossy(links);
        let kept: Vec<&str> = text.split_whitespace().filter(|link| !link.starts_with(&own)).collect();
        if kept.len() == text.split_whitespace().count() {
            return Some(line.to_vec());
        }
        let end = if line.ends_with(b"\r\n") { "\r\n" } else { "\n" };
        (!kept.is_empty()).then(|| format!("Series-links: {}{end}", kept.join(" ")).into_bytes())
    });
    lines.collect::<Vec<_>>().concat()
}

impl Author<'_> {
    /// The commits of `version`, whose branch is at `tip`, as those of version `number`; without the link of the version
    /// itself where there will be no version of that number any more.
    pub(super) fn renumbered(&self, version: &Numbered, tip: Oid, number: VersionNumber, link: Link) -> Result<Anew> {
        let range = self.range_of(version, tip)?;
        let tags = self.tags_of(&range)?;
        let (version_at, links_at) = (tags.place_of_version(), tags.place_of_links());
        let edit = &mut |at: usize, message: &[u8]| {
            let wanted = Update {
                of: version.number.get(),
                version: Some(number.get()),
                link: None,
                add_version: at == version_at,
                add_link: at == links_at,
            };
            let new = match link {
                Link::Stays => update(message, &wanted),
                Link::Goes => without_link(&update(message, &wanted), version.number),
            };
            Ok((new != message).then_some(new))
        };
        let reworded = match self.dry_run {
            true => self.repo.reword_aside(self.settings, range.base, &range.commits, edit)?,
            false => self.repo.reword(self.settings, range.base, &range.commits, edit)?,
        };
        let title = tags.series.cover.map(|cover| cover.title).filter(|title| !title.is_empty());
        Ok(Anew { reworded, title })
    }

    /// Lets a branch that is to be made track what another one does.
    pub(super) fn tracks_the_same(&self, from: &str, to: &str) -> Result<Vec<Tracking>> {
        let Tracked { remote, merge } = self.tracked(from)?;
        Ok(if remote.is_some() || merge.is_some() { vec![Tracking::set(to, remote, merge)] } else { Vec::new() })
    }

    /// What a branch tracks.
    pub(super) fn tracked(&self, branch: &str) -> Result<Tracked> {
        let section = self.repo.branch_section(branch)?;
        let last = |wanted: &str| section.iter().rev().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        Ok(Tracked { remote: last("remote"), merge: last("merge") })
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

    /// The commits of a version's branch: those that its upstream has not; where that cannot be told, as many as the
    /// database has patches.
    fn range_of(&self, version: &Numbered, tip: Oid) -> Result<Range> {
        if let Ok(range) = self.range(&version.branch, None) {
            return Ok(range);
        }
        let count = patch::list(&self.db, version.row.id)?.len().max(1);
        let objects = self.repo.objects()?;
        let (mut commits, mut base) = (Vec::new(), tip);
        while commits.len() < count {
            let Some(parent) = objects.parents(base)?.first().copied() else { break };
            commits.push(base);
            base = parent;
        }
        if commits.is_empty() {
            return Err(Error::new(format!("branch '{}' has no commit that stands on another", version.branch)));
        }
        commits.reverse();
        Ok(Range { branch: version.branch.clone(), tip, base, commits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_link_of_the_version_goes() {
        let without = |text: &str| {
            String::from_utf8(without_link(text.as_bytes(), VersionNumber::new(2).expect("it is above 0")))
                .unwrap_or_default()
        };
        assert_eq!(without("s\n\nSeries-links: 2:78 1:77\nx\n"), "s\n\nSeries-links: 1:77\nx\n");
        assert_eq!(without("s\n\nSeries-links: 2:78\nx\n"), "s\n\nx\n");
        assert_eq!(without("s\n\nSeries-links: 22:78  1:77\n"), "s\n\nSeries-links: 22:78  1:77\n");
    }
}
