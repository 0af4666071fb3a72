// SPDX-License-Identifier: GPL-2.0-or-later
//! Which commit a series is applied to, and what is said of it.

use crate::public_inbox::{Mood, PublicInbox};
use crate::sandbox::{Sandbox, lines};
use crate::scene::split;
use snapbox::{assert_data_eq, str};
use std::fs;

/// The usual series without its base-commit, and with words in its cover letter.
fn without_base(sandbox: &Sandbox, words: &str) {
    let text = fs::read_to_string(sandbox.usual(1)).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("base-commit:"))
        .map(|line| format!("{line}\n"));
    fs::write(
        sandbox.top().join("v1.mbox"),
        lines.collect::<String>().replace("This is why.", words),
    )
    .unwrap();
}

/// Commits a change of `src/one.c` on `main`, and one of another file before it.
fn move_on(sandbox: &Sandbox) {
    sandbox.git(&["checkout", "-q", "src/two.c"]);
    for (path, text) in [
        ("other.txt", "other\n".to_owned()),
        ("src/one.c", "first\n".to_owned() + &lines("one", 40)),
    ] {
        sandbox.write(path, &text);
        sandbox.git(&["add", path]);
        sandbox.git(&["commit", "-q", "-m", &format!("Change {path}")]);
    }
}

fn base_line(sandbox: &Sandbox, line: &str) -> String {
    let said = sandbox.session(&[line]);
    let base = said
        .lines()
        .find(|line| line.starts_with("! base:"))
        .map(str::to_owned);
    base.unwrap_or(said)
}

#[test]
fn the_newest_commit_with_the_blobs_of_the_series_is_its_base() {
    let sandbox = Sandbox::new();
    without_base(&sandbox, "This is why.");
    move_on(&sandbox);
    assert_data_eq!(
        sandbox.session(&["review start -n ../v1.mbox"]),
        str![[r#"
$ git patman review start -n ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: cca8efc (newest commit of 'main' that has the blob)
! would review one-spell-numbers v1 'one: Spell numbers': 2 patches apply
= 0

"#]]
    );
    let chosen = sandbox.git(&["rev-parse", "main^"]);
    assert!(base_line(&sandbox, "review start -n ../v1.mbox").contains(&chosen[..7]));
}

#[test]
fn the_words_of_the_cover_letter_come_before_a_guess() {
    let blob = "newest commit of 'main' that has the blob)";
    for (words, has_next, wanted) in [
        (
            "The series is based on next.",
            true,
            "('origin/next', as the cover letter says)",
        ),
        ("The series is based on next.", false, blob),
        (
            "It applies on top of the latest\norigin/next branch",
            true,
            "('origin/next', as the cover letter says)",
        ),
        (
            "This applies to v1.0-rc1",
            true,
            "('v1.0-rc1', as the cover letter says)",
        ),
        ("based on --help", false, blob),
    ] {
        let sandbox = Sandbox::new();
        without_base(&sandbox, words);
        sandbox.git(&["remote", "add", "origin", "https://example.com/x"]);
        sandbox.git(&["tag", "v1.0-rc1"]);
        if has_next {
            sandbox.git(&["update-ref", "refs/remotes/origin/next", "main"]);
        }
        move_on(&sandbox);
        let said = base_line(&sandbox, "review start -n ../v1.mbox");
        assert!(said.contains(wanted), "{words}: {said}");
    }
}

#[test]
fn prose_names_no_base() {
    let sandbox = Sandbox::new();
    without_base(&sandbox, "The driver is based on next generation hardware.");
    sandbox.git(&["branch", "next"]);
    move_on(&sandbox);
    sandbox.git(&["branch", "-f", "next", "main~2"]);
    let said = base_line(&sandbox, "review start -n ../v1.mbox");
    assert!(said.contains("('next', which has the blob)"), "{said}");
}

#[test]
fn a_branch_that_is_named_is_searched_where_its_tip_does_not_fit() {
    let sandbox = Sandbox::new();
    without_base(&sandbox, "Based on the current main branch.");
    move_on(&sandbox);
    let said = base_line(&sandbox, "review start -n ../v1.mbox");
    assert!(
        said.contains("(newest commit of 'main' that has the blob, as the cover letter says)"),
        "{said}"
    );
}

#[test]
fn several_commits_are_tried_one_after_the_other() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.write(
        "src/one.c",
        &lines("one", 40).replace("one 20\n", "one 20, changed\n"),
    );
    sandbox.git(&["commit", "-q", "-m", "Change one", "src/one.c"]);
    sandbox.git(&["branch", "moved"]);
    sandbox.git(&["branch", "old", "HEAD^"]);
    assert_data_eq!(
        sandbox.session(&[
            "review start --onto moved --onto old ../v1.mbox",
            "review start -n --onto moved --onto moved ../v1.mbox",
            "review start -n --onto nowhere --onto old ../v1.mbox",
        ]),
        str![[r#"
$ git patman review start --onto moved --onto old ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! not onto 'moved': patch 2: patch does not apply: src/one.c:17
! base: e747479 ('old', the first of 2 that it applies to)
! one-spell-numbers v1: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review start -n --onto moved --onto moved ../v1.mbox
! not onto 'moved': patch 2: patch does not apply: src/one.c:17
! not onto 'moved': patch 2: patch does not apply: src/one.c:17
! warning: it applies to none of 2
! base: d6ed023 ('moved', as given)
! warning: would stop at patch 2: src/one.c:17
= 3
$ git patman review start -n --onto nowhere --onto old ../v1.mbox
! error: 'nowhere' is not a commit of this repository
= 1

"#]]
    );
}

/// A first series, and a second on top of it that says so in `line`.
fn two(sandbox: &Sandbox, line: &str) {
    let one = fs::read_to_string(sandbox.usual(1)).unwrap();
    let one = one.replacen(
        "This is why.",
        "This is why.\n\nchange-id: 20260101-spell-0123456789ab",
        1,
    );
    fs::write(sandbox.top().join("v1.mbox"), one).unwrap();
    let first = lines("one", 40)
        .replace("one 3\n", "one three, v1\n")
        .replace("one 20\n", "one twenty\n");
    let work = sandbox.top().join("below");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "below",
        work.to_str().unwrap(),
        "main",
    ]);
    fs::write(work.join("src/one.c"), &first).unwrap();
    sandbox.git_at(&work, &["commit", "-q", "-a", "-m", "below"]);
    fs::write(
        work.join("src/one.c"),
        first.replace("one twenty\n", "one score\n"),
    )
    .unwrap();
    sandbox.git_at(&work, &["commit", "-q", "-a", "-m", "one: Spell a score"]);
    let patch = sandbox.git_at(&work, &["format-patch", "--stdout", "--base=main", "-1"]);
    let patch: String = patch
        .lines()
        .filter(|line| !line.starts_with("prerequisite-"))
        .map(|own| format!("{own}\n"))
        .collect::<String>()
        .replace("base-commit:", &format!("{line}\nbase-commit:"));
    fs::write(sandbox.top().join("second.mbox"), patch).unwrap();
    sandbox.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
    sandbox.git(&["branch", "-q", "-D", "below"]);
}

#[test]
fn what_a_series_needs_is_applied_below_it() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1",
    );
    sandbox.patman("review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&[
            "review start ../second.mbox",
            "review start ../second.mbox",
            "review show one-spell-a"
        ]),
        str![[r#"
$ git patman review start ../second.mbox
! base: 36a7274 (base-commit of the mails, with 2 patches that it depends on: one-spell-numbers v1)
! one-spell-a-score v1: 1 patch applied: one: Spell a score
! worktree: $REPO/.git/patman/worktrees/one-spell-a-score
! hint: to go there: cd "$(git patman review path one-spell-a-score)"
= 0
$ git patman review start ../second.mbox
! base: 36a7274 (base-commit of the mails, with 2 patches that it depends on: one-spell-numbers v1)
! one-spell-a-score v1 is already applied
! worktree: $REPO/.git/patman/worktrees/one-spell-a-score
! hint: to go there: cd "$(git patman review path one-spell-a-score)"
= 0
$ git patman review show one-spell-a
series    one-spell-a-score v1
title     one: Spell a score
state     applied
base      36a7274
worktree  $REPO/.git/patman/worktrees/one-spell-a-score
started   0 seconds ago

1  e368aa2  1 +1 -1  one: Spell a score
= 0

"#]]
    );
    let subjects = sandbox.git(&["log", "--format=%s", "main..one-spell-a-score"]);
    assert_eq!(
        subjects,
        "one: Spell a score\none: Spell twenty\none: Spell three"
    );
    let base = sandbox.git(&[
        "log",
        "-1",
        "--format=%s",
        "refs/patman/one-spell-a-score/v1-base",
    ]);
    assert_eq!(base, "one: Spell twenty");
}

#[test]
fn each_commit_is_tried_with_the_prerequisites_on_it() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1",
    );
    sandbox.patman("review start ../v1.mbox");
    sandbox.write(
        "src/one.c",
        &lines("one", 40).replace("one 20\n", "one 20, changed\n"),
    );
    sandbox.git(&["commit", "-q", "-m", "Change one", "src/one.c"]);
    sandbox.git(&["branch", "moved"]);
    sandbox.git(&["branch", "old", "HEAD^"]);
    assert_data_eq!(
        sandbox.session(&["review start -n --onto moved --onto old ../second.mbox"]),
        str![[r#"
$ git patman review start -n --onto moved --onto old ../second.mbox
! not onto 'moved': patch 1: patch does not apply: src/one.c:17
! base: 36a7274 ('old', the first of 2 that it applies to, with 2 patches that it depends on: one-spell-numbers v1)
! would review one-spell-a-score v1 'one: Spell a score': 1 patch apply
= 0

"#]]
    );
}

#[test]
fn a_base_is_found_for_what_is_below_the_series_too() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1",
    );
    let text = fs::read_to_string(sandbox.top().join("second.mbox")).unwrap();
    fs::write(
        sandbox.top().join("second.mbox"),
        text.replace("base-commit:", "was-commit:"),
    )
    .unwrap();
    sandbox.patman("review start ../v1.mbox");
    move_on(&sandbox);
    let said = base_line(&sandbox, "review start -n ../second.mbox");
    let wanted = "(newest commit of 'main' that has the blob, with 2 patches that it depends on: one-spell-numbers v1)";
    assert!(said.ends_with(wanted), "{said}");
    assert!(
        sandbox
            .session(&["review start -n ../second.mbox"])
            .ends_with("1 patch apply\n= 0\n")
    );
}

#[test]
fn prerequisites_are_found_by_patch_id_and_by_mail() {
    let sandbox = Sandbox::new();
    two(&sandbox, "PLACEHOLDER");
    sandbox.patman("review start ../v1.mbox");
    let mbox = fs::read_to_string(sandbox.top().join("v1.mbox")).unwrap();
    let id = mbox
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: "))
        .unwrap();
    let diffs = sandbox.git(&["log", "-p", "--reverse", "main..one-spell-numbers"]);
    fs::write(sandbox.top().join("diffs"), diffs).unwrap();
    let script = format!(
        "git patch-id --stable <'{}'",
        sandbox.top().join("diffs").display()
    );
    let ids = sandbox
        .command("sh", &sandbox.repo())
        .args(["-c", &script])
        .output()
        .unwrap()
        .stdout;
    let ids = String::from_utf8(ids).unwrap();
    let ids = ids
        .lines()
        .map(|line| format!("prerequisite-patch-id: {}", &line[..40]))
        .collect::<Vec<_>>();
    assert_eq!(ids.len(), 2);
    let text = fs::read_to_string(sandbox.top().join("second.mbox")).unwrap();
    for line in [
        ids.join("\n"),
        format!("Depends-on: {id}"),
        format!("Based-on: {id} [PATCH 0/2]"),
    ] {
        fs::write(
            sandbox.top().join("second.mbox"),
            text.replace("PLACEHOLDER", &line),
        )
        .unwrap();
        let said = base_line(&sandbox, "review start -n ../second.mbox");
        let wanted =
            "(base-commit of the mails, with 2 patches that it depends on: one-spell-numbers v1)";
        assert!(said.contains(wanted), "{line}: {said}");
    }
    // What the base has already is not applied again.
    let said = base_line(
        &sandbox,
        "review start -n --base one-spell-numbers ../second.mbox",
    );
    assert!(said.ends_with("('one-spell-numbers', as given)"), "{said}");
}

#[test]
fn prerequisites_that_are_not_known_are_named() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789a:v1\nDepends-on: <nobody@example.com>",
    );
    sandbox.patman("review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["review start -n ../second.mbox"]),
        str![[r#"
$ git patman review start -n ../second.mbox
! warning: the series depends on patches that could not be found: change-id 20260101-spell-0123456789a v1, <nobody@example.com>
! hint: start a review of them first, or select a base that contains them with --base
! base: e747479 (base-commit of the mails)
! warning: would stop at patch 1: src/one.c:17
= 3

"#]]
    );
}

#[test]
fn hostile_lines_are_bounded() {
    let sandbox = Sandbox::new();
    let ids: String = (0..100_000)
        .map(|n| format!("prerequisite-patch-id: {n:040x}\n"))
        .collect();
    two(
        &sandbox,
        &format!(
            "{ids}Depends-on: <{}>\nprerequisite-change-id: a\x1b[31mb",
            "x".repeat(1 << 20)
        ),
    );
    let said = sandbox.session(&["review start -n ../second.mbox"]);
    assert!(
        said.contains("and 995 more\n"),
        "{}",
        &said[..said.len().min(2000)]
    );
    assert!(!said.contains('\x1b') && said.len() < 2000);
}

/// The stable patch ids of the first series, as `git format-patch --base` writes them.
fn patch_ids(sandbox: &Sandbox) -> String {
    let line = "git patch-id --stable <../v1.mbox";
    let ids = sandbox
        .command("sh", &sandbox.repo())
        .args(["-c", line])
        .output()
        .unwrap()
        .stdout;
    let ids = String::from_utf8(ids).unwrap();
    assert_eq!(ids.lines().count(), 2);
    ids.lines()
        .map(|line| format!("prerequisite-patch-id: {}\n", &line[..40]))
        .collect()
}

const LAID: &str =
    "(base-commit of the mails, with 2 patches that it depends on: 'one: Spell numbers' v1)";

#[test]
fn prerequisites_are_fetched_from_the_archive() {
    let sandbox = Sandbox::new();
    two(&sandbox, "PLACEHOLDER");
    let mbox = fs::read_to_string(sandbox.top().join("v1.mbox")).unwrap();
    let id = mbox
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: "))
        .unwrap();
    let server = PublicInbox::serve(split(&mbox), Mood::Well);
    sandbox.git(&["config", "patman.archive", &server.inbox()]);
    let text = fs::read_to_string(sandbox.top().join("second.mbox")).unwrap();
    for line in [
        format!("Depends-on: {id}"),
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1".to_owned(),
        "prerequisite-change-id: 20260101-spell-0123456789ab".to_owned(),
        patch_ids(&sandbox),
    ] {
        fs::write(
            sandbox.top().join("second.mbox"),
            text.replace("PLACEHOLDER", &line),
        )
        .unwrap();
        let said = sandbox.session(&["review start -n ../second.mbox"]);
        assert!(
            said.contains(LAID) && said.contains("1 patch apply"),
            "{line}: {said}"
        );
        assert!(
            said.contains("! fetched its prerequisites: 'one: Spell numbers' v1\n"),
            "{line}: {said}"
        );
        assert_eq!(server.asked().len(), 1, "{line}");
        let said = sandbox.session(&["review check ../second.mbox"]);
        assert!(
            said.contains("exact") && said.ends_with("= 0\n"),
            "{line}: {said}"
        );
        assert_eq!(server.asked().len(), 1, "{line}");
    }
    for line in [
        "Depends-on: <nobody@example.com>",
        "prerequisite-change-id: 20260101-spell-0123456789a",
        "prerequisite-change-id: 20260101-spell-0123456789ab:v2",
    ] {
        fs::write(
            sandbox.top().join("second.mbox"),
            text.replace("PLACEHOLDER", line),
        )
        .unwrap();
        let said = sandbox.session(&["review start -n ../second.mbox"]);
        assert!(
            said.contains("depends on patches that could not be found")
                && !said.contains("fetched"),
            "{line}: {said}"
        );
    }
}

#[test]
fn prerequisites_are_fetched_from_patchwork_by_their_mails() {
    let sandbox = Sandbox::new();
    two(&sandbox, "PLACEHOLDER");
    let mbox = fs::read_to_string(sandbox.top().join("v1.mbox")).unwrap();
    let sandbox = sandbox.with_patchwork();
    let server = sandbox.patchwork();
    server.feed(mbox.as_bytes());
    let text = fs::read_to_string(sandbox.top().join("second.mbox")).unwrap();
    // By the cover letter, and by the last patch.
    let ids: Vec<&str> = mbox
        .lines()
        .filter_map(|line| line.strip_prefix("Message-ID: "))
        .collect();
    for id in [ids[0], ids[2]] {
        let line = format!("Depends-on: {id}");
        fs::write(
            sandbox.top().join("second.mbox"),
            text.replace("PLACEHOLDER", &line),
        )
        .unwrap();
        let said = sandbox.session(&["review start -n ../second.mbox"]);
        assert!(
            said.contains(LAID) && said.contains("1 patch apply"),
            "{line}: {said}"
        );
    }
    server.requests();
    let said = sandbox.session(&["review start -n --offline ../second.mbox"]);
    assert!(said.contains(LAID), "what was asked before is kept: {said}");
    let line = "Depends-on: <nobody@example.com>";
    fs::write(
        sandbox.top().join("second.mbox"),
        text.replace("PLACEHOLDER", line),
    )
    .unwrap();
    for line in [
        "review start -n --offline ../second.mbox",
        "review check --offline ../second.mbox",
    ] {
        let said = sandbox.session(&[line]);
        assert!(
            said.contains("patches that could not be found: <nobody@example.com>"),
            "{said}"
        );
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_server_that_fails_is_asked_once_and_the_start_goes_on() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "Depends-on: <a@example.com>\nDepends-on: <b@example.com>",
    );
    let server = PublicInbox::serve(
        vec!["Message-ID: <a@example.com>\n\nx\n".to_owned()],
        Mood::Pages,
    );
    sandbox.git(&["config", "patman.archive", &server.inbox()]);
    let said = sandbox.session(&["review start -n ../second.mbox"]);
    assert_eq!(
        said.matches("! warning: cannot look for its prerequisites:")
            .count(),
        1,
        "{said}"
    );
    assert!(
        said.contains("patches that could not be found: <a@example.com>, <b@example.com>"),
        "{said}"
    );
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn prerequisites_among_the_same_mails_are_laid_below() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1",
    );
    let both = ["v1.mbox", "second.mbox"]
        .map(|name| fs::read_to_string(sandbox.top().join(name)).unwrap());
    fs::write(sandbox.top().join("both.mbox"), both.join("\n")).unwrap();
    let done = |args: &[&str]| {
        let done = sandbox
            .command(crate::sandbox::PROGRAM, &sandbox.repo())
            .args(args)
            .output()
            .unwrap();
        sandbox.show(&args.join(" "), &done)
    };
    let said = done(&[
        "review",
        "start",
        "-n",
        "--title",
        "Spell a score",
        "../both.mbox",
    ]);
    assert!(
        said.contains(LAID) && said.contains("1 patch apply"),
        "{said}"
    );
    let said = sandbox.session(&["review check ../both.mbox"]);
    assert_eq!(said.matches("exact").count(), 2, "{said}");
}

#[test]
fn series_that_need_each_other_do_not_go_round() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1\nchange-id: 20260101-score-0123456789ab",
    );
    let first = fs::read_to_string(sandbox.top().join("v1.mbox")).unwrap();
    let needs = "prerequisite-change-id: 20260101-score-0123456789ab\nprerequisite-change-id: 20260101-spell-0123456789ab";
    let first = first.replacen("This is why.", &format!("This is why.\n\n{needs}"), 1);
    let second = fs::read_to_string(sandbox.top().join("second.mbox")).unwrap();
    fs::write(sandbox.top().join("both.mbox"), [first, second].join("\n")).unwrap();
    let said = sandbox.session(&["review check ../both.mbox"]);
    assert!(
        said.lines()
            .any(|line| line.contains("Spell a score") && line.contains("exact")),
        "{said}"
    );
}

#[test]
fn what_a_prerequisite_needs_comes_before_it() {
    let sandbox = Sandbox::new();
    two(
        &sandbox,
        "prerequisite-change-id: 20260101-spell-0123456789ab:v1\nchange-id: 20260101-score-0123456789ab",
    );
    let first = lines("one", 40)
        .replace("one 3\n", "one three, v1\n")
        .replace("one 20\n", "one score\n");
    sandbox.git(&["checkout", "-q", "-f", "main"]);
    let old = lines("one", 40)
        .replace("one 3\n", "one three, v1\n")
        .replace("one 20\n", "one score\n");
    let work = sandbox.top().join("third");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        work.to_str().unwrap(),
        "main",
    ]);
    fs::write(work.join("src/one.c"), &old).unwrap();
    sandbox.git_at(&work, &["commit", "-q", "-a", "-m", "below"]);
    fs::write(
        work.join("src/one.c"),
        first.replace("one score\n", "one dozen\n"),
    )
    .unwrap();
    sandbox.git_at(&work, &["commit", "-q", "-a", "-m", "one: Spell a dozen"]);
    let third = sandbox.git_at(&work, &["format-patch", "--stdout", "-1"]);
    let third = third.replacen(
        "\n---\n",
        "\n---\nprerequisite-change-id: 20260101-score-0123456789ab\n",
        1,
    );
    fs::write(sandbox.top().join("third.mbox"), third + "\n").unwrap();
    let below = ["v1.mbox", "second.mbox"]
        .map(|name| fs::read_to_string(sandbox.top().join(name)).unwrap());
    let server = PublicInbox::serve([split(&below[0]), split(&below[1])].concat(), Mood::Well);
    sandbox.git(&["config", "patman.archive", &server.inbox()]);
    let said = sandbox.session(&["review start -n --base main ../third.mbox"]);
    let wanted =
        "with 3 patches that it depends on: 'one: Spell numbers' v1, 'one: Spell a score' v1)";
    assert!(
        said.contains(wanted) && said.contains("1 patch apply"),
        "{said}"
    );
}

#[test]
fn branches_of_the_upstream_are_looked_in_for_a_base() {
    let sandbox = Sandbox::new();
    without_base(&sandbox, "This is why.");
    sandbox.patman("upstream add us https://example.com/us.git");
    sandbox.patman("upstream add them https://example.com/them.git");
    sandbox.git(&["remote", "add", "us", "https://example.com/us.git"]);
    sandbox.git(&["update-ref", "refs/remotes/us/next", "main"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "On"]);
    sandbox.git(&["checkout", "-q", "--orphan", "lonely"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Lonely"]);
    sandbox.git(&["branch", "-q", "-D", "main"]);
    let said = base_line(&sandbox, "review start -n -U us ../v1.mbox");
    assert!(said.contains("'us/next', which has the blob"), "{said}");
    let checked = |line: &str| {
        let done = sandbox.patman(line);
        let value: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        value[0]["base_why"].as_str().unwrap().to_owned()
    };
    assert!(
        checked("review check --json -U us ../v1.mbox").contains("'us/next', which has the blob")
    );
    assert!(!checked("review check --json -U them ../v1.mbox").contains("us/next"));
}
