"""Which of two files is later, and that what an earlier one says never comes to stand over it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.host import Host
from core.identity import demo_run
from core.models.alerts import Alert
from core.models.extracts import Extract, ListStatus, OfficialScore
from core.models.families import Family, FamilyMember, Relative
from core.models.people import Address, Attendance, Contact, HealthRegistration, Nna, Schooling
from core.services.extracts import Counts, FileReport, ImportOptions, Outcome
from tests.factories import a_user, actor
from tests.services.extract_files import PERSON, counted, imported, stored, ticking, transactions
from tests.services.test_extracts_precedence import (
    ADDRESS,
    ALERT,
    CARER,
    CHILD,
    DECEMBER,
    HOME,
    KEY,
    MONTH,
    OCTOBER,
    edit,
    only,
)

FORCE = ImportOptions(force=True)
STAY = KEY | {"motivo": "PROTECTION_MEASURE", "efecto": "EXCLUDED", "vigente_desde": "2026-01-01"}
SCORE = KEY | {"periodo": "2026-10", "puntaje": "50", "percentil": "60", "orden": "7", "version_instrumento": "V1"}
HEALTH = KEY | {"prevision": "FONASA_A", "centro": "CESFAM Uno", "fecha_inscripcion": "2026-01-01"}
CONTACT = HOME | {"contacto_nombres": "Luz Soto", "contacto_telefono": "+56900000003"}
BAD = {"identificador": "1-1"}

# of each kind: a row, what a correction of it says, and how to see which of them stands
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], Any]] = {
    "a name": ("persons", CHILD, {"nombres": "Ana"}, lambda h: only(h, Nna).given_names),
    "a nationality": (
        "persons",
        CHILD | {"nacionalidad": "CHL"},
        {"nacionalidad": "VEN"},
        lambda h: only(h, Nna).nationality,
    ),
    "a home": ("households", HOME, {"tramo_rsh": "60"}, lambda h: only(h, Family).rsh_bracket),
    "a carer": ("households", HOME | CARER, {"cuidador_nombres": "Inés"}, lambda h: main_carer(h)),
    "a telephone": (
        "households", HOME | CARER, {"cuidador_telefono": "+56900000002"}, lambda h: only(h, Relative).phone,
    ),
    "a contact": ("households", CONTACT, {"contacto_telefono": "+56900000004"}, lambda h: only(h, Contact).phone),
    "an address": ("addresses", ADDRESS, {"calle": "El Litre"}, lambda h: standing(h, Address, "street")),
    "a health centre": (
        "health", HEALTH, {"centro": "CESFAM Dos"}, lambda h: standing(h, HealthRegistration, "centre"),
    ),
    "attendance": ("attendance", MONTH, {"asistencia": "80"}, lambda h: only(h, Attendance).rate),
    "a school": ("attendance", MONTH, {"rbd": "90002"}, lambda h: standing(h, Schooling, "school_code")),
    "an alert": ("alerts", ALERT, {"estado": "VALIDATED"}, lambda h: only(h, Alert).state),
    "an exclusion": ("exclusions", STAY, {"vigente_hasta": "2026-10-01"}, lambda h: only(h, ListStatus).valid_until),
    "a score": ("scores", SCORE, {"puntaje": "70"}, lambda h: only(h, OfficialScore).score),
}  # fmt: skip


@pytest.fixture(autouse=True)
def known(host: Host, tmp_path: Path) -> None:
    imported(ticking(host), tmp_path, CHILD, period=date(2026, 1, 1))


def standing(host: Host, model: type[Any], column: str) -> Any:
    """Give a column of the only row that is open today."""
    (row,) = (row for row in stored(host, model) if row.valid_until is None)
    return getattr(row, column)


def main_carer(host: Host) -> str:
    (member,) = (one for one in stored(host, FamilyMember) if one.main_carer and one.valid_until is None)
    return next(one.given_names for one in stored(host, Relative) if one.id == member.relative_id)


def changes(report: FileReport) -> tuple[Outcome, int]:
    return report.outcome, report.counts.changed


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], dict[str, Any], Any]:
    return CASES[request.param]


def test_a_file_that_comes_again_after_its_correction_changes_nothing(
    host: Host, tmp_path: Path, case: tuple[Any, ...]
) -> None:
    kind, row, correction, stands = case
    imported(host, tmp_path, row, kind=kind)
    first = stands(host)
    imported(host, tmp_path, row | correction, kind=kind)
    corrected, before = stands(host), counted(host)
    again = imported(host, tmp_path, row, kind=kind)
    assert first != corrected == stands(host)
    assert (changes(again), counted(host)) == ((Outcome.PASSED_OVER, 0), before)
    assert "llegó otro del mismo mes: no cambió nada. Para aplicarlo de todos modos: --force." in again.notes[-1]
    imported(host, tmp_path, row, kind=kind, options=FORCE)
    assert stands(host) == first
    assert imported(host, tmp_path, row | correction, kind=kind).outcome is Outcome.PASSED_OVER
    assert stands(host) == first


def test_a_file_with_bad_rows_that_comes_again_after_its_correction_changes_nothing(
    host: Host, tmp_path: Path, case: tuple[Any, ...]
) -> None:
    kind, row, correction, stands = case
    bad = row | ({"fecha_actualizacion": "x"} if kind == "households" else BAD)
    imported(host, tmp_path, row, bad, kind=kind)
    imported(host, tmp_path, row | correction, kind=kind)
    corrected = stands(host)
    again = imported(host, tmp_path, row, bad, kind=kind)
    assert (stands(host), again.rows_rejected, again.counts.changed) == (corrected, 1, 0)
    if correction != {"rbd": "90002"}:  # a school is no row of its own
        assert (again.outcome, again.counts.passed_over) == (Outcome.PASSED_OVER, 1)
        assert "llegó otro del mismo mes" in again.notes[-1]


def test_an_earlier_months_file_changes_nothing_that_a_later_one_said_or_said_again(
    host: Host, tmp_path: Path, case: tuple[Any, ...]
) -> None:
    kind, row, correction, stands = case
    imported(host, tmp_path, row, kind=kind, period=OCTOBER)
    first = stands(host)
    again = imported(host, tmp_path, row | {"extra": "otra huella"}, kind=kind)
    assert again.counts.changed == 0
    late = imported(host, tmp_path, row | correction, kind=kind, period=OCTOBER)
    assert (stands(host), late.counts.changed) == (first, 0)
    imported(host, tmp_path, row | correction, kind=kind, period=DECEMBER)
    assert stands(host) != first


def test_an_earlier_months_file_does_not_come_back_over_what_the_office_let_a_later_one_say(
    host: Host, tmp_path: Path
) -> None:
    imported(host, tmp_path, CHILD | {"nacionalidad": "CHL"}, period=OCTOBER)
    edit(host, Nna, given_names="Amanda Belén")
    imported(host, tmp_path, CHILD | {"nacionalidad": "VEN"})
    late = imported(host, tmp_path, CHILD | {"nacionalidad": "PER"}, period=OCTOBER)
    assert (only(host, Nna).nationality, late.counts) == ("VEN", Counts(passed_over=1))
    imported(host, tmp_path, CHILD | {"nacionalidad": "PER"}, period=DECEMBER)
    child = only(host, Nna)
    assert (child.nationality, child.given_names) == ("PER", "Amanda Belén")


def test_what_a_file_says_again_stays_at_its_version_and_the_offices_word_stays_the_offices(
    host: Host, tmp_path: Path
) -> None:
    imported(host, tmp_path, CHILD)
    version = only(host, Nna).version
    imported(host, tmp_path, CHILD, period=DECEMBER)
    assert only(host, Nna).version == version
    edit(host, Nna, given_names="Amanda Belén")
    imported(host, tmp_path, CHILD, period=DECEMBER, options=FORCE)
    imported(host, tmp_path, CHILD | {"hogar": "H1", "extra": "1"}, period=DECEMBER)
    assert only(host, Nna).given_names == "Amanda Belén"


def test_a_correction_of_some_rows_stands_and_the_other_rows_may_still_come_in(host: Host, tmp_path: Path) -> None:
    other = CHILD | {"identificador": demo_run(1)}
    scores = [SCORE, SCORE | {"identificador": demo_run(1)}]
    assert imported(host, tmp_path, *scores, kind="scores").summary == {"UNKNOWN_PERSON": 1}
    imported(host, tmp_path, SCORE | {"puntaje": "70"}, kind="scores")
    imported(host, tmp_path, other)
    again = imported(host, tmp_path, *scores, kind="scores")
    assert (again.outcome, again.counts) == (Outcome.IMPORTED, Counts(inserted=1, passed_over=1))
    assert sorted(row.score for row in stored(host, OfficialScore)) == [50, 70]


def test_the_same_file_still_serves_another_commune_after_a_correction_in_the_first(host: Host, tmp_path: Path) -> None:
    with transactions(host)() as uow:
        for commune in ("13101", "13301"):
            a_user(uow, actor("COORDINATOR", commune))
    here, there = actor("COORDINATOR", "13101"), actor("COORDINATOR", "13301")
    rows = [CHILD, PERSON | {"identificador": demo_run(1), "comuna": "13301"}]
    imported(host, tmp_path, *rows, actor=here)
    imported(host, tmp_path, CHILD | {"nombres": "Ana"}, actor=here)
    second = imported(host, tmp_path, *rows, actor=there)
    assert (second.outcome, second.counts) == (Outcome.IMPORTED, Counts(inserted=1))
    imported(host, tmp_path, *rows)
    assert sorted(child.given_names for child in stored(host, Nna)) == ["Amanda", "Ana"]


def test_persons_of_a_later_month_do_not_keep_out_what_is_told_of_their_homes(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD | {"hogar": "H2"}, period=DECEMBER)
    imported(host, tmp_path, HOME | {"hogar": "H2"}, kind="households")
    assert [family.rsh_bracket for family in stored(host, Family) if family.source_key == "H2"] == [40]


def test_an_earlier_months_address_goes_into_the_past_and_not_before_todays(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, ADDRESS | {"fecha": "2026-06-01"}, kind="addresses")
    old = ADDRESS | {"calle": "El Litre", "fecha": "2024-01-01"}
    wrong = ADDRESS | {"calle": "El Boldo", "fecha": "2026-08-01"}
    late = imported(host, tmp_path, old, wrong, kind="addresses", period=OCTOBER)
    assert late.counts == Counts(inserted=1, passed_over=1)
    told = sorted((one.valid_from, one.street, one.valid_until) for one in stored(host, Address))
    since = date(2026, 6, 1)
    assert told == [(date(2024, 1, 1), "El Litre", since), (since, "Los Aromos", None)]


def lived(host: Host) -> list[tuple[str, str, str]]:
    rows = sorted(stored(host, Address), key=lambda one: one.valid_from)
    return [(one.street, str(one.valid_from), str(one.valid_until)) for one in rows]


MOVES = [ADDRESS | {"calle": street, "fecha": day} for street, day in (("A", "2026-03-01"), ("B", "2026-05-01"))]
LATE = ADDRESS | {"calle": "C", "fecha": "2026-04-01"}


def test_a_late_address_ends_the_one_that_held_on_its_day_though_that_had_ended_later(
    host: Host, tmp_path: Path
) -> None:
    for row, period in zip((*MOVES, LATE), (OCTOBER, date(2026, 11, 1), DECEMBER), strict=True):
        imported(host, tmp_path, row, kind="addresses", period=period)
    told = [("A", "2026-03-01", "2026-04-01"), ("C", "2026-04-01", "2026-05-01"), ("B", "2026-05-01", "None")]
    assert lived(host) == told
    for row, period in zip((*MOVES, LATE), (OCTOBER, date(2026, 11, 1), DECEMBER), strict=True):
        imported(host, tmp_path, row, kind="addresses", period=period)
    assert lived(host) == told


def test_an_address_that_the_office_ended_ends_when_the_office_said(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, MOVES[0], kind="addresses", period=OCTOBER)
    edit(host, Address, valid_until=date(2026, 5, 1))
    imported(host, tmp_path, LATE, kind="addresses", period=DECEMBER)
    assert lived(host)[0] == ("A", "2026-03-01", "2026-05-01")


def test_an_address_of_after_the_end_of_another_leaves_it_as_it_is(host: Host, tmp_path: Path) -> None:
    for row, period in zip(MOVES, (OCTOBER, date(2026, 11, 1)), strict=True):
        imported(host, tmp_path, row, kind="addresses", period=period)
    first = lived(host)[0]
    imported(host, tmp_path, LATE | {"fecha": "2026-06-01"}, kind="addresses", period=DECEMBER)
    assert lived(host)[0] == first


def test_a_repeated_file_names_the_day_of_the_one_that_followed_and_leaves_no_record(
    host: Host, tmp_path: Path
) -> None:
    imported(host, tmp_path, CHILD | {"nombres": "Ana"})
    imported(host, tmp_path, CHILD | {"nombres": "Eva"}, period=DECEMBER)
    records = len(stored(host, Extract))
    again = imported(host, tmp_path, CHILD | {"nombres": "Ana"})
    assert again.notes == (
        "Este archivo ya se había importado el 20-11-2026 y después, el 20-11-2026, llegó otro, de 2026-12: "
        "no cambió nada.",
    )
    assert len(stored(host, Extract)) == records
