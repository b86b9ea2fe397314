"""Runs `oln` in a process of its own, as an operator does, in a folder of its own."""

import atexit
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.house.tree import ROOT

WARM = ROOT / "tests" / "warm"
Done = subprocess.CompletedProcess[str]


def environment(home: Path, **settings: str) -> dict[str, str]:
    plain = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "PYTHONPATH": str(ROOT), "OLN_HOME": str(home)}
    return plain | settings


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "import cli; cli.run()", *words]


def oln_at(home: Path, *words: str, **settings: str) -> Done:
    env, nothing = environment(home, **settings), subprocess.DEVNULL
    return subprocess.run([*warm(), *words], stdin=nothing, capture_output=True, text=True, env=env)


@cache
def warm() -> tuple[str, ...]:
    """Return the words before a command that a waiting process runs (`tests/warm`); it ends with this one."""
    folder = tempfile.TemporaryDirectory(prefix="oln")
    address = str(Path(folder.name, "line"))
    wait, pipe = [sys.executable, str(WARM / "wait.py"), address], subprocess.PIPE
    waiting = subprocess.Popen(wait, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    assert waiting.stdin and waiting.stdout
    assert waiting.stdout.readline() == "waiting\n"
    atexit.register(folder.cleanup)
    atexit.register(waiting.communicate)
    return sys.executable, "-I", str(WARM / "ask.py"), address


def begun(home: Path, *words: str, **settings: str) -> "subprocess.Popen[str]":
    """Start a command that is stopped before it ends."""
    env, pipe = environment(home, **settings), subprocess.PIPE
    return subprocess.Popen(command(*words), env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def refusal(home: Path, *words: str, **settings: str) -> str:
    """Return the one sentence with which a command refuses."""
    done = oln_at(home, *words, **settings | {"COLUMNS": "400"})
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("✗ ")
    assert done.stderr.count("✗") == 1
    return " ".join(done.stderr.split())
