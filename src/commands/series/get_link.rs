// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series get-link`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use crate::output::printable;
use crate::output::shell_quote;
use crate::series::VersionNumber;
use clap::Args;

/// Print the number of the series on Patchwork
///
/// For scripts: where the version has none, nothing is printed and the exit status is 1.
#[derive(Debug, Args)]
pub struct GetLink {}

impl GetLink {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let (series, version) = author.version(&which.chosen())?;
        let Some(link) = version.link else {
            let (name, number) = (series.name, version.number.unwrap_or(VersionNumber::FIRST));
            return Err(Error::new(format!("series '{name}' {number} has no link"))
                .with_hint(format!(
                    "look for it on Patchwork: git patman series -s {name} -V {} autolink",
                    number.get()
                ))
                .with_hint(format!(
                    "or say it: git patman series -s {name} -V {} set-link <link>",
                    number.get(),
                    name = shell_quote(&name)
                )));
        };
        author.out.data(format!("{}\n", printable(&link)))
    }
}
