// SPDX-License-Identifier: GPL-2.0-or-later
//! Which servers the client trusts: those named by the user and by settings may be inside the user's own network; those
//! that other servers lead to may not.

use super::Client;
use super::url::Url;
use crate::error::Result;
use std::sync::PoisonError;

impl Client {
    /// Marks the server of a URL as a Patchwork, which requires a token and responds with 403 without one.
    pub fn use_token(&self, url: &str) -> Result<()> {
        self.credentials.use_token(&Url::parse(url)?);
        Ok(())
    }

    /// Marks a server as named by the user.
    ///
    /// A redirect may lead to it even if its address is not public, and if git's helpers store
    /// passwords by path, the password for this path is used.
    pub fn name_server(&self, url: &str) {
        // An invalid URL is reported when it is requested.
        if let Ok(url) = Url::parse(url) {
            self.credentials.add_base(&url);
            let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
            if !named.contains(&url) {
                named.push(url);
            }
        }
    }

    /// Whether a link in a response of the server at `from` may be followed.
    ///
    /// It may not lead from a server that proves its identity to a server that does not; inside the
    /// user's own network, it may lead only to the same server or to a server named by settings.
    pub fn may_follow(&self, from: &str, link: &str) -> bool {
        let (Ok(from), Ok(link)) = (Url::parse(from), Url::parse(link)) else {
            return false;
        };
        if from.is_secure && !link.is_secure {
            return false;
        }
        if from.address() != link.address() && !self.is_named(&link) {
            let mut linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
            linked.insert(link.origin(), from.origin());
        }
        true
    }

    /// The server that led to this one, unless settings name it.
    pub(super) fn led_by(&self, url: &Url) -> Option<String> {
        let linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        linked.get(&url.origin()).cloned()
    }

    pub(super) fn is_named(&self, url: &Url) -> bool {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.iter().any(|known| {
            known.host == url.host
                && (url.port.is_none() || known.effective_port() == url.effective_port())
        })
    }

    /// Whether the server at `from` may redirect to `next`, even if that is inside the user's own network.
    ///
    /// It may if it is inside itself, or if a setting names `next`.
    pub(super) fn may_ask_inside(&self, from: &Url, next: &Url) -> bool {
        self.agents().is_inside(from, &self.network.proxies) || self.is_named(next)
    }
}
