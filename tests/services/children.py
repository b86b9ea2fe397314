"""Children and users stored for tests of people."""

from datetime import date

from authz.actor import Actor
from core.host import Host
from core.models.people import Nna
from core.services.people import (
    NnaData,
)
from tests.factories import (
    BIRTH,
    SANTIAGO,
    a_user,
    an_nna,
)

TODAY = date(2026, 11, 20)


def described(**over: object) -> NnaData:
    base = {"commune_code": SANTIAGO, "given_names": "Amanda", "first_surname": "Núñez", "birth_date": BIRTH}
    return NnaData(**(base | over))  # type: ignore[arg-type]


def store(host: Host, **over: object) -> Nna:
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow, **over)
        uow.session.commit()
    return nna


def store_user(host: Host, who: Actor) -> None:
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, who)
        uow.session.commit()
