// SPDX-License-Identifier: GPL-2.0-or-later
//! Which names belong to a database, including names that a file system treats as equal.

/// The prefix of a database's name and of each file beside it.
const DATABASE: &[u8] = b".patman.db";

/// Whether a file system may treat a path, relative to the top of a worktree, as the database there, its log, lock or
/// backup, or a file below one: names are compared without case and without characters that HFS+ ignores, and may
/// be short names of NTFS.
pub fn is_of_database(path: &[u8]) -> bool {
    let mut names = path.split(|&byte| matches!(byte, b'/' | b'\\'));
    let first = names.find(|name| !matches!(*name, b"" | b"."));
    first.is_some_and(|name| {
        folded(name).starts_with(DATABASE) || is_short_name(name, b"patman", b"db")
    })
}

/// The name in lower case, without the characters that HFS+ ignores.
fn folded(name: &[u8]) -> Vec<u8> {
    let ignored = |c: &char| matches!(*c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let kept: String = String::from_utf8_lossy(name)
        .chars()
        .filter(|c| !ignored(c))
        .collect();
    kept.to_ascii_lowercase().into_bytes()
}

/// Whether NTFS can give this short name to a file whose name begins with `stem` (lower case, no dot): its first six
/// letters, or its first two and four digits of a hash, then `~` and a number, then a dot and up to three letters
/// of `end`.
fn is_short_name(name: &[u8], stem: &[u8], end: &[u8]) -> bool {
    let name = folded(name);
    let Some(tilde) = memchr::memchr(b'~', &name) else {
        return false;
    };
    let (begin, rest) = (&name[..tilde], &name[tilde + 1..]);
    let is_hashed =
        begin.len() == 6 && begin[..2] == stem[..2] && begin[2..].iter().all(u8::is_ascii_hexdigit);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &rest[digits..];
    (begin == &stem[..stem.len().min(6)] || is_hashed)
        && digits > 0
        && rest.first() == Some(&b'.')
        && rest[1..].starts_with(&end[..end.len().min(3)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_known() {
        for good in ["PATMAN~1.DB", "patman~12.db", "PA3F2B~1.DB", "patman~1.DB-"] {
            assert!(is_short_name(good.as_bytes(), b"patman", b"db"), "{good}");
        }
        for bad in [
            "patman~.db",
            "patman~1",
            "patman~1.c",
            "patmat~1.db",
            "pat~1.db",
            "paxxxx~1.db",
        ] {
            assert!(!is_short_name(bad.as_bytes(), b"patman", b"db"), "{bad}");
        }
    }
}
