"""Whether a field answers: what both ways of reading ask of `authz.scope`, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import GraphQLError
from sqlalchemy import ColumnElement, FromClause, and_

from authz.actor import Actor, DataClass
from authz.denial import denial
from authz.scope import Access, Scope
from schema.read.sources import Source

SENTENCES = {
    "FORBIDDEN": "No tiene permiso para ver este dato.",
    "PLUGIN_DISABLED": "El módulo está desactivado en su comuna.",
}


class Reason(NamedTuple):
    """Why a field is closed, as one caller is told."""

    code: str
    message: str
    details: Mapping[str, Any] | None = None


CURSOR_GONE = Reason(
    "CURSOR_GONE", "El cursor no es de esta lista, o ya no está en ella: vuelva a pedirla desde la primera página."
)


class Refusal(GraphQLError):
    """A field that is closed to the caller, or a page that cannot begin; told once per path of the document."""

    def __init__(self, reason: Reason, path: list[str | int] | None = None) -> None:
        details = {"details": dict(reason.details)} if reason.details else {}
        super().__init__(reason.message, path=path, extensions={"code": reason.code, **details})


@dataclass(frozen=True)
class Closed:
    """What is closed in the whole of a scope: the code, and what the policy was asked.

    It stands in plans, which callers share, and so names nobody: what would help this caller, a signature or another
    purpose, is worked out when they are told.
    """

    code: str
    resource: str = ""
    classes: tuple[DataClass, ...] = ()

    def told(self, access: Access) -> Reason:
        if not self.resource:
            return Reason(self.code, SENTENCES[self.code])

        def allows(who: Actor) -> bool:
            return any(access.guard.arms(who, self.resource, "read", data) for data in self.classes)

        why = denial(access.actor, allows, SENTENCES[self.code])
        return Reason(why.code, why.message, why.details)


def mask(access: Access, scope: Scope, data: DataClass, t: FromClause) -> ColumnElement[bool] | bool:
    """As `Access.mask`, but a row that is seen at all opens its own class: the row's condition says the same."""
    return True if data is scope.data else access.mask(scope.table.name, data, t)


def gate(access: Access, scope: Scope, source: Source, t: FromClause) -> ColumnElement[bool] | bool | Closed:
    """Return how a field answers on the rows that the caller sees.

    Returns
    -------
    Closed, bool or ColumnElement
        Why on none; True: on every row; a condition: where it holds.
    """
    if access.off(source.plugin):
        return Closed("PLUGIN_DISABLED")
    shown = mask(access, scope, source.data, t)
    if shown is False:
        return Closed("FORBIDDEN", scope.resource, (source.data,))
    if source.plugin is None:
        return shown
    switched = access.switched(source.plugin, t, scope.commune)
    return switched if shown is True else and_(shown, switched)


def seen(access: Access, scope: Scope, t: FromClause, *, covered: bool) -> list[ColumnElement[bool]]:
    """Return what a row meets to be shown: beside a part of the same child's record (`covered`), to be tied to it."""
    return [access.row(scope.table.name, t), *(tie(access, scope, t) if covered else [])]


def tie(access: Access, scope: Scope, t: FromClause) -> list[ColumnElement[bool]]:
    """Return the condition that it is told of which child a row is; none where that is told of every row."""
    told = access.tied(scope.table.name, t)
    return [] if isinstance(told, bool) else [told]


def refusal(access: Access, scope: Scope, plugin: str | None = None) -> Closed | None:
    """Return why no row of a table can be reached by this caller at all, or None."""
    if access.off(plugin) or access.off(scope.plugin):
        return Closed("PLUGIN_DISABLED")
    return None if access.knows(scope) else Closed("FORBIDDEN", scope.resource, access.classes(scope))


def comparable(access: Access, scope: Scope, source: Source | None) -> bool:
    """Whether lists may be filtered or ordered by a field: its class must be open on every row of the scope."""
    return source is None or gate(access, scope, source, scope.table) is True


def conditional(access: Access, scope: Scope, classes: set[DataClass], t: FromClause) -> dict[DataClass, Any]:
    """Return the classes that are open on some rows only, with the condition, in a fixed order."""
    masks = {data: mask(access, scope, data, t) for data in DataClass if data in classes}
    return {data: shown for data, shown in masks.items() if not isinstance(shown, bool)}
