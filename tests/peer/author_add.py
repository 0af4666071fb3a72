#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Add, scan, mark and link series by git-patman and by patman, and compare the rows and the commits.

usage: author_add.py GIT-PATMAN PATMAN

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Each case begins with two copies of one repository and database, runs its commands by one
program on each, and compares the tables `series`, `ser_ver` and `pcommit`, the commits of all branches by their names, and
which of the commands failed. Where the two differ on purpose the case says why, and fails if they do not differ. Prints a
line for each case; exit 1 if any fails.
"""
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile

COVER = 'Cover-letter:\nvideo: Tidy up\nThis is why.\n\nAnd more.\nEND\n'
SIGNED = 'Signed-off-by: Ada <ada@example.com>\n'
BRANCHES = {
    'video': [f'video: One\n\nBody.\n\nSeries-to: u-boot\n{COVER}\n{SIGNED}',
              f'video: Two\n\nChange-Id: I1111111111111111111111111111111111111111\n{SIGNED}',
              'video: Three\n\nText at the end\n'],
    'video2': [f'video: One\n\n{COVER}Series-version: 2\n\n{SIGNED}', f'video: Zwei\n\nSeries-links: 2:77 1:66\n{SIGNED}'],
    'single': ['single: Just one\n'],
    'wrong2': ['wrong: A\n\nSeries-version: 3\n', 'wrong: B\n\nSigned-off-by: Ada <ada@example.com>\n'],
    'naive': ['na\u00efve: \u00dcber\n\nJos\u00e9 did it.\n'],
}
SAME = ''
CASES = [
    (['series -s single add'], SAME),
    (['series -s single add -1'], SAME),
    (['series -s single add -1 -M'], SAME),
    (['series -s single add -M -D Title'], SAME),
    (['series -s single add -1 -m'], SAME),
    (['series -s naive add -1 -m'], SAME),
    (['series -s video add'], SAME),
    (['series -s video add -m'], SAME),
    (['series -s video add -m -S us', 'series -s video add -m'], SAME),
    (['series -s video add -M', 'series -s video2 add -M'], SAME),
    (['series -s video2 add -M', 'series -s video add -m'], SAME),
    (['series -s video add -M -D Other', 'series -s video2 add -m -D Title'], SAME),
    (['series -n -s video add -m'], SAME),
    (['series -s naive add -1 -M'], SAME),
    (['series -s wrong2 add -1 -M'], SAME),
    (['series -s nope add'], SAME),
    (['series -s video add -M -U video~2'], SAME),
    (['series -s video mark -m', 'series -s video mark'], SAME),
    (['series -s video mark -m', 'series -s video unmark'], SAME),
    (['series -s video unmark'], SAME),
    (['series -s video unmark -M'], SAME),
    (['series -s video add -M', 'series -s video mark -m'], 'patman leaves the Change-Ids in the database as they were'),
    (['series -s video add -M', 'series -s video mark -m', 'series -s video scan'], 'rows are made anew twice'),
    (['series -s video add -M', 'series -s video scan -M'], 'patman makes all rows anew'),
    (['series -s video add -M', 'series -s video scan -m'], SAME),
    (['series -s video add -M', 'git branch -f video video~1', 'series -s video scan -M'], SAME),
    (['series -s single add -M -D Title', 'git branch -f single video', 'series -s single scan -M'], SAME),
    (['git checkout -q video', "series changes 'Fix it'", "series changes 'Once more'"], SAME),
    (['git checkout -q video2', "series changes -c 'Fix it'"], SAME),
    (['git checkout -q single', "series changes 'Fix it'"], 'patman makes the tag the subject'),
    (["series -s video changes 'Fix it'"], 'patman amends what is checked out'),
    (['git checkout -q video', 'git mv video.txt new.txt', "series changes 'Fix it'"], SAME),
    (['series -s video add -M', 'series -s video set-link 12'], SAME),
    (['series -s video add -M', 'series -s video set-link -u 12'], SAME),
    (['series -s video2 add -M', 'series -s video2 set-link -u 12'], SAME),
    (['series -s video add -M', 'series -s video set-link 12', "series -s video set-link ''"], SAME),
    (['series -s video add -M', "series -s video set-link 'no link'"], 'patman takes any text for a link'),
]
failures = 0


def git(repo, *args):
    """Run git and return what it prints."""
    return subprocess.run(['git', *args], cwd=repo, check=True, capture_output=True, text=True).stdout


def make(top):
    """Make the repository that each case begins with, and its database by patman."""
    repo = os.path.join(top, 'begin')
    os.makedirs(repo)
    git(repo, 'init', '-q', '-b', 'main')
    number = 0
    for name, messages in {'main': ['Begin\n'], **BRANCHES}.items():
        if name != 'main':
            git(repo, 'checkout', '-q', '-b', name, 'main')
        for message in messages:
            number += 1
            with open(os.path.join(repo, f'{name}.txt'), 'a', encoding='utf-8') as out:
                out.write(f'{name} {number}\n')
            git(repo, 'add', f'{name}.txt')
            git(repo, 'commit', '-q', '--cleanup=verbatim', '-m', message)
    git(repo, 'checkout', '-q', 'main')
    git(repo, 'remote', 'add', 'us', 'https://example.com/us.git')
    git(repo, 'update-ref', 'refs/remotes/us/main', 'main')
    for name in BRANCHES:
        git(repo, 'branch', '-q', '--set-upstream-to=us/main', name)
    with open(os.path.join(repo, '.git/info/exclude'), 'a', encoding='utf-8') as out:
        out.write('.patman*\n')
    subprocess.run([sys.argv[2], 'upstream', 'add', 'us', 'https://example.com/us.git'], cwd=repo, check=True,
                   capture_output=True)
    return repo


def run(program, repo, commands):
    """Run the commands, and return what is to be the same, and what was said."""
    failed, said = [], []
    for command in commands:
        words = shlex.split(command)
        words = words if words[0] == 'git' else [program, *words]
        done = subprocess.run(words, cwd=repo, capture_output=True, text=True)
        failed.append(done.returncode != 0)
        said.append(f'$ {command}\n{done.stdout}{done.stderr}= {done.returncode}')
    db = sqlite3.connect(os.path.join(repo, '.patman.db'))
    tables = {name: db.execute(f'SELECT * FROM {name} ORDER BY id').fetchall() for name in ('series', 'ser_ver', 'pcommit')}
    db.close()
    branches = git(repo, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')
    status = git(repo, 'status', '--porcelain') + git(repo, 'symbolic-ref', 'HEAD')
    return {'failed': failed, **tables, 'branches': branches, 'status': status}, said


def main():
    """Run all cases."""
    global failures
    programs = [os.path.abspath(program) for program in sys.argv[1:3]]
    with tempfile.TemporaryDirectory() as top:
        home = os.path.join(top, 'home')
        os.makedirs(home)
        for name in [name for name in os.environ if name.startswith('GIT_') or name == 'PATMAN_DB_DIR']:
            del os.environ[name]
        os.environ.update(HOME=home, USER='ada', GIT_CONFIG_NOSYSTEM='1', LC_ALL='C.UTF-8', TZ='UTC', GIT_AUTHOR_NAME='Ada',
                          GIT_AUTHOR_EMAIL='ada@example.com', GIT_COMMITTER_NAME='Ada', GIT_COMMITTER_EMAIL='ada@example.com',
                          GIT_AUTHOR_DATE='1767225600 +0130', GIT_COMMITTER_DATE='1767225600 +0130')
        for key, value in ('user.name', 'Ada'), ('user.email', 'ada@example.com'):
            git(top, 'config', '--global', key, value)
        begin = make(top)
        for at, (commands, why) in enumerate(CASES):
            found = []
            for program in programs:
                repo = os.path.join(top, f'{at}-{len(found)}')
                shutil.copytree(begin, repo)
                found.append(run(program, repo, commands))
            differ = [key for key in found[0][0] if found[0][0][key] != found[1][0][key]]
            is_good = bool(differ) == bool(why)
            failures += not is_good
            print('ok  ' if is_good else 'FAIL', '; '.join(commands), f'(differs: {why})' if why else '')
            if not is_good:
                for key in differ:
                    print(f'  {key}:\n    git-patman {found[0][0][key]}\n    patman     {found[1][0][key]}')
                print('\n'.join('  ' + line for one in found for text in one[1] for line in text.splitlines()))
    sys.exit(1 if failures else 0)


main()
