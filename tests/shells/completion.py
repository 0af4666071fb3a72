#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Press TAB in real shells: bash, zsh and fish, after 'git patman' and after 'git-patman'. Names that mean something to a
shell are offered so that the command gets them as they are, and are never run.

usage: completion.py PATH-TO-git-patman

The files are installed by 'git patman util install --user' into a home of their own. Every shell must be there: one that is
absent is a failure. Exit 1 if a completion is not as wanted.
"""
import concurrent.futures, os, pty, re, select, shutil, sqlite3, subprocess, sys, tempfile, time

PROGRAM = os.path.abspath(sys.argv[1])
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')


def run(*args, env, cwd=None):
    return subprocess.run(args, env=env, cwd=cwd, capture_output=True, text=True, check=True).stdout


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, argv, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        # Its prompt comes when the start-up file has been read, which takes a slow machine a while.
        seen, end = '', time.monotonic() + 60
        while '$ ' not in seen and time.monotonic() < end:
            seen += self.read(0.5)
        self.read(1.5)

    def read(self, quiet, most=15.0):
        """What comes until nothing has come for `quiet` seconds."""
        seen, end = b'', time.monotonic() + most
        while time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], quiet)
            if not ready:
                break
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                break
            if not piece:
                break
            if b'\x1b[c' in piece or b'\x1b[0c' in piece:
                os.write(self.fd, b'\x1b[?62;c')
            seen += piece
        return re.sub(r'\x1b[\[\]()][0-9;?<>=]*[A-Za-z]?', '', seen.decode('utf-8', 'replace'))

    def tab(self, line, tabs, is_enough):
        """What is offered for `line`; a slow machine is given ten seconds."""
        os.write(self.fd, b'\x15' + line.encode())
        self.read(0.5)
        seen = ''
        for _ in range(tabs):
            os.write(self.fd, b'\t')
            seen += self.read(0.8)
        end = time.monotonic() + 10
        while not is_enough(seen) and time.monotonic() < end:
            seen += self.read(0.5)
        os.write(self.fd, b'\x03')
        self.read(0.3)
        return seen

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def shells(home, env):
    """Each shell with a start-up file that loads nothing but what is needed."""
    git_bash = next((path for path in ['/usr/share/bash-completion/completions/git',
                                       '/usr/share/git/completion/git-completion.bash'] if os.path.exists(path)), None)
    if not git_bash or not os.path.exists('/usr/share/bash-completion/bash_completion'):
        sys.exit('completion.py: bash-completion and the completion of git must be installed')
    open(os.path.join(home, '.bashrc'), 'w').write(
        f"PS1='$ '\nbind 'set enable-bracketed-paste off'\n. /usr/share/bash-completion/bash_completion\n. {git_bash}\n")
    open(os.path.join(home, '.zshrc'), 'w').write(
        "PS1='$ '\nunset zle_bracketed_paste\nfpath+=(\"$HOME/.local/share/zsh/site-functions\")\n"
        "autoload -U compinit && compinit -u\n")
    os.makedirs(os.path.join(home, '.config/fish'), exist_ok=True)
    open(os.path.join(home, '.config/fish/config.fish'), 'w').write("function fish_prompt; echo '$ '; end\nset -g fish_greeting\n")
    yield 'bash', ['bash', '-i'], 2
    yield 'zsh', ['zsh', '-i'], 1
    yield 'fish', ['fish', '-i'], 1


CASES = [
    # What is typed, what must be offered, what must not.
    ('{} ', ['review', 'db'], []),
    ('{} review sta', ['start'], ['prune']),
    ('{} review show one', ['one-spell-numbers'], []),
    ('{} review remove --f', ['force'], []),
    ('{} series -s vid', ['video'], ['vidold']),
    ('{} series unarchive -s vid', ['vidold'], ['video']),
]


# Names of series that are something else to a shell; those of ODD_BRANCHES are branches as well. 'x' is made by none of them.
ODD = ['a$(touch x)', 'b`touch x`', '*', "c'd", 'e f', '~g', ';h', '&i', '|touch x', '$HOME', '"j', '\\k', '!l', '#m', '{n,o}', '<p',
       '?', '[a-z]', '(touch x)', 'q\\$(touch x)', '=ls', 'é']
ODD_BRANCHES = ['a$(touch${IFS}x)', ";h", "c'd", 'b`touch`', '&i', '|x', '#m', '{n,o}', '"j', '$HOME', '!l', '(y)', '=ls']
# Nobody can type these as a name.
UNTYPED = ['-x', '--force', 'r\ns', 't\x1b[31m', 'u\u202ev', 'w\tz']


def tried_odd(known, env, repo):
    """Completes odd names and presses Enter: the command, a stand-in that notes its words, must get the name itself."""
    (shell_name, argv, tabs), bad = known, 0
    place = os.path.join(os.path.dirname(repo), 'odd-' + shell_name)
    shutil.copytree(repo, place)
    noted = os.path.join(place, 'noted')
    env = dict(env, NOTED=noted, PATH=os.path.join(os.path.dirname(repo), 'stand-in') + ':' + env['PATH'])
    database = sqlite3.connect(os.path.join(place, '.git/patman/.patman.db'))
    for name in ODD + UNTYPED:
        database.execute('INSERT INTO series (name, desc, archived) VALUES (?, ?, 0)', (name, 'x$(touch x)`touch x`\x1b[31m'))
    database.commit()
    database.close()
    head = run('git', 'rev-parse', 'HEAD', env=env, cwd=place).strip()
    for name in ODD_BRANCHES:
        run('git', 'update-ref', 'refs/heads/' + name, head, env=env, cwd=place)
    before = sorted(os.listdir(place))
    cases = [(program, 'series -s', name) for program in ['git patman', 'git-patman'] for name in ODD]
    cases += [('git patman', 'review start --onto', name) for name in ODD_BRANCHES]
    shell = Shell(argv, env, place)
    for program, line, name in cases:
        typed = first_typed(shell_name, name)
        os.path.exists(noted) and os.remove(noted)
        os.write(shell.fd, b'\x15' + f'{program} {line} {typed}'.encode())
        shell.read(0.3)
        os.write(shell.fd, b'\t')
        seen = shell.read(0.6)
        end = time.monotonic() + 10
        got = None
        os.write(shell.fd, b'\r')
        while time.monotonic() < end:
            seen += shell.read(0.3)
            if os.path.exists(noted):
                got = open(noted, newline='').read().split('\0')[:-1]
                break
        if got is None or got[-1].rstrip(' ') != name:
            bad += 1
            print(f'{shell_name}: {program} {line} {typed!r}<TAB> gives {got!r} for {name!r}: {seen!r}', flush=True)
            os.write(shell.fd, b'\x03')
            shell.read(0.3)
        extra = [one for one in sorted(os.listdir(place)) if one not in before + ['noted']]
        if extra:
            bad += 1
            print(f'{shell_name}: {program} {line} {typed!r}<TAB> has made {extra}', flush=True)
            for one in extra:
                os.remove(os.path.join(place, one))
    # All of them at once, and those that cannot be typed.
    for line in ['series -s ', 'review start --onto ']:
        seen = shell.tab(f'git patman {line}', 2, lambda seen: False)
        wrong = [name for name in ['--force', 'r\ns', '\x1b[31m', 'u\u202ev'] if name in seen]
        extra = [one for one in sorted(os.listdir(place)) if one not in before + ['noted']]
        if wrong or extra:
            bad += 1
            print(f'{shell_name}: git patman {line!r}<TAB> offers {wrong!r}, makes {extra!r}: {seen!r}', flush=True)
    shell.close()
    return bad


def first_typed(shell, name):
    """What one types of a name, so that no other begins so: all that is plain, and the next character in quotes."""
    escape = lambda text: ''.join('\\' + char if char in '\\$`*\'" ~;&|!#{}<>?[]()=,' else char for char in text)
    return escape(name[:2] if len(name) > 2 else name)


def tried(known, env, repo):
    """Tries all cases in one shell; returns how many are not as wanted."""
    (name, argv, tabs), bad = known, 0
    for program in ['git patman', 'git-patman', 'git -C . patman']:
        shell = Shell(argv, env, repo)
        own = ('git chec', ['checkout'], [])
        for line, wanted, unwanted in [own] + CASES:
            typed = line.format(program)
            last = typed.split(' ')[-1]

            def missing(seen):
                # A single answer, or what all have in common, is typed: only what was missing of it comes.
                typed_for_us = (last + re.split(r'[\s\x07]', seen.strip())[0]).lstrip('-')
                is_typed = len(typed_for_us) > len(last.lstrip('-'))
                return [w for w in wanted if w not in seen and not (is_typed and w.startswith(typed_for_us))]

            seen = shell.tab(typed, tabs, lambda seen: not missing(seen))
            extra = [w for w in unwanted if w in seen]
            if missing(seen) or extra:
                bad += 1
                print(f'{name}: {typed!r} offers {seen!r}: missing {missing(seen)}, unwanted {extra}', flush=True)
        shell.close()
    return bad


def main():
    with tempfile.TemporaryDirectory() as top:
        home, repo = os.path.join(top, 'home'), os.path.join(top, 'repo')
        os.makedirs(home)
        env = {'HOME': home, 'PATH': os.path.dirname(PROGRAM) + ':/usr/local/bin:/usr/bin:/bin', 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8',
               'GIT_CONFIG_NOSYSTEM': '1', 'COLUMNS': '120', 'LINES': '50'}
        run('git', 'init', '-q', repo, env=env)
        identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
        open(os.path.join(repo, 'one.c'), 'w').write('one\n')
        run('git', 'add', '-A', env=env, cwd=repo)
        run('git', *identity, 'commit', '-q', '-m', 'Begin', env=env, cwd=repo)
        mbox = os.path.join(top, 'one.mbox')
        open(mbox, 'w').write(
            'From a Thu Jan  1 00:00:00 2026\nFrom: Ada <ada@example.com>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n'
            'Subject: [PATCH] one: Spell numbers\n\nWhy.\n---\ndiff --git a/one.c b/one.c\n--- a/one.c\n+++ b/one.c\n'
            '@@ -1 +1 @@\n-one\n+two\n')
        run(PROGRAM, 'review', 'start', mbox, env=env, cwd=repo)
        database = sqlite3.connect(os.path.join(repo, '.git/patman/.patman.db'))
        database.execute("INSERT INTO series (name, desc, archived) VALUES ('video', 'Faster', 0), ('vidold', 'Slower', 1)")
        database.commit()
        database.close()
        run(PROGRAM, 'util', 'install', '--user', env=env, cwd=repo)
        # git finds it before the program itself, which it runs for completions; all else it notes.
        os.makedirs(os.path.join(top, 'stand-in'))
        stand_in = os.path.join(top, 'stand-in', 'git-patman')
        open(stand_in, 'w').write(
            f'#!/bin/sh\n[ -z "$COMPLETE" ] || exec {PROGRAM} "$@"\nprintf "%s\\0" "$@" > "$NOTED.new"; mv "$NOTED.new" "$NOTED"\n')
        os.chmod(stand_in, 0o755)
        known = list(shells(home, env))
        for name, _, _ in known:
            if not shutil.which(name):
                sys.exit(f'completion.py: {name} must be installed')
        with concurrent.futures.ProcessPoolExecutor(len(known)) as pool:
            bad = sum(pool.map(tried, known, [env] * len(known), [repo] * len(known)))
            bad += sum(pool.map(tried_odd, known, [env] * len(known), [repo] * len(known)))
    print(f'{bad} completions are wrong')
    sys.exit(1 if bad else 0)


main()
