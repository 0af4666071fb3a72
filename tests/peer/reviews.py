#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Let git-patman record reviews from a Patchwork while patman reads the same database, and compare what patman shows.

usage: reviews.py GIT-PATMAN PATMAN

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0; each must be there. A Patchwork on loopback has series
of two versions. git-patman starts them while patman lists reviews over and over: neither may fail. Then patman must show the
versions, links, patches and states that were recorded. Prints a line for each; exit 1 if any fails.
"""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from parts import forked  # noqa: E402

SERIES = 4
failures = 0


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


def patch(series, number):
    """A patch of a series as the interface gives it: a new file."""
    name = f'[{"v2," if series % 2 else ""}{number}/2] s{series // 2}: Part {number}'
    path = f's{series}-{number}.txt'
    diff = f'diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+text\n'
    subject = name.replace('[', '[PATCH ').replace(',', ' ')
    headers = {'Subject': subject, 'From': 'Ada <ada@example.com>', 'Date': 'Thu, 1 Jan 2026 00:00:00 +0000'}
    return {'id': series * 10 + number, 'msgid': f'<{series}-{number}@example.com>', 'name': name, 'state': 'under-review',
            'headers': headers, 'content': 'Why.', 'diff': diff, 'series': [{'id': series}]}


def answer(path):
    """What the Patchwork says to a path below its interface; none if it has nothing there."""
    kind, ident, *rest = path.split('?')[0].strip('/').split('/') + ['']
    if kind == 'patches' and 'comments' in rest:
        return []
    if kind == 'patches' and ident:
        return patch(int(ident) // 10, int(ident) % 10)
    if kind == 'series' and ident:
        number = int(ident)
        patches = [patch(number, 1), patch(number, 2)]
        return {'id': number, 'name': f's{number // 2}: Part 1', 'version': 1 + number % 2, 'total': 2, 'received_total': 2,
                'received_all': True, 'cover_letter': None, 'patches': patches}
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    """A Patchwork."""
    def do_GET(self):
        """Answer from what is above."""
        found = answer(self.path.removeprefix('/api/1.2')) if self.path.startswith('/api/1.2/') else None
        body = json.dumps({'detail': 'Not found.'} if found is None else found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


def main():
    """Run all parts."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    programs = [shutil.which(name) for name in sys.argv[1:]]
    if None in programs:
        sys.exit(f'no such program: {sys.argv[1 + programs.index(None)]}')
    ours, patman = map(forked.Program, programs)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as top:
        config = os.path.join(top, 'config')
        with open(config, 'w', encoding='utf-8') as file:
            file.write('[user]\n\tname = Tester\n\temail = tester@example.com\n')
        env = {'PATH': os.environ['PATH'], 'HOME': top, 'USER': 'tester', 'GIT_CONFIG_GLOBAL': config, 'LC_ALL': 'C.UTF-8',
               'GIT_CONFIG_NOSYSTEM': '1', 'XDG_CACHE_HOME': os.path.join(top, 'cache')}
        repo = os.path.join(top, 'repo')

        def run(*args):
            if isinstance(args[0], forked.Program):
                done = args[0].run(args[1:], repo, env, timeout=300)
            else:
                done = subprocess.run(args, cwd=repo, env=env, capture_output=True, text=True, timeout=300)
            return done.returncode, done.stdout + done.stderr

        os.mkdir(repo)
        for args in ['init', '-q', '-b', 'main'], ['commit', '-q', '--allow-empty', '-m', 'Begin']:
            run('git', *args)
        url = f'http://127.0.0.1:{server.server_port}'
        for args in ['upstream', 'add', 'us', 'http://x.invalid/', '-p', url], ['upstream', 'default', 'us']:
            code, said = run(patman, *args)
            report(f'patman {" ".join(args[:2])}', said if code else '')
        complaints, done = [], threading.Event()

        def read():
            while not done.is_set():
                code, said = run(patman, 'series', 'ls', '-r')
                if code:
                    complaints.append(said)

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(2, 2 + 2 * SERIES):
            code, said = run(ours, 'review', 'start', '--base', 'main', str(number))
            report(f'git-patman review start {number}', said if code else '')
        done.set()
        reader.join()
        report('patman series ls -r, meanwhile', complaints[0] if complaints else '')
        _, said = run(patman, 'series', 'ls', '-r')
        lines = [line.split() for line in said.splitlines()]
        for number in range(1, SERIES + 1):
            name = f'us-{2 * number}-review'
            row = next((line for line in lines if line and line[0] == name), None)
            report(f'patman series ls -r: {name}', '' if row and row[-2:] == ['1', '2'] else said)
            _, shown = run(patman, 'series', '-s', name, '-V', '1', 'patches')
            is_whole = all(f'{2 * number}{part} ' in shown and f's{number}: Part {part}' in shown for part in (1, 2))
            report(f'patman series patches: {name}', '' if is_whole and 'under-review' in shown else shown)
            _, shown = run(patman, 'series', '-s', name, 'info')
            links = f'Link: {2 * number}\n' in shown and f'Link: {2 * number + 1}\n' in shown
            report(f'patman series info: {name}', '' if links else shown)
    print(f'{failures} failed')
    sys.exit(1 if failures else 0)


main()
