"""An office that works while a file is on its way in: nothing of either is lost, and nothing stands half."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.host import Host
from core.identity import demo_run
from core.models.extracts import Extract
from core.models.families import Family, FamilyMember
from core.models.people import Nna
from core.services.extracts import ImportReport, Outcome, import_folder, persons
from core.services.people import set_protection
from tests.services.extract_files import PERSON, a_file, counted, imported, stored, ticking, transactions

CHILD = PERSON | {"identificador": demo_run(0), "hogar": "H1"}


@pytest.fixture
def office(host: Host, tmp_path: Path) -> Host:
    if host.database.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time: nobody comes between")
    imported(ticking(host), tmp_path, CHILD, CHILD | {"identificador": demo_run(1), "hogar": "H3"})
    return host


def protects(host: Host, child: Nna) -> None:
    with transactions(host)() as uow:
        set_protection(uow, child.id, True, False, None)


def arrives(host: Host, folder: Path, *rows: dict[str, Any]) -> ImportReport:
    a_file(folder, *rows, name="personas.csv")
    entry = {"kind": "persons", "file": "personas.csv", "period": "2026-12", "provider": "P", "agreement": "C"}
    entry |= {"legal_basis": "L", "expires_on": "2027-11-01", "nature": "ADMINISTRATIVE", "synthetic": True}
    (folder / "extract.json").write_text(json.dumps({"files": [entry]}))
    return import_folder(transactions(host), folder)


def test_an_edit_between_the_reading_and_the_writing_of_a_file_refuses_it_whole_and_a_repeat_works(
    office: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child, before, merge = stored(office, Nna)[0], counted(office), persons.merge

    def interrupted(*args: Any) -> Any:
        merged = merge(*args)
        protects(office, child)
        return merged

    moved = [CHILD | {"hogar": "H2"}, CHILD | {"identificador": demo_run(1), "hogar": "H2"}]
    monkeypatch.setattr(persons, "merge", interrupted)
    (report,) = arrives(office, tmp_path, *moved).files
    assert (report.outcome, len(report.notes)) == (Outcome.REFUSED, 1)
    assert "impórtelo de nuevo" in report.notes[0]
    after = counted(office)
    assert {name: rows for name, rows in after.items() if name != "audit_entry"} == {
        name: rows for name, rows in before.items() if name != "audit_entry"
    }
    monkeypatch.undo()
    (report,) = arrives(office, tmp_path, *moved).files
    assert (report.outcome, report.rows_rejected) == (Outcome.IMPORTED, 0)
    assert len(stored(office, Extract)) == 2
    homes = {family.id: family.source_key for family in stored(office, Family)}
    ours, other = stored(office, Nna)
    # the office protected the first meanwhile: its family stays one, and is the household to which it came
    assert (ours.protected_address, homes[ours.family_id], ours.family_id) == (True, "H2", other.family_id)
    open_now = {one.nna_id: one.family_id for one in stored(office, FamilyMember) if one.valid_until is None}
    assert open_now == {one.id: one.family_id for one in (ours, other)}
