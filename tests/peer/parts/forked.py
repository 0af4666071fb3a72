# SPDX-License-Identifier: GPL-2.0-or-later
"""Run patman many times without waiting for Python to start, which is nine tenths of each of its commands.

`Program.run` takes and returns what `subprocess.run` does. A server (see forked_server.py) has imported patman once for each home
and locale, as libgit2 and Python look at those only when they start, and forks for each command.
"""
import atexit
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading

STARTING = ('HOME', 'XDG_CONFIG_HOME', 'LC_ALL', 'LANG', 'USER')


class Program:
    """A program, which may be patman or any other."""

    def __init__(self, path):
        self.path, self.servers, self.lock, self.ran = os.path.abspath(path), {}, threading.Lock(), 0
        with open(self.path, 'rb') as file:
            first = file.readline().decode('utf-8', 'replace').strip()
        self.python = first[2:].strip() if first.startswith('#!') and 'python' in first else None

    def server(self, env):
        """The address of the server for an environment; it is started if there is none."""
        key = tuple(env.get(name) for name in STARTING)
        with self.lock:
            if key not in self.servers:
                top = tempfile.TemporaryDirectory(prefix='forked-')
                path = os.path.join(top.name, 'socket')
                here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'forked_server.py')
                child = subprocess.Popen([*self.python.split(), '-B', here, path, self.path], env=env,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                if child.stdout.readline() != b'ready\n':
                    raise OSError(f'{self.path} cannot be imported')
                self.servers[key] = path
                atexit.register(lambda: (child.stdin.close(), child.wait(), top.cleanup()))
            return self.servers[key]

    def run(self, args, cwd=None, env=None, timeout=120):
        """Run it once, with no input; output and errors are text."""
        env = dict(os.environ if env is None else env)
        self.ran += 1
        if not self.python:
            return subprocess.run([self.path, *args], cwd=cwd, env=env, text=True, errors='replace', capture_output=True,
                                  timeout=timeout, stdin=subprocess.DEVNULL, check=False)
        with socket.socket(socket.AF_UNIX) as connection, open(os.devnull, 'rb') as nothing, \
                tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            connection.settimeout(timeout)
            connection.connect(self.server(env))
            request = json.dumps({'args': args, 'cwd': os.path.abspath(cwd or '.'), 'env': env}).encode() + b'\n'
            sent = socket.send_fds(connection, [request], [file.fileno() for file in (nothing, out, err)])
            connection.sendall(request[sent:])
            with connection.makefile('r') as answers:
                child = answers.readline()
                try:
                    status = answers.readline()
                except TimeoutError:
                    os.killpg(int(child), signal.SIGKILL)
                    raise subprocess.TimeoutExpired([self.path, *args], timeout) from None
            if not status:
                raise OSError(f'{self.path} {" ".join(args)}: its server ended')
            said = []
            for file in out, err:
                file.seek(0)
                said.append(file.read().decode('utf-8', 'replace'))
        return subprocess.CompletedProcess([self.path, *args], int(status), *said)
