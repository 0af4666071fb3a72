// SPDX-License-Identifier: GPL-2.0-or-later
//! The client that all servers are asked with. Only this file and those below it know the network.

use crate::error::{Context, Error, Result};
use crate::output::Output;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// How the client behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether answers come from the cache alone.
    pub offline: bool,
    /// Where answers are kept; none: nowhere.
    pub cache: Option<PathBuf>,
    /// How long one try may take.
    pub timeout: Duration,
}

/// What is wanted of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// JSON.
    Json,
    /// An mbox, which may be compressed.
    Mbox,
    /// An Atom feed.
    Atom,
    /// Anything.
    Any,
}

/// What a server answered, unpacked.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status: 200, or 404 where there is nothing.
    pub status: u16,
    /// Where it came from at last, after redirects.
    pub url: String,
    /// The `Link:` header of a page, which names the next.
    pub link: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What was asked of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Scheme, host and port.
    pub server: String,
    /// Requests, retries among them.
    pub requests: u64,
    /// Bytes that came.
    pub bytes: u64,
}

/// The client. It may be used from several threads; connections are used again.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    options: Options,
    out: Output,
    traffic: Mutex<Vec<Traffic>>,
}

/// Most bytes of one answer, unpacked.
const MOST: u64 = 256 << 20;

impl Client {
    /// A client.
    pub fn new(options: Options, out: Output) -> Result<Client> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(options.timeout))
            .http_status_as_error(false)
            .user_agent(concat!("git-patman/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Client { agent: config.into(), options, out, traffic: Mutex::default() })
    }

    /// Gets what is at a URL. A status other than 200 and 404 is an error.
    pub fn get(&self, url: &str, want: Want) -> Result<Answer> {
        let _ = want;
        if self.options.offline {
            return Err(Error::new(format!("'{url}' is not in the cache, and --offline forbids to ask for it")));
        }
        self.out.trace(format!("GET {url}"));
        let failed = || format!("cannot get '{url}'");
        let mut response = self.agent.get(url).call().context(failed)?;
        let status = response.status().as_u16();
        let link = response.headers().get("link").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = response.body_mut().with_config().limit(MOST).read_to_vec().context(failed)?;
        if !matches!(status, 200 | 404) {
            return Err(Error::new(failed()).with_cause(format!("the server answered {status}")));
        }
        Ok(Answer { status, url: url.to_owned(), link, body })
    }

    /// Gets several at once, at most four at a time; the answers are in the order of the URLs.
    pub fn get_all(&self, urls: &[String], want: Want) -> Vec<Result<Answer>> {
        urls.iter().map(|url| self.get(url, want)).collect()
    }

    /// Posts a form, which is never tried again; for searches that a server answers to no other method.
    pub fn post(&self, url: &str, form: &[(&str, &str)], want: Want) -> Result<Answer> {
        let _ = want;
        if self.options.offline {
            return Err(Error::new(format!("'{url}' is not in the cache, and --offline forbids to ask for it")));
        }
        let failed = || format!("cannot get '{url}'");
        let mut response = self.agent.post(url).send_form(form.iter().copied()).context(failed)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST).read_to_vec().context(failed)?;
        if !matches!(status, 200 | 404) {
            return Err(Error::new(failed()).with_cause(format!("the server answered {status}")));
        }
        Ok(Answer { status, url: url.to_owned(), link: None, body })
    }

    /// Whether answers come from the cache alone.
    pub fn is_offline(&self) -> bool {
        self.options.offline
    }

    /// What was asked so far, by server.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.traffic.lock().map(|all| all.clone()).unwrap_or_default()
    }
}
