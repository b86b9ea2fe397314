"""Where a child lives, school and health: dated, so that the past stays true."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import or_, select

from authz.actor import DataClass
from authz.scope import table_of
from core.errors import InvalidInput
from core.models.base import Dated
from core.models.people import Address, HealthRegistration, Nna, Schooling
from core.rules.age import check_past
from core.rules.clear_text import LONGEST_TEXT
from core.rules.codes import check_code
from core.services.errors import AddressInForce, WrongDates
from core.services.people.described import check_commune, clear, trimmed
from core.unit_of_work import UnitOfWork

R = TypeVar("R", Schooling, HealthRegistration)


@dataclass(frozen=True)
class AddressData:
    """An address of a child.

    Parameters
    ----------
    nna_id : UUID
    located_in : str
        CUT of the commune where it is, which may not be the office's.
    street : str
    number, unit, reference : str, optional
    source : str
        Who says so: OFFICE where the team does, otherwise the register it comes from.
    protected : bool
        Opens to the child's own team only.
    valid_from : date, optional
        Today where none is given.
    replaces : frozenset of UUID, optional
        The addresses that end when this one begins; empty where the child goes on living at them as well.
    """

    nna_id: UUID
    located_in: str
    street: str
    number: str | None = None
    unit: str | None = None
    reference: str | None = None
    source: str = "OFFICE"
    protected: bool = False
    valid_from: date | None = None
    replaces: frozenset[UUID] | None = None


@dataclass(frozen=True)
class SchoolingData:
    """A child's school from a day on; `school_code` is its RBD."""

    nna_id: UUID
    school_code: str | None = None
    school_name: str | None = None
    level: str | None = None
    grade: str | None = None
    valid_from: date | None = None


@dataclass(frozen=True)
class HealthData:
    """A child's health registration from a day on."""

    nna_id: UUID
    insurance: str | None = None
    centre: str | None = None
    background: str | None = None
    valid_from: date | None = None


def add_address(uow: UnitOfWork, data: AddressData) -> Address:
    """Add an address; a child may have several, from several sources or with each parent, but never by oversight.

    To protect one is to protect the child, as `core.services.people.set_protection` does.

    Parameters
    ----------
    uow : UnitOfWork
    data : AddressData

    Returns
    -------
    Address

    Raises
    ------
    NotFound, AccessDenied
    InvalidInput
        If the commune does not exist, the street is empty, the start lies ahead, or it replaces another child's.
    AddressInForce
        If the caller sees one in force, and does not say whether it is replaced.
    WrongDates
        If what it replaces began later.
    """
    nna = uow.change(Nna, data.nna_id, None, ("nna", "edit"))  # one at a time: two would not see each other
    check_commune(data.located_in, "input.locatedIn")
    street, since = needed(data.street, "input.street"), start(uow, data.valid_from)
    _end_replaced(uow, nna, data.replaces, since)
    if data.protected and not nna.protected_address:  # so that who may not see it is told that there is something
        nna.protected_address = True
        uow.touch(nna)
    return uow.add(
        Address(
            id=uow.new_id(),
            commune_code=nna.commune_code,
            nna_id=nna.id,
            located_in=data.located_in,
            street=street,
            number=clear(data.number, "input.number"),
            unit=clear(data.unit, "input.unit"),
            reference=clear(data.reference, "input.reference"),
            source=data.source,
            protected=data.protected,
            valid_from=since,
        )
    )


def close_address(uow: UnitOfWork, address_id: UUID, on: date, expected_version: int | None) -> Address:
    """Say that a child no longer lives at an address.

    Parameters
    ----------
    uow : UnitOfWork
    address_id : UUID
    on : date
        The first day on which it no longer holds.
    expected_version : int or None

    Returns
    -------
    Address

    Raises
    ------
    NotFound, Conflict, AccessDenied
    WrongDates
        If that is before it began to hold, or after the end that it has.
    """
    editable(uow, uow.get(Address, address_id).nna_id)
    address = uow.change(Address, address_id, expected_version)
    check_end(address, on)
    address.valid_until = on
    return uow.touch(address)


def set_schooling(uow: UnitOfWork, data: SchoolingData) -> Schooling:
    """Record a child's school from a day on; the one before ends there.

    Parameters
    ----------
    uow : UnitOfWork
    data : SchoolingData

    Returns
    -------
    Schooling

    Raises
    ------
    NotFound, AccessDenied
    InvalidInput
        If neither code nor name is given, the level is not of the files' list, or the start lies ahead.
    WrongDates
        If the present one starts later.
    """
    nna = editable(uow, data.nna_id)
    if not (trimmed(data.school_code) or trimmed(data.school_name)):
        raise InvalidInput("Indique el establecimiento, por RBD o por nombre.", field="input.schoolName")
    paths = {"school_code": "schoolCode", "school_name": "schoolName", "level": "level", "grade": "grade"}
    values = {name: clear(getattr(data, name), f"input.{path}") for name, path in paths.items()}
    check_code("attendance", "level", values["level"], "input.level")
    return _replace(uow, Schooling, nna, start(uow, data.valid_from), values)


def set_health_registration(uow: UnitOfWork, data: HealthData) -> HealthRegistration:
    """Record a child's health registration from a day on; the one before ends there.

    Parameters
    ----------
    uow : UnitOfWork
    data : HealthData

    Returns
    -------
    HealthRegistration

    Raises
    ------
    NotFound
    AccessDenied
        Also to who may edit the child but not read their health.
    InvalidInput
        If the insurance is not of the files' list, or the start lies ahead.
    WrongDates
        If the present one starts later.
    """
    nna = editable(uow, data.nna_id)
    uow.require("nna", "read", nna, DataClass.HEALTH)
    values = {name: clear(getattr(data, name), f"input.{name}") for name in ("insurance", "centre")}
    values["background"] = clear(data.background, "input.background", LONGEST_TEXT)
    check_code("health", "insurance", values["insurance"], "input.insurance")
    return _replace(uow, HealthRegistration, nna, start(uow, data.valid_from), values)


def editable(uow: UnitOfWork, nna_id: UUID) -> Nna:
    """Return a child whom the actor may edit; whom they may not see is not found."""
    nna = uow.get(Nna, nna_id)
    uow.require("nna", "edit", nna)
    return nna


def check_end(row: Dated, on: date) -> None:
    """Refuse an end before the beginning, and one that puts off the end that was set: it would hold again.

    What held open for longer under the name of an end would give back access, or a second home, that nobody gave: what
    goes on is recorded anew.

    Raises
    ------
    WrongDates
    """
    if on < row.valid_from:
        raise WrongDates("El término es anterior al inicio.", field="input.on")
    if row.valid_until is not None and on > row.valid_until:
        sentence = (
            "Ya tiene una fecha de término, que se puede adelantar y no postergar: si sigue, regístrelo de nuevo."
        )
        raise WrongDates(sentence, field="input.on")


def _end_replaced(uow: UnitOfWork, nna: Nna, replaces: frozenset[UUID] | None, since: date) -> None:
    """End the addresses that another takes the place of; of what the caller may not see, nothing is told or ended."""
    t = table_of(Address)
    unended = or_(t.c.valid_until.is_(None), t.c.valid_until > since)
    if replaces is None:
        live = select(Address).where(t.c.nna_id == nna.id, t.c.valid_from <= since, unended).order_by(t.c.id)
        if found := [f"adr_{one.id.hex}" for one in uow.session.scalars(live)]:
            sentence = "Tiene un domicilio vigente: indique si termina, o si vive también ahí."
            raise AddressInForce(sentence, field="input.replaces", details={"addresses": found})
    for address_id in sorted(replaces or ()):
        address = uow.change(Address, address_id, None)
        if address.nna_id != nna.id:
            raise InvalidInput("El domicilio es de otro registro.", field="input.replaces")
        if since < address.valid_from:
            raise WrongDates("El domicilio que reemplaza comienza después.", field="input.validFrom")
        if address.valid_until is None or address.valid_until > since:
            address.valid_until = since
            uow.touch(address)


def _replace(uow: UnitOfWork, model: type[R], nna: Nna, start: date, values: dict[str, Any]) -> R:
    """End the row that is open and start another: nothing is written over, also where both start on one day.

    Who says the same again, as by a second click, changes nothing.
    """
    if not any(values.values()):
        raise InvalidInput("Escriba al menos un dato.", field="input")
    uow.change(Nna, nna.id, None)  # one at a time: two that start at once would both stay open
    t = table_of(model)
    current = uow.session.scalars(
        select(model).where(t.c.nna_id == nna.id, t.c.valid_until.is_(None)).order_by(t.c.valid_from.desc(), t.c.id)
    ).first()
    if current is not None and current.valid_from > start:
        raise WrongDates("Hay un registro que comienza después.", field="input.validFrom")
    if current is not None and all(getattr(current, column) == value for column, value in values.items()):
        return current
    if current is not None:  # of the same day, it never held
        current.valid_until = start
        uow.touch(current)
    base: dict[str, Any] = {"id": uow.new_id(), "commune_code": nna.commune_code, "nna_id": nna.id, "valid_from": start}
    return uow.add(model(**base, **values))


def start(uow: UnitOfWork, given: date | None) -> date:
    """Return the day from which a detail holds: the one given, which may not be to come, or today."""
    check_past(given, uow.today(), "input.validFrom")
    return given or uow.today()


def needed(text: str, path: str) -> str:
    if not (found := clear(text, path)):
        raise InvalidInput("Este dato es obligatorio.", field=path)
    return found
