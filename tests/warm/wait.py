"""A process that waits with the libraries of `oln` imported, and forks for whoever asks (`ask.py`).

To import them takes a second of a processor, and the tests run `oln` some two hundred times. What a process has of its
own is the caller's: words, environment, folder, input, outputs and exit code; and `cli` itself is imported anew.

    python tests/warm/wait.py SOCKET      ends when its standard input does
"""

import atexit
import json
import os
import select
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("app", "polars", "typer", "rich.console", "rich.progress", "alembic.command", "core.services.extracts")
HEAVY += ("scoring.demo", "scoring.train", "scoring.services", "catboost", "uvicorn", "psycopg", "core.upgrade")


def wait(address: str) -> None:
    sys.path.insert(0, str(ROOT))
    for name in HEAVY:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(address)
        door.listen()
        print("waiting", flush=True)
        while sys.stdin not in select.select([door, sys.stdin], [], [])[0]:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _keep(line)
            line.close()


def _keep(line: socket.socket) -> None:
    """Run one command in a child, wait for it and say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _, _ = socket.recv_fds(line, 4, 3)
    said = b""
    while len(said) < int.from_bytes(size, "big"):
        said += line.recv(1 << 16)
    child = os.fork()
    if child == 0:
        _run(json.loads(said), files)
    _, status = os.waitpid(child, 0)
    line.sendall(bytes([os.waitstatus_to_exitcode(status) & 255]))
    os._exit(0)


def _run(said: dict[str, Any], files: list[int]) -> None:
    for place, file in enumerate(files):
        os.dup2(file, place)
    os.environ.clear()
    os.environ.update(said["environment"])
    os.chdir(said["folder"])
    tempfile.tempdir = None
    sys.argv = ["oln", *said["words"]]
    code = 1
    try:
        import_module("cli").run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    wait(sys.argv[1])
