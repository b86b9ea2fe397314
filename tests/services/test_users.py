"""People are invited, given roles, replaced and let go, by others; and what that opens is told beforehand."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import Actor, DataClass, Purpose, Role
from authz.guard import AccessDenied
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.models.people import Nna
from core.models.users import Assignment, User
from core.services.access import actor_of, explain_access, forget, load_actor, what_i_may
from core.services.confidentiality import AgreementChanged, agreement_text, sign_confidentiality
from core.services.users import (
    Grant,
    Invitation,
    RightsChange,
    Substitution,
    grant_assignment,
    invite_user,
    revoke_assignment,
    set_substitute,
)
from core.services.users.rights import DemoUser, OrganizationRequired, OwnRights, UsernameTaken, WrongTerritory
from core.services.users.words import AlreadyRevoked, NothingToSubstitute
from core.settings import InstallationKind
from core.unit_of_work import UnitOfWork
from tests.conftest import NOW
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_family,
    a_grant,
    a_team_member,
    a_user,
    actor,
    an_address,
    an_alert,
    an_assignment,
    an_nna,
    an_organization,
)

TODAY = date(2026, 11, 20)
ADMIN, COORDINATOR = actor(Role.MUNICIPAL_ADMIN), actor(Role.COORDINATOR)
MANAGER = Grant(Role.CASE_MANAGER, SANTIAGO, TODAY)


def people(host: Host, *who: Actor) -> None:
    with host.unit_of_work(None, "test") as uow:
        for one in who:
            a_user(uow, one, demo=False)
        uow.session.commit()


def children(host: Host, number: int = 3, commune: str = SANTIAGO, team: Actor | None = None) -> list[UUID]:
    with host.unit_of_work(None, "test") as uow:
        made = [an_nna(uow, commune_code=commune) for _ in range(number)]
        a_family(uow, *made)
        an_alert(uow, made[0], data_class=DataClass.BASIC)
        if team:
            a_team_member(uow, made[0], team)
        uow.session.commit()
    return [nna.id for nna in made]


def somebody(host: Host, **over: Any) -> UUID:
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, **({"demo": False} | over))
        an_assignment(uow, user, role=Role.COMMUNITY_MANAGER)
        uow.session.commit()
    return user.id


def give(host: Host, user: UUID, grant: Grant = MANAGER, by: Actor | None = ADMIN, **more: Any) -> RightsChange:
    with host.transaction(by, "grantAssignment") as uow:
        return grant_assignment(uow, user, grant, **more)


def loaded(host: Host, user_id: UUID, purpose: Purpose | None = None, today: date | None = None) -> Actor:
    forget(host.database)
    with host.unit_of_work(None, "test") as uow:
        user = uow.session.get_one(User, user_id)
    return load_actor(host, user, purpose, today)


def an_invitation(grant: Grant = MANAGER, **over: Any) -> Invitation:
    base = {"username": "paula.rojas", "display_name": "Paula Rojas", "issuer": "https://id.cl", "subject": "s1"}
    return Invitation(**(base | over), grant=grant)


def test_somebody_invited_signs_and_opens_their_first_record(host: Host) -> None:
    people(host, ADMIN)
    (nna, *_) = children(host)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation())
    paula = actor_of(host, "https://id.cl", "s1", None)
    assert (paula.purpose, paula.signed) == (Purpose.CARE, False)
    with host.unit_of_work(paula, "test") as uow, pytest.raises(NotFound):
        uow.get(Nna, nna)
    with host.transaction(paula, "signConfidentiality") as uow:
        text = agreement_text()
        sign_confidentiality(uow, text.version, text.hash)
    with host.unit_of_work(actor_of(host, "https://id.cl", "s1", None), "test") as uow:
        assert uow.get(Nna, nna).id == nna


def test_a_stranger_and_a_closed_account_get_in_nowhere(host: Host) -> None:
    with pytest.raises(AccessDenied) as unknown:
        actor_of(host, "https://id.cl", "nobody", None)
    closed = somebody(host, active=False)
    with pytest.raises(AccessDenied) as inactive:
        loaded(host, closed)
    assert (unknown.value.code, inactive.value.code) == ("USER_UNKNOWN", "USER_INACTIVE")


def test_an_old_text_is_not_signed_and_a_signature_is_given_once(host: Host) -> None:
    people(host, COORDINATOR)
    with host.transaction(COORDINATOR, "sign") as uow:
        with pytest.raises(AgreementChanged):
            sign_confidentiality(uow, "2019", "x")
        text = agreement_text()
        first = sign_confidentiality(uow, text.version, text.hash)
        assert sign_confidentiality(uow, text.version, text.hash).id == first.id


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


def test_a_revocation_is_seen_at_once(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    made = give(host, user).assignments[0]
    assert len(loaded(host, user).hats) == 2
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        revoke_assignment(uow, made.id, made.version, "dejó el cargo")
    with host.unit_of_work(None, "test") as uow:
        assert len(load_actor(host, uow.session.get_one(User, user)).hats) == 1


def test_nobody_grants_to_themselves_nor_revokes_their_own(host: Host) -> None:
    people(host, ADMIN)
    with pytest.raises(OwnRights):
        give(host, ADMIN.user_id)
    with host.transaction(ADMIN, "revoke") as uow, pytest.raises(OwnRights):
        (mine,) = [a for a in _assignments(uow) if a.user_id == ADMIN.user_id]
        revoke_assignment(uow, mine.id, None, "x")


def _assignments(uow: UnitOfWork) -> list[Assignment]:
    return list(uow.session.scalars(select(Assignment)))


@pytest.mark.parametrize("territory", [COLINA, "13", "CL"])
def test_nobody_grants_beyond_their_own_communes(host: Host, territory: str) -> None:
    people(host, ADMIN)
    user = somebody(host)
    with pytest.raises(AccessDenied):
        give(host, user, Grant(Role.CASE_MANAGER, territory, TODAY))


def test_who_works_elsewhere_is_not_found(host: Host) -> None:
    people(host, ADMIN, actor(Role.CASE_MANAGER, COLINA))
    with pytest.raises(NotFound):
        give(host, actor(Role.CASE_MANAGER, COLINA).user_id)


def test_a_role_whose_rules_are_national_is_no_way_out_of_a_commune(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    with pytest.raises(WrongTerritory):
        give(host, user, Grant(Role.NATIONAL_ANALYST, SANTIAGO, TODAY))
    with pytest.raises(AccessDenied):
        give(host, user, Grant(Role.NATIONAL_ANALYST, "CL", TODAY))


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.MUNICIPAL_ADMIN])
def test_only_who_administers_people_grants(host: Host, role: Role) -> None:
    granter = actor(role)
    people(host, granter)
    user = somebody(host)
    with pytest.raises((AccessDenied, NotFound)):
        give(host, user, by=granter)


def test_an_administrator_who_also_coordinates_grants_only_as_an_administrator(host: Host) -> None:
    both = actor(Role.COORDINATOR, hats=(*COORDINATOR.hats, *ADMIN.hats))
    people(host, both)
    user = somebody(host)
    with pytest.raises(AccessDenied):
        give(host, user, by=both)


def test_a_sector_partner_acts_for_an_institution_of_the_commune_and_nobody_else_does(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    with host.unit_of_work(None, "test") as uow:
        school, far = an_organization(uow), an_organization(uow, commune_code=COLINA)
        uow.session.commit()
    partner = Role.SECTOR_PARTNER
    with pytest.raises(OrganizationRequired):
        give(host, user, Grant(partner, SANTIAGO, TODAY))
    with pytest.raises(OrganizationRequired):
        give(host, user, Grant(Role.CASE_MANAGER, SANTIAGO, TODAY, organization_id=school.id))
    with pytest.raises(WrongTerritory):
        give(host, user, Grant(partner, SANTIAGO, TODAY, organization_id=far.id))
    give(host, user, Grant(partner, SANTIAGO, TODAY, organization_id=school.id))
    assert loaded(host, user).organizations == {school.id}


def test_dates_run_forward(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    for start, until in ((TODAY - timedelta(1), None), (TODAY, TODAY)):
        with pytest.raises(InvalidInput):
            give(host, user, Grant(Role.CASE_MANAGER, SANTIAGO, start, until))


def test_a_real_installation_grants_nothing_to_demo_users_and_lets_none_in(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host, demo=True)
    object.__setattr__(host, "settings", host.settings.model_copy(update={"installation": InstallationKind.REAL}))
    with pytest.raises(DemoUser):
        give(host, user)
    with pytest.raises(AccessDenied):
        loaded(host, user)


@pytest.mark.parametrize("username", ["90000001-K", "12.345.678-5", "Paula", "a", "x y"])
def test_a_username_is_never_a_run(host: Host, username: str) -> None:
    with host.unit_of_work(ADMIN, "test") as uow, pytest.raises(InvalidInput):
        invite_user(uow, an_invitation(username=username))


def test_a_name_is_taken_once_and_the_same_person_is_invited_to_a_second_commune(host: Host) -> None:
    elsewhere = actor(Role.MUNICIPAL_ADMIN, COLINA)
    people(host, ADMIN, elsewhere)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation())
    with host.unit_of_work(ADMIN, "inviteUser") as uow, pytest.raises(UsernameTaken):
        invite_user(uow, an_invitation(subject="another"))
    with host.transaction(elsewhere, "inviteUser") as uow:
        invite_user(uow, an_invitation(Grant(Role.CASE_MANAGER, COLINA, TODAY)))
    assert actor_of(host, "https://id.cl", "s1", None).communes == {SANTIAGO, COLINA}


def test_what_a_grant_would_open_is_told_in_numbers_and_nothing_changes(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    children(host)
    children(host, 2, COLINA)
    told = give(host, user, validate_only=True)
    (change,) = told.preview
    opened = {(r.table, r.data): r.gained for r in change.reaches}
    assert opened == {("nna", "BASIC"): 3, ("family", "BASIC"): 1, ("alert", "BASIC"): 1}
    assert change.purpose is Purpose.CARE
    assert {h.role for h in loaded(host, user).hats} == {Role.COMMUNITY_MANAGER}


def test_what_a_revocation_would_close_is_told(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    children(host)
    made = give(host, user).assignments[0]
    with host.unit_of_work(ADMIN, "revoke") as uow:
        told = revoke_assignment(uow, made.id, made.version, "x", validate_only=True)
    assert {(r.table, r.data): r.lost for r in told.preview[0].reaches}[("nna", DataClass.BASIC)] == 3


def test_a_revocation_of_what_moved_on_is_a_conflict_and_a_second_one_is_refused(host: Host) -> None:
    people(host, ADMIN)
    made = give(host, somebody(host)).assignments[0]
    with host.transaction(ADMIN, "revoke") as uow:
        with pytest.raises(Conflict):
            revoke_assignment(uow, made.id, 7, "x")
        revoke_assignment(uow, made.id, 1, "x")
        with pytest.raises(AlreadyRevoked):
            revoke_assignment(uow, made.id, 2, "x")


def test_a_substitute_has_the_caseload_for_those_days_and_no_longer(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    (mine, *_) = children(host, team=manager)
    stand_in = somebody(host)
    until = TODAY + timedelta(days=5)
    wanted = Substitution(manager.user_id, stand_in, TODAY, until, "vacaciones")
    with host.unit_of_work(COORDINATOR, "setSubstitute") as uow:
        told = set_substitute(uow, wanted, validate_only=True)
        assert {(r.table, r.data): r.gained for r in told.preview[0].reaches}[("nna", DataClass.IDENTITY)] == 1
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, wanted)
    worn = loaded(host, stand_in)
    assert worn.stands_for == {stand_in, manager.user_id}
    signed = Actor(worn.user_id, worn.username, worn.purpose, worn.hats, worn.stands_for)
    with host.unit_of_work(signed, "test") as uow:
        uow.require("nna", "read", uow.get(Nna, mine), DataClass.IDENTITY)
    assert loaded(host, stand_in, today=until).stands_for == {stand_in}


def test_a_substitution_ends_with_the_role_it_stood_in_for(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, ADMIN, manager)
    stand_in = somebody(host)
    with host.transaction(ADMIN, "x") as uow:
        set_substitute(uow, Substitution(manager.user_id, stand_in, TODAY, TODAY + timedelta(5)))
    with host.transaction(ADMIN, "x") as uow:
        (held,) = [a for a in _assignments(uow) if a.user_id == manager.user_id]
        assert len(revoke_assignment(uow, held.id, 1, "renunció").assignments) == 2
    assert loaded(host, stand_in).stands_for == {stand_in}


def test_nobody_makes_themselves_a_substitute_and_a_coordinator_makes_no_administrator(host: Host) -> None:
    people(host, COORDINATOR, ADMIN)
    stand_in = somebody(host)
    until = TODAY + timedelta(5)
    with host.unit_of_work(COORDINATOR, "x") as uow:
        with pytest.raises(OwnRights):
            set_substitute(uow, Substitution(ADMIN.user_id, COORDINATOR.user_id, TODAY, until))
        with pytest.raises(AccessDenied):
            set_substitute(uow, Substitution(ADMIN.user_id, stand_in, TODAY, until))


def test_who_holds_nothing_is_not_stood_in_for(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, ADMIN, manager)
    stand_in = somebody(host)
    with host.transaction(ADMIN, "x") as uow:
        (held,) = [a for a in _assignments(uow) if a.user_id == manager.user_id]
        revoke_assignment(uow, held.id, 1, "renunció")
        with pytest.raises(NothingToSubstitute):
            set_substitute(uow, Substitution(manager.user_id, stand_in, TODAY, TODAY + timedelta(5)))


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


def test_the_clock_of_these_tests_stands_on_their_day() -> None:
    assert NOW.date() == TODAY
