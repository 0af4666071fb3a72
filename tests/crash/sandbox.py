# SPDX-License-Identifier: GPL-2.0-or-later
"""A repository, a clone and mails for the crash and race tests, and all of their state that can be compared.

Every date is fixed, so that the same work gives the same commits and the same rows: two states can be compared whole.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

NOW = "1767268800"
NAME = "one-spell-numbers"


def lines(word, count=40):
    return "".join(f"{word} {number}\n" for number in range(1, count + 1))


class Sandbox:
    """Everything below one directory: home, temporary files, repository, mails."""

    def __init__(self, top, program):
        self.top, self.program = Path(top), Path(program).resolve()
        self.repo = self.top / "repo"
        self.tree = self.repo / ".git/patman/worktrees" / NAME
        self.env = {
            "PATH": f"{self.program.parent}:{os.environ['PATH']}",
            "HOME": str(self.top / "home"),
            "TMPDIR": str(self.top / "tmp"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "1767225600 +0000",
            "GIT_COMMITTER_DATE": "1767225600 +0000",
            "GIT_TEST_DATE_NOW": NOW,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def make(self):
        """The repository as its user works in it: a change that is not committed, a file that is not added, a stash."""
        shutil.rmtree(self.top, ignore_errors=True)
        for name in ("home", "tmp"):
            (self.top / name).mkdir(parents=True)
        (self.top / "home/.gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[checkout]\n\tworkers = 1\n"
        )
        self.git("init", "-q", "repo", cwd=self.top)
        (self.repo / "src").mkdir()
        for word in ("one", "two", "three", "four"):
            (self.repo / f"src/{word}.c").write_text(lines(word))
        (self.repo / "doc").mkdir()
        (self.repo / "doc/index").write_text("index\n")
        (self.repo / ".gitignore").write_text("*.o\n")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Begin")
        (self.repo / "src/two.c").write_text(lines("two") + "stashed\n")
        self.git("stash", "-q")
        (self.repo / "src/two.c").write_text(lines("two") + "edited\n")
        (self.repo / "notes.txt").write_text("mine\n")

    def run(self, *args, cwd=None, **more):
        env = dict(self.env, **more.pop("env", {}))
        return subprocess.run(args, cwd=cwd or self.repo, env=env, capture_output=True, stdin=subprocess.DEVNULL, **more)

    def git(self, *args, cwd=None, check=True):
        done = self.run("git", *args, cwd=cwd)
        if check and done.returncode:
            raise RuntimeError(f"git {args}: {done.stderr.decode()}")
        return done.stdout.decode(errors="replace").rstrip("\n")

    def patman(self, *args, cwd=None, env=None):
        return self.run(str(self.program), *args, cwd=cwd, env=env or {}, timeout=120)

    def series(self, file, version, title, patches, author="Ada <ada@example.com>"):
        """An mbox with a cover letter and these patches: (subject, {path: text, or None to delete it})."""
        work = self.top / "author"
        self.git("worktree", "add", "-q", "--detach", str(work), "main")
        for subject, files in patches:
            for path, text in files.items():
                if text is None:
                    (work / path).unlink()
                else:
                    (work / path).parent.mkdir(exist_ok=True)
                    (work / path).write_text(text)
            self.git("add", "-A", cwd=work)
            self.git("commit", "-q", f"--author={author}", "-m", subject, cwd=work)
        mbox = self.git(
            "format-patch", "--stdout", "--cover-letter", "--thread", "--base=main",
            *([f"-v{version}"] if version > 1 else []), "main..HEAD", cwd=work,
        )
        self.git("worktree", "remove", "--force", str(work))
        mbox = mbox.replace("*** SUBJECT HERE ***", title).replace("*** BLURB HERE ***", "This is why.")
        mbox = mbox.replace("From: Ada <ada@example.com>", f"From: {author}")
        slug = "".join(c for c in f"{file}-{author}" if c.isalnum())
        mbox = mbox.replace(".git.ada@example.com", f".{slug}@example.com")
        (self.top / file).write_text(mbox + "\n")

    def usual(self, version):
        first = lines("one").replace("one 3\n", f"one three, v{version}\n")
        second = first.replace("one 20\n", "one twenty\n")
        self.series(f"v{version}.mbox", version, "one: Spell numbers", [
            ("one: Spell three", {"src/one.c": first, f"src/new{version}.c": lines("new", 3), "doc/index": f"{version}\n"}),
            ("one: Spell twenty", {"src/one.c": second, "src/four.c": None if version == 2 else lines("IV")}),
        ])

    # What is compared.

    def commits(self):
        """The commits of the user's in the worktrees: those with a subject of one word."""
        subjects = self.git("log", "--all", "--reflog", "--format=%H %s").splitlines()
        words = [line.split() for line in subjects]
        return {word[0] for word in words if len(word) == 2 and word[1] in ("branch", "detached", "dropped", "other")}

    def reachable(self):
        """What the refs, the worktrees and the reflogs that are left lead to."""
        return set(self.git("rev-list", "--all", "--reflog").splitlines())

    def checkout(self):
        """What no review command may change."""
        git = self.repo / ".git"
        return {
            "config": (git / "config").read_text(),
            "HEAD": (git / "HEAD").read_text(),
            "index": hashlib.sha1((git / "index").read_bytes()).hexdigest(),
            "stash": self.git("stash", "list"),
            "main": self.git("rev-parse", "main"),
            "files": files(self.repo),
        }

    def state(self, database=None):
        """All of it."""
        git = self.repo / ".git"
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        state = {f"checkout {key}": value for key, value in self.checkout().items()}
        state["refs"] = [ref for ref in refs if "/kept/" not in ref]
        state["kept"] = [ref for ref in refs if "/kept/" in ref]
        state["worktrees"] = self.git("worktree", "list", "--porcelain").splitlines()
        state["rows"] = rows(database or git / "patman/.patman.db")
        state["rows of reviews"] = rows(self.top / "reviews/.patman.db")
        locks = [str(path.relative_to(git)) for path in git.rglob("*.lock")]
        state["locks"] = sorted(one for one in locks if not one.startswith("patman/"))
        worktrees = git / "patman/worktrees"
        scratch = git / "patman/scratch"
        left = [*worktrees.glob(".*"), *(git / "patman").glob(".removed*"), *scratch.glob(".*")]
        state["left"] = sorted(path.name for path in left if path.name != ".pool")
        # What is being written has a name of its own, and is taken away when the next is written, or with all the rest.
        state["output"] = {name: text for name, text in files(git / "patman/output").items() if "/.aside-" not in name}
        for where in (worktrees, scratch):
            for tree in sorted(path for path in where.glob("*") if not path.name.startswith(".")):
                name = tree.name if where == worktrees else f"scratch {tree.name}"
                state[f"tree {name}"] = files(tree)
                state[f"status {name}"] = self.git("status", "--porcelain", "--branch", cwd=tree, check=False)
                admin = (tree / ".git").read_text()[8:].strip() if (tree / ".git").is_file() else "/absent"
                state[f"git {name}"] = sorted(
                    name for name in ("rebase-apply", "index.lock", "patman-work", "locked") if Path(admin, name).exists()
                )
        return state

    def unsound(self):
        """What is wrong with the worktrees that are kept for the next series."""
        said, kept = [], [path for path in self.tree.parent.glob(".pool/*") if path.is_dir()]
        for path in kept:
            notes = sorted(one.name for one in (path / ".git").iterdir()) if (path / ".git").is_dir() else []
            if notes != ["index", "repository", "series", "shape"]:
                said.append(f"pool: {path.name}: {notes}")
                continue
            env = {"GIT_DIR": str(self.repo / ".git"), "GIT_INDEX_FILE": str(path / ".git/index"), "GIT_WORK_TREE": str(path)}
            done = self.run("git", "--no-optional-locks", "diff", "--name-only", cwd=path, env=env)
            others = self.run("git", "ls-files", "--others", "--exclude-standard", cwd=path, env=env)
            if done.returncode or done.stdout or others.stdout:
                said.append(f"pool: {path.name}: {done.stdout} {done.stderr} {others.stdout}")
        return said + ([f"pool: {len(kept)} are kept"] if len(kept) > 2 else [])


def answer(box, version):
    """A reply to the first patch of a version, with a trailer."""
    mbox = box.top / f"v{version}.mbox"
    text = mbox.read_text()
    first = text.split("Message-ID: ")[2].split("\n")[0]
    mbox.write_text(text + f"""
From r Thu Jan  1 00:00:00 2026
From: Bob <bob@example.com>
Message-ID: <r{version}@example.com>
In-Reply-To: {first}
Subject: Re: [PATCH 1/2] one

Reviewed-by: Bob <bob@example.com>
""")


def files(top):
    """Paths and contents below a directory, less git's own."""
    found = {}
    for path in sorted(top.rglob("*")):
        if ".git" in path.relative_to(top).parts or path.is_dir():
            continue
        found[str(path.relative_to(top))] = path.read_text(errors="replace") if not path.is_symlink() else os.readlink(path)
    return found


def rows(path):
    """Every row of a database, by table."""
    if not Path(path).exists():
        return {}
    connection = sqlite3.connect(path, timeout=30)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    # What was taken back has used up its numbers: rows are told by their order.
    rank = {
        table: {number: rank for rank, (number,) in enumerate(connection.execute(f"SELECT id FROM {table} ORDER BY id"))}
        for table in ("series", "ser_ver", "pcommit") if table in tables
    }
    points_to = {"series_id": "series", "svid": "ser_ver", "ser_ver_id": "ser_ver", "version_id": "ser_ver",
                 "pcommit_id": "pcommit", "patch_id": None}
    all_rows = {}
    for table in tables:
        # What is asked again is counted again; and that refs were to be deleted is forgotten by the next 'prune'.
        if table.startswith("sqlite_") or table in ("traffic", "gitpatman_removed"):
            continue
        # How long a check took is never the same; and what a killed command has not told is news still.
        # The id of a repository is another one each time.
        left_out = {"gitpatman_check": "seconds", "gitpatman_series": "seen", "gitpatman_repository": "id"}.get(table)
        rows_told = "WHERE coalesce(outcome, finished, updated) IS NOT NULL" if table == "gitpatman_series" else ""
        all_columns = [name for (name,) in connection.execute(f"SELECT name FROM pragma_table_info('{table}')")]
        columns = ", ".join(f'"{name}"' for name in all_columns if name != left_out)
        found = connection.execute(f"SELECT {columns} FROM {table} {rows_told}")
        targets = [table if name[0] == "id" else points_to.get(name[0]) for name in found.description]
        all_rows[table] = sorted(
            repr(tuple(rank.get(target, {}).get(value, value) for target, value in zip(targets, row))) for row in found
        )
    connection.close()
    return all_rows


def differences(expected, found, ignored=()):
    """Words for what differs between two states."""
    said = []
    for key in sorted(expected.keys() | found.keys()):
        old, new = expected.get(key), found.get(key)
        if old == new or key in ignored:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            said += [f"{key}: {one}: {str(old.get(one))[:300]} -> {str(new.get(one))[:300]}"
                     for one in sorted(old.keys() | new.keys()) if old.get(one) != new.get(one)]
        elif isinstance(old, list) and isinstance(new, list):
            said.append(f"{key}: gone {[x for x in old if x not in new]}, new {[x for x in new if x not in old]}")
        else:
            said.append(f"{key}: {str(old)[:300]} -> {str(new)[:300]}")
    return said
