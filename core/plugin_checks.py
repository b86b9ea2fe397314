"""What a plugin may not bring: another's tables, words or rules. All of it is refused at start, with the reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pluggy
from sqlalchemy import Table
from sqlmodel import SQLModel

from authz.guard import PolicyError, Resource, check, read_policy
from authz.scope import Scope
from core.models.scopes import RESOURCES, SCOPES

RESERVED = frozenset({"alembic", "app", "authz", "cli", "core", "plugins", "schema", "scoring", "tests"})
SUBJECT_HOOKS = ("oln_export_subject", "oln_anonymise_subject")
CORE_TABLES = frozenset(scope.table.name for scope in SCOPES)
CORE_RESOURCES = {resource.name: resource for resource in RESOURCES}


class PluginError(Exception):
    """A plugin cannot be taken in; the message says which, why, and what would mend it."""

    def __init__(self, plugin: str, reason: str) -> None:
        super().__init__(f"plugin {plugin}: {reason}")
        self.plugin = plugin


@dataclass(frozen=True)
class Brought:
    """What one plugin brings, asked once.

    Parameters
    ----------
    name : str
    plugin : object
    scopes : tuple of Scope
    resources : mapping of str to Resource
    """

    name: str
    plugin: object
    scopes: tuple[Scope, ...]
    resources: Mapping[str, Resource]

    @property
    def prefix(self) -> str:
        return f"{self.name}_"

    def has(self, hook: str) -> bool:
        return hasattr(self.plugin, hook)

    def refuse(self, reason: str) -> PluginError:
        return PluginError(self.name, reason)


def check_together(manager: pluggy.PluginManager) -> None:
    """Refuse a plugin that brings what is not its own, and two that bring the same.

    Raises
    ------
    PluginError
        Naming the plugin, the rule and what would mend it.
    """
    every = [_brought(name, plugin) for name, plugin in sorted(manager.list_name_plugin()) if plugin is not None]
    _check_names([one.name for one in every])
    _check_resources(every)
    for one in every:
        _check_tables(one)
        _check_policy(one)
        _check_duties(one)


def _brought(name: str, plugin: object) -> Brought:
    scopes = tuple(getattr(plugin, "oln_models", tuple)())
    words: dict[str, Resource] = {}
    for resource in getattr(plugin, "oln_resources", tuple)():
        if resource.name in words:
            raise PluginError(name, f"the resource {resource.name} is declared twice")
        words[resource.name] = resource
    return Brought(name, plugin, scopes, words)


def _check_names(names: Iterable[str]) -> None:
    """Refuse names whose tables could be taken for somebody else's: `offer` beside `offer_map`, `alert` beside ours."""
    every = sorted(names)
    for name in every:
        if name in RESERVED:
            raise PluginError(name, "the name is taken by a room of the house")
        if theirs := next((t for t in sorted(CORE_TABLES) if f"{t}_".startswith(f"{name}_")), None):
            raise PluginError(name, f"its tables could be taken for the core's {theirs}; choose another name")
        if longer := next((n for n in every if n.startswith(f"{name}_")), None):
            raise PluginError(name, f"its tables could be taken for those of {longer}; choose another name")


def _check_resources(every: Iterable[Brought]) -> None:
    owners = dict.fromkeys(CORE_RESOURCES, "core")
    for one in every:
        for resource in one.resources:
            if resource in owners:
                raise one.refuse(f"the resource {resource} belongs to {owners[resource]}")
            owners[resource] = one.name


def _check_tables(one: Brought) -> None:
    declared = {scope.table.name for scope in one.scopes}
    for scope in one.scopes:
        table = scope.table
        if not table.name.startswith(one.prefix):
            raise one.refuse(f"the table {table.name} must be called {one.prefix}{table.name}")
        _check_keys(one, table, declared)
        _check_scope(one, scope)
    known = (name for name in SQLModel.metadata.tables if name.startswith(one.prefix))
    if loose := sorted(set(known) - declared):
        raise one.refuse(f"oln_models says nothing of who reaches the table {loose[0]}")


def _check_keys(one: Brought, table: Table, declared: set[str]) -> None:
    for key in table.foreign_keys:
        target = key.target_fullname.split(".")[0]
        if target not in CORE_TABLES and target not in declared:
            reason = "a plugin may point at the core's tables and its own, for others may be uninstalled"
            raise one.refuse(f"{table.name}.{key.parent.name} points at {target}: {reason}")


def _check_scope(one: Brought, scope: Scope) -> None:
    table = scope.table.name
    if scope.internal:
        return
    if scope.commune not in scope.table.c and scope.place is None:
        raise one.refuse(f"{table} has no column {scope.commune}: rows could be neither reached nor switched off")
    if scope.public and not scope.resource:
        return
    words = one.resources.get(scope.resource) or CORE_RESOURCES.get(scope.resource)
    if words is None:
        raise one.refuse(
            f"the scope of {table} names {scope.resource!r}, which is no resource of its own or the core's"
        )
    if not scope.public and scope.data not in words.classes:
        raise one.refuse(f"the scope of {table} names the class {scope.data}, which {words.name} does not have")


def _check_policy(one: Brought) -> None:
    path = getattr(one.plugin, "oln_policies", lambda: None)()
    if path is None:
        if one.resources:
            raise one.refuse(
                f"no policy reaches {', '.join(sorted(one.resources))}: write one and name it in oln_policies"
            )
        return
    try:
        rules, inherits = read_policy(path)
        if foreign := sorted({rule.resource for rule in rules} - set(one.resources)):
            raise one.refuse(f"its policy speaks of {foreign[0]}, which is not its own")
        if inherits:
            raise one.refuse("its policy makes a role include another: only the core's may")
        check(rules, dict(one.resources))
    except (OSError, TypeError, PolicyError) as error:
        raise one.refuse(f"its policy cannot be used: {error}") from error


def _check_duties(one: Brought) -> None:
    """Hold a plugin with tables to its migrations, and one with people's data to their rights over it."""
    if one.scopes and not one.has("oln_migrations"):
        raise one.refuse("it has tables, so it needs oln_migrations")
    personal = [scope.table.name for scope in one.scopes if not (scope.public or scope.internal)]
    for hook in SUBJECT_HOOKS if personal else ():
        if not one.has(hook):
            raise one.refuse(f"{personal[0]} may hold something of a child, so it needs {hook}")
