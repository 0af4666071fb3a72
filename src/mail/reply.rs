// SPDX-License-Identifier: GPL-2.0-or-later
//! Extracts the trailers and objections that a reply gives to a patch, in its sender's own words.
//!
//! Text that the sender did not write as a reply is ignored: quotations, signatures, diffs, the
//! sender's own patches with their messages, and mails that are quoted whole without marks.

use super::trailers::{Trailer, with_ends};
use crate::invisible::first_invisible;
use crate::tags::is_mailed;

/// Maximum number of trailers and objections read from one reply.
const MAX_TRAILERS: usize = 100;

/// Names that a reply may give in addition to those about people, in lower case.
const LINKS: [&str; 6] = [
    "fixes",
    "link",
    "closes",
    "buglink",
    "resolves",
    "references",
];

/// A trailer or an objection in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTrailer {
    /// The trailer; an objection that is not a trailer has the name `NACK` and its line as the value.
    pub trailer: Trailer,
    /// Lines in brackets that follow it and belong to it.
    pub notes: Vec<String>,
    /// Whether it is an objection, which never goes into a commit message.
    pub is_objection: bool,
}

/// The trailers and objections in the text of a reply, in order.
pub fn reply_trailers(text: &str) -> Vec<ReplyTrailer> {
    let lines = own_lines(text);
    let mut found: Vec<(usize, ReplyTrailer)> = Vec::new();
    for (trailer, end) in with_ends(&lines.join("\n")) {
        let has_control = trailer.value.contains(char::is_control);
        if !may_be_given(&trailer) || has_control || !stays(&trailer) {
            continue;
        }
        let is_note = |line: &&&str| {
            line.starts_with('[')
                && line.trim_end().ends_with(']')
                && first_invisible(line).is_none()
        };
        let notes = lines[end.min(lines.len())..]
            .iter()
            .take_while(is_note)
            .map(|line| line.trim_end().to_owned());
        let is_objection = is_objection(&trailer.name);
        found.push((
            end,
            ReplyTrailer {
                notes: notes.take(MAX_TRAILERS).collect(),
                trailer,
                is_objection,
            },
        ));
    }
    let signature = lines
        .iter()
        .position(|line| matches!(*line, "-- " | "--"))
        .unwrap_or(lines.len());
    for (at, line) in lines[..signature]
        .iter()
        .enumerate()
        .filter(|(_, line)| is_nack(line))
    {
        let trailer = Trailer {
            name: "NACK".to_owned(),
            value: line.trim().chars().take(200).collect(),
        };
        found.push((
            at + 1,
            ReplyTrailer {
                trailer,
                notes: Vec::new(),
                is_objection: true,
            },
        ));
    }
    found.sort_by_key(|(end, _)| *end);
    found.truncate(MAX_TRAILERS);
    found.into_iter().map(|(_, given)| given).collect()
}

/// The first lines that the sender of a reply wrote, at most `most`, without attribution lines and trailers.
pub fn first_words(text: &str, most: usize) -> Vec<String> {
    let own = own_lines(text);
    let all: Vec<&str> = text.lines().collect();
    let is_quoted = |at: usize| {
        all.get(at)
            .is_some_and(|line| line.trim_start().starts_with('>'))
    };
    // An attribution: `On Monday, somebody`, and `wrote:`, perhaps on a separate line.
    let leads_in = |at: usize| {
        let end = (at..at + 2).find(|&at| {
            all.get(at)
                .is_some_and(|line| line.trim_end().ends_with(':'))
        });
        end.is_some_and(|end| {
            let below = (end + 1..all.len()).find(|&at| !all[at].trim().is_empty());
            below.is_some_and(is_quoted) && (end == at || all[at].starts_with("On "))
        })
    };
    let trailers: Vec<String> = reply_trailers(text)
        .iter()
        .map(|given| given.trailer.text().to_lowercase())
        .collect();
    let words = own
        .iter()
        .enumerate()
        .take_while(|(_, line)| !matches!(**line, "-- " | "--"));
    let said = words
        .filter(|(at, line)| !line.trim().is_empty() && !leads_in(*at))
        .map(|(_, line)| line.trim());
    said.filter(|line| !trailers.contains(&line.to_lowercase()))
        .take(most)
        .map(str::to_owned)
        .collect()
}

/// Whether a trailer survives mailing: patch programs remove theirs, such as `Series-links`, which only
/// the author gives.
fn stays(trailer: &Trailer) -> bool {
    is_mailed(format!("x\n\n{}\n", trailer.text()).as_bytes())
        .iter()
        .all(|is_mailed| *is_mailed)
}

/// Whether the name of a trailer is an objection.
fn is_objection(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["nack", "nak"].iter().any(|word| name.starts_with(word))
}

/// Whether a line begins with the word `NACK` or `NAK`.
fn is_nack(line: &str) -> bool {
    let line = line.trim();
    let word = line
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .next()
        .unwrap_or_default();
    ["NACK", "NAK", "Nack", "Nak", "NACKed", "NAKed"].contains(&word)
}

fn may_be_given(trailer: &Trailer) -> bool {
    if trailer.is_about_people() {
        return true;
    }
    let is_url = ["http://", "https://"]
        .iter()
        .any(|scheme| trailer.value.starts_with(scheme));
    match trailer.name.to_ascii_lowercase().as_str() {
        "fixes" => {
            trailer
                .value
                .bytes()
                .take_while(u8::is_ascii_hexdigit)
                .count()
                >= 6
        }
        name => LINKS.contains(&name) && is_url,
    }
}

/// The lines of a reply; lines that the sender did not write are emptied.
pub fn own_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    let mut in_diff = false;
    // The lines at the end that may be a diffstat between `---` and a diff. They are counted as they
    // are read, since a stranger may begin any number of diffs.
    let mut stat = 0;
    let mut all = text.lines().peekable();
    while let Some(line) = all.next() {
        if is_another_mail(line) {
            break;
        }
        if begins_diff(line, all.peek().copied()) {
            if !in_diff {
                drop_message_of_patch(&mut lines, stat);
            }
            in_diff = true;
        } else if in_diff && !line.is_empty() {
            in_diff = goes_on(line);
        }
        let is_quoted = line.trim_start().starts_with(['>', '|']);
        let own = if in_diff || is_quoted { "" } else { line };
        stat = if own.is_empty() || own.starts_with(' ') {
            stat + 1
        } else {
            0
        };
        lines.push(own);
    }
    lines
}

/// Whether another mail or patch begins: an Outlook quotation, an attached patch, a scissors line.
fn is_another_mail(line: &str) -> bool {
    let dashes = line.trim().trim_matches('-').trim();
    let is_scissors = line.starts_with("--") && (line.contains(">8") || line.contains("8<"));
    let is_envelope = line.strip_prefix("From ").is_some_and(|rest| {
        rest.len() > 40
            && rest.as_bytes()[..40].iter().all(u8::is_ascii_hexdigit)
            && rest.as_bytes()[40] == b' '
    });
    is_scissors
        || is_envelope
        || (line.trim().starts_with("--")
            && matches!(dashes, "Original Message" | "Forwarded Message"))
}

fn begins_diff(line: &str, next: Option<&str>) -> bool {
    let is_old_name = line.starts_with("--- ") && next.is_some_and(|next| next.starts_with("+++ "));
    line.starts_with("diff --git ")
        || line.starts_with("@@ -")
        || line.starts_with("Index: ")
        || is_old_name
}

/// Whether a line may continue a diff.
fn goes_on(line: &str) -> bool {
    const HEADER: [&str; 10] = [
        "diff ",
        "index ",
        "new ",
        "old ",
        "deleted ",
        "rename ",
        "copy ",
        "similarity ",
        "dissimilarity ",
        "Binary files ",
    ];
    line.starts_with([' ', '+', '-', '\\', '@', '\t']) && line.trim_end() != "--"
        || HEADER.iter().any(|word| line.starts_with(word))
}

/// Empties the end of a commit message above the diff of the sender's own patch.
///
/// This is the paragraph above `---`, if it contains a sign-off. The `---` and the diff are separated
/// by `behind` lines of a diffstat.
fn drop_message_of_patch(lines: &mut [&str], behind: usize) {
    let Some(mark) = (lines.len() - behind)
        .checked_sub(1)
        .filter(|&at| lines[at].trim_end() == "---")
    else {
        return;
    };
    let begin = lines[..mark]
        .iter()
        .rposition(|line| line.trim().is_empty())
        .map_or(0, |at| at + 1);
    let paragraph = &mut lines[begin..mark];
    if paragraph
        .iter()
        .any(|line| line.to_ascii_lowercase().starts_with("signed-off-by:"))
    {
        paragraph.fill("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let one = |given: ReplyTrailer| {
            let mark = if given.is_objection { "! " } else { "" };
            format!(
                "{mark}{}{}",
                given.trailer.text(),
                given
                    .notes
                    .iter()
                    .map(|n| format!(" | {n}"))
                    .collect::<String>()
            )
        };
        reply_trailers(text).into_iter().map(one).collect()
    }

    #[test]
    fn diffs_without_end_take_no_longer_than_other_lines() {
        for piece in ["@@ -\n>\n", "@@ -\nx\n", "---\n@@ -\n", "a:\n\n"] {
            let text = piece.repeat(200_000);
            assert_eq!(own_lines(&text).len(), text.lines().count());
            assert!(first_words(&text, 3).len() <= 3);
        }
    }

    #[test]
    fn trailers_are_taken_in_any_case_folded_and_with_their_notes() {
        let text = "Thanks.\n\nreviewed-by: A Very Long Name\n <a@example.com>\n[a: the first half]\n[a: only]\n\
            TESTED-BY: B <b@example.com> # on the board\nFixes: 0123456789ab (\"x\")\nLink: https://example.com/1\n\
            Closes: https://example.com/2\nCloses: #12\nFixes: #13\nCc: c@example.com\nChange-Id: I123\n";
        assert_eq!(
            read(text),
            [
                "Reviewed-by: A Very Long Name <a@example.com> | [a: the first half] | [a: only]",
                "Tested-by: B <b@example.com> # on the board",
                "Fixes: 0123456789ab (\"x\")",
                "Link: https://example.com/1",
                "Closes: https://example.com/2",
            ]
        );
    }

    #[test]
    fn what_the_sender_did_not_write_is_passed_over() {
        let tag = "Acked-by: Q <q@example.com>\n";
        for text in [
            format!("> {tag}"),
            tag.replace("Q <", "Q\u{1b}[2J <"),
            format!(">{tag}"),
            format!("| {tag}"),
            format!("bye\n-- \n{tag}"),
            format!("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n {tag}+{tag}\n {tag}"),
            format!("--- a/x\n+++ b/x\n {tag}"),
            format!("-----Original Message-----\nFrom: Q\n\n{tag}"),
            format!("-- >8 --\nSubject: mine\n\n{tag}---\n"),
            format!("From {} Mon Sep 17\n\n{tag}", "a".repeat(40)),
            format!(
                "Better:\n\nx: Mine\n\nSigned-off-by: Q <q@example.com>\n{tag}---\n x | 1 +\n\ndiff --git a/x b/x\n"
            ),
        ] {
            assert_eq!(read(&text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn words_round_a_diff_are_the_senders() {
        let tag = "Acked-by: Q <q@example.com>";
        for text in [
            format!(
                "With this:\n---\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\n{tag}\n"
            ),
            format!("{tag}\n---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
        ] {
            assert_eq!(read(&text), [tag], "{text}");
        }
    }

    #[test]
    fn the_first_words_are_those_of_the_sender() {
        let text = "Hi Ada,\n\nOn Monday, 1 January 2026 Ada Example <ada@example.com>\nwrote:\n> a\n> b\n\nNot so:\nuse c.\n\
            Acked-by: B <b@example.com>\nThen d.\n-- \nB\n";
        assert_eq!(
            first_words(text, 9),
            ["Hi Ada,", "Not so:", "use c.", "Then d."]
        );
        assert_eq!(first_words("Ada wrote:\n\n> a\nno\nno\n", 1), ["no"]);
    }

    #[test]
    fn objections_are_told_apart() {
        assert_eq!(
            read(
                "NACK, it breaks x\n> NAK\nnacked-by: B <b@example.com>\nknack\nNak-by: C <c@example.com>\n-- \nNACK\n"
            ),
            [
                "! NACK: NACK, it breaks x",
                "! Nacked-by: B <b@example.com>",
                "! Nak-by: C <c@example.com>"
            ]
        );
    }
}
