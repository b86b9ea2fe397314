"""Records that may be of the same person, each with its reasons; people decide, nothing is joined by itself."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlmodel import col

from authz.actor import DataClass
from core.models.people import Address, Contact, Nna
from core.rules.likeness import (
    EXPECTED_APART,
    THRESHOLD,
    DuplicateReason,
    Likeness,
    Ties,
    near_dates,
    reasons_for,
    score_of,
)
from core.services.search import MOST_CANDIDATES, halves, named
from core.text import fold, sound
from core.unit_of_work import UnitOfWork

_PERSON: tuple[Any, ...] = (
    col(Nna.commune_code),
    col(Nna.given_names),
    col(Nna.first_surname),
    col(Nna.second_surname),
    col(Nna.social_name),
    col(Nna.birth_date),
    col(Nna.expected_birth_date),
    col(Nna.id),
    col(Nna.family_id),
)
_PLACE: tuple[Any, ...] = (
    col(Address.nna_id),
    col(Address.located_in),
    col(Address.number),
    col(Address.unit),
    col(Address.street),
)


class Candidate(NamedTuple):
    """A record that may be of the same person. `score` goes from 0 to 1."""

    nna_id: UUID
    score: float
    reasons: tuple[DuplicateReason, ...]


def candidate_duplicates(uow: UnitOfWork, nna: Nna) -> list[Candidate]:
    """Find the records of the commune that may be of the same person as this one.

    Parameters
    ----------
    uow : UnitOfWork
    nna : Nna

    Returns
    -------
    list of Candidate
        Best first; only children whom the caller may identify, compared by what the caller may see of them.
    """
    names = (nna.given_names, nna.first_surname, nna.second_surname, nna.social_name)
    person = Likeness(nna.commune_code, *names, nna.birth_date, nna.expected_birth_date, nna.id, nna.family_id)
    return look_alikes(uow, person)


def look_alikes(uow: UnitOfWork, person: Likeness) -> list[Candidate]:
    """Find the records that may be of a person who is described, and perhaps not registered.

    Parameters
    ----------
    uow : UnitOfWork
    person : Likeness

    Returns
    -------
    list of Candidate
        As :func:`candidate_duplicates`.

    Notes
    -----
    A name in common is needed, exact, by sound or but for a slip; twins share the rest. Our own rule.
    """
    ties = _ties(uow, person)
    found = []
    for other in _neighbours(uow, person, ties):
        reasons = reasons_for(person, other, ties)
        if other.nna_id is not None and score_of(reasons) >= THRESHOLD:
            found.append(Candidate(other.nna_id, score_of(reasons), reasons))
    return sorted(found, key=lambda one: (-one.score, one.nna_id))


def _neighbours(uow: UnitOfWork, person: Likeness, ties: Ties) -> Iterator[Likeness]:
    """Read who was born about then and sounds alike, and who shares a telephone, an address or a family."""
    found: dict[UUID, Likeness] = {}
    # One statement each, since each has an index of its own.
    for about in (*_about_then(person), col(Nna.id).in_(sorted(ties.phone | ties.address | ties.household))):
        chosen = (
            select(*_PERSON)
            .where(col(Nna.commune_code) == person.commune_code, about, named(uow))
            .order_by(col(Nna.id))
            .limit(MOST_CANDIDATES)
        )
        found |= {row.id: Likeness(*row) for row in uow.session.execute(chosen)}
    return (other for other in found.values() if other.nna_id != person.nna_id)


def _about_then(person: Likeness) -> Iterator[ColumnElement[bool]]:
    day = person.birth_date or person.expected_birth_date
    if day is None:
        return
    expected, born = col(Nna.expected_birth_date), col(Nna.birth_date)
    first, last = day - EXPECTED_APART, day + EXPECTED_APART
    heard = _heard(person)
    yield and_(expected.between(first, last), heard)
    if person.birth_date is None:
        yield and_(born.between(first, last), heard)
    else:
        yield and_(born.in_([day, *sorted(near_dates(day))]), heard)


def _heard(person: Likeness) -> ColumnElement[bool]:
    """Half of a surname's word sounds in the name."""
    names = (person.first_surname, person.second_surname or "")
    parts = sorted({part for name in names for word in sound(name).split() for part in halves(word)})
    return or_(false(), *(col(Nna.name_sound).contains(part, autoescape=True) for part in parts))


def _ties(uow: UnitOfWork, person: Likeness) -> Ties:
    """Find who shares what, by the contacts and addresses that the caller may see; nothing of who is not registered."""
    if person.nna_id is None:
        return Ties(frozenset(), frozenset(), frozenset())
    return Ties(_by_phone(uow, person.nna_id), _by_address(uow, person.nna_id), _by_family(uow, person))


def _by_phone(uow: UnitOfWork, nna_id: UUID) -> frozenset[UUID]:
    told = uow.opens(Contact, DataClass.CONTACT)
    mine = select(col(Contact.phone)).where(col(Contact.nna_id) == nna_id, col(Contact.phone).is_not(None), told)
    phones = set(uow.session.scalars(mine))
    return frozenset(uow.session.scalars(select(col(Contact.nna_id)).where(col(Contact.phone).in_(phones), told)))


def _by_address(uow: UnitOfWork, nna_id: UUID) -> frozenset[UUID]:
    mine = uow.session.execute(select(*_PLACE).where(col(Address.nna_id) == nna_id)).all()
    places = {_place(row) for row in mine if row.number}
    numbers = {row.number for row in mine if row.number}
    others = uow.session.execute(select(*_PLACE).where(col(Address.number).in_(numbers)).limit(MOST_CANDIDATES))
    return frozenset(row.nna_id for row in others if _place(row) in places)


def _place(row: Any) -> tuple[str, str, str, str]:
    return row.located_in, fold(row.street), fold(row.number), fold(row.unit or "")


def _by_family(uow: UnitOfWork, person: Likeness) -> frozenset[UUID]:
    if person.family_id is None:
        return frozenset()
    return frozenset(uow.session.scalars(select(col(Nna.id)).where(col(Nna.family_id) == person.family_id)))
