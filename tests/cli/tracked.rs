// SPDX-License-Identifier: GPL-2.0-or-later
//! Series as other commands, or patman, have left them in the database, for the sessions of commands that only read them.

use crate::sandbox::{PROGRAM, Sandbox, lines};
use std::fs;
use std::path::{Path, PathBuf};

/// The database, made if it is absent, and changed.
pub fn sql(sandbox: &Sandbox, statements: &str) {
    let file = sandbox.repo().join(".git/patman/.patman.db");
    if !file.exists() {
        sandbox.patman("-q db migrate");
    }
    // As patman has it: rows may name others that are not there.
    let statements = format!("PRAGMA foreign_keys = OFF; {statements}");
    rusqlite::Connection::open(file)
        .unwrap()
        .execute_batch(&statements)
        .unwrap();
}

/// What the database says to a query that has one value.
pub fn asked(sandbox: &Sandbox, query: &str) -> rusqlite::types::Value {
    let db = rusqlite::Connection::open(sandbox.repo().join(".git/patman/.patman.db")).unwrap();
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

/// A repository with three series: `video` in two versions whose branches are here, `tidy`, which has none, and `old`, which
/// is archived.
pub fn series() -> Sandbox {
    let sandbox = Sandbox::new();
    let work = sandbox.top().join("work");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        work.to_str().unwrap(),
        "main",
    ]);
    let commit = |message: &str, path: &str, text: String| {
        fs::write(work.join(path), text).unwrap();
        sandbox.git_at(&work, &["add", "-A"]);
        sandbox.git_at(&work, &["commit", "-q", "-m", message]);
    };
    let edited =
        |line: &str, new: &str| lines("one", 40).replace(&format!("{line}\n"), &format!("{new}\n"));
    sandbox.git_at(&work, &["switch", "-q", "-c", "video"]);
    commit(
        "video: Clean up\n\nChange-Id: I01",
        "one.txt",
        "one\n".to_owned(),
    );
    commit(
        "video: Add a driver\n\nChange-Id: I02",
        "src/one.c",
        edited("one 3", "one three"),
    );
    commit(
        "video: Drop the old one\n\nChange-Id: I03",
        "three.txt",
        "three\n".to_owned(),
    );
    sandbox.git_at(&work, &["switch", "-q", "-c", "video2", "main"]);
    commit(
        "video: Add the driver\n\nChange-Id: I02",
        "src/one.c",
        edited("one 3", "one thrice"),
    );
    commit(
        "video: Clean up\n\nChange-Id: I01",
        "one.txt",
        "one\n".to_owned(),
    );
    commit(
        "video: Document it\n\nChange-Id: I04",
        "four.txt",
        "four\n".to_owned(),
    );
    sql(
        &sandbox,
        "INSERT INTO upstream (name, url, patchwork_url) VALUES ('us', 'https://example.com/us.git', 'https://pw.example.org');
        INSERT INTO patchwork (name, proj_id, link_name, upstream) VALUES ('U-Boot', 6, 'uboot', 'us');
        INSERT INTO series (id, name, desc, archived, upstream) VALUES
            (1, 'video', 'video: Make it faster', 0, 'us'), (2, 'tidy', 'doc: Tidy up ÄRGER', 0, NULL),
            (3, 'old', 'spi: Drop it', 1, 'us');
        INSERT INTO ser_ver (id, series_id, version, link, desc, cover_id, cover_num_comments, name, archive_tag, notes) VALUES
            (1, 1, 1, '452329', 'video: Make it fast', 806215, 2, '[0/3] video: Make it fast', NULL,
                'Tom: done' || char(10) || char(9) || 'Sam: ' || char(27) || '[31mno'),
            (2, 1, 2, '453001', 'video: Make it faster', NULL, NULL, NULL, NULL, NULL),
            (3, 2, 1, NULL, 'doc: Tidy up', NULL, NULL, NULL, NULL, NULL),
            (4, 3, 1, 400001, NULL, NULL, NULL, NULL, 'old-01jan25', NULL);
        INSERT INTO pcommit (svid, seq, subject, patch_id, change_id, state, num_comments) VALUES
            (1, 0, 'video: Clean up', 2000010, 'I01', 'accepted', 0),
            (1, 1, 'video: Add a driver', 2000011, 'I02', 'changes-requested', 3),
            (1, 2, 'video: Drop the old one', 2000012, 'I03', 'new', 1),
            (2, 0, 'video: Add the driver', 2000020, 'I02', 'new', 0),
            (2, 1, 'video: Clean up', 2000021, 'I01', 'accepted', 0),
            (2, 2, 'video: Document it', 2000022, 'I04', 'new', 0),
            (3, 0, 'doc: Use 100% of the width', NULL, NULL, NULL, NULL),
            (4, 0, 'spi: Drop it', 1000001, NULL, 'accepted', 0);
        INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
            ('sent', 1, '2025-12-20 09:00:00', 1, 1), ('sent', 1, '2025-12-30 09:00:00', 0, 2),
            ('todo', 1, '2026-01-05 09:00:00', 0, NULL);",
    );
    sandbox
}

/// A directory that holds a database as patman made it, of whichever version, named by the environment.
pub fn fixture(sandbox: &Sandbox, name: &str) -> PathBuf {
    let dir = sandbox.top().join("db");
    drop(fs::remove_dir_all(&dir));
    fs::create_dir(&dir).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/db")
        .join(name);
    fs::copy(from, dir.join(".patman.db")).unwrap();
    dir
}

/// Runs the program on the database in a directory.
pub fn with_db(sandbox: &Sandbox, dir: &Path, line: &str) -> std::process::Output {
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command
        .env("PATMAN_DB_DIR", dir)
        .args(line.split(' '))
        .output()
        .unwrap()
}

/// Statements that make a database as awkward as loosely typed columns let it be: rows without a parent, empty and missing
/// names, numbers that are text, text that is no text, and titles that a terminal would obey.
pub const AWKWARD: &str = "
    INSERT INTO series (id, name, desc, archived) VALUES (10, NULL, NULL, NULL), (11, '', '', ''), (12, 'orphan', NULL, 'no'),
        (13, 'evil' || char(27) || '[2J', 'a' || char(10) || 'b' || char(27) || ']0;x' || char(7), 0), (14, 77, x'ff6162', 0),
        (15, 'twice', 'Two of one number', 0), (16, 'odd', 'Odd versions', 0);
    INSERT INTO ser_ver (id, series_id, version, link) VALUES (101, 10, 1, NULL), (113, 13, 1, 'x' || char(27) || '[1m'),
        (114, 14, 1, ''), (115, 15, 1, 5), (116, 15, 1, '6'), (117, 16, 'x', NULL), (118, 16, NULL, NULL), (119, 16, -1, NULL),
        (120, 16, 4000000000000, NULL), (121, 999, 1, 'nobody');
    INSERT INTO pcommit (svid, seq, subject, state, num_comments) VALUES (113, 'x', NULL, x'ff', 'many'), (113, NULL, 'q' || char(27) || '[0m', 5, -1),
        (117, 99999999999, 'far', NULL, NULL), (998, 0, 'lost', 'accepted', 1), (116, 0, 'a', 'accepted', NULL);
    INSERT INTO review (svid, seq, body, approved, status) VALUES (113, 0, NULL, 'x', 1), (113, 'y', 'z', NULL, NULL), (113, 1, 'b' || char(27) || '[1mold', 1, 'new');
    INSERT INTO workflow (type, series_id, timestamp, ser_ver_id) VALUES ('sent', 13, 'yesterday', 113), ('sent', 13, NULL, 'x');";
