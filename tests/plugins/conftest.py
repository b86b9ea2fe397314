"""The dummy plugin, installed as any third party's would be: a wheel made by its own build backend, found by its entry
point through `importlib.metadata`."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DUMMY = Path(__file__).with_name("dummy")
INSTALL = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--no-compile")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages that holds the dummy and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    said = subprocess.run(
        [sys.executable, *INSTALL, "--target", str(folder), str(DUMMY)],
        capture_output=True,
        text=True,
        env={"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PATH": "/usr/bin:/bin"},
    )
    assert said.returncode == 0, said.stderr
    return folder


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The dummy, installed for the length of one test."""
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield
