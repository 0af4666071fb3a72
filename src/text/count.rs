// SPDX-License-Identifier: GPL-2.0-or-later
//! Numbers of things in words.

/// `1 reply`, `2 replies`.
pub fn pluralize(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `1 patch`, `2 patches`.
pub fn patches(number: usize) -> String {
    pluralize(number, "patch", "patches")
}

/// `1 commit`, `2 commits`.
pub fn commits(number: usize) -> String {
    pluralize(number, "commit", "commits")
}

/// `1 trailer`, `2 trailers`.
pub fn trailers(number: usize) -> String {
    pluralize(number, "trailer", "trailers")
}

/// `1 request`, `2 requests`.
pub fn requests(number: u64) -> String {
    pluralize(
        usize::try_from(number).unwrap_or(usize::MAX),
        "request",
        "requests",
    )
}
