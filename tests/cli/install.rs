// SPDX-License-Identifier: GPL-2.0-or-later
//! `util install`: man pages and completions where man and the shells find them.

use crate::sandbox::Sandbox;
use std::fs;

#[test]
fn everything_is_put_below_a_prefix() {
    let sandbox = Sandbox::new();
    let dry = sandbox.session(&["util install --prefix ../usr --dry-run"]);
    assert!(
        dry.contains("would write") && !sandbox.top().join("usr").exists(),
        "{dry}"
    );
    let done = sandbox.patman("util install --prefix ../usr");
    assert!(
        done.status.success(),
        "{}",
        sandbox.show("util install", &done)
    );
    let share = sandbox.top().join("usr/share");
    for path in [
        "man/man1/git-patman.1",
        "man/man1/git-patman-review.1",
        "man/man5/git-patman-config.5",
        "man/man5/git-patman-json.5",
        "man/man7/git-patman-workflow.7",
        "bash-completion/completions/git-patman",
        "zsh/site-functions/_git-patman",
        "fish/vendor_completions.d/git-patman.fish",
        "fish/vendor_conf.d/git-patman.fish",
    ] {
        assert!(!fs::read(share.join(path)).unwrap().is_empty(), "{path}");
    }
    let pages = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/man"))
        .unwrap()
        .count();
    let installed: usize = ["man1", "man5", "man7"]
        .iter()
        .map(|one| fs::read_dir(share.join("man").join(one)).unwrap().count())
        .sum();
    assert_eq!(installed, pages, "every page of man/ is installed");
}

#[test]
fn without_a_prefix_it_goes_below_the_home_directory() {
    let sandbox = Sandbox::new();
    let done = sandbox.patman("util install");
    assert!(
        done.status.success(),
        "{}",
        sandbox.show("util install", &done)
    );
    assert!(
        sandbox
            .home()
            .join(".local/share/man/man1/git-patman.1")
            .exists()
    );
    assert!(
        sandbox
            .home()
            .join(".config/fish/completions/git-patman.fish")
            .exists()
    );
}
