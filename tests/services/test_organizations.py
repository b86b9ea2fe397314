"""The directory of institutions, and what is opened to them."""

from datetime import date

import pytest

from authz.actor import Purpose
from authz.guard import AccessDenied
from core.errors import InvalidInput, NotFound
from core.host import Host
from core.models.people import Nna
from core.services.errors import AlreadyListed, WrongDates
from core.services.organizations import (
    GrantData,
    OrganizationData,
    close_grant,
    open_grant,
    register_organization,
    update_organization,
)
from tests.factories import COLINA, SANTIAGO, SINCE, actor, an_nna, an_organization, stored

TODAY = date(2026, 11, 20)


def school(**over: object) -> OrganizationData:
    base = {"commune_code": SANTIAGO, "name": "Escuela Ñielol", "type_code": "SCHOOL", "sector_code": "EDUCATION"}
    return OrganizationData(**(base | over))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["12.531.909-2", "Hijo de Juana, RUN 12.531.909-2", "x" * 41])
def test_the_number_of_an_institution_is_no_persons(host: Host, wrong: str) -> None:
    with host.unit_of_work(actor("network_coordinator"), "registerOrganization") as uow:
        with pytest.raises(InvalidInput) as refused:
            register_organization(uow, school(identifier=wrong))
        assert refused.value.field == "input.identifier"
        assert register_organization(uow, school(identifier="60.805.000-0")).identifier == "60.805.000-0"


def test_an_institution_is_listed_and_changed(host: Host) -> None:
    with host.unit_of_work(actor("network_coordinator"), "registerOrganization") as uow:
        listed = register_organization(uow, school(identifier="12345"))
        changed = update_organization(uow, listed.id, {"name": "Liceo Ñielol"}, 1)
        assert (changed.name_sort, changed.identifier, changed.version) == ("liceo n~ielol", "12345", 2)
        assert update_organization(uow, listed.id, {"identifier": None}, 2).identifier is None


def test_an_institution_is_listed_once(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerOrganization") as uow:
        first = register_organization(uow, school(identifier="12345"))
        for again in (school(), school(name="Otra", identifier="12345")):
            with pytest.raises(AlreadyListed) as refused:
                register_organization(uow, again)
            assert refused.value.details == {"id": f"org_{first.id.hex}"}


@pytest.mark.parametrize("over", [{"name": " "}, {"type_code": "CIRCUS"}, {"sector_code": "CIRCUS"}])
def test_an_institution_that_cannot_be_is_refused(host: Host, over: dict[str, object]) -> None:
    with host.unit_of_work(actor("coordinator"), "registerOrganization") as uow, pytest.raises(InvalidInput):
        register_organization(uow, school(**over))


def test_institutions_are_listed_by_who_may_and_where_they_may(host: Host) -> None:
    with host.unit_of_work(actor("case_manager"), "registerOrganization") as uow, pytest.raises(AccessDenied):
        register_organization(uow, school())
    with host.unit_of_work(actor("coordinator"), "registerOrganization") as uow, pytest.raises(AccessDenied):
        register_organization(uow, school(commune_code=COLINA))


def test_a_record_is_opened_to_an_institution_and_closed_again(host: Host) -> None:
    with stored(host) as uow:
        nna, institution = an_nna(uow), an_organization(uow)
    partner = actor("sector_partner", organization=institution.id)
    with host.unit_of_work(partner, "read") as uow, pytest.raises(NotFound):
        uow.get(Nna, nna.id)
    with host.unit_of_work(actor("coordinator"), "openGrant") as uow:
        grant = open_grant(uow, GrantData(nna.id, institution.id, Purpose.REFERRAL, "REFERRAL"))
        uow.session.commit()
    with host.unit_of_work(partner, "read") as uow:
        assert uow.get(Nna, nna.id)
    with host.unit_of_work(actor("coordinator"), "closeGrant") as uow:
        with pytest.raises(WrongDates):
            close_grant(uow, grant.id, SINCE, 1)
        close_grant(uow, grant.id, TODAY, 1)
        uow.session.commit()
    with host.unit_of_work(partner, "read") as uow, pytest.raises(NotFound):
        uow.get(Nna, nna.id)


def test_only_who_may_change_the_record_opens_it(host: Host) -> None:
    with stored(host) as uow:
        nna, institution = an_nna(uow), an_organization(uow)
    with host.unit_of_work(actor("case_manager"), "openGrant") as uow, pytest.raises(AccessDenied):
        open_grant(uow, GrantData(nna.id, institution.id, Purpose.REFERRAL, "REFERRAL"))
