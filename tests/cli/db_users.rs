// SPDX-License-Identifier: GPL-2.0-or-later
//! Two users of the machine and one database: who cannot write it leaves nothing beside it.
//!
//! Only root can run as two users: these tests are ignored by `cargo test`, and `.ci/run` runs them as root.

use crate::sandbox::{PROGRAM, Sandbox};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const OWNER: u32 = 4001;
const READER: u32 = 4002;

/// A database in a directory that both users may write, with a repository and a home for each of them.
struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    fn new() -> Machine {
        let is_root = rustix::process::geteuid().is_root();
        assert!(is_root, "only root can run as two users");
        let machine = Machine {
            sandbox: Sandbox::new(),
        };
        chmod(machine.sandbox.top(), 0o755);
        fs::create_dir(machine.shared()).unwrap();
        chmod(&machine.shared(), 0o777);
        fs::copy(PROGRAM, machine.program()).unwrap();
        for user in [OWNER, READER] {
            let home = machine.home(user);
            fs::create_dir(&home).unwrap();
            chown(&home, Some(user), Some(user)).unwrap();
            let made = machine.command("git", user).args(["init", "-q"]).status();
            assert!(made.unwrap().success());
        }
        machine.owner("upstream add us https://example.com/us.git");
        machine
    }

    fn shared(&self) -> PathBuf {
        self.sandbox.top().join("shared")
    }

    fn database(&self) -> PathBuf {
        self.shared().join(".patman.db")
    }

    fn program(&self) -> PathBuf {
        self.sandbox.top().join("git-patman")
    }

    fn home(&self, user: u32) -> PathBuf {
        self.sandbox.top().join(format!("user-{user}"))
    }

    fn command(&self, program: impl AsRef<Path>, user: u32) -> Command {
        let home = self.home(user);
        let mut command = self
            .sandbox
            .command(program.as_ref().to_str().unwrap(), &home);
        command
            .env("PATMAN_DB_DIR", self.shared())
            .env("HOME", &home)
            .env_remove("GIT_CONFIG_GLOBAL")
            .uid(user)
            .gid(user);
        command
    }

    fn run(&self, user: u32, line: &str) -> String {
        let mut command = self.command(self.program(), user);
        let done = command.args(line.split(' ')).output().unwrap();
        self.sandbox.show(line, &done)
    }

    #[track_caller]
    fn owner(&self, line: &str) -> String {
        let shown = self.run(OWNER, line);
        assert!(shown.ends_with("= 0\n"), "{shown}");
        // As patman leaves it: in this directory git patman lets the other user write it.
        chmod(&self.database(), 0o644);
        shown
    }

    /// Python as a user, on the database.
    fn python(&self, user: u32, script: &str) -> Command {
        let mut command = self.command("python3", user);
        command.args(["-c", script]).arg(self.database());
        command
    }

    /// The names of the files beside the database that are not its owner's.
    fn foreign(&self) -> Vec<String> {
        let entries = fs::read_dir(self.shared()).unwrap().map(Result::unwrap);
        let foreign = entries.filter(|entry| entry.metadata().unwrap().uid() != OWNER);
        foreign
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
#[ignore = "needs root, to run as two users"]
fn who_only_reads_leaves_nothing_beside_the_database() {
    let machine = Machine::new();
    for mode in [0o644, 0o444] {
        chmod(&machine.database(), mode);
        for line in [
            "series ls",
            "review list --all",
            "upstream ls",
            "db status",
            "db check",
            "db path",
        ] {
            let shown = machine.run(READER, line);
            assert!(shown.ends_with("= 0\n"), "{shown}");
            assert_eq!(machine.foreign(), [""; 0], "{line}");
        }
        let mut completion = machine.command(machine.program(), READER);
        let offered = completion
            .env("COMPLETE", "fish")
            .args(["--", "git-patman", "upstream", "delete", ""])
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&offered.stdout).contains("us"));
        assert_eq!(machine.foreign(), [""; 0]);
    }
    chmod(&machine.database(), 0o644);
    let refused = machine.run(READER, "upstream add ci https://example.com/ci.git");
    assert!(
        refused.contains("belongs to user 4001, and you may not write it")
            && refused.ends_with("= 1\n"),
        "{refused}"
    );
    assert!(!refused.contains("chmod"), "{refused}");
    assert_eq!(machine.foreign(), [""; 0]);
    machine.owner("upstream add ci https://example.com/ci.git");
}

#[test]
#[ignore = "needs root, to run as two users"]
fn who_only_reads_sees_what_waits_in_the_log_of_another_user() {
    let machine = Machine::new();
    let script = "import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA wal_autocheckpoint = 0')
c.execute(\"INSERT INTO upstream (name, url) VALUES ('in-the-log', 'https://example.com')\"); c.commit()
print('ready', flush=True); time.sleep(60)";
    let mut writer = machine.python(OWNER, script);
    let mut writer = writer.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = [0; 5];
    std::io::Read::read_exact(writer.stdout.as_mut().unwrap(), &mut line).unwrap();
    let listed = machine.run(READER, "upstream ls");
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert!(
        listed.contains("in-the-log") && listed.ends_with("= 0\n"),
        "{listed}"
    );
    // Its owner was killed, and the log is still there.
    assert!(machine.shared().join(".patman.db-wal").exists());
    assert!(machine.run(READER, "upstream ls").contains("in-the-log"));
    assert_eq!(machine.foreign(), [""; 0]);
    machine.owner("upstream delete in-the-log");
}

#[test]
#[ignore = "needs root, to run as two users"]
fn files_that_a_reader_has_left_are_named_with_what_to_do() {
    let machine = Machine::new();
    // As patman reads: its SQLite makes a log and shared memory that it cannot remove again.
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM series').fetchall()";
    assert!(machine.python(READER, script).status().unwrap().success());
    let mut foreign = machine.foreign();
    foreign.sort();
    assert_eq!(foreign, [".patman.db-shm", ".patman.db-wal"]);
    let words = "'$TOP/shared/.patman.db-wal' and '$TOP/shared/.patman.db-shm' belong to user 4002, and you may not write them";
    let refused = machine.run(OWNER, "upstream add ci https://example.com/ci.git");
    assert!(refused.contains(words), "{refused}");
    let status = machine.owner("db status");
    assert!(status.contains(&format!("read only: {words}")), "{status}");
    let checked = machine.run(OWNER, "db check");
    assert!(
        checked.contains("'$TOP/shared/.patman.db-wal' may not be written by you")
            && checked.ends_with("= 1\n"),
        "{checked}"
    );
    // They are the owner's to read meanwhile.
    assert!(machine.owner("upstream ls").contains("us"));
    let hint = refused
        .lines()
        .find_map(|line| line.split_once("remove them: "))
        .map(|(_, command)| command.replace("$TOP", machine.sandbox.top().to_str().unwrap()))
        .unwrap();
    let mut shell = machine.command("sh", OWNER);
    assert!(shell.args(["-c", &hint]).status().unwrap().success());
    machine.owner("upstream add ci https://example.com/ci.git");
}

#[test]
#[ignore = "needs root, to run as two users"]
fn a_directory_that_may_not_be_read_is_an_error_and_not_an_empty_list() {
    let machine = Machine::new();
    chown(machine.shared(), Some(OWNER), Some(OWNER)).unwrap();
    chmod(&machine.shared(), 0o700);
    for line in [
        "series ls",
        "review list --all",
        "upstream ls",
        "db status",
        "db check",
        "db join --review-db-dir ../shared",
    ] {
        let shown = machine.run(READER, line);
        assert!(
            shown.contains("cannot access '$TOP/shared/.patman.db': Permission denied")
                && shown.ends_with("= 1\n"),
            "{shown}"
        );
    }
    // The directories of a worktree and of mails are asked in the same way.
    let hidden = machine.home(OWNER).join("hidden");
    fs::create_dir(&hidden).unwrap();
    chmod(&hidden, 0);
    let mails = hidden.join("mails.mbox");
    let shown = machine.run(READER, &format!("-C {} db path", mails.display()));
    assert!(shown.contains("Permission denied"), "{shown}");
    assert!(!shown.contains("no such directory"), "{shown}");
}
