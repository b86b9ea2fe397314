"""The only file that knows the two dialects: JSON, wire formats and bound lists as SQLAlchemy constructs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Boolean, ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from schema.read.kinds import kind_of
from schema.read.saw import HIDDEN


class Element(FunctionElement[Any]):
    inherit_cache = False  # keys and formats are no clauses: only those below without any may share a text


class json_object(Element):
    """A JSON object with these keys; a value of type JSON is nested, any other is a scalar.

    `before` are values under the hidden key, which an object may have more than once.
    """

    type = JSON()

    def __init__(self, fields: dict[str, ColumnElement[Any]], before: Sequence[ColumnElement[Any]] = ()) -> None:
        self.keys = (*(HIDDEN for _ in before), *fields)
        super().__init__(*before, *fields.values())


class json_list(Element):
    """An aggregate: the JSON values of the rows that meet `keep`, in their order."""

    inherit_cache = True
    type = JSON()


class json_text(Element):
    """Text that already is JSON."""

    inherit_cache = True
    type = JSON()


class among(Element):
    """Whether a column is one of a bound JSON list, whatever the column's type."""

    inherit_cache = True
    type: TypeEngine[Any] = Boolean()


class bytewise(Element):
    """Text in the order of its bytes, on both databases."""

    inherit_cache = True
    type = String()


class wire(Element):
    """A value in the form in which the API writes it; the one owner of formats beside the scalars."""

    def __init__(self, column: ColumnElement[Any], prefix: str = "") -> None:
        self.kind, self.prefix = kind_of(column.type), prefix
        self.type: TypeEngine[Any] = JSON() if self.kind in ("float", "bool", "json") else String()
        super().__init__(column)


def _texts(element: Element, compiler: Any, kw: dict[str, Any]) -> list[str]:
    kw = {k: v for k, v in kw.items() if k not in ("add_to_result_map", "within_columns_clause")}
    return [compiler.process(clause, **kw) for clause in element.clauses]


@compiles(json_object, "sqlite")
def _(element: json_object, compiler: Any, **kw: Any) -> str:
    pairs = zip(element.keys, element.clauses, _texts(element, compiler, kw), strict=True)
    inner = ", ".join(f"'{key}', {_nested(clause, text)}" for key, clause, text in pairs)
    return f"json_object({inner})"


def _nested(clause: ColumnElement[Any], text: str) -> str:
    """SQLite forgets at each sub-select that a text is JSON; a direct call needs no reminder."""
    return f"json({text})" if isinstance(clause.type, JSON) and not isinstance(clause, Element) else text


@compiles(json_object, "postgresql")
def _(element: json_object, compiler: Any, **kw: Any) -> str:
    pairs = zip(element.keys, _texts(element, compiler, kw), strict=True)
    inner = ", ".join(f'{text} AS "{key}"' for key, text in pairs)
    # a name that no GraphQL key can have: a key named like the row would hide the row
    return f'(SELECT row_to_json("~o") FROM (SELECT {inner}) AS "~o")'


@compiles(json_list, "sqlite")
def _(element: json_list, compiler: Any, **kw: Any) -> str:
    value, keep = _texts(element, compiler, kw)
    return f"json_group_array({value}) FILTER (WHERE {keep})"


@compiles(json_list, "postgresql")
def _(element: json_list, compiler: Any, **kw: Any) -> str:
    value, keep = _texts(element, compiler, kw)
    return f"coalesce(json_agg({value}) FILTER (WHERE {keep}), '[]')"


@compiles(json_text, "sqlite")
def _(element: json_text, compiler: Any, **kw: Any) -> str:
    return f"json({_texts(element, compiler, kw)[0]})"


@compiles(json_text, "postgresql")
def _(element: json_text, compiler: Any, **kw: Any) -> str:
    return f"CAST({_texts(element, compiler, kw)[0]} AS json)"


@compiles(among, "sqlite")
def _(element: among, compiler: Any, **kw: Any) -> str:
    column, values = _texts(element, compiler, kw)
    return f"({column} IN (SELECT value FROM json_each({values})))"


@compiles(among, "postgresql")
def _(element: among, compiler: Any, **kw: Any) -> str:
    column, values = _texts(element, compiler, kw)
    kind = compiler.dialect.type_compiler_instance.process(next(iter(element.clauses)).type)
    return f"({column} IN (SELECT CAST(one AS {kind}) FROM json_array_elements_text(CAST({values} AS json)) AS one))"


@compiles(bytewise, "sqlite")
def _(element: bytewise, compiler: Any, **kw: Any) -> str:
    return _texts(element, compiler, kw)[0]


@compiles(bytewise, "postgresql")
def _(element: bytewise, compiler: Any, **kw: Any) -> str:
    return f'({_texts(element, compiler, kw)[0]} COLLATE "C")'


@compiles(wire, "sqlite")
def _(element: wire, compiler: Any, **kw: Any) -> str:
    (x,) = _texts(element, compiler, kw)
    return {
        "id": f"'{element.prefix}_' || {x}" if element.prefix else x,
        "bool": f"json(CASE {x} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)",
        # SQLite's own JSON keeps 15 digits, and `null` from a NULL has to be asked for
        "float": f"json(CASE WHEN {x} IS NOT NULL THEN printf('%!.17g', {x}) END)",
        "instant": f"replace({x}, ' ', 'T') || '+00:00'",
        "json": f"json({x})",
        "bytes": f"iif({x} IS NULL, NULL, hex({x}))",
    }.get(element.kind, x)


@compiles(wire, "postgresql")
def _(element: wire, compiler: Any, **kw: Any) -> str:
    (x,) = _texts(element, compiler, kw)
    digits = f"replace(CAST({x} AS text), '-', '')"
    return {
        "id": f"'{element.prefix}_' || {digits}" if element.prefix else digits,
        "instant": f"""to_char({x} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'""",
        "bytes": f"encode({x}, 'hex')",
    }.get(element.kind, x)
