// SPDX-License-Identifier: GPL-2.0-or-later
//! The format of a cached response: a fixed first line, a checksum of the rest, a line of JSON that
//! describes the response, and the body, compressed.

use crate::clock;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use sha1_smol::Sha1;
use std::io::{Read, Write};
use std::time::Duration;

/// The first line of each file, which precedes the checksum.
const MAGIC: &[u8] = b"git-patman http 1\n";
/// The length of the checksum and its newline.
const SUM: usize = 41;

/// A cached response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CacheEntry {
    /// The request: the URL, and the form if one was sent.
    pub(super) asked: String,
    /// The status: 200 or 404.
    pub(super) status: u16,
    /// The final URL, after redirects.
    pub(super) url: String,
    /// The `Link:` header.
    pub(super) link: Option<String>,
    /// The `ETag:` header.
    pub(super) etag: Option<String>,
    /// The `Last-Modified:` header.
    pub(super) modified: Option<String>,
    /// When it was received, in seconds since 1970.
    pub(super) at: i64,
    /// The body, decompressed; in the file it follows the rest, compressed.
    #[serde(skip)]
    pub(super) body: Vec<u8>,
}

impl CacheEntry {
    /// The contents of the file for this response.
    pub(super) fn packed(&self) -> Option<Vec<u8>> {
        let mut rest = serde_json::to_vec(self).ok()?;
        rest.push(b'\n');
        let mut encoder = ZlibEncoder::new(rest, Compression::fast());
        encoder.write_all(&self.body).ok()?;
        Some(sealed(&encoder.finish().ok()?))
    }

    /// Reads a response from the contents of a file; `None` if it is damaged, foreign, or larger than `most`.
    pub(super) fn unpacked(bytes: &[u8], most: u64) -> Option<CacheEntry> {
        let (sum, rest) = bytes.strip_prefix(MAGIC)?.split_at_checked(SUM)?;
        if sum != format!("{}\n", Sha1::from(rest).digest()).as_bytes() {
            return None;
        }
        let (head, packed) = rest.split_at(memchr::memchr(b'\n', rest)?);
        let mut entry: CacheEntry = serde_json::from_slice(head).ok()?;
        ZlibDecoder::new(packed.get(1..)?)
            .take(most + 1)
            .read_to_end(&mut entry.body)
            .ok()?;
        let is_header = |value: &Option<String>| {
            value
                .as_ref()
                .is_none_or(|text| text.bytes().all(|b| (b' '..0x7f).contains(&b)))
        };
        let is_sound = matches!(entry.status, 200 | 404)
            && entry.at >= 0
            && is_header(&entry.etag)
            && is_header(&entry.modified);
        (is_sound && entry.body.len() as u64 <= most).then_some(entry)
    }

    /// Whether it was received at most `age` ago; false if that is in the future.
    pub(super) fn is_younger(&self, age: Duration) -> bool {
        u64::try_from(clock::now().saturating_sub(self.at))
            .is_ok_and(|seconds| seconds <= age.as_secs())
    }
}

/// The contents of a file: the first line, the checksum and `rest`.
pub(super) fn sealed(rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAGIC.len() + SUM + rest.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(Sha1::from(rest).digest().to_string().as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(rest);
    bytes
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn cache_entry(asked: &str, body: &[u8]) -> CacheEntry {
        CacheEntry {
            asked: asked.to_owned(),
            status: 200,
            url: asked.to_owned(),
            link: Some("<x>; rel=\"next\"".to_owned()),
            etag: Some("\"1\"".to_owned()),
            modified: None,
            at: 7,
            body: body.to_vec(),
        }
    }

    #[test]
    fn an_answer_from_the_future_is_not_young() {
        let aged = |seconds: i64| CacheEntry {
            at: clock::now() - seconds,
            ..cache_entry("http://a/", b"")
        };
        assert!(aged(100).is_younger(Duration::from_secs(1000)));
        assert!(!aged(100).is_younger(Duration::from_secs(50)));
        assert!(!aged(-1000).is_younger(Duration::from_secs(5000)));
    }

    #[test]
    fn whatever_byte_is_changed_or_missing_the_file_is_passed_over() {
        let bytes = cache_entry("http://a/", b"some body").packed().unwrap();
        assert!(CacheEntry::unpacked(&bytes, 9).is_some());
        assert!(CacheEntry::unpacked(&bytes, 8).is_none());
        for at in 0..bytes.len() {
            assert!(CacheEntry::unpacked(&bytes[..at], 100).is_none());
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(CacheEntry::unpacked(&damaged, 100).is_none(), "{at}");
        }
    }
}
