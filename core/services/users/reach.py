"""Who would gain or lose access to how many records, told before anybody's rights change.

Of the communes alone in which whoever asks may do this: of others not even a rounded figure, since one that holds what
they know and what they do not would tell the latter to the unit. In exact numbers to whoever reads those very records;
to the others, as every figure of a commune: rounded part by part (`core.services.users.counting`), small ones hidden.
These are told what changes by the rights alone, since a row that came and went with the records would tell whether
there are any.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from authz.actor import MAIN_PURPOSE, Ambit, DataClass, Purpose, Role
from authz.arms import Arm
from authz.scope import Access
from core.models.users import Assignment, User
from core.services.users.counting import COUNTED, Figures, figures_of, reader
from core.unit_of_work import UnitOfWork


class ReachDirection(StrEnum):
    """Which way a reach changes."""

    GAINS = "GAINS"
    LOSES = "LOSES"
    BOTH = "BOTH"


@dataclass(frozen=True)
class Reach:
    """How many rows of one table, at one data class, a person reaches before and after.

    Parameters
    ----------
    table : str
        `nna`, `family` or `alert`.
    data : DataClass
    direction : ReachDirection
    before, after : int or None
        None is fewer than five in every part, perhaps none, told to whoever does not read those rows.
    exact : bool
        Whether whoever asks reads those rows; otherwise each part is as `core.rules.figures.safe_count` has it.
    """

    table: str
    data: DataClass
    direction: ReachDirection
    before: int | None
    after: int | None
    exact: bool


@dataclass(frozen=True)
class AccessChange:
    """What a change of rights would mean for one person.

    Parameters
    ----------
    user_id : UUID or None
        None for somebody who has no account yet.
    username : str
    purpose : Purpose
        The main one of the role that is granted or taken; both sides are counted under it.
    valid_from : date
        The first day on which it is so; both sides are counted on it.
    reaches : tuple of Reach
        Only what changes. Counted as if the confidentiality agreement were signed, and no address protected: until
        then nothing opens, and who is protected is told to nobody.
    elsewhere : bool
        Whether they hold roles in communes of which nothing is counted here.
    """

    user_id: UUID | None
    username: str
    purpose: Purpose
    valid_from: date
    reaches: tuple[Reach, ...]
    elsewhere: bool


@dataclass(frozen=True)
class Holdings:
    """All that somebody ever held, before and after a change, and the day that is counted.

    Parameters
    ----------
    user : User
    role : Role
        The role that is granted or taken.
    before, after : list of Assignment
    on : date
    places : set of UUID
        The places on children's teams that end with it.
    leaves : bool
        Whether such places may end with it, whether or not there are any.
    """

    user: User
    role: Role
    before: list[Assignment]
    after: list[Assignment]
    on: date
    places: frozenset[UUID] = frozenset()
    leaves: bool = False


class _Way(NamedTuple):
    """An arm, and on whose team it depends besides, where a row may be sealed."""

    arm: Arm
    persona: UUID | None = None

    def covers(self, other: "_Way") -> bool:
        return self.persona == other.persona and self.arm.covers(other.arm)


def compare(uow: UnitOfWork, held: Holdings, here: frozenset[str] | None) -> tuple[AccessChange, ...]:
    """Count what a person reaches with two sets of assignments; ids are never listed.

    Parameters
    ----------
    uow : UnitOfWork
        Of an actor; the platform itself decides without a preview.
    held : Holdings
    here : frozenset of str or None
        The communes in which the actor may do this; None is the country.

    Returns
    -------
    tuple of AccessChange
        One, or none for the platform.
    """
    if uow.access is None:
        return ()
    purpose = MAIN_PURPOSE[held.role]
    was, would = (reader(uow.access, held.user, some, purpose, held.on) for some in (held.before, held.after))
    hats = (*was.actor.hats, *would.actor.hats)
    elsewhere = here is not None and any(hat.communes is None or not hat.communes <= here for hat in hats)
    with uow.unscoped("how many records a grant opens") as session:
        found = tuple(_reaches(uow.access, was, would, held, here, session.connection()))
    return (AccessChange(held.user.id, held.user.username, purpose, held.on, found, elsewhere),)


def _reaches(
    asker: Access, was: Access, would: Access, held: Holdings, here: frozenset[str] | None, connection: Connection
) -> Iterator[Reach]:
    for name in COUNTED:
        scope = asker.scopes[name]
        for data in asker.guard.vocabulary[scope.resource].classes:
            ways = [_ways(side, name, data, scope.sealed is not None) for side in (was, would)]
            figures = figures_of(asker, (was, would), (name, data), here, connection, held.places)
            told = _told(ways, figures, held.leaves)
            if told:
                yield Reach(name, data, *told)


def _told(
    ways: list[list[_Way]], figures: Figures, leaves: bool
) -> tuple[ReachDirection, int | None, int | None, bool] | None:
    """Say what changes, as whoever asks may know it; None where nothing does."""
    before, after, exact = figures
    if exact:
        direction = ReachDirection.GAINS if (after or 0) > (before or 0) else ReachDirection.LOSES
        return (direction, before, after, True) if before != after else None
    gains, loses = _beyond(ways[1], ways[0]), _beyond(ways[0], ways[1])
    loses = loses or (leaves and any(way.arm.ambit is Ambit.OWN for way in ways[0]))
    if not gains and not loses:
        return None
    direction = ReachDirection.BOTH if gains and loses else ReachDirection.GAINS if gains else ReachDirection.LOSES
    return direction, before, after, False


def _beyond(some: Iterable[_Way], others: list[_Way]) -> bool:
    """Whether some ways may reach rows that the others do not."""
    return any(not any(other.covers(way) for other in others) for way in some)


def _ways(access: Access, name: str, data: DataClass, seals: bool) -> list[_Way]:
    scope, actor = access.scopes[name], access.actor
    if seals and data is DataClass.CONTACT:
        each = access.guard.arms_of_each(actor, scope.resource, "read", data)
    else:
        each = {None: access.arms(scope, data)}
    return [_Way(arm, persona) for persona, found in each.items() for arm in found]
