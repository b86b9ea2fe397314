"""A small world over the real tables: two communes and a region, a child for each way of reaching one, all the roles.

Children of Santiago: `mine` (everybody of the office is on the team), `ours` (of nobody's caseload), `referred` (opened
to the partner's school), `consented` (opened with name), `protected` (address protected). `far` is of San Felipe. Lists
are published and discarded from by the real services: October's is empty by now, November's is whole.
All people are invented; RUN numbers come from the range that nobody holds.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from authz.actor import Actor, Purpose, Role
from authz.scope import table_of
from core.clock import frozen
from core.database import machinery
from core.hooks import Info, hookimpl
from core.host import Host
from core.identity import demo_run, format_run
from core.models.nomina import NominaEntry
from core.models.people import Nna
from core.models.users import ConfidentialityAgreement, User
from core.services.access import find_username, load_actor
from core.services.confidentiality import agreement_text
from core.services.territory import load_territory
from core.unit_of_work import UnitOfWork
from scoring.services import discard_from_nomina, publish_nomina
from tests import factories as make

OURS, THEIRS, REGION = "13101", "05701", "13"
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
IN_OCTOBER = datetime(2026, 10, 10, 15, tzinfo=UTC)
TERRITORY = {Role.REGIONAL_COORDINATOR: REGION, Role.NATIONAL_ANALYST: "CL"}
NAMES = {
    "mine": ("Millaray", "Antilef", "Curamil"),
    "ours": ("Lautaro", "Quidel", "Painemal"),
    "referred": ("Ayelén", "Huaiquil", "Nahuelpán"),
    "consented": ("Nahuel", "Catrileo", "Llancapán"),
    "protected": ("Rayén", "Coñuepán", "Melillán"),
    "far": ("Antümalén", "Lincopán", "Reuquecura"),
}
COORDINATOR, MANAGER, THERAPIST = "coordinator.13101", "case_manager.13101", "family_therapist.13101"
PARTNER, ADMIN, AUDITOR = "sector_partner.13101", "municipal_admin.13101", "auditor.13101"
CHCC, REGIONAL, ANALYST = "chcc_professional.13101", "regional_coordinator.13", "national_analyst.cl"
FAR_COORDINATOR, FAR_MANAGER, BOTH = "coordinator.05701", "case_manager.05701", "both.05701"
WORKERS = (("worker.13101", "ours", OURS), ("relief.13101", "relief", OURS), ("worker.05701", "far", THEIRS))
RUNS = {name: demo_run(9_000 + n) for n, name in enumerate((*NAMES, "nobody"))}
PHONE, STREET = "+56 9 5555 0187", "Pasaje Los Ulmos"
NOBODY = UUID("01a00000-0000-7000-8000-000000000001")
PREFIX = {"entry": "ent", "discarded": "ent", "alert": "alr", "family": "fam", "relative": "rel", "member": "mem"} | {
    "user": "usr",
    "assignment": "asg",
    "organization": "org",
    "nna": "nna",
    "run": "run",
    "worker": "tea",
    "address": "adr",
    "contact": "ctc",
    "relation": "lnk",
}


class SwitchableModule:
    """A plugin that brings nothing, so that there is something to switch."""

    @hookimpl
    def oln_info(self) -> Info:
        return Info("spare", "Módulo de repuesto", "1.0")


@dataclass
class World:
    """The ids of the world's rows by kind and name: `world.id("nna", "mine")` is their wire form."""

    rows: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def key(self, kind: str, name: str) -> UUID:
        return NOBODY if name == "nobody" else self.rows[kind, name]

    def id(self, kind: str, name: str) -> str:
        return f"{PREFIX[kind]}_{self.key(kind, name).hex}"


def bait() -> list[str]:
    """Everything of the world's children that may stand in no log and in no error."""
    runs = [form for run in RUNS.values() for form in (run, format_run(run), run.replace("-", ""), run.split("-")[0])]
    return [*runs, *(word for names in NAMES.values() for word in names), PHONE, STREET]


def username(role: Role | str, *, signed: bool = True) -> str:
    return f"{str(role).lower()}.{TERRITORY.get(Role(role), OURS).lower()}{'' if signed else '.unsigned'}"


def build(host: Host) -> World:
    """Fill an empty database; the lists of October and November are published in their months."""
    world = World()
    now, host.clock = host.clock, frozen(IN_OCTOBER, 3)
    with host.unit_of_work(None, "test") as uow:
        load_territory(uow.session)
        _Filling(uow, world).everything()
        uow.session.commit()
    for commune in (OURS, THEIRS):
        _publish(host, commune, OCTOBER)
        _discard_all(host, commune)
    host.clock = now
    for commune in (OURS, THEIRS):
        _publish(host, commune, NOVEMBER)
    _name_entries(host, world)
    return world


def actor(host: Host, name: str, purpose: Purpose | str | None = None) -> Actor:
    """Return a person of the world as the edge would see them."""
    with machinery(host.database, "test") as session:
        user = find_username(session, name)
        assert user, name
    return load_actor(host, user, Purpose(purpose) if purpose else None)


@dataclass
class _Filling:
    uow: UnitOfWork
    world: World
    children: dict[str, Nna] = field(default_factory=dict)
    team: list[User] = field(default_factory=list)  # of `mine`: everybody of Santiago

    def everything(self) -> None:
        self._organizations()
        self._users()
        for n, name in enumerate(NAMES):
            self._child(name, n)
        for name, with_identity in (("referred", False), ("consented", True)):
            make.a_grant(self.uow, self.children[name], self.school, with_identity=with_identity)
        self.keep("alert", "raised", make.an_alert(self.uow, self.children["ours"], organization_id=self.school.id))

    def keep(self, kind: str, name: str, row: Any) -> Any:
        self.world.rows[kind, name] = row.id
        return row

    def _organizations(self) -> None:
        self.school = self.keep("organization", "ours", make.an_organization(self.uow, name="Escuela Los Boldos"))
        self.keep("organization", "far", make.an_organization(self.uow, commune_code=THEIRS, name="Escuela Alto Río"))

    def _users(self) -> None:
        for role in Role:
            for signed in (True, False):
                self.team.append(
                    self._user(username(role, signed=signed), (role, TERRITORY.get(role, OURS)), signed=signed)
                )
        for role in (Role.COORDINATOR, Role.CASE_MANAGER):
            self._user(f"{role.lower()}.{THEIRS}", (role, THEIRS))
        self._user(f"both.{THEIRS}", (Role.COORDINATOR, THEIRS), (Role.MUNICIPAL_ADMIN, THEIRS))
        for account, name, commune in WORKERS:
            self._user(account, (Role.CASE_MANAGER, commune), name=name)

    def _user(self, username: str, *roles: tuple[Role, str], signed: bool = True, name: str | None = None) -> User:
        user = self.keep(
            "user",
            name or username,
            make.a_user(self.uow, username=username, issuer="oln-development", subject=username),
        )
        for role, territory in roles:
            school = self.school.id if role is Role.SECTOR_PARTNER else None
            held = make.an_assignment(self.uow, user, role=role, territory=territory, organization_id=school)
            self.keep("assignment", name or username, held)
        if signed:
            self.uow.add(_signature(self.uow, user))
        return user

    def _child(self, name: str, n: int) -> None:
        given, first, second = NAMES[name]
        known: dict[str, Any] = {"given_names": given, "first_surname": first, "second_surname": second}
        commune = THEIRS if name == "far" else OURS
        sealed = name == "protected"
        birth = date(2012 + n, 3, 4 + n)
        nna = make.an_nna(
            self.uow, run=RUNS[name], commune_code=commune, birth_date=birth, protected_address=sealed, **known
        )
        self.children[name] = self.keep("nna", name, nna)
        self.keep("address", name, make.an_address(self.uow, nna, street=STREET, protected=sealed))
        self.keep("contact", name, make.a_contact(self.uow, nna, phone=PHONE))
        family = self.keep("family", name, make.a_family(self.uow, nna))
        mother = self.keep("relative", name, make.a_relative(self.uow, commune_code=commune, given_names="Rosaura"))
        self.keep("member", name, make.a_member(self.uow, family, relative=mother))
        self.keep("relation", name, make.a_relation(self.uow, mother, nna))
        self.keep("alert", name, make.an_alert(self.uow, nna))
        for user in self.team if name == "mine" else ():
            self.keep("worker", name, make.a_team_member(self.uow, nna, user))
        if name in ("ours", "far"):  # from December on: of nobody's caseload yet
            worker = self.world.rows["user", name]
            self.keep("worker", name, make.a_team_member(self.uow, nna, worker, valid_from=DECEMBER))


def _signature(uow: UnitOfWork, user: User) -> ConfidentialityAgreement:
    text = agreement_text()
    said = {"text_version": text.version, "text_hash": text.hash, "signed_on": uow.today(), "signed_at": uow.now()}
    return ConfidentialityAgreement(id=uow.new_id(), user_id=user.id, **said)


def _publish(host: Host, commune: str, period: date) -> None:
    with host.transaction(actor(host, f"coordinator.{commune}"), "publishNomina") as uow:
        publish_nomina(uow, commune, period)


def _discard_all(host: Host, commune: str) -> None:
    with host.transaction(actor(host, f"coordinator.{commune}"), "discardFromNomina") as uow:
        for entry in uow.session.scalars(select(NominaEntry)).all():
            discard_from_nomina(uow, entry.id, "WRONG_ADDRESS", "La familia se mudó.")


def _name_entries(host: Host, world: World) -> None:
    names = {key: name for (kind, name), key in world.rows.items() if kind == "nna"}
    with machinery(host.database, "test") as session:
        for entry in session.scalars(select(NominaEntry).order_by(table_of(NominaEntry).c.created_at)):
            kind = "entry" if entry.state == "LISTED" else "discarded"
            world.rows[kind, names[entry.nna_id]] = entry.id
            world.rows["run", f"{entry.commune_code}.{kind}"] = entry.run_id
