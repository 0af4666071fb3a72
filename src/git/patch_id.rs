// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether the history of a commit has a patch, by its name of `git patch-id --stable` or by a text in a message.

use super::Oid;
use super::objects::Objects;
use crate::error::Result;
use std::collections::HashSet;

/// In how many commits a message is looked for.
const MOST_MESSAGES: usize = 3000;

impl Objects {
    /// The patch ids of the newest commits that `head` leads to, at most `most` of them, of those that touch one of the
    /// paths if any are given. Merges have none.
    pub fn patch_ids_of_history(&self, head: Oid, most: usize, paths: &[String]) -> Result<HashSet<String>> {
        let head = head.to_string();
        let most = format!("-{most}");
        let log =
            self.git().args(["--literal-pathspecs", "log", "-p", "--no-merges", "--no-ext-diff", "--no-textconv"]);
        let done = log.args(["--full-index", &most, &head, "--"]).args(paths).ok()?;
        let done = self.git().args(["patch-id", "--stable"]).input(done.stdout).ok()?;
        Ok(done.text().lines().filter_map(|line| line.split_once(' ')).map(|(id, _)| id.to_owned()).collect())
    }

    /// Whether the message of one of the newest commits that `head` leads to holds the text, as those do that name the mail
    /// which they were made from.
    pub fn names_in_history(&self, head: Oid, text: &str) -> Result<bool> {
        let most = format!("-{MOST_MESSAGES}");
        let log = self.git().args(["log", &most, "--format=%B", &head.to_string(), "--"]).ok()?;
        Ok(memchr::memmem::find(&log.stdout, text.as_bytes()).is_some())
    }
}
