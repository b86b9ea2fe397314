"""Nobody widens or prolongs what they may by a right that was lent to them, nor by way of one colleague.

The properties try every sequence of two or three changes that two people can make, as far as they are let.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select

from authz.actor import Actor, Hat, Purpose, Role
from authz.denial import AccessDenied
from authz.scope import table_of
from core.errors import DomainError
from core.host import Host
from core.models.users import Assignment, User
from core.services.users import Grant, Substitution, grant_assignment, revoke_assignment, set_substitute
from core.services.users.footing import OwnRights, OwnRoleRequired
from core.unit_of_work import UnitOfWork
from tests.factories import SANTIAGO, actor, an_assignment
from tests.services.staff import ADMIN, COORDINATOR, MANAGER, TODAY, another, give, loaded, own_role, people

WEEK, YEAR = TODAY + timedelta(7), TODAY + timedelta(300)
DAYS = (TODAY, WEEK, YEAR - timedelta(1))
ASSIGNMENT = table_of(Assignment)
SICK, OTHER = actor(Role.CASE_MANAGER), another(COORDINATOR)
YOLANDA, ZOILA = (
    replace(actor(Role.CASE_MANAGER), user_id=UUID(int=n), username=name)
    for n, name in ((21, "yolanda"), (22, "zoila"))
)
Move = Callable[[UnitOfWork], Any]


def covers(absent: Actor, stand_in: Actor, start: date = TODAY, until: date = YEAR) -> Move:
    return lambda uow: set_substitute(uow, Substitution(absent.user_id, stand_in.user_id, start, until))


def gives(to: Actor, role: Role) -> Move:
    return lambda uow: grant_assignment(uow, to.user_id, Grant(role, SANTIAGO, TODAY))


def ends_all(of: Actor) -> Move:
    def move(uow: UnitOfWork) -> None:
        held = [one for one in uow.session.scalars(select(Assignment)) if one.user_id == of.user_id]
        for one in (one for one in held if one.revoked_at is None):
            revoke_assignment(uow, one.id, None, "x")

    return move


def tries(host: Host, who: Actor, move: Move) -> bool:
    """Make a change under whichever purpose lets them; say whether one did."""
    for purpose in (Purpose.SUPERVISION, Purpose.ADMINISTRATION):
        try:
            with host.transaction(loaded(host, who.user_id, purpose), "x") as uow:
                move(uow)
            return True
        except (AccessDenied, DomainError):
            continue
    return False


@dataclass
class Plot:
    """Two people, and everything that either may try on the other's behalf."""

    host: Host
    movers: tuple[Actor, Actor]
    absents: Sequence[Actor]
    made: int = 0

    def moves(self) -> Iterator[tuple[Actor, Move]]:
        for who, other in (self.movers, self.movers[::-1]):
            for absent in (*self.absents, who, other):
                yield who, covers(absent, other)
                yield who, covers(absent, other, WEEK)
            for role in (Role.COORDINATOR, Role.MUNICIPAL_ADMIN):
                yield who, gives(other, role)
            yield who, ends_all(other)

    def hats(self, who: Actor) -> list[set[Hat]]:
        return [set(loaded(self.host, who.user_id, today=day).hats) for day in DAYS]

    def explore(self, holds: Callable[[], bool], steps: int = 3) -> None:
        """Make every change that is let, and from there the next one; after each, the property holds."""
        for who, move in self.moves() if steps else ():
            before = self._rows()
            if tries(self.host, who, move):
                self.made += 1
                assert holds()
                self.explore(holds, steps - 1)
                self._put_back(before)

    def _rows(self) -> list[dict[str, Any]]:
        with self.host.database.connect().execution_options(reading=True) as connection:
            return [dict(row) for row in connection.execute(select(ASSIGNMENT)).mappings()]

    def _put_back(self, rows: list[dict[str, Any]]) -> None:
        with self.host.database.begin() as connection:
            connection.execute(delete(ASSIGNMENT))
            connection.execute(insert(ASSIGNMENT), rows)


def lent(host: Host, absent: Actor, by: Actor, to: Actor = YOLANDA) -> None:
    with host.transaction(by, "setSubstitute") as uow:
        covers(absent, to, until=WEEK)(uow)


@pytest.mark.parametrize(("absent", "by"), [(COORDINATOR, COORDINATOR), (ADMIN, ADMIN), (COORDINATOR, ADMIN)])
def test_two_colleagues_make_no_more_of_a_right_that_was_lent_to_one_for_a_week(
    host: Host, absent: Actor, by: Actor
) -> None:
    people(host, COORDINATOR, ADMIN, OTHER, SICK, YOLANDA, ZOILA)
    lent(host, absent, by)
    plot = Plot(host, (YOLANDA, ZOILA), (COORDINATOR, ADMIN, OTHER, SICK))
    hers, theirs = plot.hats(YOLANDA), plot.hats(ZOILA)
    for_the_week = {Hat(Role.CASE_MANAGER, frozenset({SANTIAGO}), None, who.user_id) for who in (SICK, YOLANDA)}

    def holds() -> bool:
        now = plot.hats(YOLANDA), plot.hats(ZOILA)
        nothing_later = all(now[n][day] <= [hers, theirs][n][day] for n in (0, 1) for day in (1, 2))
        return nothing_later and now[0][0] <= hers[0] and now[1][0] <= theirs[0] | for_the_week

    plot.explore(holds)
    assert plot.made  # what a lent right is for


@pytest.mark.parametrize("role", [Role.MUNICIPAL_ADMIN, Role.COORDINATOR])
def test_nobody_gets_more_from_whom_they_gave_their_role(host: Host, role: Role) -> None:
    """She administers and is of the team; whatever she gives a colleague, it does not come back to her as more."""
    both = replace(ADMIN, hats=(*ADMIN.hats, *SICK.hats))
    people(host, both, COORDINATOR, SICK, ZOILA)
    give(host, ZOILA.user_id, Grant(role, SANTIAGO, TODAY), by=both)
    plot = Plot(host, (both, ZOILA), (COORDINATOR, SICK))
    hers = plot.hats(both)
    plot.explore(lambda: all(now <= then for now, then in zip(plot.hats(both), hers, strict=True)), steps=2)
    assert plot.made


def test_who_stands_in_for_a_coordinator_names_who_covers_a_case_manager_while_they_do(host: Host) -> None:
    people(host, COORDINATOR, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    assert tries(host, YOLANDA, covers(SICK, ZOILA))
    assert [SICK.user_id in loaded(host, ZOILA.user_id, today=day).personas for day in DAYS] == [True, False, False]


def test_who_stands_in_for_a_coordinator_ends_such_a_cover_and_no_other(host: Host) -> None:
    people(host, COORDINATOR, OTHER, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    for absent, ended in ((SICK, True), (OTHER, False), (COORDINATOR, False)):
        with host.transaction(OTHER, "setSubstitute") as uow:
            (made,) = set_substitute(uow, Substitution(absent.user_id, ZOILA.user_id, TODAY, WEEK)).assignments
        row = made.id
        assert tries(host, YOLANDA, lambda uow, row=row: revoke_assignment(uow, row, None, "volvió")) is ended


def covered(host: Host, by: Actor = ZOILA) -> bool:
    return SICK.user_id in loaded(host, by.user_id).personas


def ends(host: Host, row: Assignment) -> None:
    by = loaded(host, ADMIN.user_id, Purpose.ADMINISTRATION)
    with host.transaction(by, "revokeAssignment") as uow:
        revoke_assignment(uow, row.id, None, "volvió")


def worn(host: Host, who: Actor) -> Assignment:
    (one,) = all_worn(host, who)
    return one


def all_worn(host: Host, who: Actor) -> list[Assignment]:
    with host.unit_of_work(None, "test") as uow:
        chosen = select(Assignment).where(ASSIGNMENT.c.user_id == who.user_id, ASSIGNMENT.c.substitutes_id.is_not(None))
        return list(uow.session.scalars(chosen))


@pytest.mark.parametrize("whose", ["the right itself", "the role it was lent from"])
def test_a_cover_ends_with_the_lent_right_that_it_was_named_by(host: Host, whose: str) -> None:
    people(host, COORDINATOR, ADMIN, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    assert tries(host, YOLANDA, covers(SICK, ZOILA, until=WEEK)) and covered(host)
    ends(host, worn(host, YOLANDA) if whose == "the right itself" else own_role(host, COORDINATOR.user_id))
    assert not covered(host)


def test_a_cover_that_another_lent_right_carries_lasts_as_long_as_that(host: Host) -> None:
    people(host, COORDINATOR, OTHER, ADMIN, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    assert tries(host, YOLANDA, covers(SICK, ZOILA, until=WEEK))
    first = worn(host, YOLANDA)
    with host.transaction(ADMIN, "setSubstitute") as uow:
        covers(OTHER, YOLANDA, until=TODAY + timedelta(3))(uow)
    ends(host, first)
    assert covered(host) and worn(host, ZOILA).valid_until == TODAY + timedelta(3)


def test_a_cover_ends_with_the_last_of_the_lent_rights_that_carried_it(host: Host) -> None:
    people(host, COORDINATOR, OTHER, ADMIN, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    assert tries(host, YOLANDA, covers(SICK, ZOILA, until=WEEK))
    first = worn(host, YOLANDA)
    lent(host, OTHER, ADMIN)
    ends(host, first)
    assert covered(host)
    ends(host, next(one for one in all_worn(host, YOLANDA) if one.id != first.id))
    assert not covered(host)


def test_no_cover_is_carried_by_a_right_that_its_own_holder_lent(host: Host) -> None:
    people(host, COORDINATOR, ADMIN, SICK, YOLANDA, OTHER)
    lent(host, COORDINATOR, COORDINATOR)
    assert tries(host, YOLANDA, covers(SICK, OTHER, until=WEEK))
    first = worn(host, YOLANDA)
    lent(host, OTHER, OTHER)
    ends(host, first)
    assert not covered(host, OTHER)


@pytest.mark.parametrize("ending", ["the lent role", "their own"])
def test_a_cover_that_was_named_by_an_own_right_stays(host: Host, ending: str) -> None:
    people(host, COORDINATOR, OTHER, ADMIN, SICK, ZOILA)
    lent(host, COORDINATOR, ADMIN, to=OTHER)
    assert tries(host, OTHER, covers(SICK, ZOILA, until=WEEK))
    ends(host, worn(host, OTHER) if ending == "the lent role" else own_role(host, OTHER.user_id))
    assert covered(host)


@pytest.mark.parametrize("move", [covers(COORDINATOR, ZOILA), covers(OTHER, ZOILA), covers(SICK, ZOILA, WEEK)])
def test_what_needs_an_own_role_is_refused_in_those_words(host: Host, move: Move) -> None:
    people(host, COORDINATOR, OTHER, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    worn = loaded(host, YOLANDA.user_id, Purpose.SUPERVISION)
    with host.unit_of_work(worn, "x") as uow, pytest.raises(OwnRoleRequired, match="se necesita un rol propio"):
        move(uow)


def test_who_was_named_names_no_cover_to_whoever_named_them(host: Host) -> None:
    boss = replace(ADMIN, hats=(*ADMIN.hats, *SICK.hats))
    people(host, boss, COORDINATOR, SICK, YOLANDA)
    lent(host, COORDINATOR, boss)
    worn = loaded(host, YOLANDA.user_id, Purpose.SUPERVISION)
    with host.unit_of_work(worn, "x") as uow, pytest.raises(OwnRoleRequired):
        covers(SICK, boss)(uow)


def test_who_stands_in_for_whoever_administers_gives_and_takes_no_role(host: Host) -> None:
    people(host, ADMIN, SICK, YOLANDA, ZOILA)
    lent(host, ADMIN, ADMIN)
    worn = loaded(host, YOLANDA.user_id, Purpose.ADMINISTRATION)
    with pytest.raises(OwnRoleRequired, match="Para dar roles"):
        give(host, ZOILA.user_id, Grant(Role.COORDINATOR, SANTIAGO, TODAY), by=worn)
    with host.transaction(worn, "revokeAssignment") as uow, pytest.raises(OwnRoleRequired, match="Para quitar roles"):
        revoke_assignment(uow, own_role(host, SICK.user_id).id, None, "x")


def test_whoever_has_the_role_from_others_too_owes_it_to_nobody(host: Host) -> None:
    people(host, ADMIN, ZOILA)
    administers = Grant(Role.MUNICIPAL_ADMIN, SANTIAGO, TODAY)
    give(host, ZOILA.user_id, administers)
    with pytest.raises(OwnRights, match="le dio a usted el rol"):
        give(host, ADMIN.user_id, MANAGER, by=loaded(host, ZOILA.user_id, Purpose.ADMINISTRATION))
    with host.unit_of_work(None, "test") as uow:
        an_assignment(uow, uow.session.get_one(User, ZOILA.user_id), role=Role.MUNICIPAL_ADMIN)
        uow.session.commit()
    assert give(host, ADMIN.user_id, MANAGER, by=loaded(host, ZOILA.user_id, Purpose.ADMINISTRATION)).assignments
