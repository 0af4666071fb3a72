// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series save-notes`: saves notes on a version.

use super::SeriesOption;
use crate::author::{Author, notes};
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::series::VersionNumber;
use clap::Args;
use std::path::PathBuf;

/// Save notes on how the comments on a version were handled
///
/// Replaces existing notes; an empty file removes them.
#[derive(Debug, Args)]
pub struct SaveNotes {
    /// The file with the notes; '-' for standard input
    #[arg(value_name = "FILE", default_value = "review-notes.txt", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
}

impl SaveNotes {
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
        let (series, version) = author.version(&which.chosen())?;
        let path = if self.file.as_os_str() == "-" {
            self.file.clone()
        } else {
            context.cwd().join(&self.file)
        };
        let text = notes::read(&path)?;
        let of = format!(
            "'{}' {}",
            series.name,
            version.number.unwrap_or(VersionNumber::FIRST)
        );
        let is_changed = author.save_notes(&series, &version, &text)?;
        let was = version
            .notes
            .as_deref()
            .map_or(0, |notes| notes.lines().count());
        let lines = text.lines().count();
        let counted = if lines == 1 {
            "1 line".to_owned()
        } else {
            format!("{lines} lines")
        };
        let would = if author.dry_run {
            "would save"
        } else {
            "saved"
        };
        out.note(match (is_changed, lines, was) {
            (false, 0, _) => format!("{of} has no notes, and the file is empty"),
            (false, _, _) => format!("the notes on {of} have not changed"),
            (true, 0, _) if author.dry_run => format!("would remove the notes on {of}"),
            (true, 0, _) => format!("removed the notes on {of}"),
            (true, _, 0) => format!("{would} notes on {of} ({counted})"),
            (true, _, was) => format!("{would} notes on {of} ({counted}, replacing {was})"),
        });
        Ok(())
    }
}
