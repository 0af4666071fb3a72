// SPDX-License-Identifier: GPL-2.0-or-later
//! Which servers a series is asked of: the Patchwork and the archive of an upstream.

/// The servers of an upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Servers {
    /// The upstream, a row of the table of that name; none: the settings alone say.
    pub upstream: Option<String>,
    /// Its Patchwork.
    pub patchwork: Option<Patchwork>,
    /// Its archive: the URL of a public-inbox, with a slash at the end, or the directory of a clone of one.
    pub archive: Option<String>,
}

/// A Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patchwork {
    /// Its URL, without a slash at the end.
    pub url: String,
    /// The project on it, if that is known.
    pub project: Option<Project>,
}

/// A project on a Patchwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its number.
    pub id: i64,
    /// Its name in URLs.
    pub link_name: String,
}
