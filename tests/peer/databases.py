#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Merge, split and join databases, and set dates of series, by git-patman and by patman, and compare the rows.

usage: databases.py GIT-PATMAN PATMAN

GIT-PATMAN is the built program, PATMAN the command of patman 0.5.0 (`pip install patch-manager==0.5.0`). Each must be
there: a missing one fails. Databases are those of tests/data/db, one of each version. Where the two differ on purpose the
case says why, and fails if they do not differ. Prints a line for each case; exit 1 if any fails.
"""
import concurrent.futures
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from parts import forked  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'db')
TABLES = ['series', 'ser_ver', 'pcommit', 'review', 'reply', 'workflow', 'upstream', 'patchwork']
failures = 0


def report(what, problem):
    """Print a line for a case."""
    global failures
    failures += bool(problem)
    print(f"{'FAIL' if problem else 'ok'} {what}{': ' + problem if problem else ''}", flush=True)


def rows(path, hidden=True):
    """What is in patman's tables."""
    found = {}
    with sqlite3.connect(path) as database:
        for table in TABLES:
            cursor = database.execute(f'SELECT * FROM {table}')
            names = [one[0] for one in cursor.description]
            keep = [at for at, name in enumerate(names) if hidden or name != 'hidden']
            found[table] = sorted(repr(tuple(row[at] for at in keep)) for row in cursor)
    database.close()
    return found


def difference(one, other):
    """Words for the first table that differs."""
    for table in one:
        if one[table] != other[table]:
            ours = [row for row in one[table] if row not in other[table]]
            theirs = [row for row in other[table] if row not in one[table]]
            return f'{table}: only by git-patman {ours[:3]}, only by patman {theirs[:3]}'
    return ''


def sql(path, statements):
    """Change a database as another program would."""
    with sqlite3.connect(path) as database:
        database.executescript('PRAGMA foreign_keys = OFF;' + statements)
    database.close()


class Work:
    """A directory for each program, with a home, a repository with a database, and others beside it."""

    def __init__(self, top, programs):
        self.top, self.programs = top, programs
        self.env = dict(os.environ, HOME=f'{top}/home', USER='tester', GIT_CONFIG_NOSYSTEM='1', PYTHONDONTWRITEBYTECODE='1', TZ='UTC')
        for key in [key for key in self.env if key.startswith(('GIT_', 'PATMAN_'))]:
            del self.env[key]
        os.mkdir(f'{top}/home')
        with open(f'{top}/home/.patman', 'w') as settings:
            # As seen from the repository of each case, which the command runs in.
            settings.write('[settings]\nreview_db_dir: ../reviews\n')

    def begin(self, who, database):
        """A new directory; `repo` has the database if there is one."""
        top = tempfile.mkdtemp(dir=self.top)
        for name in 'repo', 'source', 'reviews':
            os.mkdir(f'{top}/{name}')
        run = lambda *args: subprocess.run(['git', '-C', f'{top}/repo', *args], env=self.env, check=True)
        run('init', '-q', '-b', 'main')
        run('-c', 'user.name=T', '-c', 'user.email=t@example.com', 'commit', '-q', '--allow-empty', '-m', 'Begin')
        run('config', 'patman.reviewDbDir', f'{top}/reviews')
        if database:
            self.put(database, f'{top}/repo/.patman.db')
        return top

    def put(self, database, path):
        """A database of tests/data/db, to be changed."""
        shutil.copy(os.path.join(DATA, database), path)
        os.chmod(path, 0o644)

    def run(self, who, top, *args):
        """Run one command; returns the status and what was said."""
        done = self.programs[who].run(args, f'{top}/repo', self.env)
        if 'panicked' in done.stderr:
            report(f'{who} {" ".join(args)}', done.stderr)
        return done.returncode, done.stdout + done.stderr

    def both(self, what, target, source, commands, before='', why='', hidden=False):
        """Run commands by both on the same databases, and compare; where `why` is given they must differ."""
        found = {}
        for who in self.programs:
            top = self.begin(who, target)
            if source:
                self.put(source, f'{top}/source/.patman.db')
            if before:
                sql(f'{top}/repo/.patman.db', before)
            for command in commands:
                status, said = self.run(who, top, *command)
                if status and not why:
                    report(what, f'{who} {command}: {said}')
            parts = [f'{top}/{name}/.patman.db' for name in ('repo', 'reviews')]
            found[who] = {f'{os.path.basename(os.path.dirname(part))} {table}': all_rows for part in parts
                          if os.path.exists(part) for table, all_rows in rows(part, hidden).items()}
            found[who].update(source=[repr(rows(f'{top}/source/.patman.db'))] if source and '16' in source else [])
        said = difference(found['ours'], found['theirs'])
        if why:
            report(f'{what} ({why})', '' if said else 'they do not differ')
        else:
            report(what, said)


def compare(work, pool):
    """The same commands by both."""
    def both(*args):
        begun.append(pool.submit(work.both, *args))

    begun = []
    merge, split, join = ('database', 'merge', '../source'), ('database', 'split'), ('database', 'join')
    empty = '; '.join(f'DELETE FROM {table}' for table in TABLES) + ';'
    for name in (f'patman-v{number:02}.db' for number in (1, 5, 8, 11, 15)):
        both(f'merge {name} into an empty one', 'patman-v16.db', name, [merge], empty)
        both(f'merge {name} into a full one', 'patman-v16.db', name, [merge])
    for name in 'patman-v08.db', 'patman-v13.db':
        both(f'split {name}', name, '', [split])
        both(f'split and join {name}', name, '', [split, join])
    full = 'patman-v16.db'
    both('split replies to patches without a review', full, '', [split], '', 'patman copies them and leaves them too')
    both('split a newest one', full, '', [split], 'DELETE FROM reply WHERE svid NOTNULL')
    both('split and join a newest one', full, '', [split, join], 'DELETE FROM reply WHERE svid NOTNULL')
    both('merge a newest one into an empty one', full, full, [merge], empty)
    both('merge a newest one into a full one', full, full, [merge])
    both('merge own', full, full, [('database', 'merge', '--own', '../source')], empty)
    both('merge reviews', full, full, [('database', 'merge', '--reviews', '../source')], empty)
    both('merge to the database for reviews', full, full, [split, ('database', 'merge', '-R', '../source')], empty)
    both('a dry run', full, full, [('database', '-n', 'merge', '../source')], empty)
    both('split and join what is hidden', full, '', [split, join], '', 'patman forgets what is hidden', True)
    both('versions of a series that is there', full, full, [merge],
              'DELETE FROM ser_ver WHERE id = 3; DELETE FROM pcommit WHERE svid = 3')
    both('when a version was sent', full, full, [merge],
              'DELETE FROM ser_ver WHERE id = 2; DELETE FROM pcommit WHERE svid = 2; DELETE FROM workflow WHERE ser_ver_id = 2',
              'patman leaves what was said of a version that it copies to a series that is there')
    both('a reply that is there', full, full, [merge], "UPDATE series SET name = 'x' WHERE id = 5",
              'patman stops with an error of SQLite')
    both('projects of upstreams', full, full, [merge], "DELETE FROM upstream WHERE name = 'ci'; DELETE FROM patchwork "
              "WHERE upstream = 'us'; INSERT INTO patchwork VALUES ('X', 1, 'x', 'us'); UPDATE upstream SET url = 'z'")
    for one in begun:
        one.result()


def todo(work):
    """Dates of series, at the same minute."""
    commands = [('workflow', 'todo', '-s', 'mmc', '3'), ('workflow', 'todo', '-s', 'dm-naïve'),
                ('workflow', 'todo', '-s', 'mmc2', '0'), ('workflow', 'todo', '-s', 'dm-naïve', '--', '-2'),
                ('workflow', 'todo', '-s', 'dm-naïve', '--clear'), ('workflow', 'todo', '-s', 'us-498633-review', '1')]
    found = {}
    for who in work.programs:
        top = work.begin(who, 'patman-v16.db')
        for command in commands:
            status, said = work.run(who, top, *command)
            if status:
                report('dates', f'{who} {command}: {said}')
        with sqlite3.connect(f'{top}/repo/.patman.db') as database:
            # The two do not run in the same second.
            found[who] = {'workflow': [repr(row) for row in database.execute(
                'SELECT id, type, series_id, substr(timestamp, 1, 10), length(timestamp), archived, ser_ver_id FROM workflow')]}
        database.close()
        lists = [work.run('theirs', top, 'workflow', 'list', '-a')[1], work.run('theirs', top, 'workflow', 'todo-list', '--all')[1]]
        report(f'patman lists the dates that {who} are', '' if 'mmc' in lists[0] and 'mmc' in lists[1] else str(lists))
    report('dates', difference(found['ours'], found['theirs']))
    top = work.begin('ours', 'patman-v16.db')
    failed = work.run('ours', top, 'workflow', 'todo', '-s', 'nope')[0]
    work.run('theirs', top, 'workflow', 'todo', '-s', 'nope')
    with sqlite3.connect(f'{top}/repo/.patman.db') as database:
        nobody = database.execute('SELECT count(*) FROM workflow WHERE series_id IS NULL').fetchone()[0]
    database.close()
    status, said = work.run('ours', top, 'workflow', 'list', '-a')
    problem = '' if (failed, nobody, status) == (1, 1, 0) else f'{failed} {nobody} {status} {said}'
    report('a date of a series that is not known (patman writes one)', problem)


def together(work):
    """One after the other on the same databases."""
    top = work.begin('ours', 'patman-v16.db')
    sql(f'{top}/repo/.patman.db', "DELETE FROM series WHERE name = 'orphan'")
    def listed():
        lists = [('series', 'ls', '-A'), ('series', 'ls', '-r'), ('series', 'summary'), ('workflow', 'list', '-a'), ('upstream', 'ls')]
        return [work.run('theirs', top, *line) for line in lists]
    before, replies = listed(), work.run('theirs', top, 'review', '--replies')
    work.run('ours', top, 'db', 'split')
    report('patman finds the replies in the database that was split off',
           '' if 'Fred' in work.run('theirs', top, 'review', '--replies')[1] else str(replies))
    report('both list the reviews of that', '' if 'us-498633-review' in work.run('ours', top, 'review', 'list', '--all')[1] else 'no')
    work.run('ours', top, 'db', 'join')
    after = listed()
    report('patman lists the same after split and join', '' if after == before and not after[0][0] else f'{before}\n{after}')
    for one, other in (('ours', 'theirs'), ('theirs', 'ours')):
        top = work.begin(one, 'patman-v16.db')
        # patman leaves a copy of those behind.
        sql(f'{top}/repo/.patman.db', 'DELETE FROM reply WHERE svid NOTNULL')
        whole = rows(f'{top}/repo/.patman.db', False)
        status = work.run(one, top, 'database', 'split')[0], work.run(other, top, 'database', 'join')[0]
        found = {table: len(all_rows) for table, all_rows in rows(f'{top}/repo/.patman.db', False).items()}
        wanted = {table: len(all_rows) for table, all_rows in whole.items()}
        report(f'split by {one}, joined by {other}', '' if status == (0, 0) and found == wanted else f'{status} {found} {wanted}')
        top = work.begin(one, 'patman-v16.db')
        sql(f'{top}/repo/.patman.db', 'DELETE FROM reply WHERE svid NOTNULL')
        work.run(one, top, 'database', 'split')
        shutil.copy(f'{top}/repo/.patman.db', f'{top}/source/.patman.db')
        sql(f'{top}/repo/.patman.db', '; '.join(f'DELETE FROM {table}' for table in TABLES))
        status = work.run(other, top, 'database', 'merge', '../source')[0], work.run(other, top, 'database', 'merge', '../reviews')[0]
        found = {table: len(all_rows) for table, all_rows in rows(f'{top}/repo/.patman.db', False).items()}
        report(f'parts of {one}, merged by {other}', '' if status == (0, 0) and found == wanted else f'{status} {found} {wanted}')


def main():
    """Run all."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    programs = {'ours': os.path.abspath(sys.argv[1]), 'theirs': shutil.which(sys.argv[2])}
    for who, program in programs.items():
        if not program or not os.path.exists(program):
            sys.exit(f'{who}: {program} is not there')
    with tempfile.TemporaryDirectory() as top:
        work = Work(os.path.realpath(top), {who: forked.Program(program) for who, program in programs.items()})
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            compare(work, pool)
        todo(work)
        together(work)
    print(f'{failures} failed')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
