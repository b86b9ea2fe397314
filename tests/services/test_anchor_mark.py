"""The mark in the database that says how far the anchor file had come, and a file that somebody gives up."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import delete, update

from authz.scope import table_of
from cli import upkeep
from core.audit import Finding, FindingKind, accept_anchor, anchor, anchor_file, begin_anchors, restore_triggers
from core.audit.anchor_file import FILE
from core.audit.anchors import _anchor, known_lines
from core.audit.digest import MARK
from core.host import Host
from core.journal import open_journal
from core.models.audit import AuditHead, ReadEntry, ReadSubject
from tests.conftest import another
from tests.factories import an_organization
from tests.services.test_anchors import RECORD, a_change, anchored, begun, files, found, home, load

__all__ = ["begun", "home"]  # fixtures


def test_whoever_erases_a_journal_with_every_witness_of_it_leaves_the_seal_of_what_has_begun(
    host: Host, home: Path
) -> None:
    journal = open_journal(host)
    journal.record_now(RECORD)
    journal.close()
    load(host)
    anchored(host)
    with host.database.begin() as connection:
        for model in (ReadSubject, ReadEntry):
            connection.execute(delete(table_of(model)))
        heads = table_of(AuditHead).c.chain
        connection.execute(delete(table_of(AuditHead)).where(heads.startswith("read:") | (heads == MARK)))
    (home / FILE).unlink()
    files(host)[0].unlink()
    assert found(host) == [(FindingKind.CHAINS_CHANGED, 0), (FindingKind.ANCHOR_MISSING, 0)]
    with host.transaction(None, "test") as uow:
        accept_anchor(uow)
    assert found(host) == [(FindingKind.CHAINS_CHANGED, 1)]  # the file is not to blame for it


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_who_anchor_at_once_leave_one_mark(host: Host, home: Path) -> None:
    a_change(host)
    with host.database.begin() as first:
        first.execute(delete(table_of(AuditHead)).where(table_of(AuditHead).c.chain == MARK))
    failed: list[Exception] = []

    def other() -> None:
        try:
            with host.database.begin() as second:
                _anchor(second, host.ring.audit, home, host.clock.now(), True)
        except Exception as error:
            failed.append(error)

    with host.database.begin() as first:
        _anchor(first, host.ring.audit, home, host.clock.now(), True)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
    thread.join()
    assert (failed, found(host)) == ([], [])


def test_where_the_disk_forgets_no_mark_is_written_or_missed(host: Host, home: Path) -> None:
    with host.database.begin() as connection:
        connection.execute(delete(table_of(AuditHead)).where(table_of(AuditHead).c.chain == MARK))
    host.settings = host.settings.model_copy(update={"read_audit": "database"})
    with host.transaction(None, "test") as uow:
        begin_anchors(uow)
        an_organization(uow)
    with host.database.begin() as connection:
        assert anchor(connection, host.ring.audit, home, host.clock.now(), durable=False) == 1
        assert known_lines(connection) is None
    assert found(host) == []


def test_another_server_with_a_disk_of_its_own_has_its_own_anchors(host: Host, tmp_path: Path) -> None:
    a_change(host)
    anchored(host)
    over = {"home": tmp_path / "other", "read_audit": "database"}
    other = another(host, settings=host.settings.model_copy(update=over))
    with other.database.begin() as connection:
        assert anchor(connection, other.ring.audit, other.settings.home, other.clock.now(), durable=False) == 1
    assert (found(other), found(host)) == ([], [])


def test_nothing_is_opened_for_writing_where_nothing_grew(
    host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_change(host)
    anchored(host)
    monkeypatch.setattr(anchor_file, "_opened", lambda *_: pytest.fail("opened for writing"))
    assert anchored(host) == 0


@pytest.fixture
def restored(host: Host, tmp_path: Path) -> Host:
    """A base that was put back from its copy of a day on which the anchors had not come so far."""
    file = host.settings.database_file
    assert file
    a_change(host)
    anchored(host)
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        here.backup(copy)
    a_change(host)
    anchored(host)
    host.database.dispose()
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.backup(here)
    return host


only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@only_sqlite
def test_a_restored_base_goes_on_once_somebody_answers_for_it(
    restored: Host, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [kind for kind, _ in found(restored)] == [FindingKind.TRUNCATED]
    kept = (home / FILE).read_bytes()
    upkeep.accept_anchor(restored, "se restauró el respaldo del lunes", "Ana Rojas")
    (aside,) = home.glob("audit-anchor.*.jsonl")
    assert aside.name in capsys.readouterr().out.replace("\n", "")
    assert aside.read_bytes() == kept
    assert found(restored) == []
    for _ in range(3):
        a_change(restored)
    assert anchored(restored) == 2
    assert found(restored) == []


@only_sqlite
def test_no_evidence_takes_the_place_of_another(restored: Host, home: Path) -> None:
    for _ in range(3):  # the clock stands still
        with restored.transaction(None, "test") as uow:
            accept_anchor(uow)
    assert len({file.read_bytes() for file in home.glob("audit-anchor.*.jsonl")}) == 3


def test_a_broken_line_is_accepted_and_what_the_file_is_not_to_blame_for_is_not(host: Host, home: Path) -> None:
    a_change(host)
    anchored(host)
    with pytest.raises(typer.Exit):
        upkeep.accept_anchor(host, "porque sí", "Ana Rojas")
    with (home / FILE).open("ab") as file:
        file.write(b"[]\n")
    assert found(host) == [(FindingKind.ANCHOR_BROKEN, 2)]
    upkeep.accept_anchor(host, "falló el disco", "Ana Rojas")
    assert found(host) == []
    with host.database.begin() as connection:
        connection.execute(delete(table_of(AuditHead)).where(table_of(AuditHead).c.chain != MARK))
    with pytest.raises(typer.Exit):
        upkeep.accept_anchor(host, "porque sí", "Ana Rojas")


def test_a_folder_that_takes_no_writing_is_verified_and_said_so(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_only(*_: object) -> Any:
        raise OSError(30, "Read-only file system")

    a_change(host)
    with host.transaction(None, "test") as uow:
        restore_triggers(uow)
    monkeypatch.setattr(anchor_file, "_opened", read_only)
    monkeypatch.setattr(upkeep, "ready_host", lambda: host)
    with pytest.raises(typer.Exit) as end:
        upkeep.audit_verify()
    said = capsys.readouterr()
    assert end.value.exit_code == 3
    assert "Las cadenas están enteras" in said.out
    assert "No se pudo dejar constancia" in " ".join(said.err.split())


@pytest.mark.parametrize(("reason", "name"), [("murió 12.531.909-2", "Ana"), ("falló el disco", "Ana, RUN 12531909-2")])
def test_no_run_enters_the_audit_with_who_accepts_and_why(
    host: Host, reason: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as end:
        upkeep.accept_anchor(host, reason, name)
    assert end.value.exit_code == 2
    assert "parece contener un RUN" in " ".join(capsys.readouterr().err.split())


def test_two_findings_alike_are_told_as_one_and_another(capsys: pytest.CaptureFixture[str]) -> None:
    upkeep.tell([Finding(FindingKind.EDITED, "diario-1", n, f"La lectura {n}.") for n in (1, 2)], False)
    assert capsys.readouterr().out.splitlines()[1] == "  Así también otro de diario-1, hasta el 2. Para verlos: --all"


def test_of_readings_of_before_the_operator_hears_how_many_they_are(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = open_journal(host)
    journal.record_now(RECORD)
    journal.close()
    load(host)
    upkeep.tell_unproven(host)
    assert capsys.readouterr().out == ""
    with host.database.begin() as connection:
        connection.execute(update(table_of(ReadEntry)).values(placed=""))
    upkeep.tell_unproven(host)
    assert "antes de que se probara en qué comuna está cada una: 1." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("everything", [False, True])
def test_findings_alike_are_told_once_with_their_number(capsys: pytest.CaptureFixture[str], everything: bool) -> None:
    """As those of a journal that was renamed: every link in it is another's."""
    alike = [Finding(FindingKind.EDITED, "diario-1", n, f"La lectura {n} del diario diario-1.") for n in range(1, 2001)]
    upkeep.tell([*alike, Finding(FindingKind.DELETED, "13101", 7, "Falta el registro 7.")], everything)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == (2001 if everything else 3)
    assert (said[0], said[-1]) == ("✗ La lectura 1 del diario diario-1.", "✗ Falta el registro 7.")
    assert everything or said[1] == "  Así también otros 1.999 de diario-1, hasta el 2000. Para verlos: --all"
