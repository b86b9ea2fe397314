"""People are invited, given roles, replaced and let go, by others; and what that opens is told beforehand."""

from dataclasses import replace
from datetime import timedelta

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
    ReachDirection,
    Substitution,
    invite_user,
    revoke_assignment,
    set_substitute,
)
from core.services.users.footing import OwnRights
from core.services.users.listing import people_with_roles
from core.services.users.rights import DemoUser, OrganizationRequired, WrongTerritory
from core.services.users.words import AlreadyRevoked
from core.settings import DEVELOPMENT_ISSUER, InstallationKind
from core.unit_of_work import UnitOfWork
from tests.factories import (
    COLINA,
    SANTIAGO,
    actor,
    an_organization,
)
from tests.services.staff import (
    ADMIN,
    COORDINATOR,
    MANAGER,
    TODAY,
    an_invitation,
    children,
    give,
    loaded,
    people,
    somebody,
)


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
