// SPDX-License-Identifier: GPL-2.0-or-later
//! One attempt: sends a request and reads the response, whatever it says.

use super::body::{self, Unusable};
use super::cache_entry::CacheEntry;
use super::failure::{self, Failure, cannot_get, named};
use super::resolver::NotPublic;
use super::url::{Secret, Url};
use super::{Accept, Client};
use crate::error::Error;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, Response};

/// A request to a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct HttpQuery<'a> {
    pub(super) want: Accept,
    /// An encoded form to post; `None` means GET.
    pub(super) form: Option<&'a str>,
    /// The last response, which may still be valid.
    pub(super) known: Option<&'a CacheEntry>,
    /// The server that led here, if no setting names this server; then only public addresses are used.
    pub(super) led_by: Option<&'a str>,
}

/// One response, as received.
#[derive(Debug)]
pub(super) struct HttpReply {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) link: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) authenticate: Option<String>,
    pub(super) location: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) body: Vec<u8>,
}

impl HttpReply {
    /// Whether the server's message contains these words.
    pub(super) fn says(&self, words: &str) -> bool {
        failure::message_of(self.content_type.as_deref(), &self.body)
            .is_some_and(|said| said.contains(words))
    }

    /// The error for a status that is not a result.
    pub(super) fn refusal(&self, url: &Url) -> Error {
        let error =
            cannot_get(url).with_cause(format!("the server responded with {}", named(self.status)));
        let said = failure::message_of(self.content_type.as_deref(), &self.body);
        said.into_iter().fold(error, |error, said| {
            error.with_cause(crate::text::escape_controls(&said))
        })
    }
}

impl Client {
    /// Makes one attempt.
    pub(super) fn once(
        &self,
        url: &Url,
        ask: HttpQuery<'_>,
        sent: Option<&Secret>,
    ) -> Result<HttpReply, Failure> {
        let agent = match self
            .agents()
            .of(url, &self.network.proxies, ask.led_by.is_some())
        {
            Ok(agent) => agent,
            Err(why) => {
                let hint = why.hints().first().cloned();
                return Err(Failure {
                    hint,
                    ..Failure::lasting(why.to_string())
                });
            }
        };
        let _inside = self.permits.enter();
        let begun = Instant::now();
        let bytes = AtomicU64::new(0);
        let done = self
            .send(agent, url, ask, sent)
            .and_then(|response| self.receive(response, url, ask.want, &bytes));
        let bytes = bytes.into_inner();
        self.counts.add(&url.origin(), 1, bytes);
        if self.is_traced {
            let method = if ask.form.is_some() { "POST" } else { "GET" };
            let end = done
                .as_ref()
                .map_or_else(|failure| failure.why.clone(), |reply| named(reply.status));
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            self.events.trace(format!(
                "{method} {url}: {end}, {bytes} bytes, {took:.1} ms"
            ));
        }
        done
    }

    fn send(
        &self,
        agent: &ureq::Agent,
        url: &Url,
        ask: HttpQuery<'_>,
        sent: Option<&Secret>,
    ) -> Result<Response<ureq::Body>, Failure> {
        let accept = match ask.want {
            Accept::Json => "application/json",
            Accept::Mbox => "application/mbox, text/plain, application/gzip, */*;q=0.5",
            Accept::Atom => "application/atom+xml, */*;q=0.5",
            Accept::Any => "*/*",
        };
        let mut headers = vec![("accept", accept), ("accept-encoding", "gzip")];
        headers.extend(sent.map(|Secret(value)| ("authorization", value.as_str())));
        let text = url.to_string();
        if let Some(entry) = ask
            .known
            .filter(|entry| ask.form.is_none() && entry.status == 200 && entry.url == text)
        {
            headers.extend(entry.etag.as_deref().map(|etag| ("if-none-match", etag)));
            headers.extend(
                entry
                    .modified
                    .as_deref()
                    .map(|modified| ("if-modified-since", modified)),
            );
        }
        let done = match ask.form {
            None => headers
                .iter()
                .fold(agent.get(&text), |request, (name, value)| {
                    request.header(*name, *value)
                })
                .call(),
            Some(form) => {
                // An idle connection may be closed at this moment, and a POST is not sent again.
                let request = agent
                    .post(&text)
                    .config()
                    .max_idle_age(Duration::ZERO)
                    .build();
                let request = headers.iter().fold(request, |request, (name, value)| {
                    request.header(*name, *value)
                });
                request
                    .content_type("application/x-www-form-urlencoded")
                    .send(form)
            }
        };
        done.map_err(|why| match &why {
            ureq::Error::Other(inner) => match inner.downcast_ref::<NotPublic>() {
                Some(NotPublic(address)) => led_inside(url, ask.led_by, &address.to_string()),
                None => self.explained(why, url),
            },
            _ => self.explained(why, url),
        })
    }

    fn explained(&self, why: ureq::Error, url: &Url) -> Failure {
        failure::explain(why, url, self.options.timeout, &self.network.proxies)
    }

    fn receive(
        &self,
        mut response: Response<ureq::Body>,
        url: &Url,
        want: Accept,
        bytes: &AtomicU64,
    ) -> Result<HttpReply, Failure> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let encoding = text(&headers, "content-encoding");
        let body = response.body_mut().with_config().limit(u64::MAX).reader();
        let encoding = encoding.as_deref();
        let body = match status {
            200 => body::read(body, encoding, want, self.network.limits, bytes),
            _ => body::beginning(body, encoding, bytes),
        };
        let body = body.map_err(|why| match why {
            Unusable::Broken(why) => self.explained(why.into(), url),
            Unusable::Refused(why) => Failure::lasting(why),
        })?;
        Ok(HttpReply {
            status,
            content_type: text(&headers, "content-type"),
            link: text(&headers, "link"),
            etag: text(&headers, "etag"),
            modified: text(&headers, "last-modified"),
            authenticate: text(&headers, "www-authenticate"),
            location: text(&headers, "location"),
            retry_after: text(&headers, "retry-after"),
            body,
        })
    }
}

/// The failure if another server led to a server inside the user's own network.
pub(super) fn led_inside(url: &Url, led_by: Option<&str>, place: &str) -> Failure {
    let host = &url.host;
    let why = match led_by {
        Some(server) => format!(
            "'{server}' leads to '{host}' at {place}, which is not a public address, and no setting names that server"
        ),
        None => format!("'{host}' had a public address before, and now has {place}"),
    };
    Failure::lasting(why)
}

/// A header as text; bytes outside ASCII are not text.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}
