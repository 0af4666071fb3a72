// SPDX-License-Identifier: GPL-2.0-or-later
//! What is read of messages.

use super::*;

fn read_all(messages: &[&str]) -> Tags {
    let commits: Vec<(String, String)> =
        messages.iter().enumerate().map(|(at, message)| (format!("{at:040x}"), (*message).to_owned())).collect();
    read(&commits)
}

fn told(messages: &[&str]) -> Vec<String> {
    read_all(messages)
        .problems
        .iter()
        .map(|problem| format!("{}:{} {}", problem.commit, problem.line, problem.text))
        .collect()
}

#[test]
fn all_tags_are_read_and_taken_out() {
    let tags = read_all(&[
        "arm: rk: One\n\nWhy.\n\nCommit-cc: Fred <f@x>, ann\nPatch-cc: joe\nCommit-changes: 2\n- New\n\nCommit-notes:\nA note\n\
         of two\nEND\n\nSigned-off-by: A <a@b>\nReviewed-by: R <r@x>\nChange-Id: I1\n",
        "Two\n\nBecause.\n\nSeries-to: list, ann\nSeries-cc: \"Doe, J\" <j@x>\nSeries-version: 2\nSeries-prefix: RFC\n\
         Series-postfix: net\nSeries-name: neat\nSeries-links: 1:10 20\nSeries-patchwork-url: https://x\n\
         Series-process-log: sort, uniq\nSeries-notes:\nnote\nEND\nSeries-changes: 2\n- b\n  c\n- a\n\nCover-changes: 2\n- d\n\n\
         Cover-letter-cc: joe\nCover-letter:\nTitle\nbody\n\nmore\nEND\n",
    ]);
    assert_eq!(tags.problems, []);
    let series = &tags.series;
    assert_eq!(series.to, ["list", "ann"]);
    assert_eq!(series.cc, ["\"Doe, J\" <j@x>"]);
    assert_eq!(
        (series.version, series.prefix.as_deref(), series.postfix.as_deref()),
        (Some(2), Some("RFC"), Some("net"))
    );
    assert_eq!((series.name.as_deref(), series.patchwork_url.as_deref()), (Some("neat"), Some("https://x")));
    assert_eq!(series.links, BTreeMap::from([(1, "10".to_owned()), (2, "20".to_owned())]));
    assert_eq!(series.process_log, ProcessLog { sort: true, uniq: true });
    assert_eq!(
        (series.notes.as_slice(), series.cover_cc.as_slice()),
        (&["note".to_owned()][..], &["joe".to_owned()][..])
    );
    let cover = series.cover.clone().unwrap_or_default();
    assert_eq!((cover.title.as_str(), cover.body.join("|").as_str()), ("Title", "body||more"));
    let one = &tags.commits[0];
    assert_eq!((one.subject.as_str(), one.change_id.as_deref()), ("arm: rk: One", Some("I1")));
    assert_eq!(one.subject_tags, ["arm", "rk"]);
    assert_eq!(one.cc, ["Fred <f@x>", "ann", "joe"]);
    assert_eq!(one.notes, ["A note", "of two"]);
    assert_eq!(one.trailers, [("Reviewed-by".to_owned(), "R <r@x>".to_owned())]);
    assert_eq!(one.cleaned, "arm: rk: One\n\nWhy.\n\nSigned-off-by: A <a@b>\nReviewed-by: R <r@x>\n");
    assert_eq!(tags.commits[1].cleaned, "Two\n\nBecause.\n");
    assert_eq!(tags.change_log(None), ["Changes in v2:", "- a", "- b\n  c", "- d", ""]);
    assert_eq!(tags.change_log(Some(0)), ["Changes in v2:", "- New", ""]);
    assert_eq!(tags.change_log(Some(1)), ["Changes in v2:", "- a", "- b\n  c", ""]);
    assert_eq!((tags.place_of_version(), tags.place_of_links(), tags.place_of_changes()), (1, 1, 1));
}

#[test]
fn a_problem_names_the_commit_and_the_line() {
    let tags = read_all(&["a\n", "b\n\nSeries-verison: 2\n"]);
    let told: Vec<String> = tags.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["commit 0000000000 line 3: there is no tag 'Series-verison'; is 'Series-version' meant?"]);
}

#[test]
fn what_is_wrong_is_told() {
    assert_eq!(told(&["a\n\nSeries changes: 2\n"]), ["0:3 this is not read as a tag; is 'Series-changes:' meant?"]);
    assert_eq!(told(&["a\n\nCover-letter:\nT\n"]), ["0:3 'Cover-letter' has no 'END'"]);
    assert_eq!(
        told(&["a\n\nSeries-version: v2\n"]),
        ["0:3 'Series-version' needs the number of a version, such as 2, and has 'v2'"]
    );
    assert_eq!(told(&["a\n\nSeries-links: 1:x\n"]), ["0:3 '1:x' is no link: it is to be '<version>:<id>' or '<id>'"]);
    assert_eq!(told(&["a\n\nSeries-to:\n"]), ["0:3 'Series-to' says nothing"]);
    assert_eq!(told(&["a\n\nb\nEND\n"]), ["0:4 'END' ends nothing"]);
    assert_eq!(told(&["a\nSeries-to: b\n"]), ["0:2 there is no empty line between the subject and this"]);
    assert_eq!(told(&["a\n\nChange-Id: x\n", "b\n\nc\nChange-Id: x\n"]), ["1:4 patch 1 has the same 'Change-Id'"]);
}
