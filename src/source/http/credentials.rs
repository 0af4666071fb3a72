// SPDX-License-Identifier: GPL-2.0-or-later
//! Names, passwords and tokens, used only if a server asks for them, and only for that server.
//!
//! They come from the URL or from git's credential helpers, are sent only to the scheme, host and port
//! that asked, and are in no message, trace, argument or file of this program. If
//! `credential.useHttpPath` is set for a server, they belong to a path on it and are sent for no other
//! path: this is the path of the server that the user has named (`add_base`), or otherwise that of the
//! URL. A Patchwork expects `Authorization: Token`, and responds with 403 where others respond with
//! 401, even to a wrong token; on other servers, 403 means that no credentials would help, and none are
//! requested.

use super::attempt::HttpReply;
use super::url::{Secret, Url};
use crate::error::Error;
use crate::git::credential::{Credential, CredentialHelpers, CredentialUrl};
use crate::text::shell_quote;
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How credentials are written in `Authorization:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// Name and password.
    Basic,
    /// The password alone, as Patchwork expects it.
    Token,
}

/// The key for one server.
#[derive(Debug)]
struct ServerKey {
    header: Secret,
    credential: Option<Credential>,
    is_approved: bool,
}

/// The reaction to a refusal.
#[derive(Debug)]
pub(super) enum AuthStep {
    /// There is a key now; send the request again.
    Retry,
    /// No key would help, or none is known; with a hint.
    Refused(Option<String>),
}

/// The scope of a key: scheme, host and port, and the path if git's helpers store keys by path.
type Scope = (String, Option<String>);

/// The keys found so far.
#[derive(Debug, Default)]
struct Keys {
    /// Whether git's helpers store keys by path, for each server that has asked for a key.
    by_path: HashMap<String, bool>,
    /// The key for each scope; `None` if none is known.
    found: HashMap<Scope, Option<ServerKey>>,
}

/// The keys of one client.
#[derive(Debug)]
pub(super) struct Credentials {
    helpers: CredentialHelpers,
    keys: Mutex<Keys>,
    tokens: Mutex<Vec<String>>,
    /// The URLs of the servers that the user has named.
    bases: Mutex<Vec<Url>>,
}

impl Credentials {
    /// Starts without keys.
    pub(super) fn new(helpers: CredentialHelpers) -> Credentials {
        Credentials {
            helpers,
            keys: Mutex::default(),
            tokens: Mutex::default(),
            bases: Mutex::default(),
        }
    }

    /// Uses the path of this URL for all URLs below it, if keys are stored by path.
    pub(super) fn add_base(&self, url: &Url) {
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        if !bases.contains(url) {
            bases.push(url.clone());
        }
    }

    /// The path to ask git's helpers for, without a slash at either end.
    fn path(&self, url: &Url) -> String {
        let bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        let base = bases.iter().filter(|base| url.is_below(base));
        let path = base
            .max_by_key(|base| base.path.len())
            .map_or(url.path.as_str(), |base| base.path.as_str());
        let path = path.split('?').next().unwrap_or_default();
        path.trim_matches('/').to_owned()
    }

    /// The scope of a key for this URL; `None` until its server has asked for a key.
    fn scope(&self, keys: &Keys, url: &Url) -> Option<Scope> {
        let by_path = *keys.by_path.get(&url.origin())?;
        Some((url.origin(), by_path.then(|| self.path(url))))
    }

    /// From now on, treats a 403 of this server as a request for a token.
    pub(super) fn use_token(&self, url: &Url) {
        self.tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(url.origin());
    }

    /// The header to send to a server.
    pub(super) fn header(&self, url: &Url) -> Option<Secret> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.found
            .get(&self.scope(&keys, url)?)?
            .as_ref()
            .map(|key| key.header.clone())
    }

    /// Records that the server accepted the header.
    pub(super) fn worked(&self, url: &Url) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(scope) = self.scope(&keys, url) else {
            return;
        };
        let Some(Some(key)) = keys.found.get_mut(&scope) else {
            return;
        };
        if !std::mem::replace(&mut key.is_approved, true)
            && let Some(credential) = &key.credential
        {
            self.helpers.approve(credential);
        }
    }

    /// Decides what to do after a 401 or 403 to a request with the header `sent`.
    pub(super) fn refused(&self, url: &Url, reply: &HttpReply, sent: Option<&Secret>) -> AuthStep {
        let Some(scheme) = self.wanted(url, reply) else {
            return AuthStep::Refused(None);
        };
        // Other threads that are refused wait here, and then use the key that was found.
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = || self.helpers.is_kept_by_path(&url.to_string());
        let by_path = *keys.by_path.entry(url.origin()).or_insert_with(asked);
        let scope = (url.origin(), by_path.then(|| self.path(url)));
        match (keys.found.get(&scope), sent) {
            (Some(Some(key)), sent) if Some(&key.header) != sent => return AuthStep::Retry,
            (Some(Some(key)), _) => {
                // Patchwork also responds with 403 to a valid token that lacks the permission.
                if reply.status == 403 && !reply.says("nvalid token") {
                    return AuthStep::Refused(None);
                }
                let hint = key.credential.as_ref().map(|credential| {
                    self.helpers.reject(credential);
                    how_to_store(url, scope.1.as_deref(), scheme)
                });
                keys.found.insert(scope, None);
                return AuthStep::Refused(hint);
            }
            (Some(None), _) => {
                return AuthStep::Refused(Some(how_to_store(url, scope.1.as_deref(), scheme)));
            }
            (None, _) => {}
        }
        let key = self.find(url, scheme);
        let step = match key {
            Some(_) => AuthStep::Retry,
            None => AuthStep::Refused(Some(how_to_store(url, scope.1.as_deref(), scheme))),
        };
        keys.found.insert(scope, key);
        step
    }

    fn wanted(&self, url: &Url, reply: &HttpReply) -> Option<Scheme> {
        let is_token = || {
            self.tokens
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&url.origin())
        };
        match (
            reply.status,
            reply.authenticate.as_deref().map(str::to_ascii_lowercase),
        ) {
            (401, Some(asked)) if asked.starts_with("token") => Some(Scheme::Token),
            (401, Some(asked)) if asked.contains("basic") => Some(Scheme::Basic),
            (401, _) if is_token() => Some(Scheme::Token),
            (401, None) => Some(Scheme::Basic),
            (403, _)
                if is_token()
                    || reply.says("Authentication credentials")
                    || reply.says("nvalid token") =>
            {
                Some(Scheme::Token)
            }
            _ => None,
        }
    }

    fn find(&self, url: &Url, scheme: Scheme) -> Option<ServerKey> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let given = url
            .userinfo
            .as_ref()
            .map(|Secret(given)| match given.split_once(':') {
                Some((name, password)) => (decode(name), Some(decode(password))),
                None => (decode(given), None),
            });
        let (name, password, credential) = match given {
            Some((name, Some(password))) => (name, password, None),
            given => {
                let path = self.path(url);
                let username = given.as_ref().map(|(name, _)| name.as_str());
                let place = CredentialUrl {
                    protocol: url.scheme(),
                    host: &url.address(),
                    path: &path,
                    username,
                };
                let found = self.helpers.fill(place)?;
                (found.username.clone(), found.password.clone(), Some(found))
            }
        };
        let header = match scheme {
            Scheme::Basic => format!("Basic {}", base64(format!("{name}:{password}").as_bytes())),
            Scheme::Token => format!("Token {password}"),
        };
        // A header of several lines would be several headers.
        let is_sound = header.bytes().all(|b| (b' '..0x7f).contains(&b));
        is_sound.then_some(ServerKey {
            header: Secret(header),
            credential,
            is_approved: false,
        })
    }
}

/// A command that stores the key that the server expects; the user fills in the secret.
fn how_to_store(url: &Url, path: Option<&str>, scheme: Scheme) -> String {
    let secret = match scheme {
        Scheme::Basic => "'username=<name>' 'password=<password>'",
        Scheme::Token => "username=token 'password=<token>'",
    };
    let mut place = vec![
        format!("protocol={}", url.scheme()),
        format!("host={}", url.address()),
    ];
    place.extend(path.map(|path| format!("path={path}")));
    let place: Vec<String> = place.iter().map(shell_quote).collect();
    format!(
        "to store one: printf '%s\\n' {} {secret} | git credential approve",
        place.join(" ")
    )
}

/// Encodes the bytes in base64 (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().enumerate().fold(0_u32, |bits, (at, &byte)| {
            bits | u32::from(byte) << (16 - 8 * at)
        });
        for at in 0..4 {
            let six = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() {
                char::from(six)
            } else {
                '='
            });
        }
    }
    text
}

impl AuthStep {
    /// Adds the hint to the error of a refusal.
    pub(super) fn explain(self, error: Error) -> Error {
        match self {
            AuthStep::Refused(Some(hint)) => error.with_hint(hint),
            AuthStep::Refused(None) | AuthStep::Retry => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("\u{ff}~", "w79+"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
