"""Who cares for a family as the office has it: a file brings back nobody whom the office let go, nor their number."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from core.host import Host
from core.models.families import FamilyMember, FamilyRole, Relative
from core.models.people import Contact, Nna
from core.services.extracts import Counts
from core.services.families import FamilyMemberData, RelativeData, add_family_member
from tests.services.extract_files import imported, stored, ticking, transactions
from tests.services.homes import (
    KID,
    LUZ,
    MARTA,
    ROSA,
    SIBLING,
    again,
    ana_cares,
    at_home,
    carers,
    hide_contact,
    hide_relative,
    leaves,
    of_relative,
    relatives,
)


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)


def test_who_left_by_the_office_is_not_brought_back(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    hide_relative(host)
    leaves(host, "Rosa")
    report = again(host, tmp_path, ROSA | {"cuidador_telefono": "+56900000009"})
    assert (relatives(host), carers(host)) == ([("Rosa", "+56900000001", True)], [])
    assert report.counts == Counts(passed_over=1)


def test_who_left_by_the_office_drives_no_other_carer_out(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    leaves(host, "Rosa")
    again(host, tmp_path, MARTA)
    again(host, tmp_path, ROSA, "2026-11-03")
    assert (len(relatives(host)), carers(host)) == (2, ["Marta"])


def test_the_number_of_who_asked_not_to_be_called_is_not_written_under_another_name(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    hide_relative(host)
    leaves(host, "Rosa")
    again(host, tmp_path, ROSA | {"cuidador_apellido_materno": "Paz", "cuidador_telefono": "9 0000 0001"})
    assert relatives(host) == [("Rosa", "+56900000001", True), ("Rosa", None, False)]


def test_care_that_the_office_passed_on_does_not_come_back_with_a_file(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    hide_relative(host)
    ana_cares(host)
    leaves(host, "Ana")
    report = again(host, tmp_path, ROSA)
    assert (relatives(host), carers(host)) == ([("Rosa", "+56900000001", True), ("Ana", None, False)], [])
    assert report.counts == Counts(passed_over=1)


def test_care_passed_on_on_its_first_day_does_not_come_back_either(host: Host, tmp_path: Path) -> None:
    with host.unit_of_work(None, "look", reason="a test looks") as uow:
        today = uow.today()
    at_home(host, tmp_path, ROSA | {"fecha_actualizacion": today.isoformat()})
    ana_cares(host)
    leaves(host, "Ana")
    again(host, tmp_path, ROSA, today.isoformat())
    assert (len(relatives(host)), carers(host)) == (2, [])


def test_a_relative_whom_the_office_wrote_down_cares_where_nobody_does(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID)
    family = stored(host, Nna)[0].family_id
    with transactions(host)() as uow:
        rosa = RelativeData("Rosa", "Soto", no_contact=True)
        since = date(2026, 1, 1)
        add_family_member(uow, FamilyMemberData(family, FamilyRole.MOTHER, relative=rosa, valid_from=since))
    report = again(host, tmp_path, ROSA)
    assert (relatives(host), carers(host)) == ([("Rosa", None, True)], ["Rosa"])
    first, second = sorted((m for m in stored(host, FamilyMember) if m.relative_id), key=lambda m: m.valid_from)
    assert (first.main_carer, first.valid_until, second.valid_from) == (False, date(2026, 11, 2), date(2026, 11, 2))
    assert report.counts.inserted == 1


@pytest.mark.parametrize("flag", [{}, {"direccion_protegida": "true"}])
def test_a_carer_whom_files_replaced_comes_back_as_the_same_person(
    host: Host, tmp_path: Path, flag: dict[str, str]
) -> None:
    imported(host, tmp_path, KID | flag)
    imported(host, tmp_path, ROSA, kind="households")
    again(host, tmp_path, MARTA)
    assert carers(host) == ["Marta"]
    report = again(host, tmp_path, ROSA | {"cuidador_telefono": "+56900000005"}, "2026-11-03")
    assert (relatives(host)[0], carers(host)) == (("Rosa", "+56900000005", False), ["Rosa"])
    assert (len(relatives(host)), report.counts.updated) == (2, 1)
    assert of_relative(host, "Rosa").valid_from == date(2026, 11, 3)


def test_who_comes_back_is_of_the_family_again_from_the_day_on_which_they_left(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    again(host, tmp_path, MARTA)
    again(host, tmp_path, ROSA, "2026-10-15")
    assert (carers(host), of_relative(host, "Rosa").valid_from) == (["Rosa"], date(2026, 11, 2))


def test_who_asked_not_to_be_called_after_they_left_is_not_brought_back(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    again(host, tmp_path, MARTA)
    hide_relative(host)
    report = again(host, tmp_path, ROSA, "2026-11-03")
    assert (len(relatives(host)), carers(host), report.counts) == (2, ["Marta"], Counts(passed_over=1))


def test_an_earlier_file_brings_nobody_back_whom_a_later_one_let_go(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    again(host, tmp_path, MARTA)
    leaves(host, "Marta")
    told = ROSA | {"tramo_rsh": "50", "fecha_actualizacion": "2026-11-01"}
    imported(host, tmp_path, told, kind="households")
    assert (len(relatives(host)), carers(host)) == (2, [])


def test_an_earlier_file_of_the_month_brings_nobody_back_whom_its_correction_let_go(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    imported(host, tmp_path, MARTA, kind="households")
    leaves(host, "Marta")
    imported(host, tmp_path, SIBLING | {"hogar": "H9"})  # so that the first is compared row by row again
    report = imported(host, tmp_path, ROSA, kind="households")
    assert (len(relatives(host)), carers(host), report.counts) == (2, [], Counts(passed_over=1))


def test_a_correction_of_the_month_brings_back_whom_its_first_file_let_go(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    for told in (MARTA, ROSA | {"tramo_rsh": "50"}):
        imported(host, tmp_path, told, kind="households")
    assert carers(host) == ["Rosa"]


def test_a_carer_who_is_the_hidden_contact_of_a_child_comes_without_number(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, LUZ | {"contacto_nombres": "Rosa Soto"})
    hide_contact(host)
    for day in ("2026-11-02", "2026-11-03"):
        again(host, tmp_path, ROSA, day)
        assert relatives(host) == [("Rosa", None, True)]


def test_the_same_files_again_change_nothing(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA | LUZ)
    hide_relative(host)
    hide_contact(host)
    leaves(host, "Rosa")
    versions = [row.version for model in (Relative, FamilyMember, Contact) for row in stored(host, model)]
    for days in range(3):
        day = date(2026, 11, 2) + timedelta(days=days)
        assert again(host, tmp_path, ROSA | LUZ, day.isoformat()).counts.changed == 0
    assert versions == [row.version for model in (Relative, FamilyMember, Contact) for row in stored(host, model)]
