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
# Words of rooms that the core may not import; a test holds them to what is there (`tests/house/test_words_taken.py`).
COMMANDS = frozenset(
    [
        "audit",
        "backup",
        "db",
        "demo",
        "doctor",
        "export",
        "import",
        "install",
        "nomina",
        "plugins",
        "restore",
        "schema",
        "score",
        "serve",
        "token",
        "users",
        "verify",
        "work",
    ]
)
FEATURES = frozenset(
    [
        "age_years",
        "attendance_6m",
        "attendance_change",
        "children_in_household",
        "children_under_five",
        "head_schooling_years",
        "household_size",
        "housing_quality",
        "income_per_capita",
        "insecure_tenure",
        "months_below_85",
        "not_attending",
        "people_per_bedroom",
        "protection_ended_24m",
        "rsh_bracket",
        "sibling_in_protection",
        "single_head",
        "without_rsh",
        "years_behind",
    ]
)
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

    def words(self, hook: str, attribute: str) -> list[str]:
        """Return the names in what a hook lists; one that fails is kept apart where it is asked again."""
        try:
            return [str(getattr(one, attribute)) for one in getattr(self.plugin, hook, tuple)()]
        except Exception:
            return []

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
    _check_features(every)
    for one in every:
        _check_tables(one)
        _check_policy(one)
        _check_duties(one)
        _check_indicators(one)


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
        if name in COMMANDS:
            raise PluginError(name, f"`oln {name}` is a command of the platform; choose another name")


def _check_resources(every: Iterable[Brought]) -> None:
    owners = dict.fromkeys(CORE_RESOURCES, "core")
    for one in every:
        for resource in one.resources:
            if resource in owners:
                raise one.refuse(f"the resource {resource} belongs to {owners[resource]}")
            owners[resource] = one.name


def _check_features(every: Iterable[Brought]) -> None:
    """Refuse a second feature of one name: nobody could say which of them a model learnt."""
    owners = dict.fromkeys(FEATURES, "the platform")
    for one in every:
        for feature in one.words("oln_features", "name"):
            if feature in owners:
                raise one.refuse(f"the feature {feature} belongs to {owners[feature]}")
            owners[feature] = one.name


def _check_indicators(one: Brought) -> None:
    codes = one.words("oln_indicators", "code")
    if foreign := next((code for code in codes if not own_code(one.name, code)), None):
        raise one.refuse(f"the indicator {foreign} must be called {one.name}.{foreign.rpartition('.')[2]}")
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise one.refuse(f"the indicator {twice} is declared twice")


def own_code(plugin: str, code: str) -> bool:
    """Return whether a code of an indicator can be nobody's but this plugin's.

    Examples
    --------
    >>> own_code("visits", "visits.this_year"), own_code("visits", "kites.red"), own_code("visits", "visits.")
    (True, False, False)
    """
    return code.startswith(f"{plugin}.") and len(code) > len(plugin) + 1


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
