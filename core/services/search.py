"""Finding a child by name or RUN: forgiving of accents, spelling and slips, and never wider than the caller's scope.

Only children whom the caller may identify are found: a hit says that a person of that name is known here.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, and_, cast, column, select, values
from sqlmodel import col

from authz.actor import Actor, Ambit, DataClass
from authz.denial import denial
from authz.scope import table_of
from core.errors import InvalidInput
from core.identity import IdentifierKind, InvalidRun, parse_provisional, parse_run
from core.models.people import Nna
from core.reference import communes
from core.rules.matching import Hit, MatchReason, NameRow, Query, ranked
from core.text import fold, sort_key, sound
from core.unit_of_work import UnitOfWork

RUN_LIKE = re.compile(r"[\d.\s]{7,12}-?\s?[\dkK]")  # nobody's name: a number with a slip must not say "not here"
LABEL = re.compile(r"^\s*(?:run|rut|ipe)\b[\s:.°º#-]*(?=\d)", re.IGNORECASE)
MOST_HITS = 50
MOST_CANDIDATES = 1000
MOST_SLIPPED = 500
MOST_WORDS = 6
LONG_ENOUGH = 4  # letters of a word in which a slip can be told from another word
_COLUMNS: tuple[Any, ...] = (
    col(Nna.id),
    col(Nna.name_sort),
    col(Nna.name_fold),
    col(Nna.name_sound),
    col(Nna.birth_date),
)


def search_nna(uow: UnitOfWork, text: str, *, birth_date: date | None = None, first: int = 20) -> list[Hit]:
    """Find children by name, in any order and spelling, or by RUN.

    Parameters
    ----------
    uow : UnitOfWork
    text : str
        Names, or a RUN or provisional number. It is never logged.
    birth_date : date, optional
        Raises who was born that day; alone, without text, finds them.
    first : int
        At most so many, from 1 to 50.

    Returns
    -------
    list of Hit
        Best first; equals in the order of the list of names.

    Raises
    ------
    AccessDenied
        If the caller may identify nobody.
    InvalidInput
        If `first` is out of range, or the text is a RUN but for its check digit.

    Notes
    -----
    Two passes over an index of name and sound, both inside the caller's scope: every word as it sounds, and, if that
    finds too few, halves of words, since a single slip leaves one half of a word whole. At most `MOST_CANDIDATES` rows
    are then ranked here. Our own method.
    """
    _require_naming(uow)
    text = without_label(text)
    if not 1 <= first <= MOST_HITS:
        raise InvalidInput(f"Pida de 1 a {MOST_HITS} resultados.", field="first")
    if identifiers := tuple(_identifiers(text)):
        return _by_identifier(uow, identifiers)
    if RUN_LIKE.fullmatch(text.strip()):
        raise InvalidInput("El RUN no es válido: revise los números y el dígito verificador.", field="text")
    query = Query(
        tuple(fold(text).split())[:MOST_WORDS],
        tuple(sort_key(text).split())[:MOST_WORDS],
        tuple(sound(text).split())[:MOST_WORDS],
        birth_date,
    )
    if not (birth_date or any(len(word) > 1 for word in query.sounds)):
        return []
    hits = ranked(_candidates(uow, _sounding(query)), query)
    if len(hits) < first and any(len(word) >= LONG_ENOUGH for word in query.sounds):
        hits = ranked(_candidates(uow, *_slipped(query)), query)
    return hits[:first]


def without_label(text: str) -> str:
    """Return what was looked for without the name of the number that people paste along.

    Examples
    --------
    >>> without_label("RUN: 40000423-4"), without_label("Rut 40.000.423-4"), without_label("Runa Soto")
    ('40000423-4', '40.000.423-4', 'Runa Soto')
    """
    return LABEL.sub("", text)


def named(uow: UnitOfWork) -> ColumnElement[bool]:
    """Return the condition that the caller may identify the child of a row of `nna`."""
    return uow.opens(Nna, DataClass.IDENTITY)


def is_nna_nameable(uow: UnitOfWork, nna_id: UUID) -> bool:
    """Tell whether the caller may identify this child."""
    return uow.session.scalars(select(col(Nna.id)).where(col(Nna.id) == nna_id, named(uow))).one_or_none() is not None


def _require_naming(uow: UnitOfWork) -> None:
    """Refuse who may identify nobody."""
    if uow.access is None:
        return
    guard, actor = uow.access.guard, uow.access.actor

    def allows(who: Actor) -> bool:
        return bool(guard.arms(who, "nna", "read", DataClass.IDENTITY))

    if not allows(actor):
        raise denial(actor, allows)


def _by_identifier(uow: UnitOfWork, identifiers: Sequence[tuple[IdentifierKind, str]]) -> list[Hit]:
    """Find by RUN or provisional number, in each commune where the caller may identify somebody."""
    places = _communes(uow)
    indexes = [uow.sealer.blind_index(kind, normal, place) for kind, normal in identifiers for place in places]
    same = (
        select(col(Nna.id))
        .where(col(Nna.commune_code).in_(places), col(Nna.identifier_index).in_(indexes), named(uow))
        .order_by(col(Nna.id))
    )
    return [Hit(found, 100.0, (MatchReason.SAME_IDENTIFIER,)) for found in uow.session.scalars(same)]


def nnas_with_identifier(uow: UnitOfWork, text: str) -> set[UUID] | None:
    """Return who has a RUN or provisional number anywhere in the country: for the journal alone, never for an answer.

    Parameters
    ----------
    uow : UnitOfWork
    text : str
        As `search_nna` takes it.

    Returns
    -------
    set of UUID or None
        None where the text is no identifier.
    """
    identifiers = tuple(_identifiers(without_label(text)))
    if not identifiers:
        return None
    everywhere = [one.code for one in communes()]
    pairs = [(c, uow.sealer.blind_index(kind, normal, c)) for kind, normal in identifiers for c in everywhere]
    asked = values(column("commune", String), column("value", String), name="asked").data(pairs).cte("asked")
    # joined, so that the index of each commune is asked for its own value alone; `IN` would read every child
    same = and_(col(Nna.commune_code) == asked.c.commune, col(Nna.identifier_index) == asked.c.value)
    held = select(col(Nna.id)).select_from(asked).join(table_of(Nna), same)
    with uow.unscoped("whom somebody looked for by number: for the journal, never for the answer") as session:
        return set(session.scalars(held))


def _identifiers(text: str) -> Iterable[tuple[IdentifierKind, str]]:
    for kind, parse in ((IdentifierKind.RUN, parse_run), (IdentifierKind.PROVISIONAL, parse_provisional)):
        try:
            yield kind, parse(text)
        except InvalidRun:
            continue


def _communes(uow: UnitOfWork) -> list[str]:
    every = [one.code for one in communes()]
    if uow.access is None:
        return every
    arms = uow.access.guard.arms(uow.access.actor, "nna", "read", DataClass.IDENTITY)
    if any(arm.ambit is Ambit.NATIONAL or arm.communes is None for arm in arms):
        return every
    return sorted({commune for arm in arms for commune in arm.communes or ()})


def _candidates(
    uow: UnitOfWork, condition: ColumnElement[bool], weight: ColumnElement[int] | None = None
) -> Sequence[NameRow]:
    """Read the columns of the rows that meet a condition, not too many; with a weight, the weightiest."""
    order: list[Any] = [col(Nna.name_sound), col(Nna.id)]
    most = MOST_CANDIDATES
    if weight is not None:
        order, most = [weight.desc(), *order], MOST_SLIPPED
    # The ids come out of an index alone; names are read of the chosen few.
    chosen = select(col(Nna.id)).where(condition, named(uow)).order_by(*order).limit(most)
    rows = uow.session.execute(select(*_COLUMNS).where(col(Nna.id).in_(chosen)))
    return [NameRow(*row) for row in rows]


def _sounding(query: Query) -> ColumnElement[bool]:
    """Every word sounds in the name; without words, the birth date is the same."""
    if not query.sounds:
        return col(Nna.birth_date) == query.birth_date
    return and_(*(_holds(word) for word in query.sounds))


def _slipped(query: Query) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """Half of the halves are in the name, at least; who has more of them comes first."""
    parts = [part for word in query.sounds for part in halves(word)]
    held: ColumnElement[int] = sum((cast(_holds(part), Integer) for part in parts[1:]), cast(_holds(parts[0]), Integer))
    return held * 2 >= len(parts), held


def halves(word: str) -> tuple[str, ...]:
    """Give the parts of a word of which one stays whole under a single slip: a letter wrong, missing, extra or swapped.

    Examples
    --------
    >>> halves("gonsales"), halves("rosas"), halves("ana")
    (('gon', 'les'), ('ro', 'as'), ('ana',))
    """
    length = max(2, (len(word) - 1) // 2)
    return (word,) if len(word) < LONG_ENOUGH else (word[:length], word[-length:])


def _holds(part: str) -> ColumnElement[bool]:
    return col(Nna.name_sound).contains(part, autoescape=True)
