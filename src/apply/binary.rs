// SPDX-License-Identifier: GPL-2.0-or-later
//! Applies a binary patch: both blob names are in full, and both blobs are verified.

use super::refused::{Bytes, Refused};
use crate::diff::{Binary, FilePatch, MAX_BINARY, Method, delta_size};
use crate::git::Oid;
use crate::git::objects::Objects;
use crate::invisible::shown;

/// The file after the patch. If the repository already has the promised blob, it is used as it is, as in git.
pub fn apply(
    objects: &Objects,
    old: &[u8],
    file: &FilePatch<'_>,
    data: Option<&Binary>,
) -> Result<Bytes, Refused> {
    let name = shown(file.name());
    let (Some(old_id), Some(new_id)) = (full_id(&file.old_id), full_id(&file.new_id)) else {
        return Err(Refused::new(format!(
            "cannot apply binary patch to '{name}' without full index line"
        )));
    };
    if file.old_name.is_some() {
        if Objects::blob_id(old)? != old_id {
            return Err(Refused::new(format!(
                "the binary patch to '{name}' does not match the current contents"
            )));
        }
    } else if !old.is_empty() {
        return Err(Refused::new(format!(
            "the binary patch makes '{name}', which is not empty"
        )));
    }
    if new_id.is_zero() {
        return Ok(Bytes::default());
    }
    if objects.has(new_id) {
        return Ok(Bytes::new(objects.blob(new_id)?));
    }
    let new = match data {
        None => {
            return Err(Refused::new(format!(
                "missing binary patch data for '{name}'"
            )));
        }
        Some(Binary {
            method: Method::Literal,
            data,
        }) => data.clone(),
        Some(Binary {
            method: Method::Delta,
            data,
        }) => delta(old, data)
            .map(Bytes::new)
            .ok_or_else(|| Refused::new(format!("binary patch does not apply to '{name}'")))?,
    };
    if Objects::blob_id(&new)? != new_id {
        return Err(Refused::new(format!(
            "binary patch to '{name}' creates incorrect result"
        )));
    }
    Ok(new)
}

/// Parses a name of forty lower-case hexadecimal digits.
fn full_id(hex: &[u8]) -> Option<Oid> {
    let hex = std::str::from_utf8(hex)
        .ok()
        .filter(|hex| hex.len() == 40)?;
    Oid::from_str(hex).ok().filter(|id| id.to_string() == hex)
}

/// Applies a delta in the format of packs: two sizes, then copies from the old file and insertions.
fn delta(old: &[u8], mut delta: &[u8]) -> Option<Vec<u8>> {
    if delta_size(&mut delta)? != old.len() as u64 {
        return None;
    }
    let wanted = delta_size(&mut delta).filter(|&wanted| wanted <= MAX_BINARY as u64)? as usize;
    let mut new = Vec::new();
    while let Some((&op, rest)) = delta.split_first() {
        delta = rest;
        let piece = if op & 0x80 != 0 {
            let start = bytes(&mut delta, op, 4)?;
            let len = bytes(&mut delta, op >> 4, 3)?;
            old.get(start..)?
                .get(..if len == 0 { 0x10000 } else { len })?
        } else if op != 0 {
            let (piece, rest) = delta.split_at_checked(usize::from(op))?;
            delta = rest;
            piece
        } else {
            return None;
        };
        if piece.len() > wanted - new.len() {
            return None;
        }
        new.extend_from_slice(piece);
    }
    (new.len() == wanted).then_some(new)
}

/// Reads a little-endian number; only the bytes whose bit is set in `which` are present.
fn bytes(delta: &mut &[u8], which: u8, count: usize) -> Option<usize> {
    (0..count)
        .filter(|bit| which & (1 << bit) != 0)
        .try_fold(0, |sum, bit| {
            let (&c, rest) = delta.split_first()?;
            *delta = rest;
            Some(sum | usize::from(c) << (8 * bit))
        })
}
