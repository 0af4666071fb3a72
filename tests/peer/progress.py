#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare what git-patman and patman tell of the same series: patches, progress and summary.

usage: progress.py GIT-PATMAN PATMAN

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be there: a
missing one fails. patman adds the series, states are written as `series gather` writes them, and both programs are asked on the
same database: counts, states, comments, commits and subjects must be the same. Where patman fails or is wrong it is said
how, and it is an error if it does not. Prints a line for each check; exit 1 if any fails.
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from parts import forked  # noqa: E402

STATES = ['new', 'under-review', 'accepted', 'rejected', 'rfc', 'not-applicable', 'changes-requested', 'awaiting-upstream',
          'superseded', 'deferred', 'needs-review-ack', 'handled-elsewhere', None]
failures = 0


def check(what, ours, theirs):
    global failures
    same = ours == theirs
    failures += not same
    print(f'{"ok  " if same else "FAIL"} {what}' + ('' if same else f'\n  ours   {ours}\n  theirs {theirs}'))


def short(state):
    """A state as patman cuts it, which has shorter words for some."""
    return {'not-app': 'n/a', 'handled': 'elsewhe'}.get((state or 'unknown')[:7], (state or 'unknown')[:7])


class World:
    def __init__(self, ours, patman, top):
        self.ours, self.patman, self.repo = os.path.abspath(ours), forked.Program(patman), f'{top}/repo'
        for name in [name for name in os.environ if name.startswith(('GIT_', 'PATMAN_'))]:
            del os.environ[name]
        os.environ.update(HOME=top, USER='ada', TZ='UTC', LC_ALL='C.UTF-8', GIT_CONFIG_NOSYSTEM='1')
        with open(f'{top}/.gitconfig', 'w', encoding='utf-8') as config:
            config.write('[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n')
        self.git('init', '-q', f'{top}/up', cwd=top)
        self.git('commit', '-q', '--allow-empty', '-m', 'Begin', cwd=f'{top}/up')
        self.git('clone', '-q', f'{top}/up', self.repo, cwd=top)

    def git(self, *args, cwd=None):
        return subprocess.run(['git', *args], cwd=cwd or self.repo, check=True, capture_output=True, text=True).stdout.strip()

    def branch(self, name, subjects):
        self.git('checkout', '-q', '-B', name, '--track', 'origin/main')
        for subject in subjects:
            with open(f'{self.repo}/{subject.split()[-1]}', 'w', encoding='utf-8') as file:
                file.write(subject)
            self.git('add', '-A', '--', subject.split()[-1])
            self.git('commit', '-q', '-m', subject)

    def theirs(self, *args):
        done = self.patman.run(['series', *args], self.repo)
        return done.returncode, done.stdout

    def tell(self, *args):
        done = subprocess.run([self.ours, 'series', *args, '--json'], cwd=self.repo, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def sql(self, text, values=()):
        with sqlite3.connect(f'{self.repo}/.patman.db') as db:
            db.execute(text, values)


def progress(world, name):
    """How many patches of each series are in which state."""
    ours = {one['series'] + (str(one['version']) if one['version'] > 1 else ''):
            (one['total'], {short(state['state']): state['patches'] for state in one['states']})
            for one in world.tell('progress', '-a')}
    theirs = {}
    for line in world.theirs('progress', '-a')[1].splitlines()[2:-2]:
        first, count, states = re.match(r'(\S+) .* (\d+) [ *](\d+:.*)$', line).groups()
        states = [one.split(':') for one in states.split()]
        theirs[first] = int(count), {short(state): int(number) for number, state in states}
    check(f'progress -a, {name}', ours, theirs)


def patches(world, version, name):
    """Number, state, comments, Patchwork's number, commit and subject of each patch."""
    given = ['-s', 'net', '-V', str(version), 'patches']
    ours = [(one['seq'] - 1, short(one['state']), one['comments'] or 0, one['patchwork_id'], one['commit'][:10],
             one['subject']) for one in world.tell(*given)['patches']]
    theirs = []
    for line in world.theirs(*given)[1].splitlines()[2:]:
        if line.startswith('Cov'):
            continue
        found = re.match(r' *(\d+) (\S+) +(?:(\d+) +)?(-|\d+) +([0-9a-f]{10}) (.*)$', line)
        if not found:
            sys.exit(f'progress.py: patman prints {line!r}')
        seq, state, comments, number, commit, subject = found.groups()
        number = None if number == '-' else int(number)
        theirs.append((int(seq), short(state), int(comments or 0), number, commit, subject))
    check(f'patches of v{version}, {name}', ours, theirs)


def summary(world, name):
    """How many patches are accepted."""
    ours = {one['series']: f'{one["accepted"] if one["link"] else "-"}/{one["total"]}' for one in world.tell('summary')}
    theirs = dict(line.split()[:2] for line in world.theirs('summary')[1].splitlines()[2:])
    check(f'summary, {name}', ours, theirs)


def main():
    ours, patman = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix='patman-progress-') as top:
        world = World(ours, patman, top)
        for name, count in (('net', len(STATES)), ('single', 1), ('video', 3)):
            world.branch(name, [f'{name}: Patch {name}{number}' for number in range(count)])
            code, text = world.theirs('-s', name, 'add', '-m', '-D', f'{name}: Title')
            if code:
                sys.exit(f'progress.py: patman cannot add a series: {text}')
        for look in (progress, summary):
            look(world, 'as added')
        patches(world, 1, 'as added')
        for number, state in enumerate(STATES):
            world.sql('UPDATE pcommit SET state = ?, patch_id = ?, num_comments = ? WHERE svid = 1 AND seq = ?',
                      (state, 2000000 + number if state else None, number if state else None, number))
        world.sql("UPDATE ser_ver SET link = '77', cover_id = 1100, cover_num_comments = 1, name = 'net: Title' WHERE id = 1")
        world.sql("UPDATE pcommit SET state = 'accepted' WHERE svid = 3")
        world.git('checkout', '-q', 'net')
        world.theirs('inc')
        for look in (progress, summary):
            look(world, 'with states and a second version')
        patches(world, 1, 'in every state')
        patches(world, 2, 'a new version')

        # Of three commits the middle one goes: rows and commits no longer stand side by side.
        world.branch('video', ['video: Patch video0', 'video: Patch video2'])
        world.theirs('-s', 'video', 'mark')
        told = [(one['subject'][-1], one['change']) for one in world.tell('-s', 'video', 'patches')['patches']]
        check('a commit that is dropped is told', told, [('0', 'same'), ('1', 'dropped'), ('2', 'same')])
        world.git('checkout', '-q', 'main')
        world.git('branch', '-q', '-D', 'video')
        check('patman stops at a branch that is missing', world.theirs('progress')[0], 1)
        check('we do not', len(world.tell('progress', '-l')), 3)
    sys.exit(failures > 0)


if __name__ == '__main__':
    main()
