"""The read journal: durable before the answer, chained, loaded once, verifiable."""

import asyncio
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, update

import core.journal.verify as verifying
from authz.scope import table_of
from core.audit import FindingKind, anchor
from core.audit.digest import UNPLACED, head_digest
from core.database import machinery, snapshot
from core.host import Host
from core.journal import (
    Journal,
    JournalUnwritable,
    ReadRecord,
    load_journals,
    open_journal,
    seen_by,
    verify_journal,
    verify_reads,
)
from core.journal.sinks import FileSink
from core.models.audit import AuditHead, ReadEntry, ReadSubject
from tests.conftest import NOW

KEY = b"k" * 32
ENTRY, SUBJECT = table_of(ReadEntry), table_of(ReadSubject)
AMANDA, OTHER = UUID(int=11), UUID(int=12)


def a_record(*nnas: UUID, operation: str = "Ficha") -> ReadRecord:
    return ReadRecord(UUID(int=1), "coordinator.13101", "CARE", operation, "d" * 64, "r1", frozenset(nnas))


@pytest.fixture
def folder(host: Host) -> Path:
    return host.settings.journal_folder


@pytest.fixture
def journal(host: Host) -> Iterator[Journal]:
    made = open_journal(host)
    yield made
    made.close()


def load(host: Host) -> int:
    with host.transaction(None, "load_journals") as uow:
        return load_journals(uow.session, host.settings.journal_folder, host.ring.audit, host.clock)


def tampered(host: Host) -> list[tuple[FindingKind, int]]:
    with machinery(host.database, "test") as session:
        found = verify_reads(session, host.settings.journal_folder, host.ring.audit)
    return [(f.kind, f.sequence) for f in found]


def only(folder: Path) -> Path:
    (path,) = folder.glob("*.jsonl")
    return path


def test_a_reading_is_in_the_file_when_its_answer_may_leave(journal: Journal, folder: Path) -> None:
    asyncio.run(journal.record(a_record(AMANDA)))
    written = only(folder).read_text()
    assert AMANDA.hex in written
    assert '"username":"coordinator.13101"' in written


def test_only_its_owner_reads_the_file(journal: Journal, folder: Path) -> None:
    journal.record_now(a_record(AMANDA))
    assert stat.S_IMODE(only(folder).stat().st_mode) == 0o600


def test_many_who_wait_share_the_disk(journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    durable = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (synced.append(file), durable(file)))

    async def read() -> None:
        await asyncio.gather(*(journal.record(a_record(AMANDA)) for _ in range(200)))

    asyncio.run(read())
    assert len(only(folder).read_bytes().splitlines()) == 200
    assert len(synced) < 100


def test_what_cannot_be_written_is_not_answered(tmp_path: Path, host: Host) -> None:
    (tmp_path / "file").write_text("not a folder")
    journal = Journal(tmp_path / "file" / "journal", KEY, host.clock)
    with pytest.raises(JournalUnwritable):
        asyncio.run(journal.record(a_record(AMANDA)))
    journal.close()


def test_a_disk_that_fills_up_leaves_no_half_line(
    journal: Journal, folder: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.record_now(a_record(AMANDA))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, raw: _full(file, raw))
        with pytest.raises(JournalUnwritable):
            journal.record_now(a_record(AMANDA))
    journal.record_now(a_record(OTHER))
    assert len(only(folder).read_bytes().splitlines()) == 2
    assert verify_journal(only(folder), host.ring.audit) == []


_write = os.write


def _full(file: int, raw: bytes) -> int:
    _write(file, raw[:10])
    raise OSError(28, "No space left on device")


def test_a_full_file_is_followed_by_another(tmp_path: Path, host: Host) -> None:
    sink = FileSink(tmp_path / "j", KEY, host.clock, largest=500)
    journal = Journal(tmp_path / "j", KEY, host.clock, sink)
    for _ in range(4):
        journal.record_now(a_record(AMANDA))
    journal.close()
    files = sorted((tmp_path / "j").glob("*.jsonl"))
    assert len(files) > 1
    assert [verify_journal(file, KEY) for file in files] == [[] for _ in files]


def test_who_has_seen_a_child_is_known_before_and_after_loading(journal: Journal, host: Host, folder: Path) -> None:
    journal.record_now(a_record(AMANDA, operation="First"))
    load(host)
    journal.record_now(a_record(AMANDA, operation="Second"))
    journal.record_now(a_record(OTHER))
    with machinery(host.database, "test") as session:
        assert {s.operation for s in seen_by(session, AMANDA, folder)} == {"First", "Second"}
        assert [s.operation for s in seen_by(session, AMANDA)] == ["First"]


@pytest.mark.parametrize("how", ["edited", "deleted", "reordered"])
def test_a_line_tampered_with_in_the_file_is_found(journal: Journal, host: Host, folder: Path, how: str) -> None:
    for _ in range(3):
        journal.record_now(a_record(AMANDA))
    first, second, third = only(folder).read_bytes().splitlines(keepends=True)
    made = {
        "edited": first + second.replace(b"coordinator", b"coordinadox") + third,
        "deleted": first + third,
        "reordered": second + first + third,
    }
    only(folder).write_bytes(made[how])
    assert verify_journal(only(folder), host.ring.audit)


def test_a_file_cut_short_is_found_once_its_lines_are_loaded(journal: Journal, host: Host, folder: Path) -> None:
    for _ in range(3):
        journal.record_now(a_record(AMANDA))
    load(host)
    lines = only(folder).read_bytes().splitlines(keepends=True)
    only(folder).write_bytes(b"".join(lines[:2]))
    assert tampered(host) == [(FindingKind.TRUNCATED, 3)]


def test_a_reading_changed_in_the_tables_is_found(journal: Journal, host: Host) -> None:
    for _ in range(3):
        journal.record_now(a_record(AMANDA))
    load(host)
    with host.database.begin() as connection:
        connection.execute(update(ENTRY).where(ENTRY.c.sequence == 2).values(username="otra"))
    assert (FindingKind.EDITED, 2) in tampered(host)


def test_a_child_taken_out_of_a_reading_is_found(journal: Journal, host: Host) -> None:
    journal.record_now(a_record(AMANDA, OTHER))
    load(host)
    with host.database.begin() as connection:
        connection.execute(delete(SUBJECT).where(SUBJECT.c.nna_id == OTHER))
    assert tampered(host) == [(FindingKind.EDITED, 1)]


@pytest.mark.parametrize(
    "moved", [{"commune_code": "05701"}, {"at": NOW + timedelta(days=1)}], ids=["commune", "moment"]
)
def test_a_reading_moved_to_another_trail_is_found(journal: Journal, host: Host, moved: dict[str, Any]) -> None:
    for _ in range(3):
        journal.record_now(a_record(AMANDA, OTHER))
    load(host)
    with host.database.begin() as connection:
        second = select(ENTRY.c.id).where(ENTRY.c.sequence == 2).scalar_subquery()
        connection.execute(update(SUBJECT).where(SUBJECT.c.entry_id == second, SUBJECT.c.nna_id == OTHER).values(moved))
    assert tampered(host) == [(FindingKind.EDITED, 2)]


def test_a_reading_told_twice_in_the_tables_is_found(journal: Journal, host: Host) -> None:
    """As a second row of the same child's, in another commune's trail."""
    journal.record_now(a_record(AMANDA))
    load(host)
    with host.database.begin() as connection:
        row = dict(connection.execute(select(SUBJECT)).mappings().one())
        connection.execute(SUBJECT.insert().values(row | {"id": UUID(int=9), "commune_code": "05701"}))
    assert tampered(host) == [(FindingKind.EDITED, 1)]


def test_readings_gone_from_the_tables_and_the_disk_are_missed(journal: Journal, host: Host, folder: Path) -> None:
    for _ in range(3):
        journal.record_now(a_record(UUID(int=1)))
    load(host)
    only(folder).unlink()
    assert tampered(host) == []
    with host.database.begin() as connection:
        connection.execute(delete(table_of(ReadSubject)))
        connection.execute(delete(table_of(ReadEntry)))
    assert tampered(host) == [(FindingKind.TRUNCATED, 1)]


def test_readings_of_before_their_place_was_proved_are_no_finding_and_no_other_passes_for_one(
    journal: Journal, host: Host
) -> None:
    for _ in range(3):
        journal.record_now(a_record(AMANDA))
    load(host)
    of_before = update(table_of(ReadEntry)).values(placed="")
    with host.database.begin() as connection:
        connection.execute(of_before.where(table_of(ReadEntry).c.sequence < 3))
        sealed = {"chain": UNPLACED, "sequence": 2, "digest": head_digest(host.ring.audit, UNPLACED, 2, "")}
        connection.execute(insert(table_of(AuditHead)).values(sealed))
    assert tampered(host) == []
    with host.database.begin() as connection:
        connection.execute(of_before)
    assert tampered(host) == [(FindingKind.UNPLACED, 0)]


def test_a_head_of_readings_that_alone_was_edited_is_told_as_that(journal: Journal, host: Host) -> None:
    journal.record_now(a_record(AMANDA))
    load(host)
    with host.database.begin() as connection:
        connection.execute(update(table_of(AuditHead)).values(digest="00"))
    assert tampered(host) == [(FindingKind.HEAD_EDITED, 1)]


def test_a_journal_whose_every_trace_is_gone_stands_in_the_anchors(journal: Journal, host: Host, folder: Path) -> None:
    journal.record_now(a_record(UUID(int=1)))
    load(host)
    home = host.settings.home
    with host.database.begin() as connection:
        anchor(connection, host.ring.audit, home, host.clock.now())
        for model in (ReadSubject, ReadEntry, AuditHead):
            connection.execute(delete(table_of(model)))
    only(folder).unlink()
    with machinery(host.database, "test") as session:
        found = verify_reads(session, folder, host.ring.audit, home)
    assert [one.kind for one in found] == [FindingKind.TRUNCATED]


@pytest.mark.parametrize("moment", ["heads", "loaded_lines"])
def test_a_file_loaded_and_archived_while_it_is_verified_is_not_missed(
    journal: Journal, host: Host, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    journal.record_now(a_record(AMANDA))
    journal.close()
    asked = getattr(verifying, moment)

    def archive(*arguments: Any) -> Any:
        found = asked(*arguments)
        if any(folder.iterdir()):
            load(host)
            only(folder).unlink()
        return found

    monkeypatch.setattr(verifying, moment, archive)
    for _ in range(2):
        with snapshot(host.database, "test") as session:
            assert verify_reads(session, folder, host.ring.audit, host.settings.home) == []


def test_a_disk_that_forgets_may_be_spared_for_the_database(host: Host) -> None:
    object.__setattr__(host, "settings", host.settings.model_copy(update={"read_audit": "database"}))
    journal = open_journal(host)
    asyncio.run(journal.record(a_record(AMANDA)))
    journal.record_now(a_record(AMANDA, OTHER))
    journal.close()
    with machinery(host.database, "test") as session:
        assert session.scalar(select(func.count()).select_from(ReadEntry)) == 2
        assert {s.at for s in seen_by(session, AMANDA)} == {NOW}
    assert not host.settings.journal_folder.exists()
    assert tampered(host) == []
