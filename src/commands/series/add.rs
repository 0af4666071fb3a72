// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series add`: adds a series or a version from its branch.

use super::SeriesOption;
use crate::author::Author;
use crate::author::add::AddOptions;
use crate::commands::Requirements;
use crate::complete;
use crate::error::Result;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Add a series, or a new version of a series, from its branch
///
/// The name and the version are derived from the branch: 'video' is version 1 of 'video', 'video2' is its version
/// 2. The patches are the commits since the branch forked from its upstream; the title is the title of the cover
/// letter. Patches are matched between versions by Change-Id, by their changes, or by subject, in this order. Only
/// -m and -f rewrite the branch. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct SeriesAdd {
    /// Set the title of a series without a cover letter
    #[arg(short = 'D', long, value_name = "TITLE")]
    desc: Option<String>,
    /// Use the subject of the first patch as the title if there is no cover letter
    #[arg(short = '1', long)]
    use_first_commit: bool,
    /// Change the tag Series-version in the branch to match the name of the branch
    #[arg(short, long)]
    force_version: bool,
    /// Set the upstream of the series
    #[arg(short = 'S', long, value_name = "UPSTREAM", add = ArgValueCompleter::new(complete::upstreams))]
    set_upstream: Option<String>,
    #[command(flatten)]
    marks: super::MarkOptions,
    #[command(flatten)]
    end: super::SeriesEnd,
}

impl SeriesAdd {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        let options = AddOptions {
            desc: self.desc.clone(),
            is_first_title: self.use_first_commit,
            has_forced_version: self.force_version,
            upstream: self.set_upstream.clone(),
            marks: self.marks.mark,
            allows_unmarked: self.marks.allow_unmarked,
            end: self.end.upstream.clone(),
        };
        author.add(&which.chosen(), &options)
    }
}
