// SPDX-License-Identifier: GPL-2.0-or-later
//! Sets the link of a version to a series on a Patchwork server.

use crate::author::Author;
use crate::author::branch::edits::Edits;
use crate::author::change::BranchChange;
use crate::author::target::{SeriesTarget, TargetChoice, own};
use crate::db::series::{self, Series};
use crate::db::upstream;
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::series::VersionNumber;
use crate::source::patchwork::url;

impl Author<'_> {
    /// Sets the link of a version, and writes it to the branch if `writes_branch`; an empty link removes it.
    pub fn set_link(
        &mut self,
        chosen: &TargetChoice,
        text: &str,
        writes_branch: bool,
    ) -> Result<()> {
        let (series, version) = self.version(chosen)?;
        own(&series)?;
        let number = version.number.unwrap_or(VersionNumber::FIRST);
        let link = self.link_of(&series, text)?;
        self.warn_of_others(&series, &version, &link)?;
        let name = &series.name;
        let target = SeriesTarget {
            name: name.clone(),
            version: number,
        };
        let why = match link.is_empty() {
            true => format!("Remove the link of {name} {number}"),
            false => format!("Link {name} {number} to {link}"),
        };
        let mut change = BranchChange {
            what: "series set-link".to_owned(),
            why: why.clone(),
            ..BranchChange::default()
        };
        let mut rewritten = None;
        if writes_branch {
            let written = self.written(&target.branch(), None)?;
            // As with patman, a branch with a link also gets its version.
            let edits = Edits {
                version: Some(number),
                link: Some((number, link.clone())),
                ..Edits::default()
            };
            if let Some(new) = self.rewrite(&written, &edits)? {
                change =
                    BranchChange::rewritten(&written.range, &new.reworded, "series set-link", why);
                rewritten = Some(new);
            }
        }
        let is_same = version.link.as_deref().unwrap_or_default() == link;
        if is_same && rewritten.is_none() {
            self.events.notice(match link.is_empty() {
                true => format!("series '{name}' {number} has no link"),
                false => format!("the link of series '{name}' {number} is {link} already"),
            });
            return Ok(());
        }
        let done = self.change(change, Some(series.id), |write| {
            version::set_link(write, version.id, Some(&link))
        })?;
        if !is_same {
            let is = self.says("is now", "would be");
            let was = version
                .link
                .as_ref()
                .map_or(String::new(), |old| format!("; it was {old}"));
            match link.is_empty() {
                true => self.events.notice(format!(
                    "series '{name}' {number} {} no link{was}",
                    self.says("now has", "would have")
                )),
                false => self.events.notice(format!(
                    "the link of series '{name}' {number} {is} {link}{was}"
                )),
            }
        }
        if let Some(new) = &rewritten {
            new.tell(self);
        }
        self.tell_backups(&done);
        Ok(())
    }

    /// The number of a series on a Patchwork, given as a number or a URL; empty to remove the link.
    fn link_of(&self, series: &Series, text: &str) -> Result<String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        if let Some(number) = url::number(text) {
            return Ok(number.to_string());
        }
        let hint = "give its number on Patchwork, or its URL there: https://<server>/project/<project>/list/?series=<number>";
        let Some((server, target)) = url::parse(text) else {
            return Err(
                Error::usage(format!("'{text}' is not a series on a Patchwork server"))
                    .with_hint(hint),
            );
        };
        let url::PatchworkTarget::Series(number) = target else {
            return Err(Error::usage(format!(
                "'{text}' is a patch or a cover letter, not a series"
            ))
            .with_hint(hint));
        };
        let upstream = series
            .upstream
            .as_deref()
            .map(|name| upstream::find(&self.db, name))
            .transpose()?
            .flatten();
        if let Some(upstream) = upstream
            && let Some(theirs) = upstream
                .patchwork_url
                .as_deref()
                .filter(|theirs| !url::is_same(theirs, &server))
        {
            self.events.warn(format!(
                "that is a series on {server}, but the Patchwork of upstream '{}' is {theirs}",
                upstream.name
            ));
        }
        Ok(number.to_string())
    }

    /// Warns if another version has the same link.
    fn warn_of_others(&self, series: &Series, version: &Version, link: &str) -> Result<()> {
        if link.is_empty() {
            return Ok(());
        }
        for other in version::of_link(&self.db, link)?
            .iter()
            .filter(|other| other.id != version.id)
        {
            let number = other
                .number
                .map_or(String::new(), |number| format!(" {number}"));
            if other.series == series.id {
                self.events
                    .warn(format!("{link} is the link of{number} of this series too"));
                continue;
            }
            let Some(of) = series::load(&self.db, other.series)? else {
                continue;
            };
            // Another Patchwork may have a series with the same number.
            if of.upstream == series.upstream || of.upstream.is_none() || series.upstream.is_none()
            {
                self.events.warn(format!(
                    "{link} is the link of series '{}'{number} too",
                    of.name
                ));
            }
        }
        Ok(())
    }
}
