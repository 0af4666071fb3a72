// SPDX-License-Identifier: GPL-2.0-or-later
//! The changes and messages of the newest commits of a history, to look for a patch among them.

use super::Oid;
use super::discover::Repo;
use super::objects::Objects;
use crate::error::Result;

/// How many commits to search for a message.
const MAX_MESSAGES_SEARCHED: usize = 3000;

impl Objects {
    /// The changes of the newest commits that `head` leads to, at most `most` of them, of those that touch one of the
    /// paths if any are given, as `git log -p` shows them. Merges are left out.
    pub fn changes_of_history(&self, head: Oid, most: usize, paths: &[String]) -> Result<Vec<u8>> {
        let head = head.to_string();
        let most = format!("-{most}");
        let log = self.git().args([
            "--literal-pathspecs",
            "log",
            "-p",
            "--no-merges",
            "--no-ext-diff",
            "--no-textconv",
        ]);
        Ok(log
            .args([
                "--format=commit %H",
                "--no-show-signature",
                "--no-color",
                "--full-index",
                &most,
                &head,
                "--",
            ])
            .args(paths)
            .ok()?
            .stdout)
    }

    /// Whether the message of one of the newest commits of `head` contains the text, such as the
    /// Message-ID of the mail that a commit was made from.
    pub fn names_in_history(&self, head: Oid, text: &str) -> Result<bool> {
        let most = format!("-{MAX_MESSAGES_SEARCHED}");
        let log = self
            .git()
            .args(["log", &most, "--format=%B", &head.to_string(), "--"])
            .ok()?;
        Ok(memchr::memmem::find(&log.stdout, text.as_bytes()).is_some())
    }
}

impl Repo {
    /// The changes of these commits, as `git log -p` shows them, whatever the user has set for diffs. A merge has none.
    pub fn changes_of(&self, commits: &[Oid]) -> Result<Vec<u8>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let names: String = commits.iter().map(|id| format!("{id}\n")).collect();
        let log = self.git().args([
            "log",
            "--no-walk=unsorted",
            "--stdin",
            "-p",
            "-U3",
            "--root",
            "--full-index",
        ]);
        let log = log.args([
            "--diff-algorithm=default",
            "--find-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        ]);
        let log = log.args([
            "--format=commit %H",
            "--no-show-signature",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
        ]);
        Ok(log.input(names.into_bytes()).ok()?.stdout)
    }
}
