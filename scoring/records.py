"""What the database knows of the children of some communes, as the frames that features are made of.

Whoever asks, the frames are the same: a child's place must not depend on who prepared the list. So the statements run
as the platform, after the service has asked whether the actor may; nothing read here is shown.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Column, ColumnElement, Date, Select, String, Table, Uuid, func, select, true
from sqlalchemy import cast as as_type

from authz.scope import table_of
from core.database import ScopedSession
from core.models.extracts import ListStatus
from core.models.families import Family, FamilyMember
from core.models.people import Attendance, Nna, Schooling
from scoring.frames import ATTENDANCE, CHILDREN, EXCLUSIONS, HOUSEHOLDS, MEMBERS, SCHOOLING, Columns, Frames

NNA, FAMILY, STATUS = table_of(Nna), table_of(Family), table_of(ListStatus)
MONTHS, COURSES, MEMBER = table_of(Attendance), table_of(Schooling), table_of(FamilyMember)


def load_frames(session: ScopedSession, communes: Collection[str] | None, since: date | None = None) -> Frames:
    """Read the frames of some communes, sorted, the same from either database.

    Records that were handed over to another commune stay out: the child is the other office's now. Families come with
    their dates: the family of today, which the child's record names, is none of the past's business.

    Parameters
    ----------
    session : ScopedSession
        Unscoped.
    communes : collection of str or None
        CUT codes; None reads every commune.
    since : date, optional
        Leaves out attendance of earlier months; features look back six, training looks back thirty.

    Returns
    -------
    Frames
    """
    here = NNA.c.moved_to_id.is_(None)
    late = MONTHS.c.period >= since if since else true()
    children = _read(session, _select(NNA, CHILDREN, communes, here), CHILDREN)
    known = children.select("nna_id")
    return Frames(
        children=children,
        households=_read(session, _select(FAMILY, HOUSEHOLDS, communes), HOUSEHOLDS),
        attendance=_of(known, _read(session, _select(MONTHS, ATTENDANCE, communes, late), ATTENDANCE)),
        schooling=_of(known, _read(session, _select(COURSES, SCHOOLING, communes), SCHOOLING)),
        exclusions=_of(known, _read(session, _select(STATUS, EXCLUSIONS, communes), EXCLUSIONS)),
        members=_of(known, _read(session, _select(MEMBER, MEMBERS, communes, MEMBER.c.nna_id.is_not(None)), MEMBERS)),
    )


def hexed(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return an id as 32 hexadecimal digits; SQLite stores them so, PostgreSQL writes hyphens.

    Parameters
    ----------
    column : ColumnElement
        Of type `Uuid`.

    Returns
    -------
    ColumnElement of str
    """
    return func.replace(as_type(column, String), "-", "")


def _select(
    table: Table, columns: Columns, communes: Collection[str] | None, *where: ColumnElement[bool]
) -> Select[Any]:
    found = [_column(table, name) for name in columns if _source(table, name) is not None]
    here = true() if communes is None else table.c.commune_code.in_(sorted(communes))
    return select(*found).where(here, *where)


def _source(table: Table, name: str) -> Column[Any] | None:
    """Return the column behind a frame's; a table's own id is the child's, or the family's."""
    own_id = {NNA: "nna_id", FAMILY: "family_id"}.get(table)
    return table.c.id if name == own_id else table.c.get(name)


def _column(table: Table, name: str) -> ColumnElement[Any]:
    source = _source(table, name)
    assert source is not None
    if isinstance(source.type, Uuid):
        return hexed(source).label(name)
    return (as_type(source, String) if isinstance(source.type, Date) else source).label(name)


def _read(session: ScopedSession, statement: Select[Any], columns: Columns) -> pl.DataFrame:
    names = list(statement.selected_columns.keys())
    rows = session.execute(statement).all()
    values: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ([] for _ in names)
    frame = pl.DataFrame([_series(name, v, columns[name]) for name, v in zip(names, values, strict=True)])
    return frame.sort(names, nulls_last=True)


def _series(name: str, values: Sequence[Any], kind: Any) -> pl.Series:
    """Return a column; dates come as ISO text, which polars reads thirty times as fast as Python would."""
    if kind == pl.Date:
        return pl.Series(name, values, dtype=pl.String).str.to_date("%Y-%m-%d")
    return pl.Series(name, values, dtype=kind, strict=False)


def _of(children: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    return facts.join(children, on="nna_id", how="semi", maintain_order="left")
