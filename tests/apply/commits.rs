// SPDX-License-Identifier: GPL-2.0-or-later
//! Commits written by the library are those that git writes, byte for byte.

use crate::repo::{Trio, git_ok};
use git_patman::git::Oid;
use git_patman::git::commits::Signature;
use git_patman::git::objects::Objects;
use std::os::unix::ffi::OsStrExt;

/// The commit that git makes of the empty tree, or nothing where it refuses.
fn by_git(
    dir: &std::path::Path,
    tree: &str,
    name: &[u8],
    email: &[u8],
    message: &[u8],
) -> Option<Vec<u8>> {
    std::fs::write(dir.join("message"), message).unwrap();
    let mut command = std::process::Command::new("git");
    command
        .current_dir(dir)
        .args(["commit-tree", tree, "-F", "message"])
        .env("LC_ALL", "C");
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("HOME", dir);
    command.env("GIT_AUTHOR_NAME", std::ffi::OsStr::from_bytes(name));
    command
        .env("GIT_AUTHOR_EMAIL", std::ffi::OsStr::from_bytes(email))
        .env("GIT_AUTHOR_DATE", "1600000000 -0330");
    command
        .env("GIT_COMMITTER_NAME", "Com")
        .env("GIT_COMMITTER_EMAIL", "c@x")
        .env("GIT_COMMITTER_DATE", "1700000000 +0545");
    let output = command.output().unwrap();
    let id = String::from_utf8(output.stdout).unwrap();
    output
        .status
        .success()
        .then(|| git_ok(dir, &["cat-file", "commit", id.trim()], b""))
}

#[test]
fn names_and_messages_are_cleaned_as_git_cleans_them() {
    let trio = Trio::new();
    let dir = &trio.ours;
    let tree = String::from_utf8(git_ok(
        dir,
        &["hash-object", "-t", "tree", "-w", "--stdin"],
        b"",
    ))
    .unwrap();
    let tree = tree.trim();
    let objects = Objects::open(&dir.join(".git")).unwrap();
    let committer = Signature::new("Com", "c@x", 1_700_000_000, 345);
    let plain: &[u8] = b"A U Thor";
    let cases: [(&[u8], &[u8], &[u8]); 18] = [
        (plain, b"a@x", b"Subject\n\nBody\n"),
        (b"  A \"U\" Thor, ", b"<a@x>", b"S\n"),
        (b"\"Thor, A\"", b" a@x ", b"S\n"),
        (b"A <b> Thor", b"a<@>x", b"S\n"),
        (b"A\nB", b"a@x", b"S\n"),
        (b";:,A'", b"", b"S\n"),
        (b"<>", b"a@x", b"S\n"),
        (b"", b"a@x", b"S\n"),
        ("Ä Ö".as_bytes(), b"a@x", "Größe\n".as_bytes()),
        (b"\xc4 Latin", b"a@x", b"S\n\nGr\xf6\xdfe\n"),
        (
            plain,
            b"a@x",
            b"over long \xc0\x80 and \xed\xa0\x80 and \xf4\x90\x80\x80\n",
        ),
        (
            plain,
            b"a@x",
            "aside \u{fdd0} \u{ffff} \u{1fffe} \u{fffd}\n".as_bytes(),
        ),
        (plain, b"a@x", b"cut \xe2\x82"),
        (plain, b"a@x", b"cut \xe2\x82x \xf0\x9f\x98 \xff\xfe\n"),
        (plain, b"a@x", b"no end"),
        (plain, b"a@x", b"\n\nblank first\n\n\n"),
        (plain, b"a@x", b"\xe9\n"),
        (plain, b"a@x", b"a\x01b\x7f\n"),
    ];
    for (name, email, message) in cases {
        let author = Signature {
            name: name.into(),
            email: email.into(),
            seconds: 1_600_000_000,
            offset_minutes: -210,
        };
        let ours = objects.commit(
            Oid::from_str(tree).unwrap(),
            &[],
            &author,
            &committer,
            message,
        );
        let ours = ours
            .ok()
            .map(|id| git_ok(dir, &["cat-file", "commit", &id.to_string()], b""));
        let words = |bytes: Option<Vec<u8>>| bytes.map(|bytes| bytes.escape_ascii().to_string());
        assert_eq!(
            words(ours),
            words(by_git(dir, tree, name, email, message)),
            "{}",
            name.escape_ascii()
        );
    }
    let nobody = Signature::new("A", "a@x", 0, 0);
    assert!(
        objects
            .commit(
                Oid::from_str(tree).unwrap(),
                &[],
                &nobody,
                &committer,
                b"a\0b"
            )
            .is_err()
    );
}
