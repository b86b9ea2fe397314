"""An office that works while a file is on its way in: nothing of either is lost, and nothing stands half."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.host import Host
from core.identity import demo_run
from core.models.extracts import Extract
from core.models.families import Family, FamilyMember, Relative
from core.models.people import Nna
from core.services.extracts import ExtractRefused, ImportReport, Outcome, care, import_folder, persons
from core.services.people import set_protection
from tests.services.extract_files import PERSON, a_file, counted, imported, stored, ticking, transactions
from tests.services.homes import MARTA, ROSA, leaves, of_relative

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


@pytest.mark.parametrize("protected", [False, True])
def test_a_late_file_does_not_write_over_who_was_let_go_while_it_came_in(
    office: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protected: bool
) -> None:
    months = [date(2026, month, 1) for month in (9, 10, 11)]
    nobody = {name: value for name, value in ROSA.items() if not name.startswith("cuidador")}
    told = [row | {"fecha_actualizacion": "2026-09-01"} for row in (ROSA, MARTA, nobody)]
    imported(office, tmp_path, told[0], kind="households", period=months[0])
    imported(office, tmp_path, told[2], kind="households", period=months[2])
    if protected:
        protects(office, stored(office, Nna)[0])
    make_way = care.make_way

    def interrupted(*args: Any) -> None:
        leaves(office, "Rosa")
        make_way(*args)

    monkeypatch.setattr("core.services.extracts.carers.make_way", interrupted)
    with pytest.raises(ExtractRefused, match="impórtelo de nuevo"):
        imported(office, tmp_path, told[1], kind="households", period=months[1])
    rosa = of_relative(office, "Rosa")
    assert (rosa.valid_until, rosa.main_carer, rosa.version) == (date(2026, 11, 20), True, 2)
    assert [row.given_names for row in stored(office, Relative)] == ["Rosa"]
