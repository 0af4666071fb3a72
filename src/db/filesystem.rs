// SPDX-License-Identifier: GPL-2.0-or-later
//! What the file system under the database can do, and files that appear whole or not at all.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// File systems, by the number that `statfs` gives, whose clients do not share memory: a write-ahead log is unsafe there.
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

/// The name of the network file system that the directory is on; none on a local one, or when it cannot be asked.
///
/// FUSE counts as one: it does not tell sshfs from what is local.
pub(super) fn remote(dir: &Path) -> Option<&'static str> {
    let kind = rustix::fs::statfs(dir).ok()?.f_type;
    // The number is 32 bits wide on every platform, whatever the type of the field and its sign.
    remote_kind(kind as u32)
}

fn remote_kind(kind: u32) -> Option<&'static str> {
    REMOTE
        .iter()
        .find(|(number, _)| *number == kind)
        .map(|(_, name)| *name)
}

/// Whether this process may make files in the directory.
pub(super) fn is_writable(dir: &Path) -> bool {
    rustix::fs::access(
        dir,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .is_ok()
}

/// Makes what is written to the file, or the names in the directory, last through a loss of power.
pub(super) fn sync(path: &Path) -> Result<()> {
    File::open(path)?.sync_all()
}

/// The directory that the file is in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Gives a finished file its name, unless that name is taken ([`ErrorKind::AlreadyExists`]), and makes both last.
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
        // A file system that knows no such flag: a second name, which is not made where one exists.
        Err(_) => match std::fs::hard_link(temporary, name) {
            Ok(()) => std::fs::remove_file(temporary)?,
            Err(why) if why.kind() == ErrorKind::AlreadyExists => return Err(why),
            Err(_) if name.symlink_metadata().is_ok() => {
                return Err(Error::from(ErrorKind::AlreadyExists));
            }
            Err(_) => std::fs::rename(temporary, name)?,
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
