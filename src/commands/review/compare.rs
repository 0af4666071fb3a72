// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review compare`: compares two versions of a series.

use super::ReviewName;
use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::series::VersionNumber;
use crate::view::comparison::{ComparisonJson, stat, text};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Compare two versions: what was requested, and what changed
///
/// Shows each patch with its change and with the comments on the older version, followed by the differences between
/// the cover letters and, as by 'git range-diff', between the patches. Nothing is fetched; a version that was never
/// applied here is compared from its recorded mails, even if its base is missing.
#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    named: ReviewName,
    /// The versions, such as v1..v3; a single version is compared with the newest [default: the newest two]
    #[arg(value_name = "VERSIONS", add = ArgValueCompleter::new(complete::versions))]
    versions: Option<String>,
    /// Print only a line for each patch
    #[arg(long)]
    stat: bool,
    /// Print the comparison as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

type Versions = (VersionNumber, Option<VersionNumber>);

impl Compare {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::CHANGES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        // In a worktree the name can be omitted.
        let (name, versions) = match (&self.named.name, &self.versions) {
            (Some(name), None) if is_versions(name) => (None, Some(parse(name)?)),
            (name, versions) => (name.as_deref(), versions.as_deref().map(parse).transpose()?),
        };
        let recorded = reviews.find(name)?;
        let newest = reviews.newest_mail(recorded.id)?;
        let colour = out.has_colour() && !self.json;
        let comparison = reviews.compare(&recorded, versions, colour)?;
        for one in &comparison.not_compared {
            out.warn(format!(
                "cannot compare patch {} of {}: {}",
                one.patch, one.version, one.why
            ));
        }
        if self.json {
            out.json(&ComparisonJson::from(&comparison))?;
        } else {
            let text = if self.stat {
                out.render(&stat(&comparison))
            } else {
                text(out, &comparison)
            };
            out.listing(&text)?;
        }
        reviews.mark_seen(recorded.id, newest);
        Ok(())
    }
}

fn is_versions(text: &str) -> bool {
    text.starts_with('v') && parse(text).is_ok()
}

fn parse(text: &str) -> Result<Versions> {
    let (old, new) = text
        .split_once("..")
        .map_or((text, None), |(old, new)| (old, Some(new)));
    let versions = || {
        Ok((
            old.parse()?,
            new.filter(|new| !new.is_empty())
                .map(str::parse)
                .transpose()?,
        ))
    };
    versions().map_err(|_: Error| {
        Error::usage(format!(
            "'{text}' is not a version or range of versions, such as v1 or v1..v2"
        ))
    })
}
