// SPDX-License-Identifier: GPL-2.0-or-later
//! Chooses the proxy for a server, by the rules of curl, which git uses.

use super::url::{Url, redacted};
use std::fmt;
use std::net::IpAddr;

/// The configured proxies.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For `http` URLs.
    pub http: Option<String>,
    /// For `https` URLs.
    pub https: Option<String>,
    /// The hosts to connect to directly, separated by commas or blanks.
    ///
    /// These are names, which include everything below them, addresses, networks, or `*`.
    pub direct: String,
}

impl fmt::Debug for Proxies {
    /// Hides the passwords that may be in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_deref().map(redacted);
        let (http, https) = (shown(&self.http), shown(&self.https));
        f.debug_struct("Proxies")
            .field("http", &http)
            .field("https", &https)
            .field("direct", &self.direct)
            .finish()
    }
}

impl Proxies {
    /// The proxy for a server; `None` means a direct connection.
    pub(super) fn of(&self, url: &Url) -> Option<&str> {
        let proxy = if url.is_secure {
            &self.https
        } else {
            &self.http
        };
        proxy
            .as_deref()
            .filter(|proxy| !proxy.is_empty() && !self.is_direct(url))
    }

    fn is_direct(&self, url: &Url) -> bool {
        let host = url.host.trim_matches(['[', ']']);
        let port = url.port.unwrap_or(if url.is_secure { 443 } else { 80 });
        let mut entries = self
            .direct
            .split([',', ' ', '\t'])
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        entries.any(|entry| matches(&entry.to_ascii_lowercase(), host, port))
    }
}

fn matches(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let bare = entry.trim_matches(['[', ']']);
        if let Some((network, bits)) = bare.split_once('/') {
            return within(address, network, bits).unwrap_or(false);
        }
        if let Ok(named) = bare.parse::<IpAddr>() {
            return named == address;
        }
    }
    let (name, only) = match entry.rsplit_once(':') {
        Some((name, digits)) if !name.ends_with(':') => match digits.parse::<u16>() {
            Ok(only) => (name, Some(only)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    };
    let name = name
        .trim_matches(['[', ']'])
        .trim_start_matches('*')
        .trim_matches('.');
    let host = host.trim_end_matches('.');
    let is_named = !name.is_empty()
        && host
            .strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    is_named && only.is_none_or(|only| only == port)
}

/// Whether the address is in a network such as `10.0.0.0/8`; `None` if that is not a network.
fn within(address: IpAddr, network: &str, bits: &str) -> Option<bool> {
    let network: IpAddr = network.trim_matches(['[', ']']).parse().ok()?;
    let bits: u32 = bits.trim_end_matches(']').parse().ok()?;
    let number = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let ((here, width), (there, most)) = (number(address), number(network));
    if width != most || bits > most {
        return Some(false);
    }
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    Some(here & mask == there & mask)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_asked_directly_are_known_by_name_network_and_port() {
        for (direct, url, is_direct) in [
            ("example.com", "http://example.com/", true),
            ("example.com", "http://lists.example.com/", true),
            ("example.com", "http://notexample.com/", false),
            (".example.com, other", "http://lists.EXAMPLE.com/", true),
            ("*.example.com", "http://lists.example.com/", true),
            ("*", "https://anything/", true),
            ("", "https://anything/", false),
            ("example.com:8080", "http://example.com:8080/", true),
            ("example.com:8080", "http://example.com/", false),
            ("example.com:443", "https://example.com/", true),
            ("127.0.0.0/8 ::1", "http://127.0.0.1:99/", true),
            ("127.0.0.0/8 ::1", "http://[::1]:99/", true),
            ("10.0.0.0/8", "http://11.0.0.1/", false),
            ("0.0.0.0/0", "http://11.0.0.1/", true),
            ("fe80::/10", "http://[fe81::1]/", true),
            ("10.0.0.0/99", "http://10.0.0.1/", false),
        ] {
            let proxy = Some("proxy:3128".to_owned());
            let proxies = Proxies {
                http: proxy.clone(),
                https: proxy,
                direct: direct.to_owned(),
            };
            let url = Url::parse(url).unwrap();
            assert_eq!(proxies.of(&url).is_none(), is_direct, "{direct} {url}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let proxies = Proxies {
            https: Some("proxy".to_owned()),
            ..Proxies::default()
        };
        assert_eq!(
            proxies.of(&Url::parse("https://a/").unwrap()),
            Some("proxy")
        );
        assert_eq!(proxies.of(&Url::parse("http://a/").unwrap()), None);
    }
}
