"""A comparison that nobody has run since something changed may not run any more: each is run small, for its table."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

SMALL = (
    "read_path/run.py 1 60",
    "imports/run.py --persons 500",
    "imports/readings.py --readings 300",
    "imports/trail.py --children 40 --months 1",
)
APART = {"scoring/run.py"}  # it trains on what half a minute makes; tests/unit/test_model.py trains on less


@pytest.mark.parametrize("words", SMALL)
def test_a_benchmark_runs_to_its_table(words: str) -> None:
    name, *rest = words.split()
    done = subprocess.run([sys.executable, str(ROOT / "benchmarks" / name), *rest], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "SQLite" in done.stdout and "PostgreSQL" in done.stdout


def test_every_benchmark_is_run() -> None:
    there = {f"{file.parent.name}/{file.name}" for file in (ROOT / "benchmarks").glob("*/*.py")}
    assert there == {words.split()[0] for words in SMALL} | APART
