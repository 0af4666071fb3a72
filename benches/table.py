#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print the budget: what git-patman takes, what the reference takes side by side, and whether the bound is kept.

usage: table.py [--only ROW]... [--rounds N] [--json] [--dir DIR] [--patman PATMAN] GIT-PATMAN

GIT-PATMAN is a release build; nothing is built here. PATMAN is the command of patman 0.5.0 (`pip install
patch-manager==0.5.0`), without which its row is left out. All rows stand on one generated repository of 25,000 files and on
generated series, the same in every run; they are made below DIR (default: the directory for temporary files; about 2 GB) and
removed at the end. Every figure is the median of N rounds (default 5) in which ours and the reference take turns: only the
ratio means something on another machine. Needs git and sqlite3, and fails without them. Exit 1 if a bound is missed.
benches/README.md says what each row is.
"""
import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SEED = 20261101
FILES = 25_000
COMMITS = 1_000
VERSIONS = 12
MIB = 1 << 20

WORDS = '''clk reset gpio phy mmc spi i2c usb pci dma irq mux pll bus bank ctrl core host slot port lane pinctrl regmap timer
    watchdog serial uart video panel bridge sensor fuse efuse crypto hash cache mmu fdt of node prop range size base offset
    mask shift flags mode state init probe remove bind read write get set enable disable setup parse load store boot image
    header entry table list queue ring buffer page block sector erase nand nor flash env'''.split()
PLACES = [
    # weight, pattern, kinds of file
    (36, 'dts/upstream/src/{arch}/{vendor}', ['.dts', '.dtsi']),
    (8, 'dts/upstream/Bindings/{word}', ['.yaml']),
    (10, 'arch/{arch}/dts', ['.dts', '.dtsi']),
    (8, 'arch/{arch}/mach-{vendor}/{word}', ['.c', '.h', '']),
    (12, 'board/{vendor}/{word}_{word}', ['.c', '.h', '']),
    (5, 'configs', ['_defconfig']),
    (9, 'drivers/{word}', ['.c', '.h']),
    (6, 'drivers/{word}/{vendor}', ['.c', '.h', '']),
    (4, 'include/{word}', ['.h']),
    (2, 'doc/{word}/{word}', ['.rst']),
]
ARCHES = 'arm arm64 riscv mips powerpc x86 m68k xtensa'.split()
VENDORS = 'acme bluefin cobalt delta everest falcon garnet harbor indigo juniper kestrel lumen meridian nimbus'.split()


# The repository and the series

def words(rng, count):
    return '_'.join(rng.choice(WORDS) for _ in range(count))


def make_lines():
    """Lines that files are made of."""
    rng = random.Random(SEED)
    forms = ['\tret = {a}({b}, {n});\n', '\tif (ret)\n', '\t\treturn ret;\n', '\n', '\t{a}->{b} = {n};\n', '#define {A}\t{n}\n',
             'static int {a}(struct {b} *{c})\n', '{{\n', '}}\n', '\t\t{a} = <&{b} {n}>;\n', '\t/* {a} {b} {c} */\n',
             'CONFIG_{A}=y\n', '\t\tcompatible = "{a},{b}";\n', '\tdev_dbg(dev, "%s: {a} {b}\\n", __func__);\n']
    return [rng.choice(forms).format(a=words(rng, 2), b=words(rng, 1), c=words(rng, 1), A=words(rng, 3).upper(),
                                     n=hex(rng.randrange(1 << 16))) for _ in range(40_000)]


LINES = make_lines()


def make_paths():
    """Where the files are: nested directories of every size, as in a firmware's tree."""
    rng = random.Random(SEED + 1)
    found = {}
    while len(found) < FILES:
        _, place, kinds = rng.choices(PLACES, [weight for weight, _, _ in PLACES])[0]
        directory = re.sub(r'{(\w+)}', lambda m: rng.choice(
            {'arch': ARCHES, 'vendor': VENDORS, 'word': WORDS}[m[1]]), place)
        kind = rng.choice(kinds)
        name = words(rng, 3) + kind if kind else rng.choice(['Kconfig', 'Makefile', 'MAINTAINERS'])
        found[f'{directory}/{name}'] = None
    return list(found)


PATHS = make_paths()


def contents(number):
    """The lines of a file: half of all have under 2.5 kB, a few have hundreds."""
    rng = random.Random(SEED * 31 + number)
    size = min(rng.lognormvariate(7.8, 1.3), 600_000)
    return [f'/* {PATHS[number]} */\n'] + rng.choices(LINES, k=max(1, int(size / 21)))


def edited(lines, rng):
    """The lines with one to three places changed."""
    lines = list(lines)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        lines[at:at + rng.randint(0, 3)] = rng.choices(LINES, k=rng.randint(1, 5))
    return lines


class Import:
    """A run of `git fast-import`."""

    def __init__(self, repo):
        self.git = subprocess.Popen(['git', '-C', repo, 'fast-import', '--quiet'], stdin=subprocess.PIPE)
        self.date = 1_780_000_000

    def say(self, text):
        self.git.stdin.write(text.encode())

    def commit(self, branch, message):
        self.date += 60
        data = message.encode()
        self.say(f'commit refs/heads/{branch}\ncommitter Ada <ada@example.com> {self.date} +0000\ndata {len(data)}\n{message}\n')

    def file(self, path, lines):
        data = ''.join(lines)
        self.say(f'M 100644 inline {path}\ndata {len(data.encode())}\n{data}\n')

    def done(self):
        self.git.stdin.close()
        if self.git.wait():
            sys.exit('table.py: git fast-import failed')


def make_repository(repo):
    git('init', '-q', '-b', 'main', repo)
    rng = random.Random(SEED + 2)
    out = Import(repo)
    out.commit('main', 'Begin')
    for number, path in enumerate(PATHS):
        out.file(path, contents(number))
    for number in range(COMMITS):
        out.commit('main', f'Change {number}')
        out.file(f'doc/news/{rng.randrange(40)}.rst', rng.choices(LINES, k=60))
    out.done()


def make_series(repo, patches, version):
    """The branch `s<patches>-v<version>`: edits over several files, every third patch a new one, every fifth a rename."""
    plan = random.Random(SEED + patches)
    rng = random.Random(f'{SEED}/{patches}/{version}')
    out = Import(repo)
    branch = f's{patches}-v{version}'
    out.say(f'reset refs/heads/{branch}\nfrom refs/heads/main^0\n\n')
    tree = {}
    for patch in range(1, patches + 1):
        out.commit(branch, f'{plan.choice(WORDS)}: Change {words(plan, 2)} ({patch})\n\nWhat was wrong is right now.\n\n'
                           'Signed-off-by: Ada <ada@example.com>\n')
        for _ in range(plan.randint(1, 5)):
            number = plan.randrange(FILES)
            path, lines = tree.get(number) or (PATHS[number], contents(number))
            tree[number] = (path, edited(lines, rng))
            out.file(*tree[number])
        if patch % 3 == 0:
            out.file(f'drivers/{plan.choice(WORDS)}/new_{patches}_{patch}.c', rng.choices(LINES, k=150))
        if patch % 5 == 0:
            number = plan.randrange(FILES)
            while number in tree:
                number = plan.randrange(FILES)
            old, lines = PATHS[number], contents(number)
            new = f'{os.path.dirname(old)}/renamed_{os.path.basename(old)}'
            tree[number] = (new, lines)
            out.say(f'R {old} {new}\n')
    out.done()


def make_mails(world, patches, version=1):
    """A file with all mails of a version, and one without the cover letter, which git am cannot read."""
    make_series(world.author, patches, version)
    text = git('-C', world.author, 'format-patch', '--stdout', '-M', '--cover-letter', '--thread', '--base=main',
               *(['-v', str(version)] if version > 1 else []), f'main..s{patches}-v{version}')
    text = text.replace('*** SUBJECT HERE ***', f'Series of {patches} patches').replace('*** BLURB HERE ***', 'Hello.')
    all_mails, no_cover = (f'{world.dir}/{kind}{patches}-v{version}.mbox' for kind in ('mails', 'am'))
    write(all_mails, text)
    write(no_cover, text[text.index('\nFrom ', 1) + 1:])
    return all_mails, no_cover


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def git(*args, **how):
    return subprocess.run(['git', *args], check=True, capture_output=True, text=True, **how).stdout


class World:
    """What all rows share: the program, a directory, the repository that each row clones, and the mails."""

    def __init__(self, args, directory):
        self.program, self.patman, self.rounds, self.dir = os.path.abspath(args.program), args.patman, args.rounds, directory
        self.origin, self.author = f'{directory}/origin', f'{directory}/author'
        self.mails_made = {}
        make_repository(self.origin)
        self.clone_to(self.author)

    def clone_to(self, path):
        git('clone', '-q', '--no-checkout', self.origin, path)
        return path

    def clone(self, name):
        """A clone for one row, whose main worktree is empty: no row reads it."""
        return self.clone_to(f'{self.dir}/{name}')

    def mails(self, patches, version=1):
        key = (patches, version)
        if key not in self.mails_made:
            self.mails_made[key] = make_mails(self, *key)
        return self.mails_made[key]

    def largest_mail(self):
        sizes = [len(mail) for made in self.mails_made.values() for mail in
                 re.split(rb'(?m)^(?=From [0-9a-f]{40} )', open(made[0], 'rb').read())]
        return max(sizes, default=0)


# Measuring


def run(cwd, *command, out=os.devnull):
    """Runs a command and returns its seconds; one that fails ends the program."""
    os.chdir(cwd)
    said = tempfile.TemporaryFile()
    wanted = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
              (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
              (os.POSIX_SPAWN_DUP2, said.fileno(), 2)]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=wanted)
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - start
    if status:
        said.seek(0)
        sys.exit(f'table.py: {" ".join(command)}: status {os.waitstatus_to_exitcode(status)}\n{said.read().decode()}')
    said.close()
    return seconds


def alternate(rounds, ours, reference, warm=True):
    """The medians of two things that take turns to begin; each is given the number of the round."""
    times = ([], [])
    sides = ((ours, times[0]), (reference, times[1]))
    if warm:
        ours(-1), reference(-1)
    for number in range(rounds):
        for side, kept in sides if number % 2 == 0 else reversed(sides):
            kept.append(side(number))
    return tuple(statistics.median(kept) for kept in times)


def repeated(count, *args, **how):
    """The mean of several runs, for what takes only milliseconds."""
    return lambda _: sum(run(*args, **how) for _ in range(count)) / count


ROWS = {}


def row(name):
    def add(function):
        ROWS[name] = function
        return function
    return add


def at_most(name, what, ours, reference, bound):
    return result(name, what, ours, reference, ours / reference, f'≤ {bound:g} ×' if bound else '-',
                  not bound or ours <= bound * reference)


def faster(name, what, ours, reference, bound):
    return result(name, what, ours, reference, reference / ours, f'≥ {bound} × faster', reference >= bound * ours)


def result(name, what, ours, reference, ratio, bound, ok):
    return {'row': name, 'what': what, 'ours': ours, 'reference': reference, 'ratio': ratio, 'bound': bound, 'ok': ok}


# Rows

def with_reviews(world, name, count):
    """A clone with reviews of five patches, each with a worktree whose files are not written: none is read."""
    repo = world.clone(name)
    for number in range(count):
        run(repo, world.program, 'review', 'start', '--no-worktree', '--name', f'r{number}', world.mails(5)[0])
        git('-C', repo, 'worktree', 'add', '--no-checkout', f'.git/patman/worktrees/r{number}', f'r{number}')
    return repo


@row('list10')
def list10(world):
    repo = with_reviews(world, 'list10', 10)
    times = alternate(world.rounds, repeated(20, repo, world.program, 'review', 'list'),
                      repeated(20, repo, 'git', 'worktree', 'list'))
    yield at_most('list10', "review list, 10 reviews / git worktree list", *times, 2)
    times = alternate(world.rounds, repeated(20, repo, world.program, 'review', 'list', '--json'),
                      repeated(20, repo, 'git', 'worktree', 'list'))
    yield at_most('list10', "the same with --json", *times, None)


@row('list50')
def list50(world):
    repo = with_reviews(world, 'list50', 50)
    for option in ([], ['--json']):
        times = alternate(world.rounds, repeated(10, repo, world.program, 'review', 'list', *option),
                          repeated(10, repo, 'git', 'worktree', 'list'))
        yield at_most('list50', ' '.join(['review list', *option]) + ', 50 reviews / git worktree list', *times, None)


# The query of src/db/listing.rs, for reviews that are not archived.
QUERY = '''SELECT s.id, s.name, s.desc, s.archived, s.upstream, s.source, s.hidden,
    v.id, v.series_id, v.version, v.link, v.cover_id, v.name, v.archive_tag, v.desc, v.notes,
    o.message_id, o.author_name, o.author_email, o.sent, o.total, o.base, o.change_id, o.source, o.started,
    (SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id)
    FROM series AS s
    LEFT JOIN ser_ver AS v ON v.series_id = s.id
    LEFT JOIN gitpatman_version AS o ON o.svid = v.id
    WHERE s.source = 'review' AND NOT coalesce(CAST(s.archived AS INTEGER), 0)
    ORDER BY s.id, v.version, v.id'''


def fill(path, series, versions=3, patches=5):
    """Fills a database with reviews, with no series in the repository."""
    rng = random.Random(SEED + 3)
    db = sqlite3.connect(path)
    svid = 0
    for number in range(1, series + 1):
        db.execute("INSERT INTO series (id, name, desc, archived, source) VALUES (?, ?, ?, 0, 'review')",
                   (number, f'{words(rng, 2)}-{number}', ' '.join(rng.choices(WORDS, k=7))))
        for version in range(1, versions + 1):
            svid += 1
            db.execute('INSERT INTO ser_ver (id, series_id, version) VALUES (?, ?, ?)', (svid, number, version))
            db.execute('INSERT INTO gitpatman_version (svid, message_id, author_name, author_email, sent, total, base, '
                       'source, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
                       (svid, f'20261101.{svid}@example.com', 'Ada', 'ada@example.com', 1_780_000_000 + svid, patches,
                        f'{svid:040x}', 'series.mbox', 1_780_000_000 + svid))
            db.executemany('INSERT INTO pcommit (svid, seq, subject) VALUES (?, ?, ?)',
                           [(svid, seq, ' '.join(rng.choices(WORDS, k=6))) for seq in range(patches)])
    db.commit()
    db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()


def with_many(world):
    repo = f'{world.dir}/many'
    if not os.path.exists(repo):
        world.clone_to(repo)
        run(repo, world.program, 'db', 'migrate')
        fill(f'{repo}/.git/patman/.patman.db', 10_000)
    return repo


@row('list10000')
def list10000(world):
    repo = with_many(world)
    times = alternate(world.rounds, repeated(3, repo, world.program, 'review', 'list', '--all'),
                      repeated(3, repo, 'sqlite3', '-readonly', f'{repo}/.git/patman/.patman.db', QUERY))
    yield at_most('list10000', 'review list --all, 10,000 × 3 × 5 / sqlite3, same query', *times, 2)


# The query of src/db/listing.rs, for the user's own series that are not archived.
OWN_QUERY = '''SELECT s.id, s.name, s.desc, s.archived, s.upstream, s.source, s.hidden, v.id, v.version, v.link,
    (SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id),
    (SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id AND p.state = 'accepted')
    FROM series AS s LEFT JOIN ser_ver AS v ON v.series_id = s.id
    WHERE (s.source IS NULL OR s.source != 'review') AND NOT coalesce(CAST(s.archived AS INTEGER), 0)
    ORDER BY s.id, v.version, v.id'''

# What is looked through by src/db/listing.rs, for a word; without the letters beyond ASCII that ours knows.
FIND_QUERY = '''SELECT s.name, v.version, v.desc, v.name, v.link FROM series AS s JOIN ser_ver AS v ON v.series_id = s.id
    WHERE s.name LIKE '%zebra%' OR s.desc LIKE '%zebra%' OR v.desc LIKE '%zebra%' OR v.name LIKE '%zebra%' OR v.link LIKE '%zebra%';
    SELECT s.name, v.version, p.seq, p.subject FROM series AS s JOIN ser_ver AS v ON v.series_id = s.id
    JOIN pcommit AS p ON p.svid = v.id WHERE p.subject LIKE '%zebra%' OR p.change_id LIKE '%zebra%' '''


def with_own(world, name, count):
    """A clone with series of the user's own, each version of which has a branch where there are few."""
    repo = f'{world.dir}/{name}'
    if not os.path.exists(repo):
        world.clone_to(repo)
        run(repo, world.program, 'db', 'migrate')
        path = f'{repo}/.git/patman/.patman.db'
        fill(path, count)
        db = sqlite3.connect(path)
        db.execute("UPDATE series SET source = NULL, upstream = 'us'")
        db.execute("UPDATE ser_ver SET link = 400000 + id")
        db.execute("UPDATE pcommit SET state = CASE WHEN id % 2 THEN 'accepted' ELSE 'new' END, change_id = 'I' || id")
        db.commit()
        names = [row[0] for row in db.execute('SELECT name FROM series WHERE id <= 10')]
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        db.close()
        for one in names if count <= 10 else []:
            for version in range(1, 4):
                git('-C', repo, 'branch', one if version == 1 else f'{one}{version}', 'origin/main')
    return repo


@row('series10')
def series10(world):
    repo = with_own(world, 'series10', 10)
    times = alternate(world.rounds, repeated(20, repo, world.program, 'series', 'ls'), repeated(20, repo, 'git', 'worktree', 'list'))
    yield at_most('series10', 'series ls, 10 series / git worktree list', *times, 2)


@row('series10000')
def series10000(world):
    repo = with_own(world, 'own10000', 10_000)
    times = alternate(world.rounds, repeated(3, repo, world.program, 'series', 'ls'),
                      repeated(3, repo, 'sqlite3', '-readonly', f'{repo}/.git/patman/.patman.db', OWN_QUERY))
    yield at_most('series10000', 'series ls, 10,000 × 3 × 5 / sqlite3, same query', *times, 2)


@row('find10000')
def find10000(world):
    repo = with_own(world, 'own10000', 10_000)
    times = alternate(world.rounds, repeated(3, repo, world.program, 'series', 'find', 'zebra'),
                      repeated(3, repo, 'sqlite3', '-readonly', f'{repo}/.git/patman/.patman.db', FIND_QUERY))
    yield at_most('find10000', 'series find, 10,000 × 3 × 5 / sqlite3, same texts with LIKE', *times, 2)


@row('info10000')
def info10000(world):
    repo = with_own(world, 'own10000', 10_000)
    db = sqlite3.connect(f'{repo}/.git/patman/.patman.db')
    name = db.execute('SELECT name FROM series WHERE id = 5000').fetchone()[0]
    db.close()
    times = alternate(world.rounds, repeated(20, repo, world.program, 'series', '-s', name, 'info'),
                      repeated(20, repo, 'git', 'worktree', 'list'))
    yield at_most('info10000', 'series info, one of 10,000 / git worktree list', *times, 2)
# The query of src/db/progress.rs, for the newest versions of series of one's own that are not archived.
PROGRESS = '''SELECT s.id, s.name, s.desc, s.archived, s.upstream, s.source, s.hidden,
    v.id, v.series_id, v.version, v.link, v.cover_id, v.name, v.archive_tag, v.desc, v.notes,
    o.message_id, o.author_name, o.author_email, o.sent, o.total, o.base, o.change_id, o.source, o.started,
    v.cover_num_comments, p.id, p.state, p.num_comments
    FROM series AS s
    LEFT JOIN ser_ver AS v ON v.series_id = s.id AND v.id IN (SELECT id FROM
        (SELECT id, max(coalesce(CAST(version AS INTEGER), 0)) FROM ser_ver GROUP BY series_id))
    LEFT JOIN gitpatman_version AS o ON o.svid = v.id
    LEFT JOIN pcommit AS p ON p.svid = v.id
    WHERE coalesce(s.source, '') != 'review' AND NOT coalesce(CAST(s.archived AS INTEGER), 0)
    ORDER BY s.id, v.version, v.id, p.seq, p.id'''
STATES = ['new', 'under-review', 'accepted', 'changes-requested', 'awaiting-upstream', 'superseded', None]


def with_states(world):
    """The same many series, of one's own: with links, states, comments and the dates they were sent; no branches."""
    repo = f'{world.dir}/own'
    if not os.path.exists(repo):
        world.clone_to(repo)
        run(repo, world.program, 'review', 'list')
        path = f'{repo}/.git/patman/.patman.db'
        fill(path, 10_000)
        rng = random.Random(SEED + 6)
        db = sqlite3.connect(path)
        db.execute('UPDATE series SET source = NULL')
        db.execute('UPDATE ser_ver SET link = 100000 + id')
        rows = [(rng.choice(STATES), rng.randrange(3), id) for (id,) in db.execute('SELECT id FROM pcommit')]
        db.executemany('UPDATE pcommit SET state = ?, num_comments = ? WHERE id = ?', rows)
        db.execute("INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) "
                   "SELECT 'sent', series_id, '2026-10-01 10:00:00', 0, id FROM ser_ver WHERE version = 3")
        db.commit()
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        db.close()
    return repo


def own10000(world, name, verb):
    """A listing of one's own series against the sqlite3 program."""
    repo = with_states(world)
    ours = repeated(3, repo, world.program, 'series', verb)
    database = f'{repo}/.git/patman/.patman.db'
    times = alternate(world.rounds, ours, repeated(3, repo, 'sqlite3', '-readonly', database, PROGRESS))
    yield at_most(name, f'series {verb}, 10,000 × 3 × 5 / sqlite3, same query', *times, 2)


@row('progress10000')
def progress10000(world):
    yield from own10000(world, 'progress10000', 'progress')


@row('summary10000')
def summary10000(world):
    yield from own10000(world, 'summary10000', 'summary')


def forget_objects(repo):
    """Puts aside all objects but those of the clone, so that each round makes its objects anew. They are not deleted: just
    after that ext4 is slow."""
    objects = f'{repo}/.git/objects'
    aside = tempfile.mkdtemp(dir=os.path.dirname(repo))
    for name in os.listdir(objects):
        if len(name) == 2:
            os.rename(f'{objects}/{name}', f'{aside}/{name}')
    cloned = set(os.listdir(f'{repo}/../origin/.git/objects/pack'))
    for name in set(os.listdir(f'{objects}/pack')) - cloned:
        os.rename(f'{objects}/pack/{name}', f'{aside}/{name}')


@row('apply')
def apply(world):
    ours, theirs = world.clone('apply-ours'), world.clone('apply-am')
    tree = f'{world.dir}/am-tree'
    git('-C', theirs, 'worktree', 'add', '-q', '--detach', tree)
    for patches in (5, 20, 50):
        mails, no_cover = world.mails(patches)

        def start(_):
            seconds = run(ours, world.program, 'review', 'start', '--no-worktree', '--name', 'r', mails)
            start.head = git('-C', ours, 'rev-parse', 'r^{tree}')
            run(ours, world.program, 'review', 'remove', '--purge', 'r')
            forget_objects(ours)
            return seconds

        def am(_):
            seconds = run(tree, 'git', 'am', '-q', '-3', no_cover)
            if git('-C', tree, 'rev-parse', 'HEAD^{tree}') != start.head:
                sys.exit('table.py: git am made another tree')
            git('-C', tree, 'reset', '-q', '--hard', 'main')
            forget_objects(theirs)
            return seconds

        times = alternate(world.rounds, start, am)
        yield faster('apply', f'review start --no-worktree, {patches} patches / git am', *times, 15)


@row('start')
def start(world):
    """No tree is deleted before the end: just after that the file system is slow."""
    ours, theirs = world.clone('start-ours'), world.clone('start-add')
    mails = world.mails(20)[0]

    def review(number):
        os.sync()
        return run(ours, world.program, 'review', 'start', '--name', f'r{number + 1}', mails)

    def add(number):
        os.sync()
        return run(theirs, 'git', 'worktree', 'add', '-q', '--detach', f'{world.dir}/add/{number}', 'main')

    times = alternate(world.rounds, review, add)
    yield at_most('start', 'review start, 20 patches / git worktree add', *times, 1.1)

    first = {-1: 1}

    def following(number):
        os.sync()
        version = first.get(number, number + 2)
        return run(ours, world.program, 'review', 'start', '--name', 'next', world.mails(20, version)[0])

    for version in range(1, min(world.rounds, VERSIONS) + 2):
        world.mails(20, version)
    times = (alternate(min(world.rounds, VERSIONS), following, lambda _: 0)[0], times[1])
    yield at_most('start', 'review start, next version, 20 patches / git worktree add', *times, 0.15)


@row('pool')
def pool(world):
    """A series in the files of a worktree that was removed, against the same with none to take."""
    repo = world.clone('pool')
    mails = world.mails(20)[0]

    def begin(name, *options):
        os.sync()
        taken = run(repo, world.program, *options, 'review', 'start', '--name', name, mails)
        return taken

    def kept(number):
        run(repo, world.program, 'review', 'start', '--name', f'k{number + 1}', world.mails(5)[0])
        run(repo, world.program, 'review', 'remove', f'k{number + 1}')
        return begin(f'p{number + 1}')

    def fresh(number):
        run(repo, world.program, 'review', 'prune')
        return begin(f'f{number + 1}')

    yield at_most('pool', 'review start in a kept worktree / in a fresh one, 20 patches', *alternate(world.rounds, kept, fresh), None)


@row('compare')
def compare(world):
    """Two versions of which only the mails are there."""
    repo = world.clone('compare')
    for version in (1, 2):
        run(repo, world.program, 'review', 'start', '--no-worktree', '--name', 'r', world.mails(45, version)[0])
    for name in git('-C', repo, 'for-each-ref', '--format=%(refname)', 'refs/patman', 'refs/heads/r').split():
        git('-C', repo, 'update-ref', '-d', name)
    for options in ([], ['--stat']):
        ours = alternate(world.rounds, repeated(3, repo, world.program, 'review', 'compare', 'r', *options), lambda _: 0)[0]
        what = ' '.join(['review compare', *options]) + ', two mailed versions of 45 patches / 0.3 s'
        yield at_most('compare', what, ours, 0.3, 1)


@row('check')
def check(world):
    """Whether 50 series apply, in one command."""
    repo = world.clone('check')
    for number in range(50):
        run(repo, world.program, 'review', 'start', '--no-worktree', '--name', f'r{number}', world.mails(5)[0])
    ready = world.clone('check-am')
    git('-C', ready, 'reset', '-q', '--hard')

    def am(_):
        took = run(ready, 'git', 'am', '-q', '-3', world.mails(5)[1])
        git('-C', ready, 'reset', '-q', '--hard', 'origin/main')
        return 50 * took

    times = alternate(world.rounds, lambda _: run(repo, world.program, 'review', 'check', '--onto', 'origin/main'), am)
    yield faster('check', '50 × git am -3 of 5 patches / review check of 50 series', *times, 15)


LONG = 100_000


@row('base')
def base(world):
    """The commit that 42 patches were made on, by their blobs, in a history of 100,000 commits."""
    repo = f'{world.dir}/long'
    git('init', '-q', '-b', 'main', repo)
    rng = random.Random(SEED + 4)
    out = Import(repo)
    out.commit('main', 'Begin')
    for number, path in enumerate(PATHS):
        out.file(path, contents(number)[:30])
    for number in range(LONG):
        out.commit('main', f'{rng.choice(WORDS)}: Change {number}\n\nAs bodies have it.\n\nSigned-off-by: Ada <ada@example.com>\n')
        for _ in range(2):
            out.file(PATHS[rng.randrange(FILES)], [f'{number}\n', *rng.choices(LINES, k=4)])
    out.done()
    for graph in (False, True):
        if graph:
            git('-C', repo, 'commit-graph', 'write', '--reachable')
        for back in (10, 1_000, 60_000):
            mails = f'{world.dir}/back-{back}.mbox'
            if not graph:
                write(mails, mails_on(repo, f'main~{back}', 42))
            ours = alternate(world.rounds, repeated(1, repo, world.program, 'review', 'start', '-n', mails), lambda _: 0)[0]
            what = f'the base of 42 patches, {back} commits back' + (', with a commit-graph' if graph else '') + ' / 0.5 s'
            yield at_most('base', what, ours, 0.5, 1)


def mails_on(repo, commit, patches):
    """Mails of patches that each change five files of a commit, and name no base."""
    files = [line.split('\t') for line in git('-C', repo, 'ls-tree', '-r', commit).splitlines()]
    chosen = random.Random(SEED + 5).sample(files, patches * 5)
    text = ''
    for number in range(patches):
        diff = ''
        for meta, path in chosen[number * 5:number * 5 + 5]:
            old = meta.split()[2]
            lines = git('-C', repo, 'cat-file', 'blob', old).splitlines()
            new = git('-C', repo, 'hash-object', '--stdin', input='\n'.join([f'x{lines[0]}', *lines[1:]]) + '\n').strip()
            rest = lines[1:4]
            diff += (f'diff --git a/{path} b/{path}\nindex {old[:12]}..{new[:12]} 100644\n--- a/{path}\n+++ b/{path}\n'
                     f'@@ -1,{1 + len(rest)} +1,{1 + len(rest)} @@\n-{lines[0]}\n+x{lines[0]}\n'
                     + ''.join(f' {line}\n' for line in rest))
        text += (f'From {"0" * 40} Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.com>\n'
                 f'Date: Mon, 1 Jun 2026 10:00:00 +0000\nMessage-Id: <{number}.{commit[5:]}@example.com>\n'
                 + (f'In-Reply-To: <0.{commit[5:]}@example.com>\n' if number else '')
                 + f'Subject: [PATCH {number + 1}/{patches}] x: Change {number}\n\nIt was wrong.\n---\n\n{diff}-- \n2.47\n\n')
    return text


@row('migrate')
def migrate(world):
    repo = world.clone('migrate')
    old = f'{TOP}/tests/data/db/patman-v01.db'
    directory = f'{world.dir}/db'
    os.environ['PATMAN_DB_DIR'] = directory
    command = [world.program, '-q', 'db', 'migrate']

    def fresh():
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory)
        shutil.copy(old, f'{directory}/.patman.db')

    def all_at_once():
        os.chdir(repo)
        start = time.perf_counter()
        running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(64)]
        failed = sum(process.wait() != 0 for process in running)
        seconds = time.perf_counter() - start
        for process in running:
            process.stderr.close()
        all_at_once.failed += failed
        return seconds

    def together(_):
        fresh()
        return all_at_once()

    def one_and_starts(_):
        fresh()
        return run(repo, *command) + all_at_once()

    all_at_once.failed = 0
    times = alternate(world.rounds, together, one_and_starts)
    del os.environ['PATMAN_DB_DIR']
    row = at_most('migrate', f'64 × db migrate of version 1, {all_at_once.failed} errors / one + 64 starts', *times, 2)
    row['ok'] &= all_at_once.failed == 0
    yield row


def peak(repo, *command):
    """Peak memory of a command by itself, in bytes: it is asked for until the command ends, for what a parent is told is
    the greatest of the command, the git processes it has run, and the parent before it."""
    os.chdir(repo)
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while child.poll() is None:
        try:
            with open(f'/proc/{child.pid}/status', encoding='utf-8') as status:
                text = status.read()
        except OSError:
            break
        found = re.search(r'(?m)^VmHWM:\s+(\d+) kB', text)
        if found and command[0].endswith(re.search(r'(?m)^Name:\s+(.*)', text)[1]):
            most = max(most, int(found[1]) << 10)
        time.sleep(0.0005)
    if child.wait():
        sys.exit(f'table.py: {" ".join(command)} failed')
    return most


@row('memory')
def memory(world):
    repo = world.clone('memory')
    commands = {
        'review list --all, 10,000 × 3 × 5': (with_many(world), 'review', 'list', '--all'),
        'review start --no-worktree, 50 patches': (repo, 'review', 'start', '--no-worktree', world.mails(50)[0]),
        'review start, 20 patches': (repo, 'review', 'start', '--name', 'next', world.mails(20)[0]),
        'review start, next version': (repo, 'review', 'start', '--name', 'next', world.mails(20, 2)[0]),
    }
    for what, (place, *words_of) in commands.items():
        most = peak(place, world.program, *words_of)
        mail = world.largest_mail()
        yield {'row': 'memory', 'what': f'peak memory, {what} / largest mail', 'ours': most, 'reference': mail,
               'ratio': most / mail, 'bound': '≤ 64 MiB more', 'ok': most <= mail + 64 * MIB, 'unit': 'bytes'}


@row('patman')
def patman(world):
    if not world.patman:
        return
    repo = with_reviews(world, 'patman', 0)
    git('-C', repo, 'config', 'patman.dbDir', repo)
    for number in range(10):
        run(repo, world.program, 'review', 'start', '--no-worktree', '--name', f'r{number}', world.mails(5)[0])
    os.environ.setdefault('USER', 'ada')
    times = alternate(world.rounds, repeated(20, repo, world.program, 'review', 'list'),
                      lambda _: run(repo, world.patman, 'series', 'ls', '-r'))
    yield faster('patman', 'review list, 10 reviews / patman 0.5.0 series ls -r', *times, 30)


# The table

def figure(value, unit):
    if unit == 'bytes':
        return f'{value / MIB:.1f} MiB' if value >= MIB / 2 else f'{value / 1024:.0f} KiB'
    return f'{value:.2f} s' if value >= 1 else f'{value * 1000:.1f} ms'


def show(one):
    unit = one.get('unit', 's')
    cells = [f'{one["row"]:10}', f'{one["what"]:72}', f'{figure(one["ours"], unit):>10}',
             f'{figure(one["reference"], unit):>10}', f'{one["ratio"]:8.2f}', f'{one["bound"]:14}',
             'ok' if one['ok'] else 'MISSED']
    print('  '.join(cells), flush=True)


def environment(directory):
    """Nothing of the machine's configuration shows through."""
    for name in [name for name in os.environ if name.startswith(('GIT_', 'PATMAN_'))]:
        del os.environ[name]
    config = f'{directory}/gitconfig'
    write(config, '[user]\n\tname = Ada\n\temail = ada@example.com\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n'
                  '[advice]\n\tdetachedHead = false\n')
    os.environ.update(HOME=directory, GIT_CONFIG_GLOBAL=config, GIT_CONFIG_NOSYSTEM='1', LC_ALL='C', TZ='UTC')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program', metavar='GIT-PATMAN')
    parser.add_argument('--only', action='append', choices=list(ROWS), metavar='ROW', help=', '.join(ROWS))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--dir')
    parser.add_argument('--patman')
    args = parser.parse_args()
    for needed in ('git', 'sqlite3', args.program, *([args.patman] if args.patman else [])):
        if not shutil.which(needed):
            sys.exit(f"table.py: '{needed}' is not there")
    with tempfile.TemporaryDirectory(prefix='patman-bench-', dir=args.dir) as directory:
        environment(directory)
        world = World(args, directory)
        results = []
        for name in args.only or ROWS:
            for one in ROWS[name](world):
                results.append(one)
                if not args.json:
                    show(one)
        os.chdir('/')
    if args.json:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    sys.exit(any(not one['ok'] for one in results))


if __name__ == '__main__':
    main()
