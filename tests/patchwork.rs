// SPDX-License-Identifier: GPL-2.0-or-later
//! Lists of a Patchwork: pages, projects, what came last, and the states of the patches of a series.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "servers/patchwork.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod fake_patchwork;

use fake_patchwork::FakePatchwork;
use git_patman::events::Collector;
use git_patman::source::http::{Client, ClientOptions};
use git_patman::source::patchwork::{recent, state};
use git_patman::source::server::{PatchworkProject, PatchworkServer};
use std::sync::Arc;
use std::time::Duration;

fn client() -> Client {
    let options = ClientOptions {
        offline: false,
        cache: None,
        timeout: Duration::from_secs(20),
    };
    Client::new(options, Arc::new(Collector::default())).unwrap()
}

fn on(server: &FakePatchwork, project: Option<&str>) -> PatchworkServer {
    let project = project.map(|name| PatchworkProject {
        id: -1,
        link_name: name.to_owned(),
    });
    PatchworkServer {
        url: server.url(),
        project,
    }
}

/// As many patches as wanted, each a series of its own; or all of one series.
fn patches(count: usize, of_one: bool) -> Vec<u8> {
    let mail = |at: usize| {
        let counter = if of_one {
            format!(" {at:03}/{count}")
        } else {
            String::new()
        };
        let above = if of_one {
            "In-Reply-To: <top@example.com>\n"
        } else {
            ""
        };
        format!(
            "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Ada <ada@example.com>\nSubject: [PATCH{counter}] Change {at}\n\
            Date: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <p{at}@example.com>\n{above}\n---\n\
            diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\n"
        )
    };
    (1..=count).map(mail).collect::<String>().into_bytes()
}

#[test]
fn what_came_last_is_read_page_by_page_down_to_what_is_known() {
    let server = FakePatchwork::new();
    server.feed(&patches(300, false));
    let all = recent(&client(), &on(&server, Some("uboot")), 0, 1000).unwrap();
    let ids: Vec<u64> = all.iter().map(|one| one.id).collect();
    assert_eq!(ids, (100..400).rev().collect::<Vec<u64>>());
    assert_eq!(server.requests().len(), 2);
    let newer = recent(&client(), &on(&server, None), 396, 20).unwrap();
    assert_eq!(
        newer.iter().map(|one| one.id).collect::<Vec<_>>(),
        [399, 398, 397]
    );
    assert_eq!(
        (newer[0].name.as_deref(), newer[0].is_complete),
        (Some("Change 300"), true)
    );
    assert_eq!(server.requests().len(), 1);
    assert_eq!(
        recent(&client(), &on(&server, None), 390, 1000)
            .unwrap()
            .len(),
        9
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn only_series_of_the_project_are_listed() {
    let server = FakePatchwork::new();
    server.feed_to("other", &patches(3, false));
    assert_eq!(
        recent(&client(), &on(&server, Some("uboot")), 0, 20).unwrap(),
        []
    );
    assert_eq!(
        recent(&client(), &on(&server, Some("Other")), 0, 20)
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn a_next_page_is_always_on_the_same_host() {
    let server = FakePatchwork::new();
    server.feed(&patches(300, false));
    server.set(|manner| manner.link_host = Some("elsewhere.example.org".to_owned()));
    let all = recent(&client(), &on(&server, None), 0, 1000).unwrap();
    assert_eq!(all.len(), 300);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn the_states_of_a_series_cost_one_request_for_each_page() {
    let server = FakePatchwork::new();
    server.feed(&patches(260, true));
    server.set_state(100, "accepted");
    let all = state(&client(), &on(&server, None), 100).unwrap();
    assert_eq!(all.len(), 260);
    assert!(
        all.iter()
            .all(|one| one.state.as_deref() == Some("accepted") && !one.is_archived)
    );
    assert_eq!(server.requests().len(), 2);
    assert_eq!(state(&client(), &on(&server, None), 777).unwrap(), []);
}
