// SPDX-License-Identifier: GPL-2.0-or-later
//! Cleans text as `git stripspace` does: no trailing blanks, no empty lines at either end, no
//! consecutive empty lines.

/// Cleans the text; it ends in a newline unless it is empty.
pub(crate) fn stripspace(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut gap = false;
    for line in text.split_inclusive(|&b| b == b'\n').map(trim_end) {
        if line.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(b'\n');
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out
}

/// The bytes without the white space, by git's definition, at their end.
pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [head @ .., b' ' | b'\t' | b'\n' | b'\r'] = bytes {
        bytes = head;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superfluous_space_goes() {
        assert_eq!(stripspace(b"\n \na \n\n\t\nb\n\n"), b"a\n\nb\n");
        assert_eq!(stripspace(b" a"), b" a\n");
        assert_eq!(stripspace(b"\n\n"), b"");
    }
}
