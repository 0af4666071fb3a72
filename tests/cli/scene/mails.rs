// SPDX-License-Identifier: GPL-2.0-or-later
//! Series as mails, and replies to them.

use crate::sandbox::{Sandbox, lines};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The line that begins a mail of an mbox.
const SEPARATOR: &str = "From mboxrd@z Thu Jan  1 00:00:00 1970\n";

/// The mails that git has written: series of the same commits are formatted once.
static FORMATTED: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);

impl Sandbox {
    /// Commits on top of `main`, which no ref keeps, as an mbox with cover letter: subject, file, text.
    pub fn series(
        &self,
        file: &str,
        version: u32,
        title: &str,
        patches: &[(&str, &str, &str)],
    ) -> PathBuf {
        let start = self.branch("");
        let base = start.tip();
        let branch = patches.iter().fold(start, |branch, (subject, path, text)| {
            let message = format!("{subject}\n\nSigned-off-by: Ada <ada@example.com>");
            branch.commit(&message, path, text)
        });
        let range = format!("{base}..{}", branch.tip());
        let key = format!("{range} {version} {title}");
        let known = FORMATTED
            .lock()
            .unwrap()
            .get_or_insert_default()
            .get(&key)
            .cloned();
        let text = known.unwrap_or_else(|| {
            let text = self.format_patch(&range, version, title, &["--base=main"]);
            let mut all = FORMATTED.lock().unwrap();
            all.get_or_insert_default().insert(key, text.clone());
            text
        });
        let path = self.top().join(file);
        fs::write(&path, text).unwrap();
        path
    }

    /// What `git format-patch` writes, with the usual text in the cover letter.
    pub fn format_patch(&self, range: &str, version: u32, title: &str, options: &[&str]) -> String {
        let number = format!("-v{version}");
        let mut args = vec!["format-patch", "--stdout", "--cover-letter", "--thread"];
        args.extend(options);
        if version > 1 {
            args.push(&number);
        }
        args.push(range);
        self.git(&args)
            .replace("*** SUBJECT HERE ***", title)
            .replace("*** BLURB HERE ***", "This is why.")
            + "\n"
    }

    /// The usual series: two patches to `src/one.c`, in version `version`.
    pub fn usual(&self, version: u32) -> PathBuf {
        let first = lines("one", 40).replace("one 3\n", &format!("one three, v{version}\n"));
        let second = first.replace("one 20\n", "one twenty\n");
        self.series(
            &format!("v{version}.mbox"),
            version,
            "one: Spell numbers",
            &[
                ("one: Spell three", "src/one.c", &first),
                ("one: Spell twenty", "src/one.c", &second),
            ],
        )
    }

    /// Sends the usual series, in version `version`, to the list of the scene's Patchwork.
    pub fn post(&self, version: u32) {
        let mbox = fs::read(self.usual(version)).unwrap();
        self.patchwork().feed(&mbox);
    }

    /// Writes mails to an mbox, and returns its path.
    pub fn mbox(&self, name: &str, mails: &[String]) -> String {
        let path = self.top().join(name);
        fs::write(&path, as_mbox(mails)).unwrap();
        path.display().to_string()
    }
}

/// Mails as an mbox.
pub fn as_mbox(mails: &[String]) -> String {
    mails
        .iter()
        .map(|mail| format!("{SEPARATOR}{mail}\n"))
        .collect()
}

/// The mails of an mbox that git wrote, without the `From ` lines.
pub fn split(mbox: &str) -> Vec<String> {
    mbox.split("\nFrom ")
        .map(|mail| mail.split_once('\n').unwrap().1.to_owned() + "\n")
        .collect()
}

/// The mails of a file that git wrote.
pub fn mails_of(mbox: &Path) -> Vec<String> {
    split(&fs::read_to_string(mbox).unwrap())
}

/// The mail, sent on a day of January 2026.
pub fn sent_on(day: u32, mail: &str) -> String {
    let at = mail.find("Date: ").unwrap();
    let end = at + mail[at..].find('\n').unwrap();
    let date = format!("Date: Thu, {day} Jan 2026 10:00:00 +0000");
    format!("{}{date}{}", &mail[..at], &mail[end..])
}

/// The Message-ID of a mail, without the angle brackets.
pub fn message_id(mail: &str) -> String {
    let is_id = |line: &&str| line.to_lowercase().starts_with("message-id:");
    let line = mail.lines().find(is_id).unwrap();
    line.split(['<', '>']).nth(1).unwrap().to_owned()
}

/// The same, as other mails refer to it.
pub fn bracketed_id(mail: &str) -> String {
    format!("<{}>", message_id(mail))
}

/// The Message-IDs of mails, each in angle brackets.
pub fn ids(mails: &str) -> Vec<String> {
    mails
        .lines()
        .filter_map(|line| line.strip_prefix("Message-ID: "))
        .map(str::to_owned)
        .collect()
}

/// The same, of a file.
pub fn ids_of(mbox: &Path) -> Vec<String> {
    ids(&fs::read_to_string(mbox).unwrap())
}

/// Appends a reply to a file of mails; the text may begin with more headers.
pub fn append_reply(mbox: &Path, id: &str, to: &str, from: &str, text: &str) {
    let reply = Reply::to(to).from(from).id(&format!("{id}@example.com"));
    let mails = fs::read_to_string(mbox).unwrap();
    fs::write(mbox, format!("{mails}\n{}", reply.mbox(text))).unwrap();
}

/// A reply to a mail, by Bea unless another sends it.
pub struct Reply<'a> {
    to: &'a str,
    id: String,
    from: &'a str,
    subject: &'a str,
    day: u32,
}

impl<'a> Reply<'a> {
    /// A reply to the mail with a Message-ID in angle brackets.
    pub fn to(to: &'a str) -> Self {
        Reply {
            to,
            id: String::new(),
            from: "Bea <bea@example.com>",
            subject: "[PATCH] it",
            day: 1,
        }
    }

    /// Its sender.
    pub fn from(mut self, from: &'a str) -> Self {
        self.from = from;
        self
    }

    /// Its Message-ID, without the angle brackets; otherwise it depends on the text.
    pub fn id(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    /// The subject of the mail that it replies to.
    pub fn subject(mut self, subject: &'a str) -> Self {
        self.subject = subject;
        self
    }

    /// The day of January 2026 on which it was sent.
    pub fn on(mut self, day: u32) -> Self {
        self.day = day;
        self
    }

    /// The mail, with more headers, or an empty line, and text.
    pub fn mail(&self, text: &str) -> String {
        let Reply {
            to,
            from,
            subject,
            day,
            ..
        } = self;
        let id = match self.id.as_str() {
            "" => format!("{:x}@answers", digest(&format!("{to}{from}{text}"))),
            id => id.to_owned(),
        };
        format!(
            "From: {from}\nSubject: Re: {subject}\nDate: Thu, {day} Jan 2026 10:00:00 +0000\n\
            Message-ID: <{id}>\nIn-Reply-To: {to}\n{text}\n"
        )
    }

    /// The same as an mbox.
    pub fn mbox(&self, text: &str) -> String {
        format!("{SEPARATOR}{}", self.mail(text))
    }
}

/// A number that tells texts apart.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
