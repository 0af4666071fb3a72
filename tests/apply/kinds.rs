// SPDX-License-Identifier: GPL-2.0-or-later
//! One test for each kind of change, above all those that libgit2 gets wrong or crashes on: the commit is git am's.

use crate::repo::{File, Model, Trio, Verdict, git_ok, mail};
use git_patman::apply::ApplyMethod;

const REG: u32 = 0o100644;
const EXE: u32 = 0o100755;
const LINK: u32 = 0o120000;
const SUB: u32 = 0o160000;
const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222";
const TEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

fn tree(files: &[(&str, u32, &str)]) -> Model {
    files
        .iter()
        .map(|(name, mode, text)| ((*name).into(), (*mode, text.as_bytes().to_vec()) as File))
        .collect()
}

/// Mails the change from `before` to `after` and applies it to `onto`.
fn series(before: &Model, after: &Model, options: &[&str], onto: &Model) -> Verdict {
    let trio = Trio::new();
    let author = Trio::commits(&trio.author, None, &[before.clone(), after.clone()]);
    let mbox = trio.mails(&author[0], &author[1], options);
    onto_tree(&trio, &[before.clone(), onto.clone()], &mbox)
}

fn onto_tree(trio: &Trio, chain: &[Model], mbox: &[u8]) -> Verdict {
    let tips = [&trio.am, &trio.ours].map(|dir| Trio::commits(dir, None, chain).pop().unwrap());
    let verdict = trio.compare(&tips[0], mbox);
    assert_eq!(verdict.difference(), None);
    verdict
}

/// Applies a diff that is given as text to a tree.
fn diff(onto: &Model, diff: &str) -> Verdict {
    onto_tree(
        &Trio::new(),
        std::slice::from_ref(onto),
        &mail(diff.as_bytes()),
    )
}

fn how(verdict: &Verdict) -> ApplyMethod {
    assert!(verdict.ours.stopped.is_none(), "{:?}", verdict.ours.stopped);
    verdict.ours.steps[0].how
}

fn stops(verdict: &Verdict, why: &str) {
    let stop = verdict.ours.stopped.as_ref().unwrap();
    assert!(stop.error.to_string().contains(why), "{}", stop.error);
}

/// A change that applies to its own base as it stands.
macro_rules! applies {
    ($($name:ident: $options:expr, $before:expr, $after:expr;)*) => {$(
        #[test]
        fn $name() {
            let before = tree(&$before);
            assert_eq!(how(&series(&before, &tree(&$after), &$options, &before)), ApplyMethod::Exact);
        }
    )*};
}

applies! {
    an_edit: [], [("a", REG, TEN)], [("a", REG, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n")];
    an_empty_file_and_another: [], [("a", REG, TEN)], [("a", REG, TEN), ("e", REG, ""), ("f", REG, "f\n")];
    two_empty_files: [], [("a", REG, TEN)], [("a", REG, TEN), ("e", REG, ""), ("f", REG, "")];
    an_empty_file_with_a_space_in_its_name: [], [("a", REG, TEN)], [("a", REG, TEN), ("e e", REG, "")];
    an_empty_file_deleted: [], [("a", REG, TEN), ("e", REG, "")], [("a", REG, TEN)];
    a_new_file_with_a_space: [], [("a", REG, TEN)], [("a", REG, TEN), ("d d/f f", REG, "x\n")];
    a_mode_change_with_a_space: [], [("a b", REG, TEN)], [("a b", EXE, TEN)];
    a_rename_with_a_space: ["-M"], [("a b", REG, TEN)], [("c d", REG, TEN)];
    a_rename_with_an_edit_and_a_mode: ["-M"], [("a", REG, TEN)], [("b", EXE, "1\n2\n3\n4\n5\n6\n7\n8\n9\n11\n")];
    a_copy: ["-C", "--find-copies-harder"], [("a", REG, TEN)], [("a", REG, TEN), ("b", REG, TEN)];
    a_swap: ["-B", "-M"], [("a", REG, TEN), ("b", REG, "x\ny\nz\nu\n")], [("b", REG, TEN), ("a", REG, "x\ny\nz\nu\n")];
    a_chain_of_renames: ["-B", "-M"],
        [("a", REG, TEN), ("b", REG, "x\ny\nz\nu\n")], [("b", REG, TEN), ("c", REG, "x\ny\nz\nu\n")];
    a_submodule_bump: [], [("s", SUB, ONE)], [("s", SUB, TWO)];
    a_submodule_added: [], [("a", REG, TEN)], [("a", REG, TEN), ("s", SUB, ONE)];
    a_submodule_removed: [], [("a", REG, TEN), ("s", SUB, ONE)], [("a", REG, TEN)];
    a_submodule_for_a_file: [], [("a", REG, TEN), ("s", REG, "x\n")], [("a", REG, TEN), ("s", SUB, ONE)];
    a_link_for_a_file: [], [("a", REG, TEN)], [("a", LINK, "b")];
    a_file_for_a_link: [], [("a", LINK, "b")], [("a", REG, TEN)];
    a_link_retargeted: [], [("a", LINK, "b")], [("a", LINK, "c")];
    a_directory_for_a_file: [], [("a", REG, TEN)], [("a/b/c", REG, "x\n")];
    a_file_for_a_directory: [], [("a/b/c", REG, "x\n"), ("a/d", REG, "y\n")], [("a", REG, TEN)];
    the_last_file_of_a_directory_deleted: [], [("a", REG, TEN), ("d/e/f", REG, "x\n")], [("a", REG, TEN)];
    the_last_file_of_all_deleted: [], [("a", REG, TEN)], [];
    no_newline_before: [], [("a", REG, "1\n2")], [("a", REG, "1\n2\n")];
    no_newline_after: [], [("a", REG, "1\n2\n")], [("a", REG, "1\n2")];
    no_newline_on_both_sides: [], [("a", REG, "1\n2")], [("a", REG, "1\n3")];
    a_removed_last_line_without_newline: [], [("a", REG, "1\n2\n3")], [("a", REG, "1\n2\nx\n")];
    carriage_returns: [], [("a", REG, "1\r\n2\r\n3\r\n")], [("a", REG, "1\r\n2\r\nx\r\n")];
    quoted_names: [], [("t\tb", REG, TEN), ("q\"", REG, TEN), ("n\nl", REG, TEN), ("ü", REG, TEN), ("b\\s", REG, TEN)],
        [("t\tb", REG, "t\n"), ("q\"", EXE, TEN), ("n\nl", REG, ""), ("ü", REG, "u\n"), ("b\\t", REG, TEN)];
    a_binary_literal: ["--binary"], [("a", REG, TEN)], [("a", REG, TEN), ("b", REG, "\0\u{1}\u{2}bin")];
    a_binary_deleted: ["--binary"], [("a", REG, TEN), ("b", REG, "\0\u{1}\u{2}bin")], [("a", REG, TEN)];
    an_emptied_file: [], [("a", REG, TEN)], [("a", REG, "")];
    a_filled_empty_file: [], [("a", REG, "")], [("a", REG, TEN)];
    little_context: ["-U1"], [("a", REG, TEN)], [("a", REG, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n")];
    much_context: ["-U10"], [("a", REG, TEN)], [("a", REG, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n")];
}

#[test]
fn a_binary_delta() {
    let bytes = |end: &[u8]| -> Model {
        let noise = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
        [(
            "b".to_owned(),
            (REG, [&[0u8][..], &noise.collect::<Vec<_>>(), end].concat()),
        )]
        .into()
    };
    let (before, after) = (bytes(b"x"), bytes(b"yyyy"));
    assert_eq!(
        how(&series(&before, &after, &["--binary"], &before)),
        ApplyMethod::Exact
    );
}

#[test]
fn a_hunk_moves_with_the_file() {
    let after = TEN.replace("5\n", "five\n");
    let moved = format!("a\nb\n{TEN}");
    let verdict = series(
        &tree(&[("a", REG, TEN)]),
        &tree(&[("a", REG, &after)]),
        &[],
        &tree(&[("a", REG, &moved)]),
    );
    assert_eq!(how(&verdict), ApplyMethod::Moved);
}

#[test]
fn a_mode_in_the_tree_is_kept_against_the_index_line() {
    let after = TEN.replace("5\n", "five\n");
    let verdict = series(
        &tree(&[("a", REG, TEN)]),
        &tree(&[("a", REG, &after)]),
        &[],
        &tree(&[("a", EXE, TEN)]),
    );
    assert_eq!(how(&verdict), ApplyMethod::Exact);
}

#[test]
fn a_new_file_does_not_replace_an_old_one() {
    let before = tree(&[("a", REG, TEN)]);
    let verdict = series(
        &before,
        &tree(&[("a", REG, TEN), ("n", REG, "x\n")]),
        &[],
        &tree(&[("n", REG, "mine\n")]),
    );
    stops(&verdict, "n: already exists in index");
}

#[test]
fn a_rename_does_not_replace_an_old_file() {
    let onto = tree(&[("a", REG, TEN), ("b", REG, "mine\n")]);
    let verdict = series(
        &tree(&[("a", REG, TEN)]),
        &tree(&[("b", REG, TEN)]),
        &["-M"],
        &onto,
    );
    stops(&verdict, "b: already exists in index");
}

#[test]
fn a_changed_file_is_not_deleted() {
    let verdict = series(
        &tree(&[("a", REG, TEN), ("b", REG, "b\n")]),
        &tree(&[("b", REG, "b\n")]),
        &[],
        &{ tree(&[("a", REG, &format!("{TEN}11\n")), ("b", REG, "b\n")]) },
    );
    stops(&verdict, "a:1");
}

#[test]
fn a_hunk_for_the_end_stays_at_the_end() {
    let grown = format!("{TEN}11\n12\n13\n14\n");
    let after = format!("{TEN}new\n");
    let trio = Trio::new();
    let verdict = onto_tree(
        &trio,
        &[tree(&[("a", REG, &grown)])],
        &mail(b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -8,3 +8,4 @@\n 8\n 9\n 10\n+new\n"),
    );
    stops(&verdict, "a:8");
    let merged = series(
        &tree(&[("a", REG, TEN)]),
        &tree(&[("a", REG, &after)]),
        &[],
        &tree(&[("a", REG, &grown)]),
    );
    stops(&merged, "a:8");
}

#[test]
fn no_context_means_the_end_of_the_file() {
    let before = tree(&[("a", REG, TEN)]);
    let verdict = series(
        &before,
        &tree(&[("a", REG, &TEN.replace("5\n", "five\n"))]),
        &["-U0"],
        &before,
    );
    stops(&verdict, "a:5");
    let verdict = series(
        &before,
        &tree(&[("a", REG, &format!("{TEN}11\n"))]),
        &["-U0"],
        &before,
    );
    assert_eq!(how(&verdict), ApplyMethod::Exact);
}

#[test]
fn an_irreversible_deletion_is_refused() {
    let before = tree(&[("a", REG, TEN), ("b", REG, "b\n")]);
    stops(
        &series(&before, &tree(&[("b", REG, "b\n")]), &["-D"], &before),
        "removal patch leaves file contents",
    );
}

#[test]
fn binary_files_without_data_are_refused() {
    let after = tree(&[("a", REG, TEN), ("b", REG, "\0bin")]);
    let verdict = series(
        &tree(&[("a", REG, TEN)]),
        &after,
        &["--no-binary"],
        &tree(&[("a", REG, TEN)]),
    );
    stops(&verdict, "without full index line");
}

#[test]
fn no_prefix_strips_what_git_strips() {
    let before = tree(&[("a", REG, TEN), ("d/a", REG, TEN)]);
    let after = tree(&[("a", REG, TEN), ("d/a", REG, &TEN.replace("5\n", "five\n"))]);
    // With one directory stripped `d/a` is `a`: git takes it, and so do we.
    assert_eq!(
        how(&series(&before, &after, &["--no-prefix"], &before)),
        ApplyMethod::Exact
    );
    let top = tree(&[("a", REG, &TEN.replace("5\n", "five\n")), ("d/a", REG, TEN)]);
    stops(
        &series(&before, &top, &["--no-prefix"], &before),
        "lacks filename",
    );
}

#[test]
fn a_change_that_is_there_already_is_skipped() {
    let after = tree(&[("a", REG, &TEN.replace("5\n", "five\n"))]);
    let verdict = series(&tree(&[("a", REG, TEN)]), &after, &[], &after);
    assert_eq!(how(&verdict), ApplyMethod::Already);
    assert_eq!(verdict.ours.steps[0].commit, None);
}

#[test]
fn a_hunk_beside_another_change_is_merged() {
    let after = tree(&[("a", REG, &TEN.replace("5\n", "five\n"))]);
    let onto = tree(&[(
        "a",
        REG,
        &TEN.replace("2\n", "two\n").replace("7\n", "seven\n"),
    )]);
    assert_eq!(
        how(&series(&tree(&[("a", REG, TEN)]), &after, &[], &onto)),
        ApplyMethod::ThreeWay
    );
}

#[test]
fn a_file_renamed_in_the_tree_is_found_by_the_merge() {
    let after = tree(&[("a", REG, &TEN.replace("5\n", "five\n"))]);
    let verdict = series(
        &tree(&[("a", REG, TEN)]),
        &after,
        &[],
        &tree(&[("new/a", REG, TEN), ("b", REG, "b\n")]),
    );
    assert_eq!(how(&verdict), ApplyMethod::ThreeWay);
}

#[test]
fn a_renamed_file_with_the_change_is_skipped() {
    let after = TEN.replace("5\n", "five\n");
    let onto = tree(&[("new/a", REG, &after), ("b", REG, "b\n")]);
    assert_eq!(
        how(&series(
            &tree(&[("a", REG, TEN)]),
            &tree(&[("a", REG, &after)]),
            &[],
            &onto
        )),
        ApplyMethod::Already
    );
}

#[test]
fn a_conflict_stops() {
    let [mine, theirs] =
        ["mine\n", "five\n"].map(|line| tree(&[("a", REG, &TEN.replace("5\n", line))]));
    let verdict = series(&tree(&[("a", REG, TEN)]), &theirs, &[], &mine);
    stops(&verdict, "patch does not apply: a:2");
    assert_eq!(verdict.ours.stopped.unwrap().files, ["a"]);
}

#[test]
fn a_plain_diff_applies() {
    let onto = tree(&[("d/a b", REG, "1\n2\n")]);
    let change = "@@ -1,2 +1,2 @@\n 1\n-2\n+x\n";
    let stamp = "\t2020-01-02 03:04:05.000000000 +0100";
    assert_eq!(
        how(&diff(
            &onto,
            &format!("--- a/d/a b{stamp}\n+++ b/d/a b{stamp}\n{change}")
        )),
        ApplyMethod::Exact
    );
    assert_eq!(
        how(&diff(
            &onto,
            &format!("--- x/d/a b.orig\n+++ x/d/a b\n{change}")
        )),
        ApplyMethod::Exact
    );
    let top = tree(&[("f", REG, "1\n2\n")]);
    assert_eq!(
        how(&diff(&top, &format!("--- f\n+++ f\n{change}"))),
        ApplyMethod::Exact
    );
    assert_eq!(
        how(&diff(&top, "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n")),
        ApplyMethod::Exact
    );
    let gone = "\t1970-01-01 00:00:00.000000000 +0000";
    assert_eq!(
        how(&diff(
            &top,
            &format!("--- a/f{stamp}\n+++ b/f{gone}\n@@ -1,2 +0,0 @@\n-1\n-2\n")
        )),
        ApplyMethod::Exact
    );
    // Without the time stamp the file is emptied, and stays.
    assert_eq!(
        how(&diff(&top, "--- a/f\n+++ b/f\n@@ -1,2 +0,0 @@\n-1\n-2\n")),
        ApplyMethod::Exact
    );
}

#[test]
fn one_path_may_be_patched_twice() {
    let onto = tree(&[("f", REG, "1\n2\n")]);
    let twice = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+x\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-1\n+y\n x\n";
    assert_eq!(how(&diff(&onto, twice)), ApplyMethod::Exact);
}

#[test]
fn blank_context_without_its_space_and_garbage_are_read() {
    let onto = tree(&[("f", REG, "1\n\n2\n")]);
    let text = "Words.\n\nIndex: f\n====\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@ x\n 1\n\n-2\n+x\nmore\n";
    assert_eq!(how(&diff(&onto, text)), ApplyMethod::Exact);
}

#[test]
fn what_is_corrupt_is_refused() {
    let onto = tree(&[("f", REG, "1\n2\n")]);
    let head = "diff --git a/f b/f\n--- a/f\n+++ b/f\n";
    stops(
        &diff(&onto, &format!("{head}@@ -1,2 +1,3 @@\n 1\n-2\n+x\n")),
        "corrupt patch at line",
    );
    stops(
        &diff(&onto, "@@ -1,2 +1,2 @@\n 1\n-2\n+x\n"),
        "patch fragment without header",
    );
    stops(
        &diff(&onto, "diff --git a/f b/f\nindex 1234567..89abcde 100644\n"),
        "only garbage",
    );
    stops(&diff(&onto, "words\n"), "no valid patches");
    stops(
        &diff(
            &onto,
            &format!("diff --git a/f b/f\nnew file mode x\n{head}"),
        ),
        "invalid mode",
    );
    stops(
        &diff(
            &onto,
            "diff --git a/f b/f\n--- a/f\n+++ b/g\n@@ -1 +1 @@\n-1\n+2\n",
        ),
        "f",
    );
}

#[test]
fn a_mail_without_a_diff_stops() {
    let mbox = [mail(b""), Vec::new()].concat();
    let head = mbox
        .split_inclusive(|&c| c == b'\n')
        .take_while(|line| *line != b"---\n")
        .collect::<Vec<_>>()
        .concat();
    stops(
        &onto_tree(&Trio::new(), &[tree(&[("f", REG, "1\n")])], &head),
        "patch is empty",
    );
}

#[test]
fn a_patch_that_breaks_its_promise_is_believed_as_git_believes_it() {
    let onto = tree(&[("f", REG, "1\n2\n")]);
    // The blob before is the one named; the blob after is not.
    let text = "diff --git a/f b/f\nindex 1191247..1234567 100644\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+x\n";
    assert_eq!(how(&diff(&onto, text)), ApplyMethod::Exact);
}

#[test]
fn white_space_is_repaired_where_the_user_has_it_so() {
    let trio = Trio::new();
    for dir in [&trio.am, &trio.ours] {
        git_ok(dir, &["config", "apply.whitespace", "fix"], b"");
    }
    let (before, after) = (
        tree(&[("a", REG, TEN)]),
        tree(&[("a", REG, &TEN.replace("5\n", "five  \n"))]),
    );
    let author = Trio::commits(&trio.author, None, &[before.clone(), after.clone()]);
    let mbox = trio.mails(&author[0], &author[1], &[]);
    let moved = tree(&[("a", REG, &format!("0\n{TEN}"))]);
    assert_eq!(
        how(&onto_tree(&trio, &[before.clone(), moved], &mbox)),
        ApplyMethod::Moved
    );
    let beside = tree(&[("a", REG, &TEN.replace("2\n", "two\n"))]);
    assert_eq!(
        how(&onto_tree(&trio, &[before, beside], &mbox)),
        ApplyMethod::ThreeWay
    );
}

#[test]
fn what_is_written_strangely_is_left_to_git() {
    let onto = tree(&[("f", REG, "1\n2\n"), ("d/g", EXE, "x\n")]);
    let new = |mode: &str| {
        format!(
            "diff --git a/n b/n\nnew file mode {mode}\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
        )
    };
    assert_eq!(how(&diff(&onto, &new("  100755"))), ApplyMethod::Exact);
    assert_eq!(how(&diff(&onto, &new("+100644"))), ApplyMethod::Exact);
    stops(&diff(&onto, &new("x")), "invalid mode");
}
