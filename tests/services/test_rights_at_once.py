"""Two change the rights of the same people at once: the second sees what the first did, whichever comes first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import Actor, Purpose, Role
from core.errors import Conflict
from core.host import Host
from core.models.users import Assignment
from core.services.users import RightsChange, Substitution, grant_assignment, revoke_assignment, set_substitute
from core.services.users.words import NothingToSubstitute, NotOfTheOffice
from core.unit_of_work import UnitOfWork
from tests.factories import actor
from tests.services.staff import ADMIN, COORDINATOR, MANAGER, TODAY, covered, loaded, own_role, people, somebody

A_MOMENT = 0.3  # in which the second gets as far as it can without the first
Change = Callable[[UnitOfWork], RightsChange]
AWAY = actor(Role.CASE_MANAGER)


def at_once(host: Host, first: Change, second: Change, by: Actor = ADMIN, then: Change | None = None) -> Any:
    """Make a change while another is not committed yet; return what came of the second, or why it was refused.

    With `then`, the first goes on after the second has begun.
    """
    came: list[Any] = []

    def run() -> None:
        try:
            with host.transaction(by, "second") as uow:
                came.append(second(uow))
        except Exception as error:
            came.append(error)

    other = Thread(target=run)
    with host.transaction(ADMIN, "first") as uow:
        first(uow)
        other.start()
        other.join(A_MOMENT)
        if then:
            then(uow)
    other.join()
    return came[0]


def cover(stand_in: UUID) -> Change:
    return lambda uow: set_substitute(uow, Substitution(AWAY.user_id, stand_in, TODAY, TODAY + timedelta(30)))


def end(role: Assignment) -> Change:
    return lambda uow: revoke_assignment(uow, role.id, None, "renunció")


@pytest.mark.parametrize("leaving", ["absent", "substitute"])
def test_whoever_leaves_while_a_substitute_is_named_is_covered_by_nobody_and_covers_nobody(
    host: Host, leaving: str
) -> None:
    people(host, ADMIN, AWAY)
    stand_in = somebody(host)
    role = own_role(host, AWAY.user_id if leaving == "absent" else stand_in)
    assert len(at_once(host, cover(stand_in), end(role)).assignments) == 2
    assert loaded(host, stand_in).personas in ((), (None,))


@pytest.mark.parametrize(("leaving", "refused"), [("absent", NothingToSubstitute), ("substitute", NotOfTheOffice)])
def test_nobody_is_named_a_substitute_where_a_role_is_just_ending(
    host: Host, leaving: str, refused: type[Exception]
) -> None:
    people(host, ADMIN, AWAY)
    stand_in = somebody(host)
    role = own_role(host, AWAY.user_id if leaving == "absent" else stand_in)
    assert isinstance(at_once(host, end(role), cover(stand_in)), refused)


def test_what_ended_a_moment_ago_is_not_ended_again(host: Host) -> None:
    people(host, ADMIN, COORDINATOR, AWAY)
    stand_in = somebody(host)
    made, role = covered(host, AWAY, stand_in), own_role(host, AWAY.user_id)
    told = at_once(host, lambda uow: revoke_assignment(uow, made.id, None, "volvió"), end(role))
    assert [one.id for one in told.assignments] == [role.id]
    with host.unit_of_work(None, "test") as uow:
        assert uow.session.get_one(Assignment, made.id).reason == "volvió"


def test_of_two_own_roles_that_end_at_once_the_second_ends_what_they_cover(host: Host) -> None:
    people(host, ADMIN, COORDINATOR, AWAY)
    stand_in = somebody(host)
    with host.transaction(ADMIN, "grantAssignment") as uow:
        (more,) = grant_assignment(uow, stand_in, MANAGER).assignments
    made = covered(host, AWAY, stand_in)
    (own,) = [one for one in held_by(host, stand_in) if one.id not in (more.id, made.id)]
    told = at_once(host, end(more), end(own))
    assert {one.id for one in told.assignments} == {own.id, made.id}


def test_two_administrators_who_give_each_other_a_role_do_not_wait_for_each_other(host: Host) -> None:
    """PostgreSQL would end one of them for a deadlock."""
    boss = replace(ADMIN, user_id=UUID(int=9), username="other.admin")
    people(host, ADMIN, boss)
    told = at_once(
        host,
        lambda uow: grant_assignment(uow, boss.user_id, MANAGER, validate_only=True),
        lambda uow: grant_assignment(uow, ADMIN.user_id, MANAGER),
        by=boss,
        then=lambda uow: grant_assignment(uow, boss.user_id, MANAGER),
    )
    assert len(told.assignments) == 1


def test_of_two_administrators_who_take_each_others_role_away_one_does(host: Host) -> None:
    boss = replace(ADMIN, user_id=UUID(int=9), username="other.admin")
    people(host, ADMIN, boss)
    told = at_once(host, end(own_role(host, boss.user_id)), end(own_role(host, ADMIN.user_id)), by=boss)
    assert isinstance(told, Conflict)
    assert loaded(host, ADMIN.user_id).hats


def test_nobody_names_a_cover_by_a_lent_right_that_is_just_ending(host: Host) -> None:
    people(host, ADMIN, COORDINATOR, AWAY)
    stand_in, deputy = somebody(host), somebody(host, username="deputy")
    lent = covered(host, COORDINATOR, deputy, by=ADMIN)
    told = at_once(host, end(lent), cover(stand_in), by=loaded(host, deputy, Purpose.SUPERVISION))
    assert isinstance(told, Conflict)


def test_nor_where_the_role_from_which_it_was_lent_is_just_ending(host: Host) -> None:
    people(host, ADMIN, COORDINATOR, AWAY)
    stand_in, deputy = somebody(host), somebody(host, username="deputy")
    covered(host, COORDINATOR, deputy, by=ADMIN)
    ends = end(own_role(host, COORDINATOR.user_id))
    told = at_once(host, ends, cover(stand_in), by=loaded(host, deputy, Purpose.SUPERVISION))
    assert isinstance(told, Conflict)
    assert AWAY.user_id not in loaded(host, stand_in).personas


def held_by(host: Host, who: UUID) -> list[Assignment]:
    with host.unit_of_work(None, "test") as uow:
        return [one for one in uow.session.scalars(select(Assignment)) if one.user_id == who]
