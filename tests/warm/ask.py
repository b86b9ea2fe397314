"""`oln WORD ...` in a fork of a process that waits with the libraries imported (`wait.py`); serving starts plainly.

python -I tests/warm/ask.py SOCKET WORD ...
"""

import json
import os
import socket
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLAIN = f"import sys; sys.path.insert(0, {ROOT!r}); import cli; cli.run()"
SERVING = ("serve", "work")


def ask(address: str, words: list[str]) -> int:
    """Have a command run with our own files, and return how it ended."""
    if words[:1] and words[0] in SERVING:
        os.execv(sys.executable, [sys.executable, "-c", PLAIN, *words])
    said = json.dumps({"words": words, "environment": dict(os.environ), "folder": os.getcwd()}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(address)
        socket.send_fds(line, [len(said).to_bytes(4, "big")], [0, 1, 2])
        line.sendall(said)
        return int.from_bytes(line.recv(1) or b"\xff", "big")


if __name__ == "__main__":
    sys.exit(ask(sys.argv[1], sys.argv[2:]))
