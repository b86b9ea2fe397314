"""Who lifts a protection, and that nobody else takes anybody from under it (`docs/decisions/0013`)."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, Table, not_, or_, select
from sqlmodel import col

from authz.actor import MAIN_PURPOSE, DataClass, Hat, Role
from authz.guard import AccessDenied
from authz.scope import Access, table_of
from core.models.families import FamilyMember, Relative
from core.models.people import Contact, Nna, TeamMember
from core.services.access import TEAM_ROLES
from core.services.errors import ProtectionStays
from core.services.people.team import reaches_commune
from core.services.users.duties import left_duty
from core.unit_of_work import UnitOfWork

STAYS = "Un resguardo lo levanta alguien del equipo del NNA; si no tiene equipo, la coordinación."


def may_lift_protection(uow: UnitOfWork, nna: Nna) -> bool:
    """Tell whether the caller may edit the child as one of its team, or all of the commune where nobody of a team may.

    Who substitutes somebody is on the team where that person is, with that person's role (`docs/decisions/0010`).
    """
    return _speaks_for(uow, "nna", nna.commune_code, [nna.id])


def keep_family_guarded(uow: UnitOfWork, family_id: UUID) -> None:
    """Refuse whoever would take somebody out of a family, and so from under a protection that they may not lift.

    What a protection guards is the family of today.

    Raises
    ------
    ProtectionStays
    """
    _keep_guarded(uow, "family", _guarded(uow, family_id))


def keep_contact_guarded(uow: UnitOfWork, nna: Nna, contact: Contact) -> None:
    """Refuse whoever would end a contact that a protection hides from them, and that they may not lift.

    Raises
    ------
    ProtectionStays
    """
    try:
        uow.require("nna", "read", contact, DataClass.CONTACT)
    except AccessDenied:
        _keep_guarded(uow, "nna", [nna, *(_guarded(uow, nna.family_id) if nna.family_id else ())])


def keep_relative_guarded(uow: UnitOfWork, relative: Relative) -> None:
    """Refuse whoever would open how somebody who asked not to be called is called, and is not of who calls them.

    Nothing is refused of somebody who did not ask. Who calls them is the team of any child of a family to which they
    belong today; where nobody of those teams may edit a family, or they belong to none, who edits all of the commune.

    Raises
    ------
    ProtectionStays
    """
    if not relative.no_contact:
        return
    member = table_of(FamilyMember)
    homes = select(member.c.family_id).where(member.c.relative_id == relative.id, *_of_today(uow, member))
    with uow.unscoped("the children of a relative's families, whoever asks") as session:
        children = list(session.scalars(select(col(Nna.id)).where(col(Nna.family_id).in_(homes))))
    if not _speaks_for(uow, "family", relative.commune_code, children):
        raise ProtectionStays(STAYS, about=children or _once_with(uow, relative))


def keep_relatives_guarded(uow: UnitOfWork, family_id: UUID) -> None:
    """Refuse whoever would bring a child, and its team, to those of a family who asked not to be called, or take it.

    A team that comes would call them, and once those that they have are gone, anybody of the coordination.

    Raises
    ------
    ProtectionStays
    """
    member = table_of(FamilyMember)
    here = select(member.c.relative_id).where(member.c.family_id == family_id, *_of_today(uow, member))
    asked = select(Relative).where(col(Relative.id).in_(here), col(Relative.no_contact)).order_by(col(Relative.id))
    with uow.unscoped("who of a family asked not to be called, whoever asks") as session:
        uncalled = list(session.scalars(asked))
    for relative in uncalled:
        keep_relative_guarded(uow, relative)


def _once_with(uow: UnitOfWork, relative: Relative) -> list[UUID]:
    """Return the children of the families that somebody left, in whose trail stands who tries."""
    member = table_of(FamilyMember)
    left = select(member.c.family_id).where(member.c.relative_id == relative.id)
    with uow.unscoped("the children of the families that a relative left, whoever asks") as session:
        return list(session.scalars(select(col(Nna.id)).where(col(Nna.family_id).in_(left))))


def _guarded(uow: UnitOfWork, family_id: UUID) -> list[Nna]:
    table = table_of(Nna)
    sealed = or_(table.c.protected_address, table.c.no_contact)
    with uow.unscoped("who of a family is protected, whoever asks") as session:
        return list(session.scalars(select(Nna).where(table.c.family_id == family_id, sealed)))


def _keep_guarded(uow: UnitOfWork, resource: str, guarded: Collection[Nna]) -> None:
    if not all(_speaks_for(uow, resource, nna.commune_code, [nna.id]) for nna in guarded):
        raise ProtectionStays(STAYS, about=[nna.id for nna in guarded])


def _speaks_for(uow: UnitOfWork, resource: str, commune_code: str, nna_ids: Collection[UUID]) -> bool:
    """Whether the caller is of the team of one of these children, as somebody who may edit what is asked about.

    Who works with a child and may edit nothing speaks for nobody: else nobody at all would.
    """
    if uow.access is None:
        return True
    table, speaking = table_of(TeamMember), _editing(uow.access, resource, commune_code)
    here = (table.c.nna_id.in_(nna_ids), table.c.duty.in_(speaking), *_of_today(uow, table))
    members = select(table.c.user_id).where(*here, not_(left_duty(table, uow.today())))
    with uow.unscoped("who is on these children's teams, whoever asks") as session:
        team = set(session.scalars(members))
    if not team:
        return reaches_commune(uow, commune_code, "edit", DataClass.BASIC)
    return bool(team & _editors(uow.access, resource, commune_code))


def _editing(access: Access, resource: str, commune_code: str) -> set[Role]:
    """Return the roles of a team that may edit a resource of the children in their charge."""
    here = frozenset({commune_code})
    worn = {role: Hat(role, here) for role in TEAM_ROLES}
    each = {role: replace(access.actor, purpose=MAIN_PURPOSE[role], hats=(hat,)) for role, hat in worn.items()}
    return {role for role, who in each.items() if access.guard.arms(who, resource, "edit", DataClass.BASIC)}


def _of_today(uow: UnitOfWork, table: Table) -> tuple[ColumnElement[bool], ...]:
    until, today = table.c.valid_until, uow.today()
    return table.c.valid_from <= today, or_(until.is_(None), until > today)


def _editors(access: Access, resource: str, commune_code: str) -> set[UUID]:
    """Return as whom the caller may edit this in a commune: themselves, or somebody absent."""
    each = access.guard.arms_of_each(access.actor, resource, "edit", DataClass.BASIC)
    here = (who for who, arms in each.items() if any(a.communes is None or commune_code in a.communes for a in arms))
    return {who or access.actor.user_id for who in here}
