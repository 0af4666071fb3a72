#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Work with git-patman and patman at once, from many processes, on one database, and see that nothing fails or is lost.

usage: mixed.py GIT-PATMAN PATMAN [--commands N] [--processes N] [--seed N]

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0. Each process has a clone of its own and series of its
own in the database that all share (`PATMAN_DB_DIR`); each command is run by one of the two, by chance. Every command must
succeed. In the end each series must be as its process has left it: name, versions, patches, links, notes, dates, branches
and tags; and the database must be whole. Prints what went wrong and a count; exit 1 if anything did.
"""
import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

problems = []


def git(repo, env, *args):
    """What git prints."""
    return subprocess.run(['git', *args], cwd=repo, env=env, text=True, capture_output=True, check=True).stdout.strip()


class Worker(threading.Thread):
    """One process after the other, in one clone, with the series that they make."""

    def __init__(self, number, options, env, repo):
        super().__init__()
        self.number, self.options, self.env, self.repo = number, options, env, repo
        self.chance = random.Random(options.seed * 1000 + number)
        self.series, self.made, self.ran = {}, 0, {'git-patman': 0, 'patman': 0}
        self.slowest = 0.0

    def patman(self, *args):
        """Run one command by one of the programs; it must succeed."""
        who = self.chance.choice(['git-patman', 'patman'])
        begun = time.monotonic()
        done = subprocess.run([self.options.programs[who], *args], cwd=self.repo, env=self.env, text=True,
                              capture_output=True, timeout=300, stdin=subprocess.DEVNULL, check=False)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.ran[who] += 1
        if done.returncode or 'Traceback' in done.stdout + done.stderr or 'panicked' in done.stderr:
            problems.append(f'{who} {" ".join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}')

    def commit(self, branch, word):
        """One more commit on a branch, by git."""
        git(self.repo, self.env, 'switch', '-q', branch)
        with open(os.path.join(self.repo, word), 'w', encoding='utf-8') as out:
            out.write(word)
        git(self.repo, self.env, 'add', word)
        git(self.repo, self.env, 'commit', '-q', '-m', f'{word}: Add a file\n\nText of {word}.')
        git(self.repo, self.env, 'switch', '-q', 'main')

    def branch(self, name, version):
        """The branch of a version."""
        return name if version == 1 else f'{name}{version}'

    def begin(self):
        """A new series."""
        name = f's{self.number}-{chr(97 + self.made)}'
        self.made += 1
        git(self.repo, self.env, 'branch', '-q', '--track', name, 'us/main')
        count = self.chance.randint(1, 3)
        for at in range(count):
            self.commit(name, f'{name}-{at}')
        self.patman('series', '-s', name, 'add', '-m', '-D', f'Title of {name}')
        self.series[name] = {'versions': {1: {'patches': count, 'link': None, 'notes': None}}, 'archived': False, 'todo': False}

    def step(self):
        """One command, by chance, on one of the series."""
        open_ones = [name for name, one in self.series.items() if not one['archived']]
        if len(self.series) < 2 or not open_ones or self.chance.random() < 0.08:
            self.begin()
            return
        name = self.chance.choice(open_ones)
        one = self.series[name]
        version = max(one['versions'])
        chosen = ['-s', self.branch(name, version)]
        row = one['versions'][version]
        deed = self.chance.choice(['inc', 'dec', 'link', 'link-u', 'mark', 'scan', 'notes', 'todo', 'clear', 'archive',
                                   'rename', 'read', 'read', 'read'])
        if deed == 'inc' and version < 6:
            self.patman('series', *chosen, 'inc')
            one['versions'][version + 1] = {'patches': row['patches'], 'link': None, 'notes': None}
        elif deed == 'dec' and version > 1:
            self.patman('series', '-s', name, 'dec')
            del one['versions'][version]
            git(self.repo, self.env, 'switch', '-q', 'main')
        elif deed.startswith('link'):
            row['link'] = str(self.chance.randint(1000, 999999))
            self.patman('series', *chosen, 'set-link', *(['-u'] if deed == 'link-u' else []), row['link'])
        elif deed == 'mark':
            self.patman('series', *chosen, 'mark', '-m')
        elif deed == 'scan':
            row['patches'] += 1
            self.commit(self.branch(name, version), f'{name}-{version}-{row["patches"]}')
            self.patman('series', *chosen, 'scan', '-m')
        elif deed == 'notes':
            row['notes'] = f'Note {self.chance.random()}'
            path = os.path.join(self.repo, '.git', 'notes')
            with open(path, 'w', encoding='utf-8') as out:
                out.write(row['notes'])
            self.patman('series', *chosen, 'save-notes', path)
        elif deed in ('todo', 'clear'):
            one['todo'] = deed == 'todo'
            self.patman('workflow', 'todo', '-s', name, *(['3'] if one['todo'] else ['--clear']))
        elif deed == 'archive':
            self.patman('series', '-s', name, 'archive')
            if self.chance.random() < 0.6:
                self.patman('series', '-s', name, 'unarchive')
                for number in one['versions']:
                    git(self.repo, self.env, 'branch', '-q', '-u', 'us/main', self.branch(name, number))
            else:
                one['archived'] = True
        elif deed == 'rename':
            new = f'{name}x'
            self.patman('series', '-s', name, 'rename', '-N', new)
            self.series[new] = self.series.pop(name)
        else:
            self.patman(*self.chance.choice([
                ['series', 'ls'], ['series', 'ls', '-A'], ['series', 'summary'], ['series', 'find', 'title'],
                ['series', '-s', name, 'info'], ['series', *chosen, 'patches'], ['series', '-s', name, 'progress'],
                ['series', '-s', name, 'show-notes'], ['series', *chosen, 'get-link'], ['workflow', 'list'],
                ['workflow', 'todo-list', '--all'], ['upstream', 'ls']]))

    def run(self):
        """The share of this worker."""
        try:
            while sum(self.ran.values()) < self.options.commands // self.options.processes:
                self.step()
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as why:
            problems.append(f'{why}: {getattr(why, "stderr", "")}')

    def check(self, con):
        """Compare the database and the refs with what was done."""
        tags = set(git(self.repo, self.env, 'tag').split())
        branches = set(git(self.repo, self.env, 'for-each-ref', '--format=%(refname:short)', 'refs/heads').split())
        for name, one in self.series.items():
            found = con.execute('SELECT id, archived FROM series WHERE name = ?', (name,)).fetchall()
            if len(found) != 1 or bool(found[0][1]) != one['archived']:
                problems.append(f'{name} is {found}, archived {one["archived"]} was wanted')
                continue
            rows = con.execute('SELECT id, version, link, notes, archive_tag FROM ser_ver WHERE series_id = ? ORDER BY version',
                               (found[0][0],)).fetchall()
            if [row[1] for row in rows] != sorted(one['versions']):
                problems.append(f'{name} has versions {rows}, {sorted(one["versions"])} were wanted')
                continue
            for row, version in zip(rows, map(one['versions'].get, sorted(one['versions']))):
                count = con.execute('SELECT count(*) FROM pcommit WHERE svid = ?', (row[0],)).fetchone()[0]
                link = None if row[2] is None else str(row[2])
                notes = row[3].strip() if row[3] else None
                if (count, link, notes) != (version['patches'], version['link'], version['notes']):
                    problems.append(f'{name} v{row[1]} has {(count, link, notes)}, {version} was wanted')
                there = row[4] in tags if one['archived'] else self.branch(name, row[1]) in branches
                if not there:
                    problems.append(f'{name} v{row[1]} has no {"tag" if one["archived"] else "branch"}')
            due = con.execute("SELECT count(*) FROM workflow WHERE series_id = ? AND type = 'todo' AND NOT archived",
                              (found[0][0],)).fetchone()[0]
            if due != one['todo']:
                problems.append(f'{name} has {due} dates, {one["todo"]} was wanted')


def set_up(top, options):
    """A database of patman's, and a clone for each worker."""
    home, shared, made = (os.path.join(top, name) for name in ('home', 'db', 'made'))
    for path in home, shared:
        os.mkdir(path)
    open(os.path.join(home, '.patman'), 'w', encoding='utf-8').close()
    env = dict(os.environ, HOME=home, USER='tester', GIT_CONFIG_NOSYSTEM='1', PATMAN_DB_DIR=shared,
               PYTHONDONTWRITEBYTECODE='1')
    for key in [key for key in env if key.startswith(('GIT_DIR', 'GIT_WORK'))]:
        del env[key]
    for key, value in ('user.name', 'Ada Tester'), ('user.email', 'ada@example.com'):
        subprocess.run(['git', 'config', '--global', key, value], env=env, check=True)
    subprocess.run(['git', 'init', '-q', '-b', 'main', made], env=env, check=True)
    git(made, env, 'commit', '-q', '--allow-empty', '-m', 'Begin')
    git(made, env, 'remote', 'add', 'us', 'https://example.com/us.git')
    git(made, env, 'update-ref', 'refs/remotes/us/main', 'main')
    subprocess.run([options.programs['patman'], 'upstream', 'add', 'us', 'https://example.com/us.git'], cwd=made, env=env,
                   check=True, capture_output=True)
    workers = []
    for number in range(options.processes):
        repo = os.path.join(top, f'clone{number}')
        shutil.copytree(made, repo, symlinks=True)
        workers.append(Worker(number, options, env, repo))
    return workers, os.path.join(shared, '.patman.db')


def main():
    """Run the workers, and compare."""
    parser = argparse.ArgumentParser(usage=__doc__.split('\n')[2].removeprefix('usage: '))
    parser.add_argument('git_patman')
    parser.add_argument('patman')
    parser.add_argument('--commands', type=int, default=200)
    parser.add_argument('--processes', type=int, default=8)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    options.programs = {}
    for who, given in ('git-patman', options.git_patman), ('patman', options.patman):
        path = shutil.which(given)
        if not path:
            sys.exit(f'there is no {who}')
        options.programs[who] = os.path.abspath(path)
    with tempfile.TemporaryDirectory() as top:
        workers, path = set_up(top, options)
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        con = sqlite3.connect(path)
        for worker in workers:
            worker.check(con)
        whole = con.execute('PRAGMA integrity_check').fetchall() + con.execute('PRAGMA foreign_key_check').fetchall()
        con.close()
        if whole != [('ok',)]:
            problems.append(f'the database is not whole: {whole}')
    for problem in problems:
        print(f'FAILED {problem}')
    ran = {who: sum(worker.ran[who] for worker in workers) for who in options.programs}
    series = sum(len(worker.series) for worker in workers)
    slowest = max(worker.slowest for worker in workers)
    print(f'{ran["git-patman"]} commands of git-patman and {ran["patman"]} of patman by {len(workers)} processes on '
          f'{series} series, the slowest {slowest:.1f} s: {len(problems)} problems')
    sys.exit(1 if problems else 0)


main()
