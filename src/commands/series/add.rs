// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series add`.

use super::Which;
use crate::author::Author;
use crate::author::add::Options;
use crate::complete;
use crate::error::Result;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Track a series, or a new version of one, from its branch
///
/// The name and the version come from the branch: 'video' is version 1 of 'video', 'video2' its version 2. Its patches are the
/// commits since the branch left its upstream; the title is that of its cover letter. The patches are followed from version to
/// version by their Change-Id, else by what they change, else by their subject. Only -m and -f rewrite the branch.
/// 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct Add {
    /// The title, for a series without a cover letter
    #[arg(short = 'D', long, value_name = "TITLE")]
    desc: Option<String>,
    /// Take the subject of the first patch for the title where there is no cover letter
    #[arg(short = '1', long)]
    use_first_commit: bool,
    /// Make the tag Series-version of the branch agree with its name
    #[arg(short, long)]
    force_version: bool,
    /// The upstream that the series is meant for
    #[arg(short = 'S', long, value_name = "UPSTREAM", add = ArgValueCompleter::new(complete::upstreams))]
    set_upstream: Option<String>,
    #[command(flatten)]
    marks: super::Marks,
    #[command(flatten)]
    end: super::End,
}

impl Add {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let options = Options {
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
