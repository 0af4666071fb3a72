// SPDX-License-Identifier: GPL-2.0-or-later
//! Builds what a session starts from: a repository, an upstream and its Patchwork, series on branches, in mails and in the
//! database, and reviews. Scenes that several sessions share are here; a session adds what is special about its own.

mod branch;
mod database;
mod mails;
mod own_series;
mod recorded;
mod state;

pub use branch::COVER;
pub use database::{AWKWARD, fixture};
pub use mails::{
    Reply, append_reply, as_mbox, bracketed_id, ids, ids_of, mails_of, message_id, sent_on, split,
};
pub use own_series::texts;

use crate::fake_patchwork::FakePatchwork;
use crate::sandbox::{Sandbox, lines};
use std::path::PathBuf;

/// The name of the review of the usual series.
pub const NAME: &str = "one-spell-numbers";

impl Sandbox {
    /// Starts a Patchwork server; sessions show its address as `$PATCHWORK`.
    pub fn serve_patchwork(mut self) -> Self {
        self.patchwork = Some(FakePatchwork::new());
        self
    }

    /// Starts a Patchwork server that the settings name.
    pub fn with_patchwork(self) -> Self {
        let sandbox = self.serve_patchwork();
        let url = sandbox.patchwork().url();
        sandbox.with_setting("patman.patchworkUrl", &url)
    }

    /// The server that was started.
    pub fn patchwork(&self) -> &FakePatchwork {
        self.patchwork.as_ref().expect("a scene with a Patchwork")
    }

    /// Sets a value of the repository's configuration.
    pub fn with_setting(self, name: &str, value: &str) -> Self {
        let mut config = self.git2().config().unwrap();
        config.set_str(name, value).unwrap();
        self
    }

    /// Adds the remote and the upstream `us`, whose `main` is ours, with the scene's Patchwork if it has one.
    pub fn with_upstream(self) -> Self {
        let url = "https://example.com/us.git";
        let repo = self.git2();
        repo.remote("us", url).unwrap();
        let main = repo.revparse_single("main").unwrap().id();
        repo.reference("refs/remotes/us/main", main, true, "fetch")
            .unwrap();
        let patchwork = match &self.patchwork {
            Some(server) => format!("UBOOT -p {}", server.url()),
            None => "-p https://pw.example.org".to_owned(),
        };
        self.expect(&format!("upstream add us {url} {patchwork}"), 0);
        self
    }

    /// Writes the mails of the usual series, versions 1 to `versions`, to `v1.mbox` and so on.
    pub fn mailed(self, versions: u32) -> Self {
        for version in 1..=versions {
            self.usual(version);
        }
        self
    }

    /// Starts a review of a version that [`Sandbox::mailed`] has written.
    pub fn started(self, version: u32) -> Self {
        self.expect(&format!("review start ../v{version}.mbox"), 0);
        self
    }

    /// Commits a change to `main` with which the second patch of the usual series conflicts; the user's edits stay.
    pub fn conflicting(self) -> Self {
        let edited = std::fs::read(self.repo().join("src/two.c")).unwrap();
        self.git(&["checkout", "-q", "src/two.c"]);
        let text = lines("one", 40).replace("one 20\n", "one XX\n");
        self.write("src/one.c", &text);
        self.git(&["commit", "-q", "-a", "-m", "Move on"]);
        std::fs::write(self.repo().join("src/two.c"), edited).unwrap();
        self
    }

    /// The worktree of the review of the usual series.
    pub fn worktree(&self) -> PathBuf {
        self.repo().join(".git/patman/worktrees").join(NAME)
    }
}
