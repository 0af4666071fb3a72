// SPDX-License-Identifier: GPL-2.0-or-later
//! The client in a process of its own, with a home, settings and environment of its own.

use git_patman::context::{Context, DatabaseUse};
use git_patman::output::{Output, Verbosity};
use git_patman::source::http::Accept;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// 2026-01-01 20:30:00 UTC.
const NOW: &str = "1767299400";

/// A home and a repository.
pub struct Place {
    top: TempDir,
}

impl Place {
    pub fn new(config: &str) -> Place {
        let place = Place {
            top: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(place.home()).unwrap();
        std::fs::write(place.home().join(".gitconfig"), config).unwrap();
        let done = place
            .command("git")
            .args(["init", "-q"])
            .arg(place.repo())
            .status()
            .unwrap();
        assert!(done.success());
        place
    }

    pub fn home(&self) -> PathBuf {
        self.top.path().join("home")
    }

    pub fn repo(&self) -> PathBuf {
        self.top.path().join("repo")
    }

    pub fn cache(&self) -> PathBuf {
        self.home().join(".cache/git-patman")
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home());
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TEST_DATE_NOW", NOW)
            .env("TZ", "UTC")
            .env("LC_ALL", "C");
        command
    }

    /// A process that does as `mode` says; see [`child`].
    pub fn child(&self, mode: &str, urls: &[String]) -> Command {
        let mut command = self.command(std::env::current_exe().unwrap());
        command.args(["--exact", "child::child", "--ignored", "--nocapture"]);
        command
            .env("CHILD", mode)
            .env("CHILD_URLS", urls.join(" "))
            .current_dir(self.repo());
        command
    }

    /// Gets URLs one after the other; returns all that was told.
    pub fn get(&self, urls: &[String], env: &[(&str, &str)]) -> String {
        let done = self
            .child("get", urls)
            .envs(env.iter().copied())
            .output()
            .unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        assert!(done.status.success(), "{text}");
        text
    }
}

/// What a command would do, in the surroundings of this process.
#[test]
#[ignore = "other tests start it, each with an environment of its own"]
fn child() {
    let Ok(mode) = std::env::var("CHILD") else {
        return;
    };
    let urls = std::env::var("CHILD_URLS").unwrap();
    if mode == "share" {
        return super::sharing::hammer(Path::new(&std::env::var("CHILD_CACHE").unwrap()), &urls);
    }
    let context = Context::new(&[], Output::new(Verbosity::Verbose), None, false).unwrap();
    if mode == "get-and-count" {
        context.prepare(DatabaseUse::Writes).unwrap();
    }
    let client = context.client(mode == "offline").unwrap();
    for url in urls.split_whitespace() {
        let told = match client.get(url, Accept::Json) {
            Ok(answer) => format!(
                "{} {}\n",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            ),
            Err(why) => format!("{why}\nhints: {:?}\n", why.hints()),
        };
        context.out().data(told).unwrap();
    }
    context.out().data(format!("{client:?}\n")).unwrap();
    context.count_traffic();
}
