"""The demo country: extract files of invented people, imported by the path of any other, and its first lists."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select, update

from authz.actor import Actor, Purpose, Role
from authz.scope import table_of
from core.clock import SANTIAGO, frozen
from core.host import Host
from core.models.families import FamilyMember
from core.models.nomina import NominaEntry, NominaRun, ScoreSource
from core.models.organizations import Organization
from core.models.people import Nna, TeamMember
from core.models.users import Assignment, ConfidentialityAgreement, User
from core.reference import communes, pilot_communes
from core.services.access import load_actor
from core.services.confidentiality import agreement_text
from core.services.extracts import ImportOptions, ImportReport, import_folder
from core.services.installation import ensure_installation
from core.services.territory import load_territory
from core.settings import InstallationKind
from core.text import sort_key
from core.unit_of_work import UnitOfWork
from core.upgrade import upgrade
from scoring.errors import TrainingImpossible
from scoring.services.models import activate_model, train_model
from scoring.services.publishing import publish_nomina
from scoring.services.runs import Scoring
from scoring.synthetic.country import write_country

DEMO_DAY = date(2026, 11, 5)  # the country lives on this day, so its guides stay true; inside the days of review
OFFICE = tuple(role for role in Role if role not in (Role.REGIONAL_COORDINATOR, Role.NATIONAL_ANALYST, Role.AUDITOR))
ISSUER = "oln-development"
CASELOAD = {Role.CASE_MANAGER: 40, Role.FAMILY_THERAPIST: 5}
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DemoPlan:
    """Which country is made.

    Parameters
    ----------
    communes : tuple of str
        CUT codes.
    children : int
        For each commune.
    seed : int
        The same plan gives the same files, to the byte.
    day : date
        On which the country lives.
    """

    communes: tuple[str, ...]
    children: int = 2_000
    seed: int = 2026
    day: date = DEMO_DAY

    @property
    def period(self) -> date:
        return self.day.replace(day=1)


@dataclass(frozen=True)
class Demo:
    """What was made.

    Parameters
    ----------
    report : ImportReport
        What became of the files.
    trained : bool
        Whether there were enough children to train a model on.
    """

    report: ImportReport
    trained: bool


def pilot() -> tuple[str, ...]:
    """Return the communes that any source lists as pilot; the sources disagree on two, and both are made."""
    return tuple(sorted({one.commune_code for one in pilot_communes()}))


def every_commune() -> tuple[str, ...]:
    """Return the codes of the 346 communes."""
    return tuple(sorted(one.code for one in communes()))


def make_demo(host: Host, plan: DemoPlan, progress: Progress) -> Demo:
    """Make the demo country in an empty database.

    Parameters
    ----------
    host : Host
        Of a DEMO installation.
    plan : DemoPlan
    progress : callable
        Told stage, done and total.

    Returns
    -------
    Demo
    """
    dawn = datetime.combine(plan.day, time(0), SANTIAGO)  # whatever a visitor does comes after it
    host = replace(host, clock=frozen(dawn, plan.seed), engine=host.database)
    progress("Preparando la base", 0, 1)
    upgrade(host)
    with host.transaction(None, "demo", reason="the demo country") as uow:
        prepare(uow, plan)
    progress("Preparando la base", 1, 1)
    folder = host.settings.home / "demo" / f"{plan.period:%Y-%m}"
    _write(folder, plan, progress)
    report = import_folder(
        lambda: host.transaction(None, "import", reason="the demo country"), folder, ImportOptions(progress=progress)
    )
    with host.transaction(None, "demo", reason="the demo country's families are as old as its children") as uow:
        _settle(uow, plan)
    trained = _train(host, plan, progress)
    for done, commune in enumerate(plan.communes, 1):
        _publish(host, commune, plan)
        progress("Publicando nóminas", done, len(plan.communes))
    with host.transaction(None, "demo", reason="newcomers, and the plugins' part of the demo country") as uow:
        for commune in plan.communes:
            _newcomer(uow, commune)
        host.plugins.hook.oln_demo_data(uow=uow, communes=plan.communes, seed=plan.seed, today=plan.day)
        made = ensure_installation(uow, InstallationKind.DEMO)
        made.demo_day = plan.day  # written last: a country that has its day is whole
        uow.session.add(made)
    return Demo(report, trained)


def prepare(uow: UnitOfWork, plan: DemoPlan) -> None:
    """Lay what stands before any child: territory, institutions and people."""
    load_territory(uow.session)
    ensure_installation(uow, InstallationKind.DEMO, plan.seed)
    schools = {commune: _organization(uow, commune) for commune in plan.communes}
    for commune in plan.communes:
        for role in OFFICE:
            school = schools[commune].id if role is Role.SECTOR_PARTNER else None
            _person(uow, role, commune, school)
    for region in sorted({commune[:2] for commune in plan.communes}):
        _person(uow, Role.REGIONAL_COORDINATOR, region)
    _person(uow, Role.NATIONAL_ANALYST, "CL")
    _person(uow, Role.AUDITOR, "CL")


def _organization(uow: UnitOfWork, commune: str) -> Organization:
    name = f"Escuela de demostración {commune}"
    school = Organization(
        id=uow.new_id(),
        commune_code=commune,
        name=name,
        name_sort=sort_key(name),
        type_code="SCHOOL",
        sector_code="EDUCATION",
    )
    return uow.add(school)


def _person(uow: UnitOfWork, role: Role, territory: str, organization: UUID | None = None) -> None:
    username = f"{role.lower()}.{territory.lower()}"
    user = _account(uow, username, f"Demostración {username}")
    uow.add(_assignment(uow, user, role, territory, uow.new_id(), organization))
    text = agreement_text()
    signed = ConfidentialityAgreement(
        id=uow.new_id(),
        user_id=user.id,
        text_version=text.version,
        text_hash=text.hash,
        signed_on=_since(uow),
        signed_at=uow.now(),
    )
    uow.add(signed)


def _newcomer(uow: UnitOfWork, commune: str) -> None:
    """Somebody who came lately and has not signed the agreement: for clients to meet what happens then.

    Their ids follow from the name, and not from the clock, so that those of everything else stay as they are.
    """
    user = _account(uow, f"unsigned.{commune}", f"Demostración sin firmar {commune}")
    uow.add(_assignment(uow, user, Role.CASE_MANAGER, commune, uuid5(user.id, "assignment")))


def _account(uow: UnitOfWork, username: str, display_name: str) -> User:
    user = User(
        id=uuid5(NAMESPACE_URL, f"oln:demo:{username}"),
        username=username,
        display_name=display_name,
        issuer=ISSUER,
        subject=username,
        demo=True,
    )
    return uow.add(user)


def _assignment(
    uow: UnitOfWork, user: User, role: Role, territory: str, key: UUID, organization: UUID | None = None
) -> Assignment:
    place: dict[str, Any] = {"territory": territory, "organization_id": organization}
    return Assignment(id=key, user_id=user.id, role=role, valid_from=_since(uow), **place)


def _since(uow: UnitOfWork) -> date:
    return date(uow.today().year, 1, 1)


def _write(folder: Path, plan: DemoPlan, progress: Progress) -> None:
    stages: list[str] = []

    def told(stage: str) -> None:
        if stages:
            progress(stages[-1], 1, 1)
        stages.append(stage)
        progress(stage, 0, 1)

    write_country(folder, plan.communes, plan.children, plan.seed, plan.period, progress=told)
    progress(stages[-1], 1, 1)


def _settle(uow: UnitOfWork, plan: DemoPlan) -> None:
    """Let children belong to their families since birth: here nobody ever moved, and a file only tells its month."""
    member, nna = table_of(FamilyMember), table_of(Nna)
    born = select(nna.c.birth_date).where(nna.c.id == member.c.nna_id, nna.c.birth_date < plan.period)
    with uow.unscoped("the demo country's families") as session:
        session.execute(update(member).where(born.exists()).values(valid_from=born.scalar_subquery()))


def _train(host: Host, plan: DemoPlan, progress: Progress) -> bool:
    """Train the model and put it in use; a country too small to learn from goes without one, and says so."""
    progress("Entrenando el modelo", 0, 1)
    folder, key = host.settings.models_folder, host.ring.models
    try:
        with host.unit_of_work(None, "score train", reason="the demo country") as uow:
            model = train_model(uow, plan.period, folder=folder, signing_key=key)
    except TrainingImpossible:
        return False
    activate_model(host.settings, host.ring, model.id)
    progress("Entrenando el modelo", 1, 1)
    return True


def _publish(host: Host, commune: str, plan: DemoPlan) -> None:
    """Publish under the coordinator's name, and give the first families to the office's workers."""
    with host.transaction(_coordinator(host, commune), "publishNomina") as uow:
        run = publish_nomina(uow, commune, plan.period, Scoring(ScoreSource.IMPORTED))
    with host.transaction(None, "demo", reason="the first families get their workers") as uow:
        _assign(uow, run, commune)


def _coordinator(host: Host, commune: str) -> Actor:
    with host.unit_of_work(None, "demo", reason="who coordinates") as uow:
        user = uow.session.scalars(select(User).where(table_of(User).c.username == f"coordinator.{commune}")).one()
    return load_actor(host, user, Purpose.SUPERVISION)


def _assign(uow: UnitOfWork, run: NominaRun, commune: str) -> None:
    entry = table_of(NominaEntry)
    listed = select(NominaEntry).where(entry.c.run_id == run.id).order_by(entry.c.position)
    for one in uow.session.scalars(listed).all():
        for role, families in CASELOAD.items():
            if one.family_position <= families:
                user = uuid5(NAMESPACE_URL, f"oln:demo:{role.lower()}.{commune}")
                uow.session.add(
                    TeamMember(
                        id=uow.new_id(),
                        commune_code=commune,
                        nna_id=one.nna_id,
                        user_id=user,
                        duty=role,
                        valid_from=uow.today(),
                        created_at=uow.now(),
                        updated_at=uow.now(),
                    )
                )
