#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill commands that change the user's own series at every instant, and look at what the next command finds.

usage: author.py [--every N] [--only TEXT] [--times N] [--modes LIST] GIT-PATMAN

strace must be there: without it this fails. Modes:

  self    git-patman alone is killed before its Nth system call that starts, waits for or writes something; gits that it has
          started live on
  group   git-patman and all that it has started are killed at once, at N times spread over the command
  child   a git that it has started, and that changes something, is killed before its Nth system call; git-patman lives on
  both    the same, and git-patman is killed with it
  error   a system call of git-patman itself fails with ENOSPC or EIO, once or from then on
  full    the disk, which is a small one in memory, is full for git-patman and its gits after some pages; needs root

After each of them a command that changes nothing runs, and finishes what had begun. Locks that a killed git has left are
named by an error, and removed as it says. Branches, tags, HEAD, index, files, settings and rows must then all be as
before, or all as after a run that nobody disturbed; where they are as before, the command is run again and must bring
them there. Edits of the user's are where they were, each commit that a branch had is held by a ref, git finds nothing
broken, nor does SQLite, and nothing of ours is left.
"""

import argparse
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peer"))
from patchwork import Fake, Patchwork  # noqa: E402 (it is beside, not here)

CALLS = ("rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,pwrite64,write,fsync,fdatasync,ftruncate,"
         "clone,clone3,vfork,wait4,waitid")

# Gits that change something.
CHANGING = "update-ref read-tree symbolic-ref config notes update-index"
# A git that counts those, and runs the one of that number where it can be counted or killed.
SHIM = """#!/bin/sh
case " $* " in
*" --get"*|*" --list"*|*"config -z"*|*"read-tree -n"*) ;;
*)
  for word in %s; do
    case " $* " in *" $word "*)
      number=$(cat "$SHIM_DIR/count" || echo 0); number=$((number + 1)); echo $number >"$SHIM_DIR/count"
      if [ "$number" = "$SHIM_AT" ]; then
        [ -z "$SHIM_BOTH" ] || kill -9 $PPID
        exec strace -f -o "$SHIM_DIR/log" -e "trace=$SHIM_CALLS" $SHIM_INJECT %s "$@"
      fi
      break
    esac
  done
esac
exec %s "$@"
""" % (CHANGING, shutil.which("git"), shutil.which("git"))

# What has been done before, and the command. Words are what `arrange` does.
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
    "mark with notes": (["notes"], ["series", "mark"]),
    "unmark": ([["series", "mark"]], ["series", "unmark"]),
    "add -m": (["untracked"], ["series", "add", "-m", "-1"]),
    "add -f": (["untracked", ["series", "-s", "video", "add", "-M", "-1"], "wrong version"],
               ["series", "add", "-f", "-M", "-1"]),
    "scan -m": (["more"], ["series", "scan", "-m"]),
    "scan -u": ([["series", "inc"], "no tags"], ["series", "scan", "-u", "-M"]),
    "scan": (["more"], ["series", "scan", "-M"]),
    "changes": ([["series", "inc"]], ["series", "changes", "Spell it"]),
    "changes staged": ([["series", "inc"], "staged"], ["series", "changes", "Spell it", "-p", "1"]),
    "set-link": ([], ["series", "set-link", "7"]),
    "set-link -u": ([], ["series", "set-link", "-u", "7"]),
    "save-notes": ([], ["series", "save-notes", "notes.txt"]),
    "set-upstream": (["server"], ["series", "set-upstream", "us"]),
    "autolink": (["server", ["series", "set-upstream", "us"]], ["series", "autolink"]),
    "gather": (["server", ["series", "set-upstream", "us"], ["series", "set-link", "110"]], ["series", "gather"]),
    "status -d": (["server", ["series", "set-upstream", "us"], ["series", "set-link", "110"], "dest"],
                  ["status", "-d", "dest", "-f"]),
    "inc, packed refs": (["packed"], ["series", "inc"]),
    "dec, packed refs": ([["series", "inc"], "more", "packed"], ["series", "dec"]),
    "rename, packed refs": ([["series", "inc"], "packed"], ["series", "-s", "video", "rename", "-N", "film"]),
    "mark, linked": (["linked"], ["series", "-s", "video", "mark"]),
    "rename, linked": (["linked"], ["series", "-s", "video", "rename", "-N", "film"]),
    "changes, linked": (["linked"], ["series", "-s", "video", "changes", "Spell it"]),
    "inc, elsewhere": (["elsewhere"], ["series", "-s", "video", "inc"]),
    "dec, elsewhere": ([["series", "inc"], "more", "elsewhere"], ["series", "-s", "video", "dec"]),
    "mark, elsewhere": (["elsewhere"], ["series", "-s", "video", "mark"]),
    "archive, elsewhere": (["elsewhere"], ["series", "-s", "video", "archive"]),
    "rm, linked": (["linked", "freed"], ["series", "-s", "video", "rm"]),
}


class Case:
    def __init__(self, name, args):
        self.name, self.args = name, args
        self.before, self.command = CASES[name]
        self.top = Path(tempfile.mkdtemp(prefix="patman-crash-"))
        self.is_mounted = "full" in args.modes.split(",")
        if self.is_mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "patman-crash", str(self.top)], check=True)
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
        box.patman("db", "migrate")
        connection = sqlite3.connect(box.repo / ".git/patman/.patman.db")
        connection.executescript(
            "INSERT INTO series (name, desc, archived) VALUES ('video', 'video: Steps', 0);"
            "INSERT INTO ser_ver (series_id, version, desc) VALUES (1, 1, 'video: Steps');"
            "INSERT INTO pcommit (svid, seq, subject) VALUES (1, 0, 'video: Step 1'), (1, 1, 'video: Step 2')"
        )
        connection.commit()
        connection.close()
        for step in self.before:
            if isinstance(step, str):
                arrange(box, step)
            else:
                self.run(box, step)
        self.old = state(box)
        self.tips = box.git("for-each-ref", "--format=%(objectname)", "refs/heads").split()
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

    def strace(self, box, *options, out="/dev/null"):
        return box.run("strace", "-o", str(out), *options, str(box.program), *self.command)

    def counted(self):
        """The calls that the command makes by itself."""
        box, log = self.copied(), self.top / "calls"
        self.strace(box, "-e", f"trace={CALLS}", out=log)
        shutil.rmtree(box.top)
        return [line.split("(")[0] for line in log.read_text().splitlines() if "(" in line]

    def kill_self(self):
        for at in range(1, len(self.counted()) + 1, self.args.every):
            box = self.copied()
            self.strace(box, "-e", f"trace={CALLS}", "-e", f"inject={CALLS}:signal=KILL:when={at}")
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
            self.look(box, f"group {at}")

    def shimmed(self, at, inject="", both=""):
        """The command, with something done to the git of that number; what was traced of it."""
        box, shim = self.copied(), self.top / "shim"
        shutil.rmtree(shim, ignore_errors=True)
        shim.mkdir()
        (shim / "git").write_text(SHIM)
        (shim / "git").chmod(0o755)
        env = {"PATH": f"{shim}:{box.env['PATH']}", "SHIM_DIR": str(shim), "SHIM_AT": str(at), "SHIM_INJECT": inject,
               "SHIM_BOTH": both, "SHIM_CALLS": CALLS}
        done = box.run(str(box.program), *self.command, env=env)
        log = shim / "log"
        # A git whose git-patman is gone lives on for a moment.
        for _ in range(200):
            if not both or log.exists() and "+++" in log.read_text(errors="replace"):
                break
            time.sleep(0.02)
        return box, done, log.read_text(errors="replace").splitlines() if log.exists() else []

    def kill_child(self, both=""):
        for number in range(1, 100):
            box, _, calls = self.shimmed(number)
            shutil.rmtree(box.top)
            if not calls:
                break
            for at in range(1, sum("(" in line for line in calls) + 1, self.args.every):
                box, done, _ = self.shimmed(number, f"-e inject={CALLS}:signal=KILL:when={at}", both)
                self.look(box, f"{'both' if both else 'child'} {number} {at}", done)

    def fail(self):
        """The calls of each kind fail."""
        calls = [call for call in self.counted() if not call.startswith(("clone", "vfork", "wait"))]
        turn = 0
        for call in sorted(set(calls)):
            for at in range(1, calls.count(call) + 1, max(1, self.args.every // 2)):
                turn += 1
                code, more = ("ENOSPC", "EIO")[turn % 2], ("", "+")[turn // 2 % 2]
                box = self.copied()
                done = self.strace(box, "-e", f"trace={call}", "-e", f"inject={call}:error={code}:when={at}{more}")
                self.look(box, f"error {call} {at}{more} {code}", done)

    def fill(self):
        """There is room for so many pages more."""
        filler = self.top / "filler"
        for pages in range(0, 60, max(1, self.args.every // 2)):
            box = self.copied()
            there = os.statvfs(self.top)
            with open(filler, "wb") as out:
                os.posix_fallocate(out.fileno(), 0, max(1, there.f_bavail - pages) * there.f_frsize)
            done = box.patman(*self.command)
            filler.unlink()
            self.look(box, f"full {pages}", done)

    def gone(self):
        if self.is_mounted:
            subprocess.run(["umount", str(self.top)], check=True)
        shutil.rmtree(self.top)

    def locks(self, box):
        """Locks of git's that somebody who was killed has left; once an error has named them they are removed."""
        found = [path for path in (box.repo / ".git").rglob("*.lock") if "patman" not in path.relative_to(box.repo).parts[1:2]]
        found += (box.repo / ".git").glob("packed-refs.new")
        if not found:
            return []
        journal = box.repo / ".git/patman/rewrite.json"
        said = []
        if journal.exists():
            text = box.patman("undo", "--list").stderr.decode()
            if journal.exists() and not all(str(path) in text for path in found):
                said.append(f"{[path.name for path in found]} are not named: {text}")
        for path in found:
            path.unlink(missing_ok=True)
        return said

    def look(self, box, where, did=None):
        self.points += 1
        said = []
        text = did.stderr.decode(errors="replace") if did else ""
        if "panicked" in text:
            said.append(text)
        at_once = (box.repo / ".git/patman/rewrite.json").exists()
        said += self.locks(box)
        done = box.patman("undo", "--list")
        if done.returncode:
            said.append(f"undo --list: {done.stderr.decode()}")
        if (box.repo / ".git/patman/rewrite.json").exists():
            said.append(f"the journal is still there: {done.stderr.decode()}")
        found = state(box)
        if did and did.returncode == 0 and not self.same(found, self.new):
            said.append("it says that all is done, and it is not")
        # Where nothing can be said, what is said is what fails.
        if did and did.returncode == 1 and "error: " in text and not at_once and self.same(found, self.new):
            said.append(f"it says that it failed, and all is done: {text}")
        if self.same(found, self.old):
            self.undone += 1
            done = box.patman(*self.command)
            found = state(box)
            if not self.same(found, self.new):
                said.append(f"again: {done.stderr.decode()}")
        said += [f"{key}:\n   {self.new[key]}\n   {found[key]}" for key in self.new
                 if key not in self.loose and self.new[key] != found[key]]
        fsck = box.run("git", "fsck", "--no-dangling", "--no-progress")
        if fsck.returncode or b"error" in fsck.stderr or b"missing" in fsck.stdout:
            said.append(fsck.stderr.decode())
        lost = box.git("rev-list", *self.tips, "--not", "--all")
        if lost:
            said.append(f"no ref holds {lost}")
        own = box.repo / ".git/patman"
        left = [path.name for path in own.iterdir() if path.name.startswith((".rewrite", "rewrite")) and path.suffix != ".new"]
        if left:
            said.append(f"left: {left}")
        if said:
            self.failed += 1
            print(f"{self.name}, {where}: {text} " + "\n  ".join(said), flush=True)
        shutil.rmtree(box.top)

    # A Change-Id is another one each time, and so are the commits that have it.
    @property
    def loose(self):
        return ("refs",) if " -m" in f" {' '.join(self.command)}" or "mark" in self.command else ()

    def same(self, one, other):
        return all(one[key] == other[key] for key in one if key not in self.loose)


def arrange(box, what):
    """What is done before, by its word."""
    database = box.repo / ".git/patman/.patman.db"
    if what == "more":
        (box.repo / "src/more.c").write_text("more\n" * 2000)
        box.git("rm", "-q", "--cached", "src/one.c")
        (box.repo / "src/one.c").unlink()
        box.git("add", "src/more.c")
        box.git("commit", "-q", "-m", "video: More")
    elif what == "notes":
        box.git("notes", "add", "-m", "A note")
    elif what == "untracked":
        sql(database, "DELETE FROM pcommit; DELETE FROM ser_ver; DELETE FROM series")
    elif what == "wrong version":
        box.git("switch", "-q", "-c", "video2")
        box.git("branch", "-q", "--set-upstream-to", "main")
        box.git("stash", "-q", "-u")
        box.git("commit", "-q", "--amend", "-m", "video: Step 2\n\nWhy.\n\nSeries-version: 7")
        box.git("stash", "pop", "-q")
    elif what == "no tags":
        box.git("stash", "-q", "-u")
        box.git("commit", "-q", "--amend", "-m", "video: Step 2\n\nWhy.\n\nSeries-version: 9")
        box.git("stash", "pop", "-q")
    elif what == "staged":
        (box.repo / "src/four.c").write_text("staged\n")
        box.git("add", "src/four.c")
    elif what == "server":
        url = f"http://127.0.0.1:{SERVER[0]}"
        sql(database, f"INSERT INTO upstream (name, url, is_default, patchwork_url) VALUES ('us', '', 1, '{url}')")
    elif what == "dest":
        box.git("branch", "dest", "main")
    elif what == "packed":
        box.git("pack-refs", "--all")
        box.git("repack", "-adq")
    elif what == "elsewhere":
        box.git("switch", "-q", "main")
    elif what == "linked":
        box.git("switch", "-q", "main")
        box.git("worktree", "add", "-q", str(box.top / "linked"), "video")
        (box.top / "linked/src/three.c").write_text("edited\n")
    elif what == "freed":
        box.git("switch", "-q", "--detach", cwd=box.top / "linked")
    else:
        raise RuntimeError(what)


def sql(database, text):
    connection = sqlite3.connect(database)
    connection.executescript(text)
    connection.commit()
    connection.close()


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Who has asked may have been killed."""


SERVER = []


def state(box):
    """What must be as before or as after."""
    git = box.repo / ".git"
    connection = sqlite3.connect(git / "patman/.patman.db", timeout=30)
    tables = ("series", "ser_ver", "pcommit", "workflow", "gitpatman_version", "gitpatman_tracking")
    # What was taken back has used up its numbers.
    rows = {table: sorted(masked(repr(row)) for row in connection.execute(f"SELECT * FROM {table}")) for table in tables}
    sound = [connection.execute(f"PRAGMA {pragma}").fetchall() for pragma in ("integrity_check", "foreign_key_check")]
    undo = connection.execute("SELECT what, undone IS NULL FROM gitpatman_undo ORDER BY id").fetchall()
    connection.close()
    linked = {}
    if (box.top / "linked").is_dir():
        linked = {word[0]: box.git(*word, cwd=box.top / "linked", check=False)
                  for word in (("symbolic-ref", "-q", "HEAD"), ("status", "--porcelain"), ("diff",), ("ls-files", "-s"))}
    return {
        "linked": linked,
        "sound": sound,
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


def masked(text):
    """Change-Ids are other ones each time."""
    return re.sub("I[0-9a-f]{40}|'[0-9a-f]{40}'", "ID", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="GIT-PATMAN")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name begins so, separated by commas")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="kills of the whole group")
    parser.add_argument("--modes", default="self,group,child,both,error", metavar="LIST")
    args = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("strace is not there, and nothing can be tested without it")
    server = Server(("127.0.0.1", 0), Patchwork)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    SERVER.append(server.server_address[1])
    Patchwork.fake = Fake(f"http://127.0.0.1:{SERVER[0]}", subjects=["video: Step 1", "video: Step 2"], title="video: Steps")
    failed = points = 0
    modes = args.modes.split(",")
    for name in CASES:
        if not name.startswith(tuple(args.only.split(","))):
            continue
        case = Case(name, args)
        try:
            case.prepare()
            for mode, run in (("self", case.kill_self), ("group", case.kill_group), ("child", case.kill_child),
                              ("both", lambda: case.kill_child("yes")), ("error", case.fail), ("full", case.fill)):
                if mode in modes:
                    run()
            if "self" in modes and not 0 < case.undone < case.points:
                print(f"{name}: the kills have all come too early, or too late")
                case.failed += 1
            print(f"{name}: {case.failed} of {case.points} failed; {case.undone} had not begun", flush=True)
            failed, points = failed + case.failed, points + case.points
        finally:
            case.gone()
    print(f"{failed} of {points} failed")
    sys.exit(1 if failed or not points else 0)


if __name__ == "__main__":
    main()
