// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the next file in a patch: `diff --git` with its extended lines, or plain `---` and `+++`.

use super::name::{self, Until, is_dev_null, is_space};
use super::stamp::is_epoch;
use super::{
    ContentChange, DiffError, FilePatch, Sure, corrupt, corrupt_at, hunk, line, unmodelled,
};
use crate::git::objects::{MODE_FILE, MODE_GITLINK, MODE_LINK, MODE_TREE, MODE_TYPE};

/// The reader of headers. What it learns from one file holds for the rest of the patch: how many directories to strip.
pub struct DiffHeaders<'a> {
    text: &'a [u8],
    strip: usize,
    strip_known: bool,
}

impl<'a> DiffHeaders<'a> {
    /// A reader that strips one directory (`a/`, `b/`), as `git am` does, until a plain diff teaches it better.
    pub fn new(text: &'a [u8]) -> Self {
        DiffHeaders {
            text,
            strip: 1,
            strip_known: false,
        }
    }

    /// The next file at or after `at`, and where its header ends; nothing when there is none.
    pub fn find(&mut self, mut at: usize) -> Result<Option<(FilePatch<'a>, usize)>, DiffError> {
        let text = self.text;
        let mut file = nothing_known();
        while at < text.len() {
            let this = line(text, at);
            let next = at + this.len();
            if this.len() < 6 {
                at = next;
                continue;
            }
            if this.starts_with(b"@@ -") {
                if hunk::head_numbers(this).is_some() {
                    return Err(corrupt_at(text, at, "patch fragment without header"));
                }
                at = next;
                continue;
            }
            if text.len() < next + 6 {
                break;
            }
            if this.starts_with(b"diff --git ") {
                let end = self.git_header(at, &mut file)?;
                if end > next {
                    return Ok(Some((file, end)));
                }
            } else if this.starts_with(b"--- ") && text[next..].starts_with(b"+++ ") {
                let second = line(text, next);
                let body = next + second.len();
                // The shortest hunk line has 14 bytes; git counts them from here on.
                if text.len() - at >= second.len() + 14 && text[body..].starts_with(b"@@ -") {
                    self.plain_header(at, &this[4..], &second[4..], &mut file)?;
                    return Ok(Some((file, body)));
                }
            }
            at = next;
        }
        Ok(None)
    }

    /// Reads the lines after `diff --git`; returns the place of the first that is not of the header.
    fn git_header(&self, start: usize, file: &mut FilePatch<'a>) -> Result<usize, DiffError> {
        let text = self.text;
        let first = line(text, start);
        file.is_new = Sure::No;
        file.is_delete = Sure::No;
        let both = name::on_both_sides(&first[b"diff --git ".len()..], self.strip)?;
        let mut at = start + first.len();
        while at < text.len() {
            let this = line(text, at);
            if !this.ends_with(b"\n") || this.starts_with(b"@@ -") {
                break;
            }
            if !self.extended(at, this, both.as_deref(), file)? {
                break;
            }
            let kinds = [
                file.is_delete == Sure::Yes,
                file.is_new == Sure::Yes,
                file.is_rename,
                file.is_copy,
            ];
            if kinds.into_iter().filter(|&kind| kind).count() > 1 {
                return Err(corrupt_at(text, at, "inconsistent header"));
            }
            at += this.len();
        }
        if file.old_name.is_none() && file.new_name.is_none() {
            file.old_name.clone_from(&both);
            file.new_name = both;
        }
        let lacks_new = file.new_name.is_none() && file.is_delete != Sure::Yes;
        let lacks_old = file.old_name.is_none() && file.is_new != Sure::Yes;
        if lacks_new || lacks_old {
            return Err(corrupt_at(
                text,
                at,
                "git diff header lacks filename information",
            ));
        }
        Ok(at)
    }

    /// Takes in one line of a git header; false when it is not one.
    fn extended(
        &self,
        at: usize,
        this: &[u8],
        both: Option<&[u8]>,
        file: &mut FilePatch<'a>,
    ) -> Result<bool, DiffError> {
        let full = |rest| name::name(rest, self.strip.saturating_sub(1), Until::LineEnd);
        if this.contains(&0) {
            return Err(unmodelled("a header line contains a NUL"));
        }
        if let Some(rest) = this.strip_prefix(b"--- ") {
            let isnull = file.is_new == Sure::Yes;
            self.agree(at, rest, isnull, &mut file.old_name, "old")?;
        } else if let Some(rest) = this.strip_prefix(b"+++ ") {
            let isnull = file.is_delete == Sure::Yes;
            self.agree(at, rest, isnull, &mut file.new_name, "new")?;
        } else if let Some(rest) = this.strip_prefix(b"old mode ") {
            file.old_mode = mode(self.text, at, rest)?;
        } else if let Some(rest) = this.strip_prefix(b"new mode ") {
            file.new_mode = mode(self.text, at, rest)?;
        } else if let Some(rest) = this.strip_prefix(b"deleted file mode ") {
            file.is_delete = Sure::Yes;
            file.old_name = both.map(<[u8]>::to_vec);
            file.old_mode = mode(self.text, at, rest)?;
        } else if let Some(rest) = this.strip_prefix(b"new file mode ") {
            file.is_new = Sure::Yes;
            file.new_name = both.map(<[u8]>::to_vec);
            file.new_mode = mode(self.text, at, rest)?;
        } else if let Some(rest) = this.strip_prefix(b"copy from ") {
            file.is_copy = true;
            file.old_name = full(rest)?;
        } else if let Some(rest) = this.strip_prefix(b"copy to ") {
            file.is_copy = true;
            file.new_name = full(rest)?;
        } else if let Some(rest) = this
            .strip_prefix(b"rename from ")
            .or_else(|| this.strip_prefix(b"rename old "))
        {
            file.is_rename = true;
            file.old_name = full(rest)?;
        } else if let Some(rest) = this
            .strip_prefix(b"rename to ")
            .or_else(|| this.strip_prefix(b"rename new "))
        {
            file.is_rename = true;
            file.new_name = full(rest)?;
        } else if let Some(rest) = this.strip_prefix(b"index ") {
            self.index(at, rest, file)?;
        } else {
            return Ok(
                this.starts_with(b"similarity index ") || this.starts_with(b"dissimilarity index ")
            );
        }
        Ok(true)
    }

    /// A `---` or `+++` line must agree with what the lines before it said.
    fn agree(
        &self,
        at: usize,
        rest: &[u8],
        isnull: bool,
        known: &mut Option<Vec<u8>>,
        side: &str,
    ) -> Result<(), DiffError> {
        match known {
            None if !isnull => *known = name::name(rest, self.strip, Until::Tab)?,
            None if is_dev_null(rest) => {}
            None => {
                return Err(corrupt_at(
                    self.text,
                    at,
                    "bad git-diff: expected /dev/null",
                ));
            }
            Some(_) if isnull => {
                return Err(corrupt_at(
                    self.text,
                    at,
                    "bad git-diff: expected /dev/null",
                ));
            }
            Some(known) => {
                if name::name(rest, self.strip, Until::Tab)?.as_ref() != Some(known) {
                    return Err(corrupt_at(
                        self.text,
                        at,
                        &format!("bad git-diff: inconsistent {side} filename"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// `index <old>..<new>` and perhaps the mode of both; what is too long for an object's name is not one.
    fn index(&self, at: usize, rest: &[u8], file: &mut FilePatch<'a>) -> Result<(), DiffError> {
        const HEX: usize = 40;
        let Some(dot) = memchr::memchr(b'.', rest) else {
            return Ok(());
        };
        if rest.get(dot + 1) != Some(&b'.') || dot > HEX {
            return Ok(());
        }
        file.old_id = rest[..dot].to_vec();
        let rest = &rest[dot + 2..];
        let end = rest
            .iter()
            .position(|&c| c == b' ' || c == b'\n')
            .unwrap_or(rest.len());
        if end > HEX {
            return Ok(());
        }
        file.new_id = rest[..end].to_vec();
        if rest.get(end) == Some(&b' ') {
            file.old_mode = mode(self.text, at, &rest[end + 1..])?;
        }
        Ok(())
    }

    /// `---` and `+++` lines that no `diff --git` line introduces.
    fn plain_header(
        &mut self,
        at: usize,
        first: &[u8],
        second: &[u8],
        file: &mut FilePatch<'a>,
    ) -> Result<(), DiffError> {
        if first.contains(&0) || second.contains(&0) {
            return Err(unmodelled("a header line contains a NUL"));
        }
        if !self.strip_known {
            let (old, new) = (has_no_directory(first)?, has_no_directory(second)?);
            if old.or(new) == Some(true) && new == Some(true) {
                self.strip = 0;
                self.strip_known = true;
            }
        }
        let named = if is_dev_null(first) {
            (file.is_new, file.is_delete) = (Sure::Yes, Sure::No);
            file.new_name = name::traditional(second, None, self.strip)?;
            file.new_name.is_some()
        } else if is_dev_null(second) {
            (file.is_new, file.is_delete) = (Sure::No, Sure::Yes);
            file.old_name = name::traditional(first, None, self.strip)?;
            file.old_name.is_some()
        } else {
            let old = name::traditional(first, None, self.strip)?;
            let name = name::traditional(second, old.as_deref(), self.strip)?;
            let named = name.is_some();
            if is_epoch(first) {
                (file.is_new, file.is_delete) = (Sure::Yes, Sure::No);
                file.new_name = name;
            } else if is_epoch(second) {
                (file.is_new, file.is_delete) = (Sure::No, Sure::Yes);
                file.old_name = name;
            } else {
                file.old_name.clone_from(&name);
                file.new_name = name;
            }
            named
        };
        if named {
            Ok(())
        } else {
            Err(corrupt_at(
                self.text,
                at,
                "unable to find filename in patch",
            ))
        }
    }
}

fn nothing_known<'a>() -> FilePatch<'a> {
    FilePatch {
        old_name: None,
        new_name: None,
        old_mode: 0,
        new_mode: 0,
        is_new: Sure::Guess,
        is_delete: Sure::Guess,
        is_rename: false,
        is_copy: false,
        old_id: Vec::new(),
        new_id: Vec::new(),
        change: ContentChange::Text(Vec::new()),
        has_lines: false,
    }
}

/// Whether the name on a plain `---` or `+++` line has no directory, so that no prefix is stripped;
/// `None` if that is not known.
fn has_no_directory(text: &[u8]) -> Result<Option<bool>, DiffError> {
    if is_dev_null(text) {
        return Ok(None);
    }
    Ok(name::traditional(text, None, 0)?
        .filter(|name| !name.contains(&b'/'))
        .map(|_| true))
}

/// An octal mode; git's number parser would also take a sign or leading spaces.
fn mode(text: &[u8], at: usize, rest: &[u8]) -> Result<u32, DiffError> {
    let digits = rest.iter().take_while(|c| matches!(c, b'0'..=b'7')).count();
    if digits == 0
        && rest
            .first()
            .is_some_and(|&c| is_space(c) || c == b'+' || c == b'-')
        || digits > 9
    {
        return Err(unmodelled("a file mode is malformed"));
    }
    if digits == 0 || !rest.get(digits).is_some_and(|&c| is_space(c)) {
        let shown = crate::invisible::shown(rest.trim_ascii_end());
        let line = memchr::memchr_iter(b'\n', &text[..at]).count() + 1;
        return Err(corrupt(format!("invalid mode on line {line}: {shown}")));
    }
    let mode = rest[..digits]
        .iter()
        .fold(0, |sum, c| sum * 8 + u32::from(c - b'0'));
    // Versions of git read an unknown file type, such as mode 0, differently: as a file or as a submodule.
    match mode & MODE_TYPE {
        MODE_FILE | MODE_LINK | MODE_GITLINK | MODE_TREE => Ok(mode),
        _ => Err(unmodelled("a file mode has an unknown type")),
    }
}
