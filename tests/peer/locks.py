#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""See that git-patman, patman and an older git-patman take the same locks of reviews and of changes.

usage: locks.py GIT-PATMAN PATMAN [OLDER]

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`), OLDER a git-patman
built earlier. While one of them works on a review, each of the others must refuse to; when it has ended, each must succeed.
migrate.py does the same for the lock of the database. Prints a line for each part; exit 1 if any fails.
"""
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time

NAME = 'one-help'
# Takes the lock of a review as patman does, says so, and holds it until its input ends.
HOLD = '''
import sys
from patman.review import core
try:
    fd = core._acquire_review_lock(sys.argv[1], sys.argv[2])
except core.ReviewInProgressError:
    sys.exit('another review is running')
print('held', flush=True)
sys.stdin.read()
core._release_review_lock(fd)
'''
failures = 0


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


class Work:
    """A repository with a review."""

    def __init__(self, top, programs, python):
        self.programs, self.python = programs, python
        self.repo = os.path.join(top, 'repo')
        self.env = dict(os.environ, HOME=top, USER='tester', GIT_CONFIG_NOSYSTEM='1', GIT_CONFIG_GLOBAL='/dev/null',
                        PYTHONDONTWRITEBYTECODE='1')
        for key in [key for key in self.env if key.startswith(('GIT_DIR', 'GIT_WORK', 'PATMAN_'))]:
            del self.env[key]
        self.shell('git init -q -b main repo && cd repo && git config user.name Tester && '
                   'git config user.email tester@example.com && seq 40 >one && git add one && git commit -q -m Begin && '
                   'git checkout -q -b help && sed -i s/^3$/three/ one && git commit -q -a -m "one: Help" && '
                   'git format-patch -q --stdout --base=main main >../help.mbox && git checkout -q main', top)
        self.git_patman('git-patman', 'review', 'start', '../help.mbox')

    def shell(self, script, cwd):
        """Run a script, which must succeed."""
        subprocess.run(['sh', '-ec', script], cwd=cwd, env=self.env, check=True)

    def git_patman(self, who, *args):
        """Run a git-patman."""
        return subprocess.run([self.programs[who], *args], cwd=self.repo, env=self.env, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)

    def attempt(self, who):
        """Whether a program can take the lock of the review now, and what it says if not."""
        if who == 'patman':
            done = subprocess.run([self.python, '-c', HOLD, self.repo, NAME], env=self.env, text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=120, check=False)
        else:
            done = self.git_patman(who, 'review', 'exec', '--rerun', NAME, '--', 'true')
        return done.returncode == 0, (done.stderr + done.stdout).strip()

    def hold(self, who):
        """Start a program that holds the lock until its input ends."""
        if who == 'patman':
            command = [self.python, '-c', HOLD, self.repo, NAME]
            child = subprocess.Popen(command, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            child.stdout.readline()
            return child, lambda: child.communicate(timeout=60)
        started, go = (os.path.join(self.repo, '.git', name) for name in ('started', 'go'))
        script = f'touch {started}; while [ ! -e {go} ]; do sleep 0.05; done'
        child = subprocess.Popen([self.programs[who], 'review', 'exec', '--rerun', NAME, '--', 'sh', '-c', script], cwd=self.repo,
                                 env=self.env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        while not os.path.exists(started) and child.poll() is None:
            time.sleep(0.02)

        def end():
            open(go, 'w').close()
            child.communicate(timeout=60)
            for path in started, go:
                if os.path.exists(path):
                    os.remove(path)
        return child, end


def exclude(work, holder):
    """While one works on the review, nobody else does."""
    child, end = work.hold(holder)
    why = '' if child.poll() is None else 'it does not hold the lock'
    for who in work.programs:
        done, said = work.attempt(who)
        if done or 'another' not in said:
            why = why or f'{who} works on the review at the same time: {said}'
    end()
    for who in work.programs:
        done, said = work.attempt(who)
        why = why or ('' if done else f'{who} afterwards: {said}')
    report(f'nobody works on a review while {holder} does', why)


def wait(work, who):
    """A change of one's own series waits for the lock that is held."""
    folder = os.path.join(work.repo, '.git/patman/locks')
    work.shell('git branch -q -f mine main && git checkout -q mine && git commit -q --allow-empty -m x && '
               'sed -i s/^9$/nine/ one && git commit -q -a -m "one: Mine"', work.repo)
    work.git_patman(who, 'series', 'add', '-U', 'main', '-D', 'Mine', '-M')
    with open(os.path.join(folder, '.rewrite.lock'), 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        child = subprocess.Popen([work.programs[who], 'series', 'mark'], cwd=work.repo, env=work.env, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(2)
        why = '' if child.poll() is None else 'it did not wait'
        fcntl.flock(file, fcntl.LOCK_UN)
    out, err = child.communicate(timeout=60)
    why = why or ('' if child.returncode == 0 else f'exit {child.returncode}: {err or out}')
    if who == 'git-patman':
        why = why or ('' if f'Waiting for process {os.getpid()} ' in err else f'the holder is not named: {err}')
    report(f'{who} waits for another change', why)
    work.shell('git checkout -q main', work.repo)
    work.git_patman(who, 'series', '-s', 'mine', 'rm')


def main():
    """Run all parts."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    programs = {}
    for who, name in zip(('git-patman', 'patman', 'older git-patman'), sys.argv[1:]):
        path = shutil.which(name)
        if not path:
            sys.exit(f'no such program: {name}')
        programs[who] = os.path.abspath(path)
    with open(programs['patman'], encoding='utf-8') as file:
        python = file.readline()[2:].strip()
    with tempfile.TemporaryDirectory() as top:
        work = Work(top, programs, python)
        for who in programs:
            exclude(work, who)
        for who in [who for who in programs if who != 'patman']:
            wait(work, who)
    print(f'{failures} failed')
    sys.exit(1 if failures else 0)


main()
