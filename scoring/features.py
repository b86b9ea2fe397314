"""What a model may know of a child on a given day, and on what ground.

Alerts are not here: they stand beside the score, never inside it (they are the territory's own
voice, and the list orders by them first). Sex, nationality, indigenous people and disability are
kept for the fairness audit and never enter; neither does any geography. Health enrolment is left
out as well: it is of the strictest class and says little that the rest does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from core.errors import RuleBroken
from scoring.feature_groups import GROUPS, eligible_by_age
from scoring.frames import Frames, at_home

Domain = Literal["FAMILY", "SOCIAL", "EDUCATION", "TERRITORY"]
Direction = Literal[-1, 0, 1]

RSH = "Registro Social de Hogares"
MINEDUC = "MINEDUC"
PROTECTION = "Servicio de Protección Especializada"
RSH_BASIS = "D.S. 22 de 2015 (MDS)"
OLN_BASIS = "Ley 21.430 art. 66"


class SensitiveFeature(RuleBroken):
    """A feature declared sensitive was offered as an input."""

    code = "SENSITIVE_FEATURE"


@dataclass(frozen=True)
class Feature:
    """One input of the model.

    Parameters
    ----------
    name : str
        Column name.
    label_es : str
        How a person in the office would call it.
    domain : {"FAMILY", "SOCIAL", "EDUCATION", "TERRITORY"}
        Under which heading the explanation shows it.
    source, legal_basis : str
        Where the datum comes from and on what ground it is treated.
    direction : {-1, 0, 1}
        A larger value never lowers (1) or never raises (-1) the risk; 0 leaves it free.
    neutral : float
        What stands in for an unknown value. Not knowing must not count as the worst value.
    expiry_months : int, optional
        For how long an event may count; None for present states.
    sensitive : bool
        Kept for audit; refused as an input.
    compute : callable, optional
        For plugins: `(frames, asof)` to a frame with `nna_id` and a column `name`. The frames' children have the
        `family_id` of that day.
    """

    name: str
    label_es: str
    domain: Domain
    source: str
    direction: Direction
    neutral: float
    expiry_months: int | None = None
    legal_basis: str = RSH_BASIS
    sensitive: bool = False
    compute: Callable[[Frames, date], pl.DataFrame] | None = None


# INADEQUATE_HOUSING is a territorial matter in the catalogue of alerts; so is the home here.
FEATURES: tuple[Feature, ...] = (
    Feature("age_years", "Edad", "FAMILY", "Registro Civil", 0, 8.0, legal_basis=OLN_BASIS),
    Feature("household_size", "Personas en el hogar", "FAMILY", RSH, 0, 4.0),
    Feature("children_in_household", "NNA en el hogar", "FAMILY", RSH, 1, 1.0),
    Feature("children_under_five", "Menores de 5 años en el hogar", "FAMILY", RSH, 1, 0.0),
    Feature("single_head", "Una sola persona adulta a cargo", "FAMILY", RSH, 1, 0.0),
    Feature("head_schooling_years", "Escolaridad de la jefatura", "FAMILY", RSH, -1, 12.0),
    Feature(
        "sibling_in_protection",
        "Hermano o hermana en protección",
        "FAMILY",
        PROTECTION,
        1,
        0.0,
        legal_basis="Ley 21.302",
    ),
    Feature(
        "protection_ended_24m",
        "Egreso reciente de protección",
        "FAMILY",
        PROTECTION,
        1,
        0.0,
        expiry_months=24,
        legal_basis="Ley 21.302",
    ),
    Feature("rsh_bracket", "Tramo del RSH", "SOCIAL", RSH, -1, 70.0),
    Feature("income_per_capita", "Ingreso por persona", "SOCIAL", RSH, -1, 320_000.0),
    Feature("without_rsh", "Sin Registro Social de Hogares", "SOCIAL", RSH, 0, 0.0),
    Feature("people_per_bedroom", "Personas por dormitorio", "TERRITORY", RSH, 1, 1.5),
    Feature("insecure_tenure", "Tenencia precaria de la vivienda", "TERRITORY", RSH, 1, 0.0),
    Feature("housing_quality", "Calidad de la vivienda", "TERRITORY", RSH, 1, 1.0),
    Feature("attendance_6m", "Asistencia de seis meses", "EDUCATION", MINEDUC, -1, 92.0, 6, legal_basis=OLN_BASIS),
    Feature(
        "attendance_change",
        "Cambio reciente de la asistencia",
        "EDUCATION",
        MINEDUC,
        -1,
        0.0,
        6,
        legal_basis=OLN_BASIS,
    ),
    Feature("months_below_85", "Meses bajo 85 % de asistencia", "EDUCATION", MINEDUC, 1, 0.0, 6, legal_basis=OLN_BASIS),
    Feature("not_attending", "Sin matrícula activa", "EDUCATION", MINEDUC, 1, 0.0, 6, legal_basis=OLN_BASIS),
    Feature("years_behind", "Años de rezago escolar", "EDUCATION", MINEDUC, 1, 0.0, 12, legal_basis=OLN_BASIS),
)
KEYS = ("nna_id", "family_id", "commune_code")


def build_features(frames: Frames, asof: date, extra: Sequence[Feature] = ()) -> pl.DataFrame:
    """Return one row per child under 18 and born by `asof`, with every feature as known that day.

    Nothing dated after `asof` enters: rows appended later leave the result as it was. A child belongs to the family
    whose member it was that day. A month of attendance counts once it is over. Unknown values are null.

    Parameters
    ----------
    frames : Frames
        The tables.
    asof : date
        The day of knowledge.
    extra : sequence of Feature
        Features of plugins; each must have `compute`.

    Returns
    -------
    polars.DataFrame
        `nna_id`, `family_id`, `commune_code` and one Float64 column per feature, ordered by `nna_id`.

    Raises
    ------
    SensitiveFeature
        If an extra feature is declared sensitive.
    """
    frames = at_home(frames, asof)
    children = eligible_by_age(frames.children, asof)
    table = children.select(KEYS)
    for group in GROUPS:
        table = table.join(group(frames, children, asof), on="nna_id", how="left")
    for feature in extra:
        table = table.join(_of_plugin(feature, frames, asof), on="nna_id", how="left")
    names = [feature.name for feature in (*FEATURES, *extra)]
    return table.select(*KEYS, *(pl.col(name).cast(pl.Float64) for name in names)).sort("nna_id")


def describe(feature: Feature) -> dict[str, Any]:
    """Return what the manifest says of a feature."""
    return {name: value for name, value in vars(feature).items() if name != "compute"}


def computed(feature: Feature, frames: Frames, asof: date) -> pl.DataFrame:
    """Return a plugin's column with its `nna_id`, each child once.

    Raises
    ------
    TypeError
        If it has no `compute`, or that returns something else.
    polars.exceptions.PolarsError
        If a column is missing or holds no numbers.
    """
    if feature.compute is None:
        raise TypeError(f"feature {feature.name!r} has no compute")
    made: object = feature.compute(frames, asof)
    if not isinstance(made, pl.DataFrame) or made.schema.get("nna_id") != pl.String:
        raise TypeError(f"feature {feature.name!r} returns no frame with nna_id")
    return made.select("nna_id", pl.col(feature.name).cast(pl.Float64)).unique("nna_id", keep="first")


def _of_plugin(feature: Feature, frames: Frames, asof: date) -> pl.DataFrame:
    if feature.sensitive:
        raise SensitiveFeature("Un atributo sensible se guarda para auditar; no puede entrar al puntaje.")
    return computed(feature, frames, asof)
