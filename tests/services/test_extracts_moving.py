"""Where a file brings a protected child, whoever comes there with her is guarded too, however the households change."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from authz.actor import Actor, Role
from core.host import Host
from core.identity import demo_run
from core.models.audit import AuditEntry
from core.models.families import Family
from core.models.people import Address, Nna
from tests.factories import a_team_member, a_user, actor
from tests.services.extract_files import PERSON, imported, stored, ticking, transactions

SEPTEMBER, DECEMBER = date(2026, 9, 1), date(2026, 12, 1)
COORDINATOR, OTHERS, OWN = actor(Role.COORDINATOR), actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
NAMES = ("Rayen", "Lautaro", "Amaru", "Sofía")
FLAG = {"direccion_protegida": "true"}
STREET = {"calle": "Los Aromos", "numero": "1", "fuente": "RSH", "fecha": "2026-10-01"}


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)


def at(name: str, home: str, **over: str) -> dict[str, str]:
    return PERSON | {"identificador": demo_run(NAMES.index(name)), "nombres": name, "hogar": home} | over


def homes(host: Host) -> dict[str, str | None]:
    """Give the household of each child's family."""
    keys = {family.id: family.source_key for family in stored(host, Family)}
    return {nna.given_names: keys[nna.family_id] for nna in stored(host, Nna) if nna.family_id}


def families(host: Host, *names: str) -> set[object]:
    return {nna.family_id for nna in stored(host, Nna) if nna.given_names in names}


def closed(host: Host, folder: Path, newcomer: str) -> bool:
    """Tell that neither the newcomer's team nor the coordination reads the street of who came."""
    imported(host, folder, at(newcomer, "", **STREET), kind="addresses", period=DECEMBER)
    with transactions(host)() as uow:
        for one in (COORDINATOR, OTHERS, OWN):
            a_user(uow, one)
        for nna in uow.session.scalars(select(Nna)).all():
            a_team_member(uow, nna, OTHERS if nna.given_names == newcomer else OWN)
    return not any(streets(host, who) for who in (OTHERS, COORDINATOR))


def streets(host: Host, who: Actor) -> list[str]:
    with host.unit_of_work(who, "look") as uow:
        return list(uow.session.scalars(select(Address.street)))


@pytest.mark.parametrize(
    ("were", "are", "stand"),
    [
        (("H1", "H2"), ("H2", "H3"), ("H2", "H3", "H2")),  # one comes to where the other was
        (("H1", "H2"), ("H2", "H1"), ("H2", "H1", "H2")),  # they change places
        (("H1", "H1"), ("H2", "H1"), ("H1", "H1", "H1")),  # siblings part: their household is that of who stays
    ],
)
def test_whoever_comes_to_where_a_protected_child_comes_is_of_her_family(
    host: Host, tmp_path: Path, were: tuple[str, ...], are: tuple[str, ...], stand: tuple[str, ...]
) -> None:
    imported(host, tmp_path, at("Rayen", were[0], **FLAG), at("Lautaro", were[1], **FLAG))
    imported(host, tmp_path, at("Rayen", are[0]), at("Lautaro", are[1]), at("Amaru", are[0]), period=DECEMBER)
    assert homes(host) == dict(zip(NAMES, stand, strict=False))
    assert families(host, "Amaru") == families(host, "Rayen")
    assert closed(host, tmp_path, "Amaru")


def test_two_protected_families_that_come_to_one_household(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, at("Rayen", "H1", **FLAG), at("Lautaro", "H2", **FLAG))
    imported(host, tmp_path, at("Rayen", "H9"), at("Lautaro", "H9"), at("Amaru", "H9"), period=DECEMBER)
    assert len(families(host, "Rayen", "Lautaro")) == 2
    assert families(host, "Amaru") < families(host, "Rayen", "Lautaro")
    assert closed(host, tmp_path, "Amaru")
    assert len(stored(host, Family)) == 2


def test_a_protected_child_who_comes_where_others_were(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, at("Rayen", "H1", **FLAG), at("Sofía", "H2"))
    imported(host, tmp_path, at("Rayen", "H2"), at("Sofía", "H3"), at("Amaru", "H2"), period=DECEMBER)
    assert families(host, "Amaru") == families(host, "Rayen")
    assert closed(host, tmp_path, "Amaru")


def test_a_protected_child_who_comes_where_others_stay_changes_nothing_of_theirs(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, at("Rayen", "H1", **FLAG), at("Sofía", "H2"))
    imported(host, tmp_path, at("Rayen", "H2"), at("Sofía", "H2"), at("Amaru", "H2"), period=DECEMBER)
    assert homes(host) == {"Rayen": "H1", "Sofía": "H2", "Amaru": "H1"}
    assert closed(host, tmp_path, "Amaru")


def test_an_earlier_month_gives_no_household_back(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, at("Rayen", "H1", **FLAG), at("Lautaro", "H1", **FLAG), period=SEPTEMBER)
    imported(host, tmp_path, at("Rayen", "H2"), period=DECEMBER)
    imported(host, tmp_path, at("Lautaro", "H1"))
    assert homes(host) == {"Rayen": "H2", "Lautaro": "H2"}
    imported(host, tmp_path, at("Amaru", "H2"), period=DECEMBER)
    assert closed(host, tmp_path, "Amaru")


def test_that_their_household_is_another_stands_in_the_trail_of_each_child(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, at("Rayen", "H1", **FLAG), at("Lautaro", "H1"))
    imported(host, tmp_path, at("Rayen", "H2"), period=DECEMBER)
    children = {nna.id.hex for nna in stored(host, Nna)}
    changes = [change for entry in stored(host, AuditEntry) for change in entry.changes if change["table"] == "family"]
    assert [set(c["nna"]) for c in changes if c.get("columns") == ["source_key"]] == [children]
