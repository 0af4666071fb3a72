// SPDX-License-Identifier: GPL-2.0-or-later
//! What the user has in a review worktree is refused, or kept by `--force`, in whatever state the worktree is.

use crate::sandbox::{Sandbox, lines};
use crate::scene::NAME;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::{Path, PathBuf};

/// A review of the first version; the second one is mailed.
struct Review {
    sandbox: Sandbox,
    tree: PathBuf,
}

impl Review {
    fn new() -> Review {
        Self::of(Sandbox::new())
    }

    fn of(sandbox: Sandbox) -> Review {
        let sandbox = sandbox.mailed(2);
        let tree = sandbox.worktree();
        let review = Review { sandbox, tree };
        review.run("review start ../v1.mbox", 0);
        review
    }

    fn run(&self, line: &str, status: i32) -> String {
        let done = self.sandbox.patman(line);
        let text = self.sandbox.show(line, &done);
        assert_eq!(done.status.code(), Some(status), "{text}");
        text
    }

    fn git(&self, args: &[&str]) -> String {
        self.sandbox.git_at(&self.tree, args)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A commit of the user's, whose file nothing else has.
    fn commit(&self, name: &str) -> String {
        self.write(&format!("{name}.txt"), &format!("{name}\n"));
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", name]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn detach(&self) {
        self.git(&["checkout", "-q", "--detach"]);
    }

    /// The refs of what was kept.
    fn kept(&self) -> Vec<String> {
        let refs = self
            .sandbox
            .git(&["for-each-ref", "--format=%(refname)", "refs/patman/kept"]);
        refs.lines().map(str::to_owned).collect()
    }

    /// Asserts that a ref leads to each of the commits.
    fn has(&self, commits: &[&String]) {
        for commit in commits {
            let refs = self.sandbox.git(&["for-each-ref", "--contains", commit]);
            assert!(!refs.is_empty(), "no ref leads to {commit}");
        }
    }

    fn shown(&self, spec: &str) -> String {
        self.sandbox.git(&["show", spec])
    }

    /// The commits of two places: HEAD, which is detached, and the branch.
    fn in_two_places(&self) -> [String; 2] {
        let on_branch = self.commit("branch");
        self.git(&["checkout", "-q", "--detach", "HEAD~1"]);
        [on_branch, self.commit("detached")]
    }
}

#[test]
fn a_detached_head_and_the_branch_are_both_kept_by_force() {
    let review = Review::new();
    let [on_branch, detached] = review.in_two_places();
    let session = review
        .sandbox
        .session(&["review remove one", "review remove --force one"])
        .replace(&detached[..7], "[DETACHED]");
    assert_data_eq!(
        session,
        str![[r#"
$ git patman review remove one
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' has your own commits, up to [DETACHED]
! hint: to keep them on a branch: git branch my-one-spell-numbers [DETACHED]
! hint: or save them under a ref with --force
= 3
$ git patman review remove --force one
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! saved your commits on branch 'one-spell-numbers' as refs/patman/kept/one-spell-numbers/2
! removed 'one-spell-numbers'
= 0

"#]]
    );
    review.has(&[&on_branch, &detached]);
}

#[test]
fn a_purge_keeps_both_too() {
    let review = Review::new();
    let [on_branch, detached] = review.in_two_places();
    review.run("review remove --purge one", 3);
    review.run("review remove --purge --force one", 0);
    review.has(&[&on_branch, &detached]);
    assert_eq!(review.kept().len(), 2);
}

#[test]
fn an_end_keeps_both_too() {
    let review = Review::new();
    let [on_branch, detached] = review.in_two_places();
    review.run("review finish one --rejected", 3);
    review.run("review finish one --rejected --force", 0);
    review.has(&[&on_branch, &detached]);
}

#[test]
fn commits_on_the_branch_are_kept_while_another_one_is_checked_out() {
    let review = Review::new();
    let on_branch = review.commit("branch");
    review.git(&["checkout", "-q", "-b", "other", "HEAD~1"]);
    let other = review.commit("other");
    review.write("src/two.c", "mine\n");
    assert!(
        review
            .run("review remove one", 3)
            .contains("the branch 'one-spell-numbers' has")
    );
    review.run("review remove --force one", 0);
    review.has(&[&on_branch, &other]);
    assert_eq!(review.sandbox.git(&["rev-parse", "other"]), other);
    let [files, branch] = review.kept().try_into().unwrap();
    assert_eq!(review.shown(&format!("{files}:src/two.c")), "mine");
    assert_eq!(review.shown(&format!("{files}:other.txt")), "other");
    assert_eq!(review.sandbox.git(&["rev-parse", &branch]), on_branch);
}

#[test]
fn commits_that_another_ref_leads_to_need_no_force() {
    let review = Review::new();
    let mine = review.commit("mine");
    review.git(&["branch", "precious"]);
    review.run("review remove one", 0);
    review.has(&[&mine]);
    assert!(review.kept().is_empty());
}

/// Stops a rebase of two commits of the user's at the first one, which is amended.
fn rebasing(review: &Review) -> [String; 3] {
    let first = review.commit("first");
    let second = review.commit("second");
    review.write("src/two.c", "stashed\n");
    let done = review
        .sandbox
        .command("git", &review.tree)
        .env("GIT_SEQUENCE_EDITOR", "sed -i -e '1s/^pick/edit/'")
        .args(["rebase", "-q", "-i", "--autostash", "HEAD~2"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    review.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]);
    [first, second, review.git(&["rev-parse", "HEAD"])]
}

#[test]
fn a_rebase_that_has_stopped_is_refused_and_kept_whole() {
    let review = Review::new();
    let [first, second, amended] = rebasing(&review);
    let record = review.sandbox.repo().join(".git/worktrees").join(NAME);
    let stash = fs::read_to_string(record.join("rebase-merge/autostash")).unwrap();
    assert_data_eq!(
        review.sandbox.session(&[
            "review remove one",
            "review start ../v2.mbox",
            "review start --force ../v2.mbox",
            "review remove --force one"
        ]),
        str![[r#"
$ git patman review remove one
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is being rebased
! hint: finish or abort that first: git -C $REPO/.git/patman/worktrees/one-spell-numbers status
! hint: or remove the worktree, and save your changes: git patman review remove --force one-spell-numbers
= 3
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is being rebased
! hint: finish or abort that first: git -C $REPO/.git/patman/worktrees/one-spell-numbers status
! hint: or remove the worktree, and save your changes: git patman review remove --force one-spell-numbers
= 3
$ git patman review start --force ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is being rebased
! hint: finish or abort that first: git -C $REPO/.git/patman/worktrees/one-spell-numbers status
! hint: or remove the worktree, and save your changes: git patman review remove --force one-spell-numbers
= 3
$ git patman review remove --force one
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! saved your commits in the reflog of 'one-spell-numbers' as refs/patman/kept/one-spell-numbers/2
! removed 'one-spell-numbers'
= 0

"#]]
    );
    review.has(&[&first, &second, &amended, &stash.trim().to_owned()]);
}

#[test]
fn the_other_things_that_git_is_in_the_middle_of_are_refused() {
    let review = Review::new();
    review.git(&["branch", "side", "HEAD~1"]);
    review.git(&[
        "merge",
        "-q",
        "--no-ff",
        "--no-commit",
        "-s",
        "ours",
        "main",
    ]);
    let merging = review.sandbox.repo().join(".git/worktrees").join(NAME);
    if !merging.join("MERGE_HEAD").exists() {
        // git has nothing to merge with what HEAD has already.
        fs::write(
            merging.join("MERGE_HEAD"),
            review.git(&["rev-parse", "side"]) + "\n",
        )
        .unwrap();
    }
    assert!(review.run("review remove one", 3).contains("is in a merge"));
    assert!(
        review
            .run("review start --force ../v2.mbox", 3)
            .contains("is in a merge")
    );
    review.run("review remove --force one", 0);
}

#[test]
fn a_start_by_force_keeps_a_detached_head_and_goes_back_to_the_branch() {
    let review = Review::new();
    let [on_branch, detached] = review.in_two_places();
    review.write("src/two.c", "mine\n");
    review.run("review start ../v2.mbox", 3);
    review.run("review start --force ../v2.mbox", 0);
    review.has(&[&on_branch, &detached]);
    assert_eq!(
        review.git(&["status", "--porcelain", "--branch"]),
        format!("## {NAME}")
    );
    assert!(
        fs::read_to_string(review.tree.join("src/one.c"))
            .unwrap()
            .contains("v2")
    );
    assert_eq!(
        review.shown(&format!("{}:src/two.c", review.kept()[0])),
        "mine"
    );
}

#[test]
fn a_detached_commit_outlives_its_directory() {
    for line in [
        "review start ../v2.mbox",
        "review start ../v1.mbox",
        "review prune",
        "review remove one",
    ] {
        let review = Review::new();
        review.detach();
        let mine = review.commit("mine");
        fs::remove_dir_all(&review.tree).unwrap();
        let said = review.run(line, 0);
        assert!(said.contains(" as refs/patman/kept/"), "{said}");
        review.has(&[&mine]);
        let left = review.sandbox.git(&["for-each-ref", "refs/patman/kept"]);
        assert_eq!(left.lines().count(), 1, "{left}");
    }
}

#[test]
fn what_is_staged_outlives_its_directory() {
    for line in [
        "review start ../v2.mbox",
        "review prune",
        "review remove one",
    ] {
        let review = Review::new();
        review.write("src/two.c", "staged\n");
        review.git(&["add", "-A"]);
        fs::remove_dir_all(&review.tree).unwrap();
        review.run(line, 0);
        assert_eq!(
            review.shown(&format!("{}:src/two.c", review.kept()[0])),
            "staged"
        );
    }
}

#[test]
fn commits_that_only_a_reflog_has_are_kept_by_every_removal() {
    let review = Review::new();
    let dropped = review.commit("dropped");
    review.git(&["reset", "-q", "--hard", "HEAD~1"]);
    review.detach();
    let detached = review.commit("detached");
    review.git(&["checkout", "-q", NAME]);
    assert_data_eq!(
        review.run("review remove one", 0),
        str![[r#"
$ git patman review remove one
! saved your commits in the reflog of 'one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! removed 'one-spell-numbers'
= 0

"#]]
    );
    review.has(&[&dropped, &detached]);
    assert_eq!(review.kept().len(), 1);
    // Nothing more to keep of what was kept.
    review.run("review start ../v1.mbox", 0);
    review.run("review remove one", 0);
    assert_eq!(review.kept().len(), 1);
}

#[test]
fn what_is_staged_and_differs_from_the_file_is_the_second_parent() {
    for line in [
        "review remove --force one",
        "review start --force ../v2.mbox",
    ] {
        let review = Review::new();
        review.write("src/two.c", "staged\n");
        review.git(&["add", "src/two.c"]);
        review.write("src/two.c", "in the file\n");
        review.write("new.txt", "new\n");
        review.run(line, 0);
        let kept = review.kept().remove(0);
        assert_eq!(review.shown(&format!("{kept}:src/two.c")), "in the file");
        assert_eq!(review.shown(&format!("{kept}:new.txt")), "new");
        assert_eq!(review.shown(&format!("{kept}^2:src/two.c")), "staged");
        assert_eq!(
            review.sandbox.git(&["rev-parse", &format!("{kept}^2^1")]),
            review.sandbox.git(&["rev-parse", &format!("{kept}^1")])
        );
        // git takes it for a stash.
        review.sandbox.git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            "../other",
            &format!("{kept}^1"),
        ]);
        let other = review.sandbox.top().join("other");
        review
            .sandbox
            .git_at(&other, &["stash", "apply", "-q", "--index", &kept]);
        assert_eq!(
            fs::read_to_string(other.join("src/two.c")).unwrap(),
            "in the file\n"
        );
        assert_eq!(
            review.sandbox.git_at(&other, &["show", ":src/two.c"]),
            "staged"
        );
    }
}

#[test]
fn what_was_staged_stays_when_the_file_is_as_before() {
    let review = Review::new();
    let before = fs::read_to_string(review.tree.join("src/two.c")).unwrap();
    review.write("src/two.c", "staged\n");
    review.git(&["add", "src/two.c"]);
    review.write("src/two.c", &before);
    review.run("review remove one", 3);
    review.run("review remove --force one", 0);
    assert_eq!(
        review.shown(&format!("{}^2:src/two.c", review.kept()[0])),
        "staged"
    );
}

/// Ways to hide a change to `src/two.c` from `git status`.
const HIDE: [&[&str]; 2] = [
    &["update-index", "--assume-unchanged", "src/two.c"],
    &["update-index", "--skip-worktree", "src/two.c"],
];

#[test]
fn changes_that_the_status_does_not_show_are_changes() {
    for hide in HIDE {
        let review = Review::new();
        review.git(hide);
        review.write("src/two.c", "hidden\n");
        assert_eq!(review.git(&["status", "--porcelain"]), "");
        for line in [
            "review remove one",
            "review start ../v2.mbox",
            "review finish one --rejected",
        ] {
            assert!(review.run(line, 3).contains("'src/two.c'"), "{hide:?}");
        }
        review.run("review remove --force one", 0);
        assert_eq!(
            review.shown(&format!("{}:src/two.c", review.kept()[0])),
            "hidden"
        );
    }
}

#[test]
fn an_index_that_takes_all_files_for_unchanged_hides_nothing() {
    let review = Review::new();
    review.sandbox.git(&["config", "patman.worktreePool", "0"]);
    review.run("review remove one", 0);
    review.sandbox.git(&["config", "core.ignoreStat", "true"]);
    review.run("review start ../v1.mbox", 0);
    review.write("src/two.c", "hidden\n");
    review.write("src/one.c", &lines("one", 3));
    assert_eq!(review.git(&["status", "--porcelain"]), "");
    assert!(
        review
            .run("review remove one", 3)
            .contains("'src/one.c', 'src/two.c'")
    );
    review.run("review start --force ../v2.mbox", 0);
    let kept = review.kept().remove(0);
    assert_eq!(review.shown(&format!("{kept}:src/two.c")), "hidden");
    assert_eq!(
        review.shown(&format!("{kept}:src/one.c")),
        lines("one", 3).trim_end()
    );
    review.run("review remove one", 0);
}

#[test]
fn a_file_that_git_was_told_to_leave_alone_is_moved_on_with_the_others() {
    let review = Review::new();
    review.git(&["update-index", "--skip-worktree", "src/one.c"]);
    review.run("review start ../v2.mbox", 0);
    let text = fs::read_to_string(review.tree.join("src/one.c")).unwrap();
    assert!(text.contains("one three, v2"));
    review.run("review remove one", 0);
}

#[test]
fn a_sparse_worktree_has_no_changes_where_it_has_no_files() {
    let review = Review::new();
    review.write("other/file", "x\n");
    review.git(&["sparse-checkout", "set", "--no-cone", "/*", "!src/two.c"]);
    fs::remove_dir_all(review.tree.join("other")).unwrap();
    assert!(!review.tree.join("src/two.c").exists());
    review.run("review start ../v2.mbox", 0);
    review.write("src/two.c", "mine\n");
    assert!(review.run("review remove one", 3).contains("'src/two.c'"));
    review.run("review remove --force one", 0);
    assert_eq!(
        review.shown(&format!("{}:src/two.c", review.kept()[0])),
        "mine"
    );
}

/// A second version that adds files which the rules ignore.
fn with_ignored(review: &Review, paths: &[&str]) {
    let work = review.sandbox.top().join("author");
    review.sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        work.to_str().unwrap(),
        "main",
    ]);
    for path in paths {
        fs::create_dir_all(work.join(path).parent().unwrap()).unwrap();
        fs::write(work.join(path), "of the series\n").unwrap();
        review.sandbox.git_at(&work, &["add", "-f", path]);
    }
    review
        .sandbox
        .git_at(&work, &["commit", "-q", "-m", "one: Add firmware"]);
    let args = [
        "format-patch",
        "--stdout",
        "--cover-letter",
        "--thread",
        "--base=main",
        "-v2",
        "main..HEAD",
    ];
    let text = review.sandbox.git_at(&work, &args);
    review
        .sandbox
        .git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
    let text = text.replace("*** SUBJECT HERE ***", "one: Spell numbers");
    fs::write(review.sandbox.top().join("v2.mbox"), text + "\n").unwrap();
}

#[test]
fn an_ignored_file_that_the_next_version_has_is_refused_and_kept() {
    let review = Review::new();
    with_ignored(&review, &["fw.o", "dir/in.o", "way.o", "same.o"]);
    review.write("fw.o", "mine\n");
    review.write("dir/in.o", "mine too\n");
    review.write("way.o/inner.o", "below\n");
    review.write("same.o", "of the series\n");
    review.write("built.o", "built\n");
    assert_eq!(review.git(&["status", "--porcelain"]), "");
    assert_data_eq!(
        review
            .sandbox
            .session(&["review start ../v2.mbox", "review start --force ../v2.mbox"]),
        str![[r#"
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: files that git ignores would be overwritten in the worktree '$REPO/.git/patman/worktrees/one-spell-numbers': 'dir/in.o', 'fw.o', 'way.o/inner.o'
! hint: move them away, or save them under a ref with --force
= 3
$ git patman review start --force ../v2.mbox
! base: e747479 (base-commit of the mails)
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! one-spell-numbers v2: 1 patch applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    let kept = review.kept().remove(0);
    assert_eq!(review.shown(&format!("{kept}:fw.o")), "mine");
    assert_eq!(review.shown(&format!("{kept}:dir/in.o")), "mine too");
    assert_eq!(review.shown(&format!("{kept}:way.o/inner.o")), "below");
    let files = review.sandbox.git(&["ls-tree", "-r", "--name-only", &kept]);
    assert!(
        !files.contains("same.o") && !files.contains("built.o"),
        "{files}"
    );
    assert_eq!(
        fs::read_to_string(review.tree.join("fw.o")).unwrap(),
        "of the series\n"
    );
    assert_eq!(
        fs::read_to_string(review.tree.join("built.o")).unwrap(),
        "built\n"
    );
    assert_eq!(review.git(&["status", "--porcelain"]), "");
}

#[test]
fn an_ignored_file_in_the_place_of_a_directory_is_refused_and_kept() {
    let review = Review::new();
    with_ignored(&review, &["fw.o/inner"]);
    review.write("fw.o", "mine\n");
    assert!(review.run("review start ../v2.mbox", 3).contains("'fw.o'"));
    review.run("review start --force ../v2.mbox", 0);
    assert_eq!(review.shown(&format!("{}:fw.o", review.kept()[0])), "mine");
    assert!(review.tree.join("fw.o/inner").exists());
}

#[test]
fn a_file_that_is_taken_out_of_the_index_and_ignored_is_kept() {
    let review = Review::new();
    review.git(&["rm", "-q", "--cached", "src/two.c"]);
    let exclude = review.sandbox.repo().join(".git/info/exclude");
    fs::write(exclude, "two.c\n").unwrap();
    review.write("src/two.c", "mine\n");
    review.run("review remove --force one", 0);
    assert_eq!(
        review.shown(&format!("{}:src/two.c", review.kept()[0])),
        "mine"
    );
}

/// A repository with a submodule `sub`, whose remote is beside it, under review.
fn with_submodule() -> Review {
    let sandbox = Sandbox::new();
    sandbox.write_home(
        ".gitconfig",
        "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n",
    );
    sandbox.git_at(sandbox.top(), &["init", "-q", "sub"]);
    let sub = sandbox.top().join("sub");
    fs::write(sub.join("file"), "sub\n").unwrap();
    sandbox.git_at(&sub, &["add", "-A"]);
    sandbox.git_at(&sub, &["commit", "-q", "-m", "sub"]);
    sandbox.git(&["submodule", "add", "-q", sub.to_str().unwrap(), "sub"]);
    sandbox.git(&["commit", "-q", "-m", "Add sub", "sub", ".gitmodules"]);
    let review = Review::of(sandbox);
    review.git(&["submodule", "update", "-q", "--init"]);
    review
}

impl Review {
    fn sub(&self) -> PathBuf {
        self.tree.join("sub")
    }

    fn in_sub(&self, args: &[&str]) -> String {
        self.sandbox.git_at(&self.sub(), args)
    }

    fn commit_in_sub(&self) -> String {
        fs::write(self.sub().join("mine"), "mine\n").unwrap();
        self.in_sub(&["add", "-A"]);
        self.in_sub(&["commit", "-q", "-m", "mine"]);
        self.in_sub(&["rev-parse", "HEAD"])
    }

    /// Asserts that no removal works, and that the directory is there afterwards.
    fn keeps_submodule(&self, what: &str) {
        for line in [
            "review remove one",
            "review remove --force one",
            "review remove --purge --force one",
            "review finish one --rejected --force",
        ] {
            let said = self.run(line, 3);
            assert!(
                said.contains("the submodule '") && said.contains(what),
                "{said}"
            );
            assert!(said.contains("git worktree remove --force "), "{said}");
        }
        assert!(self.tree.join("sub").exists());
    }
}

#[test]
fn a_submodule_as_its_remote_has_it_is_removed_with_the_worktree() {
    let review = with_submodule();
    review.run("review remove one", 0);
    assert!(!review.tree.exists() && review.kept().is_empty());
}

#[test]
fn files_of_a_submodule_are_never_deleted() {
    let review = with_submodule();
    fs::write(review.sub().join("file"), "mine\n").unwrap();
    review.keeps_submodule("changes: 'file'");
    review.in_sub(&["checkout", "-q", "file"]);
    fs::write(review.sub().join("new"), "mine\n").unwrap();
    review.keeps_submodule("changes: 'new'");
    fs::remove_file(review.sub().join("new")).unwrap();
    review.in_sub(&["update-index", "--assume-unchanged", "file"]);
    fs::write(review.sub().join("file"), "mine\n").unwrap();
    assert_eq!(review.git(&["status", "--porcelain"]), "");
    review.keeps_submodule("changes: 'file'");
}

#[test]
fn commits_of_a_submodule_are_never_deleted() {
    let review = with_submodule();
    let begun = review.in_sub(&["rev-parse", "HEAD"]);
    review.in_sub(&["checkout", "-q", "-b", "topic"]);
    let mine = review.commit_in_sub();
    review.keeps_submodule(&mine[..7]);
    // On a branch that is not checked out.
    review.in_sub(&["checkout", "-q", "--detach", &begun]);
    assert_eq!(review.git(&["status", "--porcelain"]), "");
    review.keeps_submodule(&mine[..7]);
    // In the reflog alone, as `git submodule update` leaves it.
    review.in_sub(&["branch", "-q", "-D", "topic"]);
    review.keeps_submodule(&mine[..7]);
    // With its files gone, in the repository alone.
    review.git(&["submodule", "deinit", "-q", "-f", "sub"]);
    review.keeps_submodule(&mine[..7]);
    review.git(&["submodule", "update", "-q", "--init"]);
    review.in_sub(&["push", "-q", "origin", &format!("{mine}:refs/heads/topic")]);
    review.in_sub(&["fetch", "-q"]);
    review.run("review remove one", 0);
}

#[test]
fn a_stash_in_a_submodule_is_never_deleted() {
    let review = with_submodule();
    fs::write(review.sub().join("file"), "mine\n").unwrap();
    review.in_sub(&["stash", "-q"]);
    assert_eq!(review.git(&["status", "--porcelain"]), "");
    review.keeps_submodule("commits that its remote does not have");
}

#[test]
fn a_kept_commit_never_leads_to_a_commit_of_a_submodule_that_may_go() {
    let review = with_submodule();
    let begun = review.in_sub(&["rev-parse", "HEAD"]);
    let mine = review.commit_in_sub();
    review.git(&["add", "sub"]);
    review.write("new.txt", "new\n");
    review.run("review start --force ../v2.mbox", 0);
    let kept = review.kept().remove(0);
    assert_eq!(review.shown(&format!("{kept}:new.txt")), "new");
    assert_eq!(
        review.sandbox.git(&["rev-parse", &format!("{kept}:sub")]),
        begun
    );
    assert_eq!(review.in_sub(&["rev-parse", "HEAD"]), mine);
    review.in_sub(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    review.git(&["add", "sub"]);
    review.run("review remove --force one", 0);
    let kept = review.kept().pop().unwrap();
    assert_eq!(
        review.sandbox.git(&["rev-parse", &format!("{kept}:sub")]),
        mine
    );
}

#[test]
fn a_submodule_that_the_next_version_replaces_is_refused() {
    let review = with_submodule();
    let work = review.sandbox.top().join("author");
    review.sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        work.to_str().unwrap(),
        "main",
    ]);
    review
        .sandbox
        .git_at(&work, &["rm", "-q", "--cached", "sub"]);
    fs::remove_dir_all(work.join("sub")).ok();
    fs::write(work.join("sub"), "a file now\n").unwrap();
    review.sandbox.git_at(&work, &["add", "sub"]);
    review
        .sandbox
        .git_at(&work, &["commit", "-q", "-m", "one: Replace sub"]);
    let next = review.sandbox.git_at(&work, &["rev-parse", "HEAD"]);
    let args = [
        "format-patch",
        "--stdout",
        "--cover-letter",
        "--thread",
        "--base=main",
        "-v2",
        "main..HEAD",
    ];
    let text = review
        .sandbox
        .git_at(&work, &args)
        .replace("*** SUBJECT HERE ***", "one: Spell numbers");
    fs::write(review.sandbox.top().join("v2.mbox"), text + "\n").unwrap();
    assert!(!next.is_empty());
    review.in_sub(&["checkout", "-q", "-b", "topic"]);
    review.commit_in_sub();
    review.in_sub(&["checkout", "-q", "--detach", "HEAD~1"]);
    let said = review.sandbox.patman("review start --force ../v2.mbox");
    assert!(
        !said.status.success(),
        "{}",
        review.sandbox.show("start", &said)
    );
    assert!(review.sub().join("file").exists());
}

#[test]
fn the_record_of_a_locked_worktree_stays_while_its_medium_is_away() {
    let review = Review::new();
    review.sandbox.git(&[
        "worktree",
        "lock",
        "--reason",
        "on a stick",
        review.tree.to_str().unwrap(),
    ]);
    let away = review.sandbox.top().join("away");
    fs::rename(&review.tree, &away).unwrap();
    assert!(review.run("review prune", 0).contains("is locked"));
    assert!(
        review
            .run("review start ../v2.mbox", 1)
            .contains("is locked: on a stick")
    );
    assert!(
        review
            .run("review remove --force one", 1)
            .contains("is locked: on a stick")
    );
    fs::rename(&away, &review.tree).unwrap();
    assert_eq!(
        review.git(&["status", "--porcelain", "--branch"]),
        format!("## {NAME}")
    );
}

#[test]
fn a_branch_that_is_checked_out_elsewhere_too_is_not_deleted() {
    let review = Review::new();
    review.git(&["checkout", "-q", "-b", "other"]);
    let elsewhere = review.sandbox.top().join("elsewhere");
    review
        .sandbox
        .git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), NAME]);
    for line in [
        "review remove one",
        "review remove --force one",
        "review start --force ../v2.mbox",
    ] {
        assert!(
            review
                .run(line, 1)
                .contains("is checked out at '$TOP/elsewhere'")
        );
    }
    review.sandbox.git_at(&elsewhere, &["rev-parse", "HEAD"]);
}

#[test]
fn commits_in_the_scratch_worktree_are_kept() {
    let review = Review::new();
    let done = review
        .sandbox
        .command(crate::sandbox::PROGRAM, &review.sandbox.repo())
        .args(["review", "exec", "--each-patch", "one", "--", "true"])
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        review.sandbox.show("exec", &done)
    );
    let scratch = review.sandbox.repo().join(".git/patman/scratch").join(NAME);
    fs::write(scratch.join("mine.txt"), "mine\n").unwrap();
    review.sandbox.git_at(&scratch, &["add", "mine.txt"]);
    review
        .sandbox
        .git_at(&scratch, &["commit", "-q", "-m", "mine"]);
    let mine = review.sandbox.git_at(&scratch, &["rev-parse", "HEAD"]);
    review.run("review exec --each-patch --rerun one -- true", 0);
    assert!(
        review
            .run("review remove one", 0)
            .contains("saved your commits in the reflog of")
    );
    review.has(&[&mine]);
}

/// A version that has stopped at its second patch.
fn stopped() -> Review {
    let sandbox = Sandbox::new().mailed(1).conflicting();
    let tree = sandbox.worktree();
    let review = Review { sandbox, tree };
    review.run("review start --base main ../v1.mbox", 3);
    review
}

#[test]
fn a_version_that_has_stopped_is_removed_by_force_from_any_state() {
    let review = stopped();
    review.git(&["checkout", "-q", "--detach", "-f"]);
    let mine = review.commit("mine");
    review.write("src/two.c", "staged\n");
    review.git(&["add", "src/two.c"]);
    review.write("src/two.c", "in the file\n");
    review.run("review remove one", 3);
    review.run("review remove --force one", 0);
    review.has(&[&mine]);
    let kept = review.kept().remove(0);
    assert_eq!(review.shown(&format!("{kept}:src/two.c")), "in the file");
    assert_eq!(review.shown(&format!("{kept}^2:src/two.c")), "staged");
    assert!(!review.tree.exists());
    assert_eq!(
        review
            .sandbox
            .git(&["for-each-ref", &format!("refs/patman/{NAME}")]),
        ""
    );
    assert!(
        review
            .run("review list --all", 0)
            .contains("there are no reviews here")
    );
}

#[test]
fn what_git_am_left_is_not_kept_when_it_is_removed() {
    let review = stopped();
    review.run("review remove --force one", 0);
    assert_eq!(review.kept(), Vec::<String>::new());
}

#[test]
fn an_abort_keeps_a_detached_head_and_what_is_staged() {
    let review = stopped();
    review.git(&["checkout", "-q", "--detach", "-f"]);
    let mine = review.commit("mine");
    review.write("src/two.c", "staged\n");
    review.git(&["add", "src/two.c"]);
    review.write("src/two.c", "in the file\n");
    review.run("review abort one", 0);
    review.has(&[&mine]);
    assert_eq!(
        review.shown(&format!("{}^2:src/two.c", review.kept()[0])),
        "staged"
    );
}

#[test]
fn an_abort_does_not_delete_a_submodule() {
    let review = stopped();
    let sub = review.tree.join("sub");
    let git_dir = review
        .sandbox
        .repo()
        .join(".git/worktrees")
        .join(NAME)
        .join("modules/sub");
    fs::create_dir_all(git_dir.parent().unwrap()).unwrap();
    review.sandbox.git_at(
        &review.tree,
        &["init", "-q", "--separate-git-dir", path(&git_dir), "sub"],
    );
    review
        .sandbox
        .git_at(&sub, &["commit", "-q", "--allow-empty", "-m", "mine"]);
    fs::remove_dir_all(&sub).unwrap();
    for line in ["review abort one", "review remove --force one"] {
        assert!(review.run(line, 3).contains("the submodule '"), "{line}");
        assert!(git_dir.join("HEAD").exists());
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
