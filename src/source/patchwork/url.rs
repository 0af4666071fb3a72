// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses the URLs of a Patchwork: the server, and the target there.

use crate::mail::MessageId;
use percent_encoding::percent_decode_str;

/// The target of a URL or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchworkTarget {
    /// The series with this number.
    Series(u64),
    /// The series of the patch with this number.
    Patch(u64),
    /// The series of the cover letter with this number.
    Cover(u64),
    /// The series of the patch that was sent as this mail.
    PatchMail {
        /// The project's name in URLs.
        project: String,
        /// The mail.
        id: MessageId,
    },
    /// The series of the cover letter that was sent as this mail.
    CoverMail {
        /// The project's name in URLs.
        project: String,
        /// The mail.
        id: MessageId,
    },
}

/// The server, without a trailing slash, and the target of a URL; `None` if it is not the URL of a
/// series on a Patchwork.
///
/// A Patchwork may be in a directory of its server: everything before the first part of the path that
/// is a target belongs to the server.
pub fn parse(text: &str) -> Option<(String, PatchworkTarget)> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return None;
    }
    let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = rest.split('/');
    let host = parts.next().filter(|host| !host.is_empty())?;
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    (0..parts.len()).find_map(|at| {
        let target = target(&parts[at..], query)?;
        let before: String = parts[..at].iter().map(|part| format!("/{part}")).collect();
        Some((format!("{scheme}://{host}{before}"), target))
    })
}

fn target(parts: &[&str], query: &str) -> Option<PatchworkTarget> {
    match parts {
        ["project", _, "list"] => of_query(query),
        ["project", project, "patch", mail, ..] => Some(PatchworkTarget::PatchMail {
            project: (*project).to_owned(),
            id: message_id(mail)?,
        }),
        ["project", project, "cover", mail, ..] => Some(PatchworkTarget::CoverMail {
            project: (*project).to_owned(),
            id: message_id(mail)?,
        }),
        ["series", id] | ["series", id, "mbox"] => number(id).map(PatchworkTarget::Series),
        ["patch", id] | ["patch", id, "mbox" | "raw"] => number(id).map(PatchworkTarget::Patch),
        ["cover", id] | ["cover", id, "mbox"] => number(id).map(PatchworkTarget::Cover),
        ["api", rest @ ..] => match rest {
            ["series", id] | [_, "series", id] => number(id).map(PatchworkTarget::Series),
            ["patches", id, ..] | [_, "patches", id, ..] => number(id).map(PatchworkTarget::Patch),
            ["covers", id, ..] | [_, "covers", id, ..] => number(id).map(PatchworkTarget::Cover),
            _ => None,
        },
        _ => None,
    }
}

fn of_query(query: &str) -> Option<PatchworkTarget> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut ids = pairs
        .filter(|(key, _)| *key == "series")
        .filter_map(|(_, id)| number(id));
    ids.next().map(PatchworkTarget::Series)
}

/// Parses a number as Patchwork writes it: only digits.
pub fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        text.parse()
            .ok()
            .filter(|&id| id > 0 && id <= i64::MAX as u64)
    } else {
        None
    }
}

/// The message id in a path, where a slash is escaped twice.
fn message_id(part: &str) -> Option<MessageId> {
    let id = percent_decode_str(part).decode_utf8().ok()?;
    MessageId::new(&id.replace("%2F", "/").replace("%2f", "/"))
        .ok()
        .filter(|id| id.to_string().contains('@'))
}

/// The host, port and directory of a URL, without the scheme, since a server can be reached by both schemes.
fn place(url: &str) -> String {
    let rest = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{}/{path}", host.to_ascii_lowercase())
}

/// Whether both URLs are of the same server.
pub fn is_same(one: &str, other: &str) -> bool {
    place(one) == place(other)
}

/// The host and port of a URL, in lower case.
pub fn host(url: &str) -> String {
    let place = place(url);
    place
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn urls_name_a_server_and_what_is_meant_there() {
        let mail = |id: &str| PatchworkTarget::PatchMail {
            project: "uboot".to_owned(),
            id: MessageId::new(id).unwrap(),
        };
        for (text, server, wanted) in [
            (
                "https://p.org/project/uboot/list/?series=12",
                "https://p.org",
                PatchworkTarget::Series(12),
            ),
            (
                "https://p.org/project/uboot/list/?state=*&series=12&archive=both",
                "https://p.org",
                PatchworkTarget::Series(12),
            ),
            (
                "http://p.org:8000/sub/series/7/mbox/",
                "http://p.org:8000/sub",
                PatchworkTarget::Series(7),
            ),
            (
                "https://p.org/series/7",
                "https://p.org",
                PatchworkTarget::Series(7),
            ),
            (
                "https://p.org/patch/9/",
                "https://p.org",
                PatchworkTarget::Patch(9),
            ),
            (
                "https://p.org/api/1.2/series/3/",
                "https://p.org",
                PatchworkTarget::Series(3),
            ),
            (
                "https://p.org/api/patches/4/comments/",
                "https://p.org",
                PatchworkTarget::Patch(4),
            ),
            (
                "https://p.org/api/1.3/covers/5/",
                "https://p.org",
                PatchworkTarget::Cover(5),
            ),
            (
                "https://p.org/project/uboot/patch/a%252Fb+1@x.org/",
                "https://p.org",
                mail("a/b+1@x.org"),
            ),
            (
                "https://p.org/project/uboot/patch/a%40x.org/mbox/",
                "https://p.org",
                mail("a@x.org"),
            ),
        ] {
            assert_eq!(parse(text), Some((server.to_owned(), wanted)), "{text}");
        }
    }

    #[test]
    fn other_urls_are_none_of_a_patchwork() {
        for text in [
            "https://lore.example.org/all/a@x.org/",
            "https://p.org/project/uboot/list/",
            "https://p.org/series/0/",
            "https://p.org/series/12x/",
            "https://p.org/project/uboot/patch/a%zz/",
            "ftp://p.org/series/7/",
            "https:///series/7/",
            "series/7",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn servers_are_the_same_by_either_scheme() {
        assert!(is_same("http://P.org/x/", "https://p.org/x"));
        assert!(!is_same("https://p.org", "https://p.org:8443"));
        assert_eq!(host("https://P.org:1/x?y"), "p.org:1");
    }
}
