// SPDX-License-Identifier: GPL-2.0-or-later
//! Numbers of things in words.

/// `1 reply`, `2 replies`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `1 patch`, `2 patches`.
pub fn patches(number: usize) -> String {
    counted(number, "patch", "patches")
}

/// `1 commit`, `2 commits`.
pub fn commits(number: usize) -> String {
    counted(number, "commit", "commits")
}

/// `1 trailer`, `2 trailers`.
pub fn trailers(number: usize) -> String {
    counted(number, "trailer", "trailers")
}

/// `1 request`, `2 requests`.
pub fn requests(number: u64) -> String {
    counted(
        usize::try_from(number).unwrap_or(usize::MAX),
        "request",
        "requests",
    )
}
