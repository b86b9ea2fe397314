"""Registering a child or a pregnancy, and what may change in the record afterwards."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from authz.actor import DataClass
from core.errors import InvalidInput
from core.events import NnaRegistered
from core.identity import IdentifierKind, Sealer
from core.models.people import Nna
from core.rules.likeness import Likeness
from core.services.duplicates import look_alikes
from core.services.errors import AlreadyRegistered, PossibleDuplicate, ProtectionStays
from core.services.people.described import (
    TAKEN,
    NnaData,
    check_birth,
    check_described,
    check_kept,
    check_names,
    check_origin,
    check_spelling,
    keys_of,
    make_nna,
    nna_known,
    normal_identifier,
    one_record_each,
    seal_identifier,
    trimmed,
)
from core.services.people.protection import STAYS, may_lift_protection
from core.services.people.team import join_team
from core.services.search import is_nna_nameable
from core.unit_of_work import UnitOfWork

EDITABLE = {
    "given_names": "givenNames",
    "first_surname": "firstSurname",
    "second_surname": "secondSurname",
    "social_name": "socialName",
    "birth_date": "birthDate",
    "expected_birth_date": "expectedBirthDate",
    "sex": "sex",
    "nationality": "nationality",
    "indigenous_people": "indigenousPeople",
    "has_disability": "hasDisability",
}


def register_nna(uow: UnitOfWork, data: NnaData) -> Nna:
    """Register a child or a pregnancy, after looking for them among those registered.

    The search before is no courtesy of the screen: records that look like the same person refuse the new one until the
    caller says, one by one, that they are somebody else. Whoever registers and reaches names only in their own caseload
    joins the child's team, or could not open what they wrote.

    Parameters
    ----------
    uow : UnitOfWork
    data : NnaData

    Returns
    -------
    Nna

    Raises
    ------
    AccessDenied
        Without `nna create` in the commune.
    InvalidInput, NotAnNna
        See :func:`core.services.people.described.check_described`.
    AlreadyRegistered
        If the identifier has a record in the commune; which one, only to who may open it.
    PossibleDuplicate
        If records that the caller may open look like this person; `details` holds them with their reasons.
    """
    uow.require_in("nna", "create", data.commune_code)
    normal = check_described(data, uow.today())
    uow.wait_turn(f"described in {data.commune_code}")
    _refuse_known(uow, nna_known(uow, data.commune_code, data.identifier_kind, normal))
    refuse_look_alikes(uow, data)
    nna = make_nna(uow, data, normal)
    join_team(uow, nna)
    uow.emit(NnaRegistered(nna.commune_code, nna.id))
    return nna


def refuse_look_alikes(uow: UnitOfWork, data: NnaData) -> None:
    """Refuse to make a record of who may have one, until the caller says of each that it is somebody else.

    Parameters
    ----------
    uow : UnitOfWork
    data : NnaData

    Raises
    ------
    PossibleDuplicate
        If records that the caller may open look like this person; `details` holds them with their reasons.
    """
    named_alike = (data.given_names, data.first_surname, data.second_surname, data.social_name)
    person = Likeness(data.commune_code, *named_alike, data.birth_date, data.expected_birth_date)
    found = [c for c in look_alikes(uow, person) if c.nna_id not in data.distinct_from]
    if found:
        raise PossibleDuplicate(
            "Hay registros que podrían ser de la misma persona; revíselos y diga cuáles no lo son.",
            details={
                "candidates": [
                    {"id": f"nna_{c.nna_id.hex}", "score": c.score, "reasons": [r.sentence for r in c.reasons]}
                    for c in found
                ]
            },
        )


def update_nna(uow: UnitOfWork, nna_id: UUID, changes: Mapping[str, Any], expected_version: int | None) -> Nna:
    """Change what is recorded of a child; a birth date given to a pregnancy makes it a child.

    The date on which it was expected stays in the record, as where a file tells of the birth: it is still true, and
    says that the child was known before birth, so that what is told of the gestation may come in later.

    Parameters
    ----------
    uow : UnitOfWork
    nna_id : UUID
    changes : mapping
        New values by column, those of `EDITABLE` only; what is not named stays.
    expected_version : int or None

    Returns
    -------
    Nna

    Raises
    ------
    NotFound, Conflict, AccessDenied
    InvalidInput, NotAnNna
        If a value cannot be.
    """
    if strange := sorted(set(changes) - set(EDITABLE)):
        raise InvalidInput("Ese dato no se cambia aquí.", field=f"input.{strange[0]}")
    nna = uow.change(Nna, nna_id, expected_version, ("nna", "edit"))
    _check_changes(nna, changes, uow.today())
    expected = nna.expected_birth_date
    for column, value in changes.items():
        setattr(nna, column, trimmed(value) if column.endswith(("name", "names", "surname")) else value)
    if nna.birth_date is not None:
        nna.expected_birth_date = expected
    keys = keys_of(nna.given_names, nna.first_surname, nna.second_surname, nna.social_name)
    for column, key in keys.items():
        setattr(nna, column, key)
    return uow.touch_if_changed(nna)


def identify_nna(
    uow: UnitOfWork, nna_id: UUID, kind: IdentifierKind, identifier: str | None, expected_version: int | None
) -> Nna:
    """Give a child the RUN or provisional number that was not known, correct it, or take off one that is not theirs.

    Parameters
    ----------
    uow : UnitOfWork
    nna_id : UUID
    kind : IdentifierKind
    identifier : str or None
        As written on the paper; None where the kind is NONE.
    expected_version : int or None

    Returns
    -------
    Nna

    Raises
    ------
    NotFound, Conflict, AccessDenied
    InvalidInput
        If it is no such identifier, or the child is not born.
    AlreadyRegistered
        If another record of the commune has it; joining both is the coordinator's.
    """
    nna = uow.change(Nna, nna_id, expected_version, ("nna", "edit"))
    uow.require("nna", "read", nna, DataClass.IDENTITY)
    if nna.birth_date is None:
        raise InvalidInput("Quien aún no nace no tiene identificador.", field="input.identifierKind")
    normal = normal_identifier(kind, identifier)
    known = nna_known(uow, nna.commune_code, kind, normal)
    if known != nna.id:
        _refuse_known(uow, known)
    with one_record_each(uow, nna):
        nna.identifier_kind = kind
        seal_identifier(uow, nna, normal)
        uow.touch(nna)
    return nna


def set_protection(
    uow: UnitOfWork, nna_id: UUID, protected_address: bool, no_contact: bool, expected_version: int | None
) -> Nna:
    """Say whether a child's address is protected, and whether nobody may contact the family.

    Whoever may edit the child sets a flag; who is kept out by it may not take it away. Either closes addresses,
    contacts and relatives' telephones, of the child and of its family of today, to everybody who is not on its team
    (`docs/decisions/0013`).

    Parameters
    ----------
    uow : UnitOfWork
    nna_id : UUID
    protected_address, no_contact : bool
    expected_version : int or None

    Returns
    -------
    Nna

    Raises
    ------
    NotFound, Conflict, AccessDenied
    ProtectionStays
        If a flag is lifted by who is not on the child's team, while it has one.
    """
    nna = uow.change(Nna, nna_id, expected_version, ("nna", "edit"))
    lifts = (nna.protected_address and not protected_address) or (nna.no_contact and not no_contact)
    if lifts and not may_lift_protection(uow, nna):
        raise ProtectionStays(STAYS, about=[nna.id])
    nna.protected_address, nna.no_contact = protected_address, no_contact
    return uow.touch_if_changed(nna)


def open_identifier(uow: UnitOfWork, nna: Nna) -> str | None:
    """Open the RUN or provisional number of a child.

    Parameters
    ----------
    uow : UnitOfWork
    nna : Nna

    Returns
    -------
    str or None
        In normal form; None of who has none.

    Raises
    ------
    AccessDenied
        Unless the caller may identify this very child.
    """
    uow.require("nna", "read", nna, DataClass.IDENTITY)
    return unseal_identifier(uow.sealer, nna.id, nna.identifier_sealed)


def unseal_identifier(sealer: Sealer, nna_id: UUID, sealed: bytes | None) -> str | None:
    """Open the number of a child whom the caller may identify; whoever calls has made sure of that.

    Parameters
    ----------
    sealer : Sealer
    nna_id : UUID
    sealed : bytes, optional
        As the column holds it, which is read only where the row opens the IDENTITY class.
    """
    return None if sealed is None else sealer.open(sealed, table="nna", column="identifier_sealed", row_id=nna_id)


def _refuse_known(uow: UnitOfWork, known: UUID | None) -> None:
    if known is None:
        return
    if not is_nna_nameable(uow, known):
        raise AlreadyRegistered(TAKEN, field="input.identifier", about=[known])
    message = "Ese identificador ya tiene un registro en la comuna."
    raise AlreadyRegistered(message, field="input.identifier", details={"id": f"nna_{known.hex}"})


def _check_changes(nna: Nna, changes: Mapping[str, Any], today: date) -> None:
    born = changes.get("birth_date", nna.birth_date)
    if born is None and nna.birth_date is not None and nna.identifier_kind is not IdentifierKind.NONE:
        raise InvalidInput("Quien tiene RUN u otro identificador ya nació: corrija la fecha.", field="input.birthDate")
    if {"birth_date", "expected_birth_date"} & set(changes):
        check_birth(born, changes.get("expected_birth_date", None if born else nna.expected_birth_date), today)
    check_kept(changes, {"sex": "sex"})
    check_origin(changes)
    check_names({EDITABLE[name]: changes[name] for name in ("given_names", "first_surname") if name in changes})
    check_spelling({EDITABLE[name]: changes.get(name) for name in ("second_surname", "social_name")})
