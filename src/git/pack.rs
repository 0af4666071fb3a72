// SPDX-License-Identifier: GPL-2.0-or-later
//! Collects new objects in memory and writes them as one pack.
//!
//! A patch creates an object for each file, for each directory above it, and one for the commit:
//! twenty patches create some hundreds. As loose objects they cost more than all the rest of
//! applying, especially after the file system has deleted files. Until they are written only this
//! process sees them, so call [`Objects::flush`] before any git process and before any ref update;
//! objects that are never flushed are lost.

use super::Oid;
use super::objects::Objects;
use super::sharing;
use crate::error::{Result, WithContext};
use flate2::write::ZlibEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use git2::{ObjectType, OdbLookupFlags};
use sha1_smol::Sha1;
use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// With fewer objects than this, write loose objects, so that small series do not leave many small packs.
const MIN_PACK_OBJECTS: usize = 32;

/// The most bytes to collect before they are written.
const MAX_PENDING_BYTES: usize = 16 << 20;

/// Objects that are not written yet.
#[derive(Default)]
pub(super) struct PackObjects {
    objects: HashMap<Oid, (ObjectType, Vec<u8>)>,
    order: Vec<Oid>,
    size: usize,
}

impl Objects {
    /// Collects new objects in memory until [`flush`](Self::flush).
    pub fn begin_batch(&self) {
        self.gathered.borrow_mut().get_or_insert_default();
    }

    /// Writes the collected objects, and stops collecting.
    pub fn flush(&self) -> Result<()> {
        if let Some(gathered) = self.gathered.take() {
            self.write_all(gathered)?;
        }
        self.share_all();
        Ok(())
    }

    /// Sets the permissions of a loose object for a shared repository, as git does and libgit2 does not.
    fn share(&self, name: &str) {
        let (dir, file) = name.split_at(2);
        let dir = self.directory_of_new().join(dir);
        sharing::adjust(&dir);
        sharing::adjust(&dir.join(file));
    }

    /// The same for those that libgit2 has written by itself, when it merged.
    fn share_all(&self) {
        if self.is_aside() || !sharing::is_shared() {
            return;
        }
        for number in 0..=u8::MAX {
            let fan = format!("{number:02x}");
            let names = std::fs::read_dir(self.directory_of_new().join(&fan));
            for name in names.into_iter().flatten().flatten() {
                self.share(&format!("{fan}{}", name.file_name().to_string_lossy()));
            }
        }
    }

    /// The kind and bytes of an object that is gathered.
    pub(super) fn gathered(&self, id: Oid) -> Option<(ObjectType, Vec<u8>)> {
        self.gathered.borrow().as_ref()?.objects.get(&id).cloned()
    }

    /// Takes an object in, and returns its name; none if it must be written at once: because nothing is gathered, or
    /// because it is on disk already, where writing it again keeps `git gc` from it.
    pub(super) fn take_in(&self, kind: ObjectType, bytes: &[u8]) -> Result<Option<Oid>> {
        let mut place = self.gathered.borrow_mut();
        let Some(gathered) = place.as_mut() else {
            return Ok(None);
        };
        let id =
            Oid::hash_object(kind, bytes).context(|| format!("cannot hash a {}", kind.str()))?;
        if gathered.objects.contains_key(&id) {
            return Ok(Some(id));
        }
        if self.odb()?.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            return Ok(self.is_aside().then_some(id));
        }
        gathered.size += bytes.len();
        gathered.order.push(id);
        gathered.objects.insert(id, (kind, bytes.to_vec()));
        if gathered.size > MAX_PENDING_BYTES {
            let full = place.replace(PackObjects::default()).unwrap_or_default();
            self.write_all(full)?;
        }
        Ok(Some(id))
    }

    /// Writes one loose object.
    pub(super) fn write_now(&self, kind: ObjectType, bytes: &[u8]) -> Result<Oid> {
        let cannot = || format!("cannot write a {}", kind.str());
        if !self.is_aside() {
            let id = self.odb()?.write(kind, bytes).context(cannot)?;
            self.share(&id.to_string());
            return Ok(id);
        }
        let id = Oid::hash_object(kind, bytes).context(cannot)?;
        if self.odb()?.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            return Ok(id);
        }
        let name = id.to_string();
        let dir = self.directory_of_new().join(&name[..2]);
        sharing::create_dir_all(&dir).context(cannot)?;
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        let head = format!("{} {}\0", kind.str(), bytes.len());
        encoder
            .write_all(head.as_bytes())
            .and_then(|()| encoder.write_all(bytes))
            .context(cannot)?;
        let packed = encoder.finish().context(cannot)?;
        std::fs::write(dir.join(&name[2..]), packed).context(cannot)?;
        Ok(id)
    }

    fn write_all(&self, gathered: PackObjects) -> Result<()> {
        if gathered.order.is_empty() {
            return Ok(());
        }
        let odb = self.odb()?;
        if gathered.order.len() < MIN_PACK_OBJECTS {
            return gathered
                .in_order()
                .try_for_each(|(_, (kind, bytes))| self.write_now(*kind, bytes).map(drop));
        }
        let cannot = || "cannot write a pack of new objects";
        let pack = gathered.pack().context(cannot)?;
        let dir = self.directory_of_new().join("pack");
        sharing::create_dir_all(&dir).context(cannot)?;
        let name = format!("pack-{}", pack.sum_in_hex());
        // git looks for a pack when it sees its index, so the index is written last.
        put(&dir, &format!("{name}.pack"), &pack.bytes).context(cannot)?;
        put(&dir, &format!("{name}.idx"), &pack.index()).context(cannot)?;
        odb.refresh().context(cannot)
    }
}

/// Writes a file whole or not at all, readable as the umask and the repository say and writable by none, as git has its
/// packs.
fn put(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix("tmp_pack_")
        .permissions(std::fs::Permissions::from_mode(0o444))
        .tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    sharing::adjust(file.path());
    file.persist(dir.join(name))
        .map(drop)
        .map_err(|failed| failed.error)
}

/// A pack, and what its index says.
struct Pack {
    /// The pack, with its checksum at its end.
    bytes: Vec<u8>,
    /// Each object: its name, the checksum of its entry, where that begins.
    entries: Vec<(Oid, u32, u32)>,
}

impl Pack {
    fn sum(&self) -> &[u8] {
        &self.bytes[self.bytes.len() - 20..]
    }

    fn sum_in_hex(&self) -> String {
        self.sum()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The index, version 2 of gitformat-pack(5): how many names begin with up to each byte, the names in order, checksums,
    /// places, the pack's checksum, its own.
    fn index(&self) -> Vec<u8> {
        let mut entries: Vec<&(Oid, u32, u32)> = self.entries.iter().collect();
        entries.sort_by_key(|(id, ..)| *id);
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255u8 {
            let count = entries.partition_point(|(id, ..)| id.as_bytes()[0] <= first);
            index.extend_from_slice(&(count as u32).to_be_bytes());
        }
        entries
            .iter()
            .for_each(|(id, ..)| index.extend_from_slice(id.as_bytes()));
        entries
            .iter()
            .for_each(|(_, crc, _)| index.extend_from_slice(&crc.to_be_bytes()));
        // Our packs are far below 2 GiB, above which offsets go to a separate table.
        entries
            .iter()
            .for_each(|(.., place)| index.extend_from_slice(&place.to_be_bytes()));
        index.extend_from_slice(self.sum());
        let sum = Sha1::from(&index).digest().bytes();
        index.extend_from_slice(&sum);
        index
    }
}

impl PackObjects {
    fn in_order(&self) -> impl Iterator<Item = (Oid, &(ObjectType, Vec<u8>))> {
        self.order
            .iter()
            .filter_map(|id| Some((*id, self.objects.get(id)?)))
    }

    /// A pack as gitformat-pack(5) has it, with no deltas: `git gc` finds better ones.
    fn pack(&self) -> Result<Pack, flate2::CompressError> {
        let mut entries = Vec::with_capacity(self.order.len());
        let mut pack = Vec::with_capacity(self.size / 2);
        pack.extend_from_slice(b"PACK\0\0\0\x02");
        pack.extend_from_slice(&(self.order.len() as u32).to_be_bytes());
        // Shared by all objects: creating it costs more than compressing most objects.
        let mut compress = Compress::new(Compression::fast(), true);
        for (id, (kind, bytes)) in self.in_order() {
            let begin = pack.len();
            heading(&mut pack, *kind, bytes.len());
            compress.reset();
            let mut rest = &bytes[..];
            loop {
                pack.reserve(rest.len() / 2 + 64);
                let before = compress.total_in();
                let status = compress.compress_vec(rest, &mut pack, FlushCompress::Finish)?;
                rest = &rest[(compress.total_in() - before) as usize..];
                if status == Status::StreamEnd {
                    break;
                }
            }
            let mut crc = Crc::new();
            crc.update(&pack[begin..]);
            entries.push((id, crc.sum(), begin as u32));
        }
        let sum = Sha1::from(&pack).digest().bytes();
        pack.extend_from_slice(&sum);
        Ok(Pack {
            bytes: pack,
            entries,
        })
    }
}

/// Kind and size: four bits of the size beside the kind, then seven in each byte, the least first.
fn heading(pack: &mut Vec<u8>, kind: ObjectType, size: usize) {
    let kind = match kind {
        ObjectType::Commit => 1,
        ObjectType::Tree => 2,
        ObjectType::Tag => 4,
        ObjectType::Blob | ObjectType::Any => 3,
    };
    let mut byte = kind << 4 | (size & 15) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    pack.push(byte);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::git::run::Git;

    fn packs(dir: &std::path::Path) -> usize {
        let names = std::fs::read_dir(dir.join("objects/pack")).unwrap();
        names
            .filter(|name| {
                name.as_ref()
                    .unwrap()
                    .path()
                    .extension()
                    .is_some_and(|end| end == "pack")
            })
            .count()
    }

    #[test]
    fn many_objects_become_one_pack_that_git_reads_and_few_do_not() {
        let dir = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(dir.path()).unwrap();
        let objects = Objects::open(dir.path()).unwrap();
        for (count, wanted) in [(3, 0), (200, 1)] {
            objects.begin_batch();
            let blobs: Vec<Vec<u8>> = (0..count)
                .map(|n: usize| format!("{n}\n").repeat(n * 10).into_bytes())
                .collect();
            let ids: Vec<Oid> = blobs
                .iter()
                .map(|blob| objects.write_blob(blob).unwrap())
                .collect();
            assert!(objects.has(ids[2]) && objects.blob(ids[2]).unwrap() == blobs[2]);
            objects.flush().unwrap();
            assert_eq!(packs(dir.path()), wanted);
            for (id, blob) in ids.iter().zip(&blobs) {
                assert_eq!(&objects.blob(*id).unwrap(), blob);
            }
        }
        Git::at(dir.path())
            .args(["fsck", "--full", "--strict"])
            .ok()
            .unwrap();
        let mut files = std::fs::read_dir(dir.path().join("objects/pack"))
            .unwrap()
            .map(|one| one.unwrap().path());
        let index = files
            .find(|path| path.extension().is_some_and(|end| end == "idx"))
            .unwrap();
        Git::at(dir.path())
            .args(["verify-pack".as_ref(), index.as_os_str()])
            .ok()
            .unwrap();
        assert_eq!(
            objects
                .git()
                .args(["cat-file", "--batch-check", "--batch-all-objects"])
                .ok()
                .unwrap()
                .text()
                .lines()
                .count(),
            200
        );
    }

    #[test]
    fn what_is_put_aside_is_seen_by_git_and_then_gone() {
        let dir = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(dir.path()).unwrap();
        let there = Objects::open(dir.path())
            .unwrap()
            .write_blob(b"there")
            .unwrap();
        let count = || walkdir(&dir.path().join("objects"));
        let before = count();
        let objects = Objects::temporary(dir.path()).unwrap();
        let id = objects.write_blob(b"one").unwrap();
        assert_eq!(objects.write_blob(b"there").unwrap(), there);
        objects.flush().unwrap();
        assert_eq!(objects.blob(id).unwrap(), b"one");
        assert_eq!(objects.blob(there).unwrap(), b"there");
        let shown = objects
            .git()
            .args(["cat-file", "blob", &id.to_string()])
            .ok()
            .unwrap();
        assert_eq!(shown.stdout, b"one");
        let scratch = objects.directory_of_new();
        drop(objects);
        assert_eq!((count(), scratch.exists()), (before, false));
        assert!(!Objects::open(dir.path()).unwrap().has(id));
    }

    /// How many files are below a directory.
    fn walkdir(dir: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .map(|path| if path.is_dir() { walkdir(&path) } else { 1 })
            .sum()
    }

    #[test]
    fn what_is_not_settled_was_never_there() {
        let dir = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(dir.path()).unwrap();
        let objects = Objects::open(dir.path()).unwrap();
        objects.begin_batch();
        let id = objects.write_blob(b"one").unwrap();
        drop(objects);
        assert!(!Objects::open(dir.path()).unwrap().has(id));
    }
}
