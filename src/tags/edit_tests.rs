// SPDX-License-Identifier: GPL-2.0-or-later
//! Messages as patman leaves them, and where it would damage them.

use super::*;

const ID: &str = "7aea267ce258bebb7ffc6e649a81d6c3178cf822";

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

#[test]
fn a_change_id_becomes_the_last_paragraph_with_no_newline() {
    let marked = add_change_id(b"a: B\n\nSigned-off-by: A <a@b>\n", ID);
    assert_eq!(
        text(marked.clone()),
        format!("a: B\n\nSigned-off-by: A <a@b>\n\nChange-Id: {ID}")
    );
    assert_eq!(change_id(&marked).as_deref(), Some(ID));
    assert_eq!(add_change_id(&marked, "other"), marked);
    assert_eq!(
        text(set_version(&marked, 2)),
        format!("{}\nSeries-version: 2\n", text(marked))
    );
}

#[test]
fn unmarking_gives_the_message_that_was_marked() {
    for message in [
        "a: B\n\nSigned-off-by: A <a@b>\n",
        "a: B\n",
        "a\r\n\r\nb\r\n",
    ] {
        let marked = add_change_id(message.as_bytes(), ID);
        assert_eq!(text(remove_change_id(&marked)), message);
    }
    assert_eq!(text(remove_change_id(b"a\n\nb\nChange-Id: x\n")), "a\n\nb");
    assert_eq!(
        text(remove_change_id(b"a\n\nChange-Ids are good\n")),
        "a\n\nChange-Ids are good\n"
    );
}

#[test]
fn a_tag_never_joins_the_subject() {
    assert_eq!(text(add_change_id(b"a: B", "x")), "a: B\n\nChange-Id: x");
    assert_eq!(
        text(set_version(b"a: B\n", 2)),
        "a: B\n\nSeries-version: 2\n"
    );
    assert_eq!(
        text(set_version(b"a: B\n\n", 2)),
        "a: B\n\nSeries-version: 2\n"
    );
    assert_eq!(
        text(set_link(b"a: B", 2, "5")),
        "a: B\n\nSeries-links: 2:5\n"
    );
    assert_eq!(
        text(add_change(b"a: B", 2, "c", false)),
        "a: B\n\nSeries-changes: 2\n- c\n"
    );
    assert_eq!(
        text(add_change(
            b"a: B\n\nSigned-off-by: A <a@b>\n",
            2,
            "c",
            false
        )),
        "a: B\n\nSeries-changes: 2\n- c\n\nSigned-off-by: A <a@b>\n"
    );
}

#[test]
fn a_version_is_replaced_where_it_stands_and_the_first_has_none() {
    assert_eq!(
        text(set_version(b"a\n\nSeries-version: 2\nb\n", 3)),
        "a\n\nSeries-version: 3\nb\n"
    );
    assert_eq!(
        text(set_version(b"a\n\nSeries-version: 2\nb\n", 1)),
        "a\n\nb\n"
    );
    assert_eq!(text(set_version(b"a\n\nb\n", 1)), "a\n\nb\n");
    assert_eq!(
        text(set_version(b"a\n\nb", 2)),
        "a\n\nb\nSeries-version: 2\n"
    );
    assert_eq!(
        text(set_version(
            b"a\n\nSeries-version: 2\nSeries-version: 2\n",
            3
        )),
        "a\n\nSeries-version: 3\n"
    );
}

#[test]
fn links_of_other_versions_stay() {
    assert_eq!(
        text(set_link(b"a\n\nb\n", 1, "110")),
        "a\n\nb\nSeries-links: 1:110\n"
    );
    assert_eq!(
        text(set_link(b"a\n\nSeries-links: 1:110\n", 2, "453001")),
        "a\n\nSeries-links: 2:453001 1:110\n"
    );
    assert_eq!(
        text(set_link(b"a\n\nSeries-links: 2:4 1:110\n", 2, "5")),
        "a\n\nSeries-links: 2:5 1:110\n"
    );
    assert_eq!(
        text(set_link(b"a\n\nSeries-links: 110\n", 1, "5")),
        "a\n\nSeries-links: 1:5\n"
    );
}

#[test]
fn the_link_of_one_version_is_taken_out() {
    let cases = [
        (
            "One\n\nSeries-links: 2:7 1:6\nEnd\n",
            "One\n\nSeries-links: 1:6\nEnd\n",
        ),
        (
            "One\r\n\r\nSeries-links: 2:7 1:6\r\n",
            "One\r\n\r\nSeries-links: 1:6\r\n",
        ),
        (
            "One\n\nSeries-links: 22:7  1:6\n",
            "One\n\nSeries-links: 22:7  1:6\n",
        ),
        ("One\n\nSeries-links: 7\nEnd\n", "One\n\nEnd\n"),
        ("One\n\nSeries-links:  1:6\n", "One\n\nSeries-links:  1:6\n"),
        ("One\n\nSeries-links: 2:6\n", "One\n"),
        ("One\r\n\r\nSeries-links: 6\r\n", "One\r\n"),
        (
            "One\n\nCover-letter:\nOn\nEND\nSeries-links: 2:6",
            "One\n\nCover-letter:\nOn\nEND\n",
        ),
        ("One", "One"),
    ];
    for (old, new) in cases {
        assert_eq!(text(remove_link(old.as_bytes(), 2)), new);
    }
}

#[test]
fn a_link_without_a_version_stays_that_of_its_version_when_the_next_begins() {
    let inc = MessageUpdate {
        of: 1,
        version: Some(2),
        link: None,
        add_version: true,
        add_link: true,
    };
    assert_eq!(
        text(update(b"a\n\nSeries-links: 110\n", &inc)),
        "a\n\nSeries-links: 1:110\nSeries-version: 2\n"
    );
    let other = MessageUpdate {
        add_version: false,
        ..inc
    };
    assert_eq!(text(update(b"a\n\nb", &other)), "a\n\nb\n");
}

#[test]
fn a_change_goes_to_its_list_or_above_the_trailers() {
    let message = b"a\n\nb\n\nSeries-changes: 2\n- c\n  d\n\nSigned-off-by: A <a@b>\n";
    let more = text(add_change(message, 2, "- e", false));
    assert_eq!(
        more,
        "a\n\nb\n\nSeries-changes: 2\n- c\n  d\n- e\n\nSigned-off-by: A <a@b>\n"
    );
    let cover = text(add_change(message, 2, "e\nf", true));
    assert!(
        cover.contains("- c\n  d\n\nCover-changes: 2\n- e\n  f\n\nSigned-off-by"),
        "{cover}"
    );
}

#[test]
fn bytes_that_are_no_text_stay() {
    let message = b"a\xff\n\n\x00b\x0c\x85\r\n";
    let with = set_version(message, 2);
    assert_eq!(with, [&message[..], b"Series-version: 2\n"].concat());
}
