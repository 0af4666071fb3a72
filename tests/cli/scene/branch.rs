// SPDX-License-Identifier: GPL-2.0-or-later
//! Branches and their commits, written to the repository without its checkout and without starting git.

use crate::sandbox::{COMMIT_TIME, Sandbox};
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};

/// The cover letter of the usual series in its first commit.
pub const COVER: &str = "Cover-letter:\none: Spell numbers\nThis is why.\nEND\n";

/// A branch that is being built; see [`Sandbox::branch`].
pub struct Branch {
    repo: Repository,
    name: String,
    tip: Oid,
    is_verbatim: bool,
}

impl Sandbox {
    /// Builds a branch on top of `main`: add commits, then [`Branch::create`].
    pub fn branch(&self, name: &str) -> Branch {
        let repo = self.git2();
        let tip = repo.revparse_single("main").unwrap().id();
        let name = name.to_owned();
        Branch {
            repo,
            name,
            tip,
            is_verbatim: false,
        }
    }

    /// The repository, opened by libgit2.
    pub(super) fn git2(&self) -> Repository {
        Repository::open(self.repo()).unwrap()
    }

    /// The messages of the commits of a branch, the first patch first.
    pub fn messages(&self, branch: &str) -> String {
        let range = format!("main..{branch}");
        self.git(&["log", "--reverse", "--format=* %B", &range])
    }

    /// The message of a branch's last commit.
    pub fn message(&self, branch: &str) -> String {
        self.git(&["log", "-1", "--format=%B", branch])
    }
}

impl Branch {
    /// Starts from another revision than `main`.
    pub fn from(mut self, revision: &str) -> Self {
        self.tip = self.repo.revparse_single(revision).unwrap().id();
        self
    }

    /// Keeps messages that do not end with a newline as they are.
    pub fn verbatim(mut self) -> Self {
        self.is_verbatim = true;
        self
    }

    /// Adds a commit that writes `text` to the file at `path`.
    pub fn commit(mut self, message: &str, path: &str, text: &str) -> Self {
        let time = Time::new(COMMIT_TIME, 0);
        let ada = Signature::new("Ada", "ada@example.com", &time).unwrap();
        let blob = self.repo.blob(text.as_bytes()).unwrap();
        self.tip = {
            let parent = self.repo.find_commit(self.tip).unwrap();
            let tree = TreeUpdateBuilder::new()
                .upsert(path, blob, FileMode::Blob)
                .create_updated(&self.repo, &parent.tree().unwrap())
                .unwrap();
            let tree = self.repo.find_tree(tree).unwrap();
            let message = match self.is_verbatim || message.ends_with('\n') {
                true => message.to_owned(),
                false => format!("{message}\n"),
            };
            self.repo
                .commit(None, &ada, &ada, &message, &tree, &[&parent])
                .unwrap()
        };
        self
    }

    /// Adds commits: message, file, text.
    pub fn patches(self, patches: &[(&str, &str, &str)]) -> Self {
        patches.iter().fold(self, |branch, (message, path, text)| {
            branch.commit(message, path, text)
        })
    }

    /// Adds a commit for each message, which makes a file that is named by the message's first word.
    pub fn commits(self, messages: &[&str]) -> Self {
        messages.iter().fold(self, |branch, message| {
            let file = message.split([' ', ':']).next().unwrap();
            branch.commit(message, file, &format!("{file}\n"))
        })
    }

    /// Makes the branch track another: `main`, or `us/main` of the remote `us`.
    pub fn tracks(self, upstream: &str) -> Self {
        let (remote, branch) = upstream.split_once('/').unwrap_or((".", upstream));
        let mut config = self.repo.config().unwrap();
        let mut set = |key: &str, value: &str| {
            let name = format!("branch.{}.{key}", self.name);
            config.set_str(&name, value).unwrap();
        };
        set("remote", remote);
        set("merge", &format!("refs/heads/{branch}"));
        self
    }

    /// Creates the branch, or resets it.
    pub fn create(self) {
        let name = format!("refs/heads/{}", self.name);
        self.repo
            .reference(&name, self.tip, true, "commit")
            .unwrap();
    }

    /// The last commit so far.
    pub fn tip(&self) -> Oid {
        self.tip
    }
}
