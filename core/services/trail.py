"""The trail as people read it: who read, asked in vain or changed what, newest first, under the reader's own scope.

A child is found by her id in the audit itself, which every change of a row of hers names, one by one or in a file of a
hundred thousand: not by the rows, which a later file rewrites and which may be made anonymous. What an entry says is
looked through by the database and never leaves it, since one of a large commune's import is megabytes long:
`benchmarks/imports/trail.py` tells how long that takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import defer

from authz.scope import table_of
from core.errors import InvalidInput
from core.journal import seen_by
from core.models.audit import AuditEntry, ReadEntry, ReadSubject
from core.models.nomina import NominaEntry, NominaRun
from core.models.people import Nna
from core.unit_of_work import UnitOfWork

AUDIT, READ, SUBJECT, NNA = (table_of(model) for model in (AuditEntry, ReadEntry, ReadSubject, Nna))
ENTRY, RUN = table_of(NominaEntry), table_of(NominaRun)
MOST = 100


class StepKind(StrEnum):
    """What happened."""

    READ = "READ"
    ATTEMPT = "ATTEMPT"  # a child was named by id, and not shown, or not theirs to change
    WRITE = "WRITE"


@dataclass(frozen=True)
class Step:
    """One reading, one attempt or one unit of work.

    Parameters
    ----------
    kind : StepKind
    at : datetime
    username, purpose : str
    action : str or None
        Mutation, command or name of the operation.
    tables : tuple of str
        What was changed; in a child's trail, of a change of many rows at once only what is hers.
    digest : str
        The link of the chain that holds it.
    """

    kind: StepKind
    at: datetime
    username: str
    purpose: str
    action: str | None
    tables: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Part:
    """Which part of a trail is asked for.

    Parameters
    ----------
    first : int
        How many steps, 1 to 100.
    before : datetime, optional
        Only what happened before: the instant of the last step of the page before.
    kinds : frozenset of StepKind
        Only these; all where none is named.
    """

    first: int = 50
    before: datetime | None = None
    kinds: frozenset[StepKind] = frozenset(StepKind)


def read_trail(uow: UnitOfWork, commune: str, nna_id: UUID | None = None, part: Part | None = None) -> list[Step]:
    """Return the newest steps of a commune, or those about one child; page by page to the first of them.

    Parameters
    ----------
    uow : UnitOfWork
        Its actor needs `audit read` in the commune.
    commune : str
        CUT code.
    nna_id : UUID, optional
        Only who read, asked for or changed this child's record.
    part : Part, optional
        The newest fifty where none is given.

    Returns
    -------
    list of Step
        Newest first. The content of what was read or written is never part of it.

    Raises
    ------
    AccessDenied
        If the actor may not read the audit of the commune.
    InvalidInput
        If `first` is out of range.
    """
    part = part or Part()
    if not 1 <= part.first <= MOST:
        raise InvalidInput(f"Pida de 1 a {MOST} pasos.", field="first")
    uow.require_in("audit", "read", commune)
    steps = _writes(uow, commune, nna_id, part) if StepKind.WRITE in part.kinds else []
    if part.kinds - {StepKind.WRITE}:
        steps += _reads(uow, commune, nna_id, part)
    return sorted(steps, key=lambda step: (step.at, step.digest), reverse=True)[: part.first]


def _writes(uow: UnitOfWork, commune: str, nna_id: UUID | None, part: Part) -> list[Step]:
    named = (nna_id.hex, *_lists(uow, commune, nna_id)) if nna_id else ()
    statement = select(AuditEntry, _tables(uow, named)).options(defer(AuditEntry.changes))  # type: ignore[arg-type]
    statement = statement.where(AUDIT.c.chain == commune)
    if part.before:
        statement = statement.where(AUDIT.c.at < part.before)
    if named:
        statement = statement.where(_names(AUDIT.c.changes, named))
    found = uow.session.execute(statement.order_by(AUDIT.c.sequence.desc()).limit(part.first))
    return [
        Step(StepKind.WRITE, e.at, e.username, e.purpose, e.action, tuple(sorted(set(tables.split()))), e.digest)
        for e, tables in found
    ]


def _tables(uow: UnitOfWork, named: Sequence[str]) -> ColumnElement[str]:
    """Return the tables of an entry, parted by blanks: all, or those of changes that are of one child or of nobody."""
    sqlite = uow.session.connection().dialect.name == "sqlite"
    each = (func.json_each if sqlite else func.json_array_elements)(AUDIT.c.changes).table_valued("value")
    said = _said_in_sqlite if sqlite else _said_in_postgresql
    statement = select(func.coalesce(func.aggregate_strings(said(each.c.value, "table"), " "), ""))
    if named:
        single = and_(*(said(each.c.value, name).is_(None) for name in ("count", "nna")))
        statement = statement.where(or_(_names(each.c.value, named), single))
    return statement.scalar_subquery()


def _names(changes: ColumnElement[Any], named: Sequence[str]) -> ColumnElement[bool]:
    told = cast(changes, String)
    return or_(*(told.contains(one) for one in named))


def _said_in_sqlite(change: ColumnElement[Any], name: str) -> ColumnElement[str]:
    return func.json_extract(change, f"$.{name}", type_=String())  # its `->>` came with 3.38


def _said_in_postgresql(change: ColumnElement[Any], name: str) -> ColumnElement[str]:
    return change.op("->>", return_type=String())(name)


def _lists(uow: UnitOfWork, commune: str, nna_id: UUID) -> list[str]:
    """Return the hashes of the commune's lists with this child: a list is written at once, under its hash alone."""
    statement = select(RUN.c.list_hash).join(ENTRY, ENTRY.c.run_id == RUN.c.id)
    with uow.unscoped("whoever may read the audit of a commune may ask of its children, unseen") as session:
        found = session.scalars(statement.where(RUN.c.commune_code == commune, ENTRY.c.nna_id == nna_id).distinct())
        return [one for one in found if one]


def _reads(uow: UnitOfWork, commune: str, nna_id: UUID | None, part: Part) -> list[Step]:
    if nna_id:
        every = _reads_of(uow, commune, nna_id)
        return [s for s in every if s.kind in part.kinds and (part.before is None or s.at < part.before)][: part.first]
    about = select(SUBJECT.c.entry_id).where(SUBJECT.c.commune_code == commune)
    shown = exists().where(SUBJECT.c.entry_id == READ.c.id, SUBJECT.c.commune_code == commune, SUBJECT.c.shown)
    statement = select(ReadEntry, shown).where(READ.c.id.in_(about)).order_by(READ.c.at.desc()).limit(part.first)
    if part.before:
        statement = statement.where(READ.c.at < part.before)
    if len(part.kinds & {StepKind.READ, StepKind.ATTEMPT}) == 1:
        statement = statement.where(shown if StepKind.READ in part.kinds else ~shown)
    found = uow.session.execute(statement)
    return [Step(_kind(saw), e.at, e.username, e.purpose, e.operation, (), e.digest) for e, saw in found]


def _reads_of(uow: UnitOfWork, commune: str, nna_id: UUID) -> list[Step]:
    """Return who read or asked for one child of the commune, up to this second: also from the journal's files."""
    if not is_nna_of(uow, commune, nna_id):
        return []
    with uow.unscoped("whoever may read the audit of a commune may ask of its children, unseen") as session:
        seen = seen_by(session, nna_id, uow.settings.journal_folder)
    return [Step(_kind(one.shown), one.at, one.username, one.purpose, one.operation, (), one.digest) for one in seen]


def is_nna_of(uow: UnitOfWork, commune: str, nna_id: UUID) -> bool:
    """Tell whether a child's record is one of the commune's; for the trail and the journal alone."""
    with uow.unscoped("whether a trail is of the commune whose audit is read") as session:
        return session.scalar(select(NNA.c.commune_code).where(NNA.c.id == nna_id)) == commune


def _kind(shown: bool) -> StepKind:
    return StepKind.READ if shown else StepKind.ATTEMPT
