"""A file neither takes anybody out of the family of a protected child, nor tells where it lives."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import Actor, DataClass, Role
from authz.scope import table_of
from core.host import Host
from core.identity import demo_run
from core.models.families import Family, FamilyMember, Relative
from core.models.people import Address, Nna
from core.services.extracts import Counts, FileReport
from core.services.people import set_protection
from tests.factories import a_team_member, a_user, actor
from tests.services.extract_files import PERSON, imported, stored, ticking, transactions

DECEMBER = date(2026, 12, 1)
COORDINATOR, SIBLINGS, OWN = actor(Role.COORDINATOR), actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
RAYEN = PERSON | {"identificador": demo_run(0), "nombres": "Rayen", "hogar": "H1"}
LAUTARO = PERSON | {"identificador": demo_run(1), "nombres": "Lautaro", "hogar": "H1"}
FLAG = {"direccion_protegida": "true"}
STREET = LAUTARO | {"calle": "Los Aromos", "numero": "1", "fuente": "RSH", "fecha": "2026-10-01"}
HOME = {"comuna": "13101", "hogar": "H1", "fecha_actualizacion": "2026-10-01", "tramo_rsh": "40"}
ROSA = HOME | {"cuidador_nombres": "Rosa", "cuidador_apellido_paterno": "Soto", "cuidador_parentesco": "MOTHER"}
ROSA |= {"cuidador_telefono": "+56900000001"}
MARTA = ROSA | {"cuidador_nombres": "Marta", "cuidador_parentesco": "GRANDPARENT", "fecha_actualizacion": "2026-11-02"}
MARTA |= {"cuidador_telefono": "+56900000002"}


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)


def child(host: Host, name: str) -> Nna:
    (found,) = (nna for nna in stored(host, Nna) if nna.given_names == name)
    return found


def at_home(host: Host, folder: Path, *rows: dict[str, str]) -> UUID | None:
    """Import Rayen, Lautaro and whoever else, and give the family of both."""
    imported(host, folder, RAYEN, LAUTARO, *rows)
    return child(host, "Rayen").family_id


def protect(host: Host, address: bool = True, no_contact: bool = False) -> None:
    """Set Rayen's protection, as her team does."""
    with host.transaction(None, "setProtection") as uow:
        set_protection(uow, child(host, "Rayen").id, address, no_contact, None)


def teams(host: Host) -> None:
    with transactions(host)() as uow:
        for one in (COORDINATOR, SIBLINGS, OWN):
            a_user(uow, one)
        for nna in uow.session.scalars(select(Nna)).all():
            a_team_member(uow, nna, OWN if nna.given_names == "Rayen" else SIBLINGS)


def december(host: Host, folder: Path, *rows: dict[str, str]) -> FileReport:
    return imported(host, folder, *rows, period=DECEMBER)


def moved(*people: dict[str, str], home: str = "H2") -> list[dict[str, str]]:
    return [one | {"hogar": home} for one in people]


def homes(host: Host) -> list[UUID | None]:
    return [child(host, name).family_id for name in ("Rayen", "Lautaro")]


def streets(host: Host, who: Actor) -> list[str]:
    with host.unit_of_work(who, "look") as uow:
        return [address.street for address in uow.session.scalars(select(Address))]


def telephones(host: Host, who: Actor) -> set[str]:
    table = table_of(Relative)
    with host.unit_of_work(who, "look") as uow:
        assert uow.access is not None
        opened = uow.access.literal(uow.access.mask("relative", DataClass.CONTACT, table))
        return set(uow.session.connection().execute(select(table.c.phone).where(opened)).scalars())


def assert_closed(host: Host) -> None:
    """Hold that neither the sibling's team nor the coordination reads a street or a telephone."""
    for who in (SIBLINGS, COORDINATOR):
        assert (streets(host, who), telephones(host, who)) == ([], set())


@pytest.mark.parametrize("by", [None, COORDINATOR])
def test_a_file_that_parts_siblings_opens_no_street(host: Host, tmp_path: Path, by: Actor | None) -> None:
    at_home(host, tmp_path)
    imported(host, tmp_path, STREET, kind="addresses")
    teams(host)
    assert streets(host, SIBLINGS) == ["Los Aromos"]
    protect(host)
    assert_closed(host)
    imported(host, tmp_path, *moved(RAYEN, LAUTARO), period=DECEMBER, actor=by)
    assert_closed(host)


@pytest.mark.parametrize("flags", [(True, False), (False, True)])
def test_a_sibling_stays_in_the_family_of_a_protected_child(
    host: Host, tmp_path: Path, flags: tuple[bool, bool]
) -> None:
    home = at_home(host, tmp_path)
    protect(host, *flags)
    report = december(host, tmp_path, RAYEN, *moved(LAUTARO))
    assert (report.counts, homes(host)) == (Counts(unchanged=1, passed_over=1), [home, home])
    assert [member.valid_until for member in stored(host, FamilyMember)] == [None, None]


def test_a_flag_that_a_file_set_keeps_the_sibling_too(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, RAYEN | FLAG, LAUTARO)
    home = child(host, "Rayen").family_id
    report = december(host, tmp_path, RAYEN | FLAG, *moved(LAUTARO))
    assert (report.counts, homes(host)) == (Counts(unchanged=1, passed_over=1), [home, home])


def test_a_protected_child_stays_although_only_files_told_of_it(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, RAYEN | FLAG)
    home = child(host, "Rayen").family_id
    assert december(host, tmp_path, *moved(RAYEN)).counts == Counts(unchanged=1)
    assert child(host, "Rayen").family_id == home


def keys(host: Host) -> set[str | None]:
    return {family.source_key for family in stored(host, Family)}


def test_a_family_that_moves_as_a_whole_stays_one_and_is_the_household_to_which_it_came(
    host: Host, tmp_path: Path
) -> None:
    imported(host, tmp_path, RAYEN | FLAG, LAUTARO | FLAG)
    home = child(host, "Rayen").family_id
    assert december(host, tmp_path, *moved(RAYEN, LAUTARO)).counts == Counts(unchanged=2)
    assert (homes(host), keys(host)) == ([home, home], {"H2"})
    (family,) = stored(host, Family)
    assert family.version == 2
    december(host, tmp_path, *moved(RAYEN, LAUTARO))
    assert stored(host, Family)[0].version == 2


def test_who_comes_where_a_protected_child_came_is_of_its_family(host: Host, tmp_path: Path) -> None:
    home = at_home(host, tmp_path)
    protect(host)
    newcomer = PERSON | {"identificador": demo_run(2), "nombres": "Amaru"}
    december(host, tmp_path, LAUTARO, *moved(RAYEN, newcomer))
    assert [child(host, name).family_id for name in ("Rayen", "Lautaro", "Amaru")] == [home, home, home]
    imported(host, tmp_path, *moved(ROSA), kind="households", period=DECEMBER)
    teams(host)
    assert_closed(host)


def test_a_household_that_is_another_family_already_is_left_to_it(host: Host, tmp_path: Path) -> None:
    other = PERSON | {"identificador": demo_run(2), "nombres": "Amaru"}
    home = at_home(host, tmp_path, *moved(other))
    protect(host)
    december(host, tmp_path, *moved(RAYEN, LAUTARO))
    assert (homes(host), keys(host)) == ([home, home], {"H1", "H2"})
    assert child(host, "Amaru").family_id != home


def test_an_earlier_file_names_no_family_anew(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path)
    protect(host)
    december(host, tmp_path, *moved(RAYEN, LAUTARO))
    imported(host, tmp_path, *moved(RAYEN, LAUTARO, home="H3"))
    assert (
        "H2" in keys(host)
        and homes(host) == [family.id for family in stored(host, Family) if family.source_key == "H2"] * 2
    )


def test_whatever_else_a_file_says_of_the_sibling_goes_in(host: Host, tmp_path: Path) -> None:
    home = at_home(host, tmp_path)
    protect(host)
    report = december(host, tmp_path, *moved(LAUTARO | {"nacionalidad": "VEN"}))
    assert (report.counts.updated, child(host, "Lautaro").nationality, homes(host)[1]) == (1, "VEN", home)


def test_a_child_of_no_family_joins_that_of_a_protected_one(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, RAYEN | FLAG, LAUTARO | {"hogar": ""})
    december(host, tmp_path, LAUTARO)
    assert homes(host) == [child(host, "Rayen").family_id] * 2


def test_a_child_of_another_family_moves_as_ever(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, RAYEN | FLAG, *moved(LAUTARO))
    december(host, tmp_path, RAYEN | FLAG, *moved(LAUTARO, home="H3"))
    assert [member.valid_until for member in stored(host, FamilyMember)] == [None, DECEMBER, None]


def test_a_flag_that_comes_with_the_parting_keeps_the_sibling(host: Host, tmp_path: Path) -> None:
    home = at_home(host, tmp_path)
    december(host, tmp_path, RAYEN | FLAG, *moved(LAUTARO))
    assert homes(host) == [home, home]


def test_a_flag_that_comes_with_a_flight_leaves_the_former_home_unguarded(host: Host, tmp_path: Path) -> None:
    home = at_home(host, tmp_path)
    december(host, tmp_path, *moved(RAYEN | FLAG), *moved(LAUTARO, home="H3"))
    assert len({home, *homes(host)}) == 3


def test_a_flag_of_a_newcomer_guards_the_home_to_which_it_comes(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, LAUTARO)
    december(host, tmp_path, RAYEN | FLAG, *moved(LAUTARO))
    assert homes(host) == [child(host, "Rayen").family_id] * 2


def test_once_the_protection_is_lifted_files_move_the_sibling_again(host: Host, tmp_path: Path) -> None:
    home = at_home(host, tmp_path)
    protect(host)
    december(host, tmp_path, RAYEN, *moved(LAUTARO))
    protect(host, address=False)
    imported(host, tmp_path, *moved(LAUTARO), period=DECEMBER)
    assert (homes(host)[0], homes(host)[1] != home) == (home, True)


def test_the_telephone_of_whom_another_carer_replaces_stays_closed(host: Host, tmp_path: Path) -> None:
    at_home(host, tmp_path)
    imported(host, tmp_path, ROSA, kind="households")
    teams(host)
    assert telephones(host, COORDINATOR) == {"+56900000001"}
    protect(host)
    assert_closed(host)
    imported(host, tmp_path, MARTA, kind="households", period=DECEMBER)
    assert_closed(host)


def care(host: Host) -> list[tuple[object, ...]]:
    """Give the memberships of relatives: who, from when to when, whether main carer, as what, and whether at home."""
    names = {one.id: one.given_names for one in stored(host, Relative)}
    rows = (row for row in stored(host, FamilyMember) if row.relative_id)
    told = ((names[m.relative_id], m.valid_from, m.valid_until, m.main_carer, m.role, m.lives_with) for m in rows)
    return sorted(told, key=lambda row: (row[1], row[0]))


def test_who_cared_for_a_protected_child_goes_on_being_of_the_family(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, RAYEN | FLAG)
    imported(host, tmp_path, ROSA, kind="households")
    report = imported(host, tmp_path, MARTA, kind="households", period=DECEMBER)
    began, day = date(2026, 10, 1), date(2026, 11, 2)
    then, since = ("Rosa", began, day, True, "MOTHER", True), ("Rosa", day, None, False, "MOTHER", True)
    assert care(host) == [then, ("Marta", day, None, True, "GRANDPARENT", True), since]
    assert report.counts.updated == 1


@pytest.mark.parametrize("day", ["2026-10-01", "2026-09-01"])
def test_care_that_ends_where_it_began_leaves_one_row(host: Host, tmp_path: Path, day: str) -> None:
    imported(host, tmp_path, RAYEN | FLAG)
    imported(host, tmp_path, ROSA, kind="households")
    imported(host, tmp_path, MARTA | {"fecha_actualizacion": day}, kind="households", period=DECEMBER)
    (rosa,) = (row for row in care(host) if row[0] == "Rosa")
    assert rosa == ("Rosa", date(2026, 10, 1), None, False, "MOTHER", True)


def test_of_two_homes_only_the_guarded_keeps_its_carer(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, RAYEN | FLAG, *moved(LAUTARO))
    imported(host, tmp_path, *moved(ROSA | {"cuidador_nombres": "Inés"}), ROSA, kind="households")
    imported(host, tmp_path, *moved(MARTA | {"cuidador_nombres": "Luz"}), MARTA, kind="households", period=DECEMBER)
    assert {row[0] for row in care(host) if row[2] is None} == {"Rosa", "Marta", "Luz"}
