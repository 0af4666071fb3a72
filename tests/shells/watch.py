#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keep 'git patman review list --watch' on a terminal: what it shows, when it draws again, how it leaves.

usage: watch.py PATH-TO-git-patman

Exit 1 if something is not as wanted.
"""
import fcntl, os, pty, re, select, shutil, signal, struct, subprocess, sys, tempfile, termios, time

PROGRAM = os.path.abspath(sys.argv[1])
ENTER, LEAVE = '\x1b[?1049h', '\x1b[?1049l'
bad = 0


def expect(what, is_so, seen=''):
    global bad
    if not is_so:
        bad += 1
        print(f'{what}: {seen!r}')


class Box:
    """A repository, and a git that writes down each time that it is run."""

    def __init__(self, top):
        self.top, self.repo, self.log = top, os.path.join(top, 'repo'), os.path.join(top, 'log')
        bin = os.path.join(top, 'bin')
        for path in [bin, os.path.join(top, 'home')]:
            os.makedirs(path)
        open(os.path.join(bin, 'git'), 'w').write(f'#!/bin/sh\necho "$*" >>"{self.log}"\nexec {shutil.which("git")} "$@"\n')
        os.chmod(os.path.join(bin, 'git'), 0o755)
        self.env = {'HOME': os.path.join(top, 'home'), 'PATH': bin + ':/usr/local/bin:/usr/bin:/bin', 'TERM': 'xterm',
                    'LC_ALL': 'C.UTF-8', 'GIT_CONFIG_NOSYSTEM': '1'}
        self.run('git', 'init', '-q', self.repo, cwd=top)
        for key, value in [('user.name', 'Ada'), ('user.email', 'ada@example.com')]:
            self.run('git', 'config', key, value)
        open(os.path.join(self.repo, 'one.c'), 'w').write('one\n')
        self.run('git', 'add', '-A')
        self.run('git', 'commit', '-q', '-m', 'Begin')

    def run(self, *args, cwd=None):
        return subprocess.run(args, env=self.env, cwd=cwd or self.repo, capture_output=True, text=True, check=True).stdout

    def start(self, name, title):
        mbox = os.path.join(self.top, name + '.mbox')
        open(mbox, 'w').write(
            'From a Thu Jan  1 00:00:00 2026\nFrom: Ada <ada@example.com>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n'
            f'Subject: [PATCH] {title}\n\nWhy.\n---\ndiff --git a/{name}.c b/{name}.c\nnew file mode 100644\n--- /dev/null\n'
            f'+++ b/{name}.c\n@@ -0,0 +1 @@\n+{name}\n')
        self.run(PROGRAM, 'review', 'start', '--name', name, mbox)

    def count_git(self):
        return open(self.log).read().count('\n') if os.path.exists(self.log) else 0


class Watch:
    """The program on a terminal of its own."""

    def __init__(self, box, *args):
        self.main, self.side = pty.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self.side)
        self.child = subprocess.Popen([PROGRAM, 'review', 'list', *args], env=box.env, cwd=box.repo, stdin=self.side,
                                      stdout=self.side, stderr=self.side, preexec_fn=self.own, close_fds=True)
        self.seen = ''

    def own(self):
        os.setsid()
        fcntl.ioctl(self.side, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def until(self, fits, most=20.0):
        """What comes until it fits; a slow machine is given time."""
        seen, end = '', time.monotonic() + most
        while not fits(seen) and time.monotonic() < end:
            if select.select([self.main], [], [], 0.2)[0]:
                try:
                    seen += os.read(self.main, 65536).decode('utf-8', 'replace')
                except OSError:
                    break
        self.seen += seen
        return seen

    def send(self, keys):
        os.write(self.main, keys)

    def end(self, what, status):
        """It has left, and the terminal is as it was."""
        seen = self.until(lambda seen: LEAVE in seen)
        expect(f'{what}: the screen', LEAVE in seen and '\x1b[?25h' in seen and '\x1b[?7h' in seen, seen)
        try:
            expect(f'{what}: the status', self.child.wait(10) == status, self.child.returncode)
        except subprocess.TimeoutExpired:
            expect(f'{what}: it does not end', False)
            self.child.kill()
            self.child.wait()
        expect(f'{what}: the settings of the terminal', termios.tcgetattr(self.side) == self.before)
        os.close(self.main)
        os.close(self.side)


def lines(frame):
    """The last frame, without what is not text."""
    last = frame.split('\x1b[H')[-1]
    return [re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', line).rstrip('\r') for line in last.split('\r\n')]


def shows(frame, *words):
    """Whether a whole frame has all the words."""
    return any(piece.rstrip().endswith('\x1b[J') and all(word in piece for word in words) for piece in frame.split('\x1b[H'))


def cpu(pid):
    fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def main():
    with tempfile.TemporaryDirectory() as top:
        box = Box(top)
        box.start('one', 'one: A title that is long enough to be cut on a terminal of few columns')

        watch = Watch(box, '--watch=600')
        seen = watch.until(lambda seen: shows(seen, 'one', 'applied'))
        expect('the list', ENTER in seen and shows(seen, 'one', 'applied'), seen)
        expect('the width', all(len(line) <= 80 for line in lines(seen)), lines(seen))
        echo = termios.tcgetattr(watch.side)[3] & (termios.ECHO | termios.ICANON)
        expect('keys are not shown', echo == 0, echo)

        # Nothing changes: nothing is drawn, no git is run, and hardly any time is used.
        runs, used = box.count_git(), cpu(watch.child.pid)
        seen = watch.until(lambda seen: False, 4.0)
        expect('quiet', seen == '', seen)
        used = cpu(watch.child.pid) - used
        expect('time used in 4 s', used <= 0.4, used)
        watch.send(b' ')
        seen = watch.until(lambda seen: shows(seen, 'applied'))
        expect('a key that draws again', shows(seen, 'applied'), seen)
        expect('no git is run', box.count_git() == runs, open(box.log).read())

        # Another process starts a review, and removes one.
        box.start('two', 'two: Another')
        seen = watch.until(lambda seen: shows(seen, 'two: Another'))
        expect('what has changed', shows(seen, 'two: Another'), seen)
        runs = box.count_git()
        watch.until(lambda seen: False, 1.5)
        expect('no git is run for a change', box.count_git() == runs, open(box.log).read())
        box.run('git', 'update-ref', 'refs/patman/one/v1-stopped', 'HEAD')
        seen = watch.until(lambda seen: shows(seen, 'stopped'))
        expect('a ref that has changed', shows(seen, 'stopped'), seen)
        box.run('git', 'update-ref', '-d', 'refs/patman/one/v1-stopped')

        watch.resize(5, 60)
        seen = watch.until(lambda seen: shows(seen, 'two'))
        expect('another size', shows(seen, 'two') and all(len(line) <= 60 for line in lines(seen)), lines(seen))
        watch.resize(3, 60)
        seen = watch.until(lambda seen: shows(seen, '... and 2 more'))
        expect('few lines', shows(seen, '... and 2 more') and len(lines(seen)) <= 3, lines(seen))
        watch.send(b'q')
        watch.end('q', 0)

        watch = Watch(box, '--watch=1')
        watch.until(lambda seen: shows(seen, 'applied'))
        seen = watch.until(lambda seen: seen.count('\x1b[H') >= 2, 10.0)
        expect('each second', seen.count('\x1b[H') >= 2, seen)
        watch.send(b'\x03')
        watch.end('Ctrl-C', 0)

        for number in [signal.SIGTERM, signal.SIGINT]:
            watch = Watch(box, '--watch')
            watch.until(lambda seen: shows(seen, 'applied'))
            watch.child.send_signal(number)
            watch.end(number.name, -number)

        done = subprocess.run([PROGRAM, 'review', 'list', '--watch'], env=box.env, cwd=box.repo, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)
        said = 'error: --watch requires a terminal'
        expect('in a pipe', done.returncode == 2 and said in done.stderr and done.stdout == '', done)
    print(f'{bad} things are not as wanted')
    sys.exit(1 if bad else 0)


main()
