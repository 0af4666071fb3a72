// SPDX-License-Identifier: GPL-2.0-or-later
//! A Patchwork on loopback that is fed with mails and answers as a real one does, its odd ways included.
//!
//! Unknown filters are ignored, `per_page` is clamped in silence, pages are linked in a header alone, a path without its
//! slash is a redirect, an unknown version of the interface is a web page with 404, and the mboxes lack and cut what real
//! ones lack and cut. It also plays the archive that the projects link to, below `/inbox/`. Requests are written down.

#[path = "patchwork/answers.rs"]
mod answers;
#[path = "patchwork/store.rs"]
mod store;
#[path = "patchwork/submission.rs"]
mod submission;

use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use store::Store;
use tiny_http::{Header, Request, Response, Server};

/// Most entries of a page, whatever is asked.
const MOST: usize = 250;

/// How it differs from one that is in order.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The versions of the interface that it knows, oldest first.
    pub versions: Vec<&'static str>,
    /// Whether the projects link to the archive.
    pub archive: bool,
    /// Whether the archive finds nothing.
    pub archive_is_empty: bool,
    /// The host that the links to next pages name.
    pub link_host: Option<String>,
    /// Paths, or parts of them, that are answered with a status and a web page.
    pub broken: Vec<(&'static str, u16)>,
}

impl Default for Manner {
    fn default() -> Self {
        Manner {
            versions: vec!["1.0", "1.1", "1.2", "1.3", "1.4"],
            archive: false,
            archive_is_empty: false,
            link_host: None,
            broken: Vec::new(),
        }
    }
}

/// The server; it ends when it is dropped.
pub struct FakePatchwork {
    server: Arc<Server>,
    store: Arc<Mutex<Store>>,
    manner: Arc<Mutex<Manner>>,
    requests: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl FakePatchwork {
    /// One with a project `uboot` and a project `other`.
    pub fn new() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let store = Arc::new(Mutex::new(Store::new()));
        let (manner, requests) = (
            Arc::new(Mutex::new(Manner::default())),
            Arc::new(Mutex::new(Vec::new())),
        );
        let thread = std::thread::spawn({
            let (server, store, manner, requests) = (
                server.clone(),
                store.clone(),
                manner.clone(),
                requests.clone(),
            );
            move || {
                for request in server.incoming_requests() {
                    requests.lock().unwrap().push(request.url().to_owned());
                    answer(request, &store.lock().unwrap(), &manner.lock().unwrap());
                }
            }
        });
        FakePatchwork {
            server,
            store,
            manner,
            requests,
            thread: Some(thread),
        }
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    /// Gives it the mails of an mbox, in order, as sent to the list of `uboot`.
    pub fn feed(&self, mbox: &[u8]) {
        self.feed_to("uboot", mbox);
    }

    /// Gives it the mails of an mbox as sent to the list of a project.
    pub fn feed_to(&self, project: &str, mbox: &[u8]) {
        let mails = git_patman::mail::read_bytes(mbox.to_vec(), "fed").unwrap();
        mails
            .iter()
            .for_each(|mail| self.store.lock().unwrap().receive(project, mail));
    }

    /// Changes its manner.
    pub fn set(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.manner.lock().unwrap());
    }

    /// Gives every patch of a series a state.
    pub fn set_state(&self, series: u64, state: &str) {
        self.store.lock().unwrap().set_state(series, state);
    }

    /// Gives one patch a state.
    pub fn set_state_of(&self, patch: u64, state: &str) {
        self.store.lock().unwrap().set_state_of(patch, state);
    }

    /// The requests since the last call, as paths with queries.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// Text with its address replaced.
    pub fn neutral(&self, text: &str) -> String {
        text.replace(&self.url(), "$PATCHWORK")
    }
}

impl Drop for FakePatchwork {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// An answer before it is sent.
enum Reply {
    Json(Value),
    Page(Vec<Value>),
    NotFound(&'static str),
    Html(u16),
    Redirect(u16, String),
    Bytes(Vec<u8>),
}

/// What was asked for, taken apart.
struct Asked<'a> {
    pub store: &'a Store,
    pub manner: &'a Manner,
    /// `http://host:port`.
    pub base: String,
    pub path: String,
    pub query: HashMap<String, String>,
    /// The version of the interface, as the path names it, and as it behaves.
    pub version: (String, u32),
}

fn answer(request: Request, store: &Store, manner: &Manner) {
    let host = request
        .headers()
        .iter()
        .find(|header| header.field.equiv("host"))
        .unwrap()
        .value
        .to_string();
    let url = request.url().to_owned();
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: HashMap<String, String> = pairs
        .map(|(key, value)| (key.to_owned(), decoded(value)))
        .collect();
    let base = format!("http://{host}");
    let mut asked = Asked {
        store,
        manner,
        base,
        path: path.to_owned(),
        query,
        version: (String::new(), 0),
    };
    let broken = manner
        .broken
        .iter()
        .find(|(part, _)| url.contains(part))
        .map(|(_, status)| Reply::Html(*status));
    let reply = broken.unwrap_or_else(|| asked.reply());
    let html = |status: u16| {
        Response::from_string("<!DOCTYPE html><html>no</html>").with_status_code(status)
    };
    let typed = |text: &str| Header::from_bytes("Content-Type", text).unwrap();
    let response = match reply {
        Reply::Json(value) => {
            Response::from_string(value.to_string()).with_header(typed("application/json"))
        }
        Reply::Page(all) => page(&asked, &all).with_header(typed("application/json")),
        Reply::NotFound(why) => Response::from_string(json!({ "detail": why }).to_string())
            .with_status_code(404)
            .with_header(typed("application/json")),
        Reply::Html(status) => html(status).with_header(typed("text/html")),
        Reply::Redirect(status, to) => {
            html(status).with_header(Header::from_bytes("Location", to).unwrap())
        }
        Reply::Bytes(bytes) => Response::from_data(bytes),
    };
    // A client that went away is the client's matter.
    drop(request.respond(response));
}

/// One page of a list. The link echoes the `per_page` that was asked for, though it is clamped.
fn page(asked: &Asked<'_>, all: &[Value]) -> Response<std::io::Cursor<Vec<u8>>> {
    let number = |key: &str, default: usize| {
        asked
            .query
            .get(key)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (page, wanted) = (number("page", 1).max(1), number("per_page", 30).max(1));
    let per_page = wanted.min(MOST);
    let start = (page - 1) * per_page;
    if start > 0 && start >= all.len() {
        return Response::from_string(json!({"detail": "Invalid page."}).to_string())
            .with_status_code(404);
    }
    let entries = &all[start..all.len().min(start + per_page)];
    let response = Response::from_string(json!(entries).to_string());
    if start + per_page >= all.len() {
        return response;
    }
    let base = asked
        .manner
        .link_host
        .as_ref()
        .map_or(asked.base.clone(), |host| format!("http://{host}"));
    let kept = asked
        .query
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "page" | "per_page"));
    let kept: String = kept
        .map(|(key, value)| format!("&{key}={}", encoded(value)))
        .collect();
    let next = format!(
        "<{base}{}?page={}&per_page={wanted}{kept}>; rel=\"next\"",
        asked.path,
        page + 1
    );
    response.with_header(Header::from_bytes("Link", next).unwrap())
}

impl Asked<'_> {
    fn reply(&mut self) -> Reply {
        let path = self.path.clone();
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decoded)
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let ["inbox", id, "t.mbox.gz"] = parts[..] {
            return self.thread(id);
        }
        if !path.ends_with('/') {
            return Reply::Redirect(301, format!("{path}/"));
        }
        match parts[..] {
            ["api", version, ..] if version.starts_with(|c: char| c.is_ascii_digit()) => {
                if !self.manner.versions.contains(&version) {
                    return Reply::Html(404);
                }
                self.version = (format!("/{version}"), minor(version));
                self.api(&parts[2..])
            }
            ["api", ..] => {
                self.version = (
                    String::new(),
                    minor(self.manner.versions[self.manner.versions.len() - 1]),
                );
                self.api(&parts[1..])
            }
            ["series", id, "mbox"] => self.series_mbox(id),
            ["patch", id] => self.patch_page(id),
            _ => Reply::Html(404),
        }
    }

    /// The thread of a mail, as a public-inbox gives it.
    fn thread(&self, id: &str) -> Reply {
        let mails = self.store.thread(id);
        if mails.is_empty() || self.manner.archive_is_empty {
            return Reply::Html(404);
        }
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        for raw in mails {
            packer
                .write_all(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n")
                .unwrap();
            for line in raw.split_inclusive(|&b| b == b'\n') {
                let quotes = line.iter().take_while(|&&b| b == b'>').count();
                packer
                    .write_all(if line[quotes..].starts_with(b"From ") {
                        b">"
                    } else {
                        b""
                    })
                    .unwrap();
                packer.write_all(line).unwrap();
            }
            packer.write_all(b"\n").unwrap();
        }
        Reply::Bytes(packer.finish().unwrap())
    }
}

fn minor(version: &str) -> u32 {
    version.split_once('.').unwrap().1.parse().unwrap()
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

fn encoded(text: &str) -> String {
    git_patman::source::percent::encode_component(text)
}
