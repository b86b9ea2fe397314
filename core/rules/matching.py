"""How well a name that somebody wrote fits a name that is known, and why: pure, so that it can be held to examples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from uuid import UUID

from rapidfuzz import fuzz

LIKELY = 60  # of 100; less is chance
_WORD_SLIP = 72  # likeness of two words, of 100, from which one may be a slip of the other

_Alike = Callable[[str, str, str, str], float]


class MatchReason(StrEnum):
    """Why a record was found."""

    SAME_IDENTIFIER = "SAME_IDENTIFIER"
    SAME_NAME = "SAME_NAME"
    SOUNDS_ALIKE = "SOUNDS_ALIKE"
    SIMILAR_SPELLING = "SIMILAR_SPELLING"
    SOME_WORDS = "SOME_WORDS"
    SAME_BIRTH_DATE = "SAME_BIRTH_DATE"


class Hit(NamedTuple):
    """A record that was found. `score` goes from 0 to 100; the reasons say why, strongest first."""

    nna_id: UUID
    score: float
    reasons: tuple[MatchReason, ...]


@dataclass(frozen=True)
class Query:
    """What was asked, in the three spellings that names are kept in."""

    plain: tuple[str, ...]
    sorted: tuple[str, ...]
    sounds: tuple[str, ...]
    birth_date: date | None


class NameRow(NamedTuple):
    """A record's name in the spellings that it is kept in."""

    id: UUID
    name_sort: str
    name_fold: str
    name_sound: str
    birth_date: date | None


def ranked(rows: Sequence[NameRow], query: Query) -> list[Hit]:
    """Order records by how well they fit what was asked; who hardly fits is left out.

    Parameters
    ----------
    rows : sequence of NameRow
    query : Query

    Returns
    -------
    list of Hit
        Best first; equals in the order of the list of names, then of the ids.

    Examples
    --------
    >>> row = NameRow(UUID(int=1), "perez ana", "perez ana", "peres ana", date(2015, 3, 1))
    >>> ranked([row], Query(("ana",), ("ana",), ("ana",), date(2015, 3, 1)))[0].reasons
    (<MatchReason.SAME_NAME: 'SAME_NAME'>, <MatchReason.SAME_BIRTH_DATE: 'SAME_BIRTH_DATE'>)
    """
    alike = cache(_word_likeness)  # of this search alone: the same names come again and again
    scored = [(_score(row, query, alike), row) for row in rows]
    kept = [((score, reasons), row) for (score, reasons), row in scored if score >= LIKELY]
    kept.sort(key=lambda one: (-one[0][0], one[1].name_sort, one[1].id))
    return [Hit(row.id, score, reasons) for (score, reasons), row in kept]


def _score(row: NameRow, query: Query, alike: _Alike) -> tuple[float, tuple[MatchReason, ...]]:
    born = query.birth_date is not None and row.birth_date == query.birth_date
    if not query.plain:
        return (100.0, (MatchReason.SAME_BIRTH_DATE,)) if born else (0.0, ())
    points, reason = _name_score(row, query, alike)
    if query.birth_date is None:
        return points, (reason,)
    score = round(points * 0.8 + 20 * born, 1)
    return score, (reason, MatchReason.SAME_BIRTH_DATE) if born else (reason,)


_REASONS = (
    (97, MatchReason.SAME_NAME),
    (90, MatchReason.SOUNDS_ALIKE),
    (1, MatchReason.SIMILAR_SPELLING),
    (0, MatchReason.SOME_WORDS),
)


def _name_score(row: NameRow, query: Query, alike: _Alike) -> tuple[float, MatchReason]:
    """Give each word asked for its best likeness in the name; ñ where n was asked, or n for ñ, costs a little."""
    words = list(zip(row.name_fold.split(), row.name_sound.split(), strict=False))
    points = []
    for plain, key, heard in zip(query.plain, query.sorted, query.sounds, strict=False):
        best = max((alike(plain, heard, *word) for word in words), default=0.0)
        points.append(best - 2 if best == 100 and key not in row.name_sort.split() else best)
    score = round(sum(points) / len(points), 1)
    return score, next(reason for least, reason in _REASONS if min(points) >= least)


def _word_likeness(plain: str, heard: str, other_plain: str, other_heard: str) -> float:
    """Compare two words: the same letters, the start of one, the same sound, a slip."""
    if plain == other_plain:
        return 100.0
    if len(plain) > 2 and other_plain.startswith(plain):
        return 94.0
    if heard == other_heard:
        return 92.0
    likeness = fuzz.ratio(heard, other_heard)
    return likeness * 0.88 if likeness >= _WORD_SLIP else 0.0
