# SPDX-License-Identifier: GPL-2.0-or-later
"""A Patchwork on loopback that has two versions of a series, with states, comments and a trailer."""
import http.server
import json
import re
import threading
import urllib.parse

SUBJECTS = ['doc: a: Add a line', 'README: Add a second line', 'doc: c: Mention the third thing', 'Makefile: Add a comment']


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
        return {'id': number, 'name': f'{prefix} {SUBJECTS[at - 1]}', 'state': state, 'msgid': f'<{number}@example.com>',
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


def start():
    """Start one; its server, and its address."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Patchwork)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f'http://127.0.0.1:{server.server_address[1]}'
