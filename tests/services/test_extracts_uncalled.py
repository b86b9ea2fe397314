"""A file writes down anew neither whom the office ended nor, in clear, who asked not to be called."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest

from core.host import Host
from core.identity import demo_run
from core.models.families import FamilyMember, FamilyRole, Relative
from core.models.people import Contact, Nna
from core.services.extracts import Counts, FileReport
from core.services.extracts.uncalled import phone_key
from core.services.families import FamilyMemberData, RelativeData, add_family_member, leave_family, update_relative
from core.services.people import ContactData, add_contact, close_contact
from core.services.people.contacts import normal_phone
from tests.services.extract_files import PERSON, imported, stored, ticking, transactions

DECEMBER = date(2026, 12, 1)
KID = PERSON | {"identificador": demo_run(0), "nombres": "Rayen", "hogar": "H1"}
SIBLING = PERSON | {"identificador": demo_run(1), "nombres": "Lautaro", "hogar": "H1"}
HOME = {"comuna": "13101", "hogar": "H1", "fecha_actualizacion": "2026-10-01", "tramo_rsh": "40"}
LUZ = HOME | {"contacto_nombres": "Luz Soto", "contacto_telefono": "+56900000003"}
ROSA = HOME | {"cuidador_nombres": "Rosa", "cuidador_apellido_paterno": "Soto", "cuidador_parentesco": "MOTHER"}
ROSA |= {"cuidador_telefono": "+56900000001"}
MARTA = ROSA | {"cuidador_nombres": "Marta", "cuidador_telefono": "+56900000002"}


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)


def at_home(host: Host, folder: Path, told: dict[str, str]) -> None:
    imported(host, folder, KID)
    imported(host, folder, told, kind="households")


def again(host: Host, folder: Path, told: dict[str, str], day: str = "2026-11-02") -> FileReport:
    """Import what December's file says of the home."""
    return imported(host, folder, told | {"fecha_actualizacion": day}, kind="households", period=DECEMBER)


def called(host: Host, name: str = "Rayen") -> list[tuple[str, str | None, bool, bool]]:
    """Give whom else to call about a child: name, telephone, whether they asked not to be, whether it is over."""
    (child,) = (nna for nna in stored(host, Nna) if nna.given_names == name)
    rows = (row for row in stored(host, Contact) if row.nna_id == child.id)
    return [(row.name, row.phone, row.no_contact, row.valid_until is not None) for row in rows]


def relatives(host: Host) -> list[tuple[str, str | None, bool]]:
    return [(row.given_names, row.phone, row.no_contact) for row in stored(host, Relative)]


def carers(host: Host) -> list[str]:
    names = {row.id: row.given_names for row in stored(host, Relative)}
    rows = (row for row in stored(host, FamilyMember) if row.main_carer and row.valid_until is None)
    return [names[row.relative_id] for row in rows]


def of_relative(host: Host, name: str) -> FamilyMember:
    """Give the latest membership of a relative."""
    (who,) = (row.id for row in stored(host, Relative) if row.given_names == name)
    return max((row for row in stored(host, FamilyMember) if row.relative_id == who), key=lambda row: row.valid_from)


def end_contact(host: Host, contact_id: UUID) -> None:
    with transactions(host)() as uow:
        close_contact(uow, contact_id, uow.today(), None)


def hide_contact(host: Host) -> UUID:
    """End the only contact, and write the same person down as one who asked not to be called."""
    (contact,) = stored(host, Contact)
    end_contact(host, contact.id)
    with transactions(host)() as uow:
        return add_contact(uow, ContactData(contact.nna_id, contact.name, phone=contact.phone, no_contact=True)).id


def hide_relative(host: Host, name: str = "Rosa") -> None:
    (who,) = (row.id for row in stored(host, Relative) if row.given_names == name)
    with transactions(host)() as uow:
        update_relative(uow, who, {"no_contact": True}, None)


def leaves(host: Host, name: str) -> None:
    with transactions(host)() as uow:
        leave_family(uow, of_relative(host, name).id, uow.today(), None)


def ana_cares(host: Host) -> None:
    """Let the office pass the care on to Ana."""
    family, ana = stored(host, Nna)[0].family_id, RelativeData("Ana", "Paz")
    with transactions(host)() as uow:
        add_family_member(uow, FamilyMemberData(family, FamilyRole.GUARDIAN, relative=ana, main_carer=True))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"contacto_nombres": "LUZ  SOTÓ", "contacto_telefono": "9 0000-0003"},
        {"contacto_telefono": ""},
    ],
)
def test_a_contact_that_the_office_ended_stays_ended(host: Host, tmp_path: Path, told: dict[str, str]) -> None:
    at_home(host, tmp_path, LUZ)
    end_contact(host, stored(host, Contact)[0].id)
    report = again(host, tmp_path, LUZ | told)
    assert called(host) == [("Luz Soto", "+56900000003", False, True)]
    assert report.counts == Counts(passed_over=1)


WRITTEN = ["9 5555 0101", "+56 9 5555 0101", "56955550101", "(2) 2555-0101", "+1 202 555.0101", " ", ""]


@pytest.mark.parametrize("phone", WRITTEN)
def test_a_file_knows_a_number_again_as_the_office_writes_it(phone: str) -> None:
    assert pl.DataFrame({"phone": [phone]}).select(phone_key("phone")).item() == normal_phone(phone)


@pytest.mark.parametrize("told", [{"contacto_telefono": "+56900000004"}, {"contacto_nombres": "Eva Soto"}])
def test_another_number_or_another_person_is_news(host: Host, tmp_path: Path, told: dict[str, str]) -> None:
    at_home(host, tmp_path, LUZ)
    end_contact(host, stored(host, Contact)[0].id)
    again(host, tmp_path, LUZ | told)
    assert [row[3] for row in called(host)] == [True, False]


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize(
    "told", [{}, {"contacto_telefono": "+56900000004"}, {"contacto_nombres": "Luz"}, {"contacto_nombres": "Pedro Paz"}]
)
def test_who_asked_not_to_be_called_is_not_written_down_anew(
    host: Host, tmp_path: Path, told: dict[str, str], ended: bool
) -> None:
    at_home(host, tmp_path, LUZ)
    hidden = hide_contact(host)
    if ended:
        end_contact(host, hidden)
    before = called(host)
    report = again(host, tmp_path, LUZ | told)
    assert (called(host), report.counts.changed) == (before, 0)


def test_a_hidden_contact_that_the_file_says_again_counts_as_the_same(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, LUZ)
    hide_contact(host)
    assert again(host, tmp_path, LUZ).counts == Counts(unchanged=1)
    other = again(host, tmp_path, LUZ | {"contacto_telefono": "+56900000004"}, "2026-11-03")
    assert other.counts == Counts(passed_over=1)


def test_a_sibling_who_joins_gets_no_number_of_who_asked_not_to_be_called(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, LUZ)
    hide_contact(host)
    imported(host, tmp_path, KID, SIBLING, period=DECEMBER)
    report = again(host, tmp_path, LUZ)
    assert (called(host, "Lautaro"), report.counts) == ([], Counts(passed_over=1))


def test_a_number_that_is_hidden_is_not_written_on_the_contact_of_a_sibling(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID, SIBLING)
    imported(host, tmp_path, LUZ | {"contacto_telefono": ""}, kind="households")
    (rayen,) = (nna.id for nna in stored(host, Nna) if nna.given_names == "Rayen")
    with transactions(host)() as uow:
        add_contact(uow, ContactData(rayen, "Luz Soto", phone="900000003", no_contact=True))
    report = again(host, tmp_path, LUZ)
    assert called(host, "Lautaro") == [("Luz Soto", None, False, False)]
    assert report.counts == Counts(passed_over=1)


def test_who_is_called_again_is_written_down_for_a_sibling_too(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, LUZ)
    end_contact(host, hide_contact(host))
    (child,) = stored(host, Nna)
    with transactions(host)() as uow:
        add_contact(uow, ContactData(child.id, "Luz Soto", phone="900000003"))
    imported(host, tmp_path, KID, SIBLING, period=DECEMBER)
    again(host, tmp_path, LUZ)
    assert called(host, "Lautaro") == [("Luz Soto", "+56900000003", False, False)]


def test_a_hidden_contact_of_another_home_or_another_name_hides_nobody(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID, SIBLING | {"hogar": "H2"})
    imported(host, tmp_path, LUZ, kind="households")
    hide_contact(host)
    again(host, tmp_path, LUZ | {"hogar": "H2"})
    assert called(host, "Lautaro") == [("Luz Soto", "+56900000003", False, False)]


def test_a_relative_who_asked_not_to_be_called_is_no_contact_in_clear(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA)
    hide_relative(host)
    again(host, tmp_path, ROSA | {"contacto_nombres": "Rosa Soto Paz", "contacto_telefono": "900000001"})
    assert called(host) == []


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
