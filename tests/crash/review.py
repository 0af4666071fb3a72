#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill each review command at every instant, run it again, and compare with a run that nobody disturbed.

usage: review.py [--every N] [--only TEXT] [--calls LIST] [--modes LIST] [-j N] [-v] GIT-PATMAN

strace must be there: without it this fails. A command is run once with all of its git processes stopped (SIGSTOP) after
each of the system calls that change files; at every stop the files are copied. What `kill -9` of the whole process group
would leave at that instant is just those files, so that one run gives every crash point. From each copy the command is run
again, undisturbed, and what is there in the end, in refs, files, index, database and the user's checkout, must be what the
undisturbed run gave. Modes:

  kill    as above
  edit    as above, with a file changed, one added and one staged in the worktree before the second run: these must be
          where they were, or under refs/patman/kept, whatever the command says
  orphan  only git-patman is killed, for real; its git children live on while the command is run again at once
  error   a system call of git-patman itself fails with ENOSPC or EIO from the Nth on; then as `kill`

A second run may say that another process is at work; then it is tried again. It may stop with a hint that names a command,
and that command must finish the work. --every N takes each Nth crash point, from a different beginning in each case.
"""

import argparse
import http.server
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sandbox import NAME, Sandbox, answer, differences, lines

CALLS = "rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,rmdir,pwrite64,write,execve,ftruncate,fsync,fdatasync"
MARK = "edited by the user after the kill\n"


# The cases: what is done before, the command, and whether it ends with a conflict.

def start(version=1, *more):
    return ("review", "start", *more, f"../v{version}.mbox")


def conflicting(box):
    """The second patch does not apply to main any more."""
    box.git("stash", "-q")
    (box.repo / "src/one.c").write_text(lines("one").replace("one 20\n", "one XX\n"))
    box.git("commit", "-q", "-a", "-m", "Move on")
    box.git("stash", "pop", "-q")


def expect(box, status, *args):
    done = box.patman(*args)
    if done.returncode != status:
        raise RuntimeError(f"setup: {args}: {done.stderr.decode()}")


def begun(box):
    expect(box, 0, *start())


def cut(box):
    text = (box.top / "v1.mbox").read_text()
    at = text.rindex("\nFrom ", 0, text.index("Subject: [PATCH 2/2]"))
    (box.top / "first.mbox").write_text(text[:at] + "\n")


def partial(box):
    cut(box)
    expect(box, 0, "review", "start", "--partial", "../first.mbox")


def stopped(box):
    conflicting(box)
    expect(box, 3, *start(1, "--base", "main"))


def resolved(box):
    stopped(box)
    (box.tree / "src/one.c").write_text(lines("one").replace("one 20\n", "one twenty\n").replace("one 3\n", "one three\n"))
    box.git("add", "src/one.c", cwd=box.tree)


def stopped_later(box):
    begun(box)
    conflicting(box)
    expect(box, 3, *start(2, "--base", "main"))


def edited(box):
    begun(box)
    (box.tree / "src/two.c").write_text(lines("two") + "my edit\n")
    (box.tree / "mine.txt").write_text("my file\n")


def commit(box, name):
    """A commit of the user's in the worktree."""
    (box.tree / f"{name}.txt").write_text(f"{name}\n")
    box.git("add", f"{name}.txt", cwd=box.tree)
    box.git("commit", "-q", "-m", name, cwd=box.tree)


def two_places(box):
    """Commits of the user's on the branch, on a detached HEAD and in the reflog alone, and a file that is staged twice."""
    begun(box)
    for name in ("dropped", "other"):
        commit(box, name)
        box.git("reset", "-q", "--hard", "HEAD~1", cwd=box.tree)
    commit(box, "branch")
    box.git("checkout", "-q", "--detach", "HEAD~1", cwd=box.tree)
    commit(box, "detached")
    (box.tree / "src/two.c").write_text("staged\n")
    box.git("add", "src/two.c", cwd=box.tree)
    (box.tree / "src/two.c").write_text("in the file\n")
    (box.tree / "mine.txt").write_text("my file\n")
    box.git("update-index", "--assume-unchanged", "src/three.c", cwd=box.tree)
    (box.tree / "src/three.c").write_text("hidden\n")


def two_places_only(box):
    """The same without changes."""
    two_places(box)
    box.git("update-index", "--no-assume-unchanged", "src/three.c", cwd=box.tree)
    box.git("reset", "-q", "--hard", cwd=box.tree)
    (box.tree / "mine.txt").unlink()


def deleted(box):
    """The same, with the directory deleted by hand."""
    two_places(box)
    box.git("branch", "mine", NAME)
    box.git("branch", "-f", NAME, f"refs/patman/{NAME}/v1")
    shutil.rmtree(box.tree)


def logged(box):
    """Commits that only the reflog has."""
    begun(box)
    for name in ("dropped", "other"):
        commit(box, name)
        box.git("reset", "-q", "--hard", "HEAD~1", cwd=box.tree)


def stopped_detached(box):
    stopped_later(box)
    box.git("checkout", "-q", "--detach", "-f", cwd=box.tree)
    commit(box, "detached")
    (box.tree / "src/two.c").write_text("staged\n")
    box.git("add", "src/two.c", cwd=box.tree)
    (box.tree / "src/two.c").write_text("in the file\n")


def removed(box):
    begun(box)
    (box.tree / "one.o").write_text("built\n")


def finished(box):
    begun(box)
    expect(box, 0, "review", "finish", NAME, "--rejected")


def litter(box):
    begun(box)
    shutil.rmtree(box.tree)
    box.git("update-ref", "refs/patman/gone/v1", "main")
    left = box.tree.parent / ".removed-1-1"
    (left / "src").mkdir(parents=True)
    (left / "src/one.c").write_text("left\n")


def half_purged(box):
    """A purge that was stopped when the database had been told, and the refs were still there."""
    removed(box)
    lock = box.repo / ".git/packed-refs.lock"
    lock.touch()
    expect(box, 1, "review", "remove", "--purge", NAME)
    lock.unlink()


def detached_litter(box):
    """A worktree with a commit that no branch has, whose directory was deleted by hand."""
    begun(box)
    box.git("switch", "-q", "--detach", cwd=box.tree)
    box.git("commit", "-q", "--allow-empty", "-m", "Mine", cwd=box.tree)
    shutil.rmtree(box.tree)


def nothing(box):
    expect(box, 0, "db", "migrate")


def answered(box):
    answer(box, 1)
    begun(box)


def others(box, *names):
    """Series with titles of their own."""
    for name in names:
        files = {"src/three.c": lines("three") + f"{name}\n", f"src/{name}.c": lines(name)}
        box.series(f"{name}.mbox", 1, f"{name}: Change", [(f"{name}: c", files)])
        expect(box, 0, "review", "start", "--name", name, f"../{name}.mbox")
    for name in names:
        expect(box, 0, "review", "remove", name)


def kept(box):
    """A worktree of another series is kept, which has a file that this one has not."""
    others(box, "other")


def told(box):
    """A later version and an answer have arrived to where the first one came from."""
    begun(box)
    mbox = box.top / "v1.mbox"
    text = mbox.read_text()
    first = text.split("Message-ID: ")[2].split("\n")[0]
    mbox.write_text(text + (box.top / "v2.mbox").read_text() + f"""
From r Thu Jan  1 00:00:00 2026
From: Bob <bob@example.com>
Message-ID: <r1@example.com>
In-Reply-To: {first}
Subject: Re: [PATCH 1/2] one

Reviewed-by: Bob <bob@example.com>
""")


def updated(box):
    told(box)
    expect(box, 0, "review", "update")


def kept_full(box):
    """Two are kept already, which is all there may be."""
    begun(box)
    others(box, "other", "another")


def branch_only(box):
    expect(box, 0, *start(1, "--no-worktree"))


def later_too(box):
    begun(box)
    expect(box, 0, *start(2))


def moved(box):
    """A branch that the series does not apply to, and one that it does."""
    nothing(box)
    box.git("branch", "old")
    conflicting(box)
    box.git("branch", "moved")


def needing(box):
    """A series on top of another one, which is under review."""
    begun(box)
    work = box.top / "below"
    box.git("worktree", "add", "-q", "--detach", str(work), f"refs/patman/{NAME}/v1")
    (work / "src/one.c").write_text((work / "src/one.c").read_text().replace("one twenty\n", "one score\n"))
    box.git("commit", "-q", "-a", "-m", "one: Spell a score", cwd=work)
    box.git("branch", "below", f"refs/patman/{NAME}/v1")
    mbox = box.git("format-patch", "--stdout", "--base=main", "-1", cwd=work).replace(".git.ada@", ".second@")
    (box.top / "second.mbox").write_text(mbox + "\n")
    box.git("worktree", "remove", "--force", str(work))
    box.git("branch", "-q", "-D", "below")


def published(box):
    """The patches of the series are in a branch of a remote, on top of another commit."""
    removed(box)
    work = box.top / "maintainer"
    box.git("worktree", "add", "-q", "--detach", str(work), "main")
    (work / "other.txt").write_text("other\n")
    box.git("add", "other.txt", cwd=work)
    box.git("commit", "-q", "-m", "Move on", cwd=work)
    box.git("cherry-pick", f"refs/patman/{NAME}/v1-base..refs/patman/{NAME}/v1", cwd=work)
    box.git("update-ref", "refs/remotes/origin/next", "HEAD", cwd=work)
    box.git("worktree", "remove", "--force", str(work))


BUILD = ("--", "sh", "-c", "echo built >one.o && wc -l src/one.c && echo done")


def scratched(box):
    """Commands have run at each patch."""
    removed(box)
    expect(box, 0, "review", "exec", "--each-patch", NAME, *BUILD)


def scratched_later(box):
    scratched(box)
    expect(box, 0, *start(2))


def scratch_litter(box):
    """The scratch worktree of a review that is gone, what its checks printed, and one that was deleted by hand."""
    scratched(box)
    others(box, "other")
    expect(box, 0, "review", "start", "--name", "other", "../other.mbox")
    expect(box, 0, "review", "exec", "--each-patch", "other", *BUILD)
    shutil.rmtree(box.repo / ".git/patman/scratch/other")
    for name in ("output", "scratch"):
        shutil.copytree(box.repo / f".git/patman/{name}/{NAME}", box.top / name, symlinks=True)
    admin = box.repo / f".git/worktrees/{NAME}-scratch"
    shutil.copytree(admin, box.top / "admin")
    expect(box, 0, "review", "remove", "--purge", NAME)
    for name in ("output", "scratch"):
        (box.repo / f".git/patman/{name}").mkdir(exist_ok=True)
        shutil.copytree(box.top / name, box.repo / f".git/patman/{name}/{NAME}", symlinks=True)
    shutil.copytree(box.top / "admin", admin)


class Projects(http.server.BaseHTTPRequestHandler):
    """A Patchwork that knows projects and nothing else."""

    def do_GET(self):
        body = json.dumps([
            {"id": number, "name": name, "link_name": name.lower(), "list_id": f"{name.lower()}.example.org"}
            for number, name in ((6, "U-Boot"), (7, "Linux"))
        ]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def upstreams(box):
    nothing(box)
    expect(box, 0, "upstream", "add", "first", "https://example.com/first")
    expect(box, 0, "upstream", "add", "second", "https://example.com/second")
    expect(box, 0, "upstream", "default", "first")


def asked(box):
    """An upstream whose Patchwork is a server of ours, which lives as long as this process."""
    upstreams(box)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Projects)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    expect(box, 0, "upstream", "set", "first", "--patchwork-url", f"http://127.0.0.1:{server.server_address[1]}")


def answered_project(box):
    asked(box)
    expect(box, 0, "patchwork", "set-project", "Linux", "first")


def two_kinds(box):
    """A review with its mails and answers, and a series of the user's own; and a directory for another database."""
    told(box)
    (box.top / "reviews").mkdir()
    with sqlite3.connect(box.repo / ".git/patman/.patman.db") as database:
        database.executescript("""
            INSERT INTO series (name, desc, archived, hidden) VALUES ('mine', 'Mine', 0, 1);
            INSERT INTO ser_ver (series_id, version) SELECT id, 1 FROM series WHERE name = 'mine';
            INSERT INTO review (svid, seq, body) SELECT id, seq, 'text' FROM ser_ver, (SELECT 0 AS seq UNION SELECT 1);
            INSERT INTO reply (review_id, gmail_msg_id, body) SELECT id, 'm' || id, 'answer' FROM review;
            INSERT INTO workflow (type, series_id, timestamp, archived) SELECT 'todo', id, 'x', 0 FROM series;
        """)
    database.close()


def parted(box):
    two_kinds(box)
    expect(box, 0, "db", "split", "--review-db-dir", "../reviews")


CASES = {
    "first": (lambda box: None, start()),
    "later": (removed, start(2)),
    "same": (begun, start()),
    "worktree-after": (branch_only, start()),
    "grown": (partial, start()),
    "force": (edited, start(2, "--force")),
    "again": (edited, start(1, "--force")),
    "conflict": (lambda box: (nothing(box), conflicting(box)), start(1, "--base", "main")),
    "later-conflict": (lambda box: (begun(box), conflicting(box)), start(2, "--base", "main")),
    "continue": (resolved, ("review", "continue", NAME)),
    "abort": (stopped, ("review", "abort", NAME)),
    "abort-later": (stopped_later, ("review", "abort", NAME)),
    "remove": (removed, ("review", "remove", NAME)),
    "remove-force": (edited, ("review", "remove", "--force", NAME)),
    "remove-stopped": (stopped_later, ("review", "remove", "--force", NAME)),
    "remove-stopped-detached": (stopped_detached, ("review", "remove", "--force", NAME)),
    "keep-remove": (two_places, ("review", "remove", "--force", NAME)),
    "keep-remove-commits": (two_places_only, ("review", "remove", "--force", NAME)),
    "keep-purge": (two_places, ("review", "remove", "--purge", "--force", NAME)),
    "keep-finish": (two_places, ("review", "finish", "--force", "--rejected", NAME)),
    "keep-start": (two_places, start(2, "--force")),
    "keep-abort": (stopped_detached, ("review", "abort", NAME)),
    "keep-prune": (deleted, ("review", "prune")),
    "keep-deleted": (deleted, start(2)),
    "keep-logged": (logged, ("review", "remove", NAME)),
    "purge": (removed, ("review", "remove", "--purge", NAME)),
    "trailers": (answered, ("review", "trailers", "--apply", NAME)),
    "finish": (removed, ("review", "finish", NAME, "--merged")),
    "restart": (finished, start(2)),
    "update": (told, ("review", "update")),
    "update-start": (told, ("review", "update", "--start")),
    "recorded": (updated, ("review", "start", NAME)),
    "prune": (litter, ("review", "prune")),
    "prune-purged": (half_purged, ("review", "prune")),
    "prune-detached": (detached_litter, ("review", "prune")),
    "pool-remove": (lambda box: (kept(box), begun(box)), ("review", "remove", NAME)),
    "pool-full": (kept_full, ("review", "remove", NAME)),
    "pool-start": (kept, start()),
    "pool-later": (lambda box: (kept(box), branch_only(box)), start(2)),
    "pool-prune": (kept, ("review", "prune")),
    "onto": (moved, start(1, "--onto", "moved", "--onto", "old")),
    "onto-none": (moved, start(1, "--onto", "moved")),
    "needs": (needing, ("review", "start", "../second.mbox")),
    "exec": (begun, ("review", "exec", NAME, *BUILD)),
    "exec-each": (begun, ("review", "exec", "--each-patch", NAME, *BUILD)),
    "exec-later": (scratched_later, ("review", "exec", "--each-patch", "--rerun", NAME, *BUILD)),
    "exec-remove": (scratched, ("review", "remove", NAME)),
    "exec-purge": (scratched, ("review", "remove", "--purge", NAME)),
    "exec-finish": (scratched, ("review", "finish", NAME, "--superseded")),
    "exec-prune": (scratch_litter, ("review", "prune")),
    "compare": (later_too, ("review", "compare", NAME)),
    "check": (begun, ("review", "check", "../v2.mbox", NAME)),
    "finish-merged": (published, ("review", "finish", NAME, "--merged")),
    "upstream-add": (upstreams, ("upstream", "add", "third", "https://example.com/third", "--identity", "me")),
    "upstream-set": (upstreams, ("upstream", "set", "second", "--identity", "me", "--to", "list")),
    "upstream-default": (upstreams, ("upstream", "default", "second")),
    "upstream-delete": (answered_project, ("upstream", "delete", "first")),
    "patchwork-set": (asked, ("patchwork", "set-project", "U-Boot", "first")),
    "patchwork-change": (answered_project, ("patchwork", "set-project", "U-Boot", "first")),
    "db-split": (two_kinds, ("db", "split", "--review-db-dir", "../reviews")),
    "db-join": (parted, ("db", "join", "--review-db-dir", "../reviews")),
    "db-merge": (parted, ("db", "merge", "../reviews")),
    "patchwork-rm": (answered_project, ("patchwork", "rm", "first")),
}


class Case:
    """One command, and the state that it begins from."""

    def __init__(self, name, args):
        self.name, self.options = name, args
        self.setup, self.command = CASES[name]
        self.top = Path(tempfile.mkdtemp(prefix=f"patman-crash-{name}-"))
        self.box = Sandbox(self.top / "box", args.program)
        self.points = self.failed = 0
        # What a command says that had done its work before it was killed.
        self.finished = {
            "continue": (f"there is nothing to continue for '{NAME}': v1 is applied",),
            "abort": (f"there is no review '{NAME}'\n", f"there is nothing to abort for '{NAME}'"),
            "remove": (f"there is no review '{NAME}'\n",),
            "add": ("upstream 'third' already exists",),
            "delete": ("there is no upstream 'first'",),
            "rm": ("no project is set for upstream 'first'",),
        }.get(self.command[1], ())

    def prepare(self):
        self.box.make()
        for version in (1, 2):
            self.box.usual(version)
        self.setup(self.box)
        self.save("begin")
        self.checkout = self.box.checkout()
        self.commits = self.box.commits()
        self.done = self.box.patman(*self.command)
        self.expected = self.box.state()
        changed = differences({"checkout": self.checkout}, {"checkout": self.box.checkout()})
        if self.done.returncode not in (0, 3) or changed:
            raise RuntimeError(f"{self.name}: undisturbed: {self.done.returncode} {self.done.stderr.decode()} {changed}")

    def save(self, name):
        copy(self.box.top, self.top / name)

    def restore(self, name):
        shutil.rmtree(self.box.top)
        copy(self.top / name, self.box.top)

    def strace(self, *options, out):
        return subprocess.Popen(
            ["strace", "-qq", "-o", out, *options, str(self.box.program), *self.command],
            cwd=self.box.repo, env=self.box.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )

    def stops(self, at_stop):
        """Runs the command, and calls `at_stop(number, pid, call, first pid)` after each call; stops when it says so."""
        fifo = self.top / "fifo"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
        calls = self.options.calls
        process = self.strace("-f", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=STOP:when=1+", out=fifo)
        number, first, last, pending = 0, None, {}, set()
        with open(fifo, errors="replace") as trace:
            for line in trace:
                pid, _, rest = line.partition(" ")
                rest = rest.lstrip()
                first = first or int(pid)
                if rest.startswith("--- SIGSTOP"):
                    pending.add(pid)
                elif rest.startswith("--- stopped by SIGSTOP") and pid in pending:
                    pending.discard(pid)
                    number += 1
                    if at_stop(number, int(pid), last.get(pid, "?"), first):
                        break
                    send(int(pid), signal.SIGCONT)
                elif not rest.startswith(("---", "+++")):
                    last[pid] = rest.strip()
            else:
                process.wait()
                return number
        return process

    def is_taken(self, number):
        return (number + sum(map(ord, self.name))) % self.options.every == 0

    def copies(self):
        """One run, with a copy of the files at each crash point that is taken."""
        found = []

        def at_stop(number, pid, call, first):
            if self.is_taken(number):
                self.save(f"point-{number}")
                found.append((number, f"{'git-patman' if pid == first else 'git'}: {call[:110]}"))

        self.restore("begin")
        self.stops(at_stop)
        return found

    def try_once(self, command, said):
        """A command, and once more where it names a lock that nobody holds any more, with the words that remove it."""
        while True:
            done = self.box.patman(*command)
            text = done.stderr.decode(errors="replace")
            said.append(f"{' '.join(command)}: {done.returncode}: {text.strip()}")
            lock = [shlex.split(line)[-1] for line in text.splitlines() if line.startswith("hint: if no git process is running there: rm ")]
            if not lock:
                return done, text
            Path(lock[0]).unlink()

    def again(self):
        """The command again, until no other process is at work; and what its hints say, where it stops."""
        said = []
        for _ in range(100):
            done, text = self.try_once(self.command, said)
            if "another process is " not in text:
                break
            time.sleep(0.1)
        if done.returncode == self.done.returncode:
            return done, said
        if any(one in text for one in self.finished):
            done.returncode = self.done.returncode
            return done, said
        for line in text.splitlines():
            command = line.split("git patman ", 1)[1].split() if line.startswith("hint:") and "git patman review " in line else ()
            if command[1:2] in (["abort"], ["prune"]) and self.command[1] != "continue":
                after, _ = self.try_once(command, said)
                if self.command[1] == "start":
                    return self.try_once(self.command, said)[0], said
                done.returncode = after.returncode
                break
        return done, said

    def judge(self, where, ignored=()):
        done, said = self.again()
        problems = []
        if done.returncode != self.done.returncode:
            problems.append(f"status {done.returncode}, not {self.done.returncode}")
        if b"panicked" in done.stderr:
            problems.append("panic")
        # What was kept to be safe may be more than was needed; it is named, and loses nothing.
        found = self.box.state()
        gone = [ref for ref in self.expected["kept"] if ref.split()[1] not in str(found["kept"])]
        problems += [f"not kept: {gone}"] if gone else []
        lost = sorted(self.commits - self.box.reachable())
        problems += [f"commits of the user's that no ref leads to: {lost}"] if lost else []
        # A lock of packed-refs may be anybody's: it is never removed, but named, with the command that removes it, by the
        # next command that has to delete a ref.
        found["locks"] = [one for one in found["locks"] if one != "packed-refs.lock"]
        if f"/{NAME}/" not in str(found["refs"]):
            # Whoever takes the name next removes those of its refs, as others have that are still there.
            found["locks"] = [one for one in found["locks"] if not one.startswith(f"refs/patman/{NAME}/")]
        record = f"git {NAME}"
        if "-debris " in str(found["refs"]) and record in found:
            # Killed between the ref that says that git am has stopped and the end of its note: `continue` reads both.
            found[record] = [one for one in found[record] if one != "patman-work"]
        problems += differences(self.expected, found, ("kept", *ignored))
        problems += self.box.unsound()
        self.tell(where, problems, said)

    def tell(self, where, problems, said=()):
        self.points += 1
        if not problems and not self.options.verbose:
            return
        self.failed += bool(problems)
        print(f"{'FAIL' if problems else 'ok'} {self.name} {where}")
        for line in [*problems, *(f"  said {one}" for one in said)]:
            print("   ", line.replace("\n", "\n        "))
        sys.stdout.flush()

    # The modes.

    def kill(self, copies):
        for number, call in copies:
            self.restore(f"point-{number}")
            self.judge(f"kill after {number} {call}")

    def edit(self, copies):
        for number, call in copies:
            self.restore(f"point-{number}")
            tree = self.box.tree
            if not tree.is_dir():
                continue
            edits = {"src/three.c": lines("three") + MARK, "added.txt": MARK, "src/one.c": lines("one") + MARK}
            (tree / "src").mkdir(exist_ok=True)
            for path, text in edits.items():
                (tree / path).write_text(text)
            staged = (tree / ".git").is_file() and self.box.git("add", "src/three.c", cwd=tree, check=False)
            del staged
            done, said = self.again()
            problems = differences({"checkout": self.checkout}, {"checkout": self.box.checkout()})
            kept = self.box.git("for-each-ref", "--format=%(refname)", "refs/patman/kept").split()
            for path, text in edits.items():
                here = (tree / path).is_file() and (tree / path).read_text() == text
                there = any(self.box.git("show", f"{ref}:{path}", check=False) + "\n" == text for ref in kept)
                if not here and not there:
                    problems.append(f"the user's {path} is lost")
            if done.returncode not in (0, 1, 3) or (done.returncode == 1 and b"hint:" not in done.stderr):
                problems.append(f"status {done.returncode}")
            self.tell(f"edit after {number} {call}", problems, said)

    def orphan(self):
        count = [0]

        def counted(number, *_):
            count[0] = number

        self.restore("begin")
        self.stops(counted)
        for wanted in range(1, count[0] + 1):
            if not self.is_taken(wanted):
                continue
            where = []

            def at_stop(number, pid, call, first, wanted=wanted, where=where):
                if number < wanted:
                    return False
                where.append(f"{'git-patman' if pid == first else 'git'}: {call[:110]}")
                os.kill(first, signal.SIGKILL)
                return True

            self.restore("begin")
            tracer = self.stops(at_stop)
            if isinstance(tracer, int):
                continue
            # Without strace, what it had stopped goes on.
            tracer.kill()
            tracer.wait()
            for _ in range(5):
                for pid in group(tracer.pid):
                    send(pid, signal.SIGCONT)
                time.sleep(0.01)
            self.judge(f"orphan after {wanted} {where[0]}")
            end(tracer.pid)

    def error(self):
        for call, code in (("write", "ENOSPC"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("openat", "ENOSPC"),
                           ("mkdir", "ENOSPC"), ("rename", "EIO"), ("link", "EIO"), ("unlink", "EIO"),
                           ("fsync", "EIO"), ("fdatasync", "EIO"), ("ftruncate", "EIO")):
            trace = self.top / "trace"
            self.restore("begin")
            self.strace("-e", f"trace={call}", out=trace).wait()
            total = sum(1 for line in trace.read_text(errors="replace").splitlines() if "SIG" not in line)
            for number in range(1, total + 1):
                if not self.is_taken(number):
                    continue
                self.restore("begin")
                self.strace("-e", f"trace={call}", "-e", f"inject={call}:error={code}:when={number}+", out=trace).wait()
                self.judge(f"{code} from {call} {number} of {total} on")


def group(session):
    """The processes of a session that are left."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def end(session):
    for pid in group(session):
        send(pid, signal.SIGKILL)


def send(pid, what):
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        pass  # It has ended by itself.


def copy(source, target):
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def run(name, args):
    """All modes of one case: how many points there were, and how many failed."""
    began = time.monotonic()
    case = Case(name, args)
    try:
        case.prepare()
        modes = args.modes.split(",")
        copies = case.copies() if "kill" in modes or "edit" in modes else []
        counts = []
        for mode in modes:
            before = case.points, case.failed
            getattr(case, mode)(*([copies] if mode in ("kill", "edit") else []))
            counts.append(f"{mode} {case.failed - before[1]} of {case.points - before[0]} failed")
        print(f"{name}: {', '.join(counts)} ({time.monotonic() - began:.0f} s)", flush=True)
        return case.points, case.failed
    finally:
        shutil.rmtree(case.top)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="GIT-PATMAN")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name begins so, separated by commas")
    parser.add_argument("--calls", default=CALLS, metavar="LIST")
    parser.add_argument("--modes", default="kill,edit,orphan,error", metavar="LIST")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), metavar="N", help="cases at once")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("strace is not there, and nothing can be tested without it")
    chosen = [name for name in CASES if any(name.startswith(one) for one in args.only.split(","))]
    with ProcessPoolExecutor(args.jobs) as pool:
        results = list(pool.map(run, chosen, [args] * len(chosen)))
    total, failed = (sum(one[at] for one in results) for at in (0, 1))
    print(f"{failed} of {total} crash points failed")
    sys.exit(1 if failed or not total else 0)


if __name__ == "__main__":
    main()
