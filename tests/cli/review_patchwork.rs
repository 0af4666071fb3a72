// SPDX-License-Identifier: GPL-2.0-or-later
//! `review start` from a Patchwork: what is asked of it, what is made of its answers, what is recorded.

use crate::fake_patchwork::FakePatchwork;
use crate::sandbox::{Sandbox, lines};
use crate::scene::{Reply, as_mbox, bracketed_id, mails_of, split};
use snapbox::{assert_data_eq, str};
use std::fs;

/// Requests that several connections may have brought in any order.
fn sorted(mut requests: Vec<String>) -> String {
    requests.sort();
    requests.join("\n")
}

/// An mbox with `text` put in for something else; `From ` lines are not looked at.
fn changed(mbox: &std::path::Path, pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut text = fs::read_to_string(mbox).unwrap();
    for (old, new) in pairs {
        assert!(text.contains(old), "{old} is not in the mbox");
        text = text.replace(old, new);
    }
    text.into_bytes()
}

/// A reply to a mail, sent a day later.
fn reply(to: &str, id: &str, text: &str) -> String {
    Reply::to(&bracketed_id(to))
        .id(id)
        .on(2)
        .mbox(&format!("\n{text}"))
}

/// The usual series in version 2, whose mails have ids of their own even when both are made in the same second.
fn second(sandbox: &Sandbox) -> Vec<u8> {
    changed(&sandbox.usual(2), &[("<cover.", "<second.")])
}

/// A series of many patches, each to a file of its own.
fn long_series(sandbox: &Sandbox, count: usize) -> Vec<u8> {
    let patches: Vec<(String, String, String)> = (1..=count)
        .map(|at| {
            (
                format!("one: Add {at}"),
                format!("src/new{at}.c"),
                format!("new {at}\n"),
            )
        })
        .collect();
    let patches: Vec<(&str, &str, &str)> = patches
        .iter()
        .map(|(subject, path, text)| (subject.as_str(), path.as_str(), text.as_str()))
        .collect();
    fs::read(sandbox.series("long.mbox", 1, "one: Add many", &patches)).unwrap()
}

#[test]
fn a_series_is_named_by_its_number_and_recorded_as_patman_does() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    sandbox.post(2);
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&["review start 100", "review start 100"]),
        str![[r#"
$ git patman review start 100
! Created database '$REPO/.git/patman/.patman.db'
! base: e747479 (base-commit of the mails)
! pw-100-review v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/pw-100-review
! hint: to go there: cd "$(git patman review path pw-100-review)"
= 0
$ git patman review start 100
! base: e747479 (base-commit of the mails)
! pw-100-review v2 is already applied
! worktree: $REPO/.git/patman/worktrees/pw-100-review
! hint: to go there: cd "$(git patman review path pw-100-review)"
= 0

"#]]
    );
    assert_data_eq!(
        sorted(server.requests()),
        str![[r#"
/api/1.2/covers/1000/
/api/1.2/covers/1000/
/api/1.2/covers/1000/comments/?order=id&per_page=250
/api/1.2/covers/1000/comments/?order=id&per_page=250
/api/1.2/patches/1001/
/api/1.2/patches/1001/
/api/1.2/patches/1001/comments/?order=id&per_page=250
/api/1.2/patches/1001/comments/?order=id&per_page=250
/api/1.2/patches/1002/
/api/1.2/patches/1002/
/api/1.2/patches/1002/comments/?order=id&per_page=250
/api/1.2/patches/1002/comments/?order=id&per_page=250
/api/1.2/series/100/
/api/1.2/series/100/
"#]]
    );
    assert_eq!(sandbox.checkout(), before);
    assert_data_eq!(
        [
            sandbox.rows("SELECT name, desc, archived, upstream, source FROM series"),
            sandbox.rows("SELECT version, link, cover_id, cover_num_comments, name FROM ser_ver"),
            sandbox.rows("SELECT seq, subject, patch_id, state, num_comments FROM pcommit"),
        ]
        .concat()
        .join("\n"),
        str![[r#"
'pw-100-review'|'one: Spell numbers'|0|NULL|'review'
2|'100'|1000|0|'[v2,0/2] one: Spell numbers'
0|'[v2,1/2] one: Spell three'|1001|'new'|0
1|'[v2,2/2] one: Spell twenty'|1002|'new'|0
"#]]
    );
    let source = sandbox.rows("SELECT source FROM gitpatman_version");
    assert_eq!(
        server.neutral(&source[0]),
        "'$PATCHWORK/project/uboot/list/?series=100'"
    );
    let subjects = sandbox.git(&[
        "log",
        "--reverse",
        "--format=%s %an %at",
        "main..pw-100-review",
    ]);
    assert_eq!(
        subjects,
        "one: Spell three Ada 1767225600\none: Spell twenty Ada 1767225600"
    );
}

#[test]
fn ten_patches_and_a_cover_letter_cost_twelve_requests_and_no_mbox() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.feed(&long_series(&sandbox, 10));
    sandbox.expect("review start 100", 0);
    let asked = server.requests();
    assert_eq!(asked.len(), 12, "{asked:?}");
    assert!(asked.iter().all(|one| !one.contains("mbox")), "{asked:?}");
    assert_eq!(
        sandbox.git(&["rev-list", "--count", "main..pw-100-review"]),
        "10"
    );
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM pcommit WHERE state = 'new'"),
        ["10"]
    );
}

#[test]
fn with_an_archive_a_series_and_its_answers_cost_three_requests() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.set(|manner| manner.archive = true);
    let mbox = long_series(&sandbox, 10);
    server.feed(&mbox);
    let reply = reply(
        &split(&String::from_utf8_lossy(&mbox))[3],
        "re@example.com",
        "Reviewed-by: Bea\n <bea@example.com>",
    );
    server.feed(reply.as_bytes());
    sandbox.expect("review start 100", 0);
    let asked = server.requests();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(
        sandbox.rows("SELECT kind, count(*) FROM gitpatman_mail GROUP BY kind"),
        ["'cover'|1", "'patch'|10", "'reply'|1"]
    );
    assert_eq!(
        sandbox.rows("SELECT seq, message_id FROM gitpatman_mail WHERE kind = 'reply'"),
        ["3|'re@example.com'"]
    );
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM pcommit WHERE state = 'new'"),
        ["10"]
    );
}

#[test]
fn an_archive_that_has_not_the_series_is_done_without() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.set(|manner| (manner.archive, manner.archive_is_empty) = (true, true));
    sandbox.post(1);
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("2 patches applied") && said.ends_with("= 0\n"),
        "{said}"
    );
    server.set(|manner| manner.broken = vec![("/inbox/", 500)]);
    let said = sandbox.session(&["review start --force 100"]);
    assert!(
        said.contains("the archive does not respond, so Patchwork is used")
            && said.ends_with("= 0\n"),
        "{said}"
    );
}

#[test]
fn tags_of_answers_are_kept_whole_and_stay_out_of_the_commits() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    let mbox = fs::read(sandbox.usual(1)).unwrap();
    server.feed(&mbox);
    server.feed(
        reply(
            &split(&String::from_utf8_lossy(&mbox))[1],
            "re@example.com",
            "Fine.\n\nReviewed-by: Bea\n <bea@example.com>",
        )
        .as_bytes(),
    );
    sandbox.expect("review start 100", 0);
    assert!(
        !sandbox
            .git(&["log", "--format=%B", "main..pw-100-review"])
            .contains("Reviewed-by")
    );
    assert_eq!(
        sandbox.rows("SELECT seq, num_comments FROM pcommit"),
        ["0|1", "1|0"]
    );
    assert_eq!(
        sandbox.rows("SELECT seq, message_id FROM gitpatman_mail WHERE kind = 'reply'"),
        ["1|'re@example.com'"]
    );
}

#[test]
fn urls_name_series_patches_and_mails_on_any_server() {
    let sandbox = Sandbox::new().serve_patchwork();
    let server = sandbox.patchwork();
    let mbox = sandbox.usual(1);
    let first = bracketed_id(&mails_of(&mbox)[1]);
    server.feed(&changed(&mbox, &[(&first, "<a/b+c@example.com>")]));
    for path in [
        "/project/uboot/list/?series=100",
        "/series/100/mbox/",
        "/api/1.2/series/100/",
        "/api/patches/1001/",
        "/patch/1002/",
        "/cover/1000/",
        "/project/uboot/patch/a%252Fb+c@example.com/",
        "/project/uboot/patch/a%252Fb%2Bc%40example.com/mbox/",
    ] {
        let said = sandbox.session(&[&format!("review start {}{path}", server.url())]);
        assert!(
            said.contains("pw-100-review v1") && said.ends_with("= 0\n"),
            "{said}"
        );
    }
    assert_eq!(sandbox.rows("SELECT count(*) FROM series"), ["1"]);
    let said = sandbox.session(&[&format!(
        "review start {}/project/uboot/patch/no@example.com/",
        server.url()
    )]);
    assert!(
        said.contains(
            "error: there is no mail <no@example.com> in the project 'uboot' on $PATCHWORK"
        ),
        "{said}"
    );
}

#[test]
fn what_is_not_there_is_said_in_one_line() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    sandbox.post(1);
    sandbox.patman("db migrate");
    assert_data_eq!(
        sandbox.session(&[
            "review start 999",
            "review start --patch 999",
            "review start no-such-thing",
            "review start https://example.com/x",
            "review start"
        ]),
        str![[r#"
$ git patman review start 999
! error: there is no series 999 on $PATCHWORK
! hint: if 999 is the number of a patch: git patman review start --patch 999
= 1
$ git patman review start --patch 999
! error: there is no patch 999 on $PATCHWORK
= 1
$ git patman review start no-such-thing
! error: there is no file or directory 'no-such-thing'
! hint: a source is an mbox, a maildir, a directory of mails, a mail, '-', the number of a series on Patchwork, a message id, the URL of either, or the name of a review
= 1
$ git patman review start https://example.com/x
! error: 'https://example.com/x' is not the URL of a series, a patch or a cover letter
! hint: a source is an mbox, a maildir, a directory of mails, a mail, '-', the number of a series on Patchwork, a message id, the URL of either, or the name of a review
= 1
$ git patman review start
! error: the following required arguments were not provided:
!   <SOURCE>
! 
! Usage: git patman review start <SOURCE>
! 
! For more information, try '--help'.
= 2

"#]]
    );
    server.set(|manner| manner.broken = vec![("series/403/", 403), ("series/200/", 200)]);
    let said = sandbox.session(&["review start 403", "review start 200"]);
    assert!(
        said.contains(
            "error: cannot get '$PATCHWORK/api/1.2/series/403/': the server responded with 403"
        ),
        "{said}"
    );
    assert!(
        said.contains("/api/1.2/series/200/'") && said.ends_with("= 1\n"),
        "{said}"
    );
    let asked = server.requests();
    // A server that refuses is not asked again in another way.
    assert_eq!(
        asked
            .iter()
            .filter(|one| one.contains("series/403/"))
            .count(),
        1,
        "{asked:?}"
    );
    assert_eq!(sandbox.rows("SELECT count(*) FROM series"), ["0"]);
    sandbox.git(&["config", "--unset", "patman.patchworkUrl"]);
    assert_data_eq!(
        sandbox.session(&["review start 100"]),
        str![[r#"
$ git patman review start 100
! error: '100' is not a file, and is no known number of a series: no Patchwork server is configured
! hint: to set it: git config patman.patchworkUrl https://patchwork.example.com
= 1

"#]]
    );
    sandbox.git(&[
        "config",
        "patman.patchworkUrl",
        &format!("{}/series/100", server.url()),
    ]);
    assert_data_eq!(
        sandbox.session(&["review start 100"]),
        str![[r#"
$ git patman review start 100
! error: there is no Patchwork at '$PATCHWORK/series/100': it has no REST interface, or the URL is not that of its first page
= 1

"#]]
    );
}

#[test]
fn a_file_comes_before_a_number() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    fs::rename(sandbox.usual(1), sandbox.repo().join("100")).unwrap();
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("one-spell-numbers v1: 2 patches applied"),
        "{said}"
    );
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn a_patch_names_its_series() {
    let sandbox = Sandbox::new().with_patchwork();
    sandbox.post(1);
    let said = sandbox.session(&["review start --patch 1002"]);
    assert!(
        said.contains("pw-100-review v1: 2 patches applied"),
        "{said}"
    );
}

#[test]
fn words_of_a_title_find_the_newest_version_or_the_one_that_is_wanted() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    sandbox.post(1);
    server.feed(&second(&sandbox));
    let other = changed(
        &sandbox.usual(1),
        &[
            ("one: Spell numbers", "two: Spell letters"),
            ("Message-ID: <", "Message-ID: <x"),
            ("In-Reply-To: <", "In-Reply-To: <x"),
            ("References: <", "References: <x"),
        ],
    );
    server.feed(&other);
    assert_data_eq!(
        sandbox.session(&[
            "review start --title spell",
            "review start --title nothing",
            "review start --title numbers",
            "review start --title numbers --version 1",
            "review start --title numbers --version 7"
        ]),
        str![[r#"
$ git patman review start --title spell
! Created database '$REPO/.git/patman/.patman.db'
! error: several series on $PATCHWORK have 'spell' in their titles
! hint: choose one by its number: git patman review start <number>
! hint:   102      2026-01-01  v1   two: Spell letters  (Ada)
! hint:   101      2026-01-01  v2   one: Spell numbers  (Ada)
! hint:   100      2026-01-01  v1   one: Spell numbers  (Ada)
= 1
$ git patman review start --title nothing
! error: no series on $PATCHWORK has the words 'nothing' in its title
! hint: every word must be in the title; the page of a series has its number in the URL
= 1
$ git patman review start --title numbers
! base: e747479 (base-commit of the mails)
! pw-101-review v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/pw-101-review
! hint: to go there: cd "$(git patman review path pw-101-review)"
= 0
$ git patman review start --title numbers --version 1
! base: e747479 (base-commit of the mails)
! the branch 'pw-101-review' stays at v2; v1 is refs/patman/pw-101-review/v1
! pw-101-review v1: 2 patches applied: one: Spell numbers
= 0
$ git patman review start --title numbers --version 7
! error: there is no v7 of 'numbers' on $PATCHWORK
! hint: there is v2, v1
= 1

"#]]
    );
}

#[test]
fn an_older_server_is_asked_as_it_understands() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.set(|manner| manner.versions = vec!["1.0", "1.1"]);
    sandbox.post(1);
    assert!(
        sandbox
            .session(&["review start 100"])
            .contains("pw-100-review v1: 2 patches applied")
    );
    let asked = server.requests();
    assert_eq!(asked[0], "/api/1.2/series/100/");
    assert!(
        asked.contains(&"/api/series/100/".to_owned()) && asked.len() < 10,
        "{asked:?}"
    );
    // Its filter for mails is not known and gives all patches: none of them is the one.
    let said = sandbox.session(&[&format!(
        "review start {}/project/uboot/patch/no@example.com/",
        server.url()
    )]);
    assert!(
        said.contains("error: there is no mail <no@example.com>"),
        "{said}"
    );
}

#[test]
fn a_series_with_missing_patches_is_refused() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    let mut sent = split(&String::from_utf8_lossy(&long_series(&sandbox, 4)));
    sent.remove(3);
    server.feed(as_mbox(&sent).as_bytes());
    assert_data_eq!(
        sandbox.session(&["review start 100", "review start --partial 100"]),
        str![[r#"
$ git patman review start 100
! Created database '$REPO/.git/patman/.patman.db'
! error: patch 3 of 4 of 'one: Add many' is missing
! hint: to apply the patches before patch 3, use --partial
= 1
$ git patman review start --partial 100
! base: e747479 (base-commit of the mails)
! pw-100-review v1: 2 patches applied: one: Add many
! warning: the series is not complete: missing 3
! worktree: $REPO/.git/patman/worktrees/pw-100-review
! hint: to go there: cd "$(git patman review path pw-100-review)"
= 0

"#]]
    );
    // The last one comes late.
    server.feed(mails_of(&sandbox.top().join("long.mbox"))[3].as_bytes());
    let said = sandbox.session(&["review start 100"]);
    assert!(said.contains("4 patches applied"), "{said}");
    assert_eq!(
        sandbox.rows("SELECT patch_id FROM pcommit ORDER BY seq"),
        ["1001", "1002", "1004", "1003"]
    );
}

#[test]
fn a_version_that_replaces_one_patch_is_filled_from_the_one_before() {
    for archive in [false, true] {
        let sandbox = Sandbox::new().with_patchwork();
        let server = sandbox.patchwork();
        server.set(|manner| manner.archive = archive);
        let first = sandbox.usual(1);
        server.feed(&fs::read(&first).unwrap());
        let sent = mails_of(&first);
        let again = sent[2]
            .replace("[PATCH 2/2]", "[PATCH v2 2/2]")
            .replace("+one twenty", "+one score")
            .replace(&bracketed_id(&sent[2]), "<again@example.com>");
        let above =
            |line: &&str| !line.starts_with("In-Reply-To:") && !line.starts_with("References:");
        let again = again.lines().filter(above).collect::<Vec<_>>().join("\n");
        let again = again.replacen(
            "\n\n",
            &format!("\nIn-Reply-To: {}\n\n", bracketed_id(&sent[2])),
            1,
        );
        server.feed(again.as_bytes());
        let said = sandbox.session(&["review start 101"]);
        assert!(said.contains("v2: 2 patches applied"), "{archive} {said}");
        assert!(
            sandbox
                .git(&["show", "pw-101-review:src/one.c"])
                .contains("one score")
        );
        assert_eq!(
            sandbox.rows("SELECT version, link FROM ser_ver"),
            ["2|'101'"]
        );
        assert_eq!(
            sandbox.rows("SELECT patch_id FROM pcommit ORDER BY seq"),
            ["1001", "1003"]
        );
    }
}

#[test]
fn a_later_version_joins_its_series_under_the_first_name() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    sandbox.post(1);
    server.feed(&second(&sandbox));
    let said = sandbox.session(&["review start 100", "review start 101"]);
    assert!(
        said.contains("pw-100-review v2: 2 patches applied"),
        "{said}"
    );
    assert_eq!(
        sandbox.rows("SELECT version, link FROM ser_ver ORDER BY version"),
        ["1|'100'", "2|'101'"]
    );
}

#[test]
fn what_patman_has_recorded_is_gone_on_with() {
    let sandbox = Sandbox::new().with_patchwork();
    sandbox.post(1);
    sandbox.patman("db migrate");
    let db = rusqlite::Connection::open(sandbox.repo().join(".git/patman/.patman.db")).unwrap();
    db.execute_batch(
        "INSERT INTO series VALUES (1, 'us-100-review', 'one: Spell numbers', 0, 'us', 'review', 0);
        INSERT INTO ser_ver VALUES (1, 1, 1, 100, 1000, 0, '[0/2] one: Spell numbers', NULL, NULL, NULL);
        INSERT INTO pcommit VALUES (1, 1, 0, '[1/2] one: Spell three', 1001, NULL, NULL, NULL);
        INSERT INTO pcommit VALUES (2, 1, 1, '[2/2] one: Spell twenty', 1002, NULL, NULL, NULL);",
    )
    .unwrap();
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("us-100-review v1: 2 patches applied"),
        "{said}"
    );
    assert_eq!(
        sandbox.rows("SELECT id, name, upstream FROM series"),
        ["1|'us-100-review'|'us'"]
    );
    assert_eq!(
        sandbox.rows("SELECT id, seq, patch_id, state FROM pcommit"),
        ["1|0|1001|'new'", "2|1|1002|'new'"]
    );
    assert_eq!(sandbox.rows("SELECT link FROM ser_ver"), ["100"]);
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM gitpatman_patch WHERE message_id IS NOT NULL"),
        ["2"]
    );
}

#[test]
fn a_review_of_a_file_learns_its_place_on_patchwork() {
    let sandbox = Sandbox::new().with_patchwork();
    sandbox.post(1);
    sandbox.patman("review start ../v1.mbox");
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("one-spell-numbers v1 is already applied"),
        "{said}"
    );
    assert_eq!(
        sandbox.rows("SELECT link, cover_id FROM ser_ver"),
        ["'100'|1000"]
    );
    assert_eq!(
        sandbox.rows("SELECT patch_id, state FROM pcommit"),
        ["1001|'new'", "1002|'new'"]
    );
}

#[test]
fn a_series_that_no_one_waits_for_is_told() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    sandbox.post(1);
    server.set_state(100, "superseded");
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("warning: no patch of series 100 waits for a review: superseded"),
        "{said}"
    );
    assert_eq!(
        sandbox.rows("SELECT DISTINCT state FROM pcommit"),
        ["'superseded'"]
    );
}

#[test]
fn a_series_without_its_cover_letter_is_named_by_its_patches() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.feed(as_mbox(&mails_of(&sandbox.usual(2))[1..]).as_bytes());
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("pw-100-review v2: 2 patches applied: one: Spell three"),
        "{said}"
    );
    assert_eq!(
        sandbox.rows("SELECT cover_id, cover_num_comments, name FROM ser_ver"),
        ["NULL|NULL|NULL"]
    );
    assert!(
        sandbox
            .session(&["review start --title three"])
            .contains("is already applied")
    );
}

#[test]
fn the_author_is_the_sender_where_the_list_put_its_own_address() {
    for archive in [false, true] {
        let sandbox = Sandbox::new().with_patchwork();
        let server = sandbox.patchwork();
        server.set(|manner| manner.archive = archive);
        let munged = "\nFrom: Ada via U-Boot <uboot@lists.example.org>\nReply-To: Ada <ada@example.com>\nTo: uboot@lists.example.org\n";
        server.feed(&changed(
            &sandbox.usual(1),
            &[("\nFrom: Ada <ada@example.com>\n", munged)],
        ));
        sandbox.expect("review start 100", 0);
        assert_eq!(
            sandbox.git(&["log", "-1", "--format=%an <%ae>", "pw-100-review"]),
            "Ada <ada@example.com>"
        );
    }
}

#[test]
fn a_patch_that_patchwork_has_torn_apart_is_taken_from_the_archive_or_not_at_all() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    let icons = [("src/a.bin", "\0\u{1}a"), ("src/b.bin", "\0\u{2}b")];
    let work = sandbox.top().join("author");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        work.to_str().unwrap(),
        "main",
    ]);
    icons
        .iter()
        .for_each(|(path, text)| fs::write(work.join(path), text).unwrap());
    fs::write(work.join("src/one.c"), lines("uno", 40)).unwrap();
    sandbox.git_at(&work, &["add", "-A"]);
    sandbox.git_at(&work, &["commit", "-q", "-m", "one: Draw"]);
    let tree = sandbox.git_at(&work, &["rev-parse", "HEAD^{tree}"]);
    let mbox = sandbox.git_at(
        &work,
        &[
            "format-patch",
            "--stdout",
            "--binary",
            "--thread",
            "main..HEAD",
        ],
    );
    server.feed(
        mbox.replacen(
            "MIME-Version",
            "Message-ID: <icons@example.com>\nMIME-Version",
            1,
        )
        .replacen("\n\n", "\nMessage-ID: <icons@example.com>\n\n", 1)
        .as_bytes(),
    );
    assert_data_eq!(
        sandbox.session(&["review start 100"]),
        str![[r#"
$ git patman review start 100
! Created database '$REPO/.git/patman/.patman.db'
! error: $PATCHWORK has corrupted patch 1000 'one: Draw': it has binary changes, which Patchwork reorders
! hint: use the original mails, from an archive of the list or a file: git patman review start <file>
= 1

"#]]
    );
    server.set(|manner| manner.archive = true);
    let said = sandbox.session(&["review start 100"]);
    assert!(said.ends_with("= 0\n"), "{said}");
    assert_eq!(sandbox.git(&["rev-parse", "pw-100-review^{tree}"]), tree);
}

#[test]
fn a_patch_with_the_line_ends_of_mail_is_taken_from_patchwork() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.set(|manner| manner.archive = true);
    let sent = mails_of(&sandbox.usual(1));
    let (head, body) = sent[2].split_once("\n\n").unwrap();
    let head = head.replace("Content-Transfer-Encoding: 8bit", "X-Was: 8bit");
    let packed = base64(body.replace('\n', "\r\n").as_bytes());
    let mail = format!(
        "{head}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{packed}\n"
    );
    let mails = [&sent[..2], &[mail]].concat();
    server.feed(as_mbox(&mails).as_bytes());
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains("2 patches applied") && said.ends_with("= 0\n"),
        "{said}"
    );
    assert!(
        !sandbox
            .git(&["show", "pw-100-review:src/one.c"])
            .contains('\r')
    );
    assert_eq!(server.requests().len(), 4);
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (at, three) in bytes.chunks(3).enumerate() {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        let letter = |at: usize| {
            if at > three.len() {
                '='
            } else {
                char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize])
            }
        };
        text.extend((0..4).map(letter));
        if at % 18 == 17 {
            text.push('\n');
        }
    }
    text
}

#[test]
fn a_second_sending_of_a_version_is_told_and_takes_the_place_by_force() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    let mbox = sandbox.usual(1);
    server.feed(&fs::read(&mbox).unwrap());
    let again = [
        ("Message-ID: <", "Message-ID: <again"),
        ("In-Reply-To: <", "In-Reply-To: <again"),
        ("References: <", "References: <again"),
    ];
    server.feed(&changed(&mbox, &again));
    sandbox.patman("review start 100");
    let said = sandbox.session(&["review start 101"]);
    assert!(
        said.contains("warning: pw-100-review v1 was recorded from other mails"),
        "{said}"
    );
    assert_eq!(sandbox.rows("SELECT link FROM ser_ver"), ["'100'"]);
    sandbox.expect("review start --force 101", 0);
    assert_eq!(
        sandbox.rows("SELECT link, cover_id FROM ser_ver"),
        ["'101'|1003"]
    );
    assert_eq!(
        sandbox.rows("SELECT patch_id FROM pcommit ORDER BY seq"),
        ["1004", "1005"]
    );
}

#[test]
fn another_title_with_the_same_number_on_another_server_is_another_series() {
    let sandbox = Sandbox::new().with_patchwork();
    let other = FakePatchwork::new();
    sandbox.post(1);
    other.feed(&changed(
        &sandbox.usual(1),
        &[
            ("one: Spell numbers", "two: Spell letters"),
            ("ID: <", "ID: <x"),
            ("To: <", "To: <x"),
            ("References: <", "References: <x"),
        ],
    ));
    sandbox.patman("review start 100");
    let said = sandbox.session(&[&format!("review start {}/series/100/", other.url())]);
    assert!(
        said.contains("v1: 2 patches applied: two: Spell letters") && said.ends_with("= 0\n"),
        "{said}"
    );
    let names = sandbox.rows("SELECT name FROM series ORDER BY id");
    assert!(
        names[0] == "'pw-100-review'" && names[1].starts_with("'pw-100-review-"),
        "{names:?}"
    );
}

#[test]
fn an_upstream_gives_its_name_and_its_project_alone_is_searched() {
    let sandbox = Sandbox::new().serve_patchwork();
    let server = sandbox.patchwork();
    let mbox = sandbox.usual(1);
    server.feed_to("other", &fs::read(&mbox).unwrap());
    server.feed(&fs::read(&mbox).unwrap());
    sandbox.patman("upstream add us https://git.example.com/u.git");
    sandbox.expect(
        &format!("upstream set us --patchwork-url {}", server.url()),
        0,
    );
    let db = rusqlite::Connection::open(sandbox.repo().join(".git/patman/.patman.db")).unwrap();
    db.execute("INSERT INTO patchwork (name, proj_id, link_name, upstream) VALUES ('U', 18, 'uboot', 'us')", ())
        .unwrap();
    let said = sandbox.session(&[
        "review start -U us --title numbers",
        "review start -U no 101",
    ]);
    assert!(
        said.contains("us-101-review v1: 2 patches applied"),
        "{said}"
    );
    assert!(said.contains("error: there is no upstream 'no'"), "{said}");
    assert_eq!(
        sandbox.rows("SELECT name, upstream FROM series"),
        ["'us-101-review'|'us'"]
    );
}

#[test]
fn a_request_to_pull_is_told_from_a_series() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    server.feed(
        b"From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Ada <ada@example.com>\nSubject: [GIT PULL] Fixes\n\
        Date: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <pull@example.com>\n\n\
        The following changes since commit 5:\n\n  Begin\n\nare available in the Git repository at:\n\n\
        \x20 git://example.com/it.git fixes\n\nfor you to fetch changes up to 6:\n",
    );
    let wanted = str![[r#"
$ git patman review start 100
! Created database '$REPO/.git/patman/.patman.db'
! error: series 100 on $PATCHWORK is a pull request, not a patch series: it asks to pull 'git://example.com/it.git fixes'
= 1

"#]];
    let said = sandbox.session(&["review start 100"]);
    assert_data_eq!(said, wanted);
    server.set(|manner| manner.archive = true);
    let said = sandbox.session(&["review start 100"]);
    assert!(
        said.contains(
            "a pull request, not a patch series: it asks to pull 'git://example.com/it.git fixes'"
        ),
        "{said}"
    );
}

#[test]
fn a_patch_of_a_file_in_another_charset_applies_without_an_archive() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    let mail = |old: &str, new: &str, id: &str| {
        format!(
            "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Ada <ada@example.com>\nSubject: [PATCH] latin: {id}\n\
            Date: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <{id}@example.com>\nMIME-Version: 1.0\n\
            Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 8bit\n\nWhy.\n---\n\
            diff --git a/latin.txt b/latin.txt\n--- a/latin.txt\n+++ b/latin.txt\n@@ -1 +1 @@\n-{old}\n+{new}\n"
        )
    };
    fs::write(sandbox.repo().join("latin.txt"), b"\xe4\n").unwrap();
    sandbox.git(&["add", "latin.txt"]);
    sandbox.git(&["commit", "-q", "-m", "Latin"]);
    let bytes: Vec<u8> = mail("ä", "ö", "one")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    server.feed(&bytes);
    let said = sandbox.session(&["review start 100"]);
    assert!(said.ends_with("= 0\n"), "{said}");
    let file = sandbox
        .repo()
        .join(".git/patman/worktrees/pw-100-review/latin.txt");
    assert_eq!(fs::read(file).unwrap(), b"\xf6\n");
}
