#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Link a series to Patchwork and gather it by git-patman and by patman, and compare database, branch and requests.

usage: patchwork.py GIT-PATMAN PATMAN

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Each case begins with two copies of one repository and database, in which patman has added a
series, and runs its commands by one program on each, against a Patchwork on loopback. Compared are the rows of `series`,
`ser_ver` and `pcommit`, the commits of the branch, and whether commands failed; requests are counted, and must be fewer.
Where the two differ on purpose the case says why, and fails if they do not differ. Prints a line for each case; exit 1 if
any fails.
"""
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.dont_write_bytecode = True
from parts import forked  # noqa: E402

TITLE = 'one: Spell numbers'
SUBJECTS = ['one: Spell one', 'one: Spell two', 'one: Spell three']
BEA = {'name': 'Bea', 'email': 'bea@example.org'}
failures = 0


class Fake:
    """The series that the Patchwork has; each case changes what it needs."""

    def __init__(self, url, subjects=SUBJECTS, title=TITLE, submitter='ada@example.com', version=1, state='accepted',
                 tags=((0, 'Reviewed-by: Bea <bea@example.org>'),), order=None):
        project = {'id': 6, 'name': 'U-Boot', 'link_name': 'uboot'}
        person = {'id': 1, 'name': 'Ada', 'email': submitter}
        ids = [1101 + at for at in range(len(subjects))]
        subjects = [subjects[at] for at in order] if order else subjects
        self.patches = [{
            'id': number, 'url': f'{url}/api/1.2/patches/{number}/', 'msgid': f'<p{number}@example.com>',
            'date': '2026-01-01T12:00:00', 'name': f'[{at + 1}/{len(subjects)}] {subject}', 'state': state,
            'archived': False, 'submitter': person, 'project': project, 'list_archive_url': None,
            'web_url': f'{url}/patch/{number}/', 'series': [{'id': 110, 'name': title, 'version': version}],
            'content': 'x', 'diff': None, 'headers': {'Subject': f'[PATCH {at + 1}/{len(subjects)}] {subject}'},
        } for at, (number, subject) in enumerate(zip(ids, subjects))]
        self.cover = {'id': 1100, 'url': f'{url}/api/1.2/covers/1100/', 'msgid': '<c@example.com>',
                      'name': f'[0/{len(subjects)}] {title}', 'date': '2026-01-01T12:00:00', 'web_url': '',
                      'content': 'why', 'headers': {'Subject': title}, 'submitter': person}
        short = [{key: patch[key] for key in ('id', 'url', 'msgid', 'date', 'name', 'web_url')}
                 for patch in self.patches]
        self.series = {'id': 110, 'name': title, 'version': version, 'total': len(subjects), 'project': project,
                       'received_total': len(subjects), 'received_all': True, 'submitter': person,
                       'date': '2026-01-01T12:00:00', 'cover_letter': self.cover, 'patches': short,
                       'web_url': '', 'url': f'{url}/api/1.2/series/110/', 'mbox': ''}
        self.project = dict(project, list_id='u-boot.lists.example.org')
        self.comments = {}
        for at, text in tags:
            number = 1100 if at is None else self.patches[at]['id']
            self.comments.setdefault(number, []).append({
                'id': len(text), 'msgid': f'<r{number}@example.org>', 'date': '2026-01-02T12:00:00',
                'subject': 'Re: x', 'submitter': BEA, 'content': text,
                'headers': {'From': 'Bea <bea@example.org>', 'Subject': 'Re: x'}})

    def answer(self, path, query):
        """The answer to a path below /api/1.2/; None: there is nothing."""
        parts = path.strip('/').split('/')
        title = self.series['name'].lower()
        if parts == ['projects']:
            return [self.project]
        if parts == ['series']:
            words = query.get('q', [''])[0].lower().split()
            return [self.series] if all(word in title for word in words) else []
        if parts == ['patches']:
            return self.patches
        if parts == ['series', '110']:
            return self.series
        if parts[0] in ('patches', 'covers') and len(parts) == 3:
            return self.comments.get(int(parts[1]), [])
        mails = [self.cover] if parts[0] == 'covers' else self.patches
        return next((one for one in mails if str(one['id']) == parts[1]), None)


class Patchwork(http.server.BaseHTTPRequestHandler):
    """Answers as the Fake says, and counts."""
    fake = None
    count = 0

    def do_GET(self):
        """Answer one request."""
        Patchwork.count += 1
        url = urllib.parse.urlparse(self.path)
        found = self.fake.answer(url.path.replace('/api/1.2/', '', 1), urllib.parse.parse_qs(url.query))
        body = json.dumps({'detail': 'Not found.'} if found is None else found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Say nothing."""


COVER = [(None, 'Tested-by: Bea <bea@example.org>')]
# The commands, LINK being no command but a link in the database, what the Patchwork has, and where the two differ on
# purpose: why.
CASES = [
    (['-s tidy autolink'], {}, ''),
    (['-s tidy autolink', '-s tidy autolink'], {}, ''),
    (['-s tidy autolink', '-s tidy gather -G'], {}, ''),
    (['-s tidy autolink', '-s tidy gather -G'], {'tags': ()}, ''),
    (['-s tidy autolink', '-s tidy gather -G'], {'state': 'changes-requested'}, ''),
    (['-s tidy autolink', 'gather-all -G'], {}, 'patman does not know the upstream of the series, off its branch'),
    (['-n -s tidy autolink'], {}, 'patman writes the link in a dry run too'),
    (['-s tidy gather'], {}, ''),
    (['-s tidy -V 2 autolink'], {}, ''),
    (['-s nope autolink'], {}, ''),
    (['-s tidy autolink'], {'title': 'two: Something else'}, ''),
    (['autolink-all'], {}, 'patman asks patchwork.ozlabs.org, whatever the default upstream says'),
    (['-s tidy autolink'], {'submitter': 'eve@example.org'}, 'patman takes the series of another author'),
    (['-s tidy autolink'], {'subjects': SUBJECTS[:2]}, 'patman takes a series of fewer patches'),
    (['LINK', '-s tidy gather -G'], {}, ''),
    (['LINK', '-s tidy gather -G'], {'order': [2, 0, 1]}, 'patman pairs by the place'),
    (['LINK', '-s tidy gather -G'], {'subjects': ['a: 1', 'a: 2', 'a: 3']},
     'patman writes the states of patches that are none of the series'),
    (['-s tidy autolink', '-s tidy gather'], {}, 'patman leaves a message without a newline at its end'),
    (['-s tidy autolink', '-s tidy gather'], {'tags': COVER}, 'patman passes over trailers for the cover letter'),
]


def run(home, top, *words):
    """Run a command; return its status and what it said."""
    env = {'HOME': home, 'USER': 'ada', 'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC',
           'GIT_CONFIG_NOSYSTEM': '1', 'GIT_AUTHOR_DATE': '1767225600 +0000',
           'GIT_COMMITTER_DATE': '1767225600 +0000', 'NO_PROXY': '*'}
    if isinstance(words[0], forked.Program):
        done = words[0].run(words[1:], top, env)
    else:
        done = subprocess.run(words, cwd=top, env=env, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def begin(home, top, patman, url):
    """Make a repository with the branch tidy, which patman has added."""
    def must(*words):
        status, said = run(home, top, *words)
        assert status == 0, f'{words}: {said}'
        return said

    os.makedirs(top)
    with open(os.path.join(home, '.gitconfig'), 'w', encoding='utf-8') as out:
        out.write('[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n'
                  '[advice]\n\tdetachedHead = false\n')
    must('git', 'init', '-q')
    with open(os.path.join(top, '.gitignore'), 'w', encoding='utf-8') as out:
        out.write('.patman*\n')
    must('git', 'add', '.gitignore')
    must('git', 'commit', '-qm', 'Begin')
    must('git', 'remote', 'add', 'us', 'https://git.example.org/us.git')
    must('git', 'update-ref', 'refs/remotes/us/main', 'main')
    must('git', 'switch', '-qc', 'tidy', '--track', 'us/main')
    for at, subject in enumerate(SUBJECTS):
        with open(os.path.join(top, f'file{at}'), 'w', encoding='utf-8') as out:
            out.write(f'{at}\n')
        tags = f'Cover-letter:\n{TITLE}\nWhy.\nEND\n' if at == 0 else ''
        must('git', 'add', '-A')
        must('git', 'commit', '-qm', f'{subject}\n\nIt reads better.\n\n{tags}Signed-off-by: Ada <ada@example.com>\n')
    must(patman, 'upstream', 'add', 'us', 'https://git.example.org/us.git', 'U-Boot', '-p', url)
    must(patman, 'upstream', 'default', 'us')
    must(patman, 'series', '-s', 'tidy', 'add', '-m')
    must('git', 'switch', '-q', 'main')


def state(home, top):
    """Rows and commits."""
    with sqlite3.connect(os.path.join(top, '.patman.db')) as con:
        rows = [con.execute(f'SELECT * FROM {table} ORDER BY id').fetchall()
                for table in ('series', 'ser_ver', 'pcommit')]
    return rows, run(home, top, 'git', 'rev-parse', 'tidy', 'HEAD'), run(home, top, 'git', 'status', '--porcelain')


def one(case, programs, work, url):
    """Run one case by both; return what differs and how many requests each took."""
    commands, has, _ = case
    found = []
    Patchwork.fake = Fake(url, **has)
    for program in programs:
        top = tempfile.mkdtemp(dir=work)
        shutil.copytree(os.path.join(work, 'begun'), top, dirs_exist_ok=True, ignore=shutil.ignore_patterns('.patman.dbold.*'))
        Patchwork.count = 0
        ends, said = [], ''
        for command in commands:
            if command == 'LINK':
                with sqlite3.connect(os.path.join(top, '.patman.db')) as con:
                    con.execute("UPDATE ser_ver SET link = '110'")
                continue
            status, text = run(work, top, program, 'series', *command.split())
            ends.append(status != 0)
            said += f'    {command}: {status}\n' + ''.join(f'      {line}\n' for line in text.splitlines())
        found.append((ends, state(work, top), Patchwork.count, said))
    return found


def main():
    """Run all cases."""
    global failures
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    programs = [forked.Program(path) for path in sys.argv[1:]]
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Patchwork)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_address[1]}'
    work = tempfile.TemporaryDirectory(prefix='peer-')
    Patchwork.fake = Fake(url)
    begin(work.name, os.path.join(work.name, 'begun'), programs[1], url)
    # One by one, as requests are counted.
    for case in CASES:
        ours, theirs = one(case, programs, work.name, url)
        is_same = ours[:2] == theirs[:2]
        fewer = ours[2] <= theirs[2]
        good = is_same != bool(case[2]) and (fewer or bool(case[2]))
        word = 'ok' if good else 'FAILED'
        why = f' ({case[2]})' if case[2] else ''
        print(f'{word}: {"; ".join(case[0])} {case[1] or ""}{why}: {ours[2]} requests, patman {theirs[2]}', flush=True)
        if not good:
            failures += 1
            print(f'  ours:\n{ours[3]}    {ours[:2]}\n  patman:\n{theirs[3]}    {theirs[:2]}')
    work.cleanup()
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
