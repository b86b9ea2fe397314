"""What files tell of a day before the child was born is refused, but for what belongs to the gestation."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.host import Host
from core.models.alerts import Alert
from core.models.people import Nna
from core.services.extracts import FileReport
from core.services.people import update_nna
from tests.services.extract_files import imported, stored, ticking, transactions
from tests.services.test_extracts_order import HEALTH, SCORE, STAY
from tests.services.test_extracts_precedence import ADDRESS, ALERT, CHILD, HOME, KEY, MONTH

CHCC = KEY | {"tipo": "ABNORMAL_NEURODEVELOPMENT"}
PREGNANCY = KEY | {"tipo": "PREGNANCY_LOW_INCOME"}
DATED = [
    ("alerts", ALERT, "fecha_observacion"),
    ("chcc_alerts", CHCC, "fecha"),
    ("health", HEALTH, "fecha_inscripcion"),
    ("exclusions", STAY, "vigente_desde"),
]
MONTHLY = [("attendance", MONTH, "periodo"), ("scores", SCORE, "periodo")]


@pytest.fixture(autouse=True)
def born(host: Host, tmp_path: Path) -> None:
    imported(ticking(host), tmp_path, CHILD | {"fecha_nacimiento": "2026-05-04"})


def told(host: Host, folder: Path, kind: str, row: dict[str, Any]) -> FileReport:
    return imported(host, folder, row, kind=kind)


@pytest.mark.parametrize(("kind", "row", "column"), DATED)
def test_a_day_before_the_birth_is_refused_and_the_day_itself_is_not(
    host: Host, tmp_path: Path, kind: str, row: dict[str, Any], column: str
) -> None:
    before = told(host, tmp_path, kind, row | {column: "2026-05-03"})
    assert [(f.line, f.column, f.code) for f in before.findings] == [(2, column, "BEFORE_BIRTH")]
    assert (before.rows_rejected, before.counts.changed) == (1, 0)
    assert told(host, tmp_path, kind, row | {column: "2026-05-04"}).counts.inserted == 1


@pytest.mark.parametrize(("kind", "row", "column"), MONTHLY)
def test_a_month_before_the_birth_is_refused_and_that_of_the_birth_is_not(
    host: Host, tmp_path: Path, kind: str, row: dict[str, Any], column: str
) -> None:
    assert told(host, tmp_path, kind, row | {column: "2026-04"}).summary == {"BEFORE_BIRTH": 1}
    assert told(host, tmp_path, kind, row | {column: "2026-05"}).counts.inserted == 1


def test_the_gestations_own_alerts_are_of_before(host: Host, tmp_path: Path) -> None:
    assert told(host, tmp_path, "chcc_alerts", PREGNANCY | {"fecha": "2026-01-01"}).rows_rejected == 0


@pytest.mark.parametrize(
    ("kind", "row"), [("addresses", ADDRESS | {"fecha": "2010-01-01"}), ("households", HOME | {"hogar": "H1"})]
)
def test_a_home_may_be_older_than_the_child(host: Host, tmp_path: Path, kind: str, row: dict[str, Any]) -> None:
    assert told(host, tmp_path, kind, row).rows_rejected == 0


@pytest.mark.parametrize(("kind", "row", "column"), DATED)
def test_what_was_told_of_a_child_who_was_awaited_stays_true_after_the_birth(
    host: Host, tmp_path: Path, kind: str, row: dict[str, Any], column: str
) -> None:
    imported(host, tmp_path, CHILD | {"fecha_nacimiento": "2026-05-04", "fecha_probable_parto": "2026-05-20"})
    assert told(host, tmp_path, kind, row | {column: "2026-01-01"}).counts.inserted == 1
    assert told(host, tmp_path, kind, row | {column: "2025-07-03"}).summary == {"BEFORE_BIRTH": 1}


@pytest.mark.parametrize(("kind", "row", "column"), DATED)
def test_who_is_not_born_has_no_birth_to_be_before(
    host: Host, tmp_path: Path, kind: str, row: dict[str, Any], column: str
) -> None:
    key = {"tipo_identificador": "PROVISIONAL", "identificador": "100000000-7"}
    imported(host, tmp_path, CHILD | key | {"fecha_nacimiento": "", "fecha_probable_parto": "2026-12-20"})
    assert told(host, tmp_path, kind, row | key | {column: "2026-10-01"}).rows_rejected == 0


AWAITED = {"tipo_identificador": "PROVISIONAL", "identificador": "100000000-7"}


@pytest.mark.parametrize("by", ["the office", "a file"])
@pytest.mark.parametrize(("kind", "row", "column"), DATED)
def test_whoever_writes_down_a_birth_what_was_told_of_the_gestation_still_comes_in(
    host: Host, tmp_path: Path, kind: str, row: dict[str, Any], column: str, by: str
) -> None:
    unborn = CHILD | AWAITED | {"fecha_nacimiento": "", "fecha_probable_parto": "2026-11-20"}
    imported(host, tmp_path, unborn)
    if by == "a file":
        imported(host, tmp_path, unborn | {"fecha_nacimiento": "2026-11-18", "fecha_probable_parto": ""})
    else:
        (child,) = (one for one in stored(host, Nna) if one.birth_date is None)
        with transactions(host)() as uow:
            update_nna(uow, child.id, {"birth_date": date(2026, 11, 18), "given_names": "Luz"}, None)
    assert told(host, tmp_path, kind, row | AWAITED | {column: "2026-09-01"}).counts.inserted == 1
    assert told(host, tmp_path, kind, row | AWAITED | {column: "2026-01-17"}).summary == {"BEFORE_BIRTH": 1}


def test_an_alert_of_a_gestation_follows_the_files_after_the_office_wrote_down_the_birth(
    host: Host, tmp_path: Path
) -> None:
    unborn = CHILD | AWAITED | {"fecha_nacimiento": "", "fecha_probable_parto": "2026-11-20"}
    imported(host, tmp_path, unborn)
    alert = ALERT | AWAITED | {"fecha_observacion": "2026-09-01"}
    told(host, tmp_path, "alerts", alert)
    (child,) = (one for one in stored(host, Nna) if one.birth_date is None)
    with transactions(host)() as uow:
        update_nna(uow, child.id, {"birth_date": date(2026, 11, 18), "given_names": "Luz"}, None)
    told(host, tmp_path, "alerts", alert | {"estado": "VALIDATED"})
    assert [one.state for one in stored(host, Alert)] == ["VALIDATED"]
