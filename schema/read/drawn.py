"""How a row is drawn: its columns, and beside them whatever has to be worked out or looked up below it."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label, Table, select
from sqlalchemy.sql import visitors

Make = Callable[[FromClause], ColumnElement[Any]]


@dataclass
class Drawn:
    """What stands beside a row as columns: sub-selects, expressions, masks.

    So the sub-selects of a deep selection nest in each other and not in calls of functions, of which SQLite's parser
    bears a few only; and a mask that many fields share is written once.
    """

    names: frozenset[str]
    columns: list[Label[Any]] = field(default_factory=list)
    _known: dict[Hashable, str] = field(default_factory=dict)

    def beside(self, key: Hashable, value: ColumnElement[Any]) -> Make:
        """Put a value beside the row, once for each key, and return how it is read there."""
        if key not in self._known:
            self._known[key] = f"~{len(self.columns)}"
            self.columns.append(value.label(self._known[key]))
        label = self._known[key]
        return lambda found: found.c[label]

    def over(
        self,
        t: FromClause,
        conditions: Sequence[ColumnElement[bool]] = (),
        around: Sequence[FromClause] = (),
        also: Iterable[str] = (),
    ) -> FromClause:
        """Return the rows of `t` that meet the conditions, with what stands beside each."""
        plain = [t.c[name] for name in sorted({*self.names, *also}) if name in t.c]
        return select(*plain, *self.columns).where(*conditions).correlate(*around).subquery()


def columns_in(expressions: Iterable[Any], table: Table) -> set[str]:
    """Return the names of the table's own columns that these expressions read."""
    parts: Iterable[Any] = (part for expression in expressions for part in visitors.iterate(expression))
    return {part.name for part in parts if getattr(part, "table", None) is table}
