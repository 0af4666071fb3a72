// SPDX-License-Identifier: GPL-2.0-or-later
//! Decides which paths a patch may name: no path outside of the tree, and no name that any file system takes
//! for `.git`.
//!
//! The rules are those of git's index with both `core.protectHFS` and `core.protectNTFS` on, whatever the
//! settings are: people review a series on other machines too. Names too long for file systems are refused as
//! well, and names of `.git` after a backslash at the beginning of a name, which git does not check.

use crate::git::objects::{MODE_LINK, MODE_TYPE};

/// Longest name of a file, in bytes, on the file systems that git writes to.
const MAX_NAME: usize = 255;
/// Longest path, in bytes.
const MAX_PATH: usize = 4095;

/// Whether a file of the given mode may be at `path`.
pub fn is_safe(path: &[u8], mode: u32) -> bool {
    let is_link = mode & MODE_TYPE == MODE_LINK;
    let is_unsafe_name = |name: &[u8]| {
        matches!(name, b"" | b"." | b"..")
            || name.len() > MAX_NAME
            || is_hfs(name, b".git")
            || is_link && is_hfs(name, b".gitmodules")
    };
    // On NTFS, a backslash separates names too.
    let ntfs_names = || path.split(|&c| matches!(c, b'/' | b'\\'));
    let last = path.rsplit(|&c| matches!(c, b'/' | b'\\')).next();
    path.len() <= MAX_PATH
        && !path.contains(&0)
        && !path.split(|&c| c == b'/').any(is_unsafe_name)
        && !ntfs_names().any(is_ntfs_git)
        // Like git, match `.gitmodules` in a name that is not the last only if it has a stream.
        && !(is_link
            && (ntfs_names().any(|name| name.contains(&b':') && is_ntfs_gitmodules(name))
                || last.is_some_and(is_ntfs_gitmodules)))
}

/// Whether HFS+ takes a name for `wanted`: it ignores case and some characters in between. Like in git, the
/// name ends at the first byte that is not valid UTF-8.
fn is_hfs(name: &[u8], wanted: &[u8]) -> bool {
    let valid = name.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let is_ignored = |c: &char| matches!(*c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    // git treats these two as invalid UTF-8.
    let is_valid = |c: &char| !matches!(*c, '\u{fffe}' | '\u{ffff}');
    let kept = valid
        .chars()
        .take_while(is_valid)
        .filter(|c| !is_ignored(c));
    kept.map(|c| c.to_ascii_lowercase())
        .eq(wanted.iter().map(|&byte| char::from(byte)))
}

/// Whether NTFS takes a name for `.git`: in any case or by its short name, with the endings that NTFS drops.
fn is_ntfs_git(name: &[u8]) -> bool {
    let name = before_stream(name);
    name.eq_ignore_ascii_case(b".git") || name.eq_ignore_ascii_case(b"git~1")
}

/// The same for `.gitmodules`, which must not be a symbolic link. NTFS numbers short names from 1 to 4, and
/// then builds them from a hash and a number.
fn is_ntfs_gitmodules(name: &[u8]) -> bool {
    let name = before_stream(name).to_ascii_lowercase();
    let is_numbered = matches!(name.strip_prefix(b"gitmod~"), Some([b'1'..=b'4']));
    let is_hashed = || {
        let tilde = memchr::memchr(b'~', &name).filter(|&at| at <= 6 && name.len() == 8);
        tilde.is_some_and(|at| {
            let number = &name[at + 1..];
            b"gi7eba".starts_with(&name[..at])
                && number.first() != Some(&b'0')
                && number.iter().all(u8::is_ascii_digit)
        })
    };
    name == b".gitmodules" || is_numbered || is_hashed()
}

/// The name as NTFS reads it: up to a colon, and without trailing dots and spaces.
fn before_stream(name: &[u8]) -> &[u8] {
    let name = &name[..memchr::memchr(b':', name).unwrap_or(name.len())];
    &name[..name
        .iter()
        .rposition(|c| !b" .".contains(c))
        .map_or(0, |last| last + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_out_of_the_tree() {
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            ".git",
            ".GIT",
            ".git/hooks/x",
            "a/.git",
            "a/.Git/x",
            ".git.",
            ".git ",
            ".git. .",
            ".git:x",
            "git~1",
            "GIT~1/x",
            "a/git~1",
            "git~1. ",
            ".git\\x",
            "a\\.git",
            "a\\git~1\\b",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".gi\u{206a}t",
            "a\0b",
        ] {
            assert!(!is_safe(bad.as_bytes(), 0o100644), "{bad:?}");
        }
        assert!(!is_safe(&[b'a'; 256], 0o100644));
        assert!(!is_safe("a/".repeat(3000).as_bytes(), 0o100644));
        for good in [
            "a",
            ".gitignore",
            ".gitmodules",
            ".github/x",
            "git~2",
            "a.git",
            "a b",
            "...",
            "a\\b",
            "Ä",
        ] {
            assert!(is_safe(good.as_bytes(), 0o100644), "{good:?}");
        }
        for bad in [
            ".gitmodules",
            ".GitModules",
            "gitmod~1",
            "GI7EBA~1",
            "gi7e~123",
            "g~100000",
            "gitmod~1:x/y",
            ".gitmodules ",
            ".git\u{200d}modules",
        ] {
            assert!(!is_safe(bad.as_bytes(), MODE_LINK), "{bad:?}");
        }
    }
}
