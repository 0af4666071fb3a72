#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Start commands that change the user's own series at one instant, and see that each does its work or says why not.

usage: author_race.py [--rounds N] [--only TEXT] GIT-PATMAN [PATMAN]

With PATMAN, the command of patman 0.5.0, every second process of a scene is patman; what fails of that, and the half
states that it leaves, are counted apart. Every process of ours must end with 0, or with 1 and an error; none may meet a
locked database. In the end no journal, lock or half-written file may be left; every version must have its branch and
every branch its version; git and SQLite must find nothing broken; each commit that there was must be held by a ref or a
reflog; the user's edits must be there; and in peace the series can be scanned and gets its next version.
"""

import argparse
import re
import shutil
import subprocess
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sandbox import Sandbox


class Scene:
    """One round of one scene."""

    def __init__(self, top, program, patman):
        self.box = box = Sandbox(top / "box", program)
        self.peer, self.problems, self.apart, self.words, self.slowest = patman, [], 0, Counter(), 0.0
        box.make()
        (box.top / "db").mkdir()
        (box.top / "home/.patman").touch()
        box.env.update(PATMAN_DB_DIR=str(box.top / "db"), USER="ada", PYTHONDONTWRITEBYTECODE="1")
        box.git("stash", "-q", "-u")
        self.branch("video")
        # patman does not work beside edits.
        if not patman:
            box.git("stash", "pop", "-q")
        self.alone("series", "-s", "video", "add", "-M", "-1")
        self.tips = []

    def branch(self, name):
        """A branch with two commits."""
        box = self.box
        box.git("switch", "-q", "-c", name, "main")
        for number in (1, 2):
            (box.repo / f"src/{name}.c").write_text(f"{name} {number}\n")
            box.git("add", "-A")
            box.git("commit", "-q", "-m", f"{name}: Step {number}\n\nWhy.\n\nSigned-off-by: Ada <ada@example.com>")
        box.git("branch", "-q", "--set-upstream-to", "main")

    def alone(self, *args):
        """In peace it must be done."""
        done = self.box.patman(*args)
        if done.returncode:
            self.problems.append(f"in peace: {' '.join(args)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def launch(self, commands):
        """Runs all of them at once; one that begins with `git` is git's. Returns how many of each ended well."""
        box, running = self.box, []
        self.tips += box.git("for-each-ref", "--format=%(objectname)", "refs/heads").split()
        gate = box.top / "gate"
        for at, args in enumerate(commands):
            who = "patman" if self.peer and at % 2 else "git-patman"
            program = self.peer if who == "patman" else str(box.program)
            cwd = box.repo
            if args[0] == "git":
                who, program, cwd, args = "git", "git", box.top / "linked", args[1:]
            script = 'while [ ! -e "$0" ]; do sleep 0.002; done; exec "$@"'
            running.append((who, args, subprocess.Popen(["sh", "-c", script, str(gate), program, *args], cwd=cwd, env=box.env,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)))
        time.sleep(0.2)
        gate.touch()
        began, ended = time.monotonic(), Counter()
        for who, args, process in running:
            try:
                out, said = process.communicate(timeout=180)
            except subprocess.TimeoutExpired:
                process.kill()
                self.problems.append(f"{who} {args}: hangs")
                continue
            said = said.decode(errors="replace")
            ended[(who, args)] += process.returncode == 0
            ended[who] += process.returncode == 0
            if who == "patman":
                self.ran += 1
                self.apart += bool(process.returncode or "Traceback" in said)
            if who != "git-patman":
                continue
            if process.returncode not in (0, 1) or "panicked" in said or "is locked" in said:
                self.problems.append(f"{' '.join(args)}: {process.returncode}: {said}")
            elif process.returncode and not said.startswith("error: ") and "\nerror: " not in said:
                self.problems.append(f"{' '.join(args)}: fails with no error: {said}")
            elif process.returncode:
                first = next(line for line in said.splitlines() if line.startswith("error: "))
                self.words[re.sub("[0-9a-f]{10,}|/[^ ']*", "*", first)] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        gate.unlink()
        return ended

    def rows(self, text):
        connection = sqlite3.connect(self.box.top / "db/.patman.db", timeout=30)
        found = connection.execute(text).fetchall()
        connection.close()
        return found

    def check(self, names=("video",)):
        """What must hold at the end of the series of those names that are there."""
        box = self.box
        self.alone("undo", "--list")
        own = box.repo / ".git/patman"
        left = [path for path in own.glob("*rewrite*") if path.is_file()]
        left += [path for path in (box.repo / ".git").rglob("*.lock") if own not in path.parents]
        if left:
            self.problems.append(f"left: {left}")
        if self.peer:
            # What patman deletes leaves rows of tables that it does not know, and others of its own.
            self.box.patman("db", "check", "--repair")
        sound = self.rows("PRAGMA integrity_check") + self.rows("PRAGMA foreign_key_check")
        if sound != [("ok",)]:
            self.problems.append(f"database: {sound}")
        self.alone("db", "check")
        fsck = box.run("git", "fsck", "--no-dangling", "--no-progress")
        if fsck.returncode or b"missing" in fsck.stdout:
            self.problems.append(f"fsck: {fsck.stdout} {fsck.stderr}")
        # Where a branch was changed twice the first of its tips is in the reflog of what keeps the second.
        lost = box.git("rev-list", *self.tips, "--not", "--all", "--reflog")
        if lost:
            self.problems.append(f"no ref holds {lost}")
        status = box.git("status", "--porcelain")
        edits = "" if self.peer else " M src/two.c\n?? notes.txt"
        odd = [] if status == edits else [f"status: {status}"]
        branches = set(box.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split())
        wanted = set()
        for name, archived, version in self.rows("SELECT series.name, series.archived, version FROM series JOIN ser_ver ON series_id = series.id"):
            if not archived:
                wanted.add(name if version == 1 else f"{name}{version}")
        ours = {one for one in branches if re.fullmatch(f"({'|'.join(names)})[0-9]*", one)}
        if not wanted <= branches or not ours <= wanted | {one for one in ours if not wanted and self.untracked}:
            odd.append(f"versions {sorted(wanted)}, branches {sorted(branches)}")
        # Where patman took part, what is half done is its own: it changes branches and rows apart.
        if odd and self.peer:
            self.half += 1
            return
        self.problems += odd
        for name, in self.rows("SELECT name FROM series WHERE NOT archived"):
            self.alone("series", "-s", name, "scan", "-M")
            self.alone("series", "-s", name, "inc")

    untracked = False
    # Commands of patman, and states that are half done beside it.
    ran = half = 0


def incs(scene):
    ended = scene.launch([("series", "-s", "video", "inc")] * 16)
    versions = [row[0] for row in scene.rows("SELECT version FROM ser_ver ORDER BY 1")]
    if versions != list(range(1, len(versions) + 1)) or len(versions) < 2:
        scene.problems.append(f"versions: {versions}")
    if not scene.peer and len(versions) != 1 + ended["git-patman"]:
        scene.problems.append(f"{ended['git-patman']} say that they are done: {versions}")
    scene.check()


def inc_dec(scene):
    scene.alone("series", "-s", "video", "inc")
    scene.launch([("series", "-s", "video", word) for word in ("inc", "dec", "dec", "inc") * 2])
    scene.check()


def mark_amend(scene):
    box = scene.box
    box.git("switch", "-q", "main")
    box.git("worktree", "add", "-q", str(box.top / "linked"), "video")
    mark, amend = ("series", "-s", "video", "mark", "-m"), ("commit", "-q", "--amend", "-m", "video: Amended")
    ended = scene.launch([mark, ("git", *amend), mark, mark])
    log = box.git("log", "--format=%B", "main..video")
    if ended["git"] and "Amended" not in log:
        scene.problems.append(f"the amended commit is gone: {log}")
    if ended[("git-patman", mark)] and "Change-Id" not in log:
        scene.problems.append(f"the marks are gone: {log}")
    if box.git("status", "--porcelain", cwd=box.top / "linked"):
        scene.problems.append("the worktree is not as its branch")
    # What was amended is in the reflog, as git leaves it.
    scene.tips = box.git("for-each-ref", "--format=%(objectname)", "refs/heads").split()
    box.git("worktree", "remove", "--force", str(box.top / "linked"))
    box.git("switch", "-q", "video")
    scene.check()


def scan_mark(scene):
    box = scene.box
    (box.repo / "src/more.c").write_text("more\n")
    box.git("add", "src/more.c")
    box.git("commit", "-q", "-m", "video: More")
    words = [("scan", "-M"), ("mark", "-m"), ("scan", "-m"), ("mark", "-m"), ("unmark", "-M"), ("scan", "-m")]
    scene.launch([("series", "-s", "video", *word) for word in words])
    scene.check()
    text = scene.alone("series", "-s", "video", "scan", "-M")
    if len(scene.rows("SELECT 1 FROM pcommit JOIN ser_ver ON svid = ser_ver.id WHERE version = 1")) != 3:
        scene.problems.append(f"patches: {text}")


def rename_scan(scene):
    words = [("rename", "-N", "film"), ("scan", "-M"), ("rename", "-N", "movie"), ("scan", "-m"), ("mark", "-m"), ("scan", "-M")]
    scene.launch([("series", "-s", "video", *word) for word in words])
    if len(scene.rows("SELECT 1 FROM series")) != 1:
        scene.problems.append("there are two series")
    scene.check(("video", "film", "movie"))


def archive_inc(scene):
    scene.box.git("switch", "-q", "main")
    scene.launch([("series", "-s", "video", word) for word in ("archive", "inc", "archive", "unarchive", "inc", "unarchive")])
    scene.check()


def rm_link(scene):
    scene.untracked = True
    words = [("rm",), ("set-link", "-u", "7"), ("set-link", "8"), ("rm",), ("set-link", "9"), ("scan", "-m")]
    scene.launch([("series", "-s", "video", *word) for word in words])
    if scene.rows("SELECT 1 FROM ser_ver WHERE series_id NOT IN (SELECT id FROM series)"):
        scene.problems.append("rows hang on nothing")
    scene.check()


def undo_mark(scene):
    scene.untracked = True
    scene.alone("series", "-s", "video", "inc")
    scene.launch([("undo",) if at % 2 == 0 and not scene.peer or at == 0 else ("series", "-s", "video", "mark", "-m")
                  for at in range(4)])
    scene.check()


def undos(scene):
    scene.alone("series", "-s", "video", "mark")
    scene.alone("series", "-s", "video", "inc")
    ended = scene.launch([("undo",)] * 2)
    marked = "Change-Id" in scene.box.git("log", "--format=%B", "main..video")
    versions = len(scene.rows("SELECT 1 FROM ser_ver"))
    if (ended["git-patman"], versions, marked) not in ((1, 1, True), (2, 1, False)):
        scene.problems.append(f"{ended['git-patman']} are done: {versions} versions, marked: {marked}")
    scene.check()


def split_add(scene):
    box = scene.box
    box.usual(1)
    scene.alone("review", "start", "../v1.mbox")
    box.git("stash", "-q", "-u")
    for name in ("audio", "radio"):
        scene.branch(name)
    box.git("switch", "-q", "video")
    box.git("stash", "pop", "-q")
    reviews = box.top / "reviews"
    reviews.mkdir()
    commands = [("db", "split", "--review-db-dir", str(reviews)), ("series", "-s", "audio", "add", "-M", "-1"),
                ("series", "-s", "video", "inc"), ("series", "-s", "radio", "add", "-M", "-D", "Radio")]
    scene.launch(commands)
    for name in ("audio", "radio"):
        scene.alone("series", "-s", name, "add", "-M", "-1")
    names = [row[0] for row in scene.rows("SELECT name FROM series WHERE source IS NOT 'review' ORDER BY 1")]
    if names != ["audio", "radio", "video"]:
        scene.problems.append(f"series: {names}")
    scene.check(("video", "audio", "radio"))


def many(scene):
    """What only lists waits for nobody, and 8 that write all come to an end."""
    box = scene.box
    box.git("stash", "-q", "-u")
    for number in range(8):
        scene.branch(f"s{number}x")
    box.git("switch", "-q", "video")
    box.git("stash", "pop", "-q")
    writers = [("series", "-s", f"s{number}x", "add", "-m", "-1") for number in range(8)]
    ended = scene.launch([("series", "ls")] * 64 + writers)
    if ended["git-patman"] != 72:
        scene.problems.append(f"{ended['git-patman']} of 72 are done: {scene.words}")
    scene.check(("video", *(f"s{number}x" for number in range(8))))


SCENES = {one.__name__: one for one in (incs, inc_dec, mark_amend, scan_mark, rename_scan, archive_inc, rm_link, undo_mark,
                                        undos, split_add, many)}

# Where patman has no part.
OWN = (undos, split_add, many)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="GIT-PATMAN")
    parser.add_argument("peer", metavar="PATMAN", nargs="?")
    parser.add_argument("--rounds", type=int, default=20, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="scenes whose name begins so, separated by commas")
    args = parser.parse_args()
    failed = rounds = 0
    for name, run in SCENES.items():
        if not name.startswith(tuple(args.only.split(","))) or args.peer and run in OWN:
            continue
        bad, apart, ran, half, words, slowest = 0, 0, 0, 0, Counter(), 0.0
        for number in range(args.rounds):
            top = Path(tempfile.mkdtemp(prefix="patman-race-"))
            try:
                scene = Scene(top, args.program, args.peer)
                run(scene)
            finally:
                shutil.rmtree(top)
            bad, rounds, apart = bad + bool(scene.problems), rounds + 1, apart + scene.apart
            ran, half = ran + scene.ran, half + scene.half
            words, slowest = words + scene.words, max(slowest, scene.slowest)
            for problem in scene.problems:
                print(f"FAIL {name} {number}: {problem}", flush=True)
        failed += bad
        beside = f", {apart} of {ran} of patman failed, {half} times half was done beside it" if args.peer else ""
        print(f"{name}: {bad} of {args.rounds} rounds failed{beside}; {sum(words.values())} gave way; {slowest:.1f} s the longest",
              flush=True)
        for word, count in words.most_common(8):
            print(f"  {count} x {word}", flush=True)
    print(f"{failed} of {rounds} rounds failed")
    sys.exit(1 if failed or not rounds else 0)


if __name__ == "__main__":
    main()
