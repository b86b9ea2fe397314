"""Plugins found, checked and registered: whatever is wrong with one is said at start, by name.

Afterwards they are called one at a time where a failure may not break a case: `each` and `attempt` keep it to the
plugin that failed, and `health` tells of it until the same call works again.
"""

import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib.metadata import entry_points
from typing import Any, NamedTuple, TypeVar

import pluggy

from core.hooks import CORE_VERSION, PROJECT, Hooks, Info, hookimpl
from core.plugin_checks import PluginError, check_together

__all__ = ["Failure", "Implementation", "PluginError", "attempt", "each", "health", "implementations", "load_plugins"]

log = logging.getLogger("oln.plugins")
T = TypeVar("T")
HOOKS = tuple(name for name in vars(Hooks) if name.startswith("oln_"))


def load_plugins(own: Sequence[object], *, third_party: bool) -> pluggy.PluginManager:
    """Register our own plugins and, where allowed, those installed under the entry-point group `oln`.

    Parameters
    ----------
    own : sequence of modules or objects
        First-party plugins, named by the caller.
    third_party : bool
        Whether installed packages may join (`OLN_THIRD_PARTY_PLUGINS`). A plugin is in-process code: letting one in
        is trust.

    Returns
    -------
    pluggy.PluginManager
        With every plugin under its own name. The order of registration means nothing.

    Raises
    ------
    PluginError
        On a plugin without `oln_info`, one written for another core, two of the same name, a misspelt hook, or tables,
        resources and rules that are not the plugin's to bring (`core.plugin_checks`).
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    for plugin in (*own, *(_installed() if third_party else ())):
        _register(manager, plugin)
    check_together(manager)
    return manager


class Failure(NamedTuple):
    """That one plugin failed in one hook. The exception's text stays in the log: it may hold what nobody may read."""

    plugin: str
    hook: str
    error: str

    def __str__(self) -> str:
        return f"{self.plugin}: {self.hook} falló ({self.error}); vea el registro del servidor"


@dataclass(frozen=True)
class Implementation:
    """One plugin's own part of a hook."""

    plugin: str
    function: Callable[..., Any]
    arguments: Sequence[str]

    def __call__(self, **given: Any) -> Any:
        made = self.function(*(given[name] for name in self.arguments))
        return list(made) if isinstance(made, Iterator) else made  # a generator fails here, not in somebody's loop


def implementations(
    manager: pluggy.PluginManager, hook: str, only: Collection[str] | None = None
) -> list[Implementation]:
    """Return each plugin's implementation of a hook, by the plugin's name.

    Parameters
    ----------
    manager : pluggy.PluginManager
    hook : str
        With its prefix, ``oln_after_event``.
    only : collection of str, optional
        Plugins to ask; the others are passed over, as where a commune has them switched off.
    """
    found = getattr(manager.hook, hook).get_hookimpls()
    made = [Implementation(impl.plugin_name, impl.function, impl.argnames) for impl in found]
    asked = (one for one in made if one.plugin != WARD and (only is None or one.plugin in only))
    return sorted(asked, key=lambda one: one.plugin)


def each(
    manager: pluggy.PluginManager, hook: str, *, only: Collection[str] | None = None, **given: Any
) -> list[tuple[str, Any | Failure]]:
    """Call a hook one plugin at a time, each kept apart from the others' failures.

    Parameters
    ----------
    manager : pluggy.PluginManager
    hook : str
        With its prefix, ``oln_indicators``.
    only : collection of str, optional
        Plugins to ask.
    **given
        The hook's arguments.

    Returns
    -------
    list of (str, result or Failure)
        Sorted by the plugin's name.
    """
    found = implementations(manager, hook, only)
    return [(one.plugin, attempt(manager, one.plugin, hook, partial(one, **given))) for one in found]


def attempt(manager: pluggy.PluginManager, plugin: str, hook: str, call: Callable[[], T]) -> T | Failure:
    """Make one call on a plugin's behalf; if it fails, log it and hold the plugin unhealthy until it works again."""
    ward = _ward(manager)
    try:
        made = call()
    except Exception as error:
        failure = ward.failures[plugin, hook] = Failure(plugin, hook, type(error).__name__)
        log.exception("plugin %s failed in %s", plugin, hook)
        return failure
    ward.failures.pop((plugin, hook), None)
    return made


def health(manager: pluggy.PluginManager) -> dict[str, str]:
    """Return what is wrong, in Spanish, by part: what plugins say of themselves, and where they failed."""
    told: dict[str, str] = {}
    for plugin, said in each(manager, "oln_health"):
        if not isinstance(said, Failure):
            told |= {f"{plugin}.{part}": text for part, text in sorted(said.items())}
    return told | dict(_ward(manager).oln_health())


@dataclass
class Ward:
    """Where failures are remembered; it tells of them by the same hook as everybody."""

    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)

    @hookimpl
    def oln_health(self) -> Mapping[str, str]:
        return {f"{plugin}.{hook}": str(failure) for (plugin, hook), failure in sorted(self.failures.items())}


WARD = "core.ward"


def _ward(manager: pluggy.PluginManager) -> Ward:
    if not manager.has_plugin(WARD):
        manager.register(Ward(), name=WARD)
    found = manager.get_plugin(WARD)
    assert isinstance(found, Ward)
    return found


def _installed() -> Iterable[object]:
    found = sorted(entry_points(group=PROJECT), key=lambda point: point.name)
    for point in found:
        try:
            yield point.load()
        except Exception as error:
            raise PluginError(point.name, f"cannot be imported from {point.value}: {error}") from error


def _register(manager: pluggy.PluginManager, plugin: object) -> None:
    info = _info(plugin)
    if manager.has_plugin(info.name):
        raise PluginError(info.name, "two plugins have this name")
    _check_spelling(manager, info.name, plugin)
    try:
        manager.register(plugin, name=info.name)
    except pluggy.PluginValidationError as error:
        raise PluginError(info.name, f"a hook asks for what it is not given: {error}") from error


def _info(plugin: object) -> Info:
    describe = getattr(plugin, "oln_info", None)
    info = describe() if describe else None
    if not isinstance(info, Info):
        raise PluginError(repr(plugin), "a plugin says what it is with oln_info() -> Info")
    if info.core != CORE_VERSION:
        raise PluginError(info.name, f"written for core {info.core}, this is core {CORE_VERSION}")
    if not info.name.isidentifier() or not info.name.islower():
        raise PluginError(info.name, "a plugin's name is lower-case snake case")
    return info


def _check_spelling(manager: pluggy.PluginManager, name: str, plugin: object) -> None:
    """Refuse what pluggy lets pass in silence: a hook under another name, and one without its marker."""
    for attribute in dir(plugin):
        marked = manager.parse_hookimpl_opts(plugin, attribute) is not None
        named = attribute.startswith("oln_") and inspect.isroutine(getattr(plugin, attribute))
        if attribute not in HOOKS and (marked or named):
            near = get_close_matches(attribute, HOOKS, n=1)
            raise PluginError(name, f"no hook is called {attribute}" + (f"; did you mean {near[0]}?" if near else ""))
        if attribute in HOOKS and not marked:
            raise PluginError(name, f"{attribute} is not marked with @hookimpl")
