// SPDX-License-Identifier: GPL-2.0-or-later
//! `series changes`: a line in the change log, in the commit that it is about.

use crate::own_series::{messages, run, sandbox, usual};
use snapbox::{assert_data_eq, str};

#[test]
fn a_line_goes_to_the_last_commit_of_the_branch_that_is_meant_whatever_is_checked_out() {
    let sandbox = sandbox();
    usual(&sandbox, "video2", "");
    let before = sandbox.checkout();
    let tip = sandbox.git(&["rev-parse", "video2"]);
    let go = |args: &[&str]| run(&sandbox, &[&["series", "-s", "video2", "changes"], args].concat());
    assert_data_eq!(
        go(&["-n", "Fix the offset"]),
        str![[r#"
$ git patman series -s video2 changes -n 'Fix the offset'
Series-changes: 2
- Fix the offset
! The tip of 'video2' would be kept as refs/patman/backup/video2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "video2"]), tip);
    assert_data_eq!(
        go(&["Fix the offset"]) + &go(&["- Second bullet"]) + &go(&["Fix the offset"]) + &go(&["-c", "Cover only"]),
        str![[r#"
$ git patman series -s video2 changes 'Fix the offset'
Series-changes: 2
- Fix the offset
! The old tip of 'video2' is kept as refs/patman/backup/video2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0
$ git patman series -s video2 changes '- Second bullet'
Series-changes: 2
- Fix the offset
- Second bullet
! The old tip of 'video2' is kept as refs/patman/backup/video2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0
$ git patman series -s video2 changes 'Fix the offset'
! patch 3 of branch 'video2', 'one: Spell twenty', says so already
= 0
$ git patman series -s video2 changes -c 'Cover only'
Cover-changes: 2
- Cover only
! The old tip of 'video2' is kept as refs/patman/backup/video2
! patch 3 of branch 'video2', 'one: Spell twenty':
= 0

"#]]
    );
    assert_data_eq!(
        messages(&sandbox, "video2"),
        str![[r#"
one: Spell twenty

Series-changes: 2
- Fix the offset
- Second bullet

Cover-changes: 2
- Cover only
----
one: Spell ten

Signed-off-by: Ada <ada@example.com>
----
one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Signed-off-by: Ada <ada@example.com>
----
"#]]
    );
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_patch_is_chosen_by_its_number_or_its_commit() {
    let sandbox = sandbox();
    usual(&sandbox, "video2", "");
    let go = |args: &[&str]| run(&sandbox, &[&["series", "-s", "video2", "changes"], args].concat());
    assert_data_eq!(
        go(&["-p", "1", "To the first"])
            + &go(&["--patch", "video2~1", "To the second"])
            + &go(&["-p", "4", "To none"])
            + &go(&["-p", "main", "To none"])
            + &go(&["-p", "nope", "To none"])
            + &go(&[""])
            + &go(&["-"])
            + &run(&sandbox, &["series", "changes", "On main"])
            + &run(&sandbox, &["undo"]),
        str![[r#"
$ git patman series -s video2 changes -p 1 'To the first'
Series-changes: 2
- To the first
! The old tip of 'video2' is kept as refs/patman/backup/video2
! patch 1 of branch 'video2', 'one: Spell three':
= 0
$ git patman series -s video2 changes --patch video2~1 'To the second'
Series-changes: 2
- To the second
! The old tip of 'video2' is kept as refs/patman/backup/video2
! patch 2 of branch 'video2', 'one: Spell ten':
= 0
$ git patman series -s video2 changes -p 4 'To none'
! error: branch 'video2' has no patch 4: it has patches 1 to 3
= 2
$ git patman series -s video2 changes -p main 'To none'
! error: commit 'main' is no patch of branch 'video2'
! hint: see them with: git log --oneline e7474796004d..video2
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
! hint: or name the commit that it begins behind with -U <commit>
= 1
$ git patman undo
! error: 'undo' is not there yet
= 1

"#]]
    );
    assert_data_eq!(
        messages(&sandbox, "video2"),
        str![[r#"
one: Spell twenty
----
one: Spell ten

Series-changes: 2
- To the second

Signed-off-by: Ada <ada@example.com>
----
one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Series-changes: 2
- To the first

Signed-off-by: Ada <ada@example.com>
----
"#]]
    );
}
