"""An institution and what is raised, for tests of alerts."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from authz.actor import Actor
from core.host import Host
from core.models.alerts import Alert, AlertReport
from core.models.organizations import Organization
from core.services.alerts import AlertItem
from core.services.people import NnaData
from core.unit_of_work import UnitOfWork
from tests.factories import BIRTH, SANTIAGO, a_user, actor, an_organization, stored

TODAY = date(2026, 11, 20)
PREGNANT = {"given_names": "", "birth_date": None, "expected_birth_date": TODAY}
HOUSING, HUNGER, MIND = "INADEQUATE_HOUSING", "INADEQUATE_FEEDING", "MENTAL_HEALTH_NEED"


def a_school(host: Host, name: str = "escuela") -> tuple[Actor, Organization]:
    """Store an institution and somebody who speaks for it."""
    with stored(host) as uow:
        school = an_organization(uow)
        partner = actor("sector_partner", organization=school.id, user_id=UUID(int=uow.new_id().int))
        a_user(uow, partner, username=f"{name}.{school.id.hex}")
    return partner, school


def items(*codes: str) -> tuple[AlertItem, ...]:
    return tuple(AlertItem(code, "Lo dijo en clases.") for code in codes)


def child(**over: object) -> NnaData:
    base = {"commune_code": SANTIAGO, "given_names": "Amanda", "first_surname": "Núñez", "birth_date": BIRTH}
    return NnaData(**(base | over))  # type: ignore[arg-type]


def raised(uow: UnitOfWork, report: AlertReport) -> list[Alert]:
    return list(uow.session.scalars(select(Alert).where(Alert.report_id == report.id).order_by(Alert.type_code)))  # type: ignore[arg-type]
