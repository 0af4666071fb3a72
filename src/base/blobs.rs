// SPDX-License-Identifier: GPL-2.0-or-later
//! The blobs that a tree must have for a series to apply exactly: those that its `index` lines name.

use crate::apply::PatchMail;
use crate::diff::{self, Sure};
use crate::git::history::{Content, PathContentQuery};
use std::collections::HashSet;

/// The contents of each path before the series first touches it; a new file must not exist.
pub fn before(patches: &[PatchMail]) -> Vec<PathContentQuery> {
    let mut touched: HashSet<Vec<u8>> = HashSet::new();
    let mut wants = Vec::new();
    for patch in patches {
        let Ok(files) = diff::parse(&patch.diff) else {
            continue;
        };
        for file in files {
            let is_new = file.is_new == Sure::Yes;
            if let Some(old) = file
                .old_name
                .filter(|name| !is_new && !touched.contains(name))
            {
                let is_id = (4..=40).contains(&file.old_id.len())
                    && file.old_id.iter().all(u8::is_ascii_hexdigit);
                if is_id && file.old_id.iter().any(|&digit| digit != b'0') {
                    let content = Content::Begins(file.old_id.to_ascii_lowercase());
                    wants.push(PathContentQuery {
                        path: old.clone(),
                        content,
                    });
                }
                touched.insert(old);
            }
            if let Some(new) = file.new_name {
                // The target of a copy or rename must not exist either, but only a new file is certain to be
                // new.
                if is_new && !touched.contains(&new) {
                    wants.push(PathContentQuery {
                        path: new.clone(),
                        content: Content::Nothing,
                    });
                }
                touched.insert(new);
            }
        }
    }
    wants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::commits::Signature;

    fn patch(diff: &str) -> PatchMail {
        PatchMail {
            diff: diff.into(),
            author: Signature::new("A", "a@x", 0, 0),
            message: Vec::new(),
        }
    }

    fn change(path: &str, old: &str, new: &str) -> String {
        format!(
            "diff --git a/{path} b/{path}\nindex {old}..{new} 100644\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"
        )
    }

    #[test]
    fn only_the_first_touch_of_a_path_counts() {
        let new = "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..2222222\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n";
        let patches = [
            patch(&change("x", "1111111", "2222222")),
            patch(&(change("x", "2222222", "3333333") + new)),
        ];
        let wants = before(
            &[
                patches.as_slice(),
                &[patch(&change("n", "2222222", "4444444"))],
            ]
            .concat(),
        );
        assert_eq!(
            wants,
            [
                PathContentQuery {
                    path: b"x".to_vec(),
                    content: Content::Begins(b"1111111".to_vec())
                },
                PathContentQuery {
                    path: b"n".to_vec(),
                    content: Content::Nothing
                },
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_or_names_nothing_is_passed_over() {
        assert!(before(&[patch("no diff"), patch(&change("x", "000000000", "111"))]).is_empty());
        assert!(before(&[patch("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")]).is_empty());
    }
}
