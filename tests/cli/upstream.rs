// SPDX-License-Identifier: GPL-2.0-or-later
//! `upstream`: added, changed, listed, made the default, deleted.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

#[test]
fn upstreams_are_added_listed_and_changed() {
    let sandbox = Sandbox::new();
    sandbox.git(&["remote", "add", "us", "https://example.com/us.git"]);
    assert_data_eq!(
        sandbox.session(&[
            "upstream ls",
            "upstream add us https://example.com/us.git",
            "us add -p https://pw.example.org -m ci -I chromium git@example.com:ci.git --no-tags -t u-boot",
            "upstream ls",
            "upstream set us --patchwork-url https://pw.example.org/ --no-tags",
            "upstream set ci --maintainers --tags",
            "upstream ls --json",
        ]),
        str![[r#"
$ git patman upstream ls
! there is no upstream yet
! hint: to add one: git patman upstream add <name> <url>
= 0
$ git patman upstream add us https://example.com/us.git
! Created database '$REPO/.git/patman/.patman.db'
! added upstream 'us': https://example.com/us.git
= 0
$ git patman us add -p https://pw.example.org -m ci -I chromium git@example.com:ci.git --no-tags -t u-boot
! added upstream 'ci': git@example.com:ci.git, Patchwork 'https://pw.example.org', identity 'chromium', to 'u-boot', no maintainers, no tags
! hint: to add a git remote with this name: git remote add ci git@example.com:ci.git
= 0
$ git patman upstream ls
  NAME  PROJECT  PATCHWORK               URL                         OPTIONS
  us    -        -                       https://example.com/us.git
  ci    -        https://pw.example.org  git@example.com:ci.git      identity=chromium to=u-boot no-maintainers no-tags
= 0
$ git patman upstream set us --patchwork-url https://pw.example.org/ --no-tags
! changed upstream 'us': Patchwork 'https://pw.example.org/', no tags
= 0
$ git patman upstream set ci --maintainers --tags
! changed upstream 'ci': maintainers, tags
= 0
$ git patman upstream ls --json
[
  {
    "name": "us",
    "url": "https://example.com/us.git",
    "default": false,
    "patchwork_url": "https://pw.example.org/",
    "project": null,
    "identity": null,
    "to": null,
    "no_maintainers": false,
    "no_tags": true
  },
  {
    "name": "ci",
    "url": "git@example.com:ci.git",
    "default": false,
    "patchwork_url": "https://pw.example.org",
    "project": null,
    "identity": "chromium",
    "to": "u-boot",
    "no_maintainers": false,
    "no_tags": false
  }
]
= 0

"#]]
    );
}

#[test]
fn an_empty_value_takes_one_away() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://a/ -I me -t list -p https://pw.example.org");
    assert_data_eq!(
        sandbox.run(&["upstream", "set", "us", "-I", "", "-p", ""]),
        str![[r#"
$ git patman upstream set us -I '' -p ''
! changed upstream 'us': no Patchwork, no identity
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.run(&["upstream", "ls"]),
        str![[r#"
$ git patman upstream ls
  NAME  PROJECT  PATCHWORK  URL         OPTIONS
  us    -        -          https://a/  to=list
= 0

"#]]
    );
}

#[test]
fn what_cannot_be_done_is_refused_with_a_hint() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    assert_data_eq!(
        sandbox.session(&[
            "upstream add us https://example.com/other.git",
            "upstream add ci https://example.com/ci.git U-Boot",
            "upstream add ci nonsense",
            "upstream add ci https://example.com/ci.git -p ftp://pw.example.org",
            "upstream add ci https://example.com/ci.git -p https://me:secret@pw.example.org",
            "upstream add a..b https://example.com/ci.git",
            "upstream set us",
            "upstream set ci -m",
            "upstream set us -m --maintainers",
            "upstream default ci",
            "upstream delete ci",
        ]),
        str![[r#"
$ git patman upstream add us https://example.com/other.git
! error: upstream 'us' already exists
! hint: to change it: git patman upstream set us
= 1
$ git patman upstream add ci https://example.com/ci.git U-Boot
! error: no Patchwork server is configured to find project 'U-Boot'
! hint: to set it: --patchwork-url <url>, or git config patman.patchworkUrl <url>
= 2
$ git patman upstream add ci nonsense
! error: 'nonsense' is not a repository URL
! hint: use a URL that git accepts: https://host/path, user@host:path, or a directory such as ./path
= 2
$ git patman upstream add ci https://example.com/ci.git -p ftp://pw.example.org
! error: 'ftp://pw.example.org' is not the URL of a server: it must begin with 'https://' or 'http://'
= 2
$ git patman upstream add ci https://example.com/ci.git -p https://me:secret@pw.example.org
! error: the URL of a server must not contain a user name or a password
= 2
$ git patman upstream add a..b https://example.com/ci.git
! error: 'a..b' is not a valid name of a git remote
= 2
$ git patman upstream set us
! error: no settings to change are given
! hint: for example: git patman upstream set <name> --patchwork-url <url>
= 2
$ git patman upstream set ci -m
! error: there is no upstream 'ci'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1
$ git patman upstream set us -m --maintainers
! error: the argument '--no-maintainers' cannot be used with '--maintainers'
! 
! Usage: git patman upstream set --no-maintainers <NAME>
! 
! For more information, try '--help'.
= 2
$ git patman upstream default ci
! error: there is no upstream 'ci'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1
$ git patman upstream delete ci
! error: there is no upstream 'ci'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1

"#]]
    );
    assert!(
        sandbox
            .run(&["upstream", "set", "us", "-I", "a\x1b[31m"])
            .contains("'a\\x1b[31m' contains U+001B, which is invisible")
    );
    assert_eq!(
        sandbox.run(&["upstream", "ls"]).matches("https://").count(),
        1
    );
}

#[test]
fn the_default_is_set_shown_and_unset_and_its_deletion_is_told() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    sandbox.patman("upstream add ci https://example.com/ci.git");
    assert_data_eq!(
        sandbox.session(&[
            "upstream default",
            "upstream default us",
            "upstream default nope",
            "upstream default",
            "upstream default ci",
            "upstream default -u",
            "upstream default -u",
            "upstream default ci",
            "upstream ls",
            "upstream delete ci",
            "upstream default",
        ]),
        str![[r#"
$ git patman upstream default
! there is no default upstream
! hint: to set one: git patman upstream default <name>
= 1
$ git patman upstream default us
! the default upstream is 'us'
= 0
$ git patman upstream default nope
! error: there is no upstream 'nope'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1
$ git patman upstream default
us
= 0
$ git patman upstream default ci
! the default upstream is 'ci'
= 0
$ git patman upstream default -u
! 'ci' is no longer the default upstream
= 0
$ git patman upstream default -u
! there was no default upstream
= 0
$ git patman upstream default ci
! the default upstream is 'ci'
= 0
$ git patman upstream ls
   NAME  PROJECT  PATCHWORK  URL                         OPTIONS
   us    -        -          https://example.com/us.git
*  ci    -        -          https://example.com/ci.git
= 0
$ git patman upstream delete ci
! deleted upstream 'ci'
! it was the default upstream; now there is none
! hint: to set another: git patman upstream default <name>
= 0
$ git patman upstream default
! there is no default upstream
! hint: to set one: git patman upstream default <name>
= 1

"#]]
    );
}

#[test]
fn a_name_is_never_read_as_sql() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    assert_data_eq!(
        sandbox.run(&["upstream", "delete", "x' OR '1'='1"]),
        str![[r#"
$ git patman upstream delete 'x' OR '1'='1'
! error: there is no upstream 'x' OR '1'='1'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1

"#]]
    );
    sandbox.expect("upstream add o'hara https://example.com/o.git", 0);
    assert_data_eq!(
        sandbox.session(&["upstream delete o'hara", "upstream ls"]),
        str![[r#"
$ git patman upstream delete o'hara
! deleted upstream 'o'hara'
= 0
$ git patman upstream ls
  NAME  PROJECT  PATCHWORK  URL                         OPTIONS
  us    -        -          https://example.com/us.git
= 0

"#]]
    );
}

#[test]
fn text_that_others_wrote_into_the_database_cannot_reach_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    let code = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('update upstream set url=?, is_default=1, identity=?, name=?', ('https://a\\x1b]0;x\\x07', 'i\\n', 'u\\x1bs')); c.commit()";
    let path = sandbox.repo().join(".git/patman/.patman.db");
    assert!(
        sandbox
            .command("python3", &sandbox.repo())
            .args(["-c", code])
            .arg(path)
            .status()
            .unwrap()
            .success()
    );
    let shown = sandbox.session(&["upstream ls", "upstream default"]);
    assert!(
        !shown.contains('\x1b') && !shown.contains('\x07') && shown.contains("u\\x1bs"),
        "{shown}"
    );
}
