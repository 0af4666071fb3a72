// SPDX-License-Identifier: GPL-2.0-or-later
//! Commits that git made, given other messages.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::*;
use crate::git::discover::Environment;
use crate::git::run::Git;
use crate::settings::Settings;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct RewriteScene {
    _dir: tempfile::TempDir,
    top: PathBuf,
    base: Oid,
}

impl RewriteScene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let git = |line: &str| Git::at(&top).args(line.split(' ')).ok().unwrap().text();
        git("init -q -b main");
        for (key, value) in [
            ("user.name", "Ada"),
            ("user.email", "ada@example.com"),
            ("commit.gpgSign", "false"),
        ] {
            git(&format!("config {key} {value}"));
        }
        git("commit -q --allow-empty -m Begin");
        let base = Oid::from_str(&git("rev-parse HEAD")).unwrap();
        RewriteScene {
            _dir: dir,
            top,
            base,
        }
    }

    fn git(&self, line: &str) -> String {
        Git::at(&self.top)
            .args(line.split(' '))
            .ok()
            .unwrap()
            .text()
    }

    fn raw(&self, id: Oid) -> Vec<u8> {
        Git::at(&self.top)
            .args(["cat-file", "commit", &id.to_string()])
            .ok()
            .unwrap()
            .stdout
    }

    /// A commit of these bytes, `TREE` and `BASE` replaced.
    fn object(&self, text: &[u8]) -> Oid {
        let (head, message) = text.split_at(memchr::memmem::find(text, b"\n\n").unwrap());
        let head = String::from_utf8(head.to_vec()).unwrap();
        let head = head
            .replace("TREE", &self.git("rev-parse main^{tree}"))
            .replace("BASE", &self.base.to_string());
        let git = Git::at(&self.top).args([
            "hash-object",
            "-t",
            "commit",
            "-w",
            "--literally",
            "--stdin",
        ]);
        Oid::from_str(
            &git.input([head.as_bytes(), message].concat())
                .ok()
                .unwrap()
                .text(),
        )
        .unwrap()
    }

    fn settings(&self) -> Settings {
        Settings::read(&self.top).unwrap()
    }

    fn reword(&self, commits: &[Oid], edit: &mut Edit<'_>) -> Result<Reworded> {
        let repo = Repo::discover(&self.top, &Environment::default()).unwrap();
        repo.reword(self.settings().resign().unwrap(), self.base, commits, edit)
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(bytes, from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn all_headers_stay_byte_for_byte_and_the_encoding_too() {
    let place = RewriteScene::new();
    let id = place.object(
        b"tree TREE\nparent BASE\nauthor  Ada, Ltd. <a@b> 1 +0130\ncommitter <> 22 -0000\nencoding ISO-8859-1\nmergetag object 1\n type commit\n \n tag\nHG:extra x\n\nna\xefve\n\nbody \x81\n",
    );
    let edit = &mut |_: usize, message: &[u8]| {
        assert_eq!(message, "naïve\n\nbody \u{81}\n".as_bytes());
        Ok(Some([message, "Acked-by: Zoë\n".as_bytes()].concat()))
    };
    let done = place.reword(&[id], edit).unwrap();
    let wanted = replaced(
        &place.raw(id),
        b"body \x81\n",
        b"body \x81\nAcked-by: Zo\xeb\n",
    );
    assert_eq!(place.raw(done.new), wanted);
    let why = place
        .reword(&[id], &mut |_, _| Ok(Some("\u{4e00}".into())))
        .unwrap_err();
    assert!(
        why.to_string().contains(&id.to_string()[..10])
            && why.to_string().contains("'\u{4e00}' cannot be written")
    );
}

#[test]
fn messages_that_are_not_as_they_say_are_given_and_taken_raw() {
    let place = RewriteScene::new();
    for encoding in ["Shift_JIS", "no-such", "UTF-16"] {
        let text = format!(
            "tree TREE\nparent BASE\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 +0000\nencoding {encoding}"
        );
        let id = place.object(&[text.as_bytes(), b"\n\n\x81\xff\x85 odd\n"].concat());
        let done = place
            .reword(&[id], &mut |_, message| {
                Ok(Some([message, b"\xfe\n"].concat()))
            })
            .unwrap();
        assert_eq!(
            place.raw(done.new),
            replaced(&place.raw(id), b"odd\n", b"odd\n\xfe\n")
        );
    }
}

#[test]
fn unchanged_messages_are_the_same_commits_until_one_is_changed() {
    let place = RewriteScene::new();
    for name in ["One", "Two", "Three"] {
        place.git(&format!("commit -q --allow-empty -m {name}"));
    }
    let commits: Vec<Oid> = place
        .git("rev-list --reverse HEAD~3..HEAD")
        .lines()
        .map(|hex| Oid::from_str(hex).unwrap())
        .collect();
    let same = place
        .reword(&commits, &mut |_, message| Ok(Some(message.to_vec())))
        .unwrap();
    assert!(!same.is_changed() && same.changed().next().is_none());
    let edit =
        &mut |at: usize, message: &[u8]| Ok((at == 1).then(|| [message, b"\nmore\n"].concat()));
    let done = place.reword(&commits, edit).unwrap();
    assert_eq!(done.commits[0], (commits[0], commits[0]));
    assert_ne!(done.commits[1].1, commits[1]);
    let new = done.new;
    assert_eq!(
        place.raw(new),
        replaced(
            &place.raw(commits[2]),
            commits[1].to_string().as_bytes(),
            done.commits[1].1.to_string().as_bytes()
        )
    );
    assert_eq!(
        place.git(&format!("log --format=%s -3 {new}")),
        "Three\nTwo\nOne"
    );
}

#[test]
fn replaced_grafted_and_shallow_commits_are_refused() {
    let place = RewriteScene::new();
    place.git("commit -q --allow-empty -m One");
    let one = Oid::from_str(&place.git("rev-parse HEAD")).unwrap();
    let edit = |_: usize, message: &[u8]| Ok(Some([message, b"x\n"].concat()));
    place.git(&format!("replace HEAD {}", place.base));
    assert!(
        place
            .reword(&[one], &mut { edit })
            .unwrap_err()
            .to_string()
            .contains("git replace")
    );
    place.git(&format!("replace -d {one}"));
    std::fs::write(place.top.join(".git/info/grafts"), format!("{one}\n")).unwrap();
    assert!(
        place
            .reword(&[one], &mut { edit })
            .unwrap_err()
            .to_string()
            .contains("info/grafts")
    );
    std::fs::remove_file(place.top.join(".git/info/grafts")).unwrap();
    std::fs::write(place.top.join(".git/shallow"), format!("{one}\n")).unwrap();
    assert!(
        place
            .reword(&[one], &mut { edit })
            .unwrap_err()
            .to_string()
            .contains("shallow")
    );
}

/// Signs as gpg does: words on standard output, and a line for git.
fn fake_gpg(dir: &Path) -> PathBuf {
    let path = dir.join("gpg");
    let script = "#!/bin/sh\ncat >/dev/null\necho '-----BEGIN PGP SIGNATURE-----'\necho\necho again\necho '-----END PGP SIGNATURE-----'\necho >&2\necho '[GNUPG:] SIG_CREATED ' >&2\n";
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

const SIGNED: &[u8] = b"tree TREE\nparent BASE\nauthor A U Thor <a@b> 1000000000 +0130\ncommitter C <c@d> 1100000000 -0330\nencoding ISO-8859-1\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n old\n -----END PGP SIGNATURE-----\n\nna\xefve\n";

#[test]
fn a_signed_commit_that_changes_is_signed_again_and_else_the_same() {
    let place = RewriteScene::new();
    let gpg = fake_gpg(&place.top);
    place.git(&format!("config gpg.program {}", gpg.display()));
    let id = place.object(SIGNED);
    let same = place.reword(&[id], &mut |_, _| Ok(None)).unwrap();
    assert_eq!(same.new, id);
    let edit = |_: usize, message: &[u8]| Ok(Some([message, b"x\n"].concat()));
    let done = place.reword(&[id], &mut { edit }).unwrap();
    let wanted = replaced(
        &replaced(&place.raw(id), b"\n old\n", b"\n again\n"),
        b"na\xefve\n",
        b"na\xefve\nx\n",
    );
    assert_eq!(
        String::from_utf8_lossy(&place.raw(done.new)),
        String::from_utf8_lossy(&wanted)
    );
    place.git("config patman.resign never");
    assert!(
        place
            .reword(&[id], &mut { edit })
            .unwrap_err()
            .to_string()
            .contains("is signed")
    );
    place.git("config patman.resign no");
    let done = place.reword(&[id], &mut { edit }).unwrap();
    assert!(memchr::memmem::find(&place.raw(done.new), b"gpgsig").is_none());
    place.git("config patman.resign yes");
    place.git("config gpg.program false");
    let why = place.reword(&[id], &mut { edit }).unwrap_err();
    assert!(
        why.to_string().starts_with(&format!(
            "cannot sign commit '{}' again",
            place.git(&format!("rev-parse --short {id}"))
        )),
        "{why}"
    );
    assert!(
        why.hints()
            .iter()
            .any(|hint| hint.contains("patman.resign=no"))
    );
}

#[test]
fn a_signature_by_an_ssh_key_holds_for_the_new_message() {
    let place = RewriteScene::new();
    let key = place.top.join("key");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    std::fs::write(
        place.top.join("allowed"),
        format!("ada@example.com {public}"),
    )
    .unwrap();
    place.git("config gpg.format ssh");
    place.git(&format!("config user.signingKey {}", key.display()));
    place.git(&format!(
        "config gpg.ssh.allowedSignersFile {}",
        place.top.join("allowed").display()
    ));
    place.git("commit -q --allow-empty -S -m One");
    let one = Oid::from_str(&place.git("rev-parse HEAD")).unwrap();
    let done = place
        .reword(&[one], &mut |_, message| {
            Ok(Some([message, b"x\n"].concat()))
        })
        .unwrap();
    place.git(&format!("verify-commit {}", done.new));
    assert_eq!(place.git(&format!("log -1 --format=%G? {}", done.new)), "G");
}

#[test]
fn notes_follow_commits_as_settings_say() {
    let place = RewriteScene::new();
    place.git("commit -q --allow-empty -m One");
    place.git("notes add -m noted HEAD");
    let one = Oid::from_str(&place.git("rev-parse HEAD")).unwrap();
    let repo = Repo::discover(&place.top, &Environment::default()).unwrap();
    let next = |word: &str| {
        let done = place
            .reword(&[one], &mut |_, message| {
                Ok(Some([message, word.as_bytes()].concat()))
            })
            .unwrap();
        let notes = place.settings().notes_to_copy();
        repo.carry_notes(notes.as_deref(), &done.commits).unwrap();
        done.new
    };
    assert_eq!(place.git(&format!("notes show {}", next("a"))), "noted");
    place.git("notes --ref other add -m others HEAD");
    place.git("config notes.rewriteRef refs/notes/other");
    let new = next("b");
    assert_eq!(
        place.git(&format!("notes --ref other show {new}")),
        "others"
    );
    assert!(
        Git::at(&place.top)
            .args(["notes", "show", &new.to_string()])
            .ok()
            .is_err()
    );
    place.git("config notes.rewriteMode ignore");
    let new = next("c");
    assert_eq!(
        place.git(&format!("notes --ref other show {new}")),
        "others"
    );
    place.git("config notes.rewrite.rebase false");
    assert!(
        Git::at(&place.top)
            .args(["notes", "--ref", "other", "show", &next("d").to_string()])
            .ok()
            .is_err()
    );
}
