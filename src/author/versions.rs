// SPDX-License-Identifier: GPL-2.0-or-later
//! The versions of the user's own series and their branches: the checks that all commands make before they change them.

pub mod archive;
pub mod dec;
pub mod forget;
pub mod inc;
mod numbering;
pub mod rename;
pub mod renumber;
pub mod unarchive;

use super::Author;
use super::target::{MAX_VERSION, branch_of};
use crate::db::Write;
use crate::db::series::Series;
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::series::VersionNumber;
use crate::text::shell_quote;

/// A version with a number, and therefore a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedVersion {
    /// Its row.
    pub row: Version,
    /// Its number.
    pub number: VersionNumber,
    /// Its branch, by its short name.
    pub branch: String,
    /// The tip of its branch; none if the branch does not exist.
    pub tip: Option<Oid>,
}

impl Author<'_> {
    /// Returns the versions of a series, oldest first. A series without versions is an error.
    pub fn versions(&self, series: &Series) -> Result<Vec<NumberedVersion>> {
        let mut versions = Vec::new();
        for row in version::list(&self.db, series.id)? {
            let Some(number) = row.number else { continue };
            let branch = branch_of(&series.name, number);
            let tip = self.repo.commit_of_ref(&format!("refs/heads/{branch}"))?;
            versions.push(NumberedVersion {
                row,
                number,
                branch,
                tip,
            });
        }
        versions.sort_by_key(|version| (version.number, version.row.id));
        if versions.is_empty() {
            let name = &series.name;
            return Err(Error::new(format!("series '{name}' has no versions"))
                .with_hint(format!(
                    "add one from its branch: git patman series -s {name} add",
                    name = shell_quote(name)
                ))
                .with_hint(format!(
                    "or forget it: git patman series -s {name} rm",
                    name = shell_quote(name)
                )));
        }
        if let Some(twice) = versions
            .windows(2)
            .find(|pair| pair[0].number == pair[1].number)
        {
            let (name, number) = (&series.name, twice[0].number);
            return Err(
                Error::new(format!("series '{name}' has two versions {}", number.get())).with_hint(
                    format!(
                        "forget the first of them: git patman series -s {name} -V {} rm-version",
                        number.get(),
                        name = shell_quote(name)
                    ),
                ),
            );
        }
        Ok(versions)
    }
}

/// Checks that a branch name can contain the version number.
pub fn sayable(number: VersionNumber) -> Result<()> {
    if number.get() > MAX_VERSION {
        return Err(
            Error::usage(format!("version {} is above {MAX_VERSION}", number.get())).with_hint(
                format!(
                    "the number at the end of a branch's name is a version from 1 to {MAX_VERSION}"
                ),
            ),
        );
    }
    Ok(())
}

/// Checks in the transaction that the versions of the series are still those in `seen`: another command may have
/// changed them.
pub fn unchanged(write: &Write<'_>, series: &Series, seen: &[NumberedVersion]) -> Result<()> {
    let now: Vec<_> = version::list(write, series.id)?
        .into_iter()
        .filter(|row| row.number.is_some())
        .collect();
    let mut known: Vec<_> = seen.iter().map(|version| &version.row).collect();
    known.sort_by_key(|row| (row.number, row.id));
    let mut now: Vec<_> = now.iter().collect();
    now.sort_by_key(|row| (row.number, row.id));
    if known == now && crate::db::series::load(write, series.id)?.as_ref() == Some(series) {
        return Ok(());
    }
    let name = &series.name;
    Err(Error::new(format!(
        "series '{name}' was changed by another command in the meantime"
    ))
    .with_hint(format!(
        "to see it: git patman series -s {name} info",
        name = shell_quote(name)
    )))
}
