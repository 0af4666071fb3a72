// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, reason = "a test may panic")]
use super::*;

/// A bare repository with a history made by `git fast-import`.
fn history(script: &str) -> (tempfile::TempDir, Objects) {
    let dir = tempfile::tempdir().unwrap();
    git2::Repository::init_bare(dir.path()).unwrap();
    let objects = Objects::open(dir.path()).unwrap();
    objects
        .git()
        .args(["fast-import", "--quiet"])
        .input(script.as_bytes().to_vec())
        .ok()
        .unwrap();
    (dir, objects)
}

/// A commit of a mark on a branch, with parents and changes.
fn commit(branch: &str, mark: usize, parents: &[usize], changes: &[(&str, &str)]) -> String {
    let mut text = format!(
        "commit refs/heads/{branch}\nmark :{mark}\ncommitter A <a@x> {} +0000\n",
        mark * 1000
    );
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

fn holds(path: &str, content: &str) -> PathContentQuery {
    let id = Objects::blob_id(content.as_bytes()).unwrap().to_string();
    PathContentQuery {
        path: path.into(),
        content: Content::Begins(id[..8].into()),
    }
}

fn lacks(path: &str) -> PathContentQuery {
    PathContentQuery {
        path: path.into(),
        content: Content::Nothing,
    }
}

/// Three commits on main, and one on a side branch that is merged into it.
fn usual() -> String {
    [
        commit(
            "main",
            1,
            &[],
            &[("a/x", "one"), ("a/b/y", "one"), ("z", "one")],
        ),
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
    let find = |wants: &[PathContentQuery]| objects.best_commit(&tips, wants).unwrap();
    let found = |wants: &[PathContentQuery]| find(wants).unwrap().commit;
    assert_eq!(
        found(&[holds("a/x", "two"), holds("a/b/y", "one")]),
        rev(&objects, "main^")
    );
    assert_eq!(
        found(&[holds("a/x", "two"), holds("z", "one"), lacks("new")]),
        rev(&objects, "main~2")
    );
    assert_eq!(found(&[holds("a/x", "one")]), rev(&objects, "main~3"));
    assert_eq!(found(&[holds("a/b/y", "side")]), rev(&objects, "side"));
    assert_eq!(
        found(&[holds("a/b/y", "merged"), lacks("a/b/y/z")]),
        tips[0]
    );
}

#[test]
fn as_many_as_can_be_are_held() {
    let (_dir, objects) = history(&usual());
    let tips = [rev(&objects, "main")];
    let wants = [
        holds("a/x", "one"),
        holds("z", "two"),
        holds("a/b/y", "one"),
        holds("gone", "never seen"),
    ];
    let fit = objects.best_commit(&tips, &wants).unwrap().unwrap();
    assert_eq!(
        (fit.commit, fit.held, fit.wanted),
        (rev(&objects, "main^"), 2, 4)
    );
    assert_eq!(
        objects
            .best_commit(&tips, &[holds("z", "never seen")])
            .unwrap(),
        None
    );
    assert_eq!(objects.best_commit(&tips, &[lacks("q")]).unwrap(), None);
}

#[test]
fn what_is_no_object_here_is_not_searched_for() {
    let (_dir, objects) = history(&usual());
    let tips = [rev(&objects, "main")];
    let wants = [
        holds("z", "two"),
        holds("a/x", "never seen"),
        holds("a/x", "two"),
    ];
    let fit = objects.best_commit(&tips, &wants).unwrap().unwrap();
    assert_eq!((fit.commit, fit.held, fit.walked), (tips[0], 1, 1));
}

#[test]
fn of_tips_that_hold_all_the_first_is_taken_and_the_walk_is_one() {
    let (_dir, objects) = history(&usual());
    let (main, side) = (rev(&objects, "main"), rev(&objects, "side"));
    let fit = objects
        .best_commit(&[main, side], &[holds("new", "n")])
        .unwrap()
        .unwrap();
    assert_eq!((fit.commit, fit.tip), (main, 0));
    let fit = objects
        .best_commit(&[main, side], &[holds("a/b/y", "side")])
        .unwrap()
        .unwrap();
    assert_eq!((fit.commit, fit.tip), (side, 1));
    let fit = objects
        .best_commit(&[side, main], &[holds("a/x", "one")])
        .unwrap()
        .unwrap();
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
        let changes: Vec<(&str, &str)> = changes
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let parents: Vec<usize> = (1..n).last().into_iter().collect();
        commit("main", n, &parents, &changes)
    });
    let (_dir, objects) = history(&script.collect::<String>());
    let tips = [rev(&objects, "main")];
    let top = EXACT + 10 * LEAP;
    for n in [1, 2, 77, 299, 300, 301, 599, top - EXACT, top - 2, top] {
        let wants = [
            holds("dir/often", &n.to_string()),
            holds("dir/sub/seldom", &(n / 300).to_string()),
        ];
        let fit = objects.best_commit(&tips, &wants).unwrap().unwrap();
        assert_eq!(
            (fit.commit, fit.held),
            (rev(&objects, &format!("main~{}", top - n)), 2),
            "{n}"
        );
    }
    // The newest of those that hold it.
    let fit = objects
        .best_commit(&tips, &[holds("dir/sub/seldom", "0")])
        .unwrap()
        .unwrap();
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
    let fit = objects
        .best_commit(&[rev(&objects, "main")], &wants)
        .unwrap()
        .unwrap();
    assert_eq!((fit.commit, fit.held), (rev(&objects, "main~10"), 1));
    assert!(fit.walked <= 11, "{fit:?}");
    // What the series makes anew was there, and had not been before.
    let wants = [holds("x", "1"), lacks("y")];
    let fit = objects
        .best_commit(&[rev(&objects, "main")], &wants)
        .unwrap()
        .unwrap();
    assert_eq!(fit.commit, rev(&objects, "main~499"));
}

/// A long history where every fortieth commit merges one beside it, which alone has what it has in `s/only`.
fn with_merges(top: usize) -> String {
    let mut script = String::new();
    for n in 1..=top {
        let own = ("dir/often".to_owned(), n.to_string());
        if n % 40 == 0 {
            let side = [("s/only", format!("side {n}")), ("s/kept", n.to_string())];
            let side: Vec<(&str, &str)> = side
                .iter()
                .map(|(path, text)| (*path, text.as_str()))
                .collect();
            script += &commit("side", top + n, &[n - 2], &side);
            let merged = [
                (own.0.as_str(), own.1.as_str()),
                ("s/only", &format!("merged {n}")),
                ("s/kept", side[1].1),
            ];
            script += &commit("main", n, &[n - 1, top + n], &merged);
        } else {
            let changes = [(own.0.as_str(), own.1.as_str())];
            script += &commit(
                "main",
                n,
                &(1..n).last().into_iter().collect::<Vec<_>>(),
                &changes,
            );
        }
    }
    // The dates of marks are those of commits: what is beside is as old as what it is merged to.
    (1..=top).fold(script, |script, n| {
        if n % 40 != 0 {
            return script;
        }
        let late = format!("mark :{}\ncommitter A <a@x> {} ", top + n, (top + n) * 1000);
        script.replace(
            &late,
            &format!("mark :{}\ncommitter A <a@x> {} ", top + n, n * 1000 - 500),
        )
    })
}

#[test]
fn what_was_merged_far_back_is_found_and_the_graph_changes_nothing() {
    let top = EXACT + 10 * LEAP;
    let (dir, objects) = history(&with_merges(top));
    let main = rev(&objects, "main");
    let look = |objects: &Objects| -> Vec<(Oid, usize)> {
        let find = |wants: &[PathContentQuery]| {
            objects
                .best_commit(&[main], wants)
                .unwrap()
                .map(|fit| (fit.commit, fit.held))
                .unwrap()
        };
        let mut found = Vec::new();
        for n in [40, 80, 280, 600, top - top % 40 - 40] {
            found.push(find(&[holds("s/only", &format!("side {n}"))]));
            assert_eq!(
                found.last(),
                Some(&(rev(objects, &format!("main~{}^2", top - n)), 1)),
                "{n}"
            );
            found.push(find(&[
                holds("dir/often", &(n + 1).to_string()),
                holds("s/kept", &n.to_string()),
            ]));
            assert_eq!(
                found.last(),
                Some(&(rev(objects, &format!("main~{}", top - n - 1)), 2)),
                "{n}"
            );
        }
        found
    };
    let plain = look(&objects);
    assert!(objects.commit_graph().is_none());
    let write = |options: &[&str], input: String| {
        let git = objects
            .git()
            .args(["commit-graph", "write"])
            .args(options)
            .input(input.into_bytes());
        git.ok().unwrap();
    };
    write(
        &["--stdin-commits"],
        format!("{}\n", rev(&objects, "main~700")),
    );
    assert_eq!(look(&objects), plain);
    write(&["--reachable", "--split=no-merge"], String::new());
    let graph = objects.commit_graph().unwrap();
    assert_eq!(graph.name(graph.find(main).unwrap()), Some(main));
    assert_eq!(look(&objects), plain);
    // A wrong commit-graph is not trusted.
    let layers = std::fs::read_dir(dir.path().join("objects/info/commit-graphs")).unwrap();
    let layers: Vec<_> = layers
        .map(|one| one.unwrap().path())
        .filter(|path| path.extension().is_some())
        .collect();
    for path in &layers {
        let mut bytes = std::fs::read(path).unwrap();
        let half = bytes.len() / 2;
        bytes[half..].fill(0x11);
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    assert_eq!(
        find_last(&objects, main),
        find_last(&Objects::open(dir.path()).unwrap(), main)
    );
    objects
        .git()
        .args(["config", "core.commitGraph", "false"])
        .ok()
        .unwrap();
    assert!(Objects::open(dir.path()).unwrap().commit_graph().is_none());
}

fn find_last(objects: &Objects, main: Oid) -> Oid {
    let wants = [holds("dir/often", "2")];
    objects
        .best_commit(&[main], &wants)
        .unwrap()
        .unwrap()
        .commit
}

#[test]
fn a_merge_of_more_than_two_is_read_from_the_graph() {
    let mut script = commit("main", 1, &[], &[("x", "1")]);
    for n in 2..=5 {
        script += &commit(
            &format!("b{n}"),
            n,
            &[1],
            &[(format!("f{n}").as_str(), "f")],
        );
    }
    script += &commit(
        "main",
        6,
        &[1, 2, 3, 4, 5],
        &[("f2", "f"), ("f3", "f"), ("f4", "f"), ("f5", "g")],
    );
    let (_dir, objects) = history(&script);
    objects
        .git()
        .args(["commit-graph", "write", "--reachable"])
        .ok()
        .unwrap();
    let graph = objects.commit_graph().unwrap();
    let main = rev(&objects, "main");
    let row = graph.row(graph.find(main).unwrap()).unwrap();
    let parents: Vec<Oid> = row
        .parents
        .iter()
        .map(|at| graph.name(*at).unwrap())
        .collect();
    let wanted: Vec<Oid> = (1..=5)
        .map(|n| rev(&objects, &format!("main^{n}")))
        .collect();
    assert_eq!(
        (parents, row.date, row.tree),
        (wanted, 6000, objects.tree_of(main).unwrap())
    );
    let fit = objects
        .best_commit(&[main], &[holds("f5", "f")])
        .unwrap()
        .unwrap();
    assert_eq!(fit.commit, rev(&objects, "main^5"));
}
