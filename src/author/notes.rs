// SPDX-License-Identifier: GPL-2.0-or-later
//! Notes on a version, such as how its comments were addressed: text, stored in the database without surrounding
//! blanks.

use super::Author;
use super::change::BranchChange;
use crate::db::Write;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::db::{notes, series};
use crate::error::{Error, Result};
use std::io::Read;
use std::path::Path;

/// Maximum size of notes, in bytes: a larger file is probably the wrong one.
pub const MAX_NOTES_SIZE: u64 = 1 << 20;

impl Author<'_> {
    /// Replaces the notes on a version. Returns whether they changed.
    pub fn save_notes(&mut self, series: &Series, version: &Version, text: &str) -> Result<bool> {
        if version.notes.as_deref().unwrap_or_default() == text {
            return Ok(false);
        }
        let of = version
            .number
            .map_or(String::new(), |number| format!(" {number}"));
        let verb = if text.is_empty() { "Remove" } else { "Save" };
        let why = format!("{verb} the notes on {}{of}", series.name);
        self.change(
            of_rows("series save-notes", why),
            Some(series.id),
            |write| notes::set(write, version.id, text),
        )?;
        Ok(true)
    }

    /// Sets the upstream of a series. Returns whether it changed.
    pub fn set_upstream(&mut self, one: &Series, upstream: &str) -> Result<bool> {
        if one.upstream.as_deref() == Some(upstream) {
            return Ok(false);
        }
        let why = format!("Set the upstream of {} to '{upstream}'", one.name);
        let rows = |write: &Write<'_>| series::set_upstream(write, one.id, Some(upstream));
        self.change(of_rows("series set-upstream", why), Some(one.id), rows)?;
        Ok(true)
    }
}

/// Creates a change of database rows only.
fn of_rows(what: &str, why: String) -> BranchChange {
    BranchChange {
        what: what.to_owned(),
        why,
        ..BranchChange::default()
    }
}

/// Reads notes from a file, or from standard input for `-`, and normalizes them as patman does: lines end with a
/// line feed only, and leading and trailing blanks are removed.
pub fn read(path: &Path) -> Result<String> {
    let is_stdin = path.as_os_str() == "-";
    let what = if is_stdin {
        "standard input".to_owned()
    } else {
        format!("'{}'", path.display())
    };
    let failed = |why: std::io::Error| match why.kind() {
        std::io::ErrorKind::NotFound => Error::new(format!("there is no file {what}"))
            .with_hint("name the file that holds the notes: git patman series save-notes <file>"),
        _ => Error::new(format!("cannot read {what}")).with_cause(why),
    };
    let mut bytes = Vec::new();
    if is_stdin {
        std::io::stdin()
            .lock()
            .take(MAX_NOTES_SIZE + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_NOTES_SIZE + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    }
    if bytes.len() as u64 > MAX_NOTES_SIZE {
        return Err(Error::new(format!(
            "{what} is too long for notes: the limit is {} KiB",
            MAX_NOTES_SIZE >> 10
        )));
    }
    text(bytes).ok_or_else(|| {
        Error::new(format!("{what} is not text in UTF-8"))
            .with_hint("iconv -f <its encoding> -t UTF-8 <file> | git patman series save-notes -")
    })
}

fn text(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Some(
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .trim()
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn notes_are_text_without_blanks_around_them() {
        let read = |bytes: &[u8]| text(bytes.to_vec());
        assert_eq!(
            read(b"\n  a\r\n\r\n b\tc \n\n").as_deref(),
            Some("a\n\n b\tc")
        );
        assert_eq!(read(b"\xef\xbb\xbfa").as_deref(), Some("a"));
        assert_eq!(read(b" \n").as_deref(), Some(""));
        assert_eq!(read(b"a\xff"), None);
        assert_eq!(read(b"a\0b"), None);
    }
}
