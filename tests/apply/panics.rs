// SPDX-License-Identifier: GPL-2.0-or-later
//! Random and damaged diffs: whatever they are, the parser and the engine come back.

use crate::repo::{Trio, committer};
use git_patman::apply::{PatchMail, apply};
use git_patman::diff::parse;
use git_patman::git::Oid;
use git_patman::git::commits::Signature;
use git_patman::git::objects::Objects;
use proptest::prelude::*;
use std::cell::LazyCell;

const SAMPLE: &str = r#"Words.
diff --git a/f b/f
index 1191247..1234567 100644
--- a/f	2020-01-02 03:04:05.000000000 +0100
+++ b/f	2020-01-02 03:04:05.000000000 +0100
@@ -1,3 +1,3 @@ x
 1
-2
+x

@@ -7,2 +7,1 @@
 7
-8
\ No newline at end of file
diff --git "a/q\"\t\303\274" "b/q\"\t\303\274"
old mode 100644
new mode 100755
diff --git a/r b/s t
similarity index 90%
rename from r
rename to s t
index 1191247..1234567
--- a/r
+++ b/s t
@@ -1 +1 @@
-1
+2
diff --git a/b b/b
new file mode 100644
index 0000000000000000000000000000000000000000..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391
GIT binary patch
literal 0
HcmV?d00001

literal 0
HcmV?d00001

diff --git a/s b/s
index 1111111..2222222 160000
--- a/s
+++ b/s
@@ -1 +1 @@
-Subproject commit 1111111111111111111111111111111111111111
+Subproject commit 2222222222222222222222222222222222222222
--- x/f.orig	1970-01-01 00:00:00 +0000
+++ x/f
@@ -0,0 +1 @@
+1
"#;

/// One damage: where (in thousandths of the text), what sort, and a byte.
type Damage = (usize, u8, u8);

fn damaged(damages: &[Damage]) -> Vec<u8> {
    let mut text = SAMPLE.as_bytes().to_vec();
    for &(at, sort, byte) in damages {
        let at = at * text.len() / 1000;
        if at >= text.len() {
            continue;
        }
        match sort % 6 {
            0 => text[at] = byte,
            1 => drop(text.remove(at)),
            2 => text.insert(at, byte),
            3 => text.truncate(at.max(1)),
            4 => {
                let line: Vec<u8> = text[at..]
                    .iter()
                    .copied()
                    .take_while(|&c| c != b'\n')
                    .chain([b'\n'])
                    .collect();
                let to = usize::from(byte) * text.len() / 256;
                text.splice(to..to, line);
            }
            _ => {
                let digit = text[at..].iter().position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    text[at + digit] = b'0' + byte % 10;
                }
            }
        }
    }
    text
}

thread_local! {
    static REVIEWER: LazyCell<(Trio, String)> = LazyCell::new(|| {
        let trio = Trio::new();
        let file = |mode, text: &str| (mode, text.as_bytes().to_vec());
        let tree = [
            ("f".into(), file(0o100644, "1\n2\n\n4\n5\n6\n7\n8")),
            ("r".into(), file(0o100644, "1\n")),
            ("s".into(), file(0o160000, "1111111111111111111111111111111111111111")),
            ("q\"\tü".into(), file(0o100644, "1\n")),
        ];
        let base = Trio::commits(&trio.ours, None, &[tree.into()]).remove(0);
        (trio, base)
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        drop(parse(&bytes));
        drop(parse(&[b"diff --git a/f b/f\n", &bytes[..]].concat()));
        drop(parse(&[b"diff --git a/f b/f\nnew file mode 100644\nGIT binary patch\n", &bytes[..]].concat()));
    }

    #[test]
    fn damaged_diffs_are_parsed_or_refused(damages in prop::collection::vec(any::<Damage>(), 1..12)) {
        let damages: Vec<Damage> = damages.into_iter().map(|(at, sort, byte)| (at % 1000, sort, byte)).collect();
        let text = damaged(&damages);
        if let Ok(files) = parse(&text) {
            prop_assert!(!files.is_empty());
            for file in &files {
                prop_assert!(file.old_name.is_some() || file.new_name.is_some());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_diffs_are_applied_or_stop(damages in prop::collection::vec((0..1000usize, 0..6u8, any::<u8>()), 0..4)) {
        let author = Signature::new("Au Thor", "au@example.com", 1_600_000_000, 60);
        let patch = PatchMail { diff: damaged(&damages), author, message: b"part: Change\n".to_vec() };
        REVIEWER.with(|reviewer| {
            let objects = Objects::open(&reviewer.0.ours.join(".git")).unwrap();
            let base = Oid::from_str(&reviewer.1).unwrap();
            let applied = apply(&objects, base, &[patch], &committer()).unwrap();
            assert_eq!(applied.steps.len() + usize::from(applied.stopped.is_some()), 1);
        });
    }
}

#[test]
fn the_sample_is_sound() {
    assert_eq!(parse(SAMPLE.as_bytes()).unwrap().len(), 6);
}
