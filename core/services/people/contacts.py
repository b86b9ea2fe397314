"""Whom to call about a child."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.errors import InvalidInput
from core.models.people import Contact
from core.rules.person_names import check_person_name
from core.services.errors import WrongDates
from core.services.people.described import clear, trimmed
from core.services.people.details import check_end, editable, needed, start
from core.services.people.protection import keep_contact_guarded
from core.unit_of_work import UnitOfWork

_RUN = re.compile(r"[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}-[0-9kK]")  # as nobody writes a telephone
_PHONE = re.compile(r"(?:\+?56)?([0-9]{9})")
_ABROAD = re.compile(r"\+(?!56)[1-9][0-9]{6,14}")
LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, without the two signs around it
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class ContactData:
    """Whom to call about a child.

    Parameters
    ----------
    nna_id : UUID
    name : str
    relationship, phone, email : str, optional
    no_contact : bool
        Nobody outside the child's own team sees it.
    valid_from, valid_until : date, optional
    """

    nna_id: UUID
    name: str
    relationship: str | None = None
    phone: str | None = None
    email: str | None = None
    no_contact: bool = False
    valid_from: date | None = None
    valid_until: date | None = None


def add_contact(uow: UnitOfWork, data: ContactData) -> Contact:
    """Add somebody to call; whose telephone changed is ended, and added anew, so that the past stays true.

    Parameters
    ----------
    uow : UnitOfWork
    data : ContactData

    Returns
    -------
    Contact

    Raises
    ------
    NotFound, AccessDenied
    InvalidInput
        If the name is empty or none, or the telephone or the address of mail cannot be one.
    WrongDates
        If it ends before it starts.
    """
    nna, since = editable(uow, data.nna_id), start(uow, data.valid_from)
    contact = Contact(
        id=uow.new_id(),
        commune_code=nna.commune_code,
        nna_id=nna.id,
        name=_name(data.name, "input.name"),
        relationship=clear(data.relationship, "input.relationship"),
        phone=normal_phone(data.phone),
        email=normal_email(data.email),
        no_contact=data.no_contact,
        valid_from=since,
        valid_until=data.valid_until,
    )
    if data.valid_until is not None and data.valid_until <= since:
        raise WrongDates("El término debe ser posterior al inicio.", field="input.validUntil")
    return uow.add(contact)


def close_contact(uow: UnitOfWork, contact_id: UUID, on: date, expected_version: int | None) -> Contact:
    """Say that somebody is no longer called about a child.

    Parameters
    ----------
    uow : UnitOfWork
    contact_id : UUID
    on : date
        The first day on which it no longer holds; its own first day where it never did.
    expected_version : int or None

    Returns
    -------
    Contact

    Raises
    ------
    NotFound, Conflict, AccessDenied
    ProtectionStays
        If a protection hides who it is, and the caller may not lift that: whom nobody calls stays written down.
    WrongDates
        If that is before it began to hold, or after the end that it has.
    """
    nna = editable(uow, uow.get(Contact, contact_id).nna_id)
    contact = uow.change(Contact, contact_id, expected_version)
    keep_contact_guarded(uow, nna, contact)
    check_end(contact, on)
    contact.valid_until = on
    return uow.touch(contact)


def normal_phone(text: str | None, path: str = "input.phone") -> str | None:
    """Give a telephone number with the country's prefix and no blanks, so that equal numbers meet.

    Every number of Chile has nine digits (Subtel, National Numbering Plan, in force since 2016); of another country it
    begins with «+» and its code (E.164).

    Raises
    ------
    InvalidInput
        If it cannot be a telephone number: one digit short, it would be found out when somebody has to call.

    Examples
    --------
    >>> normal_phone("9 5555 0101"), normal_phone("+56 9 5555 0101"), normal_phone("(2) 2555 0101")
    ('+56955550101', '+56955550101', '+56225550101')
    """
    if _RUN.fullmatch((text or "").strip()):
        raise InvalidInput("Eso parece un RUN, y no un teléfono.", field=path)
    compact = re.sub(r"[\s().\-]", "", text or "")
    if not compact:
        return None
    if here := _PHONE.fullmatch(compact):
        return f"+56{here[1]}"
    if not _ABROAD.fullmatch(compact):
        sentence = "El teléfono lleva 9 dígitos; uno de otro país comienza con «+» y el código del país."
        raise InvalidInput(sentence, field=path)
    return compact


def _name(text: str, path: str) -> str:
    name = needed(text, path)
    check_person_name(name, path)
    return name


def normal_email(text: str | None, path: str = "input.email") -> str | None:
    """Give an address of mail without blanks around it, if it can be one."""
    found = trimmed(text)
    if found and not (len(found) <= LONGEST_EMAIL and _EMAIL.fullmatch(found)):
        raise InvalidInput("El correo electrónico no es válido.", field=path)
    return found
