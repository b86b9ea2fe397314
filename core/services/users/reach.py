"""Who would gain or lose access to how many records, told before anybody's rights change.

In exact numbers to whoever reads those very records; to the others, as every figure of a commune: rounded, small ones
hidden. These are told what changes by the rights alone, since a row that came and went with the records would tell
whether there are any.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from authz.actor import MAIN_PURPOSE, Actor, DataClass, Purpose, Role
from authz.arms import Arm
from authz.scope import Access, table_of
from core.models.alerts import Alert
from core.models.families import Family
from core.models.people import Nna
from core.models.users import Assignment, User
from core.rules.figures import safe_count
from core.services.access import hats_of
from core.unit_of_work import UnitOfWork

COUNTED = tuple(table_of(model) for model in (Nna, Family, Alert))


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
        None is fewer than five, perhaps none, told to whoever does not read those rows.
    exact : bool
        Whether whoever asks reads those rows; otherwise as `core.rules.figures.safe_count`.
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
    reaches : tuple of Reach
        Only what changes. Counted as if the confidentiality agreement were signed; until then nothing opens.
    """

    user_id: UUID | None
    username: str
    purpose: Purpose
    reaches: tuple[Reach, ...]


class _Way(NamedTuple):
    """An arm, and on whose team it depends besides, where a row may be sealed."""

    arm: Arm
    persona: UUID | None = None

    def covers(self, other: "_Way") -> bool:
        return self.persona == other.persona and self.arm.covers(other.arm)


def compare(
    uow: UnitOfWork, user: User, role: Role, before: list[Assignment], after: list[Assignment], on: date
) -> tuple[AccessChange, ...]:
    """Count what a person reaches with two sets of assignments; ids are never listed.

    Parameters
    ----------
    uow : UnitOfWork
        Of an actor; the platform itself decides without a preview.
    user : User
    role : Role
        The role that is granted or taken.
    before, after : list of Assignment
    on : date
        The day that is counted.

    Returns
    -------
    tuple of AccessChange
        One, or none for the platform.
    """
    if uow.access is None:
        return ()
    purpose = MAIN_PURPOSE[role]
    was, would = (_access(uow.access, user, held, purpose, on) for held in (before, after))
    found = []
    with uow.unscoped("how many records a grant opens") as session:
        for table in COUNTED:
            for data in uow.access.guard.vocabulary[uow.access.scopes[table.name].resource].classes:
                counts = [_count(side, table.name, data, session.connection()) for side in (was, would)]
                ways = [_ways(side, table.name, data) for side in (was, would)]
                found.append(_told(uow.access, (table.name, data), counts, ways))
    return (AccessChange(user.id, user.username, purpose, tuple(one for one in found if one)),)


def _told(asker: Access, what: tuple[str, DataClass], counts: list[int], ways: list[list[_Way]]) -> Reach | None:
    """Say what changes, as whoever asks may know it; None where nothing does."""
    communes = [way.arm.communes for way in (*ways[0], *ways[1])]
    everywhere = None if None in communes else frozenset().union(*(one or () for one in communes))
    before, after = counts
    if asker.reads_all(*what, everywhere):
        direction = ReachDirection.GAINS if after > before else ReachDirection.LOSES
        return Reach(*what, direction, before, after, True) if before != after else None
    gains, loses = _beyond(ways[1], ways[0]), _beyond(ways[0], ways[1])
    if not gains and not loses:
        return None
    direction = ReachDirection.BOTH if gains and loses else ReachDirection.GAINS if gains else ReachDirection.LOSES
    return Reach(*what, direction, safe_count(before), safe_count(after), False)


def _beyond(some: Iterable[_Way], others: list[_Way]) -> bool:
    """Whether some ways may reach rows that the others do not."""
    return any(not any(other.covers(way) for other in others) for way in some)


def _ways(access: Access, name: str, data: DataClass) -> list[_Way]:
    scope, actor = access.scopes[name], access.actor
    if scope.sealed and data is DataClass.CONTACT:
        each = access.guard.arms_of_each(actor, scope.resource, "read", data)
    else:
        each = {None: access.arms(scope, data)}
    return [_Way(arm, persona) for persona, found in each.items() for arm in found]


def _access(access: Access, user: User, held: list[Assignment], purpose: Purpose, on: date) -> Access:
    actor = Actor(user.id, user.username, purpose, hats_of(held))
    return replace(access, actor=actor, today=on)


def _count(access: Access, name: str, data: DataClass, connection: Connection) -> int:
    scope = access.scopes[name]
    table = scope.table
    condition = access.row(name, table)
    if scope.row_class:
        condition = and_(condition, table.c[scope.row_class] == data.value)
    else:
        mask = access.mask(name, data, table)
        if mask is False:
            return 0
        condition = condition if mask is True else and_(condition, mask)
    statement = select(func.count()).select_from(table).where(access.literal(condition))
    return int(connection.execute(statement).scalar_one())
