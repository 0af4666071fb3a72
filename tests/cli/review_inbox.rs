// SPDX-License-Identifier: GPL-2.0-or-later
//! `review inbox`: what has come lately, from a Patchwork, an archive or a clone of one, and that a start takes it.

use crate::public_inbox::{Mood, PublicInbox};
use crate::sandbox::Sandbox;
use crate::scene::split;
use snapbox::{assert_data_eq, str};
use std::fs;

/// A series of one patch to a file of its own, by somebody.
fn single(sandbox: &Sandbox, name: &str, from: &str, version: u32) -> String {
    let (path, text) = (format!("src/{name}.c"), format!("{name}, v{version}\n"));
    let patches = [(format!("{name}: Add it"), path, text)];
    let patches: Vec<(&str, &str, &str)> = patches
        .iter()
        .map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str()))
        .collect();
    let mbox = sandbox.series(
        &format!("{name}.mbox"),
        version,
        &format!("{name}: Begin"),
        &patches,
    );
    let text = fs::read_to_string(mbox).unwrap();
    text.replace("From: Ada <ada@example.com>", &format!("From: {from}"))
        .replace("<cover.", &format!("<{name}-v{version}-cover."))
        .replace(".git.ada@", &format!(".{name}.v{version}@"))
}

fn all(sandbox: &Sandbox) -> String {
    let first = single(sandbox, "bees", "Bea <bea@example.com>", 1);
    // Of another, the patch has not come.
    let cars = single(sandbox, "cars", "Cy\x1b[31m <cy@example.com>", 1);
    let cover = cars
        .split_inclusive("\nFrom ")
        .next()
        .unwrap()
        .trim_end_matches("From ")
        .to_owned();
    let later = single(sandbox, "bees", "Bea <bea@example.com>", 2);
    let own = fs::read_to_string(sandbox.usual(1)).unwrap();
    let dogs = single(sandbox, "dogs", "Di <di@example.com>", 1);
    [first, cover, later, own, dogs].concat()
}

fn with_series() -> Sandbox {
    let sandbox = Sandbox::new().with_patchwork();
    sandbox.patchwork().feed(all(&sandbox).as_bytes());
    sandbox
}

#[test]
fn what_has_come_to_a_patchwork_is_listed_by_two_requests() {
    let sandbox = with_series();
    let server = sandbox.patchwork();
    server.set_state(104, "accepted");
    assert_data_eq!(
        sandbox.session(&["review inbox", "review inbox --all"]),
        str![[r#"
$ git patman review inbox
ID   VER  PATCHES   AGE  AUTHOR      TITLE               MARK        REVIEW
103  v1         2  12 h  Ada         one: Spell numbers  own
102  v2         1  12 h  Bea         bees: Begin
101  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         incomplete
! Created database '$REPO/.git/patman/.patman.db'
! 2 not shown: older versions and series that do not need a review (see --all)
! hint: to start a review: git patman review start 102
= 0
$ git patman review inbox --all
ID   VER  PATCHES   AGE  AUTHOR      TITLE               MARK           REVIEW
104  v1         1  12 h  Di          dogs: Begin         accepted
103  v1         2  12 h  Ada         one: Spell numbers  own
102  v2         1  12 h  Bea         bees: Begin
101  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         incomplete
100  v1         1  12 h  Bea         bees: Begin         older version
! hint: to start a review: git patman review start 104
= 0

"#]]
    );
    assert_data_eq!(
        server.requests().join("\n"),
        str![[r#"
/api/1.2/series/?order=-id&per_page=30
/api/1.2/patches/?order=-id&per_page=5
/api/1.2/series/?order=-id&per_page=30
/api/1.2/patches/?order=-id&per_page=5
"#]]
    );
}

#[test]
fn what_is_listed_is_what_a_start_takes_and_then_it_is_tracked() {
    let sandbox = with_series();
    assert_data_eq!(
        sandbox.session(&[
            "-q review start 100",
            "review inbox --all",
            "-q review start 102",
            "review inbox"
        ]),
        str![[r#"
$ git patman -q review start 100
= 0
$ git patman review inbox --all
ID   VER  PATCHES   AGE  AUTHOR      TITLE               MARK         REVIEW
104  v1         1  12 h  Di          dogs: Begin
103  v1         2  12 h  Ada         one: Spell numbers  own
102  v2         1  12 h  Bea         bees: Begin         new version  pw-100-review v1
101  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         incomplete
100  v1         1  12 h  Bea         bees: Begin         tracked      pw-100-review v1
! hint: to start a review: git patman review start 104
= 0
$ git patman -q review start 102
= 0
$ git patman review inbox
ID   VER  PATCHES   AGE  AUTHOR      TITLE               MARK        REVIEW
104  v1         1  12 h  Di          dogs: Begin
103  v1         2  12 h  Ada         one: Spell numbers  own
102  v2         1  12 h  Bea         bees: Begin         tracked     pw-100-review v2
101  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         incomplete
100  v1         1  12 h  Bea         bees: Begin         tracked     pw-100-review v2
! hint: to start a review: git patman review start 104
= 0

"#]]
    );
}

#[test]
fn series_that_are_not_tracked_are_tried() {
    let sandbox = with_series();
    let server = sandbox.patchwork();
    sandbox.write("src/dogs.c", "other dogs\n");
    sandbox.git(&["add", "src/dogs.c"]);
    sandbox.git(&["commit", "-q", "-m", "Dogs", "src/dogs.c"]);
    sandbox.git(&["config", "patman.base", "main"]);
    sandbox.patman("-q review start 102");
    server.requests();
    let refs = sandbox.git(&["for-each-ref"]);
    assert_data_eq!(
        sandbox.session(&["review inbox --check"]),
        str![[r#"
$ git patman review inbox --check
ID   VER  PATCHES   AGE  AUTHOR      TITLE               APPLIES  MARK        REVIEW
104  v1         1  12 h  Di          dogs: Begin         exact
103  v1         2  12 h  Ada         one: Spell numbers  exact    own
102  v2         1  12 h  Bea         bees: Begin         -        tracked     pw-102-review v2
101  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         -        incomplete
! 1 not shown: older versions and series that do not need a review (see --all)
! hint: to start a review: git patman review start 104
= 0

"#]]
    );
    let mut requests = server.requests();
    requests.sort();
    assert_data_eq!(
        requests.join("\n"),
        str![[r#"
/api/1.2/covers/1005/
/api/1.2/covers/1008/
/api/1.2/patches/1006/
/api/1.2/patches/1007/
/api/1.2/patches/1009/
/api/1.2/patches/?order=-id&per_page=5
/api/1.2/series/103/
/api/1.2/series/104/
/api/1.2/series/?order=-id&per_page=30
"#]]
    );
    server.set(|manner| manner.archive = true);
    assert_data_eq!(
        sandbox.session(&["review inbox --check --all"]),
        str![[r#"
$ git patman review inbox --check --all
ID   VER  PATCHES   AGE  AUTHOR      TITLE               APPLIES  MARK           REVIEW
104  v1         1  12 h  Di          dogs: Begin         exact
103  v1         2  12 h  Ada         one: Spell numbers  exact    own
102  v2         1  12 h  Bea         bees: Begin         -        tracked        pw-102-review v2
101  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         -        incomplete
100  v1         1  12 h  Bea         bees: Begin         exact    older version  pw-102-review v2
! hint: to start a review: git patman review start 104
= 0

"#]]
    );
    // With an archive, each series is one request and its mails another.
    assert_eq!(server.requests().len(), 2 + 2 * 3);
    assert_eq!(refs, sandbox.git(&["for-each-ref"]));
}

#[test]
fn an_archive_is_asked_where_there_is_no_patchwork_or_it_does_not_answer() {
    let sandbox = Sandbox::new();
    let mails = split(&all(&sandbox));
    let server = PublicInbox::serve(mails.clone(), Mood::Well);
    sandbox.git(&["config", "patman.archive", &server.inbox()]);
    let said = |line: &str| timeless(&sandbox.session(&[line]).replace(server.url(), "$SERVER"));
    assert_data_eq!(
        said("review inbox"),
        str![[r#"
$ git patman review inbox
ID                                            VER  PATCHES   AGE  AUTHOR      TITLE               MARK  REVIEW
cars-v1-cover.TIME.cars.v1@example.com  v1         1  12 h  Cy/x1b[31m  cars: Begin
bees-v2-cover.TIME.bees.v2@example.com  v2         1  12 h  Bea         bees: Begin
cover.TIME.git.ada@example.com          v1         2  12 h  Ada         one: Spell numbers  own
dogs-v1-cover.TIME.dogs.v1@example.com  v1         1  12 h  Di          dogs: Begin
! Created database '$REPO/.git/patman/.patman.db'
! 1 not shown: older versions and series that do not need a review (see --all)
! hint: to start a review: git patman review start cars-v1-cover.TIME.cars.v1@example.com
= 0

"#]]
    );
    assert_data_eq!(
        server.asked().join("\n"),
        str![
            "GET /list/?q=s%3A%22PATCH%22%20AND%20dt%3A20251218120000..%20AND%20NOT%20s%3A%22Re%22&x=A"
        ]
    );
    assert_data_eq!(
        said("review inbox --check"),
        str![[r#"
$ git patman review inbox --check
ID                                            VER  PATCHES   AGE  AUTHOR      TITLE               APPLIES     MARK        REVIEW
cars-v1-cover.TIME.cars.v1@example.com  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         incomplete  incomplete
bees-v2-cover.TIME.bees.v2@example.com  v2         1  12 h  Bea         bees: Begin         exact
cover.TIME.git.ada@example.com          v1         2  12 h  Ada         one: Spell numbers  exact       own
dogs-v1-cover.TIME.dogs.v1@example.com  v1         1  12 h  Di          dogs: Begin         exact
! 1 not shown: older versions and series that do not need a review (see --all)
! hint: to start a review: git patman review start cars-v1-cover.TIME.cars.v1@example.com
= 0

"#]]
    );
    sandbox.git(&["config", "patman.patchworkUrl", server.url()]);
    let told = said("review inbox --limit 1");
    assert!(
        told.contains("! warning: Patchwork does not respond; using the archive:"),
        "{told}"
    );
    sandbox.git(&["config", "--unset", "patman.patchworkUrl"]);
    let listed = sandbox.patman("review inbox --json").stdout;
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&listed).unwrap();
    let bees = listed
        .iter()
        .find(|one| one["title"] == "bees: Begin")
        .unwrap();
    let started = said(&format!("review start {}", bees["id"].as_str().unwrap()));
    assert!(
        started.contains("bees-begin v2: 1 patch applied"),
        "{started}"
    );
    let again = said("review inbox");
    assert!(
        again
            .lines()
            .any(|line| line.contains("bees: Begin") && line.contains("tracked")),
        "{again}"
    );
}

#[test]
fn a_clone_of_the_archive_is_listed_and_tried_without_the_network() {
    let sandbox = Sandbox::new();
    let clone = crate::review_archive::v2(&sandbox, "clone", &split(&all(&sandbox)));
    sandbox.git(&["config", "patman.archive", clone.to_str().unwrap()]);
    assert_data_eq!(
        timeless(&sandbox.session(&["review inbox --offline --check"])),
        str![[r#"
$ git patman review inbox --offline --check
ID                                            VER  PATCHES   AGE  AUTHOR      TITLE               APPLIES     MARK        REVIEW
dogs-v1-cover.TIME.dogs.v1@example.com  v1         1  12 h  Di          dogs: Begin         exact
cover.TIME.git.ada@example.com          v1         2  12 h  Ada         one: Spell numbers  exact       own
bees-v2-cover.TIME.bees.v2@example.com  v2         1  12 h  Bea         bees: Begin         exact
cars-v1-cover.TIME.cars.v1@example.com  v1       0/1  12 h  Cy/x1b[31m  cars: Begin         incomplete  incomplete
! Created database '$REPO/.git/patman/.patman.db'
! 1 not shown: older versions and series that do not need a review (see --all)
! hint: to start a review: git patman review start dogs-v1-cover.TIME.dogs.v1@example.com
= 0

"#]]
    );
}

#[test]
fn ids_that_mean_something_to_a_shell_are_not_to_be_pasted() {
    let sandbox = Sandbox::new();
    let mail = single(&sandbox, "bees", "Bea <bea@example.com>", 1)
        .replace("<bees-v1-cover", "<';reboot;'");
    let server = PublicInbox::serve(split(&mail), Mood::Well);
    sandbox.git(&["config", "patman.archive", &server.inbox()]);
    let said = sandbox.session(&["review inbox"]);
    assert!(said.contains("reboot") && !said.contains("hint"), "{said}");
}

#[test]
fn without_the_network_what_was_asked_before_is_listed() {
    let sandbox = with_series();
    let server = sandbox.patchwork();
    let nothing = sandbox.session(&["review inbox --offline"]);
    assert!(
        nothing.contains("is not cached") && nothing.ends_with("= 1\n"),
        "{nothing}"
    );
    let online = sandbox.session(&["review inbox --json"]);
    server.requests();
    let offline = sandbox.session(&["review inbox --json --offline"]);
    assert!(
        online.contains("\"id\": \"102\"") && offline.ends_with(online.split_once('\n').unwrap().1),
        "{offline}"
    );
    assert!(server.requests().is_empty());
}

#[test]
fn nobody_to_ask_is_said_with_what_to_set() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    sandbox.patman("upstream add them https://example.com/them.git");
    assert_data_eq!(
        sandbox.session(&[
            "review inbox",
            "review inbox -U us",
            "review inbox -U nobody",
            "review inbox --limit 0"
        ]),
        str![[r#"
$ git patman review inbox
! error: no Patchwork server and no archive is configured
! hint: to set a Patchwork server: git config patman.patchworkUrl https://patchwork.example.com
! hint: or an archive: git config patman.archive https://lore.kernel.org/<list>/
= 1
$ git patman review inbox -U us
! error: no Patchwork server and no archive of the upstream 'us' is configured
! hint: to set a Patchwork server: git config patman.patchworkUrl https://patchwork.example.com
! hint: or an archive: git config patman.us.archive https://lore.kernel.org/<list>/
= 1
$ git patman review inbox -U nobody
! error: there is no upstream 'nobody'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1
$ git patman review inbox --limit 0
! error: invalid value '0' for '--limit <N>': number would be zero for non-zero type
! 
! For more information, try '--help'.
= 2

"#]]
    );
}

#[test]
fn another_series_of_the_same_title_is_not_taken_for_the_review() {
    let sandbox = with_series();
    let server = sandbox.patchwork();
    sandbox.patman("-q review start 100");
    let forged = single(&sandbox, "bees", "Eve <eve@example.com>", 3);
    server.feed(forged.as_bytes());
    let said = sandbox.session(&["review inbox"]);
    let line = said.lines().find(|line| line.contains("Eve")).unwrap();
    assert!(
        !line.contains("version") && !line.contains("tracked"),
        "{said}"
    );
    assert!(
        said.lines()
            .any(|line| line.contains("Bea") && line.contains("new version")),
        "{said}"
    );
}

/// The text without the times that git writes into the ids of mails.
fn timeless(text: &str) -> String {
    let is_time = |word: &str| word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.')
        .map(|word| if is_time(word) { "TIME" } else { word })
        .collect::<Vec<_>>()
        .join(".")
}
