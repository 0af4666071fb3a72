// SPDX-License-Identifier: GPL-2.0-or-later
//! `series changes`: a line in the change log, in the commit that it is about.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

#[test]
fn a_line_goes_to_the_last_commit_of_the_branch_that_is_meant_whatever_is_checked_out() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video2", "");
    let before = sandbox.checkout();
    let tip = sandbox.git(&["rev-parse", "video2"]);
    let go = |args: &[&str]| sandbox.run(&[&["series", "-s", "video2", "changes"], args].concat());
    assert_data_eq!(
        go(&["-n", "Fix the offset"]),
        str![[r#"
$ git patman series -s video2 changes -n 'Fix the offset'
Series-changes: 2
- Fix the offset
! branch 'video2' would be backed up as refs/patman/backup/video2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "video2"]), tip);
    assert_data_eq!(
        go(&["Fix the offset"])
            + &go(&["- Second bullet"])
            + &go(&["Fix the offset"])
            + &go(&["-c", "Cover only"]),
        str![[r#"
$ git patman series -s video2 changes 'Fix the offset'
Series-changes: 2
- Fix the offset
! branch 'video2' is backed up as refs/patman/backup/video2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0
$ git patman series -s video2 changes '- Second bullet'
Series-changes: 2
- Fix the offset
- Second bullet
! branch 'video2' is backed up as refs/patman/backup/video2.2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0
$ git patman series -s video2 changes 'Fix the offset'
! patch 3 of branch 'video2', 'one: Spell twenty', says so already
= 0
$ git patman series -s video2 changes -c 'Cover only'
Cover-changes: 2
- Cover only
! branch 'video2' is backed up as refs/patman/backup/video2.3
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("video2"),
        str![[r#"
* one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Signed-off-by: Ada <ada@example.com>

* one: Spell ten

Signed-off-by: Ada <ada@example.com>

* one: Spell twenty

Series-changes: 2
- Fix the offset
- Second bullet

Cover-changes: 2
- Cover only
"#]]
    );
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn what_is_staged_goes_into_the_commit_that_is_checked_out_and_into_no_other() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video2", "");
    sandbox.git(&["stash", "-q"]);
    sandbox.git(&["checkout", "-q", "video2"]);
    sandbox.write("src/one.c", "staged\n");
    sandbox.git(&["add", "src/one.c"]);
    sandbox.write("src/two.c", "not staged\n");
    let status = |sandbox: &Sandbox| sandbox.git(&["status", "--porcelain"]);
    let before = status(&sandbox);
    assert_data_eq!(
        sandbox.run(&["series", "changes", "-p", "2", "To the second"]),
        str![[r#"
$ git patman series changes -p 2 'To the second'
Series-changes: 2
- To the second
! branch 'video2' is backed up as refs/patman/backup/video2
! patch 2 of branch 'video2', 'one: Spell ten':
= 0

"#]]
    );
    assert_eq!(status(&sandbox), before);
    assert_data_eq!(
        sandbox.run(&["series", "changes", "-n", "Stage it"]),
        str![[r#"
$ git patman series changes -n 'Stage it'
Series-changes: 2
- Stage it
! branch 'video2' would be backed up as refs/patman/backup/video2.2
! patch 3 of branch 'video2', 'one: Spell twenty', with what is staged:
= 0

"#]]
    );
    assert_eq!(status(&sandbox), before);
    assert_data_eq!(
        sandbox.run(&["series", "changes", "Stage it"]),
        str![[r#"
$ git patman series changes 'Stage it'
Series-changes: 2
- Stage it
! branch 'video2' is backed up as refs/patman/backup/video2.2
! patch 3 of branch 'video2', 'one: Spell twenty', with what is staged:
= 0

"#]]
    );
    assert_eq!(status(&sandbox), before.replace("M  src/one.c\n", ""));
    assert_eq!(sandbox.git(&["show", "video2:src/one.c"]), "staged");
}

#[test]
fn a_patch_is_chosen_by_its_number_or_its_commit() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video2", "");
    let go = |args: &[&str]| sandbox.run(&[&["series", "-s", "video2", "changes"], args].concat());
    assert_data_eq!(
        go(&["-p", "1", "To the first"])
            + &go(&["--patch", "video2~1", "To the second"])
            + &go(&["-p", "4", "To none"])
            + &go(&["-p", "main", "To none"])
            + &go(&["-p", "nope", "To none"])
            + &go(&[""])
            + &go(&["-"])
            + &sandbox.run(&["series", "changes", "On main"])
            + &sandbox.run(&["undo", "video2"]),
        str![[r#"
$ git patman series -s video2 changes -p 1 'To the first'
Series-changes: 2
- To the first
! branch 'video2' is backed up as refs/patman/backup/video2
! patch 1 of branch 'video2', 'one: Spell three':
= 0
$ git patman series -s video2 changes --patch video2~1 'To the second'
Series-changes: 2
- To the second
! branch 'video2' is backed up as refs/patman/backup/video2.2
! patch 2 of branch 'video2', 'one: Spell ten':
= 0
$ git patman series -s video2 changes -p 4 'To none'
! error: branch 'video2' has no patch 4: it has patches 1 to 3
= 2
$ git patman series -s video2 changes -p main 'To none'
! error: commit 'main' is no patch of branch 'video2'
! hint: see them with: git log --oneline e747479..video2
= 1
$ git patman series -s video2 changes -p nope 'To none'
! error: 'nope' is not a commit of this repository
= 1
$ git patman series -s video2 changes ''
! error: there is nothing to add to the change log: the text is empty
= 2
$ git patman series -s video2 changes -
! error: there is nothing to add to the change log: the text is empty
= 2
$ git patman series changes 'On main'
! error: cannot tell where the series of branch 'main' begins: it tracks no upstream
! hint: git branch --set-upstream-to <remote>/<branch> main
! hint: or give the commit before the first patch: git patman series add -U <commit>
= 1
$ git patman undo video2
! undid 'series changes' from 0 seconds ago: Add to the change log of video v2
!   video2: d481f71 -> 0d8b4ba
! branch 'video2' is backed up as refs/patman/backup/video2.3
! hint: to redo it: git patman undo --redo video2
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("video2"),
        str![[r#"
* one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Series-changes: 2
- To the first

Signed-off-by: Ada <ada@example.com>

* one: Spell ten

Signed-off-by: Ada <ada@example.com>

* one: Spell twenty
"#]]
    );
}
