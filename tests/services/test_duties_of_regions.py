"""A role that is given for a region, or for the country, holds places on teams in each of its communes."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import DataClass, Purpose, Role
from core.host import Host
from core.jobs import Worker
from core.models.people import Nna
from core.models.users import Assignment, User
from core.services.people import NnaData, WorkerData, assign_worker, register_nna
from core.services.users import Grant, revoke_assignment
from core.services.users.reach import ReachDirection
from tests.factories import BIRTH, COLINA, SANTIAGO, a_team_member, a_user, actor, an_assignment, an_nna, stored
from tests.services.staff import COORDINATOR, TODAY, give, loaded, people
from tests.services.test_duties import DAY, MONTH, may_lift, on, until

REGION, COUNTRY = "13", "CL"
NATIONAL = actor(Role.MUNICIPAL_ADMIN, None, user_id=UUID(int=77))
WIDE = pytest.mark.parametrize("territory", [REGION, COUNTRY])


@pytest.fixture
def nna(host: Host) -> Nna:
    """A protected child of a commune in which nobody is on its team yet."""
    people(host, COORDINATOR, NATIONAL)
    with stored(host) as uow:
        return an_nna(uow, protected_address=True)


def holder(host: Host, *held: tuple[str, date, date | None], role: Role = Role.CASE_MANAGER) -> UUID:
    """Somebody with one role in some territories, from a day to the day before another."""
    with stored(host) as uow:
        user = a_user(uow, demo=False)
        for territory, start, end in held:
            an_assignment(uow, user, role=role, territory=territory, valid_from=start, valid_until=end)
    return user.id


def on_team(host: Host, nna: Nna, who: UUID) -> None:
    with stored(host) as uow:
        a_team_member(uow, nna, who, valid_from=TODAY)


def role_in(host: Host, who: UUID, territory: str, role: Role = Role.CASE_MANAGER) -> UUID:
    with host.unit_of_work(None, "test") as uow:
        held = [one for one in uow.session.scalars(select(Assignment)) if one.user_id == who]
        return next(one.id for one in held if (one.territory, one.role) == (territory, role))


def ends(host: Host, assignment_id: UUID) -> None:
    with host.transaction(NATIONAL, "revokeAssignment") as uow:
        revoke_assignment(uow, assignment_id, None, "renunció")


def works(host: Host, day: date) -> list[date | None]:
    on(host, day)
    Worker(host).run_due()
    return until(host)


@WIDE
def test_with_a_wide_role_ends_the_place_of_whom_its_holder_registered(host: Host, nna: Nna, territory: str) -> None:
    who = holder(host, (territory, TODAY, None))
    signed = replace(loaded(host, who, Purpose.CARE), signed=True)
    with host.transaction(signed, "registerNna") as uow:
        register_nna(uow, NnaData(SANTIAGO, "Rayen", "Painevilu", birth_date=BIRTH))
    assert until(host) == [None]
    ends(host, role_in(host, who, territory))
    assert until(host) == [TODAY]


@WIDE
@pytest.mark.parametrize(("day", "ended"), [(TODAY + MONTH - DAY, None), (TODAY + 2 * MONTH, TODAY + MONTH)])
def test_a_wide_role_that_runs_out_ends_its_places_by_itself(
    host: Host, nna: Nna, territory: str, day: date, ended: date | None
) -> None:
    on_team(host, nna, holder(host, (territory, TODAY, TODAY + MONTH)))
    assert works(host, day) == [ended]


@WIDE
def test_where_a_wide_role_ran_out_the_coordination_speaks(host: Host, nna: Nna, territory: str) -> None:
    on_team(host, nna, holder(host, (territory, TODAY, TODAY + MONTH)))
    on(host, TODAY + 2 * MONTH)
    assert until(host) == [None]
    assert may_lift(host, COORDINATOR, nna)


@pytest.mark.parametrize(("ended", "kept"), [(REGION, SANTIAGO), (SANTIAGO, REGION), (COUNTRY, REGION)])
def test_a_place_stays_with_the_other_role_that_reaches_its_commune(
    host: Host, nna: Nna, ended: str, kept: str
) -> None:
    who = holder(host, (ended, TODAY, None), (kept, TODAY, None))
    on_team(host, nna, who)
    ends(host, role_in(host, who, ended))
    assert works(host, TODAY + MONTH) == [None]
    ends(host, role_in(host, who, kept))
    assert until(host) == [TODAY + MONTH]


@pytest.mark.parametrize("territory", [COLINA, "05"])
def test_a_role_elsewhere_keeps_no_place(host: Host, nna: Nna, territory: str) -> None:
    who = holder(host, (REGION, TODAY, None), (territory, TODAY, None))
    on_team(host, nna, who)
    ends(host, role_in(host, who, REGION))
    assert until(host) == [TODAY]


@pytest.mark.parametrize(("between", "ended"), [(0 * DAY, None), (DAY, TODAY + MONTH)])
def test_a_place_goes_on_where_a_role_of_the_commune_follows_one_of_the_region_without_a_day_between(
    host: Host, nna: Nna, between: timedelta, ended: date | None
) -> None:
    follows = TODAY + MONTH + between
    on_team(host, nna, holder(host, (REGION, TODAY, TODAY + MONTH), (SANTIAGO, follows, None)))
    assert works(host, TODAY + MONTH + 2 * DAY) == [ended]


def directions(host: Host, assignment_id: UUID) -> set[ReachDirection]:
    with host.transaction(NATIONAL, "revokeAssignment") as uow:
        (told,) = revoke_assignment(uow, assignment_id, None, "x", validate_only=True).preview
    return {one.direction for one in told.reaches if one.data is DataClass.CONTACT}


def test_a_preview_tells_of_places_that_may_end_where_no_other_role_reaches_them(host: Host, nna: Nna) -> None:
    """Another role opens the same to a team: only places would be missed, and those of one commune are held twice."""
    who = holder(host, (REGION, TODAY, None), (SANTIAGO, TODAY, None))
    give(host, who, Grant(Role.FAMILY_THERAPIST, REGION, TODAY), by=NATIONAL)
    assert directions(host, role_in(host, who, REGION)) == {ReachDirection.LOSES}
    assert directions(host, role_in(host, who, SANTIAGO)) == set()


def test_who_works_in_the_commune_by_a_role_of_the_region_is_put_on_a_team(host: Host, nna: Nna) -> None:
    who = holder(host, (REGION, TODAY, None))
    with stored(host) as uow:
        an_assignment(uow, uow.session.get_one(User, who), role=Role.CHCC_PROFESSIONAL)
    with host.transaction(COORDINATOR, "assignWorker") as uow:
        assign_worker(uow, WorkerData(nna.id, who, Role.CASE_MANAGER, TODAY))
    ends(host, role_in(host, who, REGION))
    assert until(host) == [TODAY]
