// SPDX-License-Identifier: GPL-2.0-or-later
//! The HTTP client for all servers. Only this file and those below it use the network.
//!
//! Connections are reused and shared by threads, at most four requests run at once, and temporary
//! failures are retried (`http/retry.rs`). Responses are cached on disk (`http/cache.rs`): a server
//! that sends an `ETag:` or `Last-Modified:` is only asked whether there is a newer response, and
//! [`ClientOptions::offline`] makes no requests. Nothing that a server sends is trusted: sizes,
//! redirects and waits are bounded, and names and passwords are sent only to the server that they are
//! for.

mod agent;
mod attempt;
mod body;
mod cache;
mod cache_entry;
mod credentials;
mod exchange;
mod failure;
mod json;
mod network;
mod proxy;
mod public;
mod resolver;
mod retry;
mod semaphore;
mod traffic;
mod trust;
mod url;

pub use body::Limits;
pub use network::{ClientOptions, Network};
pub use proxy::Proxies;
pub use traffic::Traffic;

use super::percent::encode_form;
use crate::clock;
use crate::environment;
use crate::error::{Error, Result};
use crate::events::Events;
use agent::Agents;
use attempt::{HttpQuery, HttpReply};
use cache::HttpCache;
use cache_entry::CacheEntry;
use credentials::Credentials;
use failure::cannot_get;
use semaphore::Semaphore;
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use traffic::TrafficCounts;
use url::{Url, redacted};

/// The target of a redirect from a URL, as it would be requested; for the fuzzers.
#[doc(hidden)]
pub fn resolved(url: &str, location: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.join(location).ok()?.to_string())
}

/// The body in a cache file with a valid checksum; for the fuzzers.
#[doc(hidden)]
pub fn kept_body(rest: &[u8], most: u64) -> Option<Vec<u8>> {
    CacheEntry::unpacked(&cache_entry::sealed(rest), most).map(|entry| entry.body)
}

/// Maximum number of requests at once, as in patman.
const MAX_PARALLEL_REQUESTS: usize = 4;

/// The type of response that is expected from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// JSON.
    Json,
    /// An mbox, which may be compressed.
    Mbox,
    /// An Atom feed.
    Atom,
    /// Anything.
    Any,
}

/// A server's response, decompressed.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The status: 200, or 404 if nothing was found.
    pub status: u16,
    /// The final URL, after redirects.
    pub url: String,
    /// The `Link:` header of a page, which names the next page.
    pub link: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The HTTP client. It can be used from several threads, and it reuses connections.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    network: Network,
    events: Arc<dyn Events>,
    is_traced: bool,
    agents: OnceLock<Agents>,
    cache: Option<HttpCache>,
    credentials: Credentials,
    permits: Semaphore,
    counts: TrafficCounts,
    /// The servers that did not respond to any attempt.
    silent: Mutex<HashSet<String>>,
    /// The servers named by settings.
    named: Mutex<Vec<Url>>,
    /// The servers named in responses, with the servers that named them, by origin.
    linked: Mutex<HashMap<String, String>>,
}

impl Client {
    /// Creates a client that connects to servers directly.
    pub fn new(options: ClientOptions, events: Arc<dyn Events>) -> Result<Client> {
        Ok(Client::over(Network::default(), options, events))
    }

    /// Creates a client that uses the network as the user has configured it.
    pub fn over(network: Network, options: ClientOptions, events: Arc<dyn Events>) -> Client {
        let named = network.named.clone();
        let client = Client {
            cache: options
                .cache
                .as_ref()
                .map(|dir| HttpCache::below(dir, network.limits.unpacked)),
            credentials: Credentials::new(network.helpers.clone()),
            is_traced: environment::is_traced(),
            agents: OnceLock::new(),
            permits: Semaphore::new(MAX_PARALLEL_REQUESTS),
            counts: TrafficCounts::default(),
            silent: Mutex::default(),
            named: Mutex::default(),
            linked: Mutex::default(),
            options,
            network,
            events,
        };
        named.iter().for_each(|url| client.name_server(url));
        client
    }

    /// Gets a URL. A status other than 200 and 404 is an error.
    pub fn get(&self, url: &str, want: Accept) -> Result<HttpAnswer> {
        self.request(url, None, want, None)
    }

    /// Gets a URL whose content never changes, such as a mail.
    ///
    /// A response received within the last `max_age` is used without a request.
    pub fn get_fresh_for(&self, url: &str, want: Accept, max_age: Duration) -> Result<HttpAnswer> {
        self.request(url, None, want, Some(max_age))
    }

    /// Gets several URLs, at most four at once; the responses are in the order of the URLs.
    pub fn get_all(&self, urls: &[String], want: Accept) -> Vec<Result<HttpAnswer>> {
        self.all(urls, |url| self.get(url, want))
    }

    /// Like [`Client::get_all`], if one failure makes the rest useless.
    ///
    /// No more requests are made after a failure, so that a silent server is waited for only once.
    pub fn get_every(&self, urls: &[String], want: Accept) -> Result<Vec<HttpAnswer>> {
        let mut found = Vec::with_capacity(urls.len());
        let mut is_left_out = false;
        for answer in self.get_in_parallel(urls, |url| self.get(url, want), true) {
            match answer {
                Some(answer) => found.push(answer?),
                None => is_left_out = true,
            }
        }
        if is_left_out { Err(lost()) } else { Ok(found) }
    }

    /// Like [`Client::get_all`], for content that never changes; see [`Client::get_fresh_for`].
    pub fn get_all_fresh_for(
        &self,
        urls: &[String],
        want: Accept,
        max_age: Duration,
    ) -> Vec<Result<HttpAnswer>> {
        self.all(urls, |url| self.get_fresh_for(url, want, max_age))
    }

    /// Posts a form, without retries; for searches that a server supports with no other method.
    pub fn post(&self, url: &str, form: &[(&str, &str)], want: Accept) -> Result<HttpAnswer> {
        self.request(url, Some(&encode_form(form)), want, None)
    }

    /// Whether responses come only from the cache.
    pub fn is_offline(&self) -> bool {
        self.options.offline
    }

    /// The number of requests made so far, including retries.
    pub fn requests(&self) -> u64 {
        self.traffic().iter().map(|one| one.requests).sum()
    }

    /// The requests made so far, by server.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.counts.all()
    }

    fn all(
        &self,
        urls: &[String],
        get: impl Fn(&str) -> Result<HttpAnswer> + Sync,
    ) -> Vec<Result<HttpAnswer>> {
        let answers = self.get_in_parallel(urls, get, false);
        answers
            .into_iter()
            .map(|one| one.unwrap_or_else(|| Err(lost())))
            .collect()
    }

    /// Makes a request for each URL; if `stops`, no more are made after a failure.
    fn get_in_parallel(
        &self,
        urls: &[String],
        get: impl Fn(&str) -> Result<HttpAnswer> + Sync,
        stops: bool,
    ) -> Vec<Option<Result<HttpAnswer>>> {
        if let [url] = urls {
            return vec![Some(get(url))];
        }
        let progress = self.events.progress("Fetching", urls.len());
        let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let slots: Vec<OnceLock<Result<HttpAnswer>>> =
            urls.iter().map(|_| OnceLock::new()).collect();
        std::thread::scope(|scope| {
            for _ in 0..urls.len().min(MAX_PARALLEL_REQUESTS) {
                scope.spawn(|| {
                    while let Some((slot, url)) = Some(next.fetch_add(1, Ordering::Relaxed))
                        .and_then(|at| slots.get(at).zip(urls.get(at)))
                    {
                        if stops && has_failed.load(Ordering::Relaxed) {
                            break;
                        }
                        if slot.get_or_init(|| get(url)).is_err() {
                            has_failed.store(true, Ordering::Relaxed);
                        }
                        progress.advance();
                    }
                });
            }
        });
        slots.into_iter().map(OnceLock::into_inner).collect()
    }

    /// Gets a response: from the cache if it is not older than `max_age` or the client is offline, otherwise from the server.
    fn request(
        &self,
        text: &str,
        form: Option<&str>,
        want: Accept,
        max_age: Option<Duration>,
    ) -> Result<HttpAnswer> {
        let url = Url::parse(text)?;
        let asked = form.map_or_else(|| url.to_string(), |form| format!("{url} {form}"));
        let known = self
            .cache
            .as_ref()
            .and_then(|cache| cache.find(&asked, want));
        match (known, max_age) {
            (Some(entry), _) if self.options.offline => Ok(entry.into()),
            (None, _) if self.options.offline => {
                let shown = redacted(text);
                Err(Error::new(format!(
                    "'{shown}' is not cached, and --offline does not use the network"
                )))
            }
            (Some(entry), Some(age)) if entry.status == 200 && entry.is_younger(age) => {
                Ok(entry.into())
            }
            (known, _) => self.online(
                &url,
                &asked,
                HttpQuery {
                    want,
                    form,
                    known: known.as_ref(),
                    led_by: None,
                },
            ),
        }
    }

    fn online(&self, url: &Url, asked: &str, ask: HttpQuery<'_>) -> Result<HttpAnswer> {
        let (from, reply) = self.exchange(url, ask)?;
        let status = match (reply.status, ask.known) {
            (304, Some(entry)) if entry.status == 200 => return Ok(entry.clone().into()),
            // A public-inbox responds with 300 if it has only mails with similar names.
            (300 | 410, _) => 404,
            (status @ (200 | 404), _) => status,
            _ => return Err(reply.refusal(&from)),
        };
        self.check(&from, &reply, ask.want)?;
        let HttpReply {
            link,
            etag,
            modified,
            body,
            ..
        } = reply;
        let entry = CacheEntry {
            asked: asked.to_owned(),
            status,
            url: from.to_string(),
            link,
            etag,
            modified,
            at: clock::now(),
            body,
        };
        if let Some(cache) = &self.cache {
            cache.store(&entry, ask.want);
        }
        Ok(entry.into())
    }

    /// Refuses a web page if something else is expected: a login, a firewall, another kind of server.
    fn check(&self, url: &Url, reply: &HttpReply, want: Accept) -> Result<()> {
        let is_page = reply
            .content_type
            .as_ref()
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        let what = match want {
            Accept::Json => "JSON",
            Accept::Mbox => "an mbox",
            Accept::Atom => "a feed",
            Accept::Any => return Ok(()),
        };
        // If there is nothing, a server may say so in any format.
        if !is_page || reply.status != 200 {
            return Ok(());
        }
        let error =
            cannot_get(url).with_cause(format!("the server responded with a web page, not {what}"));
        Err(error.with_hint(format!("look at it in a browser: {url}")))
    }

    fn agents(&self) -> &Agents {
        self.agents
            .get_or_init(|| Agents::new(&self.network, self.options.timeout))
    }

    fn is_silent(&self, url: &Url) -> bool {
        self.silent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&url.origin())
    }

    fn set_silent(&self, url: &Url, is_silent: bool) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if is_silent {
            silent.insert(url.origin())
        } else {
            silent.remove(&url.origin())
        };
    }
}

impl HttpAnswer {
    /// Parses the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        json::parse(&self.body)
    }
}

impl From<CacheEntry> for HttpAnswer {
    fn from(entry: CacheEntry) -> HttpAnswer {
        HttpAnswer {
            status: entry.status,
            url: entry.url,
            link: entry.link,
            body: entry.body,
        }
    }
}

fn lost() -> Error {
    Error::new("a request was lost")
}
