// SPDX-License-Identifier: GPL-2.0-or-later
//! Which paths a patch may name: none that leaves the tree, and none that any file system takes for `.git`.
//!
//! The rules are git's own for Linux, and those for NTFS and HFS+ always, whatever `core.protectNTFS` and
//! `core.protectHFS` say: a series is reviewed by people with other machines.

use crate::git::objects::{MODE_LINK, MODE_TYPE};

/// Longest name of a file, in bytes, on the file systems that git writes to.
const MAX_NAME: usize = 255;
/// Longest path, in bytes.
const MAX_PATH: usize = 4095;

/// Whether a thing of that mode may stand at `path`.
pub fn is_safe(path: &[u8], mode: u32) -> bool {
    let link = mode & MODE_TYPE == MODE_LINK;
    path.len() <= MAX_PATH
        && !path.contains(&0)
        && path.split(|&c| c == b'/').all(|name| {
            !matches!(name, b"" | b"." | b"..")
                && name.len() <= MAX_NAME
                && name
                    .split(|&c| c == b'\\')
                    .all(|part| !(is_git(part) || link && is_gitmodules(part)))
        })
}

/// `.git` in any case, with what NTFS drops from its end, by its short name, or with what HFS+ ignores in between.
fn is_git(name: &[u8]) -> bool {
    let ended = before_stream(name);
    ended.eq_ignore_ascii_case(b".git")
        || ended.eq_ignore_ascii_case(b"git~1")
        || without_ignored(name) == b".git"
}

/// The same for `.gitmodules`, which must not be a symbolic link. Its short names end in a number or in a hash.
fn is_gitmodules(name: &[u8]) -> bool {
    let ended = before_stream(name).to_ascii_lowercase();
    let short = |stem: &[u8]| {
        let number = ended.strip_prefix(stem).unwrap_or_default();
        !number.is_empty() && number.iter().all(u8::is_ascii_digit)
    };
    let hashed = (2..=6).any(|len| short(&[&b"gi7eba"[..len], b"~"].concat()));
    ended == b".gitmodules"
        || short(b"gitmod~")
        || hashed
        || without_ignored(name) == b".gitmodules"
}

/// The name as NTFS has it: up to a colon, and without dots and spaces at the end.
fn before_stream(name: &[u8]) -> &[u8] {
    let name = &name[..memchr::memchr(b':', name).unwrap_or(name.len())];
    &name[..name
        .iter()
        .rposition(|c| !b" .".contains(c))
        .map_or(0, |last| last + 1)]
}

/// The name in small letters without the characters that HFS+ ignores.
fn without_ignored(name: &[u8]) -> Vec<u8> {
    let ignored = |c: &char| matches!(*c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let kept: String = String::from_utf8_lossy(name)
        .chars()
        .filter(|c| !ignored(c))
        .collect();
    kept.to_ascii_lowercase().into_bytes()
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
            "gi7e~12",
            ".gitmodules ",
            ".git\u{200d}modules",
        ] {
            assert!(!is_safe(bad.as_bytes(), MODE_LINK), "{bad:?}");
        }
    }
}
