"""The figures that plugins contribute to a commune, counted by the host: isolated, switchable, small cells hidden."""

from dataclasses import dataclass

from authz.actor import DataClass
from core.hooks import Indicator
from core.plugins import Failure, attempt, each
from core.rules.figures import safe_count
from core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Figure:
    """One figure of a commune.

    Parameters
    ----------
    plugin : str
    indicator : Indicator
    value : int or None
        None where it is small, and therefore hidden.
    """

    plugin: str
    indicator: Indicator
    value: int | None


def indicators_of(uow: UnitOfWork, commune: str) -> list[Figure]:
    """Return the figures of the plugins that a commune has switched on; one that fails is left out and told by health.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.

    Returns
    -------
    list of Figure
        By the indicator's code.

    Raises
    ------
    AccessDenied
        If the actor may not read figures of the commune.
    """
    uow.require_in("indicator", "read", commune, DataClass.AGGREGATE)
    figures = []
    for plugin, brought in each(uow.hooks, "oln_indicators", only=_switched_on(uow, commune)):
        for indicator in () if isinstance(brought, Failure) else brought:
            counted = _counted(uow, plugin, indicator, commune)
            if not isinstance(counted, Failure):
                figures.append(Figure(plugin, indicator, safe_count(counted)))
    return sorted(figures, key=lambda figure: figure.indicator.code)


def _switched_on(uow: UnitOfWork, commune: str) -> set[str]:
    modules = uow.access.modules if uow.access else {}
    return {info.name for info in uow.hooks.hook.oln_info() if commune in modules.get(info.name, {commune})}


def _counted(uow: UnitOfWork, plugin: str, indicator: Indicator, commune: str) -> int | Failure:
    def count() -> int:
        # unscoped: whoever may read a figure need not be able to read what it counts
        with uow.session.begin_nested(), uow.unscoped("a figure counts rows that it does not show") as session:
            return int(indicator.count(session, commune, uow.today()))

    return attempt(uow.hooks, plugin, f"oln_indicators:{indicator.code}", count)
