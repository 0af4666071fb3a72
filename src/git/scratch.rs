// SPDX-License-Identifier: GPL-2.0-or-later
//! Temporary objects: a repository that borrows the real repository's objects, stores its own new
//! ones, and is deleted when dropped.

use super::Repo;
use super::objects::Objects;
use super::run::Git;
use crate::error::{Result, WithContext};
use std::ffi::OsString;
use tempfile::TempDir;

/// New objects on top of those of a repository, which is not written to.
pub struct ScratchObjects {
    dir: TempDir,
    /// The objects of both.
    pub objects: Objects,
}

impl ScratchObjects {
    /// A scratch place on top of `repo`.
    pub fn new(repo: &Repo) -> Result<ScratchObjects> {
        let cannot = || "cannot create a temporary repository";
        let dir = tempfile::Builder::new()
            .prefix("git-patman-")
            .tempdir()
            .context(cannot)?;
        let write = |path: &str, text: &[u8]| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(dir.path()))?;
            std::fs::write(path, text)
        };
        let objects = repo.common_dir().join("objects");
        let alternates = [objects.as_os_str().as_encoded_bytes(), b"\n"].concat();
        write("objects/info/alternates", &alternates).context(cannot)?;
        write("refs/.keep", b"").context(cannot)?;
        write(
            "config",
            b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        )
        .context(cannot)?;
        write("HEAD", b"ref: refs/heads/none\n").context(cannot)?;
        let objects = Objects::open(dir.path())?;
        Ok(ScratchObjects { dir, objects })
    }

    /// The `git` program on the real repository, which sees the new objects too, and fetches nothing.
    pub fn git(&self, repo: &Repo) -> Git {
        let mut path = OsString::from("\"");
        path.push(self.dir.path().join("objects"));
        path.push("\"");
        repo.git()
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", path)
            .env("GIT_NO_LAZY_FETCH", "1")
    }
}
