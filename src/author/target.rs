// SPDX-License-Identifier: GPL-2.0-or-later
//! Selects a series and version by a series name, a branch name, a number, or the checked-out branch.
//!
//! Digits at the end of a branch name are its version, as with patman, unless the database has a series of the
//! whole name or they give no version from 1 to 99: `rk3588` is version 1 of `rk3588`, and `rk35882` version 2
//! of it once that is known.

use super::Author;
use crate::db::Read;
use crate::db::series::{self, REVIEW, Series};
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::series::VersionNumber;
use crate::text::shell_quote;

/// The highest version that a branch name can give.
pub const MAX_VERSION: u32 = 99;

/// The user's selection.
#[derive(Debug, Clone, Default)]
pub struct TargetChoice {
    /// The name of a series or branch; by default the checked-out branch.
    pub series: Option<String>,
    /// The version; by default that of the branch.
    pub version: Option<VersionNumber>,
}

/// The selected series and version; they need not be in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesTarget {
    /// The name of the series.
    pub name: String,
    /// The version.
    pub version: VersionNumber,
}

impl SeriesTarget {
    /// Returns the short name of the version's branch.
    pub fn branch(&self) -> String {
        branch_of(&self.name, self.version)
    }
}

/// Returns the short name of a version's branch.
pub fn branch_of(name: &str, version: VersionNumber) -> String {
    match version {
        VersionNumber::FIRST => name.to_owned(),
        _ => format!("{name}{}", version.get()),
    }
}

/// Splits a branch name at its trailing digits into a series name and a version. A number above [`MAX_VERSION`],
/// or with a leading 0, is part of the name.
pub fn split_version(branch: &str) -> (&str, VersionNumber) {
    let name = branch.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &branch[name.len()..];
    let number = digits
        .parse()
        .ok()
        .filter(|number| *number <= MAX_VERSION && !digits.starts_with('0'));
    match number.and_then(VersionNumber::new) {
        Some(version) if !name.is_empty() => (name, version),
        _ => (branch, VersionNumber::FIRST),
    }
}

impl Author<'_> {
    /// Returns the selected series and version, in the database or not.
    pub fn target(&self, chosen: &TargetChoice) -> Result<SeriesTarget> {
        let given = chosen.series.as_deref().filter(|name| !name.is_empty());
        let given = match given {
            Some(name) => name.strip_prefix("refs/heads/").unwrap_or(name).to_owned(),
            None => self.repo.current_branch()?.ok_or_else(|| {
                Error::usage("no branch is checked out: say which series is meant")
                    .with_hint("name it with -s <series>")
            })?,
        };
        let found = target_of(&self.db, &given)?;
        let version = match chosen.version {
            Some(version) => {
                if found.version != VersionNumber::FIRST && found.version != version {
                    let of_name = found.version;
                    self.events.warn(format!(
                        "the name '{given}' says {of_name}, -V says {version}: {version} is used"
                    ));
                }
                version
            }
            None => found.version,
        };
        Ok(SeriesTarget {
            name: found.name,
            version,
        })
    }

    /// Returns the selected series, which must be in the database, and the version, which need not be.
    pub fn series(&self, chosen: &TargetChoice) -> Result<(Series, SeriesTarget)> {
        let target = self.target(chosen)?;
        let is_named = chosen
            .series
            .as_deref()
            .is_some_and(|name| !name.is_empty());
        let series = series::find(&self.db, &target.name)?.ok_or_else(|| match is_named {
            true => unknown(&target.name),
            false => self.unknown_here(&target),
        })?;
        Ok((series, target))
    }

    /// Creates the error for a checked-out branch without a series; it can be added if it has commits of its own.
    fn unknown_here(&self, target: &SeriesTarget) -> Error {
        let branch = self
            .repo
            .current_branch()
            .ok()
            .flatten()
            .unwrap_or_else(|| target.branch());
        let error = Error::new(format!(
            "branch '{branch}' does not belong to a tracked series"
        ));
        let error = match self.range(&branch, None) {
            Ok(_) => error.with_hint("to track it: git patman series add"),
            Err(_) => error,
        };
        error.with_hint("name another series with -s <series>; to see them: git patman series ls")
    }

    /// Returns the selected series and version, both from the database.
    pub fn version(&self, chosen: &TargetChoice) -> Result<(Series, Version)> {
        let (series, target) = self.series(chosen)?;
        let found = version::find(&self.db, series.id, target.version)?;
        let found = found.ok_or_else(|| no_version(&self.db, &series, target.version))?;
        Ok((series, found))
    }

    /// Returns the user's own series that is selected; a review or an archived series is refused.
    pub fn own_series(&self, chosen: &TargetChoice) -> Result<(Series, SeriesTarget)> {
        let (series, target) = self.series(chosen)?;
        own(&series)?;
        Ok((series, target))
    }
}

/// Refuses a series without branches of the user.
pub fn own(series: &Series) -> Result<()> {
    let name = &series.name;
    if series.source.as_deref() == Some(REVIEW) {
        return Err(
            Error::new(format!("'{name}' is a review, not one of your series")).with_hint(format!(
                "to see it: git patman review show {name}",
                name = shell_quote(name)
            )),
        );
    }
    if series.archived {
        return Err(
            Error::new(format!("series '{name}' is archived")).with_hint(format!(
                "to restore its branches: git patman series -s {name} unarchive",
                name = shell_quote(name)
            )),
        );
    }
    Ok(())
}

/// Creates the error for a series that is not in the database.
pub fn unknown(name: &str) -> Error {
    Error::new(format!("series '{name}' is not tracked"))
        .with_hint(format!(
            "to track it: git patman series -s {name} add",
            name = shell_quote(name)
        ))
        .with_hint("to list the tracked series: git patman series ls")
}

fn no_version(db: &impl Read, series: &Series, version: VersionNumber) -> Error {
    let name = &series.name;
    let known: Vec<String> = version::list(db, series.id)
        .unwrap_or_default()
        .iter()
        .filter_map(|one| Some(one.number?.to_string()))
        .collect();
    let error = Error::new(format!("series '{name}' has no {version}"));
    match known.is_empty() {
        true => error,
        false => error.with_hint(format!("it has {}", known.join(", "))),
    }
}

/// Resolves a name: as a series in the database, otherwise as patman parses it.
pub(super) fn target_of(db: &impl Read, given: &str) -> Result<SeriesTarget> {
    let (name, version) = split_version(given);
    let target = |name: &str, version| SeriesTarget {
        name: name.to_owned(),
        version,
    };
    if let Some(series) = series::find(db, name)? {
        let is_known = version::find(db, series.id, version)?.is_some();
        if name == given || is_known || series::find(db, given)?.is_none() {
            return Ok(target(name, version));
        }
    }
    if series::find(db, given)?.is_some() {
        return Ok(target(given, VersionNumber::FIRST));
    }
    if name == given {
        let stem = given.trim_end_matches(|c: char| c.is_ascii_digit());
        for end in (stem.len() + 1..given.len()).rev() {
            let (longer, digits) = given.split_at(end);
            let number = digits
                .parse()
                .ok()
                .filter(|number| *number <= MAX_VERSION && !digits.starts_with('0'));
            let Some(version) = number.and_then(VersionNumber::new) else {
                continue;
            };
            if series::find(db, longer)?.is_some() {
                return Ok(target(longer, version));
            }
        }
    }
    Ok(target(name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_at_the_end_are_the_version() {
        let cases = [
            ("video", "video", 1),
            ("video2", "video", 2),
            ("video99", "video", 99),
            ("rk3588", "rk3588", 1),
            ("imx8", "imx", 8),
            ("usb-2.0", "usb-2.0", 1),
            ("123", "123", 1),
            ("a02", "a02", 1),
            ("", "", 1),
        ];
        for (branch, name, version) in cases {
            let (found, number) = split_version(branch);
            assert_eq!((found, number.get()), (name, version), "{branch}");
        }
    }
}
