// SPDX-License-Identifier: GPL-2.0-or-later
//! Several clones that share one database: each has some of the reviews, and leaves those of the others alone.

use crate::sandbox::Sandbox;
use crate::scene::NAME;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::PathBuf;

struct Clones {
    sandbox: Sandbox,
    dirs: Vec<PathBuf>,
}

impl Clones {
    /// Three clones of the sandbox's repository, with their database beside them.
    fn new() -> Self {
        let sandbox = Sandbox::new().mailed(2);
        fs::create_dir(sandbox.top().join("db")).unwrap();
        sandbox.git(&[
            "config",
            "--global",
            "patman.dbDir",
            sandbox.top().join("db").to_str().unwrap(),
        ]);
        let clone = |name: &str| {
            sandbox.git_at(sandbox.top(), &["clone", "-q", "repo", name]);
            sandbox.top().join(name).canonicalize().unwrap()
        };
        let dirs = ["a", "b", "c"].map(clone).to_vec();
        Clones { sandbox, dirs }
    }

    fn run(&self, clone: usize, line: &str, status: i32) -> String {
        let done = self.sandbox.patman_at(&self.dirs[clone], line);
        let text =
            String::from_utf8_lossy(&[done.stdout.as_slice(), &done.stderr].concat()).into_owned();
        assert_eq!(done.status.code(), Some(status), "{line}: {text}");
        text
    }

    fn session(&self, clone: usize, lines: &[&str]) -> String {
        lines
            .iter()
            .map(|line| {
                self.sandbox
                    .show(line, &self.sandbox.patman_at(&self.dirs[clone], line))
            })
            .collect()
    }

    fn tree(&self, clone: usize) -> PathBuf {
        self.dirs[clone].join(".git/patman/worktrees").join(NAME)
    }

    fn refs(&self, clone: usize) -> String {
        self.sandbox.git_at(
            &self.dirs[clone],
            &[
                "for-each-ref",
                "--format=%(refname)",
                "refs/patman",
                "refs/heads",
            ],
        )
    }

    fn state(&self, clone: usize) -> String {
        let text = self.run(clone, "review list --all --json", 0);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json[0]["state"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_review_of_another_clone_is_shown_as_elsewhere() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    assert_data_eq!(
        clones.session(
            1,
            &[
                "review list",
                "review list --all",
                "review show one",
                "review path one",
                "review remove one",
                "review prune"
            ]
        ),
        str![[r#"
$ git patman review list
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0
$ git patman review list --all
NAME               VER  STATE      PATCHES  AGE  BASE  TITLE               WORKTREE
one-spell-numbers  v1   elsewhere        2  0 s        one: Spell numbers  $TOP/a/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review show one
series    one-spell-numbers v1
title     one: Spell numbers
state     elsewhere
elsewhere $TOP/a/.git/patman/worktrees/one-spell-numbers
started   0 seconds ago

    This is why.

    Ada (2):
      one: Spell three
      one: Spell twenty

     src/one.c | 4 ++--
     1 file changed, 2 insertions(+), 2 deletions(-)


    base-commit: e7474796004d84990fa19b17c0cf89438d656ad4

1  -    one: Spell three
2  -    one: Spell twenty
= 0
$ git patman review path one
! error: the review 'one-spell-numbers' has no worktree here
! hint: to create one: git patman review start one-spell-numbers
! hint: another clone has one: cd $TOP/a/.git/patman/worktrees/one-spell-numbers
= 1
$ git patman review remove one
! nothing to remove for 'one-spell-numbers'
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    let text = clones.run(1, "review show --json one", 0);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["state"], "elsewhere");
    assert_eq!(json["path"], "none");
    assert_eq!(json["worktree"], serde_json::Value::Null);
    assert_eq!(
        json["elsewhere"][0]["worktree"],
        clones.tree(0).to_str().unwrap()
    );
    assert_eq!(
        json["elsewhere"][0]["repository"],
        clones.dirs[0].join(".git").to_str().unwrap()
    );
    assert_eq!(clones.state(0), "applied");
    assert!(clones.tree(0).join("src/one.c").exists());
}

#[test]
fn a_series_in_two_clones_has_a_worktree_in_each_and_goes_on_in_each() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    clones.run(1, "review start ../v1.mbox", 0);
    assert_eq!(
        clones.run(0, "review path one", 0).trim_end(),
        clones.tree(0).to_str().unwrap()
    );
    assert_eq!(
        clones.run(1, "review path one", 0).trim_end(),
        clones.tree(1).to_str().unwrap()
    );
    clones.run(1, "review start ../v2.mbox", 0);
    let text = |clone: usize| fs::read_to_string(clones.tree(clone).join("src/one.c")).unwrap();
    assert!(text(0).contains("one three, v1") && text(1).contains("one three, v2"));
    assert!(clones.run(0, "review list", 0).contains("  v1 "));
    assert!(clones.run(1, "review list", 0).contains("  v2 "));
    clones.run(0, "review remove one", 0);
    assert!(!clones.tree(0).exists() && text(1).contains("one three, v2"));
    assert_eq!(
        (clones.state(0), clones.state(1), clones.state(2)),
        ("removed".into(), "applied".into(), "elsewhere".into())
    );
    clones.run(0, "review prune", 0);
    clones.run(2, "review prune", 0);
    assert_eq!(
        clones.run(1, "review path one", 0).trim_end(),
        clones.tree(1).to_str().unwrap()
    );
    assert_eq!(clones.run(1, "db check", 0).matches("error").count(), 0);
}

#[test]
fn a_purge_waits_for_the_clones_that_have_the_series() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    clones.run(1, "review start --no-worktree ../v1.mbox", 0);
    assert_data_eq!(
        clones.session(0, &["review remove --purge one"]),
        str![[r#"
$ git patman review remove --purge one
! error: 'one-spell-numbers' is under review in another clone too: '$TOP/b/.git'
! hint: to remove it here, and keep its record: git patman review remove one-spell-numbers
! hint: to remove it there first: git -C $TOP/b patman review remove one-spell-numbers
= 1

"#]]
    );
    assert!(clones.tree(0).exists());
    assert_data_eq!(
        clones.session(
            0,
            &["review remove --purge --force one", "review list --all"]
        ),
        str![[r#"
$ git patman review remove --purge --force one
! the record of 'one-spell-numbers' stays, since another clone has it
! removed 'one-spell-numbers'
= 0
$ git patman review list --all
NAME               VER  STATE      PATCHES  AGE  BASE  TITLE               WORKTREE
one-spell-numbers  v1   elsewhere        2  0 s        one: Spell numbers  $TOP/b/.git
= 0

"#]]
    );
    assert!(!clones.tree(0).exists() && !clones.refs(0).contains(NAME));
    assert!(clones.refs(1).contains(&format!("refs/heads/{NAME}")));
    assert_eq!(clones.state(1), "applied");
    clones.run(2, "review start ../v1.mbox", 0);
    clones.run(2, "review remove one", 0);
    // Now nobody else has it in use; what the third has kept of it stays there, since nobody has removed it there.
    clones.run(1, "review remove --purge one", 0);
    assert!(
        clones
            .run(2, "review list --all", 0)
            .contains("there are no reviews here")
    );
    assert!(clones.refs(2).contains(&format!("refs/patman/{NAME}/v1")));
    assert!(
        clones
            .run(2, "review prune", 0)
            .contains(&format!("refs of '{NAME}' stay"))
    );
    assert!(clones.refs(2).contains(&format!("refs/patman/{NAME}/v1")));
}

#[test]
fn rows_of_a_clone_that_is_gone_are_pruned_and_told() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    clones.run(1, "review start ../v1.mbox", 0);
    fs::remove_dir_all(&clones.dirs[0]).unwrap();
    assert_eq!(
        (clones.state(1), clones.state(2)),
        ("applied".into(), "elsewhere".into())
    );
    assert_data_eq!(
        clones.session(2, &["review prune -n", "review prune", "review prune"]),
        str![[r#"
$ git patman review prune -n
! would prune records of '$TOP/a/.git' about 1 review: that clone is gone
= 0
$ git patman review prune
! pruned records of '$TOP/a/.git' about 1 review: that clone is gone
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    assert!(clones.tree(1).join("src/one.c").exists());
    clones.run(1, "review remove --purge one", 0);
    assert!(
        clones
            .run(1, "review list --all", 0)
            .contains("there are no reviews here")
    );
}

#[test]
fn a_clone_that_is_gone_does_not_hold_a_purge_up() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    clones.run(1, "review start ../v1.mbox", 0);
    fs::remove_dir_all(&clones.dirs[0]).unwrap();
    clones.run(1, "review remove --purge one", 0);
    assert_eq!(clones.run(1, "db check", 0).matches("error").count(), 0);
}

#[test]
fn an_abort_leaves_what_another_clone_has() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    let text = fs::read_to_string(clones.dirs[1].join("src/one.c"))
        .unwrap()
        .replace("one 20\n", "one XX\n");
    fs::write(clones.dirs[1].join("src/one.c"), text).unwrap();
    clones
        .sandbox
        .git_at(&clones.dirs[1], &["commit", "-q", "-a", "-m", "Move on"]);
    clones.run(1, "review start --base main ../v1.mbox", 3);
    assert_eq!(
        (clones.state(0), clones.state(1)),
        ("applied".into(), "stopped".into())
    );
    clones.run(1, "review abort one", 0);
    assert_eq!(
        (clones.state(0), clones.state(1)),
        ("applied".into(), "elsewhere".into())
    );
    clones.run(0, "review show one", 0);
}

#[test]
fn a_start_that_fails_takes_back_only_its_own() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    let text = fs::read_to_string(clones.dirs[1].join("src/one.c"))
        .unwrap()
        .replace("one 20\n", "one XX\n");
    fs::write(clones.dirs[1].join("src/one.c"), text).unwrap();
    clones
        .sandbox
        .git_at(&clones.dirs[1], &["commit", "-q", "-a", "-m", "Move on"]);
    clones.run(1, "review start --no-worktree --base main ../v1.mbox", 3);
    assert_eq!(
        (clones.state(0), clones.state(1)),
        ("applied".into(), "elsewhere".into())
    );
    // Nothing of it is there, so that the first may purge it.
    clones.run(0, "review remove --purge one", 0);
    assert!(
        clones
            .run(1, "review list --all", 0)
            .contains("there are no reviews here")
    );
}

#[test]
fn what_a_killed_start_has_claimed_is_held_until_it_is_pruned() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    clones.run(1, "review start --no-worktree ../v1.mbox", 0);
    // As after a kill between the rows and the refs.
    for name in clones
        .refs(1)
        .lines()
        .filter(|name| !name.ends_with("/main"))
    {
        clones
            .sandbox
            .git_at(&clones.dirs[1], &["update-ref", "-d", name]);
    }
    assert!(
        clones
            .run(0, "review remove --purge one", 1)
            .contains("in another clone too")
    );
    assert_data_eq!(
        clones.session(1, &["review prune -n", "review prune"]),
        str![[r#"
$ git patman review prune -n
! would prune row of 'one-spell-numbers': this clone does not have the review
= 0
$ git patman review prune
! pruned row of 'one-spell-numbers': this clone does not have the review
= 0

"#]]
    );
    clones.run(0, "review remove --purge one", 0);
}

#[test]
fn refs_of_a_series_that_was_put_away_are_not_pruned() {
    let clones = Clones::new();
    clones.run(0, "review start ../v1.mbox", 0);
    clones.run(0, "review remove one", 0);
    let db = rusqlite::Connection::open(clones.sandbox.top().join("db/.patman.db")).unwrap();
    db.execute("UPDATE series SET archived = 1", []).unwrap();
    clones.run(0, "review prune", 0);
    assert!(clones.refs(0).contains(&format!("refs/patman/{NAME}/v1")));
}
