"""Whose records a row is part of: for the journal of readings, which says of whom something was asked in vain."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, or_, select

from authz.scope import Scope, table_of
from core.models.families import Family, FamilyMember, Relation, Relative
from core.models.people import Nna
from core.unit_of_work import UnitOfWork

NNA, MEMBER, TIE = table_of(Nna), table_of(FamilyMember), table_of(Relation)


def nnas_behind(uow: UnitOfWork, scope: Scope, ids: Iterable[UUID]) -> set[UUID]:
    """Return the children whose records these rows are part of, wherever they are.

    Parameters
    ----------
    uow : UnitOfWork
    scope : Scope
        Of the table of the rows.
    ids : iterable of UUID
        Of rows that may not exist.

    Returns
    -------
    set of UUID
        For the journal alone: never told to who asks. Empty for what is nobody's, such as a list.
    """
    statement = _children(scope, sorted(ids))
    if statement is None:
        return set()
    with uow.unscoped("whom somebody asked for in vain: for the journal, never for the answer") as session:
        return set(session.scalars(statement))


def _children(scope: Scope, ids: list[UUID]) -> Select[tuple[UUID]] | None:
    """Return the statement; a family, who belongs to it and their ties name its children as it is today."""
    table, within = scope.table, select(MEMBER.c.family_id)
    if scope.model is Family:
        return select(NNA.c.id).where(NNA.c.family_id.in_(ids))
    if scope.model is FamilyMember:
        itself = NNA.c.id.in_(select(MEMBER.c.nna_id).where(MEMBER.c.id.in_(ids)))
        return select(NNA.c.id).where(or_(itself, NNA.c.family_id.in_(within.where(MEMBER.c.id.in_(ids)))))
    if scope.model is Relative:
        return select(NNA.c.id).where(NNA.c.family_id.in_(within.where(MEMBER.c.relative_id.in_(ids))))
    if scope.model is Relation:
        kin = or_(MEMBER.c.relative_id == TIE.c.from_relative_id, MEMBER.c.relative_id == TIE.c.to_relative_id)
        theirs = within.join(TIE, kin).where(TIE.c.id.in_(ids))
        ends = or_(NNA.c.id == TIE.c.from_nna_id, NNA.c.id == TIE.c.to_nna_id)
        named = NNA.c.id.in_(select(NNA.c.id).join(TIE, ends).where(TIE.c.id.in_(ids)))
        return select(NNA.c.id).where(or_(named, NNA.c.family_id.in_(theirs)))
    if scope.subject:
        return select(table.c[scope.subject]).where(table.c.id.in_(ids))
    return None
