"""Nothing of the machine that wrote it: no absolute path, no package host, no secret."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, kept, plant

TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".txt",
    ".csv",
    ".json",
    ".graphql",
    ".yml",
    ".yaml",
    ".cfg",
    ".mjs",
    ".sh",
    "",
}
FORBIDDEN = {
    "an absolute path": re.compile(r"(?<![\w.:/~$}])/(?:home|root|Users|work|workspace|mnt|private|opt/venv)/[\w.-]+"),
    "a temporary path": re.compile(r"(?<![\w.:/~$}])/tmp/[\w.-]+"),
    "a package host": re.compile(
        r"--(?:extra-)?index-url|--find-links|--trusted-host|(?:artifactory|nexus|pypi)\.[\w.-]+/"
    ),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a token": re.compile(r"\b(?:ghp_|github_pat_|glpat-|sk-|xox[abp]-|AKIA)[A-Za-z0-9_-]{16,}"),
    "a signed token": re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"),
    "a password in an address": re.compile(r"\b[a-z][a-z+]*://[^\s/:@\"'{}<>]+:[^\s/@\"'{}<>]+@"),
    "an address of a private network": re.compile(
        r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b"
    ),
}
HERE = Path(__file__).name  # it has to name what it looks for


def found_in(root: Path) -> Iterator[str]:
    for path in kept(root):
        if path.suffix in TEXTS and path.name != HERE:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                for what, pattern in FORBIDDEN.items():
                    if pattern.search(line):
                        yield f"{path.relative_to(root)}:{number}: {what}"


def test_nothing_of_the_machine_stands_in_the_tree() -> None:
    assert list(found_in(ROOT)) == []


def test_each_of_them_would_be_found(tmp_path: Path) -> None:
    samples = {
        "an absolute path": "HOME = '/home/ana/oln'",
        "a temporary path": "log to /tmp/oln.log",
        "a package host": "--index-url https://example.org/simple",
        "a private key": "-----BEGIN EC PRIVATE KEY-----",
        "a token": "ghp_" + "a" * 36,
        "a signed token": ".".join(("eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 43)),
        "a password in an address": "postgresql://oln:hunter2@db/oln",
        "an address of a private network": "host = 192.168.1.20",
    }
    assert samples.keys() == FORBIDDEN.keys()
    for what, line in samples.items():
        plant(tmp_path, {"a.py": line + "\n"})
        assert list(found_in(tmp_path)) == [f"a.py:1: {what}"]


def test_ordinary_lines_pass(tmp_path: Path) -> None:
    lines = [
        "POST /graphql",
        "https://www.bcn.cl/leychile/navegar?idNorma=1173643",
        "version 10.2.1",
        "~/.oln/keys.json",
    ]
    assert list(found_in(plant(tmp_path, {"a.md": "\n".join(lines)}))) == []
