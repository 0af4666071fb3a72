// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows that are written are read back; rows of old databases are read whatever their types; deleting leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, quiet};
use git_patman::db::check_result::{self, CheckKey, CheckOutcome, CheckResult};
use git_patman::db::listing::{
    self, Archived, ListQuery, PatchDetail, SeriesFilter, VersionFilter,
};
use git_patman::db::mail::{self, Mail, MailKind};
use git_patman::db::patch::{self, NewPatch};
use git_patman::db::series::{self, NewSeries, REVIEW, SeriesId};
use git_patman::db::version::{self, Details, PatchworkLink, VersionId, VersionToAdd};
use git_patman::db::worktree::{self, Worktree};
use git_patman::db::{Db, OpenOptions, Write, check, delete};
use git_patman::error::{Error, Result};
use git_patman::series::VersionNumber;
use serde_json::json;
use std::path::PathBuf;

fn open(place: &Place) -> Db {
    Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap()
}

fn add(write: &Write<'_>, name: &str, patches: usize) -> Result<(SeriesId, VersionId)> {
    let new = NewSeries {
        name,
        desc: "clk: Rework",
        upstream: Some("us"),
        source: Some(REVIEW),
    };
    let series = series::insert(write, &new)?;
    let details = Details {
        message_id: Some("cover@x".into()),
        author_name: Some("Ada".into()),
        sent: Some(1_700_000_000),
        total: Some(2),
        ..Details::default()
    };
    let new = VersionToAdd {
        on_patchwork: PatchworkLink {
            link: Some("498633".to_owned()),
            ..Default::default()
        },
        name: Some("[0/2] clk: Rework"),
        details,
        ..VersionToAdd::default()
    };
    let version = version::insert(write, series, VersionNumber::FIRST, &new)?;
    let new = NewPatch {
        subject: "clk: step",
        message_id: Some("p@x"),
        patch_id: Some("abc"),
        ..NewPatch::default()
    };
    patch::replace(write, version, &vec![new; patches])?;
    Ok((series, version))
}

#[test]
fn what_is_written_is_read_back() {
    let place = Place::empty();
    let mut db = open(&place);
    let (series, version) = db.write(|write| add(write, "us-1-review", 2)).unwrap();
    let found = series::find(&db, "us-1-review").unwrap().unwrap();
    assert_eq!(
        (found.id, found.upstream.as_deref(), found.archived),
        (series, Some("us"), false)
    );
    assert_eq!(
        listing::by_name(&db, SeriesFilter::Reviews).unwrap(),
        [found]
    );
    let newest = version::newest(&db, series).unwrap().unwrap();
    assert_eq!(
        (newest.id, newest.number, newest.link.as_deref()),
        (version, Some(VersionNumber::FIRST), Some("498633"))
    );
    assert_eq!(
        (newest.details.total, newest.details.sent),
        (Some(2), Some(1_700_000_000))
    );
    for found in [
        version::find_link(&db, "498633").unwrap(),
        version::find_message(&db, "cover@x").unwrap(),
        version::find_message(&db, "p@x").unwrap(),
        version::find(&db, series, VersionNumber::FIRST).unwrap(),
    ] {
        assert_eq!(found.unwrap(), newest);
    }
    let patches = patch::list(&db, version).unwrap();
    assert_eq!(
        patches.iter().map(|patch| patch.seq).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(
        (patches[1].subject.as_str(), patches[1].patch_id.as_deref()),
        ("clk: step", Some("abc"))
    );
}

#[test]
fn a_change_that_fails_is_undone_as_a_whole() {
    let place = Place::empty();
    let mut db = open(&place);
    let failed: Result<()> = db.write(|write| {
        add(write, "one", 1)?;
        Err(Error::new("no"))
    });
    assert!(failed.is_err());
    assert_eq!(
        place.value("SELECT (SELECT count(*) FROM series) + (SELECT count(*) FROM pcommit)"),
        json!(0)
    );
    db.write(|write| add(write, "one", 1)).unwrap();
    let twice = db.write(|write| add(write, "one", 1)).unwrap_err();
    assert_eq!(twice.to_string(), "series 'one' already exists");
}

#[test]
fn a_version_cannot_be_added_to_a_series_that_is_gone() {
    let place = Place::empty();
    let mut db = open(&place);
    let new = VersionToAdd::default();
    let error = db
        .write(|write| version::insert(write, SeriesId(9), VersionNumber::FIRST, &new))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("was deleted by another process"),
        "{error}"
    );
}

#[test]
fn mails_are_kept_once_and_come_back_whole() {
    let place = Place::empty();
    let mut db = open(&place);
    let (_, version) = db.write(|write| add(write, "one", 1)).unwrap();
    let mail = |kind, seq, id: &str| Mail {
        version,
        seq,
        kind,
        message_id: Some(id.to_owned()),
        raw: format!("Message-ID: <{id}>\n\n{}\n", "long text ".repeat(500)).into_bytes(),
    };
    let mails = [
        mail(MailKind::Cover, Some(0), "c"),
        mail(MailKind::Patch, Some(1), "p"),
        mail(MailKind::Reply, None, "r"),
        mail(MailKind::Reply, Some(0), "s"),
    ];
    db.write(|write| {
        for number in [2, 0, 1, 3, 2, 0] {
            let new = mail::insert(write, &mails[number])?;
            assert_eq!(
                new,
                mail::find(write, mails[number].message_id.as_ref().unwrap())?.len() == 1 && new
            );
        }
        Ok(())
    })
    .unwrap();
    let kept = mail::list(&db, version).unwrap();
    assert_eq!(kept.len(), 4);
    assert_eq!(kept[..2], mails[..2]);
    assert!(mails[2..].iter().all(|mail| kept.contains(mail)));
    assert!(
        mail::is_kept(&db, version, "p").unwrap() && !mail::is_kept(&db, version, "q").unwrap()
    );
    let stored = place.value("SELECT sum(length(raw)) FROM gitpatman_mail");
    assert!(stored.as_i64().unwrap() < 1000, "{stored}");
    place.sql("UPDATE gitpatman_mail SET raw = x'00ff'");
    assert!(
        mail::list(&db, version)
            .unwrap_err()
            .to_string()
            .starts_with("cannot unpack the mail 'c'")
    );
}

#[test]
fn worktrees_of_several_clones_are_apart() {
    let place = Place::empty();
    let mut db = open(&place);
    let (series, _) = db.write(|write| add(write, "one", 1)).unwrap();
    let at = |clone: &str| Worktree {
        series,
        common_dir: PathBuf::from(clone),
        path: PathBuf::from(clone).join("patman/worktrees/one"),
        created: Some(1),
    };
    db.write(|write| {
        worktree::set(write, &at("/a/.git"))?;
        worktree::set(write, &at("/b/.git"))?;
        worktree::set(write, &at("/b/.git"))
    })
    .unwrap();
    let clone = PathBuf::from("/b/.git");
    assert_eq!(worktree::list(&db, &clone).unwrap(), [at("/b/.git")]);
    assert!(
        db.write(|write| worktree::remove(write, series, &clone))
            .unwrap()
    );
    assert_eq!(worktree::find(&db, series, &clone).unwrap(), None);
    assert_eq!(
        worktree::find(&db, series, &PathBuf::from("/a/.git")).unwrap(),
        Some(at("/a/.git"))
    );
}

#[test]
fn rows_that_patman_wrote_are_read_whatever_their_types() {
    let place = Place::with("patman-v16.db");
    place.sql(
        "UPDATE series SET archived = 'no', upstream = 7 WHERE id = 1; UPDATE series SET desc = x'ff' WHERE id = 2;
        UPDATE ser_ver SET version = 'two', cover_id = '' WHERE id = 2; UPDATE pcommit SET seq = 'x', subject = 5 WHERE id = 1;
        INSERT INTO series (name) VALUES (NULL)",
    );
    let db = open(&place);
    let all = listing::list(&db, ListQuery::of(SeriesFilter::All, Archived::With)).unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(all[0].series.upstream.as_deref(), Some("7"));
    let links: Vec<_> = all[2]
        .versions
        .iter()
        .map(|listed| listed.version.link.clone())
        .collect();
    assert_eq!(
        links,
        [Some("400001".to_owned()), Some("400777".to_owned())],
        "text and number"
    );
    assert!(
        all[0]
            .versions
            .iter()
            .any(|listed| listed.version.number.is_none())
    );
    assert_eq!(
        version::find_link(&db, "400777").unwrap().unwrap().series,
        all[2].series.id
    );
    for listed in all.iter().flat_map(|series| &series.versions) {
        patch::list(&db, listed.version.id).unwrap();
    }
}

#[test]
fn a_listing_holds_versions_patches_and_series_without_either() {
    let place = Place::with("patman-v16.db");
    let db = open(&place);
    let names = |which, archived| -> Vec<String> {
        listing::list(&db, ListQuery::of(which, archived))
            .unwrap()
            .into_iter()
            .map(|listed| listed.series.name)
            .collect()
    };
    assert_eq!(
        names(SeriesFilter::Own, Archived::Without),
        ["mmc", "dm-naïve", "orphan"]
    );
    assert_eq!(names(SeriesFilter::Own, Archived::Only), ["old-spi"]);
    assert_eq!(
        names(SeriesFilter::Reviews, Archived::With),
        ["us-498633-review"]
    );
    let all = listing::list(&db, ListQuery::of(SeriesFilter::All, Archived::With)).unwrap();
    let patches: Vec<Vec<u32>> = all
        .iter()
        .map(|s| s.versions.iter().map(|v| v.patches).collect())
        .collect();
    assert_eq!(
        patches,
        [vec![3, 3, 3], vec![2], vec![1, 2], vec![], vec![2, 2]]
    );
}

#[test]
fn the_steps_of_a_listing_grow_with_the_number_of_series() {
    let place = Place::empty();
    let mut db = open(&place);
    let count = 1_500;
    db.write(|write| {
        for number in 0..count {
            add(write, &format!("series-{number}"), 1)?;
        }
        Ok(())
    })
    .unwrap();
    // For all twelve queries together: one that looked at all versions for each series would need more alone.
    db.limit_steps(count * 5_000).unwrap();
    for versions in [
        VersionFilter::None,
        VersionFilter::Newest,
        VersionFilter::All,
    ] {
        for patches in [
            PatchDetail::None,
            PatchDetail::Count,
            PatchDetail::States,
            PatchDetail::Rows,
        ] {
            let query = ListQuery {
                versions,
                patches,
                ..ListQuery::of(SeriesFilter::All, Archived::With)
            };
            let listed = listing::list(&db, query).unwrap();
            assert_eq!(listed.len(), count as usize, "{query:?}");
        }
    }
}

#[test]
fn deleting_a_series_leaves_nothing_of_it() {
    let place = Place::with("patman-v16.db");
    let mut db = open(&place);
    let review = series::find(&db, "us-498633-review").unwrap().unwrap();
    let deleted = db.write(|write| delete::series(write, review.id)).unwrap();
    assert_eq!(
        (
            deleted.series,
            deleted.versions,
            deleted.patches,
            deleted.reviews
        ),
        (1, 2, 4, 4)
    );
    assert_eq!(deleted.replies, 2);
    let mmc = series::find(&db, "mmc").unwrap().unwrap();
    let newest = version::newest(&db, mmc.id).unwrap().unwrap();
    assert_eq!(
        db.write(|write| delete::version(write, newest.id))
            .unwrap()
            .patches,
        3
    );
    assert_eq!(version::list(&db, mmc.id).unwrap().len(), 2);
    let left = check::check(&place.location(), &|_| false)
        .unwrap()
        .dangling;
    assert_eq!(left.len(), 1, "what the database had before: {left:?}");
    assert_eq!(
        (left[0].table.as_str(), left[0].column.as_str()),
        ("workflow", "ser_ver_id")
    );
}

#[test]
fn the_last_result_of_a_check_is_kept_for_each_tree_command_and_context() {
    let place = Place::empty();
    let mut db = open(&place);
    let subject = CheckKey {
        tree: "1".repeat(40),
        command: "make 'a b'".into(),
        context: "c".into(),
    };
    let passed = CheckResult {
        outcome: CheckOutcome::Passed,
        status: Some(0),
        seconds: 1.5,
        finished: Some(1_700_000_000),
        output: Some(PathBuf::from("/tmp/log")),
    };
    let timeout = CheckResult {
        outcome: CheckOutcome::TimedOut,
        status: None,
        output: None,
        ..passed.clone()
    };
    db.write(|write| check_result::set(write, &subject, &timeout))
        .unwrap();
    assert_eq!(check_result::find(&db, &subject).unwrap(), Some(timeout));
    db.write(|write| check_result::set(write, &subject, &passed))
        .unwrap();
    assert_eq!(check_result::find(&db, &subject).unwrap(), Some(passed));
    let other = CheckKey {
        context: "d".into(),
        ..subject.clone()
    };
    assert_eq!(check_result::find(&db, &other).unwrap(), None);
    assert_eq!(check_result::count_before(&db, 1_700_000_001).unwrap(), 1);
    assert_eq!(
        db.write(|write| check_result::forget(write, 1_700_000_000))
            .unwrap(),
        0
    );
    assert_eq!(
        db.write(|write| check_result::forget(write, 1_700_000_001))
            .unwrap(),
        1
    );
    assert_eq!(check_result::find(&db, &subject).unwrap(), None);
}
