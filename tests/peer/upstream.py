#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the commands on upstreams and projects by git-patman and by patman, and compare what they do to the database.

usage: upstream.py GIT-PATMAN PATMAN

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Each case begins with two copies of one repository and database, runs its commands by one
program on each, and compares the tables `upstream` and `patchwork`, and which of the commands failed. A Patchwork on
loopback answers both. Where the two differ on purpose the case says how and why, and fails if they do not differ. Prints a
line for each case; exit 1 if any fails.
"""
import concurrent.futures
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from parts import forked  # noqa: E402

PROJECTS = [
    {'id': 6, 'name': 'U-Boot', 'link_name': 'uboot', 'list_id': 'u-boot.lists.example.org'},
    {'id': 7, 'name': 'Linux MMC', 'link_name': 'linux-mmc', 'list_id': 'linux-mmc.example.org'},
]
failures = 0


class Patchwork(http.server.BaseHTTPRequestHandler):
    """Answers the list of projects, all on one page."""

    def do_GET(self):
        """Answer one request."""
        found = self.path.split('?')[0] == '/api/1.2/projects/'
        body = json.dumps(PROJECTS if found else {'detail': 'Not found.'}).encode()
        self.send_response(200 if found else 404)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Say nothing."""


# What is run first by patman alone, the commands, and where the two differ on purpose: why. SERVER is the Patchwork.
US = ['upstream add us https://example.com/us.git']
PW = ['upstream add us https://example.com/us.git -p SERVER']
CI = ['upstream add ci https://example.com/ci.git']
CASES = [
    ([], US, ''),
    ([], ['upstream add us https://example.com/us.git -p SERVER/ -I chromium -t u-boot -m --no-tags'], ''),
    ([], ['upstream add us https://example.com/us.git --patchwork-url SERVER --identity a --no-maintainers'], ''),
    ([], ['us add us git@example.com:us.git --series-to u-boot', 'us list'], ''),
    (US, ['upstream add us https://example.com/other.git'], ''),
    ([], ['upstream add us https://example.com/us.git U-Boot'], ''),
    ([], ['upstream add us https://example.com/us.git U-Boot -p SERVER'], ''),
    ([], ['upstream add us https://example.com/us.git Nope -p SERVER'], ''),
    ([], ['upstream add us x'], 'patman takes anything for a URL'),
    ([], ['upstream add us https://example.com/us.git -p pw.example.org'], 'patman takes anything for a URL'),
    ([], ["upstream add o'hara https://example.com/o.git"], ''),
    (US, ['upstream set us'], ''),
    (US, ['upstream set us -p SERVER --no-tags', 'upstream set us -m -I me -t list'], ''),
    (US, ['upstream set us -m --no-tags', 'upstream set us --maintainers', 'upstream set us --tags'], ''),
    (PW, ['upstream set us -p EMPTY', 'upstream set us -I EMPTY -t EMPTY'], ''),
    (US, ['upstream set nope -m'], ''),
    (US + CI, ['upstream default us', 'upstream default ci', 'upstream default nope'], ''),
    (US + CI, ['upstream default us', 'upstream default -u', 'upstream default -u'], ''),
    (US, ['upstream default us', 'upstream default', 'upstream ls'], ''),
    (US, ['upstream default'], 'where there is none we exit with 1, as git config does'),
    (US + CI, ['upstream delete ci', 'upstream delete nope'], ''),
    (US + ['upstream default us'], ['upstream delete us', 'upstream ls'], ''),
    (PW + ['patchwork set-project U-Boot us'], ['upstream delete us'],
     'patman leaves the project of an upstream that is deleted'),
    (["upstream add o'hara https://example.com/o.git"], ["upstream delete o'hara"],
     'patman makes SQL of the name, and fails'),
    (US, ["upstream delete x'QORQ'1'='1"], 'patman makes SQL of the name, and deletes every upstream'),
    (PW, ['patchwork set-project U-Boot us', 'patchwork ls', 'patchwork get-project us'], ''),
    (PW, ['patchwork set-project U-Boot us', 'pw set-project LinuxQMMC us', 'pw list'], ''),
    (PW, ['patchwork set-project Nope us'], ''),
    (PW, ['patchwork set-project uboot us'], 'patman knows a project by its name only'),
    (US, ['patchwork set-project U-Boot us'], ''),
    (PW, ['patchwork set-project U-Boot nope'], ''),
    (PW, ['patchwork get-project us', 'patchwork rm us', 'patchwork rm'], ''),
    (PW + ['patchwork set-project U-Boot us'], ['patchwork rm us', 'patchwork rm us', 'patchwork ls'], ''),
    (PW + ['patchwork set-project U-Boot us'], ['patchwork rm'], ''),
    (PW, ['GIT remote add us https://example.com/us.git', 'patchwork set-project U-Boot', 'patchwork get-project'], ''),
    (PW, ['patchwork set-project U-Boot'], 'with one upstream and no remote patman does not know which is meant'),
]


class Work:
    """A directory with a home, and a repository with a database for each case and program."""

    def __init__(self, top, programs, server):
        self.top, self.programs, self.server = top, programs, server
        self.env = dict(os.environ, HOME=top, USER='tester', GIT_CONFIG_NOSYSTEM='1', PYTHONDONTWRITEBYTECODE='1')
        for key in [key for key in self.env if key.startswith(('GIT_DIR', 'GIT_WORK', 'PATMAN_'))]:
            del self.env[key]
        self.env['NO_PROXY'] = '127.0.0.1'
        self.begun, self.lock = {}, threading.Lock()
        for key, value in ('user.name', 'Tester'), ('user.email', 'tester@example.com'):
            subprocess.run(['git', 'config', '--global', key, value], env=self.env, check=True)
        open(os.path.join(top, '.patman'), 'a').close()

    def repo(self):
        """A new repository with one commit."""
        repo = tempfile.mkdtemp(dir=self.top)
        subprocess.run(['git', 'init', '-q', '-b', 'main', repo], env=self.env, check=True)
        subprocess.run(['git', 'commit', '-q', '--allow-empty', '-m', 'Begin'], cwd=repo, env=self.env, check=True)
        return repo

    def begin(self, lines):
        """A repository with the database that patman makes by these commands, made once; none if it cannot be."""
        with self.lock:
            if lines not in self.begun:
                repo = self.repo()
                failed = [line for line in lines if not self.run('patman', repo, line)]
                if failed:
                    report(failed[0], 'patman cannot make what the case begins with')
                self.begun[lines] = None if failed else repo
            return self.begun[lines]

    def run(self, who, repo, line):
        """Run one command; returns whether it succeeded. Q stands for a blank, EMPTY for an empty argument."""
        words = [word.replace('SERVER', self.server).replace('Q', ' ') for word in line.split()]
        words = ['' if word == 'EMPTY' else word for word in words]
        if words[0] == 'GIT':
            return not subprocess.run(['git', *words[1:]], cwd=repo, env=self.env, check=False).returncode
        done = self.programs[who].run(words, repo, self.env)
        if 'panicked' in done.stderr or 'Traceback' in done.stdout + done.stderr:
            report(line, f'{who} broke down: {done.stderr}')
        return done.returncode == 0


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


def tables(repo):
    """The two tables, in the order of their rows."""
    con = sqlite3.connect(os.path.join(repo, '.patman.db'))
    found = [con.execute(f'SELECT * FROM {name} ORDER BY rowid').fetchall() for name in ('upstream', 'patchwork')]
    con.close()
    return found


def compare(work, before, lines, reason):
    """Run one case by both programs."""
    first = work.begin(('upstream ls', *before))
    if not first:
        return
    outcome = {}
    for who in work.programs:
        repo = work.repo()
        for name in os.listdir(first):
            if name.startswith('.patman.db') and not name.startswith('.patman.dbold'):
                shutil.copyfile(os.path.join(first, name), os.path.join(repo, name))
        exits = [work.run(who, repo, line) for line in lines]
        outcome[who] = (tables(repo), exits)
    ours, theirs = outcome['git-patman'], outcome['patman']
    if reason:
        report(f'{"; ".join(lines)} (differs: {reason})', '' if ours != theirs else 'it does not differ')
    else:
        report('; '.join(lines), '' if ours == theirs else f'\n  git-patman {ours}\n  patman     {theirs}')


def main():
    """Run all cases."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    programs = dict(zip(('git-patman', 'patman'), map(shutil.which, sys.argv[1:])))
    for who, path in programs.items():
        if not path:
            sys.exit(f'there is no {who}')
        programs[who] = forked.Program(path)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Patchwork)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as top:
        work = Work(top, programs, f'http://127.0.0.1:{server.server_address[1]}')
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda case: compare(work, *case), CASES))
    server.shutdown()
    print(f'{failures} failed')
    sys.exit(1 if failures else 0)


main()
