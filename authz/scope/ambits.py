"""How far, as SQL: what each ambit says of a row, whoever asks."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, String, bindparam, exists, false, true
from sqlalchemy.sql import visitors
from sqlalchemy.sql.visitors import ExternallyTraversible

from authz.actor import Ambit, DataClass
from authz.scope.declaration import Condition, Scope, declared


def reached(
    scopes: Mapping[str, Scope], scope: Scope, ambit: Ambit, t: FromClause, deeper: bool
) -> ColumnElement[bool]:
    """Return the condition that a row lies within an ambit, in whatever commune.

    Parameters
    ----------
    scopes : mapping of str to Scope
    scope : Scope
    ambit : Ambit
    t : FromClause
        The table, or an alias of it.
    deeper : bool
        Whether more is asked than the row's own class, so that a referral needs consent.
    """
    if ambit in (Ambit.COMMUNE, Ambit.NATIONAL):
        return true()
    if ambit in scope.closed:
        return false()
    wide, narrow = _said(scope, ambit)
    condition = narrow if deeper and narrow else wide
    if condition:
        return condition(t)
    if not scope.follows:
        return false()
    (key,) = scope.table.c[scope.follows].foreign_keys
    parent = key.column.table.alias()
    on = parent.c[key.column.name] == t.c[scope.follows]
    deeper = deeper or scope.data is not DataClass.BASIC
    return exists().where(on, reached(scopes, declared(scopes, key.column.table.name), ambit, parent, deeper))


def opens_less(scopes: Mapping[str, Scope], scope: Scope, ambit: Ambit) -> bool:
    """Whether an ambit opens less of a deeper class: here, or in the row whose ambits this table takes."""
    if ambit in (Ambit.COMMUNE, Ambit.NATIONAL):
        return False
    while scope.follows and not any(_said(scope, ambit)):
        (key,) = scope.table.c[scope.follows].foreign_keys
        scope = declared(scopes, key.column.table.name)
    return _said(scope, ambit)[1] is not None


def _said(scope: Scope, ambit: Ambit) -> tuple[Condition | None, Condition | None]:
    """Return what an ambit means for the row's own class, and for the others where that is less."""
    return (scope.own, scope.own_deeper) if ambit is Ambit.OWN else (scope.referred, scope.consented)


def speaking_of(condition: ColumnElement[bool], names: Mapping[str, str], t: FromClause) -> ColumnElement[bool]:
    """Return the condition on `t` about another caseload, or another institution.

    A bind is replaced, never a copy of it renamed: SQLAlchemy gives every copy the value of what it was copied from
    (`tests/authz/test_substitution.py` reads with the wrong person's caseload that way).

    Parameters
    ----------
    condition : ColumnElement
    names : mapping of str to str
        Binds of the condition, as `USERS`, and those that it shall speak of in their place.
    t : FromClause
    """
    others = {key: bindparam(name, type_=String) for key, name in names.items() if name != key}
    if not others:
        return condition

    def replace(element: ExternallyTraversible, **_: Any) -> ColumnElement[str] | None:
        return others.get(element.key) if isinstance(element, BindParameter) else None

    return visitors.replacement_traverse(condition, {"stop_on": [t]}, replace)
