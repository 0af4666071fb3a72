#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill commands that change the user's own series at every instant, and look at what the next command finds.

usage: author.py [--every N] [--only TEXT] [--times N] [-v] GIT-PATMAN

strace must be there: without it this fails. Modes:

  self    git-patman alone is killed before its Nth system call that starts, waits for or writes something; gits that it has
          started live on
  group   git-patman and all that it has started are killed at once, at N times spread over the command; the locks that
          git leaves then are removed, as the error says that names them

After each kill a command that changes nothing runs, and finishes what had begun. Branches, tags, HEAD, index, files,
settings and rows must then all be as before, or all as after a run that nobody disturbed; where they are as before, the
command is run again and must bring them there. Edits of the user's are where they were, and git finds nothing broken.
"""

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox import Sandbox

CALLS = ("rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,pwrite64,write,fsync,fdatasync,ftruncate,"
         "clone,clone3,vfork,wait4,waitid")

# What has been done before, and the command.
CASES = {
    "inc": ([], ["series", "inc"]),
    "dec": ([["series", "inc"], "more"], ["series", "dec"]),
    "rename": ([["series", "inc"]], ["series", "-s", "video", "rename", "-N", "film"]),
    "rename below": ([], ["series", "rename", "-N", "video/new"]),
    "archive": ([["series", "inc"]], ["series", "-s", "video", "archive"]),
    "unarchive": ([["series", "archive"]], ["series", "-s", "video", "unarchive"]),
    "version-change": ([], ["series", "version-change", "--new-version", "3"]),
    "rm": ([], ["series", "rm"]),
    "undo inc": ([["series", "inc"]], ["undo"]),
    "undo dec": ([["series", "inc"], "more", ["series", "dec"]], ["undo"]),
    "redo dec": ([["series", "inc"], "more", ["series", "dec"], ["undo"]], ["undo", "--redo"]),
    "undo archive": ([["series", "archive"]], ["undo", "video"]),
    "mark": ([], ["series", "mark"]),
}


class Case:
    def __init__(self, name, args):
        self.name, self.args = name, args
        self.before, self.command = CASES[name]
        self.top = Path(tempfile.mkdtemp(prefix="patman-crash-"))
        # What can be taken back is known by the path of the repository: every copy is at the same one.
        self.base = Sandbox(self.top / "box", args.program)
        self.points = self.failed = self.undone = 0

    def prepare(self):
        box = self.base
        box.make()
        box.git("stash", "-q", "-u")
        box.git("switch", "-q", "-c", "video")
        for number in (1, 2):
            (box.repo / "src/video.c").write_text(f"video {number}\n")
            box.git("add", "-A")
            box.git("commit", "-q", "-m", f"video: Step {number}\n\nWhy.\n\nSigned-off-by: Ada <ada@example.com>")
        box.git("branch", "-q", "--set-upstream-to", "main")
        box.git("stash", "pop", "-q")
        box.patman("upstream", "ls")
        connection = sqlite3.connect(box.repo / ".git/patman/.patman.db")
        connection.executescript(
            "INSERT INTO series (name, desc, archived) VALUES ('video', 'video: Steps', 0);"
            "INSERT INTO ser_ver (series_id, version, desc) VALUES (1, 1, 'video: Steps');"
            "INSERT INTO pcommit (svid, seq, subject) VALUES (1, 0, 'video: Step 1'), (1, 1, 'video: Step 2')"
        )
        connection.commit()
        connection.close()
        for step in self.before:
            if step == "more":
                (box.repo / "src/more.c").write_text("more\n" * 2000)
                box.git("rm", "-q", "--cached", "src/one.c")
                (box.repo / "src/one.c").unlink()
                box.git("add", "src/more.c")
                box.git("commit", "-q", "-m", "video: More")
            else:
                self.run(box, step)
        self.old = state(box)
        box.top.rename(self.top / "base")
        done = self.copied()
        self.run(done, self.command)
        self.new = state(done)
        if self.old == self.new:
            raise RuntimeError(f"{self.name}: the command does nothing")

    @staticmethod
    def run(box, step):
        done = box.patman(*step)
        if done.returncode:
            raise RuntimeError(f"{step}: {done.stderr.decode()}")

    def copied(self):
        shutil.rmtree(self.base.top, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.top / "base"), str(self.base.top)], check=True)
        return self.base

    def kill_self(self):
        box = self.copied()
        log = self.top / "calls"
        box.run("strace", "-o", str(log), "-e", f"trace={CALLS}", str(box.program), *self.command)
        count = sum("(" in line for line in log.read_text().splitlines())
        shutil.rmtree(box.top)
        for at in range(1, count + 1, self.args.every):
            box = self.copied()
            inject = f"inject={CALLS}:signal=KILL:when={at}"
            box.run("strace", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e", inject, str(box.program), *self.command)
            self.look(box, f"self {at}")

    def kill_group(self):
        began = time.monotonic()
        box = self.copied()
        self.run(box, self.command)
        span = time.monotonic() - began
        shutil.rmtree(box.top)
        for at in range(self.args.times):
            box = self.copied()
            child = subprocess.Popen([str(box.program), *self.command], cwd=box.repo, env=box.env, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(span * (at + 0.5) / self.args.times)
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
            for lock in (box.repo / ".git").rglob("*.lock"):
                if "patman" not in lock.relative_to(box.repo).parts[1:2]:
                    lock.unlink()
            self.look(box, f"group {at}")

    def look(self, box, where):
        self.points += 1
        said = []
        done = box.patman("undo", "--list")
        if done.returncode:
            said.append(f"undo --list: {done.stderr.decode()}")
        if (box.repo / ".git/patman/rewrite.json").exists():
            said.append("the journal is still there")
        found = state(box)
        if found == self.old:
            self.undone += 1
            done = box.patman(*self.command)
            found = state(box)
            if found != self.new:
                said.append(f"again: {done.stderr.decode()}")
        if self.name == "mark":
            found, new = ({key: value for key, value in one.items() if key != "refs"} for one in (found, self.new))
        else:
            new = self.new
        said += [f"{key}:\n   {new[key]}\n   {found[key]}" for key in new if new[key] != found[key]]
        fsck = box.run("git", "fsck", "--no-dangling", "--no-progress")
        if fsck.returncode or b"error" in fsck.stderr:
            said.append(fsck.stderr.decode())
        if said:
            self.failed += 1
            print(f"{self.name}, {where}: " + "\n  ".join(said), flush=True)
        shutil.rmtree(box.top)


def state(box):
    """What must be as before or as after."""
    git = box.repo / ".git"
    connection = sqlite3.connect(git / "patman/.patman.db", timeout=30)
    tables = ("series", "ser_ver", "pcommit", "workflow", "gitpatman_version", "gitpatman_tracking")
    # What was taken back has used up its numbers.
    rows = {table: sorted(repr(row) for row in connection.execute(f"SELECT * FROM {table}")) for table in tables}
    undo = connection.execute("SELECT what, undone IS NULL FROM gitpatman_undo ORDER BY id").fetchall()
    connection.close()
    return {
        "refs": box.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"),
        "trees": box.git("for-each-ref", "--format=%(refname) %(tree)", "refs/heads"),
        "HEAD": (git / "HEAD").read_text(),
        "index": box.git("ls-files", "-s"),
        "status": box.git("status", "--porcelain"),
        "diff": box.git("diff"),
        "config": sorted((git / "config").read_text().split()),
        "rows": rows,
        "undo": undo,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="GIT-PATMAN")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name begins so, separated by commas")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="kills of the whole group")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("strace is not there, and nothing can be tested without it")
    failed = 0
    for name in CASES:
        if not name.startswith(tuple(args.only.split(","))):
            continue
        case = Case(name, args)
        try:
            case.prepare()
            case.kill_self()
            case.kill_group()
            if not 0 < case.undone < case.points:
                print(f"{name}: the kills have all come too early, or too late")
                case.failed += 1
            print(f"{name}: {case.failed} of {case.points} failed; {case.undone} had not begun", flush=True)
            failed += case.failed
        finally:
            shutil.rmtree(case.top)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
