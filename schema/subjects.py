"""Whose records an operation told of, and whose it asked for in vain: what the journal of readings keeps."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from authz.denial import AccessDenied
from core.errors import NotFound
from core.models.families import Family, FamilyMember, Relation, Relative
from core.services.people import editable, nnas_behind
from core.unit_of_work import UnitOfWork
from schema.context import Context
from schema.read.catalogue import Catalogue
from schema.read.kinds import parse_id

CHILD = "nna"  # how a child's id begins
MANY = 60  # ids in one change; of more than any form sends, nothing speaks for the caller
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
        more = await context.work("subjects", lambda uow: [whose(catalogue, uow, p) for p in (of_families, others)])
        told, wanted = told | more[0], wanted | more[1]
    seen = frozenset(context.seen | told)
    return seen, frozenset(wanted) - seen


def asked_in_vain(catalogue: Catalogue, uow: UnitOfWork, texts: Iterable[str], forbidden: bool) -> set[UUID]:
    """Return on whose trail a refused change stands as an attempt.

    Not on that of children whom the caller may edit, where the change named somebody or something else that is not
    theirs: a colleague shall not be found having tried her own child. What is forbidden on a child of hers alone is.

    Parameters
    ----------
    catalogue : Catalogue
    uow : UnitOfWork
        Of the caller.
    texts : iterable of str
        What the input holds, ids among it.
    forbidden : bool
        The change was not theirs to make; otherwise there was no such record for them.
    """
    parts = sorted({part for part in map(parse_id, texts) if part[0] in catalogue.by_prefix})
    named = whose(catalogue, uow, parts)
    if len(parts) > MANY:
        return named
    theirs = {part for part in parts if _is_theirs(catalogue, uow, *part)}
    others = whose(catalogue, uow, [part for part in parts if part not in theirs]) - whose(catalogue, uow, theirs)
    return others or (named if forbidden else set())


def whose(catalogue: Catalogue, uow: UnitOfWork, parts: Iterable[Part]) -> set[UUID]:
    """Return the children of whose records these rows are a part."""
    found, keys = set(), list(parts)
    for prefix in sorted({prefix for prefix, _ in keys}):
        here = [key for one, key in keys if one == prefix]
        found |= set(here) if prefix == CHILD else nnas_behind(uow, catalogue.by_prefix[prefix].scope, here)
    return found


def _is_theirs(catalogue: Catalogue, uow: UnitOfWork, prefix: str, key: UUID) -> bool:
    """Whether the caller sees a row and may edit what it is a part of."""
    model = catalogue.by_prefix[prefix].scope.model
    try:
        row = uow.get(model, key)
        if model in OF_FAMILIES:
            uow.require("family", "edit", row)
        else:
            for one in whose(catalogue, uow, [(prefix, key)]):
                editable(uow, one)
    except (NotFound, AccessDenied):
        return False
    return True


def _children(named: Iterable[Part]) -> set[UUID]:
    return {key for prefix, key in named if prefix == CHILD}


def _parts(catalogue: Catalogue, named: Iterable[Part], *, families: bool) -> Iterator[Part]:
    for prefix, key in named:
        entity = catalogue.by_prefix.get(prefix)
        if entity and prefix != CHILD and (not families or entity.scope.model in OF_FAMILIES):
            yield prefix, key
