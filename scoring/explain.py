"""Say in plain Spanish why a child's score is what it is: exact SHAP, for the given rows only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from scoring.metrics import Floats
from scoring.model import Model

_FAINT = 0.02  # log-odds; a smaller push is not worth a sentence


@dataclass(frozen=True)
class Reason:
    """One push on a score.

    Parameters
    ----------
    feature, domain : str
        Which input, and under which heading it is shown.
    direction : {"RAISES", "LOWERS"}
        Against the average child.
    weight : float
        SHAP value in log-odds; its sign is the direction.
    text_es : str
        A sentence for the office, without names or identifiers.
    source : str
        Where the datum comes from, so that it can be corrected there.
    """

    feature: str
    domain: str
    direction: Literal["RAISES", "LOWERS"]
    weight: float
    text_es: str
    source: str


def explain(model: Model, features: pl.DataFrame, top: int = 4) -> list[list[Reason]]:
    """Return the strongest reasons of each row, strongest first.

    Where both kinds exist, at least one reason that raises and one that lowers are told: a list of
    charges only would be half a truth.

    Parameters
    ----------
    model : Model
        Who scored.
    features : polars.DataFrame
        Rows of `build_features`: the children of the list, not the country.
    top : int
        At most so many reasons for each.

    Returns
    -------
    list of list of Reason
        In the order of the rows.
    """
    if features.is_empty():
        return []
    weights, _ = model.shap(features)
    described = model.manifest["features"]
    raw = features.select(model.features).rows()
    return [
        [_reason(described[i], values[i], float(weights[row, i])) for i in _strongest(weights[row], top)]
        for row, values in enumerate(raw)
    ]


def _strongest(weights: Floats, top: int) -> list[int]:
    """Return the columns of the largest pushes, both directions among them where there are."""
    order = [int(i) for i in np.argsort(-np.abs(weights), kind="stable") if abs(weights[i]) >= _FAINT]
    chosen = order[:top]
    if top > 1:
        for sign in (1, -1):
            other = [i for i in order if weights[i] * sign > 0]
            if other and not any(weights[i] * sign > 0 for i in chosen):
                chosen[-1] = other[0]
    return chosen


def _reason(feature: dict[str, str], value: float | None, weight: float) -> Reason:
    return Reason(
        feature=feature["name"],
        domain=feature["domain"],
        direction="RAISES" if weight > 0 else "LOWERS",
        weight=weight,
        text_es=sentence(feature["name"], feature["label_es"], value, feature["source"]),
        source=feature["source"],
    )


def sentence(name: str, label_es: str, value: float | None, source: str) -> str:
    """Return the sentence of one datum, with its source.

    Examples
    --------
    >>> sentence("attendance_6m", "Asistencia", 71.3, "MINEDUC")
    'Asistió a clases el 71 % de los días en los últimos seis meses (MINEDUC).'
    >>> sentence("income_per_capita", "Ingreso por persona", 145000.0, "Registro Social de Hogares")
    'El ingreso del hogar es de $145.000 al mes por persona (Registro Social de Hogares).'
    >>> sentence("plugin_thing", "Participa en talleres", 1.5, "OLN")
    'Participa en talleres: 1,5 (OLN).'
    """
    if value is None or value != value:
        said = f"No hay dato de «{label_es.lower()}»"
    elif name in _SENTENCES:
        said = _SENTENCES[name](value)
    else:
        said = f"{label_es}: {number(value)}"
    return f"{said} ({source})."


def number(value: float, decimals: int = 1) -> str:
    """Write a number as in Chile.

    Examples
    --------
    >>> number(1234567.25), number(3.0), number(-0.5)
    ('1.234.567,2', '3', '-0,5')
    """
    text = f"{value:,.{decimals}f}" if value % 1 else f"{value:,.0f}"
    return text.translate(str.maketrans(",.", ".,"))


def _plural(value: float, one: str, many: str) -> str:
    return f"{number(round(value))} {one if round(value) == 1 else many}"


def _either(yes: str, no: str) -> Callable[[float], str]:
    return lambda value: yes if value else no


def _age(value: float) -> str:
    if value < 1:
        return f"Tiene {_plural(int(value * 12), 'mes', 'meses')} de edad"
    return f"Tiene {_plural(int(value), 'año', 'años')}"


def _change(value: float) -> str:
    points = _plural(abs(value), "punto", "puntos")
    if round(value) == 0:
        return "Su asistencia a clases no cambió en los últimos tres meses"
    return f"Su asistencia a clases {'subió' if value > 0 else 'bajó'} {points} en los últimos tres meses"


def _low_months(value: float) -> str:
    if value == 0:
        return "No tuvo meses con menos de 85 % de asistencia en el último semestre"
    return f"Tuvo {_plural(value, 'mes', 'meses')} con menos de 85 % de asistencia en el último semestre"


def _behind(value: float) -> str:
    if value == 0:
        return "Está en el curso que corresponde a su edad"
    return f"Tiene {_plural(value, 'año', 'años')} de rezago escolar"


def _quality(value: float) -> str:
    grade = {1: "aceptable", 2: "recuperable", 3: "irrecuperable"}[round(value)]
    return f"La calidad de la vivienda es {grade}"


_SENTENCES: dict[str, Callable[[float], str]] = {
    "age_years": _age,
    "household_size": lambda v: f"En el hogar {'vive' if v == 1 else 'viven'} {_plural(v, 'persona', 'personas')}",
    "children_in_household": lambda v: f"En el hogar hay {_plural(v, 'NNA', 'NNA')}",
    "children_under_five": lambda v: (
        f"En el hogar hay {_plural(v, 'menor', 'menores')} de 5 años" if v else "En el hogar no hay menores de 5 años"
    ),
    "single_head": _either(
        "Una sola persona adulta está a cargo del hogar", "Más de una persona adulta está a cargo del hogar"
    ),
    "head_schooling_years": lambda v: (
        f"La jefatura del hogar aprobó {_plural(v, 'año', 'años')} de estudios"
        if v
        else "La jefatura del hogar no tiene estudios aprobados"
    ),
    "sibling_in_protection": _either(
        "Un hermano o una hermana está en un programa de protección",
        "Ningún hermano o hermana está en un programa de protección",
    ),
    "protection_ended_24m": _either(
        "Egresó de un programa de protección en los últimos dos años",
        "No egresó de un programa de protección en los últimos dos años",
    ),
    "rsh_bracket": lambda v: f"El hogar está en el tramo del {number(v)} %",
    "income_per_capita": lambda v: f"El ingreso del hogar es de ${number(round(v))} al mes por persona",
    "without_rsh": _either(
        "El hogar no tiene calificación socioeconómica", "El hogar tiene calificación socioeconómica"
    ),
    "people_per_bedroom": lambda v: f"Hay {number(round(v, 1))} personas por dormitorio",
    "insecure_tenure": _either("La vivienda es cedida o de ocupación irregular", "La vivienda es propia o arrendada"),
    "housing_quality": _quality,
    "attendance_6m": lambda v: f"Asistió a clases el {number(round(v))} % de los días en los últimos seis meses",
    "attendance_change": _change,
    "months_below_85": _low_months,
    "not_attending": _either(
        "No registra asistencia a clases en los últimos seis meses",
        "Registra asistencia a clases en los últimos seis meses, o aún no tiene edad escolar",
    ),
    "years_behind": _behind,
}
