// SPDX-License-Identifier: GPL-2.0-or-later
//! From a request to its response: redirects, credentials and retries.

use super::Client;
use super::attempt::{HttpQuery, HttpReply, led_inside};
use super::credentials::AuthStep;
use super::failure::{Failure, cannot_get};
use super::public::is_inside_name;
use super::retry::{self, RetryPolicy};
use super::url::{Secret, Url};
use crate::clock;
use crate::error::{Error, Result};
use std::time::Duration;

/// Maximum number of redirects.
const MAX_REDIRECTS: usize = 10;
/// A longer pause is reported with `-v`.
const MIN_REPORTED_PAUSE: Duration = Duration::from_secs(1);
/// A longer pause is always reported.
const MIN_NOTICED_PAUSE: Duration = Duration::from_secs(5);

impl Client {
    /// Sends a request and follows redirects; returns the final URL and response.
    pub(super) fn exchange(&self, start: &Url, ask: HttpQuery<'_>) -> Result<(Url, HttpReply)> {
        let (mut url, mut ask) = (start.clone(), ask);
        let mut led_by = self.led_by(start);
        for _ in 0..=MAX_REDIRECTS {
            if let Some(server) = &led_by
                && self.network.proxies.of(&url).is_some()
                && is_inside_name(&url.host)
            {
                return Err(led_inside(&url, Some(server), "a name of its own network").about(&url));
            }
            let led = HttpQuery {
                led_by: led_by.as_deref(),
                ..ask
            };
            let reply = self.authenticated(&url, led)?;
            let Some(location) = reply
                .location
                .as_ref()
                .filter(|_| matches!(reply.status, 301..=303 | 307 | 308))
            else {
                return Ok((url, reply));
            };
            let next = url.join(location).map_err(|why| {
                cannot_get(&url).with_cause(format!("the redirect is invalid: {why}"))
            })?;
            if url.is_secure && !next.is_secure {
                let why = format!("the server redirects to '{next}', which is not secure");
                return Err(cannot_get(&url).with_cause(why));
            }
            let is_known = next.host == start.host && self.led_by(start).is_none();
            led_by = (!is_known && !self.may_ask_inside(&url, &next)).then(|| url.origin());
            match reply.status {
                307 | 308 if ask.form.is_some() && next.origin() != url.origin() => {
                    let why = format!("the server redirects the submitted form to '{next}'");
                    return Err(cannot_get(&url).with_cause(why));
                }
                307 | 308 => {}
                _ => ask.form = None,
            }
            // A name and password that were given for this server are only for this server.
            let userinfo = url
                .userinfo
                .take()
                .filter(|_| next.origin() == url.origin());
            url = Url { userinfo, ..next };
        }
        Err(cannot_get(start).with_cause(format!(
            "the server redirects more than {MAX_REDIRECTS} times"
        )))
    }

    /// Sends a request to one server, with credentials if it asks for them.
    fn authenticated(&self, url: &Url, ask: HttpQuery<'_>) -> Result<HttpReply> {
        // At most two more attempts: with a key that another thread has found, and with its successor.
        for _ in 0..3 {
            let sent = self.credentials.header(url);
            let reply = self.with_retries(url, ask, sent.as_ref())?;
            if !matches!(reply.status, 401 | 403) {
                if sent.is_some() {
                    self.credentials.worked(url);
                }
                return Ok(reply);
            }
            match self.credentials.refused(url, &reply, sent.as_ref()) {
                AuthStep::Retry => {}
                step @ AuthStep::Refused(_) => return Err(step.explain(reply.refusal(url))),
            }
        }
        Err(cannot_get(url).with_cause("the server rejected every user name and password"))
    }

    /// Sends a request until there is a response, or no hope of one.
    fn with_retries(
        &self,
        url: &Url,
        ask: HttpQuery<'_>,
        sent: Option<&Secret>,
    ) -> Result<HttpReply> {
        // A POST is never sent twice; a server that did not respond at all before gets one attempt.
        let tries = if ask.form.is_some() || self.is_silent(url) {
            0
        } else {
            retry::MAX_RETRIES
        };
        let mut tried = 0;
        loop {
            let pause = match self.once(url, ask, sent) {
                Ok(reply) if retry::is_passing(reply.status) && tried < tries => {
                    self.requested_pause(url, &reply, tried)?
                }
                Ok(reply) => {
                    self.set_silent(url, false);
                    return Ok(reply);
                }
                Err(failure) if failure.retry == RetryPolicy::AtOnce && tried == 0 && tries > 0 => {
                    Duration::ZERO
                }
                Err(failure) if failure.retry != RetryPolicy::Never && tried < tries => {
                    self.pause(tried)
                }
                Err(failure) => {
                    self.set_silent(url, failure.retry != RetryPolicy::Never);
                    return Err(self.final_error(&failure, url, tried + 1, ask));
                }
            };
            tried += 1;
            self.wait(url, pause);
        }
    }

    fn pause(&self, tried: u32) -> Duration {
        retry::pause(self.network.pause, tried, clock::unique())
    }

    /// How long to wait for a busy server: as long as it asks, within limits.
    fn requested_pause(&self, url: &Url, reply: &HttpReply, tried: u32) -> Result<Duration> {
        let Some(seconds) = reply
            .retry_after
            .as_ref()
            .and_then(|value| retry::after(value, clock::now()))
        else {
            return Ok(self.pause(tried));
        };
        if seconds > retry::MAX_RETRY_AFTER {
            let when = if seconds > 7200 {
                format!("{} hours", seconds / 3600)
            } else {
                format!("{seconds} seconds")
            };
            let why = format!(
                "it asks to wait {when}, more than the limit of {} seconds",
                retry::MAX_RETRY_AFTER
            );
            return Err(reply.refusal(url).with_cause(why));
        }
        Ok(Duration::from_secs(seconds).max(self.pause(0)))
    }

    fn wait(&self, url: &Url, pause: Duration) {
        if pause > MIN_REPORTED_PAUSE {
            let text = format!(
                "'{}' is busy or unavailable; trying again in {} s",
                url.origin(),
                pause.as_secs_f64().ceil()
            );
            if pause > MIN_NOTICED_PAUSE {
                self.events.notice(text)
            } else {
                self.events.step(text)
            }
        }
        std::thread::sleep(pause);
    }

    fn final_error(&self, failure: &Failure, url: &Url, tries: u32, ask: HttpQuery<'_>) -> Error {
        let error = failure.about(url);
        let error = if tries > 1 {
            error.with_cause(format!("tried {tries} times"))
        } else {
            error
        };
        let error = match failure.why.contains("certificate") && self.network.is_unchecked {
            true => error.with_hint(
                "http.sslVerify=false has no effect here: certificates are always checked",
            ),
            false => error,
        };
        match ask.known {
            Some(entry) if failure.retry != RetryPolicy::Never => {
                let age = clock::age(entry.at, clock::now());
                error.with_hint(format!("a response of {age} is cached: --offline uses it"))
            }
            _ => error,
        }
    }
}
