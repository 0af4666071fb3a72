// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails of every odd kind, read as `git mailinfo` and `git am` read them: git is asked, and must agree byte for byte.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use git_patman::mail::mailinfo::{MailInfo, MailinfoOptions, mailinfo};
use git_patman::mail::{Timestamp, read_bytes};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Mails where the author is taken from behind a list's address, and git would name the list.
const RESTORED: [&str; 2] = ["dmarc-original-from", "dmarc-reply-to"];

fn git(dir: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("HOME", dir)
        .env("XDG_CONFIG_HOME", dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", dir.parent().unwrap())
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .envs([
            ("GIT_COMMITTER_NAME", "C"),
            ("GIT_COMMITTER_EMAIL", "c@example.com"),
        ])
        .envs([("GIT_COMMITTER_DATE", "1700000000 +0000")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // git may stop reading early.
    drop(pipe.write_all(input));
    drop(pipe);
    child.wait_with_output().unwrap()
}

fn mails() -> Vec<(String, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mail");
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                fs::read(path).unwrap(),
            )
        })
        .collect()
}

/// Bytes of a commit that are not UTF-8 are taken as Latin-1, as `git commit-tree` does.
fn repaired(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
        text
    })
}

/// What `git mailinfo` prints for what was found.
fn printed(info: &MailInfo) -> String {
    let mut text = String::new();
    if let Some(author) = &info.author {
        text += &format!("Author: {}\nEmail: {}\n", author.name, author.email);
    }
    for line in info.subject.iter().flat_map(|subject| subject.split('\n')) {
        text += &format!("Subject: {line}\n");
    }
    if let Some(date) = &info.date {
        text += &format!("Date: {date}\n");
    }
    text + "\n"
}

/// Compares with git; says where they differ.
fn difference(dir: &Path, raw: &[u8], args: &[&str], options: &MailinfoOptions) -> Option<String> {
    for file in ["message", "patch"] {
        fs::write(dir.join(file), "").unwrap();
    }
    let said = git(
        dir,
        &[&["mailinfo"], args, &["message", "patch"]].concat(),
        raw,
    );
    let ours = mailinfo(raw, options);
    let ours = match (said.status.success(), ours) {
        (false, Err(_)) => return None,
        (true, Ok(ours)) => ours,
        (git, ours) => return Some(format!("git accepts: {git}, {said:?}\nwe: {ours:?}")),
    };
    // Without an author git prints two empty values, which are none.
    let theirs = repaired(&said.stdout).replacen("Author: \nEmail: \n", "", 1);
    let [message, patch] = ["message", "patch"].map(|file| fs::read(dir.join(file)).unwrap());
    if printed(&ours) != theirs {
        return Some(format!(
            "git prints {theirs:?}\nwe print {:?}",
            printed(&ours)
        ));
    }
    let text = String::from_utf8_lossy;
    if ours.message != message {
        return Some(format!(
            "git has text {:?}\nwe have {:?}",
            text(&message),
            text(&ours.message)
        ));
    }
    (ours.diff != patch).then(|| {
        format!(
            "git has patch {:?}\nwe have {:?}",
            text(&patch),
            text(&ours.diff)
        )
    })
}

#[test]
fn odd_mails_are_read_as_git_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let raw = MailinfoOptions {
        keep_cr: true,
        ..MailinfoOptions::default()
    };
    let ways: [(&[&str], MailinfoOptions); 5] = [
        (&[], raw.clone()),
        (
            &["--scissors"],
            MailinfoOptions {
                scissors: true,
                ..raw.clone()
            },
        ),
        (
            &["-b"],
            MailinfoOptions {
                keep_non_patch_brackets: true,
                ..raw.clone()
            },
        ),
        (
            &["-k", "--no-scissors"],
            MailinfoOptions {
                keep_subject: true,
                ..raw.clone()
            },
        ),
        (
            &["--no-inbody-headers"],
            MailinfoOptions {
                in_body_headers: false,
                ..raw
            },
        ),
    ];
    let reads_too_far = git_version(dir.path()) < (2, 44);
    let mut failed = Vec::new();
    for (name, mail) in mails()
        .iter()
        .filter(|(name, _)| !RESTORED.contains(&name.as_str()))
    {
        for (args, options) in &ways {
            // Nothing at the top of the text is read, so the list's address stands there again.
            if args.contains(&"--no-inbody-headers") && name.starts_with("dmarc") {
                continue;
            }
            if reads_too_far && name == "from-unclosed-quote" {
                continue;
            }
            if let Some(why) = difference(dir.path(), mail, args, options) {
                failed.push(format!("{name} {args:?}: {why}"));
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} differ\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// A small generator of numbers, so that every run makes the same mails.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// The mail with a few lines or bytes lost, doubled, moved, or taken from another mail.
    fn mutate(&mut self, mail: &[u8], other: &[u8]) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = mail
            .split_inclusive(|&b| b == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        let foreign: Vec<&[u8]> = other.split_inclusive(|&b| b == b'\n').collect();
        for _ in 0..=self.below(3) {
            let at = self.below(lines.len());
            match self.below(7) {
                0 if !lines.is_empty() => drop(lines.remove(at)),
                1 if !foreign.is_empty() => {
                    lines.insert(at, foreign[self.below(foreign.len())].to_vec())
                }
                2 if !lines.is_empty() => {
                    let to = self.below(lines.len());
                    lines.swap(at, to);
                }
                3 => {
                    let from = self.below(foreign.len());
                    lines.truncate(at);
                    lines.extend(foreign[from..].iter().map(|line| line.to_vec()));
                }
                _ if !lines.is_empty() && !lines[at].is_empty() => {
                    const ODD: &[u8] = b"\0\t\n\r \"'()-<=>?@[\\]_:;,.aB3\x80\xe4";
                    let byte = self.below(lines[at].len());
                    lines[at][byte] = ODD[self.below(ODD.len())];
                }
                _ => {}
            }
        }
        lines.concat()
    }
}

fn git_version(dir: &Path) -> (u32, u32) {
    let said = String::from_utf8(git(dir, &["--version"], b"").stdout).unwrap();
    let mut numbers = said
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|word| word.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// Whether a quote or a comment in a `From:` has no end: git before 2.44 reads beyond the end of such a text.
fn has_open_quote(mail: &[u8]) -> bool {
    let text = String::from_utf8_lossy(mail).to_lowercase();
    let count = |line: &str, mark: char| line.matches(mark).count();
    text.contains("q?")
        || text
            .lines()
            .filter(|line| line.starts_with("from:"))
            .any(|line| {
                line.contains('\\')
                    || count(line, '"') % 2 == 1
                    || count(line, '(') != count(line, ')')
            })
}

#[test]
fn mutated_mails_are_read_as_git_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let mails = mails();
    let cases = std::env::var("MAIL_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(600);
    let seed = std::env::var("MAIL_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let options = MailinfoOptions {
        keep_cr: true,
        ..MailinfoOptions::default()
    };
    let reads_too_far = git_version(dir.path()) < (2, 44);
    let mut failed = Vec::new();
    for _ in 0..cases {
        let (name, mail) = &mails[dice.below(mails.len())];
        let (other_name, other) = &mails[dice.below(mails.len())];
        if name.starts_with("dmarc") || other_name.starts_with("dmarc") {
            continue;
        }
        let mail = dice.mutate(mail, other);
        if reads_too_far && has_open_quote(&mail) {
            continue;
        }
        if let Some(why) = difference(dir.path(), &mail, &[], &options) {
            failed.push(format!(
                "{name}: {:?}\n{why}",
                String::from_utf8_lossy(&mail)
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} differ\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}

#[test]
fn commits_are_those_of_git_am() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("repo");
    fs::create_dir(&dir).unwrap();
    let ok = |args: &[&str], input: &[u8]| {
        let said = git(&dir, args, input);
        assert!(said.status.success(), "{args:?} {said:?}");
        String::from_utf8_lossy(&said.stdout).trim().to_owned()
    };
    ok(&["init", "-q"], b"");
    fs::write(dir.join("x"), "x\n").unwrap();
    ok(&["add", "x"], b"");
    ok(
        &[
            "-c",
            "user.name=C",
            "-c",
            "user.email=c@example.com",
            "commit",
            "-q",
            "-m",
            "base",
        ],
        b"",
    );
    let base = ok(&["rev-parse", "HEAD"], b"");
    let (mut compared, mut failed) = (0, Vec::new());
    for (name, mail) in mails()
        .iter()
        .filter(|(name, _)| !RESTORED.contains(&name.as_str()))
    {
        // Git is told the format, as it guesses one only for what looks like a mail.
        let said = git(&dir, &["am", "-q", "--patch-format=mbox"], mail);
        if !said.status.success() {
            git(&dir, &["am", "--abort"], b"");
            ok(&["reset", "-q", "--hard", &base], b"");
            continue;
        }
        let commit = git(&dir, &["cat-file", "commit", "HEAD"], b"").stdout;
        let made = ok(&["rev-list", "--count", &format!("{base}..HEAD")], b"");
        ok(&["reset", "-q", "--hard", &base], b"");
        if made != "1" {
            continue;
        }
        compared += 1;
        let commit = String::from_utf8(commit).unwrap();
        let (headers, message) = commit.split_once("\n\n").unwrap();
        let author = headers
            .lines()
            .find_map(|line| line.strip_prefix("author "))
            .unwrap();
        let info = match mailinfo(mail, &MailinfoOptions::default()) {
            Ok(info) => info,
            Err(why) => {
                failed.push(format!("{name}: {why}"));
                continue;
            }
        };
        let date = info
            .date
            .as_deref()
            .and_then(Timestamp::parse)
            .map(|date| date.to_string());
        let person = info.committed_author().unwrap_or_default();
        let ours = format!("{person} {}", date.clone().unwrap_or_default());
        // With no date git takes the time of the run.
        let same = if date.is_some() {
            author == ours
        } else {
            author.starts_with(&ours)
        };
        if !same || info.commit_message() != message.as_bytes() {
            let text = info.commit_message();
            failed.push(format!(
                "{name}: {author:?} {message:?}\nwe: {ours:?} {:?}",
                String::from_utf8_lossy(&text)
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} differ\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(compared > 120, "only {compared} mails were applied");
}

#[test]
fn dates_are_read_as_git_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let parts = [
        vec!["", "Tue, ", "Tue ", "tuesday "],
        vec![
            "2 Jan 2024",
            "02 January 24",
            "2-Jan-2024",
            "Jan 2 2024",
            "2024-01-02",
            "2024/01/02",
            "1/2/2023",
            "31.12.2023",
            "20240102",
            "2 Jan 99",
            "2 Jan 08",
            "3 Feb 2099",
            "1 Jan 1970",
            "31 Dec 1969",
            "30 Feb 2024",
            "12/13/14",
            "70-1-2",
            "2 Jan 124",
        ],
        vec![
            " 10:20:30",
            " 10:20",
            " 10:20:30.123",
            "T10:20:30",
            " 102030",
            " 24:00:00",
            " 10:60:00",
            " 1:2:3 PM",
            " 10 am",
            " 23:59:60",
            "",
            "T1020",
        ],
        vec![
            " +0100", " -0800", " +05:45", " +01", " GMT", " EST", " EDT (x)", "Z", " +9999",
            " -0001", " (CEST)", " MESZ", "", " +1", " 0200",
        ],
    ];
    let odd = [
        "",
        "x",
        "@1700000000 +0100",
        "@1700000000",
        "@1700000000 +01000",
        "1700000000",
        "1700000000 +0100",
        "99999999 +0000",
        "100000000",
        "99999999999999",
        "Thu, 1 Jan 1970 00:30:00 +0100",
        "now",
        "yesterday",
        "Mon Sep 17 00:00:00 2001",
        "Tue Jan  2 10:20:30 2024 +0100",
        "2 Jan 2024 10:20:30 +0100 +0200",
        "2024-01-02 10:20:30 \u{e4}",
        "May 5 2005 5:05:05 EST5EDT",
        "Tue, 2 Jan 2024 10:20:30 UT",
        "10:20:30 2024-01-02",
        "2024-01-02T10:20:30+01:00",
        "2024-01-02T10:20:30.5Z",
        "20240102T102030Z",
        "20240102T1020-0130",
        "2024-1-2 1:2:3 Z",
        "Dec 31 2099 23:59:59 +0000",
        "Dec 31 2099 23:59:59 -0100",
        "1.2.2023 10:00 +0000",
        "13.2.2023 10:00 +0000",
        "2/30/2023 1:1:1 +0000",
        "31/12/2023 1:1:1 +0000",
        "1/2 1:1:1 +0000",
    ];
    let mut dates: Vec<String> = odd.iter().map(|text| (*text).to_owned()).collect();
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for _ in 0..700 {
        dates.push(
            parts
                .iter()
                .map(|choices| choices[dice.below(choices.len())])
                .collect(),
        );
    }
    let mut failed = Vec::new();
    for date in &dates {
        // An empty date is the time of the run for git; zones and short times were learnt in 2.46 and before.
        let is_new = date.contains("CEST") || date.contains("T1020");
        if date.is_empty() || (is_new && git_version(dir.path()) < (2, 46)) {
            continue;
        }
        let said = Command::new("git")
            .args(["var", "GIT_AUTHOR_IDENT"])
            .current_dir(dir.path())
            .envs([
                ("GIT_AUTHOR_NAME", "A"),
                ("GIT_AUTHOR_EMAIL", "a"),
                ("GIT_AUTHOR_DATE", date),
                ("TZ", "UTC"),
            ])
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nonexistent")])
            .output()
            .unwrap();
        let theirs = String::from_utf8_lossy(&said.stdout)
            .trim()
            .trim_start_matches("A <a> ")
            .to_owned();
        let ours = Timestamp::parse(date)
            .map(|date| date.to_string())
            .unwrap_or_default();
        // Git before 2.46 lets a date before 1970 wrap round, and the end of 2099 pass.
        let wrapped = theirs.len() > 24 || theirs.as_str() > "4102444799";
        if ours != theirs && !wrapped {
            failed.push(format!("{date:?}: git {theirs:?}, we {ours:?}"));
        }
    }
    assert!(
        failed.is_empty(),
        "{} differ\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn files_of_mails_are_cut_as_git_cuts_them() {
    let dir = tempfile::tempdir().unwrap();
    let envelopes = [
        "From a@example.com Tue Jan  2 10:20:30 2024\n",
        "From mboxrd@z Thu Jan  1 00:00:00 1970\n",
        "From - Tue Jan  2 10:20:30 2024\n",
        "From a@example.com Tue Jan  2 10:20:30 1989\n",
        "From a Tue Jan  2 10:20 2024\n",
        "From here on\n",
        "From a@example.com Tue Jan  2 10:20:30 2024 +0100\r\n",
        ">From a@example.com Tue Jan  2 10:20:30 2024\n",
    ];
    let mails = mails();
    let mut dice = Dice(0xdead_beef_1234_5678);
    for round in 0..150 {
        let mut file = envelopes[dice.below(2)].as_bytes().to_vec();
        for _ in 0..=dice.below(4) {
            let mail = &mails[dice.below(mails.len())].1;
            let text = if mail.starts_with(b"From ") {
                &mail[mail.iter().position(|&b| b == b'\n').unwrap() + 1..]
            } else {
                mail
            };
            file.extend_from_slice(text.trim_ascii_start());
            file.extend_from_slice(b"\n");
            file.extend_from_slice(envelopes[dice.below(envelopes.len())].as_bytes());
        }
        fs::write(dir.path().join("file"), &file).unwrap();
        let out = dir.path().join(format!("out{round}"));
        fs::create_dir(&out).unwrap();
        let to = format!("-o{}", out.display());
        let said = git(
            dir.path(),
            &["mailsplit", "--mboxrd", "--keep-cr", "-d6", &to, "file"],
            b"",
        );
        assert!(said.status.success(), "{said:?}");
        let mut files: Vec<PathBuf> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let theirs = files
            .iter()
            .map(|path| fs::read(path).unwrap())
            .filter_map(|mail| {
                let end = mail
                    .iter()
                    .position(|&b| b == b'\n')
                    .map_or(mail.len(), |at| at + 1);
                let mail = &mail[end..];
                (!mail.trim_ascii().is_empty()).then(|| String::from_utf8_lossy(mail).into_owned())
            });
        let ours = read_bytes(file.clone(), "file").unwrap();
        let ours: Vec<String> = ours
            .iter()
            .map(|mail| String::from_utf8_lossy(mail.raw()).into_owned())
            .collect();
        assert_eq!(
            ours,
            theirs.collect::<Vec<_>>(),
            "{}",
            String::from_utf8_lossy(&file)
        );
    }
}
