"""A municipality switches a plugin on or off; its data stays, and whoever decides is told first what stops."""

from dataclasses import dataclass

from sqlalchemy import func, select

from authz.scope import Scope, table_of
from core import reference
from core.errors import Conflict, InvalidInput, RuleBroken
from core.events import ModuleSet
from core.hooks import Info
from core.models.modules import ModuleSwitch
from core.rules.clear_text import check_clear
from core.rules.figures import safe_count
from core.unit_of_work import UnitOfWork

SWITCH = table_of(ModuleSwitch)


class AlwaysOn(RuleBroken):
    """The core's own parts are not switched."""

    code = "MODULE_ALWAYS_ON"


@dataclass(frozen=True)
class ModuleSetting:
    """What a municipality wants of one plugin.

    Parameters
    ----------
    commune : str
        CUT code.
    plugin : str
    enabled : bool
    reason : str
        Why; required, and kept in the audit with who and when.
    expected_version : int
        Of the switch as it was read; 0 while nobody has switched it.
    """

    commune: str
    plugin: str
    enabled: bool
    reason: str
    expected_version: int


@dataclass(frozen=True)
class ModuleState:
    """One plugin in one commune, for `modules(commune)`.

    Parameters
    ----------
    info : Info
    enabled : bool
    switch : ModuleSwitch or None
        Who switched it last, when and why; None while nobody has.
    """

    info: Info
    enabled: bool
    switch: ModuleSwitch | None


@dataclass(frozen=True)
class Touched:
    """The rows of one table of the plugin in the commune.

    Parameters
    ----------
    table : str
    label : str
        Spanish: the name of what the policy calls it.
    rows : int or None
        They stay, and stop showing while it is off. Of whoever does not read them as they stand: rounded, and None
        where they are fewer than five.
    """

    table: str
    label: str
    rows: int | None


@dataclass(frozen=True)
class ModuleChange:
    """What a switch came to, or would.

    Parameters
    ----------
    state : ModuleState
    touched : tuple of Touched
        What would stop showing, or show again.
    changes : bool
        Whether the commune gets or loses anything; otherwise it stood so already.
    forget_modules : bool
        Whether whoever commits this must have the host read the switches again.
    """

    state: ModuleState
    touched: tuple[Touched, ...]
    changes: bool
    forget_modules: bool


def modules_of(uow: UnitOfWork, commune: str) -> list[ModuleState]:
    """Return every plugin that can be switched, and how it stands in a commune.

    Raises
    ------
    InvalidInput
        If there is no such commune.
    """
    _check_commune(commune)
    said = {s.plugin: s for s in uow.session.scalars(select(ModuleSwitch).where(SWITCH.c.commune_code == commune))}
    return [_state(info, said.get(name)) for name, info in _infos(uow).items() if not info.always_on]


def set_module(uow: UnitOfWork, wanted: ModuleSetting, validate_only: bool = False) -> ModuleChange:
    """Switch a plugin on or off in a commune.

    Parameters
    ----------
    uow : UnitOfWork
    wanted : ModuleSetting
    validate_only : bool
        Tell what it would touch, and change nothing.

    Returns
    -------
    ModuleChange

    Raises
    ------
    AccessDenied
        If the actor may not set modules in the commune.
    InvalidInput
        If there is no such commune or plugin, no reason, or one with a RUN in it.
    AlwaysOn
    Conflict
        If somebody else switched it since.
    """
    _check_commune(wanted.commune)
    uow.require_in("module", "set", wanted.commune)
    info = _switchable(uow, wanted)
    switch = _locked(uow, wanted)
    touched = _touched(uow, wanted.plugin, wanted.commune)
    changes = _state(info, switch).enabled is not wanted.enabled
    if validate_only:
        return ModuleChange(_state(info, switch), touched, changes, False)
    switch = _stored(uow, switch, wanted)
    uow.emit(ModuleSet(wanted.commune, switch.id, {"plugin": wanted.plugin, "enabled": wanted.enabled}))
    return ModuleChange(_state(info, switch), touched, changes, True)


def _switchable(uow: UnitOfWork, wanted: ModuleSetting) -> Info:
    info = _infos(uow).get(wanted.plugin)
    if info is None:
        raise InvalidInput("No hay un módulo con ese nombre.", field="input.plugin")
    if info.always_on:
        raise AlwaysOn("Ese módulo es parte de la plataforma y no se desactiva.")
    if not wanted.reason.strip():
        raise InvalidInput("Diga por qué: queda en la constancia.", field="input.reason")
    check_clear(wanted.reason, "input.reason")
    return info


def _check_commune(commune: str) -> None:
    try:
        reference.commune(commune)
    except KeyError:
        raise InvalidInput("No hay una comuna con ese código.", field="input.communeCode") from None


def _infos(uow: UnitOfWork) -> dict[str, Info]:
    found = {info.name: info for info in uow.hooks.hook.oln_info()}
    return dict(sorted(found.items()))


def _state(info: Info, switch: ModuleSwitch | None) -> ModuleState:
    return ModuleState(info, switch.enabled if switch else info.on_by_default, switch)


def _locked(uow: UnitOfWork, wanted: ModuleSetting) -> ModuleSwitch | None:
    here = (SWITCH.c.commune_code == wanted.commune, SWITCH.c.plugin == wanted.plugin)
    switch = uow.session.scalars(select(ModuleSwitch).where(*here).with_for_update()).one_or_none()
    current = switch.version if switch else 0
    if current != wanted.expected_version:
        raise Conflict(details={"expectedVersion": wanted.expected_version, "currentVersion": current})
    return switch


def _stored(uow: UnitOfWork, switch: ModuleSwitch | None, wanted: ModuleSetting) -> ModuleSwitch:
    if switch is None:
        switch = ModuleSwitch(
            id=uow.new_id(),
            commune_code=wanted.commune,
            plugin=wanted.plugin,
            enabled=wanted.enabled,
            reason=wanted.reason,
            changed_by=uow.user_id,
        )
        return uow.add(switch)
    switch.enabled, switch.reason, switch.changed_by = wanted.enabled, wanted.reason, uow.user_id
    return uow.touch(switch)


def _touched(uow: UnitOfWork, plugin: str, commune: str) -> tuple[Touched, ...]:
    """Count the plugin's rows of the commune; unscoped, since a number is told of rows that may be switched off now."""
    labels = {r.name: r.label for found in uow.hooks.hook.oln_resources() for r in found}
    counted = []
    with uow.unscoped("what a switch touches") as session:
        for scope in _scopes(uow, plugin):
            table = scope.table
            if scope.internal or scope.commune not in table.c:
                continue
            here = select(func.count()).select_from(table).where(table.c[scope.commune] == commune)
            rows = session.connection().execute(here).scalar_one()
            told = rows if _reads_all(uow, scope, commune) else safe_count(rows)
            counted.append(Touched(table.name, labels.get(scope.resource, table.name), told))
    return tuple(counted)


def _reads_all(uow: UnitOfWork, scope: Scope, commune: str) -> bool:
    """Whether whoever asks may count the rows of a table of the commune: nobody does by what each row is of."""
    if uow.access is None or scope.public:
        return True
    classes = uow.access.classes(scope)
    return all(uow.access.reads_all(scope.table.name, data, frozenset({commune})) for data in classes)


def _scopes(uow: UnitOfWork, plugin: str) -> list[Scope]:
    """Return the tables that one plugin brings."""
    module = uow.hooks.get_plugin(plugin)
    others = [p for p in uow.hooks.get_plugins() if p is not module]
    hook = uow.hooks.subset_hook_caller("oln_models", others)
    return sorted((scope for found in hook() for scope in found), key=lambda scope: scope.table.name)
