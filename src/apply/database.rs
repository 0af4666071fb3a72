// SPDX-License-Identifier: GPL-2.0-or-later
//! Refuses patches that touch a file which programs take for the user's database (`/.patman.db*`). Once merged,
//! it would replace the database that patman keeps at the top of the worktree, and its sender would choose our
//! servers.
//!
//! All patches of a series are checked before the first is applied, because `git am`, which applies the rest
//! after a stop, has no such rule.

use super::PatchMail;
use crate::db::file_name::is_of_database;
use crate::diff;
use crate::error::{Error, Result};
use crate::invisible::shown;

/// The prefixes of lines from which `git apply` reads file names.
const HEADERS: [&[u8]; 5] = [b"diff --git ", b"--- ", b"+++ ", b"rename ", b"copy "];

/// Refuses a series with a patch that touches the database.
pub fn check(patches: &[PatchMail]) -> Result<()> {
    for (index, patch) in patches.iter().enumerate() {
        if let Some(name) = touched(&patch.diff) {
            return Err(Error::new(format!(
                "refusing patch {}, which touches '{}'",
                index + 1,
                shown(&name)
            ))
            .with_cause("git patman and patman would use the file as your database")
            .with_hint("ask the sender to leave it out"));
        }
    }
    Ok(())
}

/// The path in a diff that would be taken for the database, or for a file that belongs to it.
fn touched(diff: &[u8]) -> Option<Vec<u8>> {
    let mut headers = headers(diff)
        .filter(|line| is_worth_a_look(line))
        .peekable();
    headers.peek()?;
    match diff::parse(diff) {
        Ok(files) => {
            let mut names = files
                .iter()
                .flat_map(|file| file.old_name.iter().chain(&file.new_name));
            names.find(|name| is_of_database(name)).cloned()
        }
        // git may still be able to parse it.
        Err(_) => headers.find_map(|line| named_in(&unescaped(line))),
    }
}

fn headers(diff: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    let lines = std::iter::from_fn(move || {
        let rest = diff.get(at..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        at += end + 1;
        Some(&rest[..end])
    });
    lines.filter(|line| HEADERS.iter().any(|header| line.starts_with(header)))
}

/// Whether a line may name the database: plainly, or in a form that must be decoded first.
fn is_worth_a_look(line: &[u8]) -> bool {
    let is_odd = |&byte: &u8| byte == b'\\' || byte == b'~' || !byte.is_ascii();
    line.iter().any(is_odd)
        || line
            .windows(FILE.len())
            .any(|part| part.eq_ignore_ascii_case(FILE))
}

const FILE: &[u8] = b".patman.db";

/// The name in a line that cannot be parsed: any of its words, with and without the stripped directory.
fn named_in(line: &[u8]) -> Option<Vec<u8>> {
    let words = line.split(|byte| byte.is_ascii_whitespace() || *byte == b'"');
    let names = words.flat_map(|word| {
        let stripped = memchr::memchr(b'/', word).map(|slash| &word[slash + 1..]);
        std::iter::once(word).chain(stripped)
    });
    names
        .filter(|name| is_of_database(name))
        .map(<[u8]>::to_vec)
        .next()
}

/// The line with git's escapes (`\056`) replaced.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail
            .get(..3)
            .filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        match digits.filter(|_| byte == b'\\') {
            Some(digits) => {
                let value = digits
                    .iter()
                    .fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                text.push(value as u8);
                rest = &tail[3..];
            }
            None => {
                text.push(byte);
                rest = tail;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(name: &str) -> String {
        format!(
            "diff --git {name} {name}\nnew file mode 100644\n--- /dev/null\n+++ {name}\n@@ -0,0 +1 @@\n+x\n"
        )
    }

    #[test]
    fn a_patch_of_the_database_is_known_however_it_is_spelt() {
        for name in [
            "a/.patman.db",
            "a/.patman.db-wal",
            "a/.patman.db-shm",
            "a/.patman.db.lock",
            "a/.patman.dbold.v9",
            "a/.patman.db/x",
            "a/.PATMAN.DB",
            "a/.Patman.Db-WAL",
            "\"a/\\056patman.db\"",
            "\"a/.pat\\342\\200\\214man.db\"",
            "a/.pat\u{200c}man.db",
            "a/PATMAN~1.DB",
            "a/pa3f2b~2.db-",
            "a/.patman.db.",
            "a/.patman.db:x",
        ] {
            assert!(touched(patch(name).as_bytes()).is_some(), "{name}");
            // git may accept a patch that cannot be parsed here.
            let text = patch(name).replace("+x", "?");
            assert!(touched(text.as_bytes()).is_some(), "{name}");
        }
        let renamed = "diff --git a/x b/.patman.db\nsimilarity index 100%\nrename from x\nrename to .patman.db\n";
        assert!(touched(renamed.as_bytes()).is_some());
        let traditional = "--- a/x\n+++ b/.patman.db\n@@ -1 +1 @@\n-x\n+y\n";
        assert!(touched(traditional.as_bytes()).is_some());
        for name in [
            "a/patman.db",
            "a/src/.patman.db",
            "a/.patman",
            "a/.patman.d~b",
            "a/\u{e4}~1.c",
        ] {
            assert!(touched(patch(name).as_bytes()).is_none(), "{name}");
        }
    }

    #[test]
    fn lines_of_files_are_no_names() {
        let text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/.patman.db\n+++ b/.patman.db\n c\n";
        assert!(touched(text.as_bytes()).is_none());
    }
}
