"""Inviting: an account for somebody new, a role for somebody known, and what is no account of anybody."""

import pytest

from tests.api.client import Office
from tests.api.rights import RIGHTS, WHO_AM_I, a_role, invite, roles
from tests.api.world import ADMIN, OURS, PARTNER


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
