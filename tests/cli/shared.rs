// SPDX-License-Identifier: GPL-2.0-or-later
//! Two users of one machine who share a repository, or a directory with a database, whatever their umasks.
//!
//! Only root can make files of two users: these tests are ignored by `cargo test`, and `.ci/run` runs them as root.

use crate::sandbox::{PROGRAM, Sandbox};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Their user numbers, which are those of their own groups, and the number of the group that both are members of.
const ALICE: User = User("alice", 54_001);
const BOB: User = User("bob", 54_002);
const TEAM: u32 = 54_321;

const UMASKS: [&str; 3] = ["002", "022", "077"];

#[derive(Clone, Copy)]
struct User(&'static str, u32);

/// A machine with the two, and a directory `team` that both may write.
struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    fn new() -> Machine {
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        assert!(is_root, "only root can make files of two users");
        let machine = Machine {
            sandbox: Sandbox::new(),
        };
        let top = machine.top();
        open(top, 0o755);
        fs::create_dir(top.join("bin")).unwrap();
        fs::copy(PROGRAM, top.join("bin/git-patman")).unwrap();
        open(&top.join("bin/git-patman"), 0o755);
        for User(name, id) in [ALICE, BOB] {
            let home = top.join(name);
            fs::create_dir(&home).unwrap();
            let config = format!(
                "[user]\n\tname = {name}\n\temail = {name}@example.com\n[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n"
            );
            fs::write(home.join(".gitconfig"), config).unwrap();
            for path in [&home, &home.join(".gitconfig")] {
                chown(path, Some(id), Some(id)).unwrap();
            }
        }
        machine.directory("team", ALICE, 0o2770);
        machine
    }

    fn top(&self) -> &Path {
        self.sandbox.top()
    }

    /// A directory of the group's.
    fn directory(&self, name: &str, User(_, owner): User, mode: u32) -> PathBuf {
        let dir = self.top().join(name);
        fs::create_dir(&dir).unwrap();
        chown(&dir, Some(owner), Some(TEAM)).unwrap();
        open(&dir, mode);
        dir
    }

    /// A command line in a directory, as one of the two, with a umask.
    fn run(&self, User(name, id): User, umask: &str, dir: &Path, line: &str) -> Output {
        let home = self.top().join(name);
        let path = format!(
            "{}:{}",
            self.top().join("bin").display(),
            std::env::var("PATH").unwrap()
        );
        Command::new("setpriv")
            .args([
                format!("--reuid={id}"),
                format!("--regid={id}"),
                format!("--groups={TEAM}"),
            ])
            .args(["sh", "-c", &format!("umask {umask}; {line}")])
            .current_dir(dir)
            .env_clear()
            .env("PATH", path)
            .env("HOME", &home)
            .env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap()
    }

    /// The same, which must succeed; returns what it prints.
    fn ok(&self, user: User, umask: &str, dir: &Path, line: &str) -> String {
        let done = self.run(user, umask, dir, line);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{} {umask}: {line}: {said}", user.0);
        String::from_utf8(done.stdout).unwrap()
    }
}

fn open(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().mode() & 0o7777
}

/// Every file and directory below `dir` but the files of review worktrees, which get their modes from the umask, as git's.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut all = vec![dir.to_owned()];
    for entry in fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let holds_worktrees = ["worktrees", "scratch", ".pool"].iter().any(|name| {
            dir.ends_with(format!("patman/{name}")) || dir.ends_with(format!("worktrees/{name}"))
        });
        match entry.symlink_metadata().unwrap().is_dir() && !holds_worktrees {
            true => all.extend(below(&entry)),
            false if !holds_worktrees => all.push(entry),
            false => {}
        }
    }
    all
}

/// What one of the group could not use: directories must be writable and pass the group on, files of ours be writable.
fn unusable(dir: &Path) -> Vec<String> {
    let is_usable = |path: &PathBuf| {
        let meta = path.symlink_metadata().unwrap();
        let wanted = if meta.is_dir() { 0o2070 } else { 0o060 };
        meta.mode() & wanted == wanted && meta.gid() == TEAM
    };
    let bad = below(dir).into_iter().filter(|path| !is_usable(path));
    bad.map(|path| format!("{:o} {}", mode(&path), path.display()))
        .collect()
}

/// The two mails of a series that spells numbers, by `author`, in the directory of the team.
fn mails(machine: &Machine, repo: &Path, name: &str) -> PathBuf {
    let file = machine.top().join(format!("team/{name}.mbox"));
    let line = format!(
        "git checkout -q -b {name} main && sed -i s/^3$/{name}/ numbers && git commit -q -a -m 'numbers: {name} three' &&
         sed -i s/^20$/{name}/ numbers && git commit -q -a -m 'numbers: {name} twenty' && git checkout -q main &&
         git format-patch -q --stdout --base=main main..{name} >{0} && chmod 640 {0}",
        file.display()
    );
    machine.ok(ALICE, "022", repo, &line);
    file
}

/// What two people do in a day, each with a umask; says what one of the group could not use afterwards.
fn day(alice: &str, bob: &str) -> Vec<String> {
    let machine = Machine::new();
    let repo = machine.directory("team/repo", ALICE, 0o2770);
    let a = |line: &str| machine.ok(ALICE, alice, &repo, line);
    let b = |line: &str| machine.ok(BOB, bob, &repo, line);
    a(
        "git init -q --shared=group && seq 40 >numbers && git add . && git commit -q -m Begin && chmod 664 numbers",
    );
    let (first, second) = (
        mails(&machine, &repo, "spell"),
        mails(&machine, &repo, "write"),
    );
    a(&format!("git patman review start {}", first.display()));
    b(&format!(
        "git patman review list | grep -q spell && git patman review start {}",
        second.display()
    ));
    let names = a("git patman review list --json");
    assert!(
        names.contains("spell") && names.contains("write"),
        "{names}"
    );
    a("git patman review exec numbers-spell-three -- true");
    b(
        "git patman review exec numbers-write-three -- true && git patman review exec numbers-spell-three -- false || true",
    );
    b(
        "git worktree add -q ../bob -b bob spell && cd ../bob && git patman series add -U main -D Bob -M",
    );
    b("cd ../bob && git patman series inc && git patman undo && git patman series mark");
    a("git patman series ls | grep -q Bob && git worktree add -q ../alice -b alice spell");
    a(
        "cd ../alice && git patman series add -U main -D Alice -M && git patman series inc && git patman undo",
    );
    b(
        "git patman series ls | grep -q Alice && git patman db check && git patman db backup && git patman db status",
    );
    b("git patman review remove numbers-write-three");
    a("git patman review remove numbers-spell-three && git patman review list --all");
    b(&format!(
        "git patman review start {} && git patman review prune",
        second.display()
    ));
    a("git patman series rm -s bob && git patman db check && git fsck --no-progress");
    b("git patman series ls && git commit-tree -m x main^{tree}");
    unusable(&repo.join(".git/patman"))
}

#[test]
#[ignore = "needs root, to make files of two users"]
fn two_users_share_a_repository_with_any_umask() {
    for alice in UMASKS {
        for bob in UMASKS {
            let unusable = day(alice, bob);
            assert!(unusable.is_empty(), "{alice} {bob}: {unusable:?}");
        }
    }
}

#[test]
#[ignore = "needs root, to make files of two users"]
fn two_users_share_a_directory_with_any_umask() {
    // The second passes its group on to nothing that is made in it.
    for permissions in [0o2770, 0o770] {
        for alice in UMASKS {
            for bob in UMASKS {
                let machine = Machine::new();
                let db = machine.directory("team/db", ALICE, permissions);
                let env = format!("export PATMAN_DB_DIR={}", db.display());
                for (user, umask) in [(ALICE, alice), (BOB, bob), (ALICE, alice)] {
                    let home = machine.top().join(user.0);
                    let line =
                        |line: &str| machine.ok(user, umask, &home, &format!("{env}; {line}"));
                    line(
                        "git patman upstream ls && git patman upstream add $(id -u)-$$ https://example.com/x.git",
                    );
                    line("git patman db check && git patman db status && git patman db backup");
                }
                for entry in below(&db) {
                    let meta = entry.symlink_metadata().unwrap();
                    let wanted = if meta.is_dir() { permissions } else { 0o660 };
                    assert_eq!(
                        (mode(&entry), meta.gid()),
                        (wanted, TEAM),
                        "{alice} {bob} {entry:?}"
                    );
                }
            }
        }
    }
}

#[test]
#[ignore = "needs root, to make files of two users"]
fn what_is_not_shared_is_the_users_own() {
    let machine = Machine::new();
    let repo = machine.directory("team/repo", ALICE, 0o755);
    let a = |umask: &str, line: &str| machine.ok(ALICE, umask, &repo, line);
    a(
        "077",
        "git init -q && seq 40 >numbers && git add . && git commit -q -m Begin",
    );
    // Nobody but Alice can hold a lock, or read what git does not let him read.
    let mbox = mails(&machine, &repo, "spell");
    a(
        "077",
        &format!(
            "git patman review start {} && git patman review exec numbers-spell-three -- true",
            mbox.display()
        ),
    );
    let readable = below(&repo.join(".git/patman"))
        .into_iter()
        .filter(|path| mode(path) & 0o077 != 0);
    let readable: Vec<PathBuf> = readable.collect();
    assert!(readable.is_empty(), "{readable:?}");
    let lock = repo.join(".git/patman/locks/numbers-spell-three.lock");
    for umask in ["002", "022"] {
        open(&lock, 0o644);
        a(
            umask,
            "git patman review exec numbers-spell-three -- true && git patman db check",
        );
        a(umask, "git patman review remove numbers-spell-three");
        a(
            umask,
            &format!("git patman review start {}", mbox.display()),
        );
        assert_eq!(mode(&lock), 0o600);
        let held = machine.run(
            BOB,
            "022",
            &repo,
            &format!("flock -n {} true", lock.display()),
        );
        assert!(!held.status.success());
    }
}

#[test]
#[ignore = "needs root, to make files of two users"]
fn what_was_made_before_is_shared_too() {
    let machine = Machine::new();
    let repo = machine.directory("team/repo", ALICE, 0o2770);
    let a = |line: &str| machine.ok(ALICE, "022", &repo, line);
    a("git init -q && seq 40 >numbers && git add . && git commit -q -m Begin");
    let (first, second) = (
        mails(&machine, &repo, "spell"),
        mails(&machine, &repo, "write"),
    );
    a(&format!("git patman review start {}", first.display()));
    // As git's manual says for a repository that is shared later.
    a("git config core.sharedRepository group && find .git -path .git/patman -prune -o -exec chmod g+rw {} + &&
       find .git -path .git/patman -prune -o -type d -exec chmod g+xs {} +");
    a("git patman review list");
    machine.ok(
        BOB,
        "022",
        &repo,
        &format!("git patman review start {}", second.display()),
    );
}

#[test]
#[ignore = "needs root, to make files of two users"]
fn a_database_that_another_user_has_put_at_the_top_is_refused() {
    let machine = Machine::new();
    let repo = machine.directory("team/repo", ALICE, 0o700);
    machine.ok(
        ALICE,
        "022",
        &repo,
        "git init -q && git patman upstream add us https://example.com/x.git",
    );
    let (inner, file) = (repo.join(".git/patman/.patman.db"), repo.join(".patman.db"));
    open(&repo, 0o777);
    let refused = |why: &str| {
        let done = machine.run(ALICE, "022", &repo, "git patman upstream ls");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains(why), "{said}");
        assert!(!done.status.success());
    };
    fs::copy(&inner, &file).unwrap();
    chown(&file, Some(BOB.1), None).unwrap();
    refused("it belongs to another user (54002)");
    // Whom git trusts, this trusts: the owner of the repository.
    machine.ok(BOB, "022", &repo, "git patman upstream ls");
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&inner, &file).unwrap();
    std::os::unix::fs::lchown(&file, Some(BOB.1), None).unwrap();
    refused("it is a symbolic link of another user (54002)");
    fs::remove_file(&file).unwrap();
    // A member of the group that shares the repository may have made it.
    fs::copy(&inner, &file).unwrap();
    chown(&file, Some(BOB.1), Some(TEAM)).unwrap();
    open(&file, 0o664);
    refused("it belongs to another user (54002)");
    machine.ok(
        ALICE,
        "022",
        &repo,
        "git config core.sharedRepository group",
    );
    chown(repo.join(".git"), None, Some(TEAM)).unwrap();
    open(&repo.join(".git"), 0o2775);
    machine.ok(ALICE, "022", &repo, "git patman upstream ls");
    open(&repo.join(".git"), 0o2777);
    refused("it belongs to another user (54002)");
}
