// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the trailers at the end of a commit message, and adds new ones.
//!
//! The trailer block is defined as in `git interpret-trailers`: the last paragraph, if it is not the
//! first, and if it contains only trailers, or a sign-off and at least 25% trailers.

/// Adds lines to the end of a message's trailer block, or starts one if there is none.
///
/// If the last trailer is the sign-off of `mine`, an address, it stays last.
pub fn add(message: &[u8], new: &[Vec<u8>], mine: &str) -> Vec<u8> {
    let text = message.trim_ascii_end();
    let lines: Vec<&[u8]> = if text.is_empty() {
        Vec::new()
    } else {
        text.split(|&c| c == b'\n').collect()
    };
    let mut out = Vec::with_capacity(message.len() + 80 * new.len());
    let mut put = |lines: &[&[u8]]| {
        lines
            .iter()
            .for_each(|line| out.extend([line, &b"\n"[..]].concat()))
    };
    let new: Vec<&[u8]> = new.iter().map(Vec::as_slice).collect();
    match block(&lines) {
        Some(begin) => {
            let last = (begin..lines.len())
                .rfind(|&at| name(lines[at]).is_some())
                .unwrap_or(lines.len());
            let stays = lines
                .get(last)
                .is_some_and(|line| is_sign_off_of(line, mine));
            let (above, below) = lines.split_at(if stays { last } else { lines.len() });
            put(above);
            put(&new);
            put(below);
        }
        None => {
            put(&lines);
            put(&[b""]);
            put(&new);
        }
    }
    out
}

/// Where the text in the lines of a commit message ends, and whether it ends with trailers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageEnd {
    /// The index of the line after the text: `---`, a comment, a list of conflicts, an empty line, or
    /// the end of the message.
    pub at: usize,
    /// Whether the lines before it are a trailer block.
    pub is_block: bool,
}

/// Finds where a new trailer goes in the lines of a message: nothing after a `---` becomes part of the commit.
pub fn end(lines: &[&[u8]]) -> MessageEnd {
    let divider = |line: &&[u8]| {
        line.strip_prefix(b"---")
            .is_some_and(|rest| rest.first().is_none_or(is_space))
    };
    let log = &lines[..lines.iter().position(divider).unwrap_or(lines.len())];
    let log = &log[..log
        .iter()
        .position(|line| *line == SCISSORS)
        .unwrap_or(log.len())];
    let (mut at, mut in_conflicts) = (0, false);
    for (number, line) in log.iter().enumerate() {
        let is_passed_over = match line {
            [] | [b'#', ..] => true,
            line if *line == b"Conflicts:" => {
                in_conflicts = true;
                true
            }
            line => in_conflicts && line.starts_with(b"\t"),
        };
        if !is_passed_over {
            (at, in_conflicts) = (number + 1, false);
        }
    }
    MessageEnd {
        at,
        is_block: block(&log[..at]).is_some(),
    }
}

/// The scissors line; git ignores everything after it in a message that is being edited.
const SCISSORS: &[u8] = b"# ------------------------ >8 ------------------------";

/// Where the trailer block begins, in lines without empty lines at the end.
fn block(lines: &[&[u8]]) -> Option<usize> {
    let is_blank = |line: &[u8]| line.iter().all(is_space);
    // The first paragraph is the title.
    let title = lines
        .iter()
        .position(|line| !line.starts_with(b"#") && is_blank(line))?;
    let (mut trailers, mut others, mut folded, mut is_gits) = (0, 0, 0, false);
    let mut is_begun = false;
    for at in (title..lines.len()).rev() {
        let line = lines[at];
        if line.starts_with(b"#") {
            others += std::mem::take(&mut folded);
        } else if is_blank(line) {
            if !is_begun {
                continue;
            }
            others += folded;
            return (trailers > 0 && others == 0 || is_gits && trailers * 3 >= others)
                .then_some(at + 1);
        } else if line.starts_with(b"Signed-off-by: ")
            || line.starts_with(b"(cherry picked from commit ")
        {
            (trailers, folded, is_gits) = (trailers + 1, 0, true);
        } else if name(line).is_some() {
            (trailers, folded) = (trailers + 1, 0);
        } else if line.first().is_some_and(is_space) {
            folded += 1;
        } else {
            others += 1 + std::mem::take(&mut folded);
        }
        is_begun |= !line.starts_with(b"#");
    }
    None
}

/// Whether C treats the byte as white space.
fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The name in a trailer line.
fn name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-'))
        .then_some(name)
}

fn is_sign_off_of(line: &[u8], mine: &str) -> bool {
    let line = String::from_utf8_lossy(line).to_lowercase();
    !mine.is_empty()
        && line.starts_with("signed-off-by:")
        && line.contains(&format!("<{}>", mine.to_lowercase()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::git::run::Git;

    const TAG: &str = "Reviewed-by: Bob <bob@example.com>";

    fn added(message: &str, mine: &str) -> String {
        String::from_utf8(add(message.as_bytes(), &[TAG.into()], mine)).unwrap()
    }

    #[test]
    fn trailers_are_added_where_git_adds_them() {
        let dir = tempfile::tempdir().unwrap();
        for message in [
            "x: Y\n",
            "x: Y\n\nText.\n",
            "x: Y\n\nText.\n\nSigned-off-by: A <a@b>\n",
            "x: Y\n\nText.\n\nSigned-off-by: A <a@b>\n[a: note]\nAcked-by: C <c@d>\n",
            "x: Y\n\nText.\n\nFixes: 1234\n\nLink: https://x\n",
            "x: Y\n\nNote: this is not\na trailer\n",
            "x: Y\n\nText\nmore\nmore\nmore\nmore\nmore\nSigned-off-by: A <a@b>\n",
            "x: Y\n\none\ntwo\nthree\nSigned-off-by: A <a@b>\n",
            "x: Y\n\nTested-by: A\n  folded\nAcked-by: B\n",
            "x: Y\n\n(cherry picked from commit 1234)\n",
            "fixes: Title\n",
        ] {
            let git = Git::at(dir.path()).args([
                "interpret-trailers",
                "--no-divider",
                "--where=end",
                "--if-exists=add",
            ]);
            let by_git = git
                .args(["--trailer", TAG])
                .input(message.as_bytes().to_vec())
                .ok()
                .unwrap();
            assert_eq!(
                added(message, ""),
                String::from_utf8_lossy(&by_git.stdout),
                "{message}"
            );
        }
    }

    #[test]
    fn the_committers_sign_off_stays_last() {
        let message = "x\n\nSigned-off-by: A <a@b.c>\nSigned-off-by: Me <me@b.c>\n[me: changed]\n";
        let wanted = format!(
            "x\n\nSigned-off-by: A <a@b.c>\n{TAG}\nSigned-off-by: Me <me@b.c>\n[me: changed]\n"
        );
        assert_eq!(added(message, "Me@b.c"), wanted);
        assert!(added(message, "a@b.c").ends_with(&format!("{TAG}\n")));
    }

    #[test]
    fn bytes_that_are_not_utf_8_stay() {
        let message = b"x\n\nna\xefve\n\nSigned-off-by: A <a@b.c>\n";
        assert!(add(message, &[TAG.into()], "").starts_with(message));
    }
}
