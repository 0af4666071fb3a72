// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rename`: renames a series and its branches.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::rename::Renamed;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Rename a series and its branches
///
/// The branch of each version is renamed with its reflog and configuration, all of them or none; tags of an
/// archived series keep their names. Commits do not change. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct Rename {
    /// The new name
    #[arg(short = 'N', long, value_name = "NAME")]
    new_name: String,
}

impl Rename {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let Renamed {
            old,
            new,
            branches,
            has_tags,
        } = author.rename(&which.chosen(), &self.new_name)?;
        out.note(format!("renamed series '{old}' to '{new}'"));
        for (from, to) in branches {
            out.note(format!("renamed branch '{from}' to '{to}'"));
        }
        if has_tags {
            out.note("its tags keep their names");
        }
        which.told(out);
        Ok(())
    }
}
