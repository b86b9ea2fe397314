"""A base that is deleted or replaced under the process that has it open: nothing more is written, read or made."""

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.database import make_engine
from core.database_file import check_file
from core.errors import DatabaseGone
from core.host import Host
from core.jobs import Worker
from core.models.organizations import Organization
from tests.factories import an_organization

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
Harm = Callable[[Path], object]


def _replace(file: Path) -> None:
    shutil.copy(file, file.with_suffix(".copy"))
    file.with_suffix(".copy").rename(file)


HARMS = pytest.mark.parametrize("harm", [Path.unlink, _replace, lambda file: file.rename(file.with_name("away"))])


@pytest.fixture
def file(host: Host) -> Path:
    with host.transaction(None, "test") as uow:
        an_organization(uow)
    return Path(host.database.url.database or "")


@HARMS
def test_nothing_is_written_or_read(host: Host, file: Path, harm: Harm) -> None:
    check_file(host.database)
    harm(file)
    with pytest.raises(DatabaseGone), host.transaction(None, "test") as uow:
        an_organization(uow)
    with pytest.raises(DatabaseGone), host.unit_of_work(None, "test", reason="test", reading=True) as uow:
        uow.session.scalars(select(Organization)).all()
    with pytest.raises(DatabaseGone):
        check_file(host.database)


@HARMS
def test_what_was_being_written_is_not_acknowledged(host: Host, file: Path, harm: Harm) -> None:
    with pytest.raises(DatabaseGone), host.transaction(None, "test") as uow:
        an_organization(uow)
        uow.session.flush()
        harm(file)


def test_no_empty_base_is_made_in_its_place(host: Host, file: Path) -> None:
    host.database.dispose()
    file.unlink()
    with pytest.raises(DatabaseGone):
        host.database.connect()
    assert not file.exists()


def test_the_very_file_put_back_goes_on(host: Host, file: Path) -> None:
    away = file.rename(file.with_name("away"))
    with pytest.raises(DatabaseGone):
        check_file(host.database)
    away.rename(file)
    with host.transaction(None, "test") as uow:
        an_organization(uow)
    with host.unit_of_work(None, "test", reason="test", reading=True) as uow:
        assert len(uow.session.scalars(select(Organization)).all()) == 2


def test_a_base_taken_away_while_something_is_written_goes_on_at_once_when_it_is_back(host: Host, file: Path) -> None:
    _open_two(host)
    with pytest.raises(DatabaseGone), host.transaction(None, "test") as uow:
        an_organization(uow)
        uow.session.flush()
        away = file.rename(file.with_name("away"))
    away.rename(file)
    _goes_on(host)


def test_a_commit_that_the_disk_refused_keeps_nobody_from_writing(
    host: Host, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_connection: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    _open_two(host)
    with monkeypatch.context() as full:
        full.setattr(host.database.dialect, "do_commit", refuse)
        with pytest.raises(OperationalError), host.transaction(None, "test") as uow:
            an_organization(uow)
    _goes_on(host)


def _open_two(host: Host) -> None:
    """As a server has them: the connection that a write left is not the one that the next write takes."""
    with host.database.execution_options(reading=True).connect(), host.database.connect():
        pass


def _goes_on(host: Host) -> None:
    with sqlite3.connect(host.database.url.database or "", timeout=0, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()
    for _ in range(3):
        with host.transaction(None, "test") as uow:
            an_organization(uow)
    with host.unit_of_work(None, "test", reason="test", reading=True) as uow:
        assert len(uow.session.scalars(select(Organization)).all()) == 4


def test_jobs_wait_and_say_so_once(host: Host, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(host)
    file.unlink()
    with caplog.at_level(logging.ERROR):
        turning = threading.Thread(target=worker.work, args=(0.01,))
        turning.start()
        time.sleep(0.1)
        worker.stop()
        turning.join()
    assert [record.getMessage() for record in caplog.records] == [
        "the database's file was deleted or replaced: no job runs; see docs/operator.md"
    ]


def test_a_base_in_memory_has_no_file(database: str) -> None:
    engine = make_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    check_file(engine)
    engine.dispose()
