"""Makers of valid rows and actors; a test names only what it is about.

Rows are written through the unit of work it is given, without asking the services: open one of the machinery with
`stored`, or with `host.unit_of_work(None, "test")` and commit it, before another one reads.
All people are invented; RUN numbers come from the range that nobody holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from authz.actor import MAIN_PURPOSE, Actor, DataClass, Hat, Purpose, Role
from core.host import Host
from core.identity import IdentifierKind, demo_run
from core.models.alerts import Alert, AlertReport, AlertSource
from core.models.extracts import Extract, Nature
from core.models.families import Family, FamilyMember, FamilyRole, Relation, RelationKind, Relative
from core.models.organizations import AccessGrant, Organization
from core.models.people import Address, Contact, Nna, Sex, TeamMember
from core.models.users import Assignment, User
from core.reference import AlertKind
from core.rules.alerts import AlertState
from core.rules.names import name_keys
from core.text import sort_key
from core.unit_of_work import UnitOfWork

SANTIAGO, COLINA = "13101", "13301"
BIRTH = date(2016, 5, 4)
SINCE = date(2026, 1, 1)
_numbers = count(1)


@contextmanager
def stored(host: Host) -> Iterator[UnitOfWork]:
    """Give a unit of work of the machinery, and keep what it made."""
    with host.unit_of_work(None, "test") as uow:
        yield uow
        uow.session.commit()


def actor(
    role: Role | str,
    commune: str | None = SANTIAGO,
    purpose: Purpose | str | None = None,
    user_id: UUID | None = None,
    organization: UUID | None = None,
    **over: Any,
) -> Actor:
    """Make somebody with one role; the same role and commune are the same person. `commune=None` is the country."""
    role = Role(str(role).upper())
    username = f"{role.lower()}.{commune or 'cl'}"
    who = user_id or uuid5(NAMESPACE_URL, username)
    hat = Hat(role, frozenset({commune}) if commune else None, organization)
    worn = Purpose(str(purpose).upper()) if purpose else MAIN_PURPOSE[role]
    return Actor(who, username, worn, **({"hats": (hat,)} | over))


def a_user(uow: UnitOfWork, who: Actor | None = None, **over: Any) -> User:
    """Store a user; with `who`, the account of that actor and the assignments that their hats come from."""
    number = next(_numbers)
    base: dict[str, Any] = {"id": who.user_id if who else uow.new_id(), "demo": True}
    base |= {"username": who.username if who else f"user.{number}", "display_name": f"Persona Usuaria {number}"}
    user = uow.add(User(**(base | over)))
    for hat in who.hats if who else ():
        for territory in sorted(hat.communes or {"CL"}):
            given = {"organization_id": hat.organization, "substitutes_id": hat.stands_for}
            an_assignment(uow, user, role=hat.role, territory=territory, **given)
    return user


def an_assignment(uow: UnitOfWork, user: User, **over: Any) -> Assignment:
    base: dict[str, Any] = {"id": uow.new_id(), "user_id": user.id, "role": Role.CASE_MANAGER, "territory": SANTIAGO}
    return uow.add(Assignment(**(base | {"valid_from": SINCE} | over)))


def an_nna(uow: UnitOfWork, *, run: str | None = None, **over: Any) -> Nna:
    """Store a child of ten called Amanda Núñez Huenchullán; with `run`, sealed and indexed."""
    base: dict[str, Any] = {
        "id": uow.new_id(),
        "commune_code": SANTIAGO,
        "identifier_kind": IdentifierKind.RUN if run else IdentifierKind.NONE,
        "given_names": "Amanda",
        "first_surname": "Núñez",
        "second_surname": "Huenchullán",
        "birth_date": BIRTH,
        "sex": Sex.FEMALE,
    }
    made = base | over
    names = (made["given_names"], made["first_surname"], made["second_surname"], made.get("social_name"))
    keys = name_keys(*names)
    made = {"name_sort": keys.sort, "name_fold": keys.fold, "name_sound": keys.sound} | made
    if run:
        made["identifier_sealed"] = uow.sealer.seal(run, table="nna", column="identifier_sealed", row_id=made["id"])
        made["identifier_index"] = uow.sealer.blind_index(IdentifierKind.RUN, run, made["commune_code"])
    return uow.add(Nna(**made))


def a_run() -> str:
    """Give a RUN that no other child of the test has, from the range that nobody holds."""
    return demo_run(next(_numbers))


def an_address(uow: UnitOfWork, nna: Nna, **over: Any) -> Address:
    base: dict[str, Any] = _of(uow, nna) | {"valid_from": SINCE, "located_in": nna.commune_code, "source": "OFFICE"}
    return uow.add(Address(**(base | {"street": "Los Aromos", "number": "123"} | over)))


def a_contact(uow: UnitOfWork, nna: Nna, **over: Any) -> Contact:
    base: dict[str, Any] = _of(uow, nna) | {"valid_from": SINCE, "name": "Rosa Huenchullán", "phone": "+56 9 5555 0101"}
    return uow.add(Contact(**(base | over)))


def a_team_member(uow: UnitOfWork, nna: Nna, who: Actor | User | UUID, **over: Any) -> TeamMember:
    """Put somebody, whose account is stored already, on the child's team."""
    user_id = who.user_id if isinstance(who, Actor) else who.id if isinstance(who, User) else who
    base: dict[str, Any] = _of(uow, nna) | {"user_id": user_id, "duty": Role.CASE_MANAGER, "valid_from": SINCE}
    return uow.add(TeamMember(**(base | over)))


def a_family(uow: UnitOfWork, *nnas: Nna, **over: Any) -> Family:
    """Store a family; the children given belong to it today."""
    commune = nnas[0].commune_code if nnas else SANTIAGO
    base: dict[str, Any] = {"id": uow.new_id(), "commune_code": commune, "folio": f"T{next(_numbers):06d}"}
    family = uow.add(Family(**(base | over)))
    for nna in nnas:
        a_member(uow, family, nna=nna)
        nna.family_id = family.id
        uow.add(nna)
    return family


def a_member(
    uow: UnitOfWork, family: Family, *, nna: Nna | None = None, relative: Relative | None = None, **over: Any
) -> FamilyMember:
    base: dict[str, Any] = {
        "id": uow.new_id(),
        "commune_code": family.commune_code,
        "family_id": family.id,
        "nna_id": nna.id if nna else None,
        "relative_id": relative.id if relative else None,
        "role": FamilyRole.CHILD if nna else FamilyRole.MOTHER,
        "valid_from": SINCE,
    }
    return uow.add(FamilyMember(**(base | over)))


def a_relation(uow: UnitOfWork, relative: Relative, nna: Nna, **over: Any) -> Relation:
    """Store that a relative is the mother of a child."""
    base: dict[str, Any] = {
        "id": uow.new_id(),
        "commune_code": nna.commune_code,
        "kind": RelationKind.PARENT_OF,
        "from_relative_id": relative.id,
        "to_nna_id": nna.id,
        "valid_from": SINCE,
    }
    return uow.add(Relation(**(base | over)))


def a_relative(uow: UnitOfWork, **over: Any) -> Relative:
    base: dict[str, Any] = {
        "id": uow.new_id(),
        "commune_code": SANTIAGO,
        "identifier_kind": IdentifierKind.NONE,
        "given_names": "Rosa",
        "first_surname": "Huenchullán",
        "second_surname": None,
        "sex": Sex.FEMALE,
    }
    made = base | over
    keys = name_keys(made["given_names"], made["first_surname"], made["second_surname"])
    return uow.add(Relative(**({"name_sort": keys.sort} | made)))


def an_organization(uow: UnitOfWork, **over: Any) -> Organization:
    number = next(_numbers)
    base: dict[str, Any] = {
        "id": uow.new_id(),
        "commune_code": SANTIAGO,
        "name": f"Escuela Ficticia {number}",
        "identifier": None,
    }
    made = base | {"type_code": "SCHOOL", "sector_code": "EDUCATION"} | over
    return uow.add(Organization(**({"name_sort": sort_key(str(made["name"]))} | made)))


def a_grant(uow: UnitOfWork, nna: Nna, organization: Organization, **over: Any) -> AccessGrant:
    """Open a child's record to an institution; `with_identity=True` for name and contact."""
    base: dict[str, Any] = _of(uow, nna) | {
        "organization_id": organization.id,
        "purpose": Purpose.REFERRAL,
        "source": "REFERRAL",
    }
    return uow.add(AccessGrant(**(base | {"valid_from": SINCE} | over)))


def a_report(uow: UnitOfWork, nna: Nna, **over: Any) -> AlertReport:
    source = AlertSource.SECTOR_PARTNER if over.get("organization_id") else AlertSource.TEAM
    base: dict[str, Any] = _of(uow, nna) | {"source": source, "raised_at": uow.now(), "observed_on": SINCE}
    return uow.add(AlertReport(**(base | over)))


def an_alert(uow: UnitOfWork, nna: Nna, report: AlertReport | None = None, **over: Any) -> Alert:
    """Store a territorial alert that waits for validation, and its report."""
    report = report or a_report(uow, nna, organization_id=over.get("organization_id"))
    base: dict[str, Any] = _of(uow, nna) | {
        "report_id": report.id,
        "organization_id": report.organization_id,
        "kind": AlertKind.TERRITORIAL,
        "type_code": "LACK_OF_SUPERVISION",
        "type_version": "2020.1",
        "data_class": DataClass.RISK,
        "state": AlertState.PENDING_VALIDATION,
        "observed_on": SINCE,
    }
    return uow.add(Alert(**(base | over)))


def _of(uow: UnitOfWork, nna: Nna) -> dict[str, Any]:
    return {"id": uow.new_id(), "commune_code": nna.commune_code, "nna_id": nna.id}


def an_extract(uow: UnitOfWork, **over: Any) -> Extract:
    base: dict[str, Any] = {
        "id": uow.new_id(),
        "kind": "scores",
        "period": SINCE.replace(day=1),
        "provider": "Ministerio de Desarrollo Social y Familia",
        "agreement": "Convenio sintético",
        "legal_basis": "Ley 21.430 art. 66",
        "expires_on": SINCE + timedelta(days=365),
        "nature": Nature.ADMINISTRATIVE,
        "file_name": "puntajes.csv",
        "file_hash": "0" * 64,
        "imported_at": uow.now(),
        "synthetic": True,
    }
    return uow.add(Extract(**(base | over)))
