// SPDX-License-Identifier: GPL-2.0-or-later
//! Where trailers that reviewers have given go in a message that also holds tags.
//!
//! The tags, such as `Series-changes:` with the lines below it, are removed before a patch is mailed. A trailer goes where
//! `git interpret-trailers` would put it in what is mailed, so that none gets into a list of changes or behind a Change-Id.

use crate::tags::commit_trailers::end;
use crate::tags::is_mailed;

/// Adds lines such as `Reviewed-by: ...` to the trailers of a message, as its last; where it has none, as a paragraph below the
/// text. The result ends in a newline.
pub fn add_trailers(message: &[u8], new: &[Vec<u8>]) -> Vec<u8> {
    let lines: Vec<&[u8]> = message
        .strip_suffix(b"\n")
        .unwrap_or(message)
        .split(|&c| c == b'\n')
        .collect();
    let is_kept = is_mailed(message);
    let kept: Vec<usize> = (0..lines.len())
        .filter(|&at| is_kept.get(at).is_none_or(|kept| *kept))
        .collect();
    let mailed: Vec<&[u8]> = kept.iter().map(|&at| lines[at]).collect();
    let end = end(&mailed);
    // Behind the last line of the text; nothing but tags has none.
    let at = end.at.checked_sub(1).map_or(0, |last| kept[last] + 1);
    let (above, below) = lines.split_at(at);
    let mut out: Vec<&[u8]> = above.to_vec();
    let is_blank = |line: Option<&&[u8]>| line.is_some_and(|line| line.trim_ascii().is_empty());
    if !end.is_block && !is_blank(above.last()) {
        out.push(b"");
    }
    out.extend(new.iter().map(Vec::as_slice));
    // A tag right behind the text would be taken for one of the new block.
    if !end.is_block && is_kept.get(at) == Some(&false) && !is_blank(below.first()) {
        out.push(b"");
    }
    out.extend(below);
    let mut bytes = out.join(&b"\n"[..]);
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::git::run::Git;

    const TAG: &str = "Reviewed-by: Bea <bea@x>";

    fn placed(message: &str) -> String {
        String::from_utf8(add_trailers(message.as_bytes(), &[TAG.into()])).unwrap()
    }

    #[test]
    fn trailers_stay_out_of_the_tags_of_patman() {
        let sign = "a: B\n\nBody.\n\nSigned-off-by: A <a@x>\n";
        for behind in [
            "",
            "\nChange-Id: I1\nSeries-links: 1:110\n",
            "Series-changes: 2\n- Fix it\n",
            "\nSeries-changes: 2\n- Fix it\n\nCommit-notes:\nAcked-by: No <n@x>\nEND\n",
            "\nCover-letter:\nTitle\n\nAcked-by: No <n@x>\nEND\nSeries-to: u-boot\n",
        ] {
            assert_eq!(
                placed(&format!("{sign}{behind}")),
                format!("{sign}{TAG}\n{behind}")
            );
        }
    }

    #[test]
    fn a_block_is_begun_where_there_is_none() {
        assert_eq!(placed("a: B\n"), format!("a: B\n\n{TAG}\n"));
        assert_eq!(
            placed("a: B\n\nBody.\n"),
            format!("a: B\n\nBody.\n\n{TAG}\n")
        );
        assert_eq!(
            placed("a: B\n\nBody.\n\nSeries-to: x\n"),
            format!("a: B\n\nBody.\n\n{TAG}\n\nSeries-to: x\n")
        );
        assert_eq!(
            placed("a: B\n\nBody.\nSeries-to: x\n"),
            format!("a: B\n\nBody.\n\n{TAG}\n\nSeries-to: x\n")
        );
        assert_eq!(placed("Commit-x: B\n"), format!("Commit-x: B\n\n{TAG}\n"));
    }

    #[test]
    fn what_is_added_to_once_more_comes_behind() {
        let once = add_trailers(
            b"a: B\n\nSigned-off-by: A <a@x>\n\nChange-Id: I1\n",
            &[TAG.into()],
        );
        let twice = add_trailers(&once, &["Acked-by: C <c@x>".into()]);
        let wanted =
            format!("a: B\n\nSigned-off-by: A <a@x>\n{TAG}\nAcked-by: C <c@x>\n\nChange-Id: I1\n");
        assert_eq!(String::from_utf8(twice).unwrap(), wanted);
    }

    #[test]
    fn what_is_behind_a_divider_is_no_part_of_the_commit() {
        let begun = placed("a: B\n\nBody.\n\nChange-Id: I1\n---\nSigned-off-by: No <n@x>\n");
        assert_eq!(
            begun,
            format!("a: B\n\nBody.\n\n{TAG}\n\nChange-Id: I1\n---\nSigned-off-by: No <n@x>\n")
        );
    }

    /// Lines that messages are made of; none is a tag of patman's, nor of blanks alone, which git takes away.
    const LINES: [&str; 23] = [
        "",
        "",
        "",
        "Text of a line.",
        "note: this is not",
        "a trailer",
        "Signed-off-by: A <a@x>",
        "Signed-off-by: A <a@x>",
        "Acked-by: C <c@x>",
        "[c: a note]",
        "# a comment",
        "---",
        "--- a/file",
        "---no divider",
        "  folded",
        "\tfolded by a tab",
        "(cherry picked from commit 1234)",
        "Conflicts:",
        "\tsome/file.c",
        "Fixes: 0123456789ab (\"x: y\")",
        "Link: https://example.org/x",
        "# ------------------------ >8 ------------------------",
        "https://example.org/x",
    ];

    #[test]
    fn without_tags_it_is_what_git_makes_of_the_message() {
        let dir = tempfile::tempdir().unwrap();
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % below
        };
        let cases = std::env::var("PATMAN_TEST_CASES")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(300);
        for _ in 0..cases {
            let count = random(9);
            let body: Vec<&str> = (0..count).map(|_| LINES[random(LINES.len())]).collect();
            let end = ["", "\n", "\n\n"][random(3)];
            let message = format!(
                "a: Subject\n{}{}{end}",
                if count > 0 { "\n" } else { "" },
                body.join("\n")
            );
            let git = Git::at(dir.path()).args([
                "interpret-trailers",
                "--if-exists=addIfDifferent",
                "--trailer",
                TAG,
            ]);
            let by_git = git.input(message.clone().into_bytes()).ok().unwrap();
            // git also rewrites existing trailers, takes a URL or `Conflicts:` for a trailer, and
            // drops comments between them.
            let by_git = String::from_utf8_lossy(&by_git.stdout).replace("https: //", "https://");
            if !by_git.contains("Conflicts: ") {
                let bare = |text: &str| text.replace("\n# a comment", "");
                assert_eq!(bare(&placed(&message)), bare(&by_git), "{message:?}");
            }
        }
    }
}
