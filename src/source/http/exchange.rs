// SPDX-License-Identifier: GPL-2.0-or-later
//! From a question to an answer: tries, pauses, redirects, names and passwords.

use super::body::{self, Unusable};
use super::cache::Kept;
use super::credentials::Turn;
use super::failure::{self, Failure, cannot_get, named};
use super::retry::{self, Again};
use super::url::{Secret, Url};
use super::{Client, Want};
use crate::clock;
use crate::error::{Error, Result};
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, Response};

/// How many redirects are followed.
const REDIRECTS: usize = 10;
/// A pause that is longer than this is told with `-v`.
const TOLD: Duration = Duration::from_secs(1);
/// A pause that is longer than this is told always.
const LONG: Duration = Duration::from_secs(5);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) want: Want,
    /// A form to post, encoded; none: get.
    pub(super) form: Option<&'a str>,
    /// The last answer, which may still be right.
    pub(super) known: Option<&'a Kept>,
}

/// One answer, as it came.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) link: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) authenticate: Option<String>,
    location: Option<String>,
    retry_after: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Whether the server's own words have these in them.
    pub(super) fn says(&self, words: &str) -> bool {
        failure::said(self.content_type.as_deref(), &self.body).is_some_and(|said| said.contains(words))
    }

    /// The error of a status that is no answer.
    pub(super) fn refusal(&self, url: &Url) -> Error {
        let error = cannot_get(url).with_cause(format!("the server answered {}", named(self.status)));
        let said = failure::said(self.content_type.as_deref(), &self.body);
        said.into_iter().fold(error, |error, said| error.with_cause(crate::output::printable(&said)))
    }
}

impl Client {
    /// Asks, and follows where it leads; returns the last answer and where it came from.
    pub(super) fn exchange(&self, start: &Url, ask: Ask<'_>) -> Result<(Url, Reply)> {
        let (mut url, mut ask) = (start.clone(), ask);
        for _ in 0..=REDIRECTS {
            let reply = self.admitted(&url, ask)?;
            let Some(location) = reply.location.as_ref().filter(|_| matches!(reply.status, 301..=303 | 307 | 308))
            else {
                return Ok((url, reply));
            };
            let next = url.join(location).map_err(|why| cannot_get(&url).with_cause(format!("it has moved: {why}")))?;
            if url.is_secure && !next.is_secure {
                let why = format!("the server sends us on to '{next}', which is not safe");
                return Err(cannot_get(&url).with_cause(why));
            }
            match reply.status {
                307 | 308 if ask.form.is_some() && next.origin() != url.origin() => {
                    let why = format!("the server wants the same sent to '{next}'");
                    return Err(cannot_get(&url).with_cause(why));
                }
                307 | 308 => {}
                _ => ask.form = None,
            }
            // A name and password that were given for this server are for this server.
            let userinfo = url.userinfo.take().filter(|_| next.origin() == url.origin());
            url = Url { userinfo, ..next };
        }
        Err(cannot_get(start).with_cause(format!("the server sends us on more than {REDIRECTS} times")))
    }

    /// Asks one server, with name and password if it wants them.
    fn admitted(&self, url: &Url, ask: Ask<'_>) -> Result<Reply> {
        // Twice more at most: one that another thread has found, and its successor.
        for _ in 0..3 {
            let sent = self.credentials.header(url);
            let reply = self.persistent(url, ask, sent.as_ref())?;
            if !matches!(reply.status, 401 | 403) {
                if sent.is_some() {
                    self.credentials.worked(url);
                }
                return Ok(reply);
            }
            match self.credentials.refused(url, &reply, sent.as_ref()) {
                Turn::Again => {}
                turn @ Turn::Refused(_) => return Err(turn.explain(reply.refusal(url))),
            }
        }
        Err(cannot_get(url).with_cause("the server does not accept any name and password"))
    }

    /// Asks until there is an answer, or no hope of one.
    fn persistent(&self, url: &Url, ask: Ask<'_>, sent: Option<&Secret>) -> Result<Reply> {
        // What is posted is never sent twice; a server that did not answer at all before gets one try.
        let tries = if ask.form.is_some() || self.is_silent(url) { 0 } else { retry::AGAIN };
        let mut tried = 0;
        loop {
            let pause = match self.once(url, ask, sent) {
                Ok(reply) if retry::is_passing(reply.status) && tried < tries => {
                    self.asked_pause(url, &reply, tried)?
                }
                Ok(reply) => {
                    self.set_silent(url, false);
                    return Ok(reply);
                }
                Err(failure) if failure.again == Again::AtOnce && tried == 0 && tries > 0 => Duration::ZERO,
                Err(failure) if failure.again != Again::Never && tried < tries => self.pause(tried),
                Err(failure) => {
                    self.set_silent(url, failure.again != Again::Never);
                    return Err(self.told(&failure, url, tried + 1, ask));
                }
            };
            tried += 1;
            self.wait(url, pause);
        }
    }

    fn pause(&self, tried: u32) -> Duration {
        retry::pause(self.network.pause, tried, clock::unique())
    }

    /// How long to wait for a server that is busy: as long as it says, if that can be borne.
    fn asked_pause(&self, url: &Url, reply: &Reply, tried: u32) -> Result<Duration> {
        let Some(seconds) = reply.retry_after.as_ref().and_then(|value| retry::after(value, clock::now())) else {
            return Ok(self.pause(tried));
        };
        if seconds > retry::LONGEST {
            let when = if seconds > 7200 { format!("{} hours", seconds / 3600) } else { format!("{seconds} seconds") };
            let why = format!("it asks us to wait {when}, more than the {} seconds that we would", retry::LONGEST);
            return Err(reply.refusal(url).with_cause(why));
        }
        Ok(Duration::from_secs(seconds).max(self.pause(0)))
    }

    fn wait(&self, url: &Url, pause: Duration) {
        if pause > TOLD {
            let text =
                format!("'{}' is busy or away: it is asked again in {} s", url.origin(), pause.as_secs_f64().ceil());
            if pause > LONG { self.out.note(text) } else { self.out.detail(text) }
        }
        std::thread::sleep(pause);
    }

    fn told(&self, failure: &Failure, url: &Url, tries: u32, ask: Ask<'_>) -> Error {
        let error = failure.about(url);
        let error = if tries > 1 { error.with_cause(format!("tried {tries} times")) } else { error };
        let error = match failure.why.contains("certificate") && self.network.is_unchecked {
            true => error.with_hint("http.sslVerify=false has no effect here: servers are always checked"),
            false => error,
        };
        match ask.known {
            Some(kept) if failure.again != Again::Never => {
                let age = clock::age(kept.at, clock::now());
                error.with_hint(format!("an answer of {age} is kept: --offline uses it"))
            }
            _ => error,
        }
    }

    /// One try.
    fn once(&self, url: &Url, ask: Ask<'_>, sent: Option<&Secret>) -> Result<Reply, Failure> {
        let agent = match self.agents().of(url, &self.network.proxies) {
            Ok(agent) => agent,
            Err(why) => {
                let hint = why.hints().first().cloned();
                return Err(Failure { hint, ..Failure::lasting(why.to_string()) });
            }
        };
        let _inside = self.gate.enter();
        let begun = Instant::now();
        let bytes = AtomicU64::new(0);
        let done = self.send(agent, url, ask, sent).and_then(|response| self.receive(response, url, ask.want, &bytes));
        let bytes = bytes.into_inner();
        self.counts.add(&url.origin(), 1, bytes);
        if self.is_traced {
            let method = if ask.form.is_some() { "POST" } else { "GET" };
            let end = done.as_ref().map_or_else(|failure| failure.why.clone(), |reply| named(reply.status));
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            self.out.trace(format!("{method} {url}: {end}, {bytes} bytes, {took:.1} ms"));
        }
        done
    }

    fn send(
        &self,
        agent: &ureq::Agent,
        url: &Url,
        ask: Ask<'_>,
        sent: Option<&Secret>,
    ) -> Result<Response<ureq::Body>, Failure> {
        let accept = match ask.want {
            Want::Json => "application/json",
            Want::Mbox => "application/mbox, text/plain, application/gzip, */*;q=0.5",
            Want::Atom => "application/atom+xml, */*;q=0.5",
            Want::Any => "*/*",
        };
        let mut headers = vec![("accept", accept), ("accept-encoding", "gzip")];
        headers.extend(sent.map(|Secret(value)| ("authorization", value.as_str())));
        let text = url.to_string();
        if let Some(kept) = ask.known.filter(|kept| ask.form.is_none() && kept.status == 200 && kept.url == text) {
            headers.extend(kept.etag.as_deref().map(|etag| ("if-none-match", etag)));
            headers.extend(kept.modified.as_deref().map(|modified| ("if-modified-since", modified)));
        }
        let done = match ask.form {
            None => {
                headers.iter().fold(agent.get(&text), |request, (name, value)| request.header(*name, *value)).call()
            }
            Some(form) => {
                // A connection that has been idle may be closed just now, and what is posted is not sent again.
                let request = agent.post(&text).config().max_idle_age(Duration::ZERO).build();
                let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                request.content_type("application/x-www-form-urlencoded").send(form)
            }
        };
        done.map_err(|why| failure::explain(why, url, self.options.timeout, &self.network.proxies))
    }

    fn receive(
        &self,
        mut response: Response<ureq::Body>,
        url: &Url,
        want: Want,
        bytes: &AtomicU64,
    ) -> Result<Reply, Failure> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let encoding = text(&headers, "content-encoding");
        let body = response.body_mut().with_config().limit(u64::MAX).reader();
        // An error page is nobody's mbox.
        let want = if status == 200 { want } else { Want::Any };
        let body =
            body::read(body, encoding.as_deref(), want, self.network.limits, bytes).map_err(|why| match why {
                Unusable::Broken(why) => failure::explain(why.into(), url, self.options.timeout, &self.network.proxies),
                Unusable::Refused(why) => Failure::lasting(why),
            })?;
        Ok(Reply {
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

/// A header as text; bytes that are not ASCII are no text.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
