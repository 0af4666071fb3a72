// SPDX-License-Identifier: GPL-2.0-or-later
//! What the file system under the database supports, and files that appear atomically.

use crate::presence::is_absent;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// File systems whose clients do not share memory, by their number in `statfs`: a write-ahead log is unsafe there.
const REMOTE: &[(u32, &str)] = &[
    (0x0000_6969, "nfs"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x0000_517b, "smb"),
    (0x0102_1997, "9p"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "kafs"),
    (0x7375_7245, "coda"),
    (0x00c3_6400, "ceph"),
    (0x0bd0_0bd0, "lustre"),
    (0x6573_5546, "fuse"),
    (0x0116_1970, "gfs2"),
    (0x7461_636f, "ocfs2"),
    (0x4750_4653, "gpfs"),
    (0xaad7_aaea, "panfs"),
    (0x1983_0326, "fhgfs"),
    (0x786f_4256, "vboxsf"),
];

/// The name of the directory's network file system; `None` if it is local or cannot be determined.
///
/// FUSE counts as one: sshfs cannot be distinguished from a local file system.
pub(super) fn remote(dir: &Path) -> Option<&'static str> {
    let kind = rustix::fs::statfs(dir).ok()?.f_type;
    // The number has 32 bits on every platform, whatever the type of the field.
    remote_kind(kind as u32)
}

fn remote_kind(kind: u32) -> Option<&'static str> {
    REMOTE
        .iter()
        .find(|(number, _)| *number == kind)
        .map(|(_, name)| *name)
}

/// Whether this process may create files in the directory.
pub(super) fn is_writable(dir: &Path) -> bool {
    rustix::fs::access(
        dir,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .is_ok()
}

/// Whether this process may read the file.
pub(super) fn is_readable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok()
}

/// Whether the file is on a medium that nobody can write.
pub(super) fn is_on_read_only_medium(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|system| {
        system
            .f_flag
            .contains(rustix::fs::StatVfsMountFlags::RDONLY)
    })
}

/// A file or directory that this process may not write, which keeps it from writing the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// What cannot be written.
    pub(super) path: PathBuf,
    /// Its part in the database.
    pub(super) part: Part,
    /// Its owner.
    pub(super) owner: u32,
}

impl Obstacle {
    /// Its owner, in words.
    pub(super) fn owner_words(&self) -> String {
        let table = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = table.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let uid: u32 = fields.nth(1)?.parse().ok()?;
            (uid == self.owner).then(|| name.to_owned())
        });
        name.map_or_else(
            || format!("user {}", self.owner),
            |name| format!("user '{name}'"),
        )
    }

    /// Whether it belongs to the user of this process.
    pub(super) fn is_own(&self) -> bool {
        rustix::process::geteuid().as_raw() == self.owner
    }
}

/// The files that keep this process from writing a database it could otherwise write: a reader left them.
pub(super) fn foreign_files(path: &Path) -> Vec<Obstacle> {
    let obstacles = obstacles(path);
    if obstacles.iter().all(|one| one.part == Part::Beside) {
        obstacles
    } else {
        Vec::new()
    }
}

/// A part of a database in the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The file.
    Database,
    /// A file beside it, such as its log.
    Beside,
    /// The directory, in which a change creates files.
    Directory,
}

/// What keeps this process from writing an existing database; empty when it can be written. The check changes
/// nothing.
pub(super) fn obstacles(path: &Path) -> Vec<Obstacle> {
    use rustix::fs::{Access, access};
    let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut obstacles = Vec::new();
    let mut add = |path: PathBuf, part| {
        let owner = path.symlink_metadata().map_or(0, |meta| meta.uid());
        obstacles.push(Obstacle { path, part, owner });
    };
    let may_write = |path: &Path| access(path, Access::READ_OK | Access::WRITE_OK);
    let is_missing = |path: &Path| may_write(path) == Err(rustix::io::Errno::NOENT);
    if may_write(&file).is_err() {
        add(file.clone(), Part::Database);
    }
    let beside = ["-wal", "-shm"].map(|suffix| super::connect::beside(&file, suffix));
    for name in &beside {
        if may_write(name).is_err() && !is_missing(name) {
            add(name.clone(), Part::Beside);
        }
    }
    if beside.iter().any(|name| is_missing(name)) && !is_writable(parent(&file)) {
        add(parent(&file).to_owned(), Part::Directory);
    }
    obstacles
}

/// Syncs the file, or the names in the directory, so that they survive a power loss.
pub(super) fn sync(path: &Path) -> Result<()> {
    File::open(path)?.sync_all()
}

/// The directory that the file is in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Renames a finished file, unless the name is taken ([`ErrorKind::AlreadyExists`]), and syncs both.
pub(super) fn publish(temporary: &Path, name: &Path) -> Result<()> {
    sync(temporary)?;
    let cwd = rustix::fs::CWD;
    match rustix::fs::renameat_with(
        cwd,
        temporary,
        cwd,
        name,
        rustix::fs::RenameFlags::NOREPLACE,
    ) {
        Ok(()) => {}
        Err(why) if why == rustix::io::Errno::EXIST => return Err(why.into()),
        // The file system does not support the flag: a hard link also fails if the name is taken.
        Err(_) => match std::fs::hard_link(temporary, name) {
            Ok(()) => std::fs::remove_file(temporary)?,
            Err(why) if why.kind() == ErrorKind::AlreadyExists => return Err(why),
            Err(_) => match name.symlink_metadata() {
                Ok(_) => return Err(Error::from(ErrorKind::AlreadyExists)),
                Err(why) if is_absent(&why) => std::fs::rename(temporary, name)?,
                Err(why) => return Err(why),
            },
        },
    }
    sync(parent(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn network_file_systems_are_told_from_local_ones() {
        assert_eq!(remote_kind(0x6969), Some("nfs"));
        assert_eq!(remote_kind(0xff53_4d42), Some("cifs"));
        assert_eq!(remote_kind(0xef53), None);
        assert_eq!(remote_kind(0x0102_1994), None);
    }

    #[test]
    fn a_name_that_is_taken_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (temporary, name) = (dir.path().join("t"), dir.path().join("n"));
        std::fs::write(&temporary, "new").unwrap();
        std::fs::write(&name, "old").unwrap();
        assert_eq!(
            publish(&temporary, &name).unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        assert_eq!(std::fs::read(&name).unwrap(), b"old");
        std::fs::remove_file(&name).unwrap();
        publish(&temporary, &name).unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"new");
    }
}
