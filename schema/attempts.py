"""Asked in vain: whose records an operation named and did not show, for the journal of readings."""

from collections.abc import Sequence
from uuid import UUID

from core.services.people import nnas_behind
from core.unit_of_work import UnitOfWork
from schema.context import Context
from schema.read.catalogue import Catalogue

CHILD = "nna"  # how a child's id begins


async def missed_children(catalogue: Catalogue, context: Context) -> frozenset[UUID]:
    """Return the children whose records, or any part of them, the client named by id and was not shown."""
    children = {key for prefix, key in context.wanted if prefix == CHILD}
    parts = [one for one in context.wanted if one[0] != CHILD and one[0] in catalogue.by_prefix]
    if parts:
        children |= await context.work("attempts", lambda uow: _behind(catalogue, parts, uow))
    return frozenset(children - context.seen)


def _behind(catalogue: Catalogue, parts: Sequence[tuple[str, UUID]], uow: UnitOfWork) -> set[UUID]:
    found: set[UUID] = set()
    for prefix in sorted({one[0] for one in parts}):
        keys = (key for kind, key in parts if kind == prefix)
        found |= nnas_behind(uow, catalogue.by_prefix[prefix].scope, keys)
    return found
