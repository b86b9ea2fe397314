"""A known RUN with another person's name and birth date is not stored, and whom a file rewrites is told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.host import Host
from core.identity import demo_run
from core.models.alerts import Alert
from core.models.audit import AuditEntry
from core.models.families import Family
from core.models.people import Nna
from core.services.extracts import ImportOptions, Outcome
from core.services.trail import Step, read_trail
from tests.services.extract_files import PERSON, counted, imported, stored, ticking

DECEMBER = date(2026, 12, 1)
KEY = {"comuna": "13101", "tipo_identificador": "RUN", "identificador": demo_run(0)}
CHILD = PERSON | KEY
OTHER = CHILD | {"nombres": "Benjamín", "fecha_nacimiento": "2014-02-01", "sexo": "MALE"}
TOLD = KEY | {"tipo": "FAMILY_CONFLICT", "fecha_observacion": "2026-10-28", "sector": "EDUCATION"}


@pytest.fixture(autouse=True)
def known(host: Host, tmp_path: Path) -> None:
    imported(ticking(host), tmp_path, CHILD, CHILD | {"identificador": demo_run(1)})


def children(host: Host) -> list[tuple[str, str, str]]:
    return [(c.given_names, c.first_surname, str(c.birth_date)) for c in stored(host, Nna)]


def named(host: Host, table: str = "nna") -> list[dict[str, Any]]:
    """Give what the audit says of children whom files rewrote."""
    changes = [change for entry in stored(host, AuditEntry) for change in entry.changes]
    return [change for change in changes if change["op"] == "bulk update" and change["table"] == table]


def trail(host: Host, child: Nna) -> list[Step]:
    with host.unit_of_work(None, "look", reason="a test looks") as uow:
        return read_trail(uow, "13101", child.id)


@pytest.mark.parametrize("change", [{}, {"nombres": "Amanda"}, {"apellido_paterno": "Soto"}])
@pytest.mark.parametrize("alone", [True, False])
def test_a_row_that_makes_another_person_of_a_known_child_is_rejected(
    host: Host, tmp_path: Path, change: dict[str, str], alone: bool
) -> None:
    row = OTHER | {"apellido_paterno": "Soto", "hogar": "H9"} | change
    rest = [] if alone else [CHILD | {"identificador": demo_run(1), "nacionalidad": "VEN"}]
    report = imported(host, tmp_path, *rest, row, period=DECEMBER)
    line = 2 + len(rest)
    assert [(f.line, f.column, f.code) for f in report.findings] == [(line, "identificador", "IDENTITY_CHANGED")]
    assert (report.rows_rejected, report.counts.updated) == (1, len(rest))
    assert children(host) == [("Amanda", "Núñez", "2016-05-04")] * 2
    assert stored(host, Family) == []


def test_the_rejected_row_is_told_in_the_file_of_bad_rows(host: Host, tmp_path: Path) -> None:
    bad = tmp_path / "malas"
    report = imported(host, tmp_path, OTHER, period=DECEMBER, options=ImportOptions(dry_run=True, rejects=bad))
    assert report.rejects is not None and "revise que el RUN no sea de otra" in report.rejects.read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"apellido_paterno": "Muñoz"},
        {"nombres": "Amanda Sofía"},
        {"fecha_nacimiento": "2016-04-05"},
        {"nombres": "AMANDA", "apellido_paterno": "NUNEZ", "fecha_nacimiento": "2016-04-05"},
    ],
)
def test_a_correction_of_one_thing_still_comes_in(host: Host, tmp_path: Path, change: dict[str, str]) -> None:
    report = imported(host, tmp_path, CHILD | change, period=DECEMBER)
    assert (report.rows_rejected, report.counts.updated) == (0, 1)


def test_a_child_that_is_born_gets_name_and_date(host: Host, tmp_path: Path) -> None:
    unborn = CHILD | {"tipo_identificador": "PROVISIONAL", "identificador": "100000000-7"}
    awaited = unborn | {"nombres": "Por nacer", "fecha_nacimiento": "", "fecha_probable_parto": "2026-12-20"}
    assert imported(host, tmp_path, awaited).summary == {}
    born = unborn | {"nombres": "Luz", "fecha_nacimiento": "2026-11-15"}
    assert imported(host, tmp_path, born, period=DECEMBER).counts.updated == 1


def test_a_file_that_says_so_corrects_who_a_child_is(host: Host, tmp_path: Path) -> None:
    report = imported(host, tmp_path, OTHER, period=DECEMBER, corrects_identity=True)
    assert (report.rows_rejected, report.counts.updated) == (0, 1)
    assert children(host)[0] == ("Benjamín", "Núñez", "2014-02-01")


def test_the_same_file_with_a_rejected_row_changes_nothing_again(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, OTHER, period=DECEMBER)
    before = {table: rows for table, rows in counted(host).items() if table != "audit_entry"}
    again = imported(host, tmp_path, OTHER, period=DECEMBER)
    assert (again.outcome, again.summary) == (Outcome.ALREADY_IMPORTED, {"IDENTITY_CHANGED": 1})
    assert {table: rows for table, rows in counted(host).items() if table != "audit_entry"} == before


def test_the_audit_names_the_child_that_a_file_rewrote_and_the_columns_and_no_value(host: Host, tmp_path: Path) -> None:
    first, second = stored(host, Nna)
    before = trail(host, second)
    report = imported(host, tmp_path, CHILD | {"apellido_paterno": "Muñoz", "sexo": "MALE"}, period=DECEMBER)
    (told,) = named(host)
    assert (told["nna"], told["columns"]) == ([first.id.hex], ["first_surname", "sex"])
    assert (told["count"], told["file"]) == (1, report.file_hash)
    assert (trail(host, first)[0].action, trail(host, first)[0].tables) == ("import", ("nna",))
    assert trail(host, second) == before


def test_the_audit_names_the_child_whose_alert_a_file_changed(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, TOLD | {"estado": "PENDING_VALIDATION"}, kind="alerts")
    imported(host, tmp_path, TOLD | {"estado": "VALIDATED"}, kind="alerts", period=DECEMBER)
    (alert,) = stored(host, Alert)
    (told,) = named(host, "alert")
    assert (told["nna"], told["columns"]) == ([alert.nna_id.hex], ["state"])
