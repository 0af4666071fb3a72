// SPDX-License-Identifier: GPL-2.0-or-later
//! A series of the user's own, `video`, of two patches on a branch that tracks `us/main`, with its rows.

use crate::sandbox::{Sandbox, lines};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::fs;
use std::path::PathBuf;

/// The series, in a sandbox whose user is on `main` with edits.
pub fn tracked() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git_at(sandbox.top(), &["init", "-q", "--bare", "us.git"]);
    sandbox.git(&[
        "remote",
        "add",
        "us",
        sandbox.top().join("us.git").to_str().unwrap(),
    ]);
    sandbox.git(&["push", "-q", "-u", "us", "main"]);
    branch(&sandbox, "video", "main");
    sandbox.git(&["branch", "-q", "--set-upstream-to", "us/main", "video"]);
    assert_eq!(
        sandbox
            .patman("upstream add us https://example.com/us.git")
            .status
            .code(),
        Some(0)
    );
    sql(
        &sandbox,
        "INSERT INTO series (name, desc, archived, upstream) VALUES ('video', 'video: Make it fast', 0, 'us');
        INSERT INTO ser_ver (series_id, version, desc) VALUES (1, 1, 'video: Make it fast');
        INSERT INTO pcommit (svid, seq, subject, change_id, patch_id, state, num_comments) VALUES
            (1, 0, 'one: Spell three', 'Ia', 11, 'new', 2), (1, 1, 'one: Spell twenty', NULL, 12, 'new', 0);",
    );
    sandbox
}

/// Makes a branch of two patches, without touching the user's checkout.
pub fn branch(sandbox: &Sandbox, name: &str, base: &str) {
    let work = sandbox.top().join("author");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--no-track",
        "-b",
        name,
        work.to_str().unwrap(),
        base,
    ]);
    let first = lines("one", 40).replace("one 3\n", "one three\n");
    let second = first.replace("one 20\n", "one twenty\n");
    let letter = "Cover-letter:\nvideo: Make it fast\nThis is why.\nEND\n";
    for (subject, body, text) in [
        ("one: Spell three", letter, &first),
        ("one: Spell twenty", "", &second),
    ] {
        fs::write(work.join("src/one.c"), text).unwrap();
        sandbox.git_at(&work, &["add", "-A"]);
        let message = format!("{subject}\n\n{body}Signed-off-by: Ada <ada@example.com>");
        sandbox.git_at(&work, &["commit", "-q", "-m", &message]);
    }
    sandbox.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
}

pub fn database(sandbox: &Sandbox) -> PathBuf {
    sandbox.repo().join(".git/patman/.patman.db")
}

pub fn sql(sandbox: &Sandbox, text: &str) {
    Connection::open(database(sandbox))
        .unwrap()
        .execute_batch(text)
        .unwrap();
}

/// The rows of what the user's own series have, a line each; and what points nowhere, of which there must be nothing.
pub fn rows(sandbox: &Sandbox) -> String {
    let db = Connection::open(database(sandbox)).unwrap();
    let mut text = String::new();
    for table in [
        "series", "ser_ver", "pcommit", "workflow", "review", "reply",
    ] {
        let mut query = db
            .prepare(&format!("SELECT * FROM {table} ORDER BY id"))
            .unwrap();
        let count = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..count)
                .map(|column| match row.get_ref(column).unwrap() {
                    ValueRef::Null => "-".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Text(bytes) => format!("'{}'", String::from_utf8_lossy(bytes)),
                    other => format!("{other:?}"),
                })
                .collect();
            text += &format!("{table} {}\n", values.join(" "));
        }
    }
    let dangling: i64 = db
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(dangling, 0, "rows point nowhere\n{text}");
    text
}

/// Branches and tags with what they track, and HEAD.
pub fn refs(sandbox: &Sandbox) -> String {
    let format = "--format=%(refname) %(objectname:short)%(if)%(upstream)%(then) tracks %(upstream:short)%(end)";
    let refs = sandbox.git(&["for-each-ref", format, "refs/heads", "refs/tags"]);
    let head = fs::read_to_string(sandbox.repo().join(".git/HEAD")).unwrap();
    format!(
        "{refs}\nHEAD {}",
        head.trim_end().trim_start_matches("ref: ")
    )
}

/// Files, index and edits of the user's checkout, which stay byte for byte where no other tree is checked out.
pub fn files(sandbox: &Sandbox) -> String {
    let read = |path: &str| fs::read_to_string(sandbox.repo().join(path)).unwrap();
    let status = sandbox.git(&["status", "--porcelain"]);
    let index = sandbox.git(&["ls-files", "-s"]);
    [
        status,
        index,
        sandbox.git(&["diff"]),
        read("src/one.c"),
        read("src/two.c"),
        read("notes.txt"),
    ]
    .join("\n--\n")
}

/// The message of a branch's last commit.
pub fn message(sandbox: &Sandbox, branch: &str) -> String {
    sandbox.git(&["log", "-1", "--format=%B", branch])
}

/// Everything that a refused command must leave as it is.
pub fn everything(sandbox: &Sandbox) -> String {
    let config = fs::read_to_string(sandbox.repo().join(".git/config")).unwrap();
    let all = sandbox.git(&["for-each-ref"]);
    [rows(sandbox), refs(sandbox), all, files(sandbox), config].join("\n==\n")
}
