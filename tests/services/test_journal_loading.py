"""The lines of the read journal on their way to the tables: each once, and none left out whatever fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from cli.doctor import stuck
from core.database import machinery
from core.host import Host
from core.journal import Journal, JournalLoader, open_journal
from tests.factories import COLINA, an_nna
from tests.services.test_journal import AMANDA, ENTRY, SUBJECT, a_record, load, only, tampered


@pytest.fixture
def folder(host: Host) -> Path:
    return host.settings.journal_folder


@pytest.fixture
def journal(host: Host) -> Iterator[Journal]:
    made = open_journal(host)
    yield made
    made.close()


def test_each_line_is_loaded_once_with_the_commune_of_each_child(journal: Journal, host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        here, there = an_nna(uow), an_nna(uow, commune_code=COLINA)
        uow.session.commit()
    journal.record_now(a_record(here.id, there.id))
    assert (load(host), load(host)) == (1, 0)
    journal.record_now(a_record(here.id))
    assert load(host) == 1
    with machinery(host.database, "test") as session:
        communes = session.execute(select(SUBJECT.c.nna_id, SUBJECT.c.commune_code)).all()
    assert sorted(c for _, c in communes) == ["13101", "13101", "13301"]
    assert tampered(host) == []


def test_a_loader_reads_each_line_once_while_it_lives(journal: Journal, host: Host) -> None:
    loader = JournalLoader(host.settings.journal_folder, host.ring.audit, host.clock)
    done = []
    for _ in range(3):
        journal.record_now(a_record(AMANDA))
        with host.transaction(None, "load") as uow:
            done.append(loader.load(uow.session))
    assert done == [1, 1, 1]


@pytest.mark.parametrize("kept", [False, True])
def test_readings_whose_commit_failed_are_loaded_the_next_time(journal: Journal, host: Host, kept: bool) -> None:
    """Also by a loader that believes it loaded them, as where a base was restored under it."""
    loader = JournalLoader(host.settings.journal_folder, host.ring.audit, host.clock)
    journal.record_now(a_record(AMANDA))
    with pytest.raises(ZeroDivisionError), host.transaction(None, "load") as uow:
        loader.load(uow.session)
        raise ZeroDivisionError
    if kept:
        loader.keep()
    assert loader.waiting() != kept
    journal.record_now(a_record(AMANDA))
    with host.transaction(None, "load") as uow:
        assert loader.load(uow.session) == 2
    assert tampered(host) == []


def test_a_gap_in_the_tables_is_filled_from_the_file(journal: Journal, host: Host) -> None:
    for _ in range(3):
        journal.record_now(a_record())
    load(host)
    with host.database.begin() as connection:
        connection.execute(delete(ENTRY).where(ENTRY.c.sequence == 2))
    assert (load(host), load(host), tampered(host)) == (1, 0, [])


@pytest.mark.parametrize("reading", [False, True])
def test_a_file_archived_since_the_folder_was_listed_is_skipped(
    journal: Journal, host: Host, folder: Path, monkeypatch: pytest.MonkeyPatch, reading: bool
) -> None:
    """Before its size is asked, or between that and reading it."""
    journal.record_now(a_record(AMANDA))
    (folder / f"{'0' * 32}.jsonl").symlink_to(folder / "archived")
    if reading:
        monkeypatch.setattr("core.journal.loading._size", lambda _path: 1)
    loader = JournalLoader(folder, host.ring.audit, host.clock)
    assert loader.waiting()
    with host.transaction(None, "load") as uow:
        assert loader.load(uow.session) == 1


def broken(journal: Journal, folder: Path) -> None:
    for _ in range(3):
        journal.record_now(a_record(AMANDA))
    raw = only(folder).read_bytes().splitlines(keepends=True)
    only(folder).write_bytes(raw[0] + raw[1].replace(b"coordinator", b"coordinadox") + raw[2])


def test_a_broken_file_is_loaded_up_to_the_break(journal: Journal, host: Host, folder: Path) -> None:
    broken(journal, folder)
    assert load(host) == 1


def test_that_a_file_is_broken_is_logged_once_and_told_by_the_doctor(
    journal: Journal, host: Host, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert stuck(host) == []
    broken(journal, folder)
    loader = JournalLoader(folder, host.ring.audit, host.clock)
    for _ in range(3):  # as often as the job looks
        with host.transaction(None, "load") as uow:
            loader.load(uow.session)
        loader.keep()
    assert len(caplog.records) == 1
    (told,) = stuck(host)
    assert told.startswith(f"La lectura 2 del diario {only(folder).stem} no dice lo que se escribió.")


def test_a_file_of_something_else_is_not_loaded(host: Host, folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.jsonl").write_bytes(b"not json\n[]\n")
    assert load(host) == 0
    assert tampered(host)
