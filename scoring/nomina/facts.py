"""What a list looks at: one month of one commune, and of each child what the order and its reasons need."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.calendar import cut_day
from core.models.alerts import AlertSource
from core.models.nomina import ScoreSource
from core.reference import AlertKind, list_parameters
from core.rules.alerts import countable_chcc
from scoring.nomina.order import Candidate


@dataclass(frozen=True, slots=True)
class Month:
    """Which list, and which days it looks at.

    Parameters
    ----------
    commune : str
        CUT code.
    period : date
        First day of the month.
    day : date
        Alerts, addresses, ages and exclusions count as of this day.
    cut_on : date
        Case states count as of this day: the 23rd of the month before (*Orientaciones Técnicas OLN 2020*, pp. 38-40).
    """

    commune: str
    period: date
    day: date
    cut_on: date

    @classmethod
    def of(cls, commune: str, period: date, today: date) -> "Month":
        """Return the month in which `period` falls; a list made beforehand looks at the month's first day.

        Examples
        --------
        >>> month = Month.of("13101", date(2026, 12, 4), today=date(2026, 11, 20))
        >>> month.period, month.day, month.cut_on
        (datetime.date(2026, 12, 1), datetime.date(2026, 12, 1), datetime.date(2026, 11, 23))
        """
        first = period.replace(day=1)
        return cls(commune, first, max(first, today), cut_day(f"{first:%Y-%m}", list_parameters()["CUT_DAY"].value))


def review_ends(period: date) -> date:
    """Return the last day on which the list of a month may be changed by hand.

    Source: *Gestión SAN 2019-2020*, the first 20 days of the month, taken as calendar days (parameter `REVIEW_DAYS`).

    Examples
    --------
    >>> review_ends(date(2026, 11, 1))
    datetime.date(2026, 11, 20)
    """
    return period + timedelta(days=list_parameters()["REVIEW_DAYS"].value - 1)


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """An alert that counts: what, since when, who said so, and whether its type may be named."""

    observed_on: date
    type_code: str
    kind: AlertKind
    source: AlertSource
    named: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A child's score. `low` and `high` are how far the members of an ensemble disagree, `rank` is the ministry's."""

    value: float
    percentile: float
    period: date
    version: str
    low: float | None = None
    high: float | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One child, as the list sees it."""

    nna_id: str
    family_id: str | None
    has_address: bool
    last_priority: bool
    alerts: tuple[Seen, ...]
    score: Score | None

    def alerts_of(self, kind: AlertKind) -> list[Seen]:
        """Return the alerts of a kind, one of each type: the last time that somebody saw it."""
        last = {seen.type_code: seen for seen in sorted(self.alerts) if seen.kind is kind}
        return sorted(last.values())

    @property
    def countable_chcc(self) -> int:
        """How many alerts of Chile Crece Contigo count: twin types count once (*OOTT OLN 2020*, pp. 36-37)."""
        return countable_chcc(seen.type_code for seen in self.alerts_of(AlertKind.CHCC))

    @property
    def candidate(self) -> Candidate:
        """What the order compares. An alert that two institutions raised counts once; so do twin ChCC types."""
        score = self.score
        return Candidate(
            nna_id=self.nna_id,
            family_id=self.family_id,
            has_address=self.has_address,
            last_priority=self.last_priority,
            territorial_alerts=len(self.alerts_of(AlertKind.TERRITORIAL)),
            chcc_alerts=self.countable_chcc,
            percentile=score.percentile if score else None,
            score=score.value if score else None,
            rank=score.rank if score else None,
        )


@dataclass(frozen=True)
class Inputs:
    """Everything a run is made of; equal inputs make equal lists.

    Parameters
    ----------
    month : Month
    source : ScoreSource
    score_version : str or None
        The ministry's instruments, or our model's id.
    score_digest : str
        Of the features behind an estimate, since its explanations tell of them.
    rules_version, rules_hash : str
        Of the official order; the hash is of every catalogue that a list reads.
    capacity : int
        Families.
    children : sequence of Facts
        By id.
    excluded : tuple of str
        Ids of those whom a state keeps off the list.
    overdue : tuple of str
        Ids of the pregnancies that are not listed, since their birth is to be written down.
    """

    month: Month
    source: ScoreSource
    score_version: str | None
    score_digest: str
    rules_version: str
    rules_hash: str
    capacity: int
    children: Sequence[Facts]
    excluded: tuple[str, ...]
    overdue: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the canonical form; the day of the run is not in it, only what it changed."""
        month = {"commune": self.month.commune, "period": self.month.period, "cut_on": self.month.cut_on}
        told = {name: value for name, value in vars(self).items() if name not in ("month", "children")}
        return digest({"format": 1, **month, **told, "children": self.children})


def canonical(value: Any) -> bytes:
    """Return JSON whose bytes depend on the values only: sorted keys, no blanks, ISO dates."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def digest(value: Any) -> str:
    """Return the SHA-256 of a value in canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__slots__}  # Facts, Seen, Score; anything else has none
