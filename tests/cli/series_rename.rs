// SPDX-License-Identifier: GPL-2.0-or-later
//! `series rename`: the series and all its branches.

use crate::mine::{branch, everything, files, refs, rows, sql, tracked};
use crate::sandbox::PROGRAM;
use snapbox::{assert_data_eq, str};

#[test]
fn row_branches_settings_reflogs_and_heads_get_the_new_name() {
    let sandbox = tracked();
    sandbox.git(&["config", "branch.video.description", "words"]);
    sandbox.patman("series -s video inc");
    sandbox.git(&["switch", "-q", "video"]);
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video2"]);
    let before = files(&sandbox);
    let log = sandbox.git(&["log", "-g", "--format=%H %gs", "video"]);
    assert_data_eq!(sandbox.session(&["series -s video rename -N film"]), str![]);
    assert_data_eq!(refs(&sandbox), str![]);
    assert!(rows(&sandbox).starts_with("series 1 'film' "));
    assert_eq!(sandbox.git(&["config", "branch.film.description"]), "words");
    assert!(!std::fs::read_to_string(sandbox.repo().join(".git/config")).unwrap().contains("\"video"));
    assert!(sandbox.git(&["log", "-g", "--format=%H %gs", "film"]).ends_with(&log));
    assert_eq!(sandbox.git_at(&linked, &["symbolic-ref", "HEAD"]), "refs/heads/film2");
    assert_eq!(sandbox.git_at(&linked, &["status", "--porcelain"]), "");
    assert_eq!(files(&sandbox), before);
}

#[test]
fn it_can_be_undone_and_a_dry_run_changes_nothing() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    let (before, rows_before, refs_before) = (everything(&sandbox), rows(&sandbox), refs(&sandbox));
    assert_data_eq!(sandbox.session(&["series -n -s video rename -N film"]), str![]);
    assert_eq!(everything(&sandbox), before);
    assert!(!sandbox.repo().join(".git/logs/refs/heads/film").exists());
    sandbox.patman("series -s video rename -N film");
    assert!(sandbox.patman("undo film").status.success());
    assert_eq!((rows(&sandbox), refs(&sandbox)), (rows_before, refs_before));
}

#[test]
fn what_cannot_be_a_name_or_is_taken_is_refused_before_anything() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, "INSERT INTO series (name, desc, archived) VALUES ('other', '', 0), ('gone', '', 1)");
    sandbox.git(&["branch", "-q", "film2", "main"]);
    sandbox.git(&["branch", "-q", "dir/x", "main"]);
    let before = everything(&sandbox);
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
        let done = sandbox.command(PROGRAM, &sandbox.repo()).args(args).output().unwrap();
        said += &sandbox.show(&format!("series -s video rename --new-name={name:?}"), &done);
    }
    assert_data_eq!(said, str![]);
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_missing_branch_is_refused() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -s video rename -N film"]), str![]);
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn what_a_stopped_rename_left_is_finished() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-m", "video", "film"]);
    assert_data_eq!(sandbox.session(&["series -s video rename -N film"]), str![]);
    assert_eq!(sandbox.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]), "film\nfilm2\nmain");
    // A branch that only has the name is nobody's.
    sandbox.git(&["branch", "-q", "-D", "film"]);
    branch(&sandbox, "reel", "main");
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -s film rename -N reel"]), str![]);
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_name_below_the_old_one_is_fine() {
    let sandbox = tracked();
    sandbox.git(&["switch", "-q", "video"]);
    assert_data_eq!(sandbox.session(&["series rename -N video/fast", "series inc"]), str![]);
    assert_data_eq!(refs(&sandbox), str![]);
}

#[test]
fn an_archived_series_keeps_its_tags_and_comes_back_under_the_new_name() {
    let sandbox = tracked();
    sandbox.patman("series -s video archive");
    assert_data_eq!(sandbox.session(&["series -s video rename -N film", "series -s film unarchive"]), str![]);
    assert_data_eq!(refs(&sandbox), str![]);
}
