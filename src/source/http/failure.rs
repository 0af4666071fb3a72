// SPDX-License-Identifier: GPL-2.0-or-later
//! Explains what went wrong on the way to a server, with a hint and whether to try again.

use super::proxy::Proxies;
use super::retry::RetryPolicy;
use super::url::{Url, redacted};
use crate::error::Error;
use std::io::ErrorKind;
use std::time::Duration;
use ureq::Timeout;

/// Maximum length of a server's message that is shown, in characters.
const MAX_SERVER_MESSAGE: usize = 200;

/// An attempt that got no response.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) why: String,
    pub(super) hint: Option<String>,
    pub(super) retry: RetryPolicy,
}

impl Failure {
    fn new(why: impl Into<String>, retry: RetryPolicy) -> Failure {
        Failure {
            why: why.into(),
            hint: None,
            retry,
        }
    }

    fn hint(self, hint: &str) -> Failure {
        Failure {
            hint: Some(hint.to_owned()),
            ..self
        }
    }

    /// A failure that would be the same the next time.
    pub(super) fn lasting(why: impl Into<String>) -> Failure {
        Failure::new(why, RetryPolicy::Never)
    }

    /// The error that the user sees.
    pub(super) fn about(&self, url: &Url) -> Error {
        let error = cannot_get(url).with_cause(&self.why);
        self.hint
            .iter()
            .fold(error, |error, hint| error.with_hint(hint))
    }
}

/// The first line of every error of this client.
pub(super) fn cannot_get(url: &Url) -> Error {
    Error::new(format!("cannot get '{url}'"))
}

/// Explains why an attempt failed.
pub(super) fn explain(
    error: ureq::Error,
    url: &Url,
    silence: Duration,
    proxies: &Proxies,
) -> Failure {
    let through = proxies.of(url).map(redacted);
    let peer = through.as_ref().map_or_else(
        || format!("'{}'", url.address()),
        |proxy| format!("the proxy '{proxy}'"),
    );
    let proxy_hint = "the proxy is set by http.proxy, https_proxy, http_proxy or all_proxy";
    let seconds = silence.as_secs_f64();
    let failure = match error {
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => Failure::new(
            format!("the connection to {peer} timed out"),
            RetryPolicy::Later,
        ),
        // It took minutes, and would take as long again.
        ureq::Error::Timeout(Timeout::Global | Timeout::PerCall) => {
            Failure::lasting("the response is too slow")
        }
        ureq::Error::Timeout(_) => Failure::new(
            format!("the server was silent for {seconds} seconds"),
            RetryPolicy::Later,
        ),
        ureq::Error::HostNotFound => unknown(&peer),
        ureq::Error::ConnectionFailed => {
            Failure::new(format!("{peer} cannot be reached"), RetryPolicy::Later)
        }
        ureq::Error::ConnectProxyFailed(said) => {
            let status = said
                .split(['/', ' '])
                .find(|word| word.len() == 3 && word.parse::<u16>().is_ok());
            let why = match status {
                Some("407") => format!("{peer} wants a name and a password (407)"),
                Some(status) => format!("{peer} refused to forward the request ({status})"),
                None => format!("{peer} did not respond like a proxy"),
            };
            return Failure::lasting(why).hint(proxy_hint);
        }
        ureq::Error::LargeResponseHeader(..) => {
            Failure::lasting("the response headers are too large")
        }
        ureq::Error::Io(why) => return of_io(&why, &peer, through.map(|_| proxy_hint)),
        ureq::Error::Protocol(why) => Failure::lasting(format!("the response is not HTTP: {why}")),
        other => of_tls(&other.to_string()).unwrap_or_else(|| Failure::lasting(other.to_string())),
    };
    match through {
        Some(_) if failure.hint.is_none() && failure.why.contains(&peer) => {
            failure.hint(proxy_hint)
        }
        _ => failure,
    }
}

fn of_io(why: &std::io::Error, peer: &str, hint: Option<&str>) -> Failure {
    let text = why.to_string();
    if let Some(tls) = of_tls(&text) {
        return tls;
    }
    let failure = match why.kind() {
        ErrorKind::ConnectionRefused => {
            Failure::new(format!("{peer} refused the connection"), RetryPolicy::Later)
        }
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => {
            return Failure::new(
                "the server closed the connection early",
                RetryPolicy::AtOnce,
            );
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Failure::new(
            format!("{peer} did not respond in time"),
            RetryPolicy::Later,
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Failure::new(
                format!("{peer} cannot be reached from this network"),
                RetryPolicy::Later,
            )
        }
        _ if text.contains("lookup address") => unknown(peer),
        _ => Failure::lasting(text),
    };
    match hint {
        Some(hint) if failure.hint.is_none() => failure.hint(hint),
        _ => failure,
    }
}

fn unknown(peer: &str) -> Failure {
    Failure::lasting(format!("the name of {peer} cannot be resolved"))
        .hint("check the name and your network connection")
}

/// Explains the messages of rustls about certificates and handshakes; `None` if the text is not from rustls.
fn of_tls(text: &str) -> Option<Failure> {
    let certificate = text.contains("invalid peer certificate");
    let why = match text {
        _ if certificate && text.contains("UnknownIssuer") => {
            "the server's certificate is not signed by a trusted authority"
        }
        _ if certificate && text.contains("xpired") => "the server's certificate has expired",
        _ if certificate && text.contains("NotValidYet") => {
            "the server's certificate is not valid yet"
        }
        _ if certificate
            && (text.contains("NotValidForName") || text.contains("not valid for name")) =>
        {
            "the server's certificate is for another name"
        }
        _ if certificate => text,
        _ if text.contains("corrupt message") => "the server does not speak TLS",
        _ if text.contains("fatal alert")
            || text.contains("peer is incompatible")
            || text.contains("peer misbehaved") =>
        {
            text
        }
        _ => return None,
    };
    let failure = Failure::lasting(format!("no secure connection: {why}"));
    Some(match why {
        _ if certificate && text.contains("UnknownIssuer") => failure
            .hint("if your own authority signed it: git config --global http.sslCAInfo <file>"),
        "the server does not speak TLS" => {
            failure.hint("check the port, and whether the URL begins with http://")
        }
        _ if certificate => failure.hint("check the clock of this machine and the name in the URL"),
        _ => failure,
    })
}

/// The message in the body of a refusal, on one line: the `detail` of JSON, or the first line of plain text.
pub(super) fn message_of(content_type: Option<&str>, body: &[u8]) -> Option<String> {
    let kind = content_type.unwrap_or_default().to_ascii_lowercase();
    let text = if kind.contains("json") {
        let json: serde_json::Value = serde_json::from_slice(body).ok()?;
        let told = json
            .get("detail")
            .or_else(|| json.get("error"))
            .unwrap_or(&json);
        told.as_str()
            .map_or_else(|| told.to_string(), str::to_owned)
    } else if kind.starts_with("text/plain") {
        String::from_utf8_lossy(&body[..body.len().min(4 * MAX_SERVER_MESSAGE)]).into_owned()
    } else {
        return None;
    };
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(MAX_SERVER_MESSAGE).collect())
}

/// A status with its name: `503 Service Unavailable`.
pub(super) fn named(status: u16) -> String {
    let name = ureq::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    name.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_quoted_in_one_line() {
        let json = Some("application/json; charset=utf-8");
        assert_eq!(
            message_of(json, br#"{"detail": "Invalid\npage."}"#).as_deref(),
            Some("Invalid")
        );
        assert_eq!(
            message_of(json, br#"{"state": ["no"]}"#).as_deref(),
            Some(r#"{"state":["no"]}"#)
        );
        assert_eq!(message_of(json, b"{").as_deref(), None);
        assert_eq!(
            message_of(Some("text/plain"), b"\n  too many\nrequests").as_deref(),
            Some("too many")
        );
        assert_eq!(
            message_of(Some("text/plain"), &[b'x'; 9999]).map(|said| said.len()),
            Some(MAX_SERVER_MESSAGE)
        );
        assert_eq!(message_of(Some("text/html"), b"<html>"), None);
        assert_eq!(message_of(None, b"x"), None);
    }

    #[test]
    fn each_way_to_fail_has_words_and_a_hint() {
        let url = Url::parse("https://me:secret@lists.example.com/x").unwrap();
        let direct = Proxies::default();
        let through = Proxies {
            https: Some("http://me:secret@proxy:3128".to_owned()),
            ..Proxies::default()
        };
        let told = |error: ureq::Error, proxies| {
            let failure = explain(error, &url, Duration::from_secs(30), proxies);
            let error = failure.about(&url);
            (
                error.to_string().split_once(": ").unwrap().1.to_owned(),
                error.hints().join("; "),
                failure.retry,
            )
        };
        let lookup = || {
            std::io::Error::other("failed to lookup address information: Name or service not known")
                .into()
        };
        let (why, hint, again) = told(lookup(), &direct);
        assert_eq!(why, "the name of 'lists.example.com' cannot be resolved");
        assert_eq!(
            (hint.as_str(), again),
            (
                "check the name and your network connection",
                RetryPolicy::Never
            )
        );
        assert_eq!(
            told(lookup(), &through).0,
            "the name of the proxy 'http://proxy:3128' cannot be resolved"
        );
        let refused = || std::io::Error::from(ErrorKind::ConnectionRefused).into();
        let (why, hint, again) = told(refused(), &through);
        assert_eq!(
            (why.as_str(), again),
            (
                "the proxy 'http://proxy:3128' refused the connection",
                RetryPolicy::Later
            )
        );
        assert!(hint.contains("http.proxy"));
        assert_eq!(
            told(ureq::Error::Timeout(Timeout::Connect), &direct).0,
            "the connection to 'lists.example.com' timed out"
        );
        assert_eq!(
            told(ureq::Error::Timeout(Timeout::PerRead), &direct).0,
            "the server was silent for 30 seconds"
        );
        assert_eq!(
            told(ureq::Error::Timeout(Timeout::Global), &direct).2,
            RetryPolicy::Never
        );
        assert_eq!(
            told(
                std::io::Error::from(ErrorKind::ConnectionReset).into(),
                &direct
            )
            .2,
            RetryPolicy::AtOnce
        );
    }

    #[test]
    fn tls_failures_are_told_in_words() {
        let failure = of_tls("io: invalid peer certificate: UnknownIssuer");
        assert!(failure.is_some_and(|failure| {
            failure
                .hint
                .is_some_and(|hint| hint.contains("http.sslCAInfo"))
        }));
        assert!(of_tls("connection reset").is_none());
    }
}
