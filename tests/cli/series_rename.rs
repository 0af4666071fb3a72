// SPDX-License-Identifier: GPL-2.0-or-later
//! `series rename`: the series and all its branches.

use crate::sandbox::{PROGRAM, Sandbox};
use snapbox::{assert_data_eq, str};

#[test]
fn row_branches_settings_reflogs_and_heads_get_the_new_name() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["config", "branch.video.description", "words"]);
    sandbox.patman("series -s video inc");
    sandbox.git(&["switch", "-q", "video"]);
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video2"]);
    let before = sandbox.files();
    let log = sandbox.git(&["log", "-g", "--format=%H %gs", "video"]);
    assert_data_eq!(
        sandbox.session(&["series -s video rename -N film"]),
        str![[r#"
$ git patman series -s video rename -N film
! renamed series 'video' to 'film'
! renamed branch 'video' to 'film'
! renamed branch 'video2' to 'film2'
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.refs(),
        str![[r#"
refs/heads/film 18e3aa2 tracks us/main
refs/heads/film2 53484b3 tracks us/main
refs/heads/main e747479 tracks us/main
HEAD refs/heads/film
"#]]
    );
    assert!(sandbox.all_rows().starts_with("'series'|1|'film'|"));
    assert_eq!(sandbox.git(&["config", "branch.film.description"]), "words");
    assert!(
        !std::fs::read_to_string(sandbox.repo().join(".git/config"))
            .unwrap()
            .contains("\"video")
    );
    assert!(
        sandbox
            .git(&["log", "-g", "--format=%H %gs", "film"])
            .ends_with(&log)
    );
    assert_eq!(
        sandbox.git_at(&linked, &["symbolic-ref", "HEAD"]),
        "refs/heads/film2"
    );
    assert_eq!(sandbox.git_at(&linked, &["status", "--porcelain"]), "");
    assert_eq!(sandbox.files(), before);
}

#[test]
fn it_can_be_undone_and_a_dry_run_changes_nothing() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    let (before, rows_before, refs_before) =
        (sandbox.everything(), sandbox.all_rows(), sandbox.refs());
    assert_data_eq!(
        sandbox.session(&["series -n -s video rename -N film"]),
        str![[r#"
$ git patman series -n -s video rename -N film
! renamed series 'video' to 'film'
! renamed branch 'video' to 'film'
! renamed branch 'video2' to 'film2'
! nothing was changed: this was a dry run
= 0

"#]]
    );
    assert_eq!(sandbox.everything(), before);
    assert!(!sandbox.repo().join(".git/logs/refs/heads/film").exists());
    sandbox.patman("series -s video rename -N film");
    sandbox.expect("undo film", 0);
    assert_eq!(
        (sandbox.all_rows(), sandbox.refs()),
        (rows_before, refs_before)
    );
}

#[test]
fn what_cannot_be_a_name_or_is_taken_is_refused_before_anything() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox
        .sql("INSERT INTO series (name, desc, archived) VALUES ('other', '', 0), ('gone', '', 1)");
    sandbox.git(&["branch", "-q", "film2", "main"]);
    sandbox.git(&["branch", "-q", "dir/x", "main"]);
    let before = sandbox.everything();
    let mut said = sandbox.session(&[
        "series -s video rename -N video",
        "series -s video2 rename -N film",
        "series -s video rename -N neat2",
        "series -s video rename -N other",
        "series -s video rename -N gone",
        "series -s video rename -N film",
        "series -s video rename -N dir",
        "series -s video rename -N 12",
        "series -s video rename -N a..b",
        "series -s video rename",
        "series -s nope rename -N film",
    ]);
    for name in ["bad name~", "", "-x", "HEAD", "a\u{1b}[31m"] {
        let named = format!("--new-name={name}");
        let args = ["series", "-s", "video", "rename", &named];
        let done = sandbox
            .command(PROGRAM, &sandbox.repo())
            .args(args)
            .output()
            .unwrap();
        said += &sandbox.show(
            &format!("series -s video rename --new-name={name:?}"),
            &done,
        );
    }
    assert_data_eq!(
        said,
        str![[r#"
$ git patman series -s video rename -N video
! error: series 'video' has that name already
= 2
$ git patman series -s video2 rename -N film
! error: 'video2' is a branch of series 'video', which is renamed with all its branches
! hint: git patman series -s video rename -N <name>
= 2
$ git patman series -s video rename -N neat2
! error: 'neat2' is not a valid name for a series: the digits at its end would be a version
! hint: did you mean: git patman series -s video rename -N neat
= 2
$ git patman series -s video rename -N other
! error: a series 'other' exists already
= 1
$ git patman series -s video rename -N gone
! error: a series 'gone' exists already
! hint: it is archived: git patman series ls -A
= 1
$ git patman series -s video rename -N film
! error: cannot rename: branch 'film2' is already there
! hint: git branch -m film2 <other name>
= 1
$ git patman series -s video rename -N dir
! error: cannot create 'dir' beside 'dir/x': git cannot store a branch below the name of another branch
= 1
$ git patman series -s video rename -N 12
! error: '12' is not a valid name for a series: it is a number
= 2
$ git patman series -s video rename -N a..b
! error: 'a..b' is not a valid name for a series: git does not allow it for a branch
= 2
$ git patman series -s video rename
! error: the following required arguments were not provided:
!   --new-name <NAME>
! 
! Usage: git patman series rename --new-name <NAME>
! 
! For more information, try '--help'.
= 2
$ git patman series -s nope rename -N film
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series -s video rename --new-name="bad name~"
! error: 'bad name~' is not a valid name for a series: git does not allow it for a branch
= 2
$ git patman series -s video rename --new-name=""
! error: '' is not a valid name for a series: git does not allow it for a branch
= 2
$ git patman series -s video rename --new-name="-x"
! error: '-x' is not a valid name for a series: git does not allow it for a branch
= 2
$ git patman series -s video rename --new-name="HEAD"
! error: 'HEAD' is not a valid name for a series: git does not allow it for a branch
= 2
$ git patman series -s video rename --new-name="a/u{1b}[31m"
! error: 'a/x1b[31m' is not a valid name for a series: git does not allow it for a branch
= 2

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_missing_branch_is_refused() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s video rename -N film"]),
        str![[r#"
$ git patman series -s video rename -N film
! error: cannot rename: branch 'video2' is not there
! hint: to restore it: git branch video2 <commit>
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn what_a_stopped_rename_left_is_finished() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-m", "video", "film"]);
    assert_data_eq!(
        sandbox.session(&["series -s video rename -N film"]),
        str![[r#"
$ git patman series -s video rename -N film
! renamed series 'video' to 'film'
! renamed branch 'video2' to 'film2'
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]),
        "film\nfilm2\nmain"
    );
    // A branch that only has the name is nobody's.
    sandbox.git(&["branch", "-q", "-D", "film"]);
    sandbox.video_branch("reel", "main");
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s film rename -N reel"]),
        str![[r#"
$ git patman series -s film rename -N reel
! error: cannot rename: branch 'film' is not there
! hint: to restore it: git branch film <commit>
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_name_below_the_old_one_is_fine() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    assert_data_eq!(
        sandbox.session(&["series rename -N video/fast", "series inc"]),
        str![[r#"
$ git patman series rename -N video/fast
! renamed series 'video' to 'video/fast'
! renamed branch 'video' to 'video/fast'
= 0
$ git patman series inc
! created v2 of 'video/fast' on branch 'video/fast2', from branch 'video/fast'
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.refs(),
        str![[r#"
refs/heads/main e747479 tracks us/main
refs/heads/video/fast 18e3aa2 tracks us/main
refs/heads/video/fast2 53484b3 tracks us/main
HEAD refs/heads/video/fast2
"#]]
    );
}

#[test]
fn an_archived_series_keeps_its_tags_and_comes_back_under_the_new_name() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video archive");
    assert_data_eq!(
        sandbox.session(&["series -s video rename -N film", "series -s film unarchive"]),
        str![[r#"
$ git patman series -s video rename -N film
! renamed series 'video' to 'film'
! its tags keep their names
= 0
$ git patman series -s film unarchive
! restored series 'film'
! restored branch 'film'
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.refs(),
        str![[r#"
refs/heads/film 18e3aa2 tracks us/main
refs/heads/main e747479 tracks us/main
HEAD refs/heads/main
"#]]
    );
}
