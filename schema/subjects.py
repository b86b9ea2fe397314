"""Whose records an operation told of, and whose it asked for in vain: what the journal of readings keeps."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from core.models.families import Family, FamilyMember, Relation, Relative
from core.services.people import nnas_behind
from core.unit_of_work import UnitOfWork
from schema.context import Context
from schema.read.catalogue import Catalogue

CHILD = "nna"  # how a child's id begins
Part = tuple[str, UUID]
OF_FAMILIES = (Family, FamilyMember, Relation, Relative)  # rows that name no child, or not every one they tell of


async def subjects(catalogue: Catalogue, context: Context) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Return the children whose records, or any part of them, the operation told of, and those it named in vain.

    Most rows of an answer name their child themselves, in the statement that reads them (`schema.read.saw`); what is
    of a family, and what was not shown, is looked up here.
    """
    told, wanted = _children(context.shown), _children(context.wanted)
    of_families = list(_parts(catalogue, context.shown, families=True))
    others = list(_parts(catalogue, context.wanted, families=False))
    if of_families or others:
        more = await context.work("subjects", lambda uow: [_behind(catalogue, p, uow) for p in (of_families, others)])
        told, wanted = told | more[0], wanted | more[1]
    seen = frozenset(context.seen | told)
    return seen, frozenset(wanted) - seen


def _children(named: Iterable[Part]) -> set[UUID]:
    return {key for prefix, key in named if prefix == CHILD}


def _parts(catalogue: Catalogue, named: Iterable[Part], *, families: bool) -> Iterator[Part]:
    for prefix, key in named:
        entity = catalogue.by_prefix.get(prefix)
        if entity and prefix != CHILD and (not families or entity.scope.model in OF_FAMILIES):
            yield prefix, key


def _behind(catalogue: Catalogue, parts: Iterable[Part], uow: UnitOfWork) -> set[UUID]:
    found: set[UUID] = set()
    keys = list(parts)
    for prefix in sorted({kind for kind, _ in keys}):
        found |= nnas_behind(uow, catalogue.by_prefix[prefix].scope, (key for kind, key in keys if kind == prefix))
    return found
