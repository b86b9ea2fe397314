"""What makes two records look like one person: names, birth dates, and what they share. People decide."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from rapidfuzz import fuzz

from core.text import fold, sound

THRESHOLD = 0.6
EXPECTED_APART = timedelta(weeks=6)
_SLIP = 80  # likeness of two names, of 100, from which one may be a slip of the other


class DuplicateReason(StrEnum):
    """What two records have in common."""

    SAME_NAME = "SAME_NAME"
    SOUNDING_NAME = "SOUNDING_NAME"
    SIMILAR_NAME = "SIMILAR_NAME"
    SWAPPED_SURNAMES = "SWAPPED_SURNAMES"
    SAME_BIRTH_DATE = "SAME_BIRTH_DATE"
    SIMILAR_BIRTH_DATE = "SIMILAR_BIRTH_DATE"
    NEAR_EXPECTED_BIRTH = "NEAR_EXPECTED_BIRTH"
    SAME_PHONE = "SAME_PHONE"
    SAME_ADDRESS = "SAME_ADDRESS"
    SAME_HOUSEHOLD = "SAME_HOUSEHOLD"

    @property
    def sentence(self) -> str:
        """Say it in Spanish."""
        return _SENTENCES[self]


_SENTENCES = {
    DuplicateReason.SAME_NAME: "Se llama igual.",
    DuplicateReason.SOUNDING_NAME: "Su nombre suena igual, aunque se escribe distinto.",
    DuplicateReason.SIMILAR_NAME: "Su nombre se escribe parecido.",
    DuplicateReason.SWAPPED_SURNAMES: "Tiene los mismos apellidos en otro orden.",
    DuplicateReason.SAME_BIRTH_DATE: "Nació el mismo día.",
    DuplicateReason.SIMILAR_BIRTH_DATE: "Su fecha de nacimiento difiere en una cifra o tiene día y mes cambiados.",
    DuplicateReason.NEAR_EXPECTED_BIRTH: "La fecha de nacimiento o de parto es cercana.",
    DuplicateReason.SAME_PHONE: "Comparte un teléfono de contacto.",
    DuplicateReason.SAME_ADDRESS: "Comparte un domicilio.",
    DuplicateReason.SAME_HOUSEHOLD: "Es del mismo grupo familiar.",
}

# Our own weights, in hundredths; a name and a birth date make a candidate, a name alone does not.
WEIGHTS = {
    DuplicateReason.SAME_NAME: 50,
    DuplicateReason.SOUNDING_NAME: 45,
    DuplicateReason.SIMILAR_NAME: 35,
    DuplicateReason.SWAPPED_SURNAMES: 0,
    DuplicateReason.SAME_BIRTH_DATE: 35,
    DuplicateReason.SIMILAR_BIRTH_DATE: 20,
    DuplicateReason.NEAR_EXPECTED_BIRTH: 20,
    DuplicateReason.SAME_PHONE: 20,
    DuplicateReason.SAME_ADDRESS: 15,
    DuplicateReason.SAME_HOUSEHOLD: 10,
}


@dataclass(frozen=True)
class Likeness:
    """Whom to look for.

    Parameters
    ----------
    commune_code : str
    given_names, first_surname : str
    second_surname, social_name : str, optional
    birth_date, expected_birth_date : date, optional
    nna_id : UUID, optional
        The record itself, where there is one; with it, its telephones, addresses and family count too.
    family_id : UUID, optional
    """

    commune_code: str
    given_names: str
    first_surname: str
    second_surname: str | None = None
    social_name: str | None = None
    birth_date: date | None = None
    expected_birth_date: date | None = None
    nna_id: UUID | None = None
    family_id: UUID | None = None


class Ties(NamedTuple):
    """Records that share a telephone, an address or a family with the one looked for."""

    phone: frozenset[UUID]
    address: frozenset[UUID]
    household: frozenset[UUID]


def reasons_for(person: Likeness, other: Likeness, ties: Ties) -> tuple[DuplicateReason, ...]:
    """Say what two records have in common, names first; nothing where their names differ."""
    name = name_reasons(person, other)
    if not name:
        return ()
    shared = (
        (DuplicateReason.SAME_PHONE, other.nna_id in ties.phone),
        (DuplicateReason.SAME_ADDRESS, other.nna_id in ties.address),
        (DuplicateReason.SAME_HOUSEHOLD, other.nna_id in ties.household),
    )
    return (*name, *_birth_reasons(person, other), *(reason for reason, holds in shared if holds))


def score_of(reasons: tuple[DuplicateReason, ...]) -> float:
    """Weigh the reasons from 0 to 1; from `THRESHOLD` on it is worth a look.

    Examples
    --------
    >>> score_of((DuplicateReason.SAME_NAME, DuplicateReason.SAME_BIRTH_DATE)), score_of((DuplicateReason.SAME_NAME,))
    (0.85, 0.5)
    """
    return min(100, sum(WEIGHTS[reason] for reason in reasons)) / 100


def name_reasons(one: Likeness, other: Likeness) -> tuple[DuplicateReason, ...]:
    """Compare given names and surnames, as written, as they sound, and but for a slip; surnames in either order.

    Examples
    --------
    >>> day = date(2016, 5, 4)
    >>> ana = Likeness("13101", "Ana María", "Núñez", "Soto", birth_date=day)
    >>> [reason.value for reason in name_reasons(ana, Likeness("13101", "Ana", "Soto", "Nunes", birth_date=day))]
    ['SOUNDING_NAME', 'SWAPPED_SURNAMES']
    >>> name_reasons(ana, Likeness("13101", "Pedro", "Núñez", "Soto", birth_date=day))
    ()
    """
    unborn = one.birth_date is None or other.birth_date is None
    for reason, alike in _COMPARISONS:
        if _given_alike(one, other, alike):
            if _surnames_alike(one, other, alike):
                return (DuplicateReason.SIMILAR_NAME,) if unborn and not _both_seconds(one, other) else (reason,)
            if other.second_surname and _surnames_alike(one, _swapped(other), alike):
                return (reason, DuplicateReason.SWAPPED_SURNAMES)
    return ()


def may_be_one_person(one: Likeness, other: Likeness) -> bool:
    """Tell whether two descriptions under one number may be of one person, allowing for how people write.

    Accents, spelling and a slip, surnames in either order or the second left out, a given name less, and a birth date
    with a figure wrong or day and month exchanged do not make two persons. Our own rule.

    Examples
    --------
    >>> day = date(2016, 5, 4)
    >>> ana = Likeness("13101", "Ana María", "Núñez", "Soto", birth_date=day)
    >>> may_be_one_person(Likeness("13101", "ana", "Nunes", birth_date=date(2016, 4, 5)), ana)
    True
    >>> may_be_one_person(Likeness("13101", "Pedro", "Núñez", "Soto", birth_date=day), ana)
    False
    >>> may_be_one_person(Likeness("13101", "Ana", "Núñez", birth_date=date(2010, 12, 30)), ana)
    False
    """
    names = name_reasons(one, other) or name_reasons(other, one)  # surnames are exchanged where the other has two
    return bool(names and _birth_reasons(one, other))


def _same(one: str, other: str) -> bool:
    return fold(one) == fold(other)


def _sounding(one: str, other: str) -> bool:
    return sound(one) == sound(other)


def _slipped(one: str, other: str) -> bool:
    return fuzz.ratio(sound(one), sound(other)) >= _SLIP


_COMPARISONS = (
    (DuplicateReason.SAME_NAME, _same),
    (DuplicateReason.SOUNDING_NAME, _sounding),
    (DuplicateReason.SIMILAR_NAME, _slipped),
)


def _given_alike(one: Likeness, other: Likeness, alike: Callable[[str, str], bool]) -> bool:
    """Whether every given name of who has fewer is one of the other's; who is not born yet may have none."""
    if one.birth_date is None or other.birth_date is None:
        return True
    fewer, more = sorted((_given(one), _given(other)), key=len)
    return all(any(alike(name, known) for known in more) for name in fewer)


def _given(person: Likeness) -> list[str]:
    return f"{person.given_names} {person.social_name or ''}".split()


def _surnames_alike(one: Likeness, other: Likeness, alike: Callable[[str, str], bool]) -> bool:
    second = not (one.second_surname and other.second_surname) or alike(one.second_surname, other.second_surname)
    return second and alike(one.first_surname, other.first_surname)


def _both_seconds(one: Likeness, other: Likeness) -> bool:
    return bool(one.second_surname and other.second_surname)


def _swapped(person: Likeness) -> Likeness:
    return replace(person, first_surname=person.second_surname or "", second_surname=person.first_surname)


def _birth_reasons(one: Likeness, other: Likeness) -> tuple[DuplicateReason, ...]:
    if one.birth_date and other.birth_date:
        if one.birth_date == other.birth_date:
            return (DuplicateReason.SAME_BIRTH_DATE,)
        near = other.birth_date in near_dates(one.birth_date)
        return (DuplicateReason.SIMILAR_BIRTH_DATE,) if near else ()
    days = [person.birth_date or person.expected_birth_date for person in (one, other)]
    known = [day for day in days if day is not None]
    near = len(known) == 2 and abs(known[0] - known[1]) <= EXPECTED_APART
    return (DuplicateReason.NEAR_EXPECTED_BIRTH,) if near else ()


def near_dates(day: date) -> frozenset[date]:
    """Give the dates that a slip turns a date into: one figure wrong, or day and month exchanged.

    Examples
    --------
    >>> date(2016, 4, 5) in near_dates(date(2016, 5, 4)), date(2018, 5, 4) in near_dates(date(2016, 5, 4))
    (True, True)
    >>> date(2016, 5, 4) in near_dates(date(2016, 5, 4))
    False
    """
    written = f"{day:%Y%m%d}"
    slips = {written[:4] + written[6:] + written[4:6]}
    slips |= {written[:n] + figure + written[n + 1 :] for n in range(8) for figure in "0123456789"}
    return frozenset(found for slip in slips - {written} if (found := _date(slip)) is not None)


def _date(written: str) -> date | None:
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return None
