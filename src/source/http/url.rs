// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses the URL of a server: the host, the path, and the name and password, which are never shown.

use crate::error::{Error, Result};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fmt;

/// Text that no message, trace or file may show.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// A URL of a web server, without a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) is_secure: bool,
    /// `user:password`, as given.
    pub(super) userinfo: Option<Secret>,
    /// The host in lower case; an IPv6 address is in brackets.
    pub(super) host: String,
    /// The port, if it is not the default of the scheme.
    pub(super) port: Option<u16>,
    /// Path and query.
    pub(super) path: String,
}

impl Url {
    /// Parses a URL. Blanks and characters outside ASCII are escaped; control characters are refused.
    pub(super) fn parse(text: &str) -> Result<Url> {
        let bad = || {
            Error::new(format!(
                "'{}' is not the URL of a web server",
                redacted(text)
            ))
        };
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(bad)?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(bad()),
        };
        let (authority, path) =
            rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        let (userinfo, address) = authority
            .rsplit_once('@')
            .map_or((None, authority), |(user, at)| (Some(user), at));
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (address, None),
        };
        let port = match port {
            None | Some("") => None,
            Some(port) => Some(port.parse::<u16>().map_err(|_| bad())?),
        };
        if !is_host(host) || path.chars().any(char::is_control) || path.starts_with('\\') {
            return Err(bad());
        }
        Ok(Url {
            is_secure,
            userinfo: userinfo
                .filter(|user| !user.is_empty())
                .map(|user| Secret(user.to_owned())),
            host: host.to_ascii_lowercase(),
            port: port.filter(|&port| port != if is_secure { 443 } else { 80 }),
            path: rooted(&encode_path(path.split('#').next().unwrap_or_default())),
        })
    }

    /// The scheme: `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    /// The host, and the port if it is not the default of the scheme.
    pub(super) fn address(&self) -> String {
        self.port
            .map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    /// The origin: scheme, host and port.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.address())
    }

    /// The port to connect to.
    pub(super) fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if self.is_secure { 443 } else { 80 })
    }

    /// Whether this URL is below `base` on the same server: its path is that of `base`, or continues
    /// with a slash or a query.
    pub(super) fn is_below(&self, base: &Url) -> bool {
        let rest = self.path.strip_prefix(base.path.trim_end_matches('/'));
        self.origin() == base.origin()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    /// Resolves `location`, which a redirect names, against this URL. A name and password in it are dropped.
    pub(super) fn join(&self, location: &str) -> Result<Url> {
        let location = location.trim();
        let absolute = if location.contains("://") && !location.starts_with(['/', '?', '#', '.']) {
            location.to_owned()
        } else if let Some(rest) = location.strip_prefix("//") {
            format!("{}://{rest}", self.scheme())
        } else {
            let (old, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
            let path = match location.chars().next() {
                None => self.path.clone(),
                Some('/') => location.to_owned(),
                Some('?') => format!("{old}{location}"),
                Some(_) => format!(
                    "{}/{location}",
                    old.rsplit_once('/').map_or("", |(dir, _)| dir)
                ),
            };
            format!("{}{}", self.origin(), without_dots(&path))
        };
        Ok(Url {
            userinfo: None,
            ..Url::parse(&absolute)?
        })
    }
}

impl fmt::Display for Url {
    /// Writes the URL as it is sent and shown: without name and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

fn is_host(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        }
    }
}

fn rooted(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

/// The bytes of a path and a query that a URL cannot contain; non-ASCII characters are always encoded.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Encodes the bytes that a URL cannot contain; escapes that are there stay.
fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, NOT_IN_PATH).to_string()
}

/// Resolves `.` and `..` in the path, as a browser does.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        match part {
            "." | ".." => {
                if part == ".." {
                    kept.pop();
                }
                if parts.peek().is_none() {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}{query}", kept.join("/"))
}

/// Removes name and password from any URL, valid or not.
pub(super) fn redacted(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text[start..]
        .find(['/', '?', '#'])
        .map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => format!("{}{}", &text[..start], &text[start + at + 1..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn name_and_password_are_neither_shown_nor_debugged() {
        let url = Url::parse("HTTPS://ada:se%40cret@Example.com:443/a?b=c#d").unwrap();
        assert_eq!(url.to_string(), "https://example.com/a?b=c");
        assert_eq!(url.userinfo, Some(Secret("ada:se%40cret".to_owned())));
        assert!(!format!("{url:?}").contains("se%40"));
        let said = Url::parse("ftp://ada:secret@example.com/x")
            .unwrap_err()
            .to_string();
        assert_eq!(said, "'ftp://example.com/x' is not the URL of a web server");
        assert_eq!(redacted("ada:se@cret@proxy:3128"), "proxy:3128");
        assert_eq!(redacted("http://example.com/a@b"), "http://example.com/a@b");
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "example.com/x",
            "http://",
            "http:///x",
            "http://a b/",
            "http://example.com\\@evil.example/",
            "http://a%2e/",
            "http://a:99999/",
            "http://[::1/",
            "http://a/\r\nX: y",
            "file:///etc/passwd",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Url::parse("http://[::1]:80/ü x").unwrap().to_string(),
            "http://[::1]/%C3%BC%20x"
        );
        assert_eq!(Url::parse("http://a?b").unwrap().to_string(), "http://a/?b");
    }

    #[test]
    fn redirects_are_resolved_as_browsers_do() {
        let from = Url::parse("https://u:p@example.com:8443/a/b/c?d").unwrap();
        for (location, to) in [
            ("https://other.example/x", "https://other.example/x"),
            ("//other.example/x", "https://other.example/x"),
            ("/x/../y/./", "https://example.com:8443/y/"),
            ("x", "https://example.com:8443/a/b/x"),
            ("../x?q=../z", "https://example.com:8443/a/x?q=../z"),
            ("../../../../..", "https://example.com:8443/"),
            ("?e", "https://example.com:8443/a/b/c?e"),
            (
                "/go?to=http://x/",
                "https://example.com:8443/go?to=http://x/",
            ),
        ] {
            let joined = from.join(location).unwrap();
            assert_eq!(joined.to_string(), to, "{location}");
            assert_eq!(joined.userinfo, None);
        }
        assert!(from.join("javascript://x").is_err());
        assert_eq!(from.join("https://me:too@a/").unwrap().userinfo, None);
    }
}
