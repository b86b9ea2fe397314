"""A small office and what its tests ask of a list."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from authz.actor import Actor, Role
from authz.scope import table_of
from core.clock import frozen
from core.database import machinery
from core.host import Host
from core.models.extracts import ListStatus, OfficialScore
from core.models.nomina import NominaDiscard, NominaEntry, NominaRun
from core.models.people import Nna
from core.reference import ListEffect
from core.unit_of_work import UnitOfWork
from scoring.services import (
    Scoring,
    discard_from_nomina,
    prepare_nomina,
    publish_nomina,
)
from tests.conftest import another
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_family,
    a_user,
    actor,
    an_address,
    an_alert,
    an_nna,
)

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
COORDINATOR = actor(Role.COORDINATOR)
MANAGER = actor(Role.CASE_MANAGER)
NEIGHBOUR = actor(Role.COORDINATOR, COLINA)
ENTRY, RUN, NNA = table_of(NominaEntry), table_of(NominaRun), table_of(Nna)


@dataclass
class Office:
    """Six children of Santiago: `calm` alone, `first` and `second` of one family, `worried`, `gone`, `kept`."""

    children: dict[str, Nna] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Nna:
        return self.children[name]


def a_score(uow: UnitOfWork, nna: Nna, score: int, period: date = NOVEMBER, **over: Any) -> OfficialScore:
    base: dict[str, Any] = {"id": uow.new_id(), "commune_code": nna.commune_code, "nna_id": nna.id, "period": period}
    said: dict[str, Any] = {"score": score, "percentile": score, "instrument_version": "AN-2026"} | over
    return uow.add(OfficialScore(**base, **said))


def a_status(uow: UnitOfWork, nna: Nna, effect: ListEffect, reason: str, since: date, **over: Any) -> ListStatus:
    base: dict[str, Any] = {"id": uow.new_id(), "commune_code": nna.commune_code, "nna_id": nna.id}
    return uow.add(ListStatus(**base, effect=effect, reason_code=reason, valid_from=since, **over))


def an_office(host: Host) -> Office:
    office = Office()
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, COORDINATOR, display_name="Marta Coordinadora")
        a_user(uow, MANAGER)
        a_user(uow, NEIGHBOUR)
        for name, score in (("calm", 95), ("first", 40), ("second", 10), ("worried", 60), ("gone", 99), ("kept", 98)):
            office.children[name] = an_nna(uow)
            an_address(uow, office.children[name])
            a_score(uow, office.children[name], score)
        a_family(uow, office.first, office.second)
        an_alert(uow, office.first, type_code="LOW_SCHOOL_PERFORMANCE", observed_on=date(2026, 11, 3))
        a_status(uow, office.gone, ListEffect.LAST_PRIORITY, "FAMILY_NOT_LOCATED", date(2026, 10, 23))
        a_status(uow, office.kept, ListEffect.EXCLUDED, "PROTECTION_MEASURE", date(2026, 11, 5))
        uow.session.commit()
    return office


def prepared(host: Host, who: Actor | None = COORDINATOR, **over: Any) -> NominaRun:
    with host.unit_of_work(who, "prepareNomina") as uow:
        run = prepare_nomina(uow, SANTIAGO, NOVEMBER, Scoring(**over))
        uow.session.commit()
    return run


def published(host: Host, period: date = NOVEMBER, **over: Any) -> NominaRun:
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow:
        run = publish_nomina(uow, SANTIAGO, period, **over)
        uow.session.commit()
    return run


def entries(host: Host, run: NominaRun) -> list[NominaEntry]:
    with machinery(host.database, "test") as session:
        return list(session.scalars(select(NominaEntry).where(ENTRY.c.run_id == run.id).order_by(ENTRY.c.position)))


def listed(host: Host, run: NominaRun, office: Office) -> list[str]:
    names = {nna.id: name for name, nna in office.children.items()}
    return [names[entry.nna_id] for entry in entries(host, run)]


def entry_of(host: Host, run: NominaRun, nna: Nna) -> NominaEntry:
    return next(entry for entry in entries(host, run) if entry.nna_id == nna.id)


def discarded(host: Host, entry: NominaEntry, **over: Any) -> NominaDiscard:
    said = {"reason_code": "WRONG_ADDRESS", "comment": "La familia se mudó a otra comuna."} | over
    with host.unit_of_work(COORDINATOR, "discardFromNomina") as uow:
        found = discard_from_nomina(uow, entry.id, **said)
        uow.session.commit()
    return found


def at(host: Host, day: date, seed: int = 7) -> Host:
    """The same installation on another day."""
    noon = datetime.combine(day, host.clock.now().timetz())
    return another(host, clock=frozen(noon, seed))
