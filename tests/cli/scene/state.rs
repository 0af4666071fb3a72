// SPDX-License-Identifier: GPL-2.0-or-later
//! What a command may have changed: rows, refs and files, as text to compare.

use crate::sandbox::Sandbox;
use std::fs;

impl Sandbox {
    /// The rows of all series, a line each; none may name a parent that is missing.
    pub fn all_rows(&self) -> String {
        let tables = [
            "series", "ser_ver", "pcommit", "workflow", "review", "reply",
        ];
        let text = tables
            .map(|table| self.select(&format!("SELECT '{table}', * FROM {table} ORDER BY id")))
            .concat();
        let dangling = self.rows("SELECT * FROM pragma_foreign_key_check");
        assert!(dangling.is_empty(), "{dangling:?}\n{text}");
        text
    }

    /// Branches and tags with what they track, and HEAD.
    pub fn refs(&self) -> String {
        let format = "--format=%(refname) %(objectname:short)%(if)%(upstream)%(then) tracks %(upstream:short)%(end)";
        let refs = self.git(&["for-each-ref", format, "refs/heads", "refs/tags"]);
        let head = fs::read_to_string(self.repo().join(".git/HEAD")).unwrap();
        let head = head.trim_end().trim_start_matches("ref: ");
        format!("{refs}\nHEAD {head}")
    }

    /// Files, index and edits of the user's checkout.
    pub fn files(&self) -> String {
        let read = |path: &str| fs::read_to_string(self.repo().join(path)).unwrap();
        [
            self.git(&["status", "--porcelain"]),
            self.git(&["ls-files", "-s"]),
            self.git(&["diff"]),
            read("src/one.c"),
            read("src/two.c"),
            read("notes.txt"),
        ]
        .join("\n--\n")
    }

    /// Everything that a refused command must not change.
    pub fn everything(&self) -> String {
        let config = fs::read_to_string(self.repo().join(".git/config")).unwrap();
        let all = self.git(&["for-each-ref"]);
        [self.all_rows(), self.refs(), all, self.files(), config].join("\n==\n")
    }
}
