"""A place on a child's team ends with the role by which it is held, and no later role brings it back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import Actor, DataClass, Purpose, Role
from core.host import Host
from core.jobs import Worker
from core.models.people import Nna, TeamMember
from core.services.people import WorkerData, assign_worker, set_protection
from core.services.users import Grant, Substitution, grant_assignment, revoke_assignment, set_substitute
from core.services.users.footing import OwnRoleRequired
from core.services.users.reach import ReachDirection
from tests.factories import SANTIAGO, a_team_member, actor, an_nna, stored
from tests.services.staff import ADMIN, COORDINATOR, TODAY, give, loaded, own_role, people

MANAGER = actor(Role.CASE_MANAGER)
DAY, MONTH = timedelta(days=1), timedelta(days=30)


@pytest.fixture
def nna(host: Host) -> Nna:
    """A protected child with a case manager on its team."""
    people(host, ADMIN, COORDINATOR, MANAGER)
    with stored(host) as uow:
        nna = an_nna(uow, protected_address=True)
        a_team_member(uow, nna, MANAGER)
    return nna


def until(host: Host) -> list[date | None]:
    with host.unit_of_work(None, "test") as uow:
        return sorted(
            (one.valid_until for one in uow.session.scalars(select(TeamMember))), key=lambda day: day or date.max
        )


def on(host: Host, day: date) -> None:
    host.clock = replace(host.clock, now=lambda: datetime(day.year, day.month, day.day, 15, tzinfo=UTC))


def ends(host: Host, who: Actor = MANAGER) -> None:
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        revoke_assignment(uow, own_role(host, who.user_id).id, None, "renunció")


def runs_out(host: Host, day: date) -> None:
    """Let the case manager's role end on a day."""
    ends(host)
    with host.unit_of_work(None, "test") as uow:
        for place in uow.session.scalars(select(TeamMember)):
            place.valid_until = None
        uow.session.commit()
    give(host, MANAGER.user_id, Grant(Role.CASE_MANAGER, SANTIAGO, TODAY, day))


def may_lift(host: Host, who: Actor, nna: Nna) -> bool:
    with host.unit_of_work(who, "setProtection") as uow:
        return not set_protection(uow, nna.id, False, False, None).protected_address


def test_a_role_that_is_taken_away_leaves_no_place_behind(host: Host, nna: Nna) -> None:
    ends(host)
    assert until(host) == [TODAY]
    assert may_lift(host, COORDINATOR, nna)
    give(host, MANAGER.user_id, Grant(Role.FAMILY_THERAPIST, SANTIAGO, TODAY))
    assert until(host) == [TODAY]


def test_a_role_that_another_follows_keeps_its_places(host: Host, nna: Nna) -> None:
    give(host, MANAGER.user_id, Grant(Role.FAMILY_THERAPIST, SANTIAGO, TODAY))
    assert until(host) == [None]
    runs_out(host, TODAY + MONTH)
    give(host, MANAGER.user_id, Grant(Role.CASE_MANAGER, SANTIAGO, TODAY + MONTH))
    on(host, TODAY + 2 * MONTH)
    Worker(host).run_due()
    assert until(host) == [None]


def test_a_role_that_is_given_again_after_some_days_brings_no_place_back(host: Host, nna: Nna) -> None:
    runs_out(host, TODAY + MONTH)
    assert until(host) == [None]
    give(host, MANAGER.user_id, Grant(Role.CASE_MANAGER, SANTIAGO, TODAY + MONTH + MONTH / 2))
    assert until(host) == [None]
    on(host, TODAY + 2 * MONTH)  # whether or not a server worked in the days between
    Worker(host).run_due()
    assert until(host) == [TODAY + MONTH]


def test_a_renewal_that_was_given_a_day_too_late_is_corrected_in_time(host: Host, nna: Nna) -> None:
    runs_out(host, TODAY + MONTH)
    (late,) = give(host, MANAGER.user_id, Grant(Role.CASE_MANAGER, SANTIAGO, TODAY + MONTH + DAY)).assignments
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        revoke_assignment(uow, late.id, None, "un día tarde")
    give(host, MANAGER.user_id, Grant(Role.CASE_MANAGER, SANTIAGO, TODAY + MONTH))
    on(host, TODAY + 2 * MONTH)
    Worker(host).run_due()
    assert until(host) == [None]


def test_a_place_that_had_not_begun_does_not_come_back_either(host: Host, nna: Nna) -> None:
    with host.unit_of_work(None, "test") as uow:
        for place in uow.session.scalars(select(TeamMember)):
            place.valid_from = TODAY + MONTH
        uow.session.commit()
    ends(host)
    assert until(host) == [TODAY + MONTH]  # its own first day: it never holds


def test_where_a_role_ran_out_the_coordination_speaks_and_the_place_ends_by_itself(host: Host, nna: Nna) -> None:
    runs_out(host, TODAY + MONTH)
    on(host, TODAY + 2 * MONTH)
    assert until(host) == [None] and may_lift(host, COORDINATOR, nna)
    Worker(host).run_due()
    assert until(host) == [TODAY + MONTH]


def test_nobody_keeps_a_caseload_of_a_role_that_was_lent(host: Host, nna: Nna) -> None:
    other = replace(actor(Role.CASE_MANAGER), user_id=UUID(int=21), username="yolanda")
    people(host, other)
    with host.transaction(ADMIN, "setSubstitute") as uow:
        set_substitute(uow, Substitution(COORDINATOR.user_id, other.user_id, TODAY, TODAY + MONTH))
    lent = replace(loaded(host, other.user_id, Purpose.SUPERVISION), signed=True)
    herself = WorkerData(nna.id, other.user_id, Role.CASE_MANAGER, TODAY)
    with host.unit_of_work(lent, "assignWorker") as uow, pytest.raises(OwnRoleRequired):
        assign_worker(uow, herself)
    with host.transaction(ADMIN, "grantAssignment") as uow:
        grant_assignment(uow, other.user_id, Grant(Role.COORDINATOR, SANTIAGO, TODAY))
    own = replace(loaded(host, other.user_id, Purpose.SUPERVISION), signed=True)
    with host.unit_of_work(own, "assignWorker") as uow:
        assert assign_worker(uow, herself).valid_until is None


def test_a_preview_counts_no_place_on_a_team_that_ends_with_the_role(host: Host) -> None:
    people(host, ADMIN, COORDINATOR, MANAGER)
    with stored(host) as uow:
        for _ in range(20):
            a_team_member(uow, an_nna(uow), MANAGER)
    give(host, MANAGER.user_id, Grant(Role.FAMILY_THERAPIST, SANTIAGO, TODAY))
    role = own_role(host, MANAGER.user_id).id
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        (told,) = revoke_assignment(uow, role, None, "renunció", validate_only=True).preview
    (named,) = (one for one in told.reaches if (one.table, one.data) == ("nna", DataClass.IDENTITY))
    assert (named.direction, named.before, named.after) == (ReachDirection.LOSES, 20, None)
    assert until(host) == [None] * 20


def test_a_preview_tells_of_no_child_where_the_role_that_ends_holds_no_place(host: Host, nna: Nna) -> None:
    (other,) = give(host, MANAGER.user_id, Grant(Role.AUDITOR, SANTIAGO, TODAY)).assignments
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        (told,) = revoke_assignment(uow, other.id, None, "renunció", validate_only=True).preview
    assert ReachDirection.LOSES not in {one.direction for one in told.reaches if one.data is DataClass.CONTACT}
    assert until(host) == [None]
