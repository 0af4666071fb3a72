#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Work on many series at once, from many processes, as a maintainer's day and its cron jobs would.

usage: fifty.py [--series N] [--processes N] [--only one|three] [--limit SECONDS] [-v] GIT-PATMAN

The series are sent in two versions, and come in turn from mboxes, from an archive over HTTP and from a clone of one. They
are started, checked, executed, listed, shown, brought to their second version, compared, given trailers, and finished or
removed, --processes commands at a time, while others list and check them; once in one repository, and once in three clones
that share a database, where each fifth series is in all of them.

No command may fail. Meanwhile a connection of this script takes the write lock of the database again and again: none of its
waits may be longer than --limit and twice the longest commit to a database of the script's own, which says what the disk and
the other load of the machine are worth. In the end each worktree must hold the tree that its author had, with nothing changed; the
trailers must be there once; `db check` and SQLite's own check must be content, nothing be left of what is removed, and the
user's checkout be as it was. Prints, for each step, how long it took, and its slowest command beside the same command alone.
"""

import argparse
import gzip
import http.server
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "crash"))

from sandbox import Sandbox, differences, lines  # noqa: E402

SOURCES = ("mbox", "archive", "clone")
SENT = 1767225600


class Series:
    """One series, of three patches, in two versions."""

    def __init__(self, number):
        self.number, self.word = number, f"part{number:02}"
        self.title = f"{self.word}: Change what is there"
        self.name = f"{self.word}-change-what-is-there"
        self.source = SOURCES[number % 3]
        self.mails, self.trees = {}, {}

    def patches(self, version):
        """Subject and files of each patch."""
        first = lines(self.word).replace(f"{self.word} 3\n", f"{self.word} three\n")
        second = first.replace(f"{self.word} 20\n", f"{self.word} twenty, v{version}\n")
        return [(f"{self.word}: Spell three", {f"src/{self.word}.c": first}),
                (f"{self.word}: Spell twenty", {f"src/{self.word}.c": second, "src/shared.c": self.shared()}),
                (f"{self.word}: Add a file", {f"doc/{self.word}.txt": lines(f"v{version}", 5)})]

    def shared(self):
        return lines("shared", 400).replace(f"shared {self.number * 5 + 3}\n", f"shared, {self.word}\n")

    def cover(self, version):
        return self.mails[version][0].split("Message-ID: <")[1].split(">")[0]


class Archive(http.server.ThreadingHTTPServer):
    """Answers as a public-inbox does, as far as it is asked: threads and single mails."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Asked)
        self.threads = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}/list/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def add(self, thread, mails):
        for mail in mails:
            self.threads[mail.split("Message-ID: <")[1].split(">")[0]] = thread


class Asked(http.server.BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = [urllib.parse.unquote(part) for part in self.path.split("?")[0].strip("/").split("/")]
        thread = self.server.threads.get(parts[1]) if len(parts) > 1 else None
        if thread is None:
            self.answer(404, b"[No results found]")
        elif parts[2:] == ["raw"]:
            self.answer(200, next(mail for mail in thread if f"<{parts[1]}>" in mail).encode())
        elif parts[2:] == ["t.mbox.gz"]:
            text = "".join(f"From mboxrd@z Thu Jan  1 00:00:00 1970\n{mail}\n" for mail in thread)
            self.answer(200, gzip.compress(text.encode(), 1), "application/gzip")
        else:
            self.answer(200, b"<html>a mail</html>", "text/html")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(404, b"[No results found]")

    def log_message(self, *_):
        pass


class Probe(threading.Thread):
    """Takes the write lock of a database again and again, and notes how long it had to wait."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.ended, self.waits = path, threading.Event(), []

    def run(self):
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        while not self.ended.wait(0.02):
            began = time.monotonic()
            self.take(connection)
            self.waits.append(time.monotonic() - began)
        connection.close()

    def take(self, connection):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")

    def end(self):
        """The waits, the longest last."""
        self.ended.set()
        self.join()
        return sorted(self.waits)


class Control(Probe):
    """Commits to a database that nobody else has, and notes how long that took."""

    def take(self, connection):
        connection.execute("CREATE TABLE IF NOT EXISTS time (at)")
        connection.execute("INSERT INTO time VALUES (1)")


class Day:
    """All of it, in one repository or in several clones."""

    def __init__(self, top, args, clones):
        self.args, self.box = args, Sandbox(top / "box", args.program)
        self.problems, self.alone, self.times = [], {}, []
        self.series = [Series(number) for number in range(args.series)]
        self.prepare()
        self.env = {}
        self.clones = [self.box.repo]
        if clones > 1:
            (self.box.top / "db").mkdir()
            self.env["PATMAN_DB_DIR"] = str(self.box.top / "db")
            self.clones = [self.clone(f"clone{number}") for number in range(clones)]
        self.database = (self.box.top / "db" if clones > 1 else self.box.repo / ".git/patman") / ".patman.db"

    # The material.

    def prepare(self):
        """A repository, its series as their authors sent them, and an archive with what is sent so far."""
        self.box.make()
        git = self.box.git
        git("stash", "-q")
        for one in self.series:
            (self.box.repo / f"src/{one.word}.c").write_text(lines(one.word))
        (self.box.repo / "src/shared.c").write_text(lines("shared", 400))
        git("add", "src")
        git("commit", "-q", "-m", "Parts")
        git("stash", "pop", "-q")
        git("clone", "-q", "repo", "authors", cwd=self.box.top)
        authors = self.box.top / "authors"
        self.write(authors)
        for one in self.series:
            for version in (1, 2):
                one.trees[version] = git("rev-parse", f"{one.word}-v{version}^{{tree}}", cwd=authors)
                one.mails[version] = self.send(one, version, authors)
                (self.box.top / f"{one.word}-v{version}.mbox").write_text(
                    "".join(f"From git@z Thu Jan  1 00:00:00 2026\n{mail}\n" for mail in one.mails[version]))
        self.archive = Archive()
        git("init", "-q", "--bare", "list/git/0.git", cwd=self.box.top)
        self.publish(1)

    def write(self, authors):
        """All commits of all authors."""
        stream = []
        for one in self.series:
            for version in (1, 2):
                for at, (subject, files) in enumerate(one.patches(version)):
                    who = f"Ada <ada@example.com> {SENT + version * 86400 + at} +0000"
                    stream.append(f"commit refs/heads/{one.word}-v{version}\nauthor {who}\ncommitter {who}\n")
                    stream.append(f"data {len(subject) + 1}\n{subject}\n\n")
                    stream.append("from refs/remotes/origin/main\n" if at == 0 else "")
                    stream += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items()]
        self.feed(authors, "".join(stream))

    def feed(self, repo, stream):
        done = subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, env=self.box.env, input=stream.encode(),
                              capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())

    def send(self, one, version, authors):
        answers = [f"--in-reply-to={one.cover(1)}"] if version > 1 else []
        text = self.box.git("format-patch", "--stdout", "--cover-letter", "--thread", "--base=origin/main", f"-v{version}",
                            *answers, f"origin/main..{one.word}-v{version}", cwd=authors)
        text = text.replace("*** SUBJECT HERE ***", one.title).replace("*** BLURB HERE ***", "This is why.")
        text = text.replace(".git.ada@example.com", f".{one.word}.v{version}@example.com")
        mails = [mail.split("\n", 1)[1] + "\n" for mail in ("\n" + text).split("\nFrom ")[1:]]
        first = mails[1].split("Message-ID: <")[1].split(">")[0]
        return mails + [f"From: Bob <bob@example.com>\nDate: Mon, {4 + version} Jan 2026 10:00:00 +0000\n"
                        f"Message-ID: <answer.{one.word}.v{version}@example.com>\nIn-Reply-To: <{first}>\n"
                        f"Subject: Re: {one.word}: Spell three\n\nReviewed-by: Bob <bob@example.com>\n"]

    def publish(self, version):
        """What comes to the list."""
        stream, begun = [], version > 1
        for one in self.series:
            if one.source == "archive":
                self.archive.add([mail for v in range(1, version + 1) for mail in one.mails[v]],
                                 [mail for v in range(1, version + 1) for mail in one.mails[v]])
            elif one.source == "clone":
                for at, mail in enumerate(one.mails[version]):
                    who = f"Ada <ada@example.com> {SENT + version * 86400 + at} +0000"
                    stream.append(f"commit refs/heads/master\nauthor {who}\ncommitter {who}\ndata 5\nmail\n\n"
                                  + ("" if begun else "") + ("from refs/heads/master^0\n" if begun and not stream else "")
                                  + f"M 100644 inline m\ndata {len(mail.encode())}\n{mail}\n")
        self.feed(self.box.top / "list/git/0.git", "".join(stream))
        self.box.git("symbolic-ref", "HEAD", "refs/heads/master", cwd=self.box.top / "list/git/0.git")

    def clone(self, name):
        self.box.git("clone", "-q", "repo", name, cwd=self.box.top)
        return self.box.top / name

    def spec(self, one, version):
        return {"mbox": f"../{one.word}-v{version}.mbox", "archive": f"{self.archive.url}{one.cover(version)}/",
                "clone": f"../list#{one.title}"}[one.source]

    def places(self, one):
        """The clones that a series is reviewed in."""
        if len(self.clones) == 1 or one.number % 5 == 0:
            return self.clones
        return [self.clones[one.number % len(self.clones)]]

    # The work.

    def run(self, command):
        clone, args = command
        began = time.monotonic()
        done = self.box.patman(*args, cwd=clone, env=self.env)
        took = time.monotonic() - began
        said = done.stderr.decode(errors="replace")
        if done.returncode or "error:" in said or "panicked" in said:
            self.problems.append(f"{clone.name}: {' '.join(args)}: {done.returncode}: {said.strip()}")
        return took, args, done.stdout.decode(errors="replace")

    def step(self, what, commands, beside=()):
        """Runs commands, so many at a time, and in between what only looks; the first of them alone, to compare with."""
        first, rest = commands[:1], commands[1:]
        alone = [self.run(one) for one in first]
        every = max(1, len(rest) // (len(beside) * 4 + 1))
        mixed = [one for at, command in enumerate(rest)
                 for one in ([command, beside[at // every % len(beside)]] if beside and at % every == 0 else [command])]
        began = time.monotonic()
        with ThreadPoolExecutor(self.args.processes) as pool:
            done = list(pool.map(self.run, mixed))
        took = time.monotonic() - began
        own = [one for one in done if one[1][1] == commands[0][1][1]] or done
        slowest = max((one[0] for one in own), default=0)
        print(f"  {what}: {len(mixed)} commands in {took:.1f} s; the slowest {slowest:.2f} s, alone "
              f"{alone[0][0]:.2f} s", flush=True)
        return alone + done

    def each(self, *args):
        """A command for each series in each place: a word may be made of the series."""
        return [(clone, tuple(word(one) if callable(word) else word for word in ("review", *args)))
                for one in self.series for clone in self.places(one)]

    def everywhere(self, *commands):
        return [(clone, ("review", *command)) for command in commands for clone in self.clones]

    def work(self):
        name = lambda one: one.name  # noqa: E731
        checkouts = {clone: self.checkout(clone) for clone in self.clones}
        self.run((self.clones[0], ("db", "migrate")))
        probe, control = Probe(self.database), Control(self.box.top / "control.db")
        probe.start()
        control.start()
        looks = self.everywhere(("list", "--all", "--json"), ("check", "-j", "1"), ("list",))
        self.step("start", self.each("start", lambda one: self.spec(one, 1)), looks)
        self.look(1)
        self.step("check and exec", self.everywhere(("check",), ("exec", "--all", "-j", "4", "--", "true"),
                                                    ("exec", "--all", "-j", "4", "--each-patch", "--", "true")), ())
        self.step("show", self.each("show", "--json", name), looks)
        self.publish(2)
        self.update(looks)
        self.look(2)
        self.step("compare", self.each("compare", name, "v1..v2"), looks)
        self.step("trailers", self.each("trailers", "--apply", name), looks)
        self.look(2, trailers=True)
        ends = {0: ("finish", "--superseded"), 1: ("remove",), 2: ("finish", "--merged=main")}
        self.step("finish and remove", [(clone, ("review", *ends[one.number % 3], one.name))
                                        for one in self.series for clone in self.places(one)], looks)
        self.end(probe.end(), control.end())
        for clone, before in checkouts.items():
            self.problems += [f"{clone.name}: {one}" for one in differences(before, self.checkout(clone))]

    def update(self, looks):
        """The second versions: all at once where there is a command for it, else each by its source."""
        clone = self.clones[0]
        if self.box.patman("review", "update", "-h", cwd=clone, env=self.env).returncode == 0:
            self.step("update", self.everywhere(("update", "--all")) * 2, looks)
        else:
            print("  there is no 'review update': the second versions are started one by one")
        # What nobody can be asked for, the mboxes, comes by hand in any case.
        self.step("start the next", self.each("start", lambda one: self.spec(one, 2)), looks)

    def checkout(self, clone):
        """What of the user's no command may change."""
        git = lambda *args: self.box.git(*args, cwd=clone)  # noqa: E731
        return {"status": git("status", "--porcelain", "--branch"), "stash": git("stash", "list"),
                "config": (clone / ".git/config").read_text(), "diff": git("diff"), "HEAD": git("rev-parse", "HEAD")}

    # What must hold.

    def look(self, version, trailers=False):
        for one in self.series:
            for clone in self.places(one):
                tree = clone / ".git/patman/worktrees" / one.name
                if not tree.is_dir():
                    self.problems.append(f"{clone.name}: {one.name} has no worktree")
                    continue
                said = self.box.git("log", "-1", "--format=%T", cwd=tree)
                status = self.box.git("status", "--porcelain", "--branch", cwd=tree)
                if said != one.trees[version] or status != f"## {one.name}":
                    self.problems.append(f"{clone.name}: {one.name}: {said}, not {one.trees[version]}: {status}")
                given = self.box.git("log", "--format=%B", "main..HEAD", cwd=tree).count("Reviewed-by: Bob")
                if given != trailers:
                    self.problems.append(f"{clone.name}: {one.name}: {given} trailers")

    def end(self, waits, commits):
        for clone in self.clones:
            listing = self.box.patman("review", "list", "--json", cwd=clone, env=self.env).stdout
            own = clone / ".git/patman"
            left = [path.name for path in (own / "worktrees").glob("[!.]*")] + [path.name for path in own.glob(".removed*")]
            left += [path.name for path in (own / "worktrees").glob(".removed*")]
            left += [path.name for path in (own / "scratch").glob("*")] + [path.name for path in (own / "output").glob("*")]
            left += [str(path) for path in (clone / ".git").rglob("*.lock") if own not in path.parents]
            branches = self.box.git("for-each-ref", "--format=%(refname:short)", "refs/heads", cwd=clone).split()
            pooled = [path for path in (own / "worktrees/.pool").glob("*") if path.is_dir()]
            if json.loads(listing) or left or branches != ["main"] or len(pooled) > 2:
                self.problems.append(f"{clone.name}: left: {left} {branches} {pooled} {listing.decode()[:300]}")
        self.run((self.clones[0], ("db", "check")))
        connection = sqlite3.connect(self.database)
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
        count = connection.execute("SELECT count(*) FROM series").fetchone()[0]
        versions = connection.execute("SELECT count(*) FROM ser_ver").fetchone()[0]
        connection.close()
        if (sound, count, versions) != ("ok", len(self.series), 2 * len(self.series)):
            self.problems.append(f"database: {sound}, {count} series, {versions} versions")
        if not waits or not commits:
            self.problems.append("the database was never asked")
            return
        print(f"  the write lock was asked for {len(waits)} times; the longest wait {waits[-1] * 1000:.0f} ms, the median "
              f"{waits[len(waits) // 2] * 1000:.1f} ms; the longest commit elsewhere {commits[-1] * 1000:.0f} ms, the median "
              f"{commits[len(commits) // 2] * 1000:.1f} ms", flush=True)
        if waits[-1] > self.args.limit + 2 * commits[-1]:
            self.problems.append(f"the write lock was waited for {waits[-1]:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="GIT-PATMAN")
    parser.add_argument("--series", type=int, default=50, metavar="N")
    parser.add_argument("--processes", type=int, default=16, metavar="N")
    parser.add_argument("--only", choices=("one", "three"))
    parser.add_argument("--limit", type=float, default=1, metavar="SECONDS", help="longest wait for the database on a machine that is idle")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell all problems, not only the first of them")
    args = parser.parse_args()
    failed = 0
    for name, clones in (("one", 1), ("three", 3)):
        if args.only not in (None, name):
            continue
        top, began = Path(tempfile.mkdtemp(prefix="patman-load-")), time.monotonic()
        try:
            day = Day(top, args, clones)
            print(f"{name}: {args.series} series, {args.processes} processes, {clones} "
                  f"{'clones' if clones > 1 else 'repository'}; made in {time.monotonic() - began:.1f} s", flush=True)
            day.work()
        finally:
            shutil.rmtree(top)
        for problem in day.problems[:None if args.verbose else 20]:
            print(f"FAIL {name}: {problem}", flush=True)
        failed += len(day.problems)
        print(f"{name}: {len(day.problems)} problems ({time.monotonic() - began:.0f} s)", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
