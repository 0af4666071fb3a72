// SPDX-License-Identifier: GPL-2.0-or-later
//! Series of the user's own: on branches that track the upstream `us`, in the database, and as they were sent.

use crate::sandbox::{Sandbox, lines};
use crate::scene::{COVER, Reply, ids};

/// What the usual series makes of `src/one.c`; `word` makes the second text another.
pub fn texts(word: &str) -> [String; 3] {
    let first = lines("one", 40).replace("one 3\n", "one three\n");
    let second = first.replace("one 10\n", &format!("one ten{word}\n"));
    let third = second.replace("one 20\n", "one twenty\n");
    [first, second, third]
}

impl Sandbox {
    /// Creates the usual series as a branch of three patches, the first of which has the cover letter.
    pub fn usual_branch(&self, name: &str, word: &str) {
        let texts = texts(word);
        let first = format!(
            "one: Spell three\n\nWhy not.\n\n{COVER}\nSigned-off-by: Ada <ada@example.com>\n"
        );
        let second = "one: Spell ten\n\nSigned-off-by: Ada <ada@example.com>\n";
        self.branch(name)
            .commit(&first, "src/one.c", &texts[0])
            .commit(second, "src/one.c", &texts[1])
            .commit("one: Spell twenty\n", "src/one.c", &texts[2])
            .tracks("us/main")
            .create();
    }

    /// The upstream `us`, which `main` tracks, and the series `video` of two patches with its rows.
    pub fn with_video(self) -> Self {
        let sandbox = self
            .with_upstream()
            .with_setting("branch.main.remote", "us")
            .with_setting("branch.main.merge", "refs/heads/main")
            .with_setting("branch.video.remote", "us")
            .with_setting("branch.video.merge", "refs/heads/main");
        sandbox.video_branch("video", "main");
        sandbox.sql(
            "INSERT INTO series (name, desc, archived, upstream) VALUES ('video', 'video: Make it fast', 0, 'us');
            INSERT INTO ser_ver (series_id, version, desc) VALUES (1, 1, 'video: Make it fast');
            INSERT INTO pcommit (svid, seq, subject, change_id, patch_id, state, num_comments) VALUES
                (1, 0, 'one: Spell three', 'Ia', 11, 'new', 2), (1, 1, 'one: Spell twenty', NULL, 12, 'new', 0);",
        );
        sandbox
    }

    /// Creates a branch of the two patches of `video`.
    pub fn video_branch(&self, name: &str, base: &str) {
        let first = lines("one", 40).replace("one 3\n", "one three\n");
        let second = first.replace("one 20\n", "one twenty\n");
        let cover = "Cover-letter:\nvideo: Make it fast\nThis is why.\nEND\n";
        let message = |subject: &str, cover: &str| {
            format!("{subject}\n\n{cover}Signed-off-by: Ada <ada@example.com>")
        };
        self.branch(name)
            .from(base)
            .commit(&message("one: Spell three", cover), "src/one.c", &first)
            .commit(&message("one: Spell twenty", ""), "src/one.c", &second)
            .create();
    }

    /// The upstream `us` with a Patchwork, and the series `tidy` of two patches with its rows; it was not sent.
    pub fn with_tidy(self) -> Self {
        let sandbox = self.serve_patchwork().with_upstream();
        let subjects = ["one: Spell three", "one: Spell twenty"];
        sandbox.tagged_branch("tidy", &[(subjects[0], "I1111"), (subjects[1], "I2222")]);
        sandbox.record("tidy", 1, "one: Spell numbers", &subjects);
        sandbox.patchwork().requests();
        sandbox
    }

    /// Creates a branch with a commit for each subject and Change-Id.
    pub fn tagged_branch(&self, name: &str, commits: &[(&str, &str)]) {
        let mut text = lines("one", 40);
        let mut branch = self.branch(name);
        for (at, (subject, change_id)) in commits.iter().enumerate() {
            let line = 5 * at + 3;
            text = text.replace(&format!("one {line}\n"), &format!("one, number {line}\n"));
            let message = format!(
                "{subject}\n\nIt reads better.\n\nSigned-off-by: Ada <ada@example.com>\n\nChange-Id: {change_id}"
            );
            branch = branch.commit(&message, "src/one.c", &text);
        }
        branch.tracks("us/main").create();
    }

    /// Records a version of a series in the database; its Change-Ids are `I1111`, `I2222` and so on.
    pub fn record(&self, name: &str, version: u32, title: &str, subjects: &[&str]) {
        self.sql(&format!(
            "INSERT OR IGNORE INTO series (name, desc, archived, upstream) VALUES ('{name}', '{title}', 0, 'us');
            INSERT INTO ser_ver (series_id, version, desc) SELECT id, {version}, '{title}' FROM series WHERE name = '{name}';"
        ));
        for (seq, subject) in subjects.iter().enumerate() {
            let change_id = (seq + 1).to_string().repeat(4);
            self.sql(&format!(
                "INSERT INTO pcommit (svid, seq, subject, change_id)
                SELECT max(id), {seq}, '{subject}', 'I{change_id}' FROM ser_ver"
            ));
        }
    }

    /// The mails of a branch, with a cover letter, as they are sent: without tags.
    pub fn mails(&self, branch: &str, version: u32, title: &str) -> String {
        let text = self.format_patch(&format!("main..{branch}"), version, title, &[]);
        // git puts the time into Message-IDs: two series sent in one second would have the same.
        let (_, rest) = text.split_once("<cover.").unwrap();
        let (time, _) = rest.split_once('.').unwrap();
        let text = text.replace(
            &format!(".{time}.git."),
            &format!(".{branch}{version}.git."),
        );
        let is_tag = |line: &&str| line.starts_with("Change-Id:") || line.starts_with("Series-");
        text.split_inclusive('\n')
            .filter(|line| !is_tag(line))
            .collect()
    }

    /// Sends version 1 of `tidy`; returns the Message-IDs, the cover letter's first.
    pub fn send(&self) -> Vec<String> {
        let mails = self.mails("tidy", 1, "one: Spell numbers");
        self.patchwork().feed(mails.as_bytes());
        ids(&mails)
    }

    /// Sends a reply to the list.
    pub fn reply(&self, to: &str, from: &str, text: &str) {
        let mbox = Reply::to(to).from(from).mbox(&format!("\n{text}"));
        self.patchwork().feed(mbox.as_bytes());
    }

    /// Links version 1 of `tidy`.
    pub fn link(&self, link: &str) {
        self.sql(&format!(
            "UPDATE ser_ver SET link = '{link}' WHERE version = 1 AND series_id = 1"
        ));
    }

    /// What `gather` writes to the database.
    pub fn gathered(&self) -> String {
        self.select(
            "SELECT version, link, cover_id, cover_num_comments, name FROM ser_ver ORDER BY id",
        ) + &self.select(
            "SELECT svid, seq, patch_id, state, num_comments FROM pcommit ORDER BY svid, seq, id",
        )
    }
}
