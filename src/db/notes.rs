// SPDX-License-Identifier: GPL-2.0-or-later
//! The user's notes on a version: a column of `ser_ver`.

use super::version::VersionId;
use super::{Read, Write, at};
use crate::error::{Error, Result};

/// Replaces the notes on a version.
pub fn set(write: &Write<'_>, id: VersionId, notes: &str) -> Result<()> {
    let sql = "UPDATE ser_ver SET notes = ?1 WHERE id = ?2";
    match at(write, write.conn().execute(sql, (notes, id.0)))? {
        0 => Err(Error::new("the version is no longer in the database")
            .with_hint("run the command again")),
        _ => Ok(()),
    }
}
