// SPDX-License-Identifier: GPL-2.0-or-later
//! Series of the user's own for the sessions: branches made aside, so that the checkout stays as it is.

use crate::sandbox::{PROGRAM, Sandbox, lines};
use std::fs;

/// A sandbox with the upstream `us`, whose `main` is the user's.
pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["remote", "add", "us", "https://example.com/us.git"]);
    sandbox.git(&["update-ref", "refs/remotes/us/main", "main"]);
    sandbox.patman("upstream add us https://example.com/us.git -p https://pw.example.org");
    sandbox
}

/// A branch that tracks `us/main`, with commits on top of `from`: message, file, text.
pub fn branch(sandbox: &Sandbox, name: &str, from: &str, commits: &[(&str, &str, &str)]) {
    let work = sandbox.top().join("author");
    let work_text = work.to_str().unwrap();
    sandbox.git(&["worktree", "add", "-q", "-B", name, work_text, from]);
    for (message, path, text) in commits {
        fs::write(work.join(path), text).unwrap();
        sandbox.git_at(&work, &["add", "-A"]);
        let message_file = sandbox.top().join("message");
        fs::write(&message_file, message).unwrap();
        sandbox.git_at(
            &work,
            &[
                "commit",
                "-q",
                "--cleanup=verbatim",
                "-F",
                message_file.to_str().unwrap(),
            ],
        );
    }
    sandbox.git(&["worktree", "remove", "--force", work_text]);
    sandbox.git(&["branch", "-q", "--set-upstream-to=us/main", name]);
}

/// The usual cover letter.
pub const COVER: &str = "Cover-letter:\none: Spell numbers\nThis is why.\nEND\n";

/// The usual series of three patches, the first of which has the cover letter; `word` makes what they change another.
pub fn usual(sandbox: &Sandbox, name: &str, word: &str) {
    let texts = texts(word);
    let first =
        format!("one: Spell three\n\nWhy not.\n\n{COVER}\nSigned-off-by: Ada <ada@example.com>\n");
    branch(
        sandbox,
        name,
        "main",
        &[
            (&first, "src/one.c", &texts[0]),
            (
                "one: Spell ten\n\nSigned-off-by: Ada <ada@example.com>\n",
                "src/one.c",
                &texts[1],
            ),
            ("one: Spell twenty\n", "src/one.c", &texts[2]),
        ],
    );
}

/// What the usual series makes of `src/one.c`.
pub fn texts(word: &str) -> [String; 3] {
    let first = lines("one", 40).replace("one 3\n", "one three\n");
    let second = first.replace("one 10\n", &format!("one ten{word}\n"));
    let third = second.replace("one 20\n", "one twenty\n");
    [first, second, third]
}

/// Runs the program with arguments that hold blanks or nothing.
pub fn run(sandbox: &Sandbox, args: &[&str]) -> String {
    let done = sandbox
        .command(PROGRAM, &sandbox.repo())
        .args(args)
        .output()
        .unwrap();
    let quoted = |arg: &&str| {
        if arg.is_empty() || arg.contains(' ') {
            format!("'{arg}'")
        } else {
            (*arg).to_owned()
        }
    };
    sandbox.show(
        &args.iter().map(quoted).collect::<Vec<_>>().join(" "),
        &done,
    )
}

/// The rows of a query, a line each, with `|` between the values.
pub fn rows(sandbox: &Sandbox, sql: &str) -> String {
    let db = rusqlite::Connection::open(sandbox.repo().join(".git/patman/.patman.db")).unwrap();
    let mut query = db.prepare(sql).unwrap();
    let count = query.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let value = |at| match row.get_ref(at).unwrap() {
            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
            other => format!("{other:?}"),
        };
        Ok((0..count).map(value).collect::<Vec<_>>().join("|") + "\n")
    };
    let rows = query.query_map([], row).unwrap();
    rows.collect::<Result<String, _>>().unwrap()
}

/// Changes the database as another program would.
pub fn change(sandbox: &Sandbox, sql: &str) {
    let db = rusqlite::Connection::open(sandbox.repo().join(".git/patman/.patman.db")).unwrap();
    db.execute_batch(sql).unwrap();
}

/// patman's rows of all series.
pub fn tables(sandbox: &Sandbox) -> String {
    ["series", "ser_ver", "pcommit"]
        .iter()
        .map(|table| rows(sandbox, &format!("SELECT * FROM {table}")))
        .collect()
}

/// The messages of a branch, the last first.
pub fn messages(sandbox: &Sandbox, branch: &str) -> String {
    sandbox.git(&["log", "--format=%B----", &format!("main..{branch}")])
}
