"""Figures that plugins contribute to a commune: small cells hidden, one plugin's failure kept from the others."""

from dataclasses import dataclass

from authz.actor import DataClass
from core.hooks import Indicator
from core.plugins import Failure, attempt, each
from core.rules.figures import safe_count
from core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Figure:
    """One indicator's value; None where it is too small to be told.

    Parameters
    ----------
    indicator : Indicator
    plugin : str
    value : int or None
        Rounded to fives, so that two figures tell no third.
    """

    indicator: Indicator
    plugin: str
    value: int | None


def indicators_of(uow: UnitOfWork, commune: str) -> list[Figure]:
    """Return the figures of a commune from the plugins that it has switched on, by code.

    Parameters
    ----------
    uow : UnitOfWork
        Its actor needs `indicator read` in the commune.
    commune : str
        CUT code.

    Returns
    -------
    list of Figure
        A plugin that fails is left out, and told by `oln doctor`.

    Raises
    ------
    AccessDenied
        If the actor may not read the figures of the commune.
    """
    uow.require_in("indicator", "read", commune, DataClass.AGGREGATE)
    on = [name for name, communes in (uow.access.modules if uow.access else {}).items() if commune in communes]
    found = each(uow.hooks, "oln_indicators", only=on)
    figures = [
        _figure(uow, plugin, one, commune) for plugin, said in found if not isinstance(said, Failure) for one in said
    ]
    return sorted((one for one in figures if one), key=lambda figure: figure.indicator.code)


def _figure(uow: UnitOfWork, plugin: str, indicator: Indicator, commune: str) -> Figure | None:
    def count() -> int:
        # in a savepoint: PostgreSQL would refuse the other plugins' statements after one that failed
        with uow.session.begin_nested(), uow.unscoped("a figure counts what its reader may not open") as session:
            return int(indicator.count(session, commune, uow.today()))

    made = attempt(uow.hooks, plugin, f"oln_indicators {indicator.code}", count)
    return None if isinstance(made, Failure) else Figure(indicator, plugin, safe_count(made))
