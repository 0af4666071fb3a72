#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare migrations with those of patman itself, and let both run on one database at once.

usage: migrate.py GIT-PATMAN PATMAN [OLDER]

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Every fixture of tests/data/db is migrated by both, which must give the same tables, columns and
rows; each must then accept what the other has made. The same with series that have no upstream and whose branches track a
local branch, a remote that is an upstream, one that is none, and nothing. Then 24 processes, every second one of patman, start at one instant on
a database of version 1, and again where there is none: all must succeed, and no row may be lost or doubled. Last, each
waits for the other's lock. OLDER is a git-patman built earlier: it takes part in the races, and waits for locks too. Prints a line for each part; exit 1 if any fails.
"""
import fcntl
import glob
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from parts import forked  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'db')
# What patman 0.5.0 says when it starts at the instant at which another patman has made its table of versions, but not yet
# filled it: that happens with no other program about.
OWN_RACE = "'NoneType' object is not subscriptable"
# Series without an upstream, by what their branches track; `guessed` tracks nothing, and is above a branch of a remote.
TRACKED = [('local', '.', 'refs/heads/base'), ('local-short', '.', 'base'), ('known', 'us', 'refs/heads/main'),
           ('unknown', 'elsewhere', 'refs/heads/topic'), ('no-remote', 'gone', 'refs/heads/a/b'), ('put-away', 'us', 'refs/heads/main')]
SERIES = [*(name for name, _, _ in TRACKED), 'guessed', 'untracked']
failures = 0


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


def content(folder):
    """Patman's tables: columns and rows, and the integrity of the file."""
    con = sqlite3.connect(os.path.join(folder, '.patman.db'))
    names = [row[0] for row in con.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' "
        "AND name NOT GLOB 'gitpatman_*' ORDER BY name")]
    tables = {name: ([row[1:] for row in con.execute(f'PRAGMA table_info({name})')],
                     sorted(map(repr, con.execute(f'SELECT * FROM {name}')))) for name in names}
    integrity = con.execute('PRAGMA integrity_check').fetchone()[0]
    con.close()
    return tables, integrity


def difference(one, other):
    """Names the first table in which two contents differ."""
    for name in sorted(set(one[0]) | set(other[0])):
        if one[0].get(name) != other[0].get(name):
            return f'table {name}: {one[0].get(name)} against {other[0].get(name)}'
    return '' if one[1] == other[1] == 'ok' else f'integrity {one[1]} and {other[1]}'


class Work:
    """A directory with a repository, a home and a database."""

    def __init__(self, top, commands):
        self.top, self.commands, self.count = top, commands, 0
        self.programs = {who: forked.Program(command[0]) for who, command in commands.items()}
        self.repo = os.path.join(top, 'repo')
        self.env = dict(os.environ, HOME=top, USER='tester', GIT_CONFIG_NOSYSTEM='1', PYTHONDONTWRITEBYTECODE='1')
        for key in [key for key in self.env if key.startswith(('GIT_DIR', 'GIT_WORK', 'PATMAN_'))]:
            del self.env[key]
        subprocess.run(['git', 'init', '-q', self.repo], env=self.env, check=True)
        for key, value in ('user.name', 'Tester'), ('user.email', 'tester@example.com'):
            subprocess.run(['git', 'config', '--global', key, value], env=self.env, check=True)
        open(os.path.join(top, '.patman'), 'a').close()
        self.branches()

    def git(self, *args):
        """Run git in the repository."""
        done = subprocess.run(['git', *args], cwd=self.repo, env=self.env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def branches(self):
        """Make the branches of SERIES, which track what their names say."""
        commit = ['commit', '-q', '--allow-empty', '-m']
        for name, branch in ('us', 'main'), ('elsewhere', 'topic'):
            self.git(*commit, name)
            self.git('remote', 'add', name, f'https://example.com/{name}.git')
            self.git('update-ref', f'refs/remotes/{name}/{branch}', 'HEAD')
        self.git('branch', '--no-track', 'base', 'HEAD~1')
        self.git(*commit, 'work')
        for name in SERIES:
            self.git('branch', '--no-track', name)
        for name, remote, merge in TRACKED:
            self.git('config', f'branch.{name}.remote', remote)
            self.git('config', f'branch.{name}.merge', merge)
        self.git('branch', '-f', 'untracked', 'base')

    def folder(self, fixture=None):
        """A new directory with a copy of a fixture."""
        self.count += 1
        folder = os.path.join(self.top, f'db{self.count}')
        os.mkdir(folder)
        if fixture:
            shutil.copyfile(fixture, os.path.join(folder, '.patman.db'))
        return folder

    def start(self, who, folder, gate=None):
        """Start one of the two programs on a database, after a byte from the gate."""
        command = self.commands[who]
        if gate is not None:
            command = ['sh', '-c', f'read x <&{gate}; exec "$@"', 'sh', *command]
        return subprocess.Popen(command, cwd=self.repo, env=dict(self.env, PATMAN_DB_DIR=folder), text=True,
                                pass_fds=[gate] if gate is not None else [], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, who, folder):
        """Run one of the two programs; returns its complaint."""
        done = self.programs[who].run(self.commands[who][1:], self.repo, dict(self.env, PATMAN_DB_DIR=folder))
        return f'{who} exits {done.returncode}: {(done.stderr or done.stdout).strip()}' if done.returncode else ''


def compare(work, fixture):
    """Both migrate a copy of the fixture, and each then opens the other's."""
    ours, theirs = work.folder(fixture), work.folder(fixture)
    why = work.run('git-patman', ours) or work.run('patman', theirs) or difference(content(ours), content(theirs))
    before = content(ours)
    why = why or work.run('patman', ours) or work.run('git-patman', theirs)
    why = why or difference(content(ours), before) or difference(content(ours), content(theirs))
    report(f'migration of {os.path.basename(fixture) if fixture else "nothing"}', why)


def upstreams(work, fixture):
    """Both migrate a database whose series have no upstream, and fill the same ones."""
    folders = work.folder(fixture), work.folder(fixture)
    for folder in folders:
        con = sqlite3.connect(os.path.join(folder, '.patman.db'))
        for name in SERIES + ['no-branch']:
            con.execute('INSERT INTO series (name, desc, archived) VALUES (?, ?, ?)', (name, name, name == 'put-away'))
        con.commit()
        con.close()
    ours, theirs = folders
    why = work.run('git-patman', ours) or work.run('patman', theirs) or difference(content(ours), content(theirs))
    report(f'upstreams after migration of {os.path.basename(fixture)}', why)


def race(work, fixture, number):
    """Both, many times at once, on one database."""
    alone = work.folder(fixture)
    why = work.run('patman', alone)
    folder = work.folder(fixture)
    gate, go = os.pipe()
    all_programs = list(work.commands)
    processes = [(all_programs[at % len(all_programs)], work.start(all_programs[at % len(all_programs)], folder, gate))
                 for at in range(number)]
    os.write(go, b'\n' * number)
    for who, process in processes:
        out, err = process.communicate(timeout=300)
        if who == 'patman' and OWN_RACE in err + out:
            print(f'       patman fails against itself: {OWN_RACE}')
        elif process.returncode:
            why = why or f'{who} exits {process.returncode}: {(err or out).strip()}'
    os.close(gate)
    os.close(go)
    why = why or difference(content(folder), content(alone))
    report(f'{number} processes on {os.path.basename(fixture) if fixture else "nothing"}', why)


def lock(work, who, fixture):
    """A program waits for the lock round a migration, and goes on when it is free."""
    folder = work.folder(fixture)
    with open(os.path.join(folder, '.patman.db.lock'), 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = work.start(who, folder)
        time.sleep(2)
        early = process.poll() is not None
        con = sqlite3.connect(os.path.join(folder, '.patman.db'))
        migrated = con.execute("SELECT count(*) FROM sqlite_master WHERE name = 'traffic'").fetchone()[0]
        con.close()
        fcntl.flock(file, fcntl.LOCK_UN)
    out, err = process.communicate(timeout=60)
    why = 'it did not wait' if early or migrated else ''
    why = why or (f'exit {process.returncode}: {err or out}' if process.returncode else '')
    report(f'{who} waits for the lock', why)


def main():
    """Run all parts."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    programs = {name: shutil.which(name) for name in sys.argv[1:]}
    for name in [name for name, path in programs.items() if not path]:
        sys.exit(f'no such program: {name}')
    ours, theirs, *older = programs.values()
    commands = {'git-patman': [os.path.abspath(ours), 'db', 'migrate'], 'patman': [theirs, 'workflow', 'ls']}
    for path in older:
        commands['older git-patman'] = [os.path.abspath(path), 'db', 'migrate']
    fixtures = sorted(file for file in glob.glob(os.path.join(DATA, 'patman-v*.db'))
                      if re.search(r'v\d\d\.db$', file))
    if len(fixtures) != 16:
        sys.exit(f'{len(fixtures)} fixtures in {DATA}, not 16')
    with tempfile.TemporaryDirectory() as top:
        work = Work(top, commands)
        for fixture in [None, *fixtures]:
            compare(work, fixture)
        for fixture in fixtures:
            upstreams(work, fixture)
        for fixture in fixtures[0], fixtures[8], None:
            race(work, fixture, 24)
        for who in commands:
            lock(work, who, fixtures[6])
    print(f'{failures} failed')
    sys.exit(1 if failures else 0)


main()
