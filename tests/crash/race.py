#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Start many review commands at one instant, and see that each does its work or says who does it.

usage: race.py [--rounds N] [--only TEXT] [-n PROCESSES] GIT-PATMAN

Scenes: the same series by all; a series for each; the same title by different authors; the same mails in several clones
that share a database (PATMAN_DB_DIR); all that changes a review in some of these against the same in others; versions one
after the other; checks by all; checks while their review is removed and started; trailers added while the next version is
started; what only looks while all else changes; and start, remove, purge, list, show and prune in loops against each
other. Every process must end with 0, or with 1 and words that say who does the work; where a review is removed or purged
meanwhile, also with words that say so. In the end every series must be there once, `db check` content, no lock,
half-removed directory or stray branch left, and the user's checkout as it was.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox import NAME, Sandbox, answer, differences, lines

BUSY = ("another process is working on the series", "another process is running checks on the patches")


class Scene:
    """One round of one scene."""

    def __init__(self, name, program, top, processes):
        self.name, self.processes = name, processes
        self.box = Sandbox(top / "box", program)
        self.problems, self.busy = [], 0
        self.box.make()
        self.env = {}
        self.clones = [self.box.repo]

    def launch(self, commands):
        """Runs all of them at once: (directory, arguments)."""
        gate = self.box.top / "gate"
        running = []
        for cwd, args in commands:
            script = 'while [ ! -e "$0" ]; do sleep 0.005; done; exec "$@"'
            running.append((args, subprocess.Popen(
                ["sh", "-c", script, str(gate), str(self.box.program), *args], cwd=cwd, env={**self.box.env, **self.env},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )))
        time.sleep(0.2)
        gate.touch()
        for args, process in running:
            try:
                _, said = process.communicate(timeout=120)
                self.judge(args, process.returncode, said.decode(errors="replace"))
            except subprocess.TimeoutExpired:
                process.kill()
                self.problems.append(f"{args}: hangs")
        gate.unlink()

    def judge(self, args, status, said, allowed=()):
        if status == 1 and any(one in said for one in BUSY):
            self.busy += 1
        elif status not in (0, 1) or "panicked" in said or status and not any(one in said for one in allowed):
            self.problems.append(f"{' '.join(args)}: {status}: {said.strip()}")

    def check(self, names, more=()):
        """What must hold at the end; `names` are the series that must be there, `more` what else may be in refs/patman."""
        for clone in self.clones:
            refs = self.box.git("for-each-ref", "--format=%(refname)", cwd=clone).split()
            for name in names:
                for ref in (f"refs/heads/{name}", f"refs/patman/{name}/v1", f"refs/patman/{name}/v1-base"):
                    if refs.count(ref) != 1:
                        self.problems.append(f"{clone.name}: {ref} is missing")
                tree = clone / ".git/patman/worktrees" / name
                status = self.box.git("status", "--porcelain", cwd=tree) if tree.is_dir() else "no directory"
                if status:
                    self.problems.append(f"{clone.name}: {name}: {status}")
            stray = [ref for ref in refs if ref.startswith("refs/heads/") and ref[11:] not in [*names, "main"]]
            stray += [ref for ref in refs if ref.startswith("refs/patman/") and ref.split("/")[2] not in [*names, *more]]
            stray += [ref for ref in refs if ref.endswith(("-was", "-stopped", "-debris"))]
            locks = [path for path in (clone / ".git").rglob("*.lock") if clone / ".git/patman/locks" not in path.parents]
            own = clone / ".git/patman"
            left = [path for path in (own, own / "worktrees", own / "scratch") for path in path.glob(".removed*")]
            left += [path for path in (own / "output").glob("*") if path.name not in names]
            listed = self.box.git("worktree", "list", "--porcelain", cwd=clone)
            if stray or [one for one in locks if one.name != ".patman.db.lock"] or left:
                self.problems.append(f"{clone.name}: left: {stray} {locks} {left}")
            scratch = [path for path in (own / "scratch").glob("*") if path.is_dir()]
            if listed.count("worktree ") != 1 + len(names) + len(scratch) or "prunable" in listed or "initializing" in listed:
                self.problems.append(f"{clone.name}: worktrees: {listed}")
        done = self.box.patman("review", "list", "--all", "--json", env=self.env)
        listed = sorted(line.split('"')[3] for line in done.stdout.decode().splitlines() if line.startswith('    "series"'))
        if listed != sorted(names):
            self.problems.append(f"listed: {listed}, not {sorted(names)} {done.stderr.decode()}")
        done = self.box.patman("db", "check", env=self.env)
        if done.returncode:
            self.problems.append(f"db check: {done.stdout.decode()} {done.stderr.decode()}")


def same(scene):
    scene.box.usual(1)
    scene.launch([(scene.box.repo, ("review", "start", "../v1.mbox"))] * scene.processes)
    scene.check([NAME])


def different(scene):
    text = lines("one")
    for number in range(scene.processes):
        word = chr(ord("a") + number)
        scene.box.series(f"{word}.mbox", 1, f"{word}: Change", [(f"{word}: c", {"src/one.c": text + word + "\n"})])
    scene.launch([(scene.box.repo, ("review", "start", f"../{chr(ord('a') + n)}.mbox")) for n in range(scene.processes)])
    if scene.busy:
        scene.problems.append(f"{scene.busy} say that another works on their series")
    scene.check([f"{chr(ord('a') + n)}-change" for n in range(scene.processes)])


def authors(scene):
    """The same title by others: a second process may be told that the name is being worked on, and then gets its own."""
    people = ["Ada", "Bob", "Cyd", "Dee"]
    for who in people:
        text = lines("one") + who + "\n"
        scene.box.series(f"{who}.mbox", 1, "one: Same", [("one: s", {"src/one.c": text})], f"{who} <{who}@example.com>")
    scene.launch([(scene.box.repo, ("review", "start", f"../{who}.mbox")) for who in people])
    for who in people:
        done = scene.box.patman("review", "start", f"../{who}.mbox")
        scene.judge(("start", who), done.returncode, done.stderr.decode())
    names = scene.box.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    names.remove("main")
    if len(names) != len(people):
        scene.problems.append(f"{names} are not {len(people)} series")
    scene.check(names)


def three_clones(scene):
    scene.env = {"PATMAN_DB_DIR": str(scene.box.top / "db")}
    (scene.box.top / "db").mkdir()
    scene.box.git("stash", "-q")
    for number in range(3):
        scene.box.git("clone", "-q", "repo", f"clone{number}", cwd=scene.box.top)
        scene.clones.append(scene.box.top / f"clone{number}")


def clones(scene):
    scene.box.usual(1)
    three_clones(scene)
    scene.launch([(clone, ("review", "start", "../v1.mbox")) for clone in scene.clones * 3])
    scene.check([NAME])


def allow(scene, *words):
    """Words of a process that found that others had changed what it was to work on."""
    scene.judge = lambda args, status, said, judge=scene.judge: judge(args, status, said, words)


def alone(scene, *args):
    """In peace it must be done."""
    done = scene.box.patman(*args, env=scene.env)
    if done.returncode:
        scene.problems.append(f"{args}: {done.returncode}: {done.stderr.decode()}")
    return done


def loops(scene):
    """Everything against everything; then once more in peace."""
    for version in (1, 2):
        scene.box.usual(version)
    commands = [
        ("review", "start", "../v1.mbox"), ("review", "start", "../v2.mbox"), ("review", "remove", NAME),
        ("review", "remove", "--purge", NAME), ("review", "list", "--json"), ("review", "prune"), ("review", "show", NAME),
        ("review", "remove", "--force", NAME),
    ]
    allow(scene, "there is no review")
    for _ in range(3):
        scene.launch([(scene.box.repo, command) for command in commands * 2])
    scene.launch([(scene.box.repo, ("review", "remove", "--purge", NAME))])
    scene.launch([(scene.box.repo, ("review", "prune"))])
    scene.launch([(scene.box.repo, ("review", "start", "../v1.mbox"))])
    scene.check([NAME])


GONE = ("there is no review", "is not applied here", "is gone", "was started again in the meantime", "is not applied in this repository",
        "its only version was taken back")
BUILD = ("--", "sh", "-c", "echo built >one.o && wc -l src/one.c")


def purges(scene):
    """Everything that changes a review, in some clones against others; then once more in peace."""
    for version in (1, 2):
        scene.box.usual(version)
    three_clones(scene)
    allow(scene, *GONE, "is under review in another clone too")
    verbs = [("start", "../v1.mbox"), ("remove", "--purge", NAME), ("remove", NAME), ("prune",), ("finish", NAME, "--merged"),
             ("list", "--all"), ("exec", "--each-patch", NAME, *BUILD)]
    for turn in range(4):
        scene.launch([(clone, ("review", *verbs[(turn + at + more) % len(verbs)]))
                      for at, clone in enumerate(scene.clones) for more in (0, 1, 2)])
        done = scene.box.patman("db", "check", env=scene.env)
        if done.returncode:
            scene.problems.append(f"db check: {done.stdout.decode()}")
    for clone in scene.clones:
        scene.launch([(clone, ("review", "start", "../v1.mbox"))])
    scene.check([NAME])


def checks(scene):
    """Checks on one review by all, in its worktree and at each patch."""
    scene.box.usual(1)
    alone(scene, "review", "start", "../v1.mbox")
    ways = [(), ("--each-patch",), ("--rerun",), ("--each-patch", "--rerun")]
    scene.launch([(scene.box.repo, ("review", "exec", *ways[n % 4], NAME, *BUILD)) for n in range(scene.processes)])
    for way in ((), ("--each-patch",)):
        done = alone(scene, "review", "exec", *way, NAME, *BUILD)
        if done.stdout.decode().count("cached") != (2 if way else 1):
            scene.problems.append(f"exec {way}: {done.stdout.decode()}")
    scratch = scene.box.repo / ".git/patman/scratch" / NAME
    status = scene.box.git("status", "--porcelain", "--ignored", cwd=scratch)
    if status != "!! one.o":
        scene.problems.append(f"scratch: {status}")
    scene.check([NAME])


def removals(scene):
    """Checks while their review is removed, finished, purged and started again."""
    for version in (1, 2):
        scene.box.usual(version)
    allow(scene, *GONE)
    verbs = [("exec", NAME, *BUILD), ("start", "../v1.mbox"), ("exec", "--each-patch", "--rerun", NAME, *BUILD),
             ("remove", NAME), ("exec", "--all", *BUILD), ("finish", NAME, "--rejected"), ("remove", "--purge", NAME),
             ("start", "../v2.mbox")]
    for turn in range(3):
        alone(scene, "review", "start", f"../v{1 + turn % 2}.mbox")
        scene.launch([(scene.box.repo, ("review", *verb)) for verb in verbs])
    for args in (("start", "../v1.mbox"), ("prune",), ("start", "../v1.mbox"), ("exec", "--each-patch", NAME, *BUILD)):
        alone(scene, "review", *args)
    scene.check([NAME])


def trailers(scene):
    """Trailers are added while the next version is started."""
    for version in (1, 2):
        scene.box.usual(version)
        answer(scene.box, version)
    alone(scene, "review", "start", "../v1.mbox")
    verbs = [("trailers", "--apply", NAME), ("start", "../v2.mbox"), ("trailers", NAME), ("start", "../v1.mbox")]
    scene.launch([(scene.box.repo, ("review", *verbs[n % 4])) for n in range(scene.processes)])
    for args in (("start", "../v2.mbox"), ("trailers", "--apply", NAME)):
        alone(scene, "review", *args)
    messages = scene.box.git("log", "--format=%B", f"main..{NAME}")
    if messages.count("Reviewed-by: Bob <bob@example.com>") != 1:
        scene.problems.append(f"trailers: {messages}")
    scene.check([NAME], ("kept",))


def onlookers(scene):
    """What only looks is never in the way of what changes, nor misled by it."""
    for version in (1, 2):
        scene.box.usual(version)
    alone(scene, "review", "start", "../v1.mbox")
    allow(scene, *GONE, "has no worktree here", "was deleted")
    changes = [("start", "../v2.mbox"), ("remove", NAME), ("prune",), ("start", "../v1.mbox")]
    looks = [("check",), ("check", "../v2.mbox", NAME), ("list", "--all", "--json"), ("show", "--json", NAME),
             ("diff", NAME), ("trailers", NAME), ("path", NAME), ("start", "--dry-run", "../v2.mbox")]
    for turn in range(2):
        both = [one for pair in zip(looks, changes[turn % 2:] * 3) for one in pair]
        scene.launch([(scene.box.repo, ("review", *one)) for one in both])
    for version in (1, 2):
        alone(scene, "review", "start", f"../v{version}.mbox")
    scene.check([NAME])


def versions(scene):
    """Versions one after the other while others look on."""
    for version in (1, 2):
        scene.box.usual(version)
    scene.launch([(scene.box.repo, ("review", "start", f"../v{1 + n % 2}.mbox")) for n in range(scene.processes)])
    for version in (1, 2):
        scene.launch([(scene.box.repo, ("review", "start", f"../v{version}.mbox"))])
    scene.check([NAME])


SCENES = {one.__name__: one for one in (same, different, authors, clones, purges, versions, checks, removals, trailers,
                                        onlookers, loops)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="GIT-PATMAN")
    parser.add_argument("--rounds", type=int, default=20, metavar="N")
    parser.add_argument("--only", default="", metavar="TEXT", help="scenes whose name begins so, separated by commas")
    parser.add_argument("-n", type=int, default=8, metavar="PROCESSES")
    args = parser.parse_args()
    failed = rounds = 0
    for name, run in SCENES.items():
        if not any(name.startswith(one) for one in args.only.split(",")):
            continue
        bad, busy, began = 0, 0, time.monotonic()
        for number in range(args.rounds):
            top = Path(tempfile.mkdtemp(prefix="patman-race-"))
            try:
                scene = Scene(name, args.program, top, args.n)
                # Where there are clones, what is not committed is stashed first.
                checkout = scene.box.checkout() if name not in ("clones", "purges") else None
                run(scene)
                if checkout:
                    scene.problems += differences({"checkout": checkout}, {"checkout": scene.box.checkout()})
            finally:
                shutil.rmtree(top)
            rounds, busy, bad = rounds + 1, busy + scene.busy, bad + bool(scene.problems)
            for problem in scene.problems:
                print(f"FAIL {name} {number}: {problem}", flush=True)
        failed += bad
        print(f"{name}: {bad} of {args.rounds} rounds failed, {busy} processes gave way "
              f"({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{failed} of {rounds} rounds failed")
    sys.exit(1 if failed or not rounds else 0)


if __name__ == "__main__":
    main()
