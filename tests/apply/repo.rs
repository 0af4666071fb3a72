// SPDX-License-Identifier: GPL-2.0-or-later
//! An author and two reviewers: one lets `git am -3` work, the other the library; then they compare.

use git_patman::apply::{Applied, ApplyMethod, PatchMail, apply};
use git_patman::git::Oid;
use git_patman::git::commits::Signature;
use git_patman::git::objects::Objects;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A file of a model tree: mode and contents (of a submodule: the commit in hexadecimal digits).
pub type File = (u32, Vec<u8>);
/// A model of a tree.
pub type Model = BTreeMap<String, File>;

/// Three repositories that share no objects.
pub struct Trio {
    _dir: tempfile::TempDir,
    pub author: PathBuf,
    pub am: PathBuf,
    pub ours: PathBuf,
}

/// How the two reviewers ended.
pub struct Verdict {
    pub am_head: String,
    pub am_stop: Option<usize>,
    pub am_merges: usize,
    pub am_said: String,
    pub ours: Applied,
}

impl Verdict {
    /// What differs, if anything; a merge that we leave to git is no difference.
    pub fn difference(&self) -> Option<String> {
        let merges = self
            .ours
            .steps
            .iter()
            .filter(|s| matches!(s.how, ApplyMethod::ThreeWay | ApplyMethod::Already))
            .count();
        let stop = self.ours.stopped.as_ref().map(|stop| stop.index);
        if self.left_to_git() {
            return None;
        }
        let am_merges =
            self.am_merges - usize::from(self.am_stop.is_some() && self.am_merges > merges);
        let same = self.am_head == self.ours.head.to_string()
            && self.am_stop == stop
            && am_merges == merges;
        (!same).then(|| {
            let why = self
                .ours
                .stopped
                .as_ref()
                .map(|stop| stop.error.to_string());
            let steps: Vec<_> = self
                .ours
                .steps
                .iter()
                .map(|s| (s.how, s.tree.to_string()))
                .collect();
            format!(
                "am: {} stop {:?} merges {}\n{}\nours: {} stop {stop:?} {why:?}\n{steps:?}",
                self.am_head, self.am_stop, self.am_merges, self.am_said, self.ours.head
            )
        })
    }

    /// Whether git merged a patch and we stopped there, so that the caller would let git do it.
    pub fn left_to_git(&self) -> bool {
        let Some(stop) = &self.ours.stopped else {
            return false;
        };
        let merges = self
            .ours
            .steps
            .iter()
            .filter(|s| matches!(s.how, ApplyMethod::ThreeWay | ApplyMethod::Already))
            .count();
        self.am_stop.is_none_or(|am| am > stop.index) && self.am_merges > merges
    }
}

pub fn committer() -> Signature {
    Signature::new("Com Mitter", "com@example.com", 1_700_000_000, 120)
}

/// Runs git without the configuration of this machine.
pub fn git(dir: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new("git");
    command
        .current_dir(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    command
        .env("HOME", dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
        .env("GIT_COMMITTER_NAME", "Com Mitter")
        .env("GIT_COMMITTER_EMAIL", "com@example.com");
    command
        .env("GIT_COMMITTER_DATE", "1700000000 +0200")
        .env("LC_ALL", "C")
        .env("GIT_ADVICE", "0");
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// The same, and it must succeed.
pub fn git_ok(dir: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let output = git(dir, args, input);
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}

impl Trio {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir(&path).unwrap();
            git_ok(&path, &["init", "-q", "-b", "main"], b"");
            git_ok(&path, &["config", "core.fsync", "none"], b"");
            path
        };
        let (author, am, ours) = (make("author"), make("am"), make("ours"));
        Trio {
            author,
            am,
            ours,
            _dir: dir,
        }
    }

    /// Writes trees as a chain of commits on `parent` and returns them.
    pub fn commits(dir: &Path, parent: Option<&str>, trees: &[Model]) -> Vec<String> {
        let mut stream = Vec::new();
        for (number, tree) in trees.iter().enumerate() {
            let mut head = format!("commit refs/heads/scratch\nmark :{}\n", number + 1);
            writeln!(
                head,
                "author Au Thor <au@example.com> {} +0100",
                1_600_000_000 + number
            )
            .unwrap();
            writeln!(
                head,
                "committer Au Thor <au@example.com> {} +0100",
                1_600_000_000 + number
            )
            .unwrap();
            let message = format!("part: Change {number}\n\nBecause.\n");
            write!(head, "data {}\n{message}", message.len()).unwrap();
            match parent.filter(|_| number == 0) {
                Some(parent) => writeln!(head, "from {parent}").unwrap(),
                None if number == 0 => head = format!("reset refs/heads/scratch\n\n{head}"),
                None => writeln!(head, "from :{number}").unwrap(),
            }
            head.push_str("deleteall\n");
            stream.extend_from_slice(head.as_bytes());
            for (path, (mode, bytes)) in tree {
                let quoted = quote(path);
                if *mode == 0o160000 {
                    writeln!(
                        stream,
                        "M 160000 {} {quoted}",
                        String::from_utf8_lossy(bytes)
                    )
                    .unwrap();
                } else {
                    writeln!(stream, "M {mode:o} inline {quoted}\ndata {}", bytes.len()).unwrap();
                    stream.extend_from_slice(bytes);
                    stream.push(b'\n');
                }
            }
        }
        stream.extend_from_slice(b"done\n");
        let marks = dir.join(".git/marks");
        let export = format!("--export-marks={}", marks.display());
        git_ok(
            dir,
            &["fast-import", "--quiet", "--force", "--done", &export],
            &stream,
        );
        let listed = std::fs::read_to_string(&marks).unwrap();
        let by_mark: BTreeMap<usize, String> = listed
            .lines()
            .map(|line| line.trim_start_matches(':').split_once(' ').unwrap())
            .map(|(mark, id)| (mark.parse().unwrap(), id.to_owned()))
            .collect();
        by_mark.into_values().collect()
    }

    /// The author's commits `base..tip` as mails.
    pub fn mails(&self, base: &str, tip: &str, options: &[&str]) -> Vec<u8> {
        let range = format!("{base}..{tip}");
        let args = ["format-patch", "--stdout", "--no-signature"];
        git_ok(&self.author, &[&args[..], options, &[&range]].concat(), b"")
    }

    /// Lets both reviewers apply the mails to the commit, which both have.
    pub fn compare(&self, base: &str, mbox: &[u8]) -> Verdict {
        let ours = self.ours(base, mbox);
        let (am_head, am_stop, am_merges, am_said) = self.am(base, mbox);
        Verdict {
            am_head,
            am_stop,
            am_merges,
            am_said,
            ours,
        }
    }

    fn am(&self, base: &str, mbox: &[u8]) -> (String, Option<usize>, usize, String) {
        let state = self.am.join(".git/rebase-apply");
        // git am may have crashed in the case before (an assertion in its merge) and left these.
        let _gone = std::fs::remove_dir_all(&state);
        let _gone = std::fs::remove_file(self.am.join(".git/index.lock"));
        git_ok(&self.am, &["checkout", "-q", "-f", "--detach", base], b"");
        git_ok(&self.am, &["clean", "-q", "-ffdx"], b"");
        let output = git(&self.am, &["am", "-3", "--keep-cr"], mbox);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let stop = (!output.status.success()).then(|| {
            let next = std::fs::read_to_string(state.join("next")).unwrap_or_else(|_| "1".into());
            next.trim().parse::<usize>().unwrap() - 1
        });
        let merges = said.matches("Falling back to patching base").count();
        (
            text(git_ok(&self.am, &["rev-parse", "HEAD"], b"")),
            stop,
            merges,
            said,
        )
    }

    fn ours(&self, base: &str, mbox: &[u8]) -> Applied {
        let patches = self.patches(mbox);
        let objects = Objects::open(&self.ours.join(".git")).unwrap();
        apply(
            &objects,
            Oid::from_str(base).unwrap(),
            &patches,
            &committer(),
        )
        .unwrap()
    }

    /// Mails read as `git am` reads them.
    fn patches(&self, mbox: &[u8]) -> Vec<PatchMail> {
        let dir = tempfile::tempdir().unwrap();
        let out = format!("-o{}", dir.path().display());
        let count: usize = text(git_ok(&self.ours, &["mailsplit", "--keep-cr", &out], mbox))
            .parse()
            .unwrap();
        let read = |number: usize| {
            let mail = std::fs::read(dir.path().join(format!("{number:04}"))).unwrap();
            let [message, diff] =
                ["m", "d"].map(|name| dir.path().join(name).display().to_string());
            let head = text(git_ok(
                &self.ours,
                &["mailinfo", "-u", &message, &diff],
                &mail,
            ));
            let field = |name: &str| {
                head.lines()
                    .find_map(|l| l.strip_prefix(name))
                    .unwrap_or_default()
                    .to_owned()
            };
            let (seconds, offset_minutes) = rfc2822(&field("Date: "));
            let author = Signature {
                name: field("Author: ").into(),
                email: field("Email: ").into(),
                seconds,
                offset_minutes,
            };
            let body = std::fs::read(message).unwrap();
            let message = git_ok(
                &self.ours,
                &["stripspace"],
                &[field("Subject: ").as_bytes(), b"\n\n", &body].concat(),
            );
            PatchMail {
                diff: std::fs::read(diff).unwrap(),
                author,
                message,
            }
        };
        (1..=count).map(read).collect()
    }
}

/// `Sun, 13 Sep 2020 13:26:40 +0100`, the only form of date in these tests.
fn rfc2822(date: &str) -> (i64, i32) {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let words: Vec<&str> = date.split([' ', ':']).collect();
    let number = |at: usize| words[at].parse::<i64>().unwrap();
    let (day, month, year) = (
        number(1),
        MONTHS.find(words[2]).unwrap() as i64 / 3 + 1,
        number(3),
    );
    let (y, m) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    let zone = number(7);
    let offset = zone / 100 * 60 + zone % 100;
    (
        days * 86400 + number(4) * 3600 + number(5) * 60 + number(6) - offset * 60,
        offset as i32,
    )
}

/// A mail that holds a diff, with an author of its own.
pub fn mail(diff: &[u8]) -> Vec<u8> {
    let head = "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: Au Thor <au@example.com>\n\
                Date: Sun, 13 Sep 2020 13:26:40 +0100\nSubject: [PATCH] part: Change\n\nBecause.\n---\n\n";
    [head.as_bytes(), diff, b"--\n2.47\n\n"].concat()
}

fn quote(path: &str) -> String {
    quote_bytes(path.as_bytes())
}

/// A path as git quotes it.
pub fn quote_bytes(path: &[u8]) -> String {
    let mut out = String::from("\"");
    for &c in path {
        match c {
            b'"' | b'\\' => write!(out, "\\{}", char::from(c)).unwrap(),
            b' '..=b'~' => out.push(char::from(c)),
            _ => write!(out, "\\{c:03o}").unwrap(),
        }
    }
    out + "\""
}
