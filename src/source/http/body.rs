// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the body of a response and decompresses it, with a limit on the size before and after.

use super::Accept;
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum size of one response, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Before decompression.
    pub packed: u64,
    /// After decompression.
    pub unpacked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            packed: 128 << 20,
            unpacked: 256 << 20,
        }
    }
}

/// Maximum size of an error or a redirect that is read, before and after decompression.
const MAX_ERROR_BODY: u64 = 64 << 10;

/// Maximum size of a JSON or Atom response, decompressed; a page of 250 series has 5 MiB.
const MAX_LISTING: u64 = 32 << 20;

/// Why a body cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It was cut off; ureq's error may be inside.
    Broken(io::Error),
    /// It exceeds a limit, or is not compressed as it claims; with an explanation.
    Refused(String),
}

/// Reads a body, and adds the number of bytes received to `bytes`.
pub(super) fn read(
    body: impl Read,
    encoding: Option<&str>,
    want: Accept,
    limits: Limits,
    bytes: &AtomicU64,
) -> Result<Vec<u8>, Unusable> {
    let limits = match want {
        Accept::Json | Accept::Atom => Limits {
            unpacked: limits.unpacked.min(MAX_LISTING),
            ..limits
        },
        Accept::Mbox | Accept::Any => limits,
    };
    let counted = Counted {
        inner: body,
        left: limits.packed,
        bytes,
    };
    let body = if is_gzip(encoding)? {
        whole(MultiGzDecoder::new(counted), limits)
    } else {
        whole(counted, limits)
    }?;
    if want != Accept::Mbox || !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(body);
    }
    // Data after the end of a gzip file is damage, not a broken connection.
    whole(MultiGzDecoder::new(body.as_slice()), limits).map_err(|why| match why {
        Unusable::Broken(why) => Unusable::Refused(format!("the gzip file is damaged: {why}")),
        refused @ Unusable::Refused(_) => refused,
    })
}

/// Reads the beginning of a body, which is enough for a server's error message; the rest is ignored.
pub(super) fn beginning(
    body: impl Read,
    encoding: Option<&str>,
    bytes: &AtomicU64,
) -> Result<Vec<u8>, Unusable> {
    let counted = Counted {
        inner: body.take(MAX_ERROR_BODY),
        left: MAX_ERROR_BODY,
        bytes,
    };
    let limits = Limits {
        packed: MAX_ERROR_BODY,
        unpacked: MAX_ERROR_BODY,
    };
    if !is_gzip(encoding)? {
        return whole(counted, limits);
    }
    let mut begun = Vec::new();
    // If the body is cut off or damaged, the text before that is still useful.
    drop(
        MultiGzDecoder::new(counted)
            .take(MAX_ERROR_BODY)
            .read_to_end(&mut begun),
    );
    Ok(begun)
}

fn is_gzip(encoding: Option<&str>) -> Result<bool, Unusable> {
    let encoding = encoding.map(|name| name.trim().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some("" | "identity") => Ok(false),
        Some("gzip" | "x-gzip") => Ok(true),
        Some(other) => Err(Unusable::Refused(format!(
            "the response has the encoding '{other}', which was not requested"
        ))),
    }
}

fn whole(from: impl Read, limits: Limits) -> Result<Vec<u8>, Unusable> {
    let mut body = Vec::new();
    from.take(limits.unpacked + 1)
        .read_to_end(&mut body)
        .map_err(|why| match why.downcast::<TooLarge>() {
            Ok(TooLarge) => too_large(limits.packed, ""),
            Err(why)
                if matches!(
                    why.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
                ) =>
            {
                Unusable::Refused(format!("the response is damaged: {why}"))
            }
            Err(why) => Unusable::Broken(why),
        })?;
    if body.len() as u64 > limits.unpacked {
        return Err(too_large(limits.unpacked, ", unpacked"));
    }
    Ok(body)
}

fn too_large(limit: u64, how: &str) -> Unusable {
    let shown = match limit {
        small if small < 10 << 20 => format!("{small} bytes"),
        large => format!("{} MiB", large >> 20),
    };
    Unusable::Refused(format!("the response is larger than {shown}{how}"))
}

/// More bytes were received than allowed.
#[derive(Debug)]
struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too large")
    }
}

impl std::error::Error for TooLarge {}

/// Counts the bytes received, and stops at a limit.
struct Counted<'a, R> {
    inner: R,
    left: u64,
    bytes: &'a AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(TooLarge))?;
        Ok(count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const LIMITS: Limits = Limits {
        packed: 4096,
        unpacked: 10_000,
    };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(bytes: &[u8], encoding: Option<&str>, want: Accept) -> Result<Vec<u8>, String> {
        read(bytes, encoding, want, LIMITS, &AtomicU64::new(0)).map_err(|why| match why {
            Unusable::Broken(why) => format!("broken: {why}"),
            Unusable::Refused(why) => why,
        })
    }

    #[test]
    fn an_mbox_of_several_gzip_members_is_unpacked_and_json_is_not() {
        let packed = [gzip(b"From a\n"), gzip(b""), gzip(b"From b\n")].concat();
        assert_eq!(
            unpack(&packed, None, Accept::Mbox).unwrap(),
            b"From a\nFrom b\n"
        );
        assert_eq!(
            unpack(&gzip(&packed), Some("GZIP"), Accept::Mbox).unwrap(),
            b"From a\nFrom b\n"
        );
        assert_eq!(unpack(&packed, None, Accept::Any).unwrap(), packed);
    }

    #[test]
    fn sizes_are_bounded_before_and_after_unpacking() {
        let whole = vec![b'x'; 10_000];
        assert_eq!(
            unpack(&gzip(&whole), Some("gzip"), Accept::Json).unwrap(),
            whole
        );
        let larger = "the response is larger than 10000 bytes, unpacked";
        assert_eq!(
            unpack(&gzip(&[b'x'; 10_001]), Some("gzip"), Accept::Json).unwrap_err(),
            larger
        );
        assert_eq!(
            unpack(&gzip(&[0; 1 << 20]), None, Accept::Mbox).unwrap_err(),
            larger
        );
        assert_eq!(
            unpack(&[b'x'; 4097], None, Accept::Json).unwrap_err(),
            "the response is larger than 4096 bytes"
        );
    }

    #[test]
    fn a_cut_answer_is_broken_and_a_damaged_one_is_refused() {
        let packed = gzip(b"hello, hello, hello");
        assert!(
            unpack(&packed[..packed.len() - 4], Some("gzip"), Accept::Json)
                .unwrap_err()
                .starts_with("broken")
        );
        assert!(
            unpack(&packed[..packed.len() - 4], None, Accept::Mbox)
                .unwrap_err()
                .contains("is damaged")
        );
        assert!(
            unpack(b"<html></html>", Some("gzip"), Accept::Json)
                .unwrap_err()
                .contains("is damaged")
        );
        assert!(
            unpack(b"x", Some("br"), Accept::Json)
                .unwrap_err()
                .contains("has the encoding 'br'")
        );
    }
}
