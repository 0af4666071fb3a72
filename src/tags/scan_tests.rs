// SPDX-License-Identifier: GPL-2.0-or-later
//! What lines are.

use super::*;

fn kinds(message: &str) -> String {
    scan(message.as_bytes())
        .iter()
        .map(|line| match line.part {
            LineKind::Subject => 's',
            LineKind::Text => 't',
            LineKind::Blank => '.',
            LineKind::Cut => '-',
            LineKind::Tag { .. } => 'T',
            LineKind::ChangeId { .. } => 'I',
            LineKind::Section => '(',
            LineKind::End => ')',
            LineKind::Change => 'c',
            LineKind::ChangeBlank => ',',
            LineKind::Trailer { .. } => 'R',
            LineKind::SignOff { .. } => 'S',
            LineKind::Junk => 'x',
        })
        .collect()
}

#[test]
fn lines_are_what_they_are() {
    assert_eq!(
        kinds("a\nb\n\nc\n\nSigned-off-by: x\nReviewed-by: y\nChange-Id: z"),
        "ss.t.SRI"
    );
    assert_eq!(
        kinds("a\n\nCover-letter:\nt\n\nReviewed-by: y\nEND\nb\n"),
        "s.T((()t"
    );
    assert_eq!(kinds("a\n\nSeries-changes: 2\n- b\n  c\n\nd\n"), "s.Tcc,t");
    assert_eq!(
        kinds("a\n\nBUG=1\nReviewed-on: x\nCommit-Ready: y\nCo-authored-by: Z <noreply@z>\n"),
        "s.xxxx"
    );
    assert_eq!(
        kinds("a\n\nb\n---\nReviewed-by: y\nSeries-to: z\n"),
        "s.t-tT"
    );
}

#[test]
fn carriage_returns_and_blanks_are_no_part_of_a_line() {
    assert_eq!(
        kinds("a\r\n\r\nCover-letter: \r\nt\r\nEND \r\n \r\nSeries-changes: 2\t\r\n- b\r\n\r\n"),
        "s.T().Tc,"
    );
}

#[test]
fn a_list_ends_where_a_trailer_or_a_tag_begins() {
    assert_eq!(
        kinds("a\n\nSeries-changes: 2\n- b\nReviewed-by: y\n"),
        "s.TcR"
    );
    assert_eq!(
        kinds("a\n\nSeries-changes: 2\n- b\nReported-by: y\n"),
        "s.Tct"
    );
    assert_eq!(
        kinds("a\n\nSeries-changes: 2\n- b\nSeries-to: y\n"),
        "s.TcT"
    );
    assert_eq!(kinds("a\n\nSeries-changes: 2\n\n- b\n\nc\n"), "s.T,c,t");
}

#[test]
fn a_section_without_end_goes_on_to_the_next_tag() {
    let lines = scan(b"a\n\nCover-letter:\nt\nSigned-off-by: x\n");
    assert!(lines[4].is_unended && matches!(lines[4].part, LineKind::SignOff { .. }));
}
