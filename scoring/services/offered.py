"""What plugins offer the model: by name, where their communes have them on, and each kept to its plugin if it fails."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import polars as pl

from core.plugins import Failure, Implementation, attempt, implementations
from core.unit_of_work import UnitOfWork
from scoring.errors import FeatureMissing
from scoring.features import FEATURES, Feature, computed
from scoring.frames import Frames
from scoring.model import Model

HOOK = "oln_features"
OURS = frozenset(feature.name for feature in FEATURES)


@dataclass(frozen=True)
class Offer:
    """A feature and whose it is; computing it fails with `FeatureMissing` and nothing else."""

    plugin: str
    feature: Feature


def offered_features(uow: UnitOfWork) -> tuple[list[Offer], list[str]]:
    """Return every feature that plugins offer, by name, and the plugins that failed to.

    A plugin that answers with something else, or with a name that is taken, has failed: of two features of one name
    nobody could say which a model learnt.
    """
    offers: dict[str, Offer] = {}
    failed = []
    for one in implementations(uow.hooks, HOOK):
        said = attempt(uow.hooks, one.plugin, HOOK, partial(_sound, one, OURS | offers.keys()))
        if isinstance(said, Failure):
            failed.append(one.plugin)
        else:
            offers |= {feature.name: Offer(one.plugin, _kept_apart(uow, one.plugin, feature)) for feature in said}
    return [offers[name] for name in sorted(offers)], failed


def features_to_learn(uow: UnitOfWork, communes: Collection[str]) -> list[Feature]:
    """Return the plugins' features that a model of these communes may learn.

    Only those of plugins that all of them have on: the model is the same for everybody, and where a plugin is off its
    data are not used, so that a list could never be made with it.

    Raises
    ------
    FeatureMissing
        If one of those plugins fails: a model without its features would differ for no reason that anybody wanted.
    """

    def on(plugin: str) -> bool:
        return all(uow.has_on(plugin, commune) for commune in communes)

    offers, failed = offered_features(uow)
    if broken := [_label(uow, plugin) for plugin in failed if on(plugin)]:
        raise FeatureMissing(f"No se puede entrenar: falló un módulo que aporta datos ({', '.join(broken)}).")
    return [offer.feature for offer in offers if on(offer.plugin)]


def features_known(uow: UnitOfWork, commune: str, model: Model) -> list[Feature]:
    """Return the plugins' features that the model knows; the others cost time and change nothing.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        Whose children they are to be computed for.
    model : Model

    Returns
    -------
    list of Feature
        By name.

    Raises
    ------
    FeatureMissing
        If a plugin is gone, fails or is off in the commune: a score made of guesses in its place would look like any
        other.
    """
    wanted = {told["name"]: told["label_es"] for told in model.manifest["features"] if told["name"] not in OURS}
    if not wanted:
        return []
    offers, failed = offered_features(uow)
    known = [offer for offer in offers if offer.feature.name in wanted]
    if absent := sorted(wanted.keys() - {offer.feature.name for offer in known}):
        why = f"falló {', '.join(_label(uow, one) for one in failed)}" if failed else "ningún módulo instalado lo trae"
        raise FeatureMissing(f"El modelo en uso necesita un dato que no está («{wanted[absent[0]]}»): {why}.")
    if off := next((offer.plugin for offer in known if not uow.has_on(offer.plugin, commune)), None):
        raise FeatureMissing(f"El modelo en uso necesita el módulo {_label(uow, off)}, apagado en esta comuna.")
    return [offer.feature for offer in known]


def _sound(one: Implementation, taken: Collection[str]) -> list[Feature]:
    found = list(one())
    for feature in found:
        if not isinstance(feature, Feature) or not callable(feature.compute):
            raise TypeError("oln_features returns scoring.features.Feature, each with its compute")
    names = [feature.name for feature in found]
    if len({*names}) < len(names) or not {*names}.isdisjoint(taken):
        raise ValueError(f"a name among {names} is taken")
    return found


def _kept_apart(uow: UnitOfWork, plugin: str, feature: Feature) -> Feature:
    """Return the feature so that its plugin's failure is logged, told by health, and said in a sentence."""

    def compute(frames: Frames, asof: date) -> pl.DataFrame:
        made = attempt(uow.hooks, plugin, f"{HOOK} {feature.name}", partial(computed, feature, frames, asof))
        if isinstance(made, Failure):
            raise FeatureMissing(
                f"Falló el módulo {_label(uow, plugin)} al dar «{feature.label_es}», que usa el modelo."
            )
        return made

    return replace(feature, compute=compute)


def _label(uow: UnitOfWork, plugin: str) -> str:
    """Return what people call a plugin."""
    return f"«{uow.hooks.get_plugin(plugin).oln_info().label}»"  # type: ignore[union-attr]
