"""One actor over the declared scopes: which rows exist for them, and where each class of a row shows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, FromClause, String, and_, bindparam, false, not_, or_, true
from sqlalchemy.sql import visitors

from authz.actor import Actor, Ambit, DataClass
from authz.arms import Arm, whole
from authz.guard import Guard
from authz.scope.ambits import opens_less, reached, speaking_of
from authz.scope.declaration import ORGANIZATIONS, USERS, Condition, Scope, declared
from authz.scope.listed import listed, within


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
    _users: dict[UUID | None, str] = field(init=False)
    _organizations: dict[UUID | None, str] = field(init=False)

    def __post_init__(self) -> None:
        mine = self.actor.user_id
        self._users = _binds(USERS.key, self.actor.personas)
        self._organizations = _binds(ORGANIZATIONS.key, (None, *sorted(self.actor.organizations)))
        self.values = {
            "today": self.today,
            "today_number": int(self.today.strftime("%Y%m%d")),
        }
        self.values |= {name: listed([(one or mine).hex]) for one, name in self._users.items()}
        self.values |= {name: listed([one.hex] if one else []) for one, name in self._organizations.items()}
        self.values |= {f"module_{plugin}": listed(on) for plugin, on in self.modules.items()}
        _ = self.shape  # names every set of communes in one fixed order, so that plans can be shared

    def row(self, table: str, t: FromClause, action: str = "read") -> ColumnElement[bool]:
        """Return the condition under which a row of `t` exists for the actor."""
        return self._row(self._scope(table), t, action)

    def tied(self, table: str, t: FromClause) -> ColumnElement[bool] | bool:
        """Return on which rows that the actor sees it is told of which child they are; True: on every row.

        Elsewhere neither does the row lead to the child's record, nor the record to the row.
        """
        scope = self._scope(table)
        if scope.tied is None or not any(arm.ambit is Ambit.REFERRED for arm in self._known(scope, self.actor)):
            return True
        return self._row(replace(scope, referred=scope.tied), t, "read")

    def _row(self, scope: Scope, t: FromClause, action: str) -> ColumnElement[bool]:
        if scope.internal:
            return false()
        if scope.public:
            return self._switched(scope, t)
        if scope.row_class is None:
            return and_(self._class(scope, (scope.resource, action, scope.data), t), self._switched(scope, t))
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
        everywhere = self._everywhere(scope, data)
        return self._class(scope, (scope.resource, "read", data), t) if everywhere is None else everywhere

    def reach(self, table: str, t: FromClause, resource: str, action: str, data: DataClass) -> ColumnElement[bool]:
        """Return the condition under which an action of `resource` may be done on a row of `table`."""
        scope = self._scope(table)
        return self._class(scope, (resource, action, data), t)

    def within_reach(self, table: str, t: FromClause, resource: str, data: DataClass) -> ColumnElement[bool]:
        """Return the condition under which a class would be read but for a protection: for explanations alone."""
        return self._any(self._scope(table), self.guard.arms(self.actor, resource, "read", data), t, data)

    def arms(self, scope: Scope, data: DataClass, action: str = "read") -> tuple[Arm, ...]:
        return self.guard.arms(self.actor, scope.resource, action, data)

    def knows(self, scope: Scope, actor: Actor | None = None) -> bool:
        """Whether any row of a table may exist for the actor, or for the same person otherwise: no row is asked."""
        if scope.internal or scope.public:
            return bool(scope.public)
        return any(arm.ambit not in scope.closed for arm in self._known(scope, actor or self.actor))

    def classes(self, scope: Scope) -> tuple[DataClass, ...]:
        """Return the classes of which one is enough to know that some row of a table exists."""
        return tuple(self.guard.vocabulary[scope.resource].classes) if scope.row_class else (scope.data,)

    def _known(self, scope: Scope, who: Actor) -> Iterator[Arm]:
        for data in self.classes(scope):
            yield from self.guard.arms(who, scope.resource, "read", data)

    def reads_all(self, table: str, data: DataClass, communes: frozenset[str] | None) -> bool:
        """Whether the actor reads a class on every row of these communes (None: the country), and so may count them.

        A sealed row is known to be there by whoever reads the class of the others.
        """
        scope = self._scope(table)
        needed = {data} if scope.row_class else {scope.data, data}
        mine = [whole(self.arms(scope, one)) for one in needed]
        return all(far is None or (communes is not None and communes <= far) for far in mine)

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
        """What a plan depends on: ambits, coverings, what arms share (communes, persona, institution), plugins off.

        Never a commune, a name or an id: two coordinators of different communes share their plans, and so do two
        substitutes of different people, and the partners of two institutions.
        """
        made: list[Any] = []
        for name, scope in sorted(self.scopes.items()):
            if scope.internal or not scope.resource:
                continue
            for data in DataClass:
                ways = [self.arms(scope, data)]
                if self._seals(scope, data):
                    ways += self._arms_of_each(scope.resource, "read", data).values()
                made.append((name, data, *map(self._named, ways), self._everywhere(scope, data) is True))
        return (*made, tuple(sorted(p for p in self.modules if self.off(p))), tuple(sorted(self.modules)))

    def _named(self, arms: Iterable[Arm]) -> tuple[Any, ...]:
        return tuple(
            (arm.ambit, None if arm.communes is None else self._name(arm.communes), *self._of(arm).values())
            for arm in arms
        )

    def _of(self, arm: Arm) -> dict[str, str]:
        """Return the binds that stand for whose caseload and which institution an arm speaks of."""
        return {USERS.key: self._users[arm.persona], ORGANIZATIONS.key: self._organizations[arm.organization]}

    def _everywhere(self, scope: Scope, data: DataClass) -> bool | None:
        """Whether a class shows on every row that is seen, or on none; None where a condition says on which."""
        if scope.row_class or (data is scope.data and not self._seals(scope, data)):
            return True
        arms = self.arms(scope, data) if scope.resource else ()
        if not arms:
            return False
        base = (Arm(Ambit.NATIONAL, None),) if scope.public else self.arms(scope, scope.data)
        # an arm that reaches fewer rows for a deeper class covers nothing
        sure = [arm for arm in arms if not opens_less(self.scopes, scope, arm.ambit)]
        covered = all(any(arm.covers(row) for arm in sure) for row in base)
        return True if covered and not self._seals(scope, data) else None

    def _class(self, scope: Scope, asked: tuple[str, str, DataClass], t: FromClause) -> ColumnElement[bool]:
        """Return the condition of one question; whether a row is sealed is asked of each persona's own caseload."""
        *_, data = asked
        if not self._seals(scope, data):
            return self._any(scope, self.guard.arms(self.actor, *asked), t, data)
        unsealed = not_(cast(Condition, scope.sealed)(t))
        ways = []
        for persona, arms in self._arms_of_each(*asked).items():
            theirs = speaking_of(unsealed, {USERS.key: self._users[persona]}, t)
            ways.append(and_(self._any(scope, arms, t, data), theirs))
        return or_(false(), *ways)

    def _arms_of_each(self, resource: str, action: str, data: DataClass) -> dict[UUID | None, tuple[Arm, ...]]:
        return self.guard.arms_of_each(self.actor, resource, action, data)

    def _seals(self, scope: Scope, data: DataClass) -> bool:
        return scope.sealed is not None and data is DataClass.CONTACT

    def _any(self, scope: Scope, arms: Iterable[Arm], t: FromClause, data: DataClass) -> ColumnElement[bool]:
        return or_(false(), *(self._arm(scope, arm, t, data) for arm in arms))

    def _arm(self, scope: Scope, arm: Arm, t: FromClause, data: DataClass) -> ColumnElement[bool]:
        condition = reached(self.scopes, scope, arm.ambit, t, data is not scope.data)
        condition = speaking_of(condition, self._of(arm), t)
        if arm.communes is None:
            return condition
        communes = bindparam(self._name(arm.communes), type_=String)
        here = scope.place(t, communes) if scope.place else within(t.c[scope.commune], communes)
        return and_(here, condition)

    def _switched(self, scope: Scope, t: FromClause) -> ColumnElement[bool]:
        return self.switched(scope.plugin, t, scope.commune) if scope.plugin else true()

    def _scope(self, table: str) -> Scope:
        return declared(self.scopes, table)

    def _name(self, communes: frozenset[str]) -> str:
        """Return the bind that carries these communes, the same one each time."""
        if communes not in self._names:
            self._names[communes] = f"communes_{len(self._names)}"
            self.values[self._names[communes]] = listed(communes)
        return self._names[communes]


def _binds(key: str, some: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Name the bind of each; the first keeps the name under which conditions speak of it."""
    return {one: f"{key}_{n}" if n else key for n, one in enumerate(some)}
