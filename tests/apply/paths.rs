// SPDX-License-Identifier: GPL-2.0-or-later
//! Which paths are refused, beside git with both of its protections: hundreds of spellings of `.git` and `.gitmodules`.

use crate::repo::{Model, Trio, committer, git, git_ok, mail, quote_bytes};
use git_patman::apply::path::is_safe;
use git_patman::apply::{PatchMail, apply};
use git_patman::git::Oid;
use git_patman::git::commits::Signature;
use git_patman::git::objects::Objects;
use std::collections::BTreeSet;

const PROTECTED: [&str; 4] = ["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"];

const NAMES: [&str; 12] = [
    ".git",
    "git~1",
    ".gitmodules",
    "gitmod~1",
    "gi7eba~1",
    "gi7eb~12",
    "g~100000",
    "~1000000",
    ".gitignore",
    ".gitattributes",
    "git",
    "..git",
];

/// What HFS+ ignores, what it does not, and what is no UTF-8: cut off, overlong, a surrogate, no character, beyond the last.
const INSERTED: [&[u8]; 20] = [
    b"\xe2\x80\x8c",
    b"\xe2\x80\x8d",
    b"\xe2\x80\x8e",
    b"\xe2\x80\x8f",
    b"\xe2\x80\xaa",
    b"\xe2\x80\xae",
    b"\xe2\x81\xaa",
    b"\xe2\x81\xaf",
    b"\xef\xbb\xbf",
    b"\xe2\x80\x8b",
    b"\xe2\x81\xa0",
    b"\xc2\xad",
    b"\xff",
    b"\xe2\x80",
    b"\xc0\xae",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbe",
    b"\xef\xbf\xbf",
    b"\xf0\x80\x80\xae",
    b"\xf4\x90\x80\x80",
];

const ENDS: [&str; 20] = [
    "",
    ".",
    " ",
    ". .",
    "...",
    ":",
    ":x",
    "::$INDEX_ALLOCATION",
    ".:x",
    " . :",
    "\\",
    "\\x",
    ".\\x",
    "~1",
    "x",
    "1",
    "/x",
    " /x",
    ":/x",
    "\u{200c}/x",
];

const BEGINS: [&str; 7] = ["", "d/", "d\\", "\\", ".", " ", "d:"];

/// Spellings, each once.
fn spellings() -> Vec<Vec<u8>> {
    let mut all = BTreeSet::new();
    for name in NAMES {
        let mixed: String = name
            .chars()
            .enumerate()
            .map(|(at, c)| {
                if at % 2 == 0 {
                    c
                } else {
                    c.to_ascii_uppercase()
                }
            })
            .collect();
        for cased in [name.to_owned(), name.to_uppercase(), mixed] {
            for end in ENDS {
                for begin in BEGINS {
                    all.insert(format!("{begin}{cased}{end}").into_bytes());
                }
            }
        }
        for inserted in INSERTED {
            for at in 0..=name.len() {
                let (before, after) = name.as_bytes().split_at(at);
                all.insert([before, inserted, after].concat());
                all.insert([before, inserted, after, b"/x"].concat());
            }
        }
    }
    for stem in [
        "gitmod", "git", "gi7eba", "gi7eb", "gi", "g", "gi7ebx", "h", "",
    ] {
        for number in [
            "0", "1", "4", "5", "9", "10", "12", "012", "100", "1234", "99999", "100000",
            "1000000", "10000000",
        ] {
            all.insert(format!("{stem}~{number}").into_bytes());
            all.insert(format!("{stem}~{number} .:x").into_bytes());
        }
    }
    all.into_iter().filter(|path| is_plain(path)).collect()
}

/// Whether a name begins with a backslash, behind which git does not look and we do.
fn begins_with_backslash(path: &[u8]) -> bool {
    path.split(|&c| c == b'/')
        .any(|name| name.starts_with(b"\\"))
}

/// Whether no rule but those of names of `.git` refuses it.
fn is_plain(path: &[u8]) -> bool {
    path.split(|&c| c == b'/')
        .all(|name| !matches!(name, b"" | b"." | b".."))
}

#[test]
fn the_index_takes_what_is_safe_and_nothing_else() {
    let trio = Trio::new();
    let spellings = spellings();
    assert!(spellings.len() > 1000, "{}", spellings.len());
    for mode in [0o100644, 0o120000, 0o160000] {
        // Each in a directory of its own, so that none is in the way of another.
        let place = |at: usize, path: &[u8]| [format!("{at}/").as_bytes(), path].concat();
        let mut entries = Vec::new();
        for (at, path) in spellings.iter().enumerate() {
            entries.extend_from_slice(format!("{mode:o} {}\t", "1".repeat(40)).as_bytes());
            entries.extend_from_slice(&place(at, path));
            entries.push(0);
        }
        git_ok(&trio.am, &["read-tree", "--empty"], b"");
        git(
            &trio.am,
            &[&PROTECTED[..], &["update-index", "-z", "--index-info"]].concat(),
            &entries,
        );
        let listed = git_ok(&trio.am, &["ls-files", "-z"], b"");
        let taken: BTreeSet<&[u8]> = listed
            .split(|&c| c == 0)
            .filter(|path| !path.is_empty())
            .collect();
        assert!(taken.len() > 100);
        let is_looser = |path: &Vec<u8>| is_safe(path, mode) && !taken.contains(&path[..]);
        let differing: Vec<String> = spellings
            .iter()
            .enumerate()
            .map(|(at, path)| place(at, path))
            .filter(|path| {
                taken.contains(&path[..]) != is_safe(path, mode) && !begins_with_backslash(path)
            })
            .map(|path| path.escape_ascii().to_string())
            .collect();
        assert!(differing.is_empty(), "{mode:o}: {differing:#?}");
        let mut placed = spellings
            .iter()
            .enumerate()
            .map(|(at, path)| place(at, path));
        assert_eq!(placed.find(is_looser), None);
    }
}

/// A diff that makes a file or a link, after one of `a` that promises another result where it is `false_index`.
fn diff(path: &[u8], mode: u32, false_index: bool) -> Vec<u8> {
    let (old, new) = (
        quote_bytes(&[b"a/", path].concat()),
        quote_bytes(&[b"b/", path].concat()),
    );
    let first = match false_index {
        true => {
            "diff --git a/a b/a\nindex d00491f..1111111 100644\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n 1\n+2\n"
        }
        false => "",
    };
    let end = if mode == 0o120000 {
        "\n\\ No newline at end of file"
    } else {
        ""
    };
    format!(
        "{first}diff --git {old} {new}\nnew file mode {mode:o}\n--- /dev/null\n+++ {new}\n@@ -0,0 +1 @@\n+x{end}\n"
    )
    .into_bytes()
}

#[test]
fn no_rung_of_the_ladder_takes_more_than_the_index() {
    let trio = Trio::new();
    let mut tree = Model::new();
    tree.insert("a".into(), (0o100644, b"1\n".to_vec()));
    let base = Trio::commits(&trio.ours, None, &[tree]).pop().unwrap();
    let base = Oid::from_str(&base).unwrap();
    let spellings = spellings();
    for (at, path) in spellings.iter().enumerate().step_by(37) {
        for mode in [0o100644, 0o120000] {
            for way in 0..3 {
                let fixing = if way == 1 { "fix" } else { "warn" };
                git_ok(&trio.ours, &["config", "apply.whitespace", fixing], b"");
                let objects = Objects::open(&trio.ours.join(".git")).unwrap();
                let patch = PatchMail {
                    diff: diff(path, mode, way == 2),
                    author: Signature::new("Au Thor", "au@example.com", 1, 0),
                    message: b"x\n".to_vec(),
                };
                let applied = apply(&objects, base, &[patch], &committer()).unwrap();
                assert_eq!(
                    applied.stopped.is_none(),
                    is_safe(path, mode),
                    "{at} {way} {mode:o} {}: {:?}",
                    path.escape_ascii(),
                    applied.stopped
                );
            }
        }
    }
}

#[test]
fn modes_of_no_known_type_are_what_they_are_to_git() {
    let mut onto = Model::new();
    onto.insert("a".into(), (0o100644, b"1\n".to_vec()));
    for mode in [
        "0", "000000", "1", "644", "755", "20000", "777777", "100600", "0100644", "100755",
    ] {
        for line in [
            "x".to_owned(),
            format!("Subproject commit {}", "1".repeat(40)),
        ] {
            let trio = Trio::new();
            let tips = [&trio.am, &trio.ours].map(|dir| {
                Trio::commits(dir, None, std::slice::from_ref(&onto))
                    .pop()
                    .unwrap()
            });
            assert_eq!(tips[0], tips[1]);
            let diff = format!(
                "diff --git a/n b/n\nnew file mode {mode}\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+{line}\n"
            );
            let verdict = trio.compare(&tips[0], &mail(diff.as_bytes()));
            assert_eq!(verdict.difference(), None, "{mode} {line}");
        }
    }
}
