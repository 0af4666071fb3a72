// SPDX-License-Identifier: GPL-2.0-or-later
//! `review start` from archives: by URL from a server, and from clones without the network.

use crate::public_inbox::{Mood, PublicInbox};
use crate::sandbox::{PROGRAM, Sandbox, lines};
use crate::scene::{mails_of, message_id, sent_on};
use git_patman::mail::thread::assemble;
use git_patman::mail::{Message, MessageId};
use git_patman::source::SourceContext;
use git_patman::source::archive::{SeriesHints, newer, recognise};
use git_patman::source::http::{Client, ClientOptions};
use git_patman::source::percent::encode_component;
use git_patman::source::server::Servers;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// The usual series in its first `count` versions, version N sent on day N.
fn usual(sandbox: &Sandbox, count: u32) -> Vec<Vec<String>> {
    let distinct =
        |mail: String, version: u32| mail.replace(".git.ada@", &format!(".v{version}+a/b=c%.ada@"));
    let version = |number| {
        mails_of(&sandbox.usual(number))
            .into_iter()
            .map(move |mail| distinct(sent_on(number, &mail), number))
    };
    (1..=count)
        .map(|number| version(number).collect())
        .collect()
}

/// The mail with nothing in it that says what it answers.
fn unthreaded(mail: &str) -> String {
    let is_link = |line: &&str| line.starts_with("In-Reply-To:") || line.starts_with("References:");
    mail.lines()
        .filter(|line| !is_link(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// A clone of version 2, of one epoch, with a commit for each mail.
pub fn v2(sandbox: &Sandbox, name: &str, mails: &[String]) -> PathBuf {
    let dir = sandbox.top().join(name);
    let repo = dir.join("git/0.git");
    fs::create_dir_all(&repo).unwrap();
    sandbox.git_at(&repo, &["init", "-q", "--bare"]);
    mails
        .iter()
        .for_each(|mail| commit(sandbox, &repo, &[("m", mail)]));
    dir
}

/// A clone of version 1.
fn v1(sandbox: &Sandbox, name: &str, mails: &[String]) -> PathBuf {
    let repo = sandbox.top().join(name);
    fs::create_dir_all(&repo).unwrap();
    sandbox.git_at(&repo, &["init", "-q", "--bare"]);
    let path = |mail: &String| {
        let name = sha1_smol::Sha1::from(message_id(mail)).digest().to_string();
        format!("{}/{}", &name[..2], &name[2..])
    };
    for end in 1..=mails.len() {
        let files: Vec<(String, &String)> =
            mails[..end].iter().map(|mail| (path(mail), mail)).collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, mail)| (path.as_str(), mail.as_str()))
            .collect();
        commit(sandbox, &repo, &files);
    }
    repo
}

/// A commit of these files and no others.
fn commit(sandbox: &Sandbox, repo: &Path, files: &[(&str, &str)]) {
    let index = sandbox.top().join("index-of-archive");
    drop(fs::remove_file(&index));
    let git = |args: &[&str]| {
        let done = sandbox
            .command("git", repo)
            .env("GIT_INDEX_FILE", &index)
            .args(args)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    for (path, text) in files {
        let file = sandbox.top().join("mail-of-archive");
        fs::write(&file, text).unwrap();
        let blob = git(&["hash-object", "-w", file.to_str().unwrap()]);
        git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("100644,{blob},{path}"),
        ]);
    }
    let tree = git(&["write-tree"]);
    let parent = sandbox
        .command("git", repo)
        .args(["rev-parse", "-q", "--verify", "HEAD"])
        .output()
        .unwrap();
    let parent = String::from_utf8(parent.stdout).unwrap().trim().to_owned();
    let parents = if parent.is_empty() {
        vec![]
    } else {
        vec!["-p", parent.as_str()]
    };
    let made = git(&[&["commit-tree", &tree, "-m", "mail"], parents.as_slice()].concat());
    git(&["update-ref", "HEAD", &made]);
}

#[test]
fn a_series_is_started_by_the_url_of_any_of_its_mails() {
    let sandbox = Sandbox::new();
    let mails = usual(&sandbox, 1).concat();
    let server = PublicInbox::serve(mails.clone(), Mood::Well);
    let line = format!(
        "review start {}{}/",
        server.inbox(),
        encode_component(&message_id(&mails[1]))
    );
    let said = sandbox
        .session(&[&line])
        .replace(server.url(), "$SERVER")
        .replace(&encode_component(&message_id(&mails[1])), "$ID");
    assert_data_eq!(
        said,
        str![[r#"
$ git patman review start $SERVER/list/$ID/
! Created database '$REPO/.git/patman/.patman.db'
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    let asked: Vec<String> = server
        .asked()
        .iter()
        .map(|line| line.replace(&encode_component(&message_id(&mails[1])), "$ID"))
        .collect();
    assert_data_eq!(
        asked.join("\n"),
        str![[r#"
GET /list/$ID/t.mbox.gz
POST /list/?q=%28s%3A%22one%3A%20Spell%20numbers%22%20AND%20f%3A%22ada@example.com%22%20AND%20dt%3A20230102100000..%29&x=m&t=1
"#]]
    );
    for form in ["", "/T/#u", "/t.mbox.gz", "/raw"] {
        let line = format!(
            "review start {}{}{form}",
            server.inbox(),
            encode_component(&message_id(&mails[2]))
        );
        let said = sandbox.session(&[&line]);
        assert!(
            said.contains("one-spell-numbers v1 is already applied") && said.ends_with("= 0\n"),
            "{said}"
        );
    }
}

#[test]
fn the_newest_version_is_found_from_the_first_and_another_can_be_had() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 3);
    // The second is sent again, long after the third.
    let late = versions[1]
        .iter()
        .map(|mail| mail.replace("Jan 2026", "Feb 2026").replace(".v2", ".late"));
    let server = PublicInbox::serve([versions.concat(), late.collect()].concat(), Mood::Well);
    let url = format!(
        "{}{}/",
        server.inbox(),
        encode_component(&message_id(&versions[0][0]))
    );
    let said = sandbox.session(&[&format!("review start --dry-run {url}")]);
    assert!(said.contains("would review one-spell-numbers v3"), "{said}");
    assert_eq!(server.asked().len(), 2);
    let said = sandbox.session(&[&format!("review start --dry-run --version 2 {url}")]);
    assert!(said.contains("would review one-spell-numbers v2"), "{said}");
}

#[test]
fn an_incomplete_sending_of_the_newest_version_gives_way_to_a_complete_one() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    let broken = versions[1][..2].iter().map(|mail| {
        mail.replace("Jan 2026", "Feb 2026")
            .replace(".v2", ".again")
    });
    let server = PublicInbox::serve([versions.concat(), broken.collect()].concat(), Mood::Well);
    let url = format!(
        "{}{}/",
        server.inbox(),
        encode_component(&message_id(&versions[0][1]))
    );
    let said = sandbox.session(&[&format!("review start --dry-run {url}")]);
    assert!(
        said.contains("would review one-spell-numbers v2 'one: Spell numbers': 2 patches apply"),
        "{said}"
    );
}

#[test]
fn patches_that_nothing_holds_together_are_searched_for() {
    let sandbox = Sandbox::new();
    let mut mails: Vec<String> = usual(&sandbox, 1)
        .concat()
        .iter()
        .map(|mail| unthreaded(mail))
        .collect();
    let last = mails.pop().unwrap();
    // Of the same author and count, but of another day.
    mails.push(
        last.replace("1 Jan 2026", "5 Jan 2026")
            .replace("spell", "misspell")
            .replace(".v1", ".other"),
    );
    mails.push(last);
    let server = PublicInbox::serve(mails.clone(), Mood::Well);
    let url = format!(
        "{}{}/",
        server.inbox(),
        encode_component(&message_id(&mails[1]))
    );
    let said = sandbox.session(&[&format!("review start --dry-run {url}")]);
    assert!(
        said.contains("2 patches apply") && said.ends_with("= 0\n"),
        "{said}"
    );
    assert!(server.asked().len() <= 3);
}

#[test]
fn a_series_sent_in_answer_to_another_stays_apart() {
    let sandbox = Sandbox::new();
    let usual = usual(&sandbox, 1).concat();
    let edited = lines("one", 40).replace("one 30\n", "one thirty\n");
    let file = sandbox.series(
        "other.mbox",
        1,
        "one: Something else",
        &[("one: Spell thirty", "src/one.c", &edited)],
    );
    let other: Vec<String> = mails_of(&file)
        .iter()
        .map(|mail| sent_on(1, mail).replace(".git.ada@", ".other.ada@"))
        .collect();
    let answer = other[0].replacen(
        "\nDate:",
        &format!("\nIn-Reply-To: <{}>\nDate:", message_id(&usual[0])),
        1,
    );
    let server = PublicInbox::serve(
        [usual.clone(), vec![answer], other[1..].to_vec()].concat(),
        Mood::Well,
    );
    for (mail, wanted) in [
        (&usual[2], "one: Spell numbers"),
        (&other[1], "one: Something else"),
    ] {
        let said = sandbox.session(&[&format!(
            "review start --dry-run {}{}/",
            server.inbox(),
            encode_component(&message_id(mail))
        )]);
        assert!(
            said.contains(&format!("'{wanted}'")) && said.ends_with("= 0\n"),
            "{said}"
        );
    }
    // The anchor that public-inbox shows for a mail of the same page.
    let anchor = sha1_smol::Sha1::from(message_id(&other[1])).digest();
    let url = format!(
        "{}{}/T/#m{anchor}",
        server.inbox(),
        encode_component(&message_id(&usual[2]))
    );
    let said = sandbox.session(&[&format!("review start --dry-run {url}")]);
    assert!(
        said.contains("'one: Something else'") && said.ends_with("= 0\n"),
        "{said}"
    );
}

#[test]
fn an_archive_that_answers_no_search_by_post_is_asked_for_names() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    let server = PublicInbox::serve(versions.concat(), Mood::NoPost);
    let url = format!(
        "{}{}/",
        server.inbox(),
        encode_component(&message_id(&versions[0][0]))
    );
    let said = sandbox.session(&[&format!("review start --dry-run {url}")]);
    assert!(said.contains("would review one-spell-numbers v2"), "{said}");
    assert!(server.asked().len() <= 12);
}

#[test]
fn an_archive_that_cannot_search_gives_the_thread_and_that_is_told() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    let server = PublicInbox::serve(versions.concat(), Mood::NoSearch);
    let url = format!(
        "{}{}/",
        server.inbox(),
        encode_component(&message_id(&versions[0][0]))
    );
    let said = sandbox.session(&[&format!("review start --dry-run {url}")]);
    assert!(
        said.contains("warning: cannot search for other versions")
            && said.contains("would review one-spell-numbers v1"),
        "{said}"
    );
    assert!(said.ends_with("= 0\n"), "{said}");
}

#[test]
fn answers_that_are_no_mail_are_refused() {
    for mood in [Mood::Pages, Mood::Cut] {
        let sandbox = Sandbox::new();
        let mails = usual(&sandbox, 1).concat();
        let server = PublicInbox::serve(mails.clone(), mood);
        let said = sandbox.session(&[&format!(
            "review start {}{}/",
            server.inbox(),
            encode_component(&message_id(&mails[0]))
        )]);
        assert!(
            said.contains("! error: ") && said.ends_with("= 1\n"),
            "{mood:?}: {said}"
        );
        assert!(sandbox.session(&["review list --json"]).contains("[]"));
    }
}

#[test]
fn a_mail_that_is_not_there_is_named() {
    let sandbox = Sandbox::new();
    let server = PublicInbox::serve(usual(&sandbox, 1).concat(), Mood::Well);
    assert_data_eq!(
        sandbox
            .session(&[&format!(
                "review start {}none@example.com/T/#u",
                server.inbox()
            )])
            .replace(server.url(), "$SERVER"),
        str![[r#"
$ git patman review start $SERVER/list/none@example.com/T/#u
! Created database '$REPO/.git/patman/.patman.db'
! error: there is no mail '$SERVER/list/none@example.com/'
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["review start none@example.com"]),
        str![[r#"
$ git patman review start none@example.com
! error: there is no file 'none@example.com', and no archive to look up a message id in
! hint: git config patman.archive https://lore.kernel.org/all/
= 1

"#]]
    );
}

#[test]
fn clones_of_both_versions_are_read_without_the_network() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    for clone in [
        v1(&sandbox, "old.git", &versions.concat()),
        v2(&sandbox, "new", &versions.concat()),
    ] {
        let clone = clone.display();
        for (mail, number) in [(&versions[0][2], 2), (&versions[1][0], 2)] {
            let said = sandbox.session(&[&format!(
                "review start --dry-run {clone}#{}",
                message_id(mail)
            )]);
            assert!(
                said.contains(&format!("would review one-spell-numbers v{number}")),
                "{said}"
            );
        }
        let said = sandbox.session(&[&format!(
            "review start --dry-run --version 1 {clone}#<{}>",
            message_id(&versions[1][0])
        )]);
        assert!(said.contains("would review one-spell-numbers v1"), "{said}");
        for line in [
            format!("{clone} --title NUMBERS"),
            format!("{clone}#Numbers"),
        ] {
            let said = sandbox.session(&[&format!("review start --dry-run {line}")]);
            assert!(said.contains("would review one-spell-numbers v2"), "{said}");
        }
        let said = sandbox.session(&[&format!("review start {clone}#no-such")]);
        assert!(
            said.contains("has 'no-such' in its title") && said.ends_with("= 1\n"),
            "{said}"
        );
        let said = sandbox.session(&[&format!("review start {clone}#no@such.example")]);
        assert!(
            said.contains("there is no mail") && said.ends_with("= 1\n"),
            "{said}"
        );
    }
    assert_eq!(
        fs::read_dir(sandbox.home().join(".cache/git-patman/archives"))
            .unwrap()
            .count(),
        2
    );
}

#[test]
fn what_comes_to_a_clone_or_goes_from_it_later_is_seen() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 3);
    let clone = v2(&sandbox, "clone", &versions[0]);
    let repo = clone.join("git/0.git");
    let line = format!(
        "review start --dry-run {}#{}",
        clone.display(),
        message_id(&versions[0][0])
    );
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v1")
    );
    versions[1]
        .iter()
        .for_each(|mail| commit(&sandbox, &repo, &[("m", mail)]));
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v2")
    );
    // The mails of the second version are taken away again.
    versions[1]
        .iter()
        .for_each(|mail| commit(&sandbox, &repo, &[("d", mail)]));
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v1")
    );
    // So does one who sees all that for the first time.
    fs::remove_dir_all(sandbox.home().join(".cache")).unwrap();
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v1")
    );
    // A new epoch.
    let next = clone.join("git/1.git");
    fs::create_dir_all(&next).unwrap();
    sandbox.git_at(&next, &["init", "-q", "--bare"]);
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v1")
    );
    versions[2]
        .iter()
        .for_each(|mail| commit(&sandbox, &next, &[("m", mail)]));
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v3")
    );
    // History that was rewritten.
    sandbox.git_at(&next, &["update-ref", "-d", "HEAD"]);
    versions[1]
        .iter()
        .for_each(|mail| commit(&sandbox, &next, &[("m", mail)]));
    assert!(
        sandbox
            .session(&[&line])
            .contains("would review one-spell-numbers v2")
    );
}

#[test]
fn a_damaged_index_is_made_anew() {
    let sandbox = Sandbox::new();
    let mails = usual(&sandbox, 1).concat();
    let clone = v2(&sandbox, "clone", &mails);
    let line = format!(
        "review start --dry-run {}#{}",
        clone.display(),
        message_id(&mails[0])
    );
    assert!(sandbox.session(&[&line]).contains("2 patches apply"));
    let dir = sandbox.home().join(".cache/git-patman/archives");
    let file = fs::read_dir(&dir).unwrap().next().unwrap().unwrap().path();
    let good = fs::read(&file).unwrap();
    for bad in [
        b"".to_vec(),
        b"nonsense\n".to_vec(),
        good[..good.len() / 2].to_vec(),
        [&good[..], b"x\n"].concat(),
    ] {
        fs::write(&file, bad).unwrap();
        assert!(sandbox.session(&[&line]).contains("2 patches apply"));
        assert_eq!(fs::read(&file).unwrap(), good);
    }
}

#[test]
fn many_may_read_one_clone_at_once() {
    let sandbox = Sandbox::new();
    let mails = usual(&sandbox, 2).concat();
    let clone = v2(&sandbox, "clone", &mails);
    let spec = format!("{}#{}", clone.display(), message_id(&mails[0]));
    sandbox.patman("db status");
    let start = || {
        let mut command = sandbox.command(PROGRAM, &sandbox.repo());
        command
            .args(["review", "start", "--dry-run", &spec])
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    for child in children {
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            done.status.success() && said.contains("would review one-spell-numbers v2"),
            "{said}"
        );
    }
    assert_eq!(
        fs::read_dir(sandbox.home().join(".cache/git-patman/archives"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn a_directory_that_is_no_clone_is_read_as_before() {
    let sandbox = Sandbox::new();
    let dir = sandbox.top().join("patches");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("1.mbox"), fs::read(sandbox.usual(1)).unwrap()).unwrap();
    sandbox.git_at(&dir, &["init", "-q"]);
    let said = sandbox.session(&[&format!("review start --dry-run {}", dir.display())]);
    assert!(said.contains("2 patches apply"), "{said}");
}

/// The archive at `place` as other parts of the program use it.
fn with_archive<T>(
    sandbox: &Sandbox,
    place: &str,
    work: impl FnOnce(&dyn git_patman::source::archive::Mails) -> T,
) -> T {
    let events = std::sync::Arc::new(git_patman::events::Collector::default());
    let options = ClientOptions {
        offline: false,
        cache: None,
        timeout: Duration::from_secs(60),
    };
    let client = Client::new(options, events).unwrap();
    let home = sandbox.home();
    let sources = SourceContext {
        cwd: Path::new("/"),
        cache: Some(&home),
        servers: &Servers::default(),
        client: &client,
    };
    let mails = git_patman::source::archive::open(place, &sources).unwrap();
    work(mails.as_ref())
}

#[test]
fn what_came_since_is_found_by_the_facts_of_a_series_too() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    let clone = v2(&sandbox, "clone", &versions.concat());
    let server = PublicInbox::serve(versions.concat(), Mood::Well);
    let message = |mail: &String| Message::new(mail.clone().into_bytes(), String::new());
    let facts = SeriesHints::of(&assemble(versions[0].iter().map(message).collect())[0]);
    let strange = SeriesHints {
        title: "one: Something else".to_owned(),
        ..facts.clone()
    };
    for place in [server.inbox(), clone.display().to_string()] {
        with_archive(&sandbox, &place, |mails| {
            for known in [
                message_id(&versions[0][0]),
                "not-there@example.com".to_owned(),
            ] {
                let found = newer(mails, &MessageId::new(&known).unwrap(), &facts).unwrap();
                assert_eq!(
                    (found.messages.len(), found.warnings.len()),
                    (6, 0),
                    "{place} {known}"
                );
            }
            let none = newer(
                mails,
                &MessageId::new("not-there@example.com").unwrap(),
                &strange,
            )
            .unwrap();
            assert!(none.messages.is_empty());
        });
    }
}

#[test]
fn recent_series_are_listed_without_their_patches_and_answers() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    let clone = v2(&sandbox, "clone", &versions.concat());
    let found = with_archive(&sandbox, clone.to_str().unwrap(), |mails| {
        mails.recent(10).unwrap()
    });
    let ids: Vec<&str> = found.iter().map(|summary| summary.id.as_str()).collect();
    let wanted = [&versions[1][0], &versions[0][0]].map(|mail| message_id(mail));
    assert_eq!(ids, wanted);
    assert_eq!(
        with_archive(&sandbox, clone.to_str().unwrap(), |mails| mails
            .recent(1)
            .unwrap()
            .len()),
        1
    );
}

#[test]
fn ids_are_looked_up_in_the_archive_of_the_upstream() {
    let sandbox = Sandbox::new();
    let versions = usual(&sandbox, 2);
    let server = PublicInbox::serve(versions.concat(), Mood::Well);
    let events = std::sync::Arc::new(git_patman::events::Collector::default());
    let options = ClientOptions {
        offline: false,
        cache: None,
        timeout: Duration::from_secs(60),
    };
    let client = Client::new(options, events).unwrap();
    let servers = Servers {
        archive: Some(server.inbox()),
        ..Servers::default()
    };
    let top = sandbox.top().to_owned();
    let sources = SourceContext {
        cwd: &top,
        cache: None,
        servers: &servers,
        client: &client,
    };
    let known = message_id(&versions[0][1]);
    for spec in [
        format!("<{known}>"),
        format!("mid:{known}"),
        format!("id:<{known}>"),
    ] {
        let source = recognise(&spec, &sources).unwrap().unwrap();
        assert_eq!(
            source.describe(),
            format!("{}{}/", server.inbox(), encode_component(&known))
        );
        assert_eq!(source.fetch().unwrap().messages.len(), 6);
    }
    // A file comes before an id.
    fs::write(top.join("mail@host"), "x").unwrap();
    assert!(recognise("mail@host", &sources).unwrap().is_none());
    assert!(recognise("mail@elsewhere", &sources).unwrap().is_some());
    assert!(recognise("no-such-file", &sources).unwrap().is_none());
}
