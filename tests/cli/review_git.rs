// SPDX-License-Identifier: GPL-2.0-or-later
//! `review log`, `diff`, `shell` and `open`: git's own commands, the user's shell and editor, on a review.

use crate::sandbox::{PROGRAM, Sandbox, lines};
use crate::scene::NAME;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

#[test]
fn log_shows_the_commits_of_a_version() {
    let sandbox = Sandbox::new().mailed(2).started(1).started(2);
    let worktree = sandbox.worktree();
    assert_data_eq!(
        sandbox.session(&[
            "review log one -- --format=%s",
            "review log one --version 1 -- --format=%s -1 --name-only",
            "review log one -- --format=%s -- src/two.c",
            "review log one --version 3",
            "review log none",
        ]),
        str![[r#"
$ git patman review log one -- --format=%s
one: Spell twenty
one: Spell three
= 0
$ git patman review log one --version 1 -- --format=%s -1 --name-only
one: Spell twenty

src/one.c
= 0
$ git patman review log one -- --format=%s -- src/two.c
= 0
$ git patman review log one --version 3
! error: there is no v3 of 'one-spell-numbers'
! hint: there is: v1, v2
= 1
$ git patman review log none
! error: there is no review 'none'
! hint: git patman review list --all
= 1

"#]]
    );
    let inside = sandbox.patman_at(
        &worktree.join("src"),
        "review log -- --format=%s -1 -- one.c",
    );
    assert_eq!(
        String::from_utf8_lossy(&inside.stdout),
        "one: Spell twenty\n"
    );
    assert_eq!(
        sandbox
            .patman("review log one -- --no-such-option")
            .status
            .code(),
        Some(128)
    );
}

#[test]
fn diff_shows_a_version_or_one_patch() {
    let sandbox = Sandbox::new().mailed(2).started(1).started(2);
    let worktree = sandbox.worktree();
    assert_data_eq!(
        sandbox.session(&[
            "review diff one -- --stat",
            "review diff one 2 -- -U0",
            "review diff one 1 --version v1 -- -U0 -- src/one.c",
            "review diff one 3",
            "review diff 2",
            "review diff one --stat",
            "review diff one x",
        ]),
        str![[r#"
$ git patman review diff one -- --stat
 src/one.c | 4 ++--
 1 file changed, 2 insertions(+), 2 deletions(-)
= 0
$ git patman review diff one 2 -- -U0
diff --git a/src/one.c b/src/one.c
index 9abb9f1..db51ab8 100644
--- a/src/one.c
+++ b/src/one.c
@@ -20 +20 @@ one 19
-one 20
+one twenty
= 0
$ git patman review diff one 1 --version v1 -- -U0 -- src/one.c
diff --git a/src/one.c b/src/one.c
index 6b7a17a..cb568b8 100644
--- a/src/one.c
+++ b/src/one.c
@@ -3 +3 @@ one 2
-one 3
+one three, v1
= 0
$ git patman review diff one 3
! error: v2 of 'one-spell-numbers' has no patch 3
! hint: its last patch is 2: git patman review show one-spell-numbers
= 1
$ git patman review diff 2
! error: specify the review of patch 2, or run this in its worktree
! hint: git patman review diff <name> 2
= 2
$ git patman review diff one --stat
! error: unexpected argument '--stat' found
! 
!   tip: to pass '--stat' as a value, use '-- --stat'
! 
! Usage: git patman review diff <NAME> [PATCH] [-- <OPTION>...]
! 
! For more information, try '--help'.
= 2
$ git patman review diff one x
! error: invalid value 'x' for '[PATCH]': 'x' is not the number of a patch; options for git must follow '--'
! 
! For more information, try '--help'.
= 2

"#]]
    );
    let inside = sandbox.patman_at(&worktree, "review diff 2 -- --shortstat");
    assert_eq!(
        String::from_utf8_lossy(&inside.stdout),
        " 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    );
}

#[test]
fn a_version_that_is_not_here_is_told() {
    let sandbox = Sandbox::new().mailed(2).started(1).started(2);
    let refs = sandbox.git(&[
        "for-each-ref",
        "--format=delete %(refname)",
        &format!("refs/patman/{NAME}/v1*"),
    ]);
    for line in refs.lines() {
        sandbox.git(&["update-ref", "-d", line.trim_start_matches("delete ")]);
    }
    assert_data_eq!(
        sandbox.session(&["review diff one --version 1"]),
        str![[r#"
$ git patman review diff one --version 1
! error: v1 of 'one-spell-numbers' is not applied in this repository
! hint: to apply it: git patman review start --version 1 one-spell-numbers
= 1

"#]]
    );
    // Without worktree and branch, the commits are here all the same.
    sandbox.patman("review remove one");
    assert_data_eq!(
        sandbox.session(&[
            "review log one -- --format=%s",
            "review shell one",
            "review open one"
        ]),
        str![[r#"
$ git patman review log one -- --format=%s
one: Spell twenty
one: Spell three
= 0
$ git patman review shell one
! error: the review 'one-spell-numbers' has no worktree here
! hint: to create one: git patman review start one-spell-numbers
= 1
$ git patman review open one
! error: the review 'one-spell-numbers' has no worktree here
! hint: to create one: git patman review start one-spell-numbers
= 1

"#]]
    );
}

#[test]
fn while_a_patch_waits_for_the_user_what_is_applied_is_shown() {
    let sandbox = Sandbox::new();
    let first = lines("one", 40).replace("one 3\n", "one three\n");
    let second = first.replace("one 20\n", "one twenty\n");
    let patches = [
        ("one: Spell three", "src/one.c", first.as_str()),
        ("one: Spell twenty", "src/one.c", second.as_str()),
    ];
    sandbox.series("v1.mbox", 1, "one: Spell numbers", &patches);
    sandbox.git(&["stash", "-q"]);
    sandbox.write(
        "src/one.c",
        &lines("one", 40).replace("one 20\n", "one zwanzig\n"),
    );
    sandbox.git(&["commit", "-qam", "Move on"]);
    sandbox.expect("review start --base main ../v1.mbox", 3);
    assert_data_eq!(
        sandbox.session(&[
            "review log one -- --format=%s",
            "review diff one -- --shortstat",
            "review diff one 2"
        ]),
        str![[r#"
$ git patman review log one -- --format=%s
one: Spell three
= 0
$ git patman review diff one -- --shortstat
 1 file changed, 1 insertion(+), 1 deletion(-)
= 0
$ git patman review diff one 2
! error: patch 2 of 'one-spell-numbers' v1 has no commit here: it is not applied, or its changes are already in the base
= 1

"#]]
    );
}

fn typed(sandbox: &Sandbox, line: &str, input: &str, shell: &str) -> Output {
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command
        .args(line.split_whitespace())
        .env("SHELL", shell)
        .env("GIT_DIR", sandbox.repo().join(".git"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A shell that was not started reads nothing.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

#[test]
fn a_shell_is_started_in_the_worktree() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let input = "pwd; env | grep ^PATMAN_ | sort; git status --short --branch; grep -c ^Subject: $PATMAN_MBOX; exit 5\n";
    let done = typed(&sandbox, "review shell one", input, "/bin/sh");
    assert_data_eq!(
        sandbox.show("review shell one", &done),
        str![[r#"
$ git patman review shell one
$REPO/.git/patman/worktrees/one-spell-numbers
PATMAN_BASE=e7474796004d84990fa19b17c0cf89438d656ad4
PATMAN_HEAD=36a72748f300acd9bf2c67091a4b0836a157a9d8
PATMAN_MBOX=$REPO/.git/patman/output/one-spell-numbers/v1/series.mbox
PATMAN_SERIES=one-spell-numbers
PATMAN_VERSION=1
## one-spell-numbers
3
! one-spell-numbers v1 in $REPO/.git/patman/worktrees/one-spell-numbers
! hint: leave with 'exit' or Ctrl-D
= 5

"#]]
    );
    let done = typed(&sandbox, "review shell one", "", "/no such shell");
    assert_data_eq!(
        sandbox.show("review shell one", &done),
        str![[r#"
$ git patman review shell one
! one-spell-numbers v1 in $REPO/.git/patman/worktrees/one-spell-numbers
! hint: leave with 'exit' or Ctrl-D
! error: cannot start '/no such shell': No such file or directory (os error 2)
! hint: set SHELL to the shell to use
= 1

"#]]
    );
    // A shell that is killed, as one that has ended.
    assert_eq!(
        typed(&sandbox, "review shell one", "kill -KILL $$\n", "/bin/sh")
            .status
            .code(),
        None
    );
    assert_eq!(
        typed(&sandbox, "review shell one", "exit 0\n", "")
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn a_worktree_is_opened_in_the_editor() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let editor = sandbox.home().join("my editor");
    fs::write(&editor, "echo \"$0 was given: $#: $*\"; pwd; exit 4\n").unwrap();
    sandbox.git(&["config", "core.editor", "echo git:"]);
    let by_git = sandbox.session(&["review open one"]);
    sandbox.git(&[
        "config",
        "patman.editor",
        &format!("sh '{}' -n", editor.display()),
    ]);
    assert_data_eq!(
        by_git + &sandbox.session(&["review open one"]),
        str![[r#"
$ git patman review open one
git: $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review open one
$HOME/my editor was given: 2: -n $REPO/.git/patman/worktrees/one-spell-numbers
$REPO/.git/patman/worktrees/one-spell-numbers
= 4

"#]]
    );
    sandbox.git(&["config", "--unset", "patman.editor"]);
    sandbox.git(&["config", "--unset", "core.editor"]);
    assert_data_eq!(
        sandbox.session(&["review open one"]),
        str![[r#"
$ git patman review open one
! error: no editor is configured: 'git var' failed: exit status: 1
! hint: to set one: git config patman.editor <command>
= 1

"#]]
    );
}

#[test]
fn output_is_paged_on_a_terminal_as_git_pages_it() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    // No terminal: nothing is paged, whatever is set.
    sandbox.git(&["config", "core.pager", "sed s/^/paged:/"]);
    let done = sandbox.patman("review log one -- --format=%s");
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "one: Spell twenty\none: Spell three\n"
    );
    let done = sandbox
        .command("script", &sandbox.repo())
        .args([
            "-qec",
            &format!("{PROGRAM} review log one -- --format=%s; {PROGRAM} --no-pager review log one -- -1 --format=%s"),
            "/dev/null",
        ])
        .output();
    // 'script' makes the terminal, where it is there.
    let Ok(done) = done else { return };
    let text = String::from_utf8_lossy(&done.stdout).replace('\r', "");
    assert_eq!(
        text,
        "paged:one: Spell twenty\npaged:one: Spell three\none: Spell twenty\n"
    );
}
