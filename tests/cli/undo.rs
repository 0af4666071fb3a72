// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman undo`, of changes made by a stand-in that uses the same door as every command of `git patman series`.

use crate::sandbox::Sandbox;
use git_patman::author::Author;
use git_patman::author::change::{BranchChange, HeadMove, Tracking};
use git_patman::db::location::Origin;
use git_patman::db::series::{self, NewSeries};
use git_patman::db::version::{self, VersionToAdd};
use git_patman::db::{Db, Location, OpenOptions, delete};
use git_patman::error::{Error, Result};
use git_patman::git::Repo;
use git_patman::git::discover::Environment;
use git_patman::git::refs::RefChange;
use git_patman::output::{Output, Verbosity};
use git_patman::series::VersionNumber;
use git_patman::settings::Settings;
use snapbox::{assert_data_eq, str};
use std::path::Path;
use std::process::{Command, Output as Ended};

/// What the stand-in is to do; it is this test program, run again in the sandbox's surroundings.
const WORDS: &str = "PATMAN_TEST_CHANGE";

pub fn command(sandbox: &Sandbox, dir: &Path, line: &str) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = sandbox.command(program.to_str().unwrap(), dir);
    command
        .args(["undo::stand_in", "--exact", "--ignored", "--nocapture"])
        .env(WORDS, line)
        .env("RUST_BACKTRACE", "0");
    command
}

fn run(sandbox: &Sandbox, dir: &Path, line: &str) -> Ended {
    command(sandbox, dir, line).output().unwrap()
}

pub fn change(sandbox: &Sandbox, line: &str) {
    let done = run(sandbox, &sandbox.repo(), line);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
}

/// What the stand-in says when it is refused.
fn refused(sandbox: &Sandbox, line: &str) -> String {
    let done = run(sandbox, &sandbox.repo(), line);
    assert!(!done.status.success());
    let text = sandbox.neutral(&String::from_utf8_lossy(&done.stdout));
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix("REFUSED: "))
        .map(str::to_owned);
    found.unwrap_or_else(|| panic!("{text}"))
}

#[test]
#[ignore = "runs as the stand-in of a command"]
#[allow(clippy::print_stdout, reason = "it is what a command would be")]
fn stand_in() {
    let Ok(line) = std::env::var(WORDS) else {
        return;
    };
    if let Err(why) = work(&line.split(' ').collect::<Vec<_>>()) {
        println!("\nREFUSED: {why}");
        std::process::exit(1);
    }
}

fn work(words: &[&str]) -> Result<()> {
    let cwd = std::env::current_dir().unwrap();
    let repo = Repo::discover(&cwd, &Environment::default())?;
    let settings = Settings::read(&cwd)?;
    let out = Output::new(Verbosity::Normal);
    let location = Location::at(repo.common_dir().join("patman"), Origin::CommonDir);
    let db = Db::open(&location, &OpenOptions::default(), &out)?;
    let mut author = Author::new(&repo, &settings, &out, db, false);
    let known = series::find(&author.db, "video")?.map(|series| series.id);
    let tip = |name: &str| {
        repo.find_ref(&format!("refs/heads/{name}"))
            .map(Option::unwrap)
    };
    match words {
        ["mark", branch, text] => {
            let range = author.range(branch, Some("main"))?;
            let reworded = author.reword_branch(&range, &mut |_, message| {
                Ok(Some(
                    [message, b"\nChange-Id: ", text.as_bytes(), b"\n"].concat(),
                ))
            })?;
            let change = BranchChange::rewritten(
                &range,
                &reworded,
                "series mark",
                format!("Give commits the mark {text}"),
            );
            author.change(change, known, |write| match known {
                Some(id) => series::set_desc(write, id, text),
                None => {
                    let new = NewSeries {
                        name: "video",
                        desc: text,
                        ..NewSeries::default()
                    };
                    let id = series::insert(write, &new)?;
                    version::insert(write, id, VersionNumber::FIRST, &VersionToAdd::default())
                        .map(drop)
                }
            })?;
        }
        ["inc"] => {
            let change = BranchChange {
                refs: vec![RefChange::set("refs/heads/video2", None, tip("video")?)],
                head: Some(HeadMove::Branch("video2".into())),
                tracking: vec![Tracking::set(
                    "video2",
                    Some(".".into()),
                    Some("refs/heads/main".into()),
                )],
                what: "series inc".into(),
                why: "Begin v2".into(),
                ..BranchChange::default()
            };
            let number = VersionNumber::new(2).unwrap();
            author.change(change, known, |write| {
                version::insert(write, known.unwrap(), number, &VersionToAdd::default()).map(drop)
            })?;
        }
        ["dec"] => {
            let change = BranchChange {
                refs: vec![RefChange::delete("refs/heads/video2", tip("video2")?)],
                head: Some(HeadMove::Branch("video".into())),
                tracking: vec![Tracking::Remove {
                    branch: "video2".into(),
                }],
                what: "series dec".into(),
                why: "Give v2 up".into(),
                ..BranchChange::default()
            };
            let version = version::newest(&author.db, known.unwrap())?.unwrap();
            author.change(change, known, |write| {
                delete::version(write, version.id).map(drop)
            })?;
        }
        ["rm"] => {
            let change = BranchChange {
                what: "series rm".into(),
                why: "Forget it".into(),
                ..BranchChange::default()
            };
            author.change(change, known, |write| {
                delete::series(write, known.unwrap()).map(drop)
            })?;
        }
        _ => return Err(Error::new("no such stand-in")),
    }
    Ok(())
}

/// Every ref that is the user's, HEAD, settings, index, files, and rows.
fn all(sandbox: &Sandbox) -> String {
    let head = sandbox.git(&["symbolic-ref", "HEAD"]);
    let refs = sandbox.git(&[
        "for-each-ref",
        "--format=%(refname) %(objectname) %(upstream)",
        "refs/heads",
        "refs/tags",
    ]);
    let index = sandbox.git(&["ls-files", "-s"]);
    let status = sandbox.git(&["status", "--porcelain"]);
    let config = std::fs::read_to_string(sandbox.repo().join(".git/config")).unwrap();
    [head, refs, index, status, config, rows(sandbox)].join("\n--\n")
}

fn rows(sandbox: &Sandbox) -> String {
    sandbox.select("SELECT id, name, desc, upstream FROM series")
        + &sandbox.select("SELECT * FROM ser_ver")
        + &sandbox.select("SELECT * FROM pcommit")
        + &sandbox.select("SELECT svid FROM gitpatman_version")
}

/// A branch `video` of two commits on `main`, checked out, with an edit and a new file.
pub fn with_video() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["stash", "-q", "-u"]);
    sandbox.git(&["switch", "-q", "-c", "video"]);
    sandbox.write("src/video.c", "one\n");
    sandbox.commit("video: Begin\n\nWhy.\n\nSigned-off-by: Ada <ada@example.com>");
    sandbox.append("src/video.c", "two\n");
    sandbox.commit("video: Go on");
    sandbox.git(&["stash", "pop", "-q"]);
    sandbox
}

#[test]
fn every_change_is_taken_back_one_after_another_and_done_again() {
    let sandbox = with_video();
    let mut states = Vec::new();
    change(&sandbox, "mark video I0");
    for line in ["mark video I1", "inc", "mark video2 I2", "dec", "rm"] {
        states.push(all(&sandbox));
        change(&sandbox, line);
        assert_ne!(states.last().unwrap(), &all(&sandbox), "{line}");
    }
    let last = all(&sandbox);
    for state in states.iter().rev() {
        let done = sandbox.patman("undo video");
        assert!(done.status.success(), "{}", sandbox.show("undo", &done));
        assert_eq!(&all(&sandbox), state);
    }
    for state in states[1..].iter().chain([&last]) {
        let done = sandbox.patman("undo --redo video");
        assert!(
            done.status.success(),
            "{}",
            sandbox.show("undo --redo", &done)
        );
        assert_eq!(&all(&sandbox), state);
    }
}

#[test]
fn a_change_is_listed_tried_taken_back_and_done_again() {
    let sandbox = with_video();
    change(&sandbox, "mark video I1");
    let session = sandbox.session(&[
        "undo -n",
        "undo",
        "undo",
        "undo --list",
        "undo --redo",
        "undo --redo",
        "undo --list --json",
        "undo nothing",
        "undo --list --redo",
    ]);
    assert_data_eq!(
        session,
        str![[r#"
$ git patman undo -n
! would undo 'series mark' from 0 seconds ago: Give commits the mark I1
!   video: 7569340 -> b0ce8a6
! branch 'video' would be backed up as refs/patman/backup/video.2
= 0
$ git patman undo
! undid 'series mark' from 0 seconds ago: Give commits the mark I1
!   video: 7569340 -> b0ce8a6
! branch 'video' is backed up as refs/patman/backup/video.2
! hint: to redo it: git patman undo --redo video
= 0
$ git patman undo
! error: there is no change of 'video' to undo
= 1
$ git patman undo --list
AGE  COMMAND      SERIES  STATE   WHAT
0 s  series mark  video   undone  Give commits the mark I1
= 0
$ git patman undo --redo
! redid 'series mark' from 0 seconds ago: Give commits the mark I1
!   video: b0ce8a6 -> 7569340
! branch 'video' is backed up as refs/patman/backup/video
= 0
$ git patman undo --redo
! error: there is no change of 'video' to redo
= 1
$ git patman undo --list --json
[
  {
    "command": "series mark",
    "summary": "Give commits the mark I1",
    "when": 1767268800,
    "undone": null,
    "names": [
      "video"
    ],
    "refs": [
      {
        "name": "refs/heads/video",
        "old": "b0ce8a67969c6cf6d693fa2cbb671d85ca664209",
        "new": "7569340cc0f4635e0edaf2511f13ecfc58e31af3"
      }
    ],
    "tip_gone": false
  }
]
= 0
$ git patman undo nothing
! error: there is no change of 'nothing' to undo
! hint: the last change here was 'series mark' of 'video': git patman undo video
! hint: to list the changes: git patman undo --list
= 1
$ git patman undo --list --redo
! error: the argument '--list' cannot be used with '--redo'
! 
! Usage: git patman undo --list [BRANCH]
! 
! For more information, try '--help'.
= 2

"#]]
    );
}

#[test]
fn a_branch_that_has_moved_since_is_left_alone() {
    let sandbox = with_video();
    change(&sandbox, "mark video I1");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Mine"]);
    let before = all(&sandbox);
    assert_data_eq!(
        sandbox.session(&["undo"]),
        str![[r#"
$ git patman undo
! error: cannot undo 'series mark': branch 'video' is at e40638a now, and was at 7569340
! hint: to see the new commits: git log 7569340..video
! hint: to see the old commits: git log b0ce8a6
! hint: to undo it by hand, and lose the new commits: git branch --force video b0ce8a6
= 1

"#]]
    );
    assert_eq!(all(&sandbox), before);
}

#[test]
fn what_others_changed_in_the_database_stays_or_stands_in_the_way() {
    let sandbox = with_video();
    change(&sandbox, "mark video I1");
    change(&sandbox, "mark video I2");
    sandbox.sql("UPDATE ser_ver SET notes = 'mine'; UPDATE series SET upstream = 'us'");
    sandbox.expect("undo", 0);
    assert!(
        rows(&sandbox).contains("'I1'|'us'") && rows(&sandbox).contains("mine"),
        "{}",
        rows(&sandbox)
    );
    change(&sandbox, "mark video I3");
    sandbox.sql("UPDATE series SET desc = 'mine too'");
    let before = all(&sandbox);
    assert_data_eq!(
        sandbox.session(&["undo"]),
        str![[r#"
$ git patman undo
! error: cannot undo 'series mark': the database was changed since: series 1: desc
! hint: nothing was changed; if git patman made the later change, undo that first
! hint: or restore the branches by hand; to see their old tips: git patman undo --list --json
= 1

"#]]
    );
    assert_eq!(all(&sandbox), before);
}

#[test]
fn edits_in_the_way_keep_head_where_it_is() {
    let sandbox = with_video();
    change(&sandbox, "mark video I1");
    change(&sandbox, "inc");
    sandbox.write("src/more.c", "more\n");
    sandbox.git(&["add", "src/more.c"]);
    sandbox.git(&["commit", "-q", "-m", "video: More"]);
    sandbox.write("src/more.c", "edited\n");
    let before = all(&sandbox);
    assert_data_eq!(
        refused(&sandbox, "dec"),
        str![
            "cannot bring the worktree '$REPO' to other files: 'git read-tree' failed: Entry 'src/more.c' not uptodate. Cannot merge."
        ]
    );
    assert_eq!(all(&sandbox), before);
    sandbox.write("src/more.c", "more\n");
    change(&sandbox, "dec");
    assert!(!sandbox.repo().join("src/more.c").exists());
    sandbox.expect("undo video", 0);
    assert_eq!(all(&sandbox), before.replace(" M src/more.c\n", ""));
}

#[test]
fn branches_that_git_is_at_work_on_are_refused() {
    let sandbox = with_video();
    let other = sandbox.top().join("other");
    let at = other.to_str().unwrap();
    let todo = "GIT_SEQUENCE_EDITOR=sed -i 1s/pick/edit/";
    let rebase = sandbox
        .command("env", &sandbox.repo())
        .args([
            todo,
            "git",
            "-c",
            "rebase.autoStash=true",
            "rebase",
            "-q",
            "-i",
            "main",
        ])
        .output()
        .unwrap();
    assert!(
        rebase.status.success(),
        "{}",
        String::from_utf8_lossy(&rebase.stderr)
    );
    assert_data_eq!(
        refused(&sandbox, "mark video I1"),
        str!["branch 'video' is being rebased at '$REPO'"]
    );
    sandbox.git(&["rebase", "--abort"]);
    sandbox.git(&["switch", "-q", "-C", "main", "main"]);
    sandbox.git(&["worktree", "add", "-q", at, "video"]);
    sandbox.git_at(&other, &["bisect", "start", "-q", "video", "main"]);
    assert_data_eq!(
        refused(&sandbox, "mark video I1"),
        str!["branch 'video' is being bisected at '$TOP/other'"]
    );
    sandbox.git_at(&other, &["bisect", "reset"]);
    change(&sandbox, "mark video I1");
    assert_eq!(sandbox.git_at(&other, &["status", "--porcelain"]), "");
    change(&sandbox, "inc");
    std::fs::remove_dir_all(&other).unwrap();
    assert_data_eq!(
        refused(&sandbox, "dec"),
        str!["branch 'video' is checked out at '$TOP/other': which is not there"]
    );
}

#[test]
fn merges_are_refused_before_anything_is_written() {
    let sandbox = with_video();
    sandbox.git(&["stash", "-q", "-u"]);
    sandbox.git(&["switch", "-q", "-c", "side", "main"]);
    sandbox.write("side", "x\n");
    sandbox.commit("side: Begin");
    sandbox.git(&["switch", "-q", "video"]);
    sandbox.git(&["merge", "-q", "-m", "Merge side", "side"]);
    let before = all(&sandbox);
    assert_data_eq!(
        refused(&sandbox, "mark video I1"),
        str![
            "commit '59294b0 Merge side' is a merge: messages can be changed only in a linear history"
        ]
    );
    assert_eq!(all(&sandbox), before);
}

#[test]
fn a_killed_change_is_whole_or_not_there_after_the_next_command() {
    let sandbox = with_video();
    change(&sandbox, "mark video I0");
    let begun = std::time::Instant::now();
    change(&sandbox, "inc");
    change(&sandbox, "dec");
    let whole = begun.elapsed() / 2;
    let (mut finished, mut never) = (0, 0);
    for round in 0..12 {
        let before = all(&sandbox);
        let line = if round % 2 == 0 { "inc" } else { "dec" };
        let mut child = command(&sandbox, &sandbox.repo(), line)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * round / 8);
        child.kill().unwrap();
        child.wait().unwrap();
        let done = sandbox.patman("undo --list");
        assert!(
            done.status.success(),
            "{}",
            sandbox.show("undo --list", &done)
        );
        assert!(!sandbox.repo().join(".git/patman/rewrite.json").exists());
        let after = all(&sandbox);
        if after == before {
            never += 1;
            change(&sandbox, line);
        } else {
            finished += 1;
        }
        let state = all(&sandbox);
        let (branch, versions) = if line == "inc" {
            ("refs/heads/video2", 2)
        } else {
            ("refs/heads/video", 1)
        };
        assert!(state.starts_with(&format!("{branch}\n")), "{state}");
        assert_eq!(
            sandbox.rows("SELECT id FROM ser_ver").len(),
            versions,
            "{state}"
        );
        assert_eq!(
            state.contains("refs/heads/video2 "),
            versions == 2,
            "{state}"
        );
        assert_eq!(
            state.contains("[branch \"video2\"]"),
            versions == 2,
            "{state}"
        );
    }
    assert!(
        finished > 0 && never > 0,
        "finished {finished}, never begun {never}"
    );
}

#[test]
fn of_changes_at_the_same_instant_and_commits_beside_them_none_is_lost() {
    let sandbox = with_video();
    change(&sandbox, "mark video I0");
    sandbox.git(&["stash", "-q", "-u"]);
    let other = sandbox.top().join("other");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        other.to_str().unwrap(),
        "main",
    ]);
    let marks = |name: &'static str, dir: &Path| -> usize {
        (0..25)
            .filter(|round| {
                run(&sandbox, dir, &format!("mark video {name}{round}"))
                    .status
                    .success()
            })
            .count()
    };
    let (mine, theirs, commits) = std::thread::scope(|scope| {
        let mine = scope.spawn(|| marks("A", &sandbox.repo()));
        let theirs = scope.spawn(|| marks("B", &other));
        let commits = scope.spawn(|| {
            let commit = |round: &usize| {
                let message = format!("Mine {round}");
                let args = ["commit", "-q", "--allow-empty", "-m", &message];
                sandbox
                    .command("git", &sandbox.repo())
                    .args(args)
                    .output()
                    .unwrap()
                    .status
                    .success()
            };
            (0..25).filter(commit).collect::<Vec<_>>()
        });
        (
            mine.join().unwrap(),
            theirs.join().unwrap(),
            commits.join().unwrap(),
        )
    });
    let log = sandbox.git(&["log", "--format=%B", "main..video"]);
    let first = sandbox.git(&["log", "--reverse", "--format=%B", "main..video"]);
    let first = first.split("video: Go on").next().unwrap().to_owned();
    assert!(
        mine + theirs > 0 && !commits.is_empty(),
        "{mine} {theirs} {commits:?}"
    );
    assert_eq!(
        first.matches("Change-Id: ").count(),
        1 + mine + theirs,
        "{first}"
    );
    for round in &commits {
        assert_eq!(log.matches(&format!("Mine {round}\n")).count(), 1, "{log}");
    }
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.git(&["fsck", "--no-dangling"]), "");
}

#[test]
fn with_no_branch_checked_out_the_last_change_of_the_repository_is_taken_back() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("greet", "one");
    sandbox.usual_branch("video", "two");
    for line in ["series -s greet add -m", "series -s video add -m"] {
        sandbox.expect(line, 0);
    }
    sandbox.git(&["stash", "-q", "-u"]);
    sandbox.git(&["switch", "-q", "greet"]);
    sandbox.expect("series archive", 0);
    assert_data_eq!(
        sandbox.session(&[
            "series -s greet unarchive",
            "undo -n",
            "series -s video set-link 5",
            "undo",
            "undo",
            "undo --redo",
            "undo -n",
            "undo --redo",
        ]),
        str![[r#"
$ git patman series -s greet unarchive
! restored series 'greet'
! restored branch 'greet'
= 0
$ git patman undo -n
! would undo 'series unarchive' from 0 seconds ago: Unarchive greet
!   greet: deleted, was 9ddb5a4
!   tag greet-01jan26: restored at ab74423
! branch 'greet' would be backed up as refs/patman/backup/greet.2
= 0
$ git patman series -s video set-link 5
! the link of series 'video' v1 is now 5
= 0
$ git patman undo
! undid 'series set-link' from 0 seconds ago: Link video v1 to 5
! hint: to redo it: git patman undo --redo video
= 0
$ git patman undo
! undid 'series unarchive' from 0 seconds ago: Unarchive greet
!   greet: deleted, was 9ddb5a4
!   tag greet-01jan26: restored at ab74423
! branch 'greet' is backed up as refs/patman/backup/greet.2
! hint: to redo it: git patman undo --redo greet
= 0
$ git patman undo --redo
! redid 'series unarchive' from 0 seconds ago: Unarchive greet
!   greet: restored at 9ddb5a4
!   tag greet-01jan26: deleted, was ab74423
! tag 'greet-01jan26' is backed up as refs/patman/backup/tags/greet-01jan26
= 0
$ git patman undo -n
! would undo 'series unarchive' from 0 seconds ago: Unarchive greet
!   greet: deleted, was 9ddb5a4
!   tag greet-01jan26: restored at ab74423
! branch 'greet' would be backed up as refs/patman/backup/greet.2
= 0
$ git patman undo --redo
! redid 'series set-link' from 0 seconds ago: Link video v1 to 5
= 0

"#]]
    );
}

#[test]
fn a_branch_without_changes_is_told_where_the_last_one_was() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("greet", "one");
    assert_data_eq!(
        sandbox.session(&["undo"]),
        str![[r#"
$ git patman undo
! error: there is no change of 'main' to undo
= 1

"#]]
    );
    sandbox.expect("series -s greet add -m", 0);
    assert_data_eq!(
        sandbox.session(&[
            "undo",
            "undo greet",
            "undo --redo",
            "undo --redo greet",
            "undo --list"
        ]),
        str![[r#"
$ git patman undo
! error: there is no change of 'main' to undo
! hint: the last change here was 'series add' of 'greet': git patman undo greet
! hint: to list the changes: git patman undo --list
= 1
$ git patman undo greet
! undid 'series add' from 0 seconds ago: Add greet v1
!   greet: 9ddb5a4 -> d5af4e9
! branch 'greet' is backed up as refs/patman/backup/greet.2
! hint: to redo it: git patman undo --redo greet
= 0
$ git patman undo --redo
! error: there is no change of 'main' to redo
! hint: the last change that was undone here was 'series add' of 'greet': git patman undo --redo greet
! hint: to list the changes: git patman undo --list
= 1
$ git patman undo --redo greet
! redid 'series add' from 0 seconds ago: Add greet v1
!   greet: d5af4e9 -> 9ddb5a4
! branch 'greet' is backed up as refs/patman/backup/greet
= 0
$ git patman undo --list
AGE  COMMAND     SERIES  STATE  WHAT
0 s  series add  greet          Add greet v1
= 0

"#]]
    );
}

#[test]
fn what_to_do_by_hand_about_a_tag_is_said_in_commands_for_tags() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("greet", "one");
    for line in ["series -s greet add -m", "series -s greet archive"] {
        sandbox.expect(line, 0);
    }
    let tag = sandbox.git(&["tag"]);
    sandbox.git(&["tag", "-d", tag.trim()]);
    let refused = sandbox.patman("undo greet");
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_data_eq!(
        sandbox.neutral(&told),
        str![[r#"
error: cannot undo 'series archive': tag 'greet-01jan26' is gone now, and was at ab74423
hint: to create it again, so that this can continue: git update-ref refs/tags/greet-01jan26 ab74423

"#]]
    );
    let hint = told
        .lines()
        .find_map(|line| line.split_once("this can continue: git "))
        .unwrap()
        .1;
    sandbox.git(&hint.split(' ').collect::<Vec<_>>());
    sandbox.expect("undo greet", 0);
    sandbox.git(&["tag", tag.trim(), "main"]);
    assert_data_eq!(
        sandbox.session(&["undo --redo greet"]),
        str![[r#"
$ git patman undo --redo greet
! error: cannot redo 'series archive': tag 'greet-01jan26' is at e747479 now, and was gone
! hint: to see the current commits: git log greet-01jan26
! hint: to see the old commits: git log ab74423
! hint: to undo it by hand, and lose the new commits: git update-ref refs/tags/greet-01jan26 ab74423
= 1

"#]]
    );
}

/// Rewrites the newest record, as somebody who ships a database could: `code` changes `plan` and `rows`.
fn tamper(sandbox: &Sandbox, code: &str) {
    let file = sandbox.repo().join(".git/patman/.patman.db");
    let script = "import json,sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\n\
        i,plan,rows=c.execute('SELECT id,plan,rows FROM gitpatman_undo ORDER BY id DESC LIMIT 1').fetchone()\n\
        plan,rows=json.loads(plan),json.loads(rows)\nexec(sys.argv[2])\n\
        c.execute('UPDATE gitpatman_undo SET plan=?,rows=? WHERE id=?',(json.dumps(plan),json.dumps(rows),i))\nc.commit()";
    let done = sandbox
        .command("python3", &sandbox.repo())
        .args(["-c", script, file.to_str().unwrap(), code])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn a_record_of_a_strangers_does_nothing_that_git_patman_does_not_write() {
    let attacks = [
        // The ref of the change, and another command to git behind it.
        "plan['refs'][0]['name'] += '\\0' + plan['refs'][0]['old'] + '\\0' + plan['refs'][0]['new'] + '\\0delete refs/heads/main\\0'",
        "plan['refs'].append({'name': 'refs/remotes/origin/x', 'old': None, 'new': plan['refs'][0]['new']})",
        "plan['refs'].append({'name': 'HEAD', 'old': None, 'new': None})",
        // No object: a deletion.
        "plan['refs'][0]['old'] = 'zzz'",
        "plan['heads'].append({'seat': '', 'old': 'ref: refs/remotes/x', 'new': 'ref: refs/heads/video', 'from': None, 'to': None, 'trees': None})",
        "plan['config'].append({'branch': 'video', 'old': [['remote', 'ext::sh -c touch% x']], 'new': []})",
        "plan['config'].append({'branch': 'video', 'old': [['x.y', 'z']], 'new': []})",
        "plan['config'].append({'branch': '-v\\n[core]', 'old': [['remote', 'o']], 'new': []})",
        "rows[:] = [{'table': 'series', 'key': {'1=1 OR id': {'int': 1}}, 'before': None, 'after': {}}]",
        "rows[:] = [{'table': 'upstream', 'key': {'name': {'text': 'us'}}, 'before': None, 'after': {}}]",
    ];
    for attack in attacks {
        let sandbox = with_video();
        change(&sandbox, "mark video I1");
        tamper(&sandbox, attack);
        let before = all(&sandbox);
        let done = sandbox.patman("undo");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{attack}: {said}");
        assert!(
            said.contains("was not written by git patman"),
            "{attack}: {said}"
        );
        assert_eq!(all(&sandbox), before, "{attack}");
    }
}

#[test]
fn every_old_tip_is_kept_for_as_long_as_the_change_is_listed() {
    let sandbox = with_video();
    let mut tips = Vec::new();
    for number in 0..53 {
        tips.push(sandbox.git(&["rev-parse", "video"]));
        change(&sandbox, &format!("mark video I{number}"));
        if number == 0 {
            // The repository gets its id from a command.
            sandbox.patman("undo --list");
        }
    }
    let kept = sandbox.git(&[
        "for-each-ref",
        "--format=%(objectname)",
        "refs/patman/backup",
    ]);
    let listed = String::from_utf8(sandbox.patman("undo --list").stdout).unwrap();
    assert_eq!(listed.lines().count(), 51);
    for (number, tip) in tips.iter().enumerate() {
        assert_eq!(kept.contains(tip.as_str()), number >= 3, "{number}");
    }
    assert_eq!(kept.lines().count(), 50);
}

#[test]
fn a_tip_that_has_gone_is_said() {
    let sandbox = with_video();
    change(&sandbox, "mark video I1");
    let kept = "refs/patman/backup/video";
    let tip = sandbox.git(&["rev-parse", kept]);
    sandbox.git(&["update-ref", "-d", kept]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    assert!(
        !sandbox
            .git(&["cat-file", "--batch-all-objects", "--batch-check"])
            .contains(&tip)
    );
    assert_data_eq!(
        sandbox.session(&["undo --list", "undo"]),
        str![[r#"
$ git patman undo --list
AGE  COMMAND      SERIES  STATE         WHAT
0 s  series mark  video   old tip gone  Give commits the mark I1
= 0
$ git patman undo
! error: cannot undo 'series mark': b0ce8a6 of branch 'video' is no longer in the repository
! hint: another clone may have it: fetch it from there and run the command again
= 1

"#]]
    );
}
