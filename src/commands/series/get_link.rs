// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series get-link`: prints the Patchwork link of a version.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::series::VersionNumber;
use crate::text::escape_controls;
use crate::text::shell_quote;
use clap::Args;

/// Print the number of a series on Patchwork
///
/// For scripts: if the version has no link, prints nothing and exits with status 1.
#[derive(Debug, Args)]
pub struct GetLink {}

impl GetLink {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (series, version) = author.version(&which.chosen())?;
        let Some(link) = version.link else {
            let (name, number) = (series.name, version.number.unwrap_or(VersionNumber::FIRST));
            return Err(Error::new(format!("series '{name}' {number} has no link"))
                .with_hint(format!(
                    "to find it on Patchwork: git patman series -s {name} -V {} autolink",
                    number.get(),
                    name = shell_quote(&name)
                ))
                .with_hint(format!(
                    "to set it: git patman series -s {name} -V {} set-link <link>",
                    number.get(),
                    name = shell_quote(&name)
                )));
        };
        out.data(format!("{}\n", escape_controls(&link)))
    }
}
