// SPDX-License-Identifier: GPL-2.0-or-later
//! The stable patch id: a name for what a patch changes, whatever its message, line numbers and white space.
//!
//! Computes the same id as `git patch-id --stable`: each file's lines are hashed without white
//! space, and the hashes are added as numbers, so the order of the files does not matter. For a
//! binary file only the blob names count.

use super::hunk::head_numbers;
use super::line;
use sha1_smol::Sha1;
use std::collections::{HashMap, HashSet};

/// The ids of all commits of a `git log -p`.
pub fn patch_ids(log: &[u8]) -> HashSet<String> {
    let mut ids = HashSet::new();
    each(log, |_, patch| ids.extend(patch_id(patch)));
    ids
}

/// The ids of the commits of a `git log -p --format='commit %H'`, by their names; those that change nothing have none.
pub fn by_commit(log: &[u8]) -> HashMap<String, String> {
    let mut ids = HashMap::new();
    each(log, |head, patch| {
        let name = head
            .strip_prefix(b"commit ")
            .and_then(|rest| std::str::from_utf8(rest.get(..40)?).ok());
        ids.extend(name.and_then(|name| Some((name.to_owned(), patch_id(patch)?))));
    });
    ids
}

/// Calls `take` with the line that begins each commit of a log, and what follows it; the first line may be missing.
fn each<'a>(log: &'a [u8], mut take: impl FnMut(&'a [u8], &'a [u8])) {
    let (mut head, mut begin, mut at) = (&log[..0], 0, 0);
    while at < log.len() {
        let end = at + line(log, at).len();
        if begins_next(&log[at..end]) {
            take(head, &log[begin..at]);
            (head, begin) = (&log[at..end], end);
        }
        at = end;
    }
    take(head, &log[begin..]);
}

/// The id of the first patch in a text, in hexadecimal digits; none where there is no change in it.
pub fn patch_id(text: &[u8]) -> Option<String> {
    let mut reader = PatchIdReader::default();
    let mut at = 0;
    while at < text.len() {
        let whole = line(text, at);
        at += whole.len();
        // git reads lines as C strings.
        let shown = memchr::memchr(b'\0', whole).map_or(whole, |nul| &whole[..nul]);
        if !reader.take(shown) {
            break;
        }
    }
    reader.end_file();
    reader.has_lines.then(|| {
        reader
            .sum
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    })
}

/// Where in a patch the reading is.
#[derive(Default, PartialEq, Eq)]
enum ParserState {
    /// Before the first file.
    #[default]
    Before,
    /// In the header of a file.
    Header,
    /// In hunks; so many lines of either side are still to come.
    Hunk(i64, i64),
    /// In the data of a binary file.
    Binary,
}

#[derive(Default)]
struct PatchIdReader {
    place: ParserState,
    hash: Sha1,
    sum: [u8; 20],
    blobs: (Vec<u8>, Vec<u8>),
    has_lines: bool,
}

impl PatchIdReader {
    /// Takes in a line; false where the patch has ended.
    fn take(&mut self, text: &[u8]) -> bool {
        let is_note = text.starts_with(b"\\ ") && text.len() > 12;
        if is_note {
            return true;
        }
        if begins_next(text) {
            return false;
        }
        match self.place {
            ParserState::Before if !text.starts_with(b"diff ") => return true,
            ParserState::Before => self.place = ParserState::Header,
            ParserState::Binary => {
                if text.starts_with(b"diff ") {
                    self.place = ParserState::Header;
                }
                return true;
            }
            ParserState::Hunk(0, 0) => {
                if text.starts_with(b"@@ -") {
                    let (_, old, _, new) =
                        head_numbers(&[text, b"\n"].concat()).unwrap_or_default();
                    let count = |lines: u64| i64::try_from(lines).unwrap_or(i64::MAX);
                    self.place = ParserState::Hunk(count(old), count(new));
                    return true;
                }
                if !text.starts_with(b"diff ") {
                    return false;
                }
                self.end_file();
                self.place = ParserState::Header;
            }
            ParserState::Header | ParserState::Hunk(..) => {}
        }
        if self.place == ParserState::Header {
            if text.starts_with(b"GIT binary patch") || text.starts_with(b"Binary files") {
                self.hash.update(&self.blobs.0);
                self.hash.update(&self.blobs.1);
                self.end_file();
                self.place = ParserState::Binary;
                self.has_lines = true;
                return true;
            }
            if let Some(rest) = text.strip_prefix(b"index ") {
                self.blobs_of(rest);
                return true;
            }
            if text.starts_with(b"--- ") {
                self.place = ParserState::Hunk(1, 1);
            } else if !text.first().is_some_and(u8::is_ascii_alphabetic) {
                return false;
            }
        }
        self.hash_line(text);
        true
    }

    fn hash_line(&mut self, text: &[u8]) {
        if let ParserState::Hunk(old, new) = &mut self.place {
            *old -= i64::from(matches!(text.first(), Some(b'-' | b' ')));
            *new -= i64::from(matches!(text.first(), Some(b'+' | b' ')));
        }
        let kept: Vec<u8> = text
            .iter()
            .copied()
            .filter(|c| !matches!(c, b' ' | b'\t' | b'\n' | b'\r'))
            .collect();
        self.has_lines |= !kept.is_empty();
        self.hash.update(&kept);
    }

    /// Takes the names of the blobs before and after from an `index` line.
    fn blobs_of(&mut self, rest: &[u8]) {
        let Some(dots) = memchr::memmem::find(rest, b"..") else {
            return;
        };
        let after = &rest[dots + 2..];
        let end = memchr::memchr(b' ', after).unwrap_or(after.len().saturating_sub(1));
        self.blobs = (rest[..dots.min(40)].to_vec(), after[..end.min(40)].to_vec());
    }

    /// Adds the hash of what was read since the last file to the sum, the lowest byte first.
    fn end_file(&mut self) {
        let hash = std::mem::take(&mut self.hash).digest().bytes();
        let mut carry = 0;
        for (sum, byte) in self.sum.iter_mut().zip(hash) {
            carry += u32::from(*sum) + u32::from(byte);
            *sum = carry as u8;
            carry >>= 8;
        }
    }
}

/// Whether a line begins the next patch: the name of a commit, as `git log` and `git format-patch` write one.
fn begins_next(text: &[u8]) -> bool {
    let name = text
        .strip_prefix(b"commit ")
        .or_else(|| text.strip_prefix(b"From "))
        .unwrap_or(text);
    name.len() >= 40 && name[..40].iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::git::run::Git;

    fn by_git(text: &[u8]) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        let done = Git::at(dir.path())
            .args(["patch-id", "--stable"])
            .input(text.to_vec())
            .ok()
            .unwrap();
        done.text()
            .split(' ')
            .next()
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
    }

    const TEXT: &str = "diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ f\n a\n-b\n+  c d\n";
    const BINARY: &str = "diff --git a/p b/p\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 1\nIcmZ\n\nliteral 0\nHc$@\n\n";

    #[test]
    fn ids_are_those_of_git() {
        let other = TEXT.replace("/x", "/y");
        let no_newline = TEXT.to_owned() + "\\ No newline at end of file\n";
        let renamed = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n";
        let mode = "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";
        let differ =
            "diff --git a/p b/p\nindex 1111111..2222222\nBinary files a/p and b/p differ\n";
        let new = "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..e69de29\n";
        let cases = [
            TEXT.to_owned(),
            format!(" x | 2 +-\n 1 file changed\n\n{TEXT}-- \n2.47\n"),
            TEXT.to_owned() + &other,
            other.clone() + TEXT,
            no_newline + &other,
            renamed.to_owned(),
            renamed.to_owned() + TEXT + "-- \n",
            mode.to_owned() + &other,
            BINARY.to_owned() + TEXT,
            TEXT.to_owned() + BINARY,
            differ.to_owned() + TEXT,
            new.to_owned() + TEXT,
            TEXT.replace("@@ -1,2 +1,2 @@ f", "@@ -9,2 +70,2 @@"),
            TEXT.replace(" a\n", "\n"),
            TEXT.to_owned() + &"0".repeat(40) + "\n" + &other,
            format!("{TEXT}From {} Mon\n{other}", "a".repeat(40)),
            TEXT.replace("+  c", "+\r c\u{b}"),
            TEXT.replace('\n', "\r\n"),
            "diff a b\n".to_owned(),
            String::new(),
            "no diff\n".to_owned(),
            TEXT.trim_end().to_owned(),
        ];
        for case in cases {
            assert_eq!(patch_id(case.as_bytes()), by_git(case.as_bytes()), "{case}");
        }
    }

    #[test]
    fn ids_of_a_log_are_those_of_git() {
        let commit = |digit: &str, text: &str| {
            format!(
                "commit {}\nAuthor: Ada <ada@example.com>\n\n    One\n    diff --git\n\n{text}\n",
                digit.repeat(40)
            )
        };
        let other = TEXT.replace("/x", "/y");
        let log = commit("a", TEXT)
            + &commit("b", "")
            + &commit("c", &(other.clone() + BINARY))
            + &commit("d", &other);
        let dir = tempfile::tempdir().unwrap();
        let done = Git::at(dir.path())
            .args(["patch-id", "--stable"])
            .input(log.clone().into_bytes())
            .ok()
            .unwrap();
        let by_git: HashSet<String> = done
            .text()
            .lines()
            .map(|line| line[..40].to_owned())
            .collect();
        assert_eq!(by_git.len(), 3);
        assert_eq!(patch_ids(log.as_bytes()), by_git);
        assert!(patch_ids(b"").is_empty());
        let named: HashSet<(String, String)> = done
            .text()
            .lines()
            .map(|line| (line[41..].to_owned(), line[..40].to_owned()))
            .collect();
        assert_eq!(
            by_commit(log.as_bytes())
                .into_iter()
                .collect::<HashSet<_>>(),
            named
        );
    }

    #[test]
    fn line_numbers_and_white_space_do_not_count() {
        let moved = TEXT
            .replace("@@ -1,2 +1,2 @@", "@@ -71,2 +81,2 @@")
            .replace("  c d", "c d");
        assert_eq!(patch_id(TEXT.as_bytes()), patch_id(moved.as_bytes()));
        assert_ne!(
            patch_id(TEXT.as_bytes()),
            patch_id(TEXT.replace("c d", "c e").as_bytes())
        );
    }
}
