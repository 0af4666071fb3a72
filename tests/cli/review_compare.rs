// SPDX-License-Identifier: GPL-2.0-or-later
//! `review compare`: what was asked for in one version, and what has changed in another.

use crate::sandbox::{PROGRAM, Sandbox, lines};
use crate::scene::{append_reply, ids_of};
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

/// A series in two versions: of three patches the first is changed, the second dropped, the third the same and earlier, and
/// one is new. The first version has replies.
fn two_versions() -> Sandbox {
    let sandbox = Sandbox::new();
    let first = lines("one", 40).replace("one 3\n", "one three\n");
    let second = first.replace("one 20\n", "one twenty\n");
    let third = lines("two", 40).replace("two 7\n", "two seven\n");
    let mbox = sandbox.series(
        "v1.mbox",
        1,
        "one: Spell numbers",
        &[
            ("one: Spell three", "src/one.c", &first),
            ("one: Spell twenty", "src/one.c", &second),
            ("two: Spell seven", "src/two.c", &third),
        ],
    );
    let to = ids_of(&mbox);
    let bob = "Bob <bob@example.com>";
    append_reply(
        &mbox,
        "r1",
        &to[1],
        bob,
        "\nOn Monday, Ada wrote:\n> one three\n\nPlease say it\nin German.\n\nReviewed-by: Bob <bob@example.com>\n",
    );
    append_reply(
        &mbox,
        "r2",
        &to[3],
        bob,
        "\nReviewed-by: Bob <bob@example.com>\n",
    );
    append_reply(
        &mbox,
        "r3",
        &to[0],
        "Eve \u{1b}[31m <eve@example.com>",
        "\nWhy at all?\n",
    );
    let first = lines("one", 40).replace("one 3\n", "one drei\n");
    let new = third.replace("two 30\n", "two thirty\n");
    let path = sandbox.series(
        "v2.mbox",
        2,
        "one: Spell numbers",
        &[
            ("two: Spell seven", "src/two.c", &third),
            ("one: Spell three", "src/one.c", &first),
            ("two: Spell thirty", "src/two.c", &new),
        ],
    );
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("This is why.", "This is why,\nand it is German.");
    let text = text.replacen("\n---\n", "\nReviewed-by: Bob <bob@example.com>\n---\n", 1);
    fs::write(path, text).unwrap();
    sandbox
}

/// The diffs of patches without what depends on how they were made commits of.
fn without_ids(text: &str) -> String {
    let is_hex = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_inclusive([' ', '\n'])
        .map(|word| {
            if is_hex(word.trim()) {
                "[ID] ".to_owned()
            } else {
                word.to_owned()
            }
        })
        .collect()
}

#[test]
fn two_versions_are_compared_patch_by_patch() {
    let sandbox = two_versions();
    sandbox.patman("review start ../v1.mbox");
    sandbox.patman("review start ../v2.mbox");
    let before = (
        sandbox.checkout(),
        sandbox.git(&["for-each-ref"]),
        sandbox.git(&["count-objects", "-v"]),
    );
    assert_data_eq!(
        without_ids(&sandbox.session(&["review compare one", "review compare one v1..v2 --stat"])),
        str![[r#"
$ git patman review compare one
one-spell-numbers v1..v2
3 -> 1  changed (1 line), reordered  two: Spell seven
                                       Reviewed-by: Bob <bob@example.com>
1 -> 2  changed (2 lines)            one: Spell three
                                       Bob <bob@example.com>:
                                         Please say it
                                         in German.
                                       Reviewed-by: Bob <bob@example.com> (not in v2)
2 -> -  dropped                      one: Spell twenty
- -> 3  new                          two: Spell thirty

comments on v1 as a whole
  Eve /x1b[31m <eve@example.com>:
    Why at all?

cover letter
@@ -1 +1,2 @@
-This is why.
+This is why,
+and it is German.

patches
3:  [ID] ! 1:  [ID] two: Spell seven
    @@ Commit message
         two: Spell seven
     
         Signed-off-by: Ada <ada@example.com>
    +    Reviewed-by: Bob <bob@example.com>
     
      ## src/two.c ##
     @@ src/two.c: two 3
1:  [ID] ! 2:  [ID] one: Spell three
    @@ src/one.c
      one 1
      one 2
     -one 3
    -+one three
    ++one drei
      one 4
      one 5
      one 6
2:  [ID] < -:  ------- one: Spell twenty
-:  ------- > 3:  [ID] two: Spell thirty
= 0
$ git patman review compare one v1..v2 --stat
3 -> 1  changed (1 line), reordered  two: Spell seven
1 -> 2  changed (2 lines)            one: Spell three
2 -> -  dropped                      one: Spell twenty
- -> 3  new                          two: Spell thirty
= 0

"#]]
    );
    let colours = sandbox.patman("--color=always review compare one v1");
    let colours = String::from_utf8(colours.stdout).unwrap();
    assert!(
        colours.contains("\u{1b}[33m!\u{1b}[m") && !colours.contains("Eve \u{1b}"),
        "{colours}"
    );
    assert_eq!(
        (
            sandbox.checkout(),
            sandbox.git(&["for-each-ref"]),
            sandbox.git(&["count-objects", "-v"])
        ),
        before
    );
}

#[test]
fn only_trailers_that_their_senders_may_give_count() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let to = ids_of(&mbox);
    for (id, from, body) in [
        ("r1", "Eve", "Reviewed-by: Bob <bob@example.com>"),
        ("r2", "Dan", "Nacked-by: Dan <dan@example.com>"),
        ("r3", "Carol", "Acked-by: Carol <carol@example.com>"),
    ] {
        let address = format!("{from} <{}@example.com>", from.to_lowercase());
        append_reply(&mbox, id, &to[1], &address, &format!("\n{body}\n"));
    }
    sandbox.usual(2);
    sandbox.patman("review start ../v1.mbox");
    sandbox.patman("review start ../v2.mbox");
    assert_data_eq!(
        without_ids(&sandbox.session(&["review compare one"])),
        str![[r#"
$ git patman review compare one
one-spell-numbers v1..v2
1  changed (2 lines)  one: Spell three
                        Acked-by: Carol <carol@example.com> (not in v2)
2  same               one: Spell twenty

patches
1:  [ID] ! 1:  [ID] one: Spell three
    @@ src/one.c
      one 1
      one 2
     -one 3
    -+one three, v1
    ++one three, v2
      one 4
      one 5
      one 6
2:  [ID] = 2:  [ID] one: Spell twenty
= 0

"#]]
    );
}

#[test]
fn a_version_that_is_not_applied_here_is_compared_by_its_mails() {
    let sandbox = two_versions();
    sandbox.patman("review start ../v1.mbox");
    sandbox.patman("review start ../v2.mbox");
    let by_refs = without_ids(&sandbox.session(&["review compare one"]));
    let drop = |version: &str| {
        for kind in ["", "-base"] {
            sandbox.git(&[
                "update-ref",
                "-d",
                &format!("refs/patman/one-spell-numbers/{version}{kind}"),
            ]);
        }
    };
    drop("v1");
    assert_eq!(
        without_ids(&sandbox.session(&["review compare one"])),
        by_refs
    );
    drop("v2");
    assert_eq!(
        without_ids(&sandbox.session(&["review compare one"])),
        by_refs
    );
}

/// Runs `review compare` in a repository of its own at `dir`, on the database of the sandbox.
fn compare_at(sandbox: &Sandbox, dir: &Path) -> String {
    let db = sandbox.repo().join(".git/patman");
    let done = sandbox
        .command(PROGRAM, dir)
        .env("PATMAN_DB_DIR", db)
        .args(["review", "compare", "one"])
        .output()
        .unwrap();
    without_ids(&sandbox.show("review compare one", &done))
}

#[test]
fn versions_are_compared_where_their_base_is_not_at_hand() {
    let sandbox = two_versions();
    sandbox.patman("review start ../v1.mbox");
    sandbox.patman("review start ../v2.mbox");
    let by_refs = without_ids(&sandbox.session(&["review compare one"]));
    // With the files that the patches were made on, in another history; and with nothing.
    for name in ["same-files", "nothing"] {
        let other = sandbox.top().join(name);
        sandbox.git_at(sandbox.top(), &["init", "-q", name]);
        if name == "same-files" {
            fs::create_dir(other.join("src")).unwrap();
            fs::write(other.join("src/one.c"), lines("one", 40)).unwrap();
            fs::write(other.join("src/two.c"), lines("two", 40)).unwrap();
            sandbox.git_at(&other, &["add", "."]);
        }
        sandbox.git_at(
            &other,
            &["commit", "-q", "--allow-empty", "-m", "elsewhere"],
        );
        let objects = sandbox.git_at(&other, &["count-objects"]);
        assert_eq!(compare_at(&sandbox, &other), by_refs, "{name}");
        assert_eq!(sandbox.git_at(&other, &["count-objects"]), objects);
    }
}

#[test]
fn a_patch_that_cannot_be_compared_is_named_and_the_rest_is_compared() {
    let sandbox = Sandbox::new();
    sandbox.write("logo", "\0 1\n");
    sandbox.commit("Add the logo");
    for version in [1, 2] {
        let one = lines("one", 40).replace("one 3\n", &format!("one three {version}\n"));
        let logo = format!("\0 {version}{version}\n");
        let file = format!("v{version}.mbox");
        sandbox.series(
            &file,
            version,
            "one: Change",
            &[
                ("logo: Change", "logo", &logo),
                ("one: Spell", "src/one.c", &one),
            ],
        );
        sandbox.patman(&format!("review start ../{file}"));
    }
    let other = sandbox.top().join("other");
    sandbox.git_at(sandbox.top(), &["init", "-q", "other"]);
    sandbox.git_at(
        &other,
        &["commit", "-q", "--allow-empty", "-m", "elsewhere"],
    );
    assert_data_eq!(
        compare_at(&sandbox, &other),
        str![[r#"
$ git patman review compare one
one-change v1..v2
2  changed (2 lines)  one: Spell

patches
1:  [ID] ! 1:  [ID] one: Spell
    @@ src/one.c
      one 1
      one 2
     -one 3
    -+one three 1
    ++one three 2
      one 4
      one 5
      one 6
! warning: cannot compare patch 1 of v1: the files that it changes are not here, and it does not show them
! warning: cannot compare patch 1 of v2: the files that it changes are not here, and it does not show them
= 0

"#]]
    );
}

#[test]
fn odd_requests_are_refused() {
    let sandbox = two_versions();
    sandbox.patman("review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["review compare one"]),
        str![[r#"
$ git patman review compare one
! error: only v1 of 'one-spell-numbers' is known
! hint: to record another version: git patman review start <source>
= 1

"#]]
    );
    sandbox.patman("review start ../v2.mbox");
    assert_data_eq!(
        sandbox.session(&[
            "review compare one v2",
            "review compare one v1..v7",
            "review compare one v1..x"
        ]),
        str![[r#"
$ git patman review compare one v2
! error: v2 of 'one-spell-numbers' would be compared with itself
= 2
$ git patman review compare one v1..v7
! error: there is no v7 of 'one-spell-numbers'
! hint: known: v1, v2
= 1
$ git patman review compare one v1..x
! error: 'v1..x' is not a version or range of versions, such as v1 or v1..v2
= 2

"#]]
    );
    let worktree = sandbox.worktree();
    let done = sandbox.patman_at(&worktree, "review compare v1..v2 --stat");
    assert!(
        done.status.success(),
        "{}",
        sandbox.show("review compare v1..v2", &done)
    );
}
