"""From arms to SQL: one row condition per table, and one mask per (table, data class).

The same conditions serve the session (every ORM statement), the read path (every table of a statement) and
`UnitOfWork.require`. A table without a declared scope is refused everywhere.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    not_,
    or_,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.functions import FunctionElement

from authz.actor import Actor, Ambit, DataClass
from authz.guard import Arm, Guard

Condition = Callable[[FromClause], ColumnElement[bool]]

# What every condition may lean on; `Access.values` gives them at run time.
USERS = bindparam("users", type_=String)  # JSON list of user ids whose caseload is the actor's own
ORGANIZATIONS = bindparam("organizations", type_=String)  # JSON list of the actor's institutions
TODAY = bindparam("today", type_=Date)
TODAY_NUMBER = bindparam("today_number", type_=Integer)  # yyyymmdd, for ages


class ScopeError(Exception):
    """A table is read that nobody declared a scope for."""


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
    consented : callable, optional
        What `referred` means for every class but the row's own: a referral shows the need, consent shows the name.
    place : callable, optional
        Whether a row belongs to the communes of a bound list, where no column of its own says so.
    follows : str, optional
        Foreign key whose target's ambits this table takes.
    row_class : str, optional
        Column that holds the data class of each row (an alert takes the class of its type).
    sealed : callable, optional
        Rows whose CONTACT class opens to their own team only: protected address, no contact.
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
    referred: Condition | None = None
    consented: Condition | None = None
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


@dataclass
class Access:
    """One actor over the declared scopes, on one day.

    Parameters
    ----------
    actor : Actor
    guard : Guard
    scopes : mapping of str to Scope
        By table name.
    today : date
    modules : mapping of str to frozenset of str
        Plugin name to the communes where it is switched on.
    """

    actor: Actor
    guard: Guard
    scopes: Mapping[str, Scope]
    today: date
    modules: Mapping[str, frozenset[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(init=False)
    criteria: tuple[Any, ...] | None = field(init=False, default=None, repr=False)  # what sessions make of it, once
    _names: dict[frozenset[str], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.values = {
            "users": _listed(u.hex for u in self.actor.stands_for),
            "organizations": _listed(o.hex for o in self.actor.organizations),
            "today": self.today,
            "today_number": int(self.today.strftime("%Y%m%d")),
        }
        self.values |= {f"module_{plugin}": _listed(on) for plugin, on in self.modules.items()}
        assert self.shape  # names every set of communes in one fixed order, so that plans can be shared

    def row(self, table: str, t: FromClause, action: str = "read") -> ColumnElement[bool]:
        """Return the condition under which a row of `t` exists for the actor."""
        scope = self._scope(table)
        if scope.internal:
            return false()
        if scope.public:
            return self._switched(scope, t)
        if scope.row_class is None:
            return and_(
                self._class(scope, self.arms(scope, scope.data, action), scope.data, t), self._switched(scope, t)
            )
        kind = t.c[scope.row_class]
        alike: dict[tuple[Arm, ...], list[str]] = {}
        for data in DataClass:
            alike.setdefault(self.arms(scope, data, action), []).append(data.value)
        ways = [and_(kind.in_(kinds), self._any(scope, arms, t, scope.data)) for arms, kinds in alike.items() if arms]
        return and_(or_(false(), *ways), self._switched(scope, t))

    def mask(self, table: str, data: DataClass, t: FromClause) -> ColumnElement[bool] | bool:
        """Return how a value of this class shows on the rows that the actor sees.

        Returns
        -------
        bool or ColumnElement
            False: on no row, so it is not selected at all. True: on every row. A condition: where it holds.
        """
        scope = self._scope(table)
        if scope.row_class or (data is scope.data and not self._seals(scope, data)):
            return True
        arms = self.arms(scope, data) if scope.resource else ()
        if not arms:
            return False
        base = (Arm(Ambit.NATIONAL, None),) if scope.public else self.arms(scope, scope.data)
        # an arm by referral reaches fewer rows for a deeper class, so it covers nothing
        consent = self._asks_consent(scope)
        sure = [arm for arm in arms if not (consent and arm.ambit is Ambit.REFERRED)]
        if not self._seals(scope, data) and all(any(arm.covers(row) for arm in sure) for row in base):
            return True
        return self._class(scope, arms, data, t)

    def reach(self, table: str, t: FromClause, resource: str, action: str, data: DataClass) -> ColumnElement[bool]:
        """Return the condition under which an action of `resource` may be done on a row of `table`."""
        scope = self._scope(table)
        return self._class(scope, self.guard.arms(self.actor, resource, action, data), data, t)

    def arms(self, scope: Scope, data: DataClass, action: str = "read") -> tuple[Arm, ...]:
        return self.guard.arms(self.actor, scope.resource, action, data)

    def off(self, plugin: str | None) -> bool:
        """Whether a plugin is switched off in every commune of the actor."""
        if plugin is None:
            return False
        on, mine = self.modules.get(plugin, frozenset()), self.actor.communes
        return not on or (mine is not None and not (on & mine))

    def switched(self, plugin: str | None, t: FromClause, commune: str = "commune_code") -> ColumnElement[bool]:
        """Return the condition that the row's commune has the plugin on."""
        if plugin is None:
            return true()
        if plugin not in self.modules:
            return false()
        return within(t.c[commune], bindparam(f"module_{plugin}", type_=String))

    def literal(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition with this actor's values in it, for statements of the session."""

        def fill(bind: BindParameter[Any]) -> None:
            if bind.key in self.values:
                bind.value, bind.required = self.values[bind.key], False

        return visitors.cloned_traverse(condition, {}, {"bindparam": fill})

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """What a plan depends on: ambits, coverings, which arms share their communes, which plugins are off.

        Never a commune, a name or an id: two coordinators of different communes share their plans.
        """
        made: list[Any] = []
        for name, scope in sorted(self.scopes.items()):
            if scope.internal or not scope.resource:
                continue
            for data in DataClass:
                arms = self.arms(scope, data)
                named = tuple((a.ambit, a.communes if a.communes is None else self._name(a.communes)) for a in arms)
                made.append((name, data, named, self.mask(name, data, scope.table) is True))
        return (*made, tuple(sorted(p for p in self.modules if self.off(p))), tuple(sorted(self.modules)))

    def _class(self, scope: Scope, arms: tuple[Arm, ...], data: DataClass, t: FromClause) -> ColumnElement[bool]:
        if not self._seals(scope, data):
            return self._any(scope, arms, t, data)
        open_rows = not_(cast(Condition, scope.sealed)(t))
        mine = self._any(scope, tuple(Arm(Ambit.OWN, arm.communes) for arm in arms), t, data)
        return and_(self._any(scope, arms, t, data), or_(open_rows, mine))

    def _seals(self, scope: Scope, data: DataClass) -> bool:
        return scope.sealed is not None and data is DataClass.CONTACT

    def _any(self, scope: Scope, arms: Iterable[Arm], t: FromClause, data: DataClass) -> ColumnElement[bool]:
        return or_(false(), *(self._arm(scope, arm, t, data) for arm in arms))

    def _arm(self, scope: Scope, arm: Arm, t: FromClause, data: DataClass) -> ColumnElement[bool]:
        reached = self._reach(scope, arm.ambit, t, data is not scope.data)
        if arm.communes is None:
            return reached
        communes = bindparam(self._name(arm.communes), type_=String)
        here = scope.place(t, communes) if scope.place else within(t.c[scope.commune], communes)
        return and_(here, reached)

    def _reach(self, scope: Scope, ambit: Ambit, t: FromClause, deeper: bool) -> ColumnElement[bool]:
        if ambit in (Ambit.COMMUNE, Ambit.NATIONAL):
            return true()
        if ambit is Ambit.OWN:
            condition = scope.own
        else:
            condition = scope.consented if deeper and scope.consented else scope.referred
        if condition:
            return condition(t)
        if not scope.follows:
            return false()
        (key,) = scope.table.c[scope.follows].foreign_keys
        parent = key.column.table.alias()
        on = parent.c[key.column.name] == t.c[scope.follows]
        deeper = deeper or scope.data is not DataClass.BASIC
        return exists().where(on, self._reach(self._scope(key.column.table.name), ambit, parent, deeper))

    def _asks_consent(self, scope: Scope) -> bool:
        """Whether a referral opens less of a deeper class: here, or in the row whose ambits this table takes."""
        while scope.follows and not (scope.consented or scope.referred):
            (key,) = scope.table.c[scope.follows].foreign_keys
            scope = self._scope(key.column.table.name)
        return scope.consented is not None

    def _switched(self, scope: Scope, t: FromClause) -> ColumnElement[bool]:
        return self.switched(scope.plugin, t, scope.commune) if scope.plugin else true()

    def _scope(self, table: str) -> Scope:
        if table not in self.scopes:
            raise ScopeError(f"{table}: no scope is declared")
        return self.scopes[table]

    def _name(self, communes: frozenset[str]) -> str:
        """Return the bind that carries these communes, the same one each time."""
        if communes not in self._names:
            self._names[communes] = f"communes_{len(self._names)}"
            self.values[self._names[communes]] = _listed(communes)
        return self._names[communes]


def _listed(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))
