#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare what git-patman and patman read of commit messages, and what they make of them.

usage: tags.py [--cases N] [--seed N] GIT-PATMAN PATMAN

GIT-PATMAN is the built program, beside which cargo has put the example `tags` (`cargo build --example tags`), PATMAN the
command of patman 0.5.0, whose modules are called. Messages are made up, N series of them, and committed by git; patman reads
them out of `git log` and cleans the patches of `git format-patch`, and edits branches.

Neat messages must give the same in everything. Wild ones, and a pile of awkward ones, may differ where this script knows why:
EXCUSES says where, and each excuse is looked for in the messages of the series. What patman refuses or warns of must be told
by git-patman too. Prints a line for each kind of comparison; exit 1 if any fails.
"""
import argparse
import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile

VENV = None
failures = 0
ME = 'ada'


def report(what, why):
    """Print one result; `why` is empty when all is well."""
    global failures
    failures += bool(why)
    print(f'{"FAILED" if why else "ok    "} {what}{": " + why if why else ""}', flush=True)


# --- git-patman -------------------------------------------------------------------------------------------------------

class Ours:
    """The example program, asked line by line."""
    def __init__(self, path):
        self.child = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **request):
        """The answer to a request."""
        self.child.stdin.write(json.dumps(request).encode() + b'\n')
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self):
        """End it."""
        self.child.stdin.close()
        self.child.wait()


# --- repository -------------------------------------------------------------------------------------------------------

class Repo:
    """A repository with a branch for each series."""
    def __init__(self, path):
        self.path = path
        self.count = 0
        self.git('init', '-q', '-b', 'main', '.')
        self.git('commit', '-q', '--allow-empty', '-m', 'base')
        self.base = self.git('rev-parse', 'HEAD').strip()

    def git(self, *args, given=None):
        """Run git; its output as text."""
        done = subprocess.run(['git', '-C', self.path, *args], input=given, capture_output=True, check=True)
        return done.stdout.decode('utf-8', 'replace')

    def branch(self, messages):
        """A new branch with a commit for each message; its name and the ids."""
        self.count += 1
        name = f'series-{self.count}-x'
        stream = []
        for at, message in enumerate(messages):
            text = message.encode()
            stream.append(f'commit refs/heads/{name}\nmark :{at + 1}\n'.encode())
            who = f'Ada Tester <ada@example.com> {1700000000 + at} +0130\n'.encode()
            stream.append(b'author ' + who + b'committer ' + who)
            stream.append(b'data %d\n%s\n' % (len(text), text))
            if not at:
                stream.append(f'from {self.base}\n'.encode())
            stream.append(f'M 100644 inline f{at}\ndata 2\nx\n\n'.encode())
        self.git('fast-import', '--quiet', '--force', given=b''.join(stream))
        ids = self.git('rev-list', '--reverse', f'{self.base}..{name}').split()
        return name, ids

    def messages(self, name, count):
        """The messages of the last commits of a branch, as they are stored."""
        ids = self.git('rev-list', '--reverse', f'-n{count}', name).split()
        return [self.git('cat-file', 'commit', one).split('\n\n', 1)[1] for one in ids]


# --- patman -----------------------------------------------------------------------------------------------------------

class Refused(Exception):
    """patman ends with an exception."""


def theirs(repo, name, count):
    """What patman reads of a branch."""
    try:
        with quiet():
            series = patchstream.get_metadata(name, 0, count, git_dir=os.path.join(repo.path, '.git'))
        version = int(series['version']) if 'version' in series else None
        links = {str(of): link for of, link in series.get_links().items()}
        read = {
            'version': version, 'links': links, 'to': series.to, 'cc': series.cc, 'cover_cc': series.cover_cc,
            'prefix': series.get('prefix'), 'postfix': series.get('postfix'),
            'patchwork_url': series.get('patchwork_url'),
            'cover': {'title': series.cover[0], 'body': series.cover[1:]} if series.cover else None,
            'notes': series.notes, 'log': series.MakeChangeLog(None),
            'changes': sorted([[of, series.commits.index(by) if by else None, text]
                              for of, changes in series.changes.items() for by, text in changes], key=str),
            'warnings': [warn for commit in series.commits for warn in commit.warn],
            'commits': [],
        }
        for commit in series.commits:
            given = sorted([tag, who] for tag, people in commit.rtags.items() for who in people if tag != 'Patch-cc')
            read['commits'].append({
                'subject': commit.subject, 'change_id': commit.change_id, 'notes': commit.notes, 'cc': commit.cc_list,
                'changes': {str(of): changes for of, changes in commit.changes.items()}, 'trailers': given,
                'subject_tags': commit.tags, 'log': series.MakeChangeLog(commit)})
        # It reads them again while it cleans them.
        read = copy.deepcopy(read)
        read['mailed'] = mailed(repo, name, series)
        return read
    except (ValueError, TypeError, AttributeError, IndexError) as exc:
        raise Refused(str(exc)) from exc


def mailed(repo, name, series):
    """The bodies of the patches of a branch as patman mails them, down to the diff."""
    count = len(series.commits)
    with tempfile.TemporaryDirectory() as out:
        paths = repo.git('format-patch', '-q', '-k', '-o', out, f'-{count}', name, '--').split('\n')
        paths = sorted(os.path.join(out, path) for path in os.listdir(out)) or paths
        with quiet():
            patchstream.fix_patches(series, paths)
        bodies = []
        for path in paths:
            with open(path, encoding='utf-8', errors='replace') as file:
                body = file.read().split('\n\n', 1)[1]
            # The tables of format-patch, with the change log that patman has put above them.
            bodies.append(re.split(r'^ f\d+ \| 1 \+$', body, maxsplit=1, flags=re.M)[0])
    return bodies


class quiet:
    """Takes standard output away from patman."""
    def __enter__(self):
        self.real = sys.stdout
        sys.stdout = open(os.devnull, 'w', encoding='utf-8')

    def __exit__(self, *_):
        sys.stdout.close()
        sys.stdout = self.real


# --- made-up messages -------------------------------------------------------------------------------------------------

WORDS = ['arm', 'clock', 'rate', 'driver', 'cache', 'leak', 'test', 'line', 'pass', 'naïve', 'größe', 'read']


def words(rng, least=2, most=6):
    """Some words."""
    return ' '.join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def person(rng):
    """A person, or an alias."""
    name = rng.choice(['Bob', 'Cem', 'Dora', 'Eve'])
    return rng.choice([f'{name} <{name.lower()}@example.org>', name.lower()])


def items(rng):
    """The items of a change list."""
    lines = []
    for _ in range(rng.randint(1, 4)):
        lines.append(f'- {words(rng)}')
        lines += [f'  {words(rng)}'] * rng.choice([0, 0, 0, 1])
    return lines


def section(rng, tag):
    """A section, to its end."""
    lines = [tag + ':', words(rng)]
    for _ in range(rng.randint(0, 3)):
        lines.append(rng.choice(['', words(rng), f'  {words(rng)}', '- item', 'Reviewed-by: no <no@example.com>']))
    return lines + ['END']


def once(rng):
    """Tags of which a series has one."""
    tags = [[f'Series-version: {rng.randint(1, 4)}'], [f'Series-prefix: {rng.choice(["RFC", "RESEND"])}'],
            ['Series-postfix: net'], [f'Series-links: {rng.choice(["1:10", "2:20 1:10", "77", "3:9"])}'],
            ['Series-patchwork-url: https://pw.example.org'],
            [f'Series-process-log: {rng.choice(["sort", "uniq", "sort, uniq", "uniq,sort"])}'],
            section(rng, 'Cover-letter'), section(rng, 'Series-notes')]
    return rng.sample(tags, rng.randint(0, len(tags)))


def often(rng):
    """A tag that a commit may have several times."""
    version = rng.randint(1, 4)
    return rng.choice([
        lambda: [f'Series-to: {person(rng)}'], lambda: [f'Series-cc: {person(rng)}, {person(rng)}'],
        lambda: [f'Cover-letter-cc: {person(rng)}'], lambda: [f'Commit-cc: {person(rng)}'],
        lambda: [f'Patch-cc: {person(rng)}'], lambda: [f'Commit-added-in: {version}'],
        lambda: [f'Series-changes: {version}'] + items(rng) + [''],
        lambda: [f'Commit-changes: {version}'] + items(rng) + [''],
        lambda: [f'Cover-changes: {version}'] + items(rng) + [''],
        lambda: section(rng, 'Commit-notes'), lambda: ['BUG=b:1'], lambda: ['Reviewed-on: https://r'],
        lambda: ['Commit-Ready: Bob <bob@example.org>'], lambda: ['Co-authored-by: Bot <noreply@bot.example>'],
    ])()


def neat(rng, is_last):
    """A message as it should be."""
    lines = [rng.choice(['', 'arm: ', 'arm: rk: ']) + words(rng), '']
    for _ in range(rng.randint(0, 3)):
        lines += [words(rng) for _ in range(rng.randint(1, 3))] + ['']
    for tag in [often(rng) for _ in range(rng.randint(0, 4))] + (once(rng) if is_last else []):
        lines += tag + ([''] if tag[-1] else [])
    trailers = [f'{tag}: {rng.choice(["Bob <bob@example.org>", "Cem <cem@example.org>"])}'
                for tag in rng.sample(['Reviewed-by', 'Acked-by', 'Tested-by', 'Fixes'], rng.randint(0, 3))]
    lines += ['Signed-off-by: Ada Tester <ada@example.com>'] * rng.randint(0, 2) + trailers
    if rng.random() < 0.6:
        lines += [''] * rng.randint(0, 1) + [f'Change-Id: {rng.getrandbits(160):040x}']
    return '\n'.join(lines).rstrip('\n') + '\n'


ODD = ['', '', '', '', 'END', '---', 'Series-to:', 'Series-version: v2', 'Series-version: 3', 'Series-links: x:1', 'Series-links: 5', 'Series-links: 1:10 88',
       'Series-changes: 2', 'Series-changes: two', 'Commit-changes: 3', 'Cover-changes: 2', '- one', '- two', '  more',
       '\tmore', 'Cover-letter:', 'Cover-letter: Title', 'Series-notes:', 'Series-notes: a, b', 'Commit-notes:',
       'Commit-notes: x', 'Series-fruit: x', 'Commit-fruit: x', 'Cover-fruit: x', 'Patch-fruit: x', 'Serie-to: x',
       'series-to: x', 'Series to: x', 'Series-to : x', 'Series-To: x', 'Change-Id: I12', 'Change-Id: I13', 'Change-Id:',
       'Signed-off-by: Ada <ada@example.com>', 'Reviewed-by: Bob <bob@example.org>', 'Tested-by: Ada <ada@example.com>',
       'Patch-cc: bob', 'Patch-cc:bob', 'Commit-cc: a,b', 'Commit-cc:', 'BUG=1', 'TEST=yes', 'Review URL: x', 'Series-name: n',
       'Series-cc: "Doe, J" <j@example.org>', 'Commit-added-in: 2', 'Commit-added-in: x', 'Series-process-log: shuffle',
       'Series-prefix: RFC', 'Series-prefix: ', 'text', 'text: more', ' indented', 'Fixes: 1234 ("x")', 'Commit-Notes:',
       'Co-developed-by: Bot <noreply@x>', 'Link: https://x', 'Change-Ids are ids', 'Series-cc: x', 'END ', 'Series-links: ']


def wild(rng):
    """A message of lines thrown together."""
    lines = [words(rng)] + [''] * rng.choice([1, 1, 1, 1, 0])
    return '\n'.join(lines + [rng.choice(ODD) for _ in range(rng.randint(0, 12))]) + rng.choice(['\n', '\n', '\n\n', ''])


AWKWARD = [
    ['subject only\n'], ['subject only'], ['two lines\nof subject\n\nbody\n'], ['a\n\nCover-letter:\nTitle\n'],
    ['a\n\nCover-letter:\nTitle\nSigned-off-by: A <a@b>\n'], ['a\n\nCover-letter:\nT\nEND\n', 'b\n\nCover-letter:\nU\nEND\n'],
    ['a\n\nSeries-changes: 2\n- b\nReviewed-by: Bob <bob@x>\n'], ['a\n\nSeries-changes: 2\n- b\nSigned-off-by: B <b@x>\n'],
    ['a\n\nSeries-changes: 2\n\n- b\n'], ['a\n\nbody\nSeries-to: x\n\nSigned-off-by: B <b@x>\n'],
    ['a\r\n\r\nbody\r\n\r\nSeries-version: 2\r\nSeries-changes: 2\r\n- b\r\n\r\nChange-Id: I1\r\n'],
    ['a  \n\nbody  \n\nSeries-to: x  \nSeries-version: 2  \n'], ['a\n\n\n\nbody\n\n\nSeries-to: x\n\n\nmore\n'],
    ['a\n\nBUG=1\nTEST=build\nrun it\n'], ['a\n\nb\n---\nnotes\nReviewed-by: x\nSeries-to: x\n'],
    ['a\n\nSigned-off-by: A <a@b>\nSigned-off-by: A <a@b>\nSigned-off-by: C <c@d>\n'],
    ['a\n\nSeries-process-log: sort\nSeries-changes: 2\n- b\n- a\n\n', 'b\n\nSeries-version: 3\nSeries-changes: 2\n- a\n'],
    ['a\n\nSeries-version: 2\n', 'b\n\nSeries-version: 2\n'], ['a\n\nSeries-version: 2\n', 'b\n\nSeries-version: 3\n'],
    ['a\n\nChange-Id: I1\n\nChange-Id: I2\n'], ['a\n\nChange-Id: I1\n', 'b\n\nChange-Id: I1\n'],
    ['a\n\nCommit-notes:\nfoo: bar\nEND\n\nSeries-version: 4\n'], ['a\n\nbody\n\nSeries-name: x\n'],
    ['a\n\nfeed\x0cin line\x85end\u2028too\n'], ['ä\n\nSeries-cc: Jürgen <j@x>\n'], ['a\n\nSeries-to: a,,b\n'],
    ['a\n\nCover-letter:\n\nbody\nEND\n'], ['a\n\nCover-letter:\nEND\n'], ['END\n\nx\n'], ['Series-to: a\n\nx\n'],
    ['a\n\nTested-by: Ada <ada@example.com>\nTested-by: Bob <bob@x>\n'], ['a\nSeries-to: x\n\nb\n'], ['a\nChange-Id: I1\n'],
]


# --- why they may differ ----------------------------------------------------------------------------------------------

TAG = r'(?:Series|Commit|Cover)-[a-z-]*:|Patch-cc: ?|Change-Id:|Signed-off-by:'

# What differs on purpose: for which fields, in which messages, and why.
EXCUSES = [
    ('subject subject_tags log changes', r'\A\n*[^\n]+\n[^\n]',
     'patman takes the last line of the first paragraph for the subject, and does not read tags there'),
    ('*', r'\A\n*(?:[^\n]+\n)+?(?:' + TAG + '|Reviewed-by: |Fixes: |Tested-by: )', 'patman takes a tag below the subject for the subject'),
    ('*', r'[^\S\n]$', 'patman does not know END with a blank behind it, and keeps blanks at the ends of values'),
    ('notes mailed', r'(?m)^(?:Series|Commit)-notes: *\S', 'patman drops a note on the line of the tag, or cuts it at commas'),
    ('notes', r'(?m)^Series-notes:', 'patman puts an empty line above each note'),
    ('to cc cover_cc', r'(?m)^(?:Series-(?:to|cc)|(?:Commit|Patch)-cc|Cover-letter-cc):(?: *$|.*"|.*,)',
     'patman keeps empty people, and blanks round them, and cuts names in quotes'),
    ('cc mailed', r'(?m)^Patch-cc:\S', 'patman mails a Patch-cc that has no blank'),
    ('changes log trailers mailed cc', r'(?m)^(?:Series|Commit|Cover)-changes:.*\n(?:.+\n)*(?:Fixes|Patch-cc|\w+-by):',
     'patman takes a trailer right below a change list for a change'),
    ('changes log mailed trailers cc', r'(?m)^(?:Series|Commit|Cover)-changes:.*\n(?:.+\n)*(?:BUG=|TEST=|BRANCH=|Review URL:|'
     r'Reviewed-on:|Commit-[A-Z]\w*:|Co-\w+-by:.*noreply)', 'patman goes on with a change list behind a line that it removes'),
    ('changes log mailed trailers', r'(?m)^(?:Series|Commit|Cover)-changes:.*\n *\n',
     'patman ends a list with the empty line above it, or not, by what stands before'),
    ('mailed', r'(?m)^Commit-added-in:', 'patman mails "- New" twice'),
    ('mailed', r'(?m)^(?!$|(?:' + TAG + r'))(?:.+\n)(?:' + TAG + r'|BUG=|Review|Commit-\w*:|TEST=)',
     'patman takes the empty line below a tag away, so that what it parts becomes one paragraph'),
    ('prefix', r'(?m)^Series-prefix: *$', 'patman takes an empty value'),
    ('log mailed', r'(?m)^(?:Series|Commit|Cover)-changes: *(?:[^1-9\s]|\d+\D)', 'patman refuses it'),
    ('mailed', r'(?m)^(?:Cover-letter|Series-notes|Commit-notes):(?!(?:.*\n)+?END$)',
     'patman swallows the diff with a section that has no end'),
    ('notes cover', r'(?m)^(?:Cover-letter|Series-notes|Commit-notes):(?!(?:.*\n)+?END$)',
     'patman drops a section that has no end without a word'),
    ('mailed cc trailers', r'(?m)^---$', 'patman reads no tags below a line ---, and keeps the empty lines above it'),
    ('change_id', r'(?m)^Change-Id: *$', 'patman takes an empty value'),
    ('*', '[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]', 'patman ends a line at each of them, which git does not'),
    ('changes cover notes log mailed commits', '\t', 'patman has the tabs of a message as blanks, from git log'),
    ('links', r'(?m)^Series-links: *$', 'patman takes an empty value'),
]


def excused(field, messages):
    """Whether it is known why both differ in a field."""
    return any((fields == '*' or field in fields.split()) and any(re.search(form, message) for message in messages)
               for fields, form, _ in EXCUSES)


def trimmed(value):
    """Without blanks at the ends of lines."""
    if isinstance(value, str):
        return '\n'.join(line.rstrip() for line in value.split('\n'))
    if isinstance(value, list):
        return [trimmed(one) for one in value]
    return {key: trimmed(one) for key, one in value.items()} if isinstance(value, dict) else value


def ended(lines):
    """Lines of a section without the empty ones at its end, which git log takes away where END is missing."""
    return re.sub(r'\n+$', '', '\n'.join(lines)).split('\n') if any(lines) else []


def paragraphs(text):
    """Text with one empty line where there are several, and none at its ends or above `---`."""
    return re.sub(r'\n+\n---\n', '\n---\n', re.sub(r'\n{3,}', '\n\n', trimmed(text)).strip('\n') + '\n')


def our_mail(ours, at):
    """The body of a patch as it is mailed, out of what was read."""
    commit = ours['commits'][at]
    body = commit['cleaned'].split('\n\n', 1)[1] if '\n\n' in commit['cleaned'] else ''
    log = '\n'.join(commit['notes'] + [''] + commit['log'])
    lines = body.split('\n')
    if '---' in lines:
        cut = lines.index('---')
        return '\n'.join(lines[:cut] + ['---', log] + lines[cut + 1:]).strip('\n') + '\n---\n'
    return f'{body.rstrip()}\n---\n{log}'.lstrip('\n')


def differences(ours, read, messages):
    """The fields that differ without an excuse."""
    found = []

    def compare(field, one, other):
        if trimmed(one) != trimmed(other) and not excused(field, messages):
            found.append(f'{field}: {one!r} for {other!r}')
    for one in [*ours['commits'], *read['commits']]:
        one['notes'] = ended(one['notes'])
    for one in [ours, read]:
        one['cover'] = one['cover'] and {**one['cover'], 'body': ended(one['cover']['body'])}
    for field in ('version', 'links', 'to', 'cc', 'cover_cc', 'prefix', 'postfix', 'patchwork_url', 'cover', 'log'):
        compare(field, ours[field], read[field])
    strip = [line for line in read['notes'] if line], [line for line in ours['notes'] if line]
    compare('notes', strip[1], strip[0])
    compare('changes', sorted(ours['changes'], key=str), sorted(read['changes'], key=str))
    if len(ours['commits']) != len(read['commits']):
        compare('commits', len(ours['commits']), len(read['commits']))
        return found
    for at, (one, other) in enumerate(zip(ours['commits'], read['commits'])):
        for field in ('subject', 'change_id', 'notes', 'changes', 'subject_tags', 'log'):
            compare(field, one[field], other[field])
        compare('cc', one['cc'], [who.strip() for who in other['cc']])
        compare('trailers', sorted(set(map(tuple, one['trailers']))), sorted(map(tuple, other['trailers'])))
        compare('mailed', paragraphs(our_mail(ours, at)), paragraphs(read['mailed'][at]))
    return found


def compare_reading(ours, repo, kind, series):
    """Compare what is read of many series."""
    wrong, refused, warned = [], 0, 0
    for messages in series:
        name, ids = repo.branch(messages)
        told = ours.ask(read=[[one, message] for one, message in zip(ids, messages)], me=f'{ME}@')
        try:
            read = theirs(repo, name, len(messages))
        except Refused as why:
            refused += 1
            # patman refuses each Series-name, and a commit with the subject "END".
            is_fine = 'Series-name' in str(why) or messages[0].startswith('END')
            if not told['problems'] and not is_fine:
                wrong.append(f'{messages!r}: patman refuses ({why}), and nothing is told')
            elif kind == 'neat':
                wrong.append(f'{messages!r}: {why}')
            continue
        # A list of changes may end with a tag.
        warnings = [warn for warn in read['warnings'] if "Missing 'blank line'" not in warn]
        warned += bool(warnings)
        if warnings and not told['problems']:
            wrong.append(f'{messages!r}: patman warns ({warnings}), and nothing is told')
        if kind == 'neat' and told['problems']:
            wrong.append(f'{messages!r}: {told["problems"]}')
        found = differences(told, read, messages)
        if found:
            wrong.append(f'{messages!r}: {"; ".join(found)}')
    for one in wrong[:5]:
        print(f'   {one}')
    report(f'{len(series)} {kind} series are read alike, of which patman refuses {refused} and warns of {warned}',
           f'{len(wrong)} differ' if wrong else '')


# --- edits ------------------------------------------------------------------------------------------------------------

EDIT_EXCUSES = [
    ('trailers', r'(?sm)^(?:Cover-letter|Series-notes|Commit-notes):.*^(?:Reviewed|Acked|Tested)-by: ',
     'patman adds trailers to one in the middle of a cover letter'),
    ('trailers', r'(?m)^---$', 'patman adds trailers below the ---, where git am drops them'),
    ('*', r'\A\n*(?:[^\n]+\n)*[^\n]*\Z', 'patman glues a tag to a subject without a body'),
    ('*', r'\A\n*(?:[^\n]+\n)+?(?:' + TAG + ')', 'patman takes a tag below the subject for the subject'),
    ('*', '[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]', 'patman ends a line at each of them, which git does not'),
    ('mark unmark', r'(?m)(?:.Change-Id|^Change-Id(?:[^:]|: *$))', 'patman takes any line with those letters for a mark'),
    ('version link', r'(?sm)^Series-version:.*^Series-version:', 'patman never comes to two versions in a message'),
    ('version link', r'(?sm)^Series-links:.*^Series-links:', 'patman never comes to two lists of links in a message'),
    ('change', r'\A\n*[A-Za-z][A-Za-z0-9-]*:\s[^\n]*\n\n*(?:[A-Za-z][A-Za-z0-9-]*:\s[^\n]*\n*)*\Z',
     'patman puts the change above the subject'),
    ('change', r'(?m)^(?:Series|Cover)-changes:.*\n(?:\s*\n|-.*\n(?:.+\n)*\s|[^-\n])',
     'patman puts a change into the middle of an item, or below an empty line of the list'),
    ('change', r'\A\n*(?:[^\n]+\n)+?[A-Za-z][A-Za-z0-9-]*:\s', 'patman puts the change into a subject of several lines'),
    ('change', r'(?m)^(?:Series|Cover)-changes: *\d+\s*\Z', 'patman begins a second list below an empty one'),
    ('change', r'(?m)^(?:Series|Cover)-changes:[^\S\n]*(?:0\d*|\d*\D.*)$', 'patman refuses to read it'),
    ('change trailers', r'(?m)^(?:Cover-letter|Series-notes|Commit-notes):(?!(?:.*\n)+?END$)',
     'patman puts a change into a section that has no end'),
    ('change', r'(?m)^(?:Series|Commit|Cover)-changes:.*\n(?:.+\n)*.+\Z', 'patman takes the end of a list for trailers'),
]


def plain_series(name, ids, version):
    """A series of patman's, of commits that it has not read."""
    series = Series()
    for one in ids:
        made = commit.Commit(one)
        made.subject = 'x'
        series.AddCommit(made)
    if version:
        series.version = version
    return series


def edit_excused(edit, message):
    """Whether it is known why an edit differs."""
    return any((edits == '*' or edit in edits.split()) and re.search(form, message) for edits, form, _ in EDIT_EXCUSES)


def compare_edits(ours, repo, kind, series, rng):
    """Compare what edits make of branches."""
    cser = cseries.Cseries(repo.path)
    cser.gitdir = os.path.join(repo.path, '.git')
    wrong, done, crashed = [], 0, 0

    def compare(edit, olds, news, made):
        nonlocal done
        for old, new, mine in zip(olds, news, made):
            done += 1
            if new != mine and not edit_excused(edit, old):
                wrong.append(f'{edit} of {old!r}: {mine!r} for {new!r}')

    def run(edit, name, olds, theirs_do, ours_do):
        nonlocal crashed
        ids = repo.git('rev-list', '--reverse', f'-n{len(olds)}', name).split()
        try:
            with quiet():
                theirs_do(name, ids)
        except (ValueError, IndexError):
            crashed += 1
            repo.git('checkout', '-q', '-f', 'main')
            return None
        news = repo.messages(name, len(olds))
        compare(edit, olds, news, [ours_do(at, old) for at, old in enumerate(olds)])
        return news

    def marks(name, at, old):
        raw = repo.git('cat-file', 'commit', f'{name}~{len(olds) - 1 - at}')
        tree = re.match('tree (.*)', raw)[1]
        new = ours.ask(edit='new_change_id', name='Ada Tester', email='ada@example.com', time=1700000000 + at, offset=90, tree=tree,
                       message=old)
        return ours.ask(edit='add_change_id', message=old, id=new)

    def unmark(name, ids):
        cser.prep_series = lambda _: (name, plain_series(name, ids, None), None, None)
        cser.unmark(name, allow_unmarked=True)

    for messages in series:
        olds = [message.lstrip('\n') for message in messages]
        name, _ = repo.branch(messages)
        marked = run('mark', name, olds, lambda name, ids: cser._mark_series(name, plain_series(name, ids, None)),
                     lambda at, old: marks(name, at, old))
        if marked:
            run('unmark', name, marked, unmark, lambda at, old: ours.ask(edit='remove_change_id', message=old))
        last = len(messages) - 1
        for link in (None, '4711'):
            name, _ = repo.branch(messages)
            of, to = rng.randint(1, 4), rng.randint(1, 4)
            here = {tag: not any(re.search(f'(?m)^Series-{tag}:', old) for old in olds) for tag in ('version', 'links')}
            run('link' if link else 'version', name, olds,
                lambda name, ids: cser.update_series(name, plain_series(name, ids, of), of, add_vers=to, add_link=link),
                lambda at, old: ours.ask(edit='update', message=old, of=of, version=to, link=link,
                                         add_version=at == last and here['version'], add_link=at == last and here['links']))
        for old in olds:
            old = old.rstrip()
            text, cover = rng.choice(['new', '- new', '  new ']), rng.random() < 0.5
            with_it = cseries._add_change_tag(old, 2, text, cover)
            cleaned = repo.git('stripspace', given=with_it.encode())
            compare('change', [old], [cleaned], [ours.ask(edit='add_change', message=old, version=2, text=text, cover=cover)])
    for one in wrong[:5]:
        print(f'   {one}')
    report(f'{done} {kind} messages are edited alike; patman refuses {crashed} branches', f'{len(wrong)} differ' if wrong else '')


def main():
    """Run it all."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--cases', type=int, default=60, help='how many series of each kind')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('program')
    parser.add_argument('patman')
    args = parser.parse_args()
    ours = Ours(os.path.join(os.path.dirname(os.path.abspath(args.program)), 'examples', 'tags'))
    rng = random.Random(args.seed)
    neat_ones = [[neat(rng, False) for _ in range(rng.randint(0, 3))] + [neat(rng, True)] for _ in range(args.cases)]
    wild_ones = [[wild(rng) for _ in range(rng.randint(1, 2))] for _ in range(4 * args.cases)]
    with tempfile.TemporaryDirectory() as top:
        os.chdir(top)
        repo = Repo(top)
        for kind, series in (('neat', neat_ones), ('awkward', AWKWARD), ('wild', wild_ones)):
            compare_reading(ours, repo, kind, series)
        for kind, series in (('neat', neat_ones[:args.cases // 3]), ('awkward', AWKWARD), ('wild', wild_ones[:args.cases])):
            compare_edits(ours, repo, kind, series, rng)
    ours.close()
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    # patman's modules are where its command is.
    PYTHON = os.path.join(os.path.dirname(os.path.abspath(sys.argv[-1])), 'python3')
    if not os.environ.get('TAGS_IN_VENV'):
        os.environ.update({
            'TAGS_IN_VENV': '1', 'USER': ME, 'GIT_CONFIG_GLOBAL': os.devnull, 'GIT_CONFIG_NOSYSTEM': '1', 'LC_ALL': 'C.UTF-8',
            'TZ': 'UTC', 'GIT_AUTHOR_NAME': 'Ada Tester', 'GIT_AUTHOR_EMAIL': 'ada@example.com',
            'GIT_COMMITTER_NAME': 'Ada Tester', 'GIT_COMMITTER_EMAIL': 'ada@example.com', 'PYTHONDONTWRITEBYTECODE': '1'})
        for key in [key for key in os.environ if key.startswith('GIT_') and key in ('GIT_DIR', 'GIT_WORK_TREE')]:
            del os.environ[key]
        os.execv(PYTHON, [PYTHON, *sys.argv])
    from patman import commit, cseries, patchstream
    from patman.series import Series
    main()
