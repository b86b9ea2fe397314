"""Who stands in for somebody of the office is of it: without a role of their own there they cover nobody."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import DataClass, Role
from core.host import Host
from core.models.users import Assignment, User
from core.services.users import ReachDirection, RightsChange, Substitution, revoke_assignment, set_substitute
from core.services.users.words import NotOfTheOffice
from tests.factories import COLINA, a_user, actor, an_assignment
from tests.services.staff import (
    ADMIN,
    COORDINATOR,
    MANAGER,
    TODAY,
    children,
    covered,
    give,
    loaded,
    own_role,
    people,
    somebody,
)

AWAY = actor(Role.CASE_MANAGER)


@pytest.fixture
def stand_in(host: Host) -> UUID:
    """Somebody of the office, of whom a case manager's caseload is to come."""
    people(host, ADMIN, COORDINATOR, AWAY)
    children(host, team=AWAY)
    return somebody(host)


def leaves(host: Host, role: Assignment, only: bool = False) -> RightsChange:
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        return revoke_assignment(uow, role.id, None, "se fue", validate_only=only)


def test_who_leaves_the_office_covers_nobody_of_it_from_now_on_nor_later(host: Host, stand_in: UUID) -> None:
    role, later = own_role(host, stand_in), TODAY + timedelta(40)
    made = [covered(host, AWAY, stand_in), covered(host, AWAY, stand_in, start=later)]
    assert {one.id for one in leaves(host, role).assignments} == {role.id, *(one.id for one in made)}
    assert loaded(host, stand_in).hats == () == loaded(host, stand_in, today=later).hats


def test_the_preview_counts_the_caseload_that_they_would_lose_with_it(host: Host, stand_in: UUID) -> None:
    covered(host, AWAY, stand_in)
    told = leaves(host, own_role(host, stand_in), only=True)
    assert {change.user_id for change in told.preview} == {stand_in}
    lost = {(r.table, r.data): r.direction for c in told.preview for r in c.reaches}
    assert lost["nna", DataClass.IDENTITY] is ReachDirection.LOSES
    assert len(told.assignments) == 2 and len(loaded(host, stand_in).hats) == 2


def test_another_own_role_of_the_office_keeps_the_substitution(host: Host, stand_in: UUID) -> None:
    role = own_role(host, stand_in)
    give(host, stand_in)
    covered(host, AWAY, stand_in)
    assert [one.id for one in leaves(host, role).assignments] == [role.id]
    assert loaded(host, stand_in).personas == (None, AWAY.user_id)


@pytest.mark.parametrize("other", [(Role.CASE_MANAGER, COLINA), (Role.MUNICIPAL_ADMIN, "13101")])
def test_a_role_elsewhere_or_outside_the_team_does_not(host: Host, stand_in: UUID, other: tuple[Role, str]) -> None:
    role = own_role(host, stand_in)
    give(host, stand_in, replace(MANAGER, role=other[0], territory=other[1]), by=None)
    made = covered(host, AWAY, stand_in)
    assert [one.id for one in leaves(host, role).assignments] == [role.id, made.id]
    assert loaded(host, stand_in).personas == (None,)


def team_member(host: Host, *days: tuple[date, date | None]) -> UUID:
    """Somebody of the office in one role after another."""
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, demo=False)
        for start, until in days:
            an_assignment(uow, user, role=Role.FAMILY_THERAPIST, valid_from=start, valid_until=until)
        uow.session.commit()
    return user.id


def covers_on(host: Host, who: UUID, *days: date) -> list[bool]:
    return [AWAY.user_id in loaded(host, who, today=day).personas for day in days]


LAST, BACK, UNTIL = (TODAY + timedelta(days) for days in (3, 6, 9))


@pytest.mark.usefixtures("stand_in")
def test_a_substitution_lasts_no_longer_than_the_own_role_that_it_hangs_on(host: Host) -> None:
    who = team_member(host, (TODAY, LAST), (BACK, None))
    assert covered(host, AWAY, who, days=9).valid_until == LAST
    assert covers_on(host, who, TODAY, LAST, BACK, UNTIL) == [True, False, False, False]
    assert covered(host, AWAY, who, start=BACK, days=3).valid_until == UNTIL  # by a new decision


@pytest.mark.usefixtures("stand_in")
def test_a_contract_that_follows_another_without_a_day_between_keeps_the_substitution(host: Host) -> None:
    who = team_member(host, (TODAY, LAST), (LAST, None))
    assert covered(host, AWAY, who, days=9).valid_until == UNTIL
    assert covers_on(host, who, LAST, BACK) == [True, True]


@pytest.mark.usefixtures("stand_in")
def test_a_role_given_after_an_own_one_has_ended_by_its_date_brings_no_caseload_back(host: Host) -> None:
    """Whatever dates are written down: the database may hold a substitution that outlasts the role."""
    who = team_member(host, (TODAY, LAST))
    with host.unit_of_work(None, "test") as uow:
        user = uow.session.get_one(User, who)
        an_assignment(uow, user, substitutes_id=AWAY.user_id, valid_from=TODAY, valid_until=UNTIL)
        uow.session.commit()
    give(host, who, replace(MANAGER, role=Role.NETWORK_COORDINATOR, valid_from=BACK))
    assert covers_on(host, who, TODAY, LAST, BACK) == [True, False, False]


@pytest.mark.usefixtures("stand_in")
def test_a_role_taken_away_ends_a_substitution_as_its_last_day_would(host: Host) -> None:
    """Another role of the office holds from the week after: as of today nobody is covered, and nor are they then."""
    who = team_member(host, (TODAY, None), (BACK, None))
    made = covered(host, AWAY, who, days=9)
    first = next(one for one in held_by(host, who) if one.valid_from == TODAY and one.substitutes_id is None)
    assert made.id in {one.id for one in leaves(host, first).assignments}
    assert covers_on(host, who, TODAY, BACK) == [False, False]


@pytest.mark.usefixtures("stand_in")
def test_with_one_role_taken_away_a_substitution_lasts_as_long_as_the_other(host: Host) -> None:
    who = team_member(host, (TODAY, None), (TODAY, LAST))
    made = covered(host, AWAY, who, days=9)
    first = next(one for one in held_by(host, who) if one.valid_until is None)
    assert {one.id for one in leaves(host, first, only=True).assignments} == {first.id, made.id}
    leaves(host, first)
    (kept,) = [one for one in held_by(host, who) if one.id == made.id]
    assert (kept.valid_until, kept.revoked_at) == (LAST, None)
    assert covers_on(host, who, TODAY, LAST) == [True, False]


@pytest.mark.usefixtures("stand_in")
def test_a_role_that_ended_before_another_began_still_counts_for_the_days_between(host: Host) -> None:
    """Covered since before the role that is left: what was taken away later held on those days."""
    who = team_member(host, (TODAY - timedelta(30), None), (TODAY - timedelta(2), None))
    with host.unit_of_work(None, "test") as uow:
        user = uow.session.get_one(User, who)
        since = TODAY - timedelta(20)
        an_assignment(uow, user, substitutes_id=AWAY.user_id, valid_from=since, valid_until=UNTIL)
        uow.session.commit()
    first = next(one for one in held_by(host, who) if one.valid_from == TODAY - timedelta(30))
    leaves(host, first)
    assert covers_on(host, who, TODAY, BACK) == [True, True]


def held_by(host: Host, who: UUID) -> list[Assignment]:
    with host.unit_of_work(None, "test") as uow:
        return [one for one in uow.session.scalars(select(Assignment)) if one.user_id == who]


def test_who_covers_nobody_of_the_team_needs_no_role_in_it(host: Host, stand_in: UUID) -> None:
    """An administrator is covered by whom the municipality says."""
    role, boss = own_role(host, stand_in), replace(ADMIN, user_id=UUID(int=9), username="other.admin")
    people(host, boss)
    give(host, stand_in, replace(MANAGER, role=Role.AUDITOR), by=None)
    covered(host, ADMIN, stand_in, by=boss)
    assert [one.id for one in leaves(host, role, only=True).assignments] == [role.id]


NATIONAL = actor(Role.MUNICIPAL_ADMIN, None, user_id=UUID(int=77))


def of_the_region(host: Host, *territories: str) -> UUID:
    """Somebody of the team by roles of these territories."""
    people(host, NATIONAL)
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, demo=False)
        for territory in territories:
            an_assignment(uow, user, role=Role.FAMILY_THERAPIST, territory=territory, valid_from=TODAY)
        uow.session.commit()
    return user.id


def loses(host: Host, who: UUID, territory: str) -> list[UUID]:
    own = (one for one in held_by(host, who) if one.substitutes_id is None)
    role = next(one for one in own if one.territory == territory)
    with host.transaction(NATIONAL, "revokeAssignment") as uow:
        return [one.id for one in revoke_assignment(uow, role.id, None, "se fue").assignments[1:]]


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("territory", ["13", "CL"])
def test_who_is_of_the_office_by_a_wider_role_covers_a_colleague_until_it_ends(host: Host, territory: str) -> None:
    who = of_the_region(host, territory)
    made = covered(host, AWAY, who, by=NATIONAL)
    assert covers_on(host, who, TODAY) == [True]
    assert loses(host, who, territory) == [made.id]
    assert covers_on(host, who, TODAY) == [False]


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(("ended", "kept"), [("13", "13101"), ("13101", "13"), ("CL", "13")])
def test_a_substitution_goes_on_by_the_other_role_that_reaches_the_commune(host: Host, ended: str, kept: str) -> None:
    who = of_the_region(host, ended, kept)
    covered(host, AWAY, who, by=NATIONAL)
    assert loses(host, who, ended) == []
    assert covers_on(host, who, TODAY) == [True]


@pytest.mark.usefixtures("stand_in")
def test_a_role_of_the_region_that_ends_takes_no_substitution_elsewhere_with_it(host: Host) -> None:
    who = of_the_region(host, "05", "13101")
    covered(host, AWAY, who, by=NATIONAL)
    assert loses(host, who, "05") == []


@pytest.mark.usefixtures("stand_in")
def test_who_is_of_one_commune_covers_nobody_of_the_region(host: Host) -> None:
    wide, who = of_the_region(host, "13"), somebody(host)
    with host.transaction(NATIONAL, "setSubstitute") as uow, pytest.raises(NotOfTheOffice):
        set_substitute(uow, Substitution(wide, who, TODAY, UNTIL))
