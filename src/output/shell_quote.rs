// SPDX-License-Identifier: GPL-2.0-or-later
//! Words as a shell would have to be given them, for commands that can be pasted: the names in them may be a stranger's.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// A word as a shell would have to be given it: as it is where nothing in it means something to a shell, else in quotes.
pub fn shell_quote(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => {
            let mut out = String::from("$'");
            for &byte in word.as_bytes() {
                match byte {
                    b'\'' | b'\\' => write!(out, "\\{}", char::from(byte)).unwrap_or(()),
                    b' '..=b'~' => out.push(char::from(byte)),
                    _ => write!(out, "\\x{byte:02x}").unwrap_or(()),
                }
            }
            out + "'"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        for plain in ["video2", "dm-naïve", "a/b.c", "us-100-review"] {
            assert_eq!(shell_quote(plain), plain);
        }
        assert_eq!(shell_quote("x; rm -r y"), "'x; rm -r y'");
        assert_eq!(shell_quote("it's"), r"'it'\''s'");
        assert_eq!(shell_quote(""), "''");
        assert_eq!(shell_quote(OsStr::from_bytes(b"\xff\n")), r"$'\xff\x0a'");
    }
}
