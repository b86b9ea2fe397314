"""Models, children and histories for tests of scores."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from authz.actor import Role
from authz.scope import table_of
from core.hooks import Info, hookimpl
from core.host import Host
from core.models.extracts import ListStatus
from core.models.nomina import NominaEntry
from core.models.people import Attendance, Nna
from core.reference import ListEffect
from core.settings import InstallationKind
from core.unit_of_work import UnitOfWork
from scoring.features import FEATURES, Feature, describe
from scoring.frames import Frames
from scoring.model import Model, Recipe, fit, matrix, seal
from scoring.train import SCORING, code_hash
from tests.conftest import another
from tests.factories import a_family, a_user, actor, an_address, an_nna

NOVEMBER = date(2026, 11, 1)
COORDINATOR = actor(Role.COORDINATOR)
ENTRY = table_of(NominaEntry)
EXTRA = Feature("clubs", "Participa en clubes", "SOCIAL", "OLN", -1, 0.0)


def a_model(data_kind: str = "SYNTHETIC", *extra: Feature) -> Model:
    """A small ensemble that fears low attendance and brothers and sisters in protection."""
    luck = np.random.default_rng(5)
    known = (*FEATURES, *extra)
    table = pl.DataFrame({feature.name: luck.integers(0, 2, 600) * 1.0 for feature in known})
    table = table.with_columns(attendance_6m=pl.Series(luck.uniform(30, 100, 600)))
    odds = 3 * table["sibling_in_protection"] - (table["attendance_6m"] - 70) / 10
    label = (luck.random(600) < 1 / (1 + np.exp(-odds.to_numpy()))).astype(bool)
    described = [describe(feature) for feature in known]
    members = fit(matrix(table, described), label, [f.direction for f in known], Recipe(seeds=2, trees=20))
    told = {"data_kind": data_kind, "features": described, "scoring_hash": code_hash(SCORING)}
    return seal(told, members)


def fact(uow: UnitOfWork, nna: Nna, model: Any, **values: Any) -> None:
    uow.add(model(id=uow.new_id(), commune_code=nna.commune_code, nna_id=nna.id, **values))


def some_children(host: Host, rates: tuple[float, ...] = (95.0, 80.0, 60.0, 35.0)) -> list[Nna]:
    """Children of Santiago by falling attendance; the first one's sister is in protection."""
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, COORDINATOR)
        found = [an_nna(uow) for _ in rates]
        for nna, rate in zip(found, rates, strict=True):
            an_address(uow, nna)
            for month in (8, 9, 10):
                fact(uow, nna, Attendance, period=date(2026, month, 1), rate=rate)
        sister = an_nna(uow)
        a_family(uow, found[0], sister)
        fact(uow, sister, ListStatus, effect=ListEffect.EXCLUDED, reason_code="X", valid_from=date(2026, 1, 1))
        uow.session.commit()
    return found


def history(host: Host, children: int = 240) -> None:
    """Children of whom a sixth entered protection in each of the last two years."""
    with host.unit_of_work(None, "test") as uow:
        for number in range(children):
            nna = an_nna(uow, birth_date=date(2012 + number % 10, 1 + number % 12, 1))
            if number % 3 == 0:
                entered = date(2025 + number % 2, 5, 1)
                fact(uow, nna, ListStatus, effect=ListEffect.EXCLUDED, reason_code="X", valid_from=entered)
        uow.session.commit()


def real(host: Host) -> Host:
    settings = host.settings.model_copy(update={"installation": InstallationKind.REAL})
    return another(host, settings=settings)


class Clubs:
    """A plugin that tells who belongs to a club."""

    def __init__(self, compute: Callable[[Frames, date], pl.DataFrame] | None) -> None:
        self.compute = compute

    @hookimpl
    def oln_info(self) -> Info:
        return Info("clubs", "Clubes", "1", always_on=True)

    @hookimpl
    def oln_features(self) -> list[Feature]:
        if self.compute is None:
            raise ConnectionError
        return [Feature(**{**describe(EXTRA), "compute": self.compute})]


def everyone(frames: Frames, _asof: date) -> pl.DataFrame:
    return frames.children.select("nna_id", clubs=pl.lit(1.0))
