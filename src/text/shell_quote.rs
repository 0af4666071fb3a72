// SPDX-License-Identifier: GPL-2.0-or-later
//! Quotes words for a shell, for commands that can be pasted: their names may be a stranger's.
//!
//! All commands in messages are made with these, which a test of the sources sees to (`tests/pasteable.rs`). What they
//! make is one word with the same bytes to bash, zsh, dash and fish alike; only `$'...'`, for bytes that a terminal does not
//! show, is not known to dash and fish.

use super::escape_controls;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// Quotes a word for a shell if it needs quotes; a plain word is returned unchanged.
pub fn shell_quote(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    match word.to_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        Some(text) if matches!(escape_controls(text), Cow::Borrowed(_)) => in_quotes(text),
        _ => in_bytes(word.as_bytes()),
    }
}

/// A word that is no option, quoted; behind `--` where it would be taken for one.
pub fn shell_operand(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let is_option = word.as_bytes().starts_with(b"-");
    let guard = if is_option { "-- " } else { "" };
    format!("{guard}{}", shell_quote(word))
}

/// Several quoted words.
pub fn shell_words<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> String {
    let quoted: Vec<String> = words.into_iter().map(shell_quote).collect();
    quoted.join(" ")
}

/// Whether a text means nothing to a shell. zsh looks for a command behind `=`, and fish for a process behind `%`.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    !text.is_empty() && !text.starts_with(['=', '%']) && text.chars().all(is_plain)
}

/// Backslashes stay outside of the quotes, within which fish would read them.
fn in_quotes(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str(r"'\''"),
            '\\' => out.push_str(r"'\\'"),
            c => out.push(c),
        }
    }
    out + "'"
}

fn in_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => write!(out, "\\{}", char::from(byte)).unwrap_or(()),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => write!(out, "\\x{byte:02x}").unwrap_or(()),
        }
    }
    out + "'"
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        for plain in ["video2", "dm-naïve", "a/b.c", "us-100-review", "a=b%c"] {
            assert_eq!(shell_quote(plain), plain);
        }
        assert_eq!(shell_quote("x; rm -r y"), "'x; rm -r y'");
        assert_eq!(shell_quote("it's"), r"'it'\''s'");
        assert_eq!(shell_quote(r"a\b"), r"'a'\\'b'");
        assert_eq!(shell_quote("=ls"), "'=ls'");
        assert_eq!(shell_quote(""), "''");
        assert_eq!(shell_quote(OsStr::from_bytes(b"\xff\n")), r"$'\xff\x0a'");
        assert_eq!(shell_quote("a\u{202e}b"), r"$'a\xe2\x80\xaeb'");
        assert_eq!(shell_operand("--force"), "-- --force");
        assert_eq!(shell_operand("a b"), "'a b'");
    }

    #[test]
    fn shells_read_a_quoted_word_as_it_was() {
        let odd = [
            "a b",
            "a$(touch x)",
            "`x`",
            "it's",
            r"\",
            r"a\'; touch x; '",
            "*",
            "~",
            "!x",
            "#",
            "=ls",
            "%self",
            "{a,b}",
            "\"",
            "$HOME",
            "(x)",
            "é",
            "",
            ";x",
            "-x",
            "&",
            "|",
            "<",
            ">",
        ];
        for shell in ["sh", "bash", "zsh", "fish"] {
            // Where one is absent, tests/shells/completion.py demands it.
            if Command::new(shell).args(["-c", ":"]).output().is_err() {
                continue;
            }
            for word in odd {
                let line = format!("printf '<%s>' {}", shell_quote(word));
                let done = Command::new(shell).args(["-c", &line]).output().unwrap();
                let read = String::from_utf8(done.stdout).unwrap();
                assert_eq!(read, format!("<{word}>"), "{shell}: {line}");
            }
        }
    }
}
