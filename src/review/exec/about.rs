// SPDX-License-Identifier: GPL-2.0-or-later
//! Describes the review to a command that runs in it, as documented in git-patman-config(5).

use crate::git::Oid;
use crate::git::run::forget_repository;
use crate::series::{SeriesName, VersionNumber};
use std::path::Path;
use std::process::Command;

/// What a command is run on.
#[derive(Debug)]
pub struct About<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// The version.
    pub version: VersionNumber,
    /// The patch; `None` for the whole series.
    pub patch: Option<u32>,
    /// The commit that the version is applied to.
    pub base: Oid,
    /// The commit that is checked out.
    pub head: Oid,
    /// The file with the mails.
    pub mbox: &'a Path,
}

impl About<'_> {
    /// Sets the variables, and removes those that name a repository.
    pub fn tell(&self, command: &mut Command) {
        forget_repository(command);
        command
            .env("PATMAN_SERIES", self.name.as_str())
            .env("PATMAN_VERSION", self.version.get().to_string())
            .env("PATMAN_BASE", self.base.to_string())
            .env("PATMAN_HEAD", self.head.to_string())
            .env("PATMAN_MBOX", self.mbox);
        match self.patch {
            Some(number) => command.env("PATMAN_PATCH", number.to_string()),
            None => command.env_remove("PATMAN_PATCH"),
        };
    }
}
