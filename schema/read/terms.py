"""What a list is filtered and ordered by, and how a page goes on behind a cursor."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label, and_, or_

from core.text import fold, sort_key
from schema.read.json_sql import bytewise
from schema.read.sources import Source

NORMAL = {"_fold": fold, "_sort": sort_key}


@dataclass(frozen=True)
class Term:
    """A value of a row by which lists may be compared.

    Parameters
    ----------
    name, python_name : str
        Of the field.
    label : str
        Of the value among the columns of a statement.
    kind : str
    nullable : bool
    source : Source or None
        Whose class the caller needs; None for the id.
    expression : callable
        From the table, or an alias of it, to the value.
    description : str
    words : enum, optional
        The members of a text that is one of a few words.
    prefix : str
        Of ids.
    """

    name: str
    python_name: str
    label: str
    kind: str
    nullable: bool
    source: Source | None
    expression: Callable[[FromClause], ColumnElement[Any]]
    description: str = ""
    words: enum.EnumMeta | None = None
    prefix: str = ""

    @property
    def normal(self) -> Callable[[str], str] | None:
        """How the client's text is made like the column's, where the column holds a normal form."""
        return next((make for end, make in NORMAL.items() if self.label.endswith(end)), None)

    def of(self, t: FromClause) -> ColumnElement[Any]:
        """Return the value in a form that compares alike on both databases."""
        value = t.c[self.label] if self.label in t.c else self.expression(t)
        return bytewise(value) if self.kind == "text" else value

    def labelled(self, t: FromClause) -> Label[Any]:
        return self.expression(t).label(self.label)


@dataclass(frozen=True)
class Key:
    """A term and its direction; what is missing stands last either way."""

    term: Term
    down: bool

    def ordering(self, t: FromClause, *, reverse: bool) -> ColumnElement[Any]:
        value = self.term.of(t)
        turned: ColumnElement[Any] = value.desc() if self.down != reverse else value.asc()
        if not self.term.nullable:
            return turned
        return turned.nulls_first() if reverse else turned.nulls_last()

    def beyond(self, t: FromClause, here: FromClause, *, before: bool) -> ColumnElement[bool]:
        """Return that a row of `t` stands behind (or before) the row of `here` by this key."""
        mine, theirs = self.term.of(t), self.term.of(here)
        further: ColumnElement[bool] = mine < theirs if self.down != before else mine > theirs
        if not self.term.nullable:
            return further
        if before:
            return or_(further, and_(mine.is_not(None), theirs.is_(None)))
        return or_(further, and_(mine.is_(None), theirs.is_not(None)))

    def same(self, t: FromClause, here: FromClause) -> ColumnElement[bool]:
        mine, theirs = self.term.of(t), self.term.of(here)
        return mine.is_not_distinct_from(theirs) if self.term.nullable else mine == theirs


def beyond(keys: Sequence[Key], t: FromClause, here: FromClause, *, before: bool) -> ColumnElement[bool]:
    """Return the condition of the rows behind (or before) the cursor's row, key by key."""
    steps = [
        and_(*(k.same(t, here) for k in keys[:n]), key.beyond(t, here, before=before)) for n, key in enumerate(keys)
    ]
    return or_(*steps)


def signed(name: Any) -> tuple[str, bool]:
    """Return name and direction of an order: `-score` goes down."""
    text: str = getattr(name, "value", name)
    return text.lstrip("-"), text.startswith("-")
