// SPDX-License-Identifier: GPL-2.0-or-later
//! Many processes on one database that is to be migrated, some of them killed, some of them Python's `flock`: nobody fails,
//! nothing is lost. The test program starts itself to be those processes.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, assert_same, data, expected, quiet, tables};
use git_patman::db::series::{self, NewSeries};
use git_patman::db::{Db, OpenOptions, status};
use git_patman::error::Error;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Tells a started process which directory it works in.
const DIR: &str = "DB_RACE_DIR";

/// Tells it how many series it adds.
const ADD: &str = "DB_RACE_ADD";

/// Not a test of its own: what the started processes do.
#[test]
fn process() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let location =
        git_patman::db::Location::at(Path::new(&dir), git_patman::db::Origin::Environment);
    let mut db = Db::open(&location, &OpenOptions::default(), &quiet()).unwrap();
    let count: u32 = std::env::var(ADD).map_or(0, |count| count.parse().unwrap());
    for number in 0..count {
        let name = format!("added-{}-{number}", std::process::id());
        db.write(|write| {
            series::insert(
                write,
                &NewSeries {
                    name: &name,
                    ..NewSeries::default()
                },
            )
        })
        .unwrap();
    }
}

fn start(place: &Place, add: u32) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "process", "--nocapture"])
        .env(DIR, place.dir())
        .env(ADD, add.to_string());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts that many processes at one instant and waits for them all.
fn race(place: &Place, number: usize, add: u32) {
    let mut children: Vec<Child> = (0..number).map(|_| start(place, add)).collect();
    children
        .iter_mut()
        .for_each(|child| child.stdin.take().unwrap().write_all(b"go\n").unwrap());
    for child in children {
        let done = child.wait_with_output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

#[test]
fn of_many_processes_one_migrates_and_none_fails() {
    let place = Place::with("patman-v01.db");
    race(&place, 32, 0);
    assert_same(&tables(&place.file()), &expected(1), "after the race");
    assert_eq!(place.files(), [".patman.db", ".patman.dbold.v1"]);
}

#[test]
fn of_many_processes_one_creates_the_database_and_all_write_to_it() {
    let place = Place::empty();
    race(&place, 32, 3);
    assert_eq!(place.value("SELECT count(*) FROM series"), json!(96));
    assert_eq!(
        place.value("SELECT group_concat(version) FROM schema_version"),
        json!("16")
    );
}

#[test]
fn a_migration_that_is_killed_is_done_by_the_next() {
    let mut killed = 0;
    for round in 0..24u64 {
        let place = Place::with("patman-v01.db");
        let mut child = start(&place, 0);
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        std::thread::sleep(Duration::from_micros(500 * round + round * round * 10));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        drop(Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap());
        assert_same(
            &tables(&place.file()),
            &expected(1),
            &format!("round {round}"),
        );
        assert_same(
            &tables(&place.dir().join(".patman.dbold.v1")),
            &tables(&data("patman-v01.db")),
            &format!("backup of round {round}"),
        );
        assert_eq!(place.files(), [".patman.db", ".patman.dbold.v1"]);
    }
    assert!(killed > 0, "every process was done before it was killed");
}

/// A Python process that holds the lock as patman does, until its input is closed.
fn python_holds(place: &Place) -> Child {
    let script = "import fcntl, sys\nfile = open(sys.argv[1], 'w')\nfcntl.flock(file, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()";
    let mut child = Command::new("python3")
        .args(["-c", script])
        .arg(place.location().lock_file())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "held\n");
    child
}

#[test]
fn the_lock_of_python_is_waited_for() {
    let place = Place::with("patman-v15.db");
    let mut python = python_holds(&place);
    let told = status::status(&place.location()).unwrap();
    assert!(told.locked);
    assert_eq!(told.version, Some(15));
    let waiting = std::thread::scope(|scope| {
        let open = scope
            .spawn(|| Db::open(&place.location(), &OpenOptions::default(), &quiet()).map(drop));
        std::thread::sleep(Duration::from_millis(300));
        let waiting = !open.is_finished();
        assert_eq!(place.value("SELECT version FROM schema_version"), json!(15));
        drop(python.stdin.take());
        open.join().unwrap().unwrap();
        waiting
    });
    assert!(waiting);
    python.wait().unwrap();
    assert_eq!(place.value("SELECT version FROM schema_version"), json!(16));
}

/// Migrates as a program does that does not take the lock.
const TO_VERSION_16: &str =
    "ALTER TABLE series ADD COLUMN hidden BIT; UPDATE schema_version SET version = 16";

#[test]
fn the_version_is_read_again_in_the_transaction_that_migrates() {
    let place = Place::with("patman-v15.db");
    let other = rusqlite::Connection::open(place.file()).unwrap();
    // With a log, what is not yet committed keeps nobody from reading the old version, only from writing.
    other
        .execute_batch("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")
        .unwrap();
    other.execute_batch(TO_VERSION_16).unwrap();
    std::thread::scope(|scope| {
        let open = scope
            .spawn(|| Db::open(&place.location(), &OpenOptions::default(), &quiet()).map(drop));
        let begin = Instant::now();
        while !status::status(&place.location()).unwrap().locked {
            assert!(begin.elapsed() < Duration::from_secs(20), "it never locks");
            std::thread::sleep(Duration::from_millis(5));
        }
        // By then it has read that the version is 15, and waits for its own transaction.
        std::thread::sleep(Duration::from_secs(1));
        assert!(!open.is_finished());
        other.execute_batch("COMMIT").unwrap();
        open.join().unwrap().unwrap();
    });
    drop(other);
    assert_eq!(place.value("SELECT version FROM schema_version"), json!(16));
    assert_eq!(place.files(), [".patman.db"], "nothing was left to migrate");
}

#[test]
fn what_is_migrated_while_processes_wait_for_the_lock_is_not_migrated_again() {
    let place = Place::with("patman-v15.db");
    let mut python = python_holds(&place);
    let mut children: Vec<Child> = (0..8).map(|_| start(&place, 0)).collect();
    children
        .iter_mut()
        .for_each(|child| child.stdin.take().unwrap().write_all(b"go\n").unwrap());
    // By then they have read that the version is 15.
    std::thread::sleep(Duration::from_secs(1));
    for child in &mut children {
        assert!(child.try_wait().unwrap().is_none());
    }
    place.sql(TO_VERSION_16);
    drop(python.stdin.take());
    python.wait().unwrap();
    for child in children {
        let done = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{text}");
    }
    assert_eq!(place.value("SELECT version FROM schema_version"), json!(16));
    assert_eq!(place.files(), [".patman.db"], "nothing was left to migrate");
}

#[test]
fn a_lock_that_is_held_too_long_is_an_error_that_names_the_holder() {
    let place = Place::with("patman-v15.db");
    let mut python = python_holds(&place);
    let options = OpenOptions {
        lock_timeout: Some(Duration::from_millis(200)),
        ..OpenOptions::default()
    };
    let begin = Instant::now();
    let error: Error = Db::open(&place.location(), &options, &quiet()).unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(error.to_string().starts_with("cannot lock '"), "{error}");
    let holders = status::status(&place.location()).unwrap().lock_holders;
    if let [holder] = holders.as_slice() {
        assert_eq!(holder.pid, python.id());
        assert!(
            error
                .to_string()
                .contains(&format!("process {} (python3", python.id())),
            "{error}"
        );
    }
    drop(python.stdin.take());
    python.wait().unwrap();
    assert_eq!(place.value("SELECT version FROM schema_version"), json!(15));
}

#[test]
fn python_does_not_get_the_lock_while_a_database_is_migrated() {
    let place = Place::with("patman-v04.db");
    let lock = place.location().lock_file();
    let free = || {
        let script = "import fcntl, sys\ntry: fcntl.flock(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)\nexcept BlockingIOError: sys.exit(9)";
        Command::new("python3")
            .args(["-c", script])
            .arg(&lock)
            .status()
            .unwrap()
            .code()
            .unwrap()
    };
    let seen = std::cell::Cell::new(0);
    let upstream_of = |_: &str| {
        seen.set(free());
        None
    };
    let options = OpenOptions {
        upstream_of: Some(&upstream_of),
        ..OpenOptions::default()
    };
    drop(Db::open(&place.location(), &options, &quiet()).unwrap());
    assert_eq!(seen.get(), 9);
    assert_eq!(free(), 0);
}

#[test]
fn readers_see_the_old_schema_or_the_new_one() {
    let place = Place::with("patman-v01.db");
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    conn.busy_timeout(Duration::from_secs(30)).unwrap();
    let columns = "SELECT count(*) FROM pragma_table_info('series')";
    let mut seen = std::collections::BTreeSet::new();
    std::thread::scope(|scope| {
        let open = scope
            .spawn(|| Db::open(&place.location(), &OpenOptions::default(), &quiet()).map(drop));
        while !open.is_finished() {
            seen.insert(databases::one(&conn, columns).as_i64().unwrap());
        }
        open.join().unwrap().unwrap();
    });
    assert!(
        seen.iter().all(|columns| [4, 7].contains(columns)),
        "{seen:?}"
    );
}
