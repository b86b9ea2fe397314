"""A file writes down anew neither whom the office ended nor, in clear, who asked not to be called."""

from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import update

from core.errors import InvalidInput
from core.host import Host
from core.models.families import Relative
from core.models.people import Contact, Nna
from core.services.extracts import Counts
from core.services.extracts.phones import normal
from core.services.people import ContactData, add_contact
from core.services.people.contacts import normal_phone
from tests.services.extract_files import imported, stored, ticking, transactions
from tests.services.homes import (
    DECEMBER,
    KID,
    LUZ,
    MARTA,
    ROSA,
    SIBLING,
    again,
    at_home,
    called,
    end_contact,
    hide_contact,
    hide_relative,
    relatives,
)


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)


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
REFUSED = [
    "09 5555 0101",
    "12.345.678-5",
    "55550101",
    "+56 55550101",
    "9 5555 0101 / 2 2555 0101",
    "no tiene",
    "+56-9-5555/0101",
]


@pytest.mark.parametrize("phone", WRITTEN)
def test_a_file_knows_a_number_again_as_the_office_writes_it(phone: str) -> None:
    assert pl.DataFrame({"phone": [phone]}).select(normal("phone")).item() == normal_phone(phone)


@pytest.mark.parametrize("phone", REFUSED)
def test_what_the_office_would_refuse_is_no_number_of_a_file_either(phone: str) -> None:
    assert pl.DataFrame({"phone": [phone]}).select(normal("phone")).item() is None
    with pytest.raises(InvalidInput):
        normal_phone(phone)


@pytest.mark.parametrize("phone", ["9 0000-0003", "56 900000003", "(9) 0000.0003"])
def test_a_number_is_written_down_as_the_office_writes_it(host: Host, tmp_path: Path, phone: str) -> None:
    at_home(host, tmp_path, ROSA | LUZ | {"cuidador_telefono": phone, "contacto_telefono": phone})
    assert (called(host)[0][1], relatives(host)[0][1]) == ("+56900000003", "+56900000003")
    assert again(host, tmp_path, ROSA | LUZ | {"cuidador_telefono": phone}).counts == Counts(unchanged=1)


# other ways of writing +56900000003, and cells in which it stands with something else
OTHERWISE = ["09 0000 0003", "0056 9 0000 0003", "+56 (0) 9 0000 0003", "90000.0003 (mamá)", "900000003 / 225550101"]
OTHERWISE += ["225550101; 900000003", "00000003", "+56-9-0000/0003", "9 0000\u20130003"]


@pytest.mark.parametrize("phone", [*OTHERWISE, "9OOOOOOO3", "llamar a su mamá"])
def test_a_hidden_number_is_known_again_however_it_is_written(host: Host, tmp_path: Path, phone: str) -> None:
    at_home(host, tmp_path, LUZ)
    hide_contact(host)
    before = called(host)
    again(host, tmp_path, ROSA | LUZ | {"contacto_nombres": "Luz Soto Paz", "contacto_telefono": phone})
    assert called(host) == before
    again(host, tmp_path, ROSA | {"cuidador_telefono": phone}, "2026-11-03")
    assert relatives(host)[0][1] == "+56900000001"


@pytest.mark.parametrize("phone", OTHERWISE)
def test_a_number_that_a_file_wrote_otherwise_is_hidden_too(host: Host, tmp_path: Path, phone: str) -> None:
    at_home(host, tmp_path, ROSA | {"cuidador_telefono": phone})
    hide_relative(host)
    again(host, tmp_path, LUZ)
    assert called(host) == []


@pytest.mark.parametrize("phone", OTHERWISE)
def test_a_contact_that_the_office_ended_stays_so_however_the_number_is_written(
    host: Host, tmp_path: Path, phone: str
) -> None:
    at_home(host, tmp_path, LUZ)
    end_contact(host, stored(host, Contact)[0].id)
    report = again(host, tmp_path, LUZ | {"contacto_telefono": phone})
    assert ([row[3] for row in called(host)], report.counts) == ([True], Counts(passed_over=1))


def test_a_number_of_another_is_written_down_beside_somebody_hidden(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, LUZ)
    hide_contact(host)
    again(host, tmp_path, ROSA | {"contacto_nombres": "Eva Paz", "contacto_telefono": "9 0000 0004"})
    assert (called(host)[-1][:2], relatives(host)[0][1]) == (("Eva Paz", "+56900000004"), "+56900000001")


def test_a_cell_that_is_no_number_is_written_down_where_nobody_is_hidden(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, LUZ | {"contacto_telefono": "900000003 / 225550101"})
    assert called(host)[0][1] == "900000003 / 225550101"


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


@pytest.mark.parametrize(("told", "name"), [(ROSA, "Rosa"), (MARTA | {"cuidador_telefono": "09 0000 0001"}, "Marta")])
def test_who_asked_not_to_be_called_is_not_called_where_her_child_moves_to_either(
    host: Host, tmp_path: Path, told: dict[str, str], name: str
) -> None:
    at_home(host, tmp_path, ROSA)
    hide_relative(host)
    imported(host, tmp_path, KID | {"hogar": "H2"}, period=DECEMBER)
    again(host, tmp_path, told | {"hogar": "H2"})
    assert relatives(host) == [("Rosa", "+56900000001", True), (name, None, name == "Rosa")]


def test_a_number_of_before_that_a_file_wrote_otherwise_is_the_same(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path, ROSA | LUZ)
    with transactions(host)() as uow:  # as files of before were stored
        uow.session.execute(update(Relative).values(phone="9 0000 0001"))
        uow.session.execute(update(Contact).values(phone="9 0000-0003"))
    assert again(host, tmp_path, ROSA | LUZ).counts == Counts(unchanged=1)


@pytest.mark.parametrize("column", ["cuidador_telefono", "contacto_telefono"])
def test_a_run_in_the_place_of_a_telephone_is_refused_and_not_repeated(host: Host, tmp_path: Path, column: str) -> None:
    imported(host, tmp_path, KID)
    report = imported(host, tmp_path, ROSA | LUZ | {column: "12.345.678-5"}, kind="households")
    assert [(one.column, one.code) for one in report.findings] == [(column, "RUN_IN_TEXT")]
    assert (relatives(host), called(host)) == ([], [])
