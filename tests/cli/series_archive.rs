// SPDX-License-Identifier: GPL-2.0-or-later
//! `series archive` and `unarchive`: branches become tags, and branches again.

use crate::mine::{everything, files, refs, rows, sql, tracked};
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn branches_become_tags_and_branches_again_with_what_they_tracked() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    let before = (rows(&sandbox), refs(&sandbox), files(&sandbox));
    assert_data_eq!(
        sandbox.session(&[
            "series -s nope archive",
            "series -s video2 archive",
            "series -s video archive",
            "series -s video inc"
        ]),
        str![]
    );
    assert_data_eq!(rows(&sandbox), str![]);
    assert_data_eq!(refs(&sandbox), str![]);
    assert!(!fs::read_to_string(sandbox.repo().join(".git/config")).unwrap().contains("branch \"video"));
    assert_data_eq!(sandbox.git(&["cat-file", "tag", "video-01jan26"]), str![]);
    assert_data_eq!(
        sandbox.session(&["series -n -s video unarchive", "series -s video unarchive", "series -s video unarchive"]),
        str![]
    );
    assert_eq!((rows(&sandbox), refs(&sandbox), files(&sandbox)), before);
}

#[test]
fn a_dry_run_changes_nothing_and_both_can_be_undone() {
    let sandbox = tracked();
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -n -s video archive"]), str![]);
    assert_eq!(everything(&sandbox), before);
    let before = (rows(&sandbox), refs(&sandbox));
    sandbox.patman("series -s video archive");
    let archived = (rows(&sandbox), refs(&sandbox));
    assert!(sandbox.patman("undo video").status.success());
    assert_eq!((rows(&sandbox), refs(&sandbox)), before);
    sandbox.patman("series -s video archive");
    sandbox.patman("series -s video unarchive");
    assert!(sandbox.patman("undo video").status.success());
    assert_eq!((rows(&sandbox), refs(&sandbox)), archived);
}

#[test]
fn head_is_detached_where_it_was_and_edits_stay() {
    let sandbox = tracked();
    sandbox.git(&["switch", "-q", "video"]);
    let before = files(&sandbox);
    assert_data_eq!(sandbox.session(&["series archive"]), str![]);
    assert!(refs(&sandbox).ends_with(&format!("HEAD {}", sandbox.git(&["rev-parse", "video-01jan26^{}"]))));
    assert_eq!(files(&sandbox), before);
}

#[test]
fn a_branch_that_another_worktree_is_on_is_refused_before_anything() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video2"]);
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -s video archive"]), str![]);
    assert_eq!(everything(&sandbox), before);
    // From there it is its own HEAD that is detached.
    assert_data_eq!(sandbox.show("series archive", &sandbox.patman_at(&linked, "series archive")), str![]);
    assert_eq!(sandbox.git_at(&linked, &["status", "--porcelain"]), "");
}

#[test]
fn a_tag_of_that_name_is_left_and_another_name_taken() {
    let sandbox = tracked();
    sandbox.git(&["tag", "video-01jan26", "main"]);
    assert_data_eq!(sandbox.session(&["series -s video archive", "series -s video unarchive"]), str![]);
    assert_eq!(sandbox.git(&["tag"]), "video-01jan26");
}

#[test]
fn what_a_stopped_archive_left_is_finished_or_taken_back() {
    for command in ["archive", "unarchive"] {
        let sandbox = tracked();
        sandbox.patman("series -s video inc");
        sandbox.patman("series -s video archive");
        // Tags are made, one branch is gone, no row is written.
        sandbox.git(&["branch", "-q", "video2", "video2-01jan26"]);
        sql(&sandbox, "UPDATE series SET archived = 0; UPDATE ser_ver SET archive_tag = NULL");
        let done = sandbox.patman(&format!("series -s video {command}"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let refs = refs(&sandbox);
        match command {
            "archive" => assert_data_eq!(refs, str![]),
            _ => assert_data_eq!(refs, str![]),
        }
        assert_eq!(rows(&sandbox).contains("'video-01jan26'"), command == "archive");
    }
}

#[test]
fn a_missing_branch_is_told_and_the_others_are_kept() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    assert_data_eq!(sandbox.session(&["series -s video archive", "series -s video unarchive"]), str![]);
}

#[test]
fn branches_in_the_way_are_refused_unless_they_are_the_same() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sandbox.patman("series -s video archive");
    sandbox.git(&["branch", "-q", "video2", "main"]);
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -s video unarchive"]), str![]);
    assert_eq!(everything(&sandbox), before);
    sandbox.git(&["branch", "-q", "-f", "video2", "video2-01jan26^{}"]);
    assert_data_eq!(sandbox.session(&["series -s video unarchive"]), str![]);
    assert_eq!(sandbox.git(&["tag"]), "");
}

#[test]
fn a_tag_that_is_gone_is_named_with_where_the_commit_may_be() {
    let sandbox = tracked();
    sandbox.patman("series -s video archive");
    sandbox.git(&["tag", "-d", "video-01jan26"]);
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -s video unarchive"]), str![]);
    assert_eq!(everything(&sandbox), before);
    sandbox.git(&["branch", "-q", "video", "refs/patman/backup/video"]);
    assert_data_eq!(sandbox.session(&["series -s video unarchive"]), str![]);
}
