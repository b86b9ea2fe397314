"""A later file after an earlier one, and after the office's own work."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.host import Host
from core.identity import demo_run
from core.models.alerts import Alert
from core.models.extracts import ListStatus, OfficialScore
from core.models.families import Family, FamilyMember, Relative
from core.models.people import Address, Attendance, Contact, Nna, Schooling
from core.services.extracts import Counts, ImportOptions, Outcome
from tests.factories import an_alert, an_nna
from tests.services.extract_files import PERSON, imported, stored, ticking, transactions

OCTOBER, NOVEMBER, DECEMBER = (date(2026, month, 1) for month in (10, 11, 12))
KEY = {"comuna": "13101", "tipo_identificador": "RUN", "identificador": demo_run(0)}
CHILD = PERSON | KEY | {"hogar": "H1"}
HOME = {"comuna": "13101", "hogar": "H1", "fecha_actualizacion": "2026-01-01", "tramo_rsh": "40"}
CARER = {"cuidador_nombres": "Rosa", "cuidador_apellido_paterno": "Soto", "cuidador_parentesco": "MOTHER"}
CARER |= {"cuidador_telefono": "+56900000001"}
ADDRESS = KEY | {"calle": "Los Aromos", "numero": "1", "fuente": "RSH", "fecha": "2025-01-01"}
MONTH = KEY | {"periodo": "2026-09", "rbd": "90001", "nivel": "PRIMARY", "grado": "4", "letra": "A", "asistencia": "90"}


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)


def edit(host: Host, model: type[Any], **changes: Any) -> None:
    """Change the only row of a table by hand, as a service of the office does."""
    with transactions(host)() as uow:
        row = uow.session.scalars(select(model)).one()
        for name, value in changes.items():
            setattr(row, name, value)
        uow.touch(row)


def only(host: Host, model: type[Any]) -> Any:
    (row,) = stored(host, model)
    return row


def test_a_child_whom_nobody_touched_follows_the_newest_file(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    report = imported(host, tmp_path, CHILD | {"nombres": "Amanda Sofía", "nacionalidad": "VEN"}, period=DECEMBER)
    child = only(host, Nna)
    assert (report.counts.updated, child.given_names, child.nationality, child.version) == (1, "Amanda Sofía", "VEN", 2)
    assert child.name_fold == "amanda sofia nunez"


def test_a_name_that_the_office_mended_stays_mended_file_after_file(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    edit(host, Nna, given_names="Amanda Belén")
    for nationality, period in (("VEN", NOVEMBER), ("PER", DECEMBER)):
        imported(host, tmp_path, CHILD | {"nacionalidad": nationality}, period=period)
    child = only(host, Nna)
    assert (child.given_names, child.nationality) == ("Amanda Belén", "PER")


def test_a_child_whom_the_office_registered_is_recognised_and_completed(host: Host, tmp_path: Path) -> None:
    with transactions(host)() as uow:
        an_nna(uow, run=demo_run(0), given_names="Amanda Belén", second_surname=None)
    imported(host, tmp_path, CHILD | {"apellido_materno": "Rojas"})
    child = only(host, Nna)
    assert (child.given_names, child.second_surname) == ("Amanda Belén", "Rojas")
    assert child.family_id == only(host, Family).id == only(host, FamilyMember).family_id


def test_a_protected_address_is_never_opened_by_a_file(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD | {"direccion_protegida": "true"})
    imported(host, tmp_path, CHILD | {"direccion_protegida": "false"}, period=DECEMBER)
    assert only(host, Nna).protected_address is True


def test_an_earlier_month_that_comes_late_changes_nothing(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    assert imported(host, tmp_path, CHILD | {"nombres": "Otra"}, period=OCTOBER).counts == Counts(passed_over=1)
    assert only(host, Nna).given_names == "Amanda"


def test_a_child_who_changes_household_leaves_one_family_for_the_other(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, CHILD | {"hogar": "H2"}, period=DECEMBER)
    first, second = sorted(stored(host, FamilyMember), key=lambda member: member.valid_from)
    assert (first.valid_until, second.valid_from, second.valid_until) == (DECEMBER, DECEMBER, None)
    assert only(host, Nna).family_id == second.family_id != first.family_id


def test_a_family_that_the_office_chose_is_kept(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    family = only(host, Family).id
    edit(host, Nna, social_name="Álex")
    imported(host, tmp_path, CHILD | {"hogar": "H2"}, period=DECEMBER)
    assert only(host, Nna).family_id == family


def test_a_household_told_twice_in_a_file_is_as_it_was_last(host: Host, tmp_path: Path) -> None:
    later = HOME | {"fecha_actualizacion": "2026-05-01", "tramo_rsh": "60"}
    report = imported(host, tmp_path, later, HOME, kind="households")
    assert (only(host, Family).rsh_bracket, report.counts.inserted, report.counts.unchanged) == (60, 1, 1)


def test_the_same_carer_with_another_telephone_is_the_same_carer(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, HOME | CARER, kind="households")
    again = HOME | CARER | {"cuidador_nombres": "ROSA", "cuidador_telefono": "+56900000002"}
    report = imported(host, tmp_path, again, kind="households", period=DECEMBER)
    assert (only(host, Relative).phone, report.counts.updated) == ("+56900000002", 1)


def test_another_carer_takes_the_place_of_the_one_before(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, HOME | CARER, kind="households")
    other = HOME | CARER | {"cuidador_nombres": "Inés", "fecha_actualizacion": "2026-06-01"}
    imported(host, tmp_path, other, kind="households", period=DECEMBER)
    first, second = sorted(stored(host, FamilyMember), key=lambda member: member.valid_from)
    assert (first.main_carer, first.valid_until) == (False, date(2026, 6, 1))
    assert (second.main_carer, second.valid_until) == (True, None)


def test_a_carer_whom_the_office_changed_stays(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, HOME | CARER, kind="households")
    edit(host, Relative, phone="+56900000009")
    other = HOME | CARER | {"cuidador_nombres": "Inés"}
    report = imported(host, tmp_path, other, kind="households", period=DECEMBER)
    assert (only(host, Relative).phone, report.counts.changed) == ("+56900000009", 0)


def test_the_second_contact_is_each_childs(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD, CHILD | {"identificador": demo_run(1)})
    told = HOME | {"contacto_nombres": "Luz Soto", "contacto_telefono": "+56900000003"}
    imported(host, tmp_path, told, kind="households")
    imported(host, tmp_path, told | {"contacto_telefono": "+56900000004"}, kind="households", period=DECEMBER)
    assert [contact.phone for contact in stored(host, Contact)] == ["+56900000004"] * 2


def test_a_sibling_who_joins_later_gets_the_contact_of_a_file_of_homes_that_did_not_change(
    host: Host, tmp_path: Path
) -> None:
    told = HOME | {"contacto_nombres": "Luz Soto", "contacto_telefono": "+56900000003"}
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, told, kind="households")
    assert imported(host, tmp_path, told, kind="households").outcome is Outcome.ALREADY_IMPORTED
    imported(host, tmp_path, CHILD, CHILD | {"identificador": demo_run(1)})
    assert imported(host, tmp_path, told, kind="households").counts.updated == 1
    assert {one.nna_id for one in stored(host, Contact)} == {one.id for one in stored(host, Nna)}
    assert imported(host, tmp_path, told, kind="households").outcome is Outcome.ALREADY_IMPORTED
    assert len(stored(host, Contact)) == 2


def test_the_same_address_of_a_source_is_not_repeated(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, ADDRESS, kind="addresses")
    again = imported(host, tmp_path, ADDRESS | {"fecha": "2026-02-01"}, kind="addresses", period=DECEMBER)
    assert (again.counts.unchanged, only(host, Address).valid_from) == (1, date(2025, 1, 1))


def test_another_address_of_a_source_closes_the_one_before(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, ADDRESS, kind="addresses")
    moved = ADDRESS | {"calle": "El Litre", "fecha": "2026-02-01"}
    imported(host, tmp_path, moved, ADDRESS | {"fuente": "FONASA"}, kind="addresses", period=DECEMBER)
    told = sorted((a.source, a.street, a.valid_until) for a in stored(host, Address))
    closed = date(2026, 2, 1)
    assert told == [("FONASA", "Los Aromos", None), ("RSH", "El Litre", None), ("RSH", "Los Aromos", closed)]


def test_an_address_that_the_office_changed_is_not_closed(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, ADDRESS, kind="addresses")
    edit(host, Address, unit="B")
    imported(host, tmp_path, ADDRESS | {"calle": "El Litre", "fecha": "2026-02-01"}, kind="addresses", period=DECEMBER)
    assert [address.valid_until for address in stored(host, Address)] == [None, None]


def test_months_of_attendance_tell_of_schools(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    moved = MONTH | {"periodo": "2026-11", "rbd": "90002"}
    imported(host, tmp_path, MONTH, MONTH | {"periodo": "2026-10"}, moved, kind="attendance")
    first, second = sorted(stored(host, Schooling), key=lambda row: row.valid_from)
    assert (first.school_code, first.grade, first.valid_until) == ("90001", "4A", date(2026, 11, 1))
    assert (second.school_code, second.valid_until) == ("90002", None)


def test_a_month_told_anew_is_corrected(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, MONTH, kind="attendance")
    imported(host, tmp_path, MONTH | {"asistencia": "85.5"}, kind="attendance", period=DECEMBER)
    assert only(host, Attendance).rate == 85.5


def test_a_month_whose_school_alone_is_corrected_counts_as_changed(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, MONTH, kind="attendance")
    moved = MONTH | {"rbd": "90002"}
    assert imported(host, tmp_path, moved, kind="attendance", period=DECEMBER).counts == Counts(updated=1)
    both = moved | {"rbd": "90003", "asistencia": "70"}
    assert imported(host, tmp_path, both, kind="attendance", period=DECEMBER).counts == Counts(updated=1)
    assert imported(
        host, tmp_path, both, kind="attendance", period=DECEMBER, options=ImportOptions(force=True)
    ).counts == Counts(unchanged=1)


def test_a_score_told_anew_is_corrected_and_a_new_version_stands_beside_it(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    score = KEY | {"periodo": "2026-11", "puntaje": "50", "percentil": "60", "orden": "7", "version_instrumento": "V1"}
    imported(host, tmp_path, score, kind="scores")
    changed = score | {"puntaje": "51"}
    imported(host, tmp_path, changed, score | {"version_instrumento": "V2"}, kind="scores")
    told = sorted((row.instrument_version, row.score, row.percentile, row.rank) for row in stored(host, OfficialScore))
    assert told == [("V1", 51.0, 60.0, 7), ("V2", 50.0, 60.0, 7)]


def test_a_stay_that_ended_is_closed(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    stay = KEY | {"motivo": "PROTECTION_MEASURE", "efecto": "EXCLUDED", "vigente_desde": "2026-01-01"}
    imported(host, tmp_path, stay, kind="exclusions")
    imported(host, tmp_path, stay | {"vigente_hasta": "2026-10-01"}, kind="exclusions", period=DECEMBER)
    assert only(host, ListStatus).valid_until == date(2026, 10, 1)


ALERT = KEY | {"tipo": "LACK_OF_SUPERVISION", "fecha_observacion": "2026-01-01", "estado": "PENDING_VALIDATION"}
ALERT |= {"sector": "EDUCATION"}


def test_an_alert_follows_the_file_until_the_office_decides(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    imported(host, tmp_path, ALERT, kind="alerts")
    imported(host, tmp_path, ALERT | {"estado": "VALIDATED"}, kind="alerts")
    assert only(host, Alert).state == "VALIDATED"
    edit(host, Alert, state="IN_ATTENTION")
    imported(host, tmp_path, ALERT | {"estado": "DISMISSED"}, kind="alerts", period=DECEMBER)
    assert only(host, Alert).state == "IN_ATTENTION"


def test_an_alert_that_the_office_raised_does_not_come_back_as_another(host: Host, tmp_path: Path) -> None:
    with transactions(host)() as uow:
        an_alert(uow, an_nna(uow, run=demo_run(0)), observed_on=date(2026, 1, 1))
    report = imported(host, tmp_path, ALERT, kind="alerts")
    assert (len(stored(host, Alert)), report.counts.unchanged) == (1, 1)


def test_types_seen_on_one_day_are_one_report_and_sectors_are_several(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, CHILD)
    others = (ALERT | {"tipo": "FAMILY_CONFLICT"}, ALERT | {"sector": "HEALTH"})
    imported(host, tmp_path, ALERT, *others, kind="alerts")
    alerts = stored(host, Alert)
    assert (len(alerts), len({alert.report_id for alert in alerts})) == (3, 2)
    assert {alert.information for alert in alerts} >= {"Informada por el sector Educación."}
