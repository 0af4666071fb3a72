// SPDX-License-Identifier: GPL-2.0-or-later
//! Resolves names, and judges servers by the resulting addresses, so that the client connects to the
//! same address that was judged.
//!
//! If a stranger has led here (a redirect, a link in a response), only public addresses are returned. A
//! name that had only public addresses may not have others later in this process: whoever controls the
//! name cannot point it at the user's own network.

use super::public::is_public;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The kinds of addresses that a name has had so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    Inside,
    Both,
}

/// The kinds of addresses that names have had, shared by all resolvers.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<HashMap<String, Reach>>>);

impl Seen {
    /// Whether a host was resolved and had no public address.
    pub(super) fn is_inside(&self, host: &str) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(host) == Some(&Reach::Inside)
    }

    /// Records the kind of addresses that a host has now; returns the previous kind.
    fn note(&self, host: &str, now: Reach) -> Option<Reach> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.get(host).copied();
        let reach = match before {
            None => now,
            Some(Reach::Public) => Reach::Public,
            Some(before) if before == now => now,
            Some(_) => Reach::Both,
        };
        seen.insert(host.to_owned(), reach);
        before
    }
}

/// A name has no permitted address.
#[derive(Debug)]
pub(super) struct NotPublic(pub(super) IpAddr);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a public address", self.0)
    }
}

impl std::error::Error for NotPublic {}

/// ureq's own resolver, with a check of its results.
#[derive(Debug)]
pub(super) struct JudgingResolver<R = DefaultResolver> {
    inner: R,
    seen: Seen,
    is_public_only: bool,
}

impl<R> JudgingResolver<R> {
    /// Creates a resolver; if `is_public_only`, it returns only public addresses.
    pub(super) fn new(inner: R, seen: Seen, is_public_only: bool) -> Self {
        JudgingResolver {
            inner,
            seen,
            is_public_only,
        }
    }
}

impl<R: Resolver> Resolver for JudgingResolver<R> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let public = found.iter().filter(|one| is_public(one.ip())).count();
        let now = match public {
            0 => Reach::Inside,
            all if all == found.len() => Reach::Public,
            _ => Reach::Both,
        };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let before = self.seen.note(&host, now);
        if now == Reach::Public || !self.is_public_only && before != Some(Reach::Public) {
            return Ok(found);
        }
        let mut kept = self.empty();
        for one in found.iter().filter(|one| is_public(one.ip())) {
            kept.push(*one);
        }
        match found.first() {
            Some(first) if kept.is_empty() => {
                Err(ureq::Error::Other(Box::new(NotPublic(first.ip()))))
            }
            _ => Ok(kept),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use ureq::Timeout;
    use ureq::unversioned::transport::time::Duration;

    /// A resolver that returns the next result each time it is called.
    #[derive(Debug)]
    struct Answers(Mutex<Vec<&'static str>>);

    impl Resolver for Answers {
        fn resolve(
            &self,
            _: &Uri,
            _: &Config,
            _: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let mut found = self.empty();
            for address in self.0.lock().unwrap().remove(0).split(' ') {
                found.push((address.parse::<IpAddr>().unwrap(), 80).into());
            }
            Ok(found)
        }
    }

    /// The addresses returned for each of these results, which are all for one name.
    fn handed_on(answers: &[&'static str], is_public_only: bool) -> (Vec<String>, bool) {
        let seen = Seen::default();
        let inner = Answers(Mutex::new(answers.to_vec()));
        let resolver = JudgingResolver::new(inner, seen.clone(), is_public_only);
        let uri = Uri::from_static("http://x.nip.io/");
        let config = ureq::Agent::config_builder().build();
        let timeout = || NextTimeout {
            after: Duration::NotHappening,
            reason: Timeout::Global,
            ..NextTimeout::default()
        };
        let one = |_| match resolver.resolve(&uri, &config, timeout()) {
            Ok(found) => found
                .iter()
                .map(|one| one.ip().to_string())
                .collect::<Vec<_>>()
                .join(" "),
            Err(why) => why.to_string(),
        };
        let all = (0..answers.len()).map(one).collect();
        (all, seen.is_inside("x.nip.io"))
    }

    #[test]
    fn strangers_are_led_to_public_addresses_alone() {
        let (all, _) = handed_on(&["10.0.0.1", "10.0.0.1 8.8.8.8", "9.9.9.9", "::1"], true);
        assert!(
            all[0].contains("10.0.0.1 is not a public address"),
            "{}",
            all[0]
        );
        assert_eq!(all[1..3], ["8.8.8.8", "9.9.9.9"]);
        assert!(all[3].contains("::1 is not a public address"));
    }

    #[test]
    fn a_name_that_was_public_cannot_be_turned_inside() {
        let (all, is_inside) = handed_on(&["8.8.8.8", "127.0.0.1", "127.0.0.1 8.8.8.8"], false);
        assert!(all[1].contains("is not a public address"), "{}", all[1]);
        assert_eq!((all[2].as_str(), is_inside), ("8.8.8.8", false));
    }

    #[test]
    fn servers_of_the_users_own_network_are_reached_where_he_names_them() {
        let (all, is_inside) = handed_on(&["10.0.0.1", "10.0.0.2 fd00::1"], false);
        assert_eq!((all[1].as_str(), is_inside), ("10.0.0.2 fd00::1", true));
        let (all, is_inside) = handed_on(&["10.0.0.1 8.8.8.8", "10.0.0.1"], false);
        assert_eq!((all[1].as_str(), is_inside), ("10.0.0.1", false));
    }
}
