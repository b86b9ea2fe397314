"""Where a page stands in its list: whether there is more, and the cursors of its first and its last row."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, FromClause, String, case, cast, func, literal_column

from schema.read.json_sql import json_object, json_text, wire

if TYPE_CHECKING:
    from schema.read.pages import Page

ENDS = ("startCursor", "endCursor")


def page_info(page: "Page", rows: FromClause, gtype: Any, details: Any) -> ColumnElement[Any]:
    """Return the JSON of a page's `pageInfo`; an end is the id of its row, and tells of whose record that is part."""
    asked = {key: name for key, name, _ in page.compiler.outliner.fields(gtype, details)}
    number = rows.c["~n"]
    more = json_text(case((func.count(number) > page.limit, "true"), else_="false"))
    # constants are wrapped in an aggregate too: alone they would come once for each row
    no = json_text(case((func.count(number) < 0, "true"), else_="false"))
    values: dict[str, Any] = {
        "hasNextPage": no if page.backwards else more,
        "hasPreviousPage": more if page.backwards else no,
        **{name: _end(page, rows, name, wire(rows.c.id, page.entity.prefix)) for name in ENDS},
        "__typename": case((func.count(number) < 0, ""), else_=gtype.name),
    }
    told = [name for name in ENDS if name in asked.values()]
    return json_object({key: values[name] for key, name in asked.items()}, _whose(page, rows, told))


def _whose(page: "Page", rows: FromClause, ends: list[str]) -> list[ColumnElement[Any]]:
    subject = page.entity.scope.subject
    if subject is None or page.marked:
        return []
    return [_end(page, rows, name, page.compiler.child(subject)(rows)) for name in ends]


def _end(page: "Page", rows: FromClause, name: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value of the first or the last row: of the smallest or greatest `1000 + n || value`, without four.

    A row may have none, and stays the end that it is: a list of a family names no child where it names a relative.
    """
    number = rows.c["~n"]
    pick = func.max if (name == "endCursor") != page.backwards else func.min
    mark = cast(literal_column("1000") + number, String) + func.coalesce(value, "")
    return func.nullif(func.substr(pick(mark).filter(number <= page.limit), 5), "")
