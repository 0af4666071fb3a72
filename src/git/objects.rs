// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads and writes blobs, trees and commits of one repository.
//!
//! libgit2 reads and writes; for objects that it lacks (in a partial clone), the `git` program fetches them.

use super::Oid;
use super::discover::open_unchecked;
use super::pack::PackObjects;
use super::run::Git;
use crate::error::{Error, Result, WithContext};
use git2::{ErrorCode, ObjectType, Odb, Repository};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;

/// Mode of a directory in a tree.
pub const MODE_TREE: u32 = 0o040000;
/// Mode of a symbolic link.
pub const MODE_LINK: u32 = 0o120000;
/// Mode of a submodule's commit.
pub const MODE_GITLINK: u32 = 0o160000;
/// The bits of a mode that say what kind of thing it is.
pub const MODE_TYPE: u32 = 0o170000;
/// The kind of a regular file.
pub const MODE_FILE: u32 = 0o100000;

/// A tree entry: mode and object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry {
    /// Mode as git writes it, such as 0o100644.
    pub mode: u32,
    /// Blob, tree or commit.
    pub id: Oid,
}

/// The objects of one repository.
pub struct Objects {
    repository: Repository,
    git_dir: PathBuf,
    pub(super) gathered: RefCell<Option<PackObjects>>,
    trees: RefCell<TreeCache>,
    /// The temporary directory for new objects that will be discarded.
    temporary: Option<TempDir>,
}

/// Trees that were read: every path of every patch goes through the same few directories.
#[derive(Default)]
struct TreeCache {
    trees: HashMap<Oid, Rc<[u8]>>,
    size: usize,
}

/// The most bytes of trees to cache; beyond that the cache is cleared.
const TREE_CACHE_LIMIT: usize = 16 << 20;

impl Objects {
    /// Opens the repository whose git directory is `git_dir`.
    pub fn open(git_dir: &Path) -> Result<Self> {
        let repository = open_unchecked(git_dir)
            .context(|| format!("cannot open the repository '{}'", git_dir.display()))?;
        Ok(Objects::from_repository(repository))
    }

    /// Opens the same repository, but writes new objects to a temporary directory, deleted on drop:
    /// for trial runs that leave no litter. The `git` program sees these objects too.
    pub fn temporary(git_dir: &Path) -> Result<Self> {
        let cannot = || "cannot create a temporary directory for objects";
        let mut objects = Objects::open(git_dir)?;
        let temporary = tempfile::Builder::new()
            .prefix("git-patman-")
            .tempdir()
            .context(cannot)?;
        let own = objects
            .repository
            .commondir()
            .join("objects")
            .canonicalize()
            .context(cannot)?;
        let own = own
            .to_str()
            .filter(|path| !path.contains('\n') && !path.starts_with('"'));
        let own = own.ok_or_else(|| {
            Error::new(cannot()).with_cause("the path of the repository is not valid UTF-8")
        })?;
        std::fs::create_dir(temporary.path().join("info")).context(cannot)?;
        std::fs::create_dir(temporary.path().join("pack")).context(cannot)?;
        std::fs::write(temporary.path().join("info/alternates"), format!("{own}\n"))
            .context(cannot)?;
        let path = temporary
            .path()
            .to_str()
            .ok_or_else(|| Error::new(cannot()))?;
        let odb = Odb::new().context(cannot)?;
        odb.add_disk_alternate(own).context(cannot)?;
        odb.add_disk_alternate(path).context(cannot)?;
        // Objects that libgit2 writes by itself during a merge stay in memory.
        odb.add_new_mempack_backend(1000).context(cannot)?;
        objects.repository.set_odb(&odb).context(cannot)?;
        objects.temporary = Some(temporary);
        Ok(objects)
    }

    /// Whether new objects will be discarded.
    pub(super) fn is_aside(&self) -> bool {
        self.temporary.is_some()
    }

    /// The directory that new objects are written to.
    pub(super) fn directory_of_new(&self) -> PathBuf {
        match &self.temporary {
            Some(temporary) => temporary.path().to_owned(),
            None => self.repository.commondir().join("objects"),
        }
    }

    /// The objects of a repository that is open already.
    pub fn from_repository(repository: Repository) -> Self {
        let git_dir = repository.path().to_owned();
        Objects {
            repository,
            git_dir,
            gathered: RefCell::new(None),
            trees: RefCell::default(),
            temporary: None,
        }
    }

    /// The git directory.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Runs `git` on this repository, without a worktree.
    pub fn git(&self) -> Git {
        let git = Git::at(&self.git_dir).env("GIT_DIR", &self.git_dir);
        match &self.temporary {
            Some(temporary) => git.env("GIT_OBJECT_DIRECTORY", temporary.path()),
            None => git,
        }
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    pub(super) fn odb(&self) -> Result<Odb<'_>> {
        self.repository
            .odb()
            .context(|| "cannot open the object database")
    }

    /// The bytes of a blob.
    pub fn blob(&self, id: Oid) -> Result<Vec<u8>> {
        self.read(id, ObjectType::Blob)
    }

    /// The bytes of an object of that kind; git fetches it in a partial clone.
    pub(super) fn read(&self, id: Oid, kind: ObjectType) -> Result<Vec<u8>> {
        if let Some((_, bytes)) = self.gathered(id).filter(|(found, _)| *found == kind) {
            return Ok(bytes);
        }
        match self.odb()?.read(id) {
            Ok(object) if object.kind() == kind => Ok(object.data().to_vec()),
            Ok(_) => Err(Error::new(format!("object '{id}' is not a {}", kind.str()))),
            Err(error) if error.code() == ErrorCode::NotFound => {
                let done = self
                    .git()
                    .args(["cat-file", kind.str()])
                    .args([id.to_string()])
                    .ok();
                done.map(|done| done.stdout)
                    .context(|| format!("cannot read {} '{id}'", kind.str()))
            }
            Err(error) => Err(Error::new(format!("cannot read {} '{id}'", kind.str()))
                .with_cause(error.message())),
        }
    }

    /// The bytes of a tree.
    pub(super) fn tree(&self, id: Oid) -> Result<Rc<[u8]>> {
        if let Some(bytes) = self.trees.borrow().trees.get(&id) {
            return Ok(bytes.clone());
        }
        let bytes: Rc<[u8]> = self.read(id, ObjectType::Tree)?.into();
        let mut cache = self.trees.borrow_mut();
        if cache.size + bytes.len() > TREE_CACHE_LIMIT {
            *cache = TreeCache::default();
        }
        cache.size += bytes.len();
        cache.trees.insert(id, bytes.clone());
        Ok(bytes)
    }

    /// Whether the object exists locally; nothing is fetched.
    pub fn has(&self, id: Oid) -> bool {
        self.gathered(id).is_some() || self.odb().is_ok_and(|odb| odb.exists(id))
    }

    /// Writes a blob.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<Oid> {
        self.write(ObjectType::Blob, bytes)
    }

    /// The name that a blob of these bytes has; nothing is written.
    pub fn blob_id(bytes: &[u8]) -> Result<Oid> {
        Oid::hash_object(ObjectType::Blob, bytes).context(|| "cannot hash a blob")
    }

    pub(super) fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<Oid> {
        if let Some(id) = self.take_in(kind, bytes)? {
            return Ok(id);
        }
        self.write_now(kind, bytes)
    }

    /// The blob whose name begins with `hex` (at least four digits), where there is only one. A full name is taken as it
    /// is, present or not, as git does.
    pub fn resolve_blob_prefix(&self, hex: &str) -> Option<Oid> {
        if !hex.bytes().all(|c| c.is_ascii_hexdigit()) || !(4..=40).contains(&hex.len()) {
            return None;
        }
        if hex.len() == 40 {
            return Oid::from_str(hex).ok();
        }
        let is_blob = |id: &Oid| {
            matches!(
                self.odb()
                    .and_then(|odb| odb.read_header(*id).context(|| "")),
                Ok((_, ObjectType::Blob))
            )
        };
        let short = Oid::from_str(&format!("{hex:0<40}")).ok()?;
        match self.odb().ok()?.exists_prefix(short, hex.len()) {
            Ok(id) => Some(id).filter(is_blob),
            Err(error) if error.code() == ErrorCode::Ambiguous => self.only_blob(hex),
            Err(_) => None,
        }
    }

    /// The only blob among several objects whose names begin with `hex`.
    fn only_blob(&self, hex: &str) -> Option<Oid> {
        let found = self
            .git()
            .args(["rev-parse"])
            .args([format!("--disambiguate={hex}")])
            .ok()
            .ok()?;
        let check = self
            .git()
            .args(["cat-file", "--batch-check=%(objecttype) %(objectname)"])
            .input(found.stdout);
        let lines = check.ok().ok()?.text();
        let mut blobs = lines.lines().filter_map(|line| line.strip_prefix("blob "));
        let only = blobs.next().filter(|_| blobs.next().is_none())?;
        Oid::from_str(only).ok()
    }

    /// A setting of the repository or the user; what `git -c` gives is not seen.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.repository.config().ok()?.get_string(name).ok()
    }
}
