// SPDX-License-Identifier: GPL-2.0-or-later
//! How many rows were copied or deleted, as reported to the user.

/// Numbers of rows, of the kinds that are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCounts {
    /// Series.
    pub series: usize,
    /// Versions.
    pub versions: usize,
    /// Patches.
    pub patches: usize,
    /// Texts of reviews.
    pub reviews: usize,
    /// Replies to them.
    pub replies: usize,
    /// Entries of the workflow.
    pub todos: usize,
    /// Mails.
    pub mails: usize,
    /// Upstreams.
    pub upstreams: usize,
    /// Projects on Patchwork.
    pub projects: usize,
}

impl RowCounts {
    /// Adds rows of a table; details of versions and patches are not counted.
    pub(super) fn add(&mut self, table: &str, rows: usize) {
        let count = match table {
            "series" => &mut self.series,
            "ser_ver" => &mut self.versions,
            "pcommit" => &mut self.patches,
            "review" => &mut self.reviews,
            "reply" => &mut self.replies,
            "workflow" => &mut self.todos,
            "gitpatman_mail" => &mut self.mails,
            "upstream" => &mut self.upstreams,
            "patchwork" => &mut self.projects,
            _ => return,
        };
        *count += rows;
    }
}
