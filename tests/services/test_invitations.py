"""Inviting and correcting an invitation: who somebody is, who vouches for them, and the role that was meant."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from authz.actor import Role
from authz.denial import AccessDenied
from authz.scope import table_of
from core.errors import InvalidInput
from core.host import Host
from core.models.users import Assignment
from core.services.access import actor_of
from core.services.confidentiality import agreement_text, sign_confidentiality
from core.services.users import (
    Grant,
    ReachDirection,
    invite_user,
)
from core.services.users.words import UsernameTaken
from core.settings import DEVELOPMENT_ISSUER, InstallationKind
from tests.factories import (
    COLINA,
    SANTIAGO,
    actor,
)
from tests.services.staff import (
    ADMIN,
    MANAGER,
    TODAY,
    an_invitation,
    children,
    loaded,
    people,
    somebody,
)

UNTIL = TODAY + timedelta(30)
DAYS = (
    (replace(MANAGER, valid_until=UNTIL), MANAGER),
    (MANAGER, replace(MANAGER, valid_until=UNTIL)),
    (replace(MANAGER, valid_until=UNTIL), replace(MANAGER, valid_until=TODAY + timedelta(3))),
    (MANAGER, replace(MANAGER, valid_from=TODAY + timedelta(3))),
)


def made_real(host: Host, issuer: str) -> None:
    real = host.settings.model_copy(update={"installation": InstallationKind.REAL, "issuer": issuer})
    object.__setattr__(host, "settings", real)


@pytest.mark.parametrize("username", ["90000001-K", "12.345.678-5", "Paula", "a", "x y"])
def test_a_username_is_never_a_run(host: Host, username: str) -> None:
    with host.unit_of_work(ADMIN, "test") as uow, pytest.raises(InvalidInput):
        invite_user(uow, an_invitation(username=username))


@pytest.mark.parametrize("name", ["12345", "=cmd()", "Paula Rojas 2"])
def test_who_is_invited_has_the_name_of_a_person(host: Host, name: str) -> None:
    with host.unit_of_work(ADMIN, "test") as uow, pytest.raises(InvalidInput, match="nombre con letras") as refused:
        invite_user(uow, an_invitation(display_name=name))
    assert refused.value.field == "input.displayName"


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


def in_force(host: Host) -> list[tuple[date, date | None]]:
    with host.unit_of_work(None, "test") as uow:
        rows = uow.session.scalars(select(Assignment).where(table_of(Assignment).c.revoked_at.is_(None)))
        return [(one.valid_from, one.valid_until) for one in rows if one.user_id != ADMIN.user_id]


@pytest.mark.parametrize(("written", "meant"), DAYS)
def test_the_days_of_a_corrected_invitation_hold_for_the_very_role_too(
    host: Host, written: Grant, meant: Grant
) -> None:
    people(host, ADMIN)
    for grant, correct in ((written, False), (meant, True)):
        with host.transaction(ADMIN, "inviteUser") as uow:
            made = invite_user(uow, an_invitation(grant, correct=correct))
    new, old = made.assignments
    assert (new.valid_from, new.valid_until, new.revoked_at) == (meant.valid_from, meant.valid_until, None)
    assert (old.valid_until, old.reason) == (written.valid_until, "Corrección de la invitación.")
    assert in_force(host) == [(meant.valid_from, meant.valid_until)]


def test_a_role_that_began_already_with_the_days_that_are_meant_stays_as_it_is(host: Host) -> None:
    user = somebody(host, username="paula.rojas", issuer=DEVELOPMENT_ISSUER, subject="s1")
    people(host, ADMIN)
    meant = Grant(Role.COMMUNITY_MANAGER, SANTIAGO, TODAY)
    with host.transaction(ADMIN, "inviteUser") as uow:
        (held,) = uow.session.scalars(select(Assignment).where(table_of(Assignment).c.user_id == user))
        assert held.valid_from < TODAY
        assert invite_user(uow, an_invitation(meant, correct=True)).assignments == ()
    assert in_force(host) == [(held.valid_from, None)]


def test_of_an_account_in_use_a_correction_changes_no_days(host: Host) -> None:
    written, meant = DAYS[0]
    people(host, ADMIN)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation(written))
    with host.transaction(actor_of(host, DEVELOPMENT_ISSUER, "s1", None), "signConfidentiality") as uow:
        text = agreement_text()
        sign_confidentiality(uow, text.version, text.hash)
    with host.transaction(ADMIN, "inviteUser") as uow:
        assert invite_user(uow, an_invitation(meant, correct=True)).assignments == ()
    assert in_force(host) == [(TODAY, UNTIL)]


def test_asking_first_what_other_days_would_open_changes_none(host: Host) -> None:
    written, meant = DAYS[3]
    people(host, ADMIN)
    children(host, 8)
    with host.transaction(ADMIN, "inviteUser") as uow:
        invite_user(uow, an_invitation(written))
    with host.transaction(ADMIN, "inviteUser") as uow:
        told = invite_user(uow, an_invitation(meant, correct=True), validate_only=True)
    assert [one.valid_from for one in told.assignments] == [meant.valid_from, TODAY]
    assert {reach.direction for one in told.preview for reach in one.reaches} == {ReachDirection.LOSES}
    assert in_force(host) == [(TODAY, None)]
