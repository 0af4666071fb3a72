// SPDX-License-Identifier: GPL-2.0-or-later
//! `series rm` and `rm-version`: rows forgotten, with all that hangs on them.

use crate::mine::{everything, refs, rows, sql, tracked};
use snapbox::{assert_data_eq, str};

const HANGING: &str = "INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
        ('todo', 1, '2026-01-08', 0, NULL), ('todo', 1, '2025-01-08', 1, NULL), ('sent', 1, '2026-01-01', 0, 2);
    INSERT INTO review (svid, seq, body) VALUES (1, 0, 'x'), (2, 1, 'y');
    INSERT INTO reply (review_id, body) VALUES (2, 'z');
    UPDATE ser_ver SET notes = 'mine' WHERE id = 1;";

#[test]
fn all_rows_of_all_versions_go_and_branches_stay() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, HANGING);
    let (before, branches) = (everything(&sandbox), refs(&sandbox));
    assert_data_eq!(sandbox.session(&["series -n -s video rm"]), str![]);
    assert_eq!(everything(&sandbox), before);
    assert_data_eq!(sandbox.session(&["series -s video2 rm", "series -s video rm", "series rm"]), str![]);
    assert_eq!(rows(&sandbox), "");
    assert_eq!(refs(&sandbox), branches);
    assert!(sandbox.patman("db check").status.success());
}

#[test]
fn it_can_be_undone() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, HANGING);
    let before = rows(&sandbox);
    for command in ["series -s video rm", "series -s video -V 2 rm-version"] {
        assert!(sandbox.patman(command).status.success());
        assert_ne!(rows(&sandbox), before);
        let done = sandbox.patman("undo video");
        assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(rows(&sandbox), before);
    }
}

#[test]
fn one_version_goes_and_the_last_is_refused() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, HANGING);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video -V 9 rm-version",
            "series -s video2 -n rm-version",
            "series -s video2 rm-version",
            "series -s video2 rm-version",
            "series -s video rm-version",
            "series -s nope -V 2 rm-version",
        ]),
        str![]
    );
    assert_data_eq!(rows(&sandbox), str![]);
}

#[test]
fn archived_series_and_those_without_versions_are_forgotten_too() {
    let sandbox = tracked();
    sandbox.patman("series -s video archive");
    sql(&sandbox, "INSERT INTO series (name, desc, archived) VALUES ('bare', 'Nothing', 0)");
    assert_data_eq!(sandbox.session(&["series -s bare rm", "series -s video rm"]), str![]);
    assert_eq!(rows(&sandbox), "");
    assert!(refs(&sandbox).contains("refs/tags/video-01jan26"));
}

#[test]
fn a_review_is_left_to_its_own_command() {
    let sandbox = tracked();
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let before = everything(&sandbox);
    assert_data_eq!(
        sandbox.session(&[
            "series -s one-spell-numbers rm",
            "series -s one-spell-numbers rm-version",
            "series -s one-spell-numbers inc"
        ]),
        str![]
    );
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_version_that_stands_there_twice_can_be_forgotten() {
    let sandbox = tracked();
    sql(&sandbox, "INSERT INTO ser_ver (series_id, version) VALUES (1, 1)");
    assert_data_eq!(sandbox.session(&["series -s video inc", "series -s video rm-version"]), str![]);
    assert!(rows(&sandbox).contains("ser_ver 2 1 1 "));
}
