// SPDX-License-Identifier: GPL-2.0-or-later
//! The listings of series answer the same question in the same way, and tell series of one name apart.

use crate::sandbox::Sandbox;
use serde_json::Value;

/// The JSON of a command.
fn json(sandbox: &Sandbox, line: &str) -> Value {
    let done = sandbox.patman(line);
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", sandbox.show(line, &done)))
}

#[test]
fn every_listing_counts_the_same_patches_as_accepted() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "INSERT INTO series (id, name, desc, archived) VALUES (1, 'net', 'net: Faster', 0);
        INSERT INTO ser_ver (id, series_id, version, link) VALUES (1, 1, 1, '70');
        INSERT INTO pcommit (svid, seq, subject, state) VALUES (1, 0, 'a', 'mainlined'), (1, 1, 'b', 'Accepted'),
            (1, 2, 'c', 'applied'), (1, 3, 'd', 'changes-requested');",
    );
    let listed = json(&sandbox, "series ls --json");
    let summary = json(&sandbox, "series summary --json");
    let progress = json(&sandbox, "series progress --json");
    assert_eq!(listed[0]["versions"][0]["accepted"], 3);
    assert_eq!(listed[0]["versions"][0]["patches"], 4);
    for counts in [&summary[0], &progress[0]] {
        assert_eq!(
            (&counts["accepted"], &counts["total"]),
            (&3.into(), &4.into())
        );
    }
    for line in ["series ls", "series summary"] {
        let done = sandbox.patman(line);
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(text.contains(" 3/4 "), "{text}");
    }
}

#[test]
fn every_listing_has_the_same_identity_and_title() {
    let sandbox = Sandbox::new();
    sandbox
        .branch("net")
        .commits(&["a: One"])
        .tracks("main")
        .create();
    sandbox.patman("series -s net add -D Title -M");
    sandbox.patman("workflow todo -s net -1");
    let listed = json(&sandbox, "series ls --json");
    let identity = listed[0]["identity"].as_str().unwrap();
    assert!(identity.starts_with("20260101-net-"), "{identity}");
    let lines = [
        "series summary --json",
        "series progress --json",
        "series find net --json",
        "workflow todo-list --json",
    ];
    for line in lines {
        let shown = json(&sandbox, line);
        assert_eq!(shown[0]["identity"], identity, "{line}");
        assert_eq!(shown[0]["title"], "Title", "{line}");
    }
    let info = json(&sandbox, "series -s net info --json");
    assert_eq!(info["identity"], identity);
    sandbox.patman("series -s net rename -N web");
    sandbox.patman("series -s web inc");
    let renamed = json(&sandbox, "series ls --json");
    assert_eq!(renamed[0]["series"], "web");
    assert_eq!(renamed[0]["identity"], identity);
}

#[test]
fn two_series_of_one_name_have_different_identities() {
    let identity = |subject: &str| {
        let sandbox = Sandbox::new();
        sandbox
            .branch("net")
            .commits(&[subject])
            .tracks("main")
            .create();
        sandbox.patman("series -s net add -D Title -M");
        json(&sandbox, "series ls --json")[0]["identity"].clone()
    };
    let (one, other) = (identity("a: One"), identity("a: Other"));
    assert!(one.is_string() && other.is_string());
    assert_ne!(one, other);
    assert_eq!(one, identity("a: One"));
}

#[test]
fn a_review_is_identified_by_its_earliest_message() {
    let sandbox = Sandbox::new();
    let mails = std::fs::read_to_string(sandbox.usual(1)).unwrap();
    let id = mails
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: <")?.strip_suffix('>'))
        .unwrap();
    let started: Value = json(&sandbox, "review start ../v1.mbox --json");
    assert_eq!(started["identity"], id);
    sandbox.usual(2);
    sandbox.patman("review start ../v2.mbox");
    assert_eq!(json(&sandbox, "review list --json")[0]["identity"], id);
    assert_eq!(json(&sandbox, "review show one --json")["identity"], id);
    assert_eq!(json(&sandbox, "series ls -r --json")[0]["identity"], id);
}
