"""The trail as people read it: who read, asked in vain or changed what, newest first, under the reader's own scope.

A child is found by her id in the audit itself, which every change of a row of hers or of her family names, one by one
or in a file of a hundred thousand: not by the rows, which a later file rewrites and which may be made anonymous. What
an entry says is looked through by the database and never leaves it, since one of a large commune's import is megabytes
long: `benchmarks/imports/trail.py` tells how long that takes.

Pages are cut by the instant, and no page parts the steps of one: the journal gives a single instant to all readings
that reach the disk together, and whoever asks for what was before it would never see the rest of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Select, String, Table, and_, case, cast, func, or_, select
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
        How many steps, 1 to 100; and whatever else happened at the instant of the last of them.
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
        Newest first, and whole to the instant of the last. The content of what was read or written is never part of it.

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
    return _newest(steps, part.first)


def _newest(steps: list[Step], first: int) -> list[Step]:
    """Return the newest steps and all of the instant of the last; those of one instant in the order of their source."""
    ordered = sorted(steps, key=lambda step: step.at, reverse=True)
    return [step for step in ordered if step.at >= ordered[first - 1].at] if len(ordered) > first else ordered


def _cut(table: Table, wanted: ColumnElement[bool], part: Part) -> ColumnElement[bool]:
    """Tell the newest rows before an instant, as many as are asked for, and all of the instant of the last of them.

    Cut by the instant and not by the place in a chain: a clock that was set back parts the two, and a page that begins
    before an instant must find all that an earlier one left. What is wanted is looked for once: it may be a long look.
    """
    if part.before:
        wanted = and_(table.c.at < part.before, wanted)
    ranked = select(table.c.id, func.rank().over(order_by=table.c.at.desc()).label("nth")).where(wanted).subquery()
    return table.c.id.in_(select(ranked.c.id).where(ranked.c.nth <= part.first))


def _writes(uow: UnitOfWork, commune: str, nna_id: UUID | None, part: Part) -> list[Step]:
    if not nna_id:
        return _written(uow, commune, (), part)[0]
    named, first = (nna_id.hex, *_lists(uow, commune, nna_id)), part.first
    found, end = _written(uow, commune, named, part)
    while end and len(found) < first:  # what merely mentions her has taken a place
        steps, end = _written(uow, commune, named, part := replace(part, before=end, first=MOST))
        found += steps
    return found


def _written(uow: UnitOfWork, commune: str, named: Sequence[str], part: Part) -> tuple[list[Step], datetime | None]:
    """Return the steps among the newest entries that mention what is named, and where to go on from; None at the end.

    Whether an entry names the child or only mentions her is looked for in those alone: to take one of megabytes apart
    takes as long as to look through all others.
    """
    statement = select(AuditEntry, _tables(uow, named)).options(defer(AuditEntry.changes))  # type: ignore[arg-type]
    wanted = and_(AUDIT.c.chain == commune, *([_mentions(AUDIT.c.changes, named)] if named else []))
    newest = statement.where(_cut(AUDIT, wanted, part)).order_by(AUDIT.c.at.desc(), AUDIT.c.sequence.desc())
    found = uow.session.execute(newest).all()
    steps = [
        Step(StepKind.WRITE, e.at, e.username, e.purpose, e.action, tuple(sorted(set(tables.split()))), e.digest)
        for e, tables in found
        if tables is not None
    ]
    return steps, found[-1][0].at if len(found) >= part.first else None


def _tables(uow: UnitOfWork, named: Sequence[str]) -> ColumnElement[str]:
    """Return the tables of an entry, parted by blanks: all, or those of changes that are of one child or of nobody.

    Null where no change of it names the child, which an entry that mentions her may do: a reason is free text.
    """
    sqlite = uow.session.connection().dialect.name == "sqlite"
    each = (func.json_each if sqlite else func.json_array_elements)(AUDIT.c.changes).table_valued("value")
    said = _said_in_sqlite if sqlite else _said_in_postgresql
    tables = func.coalesce(func.aggregate_strings(said(each.c.value, "table"), " "), "")
    if not named:
        return select(tables).scalar_subquery()
    hers = _names(said, each.c.value, named)
    single = and_(*(said(each.c.value, name).is_(None) for name in ("count", "nna")))
    some = case((func.max(case((hers, 1), else_=0)) == 1, tables))
    return select(some).where(or_(hers, single)).scalar_subquery()


def _mentions(changes: ColumnElement[Any], named: Sequence[str]) -> ColumnElement[bool]:
    told = cast(changes, String)
    return or_(*(told.contains(one) for one in named))


def _names(said: Callable[..., ColumnElement[str]], change: ColumnElement[Any], named: Sequence[str]) -> Any:
    """Tell whether a change is of a child's row or of a list of hers: by what names rows there, never by free text."""
    child, *lists = named
    columns = sorted({key.parent.name for table in NNA.metadata.tables.values() for key in _to_children(table)})
    places = [("id",), ("nna",), *(("columns", column) for column in columns)]
    rows = or_(*(said(change, *place).contains(child) for place in places))
    return and_(_mentions(change, named), or_(rows, *(said(change, "file") == one for one in lists)))


def _to_children(table: Table) -> list[ForeignKey]:
    return [key for key in table.foreign_keys if key.column.table is NNA]


def _said_in_sqlite(change: ColumnElement[Any], *names: str) -> ColumnElement[str]:
    return func.json_extract(change, ".".join(("$", *names)), type_=String())  # its `->>` came with 3.38


def _said_in_postgresql(change: ColumnElement[Any], *names: str) -> ColumnElement[str]:
    return func.json_extract_path_text(change, *names, type_=String())


def _lists(uow: UnitOfWork, commune: str, nna_id: UUID) -> list[str]:
    """Return the hashes of the commune's lists with this child: a list is written at once, under its hash alone."""
    statement = select(RUN.c.list_hash).join(ENTRY, ENTRY.c.run_id == RUN.c.id)
    with uow.unscoped("whoever may read the audit of a commune may ask of its children, unseen") as session:
        found = session.scalars(statement.where(RUN.c.commune_code == commune, ENTRY.c.nna_id == nna_id).distinct())
        return [one for one in found if one]


def _reads(uow: UnitOfWork, commune: str, nna_id: UUID | None, part: Part) -> list[Step]:
    if nna_id:
        every = _reads_of(uow, commune, nna_id)
        wanted = [s for s in every if s.kind in part.kinds and (part.before is None or s.at < part.before)]
        return _newest(wanted, part.first)
    told = (_any_of_entry(SUBJECT.c.commune_code == commune, shown) for shown in (SUBJECT.c.shown, ~SUBJECT.c.shown))
    newest = select(ReadEntry, *told).where(READ.c.id.in_(_newest_readings(commune, part)))
    return [
        Step(kind, e.at, e.username, e.purpose, e.operation, (), e.digest)
        for e, *happened in uow.session.execute(newest.order_by(READ.c.at.desc(), READ.c.digest.desc()))
        for kind, so in zip((StepKind.READ, StepKind.ATTEMPT), happened, strict=True)  # both, of different children
        if so and kind in part.kinds
    ]


def _newest_readings(commune: str, part: Part) -> Select[UUID]:
    """Tell the newest readings of a commune's children as :func:`_cut` does, along an index: there are very many."""
    wanted = [SUBJECT.c.commune_code == commune]
    if len(part.kinds & {StepKind.READ, StepKind.ATTEMPT}) == 1:
        wanted.append(SUBJECT.c.shown.is_(StepKind.READ in part.kinds))
    if part.before:
        wanted.append(SUBJECT.c.at < part.before)
    each = select(SUBJECT.c.at, SUBJECT.c.entry_id).where(*wanted).distinct()
    first = each.order_by(SUBJECT.c.at.desc(), SUBJECT.c.entry_id.desc()).limit(part.first).subquery()
    last = select(func.min(first.c.at)).scalar_subquery()
    return select(SUBJECT.c.entry_id).where(*wanted, SUBJECT.c.at >= last)


def _any_of_entry(*said: ColumnElement[bool]) -> ColumnElement[int]:
    """Tell whether a reading has a subject of which all this is true, found by the reading: a commune has too many."""
    return select(func.max(case((and_(*said), 1), else_=0))).where(SUBJECT.c.entry_id == READ.c.id).scalar_subquery()


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
