// SPDX-License-Identifier: GPL-2.0-or-later
//! A patch's files and hunks, parsed as `git apply` parses them.
//!
//! The oracle is `git apply`: what it reads, this reads to the same meaning; what it calls corrupt is refused here. Two
//! of its habits surprise: text round the patches is skipped, and a binary patch that cannot be decoded ends the
//! reading without an error, so that the files before it are applied. Texts that only C strings explain (a quoted name
//! over two lines, a NUL in a header) are [`DiffError::Unmodelled`]: git itself is asked about them.

mod binary;
mod header;
mod hunk;
mod name;
mod patch_id;
mod stamp;

pub use binary::{Binary, Method, delta_size};
pub use hunk::Hunk;
pub use patch_id::{by_commit as patch_ids_by_commit, patch_id, patch_ids};

use crate::error::Error;
use crate::invisible::shown;
use binary::Budget;
use header::DiffHeaders;

/// Longest patch, in bytes, that git reads.
pub const MAX_PATCH: usize = 1023 * 1024 * 1024;
/// Largest file, in bytes, that a binary patch may make.
pub const MAX_BINARY: usize = 512 * 1024 * 1024;

/// Why a patch was not parsed.
#[derive(Debug, Clone)]
pub enum DiffError {
    /// git refuses it as well.
    Corrupt(Error),
    /// It would take too much memory. git may apply it; nobody else is asked to.
    TooLarge(Error),
    /// git may read it; this parser does not.
    Unmodelled(Error),
}

impl DiffError {
    /// The words for the user.
    pub fn error(&self) -> &Error {
        match self {
            DiffError::Corrupt(error)
            | DiffError::TooLarge(error)
            | DiffError::Unmodelled(error) => error,
        }
    }
}

/// What a header says about a file's beginning or end; a patch not made by git leaves it to be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sure {
    /// It is so.
    Yes,
    /// It is not so.
    #[default]
    No,
    /// The header does not say.
    Guess,
}

/// What a patch does to the bytes of a file.
#[derive(Debug, Clone)]
pub enum ContentChange<'a> {
    /// Hunks, in the patch's order; none when only name or mode change.
    Text(Vec<Hunk<'a>>),
    /// A binary file; without data when the patch only says that the files differ.
    Binary(Option<Binary>),
}

/// The part of a patch that is about one file. Names are relative to the top of the tree.
#[derive(Debug, Clone)]
pub struct FilePatch<'a> {
    /// The file that is read; none for a new file.
    pub old_name: Option<Vec<u8>>,
    /// The file that is written; none for a deletion.
    pub new_name: Option<Vec<u8>>,
    /// Mode before, 0 when the patch does not say.
    pub old_mode: u32,
    /// Mode after, 0 when the patch does not say.
    pub new_mode: u32,
    /// Whether the file is created.
    pub is_new: Sure,
    /// Whether the file is deleted.
    pub is_delete: Sure,
    /// The old name goes away.
    pub is_rename: bool,
    /// The old name stays.
    pub is_copy: bool,
    /// The `index` line's name of the blob before; empty when there is none.
    pub old_id: Vec<u8>,
    /// The `index` line's name of the blob after; empty when there is none.
    pub new_id: Vec<u8>,
    /// The contents.
    pub change: ContentChange<'a>,
    /// Whether any line is added or removed.
    pub has_lines: bool,
}

impl FilePatch<'_> {
    /// The name that messages use: the old one where there is one.
    pub fn name(&self) -> &[u8] {
        self.old_name
            .as_deref()
            .or(self.new_name.as_deref())
            .unwrap_or_default()
    }

    fn changes_metadata(&self) -> bool {
        self.is_rename
            || self.is_copy
            || self.is_new == Sure::Yes
            || self.is_delete != Sure::No
            || (self.old_mode != 0 && self.new_mode != 0 && self.old_mode != self.new_mode)
    }
}

/// Parses a patch into its files, at least one.
pub fn parse(diff: &[u8]) -> Result<Vec<FilePatch<'_>>, DiffError> {
    if diff.len() >= MAX_PATCH {
        return Err(DiffError::Corrupt(Error::new("patch too large")));
    }
    let mut headers = DiffHeaders::new(diff);
    let mut files = Vec::new();
    let mut budget = Budget::of(diff.len());
    let mut at = 0;
    while at < diff.len() {
        let Some((mut file, body)) = headers.find(at)? else {
            break;
        };
        match contents(diff, body, &mut file, &mut budget)? {
            Some(end) => at = end,
            None => break,
        }
        files.push(file);
    }
    if files.is_empty() {
        return Err(DiffError::Corrupt(Error::new("no valid patches in input")));
    }
    Ok(files)
}

/// Reads hunks or binary data at `at`; returns where they end, or nothing when the reading of the patch ends here.
fn contents<'a>(
    diff: &'a [u8],
    at: usize,
    file: &mut FilePatch<'a>,
    budget: &mut Budget,
) -> Result<Option<usize>, DiffError> {
    let (hunks, end) = hunk::hunks(diff, at)?;
    let several = hunks.len() > 1;
    let old_lines = hunks.iter().any(|hunk| hunk.old_lines > 0);
    let new_lines = hunks.iter().any(|hunk| hunk.new_lines > 0);
    if file.is_new == Sure::Guess && (old_lines || several) {
        file.is_new = Sure::No;
    }
    if file.is_delete == Sure::Guess && (new_lines || several) {
        file.is_delete = Sure::No;
    }
    if file.is_new == Sure::Yes && old_lines {
        return Err(corrupt(format!(
            "new file {} depends on old contents",
            shown(file.name())
        )));
    }
    if file.is_delete == Sure::Yes && new_lines {
        return Err(corrupt(format!(
            "deleted file {} still has contents",
            shown(file.name())
        )));
    }
    file.has_lines = !hunks.is_empty();
    file.change = ContentChange::Text(hunks);
    if file.has_lines {
        return Ok(Some(end));
    }
    let first = line(diff, at);
    if first == b"GIT binary patch\n" {
        let Some((data, end)) = binary::parse(diff, at + first.len(), budget)? else {
            return Ok(None);
        };
        file.change = ContentChange::Binary(Some(data));
        return Ok(Some(end));
    }
    let differ = diff[..at + first.len()].ends_with(b" differ\n");
    if differ && (diff[at..].starts_with(b"Binary files ") || diff[at..].starts_with(b"Files ")) {
        file.change = ContentChange::Binary(None);
        return Ok(Some(at + first.len()));
    }
    if !file.changes_metadata() {
        return Err(corrupt_at(diff, at, "patch with only garbage"));
    }
    Ok(Some(at))
}

/// The line that begins at `at`, with its newline if it has one; empty at the end.
fn line(text: &[u8], at: usize) -> &[u8] {
    let rest = text.get(at..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[..=end])
}

fn corrupt(message: impl Into<String>) -> DiffError {
    DiffError::Corrupt(Error::new(message))
}

fn corrupt_at(text: &[u8], at: usize, what: &str) -> DiffError {
    corrupt(format!(
        "{what} at line {}",
        memchr::memchr_iter(b'\n', &text[..at.min(text.len())]).count() + 1
    ))
}

fn unmodelled(message: impl Into<String>) -> DiffError {
    DiffError::Unmodelled(Error::new(message))
}
