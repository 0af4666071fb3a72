// SPDX-License-Identifier: GPL-2.0-or-later
//! The names that `git patch-id --stable` gives patches: the same wherever and whenever a change is made.

use super::Oid;
use super::objects::Objects;
use crate::error::Result;
use std::collections::HashSet;

/// In how many commits a message is looked for.
const MOST_MESSAGES: usize = 3000;

impl Objects {
    /// The patch ids of these diffs, each from one mail; none where there is nothing in it to name.
    pub fn patch_ids<'d>(&self, diffs: impl IntoIterator<Item = &'d [u8]>) -> Result<Vec<Option<String>>> {
        let mut input = Vec::new();
        let mut count = 0;
        for diff in diffs {
            // git tells the patches apart by the commits that they come from.
            input.extend_from_slice(format!("From {count:040x} Mon Sep 17 00:00:00 2001\n\n").as_bytes());
            input.extend_from_slice(diff);
            input.extend_from_slice(b"\n");
            count += 1;
        }
        let mut ids = vec![None; count];
        if count == 0 {
            return Ok(ids);
        }
        let done = self.git().args(["patch-id", "--stable"]).input(input).ok()?;
        for line in done.text().lines() {
            let Some((id, commit)) = line.split_once(' ') else { continue };
            let at = usize::from_str_radix(commit, 16).ok();
            if let Some(place) = at.and_then(|at| ids.get_mut(at)) {
                // What follows the first is text that looks like another patch.
                place.get_or_insert_with(|| id.to_owned());
            }
        }
        Ok(ids)
    }

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
