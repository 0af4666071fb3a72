#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Press TAB in real shells: bash, zsh and fish, after 'git patman' and after 'git-patman'.

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
        known = list(shells(home, env))
        for name, _, _ in known:
            if not shutil.which(name):
                sys.exit(f'completion.py: {name} must be installed')
        with concurrent.futures.ProcessPoolExecutor(len(known)) as pool:
            bad = sum(pool.map(tried, known, [env] * len(known), [repo] * len(known)))
    print(f'{bad} completions are wrong')
    sys.exit(1 if bad else 0)


main()
