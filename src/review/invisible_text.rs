// SPDX-License-Identifier: GPL-2.0-or-later
//! Warns about invisible characters in a patch, which is committed as git commits it.

use super::Reviews;
use super::selection::Selected;
use crate::apply::PatchMail;
use crate::diff;
use crate::invisible::{code_point, first_invisible, first_invisible_in_lines, shown};

impl Reviews<'_> {
    /// Warns about invisible characters in messages, authors and file names of the patches.
    pub(super) fn warn_of_invisible_text(&self, selected: &Selected) {
        for (mailed, patch) in selected.version.patches.iter().zip(&selected.patches) {
            for (part, c) in invisible_parts(patch) {
                self.events.warn(format!(
                    "patch {}: {part} holds {}, which is not shown",
                    mailed.number,
                    code_point(c)
                ));
            }
        }
    }
}

/// The parts of a patch with invisible characters, each with the first such character.
fn invisible_parts(patch: &PatchMail) -> Vec<(String, char)> {
    let message = String::from_utf8_lossy(&patch.message);
    let author = [&patch.author.name, &patch.author.email];
    let author = author.map(|text| String::from_utf8_lossy(text));
    let mut parts = Vec::new();
    if let Some(c) = first_invisible_in_lines(&message) {
        parts.push(("its message".to_owned(), c));
    }
    if let Some(c) = author.iter().find_map(|text| first_invisible(text)) {
        parts.push(("its author".to_owned(), c));
    }
    for name in file_names(patch) {
        if let Some(c) = first_invisible(&String::from_utf8_lossy(&name)) {
            parts.push((format!("the path '{}'", shown(&name)), c));
        }
    }
    parts
}

/// The names of the files that a patch creates or changes, read only if any may contain non-ASCII characters.
fn file_names(patch: &PatchMail) -> Vec<Vec<u8>> {
    let is_odd = |line: &[u8]| {
        let is_header = [&b"diff --git "[..], b"+++ ", b"rename to ", b"copy to "]
            .iter()
            .any(|header| line.starts_with(header));
        is_header && (line.contains(&b'\\') || !line.is_ascii())
    };
    if !patch.diff.split(|&c| c == b'\n').any(is_odd) {
        return Vec::new();
    }
    let files = diff::parse(&patch.diff).unwrap_or_default();
    files.into_iter().filter_map(|file| file.new_name).collect()
}
