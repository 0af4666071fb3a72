// SPDX-License-Identifier: GPL-2.0-or-later
//! The value of a new `Change-Id`: 40 digits in hex, a hash of what the commit is.
//!
//! Who committed it and when, its tree and its message go into it, as with patman, so that both make the same value of the
//! same commit.

use sha1_smol::Sha1;

/// Who committed, and when, as git has it in the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitterLine<'a> {
    /// The name.
    pub name: &'a str,
    /// The mail address.
    pub email: &'a str,
    /// Seconds since 1970.
    pub time: i64,
    /// Minutes east of UTC.
    pub offset: i32,
}

/// The value for a commit with this committer, this tree (its id in hex) and this message, in UTF-8.
pub fn change_id(committer: CommitterLine<'_>, tree: &str, message: &[u8]) -> String {
    let CommitterLine {
        name,
        email,
        time,
        offset,
    } = committer;
    let mut hash = Sha1::new();
    hash.update(format!("{name} <{email}> {time} {offset}").as_bytes());
    hash.update(tree.as_bytes());
    // Empty lines above the subject are not seen by libgit2.
    let begin = message
        .iter()
        .position(|&byte| byte != b'\n')
        .unwrap_or(message.len());
    hash.update(&message[begin..]);
    hash.digest().to_string()
}
