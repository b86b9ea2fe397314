"""What makes a database refuse to change an audit record: told where somebody took it away, and put back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from core.audit import missing_triggers, restore_triggers
from core.unit_of_work import UnitOfWork
from core.upgrade import upgrade
from tests.conftest import make_host
from tests.services.running import oln_at

TAKEN = {
    "sqlite": ["DROP TRIGGER audit_entry_no_delete"],
    "postgresql": ["DROP TRIGGER audit_entry_append_only ON audit_entry"],
}
EMPTIED = {
    "sqlite": [
        "DROP TRIGGER audit_entry_no_delete",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT 1; END",
    ],
    "postgresql": ["ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only"],
}
NAMED = {"sqlite": "audit_entry_no_delete", "postgresql": "audit_entry_append_only"}


@pytest.fixture
def unit(bare_database: str, tmp_path: Path) -> Iterator[UnitOfWork]:
    host = make_host(bare_database, tmp_path)
    upgrade(host)
    with host.transaction(None, "test") as uow:
        yield uow
    host.database.dispose()


def test_an_installation_begins_with_every_trigger(unit: UnitOfWork) -> None:
    assert missing_triggers(unit.session.connection()) == []


@pytest.mark.parametrize("how", [TAKEN, EMPTIED])
def test_a_trigger_that_does_not_refuse_is_missed_and_put_back(unit: UnitOfWork, how: dict[str, list[str]]) -> None:
    kind = unit.session.connection().dialect.name
    for statement in how[kind]:
        unit.session.connection().execute(text(statement))
    assert missing_triggers(unit.session.connection()) == [NAMED[kind]]
    assert restore_triggers(unit) == [NAMED[kind]]
    assert [change["id"] for change in unit.recorded] == [NAMED[kind]]
    assert missing_triggers(unit.session.connection()) == []


@pytest.mark.parametrize("bare_database", ["postgresql"], indirect=True)
def test_a_function_that_refuses_nothing_is_missed_and_put_back(unit: UnitOfWork) -> None:
    function = "CREATE OR REPLACE FUNCTION oln_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    unit.session.connection().execute(text(f"{function} $$ BEGIN RETURN OLD; END $$"))
    assert len(restore_triggers(unit)) == 3
    assert missing_triggers(unit.session.connection()) == []


def test_the_operator_hears_of_it_before_anything_is_edited(tmp_path: Path) -> None:
    home, real = tmp_path / "oln", {"OLN_INSTALLATION": "REAL", "OLN_ISSUER": "https://id.example", "COLUMNS": "200"}
    oln_at(home, "install", "start", **real)
    for item in ("legal_basis", "retention", "impact_assessment", "subject_rights"):
        oln_at(home, "install", "sign", item, "--by", "Alcaldía", "--document", "Decreto 1", **real)
    with closing(sqlite3.connect(home / "oln.db")) as base:
        base.execute("DROP TRIGGER read_entry_no_update")
    for words in (("doctor",), ("audit", "verify")):
        done = oln_at(home, *words, **real)
        assert (done.returncode, "Falta read_entry_no_update" in done.stdout) == (1, True)
    assert "Se repuso read_entry_no_update" in oln_at(home, "db", "upgrade", **real).stdout
    assert oln_at(home, "audit", "verify", **real).returncode == 0
