// SPDX-License-Identifier: GPL-2.0-or-later
//! The hot paths by themselves, inside one process: `cargo bench`, or `cargo bench -- <part of a name>`.
//!
//! `table.py` measures what users see. This is for finding out where the time goes, and whether a change helps.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench stops where it fails, and its macros document nothing"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use git_patman::apply::{self, PatchMail};
use git_patman::db::listing::{self, Archived, ListQuery, SeriesFilter};
use git_patman::db::location::{Location, Origin};
use git_patman::db::series::{self, NewSeries, REVIEW};
use git_patman::db::version::{self, Details, VersionToAdd};
use git_patman::db::{Db, OpenOptions, patch};
use git_patman::events::Collector;
use git_patman::git::Oid;
use git_patman::git::commits::Signature;
use git_patman::git::objects::{Objects, TreeEntry};
use git_patman::git::run::Git;
use git_patman::git::trees::TreeEdits;
use git_patman::mail::mailinfo::{self, MailinfoOptions};
use git_patman::mail::{Message, thread};
use git_patman::output::table::{Align, Cell, Table};
use git_patman::series::VersionNumber;
use std::fmt::Write;
use std::hint::black_box;
use tempfile::TempDir;

const FILES: usize = 25_000;

fn path(number: usize) -> String {
    format!(
        "dir{}/sub{}/part{}/file{number}.c",
        number % 11,
        number % 67,
        number % 401
    )
}

/// The lines of a file: every file has other ones, and up to a few hundred.
fn lines(number: usize) -> Vec<String> {
    (0..20 + number * 7919 % 300)
        .map(|line| format!("\tline_{line}(file_{number});\n"))
        .collect()
}

/// A diff with one hunk in each of five files; `round` says which.
fn diff(round: usize) -> String {
    let mut diff = String::new();
    for number in (0..5).map(|n| (round * 977 + n * 4001) % FILES) {
        let (name, old) = (path(number), lines(number));
        let at = 8;
        write!(
            diff,
            "diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -{},7 +{},7 @@\n",
            at - 2,
            at - 2
        )
        .unwrap();
        for (line, text) in old.iter().enumerate().skip(at - 3).take(7) {
            let change = if line == at {
                format!("-{text}+\tchanged();\n")
            } else {
                format!(" {text}")
            };
            diff.push_str(&change);
        }
    }
    diff
}

fn mail(number: usize, total: usize) -> Vec<u8> {
    let reply = if number > 0 {
        "In-Reply-To: <0@example.com>\nReferences: <0@example.com>\n"
    } else {
        ""
    };
    let body = if number > 0 {
        format!(
            "Why.\n\nSigned-off-by: Ada <ada@example.com>\n---\n{}-- \n2.47\n",
            diff(number)
        )
    } else {
        "Hello.\n".to_owned()
    };
    format!(
        "From: Ada <ada@example.com>\nTo: list@example.com\nDate: Sun, 1 Nov 2026 12:{:02}:00 +0000\n\
         Subject: [PATCH v2 {number:02}/{total}] part: Change {number} of many things\nMessage-ID: <{number}@example.com>\n{reply}\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n\n{body}",
        number % 60
    )
    .into_bytes()
}

fn mails(criterion: &mut Criterion) {
    let raw = mail(1, 50);
    criterion.bench_function("mailinfo", |bench| {
        bench.iter(|| mailinfo::mailinfo(black_box(&raw), &MailinfoOptions::default()).unwrap());
    });
    let all: Vec<Message> = (0..=50)
        .map(|number| Message::new(mail(number, 50), number.to_string()))
        .collect();
    criterion.bench_function("assemble a thread of 50", |bench| {
        bench.iter_batched(
            || all.clone(),
            |all| thread::assemble(black_box(all)),
            BatchSize::SmallInput,
        );
    });
    let text = diff(1);
    criterion.bench_function("parse a diff", |bench| {
        bench.iter(|| {
            git_patman::diff::parse(black_box(text.as_bytes()))
                .unwrap()
                .len()
        });
    });
}

/// A bare repository with one commit of 25,000 files, all in one pack.
fn repository() -> (TempDir, Oid) {
    let dir = tempfile::tempdir().unwrap();
    Git::at(dir.path())
        .args(["init", "-q", "--bare", "."])
        .ok()
        .unwrap();
    let objects = Objects::open(dir.path()).unwrap();
    objects.begin_batch();
    let mut changes = TreeEdits::new();
    for number in 0..FILES {
        let id = objects
            .write_blob(lines(number).concat().as_bytes())
            .unwrap();
        changes.insert(
            path(number).into_bytes(),
            Some(TreeEntry { mode: 0o100644, id }),
        );
    }
    let empty = objects.tree_with([]).unwrap();
    let tree = objects.edit(empty, &changes).unwrap();
    let base = objects
        .commit(tree, &[], &nobody(), &nobody(), b"Begin\n")
        .unwrap();
    objects.flush().unwrap();
    (dir, base)
}

fn nobody() -> Signature {
    Signature::new("Ada", "ada@example.com", 1_793_534_400, 0)
}

fn apply_series(criterion: &mut Criterion) {
    let (dir, base) = repository();
    let patches: Vec<PatchMail> = (1..=20)
        .map(|n| PatchMail {
            diff: diff(n).into_bytes(),
            author: nobody(),
            message: format!("Change {n}\n").into_bytes(),
        })
        .collect();
    let mut seconds = 1_793_534_400;
    let mut group = criterion.benchmark_group("apply");
    group.sample_size(20);
    group.bench_function("20 patches to 25,000 files", |bench| {
        bench.iter(|| {
            // Another committer date makes other commits; blobs and trees are on disk after the first round.
            seconds += 1;
            let objects = Objects::open(dir.path()).unwrap();
            let applied = apply::apply(
                &objects,
                base,
                &patches,
                &Signature {
                    seconds,
                    ..nobody()
                },
            )
            .unwrap();
            assert!(applied.stopped.is_none() && applied.steps.len() == 20);
        });
    });
    group.finish();
}

fn list(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let out = Collector::default();
    let mut db = Db::open(
        &Location::at(dir.path(), Origin::Environment),
        &OpenOptions::default(),
        &out,
    )
    .unwrap();
    db.write(|write| {
        for number in 0..10_000 {
            let name = format!("series-{number}");
            let new = NewSeries {
                name: &name,
                desc: "A title that is as long as titles are",
                source: Some(REVIEW),
                ..NewSeries::default()
            };
            let series = series::insert(write, &new)?;
            for version in 1..=3u32 {
                let details = Details {
                    total: Some(5),
                    started: Some(1_793_534_400),
                    ..Details::default()
                };
                let number: VersionNumber = format!("v{version}").parse()?;
                let id = version::insert(
                    write,
                    series,
                    number,
                    &VersionToAdd {
                        details,
                        ..VersionToAdd::default()
                    },
                )?;
                let new = patch::NewPatch {
                    subject: "part: Change something",
                    ..patch::NewPatch::default()
                };
                patch::replace(write, id, &vec![new; 5])?;
            }
        }
        Ok(())
    })
    .unwrap();
    let mut group = criterion.benchmark_group("list");
    group.sample_size(20);
    group.bench_function("10,000 series", |bench| {
        bench.iter(|| {
            listing::list(&db, ListQuery::of(SeriesFilter::Reviews, Archived::Without))
                .unwrap()
                .len()
        });
    });
    group.bench_function("render a table of 10,000", |bench| {
        bench.iter(|| {
            let mut table = Table::new(&[
                ("NAME", Align::Left),
                ("N", Align::Right),
                ("TITLE", Align::Flexible),
            ]);
            for number in 0..10_000 {
                let cells = [
                    format!("series-{number}"),
                    number.to_string(),
                    "A title that is as long as titles are".to_owned(),
                ];
                table.row(cells.map(Cell::new));
            }
            table.render(Some(100), true).len()
        });
    });
    group.finish();
}

criterion_group!(hot, mails, apply_series, list);
criterion_main!(hot);
