"""Inviting: an account for somebody new, a role for somebody known, and what is no account of anybody."""

from datetime import date

import pytest
from sqlalchemy import select

from authz.scope import table_of
from core.models.people import Nna
from core.models.users import Assignment, User
from tests import factories as make
from tests.api.client import Office
from tests.api.rights import RIGHTS, WHO_AM_I, a_role, grant, invite, revoke, roles
from tests.api.world import ADMIN, COORDINATOR, OURS, PARTNER


def test_a_person_is_invited_and_may_enter_with_their_first_role(office: Office) -> None:
    told = invite(office, ADMIN)
    assert (told["user"]["username"], told["done"]) == ("paula.rojas", True)
    assert [(a["role"], a["territory"]) for a in told["assignments"]] == [("FAMILY_THERAPIST", OURS)]
    viewer = office.ask("paula.rojas", WHO_AM_I)["data"]["viewer"]
    assert viewer["roles"] == [{"role": "FAMILY_THERAPIST", "communes": [OURS]}]
    assert viewer["signed"] is False


def test_who_has_an_account_already_gets_the_role_under_it(office: Office) -> None:
    known = {"username": "worker.05701", "issuer": "oln-development", "subject": "worker.05701"}
    told = invite(office, ADMIN, **known)
    assert told["user"]["username"] == "worker.05701"
    assert roles(office, "worker.05701") == ["CASE_MANAGER", "FAMILY_THERAPIST"]


def test_who_is_invited_without_an_issuer_enters_by_that_of_the_installation(office: Office) -> None:
    person = {"username": "paula.rojas", "displayName": "Paula Rojas", "subject": "paula.rojas"}
    made = office.change(ADMIN, "inviteUser", person | {"grant": a_role()}, RIGHTS)
    assert made["done"] is True
    account = repr(office.rows("user_account")["user_account"])
    assert "'oln-development', 'paula.rojas'" in account


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("displayName", " "),
        ("displayName", "x" * 101),
        ("displayName", "Paula, RUN 12.345.678-5"),
        ("subject", ""),
        ("subject", "x" * 256),
        ("issuer", "nada"),
        ("issuer", " "),
        ("email", "noesmail"),
    ],
)
def test_an_account_that_would_be_nobodys_is_not_opened(office: Office, field: str, text: str) -> None:
    before = office.rows("user_account")
    told = invite(office, ADMIN, **{field: text})
    assert (told["code"], told["field"]) == ("INVALID_INPUT", f"input.{field}")
    assert office.rows("user_account") == before


@pytest.mark.parametrize("username", ["40009006-8", "Paula Rojas", "pr"])
def test_a_user_name_is_never_a_run_and_never_a_sentence(office: Office, username: str) -> None:
    told = invite(office, ADMIN, username=username)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.username")
    assert username not in str(told)


def test_a_user_name_is_one_persons(office: Office) -> None:
    assert invite(office, ADMIN, username=PARTNER)["code"] == "USERNAME_TAKEN"


def test_who_works_elsewhere_too_is_told_in_a_word_and_no_figure(office: Office) -> None:
    known = {"username": "worker.05701", "issuer": "oln-development", "subject": "worker.05701"}
    told, of_nobody = (invite(office, ADMIN, validateOnly=True, **who)["preview"][0] for who in (known, {}))
    assert (told["elsewhere"], of_nobody["elsewhere"]) == (True, False)
    assert told["reaches"] == of_nobody["reaches"]


def test_an_invitation_that_nobody_used_is_corrected(office: Office) -> None:
    invite(office, ADMIN, subject="pualarojas", displayName="Pauline Rojas")
    told = invite(office, ADMIN, correct=True)
    assert told["user"] == {"username": "paula.rojas", "assignments": {"totalCount": 1}}
    assert "'Paula Rojas', None, 'oln-development', 'paula'" in repr(office.rows("user_account")["user_account"])
    assert roles(office, "paula.rojas") == ["FAMILY_THERAPIST"]


def test_a_user_name_that_was_mistyped_is_found_by_the_identity(office: Office) -> None:
    invite(office, ADMIN, username="paula.roja")
    assert invite(office, ADMIN)["code"] == "USERNAME_TAKEN"
    assert invite(office, ADMIN, correct=True)["user"]["username"] == "paula.rojas"
    assert invite(office, ADMIN, username="paula.roja", subject="otra")["done"]  # that name is free again


def test_the_role_that_was_meant_takes_the_place_of_the_mistaken_one(office: Office) -> None:
    invite(office, ADMIN, a_role("COMMUNITY_MANAGER"))
    told = invite(office, ADMIN, correct=True)
    assert [one["role"] for one in told["assignments"]] == ["FAMILY_THERAPIST", "COMMUNITY_MANAGER"]
    assert roles(office, "paula.rojas") == ["FAMILY_THERAPIST"]


def test_asking_first_tells_what_the_correction_would_take_and_takes_nothing(office: Office) -> None:
    invite(office, ADMIN, a_role("COORDINATOR"))
    before = office.rows()
    told = invite(office, ADMIN, correct=True, validateOnly=True)
    assert {one["purpose"] for one in told["preview"]} == {"CARE", "SUPERVISION"}
    assert office.rows() == before


def test_correcting_the_name_of_who_works_already_takes_no_role_away(office: Office) -> None:
    used = {"username": "worker.13101", "issuer": "oln-development", "subject": "worker.13101", "correct": True}
    held = roles(office, "worker.13101")
    assert invite(office, ADMIN, **used)["done"]
    assert roles(office, "worker.13101") == sorted({*held, "FAMILY_THERAPIST"})


def test_asking_first_corrects_nothing(office: Office) -> None:
    invite(office, ADMIN, subject="pualarojas")
    before = office.rows()
    assert invite(office, ADMIN, correct=True, validateOnly=True)["done"] is False
    assert office.rows() == before


def test_of_an_account_that_was_used_the_name_is_corrected_and_nothing_by_which_it_is_known(office: Office) -> None:
    used = {"username": "worker.13101", "issuer": "oln-development", "correct": True}
    before = office.rows()
    for other in ({"subject": "another"}, {"subject": "worker.13101", "username": "worker"}):
        assert invite(office, ADMIN, **used | other)["code"] == "ACCOUNT_IN_USE"
    assert office.rows() == before
    assert invite(office, ADMIN, subject="worker.13101", displayName="Ana Painemal", **used)["done"]
    assert "'Ana Painemal'" in repr(office.rows("user_account")["user_account"])


@pytest.mark.parametrize("username", ["worker.05701", "nobody.at.all"])
def test_an_account_of_another_commune_is_corrected_by_nobody_here_and_looks_like_none(
    office: Office, username: str
) -> None:
    before = office.rows()
    told = invite(office, ADMIN, username=username, subject="another", correct=True)
    assert (told["code"], told["message"]) == ("NOT_FOUND", "No se encontró el registro.")
    assert office.rows() == before


def test_who_works_here_and_elsewhere_is_corrected_by_neither_office(office: Office) -> None:
    known = {"username": "worker.05701", "issuer": "oln-development", "subject": "worker.05701"}
    invite(office, ADMIN, **known)
    told = invite(office, ADMIN, **known | {"displayName": "Otra Persona", "correct": True})
    assert (told["code"], told["message"]) == ("FORBIDDEN", "Puede invitar personas, pero no en ese territorio.")


def test_nobody_corrects_themselves_and_no_two_accounts_become_one(office: Office) -> None:
    own = {"username": ADMIN, "issuer": "oln-development", "subject": ADMIN, "correct": True}
    assert invite(office, ADMIN, **own)["code"] == "OWN_RIGHTS"
    invite(office, ADMIN)
    both = {"username": "paula.rojas", "subject": "worker.13101", "correct": True}
    assert invite(office, ADMIN, **both)["code"] == "USERNAME_TAKEN"


@pytest.mark.parametrize("bound", ["a child", "an absent colleague"])
def test_what_somebody_gave_an_account_to_care_for_is_not_handed_on(office: Office, bound: str) -> None:
    invite(office, ADMIN)
    with office.host.unit_of_work(None, "test") as uow:
        paula = uow.session.scalars(select(User).where(table_of(User).c.username == "paula.rojas")).one()
        if bound == "a child":
            make.a_team_member(uow, uow.session.get_one(Nna, office.world.key("nna", "protected")), paula)
        else:
            absent = office.world.key("user", "ours")
            make.an_assignment(uow, paula, substitutes_id=absent, valid_until=date(2027, 1, 1))
        uow.session.commit()
    assert invite(office, ADMIN, correct=True, subject="pedro")["code"] == "ACCOUNT_IN_USE"
    assert invite(office, ADMIN, correct=True, displayName="Paula Rojas Soto")["done"]


def test_who_may_not_invite_corrects_nothing(office: Office) -> None:
    invite(office, ADMIN)
    assert invite(office, COORDINATOR, correct=True, displayName="x")["code"] == "FORBIDDEN"


def test_an_account_without_roles_opens_nothing(office: Office) -> None:
    """To take every role away is to close an account: whoever enters by it sees that they have none."""
    revoke(office, ADMIN, "ours")
    document = """{ alerts(first: 1) { totalCount } users(communeCode: "13101") { id }
        commune(code: "13101") { nnaCount } indicators(communeCode: "13101") { value } }"""
    told = office.ask("worker.13101", document)
    assert told["data"] == {"alerts": None, "users": None, "commune": {"nnaCount": None}, "indicators": None}
    assert {one["extensions"]["code"] for one in told["errors"]} == {"FORBIDDEN"}
    assert roles(office, "worker.13101") == []


@pytest.mark.parametrize("corrected", [False, True])
def test_who_says_whose_an_account_is_is_given_nothing_by_it(office: Office, corrected: bool) -> None:
    invite(office, ADMIN, a_role("MUNICIPAL_ADMIN"))
    with office.host.transaction(None, "test", reason="as if the operator had invited them") as uow:
        paula = uow.session.scalars(select(User).where(table_of(User).c.username == "paula.rojas")).one()
        for held in uow.session.scalars(select(Assignment).where(table_of(Assignment).c.user_id == paula.id)):
            held.granted_by = None
    if corrected:
        assert invite(office, ADMIN, a_role("MUNICIPAL_ADMIN"), subject="mine", correct=True)["done"]
    told = grant(office, "paula.rojas", ADMIN)
    assert told.get("code") == ("OWN_RIGHTS" if corrected else None)
