"""Ties between people: typed, dated, directed; each stored once."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from core.errors import InvalidInput
from core.models.families import Relation, RelationKind, Relative
from core.models.people import Nna
from core.services.errors import AlreadyRelated, WrongDates
from core.services.people.details import check_end, start
from core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class RelationData:
    """That the first person is the `kind` of the second; each is an NNA or a relative.

    Parameters
    ----------
    kind : RelationKind
    from_nna_id, from_relative_id : UUID, optional
        Exactly one of both.
    to_nna_id, to_relative_id : UUID, optional
        Exactly one of both.
    valid_from : date, optional
        Today where none is given.
    valid_until : date, optional
    """

    kind: RelationKind
    from_nna_id: UUID | None = None
    from_relative_id: UUID | None = None
    to_nna_id: UUID | None = None
    to_relative_id: UUID | None = None
    valid_from: date | None = None
    valid_until: date | None = None


def add_relation(uow: UnitOfWork, data: RelationData) -> Relation:
    """Record how two people of the office's records are related.

    Parameters
    ----------
    uow : UnitOfWork
    data : RelationData

    Returns
    -------
    Relation

    Raises
    ------
    NotFound
        If one of the two is not theirs to know of.
    AccessDenied
        Without `nna edit` on a child, or `family edit` on a relative.
    InvalidInput
        If it is not one person on each side, or the same on both, or they are of two communes, or the start lies ahead.
    AlreadyRelated
        If the tie is recorded for some of those days, in this direction or the other.
    WrongDates
        If it ends before it starts.
    """
    ends = (data.from_nna_id, data.from_relative_id), (data.to_nna_id, data.to_relative_id)
    for side, (nna_id, relative_id) in zip(("from", "to"), ends, strict=True):
        if (nna_id is None) == (relative_id is None):
            raise InvalidInput("Indique una persona a cada lado del vínculo.", field=f"input.{side}NnaId")
    if ends[0] == ends[1]:
        raise InvalidInput("Nadie se vincula consigo.", field="input.toNnaId")
    since = start(uow, data.valid_from)
    if data.valid_until is not None and data.valid_until <= since:
        raise WrongDates("El término debe ser posterior al inicio.", field="input.validUntil")
    people = [_editable(uow, *end) for end in ends]
    for one in sorted(people, key=lambda one: one.id):  # so that two who record one tie wait for each other
        uow.change(type(one), one.id, None)
    communes = {one.commune_code for one in people}
    if len(communes) != 1:
        raise InvalidInput("Las personas son de comunas distintas.", field="input.toNnaId")
    _refuse_known(uow, data, since)
    return uow.add(
        Relation(
            id=uow.new_id(),
            commune_code=communes.pop(),
            kind=data.kind,
            from_nna_id=data.from_nna_id,
            from_relative_id=data.from_relative_id,
            to_nna_id=data.to_nna_id,
            to_relative_id=data.to_relative_id,
            valid_from=since,
            valid_until=data.valid_until,
        )
    )


def end_relation(uow: UnitOfWork, relation_id: UUID, on: date, expected_version: int | None) -> Relation:
    """Say that a tie no longer holds; that it did stays recorded.

    Parameters
    ----------
    uow : UnitOfWork
    relation_id : UUID
    on : date
        The first day on which it no longer holds.
    expected_version : int or None

    Returns
    -------
    Relation

    Raises
    ------
    NotFound, Conflict, AccessDenied
    WrongDates
        If that is before it began, or after the end that it has.
    """
    relation = uow.change(Relation, relation_id, expected_version, ("family", "edit"))
    check_end(relation, on)
    relation.valid_until = on
    return uow.touch(relation)


def _editable(uow: UnitOfWork, nna_id: UUID | None, relative_id: UUID | None) -> Nna | Relative:
    """Return a person whom the caller may edit: a child, or somebody of a family."""
    if nna_id is not None:
        nna = uow.get(Nna, nna_id)
        uow.require("nna", "edit", nna)
        return nna
    assert relative_id is not None
    relative = uow.get(Relative, relative_id)
    uow.require("family", "edit", relative)
    return relative


def _refuse_known(uow: UnitOfWork, data: RelationData, since: date) -> None:
    first = (col(Relation.from_nna_id), data.from_nna_id), (col(Relation.from_relative_id), data.from_relative_id)
    second = (col(Relation.to_nna_id), data.to_nna_id), (col(Relation.to_relative_id), data.to_relative_id)
    straight = _same(*first, *second)
    (from_nna, one_nna), (from_relative, one_relative) = first
    (to_nna, other_nna), (to_relative, other_relative) = second
    inverse = _same(
        (from_nna, other_nna), (from_relative, other_relative), (to_nna, one_nna), (to_relative, one_relative)
    )
    known = select(col(Relation.id)).where(
        col(Relation.kind) == data.kind,
        or_(straight, inverse),
        or_(col(Relation.valid_until).is_(None), col(Relation.valid_until) > since),
        col(Relation.valid_from) < (data.valid_until or date.max),
    )
    if uow.session.scalars(known.limit(1)).first() is not None:
        raise AlreadyRelated("Ese vínculo ya está registrado, en este sentido o en el inverso.")


def _same(*pairs: tuple[Any, UUID | None]) -> Any:
    return and_(*(column.is_(None) if value is None else column == value for column, value in pairs))
