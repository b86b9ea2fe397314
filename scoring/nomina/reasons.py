"""Why a child is on the list: its own facts, in Spanish, with dates and sources.

An entry is of class RISK. What is of a stricter class, an alert of health or justice, is counted and not named; who
may know it reads it where it is kept.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from core.models.alerts import AlertSource
from core.models.nomina import ScoreSource
from core.reference import AlertKind, alert_type
from scoring.nomina.facts import Facts, Month, Score, Seen
from scoring.nomina.order import written

_SOURCES = {
    AlertSource.TEAM: "el equipo de la oficina",
    AlertSource.SECTOR_PARTNER: "una institución del sector",
    AlertSource.EXTRACT: "un archivo recibido",
}
_MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905
)


def reasons(child: Facts, month: Month, source: ScoreSource, explained: Iterable[str] = ()) -> list[str]:
    """Say why a child is where it is, without comparing it with anyone.

    Parameters
    ----------
    child : Facts
    month : Month
    source : ScoreSource
        Where the score comes from in this run.
    explained : iterable of str
        What an estimate says of itself, in sentences.

    Returns
    -------
    list of str
        Spanish sentences: alerts, score and what explains it, last priority, address.
    """
    return [
        *_alerts(child.alerts_of(AlertKind.TERRITORIAL), "alerta territorial", "alertas territoriales"),
        *_chcc_alerts(child),
        *_score(child.score, source),
        *(explained if child.score else ()),
        *([_last(month)] if child.last_priority else []),
        "Tiene una dirección vigente en la comuna."
        if child.has_address
        else "No tiene una dirección vigente en la comuna.",
    ]


def _alerts(seen: Sequence[Seen], one: str, many: str) -> list[str]:
    if not seen:
        return []
    latest = max(alert.observed_on for alert in seen)
    count = f"1 {one} vigente, observada" if len(seen) == 1 else f"{len(seen)} {many} vigentes; la última, observada"
    named = [alert for alert in seen if alert.named]
    hidden = len(seen) - len(named)
    told = [f"{alert_type(a.type_code).label_es} ({_day(a.observed_on)}, según {_SOURCES[a.source]})." for a in named]
    if hidden:
        told.append(f"{hidden} {one if hidden == 1 else many} de tipo reservado.")
    return [f"Tiene {count} el {_day(latest)}.", *told]


def _chcc_alerts(child: Facts) -> list[str]:
    seen, counted = child.alerts_of(AlertKind.CHCC), child.countable_chcc
    told = _alerts(seen, "alerta de Chile Crece Contigo", "alertas de Chile Crece Contigo")
    if counted < len(seen):
        told.append(f"De ellas, las que dicen lo mismo se cuentan una vez: en el orden valen {counted}.")
    return told


def _score(score: Score | None, source: ScoreSource) -> list[str]:
    if source is ScoreSource.NONE:
        return []
    if score is None:
        return ["No tiene puntaje."]
    percentile = f"{written(score.value)}, percentil {written(score.percentile)} de la comuna"
    place = f", lugar {score.rank} en su orden" if score.rank else ""
    month = f"{_MONTHS[score.period.month - 1]} de {score.period.year}"
    if source is ScoreSource.IMPORTED:
        return [f"Puntaje del ministerio de {month} (instrumento {score.version}): {percentile}{place}."]
    spread = f"; el conjunto de modelos va de {written(score.low)} a {written(score.high)}"
    return [f"Puntaje estimado por la plataforma a {month} (modelo {score.version}): {percentile}{spread}."]


def _last(month: Month) -> str:
    state = f"Al {_day(month.cut_on)}, su familia o su caso está en un estado de última prioridad"
    return f"{state}: cuenta después de quienes no lo están, sin salir de la nómina."


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"
