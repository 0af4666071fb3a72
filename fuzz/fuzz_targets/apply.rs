// SPDX-License-Identifier: GPL-2.0-or-later
//! A diff onto a small tree, in memory, with no git asked: what comes out is a tree that git would have made too.
#![no_main]

use git_patman::apply::{apply_in_memory, path};
use git_patman::diff::patch_id;
use git_patman::git::Oid;
use git_patman::git::objects::{Objects, TreeEntry};
use libfuzzer_sys::fuzz_target;
use std::process::Command;
use std::sync::OnceLock;

/// A repository, made once, and the tree in it that is patched.
static MADE: OnceLock<(tempfile::TempDir, Oid)> = OnceLock::new();

fn files(objects: &Objects) -> Vec<(Vec<u8>, Entry)> {
    let file = |path: &str, mode: u32, text: &str| {
        let id = objects.write_blob(text.as_bytes()).expect("a repository can be written");
        (path.as_bytes().to_vec(), Entry { mode, id })
    };
    let lines: String = (1..=30).map(|at| format!("line {at}\n")).collect();
    let module = "1111111111111111111111111111111111111111";
    let module = Oid::from_str(module).expect("it is one");
    vec![
        file("a", 0o100_644, "1\n2\n3\n"),
        file("d/f", 0o100_755, &lines),
        file("d/e/g", 0o100_644, "no newline"),
        file("link", 0o120_000, "/tmp"),
        file("s p", 0o100_644, "\n\n\n"),
        (b"module".to_vec(), Entry { mode: 0o160_000, id: module }),
    ]
}

fn made() -> &'static (tempfile::TempDir, Oid) {
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("there is room");
        let done = Command::new("git").args(["init", "-q", "--bare"]).arg(dir.path()).status();
        assert!(done.expect("there is git").success());
        let objects = Objects::open(dir.path()).expect("it is a repository");
        let files = files(&objects);
        let tree = objects.tree_with(files).map_err(git_patman::error::Error::from).expect("a tree can be written");
        (dir, tree)
    })
}

fuzz_target!(|diff: &[u8]| {
    patch_id(diff);
    let (dir, tree) = made();
    let objects = Objects::open(dir.path()).expect("it is a repository");
    objects.begin_batch();
    let Ok(Some(new)) = apply_in_memory(&objects, *tree, diff) else { return };
    let Ok(changed) = objects.changed_paths(*tree, new) else { return };
    for name in changed {
        let entry = objects.entry(new, &name).expect("the tree can be read");
        if let Some(TreeEntry { mode, .. }) = entry {
            assert!(path::is_safe(&name, mode), "{:?}", String::from_utf8_lossy(&name));
            assert!(matches!(mode, 0o100_644 | 0o100_755 | 0o120_000 | 0o160_000), "{mode:o}");
        }
        for part in name.split(|&byte| byte == b'/') {
            let lower = part.to_ascii_lowercase();
            assert!(!part.is_empty() && !matches!(&lower[..], b"." | b".." | b".git" | b"git~1"));
            assert!(!part.contains(&0));
        }
        // Nothing stands below what is a link.
        for end in (0..name.len()).filter(|&at| name[at] == b'/') {
            let above = objects.entry(new, &name[..end]).expect("the tree can be read");
            assert!(above.is_none_or(|above| above.mode == 0o040_000));
        }
    }
});
