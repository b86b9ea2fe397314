"""Institutions of the sector, and what of a child's record is opened to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from authz.actor import DataClass, Purpose
from core.errors import InvalidInput
from core.identity import InvalidRun, parse_run
from core.models.organizations import AccessGrant, Organization
from core.models.people import Nna
from core.reference import institution_types, sectors
from core.rules.readable import check_readable
from core.services.errors import AlreadyListed, WrongDates
from core.services.people.described import check_commune, clear, trimmed
from core.text import sort_key
from core.unit_of_work import UnitOfWork

LONGEST_IDENTIFIER = 40
LISTED = ("name", "type_code", "sector_code", "identifier")
FIRST_RUT_OF_A_BODY = 50_000_000  # the Servicio de Impuestos Internos numbers bodies from here on; people never


@dataclass(frozen=True)
class OrganizationData:
    """An institution.

    Parameters
    ----------
    commune_code : str
    name : str
    type_code, sector_code : str
        Of the catalogues of types of institution and of sectors.
    identifier : str, optional
        Public: RBD, DEIS code.
    """

    commune_code: str
    name: str
    type_code: str
    sector_code: str
    identifier: str | None = None


@dataclass(frozen=True)
class GrantData:
    """That an institution may see a child's record, for a purpose and a time.

    Parameters
    ----------
    nna_id, organization_id : UUID
    purpose : Purpose
    source : str
        What it rests on: REFERRAL, CONSENT, LAW.
    with_identity : bool
        With consent: name and contact too.
    valid_from : date, optional
        Today where none is given.
    valid_until : date, optional
    """

    nna_id: UUID
    organization_id: UUID
    purpose: Purpose
    source: str
    with_identity: bool = False
    valid_from: date | None = None
    valid_until: date | None = None


def register_organization(uow: UnitOfWork, data: OrganizationData) -> Organization:
    """List an institution in the commune's directory.

    Parameters
    ----------
    uow : UnitOfWork
    data : OrganizationData

    Returns
    -------
    Organization

    Raises
    ------
    AccessDenied
        Without `organization create` in the commune.
    InvalidInput
        If the name is empty, or a code is not in its catalogue.
    AlreadyListed
        If one of that type has the same identifier, or the same name, in the commune.
    """
    uow.require_in("organization", "create", data.commune_code)
    check_commune(data.commune_code, "input.communeCode")
    row_id = uow.new_id()
    return uow.add(Organization(id=row_id, commune_code=data.commune_code, **_checked(uow, data, row_id)))


def update_organization(
    uow: UnitOfWork, organization_id: UUID, changes: Mapping[str, Any], expected_version: int | None
) -> Organization:
    """Change what is listed of an institution; its commune stays.

    Parameters
    ----------
    uow : UnitOfWork
    organization_id : UUID
    changes : mapping
        New values by column, those of `LISTED` only; what is not named stays.
    expected_version : int or None

    Returns
    -------
    Organization

    Raises
    ------
    NotFound, Conflict, AccessDenied
    InvalidInput, AlreadyListed
        As :func:`register_organization`.
    """
    organization = uow.change(Organization, organization_id, expected_version, ("organization", "edit"))
    kept = {name: getattr(organization, name) for name in LISTED}
    data = OrganizationData(organization.commune_code, **(kept | dict(changes)))
    for column, value in _checked(uow, data, organization.id).items():
        setattr(organization, column, value)
    return uow.touch_if_changed(organization)


def open_grant(uow: UnitOfWork, data: GrantData) -> AccessGrant:
    """Open a child's record to an institution.

    Parameters
    ----------
    uow : UnitOfWork
    data : GrantData

    Returns
    -------
    AccessGrant

    Raises
    ------
    NotFound
        If the child or the institution is not theirs to know of.
    AccessDenied
        Without `nna edit` on the child; with identity, also without reading it.
    WrongDates
        If it ends before it starts.
    """
    nna = uow.get(Nna, data.nna_id)
    uow.require("nna", "edit", nna)
    if data.with_identity:
        uow.require("nna", "read", nna, DataClass.IDENTITY)
    organization = uow.get(Organization, data.organization_id)
    since = data.valid_from or uow.today()
    if data.valid_until is not None and data.valid_until <= since:
        raise WrongDates("El término debe ser posterior al inicio.", field="input.validUntil")
    return uow.add(
        AccessGrant(
            id=uow.new_id(),
            commune_code=nna.commune_code,
            nna_id=nna.id,
            organization_id=organization.id,
            purpose=data.purpose,
            with_identity=data.with_identity,
            source=data.source,
            valid_from=since,
            valid_until=data.valid_until,
        )
    )


def close_grant(uow: UnitOfWork, grant_id: UUID, on: date, expected_version: int | None) -> AccessGrant:
    """Close a child's record to an institution again.

    Parameters
    ----------
    uow : UnitOfWork
    grant_id : UUID
    on : date
        The first day on which it is closed.
    expected_version : int or None

    Returns
    -------
    AccessGrant

    Raises
    ------
    NotFound, Conflict, AccessDenied
    WrongDates
        If that is before it was opened.
    """
    uow.require("nna", "edit", uow.get(Nna, uow.get(AccessGrant, grant_id).nna_id))
    grant = uow.change(AccessGrant, grant_id, expected_version)
    if on < grant.valid_from:
        raise WrongDates("El término es anterior al inicio.", field="input.on")
    grant.valid_until = on
    return uow.touch(grant)


def _checked(uow: UnitOfWork, data: OrganizationData, itself: UUID) -> dict[str, Any]:
    name = clear(data.name, "input.name")
    if name is None:
        raise InvalidInput("Escriba el nombre de la institución.", field="input.name")
    if data.type_code not in {one.code for one in institution_types()}:
        raise InvalidInput("No existe ese tipo de institución.", field="input.typeCode")
    if data.sector_code not in {one.code for one in sectors()}:
        raise InvalidInput("No existe ese sector.", field="input.sectorCode")
    values = {
        "name": name,
        "name_sort": sort_key(name),
        "type_code": data.type_code,
        "sector_code": data.sector_code,
        "identifier": _identifier(data.identifier),
    }
    _refuse_listed(uow, data.commune_code, values, itself)
    return values


def _identifier(text: str | None) -> str | None:
    """Return an institution's own number; a RUT of one is no RUN of a person, whose numbers are lower (SII)."""
    said = trimmed(text)
    if said is None:
        return None
    check_readable(said, "input.identifier")
    if len(said) > LONGEST_IDENTIFIER:
        raise InvalidInput(f"Admite hasta {LONGEST_IDENTIFIER} caracteres.", field="input.identifier")
    try:
        is_rut = int(parse_run(said).split("-")[0]) >= FIRST_RUT_OF_A_BODY
    except InvalidRun:
        is_rut = False
    return said if is_rut else clear(said, "input.identifier")


def _refuse_listed(uow: UnitOfWork, commune_code: str, values: dict[str, Any], itself: UUID) -> None:
    same: ColumnElement[bool] = col(Organization.name_sort) == values["name_sort"]
    if values["identifier"] is not None:
        same |= col(Organization.identifier) == values["identifier"]
    listed = select(col(Organization.id)).where(
        col(Organization.commune_code) == commune_code,
        col(Organization.type_code) == values["type_code"],
        col(Organization.id) != itself,
        same,
    )
    found = uow.session.scalars(listed.order_by(col(Organization.id)).limit(1)).first()
    if found is not None:
        raise AlreadyListed("Esa institución ya está en el directorio.", details={"id": f"org_{found.hex}"})
