"""The anchor file and the database are each other's witness: of journals that are gone, and of the file itself."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.scope import table_of
from core.audit import FindingKind, accept_anchor, anchor, begin_anchors, verify
from core.audit.anchor_file import FILE, read_anchors
from core.database import machinery, snapshot
from core.host import Host
from core.journal import Journal, JournalUnwritable, ReadRecord, load_journals, open_journal, verify_reads
from core.journal.sinks import FileSink
from core.models.audit import AuditEntry
from tests.factories import an_organization

RECORD = ReadRecord(UUID(int=1), "coordinator.13101", "CARE", "Ficha", "d" * 64, "r1", frozenset({UUID(int=11)}))
Spoil = Callable[[Path], object]


@pytest.fixture(autouse=True)
def begun(host: Host) -> None:
    """Write what an installation begins with."""
    with host.transaction(None, "test") as uow:
        begin_anchors(uow)


@pytest.fixture
def home(host: Host) -> Path:
    return host.settings.home


@pytest.fixture
def journal(host: Host) -> Iterator[Journal]:
    made = open_journal(host)
    yield made
    made.close()


def load(host: Host) -> None:
    with host.transaction(None, "load_journals") as uow:
        load_journals(uow.session, host.settings.journal_folder, host.ring.audit, host.clock)


def found(host: Host) -> list[tuple[FindingKind, int]]:
    """Return what `oln audit verify` tells."""
    home, folder = host.settings.home, host.settings.journal_folder
    with snapshot(host.database, "test") as session:
        told = verify(session, host.ring, home, durable=host.settings.keeps_journal)
    with snapshot(host.database, "test") as session:
        told += verify_reads(session, folder, host.ring.audit, home)
    return [(one.kind, one.sequence) for one in told]


def anchored(host: Host) -> int:
    with host.database.begin() as connection:
        return anchor(connection, host.ring.audit, host.settings.home, host.clock.now())


def a_change(host: Host) -> None:
    with host.transaction(None, "test") as uow:
        an_organization(uow)


def files(host: Host) -> list[Path]:
    return sorted(host.settings.journal_folder.glob("*.jsonl"))


@pytest.mark.parametrize("folder", [False, True])
def test_a_journal_that_is_gone_before_it_was_loaded_is_missed(journal: Journal, host: Host, folder: bool) -> None:
    journal.record_now(RECORD)
    assert found(host) == []
    shutil.rmtree(host.settings.journal_folder) if folder else files(host)[0].unlink()
    assert found(host) == [(FindingKind.TRUNCATED, 1)]


def test_a_journal_that_was_loaded_may_be_archived(journal: Journal, host: Host) -> None:
    for _ in range(3):
        journal.record_now(RECORD)
    journal.close()
    load(host)
    files(host)[0].unlink()
    assert found(host) == []


def test_of_a_journal_that_ended_the_last_lines_are_missed_as_well(journal: Journal, host: Host) -> None:
    journal.record_now(RECORD)
    load(host)
    journal.record_now(RECORD)
    journal.close()
    assert found(host) == []
    files(host)[0].unlink()
    assert found(host) == [(FindingKind.TRUNCATED, 2)]


def test_a_journal_deleted_while_it_is_written_is_followed_by_another_and_missed(journal: Journal, host: Host) -> None:
    journal.record_now(RECORD)
    files(host)[0].unlink()
    journal.record_now(RECORD)
    assert len(files(host)) == 1
    assert found(host) == [(FindingKind.TRUNCATED, 1)]


def test_a_journal_that_cannot_be_anchored_is_not_begun_and_the_next_reading_tries_anew(
    journal: Journal, host: Host, home: Path
) -> None:
    (home / FILE).mkdir()
    with pytest.raises(JournalUnwritable):
        journal.record_now(RECORD)
    assert files(host) == []
    (home / FILE).rmdir()
    journal.record_now(RECORD)
    assert len(files(host)) == 1
    assert found(host) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_journal_begins_without_waiting_for_who_writes(journal: Journal, host: Host) -> None:
    """PostgreSQL has as many writers as come."""
    with host.database.begin():
        journal.record_now(RECORD)
    assert found(host) == []


def test_processes_that_share_a_folder_leave_one_chain(host: Host, home: Path) -> None:
    a_change(host)

    def write(number: int) -> None:
        sink = FileSink(host.settings.journal_folder, host.ring.audit, host.clock, largest=1)
        for _ in range(10):
            sink.append([RECORD], host.clock.now())
            if number == 0:
                anchored(host)
        sink.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(read_anchors(home / FILE))) == 61
    assert found(host) == []


def _cut(file: Path) -> None:
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize("spoil", [Path.unlink, _cut, Path.touch], ids=["gone", "cut", "emptied"])
def test_an_anchor_file_that_is_not_the_known_one_is_told_until_it_is_back(
    journal: Journal, host: Host, home: Path, spoil: Spoil
) -> None:
    a_change(host)
    journal.record_now(RECORD)
    journal.record_now(RECORD)
    load(host)
    assert anchored(host) == 2
    kept = (home / FILE).read_bytes()
    if spoil is Path.touch:
        (home / FILE).write_bytes(b"")
    else:
        spoil(home / FILE)
    assert found(host) == [(FindingKind.ANCHOR_MISSING, 3)]
    (home / FILE).write_bytes(kept)
    assert found(host) == []


def test_what_is_written_in_its_place_does_not_pass_for_the_anchor_file_that_is_gone(host: Host, home: Path) -> None:
    a_change(host)
    anchored(host)
    (home / FILE).unlink()
    assert anchored(host) == 0
    assert not (home / FILE).exists()
    for _ in range(2):  # readings go on
        later = open_journal(host)
        later.record_now(RECORD)
        later.close()
    assert (FindingKind.ANCHOR_MISSING, 1) in found(host)


def test_an_anchor_file_is_given_up_by_name_and_the_audit_says_so(host: Host, home: Path) -> None:
    a_change(host)
    anchored(host)
    (home / FILE).unlink()
    with host.transaction(None, "audit verify --accept-anchor: el disco falló (Ana)") as uow:
        accept_anchor(uow)
    assert found(host) == []
    with machinery(host.database, "test") as session:
        actions = session.scalars(select(AuditEntry.action).order_by(table_of(AuditEntry).c.sequence)).all()
    assert "audit verify --accept-anchor: el disco falló (Ana)" in actions
    (home / FILE).unlink()
    assert [kind for kind, _ in found(host)] == [FindingKind.ANCHOR_MISSING]


def test_a_line_that_a_crash_left_half_written_harms_no_other(host: Host, home: Path) -> None:
    a_change(host)
    anchored(host)
    with (home / FILE).open("ab") as file:
        file.write(b'{"at":"2026')
    assert found(host) == []
    later = open_journal(host)
    later.record_now(RECORD)
    later.close()
    assert found(host) == []


@pytest.mark.parametrize("line", [b"x\n", b"[]\n", b'{"chain":1}\n'])
def test_a_line_that_is_none_is_told(host: Host, home: Path, line: bytes) -> None:
    a_change(host)
    anchored(host)
    with (home / FILE).open("ab") as file:
        file.write(line)
    assert found(host) == [(FindingKind.ANCHOR_BROKEN, 2)]


def test_where_the_disk_forgets_no_anchor_file_is_missed(host: Host, home: Path) -> None:
    a_change(host)
    with host.database.begin() as connection:
        anchor(connection, host.ring.audit, home, host.clock.now(), durable=False)
    (home / FILE).unlink()
    assert found(host) == []


def test_what_is_wrong_in_the_file_and_in_the_tables_alike_is_told_once(journal: Journal, host: Host) -> None:
    for _ in range(3):
        journal.record_now(RECORD)
    load(host)
    host.ring = type(host.ring).generate()
    with snapshot(host.database, "test") as session:
        told = [f.message for f in verify_reads(session, host.settings.journal_folder, host.ring.audit)]
    assert sorted(told) == sorted(set(told))
    assert len(told) == 4
