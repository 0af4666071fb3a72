#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Work with git-patman and patman at once, from many processes, on one database, and see that nothing fails or is lost.

usage: mixed.py GIT-PATMAN PATMAN [--commands N] [--processes N] [--shared N] [--seed N]

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0. Each process has series of its own in the database that
all share (`PATMAN_DB_DIR`); each command is run by one of the two, by chance. A process has a clone of its own, but for the
first N, which share one, and there change no commit, as patman does that in the checkout. A Patchwork on loopback has what
is said to be sent. Every command must succeed. In the end each series must be as its process has left it: name, versions,
patches, links, states, notes, dates, branches and tags; so must upstreams, what was merged, and reviews; and the database
must be whole. Prints what went wrong and a count; exit 1 if anything did. With patman for GIT-PATMAN it tells what goes
wrong with patman alone.
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

sys.dont_write_bytecode = True
from parts import forked, posted  # noqa: E402

problems = []
settings = threading.Lock()


def git(repo, env, *args):
    """What git prints."""
    return subprocess.run(['git', *args], cwd=repo, env=env, text=True, capture_output=True, check=True).stdout.strip()


class Worker(threading.Thread):
    """One process after the other, in one clone, with the series that they make."""

    def __init__(self, number, options, env, repo, is_shared):
        super().__init__()
        self.number, self.options, self.env, self.repo, self.is_shared = number, options, env, repo, is_shared
        self.chance = random.Random(options.seed * 1000 + number)
        self.series, self.made, self.ran = {}, 0, dict.fromkeys(options.programs, 0)
        self.once, self.to = {'upstream', 'merge', 'review'}, None
        self.slowest = 0.0

    def patman(self, *args, who=None):
        """Run one command by one of the programs; it must succeed."""
        who = who or self.chance.choice(['git-patman', 'patman'])
        begun = time.monotonic()
        done = self.options.programs[who].run(args, self.repo, self.env, timeout=300)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.ran[who] += 1
        if done.returncode or 'Traceback' in done.stdout + done.stderr or 'panicked' in done.stderr:
            problems.append(f'{who} {" ".join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}')

    def git(self, *args):
        """Run git."""
        return git(self.repo, self.env, *args)

    def commit(self, branch, word):
        """One more commit on a branch, by git, with the checkout as it is."""
        blob = subprocess.run(['git', 'hash-object', '-w', '--stdin'], cwd=self.repo, env=self.env, input=word, text=True,
                              capture_output=True, check=True).stdout.strip()
        listed = self.git('ls-tree', branch)
        tree = subprocess.run(['git', 'mktree'], cwd=self.repo, env=self.env, text=True, capture_output=True, check=True,
                              input=f'{listed}\n100644 blob {blob}\t{word}\n'.lstrip()).stdout.strip()
        made = self.git('commit-tree', tree, '-p', branch, '-m', f'{word}: Add a file\n\nText of {word}.')
        self.git('update-ref', f'refs/heads/{branch}', made)

    def branch(self, name, version):
        """The branch of a version."""
        return name if version == 1 else f'{name}{version}'

    def begin(self):
        """A new series."""
        name = f's{self.number}-{chr(97 + self.made % 26)}{chr(97 + self.made // 26)}'
        self.made += 1
        with settings:  # two git that write them at once fail
            self.git('branch', '-q', '--track', name, 'us/main')
        count = self.chance.randint(1, 3)
        for at in range(count):
            self.commit(name, f'{name}-{at}')
        self.patman('series', '-s', name, 'add', '-M' if self.is_shared else '-m', '-D', f'Title of {name}')
        self.series[name] = {'versions': {1: self.version(count)}, 'archived': False, 'todo': False,
                             'dates': False}

    def version(self, count):
        """What is known of a new version."""
        return {'patches': count, 'link': None, 'notes': None, 'sent': None, 'accepted': None}

    def step(self):
        """One command, by chance, on one of the series."""
        open_ones = [name for name, one in self.series.items() if not one['archived']]
        if len(self.series) < 2 or not open_ones or self.chance.random() < 0.08:
            self.begin()
            return
        name = self.chance.choice(open_ones)
        deeds = [self.link, self.link, self.notes, self.todo, self.clear, self.send, self.send, self.read, self.read, self.read,
                 self.upstream, self.merge, self.review]
        if not self.is_shared:
            deeds += [self.inc, self.inc, self.dec, self.mark, self.unmark, self.scan, self.archive, self.rename, self.change,
                      self.renumber, self.remove]
        one = self.series[name]
        version = max(one['versions'])
        self.chance.choice(deeds)(name, one, version, one['versions'][version])

    def inc(self, name, one, version, row):
        """A new version."""
        if version < 9:
            self.patman('series', '-s', self.branch(name, version), 'inc')
            one['versions'][version + 1] = self.version(row['patches'])

    def dec(self, name, one, version, row):
        """The last version goes, with its branch."""
        if len(one['versions']) > 1:
            self.patman('series', '-s', name, 'dec')
            del one['versions'][version]
            self.git('switch', '-q', 'main')

    def link(self, name, one, version, row):
        """A link of chance."""
        row['link'], row['sent'] = str(self.chance.randint(1000, 999999)), None
        update = [] if self.is_shared or self.chance.random() < 0.5 else ['-u']
        self.patman('series', '-s', self.branch(name, version), 'set-link', *update, row['link'])

    def send(self, name, one, version, row):
        """The version is on Patchwork, is linked, and gathered."""
        chosen = ['-s', self.branch(name, version)]
        if row['sent']:
            self.patman('series', *chosen, 'gather', *(['-G'] if self.is_shared or self.chance.random() < 0.5 else []))
            row['accepted'] = row['sent']
        elif not row['link']:
            subjects = self.git('log', '--reverse', '--format=%s', f'main..{self.branch(name, version)}').split('\n')
            row['link'], row['sent'] = str(posted.post(subjects[0], version, subjects)), len(subjects)
            self.patman('series', *chosen, 'autolink', '-w', '0', *(['--no-update'] if self.is_shared else []))

    def mark(self, name, one, version, row):
        """Change-Ids for all commits."""
        self.patman('series', '-s', self.branch(name, version), 'mark', '-m')

    def unmark(self, name, one, version, row):
        """No Change-Ids."""
        self.patman('series', '-s', self.branch(name, version), 'unmark', '-M')

    def scan(self, name, one, version, row):
        """One more commit."""
        row['patches'] += 1
        row['accepted'] = row['sent'] = None  # patman forgets the states, and there is one patch more than was sent
        self.commit(self.branch(name, version), f'{name}-{version}-{row["patches"]}')
        self.patman('series', '-s', self.branch(name, version), 'scan', '-m')

    def notes(self, name, one, version, row):
        """A note."""
        row['notes'] = f'Note {self.chance.random()}'
        path = os.path.join(self.repo, '.git', f'notes{self.number}')
        with open(path, 'w', encoding='utf-8') as out:
            out.write(row['notes'])
        self.patman('series', '-s', self.branch(name, version), 'save-notes', path)

    def todo(self, name, one, version, row):
        """A date."""
        one['todo'] = one['dates'] = True
        self.patman('workflow', 'todo', '-s', name, '3')

    def clear(self, name, one, version, row):
        """No date."""
        one['todo'] = False
        self.patman('workflow', 'todo', '-s', name, '--clear')

    def archive(self, name, one, version, row):
        """To tags, and mostly back."""
        self.patman('series', '-s', name, 'archive')
        if self.chance.random() < 0.6:
            self.patman('series', '-s', name, 'unarchive')
            for number in one['versions']:
                self.git('branch', '-q', '-u', 'us/main', self.branch(name, number))
        else:
            one['archived'] = True

    def rename(self, name, one, version, row):
        """Another name."""
        new = f'{name}x'
        self.patman('series', '-s', name, 'rename', '-N', new)
        self.series[new] = self.series.pop(name)

    def change(self, name, one, version, row):
        """A line of what has changed, from the branch itself: patman amends what is checked out."""
        self.git('switch', '-q', self.branch(name, version))
        self.patman('series', 'changes', 'Change it')
        self.git('switch', '-q', 'main')

    def renumber(self, name, one, version, row):
        """Another number, by git-patman: patman leaves the checkout changed."""
        if self.options.is_both and version < 9:
            self.patman('series', '-s', self.branch(name, version), 'version-change', '--new-version', str(version + 2),
                        who='git-patman')
            one['versions'][version + 2] = one['versions'].pop(version)
            self.git('branch', '-q', '-D', self.branch(name, version))

    def remove(self, name, one, version, row):
        """The series goes; by git-patman where patman leaves rows behind."""
        is_plain = len(one['versions']) == 1 and not one['dates']
        if is_plain or self.options.is_both:
            self.patman('series', '-s', name, 'rm', who=None if is_plain else 'git-patman')
            for number in one['versions']:
                self.git('branch', '-q', '-D', self.branch(name, number))
            del self.series[name]

    def upstream(self, name, one, version, row):
        """An upstream of this process, which at times is the default."""
        mine = f'u{self.number}'
        if 'upstream' in self.once:
            self.once.remove('upstream')
            self.patman('upstream', 'add', mine, 'https://example.com/u.git', '-p', self.options.server)
        self.to = f'list{self.chance.randint(1, 9)}'
        self.patman('upstream', 'set', mine, '-t', self.to)
        self.patman('upstream', 'default', *self.chance.choice([[mine], ['us'], ['-u']]))

    def merge(self, name, one, version, row):
        """A database beside, the second time with nothing new."""
        self.once.discard('merge')
        self.patman('database', 'merge', os.path.join(os.path.dirname(self.repo), f'beside{self.number}'))

    def review(self, name, one, version, row):
        """A review out of a mail, by git-patman."""
        if 'review' in self.once and self.options.is_both:
            self.once.remove('review')
            path = os.path.join(os.path.dirname(self.repo), f'mail{self.number}.mbox')
            with open(path, 'w', encoding='utf-8') as out:
                out.write(posted.mail(self.number))
            self.patman('review', 'start', '--base', 'main', path, who='git-patman')

    def read(self, name, one, version, row):
        """A listing."""
        chosen = ['-s', self.branch(name, version)]
        self.patman(*self.chance.choice([
            ['series', 'ls'], ['series', 'ls', '-A'], ['series', 'ls', '-r'], ['series', 'summary'], ['series', 'find', 'title'],
            ['series', '-s', name, 'info'], ['series', *chosen, 'patches'], ['series', *chosen, 'progress'],
            ['series', '-s', name, 'show-notes'], *([['series', *chosen, 'get-link']] if row['link'] else []),
            ['workflow', 'list'], ['workflow', 'todo-list', '--all'], ['upstream', 'ls']]))

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
                accepted = con.execute("SELECT count(*) FROM pcommit WHERE svid = ? AND state = 'accepted'", (row[0],)).fetchone()[0]
                wanted = version['patches'], version['link'], version['notes']
                if (count, link, notes) != wanted or version['accepted'] not in (None, accepted):
                    problems.append(f'{name} v{row[1]} has {(count, link, notes, accepted)}, {version} was wanted')
                there = row[4] in tags if one['archived'] else self.branch(name, row[1]) in branches
                if not there:
                    problems.append(f'{name} v{row[1]} has no {"tag" if one["archived"] else "branch"}')
            due = con.execute("SELECT count(*) FROM workflow WHERE series_id = ? AND type = 'todo' AND NOT archived",
                              (found[0][0],)).fetchone()[0]
            if due != one['todo']:
                problems.append(f'{name} has {due} dates, {one["todo"]} was wanted')
        to = con.execute('SELECT series_to FROM upstream WHERE name = ?', (f'u{self.number}',)).fetchall()
        if to != ([(self.to,)] if self.to else []):
            problems.append(f'u{self.number} sends to {to}, {self.to} was wanted')
        merged = con.execute('SELECT count(*) FROM ser_ver v JOIN series s ON s.id = v.series_id WHERE s.name = ?',
                             (f'merged-{self.number}',)).fetchone()[0]
        if merged != ('merge' not in self.once):
            problems.append(f'merged-{self.number} has {merged} versions')


def set_up(top, options):
    """A database of patman's, and a clone for each worker."""
    home, shared, made = (os.path.join(top, name) for name in ('home', 'db', 'made'))
    for path in home, shared:
        os.mkdir(path)
    open(os.path.join(home, '.patman'), 'w', encoding='utf-8').close()
    env = dict(os.environ, HOME=home, USER='tester', GIT_CONFIG_NOSYSTEM='1', PATMAN_DB_DIR=shared,
               PYTHONDONTWRITEBYTECODE='1', NO_PROXY='127.0.0.1')
    for key in [key for key in env if key.startswith(('GIT_DIR', 'GIT_WORK'))]:
        del env[key]
    for key, value in ('user.name', 'Ada Tester'), ('user.email', 'ada@example.com'):
        subprocess.run(['git', 'config', '--global', key, value], env=env, check=True)
    subprocess.run(['git', 'init', '-q', '-b', 'main', made], env=env, check=True)
    git(made, env, 'commit', '-q', '--allow-empty', '-m', 'Begin')
    git(made, env, 'remote', 'add', 'us', 'https://example.com/us.git')
    git(made, env, 'update-ref', 'refs/remotes/us/main', 'main')
    beside = os.path.join(top, 'beside')
    os.mkdir(beside)
    git(made, env, 'branch', '-q', '--track', 'merged', 'us/main')
    for path in shared, beside:
        lines = [['upstream', 'add', 'us', 'https://example.com/us.git', 'U-Boot', '-p', options.server], ['upstream', 'default', 'us']]
        for line in lines + ([['series', '-s', 'merged', 'add', '-M', '-D', 'Merged']] if path == beside else []):
            done = options.programs['patman'].run(line, made, dict(env, PATMAN_DB_DIR=path))
            if done.returncode:
                sys.exit(f'patman {line}: {done.stdout}{done.stderr}')
        if path == shared:
            git(made, env, 'switch', '-q', 'merged')
            git(made, env, 'commit', '-q', '--allow-empty', '-m', 'Merged')
            git(made, env, 'switch', '-q', 'main')
    workers = []
    for number in range(options.processes):
        is_shared = number < options.shared
        repo = os.path.join(top, 'clone0' if is_shared else f'clone{number}')
        if not os.path.exists(repo):
            shutil.copytree(made, repo, symlinks=True)
        shutil.copytree(beside, f'{beside}{number}')
        with sqlite3.connect(f'{beside}{number}/.patman.db') as con:
            con.execute('UPDATE series SET name = ?', (f'merged-{number}',))
        con.close()
        workers.append(Worker(number, options, env, repo, is_shared))
    return workers, os.path.join(shared, '.patman.db')


def main():
    """Run the workers, and compare."""
    parser = argparse.ArgumentParser(usage=__doc__.split('\n')[2].removeprefix('usage: '))
    parser.add_argument('git_patman')
    parser.add_argument('patman')
    parser.add_argument('--commands', type=int, default=200)
    parser.add_argument('--processes', type=int, default=8)
    parser.add_argument('--shared', type=int, default=2)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    options.programs = {}
    for who, given in ('git-patman', options.git_patman), ('patman', options.patman):
        path = shutil.which(given)
        if not path:
            sys.exit(f'there is no {who}')
        options.programs[who] = forked.Program(path)
    options.is_both = options.programs['git-patman'].python is None
    server, options.server = posted.start()
    with tempfile.TemporaryDirectory() as top:
        workers, path = set_up(top, options)
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        con = sqlite3.connect(path)
        for worker in workers:
            worker.check(con)
        reviews = con.execute("SELECT count(*) FROM series WHERE source = 'review'").fetchone()[0]
        if reviews != sum('review' not in worker.once for worker in workers):
            problems.append(f'there are {reviews} reviews')
        whole = con.execute('PRAGMA integrity_check').fetchall()
        # patman knows no table of ours, and leaves there what belongs to a version that it removes; its number is not used again.
        whole += [row for row in con.execute('PRAGMA foreign_key_check') if not row[0].startswith('gitpatman_')]
        con.close()
        if whole != [('ok',)]:
            problems.append(f'the database is not whole: {whole}')
    server.shutdown()
    for problem in problems:
        print(f'FAILED {problem}')
    ran = {who: sum(worker.ran[who] for worker in workers) for who in options.programs}
    series = sum(len(worker.series) for worker in workers)
    slowest = max(worker.slowest for worker in workers)
    print(f'{ran["git-patman"]} commands of git-patman and {ran["patman"]} of patman by {len(workers)} processes on '
          f'{series} series, the slowest {slowest:.1f} s: {len(problems)} problems')
    sys.exit(1 if problems else 0)


main()
