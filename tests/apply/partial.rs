// SPDX-License-Identifier: GPL-2.0-or-later
//! Repositories that lack objects: git fetches them where it can; else the error names the object. Nothing crashes.

use crate::repo::{Model, Trio, committer, git_ok};
use git_patman::apply::{ApplyMethod, PatchMail, apply};
use git_patman::git::Oid;
use git_patman::git::commits::Signature;
use git_patman::git::objects::Objects;
use std::path::Path;

const DIFF: &str = "diff --git a/f b/f\nindex 1191247..89abcde 100644\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+x\n";

fn tree(text: &str) -> Model {
    [("f".to_owned(), (0o100644, text.as_bytes().to_vec()))].into()
}

fn patch(diff: &str) -> PatchMail {
    let author = Signature::new("Au Thor", "au@example.com", 1_600_000_000, 60);
    PatchMail {
        diff: diff.into(),
        author,
        message: b"part: Change\n".to_vec(),
    }
}

#[test]
fn a_partial_clone_fetches_the_blob() {
    let trio = Trio::new();
    git_ok(
        &trio.author,
        &["config", "uploadpack.allowFilter", "true"],
        b"",
    );
    git_ok(
        &trio.author,
        &["config", "uploadpack.allowAnySHA1InWant", "true"],
        b"",
    );
    let base = Trio::commits(&trio.author, None, &[tree("1\n2\n")]).remove(0);
    let url = format!("file://{}", trio.author.display());
    let options = [
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        "-b",
        "scratch",
        &url,
        "clone",
    ];
    git_ok(&trio.ours, &options, b"");
    let objects = Objects::open(&trio.ours.join("clone/.git")).unwrap();
    let applied = apply(
        &objects,
        Oid::from_str(&base).unwrap(),
        &[patch(DIFF)],
        &committer(),
    )
    .unwrap();
    assert!(applied.stopped.is_none(), "{:?}", applied.stopped);
    assert_eq!(applied.steps[0].how, ApplyMethod::Exact);
}

/// Takes a loose object out of a repository.
fn lose(dir: &Path, id: &str) {
    std::fs::remove_file(dir.join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
}

#[test]
fn a_blob_that_is_lost_is_named() {
    let trio = Trio::new();
    let base = Trio::commits(&trio.ours, None, &[tree("1\n2\n")]).remove(0);
    let blob = Objects::blob_id(b"1\n2\n").unwrap().to_string();
    lose(&trio.ours, &blob);
    let objects = Objects::open(&trio.ours.join(".git")).unwrap();
    let error = apply(
        &objects,
        Oid::from_str(&base).unwrap(),
        &[patch(DIFF)],
        &committer(),
    )
    .unwrap_err();
    assert!(error.to_string().contains(&blob), "{error}");
}

#[test]
fn a_merge_that_lacks_its_blob_stops() {
    let trio = Trio::new();
    let base = Trio::commits(&trio.ours, None, &[tree("mine\n")]).remove(0);
    let objects = Objects::open(&trio.ours.join(".git")).unwrap();
    for id in ["1191247", "1191247b6d9a206f6ba3d8ac79e26d041dd86941"] {
        let diff = DIFF.replace("1191247", id);
        let applied = apply(
            &objects,
            Oid::from_str(&base).unwrap(),
            &[patch(&diff)],
            &committer(),
        )
        .unwrap();
        assert_eq!(applied.stopped.unwrap().files, ["f"]);
    }
}
