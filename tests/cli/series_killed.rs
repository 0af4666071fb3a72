// SPDX-License-Identifier: GPL-2.0-or-later
//! Commands that change the user's own series and were killed, and what the next command makes of what they left.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_change_that_was_killed_when_all_of_it_was_done_is_not_done_again() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    let old = sandbox.git(&["rev-parse", "video"]);
    // The journal is there while refs are moved: a hook of git's keeps a copy of it.
    let journal = sandbox.repo().join(".git/patman/rewrite.json");
    let copy = sandbox.top().join("journal");
    let hook = sandbox.repo().join(".git/hooks/reference-transaction");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = format!(
        "#!/bin/sh\ncp '{}' '{}' 2>/dev/null\nexit 0\n",
        journal.display(),
        copy.display()
    );
    fs::write(&hook, script).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.expect("series -s video mark", 0);
    fs::remove_file(&hook).unwrap();
    assert!(!journal.exists());
    // As if it was killed before it removed the journal; then the user went back to the commits as they were.
    fs::copy(&copy, &journal).unwrap();
    sandbox.git(&["update-ref", "refs/heads/video", &old]);
    let state = || {
        let changes = sandbox.select("SELECT id, what, undone FROM gitpatman_undo");
        [
            sandbox.series_rows(),
            changes,
            sandbox.git(&["for-each-ref"]),
        ]
    };
    let before = state();
    assert_data_eq!(
        sandbox.session(&["series -s video patches"]),
        str![[r#"
$ git patman series -s video patches
video v1  one: Spell numbers
3 patches: 3 unknown
#  STATE    COM  PATCHWORK  COMMIT   SUBJECT
1  unknown                  1823a37  one: Spell three
2  unknown                  d4f25e7  one: Spell ten
3  unknown                  bf9d685  one: Spell twenty
= 0

"#]]
    );
    assert_eq!(state(), before);
    assert!(!journal.exists());
}
