// SPDX-License-Identifier: GPL-2.0-or-later
//! Series that want out of the tree, into `.git`, into a ref or into the arguments of a program: through the real program,
//! nothing outside of the worktree changes, and no ref holds what a checkout would write elsewhere.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a review may write: all else in the sandbox stays as it was.
const OURS: [&str; 8] = [
    "repo/.git/patman",
    "repo/.git/objects",
    "repo/.git/refs",
    "repo/.git/logs",
    "repo/.git/worktrees",
    "repo/.git/packed-refs",
    "home/.cache",
    "in.mbox",
];

/// Every file outside of what is ours, links as what they point at.
fn around(top: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![top.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let (path, kind) = entry
                .map(|entry| (entry.path(), entry.file_type().unwrap()))
                .unwrap();
            let name = path
                .strip_prefix(top)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if OURS.contains(&name.as_str()) {
                continue;
            }
            let content = match kind {
                kind if kind.is_dir() => {
                    dirs.push(path);
                    b"directory".to_vec()
                }
                kind if kind.is_symlink() => fs::read_link(path)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
                    .into_bytes(),
                _ => fs::read(path).unwrap(),
            };
            found.insert(name, content);
        }
    }
    found
}

/// One mail of a series.
pub fn mail(number: usize, total: usize, subject: &str, diff: &str) -> String {
    format!(
        "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Eve <eve@example.com>\n\
         Date: Thu, 1 Jan 2026 00:00:0{number} +0000\nSubject: [PATCH {number}/{total}] {subject}\n\
         Message-ID: <{number}@eve>\n{}\n\nwhy\n---\n{diff}-- \n2.47\n\n",
        if number > 1 {
            "In-Reply-To: <1@eve>"
        } else {
            "X-First: yes"
        }
    )
}

/// A diff that makes a file.
fn new(path: &str, mode: &str, line: &str) -> String {
    let end = if mode == "120000" {
        "\n\\ No newline at end of file"
    } else {
        ""
    };
    format!(
        "diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}{end}\n"
    )
}

/// Starts the series of these diffs, a patch each, and looks at what it left; returns what was said.
fn start(sandbox: &Sandbox, diffs: &[String]) -> String {
    let all: String = diffs
        .iter()
        .enumerate()
        .map(|(at, diff)| mail(at + 1, diffs.len(), "x: y", diff))
        .collect();
    fs::write(sandbox.top().join("in.mbox"), all).unwrap();
    let before = around(sandbox.top());
    let done = sandbox.patman("review start ../in.mbox --onto main");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        matches!(done.status.code(), Some(0..=3)) && !said.contains("panicked"),
        "{said}"
    );
    let after = around(sandbox.top());
    for name in before.keys().chain(after.keys()) {
        assert_eq!(before.get(name), after.get(name), "{name}: {said}");
    }
    safe_refs(sandbox, &said);
    said
}

/// No ref holds a path that a checkout would write elsewhere.
fn safe_refs(sandbox: &Sandbox, said: &str) {
    for name in sandbox
        .git(&["for-each-ref", "--format=%(refname)"])
        .lines()
    {
        let listing = sandbox.git(&["ls-tree", "-r", "-z", name]);
        let entries: Vec<(&str, &str)> = listing
            .split('\0')
            .filter_map(|line| line.split_once('\t'))
            .collect();
        for (mode, path) in &entries {
            for part in path.split('/') {
                let folded: String = part
                    .chars()
                    .filter(|c| !matches!(c, '\u{200b}'..='\u{206f}' | '\u{feff}'))
                    .collect();
                let folded = folded.to_lowercase();
                let folded = folded
                    .split(':')
                    .next()
                    .unwrap()
                    .trim_end_matches(['.', ' ']);
                let is_bad = matches!(folded, "" | ".git" | "git~1") || part.contains('\\');
                assert!(!is_bad, "{name} holds {mode} {path}: {said}");
            }
            assert!(
                !entries
                    .iter()
                    .any(|(_, other)| path.starts_with(&format!("{other}/"))),
                "{path} in {name}"
            );
        }
    }
}

/// Starts each as a series of one patch, all in one repository; each must be refused.
fn all_refused(diffs: &[String]) {
    let sandbox = Sandbox::new();
    for diff in diffs {
        let said = start(&sandbox, std::slice::from_ref(diff));
        assert!(
            said.contains("error: ") || said.contains("warning: "),
            "{diff}\n{said}"
        );
        let done = sandbox.patman("review remove --force x-y");
        drop(done);
    }
}

#[test]
fn no_path_leaves_the_tree() {
    all_refused(
        &[
            "../x",
            "src/../../x",
            "/etc/x",
            "//etc/x",
            "./x",
            "src/./x",
            "src//x",
            "..",
            ".",
        ]
        .map(|p| new(p, "100644", "x")),
    );
}

#[test]
fn no_spelling_of_dot_git_is_a_path() {
    let spellings = [
        ".git/config",
        ".GIT/config",
        ".gIt/hooks/post-checkout",
        ".GIT /config",
        ".git./config",
        ".git. . /config",
        "git~1/config",
        "GIT~1/hooks/post-checkout",
        ".git::$INDEX_ALLOCATION/config",
        ".git:x/config",
        ".g\u{200c}it/config",
        "\u{feff}.git/config",
        ".gi\u{202e}t/config",
        "src\\..\\.git\\config",
        "src/.git/config",
        "src/.Git",
    ];
    all_refused(&spellings.map(|path| new(path, "100644", "x")));
}

#[test]
fn no_quoted_name_hides_a_path() {
    let quoted = |path: &str| {
        let name = |side: &str| format!("\"{side}/{path}\"");
        let (a, b) = (name("a"), name("b"));
        format!(
            "diff --git {a} {b}\nnew file mode 100644\n--- /dev/null\n+++ {b}\n@@ -0,0 +1 @@\n+x\n"
        )
    };
    all_refused(
        &[
            ".g\\151t/config",
            "..\\057x",
            "\\056\\056/x",
            "src/\\056git/x",
            ".git\\040/x",
        ]
        .map(quoted),
    );
}

#[test]
fn nothing_is_written_through_a_link() {
    let sandbox = Sandbox::new();
    let link = |path: &str| new(path, "120000", "../../../../..");
    let through = |path: &str| new(path, "100644", "x");
    let renamed =
        "diff --git a/l b/k\nsimilarity index 100%\nrename from l\nrename to k\n".to_owned();
    let copied = "diff --git a/l b/k\nsimilarity index 100%\ncopy from l\ncopy to k\n".to_owned();
    let file = new("l", "100644", "../../../../..");
    let changed = "diff --git a/l b/l\nold mode 100644\nnew mode 120000\n".to_owned();
    let gone =
        "diff --git a/src/one.c b/src/one.c\ndeleted file mode 100644\n--- a/src/one.c\n+++ /dev/null\n".to_owned();
    for diffs in [
        vec![format!("{}{}", link("l"), through("l/x"))],
        vec![format!("{}{}", through("l/x"), link("l"))],
        vec![link("l"), through("l/x")],
        vec![link("l"), renamed.clone(), through("k/x")],
        vec![link("l"), format!("{renamed}{}", through("k/x"))],
        vec![link("l"), copied, through("k/x")],
        vec![file, changed, through("l/x")],
        vec![link("src/l"), through("src/l/x"), through("src/l/y")],
        vec![format!("{gone}{}", link("src")), through("src/x")],
    ] {
        let said = start(&sandbox, &diffs);
        assert!(
            said.contains("error: ") || said.contains("warning: "),
            "{diffs:?}\n{said}"
        );
        drop(sandbox.patman("review remove --force x-y"));
        assert!(!sandbox.top().join("x").exists());
    }
}

#[test]
fn no_submodule_stands_where_git_would_run_it() {
    let commit = |path: &str| {
        new(
            path,
            "160000",
            &format!("Subproject commit {}", "1".repeat(40)),
        )
    };
    all_refused(&[
        commit(".git"),
        commit("src/.git"),
        commit("../m"),
        commit("git~1"),
        new(".gitmodules", "120000", "x"),
    ]);
}

#[test]
fn odd_names_are_files_or_refused_and_shown_as_text() {
    let sandbox = Sandbox::new();
    let diff = "diff --git \"a/\\033[31m\\n\\r\" \"b/\\033[31m\\n\\r\"\nnew file mode 100644\n--- /dev/null\n\
                +++ \"b/\\033[31m\\n\\r\"\n@@ -0,0 +1 @@\n+x\n";
    start(&sandbox, &[diff.to_owned()]);
    for line in [
        "review show x-y",
        "review show --json x-y",
        "review list",
        "review compare x-y",
    ] {
        let done = sandbox.patman(line);
        let said = [done.stdout, done.stderr].concat();
        assert!(
            !said.iter().any(|&b| b < b' ' && b != b'\n'),
            "{line}: {}",
            String::from_utf8_lossy(&said)
        );
    }
}

#[test]
fn every_title_makes_a_name_that_is_a_name() {
    let long = "word ".repeat(1000);
    let titles = [
        "-n",
        "--upload-pack=touch x",
        "@{",
        "@{-1}",
        "refs/heads/x.lock",
        "HEAD",
        "x..y",
        "a~1^2:?*[b",
        &long,
        "\u{1f600}\u{1f680}",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "\u{301}\u{302}\u{303}",
        "x\u{7f}\u{9b}31m\u{202e}y",
        "backup",
        "v2",
        "con",
    ];
    let sandbox = Sandbox::new();
    let diff = new("n", "100644", "x");
    for (at, title) in titles.iter().enumerate() {
        fs::write(
            sandbox.top().join("in.mbox"),
            mail(1, 1, title, &diff).replace("1@eve", &format!("{at}@eve")),
        )
        .unwrap();
        let before = around(sandbox.top());
        let done = sandbox.patman("review start ../in.mbox --onto main");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{title}: {said}");
        assert!(
            !said.contains(['\u{9b}', '\u{202e}', '\u{7f}']),
            "{title}: {said}"
        );
        assert_eq!(around(sandbox.top()), before, "{title}");
    }
    for name in sandbox
        .git(&["for-each-ref", "--format=%(refname)"])
        .lines()
    {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/".contains(c);
        assert!(
            name.chars().all(is_plain) && name.len() < 100 && !name.contains("/-"),
            "{name}"
        );
    }
    let listed = sandbox.patman("review list");
    assert!(
        listed.status.success()
            && listed.stdout.iter().filter(|&&b| b == b'\n').count() >= titles.len()
    );
}

#[test]
fn a_mail_whose_binary_files_unpack_to_more_than_a_gigabyte_takes_little_memory() {
    let sandbox = Sandbox::new();
    // A hundred megabytes of nothing, as git writes them, fifteen times.
    let empty = sandbox.top().join("empty");
    fs::File::create(&empty)
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    let path = empty.to_str().unwrap();
    let nothing = sandbox.git(&["hash-object", "-w", "--stdin"]);
    let blob = sandbox.git(&["hash-object", "-w", path]);
    let small = "core.compression=9";
    let diff = sandbox.git(&[
        "-c",
        small,
        "diff",
        "--binary",
        "--full-index",
        &nothing,
        &blob,
    ]);
    let data = &diff[diff.find("GIT binary patch").unwrap()..];
    let file = |at: usize| {
        format!(
            "diff --git a/fw{at} b/fw{at}\nnew file mode 100644\nindex {}..{blob}\n{data}\n",
            "0".repeat(40)
        )
    };
    let text = mail(
        1,
        1,
        "firmware: Add images",
        &(0..15).map(file).collect::<String>(),
    );
    assert!(text.len() < 3_000_000, "{}", text.len());
    fs::write(sandbox.top().join("in.mbox"), text).unwrap();
    let limited = "ulimit -v 1000000 && exec git-patman review check ../in.mbox";
    let done = sandbox
        .command("sh", &sandbox.repo())
        .args(["-c", limited])
        .output()
        .unwrap();
    let shown = sandbox.show("review check ../in.mbox", &done);
    assert_data_eq!(
        shown,
        str![[r#"
$ git patman review check ../in.mbox
SERIES                VER  ONTO  RESULT
firmware: Add images  v1   -     error: refusing a patch: its binary files are larger than 79 MiB when unpacked
= 1

"#]]
    );
    // Nor is git given the patch, which would keep all of it in memory.
    assert_data_eq!(
        sandbox.session(&["review start ../in.mbox"]),
        str![[r#"
$ git patman review start ../in.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: e747479 (HEAD)
! error: refusing a patch: its binary files are larger than 79 MiB when unpacked
! hint: if you trust the sender, apply it with 'git am'
= 1

"#]]
    );
}
