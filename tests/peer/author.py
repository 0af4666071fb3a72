#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run every command on one's own series by git-patman and by patman, and compare what they do to the database and to git.

usage: author.py GIT-PATMAN PATMAN [PART-OF-A-CASE]

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Each case begins with two copies of one repository and database, runs its commands by one
program on each, and compares, part by part: the tables of the database (rows with what they refer to in place of numbers),
the refs with the commits and tags they lead to, HEAD, the state of index and files, the settings of branches, and which
commands failed. A Patchwork on loopback answers both. Where the two differ on purpose the case names the parts that do, and
says why: it fails if others differ, or if one of those does not. Prints a line for each case; exit 1 if any fails.
"""
import concurrent.futures
import http.server
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse

DATE = 1767225600
TAG = 'Signed-off-by: Ada Tester <ada@example.com>\n'
COVER = 'Cover-letter:\ndoc: Tidy up the readme files\nThis tidies a few files.\n\nTwice.\nEND\n'
TIDY = [
    ('a', 'doc: a: Add a line', f'Explain it.\n\nSeries-to: u-boot\nSeries-cc: fred@example.org\n{COVER}'
     f'Series-notes:\nA note.\nEND\n\n{TAG}'),
    ('b', 'README: Add a second line',
     f'Series-changes: 1\n- Initial version\n\nChange-Id: I1111111111111111111111111111111111111111\n{TAG}'),
    ('c', 'doc: c: Mention the third thing',
     f'Commit-notes:\nBelow the line\nEND\n\nReviewed-by: Tom Rini <trini@konsulko.com>\n{TAG}'),
    ('d', 'Makefile: Add a comment', f'Commit-cc: barney@example.org\n{TAG}'),
]
failures = 0


def person(name):
    """A person as the Patchwork has them."""
    return {'id': 1, 'name': name, 'email': f'{name.lower()}@example.com', 'url': ''}


def comment(number, text):
    """A comment on a patch or cover letter, by Rita."""
    return {'id': number, 'submitter': person('Rita'), 'content': text, 'date': '2026-01-02T00:00:00', 'headers': {},
            'msgid': f'<c{number}@example.com>', 'subject': 'Re: it', 'url': '', 'web_url': '', 'list_archive_url': None}


class Patchwork(http.server.BaseHTTPRequestHandler):
    """Answers for series 110, which is `tidy`, and 111, its second version."""

    def found(self, path, query):
        """What is at a path."""
        if path == 'projects/':
            return [{'id': 6, 'name': 'U-Boot', 'link_name': 'uboot', 'list_id': 'u-boot.lists.example.org'}]
        if path == 'series/':
            wanted = query.get('q', [''])[0].lower()
            return [self.series(number) for number in (110, 111) if wanted in 'doc: tidy up the readme files']
        words = path.strip('/').split('/')
        number = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        if words[0] == 'series' and number in (110, 111):
            return self.series(number)
        if path == 'patches/' and 'series' in query:
            series = int(query['series'][0])
            return [self.patch(series * 10 + at) for at in range(1, 5)]
        if words[0] == 'patches' and 1101 <= number <= 1114:
            if words[-1] != 'comments':
                return self.patch(number)
            said = {1101: 'Looks good.\n\nReviewed-by: Rita <rita@example.com>\n', 1102: 'Why?\n'}
            return [comment(number * 10, said[number])] if number in said else []
        if words[0] == 'covers' and number in (1100, 1110):
            return [] if words[-1] == 'comments' else self.cover(number)
        return None

    def base(self):
        """The address of this server."""
        return f'http://127.0.0.1:{self.server.server_address[1]}'

    def series(self, number):
        """A series with its cover letter and patches."""
        version = number - 109
        short = [{key: self.patch(number * 10 + at)[key] for key in ('id', 'url', 'web_url', 'msgid', 'name', 'date',
                                                                     'list_archive_url', 'mbox')} for at in range(1, 5)]
        return {'id': number, 'name': 'doc: Tidy up the readme files', 'version': version, 'total': 4,
                'received_total': 4, 'received_all': True, 'date': '2026-01-01T00:00:00', 'submitter': person('Ada'),
                'project': {'id': 6, 'name': 'U-Boot', 'link_name': 'uboot', 'list_id': 'u-boot.lists.example.org'},
                'cover_letter': self.cover(number * 10), 'patches': short, 'url': f'{self.base()}/api/1.2/series/{number}/',
                'web_url': f'{self.base()}/project/uboot/list/?series={number}', 'mbox': f'{self.base()}/series/{number}/mbox/',
                'dependencies': [], 'dependents': []}

    def cover(self, number):
        """A cover letter."""
        return {'id': number, 'name': '[0/4] doc: Tidy up the readme files', 'msgid': f'<{number}@example.com>',
                'url': f'{self.base()}/api/1.2/covers/{number}/', 'web_url': '', 'date': '2026-01-01T00:00:00',
                'list_archive_url': None, 'mbox': '', 'content': 'This tidies.', 'headers': {}, 'submitter': person('Ada'),
                'comments': f'{self.base()}/api/1.2/covers/{number}/comments/'}

    def patch(self, number):
        """A patch; the third is accepted, the last has to be changed."""
        at = number % 10
        prefix = f'[v2,{at}/4]' if number > 1109 else f'[{at}/4]'
        state = {3: 'accepted', 4: 'changes-requested'}.get(at, 'new')
        here = f'{self.base()}/api/1.2/patches/{number}/'
        return {'id': number, 'name': f'{prefix} {TIDY[at - 1][1]}', 'state': state, 'msgid': f'<{number}@example.com>',
                'url': here, 'comments': f'{here}comments/', 'content': 'Text\n', 'diff': '', 'headers': {}, 'tags': {},
                'check': 'pending', 'date': '2026-01-01T00:00:00', 'submitter': person('Ada'), 'delegate': None,
                'series': [{'id': number // 10, 'name': '', 'version': 1, 'url': '', 'web_url': '', 'date': '', 'mbox': ''}],
                'prefixes': [], 'list_archive_url': None, 'web_url': '', 'mbox': '', 'hash': None, 'archived': False,
                'commit_ref': None, 'pull_url': None, 'related': [], 'checks': f'{here}checks/',
                'project': {'id': 6, 'name': 'U-Boot', 'link_name': 'uboot', 'list_id': 'u-boot.lists.example.org'}}

    def do_GET(self):
        """Answer one request."""
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        is_later = int(query.get('page', ['1'])[0]) > 1
        path = re.sub(r'^/api(/1\.\d)?/', '', url.path)
        found = None if is_later else self.found(path, query)
        body = json.dumps({'detail': 'Not found.'} if found is None else found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Say nothing."""


# What is run first by patman alone; the commands; the parts that differ on purpose; why. GIT runs git, EDIT appends to a
# file, Q stands for a blank, EMPTY for an empty argument, SERVER for the Patchwork.
UP = ['upstream add us https://example.com/us.git']
NET = ['upstream add us https://example.com/us.git U-Boot -p SERVER', 'upstream default us']
ONE = UP + ['series -s single add -M -1']
OWN = UP + ['series -s tidy add -m']
TWO = OWN + ['series -s tidy inc']
LINKED = NET + ['series -s tidy add -m', 'series -s tidy set-link 110']
CASES = [
    # add
    (UP, ['series -s single add -1 -M'], '', ''),
    (UP, ['series -s single add'], '', ''),
    (UP, ['series -s single add -1'], '', ''),
    (UP, ['series -n -s single add -1 -M'], '', ''),
    (UP, ['series -s single add -M -D ATitle'], '', ''),
    (UP, ['series -s tidy add'], '', ''),
    (UP, ['series -s tidy add -m'], '', ''),
    (UP, ['series -n -s tidy add -m'], '', ''),
    (UP, ['series -s tidy add -M -S us'], '', ''),
    ([], ['series -s tidy add -M'], '', ''),
    (UP, ['GIT switch -q tidy', 'series add -m'], '', ''),
    (UP, ['series -s nope add'], '', ''),
    (UP, ['series add'], '', ''),
    (UP, ['GIT branch 123 tidy', 'series -s 123 add'], '', ''),
    (OWN, ['series -s tidy add -M'], '', ''),
    (OWN, ['GIT branch -q --track tidy2 us/main', 'GIT switch -q tidy2', 'GIT reset -q --hard tidy', 'GIT switch -q main',
           'series -s tidy2 add -M -f'], '', ''),
    # lists change nothing
    (TWO, ['series ls', 'series ls -A', 'series -s tidy info', 'series -s tidy patches', 'series find tidy', 'series summary',
           'series progress', 'series progress -a', 'series progress -l', 'series -s tidy get-link'], '', ''),
    (OWN, ['series -s nope info', 'series -s nope patches', 'series -s tidy -V 2 patches', 'series foo'], '', ''),
    # mark and unmark
    (OWN, ['series -s tidy mark'], '', ''),
    (OWN, ['series -s tidy mark -m'], '', ''),
    (OWN, ['series -n -s tidy unmark'], '', ''),
    (UP, ['series -s single add -1 -M', 'series -n -s single mark'], '', ''),
    (OWN, ['series -s nope mark', 'series mark'], '', ''),
    # inc and dec
    (OWN, ['series -s tidy inc'], '', ''),
    (OWN, ['series -n -s tidy inc'], '', ''),
    (OWN, ['GIT switch -q tidy', 'series inc'], '', ''),
    (TWO, ['series -s tidy2 inc'], '', ''),
    (TWO, ['series -s tidy inc'], '', ''),
    (ONE, ['series -s single dec', 'series -s nope dec', 'series -s nope inc'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series dec'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series -n dec'], '', ''),
    # links
    (OWN, ['series -s tidy set-link 452329', 'series -s tidy get-link'], '', ''),
    (TWO, ['series -s tidy -V 2 set-link -u 453001'], '', ''),
    (TWO, ['series -s tidy2 set-link -u 453001', 'series -s tidy2 set-link -u 453002'], '', ''),
    (OWN, ['series -s tidy set-link 452329', 'series -s tidy set-link EMPTY'], 'ser_ver',
     'an empty link is no link to us: NULL, not an empty text'),
    (OWN, ['series -s nope set-link 1', 'series -s tidy -V 7 set-link 1'], '', ''),
    # scan
    (OWN, ['series -s tidy scan'], '', ''),
    (OWN, ['GIT switch -q tidy', 'COMMIT e', 'series scan', 'series scan -M'], '', ''),
    (OWN, ['GIT switch -q tidy', 'COMMIT e', 'series scan -m'], '', ''),
    (OWN, ['GIT switch -q tidy', 'GIT reset -q --hard HEAD~1', 'series scan -M'], '', ''),
    (OWN, ['series -s nope scan', 'series scan'], '', ''),
    # notes, upstream
    (OWN, ['series -s tidy save-notes', 'EDIT review-notes.txt', 'series -s tidy save-notes', 'series -s tidy show-notes'], '', ''),
    (TWO, ['EDIT notes', 'series -s tidy2 save-notes notes', 'series -s tidy show-notes'], '', ''),
    (OWN + ['upstream add ci https://example.com/ci.git'], ['series -s tidy set-upstream ci'], '', ''),
    (OWN + ['upstream add ci https://example.com/ci.git'], ['series -n -s tidy set-upstream ci'], '', ''),
    # rename and other numbers
    (TWO, ['series -s tidy rename -N neat'], '', ''),
    (TWO, ['series -n -s tidy rename -N neat'], '', ''),
    (TWO, ['series -s tidy rename -N tidy', 'series -s tidy rename -N neat2', 'series -s tidy rename -N badQname~'], '', ''),
    (ONE + ['series -s tidy add -m'], ['series -s tidy rename -N single', 'series -s tidy rename'], '', ''),
    (TWO, ['GIT branch neat main', 'series -s tidy rename -N neat'], '', ''),
    (TWO, ['series -s tidy version-change', 'series -s tidy version-change --new-version 2'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series version-change --new-version 3'], '', ''),
    (TWO, ['series -s tidy2 version-change --new-version 3'], 'head status',
     'patman moves HEAD to the new branch and leaves the index of the old one'),
    (TWO, ['series -n -s tidy version-change --new-version 4'], 'head status', 'patman moves HEAD though nothing is to be done'),
    (TWO, ['series -s tidy -V 2 rm-version'], '', ''),
    (TWO, ['series -n -s tidy -V 2 rm-version', 'series -s tidy -V 9 rm-version'], '', ''),
    (ONE, ['series -s single -V 1 rm-version', 'series -s nope -V 2 rm-version'], '', ''),
    (OWN, ['series -s tidy rm'], '', ''),
    (OWN, ['series -n -s tidy rm', 'series -s nope rm'], '', ''),
    (TWO, ['series -s tidy rm'], 'pcommit', 'patman leaves the patches of all versions but the first'),
    # archive
    (ONE, ['series -s single archive'], '', ''),
    (TWO, ['series -s tidy archive', 'series ls', 'series ls -A', 'series progress -A'], '', ''),
    (ONE, ['GIT switch -q single', 'series archive'], '', ''),
    (ONE, ['series -s single archive', 'series -s single unarchive'], 'config',
     'patman forgets what the branches of an archived series track'),
    (ONE, ['series -s single archive', 'GIT branch single main', 'series -s single unarchive'], '', ''),
    (ONE, ['series -s nope archive', 'series -s nope unarchive', 'series -s single unarchive'], '', ''),
    # workflow
    (OWN, ['workflow todo -s tidy', 'workflow todo-list', 'workflow list', 'series summary'], '', ''),
    (OWN, ['workflow todo -s tidy 3', 'workflow todo -s tidy 0', 'workflow todo-list', 'workflow tl --all'], '', ''),
    (OWN, ['workflow todo -s tidy 3', 'workflow todo -s tidy --clear', 'workflow list -a'], '', ''),
    (ONE, ['workflow todo -s single -- -2', 'workflow todo-list', 'wf ls'], '', ''),
    (TWO, ['workflow todo -s tidy2 5'], '', ''),
    (OWN, ['workflow todo -s nope'], 'workflow exits', 'patman notes it for no series'),
    (OWN, ['workflow todo -s tidy abc', 'workflow todo -s tidy 999999999'], '', ''),
    # Patchwork
    (NET + ['series -s tidy add -m'], ['series -s tidy autolink'], '', ''),
    (NET + ['series -s tidy add -m'], ['series -s tidy autolink --no-update'], '', ''),
    (NET + ['series -s tidy add -m', 'series -s tidy inc'], ['series -s tidy2 autolink'], '', ''),
    (NET + ['series -s tidy add -m'], ['series -s tidy gather', 'series -s tidy status', 'series -s nope autolink'], '', ''),
    (LINKED, ['series -s tidy gather -G'], '', ''),
    (LINKED, ['series -s tidy gather'], '', ''),
    (LINKED, ['series -s tidy gather', 'series -s tidy gather'], '', ''),
    (LINKED, ['series -n -s tidy gather'], '', ''),
    (LINKED, ['series gather-all'], '', ''),
    (LINKED, ['series gather-all -G', 'series progress', 'series -s tidy status'], '', ''),
    (NET + ['series -s tidy add -m'], ['series autolink-all'], '', ''),
    # reviews are left to the commands on reviews
    (OWN, ['series -s tidy changes AQline'], '', ''),
    (OWN, ['GIT switch -q tidy', 'series changes FixQtheQoffset'], '', ''),
    (OWN, ['GIT switch -q tidy', 'series -n changes FixQtheQoffset'], '', ''),
    (OWN, ['GIT switch -q tidy', 'series changes -c CoverQonly'], '', ''),
]


class Work:
    """A directory with a home, and a repository with a database for each case and program."""

    def __init__(self, top, programs, server):
        self.top, self.programs, self.server = top, programs, server
        self.env = dict(os.environ, HOME=top, USER='tester', GIT_CONFIG_NOSYSTEM='1', PYTHONDONTWRITEBYTECODE='1',
                        GIT_AUTHOR_DATE=f'{DATE} +0000', GIT_COMMITTER_DATE=f'{DATE} +0000', NO_PROXY='127.0.0.1')
        for key in [key for key in self.env if key.startswith(('GIT_DIR', 'GIT_WORK', 'PATMAN_'))]:
            del self.env[key]
        config = {'user.name': 'Ada Tester', 'user.email': 'ada@example.com', 'advice.detachedHead': 'false'}
        for key, value in config.items():
            subprocess.run(['git', 'config', '--global', key, value], env=self.env, check=True)
        open(os.path.join(top, '.patman'), 'a', encoding='utf-8').close()
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
        self.git(repo, 'commit', '-q', '-m', message)

    def make(self):
        """The repository that all begin with: a remote `us`, `single` with one commit, `tidy` with four."""
        repo = self.made
        subprocess.run(['git', 'init', '-q', '-b', 'main', repo], env=self.env, check=True)
        with open(os.path.join(repo, '.gitignore'), 'w', encoding='utf-8') as out:
            out.write('.patman*\n')
        self.git(repo, 'add', '.gitignore')
        self.commit(repo, 'README', 'Begin')
        self.git(repo, 'remote', 'add', 'us', 'https://example.com/us.git')
        self.git(repo, 'update-ref', 'refs/remotes/us/main', 'main')
        self.git(repo, 'branch', '-q', '-u', 'us/main')
        for branch, commits in ('single', [('q', 'README: One change only', TAG)]), ('tidy', TIDY):
            self.git(repo, 'switch', '-q', '-c', branch, '--track', 'us/main')
            for name, subject, body in commits:
                self.commit(repo, name, f'{subject}\n\n{body}')
        self.git(repo, 'switch', '-q', 'main')

    def repo(self):
        """A copy of that repository."""
        repo = tempfile.mkdtemp(dir=self.top)
        shutil.copytree(self.made, repo, dirs_exist_ok=True, symlinks=True)
        return repo

    def run(self, who, repo, line):
        """Run one command; returns whether it succeeded."""
        words = [word.replace('SERVER', self.server).replace('Q', ' ') for word in line.split()]
        words = ['' if word == 'EMPTY' else word for word in words]
        if words[0] == 'EDIT':
            with open(os.path.join(repo, words[1]), 'a', encoding='utf-8') as out:
                out.write('One\nTwo\n')
            return True
        if words[0] == 'COMMIT':
            self.commit(repo, words[1], f'{words[1]}: Add a file\n\n{TAG}')
            return True
        command = ['git', *words[1:]] if words[0] == 'GIT' else [self.programs[who], *words]
        done = subprocess.run(command, cwd=repo, env=self.env, text=True, capture_output=True, timeout=120,
                              stdin=subprocess.DEVNULL, check=False)
        if 'panicked' in done.stderr or who == 'git-patman' and 'Traceback' in done.stdout + done.stderr:
            report(line, f'{who} broke down: {done.stderr}')
        if os.environ.get('SHOW'):
            print(f'--- {who} {line}\n{done.stdout}{done.stderr}= {done.returncode}')
        return done.returncode == 0


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


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


def state(work, repo):
    """All that is compared, by parts."""
    con = sqlite3.connect(os.path.join(repo, '.patman.db'))
    parts = {name: con.execute(sql).fetchall() for name, sql in TABLES.items()}
    broken = con.execute('PRAGMA integrity_check').fetchall() + con.execute('PRAGMA foreign_key_check').fetchall()
    con.close()
    refs = work.git(repo, 'for-each-ref', '--format=%(refname) %(objecttype) %(objectname)').split('\n')
    parts['refs'] = [line for line in refs if not line.startswith('refs/patman/')]
    commits = work.git(repo, 'log', '--format=%H%n%an %ae %at %cn %ce %ct%n%B', '--branches', '--not', 'main')
    parts['commits'] = commits
    head = subprocess.run(['git', 'symbolic-ref', '-q', 'HEAD'], cwd=repo, env=work.env, text=True, capture_output=True,
                          check=False)
    parts['head'] = head.stdout.strip() or work.git(repo, 'rev-parse', 'HEAD')
    parts['status'] = work.git(repo, 'status', '--porcelain')
    config = work.git(repo, 'config', '--local', '--get-regexp', r'^branch\.')
    parts['config'] = sorted(config.split('\n'))
    return parts, broken


def differing(ours, theirs):
    """The parts that are not the same; commits are told only where refs are the same."""
    found = [name for name in ours if ours[name] != theirs[name]]
    return [name for name in found if name != 'commits' or 'refs' not in found]


def compare(work, before, lines, parts, reason):
    """Run one case by both programs."""
    what = '; '.join(lines)
    first = work.repo()
    for line in ['upstream ls', *before]:
        if not work.run('patman', first, line):
            report(line, 'patman cannot make what the case begins with')
            return
    outcome = {}
    for who in work.programs:
        repo = tempfile.mkdtemp(dir=work.top)
        shutil.copytree(first, repo, dirs_exist_ok=True, symlinks=True)
        exits = [work.run(who, repo, line) for line in lines]
        outcome[who], broken = state(work, repo)
        outcome[who]['exits'] = exits
        if who == 'git-patman' and broken != [('ok',)]:
            report(what, f'the database is not whole: {broken}')
            return
    ours, theirs = outcome['git-patman'], outcome['patman']
    found = differing(ours, theirs)
    shown = ''.join(f'\n  {name}\n    git-patman {ours[name]}\n    patman     {theirs[name]}'
                    + (f'\n    git-patman {ours["commits"]}\n    patman     {theirs["commits"]}' if name == 'refs' else '')
                    for name in found)
    if sorted(found) != sorted(parts.split()):
        wanted = f' where {parts} should' if parts else ''
        report(what, f'{" ".join(found) or "nothing"} differs{wanted}{shown}')
    else:
        report(what + (f' (differs in {parts}: {reason})' if parts else ''), '')


def main():
    """Run all cases."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    programs = dict(zip(('git-patman', 'patman'), map(shutil.which, sys.argv[1:3])))
    for who, path in programs.items():
        if not path:
            sys.exit(f'there is no {who}')
        programs[who] = os.path.abspath(path)
    part = sys.argv[3] if len(sys.argv) == 4 else ''
    cases = [case for case in CASES if part in '; '.join(case[1])]
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Patchwork)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as top:
        work = Work(top, programs, f'http://127.0.0.1:{server.server_address[1]}')
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda case: compare(work, *case), cases))
    server.shutdown()
    print(f'{len(cases)} cases, {failures} failed')
    sys.exit(1 if failures else 0)


main()
