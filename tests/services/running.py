"""Runs `oln` in a process of its own, as an operator does, in a folder of its own."""

import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

Done = subprocess.CompletedProcess[str]


def environment(home: Path, **settings: str) -> dict[str, str]:
    plain = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "PYTHONPATH": str(ROOT), "OLN_HOME": str(home)}
    return plain | settings


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "import cli; cli.run()", *words]


def oln_at(home: Path, *words: str, **settings: str) -> Done:
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment(home, **settings))


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
