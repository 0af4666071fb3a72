// SPDX-License-Identifier: GPL-2.0-or-later
//! A series of the user's that was sent: its branch, its rows in the database, its mails on a Patchwork, and answers.

use crate::fake_patchwork::FakePatchwork;
use crate::sandbox::{Sandbox, lines};
use std::fs;

/// A sandbox with the upstream `us`, whose Patchwork is `server`.
pub struct Sent {
    pub sandbox: Sandbox,
    pub server: FakePatchwork,
}

impl Sent {
    /// With the branch `tidy` of two commits and the rows that patman makes of it; nothing was sent.
    pub fn new() -> Self {
        let sent = Sent {
            sandbox: Sandbox::new(),
            server: FakePatchwork::new(),
        };
        let (sandbox, url) = (&sent.sandbox, sent.server.url());
        sandbox.git(&["remote", "add", "us", "https://git.example.org/us.git"]);
        sandbox.git(&["update-ref", "refs/remotes/us/main", "main"]);
        let added = sandbox.patman(&format!(
            "upstream add us https://git.example.org/us.git UBOOT -p {url}"
        ));
        assert!(
            added.status.success(),
            "{}",
            String::from_utf8_lossy(&added.stderr)
        );
        sent.branch(
            "tidy",
            &[
                ("one: Spell three", "I1111"),
                ("one: Spell twenty", "I2222"),
            ],
        );
        sent.rows(
            "tidy",
            1,
            "one: Spell numbers",
            &["one: Spell three", "one: Spell twenty"],
        );
        sent.server.requests();
        sent
    }

    /// Makes a branch off main, with a commit for each subject and Change-Id.
    pub fn branch(&self, name: &str, commits: &[(&str, &str)]) {
        let (sandbox, work) = (&self.sandbox, self.sandbox.top().join("author"));
        sandbox.git(&[
            "worktree",
            "add",
            "-q",
            "-b",
            name,
            work.to_str().unwrap(),
            "main",
        ]);
        let mut text = lines("one", 40);
        for (at, (subject, change_id)) in commits.iter().enumerate() {
            text = text.replace(
                &format!("one {}\n", 5 * at + 3),
                &format!("one, number {}\n", 5 * at + 3),
            );
            fs::write(work.join("src/one.c"), &text).unwrap();
            let message = format!(
                "{subject}\n\nIt reads better.\n\nSigned-off-by: Ada <ada@example.com>\n\nChange-Id: {change_id}"
            );
            sandbox.git_at(&work, &["commit", "-qam", &message]);
        }
        sandbox.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
        sandbox.git(&["config", &format!("branch.{name}.remote"), "us"]);
        sandbox.git(&["config", &format!("branch.{name}.merge"), "refs/heads/main"]);
    }

    /// Makes the rows of a series, or of another version of it; Change-Ids are those of [`Sent::branch`]'s order.
    pub fn rows(&self, name: &str, version: u32, title: &str, subjects: &[&str]) {
        let db = self.db();
        db.execute(
            "INSERT OR IGNORE INTO series (name, desc, archived, upstream) VALUES (?1, ?2, 0, 'us')",
            (name, title),
        )
        .unwrap();
        db.execute(
            "INSERT INTO ser_ver (series_id, version, desc) SELECT id, ?2, ?3 FROM series WHERE name = ?1",
            (name, version, title),
        )
        .unwrap();
        let svid = db.last_insert_rowid();
        for (seq, subject) in (0i64..).zip(subjects) {
            let change_id = format!("I{}", (seq + 1).to_string().repeat(4));
            db.execute(
                "INSERT INTO pcommit (svid, seq, subject, change_id) VALUES (?1, ?2, ?3, ?4)",
                (svid, seq, subject, change_id),
            )
            .unwrap();
        }
    }

    /// The mails of a branch, with a cover letter, as they are sent; tags are taken out.
    pub fn mails(&self, branch: &str, version: u32, title: &str) -> String {
        let number = format!("-v{version}");
        let mut args = vec!["format-patch", "--stdout", "--cover-letter", "--thread"];
        if version > 1 {
            args.push(&number);
        }
        let range = format!("main..{branch}");
        args.push(&range);
        let text = self.sandbox.git(&args);
        let text = text
            .replace("*** SUBJECT HERE ***", title)
            .replace("*** BLURB HERE ***", "This is why.");
        // git puts the time into message ids: two series sent in one second would have the same.
        let time = text
            .split_once("<cover.")
            .and_then(|(_, rest)| rest.split_once('.'))
            .unwrap()
            .0
            .to_owned();
        let text = text.replace(
            &format!(".{time}.git."),
            &format!(".{branch}{version}.git."),
        );
        let is_tag = |line: &&str| line.starts_with("Change-Id:") || line.starts_with("Series-");
        text.split_inclusive('\n')
            .filter(|line| !is_tag(line))
            .collect::<String>()
            + "\n"
    }

    /// Sends version 1 of `tidy`; returns the ids of its mails, the cover letter first.
    pub fn send(&self) -> Vec<String> {
        let mails = self.mails("tidy", 1, "one: Spell numbers");
        self.server.feed(mails.as_bytes());
        ids(&mails)
    }

    /// Lets somebody answer a mail.
    pub fn answer(&self, to: &str, from: &str, text: &str) {
        self.server.feed(answer(to, from, text).as_bytes());
    }

    /// The database.
    pub fn db(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.sandbox.repo().join(".git/patman/.patman.db")).unwrap()
    }

    /// Rows of the database, columns joined by `|`.
    pub fn select(&self, sql: &str) -> String {
        let db = self.db();
        let mut query = db.prepare(sql).unwrap();
        let width = query.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let text = |at: usize| match row.get_ref(at).unwrap() {
                rusqlite::types::ValueRef::Null => "NULL".to_owned(),
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                other => format!("'{}'", String::from_utf8_lossy(other.as_bytes().unwrap())),
            };
            Ok((0..width).map(text).collect::<Vec<_>>().join("|") + "\n")
        };
        query
            .query_map([], row)
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    /// What `gather` writes into the database.
    pub fn gathered(&self) -> String {
        self.select(
            "SELECT version, link, cover_id, cover_num_comments, name FROM ser_ver ORDER BY id",
        ) + &self.select(
            "SELECT svid, seq, patch_id, state, num_comments FROM pcommit ORDER BY svid, seq, id",
        )
    }

    /// Links version 1 of `tidy`.
    pub fn link(&self, link: &str) {
        self.db()
            .execute(
                "UPDATE ser_ver SET link = ?1 WHERE version = 1 AND series_id = 1",
                [link],
            )
            .unwrap();
    }

    /// A session, without what differs from run to run.
    pub fn session(&self, lines: &[&str]) -> String {
        self.server.neutral(&self.sandbox.session(lines))
    }

    /// The messages of the commits of a branch, the first patch first.
    pub fn messages(&self, branch: &str) -> String {
        self.sandbox.git(&[
            "log",
            "--reverse",
            "--format=* %B",
            &format!("main..{branch}"),
        ])
    }
}

/// The ids of mails.
pub fn ids(mails: &str) -> Vec<String> {
    mails
        .lines()
        .filter_map(|line| line.strip_prefix("Message-ID: "))
        .map(str::to_owned)
        .collect()
}

/// An answer to a mail, as an mbox.
pub fn answer(to: &str, from: &str, text: &str) -> String {
    let id = format!("{:x}", digest(&format!("{to}{from}{text}")));
    format!(
        "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: {from}\nSubject: Re: [PATCH] it\n\
        Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <{id}@answers>\nIn-Reply-To: {to}\n\n{text}\n"
    )
}

/// A number that tells texts apart.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
