"""Figures that plugins contribute to a commune: small cells hidden, one plugin's failure kept from the others."""

from dataclasses import dataclass
from functools import partial

from authz.actor import DataClass
from core.hooks import Indicator
from core.plugin_checks import own_code
from core.plugins import Failure, Implementation, attempt, implementations
from core.rules.figures import safe_count
from core.unit_of_work import UnitOfWork

HOOK = "oln_indicators"


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
    figures = []
    for asked in implementations(uow.hooks, HOOK, on):
        said = attempt(uow.hooks, asked.plugin, HOOK, partial(_sound, asked))
        figures += [] if isinstance(said, Failure) else [_figure(uow, asked.plugin, one, commune) for one in said]
    return sorted((one for one in figures if one), key=lambda figure: figure.indicator.code)


def _sound(asked: Implementation) -> list[Indicator]:
    """Return what a plugin says, if it is indicators of text, each under a code of its own."""
    said = list(asked())
    for one in said:
        if not isinstance(one, Indicator) or not all(isinstance(word, str) for word in (one.code, one.label, one.unit)):
            raise TypeError("oln_indicators returns core.hooks.Indicator, its code, label and unit of text")
    codes = [one.code for one in said]
    if len({*codes}) < len(codes) or not all(own_code(asked.plugin, code) for code in codes):
        raise ValueError(f"codes begin with {asked.plugin}. and each stands once")
    return said


def _figure(uow: UnitOfWork, plugin: str, indicator: Indicator, commune: str) -> Figure | None:
    def count() -> int:
        # in a savepoint: PostgreSQL would refuse the other plugins' statements after one that failed
        with uow.session.begin_nested(), uow.unscoped("a figure counts what its reader may not open") as session:
            return int(indicator.count(session, commune, uow.today()))

    made = attempt(uow.hooks, plugin, f"{HOOK} {indicator.code}", count)
    return None if isinstance(made, Failure) else Figure(indicator, plugin, safe_count(made))
