"""Who would gain or lose access to how many records, told in numbers before anybody's rights change."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from authz.actor import MAIN_PURPOSE, Actor, DataClass, Purpose, Role
from authz.scope import Access, table_of
from core.models.alerts import Alert
from core.models.families import Family
from core.models.people import Nna
from core.models.users import Assignment, User
from core.services.access import hats_of
from core.unit_of_work import UnitOfWork

COUNTED = tuple(table_of(model) for model in (Nna, Family, Alert))


@dataclass(frozen=True)
class Reach:
    """How many rows of one table, at one data class, a person reaches before and after.

    Parameters
    ----------
    table : str
        `nna`, `family` or `alert`.
    data : DataClass
    before, after : int
    """

    table: str
    data: DataClass
    before: int
    after: int

    @property
    def gained(self) -> int:
        return max(0, self.after - self.before)

    @property
    def lost(self) -> int:
        return max(0, self.before - self.after)


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
    sides = [_access(uow.access, user, held, purpose, on) for held in (before, after)]
    reaches = []
    with uow.unscoped("how many records a grant opens") as session:
        for table in COUNTED:
            scope = uow.access.scopes[table.name]
            for data in uow.access.guard.vocabulary[scope.resource].classes:
                counts = [_count(side, table.name, data, session.connection()) for side in sides]
                reaches.append(Reach(table.name, data, *counts))
    changed = tuple(reach for reach in reaches if reach.before != reach.after)
    return (AccessChange(user.id, user.username, purpose, changed),)


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
