"""On which of their roles somebody changes the rights of others: their own, and not what the person concerned gave.

A role that is worn for somebody absent was lent for some days. Whoever could name substitutes by it would name a
colleague for a year, who by theirs would name them in turn; whoever could give roles by it would keep what they lend.
The same would come of a role that its holder was given by whoever is now to gain. `docs/decisions/0010`.
"""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from authz.actor import Actor, DataClass, Hat
from authz.arms import whole
from authz.guard import Guard
from authz.scope import table_of
from core.errors import RuleBroken
from core.models.users import Assignment
from core.services.access import communes_of, hat_of, in_force_on
from core.unit_of_work import UnitOfWork

ASSIGNMENT = table_of(Assignment)


class OwnRoleRequired(RuleBroken):
    """Their only right to it is one that they wear for somebody absent."""

    code = "OWN_ROLE_REQUIRED"


class OwnRights(RuleBroken):
    """Nobody changes their own rights, neither to widen nor to narrow them, nor by way of whom they gave theirs."""

    code = "OWN_RIGHTS"


def reaches(guard: Guard, who: Actor, action: str, territory: str) -> bool:
    """Whether some role of theirs, their own or worn for another, allows `action` of `user` in a whole territory."""
    asked, mine = communes_of(territory), whole(guard.arms(who, "user", action, DataClass.BASIC))
    return mine is None or (asked is not None and asked <= mine)


def own(who: Actor, without: Iterable[Hat] = ()) -> Actor:
    """Return somebody in their own roles alone."""
    left_out = frozenset(without)
    return replace(who, hats=tuple(hat for hat in who.hats if hat.stands_for is None and hat not in left_out))


def require_rights_unowed(uow: UnitOfWork, action: str, territory: str, concerned: UUID) -> None:
    """Refuse to give rights to the very person who gave the actor the role by which they would.

    Raises
    ------
    OwnRights
    """
    if uow.access is None:
        return
    guard, actor = uow.access.guard, uow.access.actor
    given = [one for one in worn_assignments(uow) if one.substitutes_id is None]
    owed = {hat_of(one) for one in given if one.granted_by == concerned}
    owed -= {hat_of(one) for one in given if one.granted_by != concerned}
    if owed and not reaches(guard, own(actor, owed), action, territory):
        raise OwnRights(
            "Esa persona le dio a usted el rol con que lo haría, y nadie amplía sus permisos por medio de otra: pídalo"
            " a otra persona administradora."
        )


def worn_assignments(uow: UnitOfWork) -> list[Assignment]:
    """Return the assignments that the actor wears today, their own and those of whom they stand in for."""
    assert uow.access is not None
    actor = uow.access.actor
    held = select(Assignment).where(ASSIGNMENT.c.user_id == actor.user_id, in_force_on(uow.today()))
    with uow.unscoped("who gave the actor their roles") as session:
        return [one for one in session.scalars(held) if hat_of(one) in actor.hats]
