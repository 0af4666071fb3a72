# SPDX-License-Identifier: GPL-2.0-or-later
"""What a listing says of series in names and numbers: patman's tables and git-patman's JSON brought to one form.

Titles are left out where patman cuts them, and states are compared as far as patman shows them, which is their first seven
letters.
"""
import json
import re

# The verbs that list, by noun, with patman's other names for them.
VERBS = {'series': {'ls': 'ls', 'list': 'ls', 'info': 'info', 'patches': 'patches', 'progress': 'progress', 'p': 'progress',
                    'pr': 'progress', 'prog': 'progress', 'summary': 'summary', 'find': 'find', 'show-notes': 'notes',
                    'get-link': 'link'},
         'workflow': {'todo-list': 'todo', 'tl': 'todo', 'list': 'workflow', 'ls': 'workflow', 'wl': 'workflow'},
         'upstream': {'ls': 'upstreams', 'list': 'upstreams'}, 'patchwork': {'ls': 'projects', 'list': 'projects'}}
ALIASES = {'wf': 'workflow', 'us': 'upstream', 'pw': 'patchwork'}


def kind(words):
    """What a command lists; nothing if it does not list."""
    noun = VERBS.get(ALIASES.get(words[0], words[0]), {})
    rest = list(words[1:])
    while rest and rest[0].startswith('-'):
        rest = rest[2 if rest[0] in ('-s', '-V') else 1:]
    found = noun.get(rest[0]) if rest else None
    if found == 'patches' and rest[1:]:
        return None
    if found == 'progress' and {'-l', '--list-patches'} & set(rest):
        found = 'progress-l'
    return found


def short(state):
    """A state as patman cuts it, which has shorter words for some."""
    return {'not-app': 'n/a', 'handled': 'elsewhe'}.get((state or 'unknown')[:7], (state or 'unknown')[:7])


def branch(one):
    """The branch of a version."""
    return one['series'] + (str(one['version']) if one['version'] > 1 else '')


def patch(one):
    """A patch in our JSON as patman's table has it."""
    return (one['seq'] - 1, short(one['state']), one['comments'] or 0, one['patchwork_id'], (one['commit'] or '')[:10],
            one['subject'])


def share(one):
    """How many patches are accepted, of how many."""
    return f'{one["accepted"] if one["link"] else "-"}/{one["patches"]}'


def info(one):
    """A series with its versions."""
    return one['series'], one['title'], one['upstream'] or '(none)', one['archived'], [
        (version['version'], version['link'] or '(none)', version['tag'],
         [(at['subject'], at['state']) for at in version['patches']]) for version in one['versions']]


OURS = {
    'ls': lambda all: [(one['series'], share(one['versions'][-1]), (one['upstream'] or '')[:2],
                        [at['version'] for at in one['versions']]) for one in all],
    'info': info,
    'patches': lambda all: [patch(one) for one in all['patches']],
    'progress': lambda all: [(branch(one), one['total'], {short(at['state']): at['patches'] for at in one['states']})
                             for one in all],
    'progress-l': lambda all: [(one['series'], [patch(at) for at in one['patches']]) for one in all],
    'summary': lambda all: [(one['series'], f'{one["accepted"] if one["link"] else "-"}/{one["total"]}') for one in all],
    'find': lambda all: [one['series'] for one in all],
    'notes': lambda all: [(one['version'], one['notes'].strip()) for one in all],
    'todo': lambda all: [(one['series'], one['days'] < 0) for one in all],
    'workflow': lambda all: [(one['type'], one['series'], one['version']) for one in all],
    'upstreams': lambda all: [(one['name'], one['default'], one['url']) for one in all],
    'projects': lambda all: [(one['name'], one['id']) for one in all],
}


def ours(what, text):
    """What git-patman says with --json; `text` is that of get-link."""
    return text.strip() if what == 'link' else OURS[what](json.loads(text))


def rows(text, pattern):
    """The groups of each line below a line of dashes that the pattern fits; other lines are an error."""
    lines = text.splitlines()
    below = next((at for at, line in enumerate(lines) if line.startswith('--')), -1) + 1
    found = []
    for line in lines[below:]:
        if not line.strip() or line.startswith('--'):
            break
        if line.startswith('No '):
            continue
        fits = re.match(pattern, line)
        found.append(fits.groups() if fits else line)
    return found


def states(text):
    """'2:new 1:accept' by state."""
    return {short(state): int(count) for count, state in (one.split(':') for one in text.split())}


def patches(text):
    """The rows of patches of a table, without the cover letter."""
    found = []
    for line in text.splitlines():
        fits = re.match(r' *(\d+) (\S+) +(?:(\d+) +)?(-|\d+) +([0-9a-f]{10})? *(.*)$', line)
        if fits:
            seq, state, comments, number, commit, subject = fits.groups()
            number = None if number == '-' else int(number)
            found.append((int(seq), short(state), int(comments or 0), number, commit or '', subject))
    return found


def their_info(text):
    """The series that patman shows, with its versions."""
    series = title = upstream = None
    is_archived, versions = False, []
    for line in text.splitlines():
        name, _, value = line.strip().partition(': ')
        if line.startswith('Series: '):
            series = value
        elif line.startswith('  Description: '):
            title = value
        elif line.startswith('  Upstream: '):
            upstream = value
        elif line.startswith('  Archived: '):
            is_archived = True
        elif re.match(r'  Version \d+:$', line):
            versions.append([int(line.split()[1][:-1]), None, None, []])
        elif line.startswith('    Link: '):
            versions[-1][1] = value
        elif line.startswith('    Archive tag: '):
            versions[-1][2] = value
        elif re.match(r'      \d+: ', line):
            subject, _, state = value.partition(' [')
            versions[-1][3].append((subject, state[:-1] or None))
    return series, title, upstream or '(none)', is_archived, [tuple(one) for one in versions]


def progress_lists(text):
    """Each series with its patches."""
    found = []
    for part in re.split(r'^(?=\S+: .* \(versions: )', text, flags=re.M):
        if part.strip():
            found.append((part.split(':')[0], patches(part)))
    return found


THEIRS = {
    'ls': lambda text: [(row[0], row[1], row[2].strip(), [int(at) for at in row[3].split()]) if isinstance(row, tuple) else row
                        for row in rows(text, r'(\S+)\s.*\s(\S+/\d+)  (..)  ([\d ]+)$')],
    'info': their_info,
    'patches': patches,
    'progress': lambda text: [(row[0], int(row[1]), states(row[2])) if isinstance(row, tuple) else row
                              for row in rows(text, r'(\S+)\s.* (\d+) [ *](\d+:.*)$')],
    'progress-l': progress_lists,
    'summary': lambda text: rows(text, r'(\S+) +(\S+/\d+)'),
    'find': lambda text: [line for line in text.splitlines()[1:] if line and not line.startswith(' ')],
    'notes': lambda text: [(int(version), notes.strip()) for version, notes in
                           re.findall(r'^--- v(\d+) ---\n(.*?)(?=^--- v|\Z)', text, re.M | re.S)],
    'todo': lambda text: [(row[0], bool(row[1])) if isinstance(row, tuple) else row
                          for row in rows(text, r'(\S+) .*?\d+d( overdue)?')],
    'workflow': lambda text: [(row[0], row[1], int(row[2]) if row[2] else None) if isinstance(row, tuple) else row
                              for row in rows(text, r'(\S+) +(\S+) +(?:v?(\d+) )?')],
    'upstreams': lambda text: [(row[0], bool(row[1]), row[2]) if isinstance(row, tuple) else row
                               for row in rows(text, r'(\S+) +(\* )?.*?(\S+://\S+)')],
    'projects': lambda text: [(row[0], int(row[1])) if isinstance(row, tuple) else row
                              for row in rows(text, r'(\S+) +(\d+)')],
    'link': lambda text: text.strip(),
}


def theirs(what, text):
    """What patman says."""
    return THEIRS[what](text)
