"""A disk or a database that fails while readings are written: nobody is answered, and the chains stay true."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.audit.anchor_file import FILE, held, read_anchors
from core.host import Host
from core.journal import Journal, JournalUnwritable, open_journal
from core.journal.sinks import TableSink
from tests.services.test_anchors import RECORD, begun, files, found, load

__all__ = ["begun"]  # a fixture
LATER = replace(RECORD, nna_ids=frozenset({UUID(int=12)}))


@pytest.fixture
def journal(host: Host) -> Iterator[Journal]:
    made = open_journal(host)
    yield made
    made.close()


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let a call of the system fail on files whose name ends so, until `fail.stop()`."""
    patch = pytest.MonkeyPatch()

    def failing(call: str, ending: str, before: Callable[[], object] = lambda: None) -> None:
        real: Any = getattr(os, call)

        def broken(file: int, *rest: Any) -> Any:
            if os.readlink(f"/proc/self/fd/{file}").endswith(ending):
                before()
                raise OSError(28, "No space left on device")
            return real(file, *rest)

        patch.setattr(os, call, broken)

    failing.stop = patch.undo  # type: ignore[attr-defined]
    yield failing
    patch.undo()


def refuse(journal: Journal) -> None:
    with pytest.raises(JournalUnwritable):
        journal.record_now(RECORD)


def test_an_anchor_that_may_not_be_durable_is_taken_back_and_its_journal_kept(
    journal: Journal, host: Host, fail: Any
) -> None:
    fail("fsync", FILE)
    refuse(journal)
    refuse(journal)
    fail.stop()
    assert list(read_anchors(host.settings.home / FILE)) == []
    assert len(files(host)) == 1
    journal.record_now(LATER)
    journal.close()
    load(host)
    assert found(host) == []


def test_an_anchor_that_cannot_be_taken_back_finds_its_journal(
    journal: Journal, host: Host, fail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail("fsync", FILE)
    monkeypatch.setattr("core.audit.anchor_file._take_back", lambda *_: None)
    refuse(journal)
    fail.stop()
    assert found(host) == []
    journal.record_now(LATER)
    assert found(host) == []


@pytest.mark.parametrize("call", ["fdatasync", "write"])
def test_one_that_never_answered_anybody_is_not_missed(journal: Journal, host: Host, fail: Any, call: str) -> None:
    fail(call, ".jsonl")
    refuse(journal)
    refuse(journal)
    journal.close()
    fail.stop()
    load(host)
    for file in files(host):
        file.unlink()
    assert found(host) == []


def test_a_journal_whose_process_was_killed_before_its_first_line_is_not_missed(
    journal: Journal, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies there does none of what comes after, so nothing after it runs here either."""

    def killed(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("core.journal.sinks.FileSink._write", killed)
        refuse(journal)
    for file in files(host):
        file.unlink()
    assert found(host) == []


def test_a_journal_whose_first_reading_was_answered_is_missed(journal: Journal, host: Host) -> None:
    journal.record_now(RECORD)
    (line,) = read_anchors(host.settings.home / FILE)
    assert line["sequence"] == 1
    files(host)[0].unlink()
    assert found(host) != []


def test_a_line_that_was_loaded_before_its_disk_failed_stays_in_the_file(
    journal: Journal, host: Host, fail: Any
) -> None:
    journal.record_now(RECORD)
    fail("fdatasync", ".jsonl", before=lambda: load(host))
    refuse(journal)
    fail.stop()
    journal.record_now(LATER)
    assert len(files(host)) == 2
    journal.close()
    load(host)
    assert found(host) == []


def test_what_a_database_may_have_kept_blocks_no_later_reading(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = TableSink(host.database, host.ring.audit, host.clock)
    commit = host.database.dialect.do_commit

    def lost(connection: Any) -> None:
        commit(connection)
        raise RuntimeError("the connection was lost after the commit")

    with monkeypatch.context() as patch:
        patch.setattr(host.database.dialect, "do_commit", lost)
        with pytest.raises(RuntimeError):
            sink.append([RECORD], host.clock.now())
    sink.append([LATER], host.clock.now())
    sink.append([LATER], host.clock.now())
    assert found(host) == []


def test_an_anchor_file_that_was_set_aside_meanwhile_is_not_written_to(host: Host, tmp_path: Path) -> None:
    with held(tmp_path) as first:
        (tmp_path / FILE).rename(tmp_path / "aside")
        with held(tmp_path) as second:
            assert os.fstat(second.fileno()).st_ino != os.fstat(first.fileno()).st_ino
