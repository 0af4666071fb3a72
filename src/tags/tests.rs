// SPDX-License-Identifier: GPL-2.0-or-later
//! What is read of messages.

use super::*;
use proptest::prelude::*;

fn read_all(messages: &[&str]) -> Tags {
    let commits: Vec<(String, String)> = messages
        .iter()
        .enumerate()
        .map(|(at, message)| (format!("{at:040x}"), (*message).to_owned()))
        .collect();
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
        (
            series.version,
            series.prefix.as_deref(),
            series.postfix.as_deref()
        ),
        (Some(2), Some("RFC"), Some("net"))
    );
    assert_eq!(
        (series.name.as_deref(), series.patchwork_url.as_deref()),
        (Some("neat"), Some("https://x"))
    );
    assert_eq!(
        series.links,
        BTreeMap::from([(1, "10".to_owned()), (2, "20".to_owned())])
    );
    assert_eq!(
        series.process_log,
        ProcessLog {
            sort: true,
            uniq: true
        }
    );
    assert_eq!(
        (series.notes.as_slice(), series.cover_cc.as_slice()),
        (&["note".to_owned()][..], &["joe".to_owned()][..])
    );
    let cover = series.cover.clone().unwrap_or_default();
    assert_eq!(
        (cover.title.as_str(), cover.body.join("|").as_str()),
        ("Title", "body||more")
    );
    let one = &tags.commits[0];
    assert_eq!(
        (one.subject.as_str(), one.change_id.as_deref()),
        ("arm: rk: One", Some("I1"))
    );
    assert_eq!(one.subject_tags, ["arm", "rk"]);
    assert_eq!(one.cc, ["Fred <f@x>", "ann", "joe"]);
    assert_eq!(one.notes, ["A note", "of two"]);
    assert_eq!(
        one.trailers,
        [("Reviewed-by".to_owned(), "R <r@x>".to_owned())]
    );
    assert_eq!(
        one.cleaned,
        "arm: rk: One\n\nWhy.\n\nSigned-off-by: A <a@b>\nReviewed-by: R <r@x>\n"
    );
    assert_eq!(tags.commits[1].cleaned, "Two\n\nBecause.\n");
    assert_eq!(
        tags.change_log(None),
        ["Changes in v2:", "- a", "- b\n  c", "- d", ""]
    );
    assert_eq!(tags.change_log(Some(0)), ["Changes in v2:", "- New", ""]);
    assert_eq!(
        tags.change_log(Some(1)),
        ["Changes in v2:", "- a", "- b\n  c", ""]
    );
    assert_eq!(
        (
            tags.place_of_version(),
            tags.place_of_links(),
            tags.place_of_changes()
        ),
        (1, 1, 1)
    );
}

#[test]
fn a_problem_names_the_commit_and_the_line() {
    let tags = read_all(&["a\n", "b\n\nSeries-verison: 2\n"]);
    let told: Vec<String> = tags.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "commit 0000000000000000000000000000000000000001 line 3: unknown tag 'Series-verison'; did you mean 'Series-version'?"
        ]
    );
}

#[test]
fn what_is_wrong_is_told() {
    assert_eq!(
        told(&["a\n\nSeries changes: 2\n"]),
        ["0:3 this is not read as a tag; did you mean 'Series-changes:'?"]
    );
    assert_eq!(
        told(&["a\n\nCover-letter:\nT\n"]),
        ["0:3 'Cover-letter' has no 'END'"]
    );
    assert_eq!(
        told(&["a\n\nSeries-version: v2\n"]),
        ["0:3 'Series-version' needs the number of a version, such as 2, and has 'v2'"]
    );
    assert_eq!(
        told(&["a\n\nSeries-links: 1:x\n"]),
        ["0:3 '1:x' is not a link: write '<version>:<id>' or '<id>'"]
    );
    assert_eq!(
        told(&["a\n\nSeries-to:\n"]),
        ["0:3 'Series-to' says nothing"]
    );
    assert_eq!(told(&["a\n\nb\nEND\n"]), ["0:4 'END' ends nothing"]);
    assert_eq!(
        told(&["a\nSeries-to: b\n"]),
        ["0:2 there is no empty line between the subject and this"]
    );
    assert_eq!(
        told(&["a\n\nChange-Id: x\n", "b\n\nc\nChange-Id: x\n"]),
        ["1:4 patch 1 has the same 'Change-Id'"]
    );
}

/// Lines of which random messages are built.
const LINES: [&str; 24] = [
    "",
    "",
    "",
    "text",
    "END",
    "---",
    "Series-to: a",
    "Series-version: 2",
    "Series-links: 5 1:3",
    "Series-changes: 2",
    "Commit-changes: 3",
    "- item",
    "  more",
    "Cover-letter:",
    "Series-notes:",
    "Commit-notes:",
    "Change-Id: I1",
    "Signed-off-by: A <a@b>",
    "Reviewed-by: R <r@x>",
    "Patch-cc: joe",
    "BUG=1",
    "TEST=x\r",
    "Series to: x",
    "Change-Ids \u{85}",
];

fn messages() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&LINES[..]), 0..14)
        .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn what_is_cleaned_is_clean(message in messages()) {
        let once = read_all(&[&message]).commits[0].cleaned.clone();
        prop_assert_eq!(&read_all(&[&once]).commits[0].cleaned, &once);
    }

    #[test]
    fn edits_are_read_again(message in messages(), version in 2_u32..9, link in 1_u32..99) {
        let message = format!("subject\n\n{message}");
        let with = edit::set_link(&edit::set_version(message.as_bytes(), version), version, &link.to_string());
        let marked = edit::add_change_id(&with, "I9");
        let text = String::from_utf8(marked.clone()).unwrap_or_default();
        let tags = read_all(&[&text]);
        prop_assert_eq!(tags.series.version, Some(version));
        prop_assert_eq!(tags.series.links.get(&version), Some(&link.to_string()));
        prop_assert!(tags.commits[0].change_id.is_some());
        prop_assert_eq!(&tags.commits[0].subject, "subject");
        prop_assert_eq!(edit::change_id(&edit::remove_change_id(&marked)), None);
    }

    #[test]
    fn a_change_that_is_added_is_read_again(message in messages(), is_cover in any::<bool>()) {
        let message = format!("subject: x\n\n{message}");
        let with = String::from_utf8(edit::add_change(message.as_bytes(), 7, "the news", is_cover)).unwrap_or_default();
        let changes = read_all(&[&with]).series.changes.remove(&7).unwrap_or_default();
        prop_assert_eq!(changes.len(), 1, "{}", with);
        prop_assert_eq!((changes[0].text.as_str(), changes[0].in_patch), ("- the news", !is_cover));
    }
}

#[test]
fn time_is_in_proportion_to_size() {
    let line = "Series-changes: 2\n- a\nEND\nSeries to: b\nSigned-off-by: C <c@d>\n";
    let huge = format!("a\n\n{}", line.repeat(20_000));
    let tags = read_all(&[&huge]);
    assert_eq!(tags.series.changes.get(&2).map(Vec::len), Some(40_000));
    assert!(tags.problems.len() <= 50, "{}", tags.problems.len());
}

#[test]
fn a_patch_is_told_which_version_changed_it_last() {
    let tags = read_all(&[
        "a\n\nSeries-changes: 2\n- b\n",
        "c\n\nSeries-version: 3\nCover-changes: 3\n- d\n",
    ]);
    assert_eq!(
        tags.change_log(Some(0)),
        ["(no changes since v2)", "", "Changes in v2:", "- b", ""]
    );
    assert_eq!(tags.change_log(Some(1)), ["(no changes since v1)", ""]);
    assert_eq!(
        tags.change_log(None),
        ["Changes in v3:", "- d", "", "Changes in v2:", "- b", ""]
    );
    assert!(tags.missing_changes().is_empty());
}
