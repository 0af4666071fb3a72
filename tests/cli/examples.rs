// SPDX-License-Identifier: GPL-2.0-or-later
//! The mails of `examples/`, as README.md has them applied: here to the files of this checkout in a repository of the
//! sandbox's, since a checkout may have no history.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

const TOP: &str = env!("CARGO_MANIFEST_DIR");

/// A repository with the files that the mails change, and the mails beside it.
fn with_examples() -> Sandbox {
    let sandbox = Sandbox::new();
    let files = Path::new(TOP).join("examples/greetings");
    for entry in fs::read_dir(files).unwrap() {
        let from = entry.unwrap();
        let to = format!("examples/greetings/{}", from.file_name().to_str().unwrap());
        sandbox.write(&to, "");
        fs::copy(from.path(), sandbox.repo().join(to)).unwrap();
    }
    sandbox.git(&["add", "examples"]);
    sandbox.git(&["commit", "-q", "-m", "Add the examples"]);
    fs::copy(
        Path::new(TOP).join("examples/greetings.mbox"),
        sandbox.top().join("greetings.mbox"),
    )
    .unwrap();
    sandbox
}

#[test]
fn both_versions_apply_and_the_answers_are_found() {
    let sandbox = with_examples();
    assert_data_eq!(
        sandbox.session(&[
            "review start --base HEAD --version 1 ../greetings.mbox",
            "review show greetings",
            "review start --base HEAD ../greetings.mbox",
            "review list",
        ]),
        str![[r#"
$ git patman review start --base HEAD --version 1 ../greetings.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: 86c8337 ('HEAD', as given)
! greetings-greet-by-name v1: 2 patches applied: greetings: Greet by name
! worktree: $REPO/.git/patman/worktrees/greetings-greet-by-name
! hint: to go there: cd "$(git patman review path greetings-greet-by-name)"
= 0
$ git patman review show greetings
series    greetings-greet-by-name v1
title     greetings: Greet by name
state     applied
base      86c8337
worktree  $REPO/.git/patman/worktrees/greetings-greet-by-name
started   0 seconds ago

    The example program greets one person at most, and stumbles over a name of two
    words. Make it take any name, and greet all that are listed when none is given.

    Ada Example (2):
      greetings: Quote the name
      greetings: Greet everybody in names.txt

     examples/greetings/hello.sh | 16 +++++++++++-----
     1 file changed, 11 insertions(+), 5 deletions(-)


    base-commit: c35ce02641dcea3638be8e9aeac54d2b56a28f0a

1  3a9e219  1 +2 -2   greetings: Quote the name
2  34fcf38  1 +11 -5  greetings: Greet everybody in names.txt
                        Reviewed-by: Bob Example <bob@example.org>

1 reply stored
= 0
$ git patman review start --base HEAD ../greetings.mbox
! base: 86c8337 ('HEAD', as given)
! greetings-greet-by-name v2: 3 patches applied: greetings: Greet by name
! worktree: $REPO/.git/patman/worktrees/greetings-greet-by-name
! hint: to go there: cd "$(git patman review path greetings-greet-by-name)"
= 0
$ git patman review list
NAME                     VER  STATE    PATCHES  AGE  BASE     TITLE                     WORKTREE
greetings-greet-by-name  v2   applied        3  0 s  86c8337  greetings: Greet by name  $REPO/.git/patman/worktrees/greetings-greet-by-name
= 0

"#]]
    );
    let json = sandbox.patman("review show --json greetings");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        json["trailers"][0]["value"],
        "Bob Example <bob@example.org>"
    );
    assert_eq!(json["trailers"][0]["patch"], 2);
}

#[test]
fn without_the_commit_that_the_mails_name_they_apply_all_the_same() {
    let sandbox = with_examples();
    let done = sandbox.show("", &sandbox.patman("review start --json ../greetings.mbox"));
    assert!(
        done.contains("which this repository does not have"),
        "{done}"
    );
    assert_eq!(done.matches("\"how\": \"exact\"").count(), 3, "{done}");
}

#[test]
fn the_program_of_the_example_greets_everybody() {
    let sandbox = with_examples();
    sandbox.patman("review start --base HEAD ../greetings.mbox");
    let program = sandbox
        .repo()
        .join(".git/patman/worktrees/greetings-greet-by-name/examples/greetings/hello.sh");
    let done = sandbox
        .command(program.to_str().unwrap(), sandbox.top())
        .output()
        .unwrap();
    assert_data_eq!(
        sandbox.show("", &done),
        str![[r#"
$ git patman 
Hello, Ada Lovelace!
Hello, Grace Hopper!
Hello, Mary Kenneth Keller!
= 0

"#]]
    );
}

#[test]
fn the_readme_names_the_mails_that_are_there() {
    let readme = fs::read_to_string(Path::new(TOP).join("README.md")).unwrap();
    assert!(readme.contains("\ncargo run -- review start examples/greetings.mbox\n"));
    assert!(readme.contains("\ncargo test\n"));
}
