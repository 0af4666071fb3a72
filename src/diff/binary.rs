// SPDX-License-Identifier: GPL-2.0-or-later
//! `GIT binary patch`: base-85 lines that hold a deflated file or delta.
//!
//! What is inflated never grows beyond the size that the patch declares, nor beyond [`MAX_BINARY`].

use super::hunk::number;
use super::{MAX_BINARY, Refusal, corrupt, line};
use flate2::{Decompress, FlushDecompress, Status};
use std::sync::Arc;

/// How binary data is to be read.
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

/// Reads what follows the line `GIT binary patch`: the forward data and, where present, the data for the way back, which
/// is checked and dropped. Nothing when the data are broken, which git takes for the end of the patch.
pub fn parse(text: &[u8], at: usize) -> Result<Option<(Binary, usize)>, Refusal> {
    let Half::Read(forward, end) = half(text, at)? else {
        return Ok(None);
    };
    match half(text, end)? {
        Half::Read(_, end) => Ok(Some((forward, end))),
        Half::Absent => Ok(Some((forward, end))),
        Half::Broken => Ok(None),
    }
}

enum Half {
    Read(Binary, usize),
    Absent,
    Broken,
}

fn half(text: &[u8], start: usize) -> Result<Half, Refusal> {
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
    Ok(match inflate(&packed, size as usize) {
        Some(data) => Half::Read(
            Binary {
                method,
                data: Arc::new(data),
            },
            at,
        ),
        None => Half::Broken,
    })
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

/// Inflates to exactly `size` bytes; deflate cannot do better than 1 to 1032, so that a small input reserves little.
fn inflate(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    if size / 1040 > packed.len() {
        return None;
    }
    let mut out = Vec::with_capacity(size + 1);
    let mut stream = Decompress::new(true);
    let status = stream
        .decompress_vec(packed, &mut out, FlushDecompress::Finish)
        .ok()?;
    (status == Status::StreamEnd && out.len() == size).then_some(out)
}
