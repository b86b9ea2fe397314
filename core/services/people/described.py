"""A child as somebody describes it: checked, sealed, made a row. Shared by who registers and who raises an alert."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core.errors import InvalidInput
from core.identity import IdentifierKind, InvalidRun, parse_provisional, parse_run
from core.models.people import Nna, Sex
from core.reference import commune
from core.rules.age import is_nna, last_expected, may_be_expected
from core.rules.clear_text import LONGEST_VALUE, check_clear
from core.rules.codes import check_code
from core.rules.names import name_keys
from core.rules.person_names import check_person_name
from core.services.errors import AlreadyRegistered, NotAnNna
from core.unit_of_work import UnitOfWork

UNBORN_NAME = "Por nacer"
TAKEN = "Ese identificador ya tiene un registro en la comuna; pida acceso a la coordinación."
LONGEST_NAME = 100
_PARSERS = {IdentifierKind.RUN: parse_run, IdentifierKind.PROVISIONAL: parse_provisional}


@dataclass(frozen=True)
class NnaData:
    """A child or a pregnancy, as described.

    Parameters
    ----------
    commune_code : str
        The commune whose office keeps the record.
    given_names, first_surname : str
        Of a pregnancy: the mother's surname, and no given names where none is chosen.
    second_surname, social_name : str, optional
    birth_date : date, optional
        Or `expected_birth_date`: exactly one of both.
    expected_birth_date : date, optional
    sex : Sex
    identifier_kind : IdentifierKind
    identifier : str, optional
        As written on the paper; never shown in a repr.
    nationality : str, optional
        ISO 3166-1 alpha-3, of those that the files know.
    indigenous_people : str, optional
        A code of the files as well.
    has_disability : bool, optional
    distinct_from : frozenset of UUID
        Records that the caller has looked at and says are somebody else.
    """

    commune_code: str
    given_names: str
    first_surname: str
    second_surname: str | None = None
    social_name: str | None = None
    birth_date: date | None = None
    expected_birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    identifier_kind: IdentifierKind = IdentifierKind.NONE
    identifier: str | None = field(default=None, repr=False)
    nationality: str | None = None
    indigenous_people: str | None = None
    has_disability: bool | None = None
    distinct_from: frozenset[UUID] = frozenset()


def check_described(data: NnaData, today: date, at: str = "input") -> str | None:
    """Check a description and give the identifier in normal form.

    Parameters
    ----------
    data : NnaData
    today : date
    at : str
        Path of the description in the input, for the errors.

    Returns
    -------
    str or None
        None of who has no identifier.

    Raises
    ------
    InvalidInput
        If a value cannot be what it says.
    NotAnNna
        If the person is 18 or older.
    """
    check_commune(data.commune_code, f"{at}.communeCode")
    check_birth(data.birth_date, data.expected_birth_date, today, at)
    born = data.birth_date is not None
    check_names({"firstSurname": data.first_surname, **({"givenNames": data.given_names} if born else {})}, at)
    others = {"givenNames": data.given_names, "secondSurname": data.second_surname, "socialName": data.social_name}
    check_spelling(others, at)
    check_origin({"nationality": data.nationality, "indigenous_people": data.indigenous_people}, at)
    if not born and data.identifier_kind is not IdentifierKind.NONE:
        raise InvalidInput("Quien aún no nace no tiene identificador.", field=f"{at}.identifierKind")
    return normal_identifier(data.identifier_kind, data.identifier, at)


def check_commune(code: str, path: str) -> None:
    try:
        commune(code)
    except KeyError:
        raise InvalidInput("No existe una comuna con ese código.", field=path) from None


def check_birth(birth: date | None, expected: date | None, today: date, at: str = "input") -> None:
    """Hold that a record is of a child under 18, or of a pregnancy that can still be one."""
    if (birth is None) == (expected is None):
        raise InvalidInput(
            "Indique la fecha de nacimiento o la fecha probable de parto, una de las dos.", field=f"{at}.birthDate"
        )
    if birth is not None:
        if birth > today:
            raise InvalidInput("La fecha de nacimiento está en el futuro.", field=f"{at}.birthDate")
        if not is_nna(birth, today):
            raise NotAnNna("La persona ya cumplió 18 años: no es NNA.", field=f"{at}.birthDate")
    elif expected is not None and not (may_be_expected(expected, today) and expected <= last_expected(today)):
        raise InvalidInput("La fecha probable de parto no es posible.", field=f"{at}.expectedBirthDate")


def check_names(names: Mapping[str, str | None], at: str = "input") -> None:
    """Hold that names are there, and are names."""
    for name, text in names.items():
        if not text or not text.strip() or len(text) > LONGEST_NAME:
            raise InvalidInput(f"Escriba el nombre, con {LONGEST_NAME} letras como máximo.", field=f"{at}.{name}")
    check_spelling(names, at)


def check_spelling(names: Mapping[str, str | None], at: str = "input") -> None:
    """Hold that what is told of names is one, and no RUN."""
    for name, text in names.items():
        check_clear(text, f"{at}.{name}", LONGEST_NAME)
        check_person_name(text, f"{at}.{name}")


def check_kept(values: Mapping[str, object], paths: Mapping[str, str], at: str = "input") -> None:
    """Refuse to clear what every record has; what is not told does not change."""
    for name, path in paths.items():
        if name in values and values[name] is None:
            raise InvalidInput("Este dato no se borra: indique otro valor.", field=f"{at}.{path}")


def check_origin(values: Mapping[str, str | None], at: str = "input") -> None:
    """Hold that nationality and indigenous people are codes of the lists that the files know."""
    for name, path in (("nationality", "nationality"), ("indigenous_people", "indigenousPeople")):
        check_code("persons", name, values.get(name), f"{at}.{path}")


def normal_identifier(kind: IdentifierKind, text: str | None, at: str = "input") -> str | None:
    """Give the normal form of an identifier of a kind; neither the text nor the form is told in an error."""
    if kind is IdentifierKind.NONE:
        if text is not None:
            raise InvalidInput("Indique qué tipo de identificador es.", field=f"{at}.identifierKind")
        return None
    if not (text or "").strip():
        raise InvalidInput("Falta el identificador: escríbalo, o indique que no tiene.", field=f"{at}.identifier")
    try:
        return _PARSERS[kind](text or "")
    except InvalidRun as error:
        raise InvalidInput(str(error), field=f"{at}.identifier") from None


def nna_known(uow: UnitOfWork, commune_code: str, kind: IdentifierKind, normal: str | None) -> UUID | None:
    """Find the record of an identifier in a commune, whoever asks: to be known, not to be shown."""
    return None if normal is None else _taken(uow, commune_code, uow.sealer.blind_index(kind, normal, commune_code))


def _taken(uow: UnitOfWork, commune_code: str, index: str) -> UUID | None:
    known = select(col(Nna.id)).where(col(Nna.commune_code) == commune_code, col(Nna.identifier_index) == index)
    with uow.unscoped("whether the identifier has a record in the commune") as session:
        return session.scalars(known).one_or_none()


def make_nna(uow: UnitOfWork, data: NnaData, normal: str | None) -> Nna:
    """Store a checked description under a new id.

    Raises
    ------
    AlreadyRegistered
        If somebody else registered the same identifier meanwhile.
    """
    given = data.given_names.strip() or UNBORN_NAME
    nna = Nna(
        id=uow.new_undated_id(),
        commune_code=data.commune_code,
        identifier_kind=data.identifier_kind,
        given_names=given,
        first_surname=data.first_surname.strip(),
        second_surname=trimmed(data.second_surname),
        social_name=trimmed(data.social_name),
        **keys_of(given, data.first_surname, data.second_surname, data.social_name),
        birth_date=data.birth_date,
        expected_birth_date=data.expected_birth_date,
        sex=data.sex,
        nationality=data.nationality,
        indigenous_people=data.indigenous_people,
        has_disability=data.has_disability,
    )
    seal_identifier(uow, nna, normal)
    with one_record_each(uow, nna):
        return uow.add(nna)


@contextmanager
def one_record_each(uow: UnitOfWork, nna: Nna) -> Iterator[None]:
    """Let the constraint on identifiers refuse in words; what is written inside is undone alone.

    Raises
    ------
    AlreadyRegistered
        If another record of the commune has the identifier.
    """
    commune, index = nna.commune_code, nna.identifier_index
    try:
        with uow.session.begin_nested():
            yield
    except IntegrityError:
        if index is not None and _taken(uow, commune, index):
            raise AlreadyRegistered(TAKEN, field="input.identifier") from None
        raise


def seal_identifier(uow: UnitOfWork, nna: Nna, normal: str | None) -> None:
    """Keep an identifier in the row: sealed for that place, and indexed for that commune."""
    nna.identifier_sealed = nna.identifier_index = None
    if normal is not None:
        nna.identifier_sealed = uow.sealer.seal(normal, table="nna", column="identifier_sealed", row_id=nna.id)
        nna.identifier_index = uow.sealer.blind_index(nna.identifier_kind, normal, nna.commune_code)


def keys_of(given: str, first: str, second: str | None, social: str | None) -> dict[str, Any]:
    """Give the name columns that searches and lists use."""
    keys = name_keys(given, first, second, social)
    return {"name_sort": keys.sort, "name_fold": keys.fold, "name_sound": keys.sound}


def trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def clear(text: str | None, path: str, longest: int = LONGEST_VALUE) -> str | None:
    """Give a text that is kept in clear without blanks around it; one with what looks like a RUN is refused."""
    check_clear(text, path, longest)
    return trimmed(text)
