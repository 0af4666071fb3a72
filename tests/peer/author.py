#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run every command on one's own series by git-patman and by patman, and compare what they do to the database and to git.

usage: author.py GIT-PATMAN PATMAN [PART-OF-A-CASE]

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Each case of parts/author_cases.py begins with two copies of one repository and database, runs
its commands by one program on each, and compares, part by part: the tables of the database (rows with what they refer to in
place of numbers), the refs with the commits and tags they lead to, HEAD, the state of index and files, the settings of
branches, the names and numbers that listings say, the address that a browser is started with, and which commands failed. A
story is run four times: by either program alone, and with its odd steps by one and its even steps by the other. A Patchwork
on loopback answers all. Where the two differ on purpose the case names the parts that do, and says why: it fails if others
differ, or if one of those does not. Prints a line for each case; exit 1 if any fails. SHOW=1 prints what is said.
"""
import concurrent.futures
import difflib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from parts import author_cases, fake_patchwork, forked, listings  # noqa: E402

DATE = 1767225600
failures = 0


class Work:
    """A directory with a home, and a repository with a database for each case and program."""

    def __init__(self, top, programs, server):
        self.top, self.programs, self.server = top, programs, server
        self.begun, self.lock = {}, threading.Lock()
        self.env = dict(os.environ, HOME=top, USER='tester', GIT_CONFIG_NOSYSTEM='1', PYTHONDONTWRITEBYTECODE='1', TZ='UTC',
                        LC_ALL='C.UTF-8', GIT_AUTHOR_DATE=f'{DATE} +0130', GIT_COMMITTER_DATE=f'{DATE} +0130',
                        NO_PROXY='127.0.0.1', PATH=f'{top}/bin:{os.environ["PATH"]}')
        for key in [key for key in self.env if key.startswith(('GIT_DIR', 'GIT_WORK', 'PATMAN_'))]:
            del self.env[key]
        config = {'user.name': 'Ada Tester', 'user.email': 'ada@example.com', 'advice.detachedHead': 'false',
                  'web.browser': 'told', 'browser.told.cmd': f'{top}/bin/xdg-open'}
        for key, value in config.items():
            subprocess.run(['git', 'config', '--global', key, value], env=self.env, check=True)
        open(os.path.join(top, '.patman'), 'a', encoding='utf-8').close()
        os.mkdir(f'{top}/bin')
        with open(f'{top}/bin/xdg-open', 'w', encoding='utf-8', opener=lambda path, how: os.open(path, how, 0o755)) as out:
            out.write('#!/bin/sh\necho "$1" >.git/told.tmp && mv .git/told.tmp .git/told\n')
        self.made = os.path.join(top, 'made')
        self.make()

    def git(self, repo, *args):
        """What git prints, less the last newline."""
        done = subprocess.run(['git', *args], cwd=repo, env=self.env, text=True, capture_output=True, check=True)
        return done.stdout.rstrip('\n')

    def commit(self, repo, name, message):
        """One commit that adds a file."""
        with open(os.path.join(repo, name), 'w', encoding='utf-8') as out:
            out.write(f'{name}\n')
        self.git(repo, 'add', name)
        self.git(repo, 'commit', '-q', '--cleanup=verbatim', '-m', message)

    def make(self):
        """The repository that all begin with: a remote `us`, and the branches of author_cases.BRANCHES."""
        repo = self.made
        subprocess.run(['git', 'init', '-q', '--template=', '-b', 'main', repo], env=self.env, check=True)
        with open(os.path.join(repo, '.gitignore'), 'w', encoding='utf-8') as out:
            out.write('.patman*\n')
        self.git(repo, 'add', '.gitignore')
        self.commit(repo, 'README', 'Begin\n')
        self.git(repo, 'remote', 'add', 'us', 'https://example.com/us.git')
        self.git(repo, 'update-ref', 'refs/remotes/us/main', 'main')
        self.git(repo, 'branch', '-q', '-u', 'us/main')
        for branch, commits in author_cases.BRANCHES.items():
            self.git(repo, 'switch', '-q', '-c', branch, '--track', 'us/main')
            for at, message in enumerate(commits):
                self.commit(repo, f'{branch}-{at}', message)
        self.git(repo, 'switch', '-q', 'main')
        self.git(repo, 'repack', '-a', '-d', '-q')

    def copy(self, first):
        """A copy of a repository."""
        repo = tempfile.mkdtemp(dir=self.top)
        shutil.copytree(first, repo, dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns('.patman.dbold.*'))
        return repo

    def begin(self, before):
        """The repository with which cases begin that have these commands before them, made once; none if it cannot be."""
        with self.lock:
            if before not in self.begun:
                self.begun[before] = concurrent.futures.Future()
                is_mine = True
            else:
                is_mine = False
        future = self.begun[before]
        if is_mine:
            try:
                future.set_result(self.prepare(before))
            except BaseException as why:  # the others wait for it
                future.set_exception(why)
        return future.result()

    def prepare(self, before):
        """Make the repository with which cases begin that have these commands before them."""
        first, line = (self.begin(before[:-1]), before[-1]) if before else (self.made, 'upstream ls')
        repo = self.copy(first) if first else None
        if repo and not self.run('patman', repo, line)[0]:
            report(line, 'patman cannot make what the case begins with')
            return None
        return repo

    def run(self, who, repo, line):
        """Run one command; returns whether it succeeded, and what a listing says."""
        words = [word.replace('SERVER', self.server).replace('Q', ' ') for word in line.split()]
        words = ['' if word == 'EMPTY' else word for word in words]
        if words[0] == 'EDIT':
            with open(os.path.join(repo, words[1]), 'a', encoding='utf-8') as out:
                out.write('One\nTwo\n')
            return True, None
        if words[0] == 'COMMIT':
            self.commit(repo, words[1], f'{words[1]}: Add a file\n\nWhy.\n\n{author_cases.TAG}')
            return True, None
        if words[0] == 'GIT':
            return not subprocess.run(['git', *words[1:]], cwd=repo, env=self.env, capture_output=True, check=False).returncode, None
        done = self.programs[who].run(words, repo, self.env)
        if 'panicked' in done.stderr or who == 'git-patman' and 'Traceback' in done.stdout + done.stderr:
            report(line, f'{who} broke down: {done.stderr}')
        if os.environ.get('SHOW'):
            print(f'--- {who} {line}\n{done.stdout}{done.stderr}= {done.returncode}')
        if done.returncode:
            return False, None
        return True, self.said(who, repo, words, done.stdout)

    def said(self, who, repo, words, text):
        """What a listing says."""
        what = listings.kind(words)
        if not what:
            return None
        if who == 'patman':
            return listings.theirs(what, text)
        if what != 'link':
            text = self.programs[who].run([*words, '--json'], repo, self.env).stdout
        return listings.ours(what, text)


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}\n', end='', flush=True)


SERIES = "SELECT name, desc, archived, upstream, source, hidden FROM series ORDER BY name"
TABLES = {
    'series': SERIES,
    'ser_ver': '''SELECT s.name, v.version, v.link, v.cover_id, v.cover_num_comments, v.name, v.archive_tag, v.desc, v.notes
        FROM ser_ver v LEFT JOIN series s ON s.id = v.series_id ORDER BY 1, 2''',
    'pcommit': '''SELECT s.name, v.version, p.seq, p.subject, p.patch_id, p.change_id, p.state, p.num_comments
        FROM pcommit p LEFT JOIN ser_ver v ON v.id = p.svid LEFT JOIN series s ON s.id = v.series_id
        ORDER BY 1, 2, p.seq, p.subject''',
    'upstream': 'SELECT * FROM upstream ORDER BY name',
    'patchwork': 'SELECT * FROM patchwork ORDER BY name, upstream',
    'workflow': '''SELECT w.type, s.name, substr(w.timestamp, 1, 10), w.archived, w.ser_ver_id
        FROM workflow w LEFT JOIN series s ON s.id = w.series_id ORDER BY w.id''',
}


def state(work, repo, lines):
    """All that is compared of a repository, by parts, and what is broken in its database."""
    con = sqlite3.connect(os.path.join(repo, '.patman.db'))
    parts = {name: con.execute(sql).fetchall() for name, sql in TABLES.items()}
    broken = con.execute('PRAGMA integrity_check').fetchall() + con.execute('PRAGMA foreign_key_check').fetchall()
    con.close()
    refs = work.git(repo, 'for-each-ref', '--format=%(refname) %(objecttype) %(objectname)').split('\n')
    parts['refs'] = [line for line in refs if not line.startswith('refs/patman/')]
    commits = work.git(repo, 'log', '--format=%H%n%an %ae %ad %cn %ce %cd%n%B', '--date=raw', '--branches', '--not', 'main')
    parts['commits'] = commits
    head = subprocess.run(['git', 'symbolic-ref', '-q', 'HEAD'], cwd=repo, env=work.env, text=True, capture_output=True,
                          check=False)
    parts['head'] = head.stdout.strip() or work.git(repo, 'rev-parse', 'HEAD')
    parts['status'] = work.git(repo, 'status', '--porcelain')
    config = work.git(repo, 'config', '--local', '--get-regexp', r'^branch\.')
    parts['config'] = sorted(config.split('\n'))
    if any(line.split()[-1] in ('open', 'o') for line in lines):
        # patman does not wait for the browser.
        until = time.monotonic() + 3
        told = os.path.join(repo, '.git/told')
        while not os.path.exists(told) and time.monotonic() < until:
            time.sleep(0.02)
        parts['open'] = open(told, encoding='utf-8').read() if os.path.exists(told) else None
    return parts, broken


def play(work, first, lines, programs):
    """Run commands by programs that take turns, and return the parts."""
    repo = work.copy(first)
    done = [work.run(programs[at % len(programs)], repo, line) for at, line in enumerate(lines)]
    parts, broken = state(work, repo, lines)
    parts['exits'] = [is_well for is_well, _ in done]
    parts['said'] = [(line, said) for line, (_, said) in zip(lines, done) if said is not None]
    shutil.rmtree(repo)
    return parts, broken


def differing(ours, theirs):
    """The parts that are not the same; commits are told only where refs are the same."""
    found = [name for name in ours if ours[name] != theirs[name]]
    return [name for name in found if name != 'commits' or 'refs' not in found]


def judge(what, who, ours, theirs, parts, reason):
    """Report whether the parts that differ are those that are to differ."""
    found = differing(ours, theirs)
    shown = ''.join(f'\n  {name}\n    {who:10} {ours[name]}\n    patman     {theirs[name]}' for name in found)
    if 'refs' in found:
        shown += '\n' + '\n'.join(difflib.unified_diff(theirs['commits'].split('\n'), ours['commits'].split('\n'), 'patman', who,
                                                      lineterm='', n=2))
    if sorted(found) != sorted(parts.split()):
        wanted = f' where {parts} should' if parts else ''
        report(what, f'{" ".join(found) or "nothing"} differs{wanted}{shown}')
    else:
        report(what + (f' (differs in {parts}: {reason})' if parts else ''), '')


def compare(work, before, lines, parts, reason, turns=(('git-patman',),)):
    """Run one case by both programs, or by both in turns."""
    what = '; '.join(lines)
    first = work.begin(tuple(before))
    if not first:
        return
    theirs, _ = play(work, first, lines, ['patman'])
    for programs in turns:
        ours, broken = play(work, first, lines, programs)
        who = ' and '.join(programs)
        if 'patman' not in programs and broken != [('ok',)]:
            report(what, f'the database is not whole: {broken}')
            continue
        judge(f'{who}, in turns: {what}' if len(turns) > 1 else what, who, ours, theirs, parts, reason)


def safely(work, case):
    """A case, of which no failure goes by."""
    try:
        compare(work, *case)
    except Exception as why:  # whatever it is, it is told, and the rest goes on
        report('; '.join(case[1]), f'{type(why).__name__}: {why} {getattr(why, "stderr", "")}')


def main():
    """Run all cases."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    programs = dict(zip(('git-patman', 'patman'), map(shutil.which, sys.argv[1:3])))
    for who, path in programs.items():
        if not path:
            sys.exit(f'there is no {who}')
        programs[who] = forked.Program(path)
    turns = ('git-patman',), ('git-patman', 'patman'), ('patman', 'git-patman')
    cases = author_cases.CASES + [(*story, turns) for story in author_cases.STORIES]
    part = sys.argv[3] if len(sys.argv) == 4 else ''
    cases = [case for case in cases if part in '; '.join(case[1])]
    server, address = fake_patchwork.start()
    with tempfile.TemporaryDirectory() as top:
        work = Work(top, programs, address)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda case: safely(work, case), cases))
    server.shutdown()
    print(f'{len(cases)} cases, {programs["patman"].ran} commands of patman, {failures} failed')
    sys.exit(1 if failures or not cases else 0)


main()
