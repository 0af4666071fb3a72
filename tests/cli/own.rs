// SPDX-License-Identifier: GPL-2.0-or-later
//! A repository with series of the user's own: branches off `main`, which they track, and rows as patman writes them.

use crate::sandbox::{PROGRAM, Sandbox};
use std::fs;

pub struct Own {
    pub sandbox: Sandbox,
}

impl Own {
    /// A repository with an empty database.
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.patman("-q review list");
        Own { sandbox }
    }

    /// Makes, or makes anew, a branch with a commit for each subject, on `main`. What stands behind the first line of a
    /// subject is the rest of the message; each commit makes a file that is named by its first word.
    pub fn branch(&self, name: &str, messages: &[&str]) {
        let work = self.sandbox.top().join("work");
        self.sandbox.git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            work.to_str().unwrap(),
            "main",
        ]);
        for message in messages {
            let file = message.split([' ', ':']).next().unwrap();
            fs::write(work.join(file), format!("{file}\n")).unwrap();
            self.sandbox.git_at(&work, &["add", "-A"]);
            self.sandbox.git_at(&work, &["commit", "-q", "-m", message]);
        }
        self.sandbox.git_at(&work, &["branch", "-q", "-f", name]);
        self.sandbox
            .git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
        self.sandbox
            .git(&["branch", "-q", "--set-upstream-to", "main", name]);
    }

    /// Writes to the database.
    pub fn sql(&self, sql: &str) {
        let db =
            rusqlite::Connection::open(self.sandbox.repo().join(".git/patman/.patman.db")).unwrap();
        // patman keeps no rule between tables, so that any row may be there.
        db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        db.execute_batch(sql).unwrap();
    }

    /// What a command prints on a terminal of so many columns.
    pub fn on_terminal(&self, columns: u16, line: &str) -> String {
        let spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))";
        let done = self
            .sandbox
            .command("python3", &self.sandbox.repo())
            .args(["-c", spawn, PROGRAM])
            .args(line.split_whitespace())
            .env("COLUMNS", columns.to_string())
            .env("PAGER", "cat")
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        self.sandbox
            .neutral(&String::from_utf8(done.stdout).unwrap().replace('\r', ""))
    }
}
