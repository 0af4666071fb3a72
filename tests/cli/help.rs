// SPDX-License-Identifier: GPL-2.0-or-later
//! Help at every level, as it stands on a terminal of 80 columns.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

#[test]
fn help_works_with_no_page_installed() {
    let sandbox = Sandbox::new();
    assert_data_eq!(
        sandbox.session(&["-h"]),
        str![[r#"
$ git patman -h
Keep, apply and review patch series that travel by mail

Usage: git patman [OPTIONS] <COMMAND>

Commands:
  series     Keep track of your own series, from the first commit until they are merged [alias: s]
  status     Show what Patchwork has of the branch that is checked out: new trailers and comments
             [alias: st]
  undo       Take the last change of a series back: branches, HEAD, files, and what the database had
             of it
  workflow   Say when to look at which series again, and what was done when [alias: wf]
  review     Review series, each in a worktree of its own [aliases: r, rev]
  upstream   Say where series are sent, and which Patchwork knows of them [alias: us]
  patchwork  Say which project on Patchwork an upstream is [alias: pw]
  db         Find, check, back up, restore, move, merge and split the database [alias: database]
  util       Install man pages and completions
  help       Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

Options of every command:
  -C <DIR>            Run as if started in this directory; may be given several times, as with git,
                      and before the command
  -q, --quiet         Tell only warnings and errors
  -v, --verbose       Tell each step
      --color <WHEN>  When to use colours [possible values: auto, always, never]
      --no-pager      Do not page listings

'git patman help <command>' tells more; git-patman-workflow(7) is a tour.
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["help review"]),
        str![[r#"
$ git patman help review
Review series, each in a worktree of its own

Usage: git patman review [OPTIONS] <COMMAND>

Commands:
  start     Apply a series from mail in a worktree of its own, and record it
  inbox     List the series that have come lately, and what of them is under review
  check     Say whether series apply, and where not; nothing is changed
  list      List the reviews in this repository [alias: ls]
  show      Show a review: cover letter, patches, commits, and the trailers given so far
  path      Print the directory of a review's worktree
  update    Ask for new versions, replies and states of what is under review
  trailers  List the trailers that replies give, or add them to the commits of a review
  compare   Compare two versions of a review: what was asked for, and what has changed
  log       Show the commits of a review with 'git log'
  diff      Show what a review changes with 'git diff': the whole series, or one patch
  shell     Start your shell in the worktree of a review
  open      Open the worktree of a review in your editor
  exec      Run a command or your checks on reviews, at the whole series or at each patch
  continue  Go on with a review that has stopped at a patch
  abort     Take back a review that has stopped at a patch
  finish    Say what became of reviews, and remove their worktrees
  remove    Remove worktree and branch of reviews [alias: rm]
  prune     Clean up after worktrees that were deleted by hand and removals that were stopped
  help      Print this message or the help of the given subcommand(s)

Options:
  -h, --help
          Print help (see a summary with '-h')

Options of every command:
  -q, --quiet
          Tell only warnings and errors

  -v, --verbose
          Tell each step

      --color <WHEN>
          When to use colours

          Possible values:
          - auto:   On a terminal
          - always: Also in a pipe
          - never:  Never

      --no-pager
          Do not page listings
= 0

"#]]
    );
    for line in [
        "review start --help",
        "help review start",
        "db --help",
        "util install -h",
    ] {
        let done = sandbox.patman(line);
        assert!(
            done.status.success() && done.stderr.is_empty() && !done.stdout.is_empty(),
            "{line}"
        );
    }
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let sandbox = Sandbox::new();
    for line in [
        "",
        "review",
        "nonsense",
        "review start",
        "review start a b",
        "-q -v review list",
    ] {
        let done = sandbox.patman(line);
        assert_eq!(
            done.status.code(),
            Some(2),
            "{line}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        assert!(done.stdout.is_empty() && !done.stderr.is_empty(), "{line}");
    }
}

#[test]
fn git_finds_the_program() {
    let sandbox = Sandbox::new();
    let done = sandbox
        .command("git", &sandbox.repo())
        .args(["-c", "patman.base=nowhere", "patman", "db", "path"])
        .output()
        .unwrap();
    assert_eq!(
        sandbox.neutral(&String::from_utf8_lossy(&done.stdout)),
        "$REPO/.git/patman/.patman.db\n"
    );
}

#[test]
fn a_closed_pipe_is_quiet() {
    let sandbox = Sandbox::new();
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let done = sandbox
        .command("sh", &sandbox.repo())
        .args([
            "-c",
            "git-patman review list --json | true; git-patman review list | head -0",
        ])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
}
