// SPDX-License-Identifier: GPL-2.0-or-later
//! `GIT binary patch`: base-85 lines that hold a deflated file or delta.
//!
//! What is inflated never grows beyond the size that the patch declares, nor beyond [`MAX_BINARY`]; and what all binary files
//! of a patch become together is bounded by its length ([`Budget`]), since deflate makes a thousand bytes of one. git has no
//! such bound and keeps all of it in memory.

use super::hunk::number;
use super::{DiffError, MAX_BINARY, corrupt, line};
use crate::error::Error;
use flate2::{Decompress, FlushDecompress, Status};
use std::sync::Arc;

/// How to read binary data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It is the whole new file.
    Literal,
    /// It is a delta in git's pack format, from the old file.
    Delta,
}

/// The forward half of a binary patch, inflated.
#[derive(Debug, Clone)]
pub struct Binary {
    /// How to read it.
    pub method: Method,
    /// The file or the delta; shared, since it may be large.
    pub data: Arc<Vec<u8>>,
}

/// How many bytes the binary files of one patch may still become.
#[derive(Debug)]
pub struct Budget {
    left: u64,
    limit: u64,
}

/// What each patch may become: images of flash memory are mostly empty.
const FREE_BYTES: u64 = 64 << 20;

/// What a patch may become more, for each of its bytes: firmware packs to a half or a quarter.
const BYTES_PER_BYTE: u64 = 8;

impl Budget {
    /// That of a patch of that length.
    pub fn of(length: usize) -> Self {
        let limit = FREE_BYTES + BYTES_PER_BYTE * length as u64;
        Budget { left: limit, limit }
    }

    fn take(&mut self, bytes: u64) -> Result<(), DiffError> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| {
            let mib = self.limit >> 20;
            DiffError::TooLarge(Error::new(format!(
                "its binary files are larger than {mib} MiB when unpacked"
            )))
        })?;
        Ok(())
    }
}

/// Reads what follows the line `GIT binary patch`: the forward data and, where present, the data for the way back, which
/// is checked and dropped. Nothing when the data are broken, which git takes for the end of the patch.
pub fn parse(
    text: &[u8],
    at: usize,
    budget: &mut Budget,
) -> Result<Option<(Binary, usize)>, DiffError> {
    let Half::Read(forward, end) = half(text, at)? else {
        return Ok(None);
    };
    if !may_inflate(&forward.packed, forward.size) {
        return Ok(None);
    }
    budget.take(forward.size as u64)?;
    let Some(data) = inflate(&forward.packed, forward.size) else {
        return Ok(None);
    };
    if forward.method == Method::Delta {
        budget.take(growth(&data))?;
    }
    let end = match half(text, end)? {
        Half::Read(back, end) if inflates(&back.packed, back.size) => end,
        Half::Absent => end,
        _ => return Ok(None),
    };
    let binary = Binary {
        method: forward.method,
        data: Arc::new(data),
    };
    Ok(Some((binary, end)))
}

/// By how much a file grows, as its delta declares.
fn growth(mut delta: &[u8]) -> u64 {
    let (old, new) = (delta_size(&mut delta), delta_size(&mut delta));
    new.unwrap_or_default()
        .saturating_sub(old.unwrap_or_default())
}

/// A size in groups of seven bits, the least first, as a delta begins with two of them.
pub fn delta_size(delta: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (&c, rest) = delta.split_first()?;
        *delta = rest;
        value |= u64::from(c & 0x7f) << shift;
        if c & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

enum Half {
    Read(Packed, usize),
    Absent,
    Broken,
}

/// One half of a binary patch, as written in the patch.
struct Packed {
    method: Method,
    size: usize,
    packed: Vec<u8>,
}

fn half(text: &[u8], start: usize) -> Result<Half, DiffError> {
    let head = line(text, start);
    let (method, size) = if let Some(size) = head.strip_prefix(b"delta ") {
        (Method::Delta, size)
    } else if let Some(size) = head.strip_prefix(b"literal ") {
        (Method::Literal, size)
    } else {
        return Ok(Half::Absent);
    };
    let size = number(size).map_or(0, |(size, _)| size);
    if size > MAX_BINARY as u64 {
        return Err(corrupt(format!(
            "binary patch of {size} bytes is too large"
        )));
    }
    let mut at = start + head.len();
    let mut packed = Vec::new();
    loop {
        let whole = line(text, at);
        at += whole.len();
        if whole == b"\n" {
            break;
        }
        if decode_line(whole, &mut packed).is_none() {
            return Ok(Half::Broken);
        }
    }
    let size = size as usize;
    Ok(Half::Read(
        Packed {
            method,
            size,
            packed,
        },
        at,
    ))
}

/// One line: a letter for the number of bytes, then groups of five digits for four bytes each.
fn decode_line(whole: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if whole.len() < 7 || !(whole.len() - 2).is_multiple_of(5) {
        return None;
    }
    let count = match whole[0] {
        c @ b'A'..=b'Z' => usize::from(c - b'A') + 1,
        c @ b'a'..=b'z' => usize::from(c - b'a') + 27,
        _ => return None,
    };
    let room = (whole.len() - 2) / 5 * 4;
    if count > room || count + 4 <= room {
        return None;
    }
    let wanted = out.len() + count;
    for group in whole[1..whole.len() - 1].chunks_exact(5) {
        let value = group
            .iter()
            .try_fold(0u32, |sum, &c| sum.checked_mul(85)?.checked_add(digit(c)?))?;
        out.extend_from_slice(&value.to_be_bytes());
    }
    out.truncate(wanted);
    Some(())
}

fn digit(c: u8) -> Option<u32> {
    const DIGITS: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    memchr::memchr(c, DIGITS).map(|value| value as u32)
}

/// Whether so much can be packed so small: deflate cannot do better than 1 to 1032, so that a small input reserves little.
fn may_inflate(packed: &[u8], size: usize) -> bool {
    size / 1040 <= packed.len()
}

/// Inflates to exactly `size` bytes.
fn inflate(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(size + 1);
    let mut stream = Decompress::new(true);
    let status = stream
        .decompress_vec(packed, &mut out, FlushDecompress::Finish)
        .ok()?;
    (status == Status::StreamEnd && out.len() == size).then_some(out)
}

/// Whether it inflates to exactly `size` bytes, which are not kept.
fn inflates(packed: &[u8], size: usize) -> bool {
    let mut piece = vec![0; 64 << 10];
    let mut stream = Decompress::new(true);
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let rest = packed.get(read as usize..).unwrap_or_default();
        match stream.decompress(rest, &mut piece, FlushDecompress::None) {
            Ok(Status::StreamEnd) => return stream.total_out() == size as u64,
            Err(_) => return false,
            Ok(_) if stream.total_out() > size as u64 => return false,
            // It ends in the middle.
            Ok(_) if (stream.total_in(), stream.total_out()) == (read, written) => return false,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    const DIGITS: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

    /// A half of a binary patch.
    fn half(kind: &str, data: &[u8]) -> String {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        let mut text = format!("{kind} {}\n", data.len());
        for line in encoder.finish().unwrap().chunks(52) {
            let count = line.len() as u8;
            text.push(char::from(if count <= 26 {
                b'A' + count - 1
            } else {
                b'a' + count - 27
            }));
            for group in line.chunks(4) {
                let mut bytes = [0; 4];
                bytes[..group.len()].copy_from_slice(group);
                let value = u32::from_be_bytes(bytes);
                let digit = |power: u32| DIGITS[(value / 85u32.pow(power) % 85) as usize];
                text.extend([4, 3, 2, 1, 0].map(|power| char::from(digit(power))));
            }
            text.push('\n');
        }
        text + "\n"
    }

    /// A patch that makes files of such halves.
    fn patch(forward: &[String]) -> String {
        let file = |(at, half): (usize, &String)| {
            format!(
                "diff --git a/{at} b/{at}\nnew file mode 100644\nindex 0..1\nGIT binary patch\n{half}{}",
                super::tests::half("literal", b"")
            )
        };
        forward.iter().enumerate().map(file).collect()
    }

    fn refusal(patch: &str) -> Option<String> {
        crate::diff::parse(patch.as_bytes())
            .err()
            .map(|why| why.error().to_string())
    }

    #[test]
    fn all_binary_files_of_a_patch_have_one_bound() {
        let empty = half("literal", &vec![0; 9 << 20]);
        assert_eq!(refusal(&patch(&vec![empty.clone(); 7])), None);
        let why = refusal(&patch(&vec![empty; 8]));
        assert_eq!(
            why.as_deref(),
            Some("its binary files are larger than 64 MiB when unpacked")
        );
    }

    #[test]
    fn a_delta_counts_by_what_it_adds() {
        // From 127 bytes to 127 and from 127 bytes to 128 MiB.
        let same = half("delta", b"\x7f\x7f\x90\x7f");
        assert_eq!(refusal(&patch(&[same])), None);
        let large = half("delta", b"\x7f\x80\x80\x80\x40\x90\x7f");
        assert!(refusal(&patch(&[large])).is_some());
    }

    #[test]
    fn firmware_counts_by_its_length() {
        // Bytes that do not pack.
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let data: Vec<u8> = (0..1 << 20).map(|_| random()).collect();
        let text = patch(&[half("literal", &data)]);
        let mut budget = Budget::of(text.len());
        assert!(budget.take(64 << 20).is_ok() && budget.take(9 << 20).is_ok());
        assert_eq!(refusal(&text), None);
        assert!(Budget::of(1 << 20).take(73 << 20).is_err());
    }

    #[test]
    fn the_way_back_is_checked_and_not_kept() {
        let (data, back) = (half("literal", b"a"), half("literal", &[7; 200_000]));
        let at = data.len() + back.len();
        let mut budget = Budget::of(0);
        let found = parse(format!("{data}{back}").as_bytes(), 0, &mut budget).unwrap();
        assert_eq!(found.map(|(_, end)| end), Some(at));
        assert_eq!(budget.limit - budget.left, 1);
        let wrong = back.replacen("200000", "200001", 1);
        let found = parse(format!("{data}{wrong}").as_bytes(), 0, &mut budget).unwrap();
        assert!(found.is_none());
    }
}
