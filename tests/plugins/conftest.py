"""The dummy plugin, installed as any third party's would be: a wheel made by its own build backend, found by its entry
point through `importlib.metadata`."""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import administer, copied, named
from tests.plugins.asking import make_land

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


@pytest.fixture(scope="session")
def sqlite_land(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the core's tables, as its revisions make them, and the territory; to be copied."""
    home = tmp_path_factory.mktemp("land")
    make_land(f"sqlite:///{home / 'oln.db'}", home)
    return home / "oln.db"


@pytest.fixture(scope="session")
def postgresql_land(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database of the same, to be copied."""
    administer(postgresql, "CREATE DATABASE land")
    make_land(named(postgresql, "land"), tmp_path_factory.mktemp("land"))
    return "land"


@pytest.fixture(params=["sqlite", "postgresql"])
def land(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that awaits a plugin; once for each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_land"), tmp_path / "oln.db")
        yield f"sqlite:///{tmp_path / 'oln.db'}"
    else:
        yield from copied(request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_land"))
