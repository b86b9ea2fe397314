"""Which household of the files is which family's, month by month: no file of before a move opens what a family left."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from authz.actor import Actor, DataClass, Role
from core.host import Host
from core.identity import demo_run
from core.models.families import Family, FamilyMember, HouseholdKey, Relative
from core.models.people import Contact, Nna
from core.services.extracts import Counts, ImportOptions
from core.services.people import set_protection
from tests.factories import a_team_member, a_user, actor
from tests.services.extract_files import PERSON, imported, stored, ticking, transactions
from tests.services.homes import HOME, KID, LUZ, MARTA, ROSA, SIBLING, hide_relative, relatives

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (date(2026, month, 1) for month in (9, 10, 11, 12))
COORDINATOR, OTHERS = actor(Role.COORDINATOR), actor(Role.CASE_MANAGER)
FLAG = {"direccion_protegida": "true"}
NAHUEL = PERSON | {"identificador": demo_run(5), "nombres": "Nahuel", "apellido_paterno": "Paz"}
AT_HOME = ROSA | LUZ


@pytest.fixture(autouse=True)
def moving(host: Host) -> None:
    ticking(host)
    with transactions(host)() as uow:
        a_user(uow, COORDINATOR)
        a_user(uow, OTHERS)


def to(home: str, *rows: dict[str, str]) -> list[dict[str, str]]:
    return [row | {"hogar": home} for row in rows]


def protect(host: Host, name: str, address: bool = True) -> None:
    (who,) = (nna.id for nna in stored(host, Nna) if nna.given_names == name)
    with transactions(host)() as uow:
        set_protection(uow, who, address, False, None)


def telephones(host: Host, who: Actor = COORDINATOR) -> list[str | None]:
    with host.unit_of_work(who, "look") as uow:
        return list(uow.session.scalars(select(Relative.phone).where(uow.opens(Relative, DataClass.CONTACT))))


def homes(host: Host) -> dict[str, str | None]:
    """Give the household that each child's family bears."""
    keys = {family.id: family.source_key for family in stored(host, Family)}
    return {nna.given_names: keys[nna.family_id] for nna in stored(host, Nna) if nna.family_id}


def keys(host: Host) -> list[tuple[str, bool, date | None, date | None]]:
    return [(row.source_key, row.home, row.since, row.until) for row in stored(host, HouseholdKey)]


def moved(host: Host, folder: Path, *others: dict[str, str]) -> None:
    """Let October's files tell of a protected child at H1, and November's bring it to H2."""
    imported(host, folder, KID | FLAG, *others, period=OCTOBER)
    imported(host, folder, AT_HOME, kind="households", period=OCTOBER)
    imported(host, folder, *to("H2", KID), *others, period=NOVEMBER)


def test_homes_of_before_a_move_say_again_what_they_said(host: Host, tmp_path: Path) -> None:
    moved(host, tmp_path)
    report = imported(host, tmp_path, AT_HOME, kind="households", period=OCTOBER)
    assert (report.counts.changed, len(stored(host, Family)), len(relatives(host))) == (0, 1, 1)
    assert telephones(host) == []


def test_homes_of_before_a_move_that_come_late_tell_of_who_lived_there(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, period=OCTOBER)
    imported(host, tmp_path, *to("H2", KID), period=NOVEMBER)
    report = imported(host, tmp_path, AT_HOME, kind="households", period=OCTOBER)
    assert (report.counts, len(stored(host, Family))) == (Counts(inserted=1), 1)
    assert (relatives(host), telephones(host)) == ([("Rosa", "+56900000001", False)], [])


def test_who_asked_not_to_be_called_is_not_written_down_where_the_family_was(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, period=OCTOBER)
    imported(host, tmp_path, ROSA, kind="households", period=OCTOBER)
    hide_relative(host)
    imported(host, tmp_path, *to("H2", KID), period=NOVEMBER)
    imported(host, tmp_path, ROSA, kind="households", period=OCTOBER)
    assert relatives(host) == [("Rosa", "+56900000001", True)]


def test_families_that_change_places_keep_their_own_people(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, *to("H2", NAHUEL | FLAG), period=OCTOBER)
    told = [ROSA, *to("H2", HOME)]
    imported(host, tmp_path, *told, kind="households", period=OCTOBER)
    with transactions(host)() as uow:
        a_team_member(uow, uow.session.scalars(select(Nna).where(Nna.given_names == "Nahuel")).one(), OTHERS)
    imported(host, tmp_path, *to("H2", KID), *to("H1", NAHUEL), period=NOVEMBER)
    report = imported(host, tmp_path, *told, kind="households", period=OCTOBER)
    assert (report.counts.changed, len(relatives(host)), telephones(host, OTHERS)) == (0, 1, [])


def test_whoever_comes_where_the_family_was_gets_none_of_its_people(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, period=OCTOBER)
    imported(host, tmp_path, AT_HOME, kind="households", period=OCTOBER)
    imported(host, tmp_path, *to("H2", KID), *to("H1", NAHUEL), period=NOVEMBER)
    imported(host, tmp_path, AT_HOME, kind="households", period=OCTOBER)
    assert (len(relatives(host)), len(stored(host, Contact)), homes(host)["Nahuel"]) == (1, 1, "H1")
    assert telephones(host) == []


def test_homes_of_before_a_family_came_there_tell_of_nobody(host: Host, tmp_path: Path) -> None:
    moved(host, tmp_path)
    report = imported(host, tmp_path, *to("H2", MARTA), kind="households", period=OCTOBER)
    assert (report.counts, len(relatives(host))) == (Counts(passed_over=1), 1)


def test_homes_of_the_month_of_a_move_tell_of_the_family_that_moved(host: Host, tmp_path: Path) -> None:
    moved(host, tmp_path)
    report = imported(host, tmp_path, *to("H2", MARTA | {"tramo_rsh": "60"}), kind="households", period=NOVEMBER)
    (family,) = stored(host, Family)
    assert (report.counts.updated, family.rsh_bracket, telephones(host)) == (1, 60, [])


def test_a_child_of_whom_a_file_of_before_tells_joins_who_lived_there(host: Host, tmp_path: Path) -> None:
    moved(host, tmp_path)
    imported(host, tmp_path, *to("H1", NAHUEL), period=OCTOBER)
    assert homes(host) == {"Rayen": "H2", "Nahuel": "H2"}


def test_a_household_that_a_file_corrects_in_its_own_month_was_never_the_familys(host: Host, tmp_path: Path) -> None:
    moved(host, tmp_path)
    imported(host, tmp_path, KID, period=NOVEMBER)
    assert homes(host) == {"Rayen": "H1"}
    imported(host, tmp_path, *to("H2", MARTA), kind="households", period=NOVEMBER)
    assert (len(stored(host, Family)), telephones(host)) == (2, [None])


def parted(host: Host, folder: Path, *others: dict[str, str]) -> None:
    """Let November's file bring two protected siblings to two households."""
    imported(host, folder, KID | FLAG, SIBLING | FLAG, *others, period=OCTOBER)
    imported(host, folder, *to("H2", KID), *to("H3", SIBLING), *others, period=NOVEMBER)


def test_both_homes_of_protected_siblings_who_part_are_guarded(host: Host, tmp_path: Path) -> None:
    parted(host, tmp_path)
    told = [*to("H2", ROSA), *to("H3", MARTA)]
    report = imported(host, tmp_path, *told, kind="households", period=NOVEMBER)
    assert (report.counts, len(stored(host, Family))) == (Counts(inserted=1, passed_over=1), 1)
    assert (relatives(host), telephones(host)) == ([("Rosa", "+56900000001", False)], [])
    imported(host, tmp_path, *to("H3", NAHUEL), period=DECEMBER)
    assert homes(host) == dict.fromkeys(("Rayen", "Lautaro", "Nahuel"), "H2")


@pytest.mark.parametrize(("first", "second"), [("H2", "H3"), ("H0", "H1"), ("H1", "H0")])
def test_siblings_who_part_count_as_the_same_when_the_file_comes_again(
    host: Host, tmp_path: Path, first: str, second: str
) -> None:
    imported(host, tmp_path, KID | FLAG, SIBLING | FLAG, period=OCTOBER)
    told = [*to(first, KID), *to(second, SIBLING)]
    imported(host, tmp_path, *told, period=NOVEMBER)
    before = keys(host)
    report = imported(host, tmp_path, *told, period=NOVEMBER, options=ImportOptions(force=True))
    assert (report.counts, keys(host)) == (Counts(unchanged=2), before)


def test_a_flag_that_comes_with_the_parting_brings_the_family_at_once(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, SIBLING, period=OCTOBER)
    told = [KID, *to("H2", SIBLING | FLAG)]
    imported(host, tmp_path, *told, period=NOVEMBER)
    assert [key[:2] for key in keys(host)] == [("H2", False)]
    report = imported(host, tmp_path, *told, period=NOVEMBER, options=ImportOptions(force=True))
    assert (report.counts, len(keys(host))) == (Counts(unchanged=2), 1)


def test_where_the_first_household_is_another_familys_the_next_is_theirs(host: Host, tmp_path: Path) -> None:
    parted(host, tmp_path, *to("H2", NAHUEL))
    imported(host, tmp_path, *to("H3", MARTA), kind="households", period=NOVEMBER)
    assert homes(host) == {"Rayen": "H3", "Lautaro": "H3", "Nahuel": "H2"}
    assert (len(stored(host, Family)), telephones(host)) == (2, [])


def test_the_home_of_a_protected_sibling_of_whom_no_file_tells_stays_guarded(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, SIBLING | FLAG, period=OCTOBER)
    imported(host, tmp_path, *to("H2", KID), period=NOVEMBER)
    imported(host, tmp_path, NAHUEL | {"hogar": "H1"}, period=DECEMBER)
    assert homes(host)["Nahuel"] == "H2"


def test_a_home_that_every_protected_sibling_left_is_free_again(host: Host, tmp_path: Path) -> None:
    parted(host, tmp_path)
    imported(host, tmp_path, *to("H2", KID, SIBLING), NAHUEL | {"hogar": "H3"}, period=DECEMBER)
    assert homes(host) == {"Rayen": "H2", "Lautaro": "H2", "Nahuel": "H3"}


def test_once_the_protection_is_lifted_files_part_the_siblings(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, SIBLING | FLAG, NAHUEL | {"hogar": "H1"}, period=OCTOBER)
    november = [*to("H2", KID), *to("H3", SIBLING, NAHUEL)]
    imported(host, tmp_path, *november, period=NOVEMBER)
    assert homes(host) == dict.fromkeys(("Rayen", "Lautaro", "Nahuel"), "H2")
    for name in ("Rayen", "Lautaro"):
        protect(host, name, address=False)
    imported(host, tmp_path, *november, period=DECEMBER)
    assert homes(host) == {"Rayen": "H2", "Lautaro": "H2", "Nahuel": "H3"}  # the office has the last word on its own


def test_a_household_of_which_only_homes_told_is_the_familys_that_comes_there(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, period=OCTOBER)
    imported(host, tmp_path, *to("H2", HOME), kind="households", period=OCTOBER)
    imported(host, tmp_path, *to("H2", KID), period=NOVEMBER)
    assert homes(host) == {"Rayen": "H2"}
    imported(host, tmp_path, *to("H2", ROSA), kind="households", period=NOVEMBER)
    assert (relatives(host), telephones(host)) == ([("Rosa", "+56900000001", False)], [])


def test_no_number_is_written_where_no_child_lives(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, ROSA, kind="households", period=OCTOBER)
    assert relatives(host) == [("Rosa", None, False)]
    imported(host, tmp_path, KID, period=OCTOBER)
    imported(host, tmp_path, ROSA, kind="households", period=OCTOBER)
    assert relatives(host) == [("Rosa", "+56900000001", False)]


BAD = PERSON | {"identificador": "1-1", "nombres": "Malo"}  # so that the file is compared row by row again


def test_a_file_of_persons_that_comes_again_opens_no_family_of_nobody(host: Host, tmp_path: Path) -> None:
    told = [*to("H2", KID), BAD]
    imported(host, tmp_path, *told, period=OCTOBER)
    protect(host, "Rayen")
    imported(host, tmp_path, *to("H3", KID), period=NOVEMBER)
    imported(host, tmp_path, *told, period=OCTOBER)
    assert [family.source_key for family in stored(host, Family)] == ["H3"]


def test_a_file_that_its_months_correction_stands_over_opens_none_either(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, period=OCTOBER)
    for home in ("H2", "H1", "H2"):
        imported(host, tmp_path, *to(home, KID), *([BAD] if home == "H2" else []), period=NOVEMBER)
    assert [family.source_key for family in stored(host, Family)] == ["H1"]


def test_a_household_that_nobody_may_join_is_no_family(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, KID | FLAG, SIBLING, period=OCTOBER)
    imported(host, tmp_path, KID, *to("H2", SIBLING), period=NOVEMBER)
    assert [family.source_key for family in stored(host, Family)] == ["H1"]
    assert [member.valid_until for member in stored(host, FamilyMember)] == [None, None]


BABY = PERSON | {"tipo_identificador": "PROVISIONAL", "identificador": "100000000-7", "nombres": "Por nacer"}
BABY |= {"fecha_nacimiento": "", "fecha_probable_parto": "2026-10-28", "hogar": "H1"} | FLAG
GROWN = SIBLING | FLAG | {"fecha_nacimiento": "2008-10-20"}


@pytest.mark.parametrize("other", [GROWN, BABY], ids=["of age", "born since"])
def test_of_whom_no_file_can_tell_any_more_no_household_waits(
    host: Host, tmp_path: Path, other: dict[str, str]
) -> None:
    imported(host, tmp_path, KID | FLAG, other, period=OCTOBER)
    imported(host, tmp_path, *to("H2", KID), period=NOVEMBER)
    imported(host, tmp_path, *to("H2", KID), *to("H1", NAHUEL), period=DECEMBER)
    imported(host, tmp_path, MARTA, *to("H2", ROSA), kind="households", period=DECEMBER)
    assert (homes(host)["Rayen"], homes(host)["Nahuel"]) == ("H2", "H1")
    assert sorted(relatives(host)) == [("Marta", "+56900000002", False), ("Rosa", "+56900000001", False)]


@pytest.mark.parametrize("month", [NOVEMBER, DECEMBER], ids=["before", "in the same file"])
def test_a_household_that_others_left_is_free_for_a_protected_family(host: Host, tmp_path: Path, month: date) -> None:
    gael = PERSON | {"identificador": demo_run(9), "nombres": "Gael", "apellido_paterno": "Gana"}
    imported(host, tmp_path, KID | FLAG, *to("H2", gael), period=OCTOBER)
    if month == NOVEMBER:
        imported(host, tmp_path, KID, *to("H8", gael), period=NOVEMBER)
    imported(host, tmp_path, *to("H2", KID), *to("H8", gael), *to("H1", NAHUEL), period=DECEMBER)
    imported(host, tmp_path, *to("H2", ROSA), MARTA, kind="households", period=DECEMBER)
    assert homes(host) == {"Rayen": "H2", "Gael": "H8", "Nahuel": "H1"}
    with transactions(host)() as uow:
        a_team_member(uow, uow.session.scalars(select(Nna).where(Nna.given_names == "Nahuel")).one(), OTHERS)
    assert (telephones(host, OTHERS), len({nna.family_id for nna in stored(host, Nna)})) == (["+56900000002"], 3)


def test_who_lived_there_before_a_protected_family_came_joins_it_by_no_late_file(host: Host, tmp_path: Path) -> None:
    moved(host, tmp_path)
    imported(host, tmp_path, *to("H2", NAHUEL), period=OCTOBER)
    assert homes(host) == {"Rayen": "H2"}
    imported(host, tmp_path, *to("H2", KID), *to("H7", NAHUEL), period=DECEMBER)
    assert homes(host) == {"Rayen": "H2", "Nahuel": "H7"}
