"""What is wired once and lives as long as the process: database, keys, plugins, policy and the modules in force."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pluggy
from sqlalchemy import Engine, select

import authz.guard
from authz.actor import Actor
from authz.guard import Guard, Resource, read_policy
from authz.scope import Access, Scope
from core.audit import Notary, seal
from core.clock import Clock
from core.database import HURRIED, ScopedSession, machinery, make_engine
from core.hooks import Info
from core.identity import KeyRing, Sealer
from core.models.modules import ModuleSwitch
from core.models.scopes import RESOURCES, SCOPES
from core.models.territory import Commune
from core.settings import Settings
from core.unit_of_work import UnitOfWork

MODULES_FRESH = 1.0  # seconds until another process's switch is seen
POLICY = Path(authz.guard.__file__).with_name("policy.csv")


@dataclass
class Host:
    """Everything that a unit of work needs and that no request changes.

    Parameters
    ----------
    settings : Settings
    plugins : pluggy.PluginManager
        With every plugin registered and checked.
    ring : KeyRing
    clock : Clock
    engine : Engine, optional
        Opened from the settings where none is given.
    """

    settings: Settings
    plugins: pluggy.PluginManager
    ring: KeyRing
    clock: Clock = field(default_factory=Clock)
    engine: Engine | None = None
    _accesses: "OrderedDict[object, Access]" = field(default_factory=OrderedDict, repr=False)
    _modules: tuple[float, Mapping[str, frozenset[str]]] | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def database(self) -> Engine:
        return self.engine or make_engine(self.settings.database)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.ring)

    @cached_property
    def infos(self) -> dict[str, Info]:
        """Name to info of every plugin, sorted."""
        found = {info.name: info for info in self.plugins.hook.oln_info()}
        return dict(sorted(found.items()))

    @cached_property
    def scopes(self) -> dict[str, Scope]:
        """Every table's scope, the core's and the plugins', by table name."""
        brought = [scope for name in self.infos for scope in self._brought(name)]
        return {scope.table.name: scope for scope in (*SCOPES, *brought)}

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        brought = [r for found in self.plugins.hook.oln_resources() for r in found]
        return (*RESOURCES, *sorted(brought, key=lambda r: r.name))

    @cached_property
    def guard(self) -> Guard:
        rules, inherits = read_policy(POLICY)
        for path in sorted(self.plugins.hook.oln_policies()):
            rules = rules + read_policy(path)[0]
        return Guard(rules, self.resources, inherits)

    @cached_property
    def notary(self) -> Notary:
        return Notary(self.ring.audit, self.scopes, self.resources)

    def modules(self) -> Mapping[str, frozenset[str]]:
        """Return each switchable plugin's communes where it is on, at most a second old."""
        with self._lock:
            if self._modules is None or time.monotonic() - self._modules[0] > MODULES_FRESH:
                self._modules = (time.monotonic(), self._read_modules())
            return self._modules[1]

    def forget_modules(self) -> None:
        """Read the switches again at the next question."""
        with self._lock:
            self._modules = None

    def access(self, actor: Actor) -> Access:
        """Return the actor's access of today; people of the same day ask for it hundreds of times."""
        modules = self.modules()
        key = (actor, self.clock.today(), tuple(sorted(modules.items())))
        found = self._accesses.get(key)
        if found is None:
            found = self._accesses[key] = Access(actor, self.guard, self.scopes, self.clock.today(), modules)
            if len(self._accesses) > 1024:
                self._accesses.popitem(last=False)
        return found

    @contextmanager
    def unit_of_work(
        self,
        actor: Actor | None,
        action: str,
        *,
        reason: str = "",
        request_id: str | None = None,
        reading: bool = False,
        hurried: bool = False,
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work; nothing of it is kept; `transaction` keeps.

        Parameters
        ----------
        actor : Actor or None
            None is the platform itself, which then gives a `reason`.
        action : str
            Mutation or command, for the audit.
        reading : bool
            Whether nothing is written, so that it waits for no writer of SQLite.
        hurried : bool
            Whether a caller waits for it, so that it waits for PostgreSQL's locks only so long.
        """
        engine = self.database.execution_options(reading=True) if reading else self.database
        access = self.access(actor) if actor else None
        with ScopedSession(engine, access, reason or ("" if actor else action)) as session:
            uow = UnitOfWork(
                session,
                self.settings,
                self.ring,
                self.sealer,
                self.plugins,
                self.clock,
                action,
                request_id,
                self.modules(),
            )
            session.info[HURRIED] = hurried
            self.notary.attend(uow)  # from here on its session commits nothing that is not in the audit
            yield uow

    @contextmanager
    def transaction(
        self,
        actor: Actor | None,
        action: str,
        *,
        reason: str = "",
        request_id: str | None = None,
        hurried: bool = False,
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work that is sealed into the audit and committed at its end: the only commit in the house.

        Only the edges open one: a mutation field, a command, a job.
        """
        with self.unit_of_work(actor, action, reason=reason, request_id=request_id, hurried=hurried) as uow:
            yield uow
            if actor is not None and not actor.signed:  # one who signed is never given to somebody else
                uow.hold_account()
            seal(uow)
            uow.session.commit()

    def _brought(self, plugin: str) -> list[Scope]:
        module = self.plugins.get_plugin(plugin)
        hook = self.plugins.subset_hook_caller("oln_models", [p for p in self.plugins.get_plugins() if p is not module])
        switchable = not self.infos[plugin].always_on
        return [s.of(plugin) if switchable else s for found in hook() for s in found]

    def _read_modules(self) -> dict[str, frozenset[str]]:
        switchable = {name: info for name, info in self.infos.items() if not info.always_on}
        if not switchable:
            return {}
        with machinery(self.database, "which modules are on", reading=True) as session:
            every = frozenset(session.scalars(select(Commune.code)))  # type: ignore[call-overload]
            said = session.scalars(select(ModuleSwitch)).all()
        on = {name: set(every) if info.on_by_default else set() for name, info in switchable.items()}
        for switch in said:
            if switch.plugin in on:
                (on[switch.plugin].add if switch.enabled else on[switch.plugin].discard)(switch.commune_code)
        return {name: frozenset(communes) for name, communes in on.items()}
