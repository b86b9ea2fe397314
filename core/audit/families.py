"""Of which children a changed row of a family tells: it names none, or not every one, and stands in their trails too.

They are the children whom the family has today, after the change: whoever joins, leaves or is called otherwise is known
by them. A relative is of every family to which they belong today; where no child is of any of those, of the ones that
they left, so that whoever takes a relative out of a family first changes nothing without a trace. Imports name their
children themselves (`record_children`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, literal, select

from authz.scope import TODAY, table_of, within
from authz.scope.listed import listed
from core.models.base import in_force
from core.models.families import Family, FamilyMember, Relation, Relative
from core.models.people import Nna
from core.unit_of_work import UnitOfWork

NNA, MEMBER = table_of(Nna), table_of(FamilyMember)
Found = Mapping[UUID, set[UUID]]


@dataclass(frozen=True)
class _People:
    """Whom a row names, by how its children are found."""

    children: Sequence[UUID | None] = ()
    families: Sequence[UUID] = ()
    relatives: Sequence[UUID | None] = ()


def name_children(uow: UnitOfWork, changed: Iterable[tuple[Any, dict[str, Any]]]) -> None:
    """Write under the changes of the rows of families, which are flushed already, the ids of their children.

    One look by the families and one by the relatives, however many rows there are; none where a flush has none of them.

    Parameters
    ----------
    uow : UnitOfWork
        Its connection sees every row: who changes one need not see all whom it is of.
    changed : iterable of (row, dict)
        What a :class:`Notary` says of each row; `nna` is added to it.
    """
    told = [(change, people) for row, change in changed if (people := _people(row))]
    homes = _at_home(uow, {one for _, people in told for one in people.families})
    kin = _of_relatives(uow, {one for _, people in told for one in people.relatives if one})
    for change, people in told:
        found = {one for one in people.children if one}.union(
            *(homes.get(one, ()) for one in people.families), *(kin.get(one, ()) for one in people.relatives if one)
        )
        if found:
            change["nna"] = sorted(one.hex for one in found)


def _people(row: Any) -> _People | None:
    if isinstance(row, Family):
        return _People(families=[row.id])
    if isinstance(row, FamilyMember):
        return _People(children=[row.nna_id], families=[row.family_id])
    if isinstance(row, Relative):
        return _People(relatives=[row.id])
    if isinstance(row, Relation):
        return _People([row.from_nna_id, row.to_nna_id], relatives=[row.from_relative_id, row.to_relative_id])
    return None


def _at_home(uow: UnitOfWork, families: set[UUID]) -> Found:
    found = defaultdict[UUID, set[UUID]](set)
    if families:
        children = select(NNA.c.family_id, NNA.c.id).where(within(NNA.c.family_id, _ids(families)))
        for family, child in uow.session.connection().execute(children):
            found[family].add(child)
    return found


def _of_relatives(uow: UnitOfWork, relatives: set[UUID]) -> Found:
    """Return the children of a relative's families of today, or else of those that they left."""
    found, left = defaultdict[UUID, set[UUID]](set), defaultdict[UUID, set[UUID]](set)
    if relatives:
        kin = select(MEMBER.c.relative_id, NNA.c.id, in_force(MEMBER)).join(NNA, NNA.c.family_id == MEMBER.c.family_id)
        theirs = kin.where(within(MEMBER.c.relative_id, _ids(relatives)))
        for relative, child, belongs in uow.session.connection().execute(theirs, {TODAY.key: uow.today()}):
            (found if belongs else left)[relative].add(child)
    return left | found


def _ids(some: set[UUID]) -> Any:
    return literal(listed(one.hex for one in some), String)
