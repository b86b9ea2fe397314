"""What a table declares of itself: who reaches its rows, and how each ambit reads on it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, FromClause, Integer, String, Table, bindparam

from authz.actor import Ambit, DataClass

Condition = Callable[[FromClause], ColumnElement[bool]]

# What every condition may lean on; `Access.values` gives them at run time.
USERS = bindparam("users", type_=String)  # JSON list of the one user whose caseload it is: the actor, or of each absent
ORGANIZATIONS = bindparam("organizations", type_=String)  # JSON list of the one institution of a referral, or empty
TODAY = bindparam("today", type_=Date)
TODAY_NUMBER = bindparam("today_number", type_=Integer)  # yyyymmdd, for ages


class ScopeError(Exception):
    """A table is read that nobody declared a scope for."""


def table_of(model: Any) -> Table:
    return cast(Table, model.__table__)


@dataclass(frozen=True)
class Scope:
    """How each ambit reads on one table.

    Parameters
    ----------
    model
        The SQLModel class.
    resource : str
        What the policy calls it; several tables may be one resource (an address is part of ``nna``).
    data : DataClass
        The class a caller needs to know that a row exists.
    commune : str
        Column with the commune whose office holds the row.
    own, referred : callable, optional
        Row conditions of these ambits, given the table or an alias.
    own_deeper : callable, optional
        What `own` means for every class but the row's own: a name is kept of the past, a telephone is of today.
    consented : callable, optional
        What `referred` means for every class but the row's own: a referral shows the need, consent shows the name.
    tied : callable, optional
        On which of the rows that `referred` reaches it is told of which child's record they are part.
    closed : collection of Ambit, optional
        Ambits by which no row of the table is reached, whatever the policy says of its resource.
    place : callable, optional
        Whether a row belongs to the communes of a bound list, where no column of its own says so.
    follows : str, optional
        Foreign key whose target's ambits this table takes.
    row_class : str, optional
        Column that holds the data class of each row (an alert takes the class of its type).
    sealed : callable, optional
        Rows whose CONTACT class a protection closes to whoever's caseload is in `USERS`: protected address, no contact.
    subject : str, optional
        Column with the id of the child whose record the row is part of; reads of it are journalled.
    public : str, optional
        The reason why everybody may read it; `resource` then speaks of its AGGREGATE fields and of writing.
    internal : str, optional
        The reason why nobody may: the machinery alone does, unscoped.
    plugin : str, optional
        The plugin that brings the table; its rows vanish where a commune has it switched off.
    retention : str, optional
        How long rows are kept, in words, with the rule.
    """

    model: Any
    resource: str = ""
    data: DataClass = DataClass.BASIC
    commune: str = "commune_code"
    own: Condition | None = None
    own_deeper: Condition | None = None
    referred: Condition | None = None
    consented: Condition | None = None
    tied: Condition | None = None
    closed: Collection[Ambit] = ()
    place: Callable[[FromClause, ColumnElement[str]], ColumnElement[bool]] | None = None
    follows: str | None = None
    row_class: str | None = None
    sealed: Condition | None = None
    subject: str | None = None
    public: str | None = None
    internal: str | None = None
    plugin: str | None = None
    retention: str | None = None

    @property
    def table(self) -> Table:
        return table_of(self.model)

    def of(self, plugin: str) -> "Scope":
        return replace(self, plugin=plugin)


def declared(scopes: Mapping[str, Scope], table: str) -> Scope:
    """Return the scope of a table.

    Raises
    ------
    ScopeError
    """
    if table not in scopes:
        raise ScopeError(f"{table}: no scope is declared")
    return scopes[table]
