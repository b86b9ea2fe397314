"""A base that is deleted or replaced under the process that has it open: nothing more is written, read or made."""

import logging
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from core.database import make_engine
from core.database_file import check_file
from core.errors import DatabaseGone
from core.host import Host
from core.jobs import Worker
from core.models.organizations import Organization
from tests.conftest import make_host
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


def _goes_on(host: Host, rows: int = 4) -> None:
    with sqlite3.connect(host.database.url.database or "", timeout=0, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()
    for _ in range(3):
        with host.transaction(None, "test") as uow:
            an_organization(uow)
    with host.unit_of_work(None, "test", reason="test", reading=True) as uow:
        assert len(uow.session.scalars(select(Organization)).all()) == rows


BESIDE = pytest.mark.parametrize("beside", ["-wal", "-shm"])


@BESIDE
@HARMS
def test_nothing_is_acknowledged_that_a_file_beside_it_would_lose(
    host: Host, file: Path, harm: Harm, beside: str
) -> None:
    with pytest.raises(DatabaseGone), host.transaction(None, "test") as uow:
        an_organization(uow)
        uow.session.flush()
        harm(file.with_name(file.name + beside))
    with pytest.raises(DatabaseGone), host.transaction(None, "test") as uow:
        an_organization(uow)
    with pytest.raises(DatabaseGone):
        check_file(host.database)


@BESIDE
def test_a_file_beside_it_put_back_goes_on(host: Host, file: Path, beside: str) -> None:
    _open_two(host)
    moved = file.with_name(file.name + beside)
    away = moved.rename(file.with_name("away"))
    for _ in range(2):
        with pytest.raises(DatabaseGone), host.transaction(None, "test") as uow:
            an_organization(uow)
    away.rename(moved)
    with host.transaction(None, "test") as uow:
        an_organization(uow)
    _goes_on(host, 5)


def test_no_connection_is_opened_to_a_new_log(host: Host, file: Path) -> None:
    log = file.with_name(file.name + "-wal")
    with host.database.connect():
        log.unlink()
        with pytest.raises(DatabaseGone):
            host.database.connect()
        assert not log.exists()


def test_who_closes_last_may_take_the_log_away(host: Host, file: Path) -> None:
    for _ in range(3):
        host.database.dispose()
        assert not file.with_name(file.name + "-wal").exists()
        check_file(host.database)
        with host.transaction(None, "test") as uow:
            an_organization(uow)
        check_file(host.database)
    _goes_on(host, 7)


OTHERS = {
    "write": "base.execute('CREATE TABLE other (x)')",
    "empty the log": "base.execute('PRAGMA wal_checkpoint(TRUNCATE)')",
    "vacuum": "base.execute('VACUUM')",
    "back up": "base.backup(sqlite3.connect(':memory:'))",
    "restore": "other = sqlite3.connect(':memory:'); base.backup(other); other.backup(base)",
}


@pytest.mark.parametrize("said", OTHERS.values(), ids=list(OTHERS))
def test_another_process_that_comes_and_goes_raises_no_alarm(host: Host, file: Path, said: str) -> None:
    code = f"import sqlite3; base = sqlite3.connect({str(file)!r}, isolation_level=None); {said}; base.close()"
    subprocess.run([sys.executable, "-c", code], check=True)
    check_file(host.database)
    _goes_on(host)


@pytest.mark.parametrize("linked", [False, True])
def test_the_log_of_a_new_base_is_watched_from_its_first_connection(
    database: str, tmp_path: Path, linked: bool
) -> None:
    if linked:
        (tmp_path / "link.db").symlink_to(tmp_path / "new.db")
    engine = make_engine(f"sqlite:///{tmp_path / ('link.db' if linked else 'new.db')}")
    with engine.connect():
        (tmp_path / "new.db-wal").unlink()
        with pytest.raises(DatabaseGone):
            check_file(engine)
    engine.dispose()


def test_connections_that_come_and_go_in_threads_raise_no_alarm(file: Path) -> None:
    engine, failed = make_engine(f"sqlite:///{file}"), list[Exception]()
    threads = [threading.Thread(target=_come_and_go, args=(engine, failed)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []


def _come_and_go(engine: Engine, failed: list[Exception]) -> None:
    try:
        for _ in range(30):
            with engine.execution_options(reading=True).connect() as connection:
                connection.exec_driver_sql("SELECT 1")
                connection.invalidate()
            check_file(engine)
    except Exception as error:
        failed.append(error)


@pytest.mark.parametrize("away", [False, True])
def test_jobs_wait_and_say_so_once(
    away: bool,
    host: Host,
    file: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a file is gone, or the server does not answer: a traceback a second would fill the disk."""
    worker = Worker(make_host(f"postgresql://postgres@/oln?host={tmp_path}", tmp_path) if away else host)
    file.unlink()
    turns = iter(range(3))

    def pause(_seconds: float) -> bool:
        if next(turns, None) is None:
            worker._stop.set()
        return worker._stop.is_set()

    monkeypatch.setattr(worker._stop, "wait", pause)
    with caplog.at_level(logging.ERROR):
        worker.work()
    worker.host.database.dispose()
    assert [record.getMessage() for record in caplog.records] == [
        "the database does not answer, or is another than before: no job runs; see docs/operator.md"
    ]


def test_a_base_in_memory_has_no_file(database: str) -> None:
    engine = make_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    check_file(engine)
    engine.dispose()
