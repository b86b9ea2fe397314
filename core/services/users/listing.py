"""Who works where: for the operator's eyes, and for whoever gives and takes roles in a commune."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select

from authz.actor import Actor, DataClass
from authz.arms import whole
from authz.denial import denial
from authz.scope import table_of
from core.models.users import Assignment, ConfidentialityAgreement, User, not_over
from core.services.confidentiality import agreement_text
from core.text import sort_key
from core.unit_of_work import UnitOfWork

USER, ASSIGNMENT = table_of(User), table_of(Assignment)
SIGNATURE = table_of(ConfidentialityAgreement)
CHANGES = ("invite", "grant", "revoke", "substitute")


@dataclass(frozen=True)
class HeldRole:
    """A role of somebody, in force or to come.

    Parameters
    ----------
    role, territory : str
    valid_from : date
    valid_until : date or None
        Until the day before.
    substitutes : str or None
        Name of whom they stand in for.
    """

    role: str
    territory: str
    valid_from: date
    valid_until: date | None
    substitutes: str | None


@dataclass(frozen=True)
class Colleague:
    """Somebody with an account, and their roles.

    Parameters
    ----------
    username, display_name : str
    signed : bool
        Whether the confidentiality agreement in force is signed.
    roles : tuple of HeldRole
        Those that begin first come first.
    """

    username: str
    display_name: str
    signed: bool
    roles: tuple[HeldRole, ...]


def people_with_roles(uow: UnitOfWork) -> list[Colleague]:
    """Return everybody who has a role in force or to come, in order of user name.

    Parameters
    ----------
    uow : UnitOfWork
        Of the operator: nobody is left out.

    Returns
    -------
    list of Colleague
    """
    return [
        Colleague(name, display_name, signed is not None, tuple(HeldRole(*row[3:]) for row in rows))
        for (name, display_name, signed), rows in groupby(uow.session.execute(_everybody(uow)), lambda row: row[:3])
    ]


def office_users(uow: UnitOfWork, commune: str) -> list[UUID]:
    """Return who has a role in a commune, in force or to come, to whoever gives or takes roles there.

    Parameters
    ----------
    uow : UnitOfWork
        Its actor may invite, grant, revoke or substitute in the whole commune.
    commune : str
        CUT code.

    Returns
    -------
    list of UUID
        Users, by the name that is shown of them.

    Raises
    ------
    AccessDenied
        If they may do none of that there.
    """
    _require_any_change(uow, commune)
    held = select(ASSIGNMENT.c.user_id).where(ASSIGNMENT.c.territory == commune, not_over(ASSIGNMENT))
    people = uow.session.scalars(select(User).where(USER.c.id.in_(held)).params(today=uow.today()))
    return [user.id for user in sorted(people, key=lambda user: (sort_key(user.display_name), user.id))]


def _require_any_change(uow: UnitOfWork, commune: str) -> None:
    if uow.access is None:
        return
    guard, actor = uow.access.guard, uow.access.actor

    def allows(who: Actor) -> bool:
        places = [whole(guard.arms(who, "user", action, DataClass.BASIC)) for action in CHANGES]
        return any(communes is None or commune in communes for communes in places)

    if not allows(actor):
        raise denial(actor, allows)


def _everybody(uow: UnitOfWork) -> Select[Any]:
    """Return the statement of who has which roles; the signature is null where today's text is not signed."""
    agreement, absent = agreement_text(), USER.alias()
    signed = and_(
        SIGNATURE.c.user_id == USER.c.id,
        SIGNATURE.c.text_version == agreement.version,
        SIGNATURE.c.text_hash == agreement.hash,
    )
    held = (ASSIGNMENT.c.role, ASSIGNMENT.c.territory, ASSIGNMENT.c.valid_from, ASSIGNMENT.c.valid_until)
    return (
        select(USER.c.username, USER.c.display_name, SIGNATURE.c.id, *held, absent.c.display_name)
        .select_from(USER)
        .join(ASSIGNMENT, ASSIGNMENT.c.user_id == USER.c.id)
        .outerjoin(absent, absent.c.id == ASSIGNMENT.c.substitutes_id)
        .outerjoin(SIGNATURE, signed)
        .where(USER.c.active, not_over(ASSIGNMENT))
        .order_by(USER.c.username, ASSIGNMENT.c.valid_from, ASSIGNMENT.c.role, ASSIGNMENT.c.id)
        .params(today=uow.today())
    )
