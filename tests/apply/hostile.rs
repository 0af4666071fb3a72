// SPDX-License-Identifier: GPL-2.0-or-later
//! Patches that want out of the tree, into `.git`, or to keep the program busy. We refuse what git refuses, and what it
//! takes on this system but not on others.

use crate::repo::{Model, Trio, mail};

fn onto() -> Model {
    let mut tree = Model::new();
    tree.insert("a".into(), (0o100644, b"1\n".to_vec()));
    tree.insert("link".into(), (0o120000, b"/tmp".to_vec()));
    tree.insert("d/f".into(), (0o100644, b"1\n".to_vec()));
    tree
}

/// Applies a diff; it must be refused, with these words.
fn refused(diff: &str, why: &str) {
    let trio = Trio::new();
    let tips = [&trio.am, &trio.ours].map(|dir| Trio::commits(dir, None, &[onto()]).pop().unwrap());
    let verdict = trio.compare(&tips[0], &mail(diff.as_bytes()));
    let stop = verdict.ours.stopped.as_ref().unwrap();
    assert_eq!(verdict.ours.head.to_string(), tips[1]);
    assert!(stop.error.to_string().contains(why), "{}", stop.error);
}

fn creates(path: &str, why: &str) {
    let new = "new file mode 100644\n--- /dev/null\n";
    refused(
        &format!("diff --git a/{path} b/{path}\n{new}+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"),
        why,
    );
}

macro_rules! paths {
    ($($name:ident: $path:expr;)*) => {$(
        #[test]
        fn $name() {
            creates($path, "invalid path");
        }
    )*};
}

paths! {
    dot_dot: "../x";
    dot_dot_within: "d/../../x";
    dot_git: ".git/hooks/post-checkout";
    dot_git_in_capitals: ".GIT/config";
    dot_git_below: "d/.git/config";
    dot_git_with_a_dot_behind: ".git./config";
    dot_git_with_a_stream: ".git::$INDEX_ALLOCATION/config";
    dot_git_by_its_short_name: "git~1/config";
    dot_git_behind_a_backslash: "d\\.git\\config";
    dot_git_with_what_hfs_ignores: ".g\u{200c}it/config";
    a_dot: "./x";
}

#[test]
fn an_absolute_path() {
    refused(
        "diff --git a//etc/x b//etc/x\nnew file mode 100644\n--- /dev/null\n+++ b//etc/x\n@@ -0,0 +1 @@\n+x\n",
        "",
    );
    refused("--- /dev/null\n+++ //etc/x\n@@ -0,0 +1 @@\n+x\n", "");
}

#[test]
fn dot_git_in_quotes() {
    let path = "\"a/.g\\151t/x\"";
    refused(
        &format!(
            "diff --git {path} {path}\nnew file mode 100644\n--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+x\n"
        ),
        "invalid",
    );
}

#[test]
fn a_rename_out_of_the_tree() {
    refused(
        "diff --git a/a b/../x\nsimilarity index 100%\nrename from a\nrename to ../x\n",
        "invalid path",
    );
}

#[test]
fn a_copy_into_dot_git() {
    refused(
        "diff --git a/a b/.git/x\nsimilarity index 100%\ncopy from a\ncopy to .git/x\n",
        "invalid path",
    );
}

#[test]
fn beyond_a_link_of_the_tree() {
    creates("link/x", "beyond a symbolic link");
}

#[test]
fn beyond_a_link_of_the_patch() {
    let link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/tmp\n\\ No newline at end of file\n";
    let file = "diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+x\n";
    refused(&format!("{link}{file}"), "beyond a symbolic link");
    refused(&format!("{file}{link}"), "beyond a symbolic link");
}

#[test]
fn beyond_a_link_that_is_renamed_into_place() {
    let link = "diff --git a/link b/l\nsimilarity index 100%\nrename from link\nrename to l\n";
    let file = "diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+x\n";
    refused(&format!("{link}{file}"), "");
}

#[test]
fn a_directory_for_a_mode() {
    refused(
        "diff --git a/n b/n\nnew file mode 040000\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n",
        "not one of a file",
    );
}

#[test]
fn gitmodules_as_a_link() {
    let names = "diff --git a/.gitmodules b/.gitmodules\nnew file mode 120000\n--- /dev/null\n+++ b/.gitmodules\n";
    refused(
        &format!("{names}@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"),
        "invalid path",
    );
}

#[test]
fn a_file_below_a_file() {
    creates("a/x", "a file and a directory");
}

#[test]
fn a_file_for_a_directory_that_stays() {
    creates("d", "a file and a directory");
}

#[test]
fn a_binary_bomb() {
    let head = "diff --git a/b b/b\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..1111111111111111111111111111111111111111\n";
    for size in ["4000000000", "99999999999999999999999", "500000000"] {
        refused(
            &format!("{head}GIT binary patch\nliteral {size}\nIcmZQzfB*mh0RR91\n\n"),
            "",
        );
    }
}
