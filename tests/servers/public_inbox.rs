// SPDX-License-Identifier: GPL-2.0-or-later
//! A server that answers as a public-inbox does, as far as git-patman asks: threads, raw mails, searches, redirects.

use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::percent_decode_str;
use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tiny_http::{Header, Method, Request, Response, Server};

/// How the server is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It is not.
    Well,
    /// Searches by POST are refused.
    NoPost,
    /// All searches are refused.
    NoSearch,
    /// A page comes with status 200 where mails are wanted.
    Pages,
    /// Mails end in the middle.
    Cut,
}

/// The server, which ends with the test.
pub struct PublicInbox {
    server: Arc<Server>,
    mails: Arc<Mutex<Vec<String>>>,
    log: Arc<Mutex<Vec<String>>>,
    url: String,
}

impl PublicInbox {
    /// Serves mails as the inbox `list`.
    pub fn serve(mails: Vec<String>, mood: Mood) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let url = format!("http://{}", server.server_addr());
        let (mails, log) = (
            Arc::new(Mutex::new(mails)),
            Arc::new(Mutex::new(Vec::new())),
        );
        let inbox = PublicInbox {
            server,
            mails,
            log,
            url,
        };
        let (server, mails, log, url) = (
            inbox.server.clone(),
            inbox.mails.clone(),
            inbox.log.clone(),
            inbox.url.clone(),
        );
        std::thread::spawn(move || {
            while let Ok(request) = server.recv() {
                log.lock()
                    .unwrap()
                    .push(format!("{} {}", request.method(), request.url()));
                answer(request, &mails.lock().unwrap().clone(), mood, &url);
            }
        });
        inbox
    }

    /// Takes more mails.
    #[allow(dead_code, reason = "each test program uses a part of it")]
    pub fn receive(&self, mails: Vec<String>) {
        self.mails.lock().unwrap().extend(mails);
    }

    /// The URL of the inbox, with a slash at the end.
    pub fn inbox(&self) -> String {
        format!("{}/list/", self.url)
    }

    /// The URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

impl Drop for PublicInbox {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

fn answer(request: Request, mails: &[String], mood: Mood, url: &str) {
    let target = request.url().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let parts: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(decoded)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let is_post = *request.method() == Method::Post;
    let location = |place: String| Header::from_bytes("Location", place).unwrap();
    let sent = match parts.as_slice() {
        ["list", ""] if !query.is_empty() => search(request, mails, query, is_post, mood),
        ["list", id] if find(mails, id).is_some() => {
            let to = location(format!("{url}{path}/"));
            request.respond(Response::empty(301).with_header(to))
        }
        [id, ""] if id.contains('@') && find(mails, id).is_some() => {
            request.respond(Response::empty(302).with_header(location(format!("{url}/list{path}"))))
        }
        ["list", id, rest @ ..] if find(mails, id).is_some() => match rest {
            ["t.mbox.gz"] => mbox(
                request,
                &thread(mails, &HashSet::from([(*id).to_owned()])),
                mood,
            ),
            ["raw"] => request.respond(Response::from_data(find(mails, id).unwrap().as_bytes())),
            _ => request.respond(Response::from_string("<html>a mail</html>")),
        },
        _ => request.respond(Response::from_string("not found").with_status_code(404)),
    };
    // A client that went away is no matter.
    drop(sent);
}

fn search(
    request: Request,
    mails: &[String],
    query: &str,
    is_post: bool,
    mood: Mood,
) -> std::io::Result<()> {
    let words: Vec<(&str, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key, decoded(value)))
        .collect();
    let word = |name: &str| {
        words
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    };
    let asked = word("q").unwrap_or_default();
    let found: Vec<&String> = mails
        .iter()
        .filter(|mail| asked.split(" OR ").any(|part| fits(mail, part)))
        .collect();
    let is_refused = mood == Mood::NoSearch
        || (mood == Mood::NoPost && is_post)
        || (word("x") == Some("m") && !is_post);
    match (is_refused, found.is_empty(), word("x")) {
        (true, ..) => request.respond(Response::from_string("no").with_status_code(405)),
        (_, true, _) => {
            request.respond(Response::from_string("[No results found]").with_status_code(404))
        }
        (_, _, Some("m")) if word("t") == Some("1") => mbox(
            request,
            &thread(mails, &found.iter().map(|mail| id(mail)).collect()),
            mood,
        ),
        (_, _, Some("m")) => mbox(
            request,
            &found.into_iter().cloned().collect::<Vec<_>>(),
            mood,
        ),
        _ => request.respond(Response::from_string(feed(&found))),
    }
}

/// Whether a mail has all that a query of public-inbox asks for.
fn fits(mail: &str, query: &str) -> bool {
    query.trim_matches(['(', ')']).split(" AND ").all(|term| {
        if let Some(term) = term.strip_prefix("NOT ") {
            return !fits(mail, term);
        }
        let (prefix, value) = term
            .split_once(':')
            .filter(|(prefix, _)| !prefix.contains('"'))
            .unwrap_or(("", term));
        let text = value.trim_matches('"').to_lowercase();
        let has = |name: &str| header(mail, name).to_lowercase().contains(&text);
        match prefix {
            // As of a phrase, whole words count.
            "s" if value == "\"Re\"" => header(mail, "Subject")
                .split([' ', ':'])
                .any(|word| word == "Re"),
            "s" => has("Subject"),
            "f" => has("From"),
            "dt" => {
                let (from, until) = value.split_once("..").unwrap();
                let time = git_patman::mail::Message::new(mail.as_bytes().to_vec(), String::new())
                    .date()
                    .unwrap();
                let time = git_patman::clock::compact(time.seconds);
                from <= time.as_str() && (until.is_empty() || time.as_str() <= until)
            }
            "patchid" => patch_id(mail).is_some_and(|id| id == value),
            "" => mail.to_lowercase().contains(&text),
            other => panic!("'{other}:' is asked for"),
        }
    })
}

fn patch_id(mail: &str) -> Option<String> {
    use git_patman::mail::mailinfo::{MailinfoOptions, mailinfo};
    git_patman::diff::patch_id(
        &mailinfo(mail.as_bytes(), &MailinfoOptions::default())
            .ok()?
            .diff,
    )
}

fn feed(found: &[&String]) -> String {
    let entry = |mail: &&String| {
        let marked = |text: String| text.replace('&', "&amp;").replace('<', "&lt;");
        let parent = header(mail, "In-Reply-To")
            .trim_matches(['<', '>'])
            .to_owned();
        let answers =
            format!("<thr:in-reply-to ref=\"urn:uuid:1\" href=\"http://x/list/{parent}/\"/>");
        let message = git_patman::mail::Message::new(mail.as_bytes().to_vec(), String::new());
        let (from, sent) = (
            message.from(),
            message.date().map_or(0, |date| date.seconds),
        );
        let sent = jiff::Timestamp::from_second(sent).unwrap();
        format!(
            "<entry><author><name>{}</name><email>{}</email></author><title type=\"html\">{}</title>\
             <updated>{sent}</updated><link href=\"http://x/list/{}/\"/>{}<content>x</content></entry>",
            marked(from.name),
            from.email,
            marked(header(mail, "Subject")),
            id(mail).replace('/', "%2F"),
            if parent.is_empty() { "" } else { &answers },
        )
    };
    format!(
        "<feed>{}</feed>",
        found.iter().map(entry).collect::<String>()
    )
}

fn mbox(request: Request, mails: &[String], mood: Mood) -> std::io::Result<()> {
    if mood == Mood::Pages {
        return request.respond(Response::from_string("<html>busy</html>"));
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    for mail in mails {
        let is_from = |line: &str| line.trim_start_matches('>').starts_with("From ");
        let quoted = mail.lines().map(|line| {
            if is_from(line) {
                format!(">{line}\n")
            } else {
                format!("{line}\n")
            }
        });
        let text = quoted.collect::<String>();
        packer.write_all(format!("From mboxrd@z Thu Jan  1 00:00:00 1970\n{text}\n").as_bytes())?;
    }
    let mut packed = packer.finish()?;
    if mood == Mood::Cut {
        packed.truncate(packed.len() / 2);
    }
    let kind = Header::from_bytes("Content-Type", "application/gzip").unwrap();
    request.respond(Response::from_data(packed).with_header(kind))
}

/// The mails of the threads of some.
fn thread(mails: &[String], of: &HashSet<String>) -> Vec<String> {
    let mut known = of.clone();
    let related = |mail: &String| {
        let answered = format!(
            "{} {}",
            header(mail, "In-Reply-To"),
            header(mail, "References")
        );
        let ids = answered
            .split(['<', '>'])
            .filter(|id| id.contains('@'))
            .map(str::to_owned);
        std::iter::once(id(mail)).chain(ids).collect::<Vec<_>>()
    };
    loop {
        let before = known.len();
        for ids in mails.iter().map(related) {
            if ids.iter().any(|id| known.contains(id)) {
                known.extend(ids);
            }
        }
        if known.len() == before {
            return mails
                .iter()
                .filter(|mail| known.contains(&id(mail)))
                .cloned()
                .collect();
        }
    }
}

fn find<'m>(mails: &'m [String], wanted: &str) -> Option<&'m String> {
    mails.iter().find(|mail| id(mail) == wanted)
}

fn id(mail: &str) -> String {
    header(mail, "Message-ID")
        .trim_matches(['<', '>'])
        .to_owned()
}

fn header(mail: &str, name: &str) -> String {
    let head = mail.split("\n\n").next().unwrap();
    let start = format!("{}:", name.to_lowercase());
    let line = head
        .lines()
        .find(|line| line.to_lowercase().starts_with(&start));
    line.map(|line| line[start.len()..].trim().to_owned())
        .unwrap_or_default()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}
