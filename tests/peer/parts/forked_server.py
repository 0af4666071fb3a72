# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a Python program over and over without starting Python: import what it imports, then fork for each run.

usage: forked_server.py SOCKET PROGRAM

Each connection to SOCKET brings three open files (input, output, errors) and a line of JSON: the arguments, the directory and
the environment. A child of a child becomes the program, from its first line to the end of its interpreter, exactly as if it
had been started; its process id and then its status go back. Ends when its own input does.
"""
import gc
import json
import os
import runpy
import select
import socket
import sys
import time


def receive(connection):
    """The files and the request of one connection."""
    data, files, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while not data.endswith(b'\n'):
        more = connection.recv(1 << 16)
        if not more:
            os._exit(1)
        data += more
    return files, json.loads(data)


def serve(listening, program):
    """Answer connections; returns in the process that is to become the program, and never in another."""
    while True:
        ready, _, _ = select.select([listening, 0], [], [], 1)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if 0 in ready and not os.read(0, 1):
            os._exit(0)
        if listening not in ready:
            continue
        connection, _ = listening.accept()
        if os.fork():
            connection.close()
            continue
        listening.close()
        files, request = receive(connection)
        child = os.fork()
        if not child:
            connection.close()
            os.setsid()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            os.chdir(request['cwd'])
            os.environ.clear()
            os.environ.update(request['env'])
            time.tzset()
            sys.argv = [program, *request['args']]
            return
        connection.sendall(f'{child}\n'.encode())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(f'{status}\n'.encode())
        os._exit(0)


def main():
    """Import, tell that it is done, and serve."""
    path, program = sys.argv[1:]
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    # Only what stands under `if __name__ == '__main__'` is left out.
    runpy.run_path(program, run_name='imported')
    # Or each run would copy all memory, in looking for what it could free.
    gc.freeze()
    listening.listen(64)
    print('ready', flush=True)
    serve(listening, program)
    sys.path[0] = os.path.dirname(program)
    runpy.run_path(program, run_name='__main__')


main()
