"""How a row is drawn: its own values in one place, and what hangs below it beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, ColumnElement, FromClause, Label, case, select, type_coerce

Make = Callable[[FromClause], ColumnElement[Any]]


@dataclass
class Drawn:
    """What hangs below a row: sub-selects that stand as columns beside it.

    So the sub-selects of a deep selection nest in each other and not in calls of functions, of which SQLite's parser
    bears a few only.
    """

    columns: list[Label[Any]] = field(default_factory=list)

    def below(self, value: ColumnElement[Any], shown: ColumnElement[bool] | bool) -> Make:
        """Put a sub-select beside the row and return how it is read there."""
        label = f"~{len(self.columns)}"
        self.columns.append((value if shown is True else case((shown, value))).label(label))  # type: ignore[arg-type]
        return lambda found: type_coerce(found.c[label], JSON)

    def over(
        self, t: FromClause, conditions: Sequence[ColumnElement[bool]], around: Sequence[FromClause]
    ) -> FromClause:
        """Return the rows of `t` that meet the conditions, with what hangs below each."""
        return select(t, *self.columns).where(*conditions).correlate(*around).subquery()
