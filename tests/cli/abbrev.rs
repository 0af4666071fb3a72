// SPDX-License-Identifier: GPL-2.0-or-later
//! Commits are named with as many digits as git names them.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

/// The words of a command's output.
fn words(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let done = sandbox.patman(line);
    let text = String::from_utf8(done.stdout).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn commits_have_the_digits_that_core_abbrev_asks_for() {
    let sandbox = Sandbox::new();
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    for setting in ["auto", "no", "off", "4", "12", "100"] {
        sandbox.git(&["config", "core.abbrev", setting]);
        let base = sandbox.git(&["rev-parse", "--short", "main"]);
        let patch = sandbox.git(&["rev-parse", "--short", "one-spell-numbers"]);
        assert!(words(&sandbox, "review list").contains(&base), "{setting}");
        let shown = words(&sandbox, "review show one");
        assert!(shown.contains(&base) && shown.contains(&patch), "{setting}");
    }
    sandbox.git(&["config", "core.abbrev", "no"]);
    let short = sandbox.git(&["-c", "core.abbrev=8", "rev-parse", "--short", "main"]);
    let done = sandbox
        .command("git", &sandbox.repo())
        .args(["-c", "core.abbrev=8", "patman", "review", "list"])
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.split_whitespace().any(|word| word == short), "{text}");
}

#[test]
fn an_ambiguous_name_gets_more_digits() {
    let sandbox = Sandbox::new();
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    sandbox.git(&["config", "core.abbrev", "4"]);
    let base = sandbox.git(&["rev-parse", "main"]);
    // A blob whose name begins with the same four digits.
    let other = (0..1_000_000)
        .map(|number| format!("{number}\n"))
        .find(|text| {
            let mut hash = sha1_smol::Sha1::new();
            hash.update(format!("blob {}\0{text}", text.len()).as_bytes());
            let name = hash.digest().to_string();
            name[..4] == base[..4] && name[..5] != base[..5]
        })
        .unwrap();
    sandbox.write("other.txt", &other);
    sandbox.git(&["hash-object", "-w", "other.txt"]);
    assert!(words(&sandbox, "review list").contains(&base[..5].to_owned()));
}

#[test]
fn a_bad_setting_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.abbrev", "3"]);
    assert_data_eq!(
        sandbox.session(&["review list"]),
        str![[r#"
$ git patman review list
! error: abbrev length out of range: 3: 'core.abbrev' must be 'auto', 'no' or a number from 4
= 1

"#]]
    );
}
