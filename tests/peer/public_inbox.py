#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Start series from a real public-inbox, over HTTP and from clones of it, and compare the trees with those of git am.

usage: public_inbox.py GIT-PATMAN [PATMAN]

GIT-PATMAN is the built program; PATMAN is not used. public-inbox must be there (public-inbox-mda, -convert, -index, -httpd
and -learn): a missing one fails. The script writes series as people send them: versions with cover letters and answers,
one that nothing holds together, a partial re-roll, one sent in answer to another, renamed ones, base64 and quoted-printable,
ids with odd characters. They are delivered to an inbox of version 1, which is converted to one of version 2, and served. Each
series is then named by id, by every form of URL, and in clones of both versions. Prints a line for each; exit 1 if any fails.
"""
import base64
import email.utils
import json
import os
import quopri
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

NEEDED = [f'public-inbox-{part}' for part in ('init', 'mda', 'convert', 'index', 'httpd', 'learn')]
START = 1767225600
failures = 0


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


class Mail:
    """A mail as it goes to the list."""
    clock = START

    def __init__(self, ident, subject, body, answers=None, sender='Ada <ada@example.com>', encoding='8bit', wait=7):
        Mail.clock += wait
        self.ident, self.subject, self.body, self.answers = ident, subject, body, answers
        self.sender, self.encoding, self.time = sender, encoding, Mail.clock

    def text(self):
        """The bytes that are delivered."""
        body = self.body.encode()
        if self.encoding == 'base64':
            body = base64.encodebytes(body)
        elif self.encoding == 'quoted-printable':
            body = quopri.encodestring(body)
        lines = [f'From: {self.sender}', 'To: list@example.com', f'Subject: {self.subject}',
                 f'Date: {email.utils.formatdate(self.time)}', f'Message-ID: <{self.ident}>']
        if self.answers:
            lines += [f'In-Reply-To: <{self.answers}>', f'References: <{self.answers}>']
        lines += ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8',
                  f'Content-Transfer-Encoding: {self.encoding}', '', '']
        return '\n'.join(lines).encode() + body


class Work:
    """A home with a repository to patch, an inbox in both versions, and a server."""

    def __init__(self, top, program):
        self.top, self.program = top, program
        self.repo, self.v1, self.v2 = (os.path.join(top, name) for name in ('repo', 'v1', 'v2'))
        self.config = os.path.join(top, 'pi-config')
        keep = {key: os.environ[key] for key in ('PATH', 'LANG', 'PERL5LIB') if key in os.environ}
        self.env = dict(keep, HOME=top, PI_CONFIG=self.config, ORIGINAL_RECIPIENT='list@example.com', TZ='UTC',
                        GIT_CONFIG_NOSYSTEM='1', PI_EMERGENCY=os.path.join(top, 'emergency'))
        self.mails, self.wanted = [], {}
        self.git('config', '--global', 'user.name', 'Tester', where=top)
        self.git('config', '--global', 'user.email', 'tester@example.com', where=top)
        self.git('init', '-q', '-b', 'main', self.repo, where=top)
        for name in 'one', 'two', 'three':
            self.write(f'{name}.txt', ''.join(f'{name} {number}\n' for number in range(1, 41)))
        self.git('add', '-A')
        self.git('commit', '-q', '-m', 'Begin')
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.url = f'http://127.0.0.1:{self.port}'

    def run(self, *args, where=None, **more):
        """Run a command that must succeed; returns its output."""
        return subprocess.run(args, cwd=where or self.top, env=self.env, check=True, capture_output=True, **more).stdout

    def git(self, *args, where=None):
        """Run git, by default in the repository."""
        return self.run('git', *args, where=where or self.repo).decode().strip()

    def write(self, name, text):
        """Write a file of the repository."""
        with open(os.path.join(self.repo, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def patches(self, edits):
        """Commits on the base, one for each (subject, file, old, new), as the bodies of their mails."""
        self.git('checkout', '-q', '--detach', 'main')
        bodies = []
        for subject, name, old, new in edits:
            with open(os.path.join(self.repo, name), encoding='utf-8') as file:
                text = file.read()
            assert old in text, (name, old)
            self.write(name, text.replace(old, new))
            self.git('commit', '-q', '-a', '-m', f'{subject}\n\nThis is why.\n\nSigned-off-by: Ada <ada@example.com>')
            bodies.append(self.run('git', 'format-patch', '--stdout', '-1', where=self.repo).decode().split('\n\n', 1)[1])
        self.git('checkout', '-q', 'main')
        return bodies

    def series(self, name, title, edits, version=1, cover='This is why.\n', answers=None, threaded=True, prefix=None,
               **more):
        """Add the mails of a version; returns their ids, the cover letter's first."""
        tag = 'PATCH' if version == 1 else f'PATCH v{version}'
        prefix = prefix or f'{name}-v{version}'
        ids = [f'{prefix}-{number}@ada.example.com' for number in range(len(edits) + 1)]
        total = len(edits)
        self.mails.append(Mail(ids[0], f'[{tag} 0/{total}] {title}', cover, answers, **more))
        for number, (edit, body) in enumerate(zip(edits, self.patches(edits)), 1):
            self.mails.append(Mail(ids[number], f'[{tag} {number}/{total}] {edit[0]}', body,
                                   ids[0] if threaded else None, **more))
        self.expect(name, version, ids[1:])
        return ids

    def expect(self, name, version, ids):
        """The trees after each of some mails, as git am makes them."""
        by_id = {mail.ident: mail for mail in self.mails}
        self.git('checkout', '-q', '--detach', 'main')
        trees = []
        for ident in ids:
            self.run('git', 'am', '-q', input=by_id[ident].text(), where=self.repo)
            trees.append(self.git('rev-parse', 'HEAD^{tree}'))
        self.git('checkout', '-q', 'main')
        self.wanted[name, version] = trees

    def deliver(self):
        """Put all mails in the inbox of version 1, and make the one of version 2 out of it."""
        self.run('public-inbox-init', '-V1', 'v1', self.v1, f'{self.url}/v1', 'list@example.com')
        self.run('git', 'config', '-f', self.config, 'publicinboxmda.spamcheck', 'none')
        for mail in self.mails:
            self.run('public-inbox-mda', '--no-precheck', input=mail.text())
        spam = Mail('spam@spam.example', '[PATCH] two: Buy', 'Cheap.\n---\n' + self.mails[1].body)
        self.run('public-inbox-mda', '--no-precheck', input=spam.text())
        self.run('public-inbox-convert', self.v1, self.v2)
        self.run('public-inbox-init', '-V2', 'v2', self.v2, f'{self.url}/v2', 'other@example.com')
        self.run('public-inbox-learn', 'rm', '--all', input=spam.text())
        for inbox in self.v1, self.v2:
            self.run('public-inbox-index', inbox)

    def serve(self):
        """Start the server and wait until it answers."""
        log = open(os.path.join(self.top, 'httpd.log'), 'wb')
        server = subprocess.Popen(['public-inbox-httpd', '-W0', '-l', f'127.0.0.1:{self.port}'], env=self.env, stdout=log,
                                  stderr=log)
        for _ in range(300):
            try:
                urllib.request.urlopen(f'{self.url}/v2/', timeout=10).close()
                return server
            except OSError:
                time.sleep(0.1)
        server.kill()
        sys.exit('public-inbox-httpd does not answer: ' + open(log.name, encoding='utf-8').read())

    def clone(self):
        """Clone both inboxes over HTTP; returns the directories."""
        v1, v2 = os.path.join(self.top, 'clone1.git'), os.path.join(self.top, 'clone2')
        self.git('clone', '-q', '--mirror', f'{self.url}/v1', v1)
        self.git('clone', '-q', '--mirror', f'{self.url}/v2/0', os.path.join(v2, 'git', '0.git'))
        return v1, v2

    def start(self, spec, *options, config=None):
        """What `review start` would do: its report, or its complaint."""
        env = dict(self.env, GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='patman.archive', GIT_CONFIG_VALUE_0=config or '')
        done = subprocess.run([self.program, 'review', 'start', '--dry-run', '--json', '--base', 'main', *options, spec],
                              cwd=self.repo, env=env, capture_output=True, text=True, timeout=300)
        return (json.loads(done.stdout), '') if done.returncode == 0 else (None, done.stderr.strip())

    def check(self, what, spec, name, version, *options, config=None):
        """Start a series, and compare it with what is wanted."""
        found, why = self.start(spec, *options, config=config)
        if found and not why:
            trees = [patch['tree'] for patch in found['patches']]
            if found['version'] != version:
                why = f'version {found["version"]}, not {version}'
            elif trees != self.wanted[name, version]:
                why = f'trees {trees}, not {self.wanted[name, version]}'
        report(f'{what}: {spec}', why)


def write_mails(work):
    """The series, each with the version that is to be found and the mails that lead there."""
    def edits(name, word):
        return [(f'{name}: Spell {number}', f'{name}.txt', f'{name} {number}\n', f'{name} {word} {number}\n')
                for number in (3, 12, 25)]
    cases = []
    one = work.series('one', 'one: Spell numbers', edits('one', 'first'))
    work.mails.append(Mail('r1@bob.example', 'Re: [PATCH 2/3] one: Spell 12',
                           '> +one first 12\n\nReviewed-by: Bob <bob@bob.example>\n', one[2], 'Bob <bob@bob.example>'))
    other = work.series('other', 'three: In answer to another', edits('three', 'new')[:2], answers=one[0])
    two = work.series('one', 'one: Spell numbers', edits('one', 'second'), version=2, wait=90000)
    again = [('one: Spell 12', 'one.txt', 'one 12\n', 'one third 12\n')]
    work.mails.append(Mail('one-v3-2@ada.example.com', '[PATCH v3 2/3] one: Spell 12', work.patches(again)[0], two[2]))
    work.expect('one', 3, [two[1], 'one-v3-2@ada.example.com', two[3]])
    cases += [('one', 3, ident) for ident in (one[0], one[2], 'r1@bob.example', two[0], two[3], 'one-v3-2@ada.example.com')]
    cases += [('other', 1, other[0]), ('other', 1, other[2])]
    loose = work.series('loose', 'two: Held by nothing', edits('two', 'loose'), threaded=False, wait=100,
                        prefix='20260101.12:00/a+b=c%20d_~!')
    cases += [('loose', 1, loose[0]), ('loose', 1, loose[2])]
    old = work.series('named', 'two: Old name', edits('two', 'old')[:2], wait=9000)
    new = work.series('named', 'two: New name', edits('two', 'new'), version=2, wait=9000,
                      cover=f'Changes in v2:\n- Renamed\n- Link to v1: {work.url}/v2/{old[0]}/\n')
    cases += [('named', 2, new[1])]
    work.named = old, new
    mark = '\n---\nchange-id: 20260101-two-1234567890ab\n'
    former = work.series('change', 'two: By one name', edits('two', 'b')[:2], wait=9000, cover='Why.' + mark)
    latter = work.series('change', 'two: By another name', edits('two', 'c')[:1], version=2, wait=9000, cover='Why.' + mark)
    cases += [('change', 2, former[0]), ('change', 2, latter[1])]
    for encoding in 'base64', 'quoted-printable':
        ident = f'{encoding}=1@ada.example.com'
        edit = [(f'three: Use {encoding}', 'three.txt', 'three 30\n', f'three = dreißig, {encoding} {"x" * 90}\n')]
        work.mails.append(Mail(ident, f'[PATCH] {edit[0][0]}', work.patches(edit)[0], encoding=encoding, wait=9000))
        work.expect(encoding, 1, [ident])
        cases.append((encoding, 1, ident))
    return cases


def ask(work, cases):
    """Every series by id from the server, and one by all forms of URL."""
    inbox = f'{work.url}/v2/'
    for name, version, ident in cases:
        work.check('id', f'<{ident}>', name, version, config=inbox)
    name, version, ident = cases[8]
    work.check('bare id', ident, name, version, config=inbox)
    work.check('mid:', f'mid:{ident}', name, version, config=inbox)
    quoted = urllib.parse.quote(ident, safe='')
    for form in '', '/', '/T/', '/T/#u', '/t/#u', '/t.mbox.gz', '/raw', '/#R':
        work.check('URL', f'{inbox}{quoted}{form}', name, version)
    work.check('URL of version 1', f'{work.url}/v1/{quoted}/', name, version)
    work.check('earlier version', f'{inbox}one-v1-0@ada.example.com/', 'one', 1, '--version', '1')
    work.check('an earlier version that is named', f'{inbox}{work.named[1][0]}/', 'named', 1, '--version', '1')
    for spec in f'{inbox}none@example.com/', f'{inbox}spam@spam.example/':
        _, why = work.start(spec)
        report(f'refused: {spec}', '' if 'there is no mail' in why else why or 'it was found')


def read(work, cases, clones):
    """Every series from clones, with the server gone."""
    for clone in clones:
        for name, version, ident in cases:
            work.check('clone', f'{clone}#<{ident}>', name, version)
        work.check('clone as the archive', cases[0][2], *cases[0][:2], config=clone)
        work.check('clone by title', f'{clone}#held by nothing', 'loose', 1)
        work.check('clone and --title', clone, 'loose', 1, '--title', 'held by')
        _, why = work.start(f'{clone}#spam@spam.example')
        report(f'refused: {clone}#spam@spam.example', '' if 'there is no mail' in why else why or 'it was found')


def main():
    """Run all parts."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    program = shutil.which(sys.argv[1])
    missing = [name for name in [*NEEDED, sys.argv[1]] if not shutil.which(name)]
    if missing:
        sys.exit(f'no such program: {", ".join(missing)}')
    with tempfile.TemporaryDirectory() as top:
        work = Work(top, os.path.abspath(program))
        cases = write_mails(work)
        work.deliver()
        server = work.serve()
        try:
            ask(work, cases)
            clones = work.clone()
        finally:
            server.terminate()
            server.wait()
        read(work, cases, clones)
    print(f'{failures} failed')
    sys.exit(1 if failures else 0)


main()
