// SPDX-License-Identifier: GPL-2.0-or-later
//! Which upstream is meant, and which Patchwork and archive it has.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, quiet};
use git_patman::db::patchwork::{self, ProjectRow as Row};
use git_patman::db::upstream::{self, UpstreamRow};
use git_patman::db::{Db, OpenOptions};
use git_patman::error::Result;
use git_patman::git::Repo;
use git_patman::git::discover::Environment;
use git_patman::settings::Settings;
use git_patman::source::server::{PatchworkProject, PatchworkServer, Servers};
use std::path::Path;
use std::process::Command;

/// A repository on a branch `main`, and a database with the upstreams `us` and `mmc`.
struct World {
    _place: Place,
    top: tempfile::TempDir,
    db: Db,
}

impl World {
    fn new() -> Self {
        let place = Place::empty();
        let mut db = Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap();
        let top = tempfile::tempdir().unwrap();
        for (name, url) in [("us", Some("https://pw.example.org/us/")), ("mmc", None)] {
            let new = UpstreamRow {
                name: name.into(),
                patchwork_url: url.map(str::to_owned),
                ..UpstreamRow::default()
            };
            db.write(|write| upstream::insert(write, &new)).unwrap();
        }
        let world = World {
            _place: place,
            top,
            db,
        };
        world.git(&["init", "-q", "-b", "main"]);
        world.git(&[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "Begin",
        ]);
        // Whatever the user has set, it is not seen here.
        world.git(&["config", "patman.patchworkUrl", ""]);
        world.git(&["config", "patman.archive", ""]);
        world
    }

    fn git(&self, args: &[&str]) {
        assert!(
            Command::new("git")
                .args(args)
                .current_dir(self.top.path())
                .status()
                .unwrap()
                .success()
        );
    }

    fn choose(&self, given: Option<&str>) -> Result<Servers> {
        let settings = Settings::read(self.top.path()).unwrap();
        let repo = Repo::discover(self.top.path(), &Environment::default()).unwrap();
        Servers::choose(&self.db, &settings, Some(&repo), given)
    }

    fn chosen(&self) -> Option<String> {
        self.choose(None).unwrap().upstream
    }

    fn project(&mut self, id: i64, upstream: Option<&str>) {
        let row = Row {
            name: "P".into(),
            id,
            link_name: format!("p{id}"),
            upstream: upstream.map(str::to_owned),
        };
        self.db.write(|write| patchwork::set(write, &row)).unwrap();
    }
}

#[test]
fn the_upstream_is_the_one_given_then_that_of_the_branch_then_the_default_then_the_only_one() {
    let mut world = World::new();
    assert_eq!(world.chosen(), None, "one of two");
    world
        .db
        .write(|write| upstream::set_default(write, Some("us")))
        .unwrap();
    assert_eq!(world.chosen().as_deref(), Some("us"));
    world.git(&["config", "branch.main.remote", "mmc"]);
    world.git(&["config", "branch.main.merge", "refs/heads/next"]);
    assert_eq!(world.chosen().as_deref(), Some("mmc"));
    assert_eq!(
        world.choose(Some("us")).unwrap().upstream.as_deref(),
        Some("us")
    );
    world.git(&["config", "branch.main.remote", "elsewhere"]);
    assert_eq!(
        world.chosen().as_deref(),
        Some("us"),
        "a remote that is no upstream says nothing"
    );
    world
        .db
        .write(|write| upstream::delete(write, "us"))
        .unwrap();
    assert_eq!(world.chosen().as_deref(), Some("mmc"), "the only one");
    world
        .db
        .write(|write| upstream::delete(write, "mmc"))
        .unwrap();
    assert_eq!(world.chosen(), None);
}

#[test]
fn an_upstream_that_only_settings_know_can_be_named() {
    let world = World::new();
    let error = world.choose(Some("lore")).unwrap_err();
    assert_eq!(error.to_string(), "there is no upstream 'lore'");
    assert!(!error.hints().is_empty());
    world.git(&[
        "config",
        "patman.lore.archive",
        "https://lore.example.org/list",
    ]);
    let servers = world.choose(Some("lore")).unwrap();
    assert_eq!(servers.upstream.as_deref(), Some("lore"));
    assert_eq!(
        servers.archive.as_deref(),
        Some("https://lore.example.org/list/")
    );
    assert_eq!(servers.patchwork, None);
}

#[test]
fn the_patchwork_is_that_of_the_upstream_else_that_of_the_settings() {
    let mut world = World::new();
    world.git(&["config", "patman.patchworkUrl", "https://pw.example.org//"]);
    let of = |world: &World, name: &str| world.choose(Some(name)).unwrap().patchwork.unwrap();
    assert_eq!(
        of(&world, "us"),
        PatchworkServer {
            url: "https://pw.example.org/us".into(),
            project: None
        }
    );
    assert_eq!(of(&world, "mmc").url, "https://pw.example.org");
    world.project(1, None);
    world.project(6, Some("us"));
    assert_eq!(
        of(&world, "us").project,
        Some(PatchworkProject {
            id: 6,
            link_name: "p6".into()
        })
    );
    assert_eq!(
        of(&world, "mmc").project,
        Some(PatchworkProject {
            id: 1,
            link_name: "p1".into()
        }),
        "of no upstream"
    );
    world.project(7, Some("mmc"));
    assert_eq!(
        of(&world, "mmc").project,
        Some(PatchworkProject {
            id: 7,
            link_name: "p7".into()
        })
    );
    world
        .db
        .write(|write| patchwork::delete(write, Some("us")))
        .unwrap();
    assert_eq!(
        of(&world, "us").project,
        None,
        "another server's project is not taken"
    );
    assert_eq!(
        world
            .choose(None)
            .unwrap()
            .patchwork
            .unwrap()
            .project
            .unwrap()
            .id,
        1
    );
    world.git(&["config", "patman.patchworkUrl", "pw.example.org"]);
    let error = world.choose(Some("mmc")).unwrap_err().to_string();
    assert!(
        error.contains("patman.patchworkUrl") && error.contains("https://"),
        "{error}"
    );
}

#[test]
fn an_archive_is_a_url_with_a_slash_or_a_directory_seen_from_the_main_worktree() {
    let world = World::new();
    let archive = |name| world.choose(name).unwrap().archive;
    assert_eq!(archive(None), None);
    world.git(&["config", "patman.archive", "../lore"]);
    let top = world.top.path().canonicalize().unwrap();
    let expected = top.join("../lore");
    assert_eq!(
        archive(None).as_deref().map(Path::new),
        Some(expected.as_path())
    );
    world.git(&[
        "config",
        "patman.us.archive",
        "https://lore.example.org/u-boot/",
    ]);
    assert_eq!(
        archive(Some("us")).as_deref(),
        Some("https://lore.example.org/u-boot/")
    );
    assert_eq!(
        archive(Some("mmc")).as_deref().map(Path::new),
        Some(expected.as_path())
    );
    world.git(&["config", "patman.us.archive", "ssh://lore.example.org/"]);
    let error = world.choose(Some("us")).unwrap_err().to_string();
    assert!(error.contains("patman.us.archive"), "{error}");
}
