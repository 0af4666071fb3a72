// SPDX-License-Identifier: GPL-2.0-or-later
//! git-patman-json(5) names every field and word that the program prints, and no other.

use crate::public_inbox::{Mood, PublicInbox};
use crate::sandbox::Sandbox;

use git_patman::apply::ApplyMethod;
use git_patman::author::patchwork::autolink::LinkOutcome as Linked;
use git_patman::db::Holder;
use git_patman::db::check::{CheckReport, Dangling, Duplicate};
use git_patman::db::outcome::ReviewOutcome;
use git_patman::db::patchwork::ProjectRow;
use git_patman::db::status::DbState;
use git_patman::listing::find::Where;
use git_patman::listing::info::PatchComment;
use git_patman::listing::next_step::NextStep as Next;
use git_patman::mail::trailers::collected::TrailerState;
use git_patman::review::check::ApplyStatus;
use git_patman::review::clones::OtherClone;
use git_patman::review::compare::PatchDifference;
use git_patman::review::exec::CheckStatus;
use git_patman::review::inbox::InboxState;
use git_patman::review::report::{PathState, ReviewState};
use git_patman::review::update::{NewVersion, StateCount};
use git_patman::series::history::PatchChange as Step;
use git_patman::series::placement::RowStatus as Scanned;
use git_patman::view::db_check::DbCheckJson;
use git_patman::view::db_status::HolderJson;
use git_patman::view::project::ProjectJson;
use git_patman::view::review::OtherCloneJson;
use git_patman::view::series_info::PatchCommentJson;
use git_patman::view::update::{NewVersionJson, StateCountJson};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/git-patman-json.5");
    fs::read_to_string(path).unwrap().replace("\\-", "-")
}

/// The names of all fields, those of `tables` excepted, which are names of tables.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| fields(one, found)),
        Value::Object(all) => {
            for (name, one) in all {
                found.insert(name.clone());
                if name != "tables" {
                    fields(one, found);
                }
            }
        }
        _ => {}
    }
}

fn printed(sandbox: &Sandbox, line: &str) -> Value {
    let done = sandbox.patman(line);
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", sandbox.show(line, &done)))
}

/// What every command with `--json` prints; the findings that a sound database has not are made here.
fn all_printed() -> Vec<Value> {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let text = fs::read_to_string(&mbox).unwrap();
    let id = text
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: "))
        .unwrap();
    let reply = format!(
        "\nFrom b Thu Jan  1 00:00:00 2026\nFrom: Bob <bob@example.com>\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <r1@example.com>\nIn-Reply-To: {id}\nSubject: Re: [PATCH 0/2] one: Spell numbers\n\nNice.\nAcked-by: Bob <bob@example.com>\n"
    );
    fs::write(&mbox, text.clone() + &reply).unwrap();
    let mut all = vec![printed(&sandbox, "review start --json ../v1.mbox")];
    all.push(printed(&sandbox, "review check --json ../v1.mbox"));
    sandbox.patman("db backup");
    sandbox.patman("upstream add us https://example.com/us.git");
    sandbox.patman("workflow todo -s one-spell-numbers 0");
    all.extend(
        ["workflow todo-list --json", "workflow list --json"].map(|line| printed(&sandbox, line)),
    );
    sandbox.git(&[
        "update-ref",
        "refs/remotes/origin/next",
        "one-spell-numbers",
    ]);
    all.extend(
        [
            "review list",
            "review show one",
            "review trailers one",
            "upstream ls",
            "db status",
            "db check",
        ]
        .map(|line| printed(&sandbox, &format!("{line} --json"))),
    );
    let commit = sandbox.git(&[
        "commit-tree",
        "-p",
        "main",
        "-m",
        "video: Begin",
        "main^{tree}",
    ]);
    sandbox.git(&["branch", "video", &commit]);
    sandbox.patman("series -s video add -D Title -M -U main");
    sandbox.patman("series -s video inc");
    all.push(printed(&sandbox, "undo --list --json"));
    sandbox.usual(2);
    sandbox.patman("review start ../v2.mbox");
    all.push(printed(&sandbox, "review compare one --json"));
    let mails = text
        .split("\nFrom ")
        .map(|mail| mail.split_once('\n').unwrap().1.to_owned() + "\n");
    let server = PublicInbox::serve(mails.collect(), Mood::Well);
    sandbox.git(&["config", "patman.archive", &server.inbox()]);
    all.push(printed(&sandbox, "review inbox --json"));
    let run = ["review", "exec", "one", "--json", "--", "true"];
    let done = sandbox
        .command(crate::sandbox::PROGRAM, &sandbox.repo())
        .args(run)
        .output()
        .unwrap();
    all.push(serde_json::from_slice(&done.stdout).unwrap());
    all.extend(series_printed());
    let dangling = Dangling {
        table: "pcommit".into(),
        column: "svid".into(),
        parent: "ser_ver".into(),
        rows: vec![1],
        removable: true,
    };
    let duplicate = Duplicate {
        series: "one".into(),
        version: "1".into(),
        count: 2,
    };
    let check = CheckReport {
        dangling: vec![dangling],
        duplicates: vec![duplicate],
        ..CheckReport::default()
    };
    let project = ProjectRow {
        name: "U-Boot".into(),
        id: 6,
        link_name: "uboot".into(),
        upstream: None,
    };
    let holder = Holder {
        pid: 1,
        command: None,
    };
    let elsewhere = OtherClone {
        repository: "/other/.git".into(),
        worktree: None,
    };
    let tracked = Sandbox::new().with_three_series();
    let lines = [
        "series ls",
        "series -s video info -r",
        "series find video",
        "series -s video show-notes",
    ];
    all.extend(lines.map(|line| printed(&tracked, &format!("{line} --json"))));
    tracked.patman("series -s video save-notes notes.txt");
    all.push(printed(&tracked, "undo --list --json video"));
    let review = PatchComment {
        seq: 0,
        approved: false,
        status: None,
        date: None,
        body: String::new(),
    };
    all.push(json!(PatchCommentJson::from(&review)));
    let updated = printed(&sandbox, "review update --json");
    let versions = NewVersion {
        version: "v3".parse().unwrap(),
        patches: 1,
        total: 2,
    };
    let states = StateCount {
        state: "accepted".into(),
        patches: 1,
    };
    all.extend([
        updated,
        json!(NewVersionJson::from(&versions)),
        json!(StateCountJson::from(&states)),
    ]);
    all.extend(["patches", "progress -l", "summary"].map(|verb| {
        printed(
            &sandbox,
            &format!("series -s one-spell-numbers {verb} --json"),
        )
    }));
    all.extend([
        json!(DbCheckJson::from(&check)),
        json!(ProjectJson::from(&project)),
        json!(HolderJson::from(&holder)),
        json!(OtherCloneJson::from(&elsewhere)),
    ]);
    all
}

/// What the commands about series of one's own print.
fn series_printed() -> Vec<Value> {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(
        &to[0],
        "Bob <bob@example.com>",
        "Acked-by: Bob <bob@example.com>",
    );
    let linked = printed(&sandbox, "series autolink-all --json");
    vec![
        linked,
        printed(&sandbox, "series -s tidy status --json -c -C"),
    ]
}

#[test]
fn every_field_is_described_and_every_field_described_is_printed() {
    let page = page();
    let mut found = BTreeSet::new();
    all_printed()
        .iter()
        .for_each(|value| fields(value, &mut found));
    assert!(found.len() > 40, "{found:?}");
    // A field is described in a line of its own: its name, or several, in bold, and its type in brackets.
    let mut described = BTreeSet::new();
    for line in page
        .lines()
        .filter(|line| line.starts_with("\\fB") && line.ends_with(')') && line.contains(" ("))
    {
        described.extend(
            line.split("\\fB")
                .skip(1)
                .filter_map(|part| part.split("\\fR").next())
                .map(str::to_owned),
        );
    }
    described.retain(|name| !name.starts_with("git-patman"));
    described.remove("null");
    assert_eq!(found, described);
}

#[test]
fn every_word_of_a_state_is_described() {
    let page = page();
    let words = [
        json!([
            ApplyMethod::Exact.word(),
            ApplyMethod::Moved.word(),
            ApplyMethod::ThreeWay.word(),
            ApplyMethod::GitAm.word(),
            ApplyMethod::Already.word()
        ]),
        json!([
            ReviewState::Applied.word(),
            ReviewState::Partial.word(),
            ReviewState::Stopped.word(),
            ReviewState::Recorded.word(),
            ReviewState::Elsewhere.word(),
            ReviewState::Removed.word()
        ]),
        json!([
            ApplyStatus::Exact.word(),
            ApplyStatus::Moved.word(),
            ApplyStatus::ThreeWay.word(),
            ApplyStatus::Already.word(),
            ApplyStatus::Conflict.word(),
            ApplyStatus::Incomplete.word(),
            ApplyStatus::Error.word()
        ]),
        json!([
            InboxState::Tracked.word(),
            InboxState::Newer.word(),
            InboxState::Older.word(),
            InboxState::Own.word(),
            InboxState::Incomplete.word(),
            InboxState::Settled.word()
        ]),
        json!([
            TrailerState::New.word(),
            TrailerState::Present.word(),
            TrailerState::Own.word(),
            TrailerState::Unproved.word(),
            TrailerState::Refused.word(),
            TrailerState::Objection.word()
        ]),
        json!([
            Linked::Linked.word(),
            Linked::Kept.word(),
            Linked::Unsure.word(),
            Linked::Missing.word(),
            Linked::Failed.word()
        ]),
        json!([
            PatchDifference::Same.word(),
            PatchDifference::Changed.word(),
            PatchDifference::New.word(),
            PatchDifference::Dropped.word()
        ]),
        json!([
            Step::New.word(),
            Step::Same.word(),
            Step::Changed.word(),
            Step::Kept.word()
        ]),
        json!([
            Where::Name.word(),
            Where::Title.word(),
            Where::Cover.word(),
            Where::Link.word(),
            Where::ChangeId.word(),
            Where::Subject.word()
        ]),
        json!([
            ReviewOutcome::Merged.word(),
            ReviewOutcome::Rejected.word(),
            ReviewOutcome::Superseded.word()
        ]),
        json!([
            PathState::Present.word(),
            PathState::Missing.word(),
            PathState::None.word()
        ]),
        json!([
            DbState::Absent.word(),
            DbState::Empty.word(),
            DbState::Current.word(),
            DbState::Old.word(),
            DbState::HalfMigrated.word()
        ]),
        json!([
            CheckStatus::Passed.word(),
            CheckStatus::Cached.word(),
            CheckStatus::Failed.word(),
            CheckStatus::Timeout.word(),
            CheckStatus::Interrupted.word(),
            CheckStatus::Skipped.word()
        ]),
        json!([
            Scanned::Same.word(),
            Scanned::Renamed.word(),
            Scanned::Moved.word(),
            Scanned::New.word(),
            Scanned::Dropped.word()
        ]),
        json!([
            Next::Scan.word(),
            Next::Restore.word(),
            Next::Send.word(),
            Next::Link.word(),
            Next::Gather.word(),
            Next::Answer.word(),
            Next::Begin.word(),
            Next::Wait.word()
        ]),
        json!([
            Next::Remind.word(),
            Next::Archive.word(),
            Next::Nothing.word()
        ]),
        json!([
            DbState::Newer.word(),
            DbState::Foreign.word(),
            DbState::Unreadable.word()
        ]),
    ];
    for word in words
        .iter()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
    {
        assert!(
            page.contains(&format!("\\fB{word}\\fR")),
            "man/git-patman-json.5 says nothing of '{word}'"
        );
    }
}
