"""Lists of communes and ids in SQL: one bound JSON text each, so that a statement's form knows no length."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def listed(values: Iterable[str]) -> str:
    """Return what is bound where `within` asks for a list.

    Examples
    --------
    >>> listed({"13301", "13101"})
    '["13101", "13301"]'
    """
    return json.dumps(sorted(values))


class within(FunctionElement[bool]):
    """Whether a column is one of the strings (or ids) of a bound JSON list."""

    type = Boolean()
    inherit_cache = True
    name = "within"

    def self_group(self, against: Any = None) -> "within":
        """Stay as it is: SQLAlchemy would write `= 1` behind it on SQLite, and no index would serve any more."""
        return self


def _texts(element: FunctionElement[Any], compiler: Any, kw: dict[str, Any]) -> list[str]:
    kw = {k: v for k, v in kw.items() if k not in ("add_to_result_map", "within_columns_clause")}
    return [compiler.process(clause, **kw) for clause in element.clauses]


@compiles(within, "sqlite")
def _(element: within, compiler: Any, **kw: Any) -> str:
    column, values = _texts(element, compiler, kw)
    return f"({column} IN (SELECT value FROM json_each({values})))"


@compiles(within, "postgresql")
def _(element: within, compiler: Any, **kw: Any) -> str:
    column, values = _texts(element, compiler, kw)
    listed = f"json_array_elements_text(CAST({values} AS json))"
    kind = next(iter(element.clauses)).type
    if isinstance(kind, Uuid):
        return f"({column} IN (SELECT CAST(one AS uuid) FROM {listed} AS one))"
    return f"({column} IN (SELECT {listed}))"
