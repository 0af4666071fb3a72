// SPDX-License-Identifier: GPL-2.0-or-later
//! Caches responses on disk: for `--offline`, and to ask a server only whether something has changed.
//!
//! Each response is one file, `<cache>/http/<hash of the request>`, that only the user may read. A file
//! begins with a checksum of the rest, which includes the URL: a damaged, incomplete or foreign file
//! counts as missing. Files are replaced atomically, so that any number of processes may share the
//! directory without a lock. A failure of the cache is never an error: it only means
//! another request.

use super::Accept;
use super::cache_entry::CacheEntry;
use crate::clock;
use crate::git::write_atomic::{remove_leftovers, replace_file};
use sha1_smol::Sha1;
use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Maximum size of the cache, in bytes.
const MAX_CACHE_SIZE: u64 = 512 << 20;
/// A process checks the size of the cache after it has written this many bytes.
const CHECK_AFTER_BYTES: u64 = 16 << 20;
/// The first process that writes after this time also checks the size.
const CHECK_AFTER_TIME: Duration = Duration::from_secs(24 * 3600);

/// The file whose age is the time since the last check.
const LAST_CHECK: &str = "swept";

/// The directory of the cached responses.
#[derive(Debug)]
pub(super) struct HttpCache {
    dir: PathBuf,
    max_response: u64,
    max_size: u64,
    written: AtomicU64,
}

impl HttpCache {
    /// The cache below `cache`, with responses of at most `max_response` bytes.
    pub(super) fn below(cache: &Path, max_response: u64) -> HttpCache {
        HttpCache {
            dir: cache.join("http"),
            max_response,
            max_size: MAX_CACHE_SIZE,
            written: AtomicU64::new(0),
        }
    }

    /// The cached response to the request `asked` that expected `want`.
    pub(super) fn find(&self, asked: &str, want: Accept) -> Option<CacheEntry> {
        let path = self.dir.join(name(asked, want));
        // Opening anything but a regular file could block forever.
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let mut bytes = Vec::new();
        (&mut file)
            .take(self.max_response + (1 << 20))
            .read_to_end(&mut bytes)
            .ok()?;
        let entry =
            CacheEntry::unpacked(&bytes, self.max_response).filter(|entry| entry.asked == asked)?;
        // Used files are removed last. If the use cannot be recorded, it is as if the file had not been used.
        if file.metadata().ok()?.modified().is_ok_and(is_check_due) {
            drop(file.set_modified(clock::system()));
        }
        Some(entry)
    }

    /// Stores a response, if possible.
    pub(super) fn store(&self, entry: &CacheEntry, want: Accept) {
        if entry.body.len() as u64 > self.max_size / 8 {
            return;
        }
        let Some(bytes) = entry.packed() else { return };
        if self.write(&name(&entry.asked, want), &bytes).is_none() {
            return;
        }
        let before = self
            .written
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let is_due = match before {
            0 => !self
                .dir
                .join(LAST_CHECK)
                .metadata()
                .and_then(|meta| meta.modified())
                .is_ok_and(|time| !is_check_due(time)),
            before => {
                before / CHECK_AFTER_BYTES != (before + bytes.len() as u64) / CHECK_AFTER_BYTES
            }
        };
        if is_due {
            self.sweep();
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Option<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .ok()?;
        replace_file(&self.dir.join(name), bytes).ok()
    }

    /// Removes the least recently used files until the cache has nine tenths of its maximum size, and the
    /// temporary files of killed processes.
    fn sweep(&self) {
        // Do this before the work, so that other processes do not start it too.
        if self.write(LAST_CHECK, b"").is_none() {
            return;
        }
        remove_leftovers(&self.dir);
        let Ok(entries) = self.dir.read_dir() else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let meta = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
                Some((meta.modified().ok()?, meta.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, len, _)| len).sum();
        for (_, len, path) in files {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let is_response = name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
            if is_response && total > self.max_size / 10 * 9 {
                // Another process may have removed it.
                drop(std::fs::remove_file(path));
                total = total.saturating_sub(len);
            }
        }
    }
}

fn is_check_due(last: SystemTime) -> bool {
    last.elapsed().is_ok_and(|age| age > CHECK_AFTER_TIME)
}

/// The name of the file for a response.
fn name(asked: &str, want: Accept) -> String {
    let mut sum = Sha1::new();
    sum.update(format!("{want:?}\n{asked}").as_bytes());
    sum.digest().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::super::cache_entry::tests::cache_entry;
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn cache() -> (tempfile::TempDir, HttpCache) {
        let top = tempfile::tempdir().unwrap();
        let cache = HttpCache::below(&top.path().join("deep/cache"), 1 << 20);
        (top, cache)
    }

    #[test]
    fn a_response_is_found_for_its_own_request_only() {
        let (_top, cache) = cache();
        assert_eq!(cache.find("http://a/", Accept::Json), None);
        let answer = cache_entry("http://a/", b"body");
        cache.store(&answer, Accept::Json);
        assert_eq!(cache.find("http://a/", Accept::Json), Some(answer));
        assert_eq!(cache.find("http://a/", Accept::Mbox), None);
        assert_eq!(cache.find("http://b/", Accept::Json), None);
        // Another response under this name is not used.
        std::fs::copy(
            cache.dir.join(name("http://a/", Accept::Json)),
            cache.dir.join(name("http://b/", Accept::Json)),
        )
        .unwrap();
        assert_eq!(cache.find("http://b/", Accept::Json), None);
    }

    #[test]
    fn only_the_user_can_read_the_cache() {
        let (_top, cache) = cache();
        cache.store(&cache_entry("http://a/", b""), Accept::Any);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache.dir), 0o700);
        assert_eq!(mode(&cache.dir.join(name("http://a/", Accept::Any))), 0o600);
    }

    #[test]
    fn the_least_recently_used_responses_are_removed() {
        let (_top, mut cache) = cache();
        cache.max_size = 10_000;
        std::fs::create_dir_all(&cache.dir).unwrap();
        std::fs::write(cache.dir.join("mine.txt"), "x").unwrap();
        for n in 0..100_u64 {
            let path = cache.dir.join(format!("{n:040x}"));
            std::fs::write(&path, [b'x'; 200]).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + n);
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        cache.store(&cache_entry("http://a/", b"x"), Accept::Any);
        let left = |n: u64| cache.dir.join(format!("{n:040x}")).exists();
        assert!(cache.find("http://a/", Accept::Any).is_some());
        assert!(left(99) && !left(0) && !left(50) && cache.dir.join("mine.txt").exists());
        let total: u64 = cache
            .dir
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(total <= 9000, "{total}");
    }
}
