# SPDX-License-Identifier: GPL-2.0-or-later
"""A Patchwork on loopback to which series are posted while it runs: all their patches are accepted."""
import http.server
import itertools
import json
import re
import threading
import urllib.parse

PROJECT = {'id': 6, 'name': 'U-Boot', 'link_name': 'uboot', 'list_id': 'u-boot.lists.example.org'}
ADA = {'id': 1, 'name': 'Ada Tester', 'email': 'ada@example.com', 'url': ''}
numbers = itertools.count(2000000)
series = {}


def post(title, version, subjects):
    """Take a version of a series; returns its number."""
    number = next(numbers)
    series[number] = title, version, subjects
    return number


def mail(number):
    """A mail with a patch that adds a file."""
    path = f'mailed-{number}'
    return (f'From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Eve <eve@example.org>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n'
            f'Message-Id: <{path}@example.org>\nSubject: [PATCH] {path}: Add it\n\nWhy.\n---\n'
            f'diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+text\n-- \n2.0\n\n')


def patch(number, at):
    """The patch at a place of a series."""
    title, version, subjects = series[number]
    return {'id': number * 10 + at, 'name': f'[v{version},{at + 1}/{len(subjects)}] {subjects[at]}', 'state': 'accepted',
            'msgid': f'<{number}.{at}@example.com>', 'url': '', 'web_url': '', 'date': '2026-01-01T00:00:00', 'submitter': ADA,
            'content': 'Text\n', 'diff': '', 'headers': {}, 'project': PROJECT, 'archived': False, 'mbox': '',
            'list_archive_url': None, 'series': [{'id': number, 'name': title, 'version': version}]}


def whole(number):
    """A version of a series."""
    title, version, subjects = series[number]
    return {'id': number, 'name': title, 'version': version, 'total': len(subjects), 'received_total': len(subjects),
            'received_all': True, 'date': '2026-01-01T00:00:00', 'submitter': ADA, 'project': PROJECT, 'cover_letter': None,
            'patches': [patch(number, at) for at in range(len(subjects))], 'url': '', 'web_url': '', 'mbox': ''}


def found(path, query):
    """What is at a path of the interface; None if there is nothing."""
    kind, number, rest = (path.strip('/').split('/') + ['', ''])[:3]
    if kind == 'projects':
        return [PROJECT]
    if kind == 'series' and not number:
        wanted = query.get('q', [''])[0].lower()
        return [whole(one) for one in list(series) if wanted in series[one][0].lower()]
    if kind == 'patches' and not number:
        one = int(query['series'][0])
        return [patch(one, at) for at in range(len(series[one][2]))]
    if kind == 'series' and int(number) in series:
        return whole(int(number))
    if kind == 'patches' and int(number) // 10 in series:
        return [] if rest == 'comments' else patch(int(number) // 10, int(number) % 10)
    return None


class Patchwork(http.server.BaseHTTPRequestHandler):
    """Answers from what was posted."""

    def do_GET(self):
        """Answer one request."""
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        is_later = int(query.get('page', ['1'])[0]) > 1
        what = None if is_later else found(re.sub(r'^/api(/1\.\d)?/', '', url.path), query)
        body = json.dumps({'detail': 'Not found.'} if what is None else what).encode()
        self.send_response(404 if what is None else 200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Say nothing."""


def start():
    """Start one; its server, and its address."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Patchwork)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f'http://127.0.0.1:{server.server_address[1]}'
