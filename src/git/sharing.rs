// SPDX-License-Identifier: GPL-2.0-or-later
//! Who may use the files and directories that the program makes: in the repository what `core.sharedRepository` says, by
//! git's own rule (`adjust_shared_perm`); elsewhere, as in the directory of `PATMAN_DB_DIR`, the mode and group of the
//! directory, where that may be written by others than its owner.
//!
//! Like the umask, it is of the process: a command works in one repository ([`obey`]). SQLite gives the files beside a
//! database the database's mode.

use crate::error::{Error, Result};
use rustix::fs::{CWD, Gid, Mode};
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What the umask of one user leaves out for others, and must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Nothing: the umask counts.
    Umask,
    /// These permissions of a file are added, whatever the umask.
    Add(u32),
    /// A file has exactly these, whatever the umask.
    Exactly(u32),
}

/// The repository that the process works in.
#[derive(Debug)]
struct Shared {
    tops: Vec<PathBuf>,
    sharing: Sharing,
}

static REPOSITORY: OnceLock<Shared> = OnceLock::new();

/// What counts for one file.
#[derive(Debug, Clone, Copy)]
struct Rule {
    sharing: Sharing,
    /// The group that the file is to have, where that is not for the system to decide.
    group: Option<u32>,
}

impl Sharing {
    /// Reads `core.sharedRepository` as git does; `key` names it in the error.
    pub fn parse(value: Option<&str>) -> Result<Sharing> {
        let Some(value) = value else {
            return Ok(GROUP);
        };
        match value {
            "umask" => return Ok(Sharing::Umask),
            "group" => return Ok(GROUP),
            "all" | "world" | "everybody" => return Ok(ALL),
            _ => {}
        }
        let bad = |why: &str| {
            Err(
                Error::new(format!("bad value '{value}' for 'core.sharedRepository'"))
                    .with_cause(why),
            )
        };
        match u32::from_str_radix(value, 8) {
            Ok(0) => Ok(Sharing::Umask),
            Ok(1) => Ok(GROUP),
            Ok(2) => Ok(ALL),
            Ok(mode) if mode & 0o600 == 0o600 => Ok(Sharing::Exactly(mode & 0o666)),
            Ok(_) => bad("the owner of files must always have read and write permissions"),
            Err(_) => match value.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Ok(GROUP),
                "false" | "no" | "off" | "" => Ok(Sharing::Umask),
                _ => bad("it must be umask, group, all or an octal mode"),
            },
        }
    }

    /// The mode of a file or directory that has `mode` by the umask.
    fn adjusted(self, mode: u32, is_dir: bool) -> u32 {
        let (mut bits, is_exact) = match self {
            Sharing::Umask => return mode,
            Sharing::Add(bits) => (bits, false),
            Sharing::Exactly(bits) => (bits, true),
        };
        if mode & 0o200 == 0 {
            bits &= !0o222;
        }
        if mode & 0o100 != 0 {
            bits |= (bits & 0o444) >> 2;
        }
        let mut mode = if is_exact {
            mode & !0o777 | bits
        } else {
            mode | bits
        };
        if is_dir {
            mode |= (mode & 0o444) >> 2;
            if mode & 0o060 != 0 {
                mode |= SETGID;
            }
        }
        mode
    }
}

const GROUP: Sharing = Sharing::Add(0o660);
const ALL: Sharing = Sharing::Add(0o664);
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;

/// From here on, what is made below one of these directories is shared in that way.
pub fn obey(tops: &[&Path], sharing: Sharing) {
    let real = |top: &&Path| top.canonicalize().unwrap_or_else(|_| top.to_path_buf());
    // A process works in one repository: the first one counts.
    REPOSITORY.get_or_init(|| Shared {
        tops: tops.iter().map(real).collect(),
        sharing,
    });
    if is_shared() {
        DIRECTORIES
            .iter()
            .flat_map(|dir| tops.iter().map(move |top| top.join(dir)))
            .for_each(|dir| adjust(&dir));
    }
}

/// What may have been made before the repository was shared, and others need: below the common directory.
const DIRECTORIES: [&str; 8] = [
    "patman",
    "patman/locks",
    "patman/locks/scratch",
    "patman/worktrees",
    "patman/worktrees/.pool",
    "patman/scratch",
    "patman/output",
    "worktrees",
];

/// Whether the repository that the process works in is shared.
pub fn is_shared() -> bool {
    REPOSITORY
        .get()
        .is_some_and(|shared| shared.sharing != Sharing::Umask)
}

/// The mode that a file which nobody but its users needs is made with; [`adjust`] adds to it.
pub const PRIVATE: u32 = 0o600;

/// Gives a file or directory that this user has made, now or earlier, to those who are to use it. On a file system without
/// modes nothing happens.
pub fn adjust(path: &Path) {
    let rule = rule(path);
    if rule.sharing != Sharing::Umask
        && let Ok(meta) = path.symlink_metadata()
        && !meta.is_symlink()
    {
        adjust_to(rule, &meta, path);
    }
}

/// The same for a lock or another file that is nobody else's where nothing is shared.
pub fn adjust_private(file: &File, path: &Path) {
    let rule = rule(path);
    let Ok(meta) = file.metadata() else {
        return;
    };
    if rule.sharing != Sharing::Umask {
        adjust_to(rule, &meta, path);
    } else if meta.mode() & 0o077 != 0 && is_own(&meta) {
        rustix::fs::fchmod(file, Mode::from_bits_truncate(PRIVATE)).ok();
    }
}

fn adjust_to(rule: Rule, meta: &Metadata, path: &Path) {
    if !is_own(meta) {
        return;
    }
    // Who may be of that group is for the system to say; as another group's, the file would be the wrong people's.
    let is_of_group = match rule.group.filter(|group| *group != meta.gid()) {
        Some(group) => rustix::fs::chownat(
            CWD,
            path,
            None,
            Some(Gid::from_raw(group)),
            rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
        )
        .is_ok(),
        None => true,
    };
    let (old, mut new) = (
        meta.mode() & 0o7777,
        rule.sharing.adjusted(meta.mode(), meta.is_dir()) & 0o7777,
    );
    if !is_of_group {
        new &= !(0o070 & !old);
    }
    if old != new {
        rustix::fs::chmodat(
            CWD,
            path,
            Mode::from_bits_truncate(new),
            rustix::fs::AtFlags::empty(),
        )
        .ok();
    }
}

fn is_own(meta: &Metadata) -> bool {
    meta.uid() == rustix::process::geteuid().as_raw()
}

/// Creates a missing directory.
pub fn create_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir(dir)?;
    adjust(dir);
    Ok(())
}

/// Creates a directory and its missing parents.
pub fn create_dir_all(dir: &Path) -> std::io::Result<()> {
    if dir.as_os_str().is_empty() || dir.is_dir() {
        return Ok(());
    }
    match create_dir(dir) {
        Ok(()) => Ok(()),
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let above = dir.parent().ok_or(why)?;
            create_dir_all(above)?;
            create_dir_all(dir)
        }
        // Another process was faster.
        Err(_) if dir.is_dir() => Ok(()),
        Err(why) => Err(why),
    }
}

/// Writes a file from scratch, not atomically.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, bytes)?;
    adjust(path);
    Ok(())
}

/// Creates an empty file with this mode, less the umask; an existing file is left alone.
pub fn touch(path: &Path, mode: u32) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    match options.write(true).create_new(true).mode(mode).open(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(|_| adjust(path)),
    }
}

fn rule(path: &Path) -> Rule {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = dir.unwrap_or(Path::new("."));
    if let Some(shared) = REPOSITORY.get()
        && let Ok(real) = dir.canonicalize()
        && shared.tops.iter().any(|top| real.starts_with(top))
    {
        return Rule {
            sharing: shared.sharing,
            group: None,
        };
    }
    let is_database = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(DATABASE));
    match dir.metadata() {
        Ok(meta) if is_database => of_directory(&meta),
        _ => UNSHARED,
    }
}

/// How the names of a database and of the files beside it begin.
const DATABASE: &[u8] = b".patman.db";

const UNSHARED: Rule = Rule {
    sharing: Sharing::Umask,
    group: None,
};

/// Where others may write as well, as in no directory for temporary files, they are to use what is in it.
fn of_directory(dir: &Metadata) -> Rule {
    let mode = dir.mode();
    if mode & 0o022 == 0 || mode & STICKY != 0 {
        return UNSHARED;
    }
    Rule {
        sharing: Sharing::Exactly(mode & 0o666 | 0o600),
        group: Some(dir.gid()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn values_are_read_as_git_reads_them() {
        let cases = [
            ("umask", Sharing::Umask),
            ("false", Sharing::Umask),
            ("0", Sharing::Umask),
            ("group", GROUP),
            ("true", GROUP),
            ("Yes", GROUP),
            ("1", GROUP),
            ("all", ALL),
            ("world", ALL),
            ("everybody", ALL),
            ("2", ALL),
            ("0640", Sharing::Exactly(0o640)),
            ("0777", Sharing::Exactly(0o666)),
        ];
        for (value, sharing) in cases {
            assert_eq!(Sharing::parse(Some(value)).unwrap(), sharing, "{value}");
        }
        assert_eq!(Sharing::parse(None).unwrap(), GROUP);
        assert!(Sharing::parse(Some("0440")).is_err() && Sharing::parse(Some("x")).is_err());
    }

    #[test]
    fn modes_are_those_that_git_gives() {
        let cases = [
            (GROUP, 0o600, 0o700, 0o660, 0o2770),
            (GROUP, 0o644, 0o755, 0o664, 0o2775),
            (ALL, 0o600, 0o700, 0o664, 0o2775),
            (Sharing::Exactly(0o640), 0o644, 0o755, 0o640, 0o2750),
            (Sharing::Exactly(0o600), 0o664, 0o775, 0o600, 0o700),
            (Sharing::Umask, 0o644, 0o755, 0o644, 0o755),
        ];
        for (sharing, file, dir, new_file, new_dir) in cases {
            assert_eq!(sharing.adjusted(file, false), new_file, "{sharing:?}");
            assert_eq!(sharing.adjusted(dir, true), new_dir, "{sharing:?}");
        }
        assert_eq!(GROUP.adjusted(0o400, false), 0o440, "a pack");
    }

    #[test]
    fn a_directory_that_others_may_write_shares_what_is_in_it() {
        let top = tempfile::tempdir().unwrap();
        let chmod = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap()
        };
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o7777;
        for (dir, file) in [
            (0o2770, 0o660),
            (0o775, 0o664),
            (0o755, 0o600),
            (0o1777, 0o600),
            (0o700, 0o600),
        ] {
            chmod(top.path(), dir);
            let path = top.path().join(".patman.db.lock");
            touch(&path, 0o600).unwrap();
            assert_eq!(mode(&path), file, "{dir:o}");
            std::fs::remove_file(&path).unwrap();
        }
        chmod(top.path(), 0o2770);
        let other = top.path().join("other");
        touch(&other, 0o600).unwrap();
        assert_eq!(mode(&other), 0o600, "no file of a database");
    }
}
