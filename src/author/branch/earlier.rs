// SPDX-License-Identifier: GPL-2.0-or-later
//! A version of the database that a newer one is compared with.

use crate::author::Author;
use crate::db::patch;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::error::Result;
use crate::series::{PatchIdentity, VersionNumber};

/// An earlier version.
#[derive(Debug)]
pub struct EarlierVersion {
    /// Its number.
    pub number: VersionNumber,
    /// What identifies its patches.
    pub identities: Vec<PatchIdentity>,
}

impl Author<'_> {
    /// Reads a version of the database.
    pub fn before_of(&self, series: &Series, version: &Version) -> Result<EarlierVersion> {
        let rows = patch::list(&self.db, version.id)?;
        // Commits that cannot be read are treated as absent.
        let commits = self.commits_of(series, version, &rows).unwrap_or_default();
        Ok(EarlierVersion {
            number: version.number.unwrap_or(VersionNumber::FIRST),
            identities: self.identities(&rows, commits.as_ref())?,
        })
    }
}
