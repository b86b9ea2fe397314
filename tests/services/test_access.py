"""Who asks, in their roles of today: what these let them do, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authz.actor import DataClass, Purpose, Role
from authz.guard import AccessDenied
from core.host import Host
from core.models.people import Nna
from core.models.users import User
from core.services.access import actor_of, explain_access, what_i_may
from core.services.users import (
    Grant,
)
from tests.factories import (
    SANTIAGO,
    a_grant,
    a_user,
    actor,
    an_address,
    an_assignment,
    an_nna,
    an_organization,
)
from tests.services.staff import ADMIN, COORDINATOR, TODAY, children, give, loaded, people, somebody


def test_a_stranger_and_a_closed_account_get_in_nowhere(host: Host) -> None:
    with pytest.raises(AccessDenied) as unknown:
        actor_of(host, "https://id.cl", "nobody", None)
    closed = somebody(host, active=False)
    with pytest.raises(AccessDenied) as inactive:
        loaded(host, closed)
    assert (unknown.value.code, inactive.value.code) == ("USER_UNKNOWN", "USER_INACTIVE")


def test_a_role_holds_from_its_first_day_to_the_day_before_its_last(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    tomorrow = TODAY + timedelta(days=1)
    give(host, user, Grant(Role.CASE_MANAGER, SANTIAGO, tomorrow, tomorrow + timedelta(days=2)))
    held = [
        Role.CASE_MANAGER in {h.role for h in loaded(host, user, today=TODAY + timedelta(n)).hats} for n in range(4)
    ]
    assert held == [False, True, True, False]


def test_a_region_is_its_communes_and_the_country_is_everywhere(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        region, country = a_user(uow), a_user(uow)
        an_assignment(uow, region, role=Role.REGIONAL_COORDINATOR, territory="15")
        an_assignment(uow, country, role=Role.NATIONAL_ANALYST, territory="CL")
        uow.session.commit()
    assert loaded(host, region.id).communes == {"15101", "15102", "15201", "15202"}
    assert loaded(host, country.id).communes is None


def test_a_purpose_that_no_role_has_is_refused(host: Host) -> None:
    user = somebody(host)
    assert loaded(host, user).purpose is Purpose.CARE
    with pytest.raises(AccessDenied) as refused:
        loaded(host, user, Purpose.ADMINISTRATION)
    assert refused.value.code == "PURPOSE_NOT_ALLOWED"


def test_a_coordinator_may_care_as_the_case_manager_they_also_are(host: Host) -> None:
    people(host, COORDINATOR)
    assert loaded(host, COORDINATOR.user_id, Purpose.CARE).purpose is Purpose.CARE


def test_the_viewer_is_told_what_they_may_do(host: Host) -> None:
    may = {(p.resource, p.action): (p.ambit, p.communes) for p in what_i_may(ADMIN, host.guard)}
    assert may[("user", "grant")] == ("COMMUNE", {SANTIAGO})
    assert not [resource for resource, _ in may if resource in ("nna", "family", "alert", "nomina")]


def test_an_explanation_names_the_rule_that_decided(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, manager)
    mine, other, _ = children(host, team=manager)
    with host.unit_of_work(manager, "test") as uow:
        open_, closed = (
            explain_access(uow, uow.get(Nna, one), "nna", DataClass.IDENTITY, "nna") for one in (mine, other)
        )
    assert (open_.allowed, closed.allowed) == (True, False)
    assert open_.decisions[0].rule[:6] == ("role:CASE_MANAGER", "nna", "read", "IDENTITY", "OWN", "CARE")
    assert "El registro no está entre los casos a su cargo." in closed.sentences


def test_an_explanation_names_the_substitution(host: Host) -> None:
    manager, therapist = actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
    people(host, manager, therapist)
    theirs, mine = (children(host, 1, team=one)[0] for one in (manager, therapist))
    stand_in = replace(therapist, hats=(*therapist.hats, replace(manager.hats[0], stands_for=manager.user_id)))
    with host.unit_of_work(stand_in, "test") as uow:
        absent = uow.session.get_one(User, manager.user_id).display_name
        open_, closed = (
            explain_access(uow, uow.get(Nna, one), "nna", DataClass.JUDICIAL, "nna") for one in (theirs, mine)
        )
    assert (open_.allowed, closed.allowed) == (True, False)
    assert [(d.roles, d.absent) for d in open_.decisions] == [
        (("FAMILY_THERAPIST",), None),
        (("CASE_MANAGER",), absent),
    ]
    assert open_.sentences[1] == (
        f"Como Gestor o gestora de casos en reemplazo de {absent}, con la finalidad «atención», "
        f"puede leer situación judicial en los casos a cargo de {absent}."
    )
    assert f"El registro no está entre los casos a cargo de {absent}." in closed.sentences


def test_the_viewer_is_told_apart_what_they_may_do_for_somebody_absent(host: Host) -> None:
    manager, therapist = actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
    stand_in = replace(therapist, hats=(*therapist.hats, replace(manager.hats[0], stands_for=manager.user_id)))
    may = [p for p in what_i_may(stand_in, host.guard) if (p.resource, p.action, p.ambit) == ("nna", "read", "OWN")]
    assert {p.substitutes: DataClass.JUDICIAL in p.classes for p in may} == {None: False, manager.user_id: True}


def test_an_explanation_says_that_an_address_is_protected(host: Host) -> None:
    people(host, COORDINATOR)
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow, protected_address=True)
        an_address(uow, nna)
        uow.session.commit()
    with host.unit_of_work(COORDINATOR, "test") as uow:
        told = explain_access(uow, uow.get(Nna, nna.id), "nna", DataClass.CONTACT, "nna")
    assert not told.allowed
    assert "protegido" in " ".join(told.sentences)


def test_an_explanation_says_that_no_rule_allows_it(host: Host) -> None:
    regional = actor(Role.REGIONAL_COORDINATOR)
    (nna, *_) = children(host)
    with host.unit_of_work(regional, "test") as uow:
        told = explain_access(uow, uow.get(Nna, nna), "nna", DataClass.HEALTH, "nna")
    assert not told.allowed
    assert "ninguna regla permite leer salud" in told.sentences[0]


def test_consent_opens_the_name_to_an_institution_and_a_referral_alone_does_not(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        school = an_organization(uow)
        referred, consented = an_nna(uow), an_nna(uow)
        a_grant(uow, referred, school)
        a_grant(uow, consented, school, with_identity=True)
        uow.session.commit()
    partner = actor(Role.SECTOR_PARTNER, organization=school.id)
    with host.unit_of_work(partner, "test") as uow:
        uow.require("nna", "read", uow.get(Nna, consented.id), DataClass.IDENTITY)
        row = uow.get(Nna, referred.id)
        uow.require("nna", "read", row)
        with pytest.raises(AccessDenied):
            uow.require("nna", "read", row, DataClass.IDENTITY)
