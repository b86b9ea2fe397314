"""People are invited, given roles, replaced and let go, by others; and what that opens is told beforehand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from authz.actor import DataClass, Purpose, Role
from authz.denial import AccessDenied, Unsigned
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.models.people import Nna
from core.models.users import Assignment, User
from core.services.access import actor_of, allowed_purposes, load_actor
from core.services.confidentiality import AgreementChanged, agreement_text, sign_confidentiality
from core.services.users import (
    Grant,
    Invitation,
    ReachDirection,
    Substitution,
    invite_user,
    revoke_assignment,
    set_substitute,
)
from core.services.users.footing import OwnRights
from core.services.users.listing import people_with_roles
from core.services.users.rights import DemoUser, OrganizationRequired, WrongTerritory
from core.services.users.words import AlreadyRevoked, UsernameTaken
from core.settings import DEVELOPMENT_ISSUER, InstallationKind
from core.unit_of_work import UnitOfWork
from tests.factories import (
    COLINA,
    SANTIAGO,
    actor,
    an_organization,
)
from tests.services.staff import ADMIN, COORDINATOR, MANAGER, TODAY, children, give, loaded, people, somebody


def an_invitation(grant: Grant = MANAGER, **over: Any) -> Invitation:
    base = {"username": "paula.rojas", "display_name": "Paula Rojas", "issuer": DEVELOPMENT_ISSUER, "subject": "s1"}
    return Invitation(**(base | over), grant=grant)


def made_real(host: Host, issuer: str) -> None:
    real = host.settings.model_copy(update={"installation": InstallationKind.REAL, "issuer": issuer})
    object.__setattr__(host, "settings", real)


def test_somebody_invited_signs_and_opens_their_first_record(host: Host) -> None:
    people(host, ADMIN)
    (nna, *_) = children(host)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation())
    paula = actor_of(host, DEVELOPMENT_ISSUER, "s1", None)
    assert (paula.purpose, paula.signed) == (Purpose.CARE, False)
    with host.unit_of_work(paula, "test") as uow:
        for one in (nna, uow.new_id()):  # told of the table, whether or not there is such a child
            with pytest.raises(Unsigned, match="signConfidentiality"):
                uow.get(Nna, one)
    with host.transaction(paula, "signConfidentiality") as uow:
        text = agreement_text()
        sign_confidentiality(uow, text.version, text.hash)
    with host.unit_of_work(actor_of(host, DEVELOPMENT_ISSUER, "s1", None), "test") as uow:
        assert uow.get(Nna, nna).id == nna


def test_an_old_text_is_not_signed_and_a_signature_is_given_once(host: Host) -> None:
    people(host, COORDINATOR)
    with host.transaction(COORDINATOR, "sign") as uow:
        with pytest.raises(AgreementChanged):
            sign_confidentiality(uow, "2019", "x")
        text = agreement_text()
        first = sign_confidentiality(uow, text.version, text.hash)
        assert sign_confidentiality(uow, text.version, text.hash).id == first.id


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


@pytest.mark.parametrize("name", ["12345", "=cmd()", "Paula Rojas 2"])
def test_who_is_invited_has_the_name_of_a_person(host: Host, name: str) -> None:
    with host.unit_of_work(ADMIN, "test") as uow, pytest.raises(InvalidInput, match="nombre con letras") as refused:
        invite_user(uow, an_invitation(display_name=name))
    assert refused.value.field == "input.displayName"


def test_no_reason_holds_a_run(host: Host) -> None:
    """The audit shows it as it was written."""
    manager = actor(Role.CASE_MANAGER)
    people(host, ADMIN, COORDINATOR, manager)
    user, why = somebody(host), "la reemplaza 12.531.909-2"
    with pytest.raises(InvalidInput):
        give(host, user, replace(MANAGER, reason=why))
    with host.unit_of_work(ADMIN, "inviteUser") as uow, pytest.raises(InvalidInput) as refused:
        invite_user(uow, an_invitation(replace(MANAGER, reason=why)))
    assert refused.value.field == "input.grant.reason"
    with host.unit_of_work(COORDINATOR, "setSubstitute") as uow, pytest.raises(InvalidInput):
        set_substitute(uow, Substitution(manager.user_id, user, TODAY, TODAY + timedelta(days=5), why))
    with host.unit_of_work(ADMIN, "revokeAssignment") as uow, pytest.raises(InvalidInput):
        revoke_assignment(uow, _assignments(uow)[0].id, None, why)


def test_a_name_is_taken_once_and_the_same_person_is_invited_to_a_second_commune(host: Host) -> None:
    elsewhere = actor(Role.MUNICIPAL_ADMIN, COLINA)
    people(host, ADMIN, elsewhere)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation())
    with host.unit_of_work(ADMIN, "inviteUser") as uow, pytest.raises(UsernameTaken):
        invite_user(uow, an_invitation(subject="another"))
    with host.transaction(elsewhere, "inviteUser") as uow:
        invite_user(uow, an_invitation(Grant(Role.CASE_MANAGER, COLINA, TODAY)))
    assert actor_of(host, DEVELOPMENT_ISSUER, "s1", None).communes == {SANTIAGO, COLINA}


def test_what_a_grant_would_open_is_told_in_figures_and_nothing_changes(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    children(host, 8)
    children(host, 2, COLINA)
    told = give(host, user, validate_only=True)
    (change,) = told.preview
    opened = {(r.table, r.data): (r.direction, r.before, r.after, r.exact) for r in change.reaches}
    assert opened["nna", DataClass.BASIC] == (ReachDirection.GAINS, None, 10, False)
    assert opened["alert", DataClass.BASIC] == (ReachDirection.GAINS, None, None, False)
    assert change.purpose is Purpose.CARE
    assert {h.role for h in loaded(host, user).hats} == {Role.COMMUNITY_MANAGER}


def test_what_a_revocation_would_close_is_told(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    children(host)
    made = give(host, user).assignments[0]
    with host.unit_of_work(ADMIN, "revoke") as uow:
        told = revoke_assignment(uow, made.id, made.version, "x", validate_only=True)
    lost = {(r.table, r.data): r.direction for r in told.preview[0].reaches}
    assert lost["nna", DataClass.BASIC] is ReachDirection.LOSES


def test_a_revocation_of_what_moved_on_is_a_conflict_and_a_second_one_is_refused(host: Host) -> None:
    people(host, ADMIN)
    made = give(host, somebody(host)).assignments[0]
    with host.transaction(ADMIN, "revoke") as uow:
        with pytest.raises(Conflict):
            revoke_assignment(uow, made.id, 7, "x")
        revoke_assignment(uow, made.id, 1, "x")
        with pytest.raises(AlreadyRevoked):
            revoke_assignment(uow, made.id, 2, "x")


def test_a_role_that_may_not_be_revoked_by_who_corrects_stands_and_nothing_is_corrected(host: Host) -> None:
    people(host, ADMIN)
    for grant in (MANAGER, replace(MANAGER, territory=COLINA)):
        with host.transaction(None, "install invite", reason="the operator") as uow:
            user = invite_user(uow, an_invitation(grant)).user.id
    with host.transaction(ADMIN, "inviteUser") as uow, pytest.raises(AccessDenied):
        invite_user(uow, an_invitation(replace(MANAGER, role=Role.COORDINATOR), correct=True))
    assert len(loaded(host, user).hats) == 2


def test_the_operator_corrects_the_commune_of_a_role_and_the_reason_is_kept(host: Host) -> None:
    people(host, ADMIN)
    for grant, correct in ((replace(MANAGER, territory=COLINA), False), (MANAGER, True)):
        with host.transaction(None, "install invite", reason="the operator") as uow:
            made = invite_user(uow, an_invitation(grant, correct=correct))
    new, old = made.assignments
    assert (new.territory, new.revoked_at) == (SANTIAGO, None)
    assert (old.territory, old.reason, old.revoked_at is not None) == (COLINA, "Corrección de la invitación.", True)


def test_nobody_is_invited_under_a_provider_that_there_is_not(host: Host) -> None:
    made_real(host, "")
    with host.unit_of_work(None, "test", reason="the operator invites") as uow:
        with pytest.raises(InvalidInput, match="OLN_ISSUER"):
            invite_user(uow, an_invitation(issuer=None))
        assert invite_user(uow, an_invitation(issuer="https://id.cl")).user.issuer == "https://id.cl"


@pytest.mark.parametrize("issuer", ["nada", "https://id.cl", "https://id.example/", "oln-development"])
def test_nobody_is_invited_under_a_provider_whose_tokens_let_nobody_in(host: Host, issuer: str) -> None:
    made_real(host, "https://id.example")
    with host.unit_of_work(None, "test", reason="the operator invites") as uow:
        with pytest.raises(InvalidInput, match=r"el suyo es https://id\.example\.") as refused:
            invite_user(uow, an_invitation(issuer=issuer))
        assert refused.value.field == "input.issuer"
        assert invite_user(uow, an_invitation(issuer="https://id.example")).user.issuer == "https://id.example"


@pytest.mark.parametrize("issuer", ["nada", "http://id.cl", "https://"])
def test_where_no_provider_is_set_yet_the_one_that_is_named_can_be_one(host: Host, issuer: str) -> None:
    made_real(host, "")
    refusing = pytest.raises(InvalidInput, match="una dirección https")
    with host.unit_of_work(None, "test", reason="the operator invites") as uow, refusing as refused:
        invite_user(uow, an_invitation(issuer=issuer))
    assert refused.value.field == "input.issuer"


def test_no_account_is_corrected_into_a_provider_that_lets_nobody_in(host: Host) -> None:
    people(host, ADMIN)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation())
    with host.unit_of_work(ADMIN, "inviteUser") as uow, pytest.raises(InvalidInput, match="el suyo es oln-development"):
        invite_user(uow, an_invitation(issuer="nada", correct=True))


def test_who_was_invited_under_a_provider_of_before_keeps_it_when_their_name_is_corrected(host: Host) -> None:
    made_real(host, "https://id.example")
    with host.transaction(None, "test", reason="the operator invites") as uow:
        invite_user(uow, an_invitation(issuer="https://id.example"))
    made_real(host, "https://otro.example")
    named = an_invitation(issuer="https://id.example", display_name="Paula Rojas Soto", correct=True)
    with host.transaction(None, "test", reason="the operator corrects") as uow:
        assert invite_user(uow, named).user.display_name == "Paula Rojas Soto"


def test_who_stands_in_for_somebody_keeps_wearing_the_purpose_of_their_own_roles(host: Host) -> None:
    manager, network = actor(Role.CASE_MANAGER), actor(Role.NETWORK_COORDINATOR)
    people(host, COORDINATOR, manager, network)
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, Substitution(manager.user_id, network.user_id, TODAY, TODAY + timedelta(5)))
    worn = loaded(host, network.user_id)
    assert worn.purpose is Purpose.SUPERVISION and len(worn.hats) == 2
    assert Purpose.CARE in allowed_purposes(worn, host.guard)


def test_the_operator_is_shown_each_role_with_its_days_and_whom_it_covers(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    stand_in = somebody(host)
    start, until = TODAY + timedelta(2), TODAY + timedelta(5)
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, Substitution(manager.user_id, stand_in, start, until))
        name = uow.get(User, manager.user_id).display_name
        text = agreement_text()
        sign_confidentiality(uow, text.version, text.hash)
    with host.unit_of_work(None, "users") as uow:
        listed = {one.username: one for one in people_with_roles(uow)}
    assert {name: one.signed for name, one in listed.items() if one.signed} == {COORDINATOR.username: True}
    (two,) = [one for one in listed.values() if len(one.roles) == 2]
    assert [role.substitutes for role in two.roles] == [None, name]
    assert (two.roles[1].valid_from, two.roles[1].valid_until, two.roles[0].valid_until) == (start, until, None)
