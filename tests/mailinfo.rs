// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails of every odd kind, read as `git mailinfo` and `git am` read them: git is asked, and must agree byte for byte.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use git_patman::mail::mailinfo::{MailInfo, Options, mailinfo};
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
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
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
fn difference(dir: &Path, raw: &[u8], args: &[&str], options: &Options) -> Option<String> {
    for file in ["message", "patch"] {
        fs::write(dir.join(file), "").unwrap();
    }
    let said = git(dir, &[&["mailinfo"], args, &["message", "patch"]].concat(), raw);
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
        return Some(format!("git prints {theirs:?}\nwe print {:?}", printed(&ours)));
    }
    let text = String::from_utf8_lossy;
    if ours.message != message {
        return Some(format!("git has text {:?}\nwe have {:?}", text(&message), text(&ours.message)));
    }
    (ours.diff != patch).then(|| format!("git has patch {:?}\nwe have {:?}", text(&patch), text(&ours.diff)))
}

#[test]
fn odd_mails_are_read_as_git_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let raw = Options { keep_cr: true, ..Options::default() };
    let ways: [(&[&str], Options); 5] = [
        (&[], raw.clone()),
        (&["--scissors"], Options { scissors: true, ..raw.clone() }),
        (&["-b"], Options { keep_non_patch_brackets: true, ..raw.clone() }),
        (&["-k", "--no-scissors"], Options { keep_subject: true, ..raw.clone() }),
        (&["--no-inbody-headers"], Options { in_body_headers: false, ..raw }),
    ];
    let reads_too_far = git_version(dir.path()) < (2, 44);
    let mut failed = Vec::new();
    for (name, mail) in mails().iter().filter(|(name, _)| !RESTORED.contains(&name.as_str())) {
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
    assert!(failed.is_empty(), "{} differ\n{}", failed.len(), failed.join("\n"));
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
        let mut lines: Vec<Vec<u8>> = mail.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        let foreign: Vec<&[u8]> = other.split_inclusive(|&b| b == b'\n').collect();
        for _ in 0..=self.below(3) {
            let at = self.below(lines.len());
            match self.below(7) {
                0 if !lines.is_empty() => drop(lines.remove(at)),
                1 if !foreign.is_empty() => lines.insert(at, foreign[self.below(foreign.len())].to_vec()),
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
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok());
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
            .any(|line| line.contains('\\') || count(line, '"') % 2 == 1 || count(line, '(') != count(line, ')'))
}

#[test]
fn mutated_mails_are_read_as_git_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let mails = mails();
    let cases = std::env::var("MAIL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    let seed = std::env::var("MAIL_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let options = Options { keep_cr: true, ..Options::default() };
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
            failed.push(format!("{name}: {:?}\n{why}", String::from_utf8_lossy(&mail)));
        }
    }
    assert!(failed.is_empty(), "{} differ\n{}", failed.len(), failed.join("\n\n"));
}
