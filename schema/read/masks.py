"""Whether a field answers: what both ways of reading ask of `authz.scope`, in one place."""

from typing import Any

from graphql import GraphQLError
from sqlalchemy import ColumnElement, FromClause, and_

from authz.actor import DataClass
from authz.scope import Access, Scope
from schema.read.sources import Source

SENTENCES = {
    "FORBIDDEN": "No tiene permiso para ver este dato.",
    "PLUGIN_DISABLED": "El módulo está desactivado en su comuna.",
    "CURSOR_GONE": "El cursor no es de esta lista, o ya no está en ella: vuelva a pedirla desde la primera página.",
}


class Refusal(GraphQLError):
    """A field that is closed to the caller, or a page that cannot begin; told once per path of the document."""

    def __init__(self, code: str, path: list[str | int] | None = None) -> None:
        super().__init__(SENTENCES[code], path=path, extensions={"code": code})
        self.code = code


def mask(access: Access, scope: Scope, data: DataClass, t: FromClause) -> ColumnElement[bool] | bool:
    """As `Access.mask`, but a row that is seen at all opens its own class: the row's condition says the same."""
    return True if data is scope.data else access.mask(scope.table.name, data, t)


def gate(access: Access, scope: Scope, source: Source, t: FromClause) -> ColumnElement[bool] | bool | str:
    """Return how a field answers on the rows that the caller sees.

    Returns
    -------
    str, bool or ColumnElement
        The code of a refusal; True: on every row; a condition: where it holds.
    """
    if access.off(source.plugin):
        return "PLUGIN_DISABLED"
    shown = mask(access, scope, source.data, t)
    if shown is False:
        return "FORBIDDEN"
    if source.plugin is None:
        return shown
    switched = access.switched(source.plugin, t, scope.commune)
    return switched if shown is True else and_(shown, switched)


def refusal(access: Access, scope: Scope, plugin: str | None = None) -> str | None:
    """Return why no row of a table can be reached by this caller at all, or None."""
    if access.off(plugin) or access.off(scope.plugin):
        return "PLUGIN_DISABLED"
    classes = access.guard.vocabulary[scope.resource].classes if scope.row_class else (scope.data,)
    return None if scope.public or any(access.arms(scope, data) for data in classes) else "FORBIDDEN"


def comparable(access: Access, scope: Scope, source: Source | None) -> bool:
    """Whether lists may be filtered or ordered by a field: its class must be open on every row of the scope."""
    return source is None or gate(access, scope, source, scope.table) is True


def conditional(access: Access, scope: Scope, classes: set[DataClass], t: FromClause) -> dict[DataClass, Any]:
    """Return the classes that are open on some rows only, with the condition, in a fixed order."""
    masks = {data: mask(access, scope, data, t) for data in DataClass if data in classes}
    return {data: shown for data, shown in masks.items() if not isinstance(shown, bool)}
