// SPDX-License-Identifier: GPL-2.0-or-later
//! Where a series begins when its upstream was written anew, was never named, or holds what was pushed of the series itself;
//! and what is refused of branches that are not the user's to change.

use crate::sandbox::{Sandbox, lines};
use crate::scene::{COVER, texts};

const SUBJECTS: &str = "SELECT subject FROM pcommit ORDER BY seq";
const THREE: &str = "'one: Spell three'\n'one: Spell ten'\n'one: Spell twenty'\n";

fn succeeds(sandbox: &Sandbox, line: &str) -> String {
    let done = sandbox.patman(line);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(0), "{line}: {told}");
    told
}

fn fails(sandbox: &Sandbox, line: &str) -> String {
    let done = sandbox.patman(line);
    assert_eq!(done.status.code(), Some(1), "{line}");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

#[test]
fn commits_that_the_upstream_had_before_it_was_written_anew_are_none_of_the_series() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox
        .branch("theirs")
        .patches(&[("two: Theirs\n", "src/two.c", &lines("their", 3))])
        .tracks("us/main")
        .create();
    sandbox.git(&[
        "update-ref",
        "--create-reflog",
        "refs/remotes/us/main",
        "theirs",
    ]);
    let [three, ten, twenty] = texts("");
    sandbox
        .branch("video")
        .from("theirs")
        .patches(&[
            (&format!("one: Spell three\n\n{COVER}"), "src/one.c", &three),
            ("one: Spell ten\n", "src/one.c", &ten),
            ("one: Spell twenty\n", "src/one.c", &twenty),
        ])
        .tracks("us/main")
        .create();
    let others = sandbox.git(&[
        "commit-tree",
        "-p",
        "main",
        "-m",
        "two: Theirs, again",
        "theirs^{tree}",
    ]);
    sandbox.git(&["update-ref", "refs/remotes/us/main", &others]);
    succeeds(&sandbox, "series -s video add -m");
    assert_eq!(sandbox.select(SUBJECTS), THREE);
    assert_eq!(sandbox.messages("video").matches("Change-Id:").count(), 3);
    assert_eq!(
        sandbox.git(&["merge-base", "video", "theirs"]),
        sandbox.git(&["rev-parse", "theirs"])
    );
}

#[test]
fn what_was_pushed_of_a_series_is_not_taken_for_its_upstream() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.git(&["branch", "-q", "--unset-upstream", "video"]);
    succeeds(&sandbox, "series -s video add -M");
    sandbox.git(&["update-ref", "refs/remotes/us/video", "video~1"]);
    succeeds(&sandbox, "series -s video scan -M");
    assert_eq!(sandbox.select(SUBJECTS), THREE);
    // Nor where the rows do not tell where it began.
    sandbox.sql("UPDATE gitpatman_version SET base = NULL");
    succeeds(&sandbox, "series -s video scan -M");
    assert_eq!(sandbox.select(SUBJECTS), THREE);
}

#[test]
fn a_branch_whose_upstream_is_gone_begins_where_it_was_scanned() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    succeeds(&sandbox, "series -s video add -M");
    sandbox.git(&["update-ref", "-d", "refs/remotes/us/main"]);
    succeeds(&sandbox, "series -s video mark");
    assert_eq!(sandbox.git(&["rev-list", "--count", "main..video"]), "3");
    assert_eq!(sandbox.messages("video").matches("Change-Id:").count(), 3);
    // With another number of commits it cannot be told.
    sandbox.git(&["branch", "-f", "video", "video~1"]);
    let told = fails(&sandbox, "series -s video mark -m");
    assert!(
        told.contains("cannot tell where the series of branch 'video' begins"),
        "{told}"
    );
}

#[test]
fn a_shallow_clone_that_ends_before_the_upstream_says_so() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    let other = sandbox.git(&["commit-tree", "-m", "Elsewhere", "main^{tree}"]);
    sandbox.git(&["update-ref", "refs/remotes/us/main", &other]);
    let told = fails(&sandbox, "series -s video add -M");
    assert!(
        told.contains("'video' and 'us/main' have no history in common")
            && !told.contains("shallow"),
        "{told}"
    );
    std::fs::write(
        sandbox.repo().join(".git/shallow"),
        sandbox.git(&["rev-parse", "video~2"]) + "\n",
    )
    .unwrap();
    let told = fails(&sandbox, "series -s video add -M");
    assert!(
        told.contains("shallow clone") && told.contains("git fetch --unshallow"),
        "{told}"
    );
}

#[test]
fn the_change_log_of_a_review_is_not_written() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("us-100-review", "");
    sandbox.sql("INSERT INTO series (name, desc, archived, upstream, source) VALUES ('us-100-review', 'T', 0, 'us', 'review');
        INSERT INTO ser_ver (series_id, version, link) VALUES (1, 1, '100');");
    let before = sandbox.git(&["for-each-ref"]);
    let told = fails(&sandbox, "series -s us-100-review changes Fix");
    assert!(
        told.contains("'us-100-review' is a review, not one of your series"),
        "{told}"
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
}
