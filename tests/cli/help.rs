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
Apply, review and track patch series that are sent by mail

Usage: git patman [OPTIONS] <COMMAND>

Commands:
  series     Manage your own series, from the first commit until they are merged [alias: s]
  status     Show new trailers and comments on Patchwork for the current branch [alias: st]
  undo       Undo the last change to a series (branches, HEAD, files, database)
  workflow   Set reminders for series and show their history [alias: wf]
  review     Review series, each in its own worktree [aliases: r, rev]
  upstream   Manage upstream projects and their Patchwork servers [alias: us]
  patchwork  Set an upstream's Patchwork project [alias: pw]
  db         Show, check, back up, restore, move, merge or split the database [alias: database]
  util       Install man pages and completions
  help       Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

Global options:
  -C <DIR>            Run as if started in this directory; may be repeated, as with git, and must
                      precede the command
  -q, --quiet         Show only warnings and errors
  -v, --verbose       Show each step as it runs
      --color <WHEN>  When to use colors [possible values: auto, always, never]
      --no-pager      Do not page listings

See 'git patman help <command>' for a command, and git-patman-workflow(7) for a tour.
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["help review"]),
        str![[r#"
$ git patman help review
Review series, each in its own worktree

Usage: git patman review [OPTIONS] <COMMAND>

Commands:
  start     Apply a series in its own worktree and record it
  inbox     List recent series, and show which are under review
  check     Check whether series apply, without changing anything
  list      List the reviews in this repository [alias: ls]
  show      Show a review: cover letter, patches, commits and trailers
  path      Print the path of a review's worktree
  update    Fetch new versions, replies and states of reviews
  trailers  List trailers from replies, or add them to the commits
  compare   Compare two versions: what was requested, and what changed
  log       Run 'git log' on the commits of a review
  diff      Run 'git diff' on a whole review or on one of its patches
  shell     Start a shell in the worktree of a review
  open      Open the worktree of a review in your editor
  exec      Run a command or checks on reviews, for the whole series or for each patch
  continue  Continue a review that stopped at a conflict
  abort     Abort a review that stopped at a conflict
  finish    Close reviews as merged, rejected or superseded
  remove    Remove the worktrees and branches of reviews [alias: rm]
  prune     Clean up after worktrees that were deleted by hand and removals that were stopped
  help      Print this message or the help of the given subcommand(s)

Options:
  -h, --help
          Print help (see a summary with '-h')

Global options:
  -q, --quiet
          Show only warnings and errors

  -v, --verbose
          Show each step as it runs

      --color <WHEN>
          When to use colors

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
    let sandbox = Sandbox::new().mailed(1).started(1);
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
