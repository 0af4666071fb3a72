// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, reason = "a test may panic")]
use super::*;

/// A bare repository with a history made by `git fast-import`.
fn history(script: &str) -> (tempfile::TempDir, Objects) {
    let dir = tempfile::tempdir().unwrap();
    git2::Repository::init_bare(dir.path()).unwrap();
    let objects = Objects::open(dir.path()).unwrap();
    objects.git().args(["fast-import", "--quiet"]).input(script.as_bytes().to_vec()).ok().unwrap();
    (dir, objects)
}

/// A commit of a mark on a branch, with parents and changes.
fn commit(branch: &str, mark: usize, parents: &[usize], changes: &[(&str, &str)]) -> String {
    let mut text = format!("commit refs/heads/{branch}\nmark :{mark}\ncommitter A <a@x> {} +0000\n", mark * 1000);
    text += "data 0\n";
    for (at, parent) in parents.iter().enumerate() {
        text += &format!("{} :{parent}\n", if at == 0 { "from" } else { "merge" });
    }
    for (path, content) in changes {
        match content.len() {
            0 => text += &format!("D {path}\n"),
            len => text += &format!("M 100644 inline {path}\ndata {len}\n{content}\n"),
        }
    }
    text + "\n"
}

fn rev(objects: &Objects, name: &str) -> Oid {
    Oid::from_str(&objects.git().args(["rev-parse", name]).ok().unwrap().text()).unwrap()
}

fn holds(path: &str, content: &str) -> Want {
    let id = Objects::blob_id(content.as_bytes()).unwrap().to_string();
    Want { path: path.into(), content: Content::Begins(id[..8].into()) }
}

fn lacks(path: &str) -> Want {
    Want { path: path.into(), content: Content::Nothing }
}

/// Three commits on main, and one on a side branch that is merged into it.
fn usual() -> String {
    [
        commit("main", 1, &[], &[("a/x", "one"), ("a/b/y", "one"), ("z", "one")]),
        commit("main", 2, &[1], &[("a/x", "two")]),
        commit("side", 3, &[2], &[("a/b/y", "side"), ("new", "n")]),
        commit("main", 4, &[2], &[("z", "two")]),
        commit("main", 5, &[4, 3], &[("a/b/y", "merged"), ("new", "n")]),
    ]
    .concat()
}

#[test]
fn the_newest_commit_that_holds_all_is_found() {
    let (_dir, objects) = history(&usual());
    let tips = [rev(&objects, "main")];
    let find = |wants: &[Want]| objects.best_commit(&tips, wants).unwrap();
    let found = |wants: &[Want]| find(wants).unwrap().commit;
    assert_eq!(found(&[holds("a/x", "two"), holds("a/b/y", "one")]), rev(&objects, "main^"));
    assert_eq!(found(&[holds("a/x", "two"), holds("z", "one"), lacks("new")]), rev(&objects, "main~2"));
    assert_eq!(found(&[holds("a/x", "one")]), rev(&objects, "main~3"));
    assert_eq!(found(&[holds("a/b/y", "side")]), rev(&objects, "side"));
    assert_eq!(found(&[holds("a/b/y", "merged"), lacks("a/b/y/z")]), tips[0]);
}

#[test]
fn as_many_as_can_be_are_held() {
    let (_dir, objects) = history(&usual());
    let tips = [rev(&objects, "main")];
    let wants = [holds("a/x", "one"), holds("z", "two"), holds("a/b/y", "one"), holds("gone", "never seen")];
    let fit = objects.best_commit(&tips, &wants).unwrap().unwrap();
    assert_eq!((fit.commit, fit.held, fit.wanted), (rev(&objects, "main^"), 2, 4));
    assert_eq!(objects.best_commit(&tips, &[holds("z", "never seen")]).unwrap(), None);
    assert_eq!(objects.best_commit(&tips, &[lacks("q")]).unwrap(), None);
}

#[test]
fn what_is_no_object_here_is_not_searched_for() {
    let (_dir, objects) = history(&usual());
    let tips = [rev(&objects, "main")];
    let wants = [holds("z", "two"), holds("a/x", "never seen"), holds("a/x", "two")];
    let fit = objects.best_commit(&tips, &wants).unwrap().unwrap();
    assert_eq!((fit.commit, fit.held, fit.walked), (tips[0], 1, 1));
}

#[test]
fn of_tips_that_hold_all_the_first_is_taken_and_the_walk_is_one() {
    let (_dir, objects) = history(&usual());
    let (main, side) = (rev(&objects, "main"), rev(&objects, "side"));
    let fit = objects.best_commit(&[main, side], &[holds("new", "n")]).unwrap().unwrap();
    assert_eq!((fit.commit, fit.tip), (main, 0));
    let fit = objects.best_commit(&[main, side], &[holds("a/b/y", "side")]).unwrap().unwrap();
    assert_eq!((fit.commit, fit.tip), (side, 1));
    let fit = objects.best_commit(&[side, main], &[holds("a/x", "one")]).unwrap().unwrap();
    assert!(fit.walked <= 5, "{fit:?}");
}

#[test]
fn what_lies_far_back_is_found_between_leaps() {
    let changes = |n: usize| -> Vec<(String, String)> {
        let often = ("dir/often".to_owned(), format!("{n}"));
        let seldom = ("dir/sub/seldom".to_owned(), format!("{}", n / 300));
        vec![often, seldom]
    };
    let script = (1..=EXACT + 10 * LEAP).map(|n| {
        let changes = changes(n);
        let changes: Vec<(&str, &str)> = changes.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let parents: Vec<usize> = (1..n).last().into_iter().collect();
        commit("main", n, &parents, &changes)
    });
    let (_dir, objects) = history(&script.collect::<String>());
    let tips = [rev(&objects, "main")];
    let top = EXACT + 10 * LEAP;
    for n in [1, 2, 77, 299, 300, 301, 599, top - EXACT, top - 2, top] {
        let wants = [holds("dir/often", &n.to_string()), holds("dir/sub/seldom", &(n / 300).to_string())];
        let fit = objects.best_commit(&tips, &wants).unwrap().unwrap();
        assert_eq!((fit.commit, fit.held), (rev(&objects, &format!("main~{}", top - n)), 2), "{n}");
    }
    // The newest of those that hold it.
    let fit = objects.best_commit(&tips, &[holds("dir/sub/seldom", "0")]).unwrap().unwrap();
    assert_eq!(fit.commit, rev(&objects, &format!("main~{}", top - 299)));
}

#[test]
fn the_walk_ends_where_it_gets_worse() {
    let mut script = commit("main", 1, &[], &[("x", "1"), ("y", "one")]);
    for n in 2..=500 {
        script += &commit("main", n, &[n - 1], &[("x", &n.to_string())]);
    }
    script += &commit("elsewhere", 501, &[], &[("y", "two")]);
    let (_dir, objects) = history(&script);
    let wants = [holds("x", "490"), holds("y", "two"), lacks("z")];
    let fit = objects.best_commit(&[rev(&objects, "main")], &wants).unwrap().unwrap();
    assert_eq!((fit.commit, fit.held), (rev(&objects, "main~10"), 1));
    assert!(fit.walked <= 11, "{fit:?}");
    // What the series makes anew was there, and had not been before.
    let wants = [holds("x", "1"), lacks("y")];
    let fit = objects.best_commit(&[rev(&objects, "main")], &wants).unwrap().unwrap();
    assert_eq!(fit.commit, rev(&objects, "main~499"));
}
