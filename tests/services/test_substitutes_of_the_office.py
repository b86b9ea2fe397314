"""Who stands in for somebody of the office is of it: without a role of their own there they cover nobody."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from authz.actor import DataClass, Role
from core.host import Host
from core.models.users import Assignment
from core.services.users import ReachDirection, RightsChange, revoke_assignment
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


def test_a_substitution_rests_on_days_on_which_no_own_role_of_the_office_holds(host: Host, stand_in: UUID) -> None:
    last, back, until = (TODAY + timedelta(days) for days in (3, 6, 9))
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, demo=False)
        an_assignment(uow, user, role=Role.FAMILY_THERAPIST, valid_until=last)
        an_assignment(uow, user, role=Role.FAMILY_THERAPIST, valid_from=back)
        uow.session.commit()
    covered(host, AWAY, user.id, days=9)
    worn = {day: loaded(host, user.id, today=day) for day in (TODAY, last, back, until)}
    assert [AWAY.user_id in worn[day].personas for day in worn] == [True, False, True, False]
    assert worn[last].hats == ()


def test_who_covers_nobody_of_the_team_needs_no_role_in_it(host: Host, stand_in: UUID) -> None:
    """An administrator is covered by whom the municipality says."""
    role, boss = own_role(host, stand_in), replace(ADMIN, user_id=UUID(int=9), username="other.admin")
    people(host, boss)
    give(host, stand_in, replace(MANAGER, role=Role.AUDITOR), by=None)
    covered(host, ADMIN, stand_in, by=boss)
    assert [one.id for one in leaves(host, role, only=True).assignments] == [role.id]
