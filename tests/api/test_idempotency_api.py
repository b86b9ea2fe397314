"""`idempotencyKey`: a mutation that is sent again is carried out once, and answers alike."""

from uuid import uuid4

import pytest

from tests.api.client import Answer, Office, mutation
from tests.api.world import ADMIN, COORDINATOR, MANAGER, OURS, RUNS

KEY = "0192a4a0-6f6c-7e00-8000-000000000001"
PERSON = {
    "communeCode": OURS,
    "identifierKind": "RUN",
    "identifier": RUNS["nobody"],
    "givenNames": "Kuyen",
    "firstSurname": "Painevilu",
    "sex": "FEMALE",
    "birthDate": "2019-01-02",
    "idempotencyKey": KEY,
}
SHOWN = "nna { id version givenNames }"


def register(office: Office, who: str = COORDINATOR, **over: object) -> Answer:
    return office.change(who, "registerNna", PERSON | over, SHOWN)


def test_the_same_key_and_body_give_the_same_answer_and_one_record(office: Office) -> None:
    first = register(office)
    after = office.rows()
    assert register(office) == first
    assert office.rows() == after


def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    register(office)
    after = office.rows()
    told = register(office, givenNames="Rayen")
    assert told["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert KEY not in str(told)
    assert office.rows() == after


def test_the_same_key_in_another_mutation_is_refused(office: Office) -> None:
    register(office)
    told = office.change(COORDINATOR, "registerFamily", {"communeCode": OURS, "idempotencyKey": KEY})
    assert told["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_the_keys_of_two_people_never_meet(office: Office) -> None:
    given = {"communeCode": OURS, "idempotencyKey": KEY}
    folios = [
        office.change(who, "registerFamily", given, "family { folio }")["family"]["folio"]
        for who in (COORDINATOR, MANAGER, COORDINATOR)
    ]
    assert folios == ["F000001", "F000002", "F000001"]


def test_without_a_key_it_is_done_again(office: Office) -> None:
    given = {"communeCode": OURS}
    made = {office.change(COORDINATOR, "registerFamily", given, "family { id }")["family"]["id"] for _ in range(2)}
    assert len(made) == 2


def test_two_at_once_with_one_key_are_carried_out_once(office: Office) -> None:
    answers = office.ask_together([(COORDINATOR, mutation("registerNna", SHOWN), {"input": PERSON})] * 4)
    told = [answer["data"]["registerNna"] for answer in answers]
    assert told[0]["__typename"] == "RegisterNnaSuccess"
    assert told == [told[0]] * 4
    assert len([row for row in office.rows("nna")["nna"] if "Kuyen" in row]) == 1


def test_what_was_refused_may_be_tried_again_with_the_same_key(office: Office) -> None:
    assert register(office, identifier=RUNS["ours"])["code"] == "ALREADY_REGISTERED"
    assert register(office)["__typename"] == "RegisterNnaSuccess"


def test_asking_first_is_another_request_than_doing(office: Office) -> None:
    grant = {"role": "FAMILY_THERAPIST", "territory": OURS, "validFrom": "2026-11-20"}
    given = {"userId": office.id("user", "ours"), "grant": grant, "idempotencyKey": KEY}
    told = office.change(ADMIN, "grantAssignment", given | {"validateOnly": True}, "done")
    assert told["done"] is False
    assert office.change(ADMIN, "grantAssignment", given, "done")["code"] == "IDEMPOTENCY_KEY_REUSED"
    again = given | {"idempotencyKey": str(uuid4())}
    assert office.change(ADMIN, "grantAssignment", again, "done")["done"] is True


def test_the_preview_is_answered_again_as_it_was(office: Office) -> None:
    given = {"assignmentId": office.id("assignment", "ours"), "reason": "Dejó la oficina.", "idempotencyKey": KEY}
    shown = "done preview { username reaches { table before after } }"
    first = office.change(ADMIN, "revokeAssignment", given | {"validateOnly": True}, shown)
    assert office.change(ADMIN, "revokeAssignment", given | {"validateOnly": True}, shown) == first
    assert first["preview"]


def test_an_answer_is_read_again_under_the_rights_of_that_day(office: Office) -> None:
    assert register(office, MANAGER)["nna"]["givenNames"] == "Kuyen"
    grant = {"assignmentId": office.id("assignment", MANAGER), "reason": "Dejó la oficina."}
    office.change(ADMIN, "revokeAssignment", grant)
    answer = office.ask(MANAGER, mutation("registerNna", SHOWN), {"input": PERSON})
    assert answer["data"]["registerNna"]["nna"] is None


def test_no_key_and_no_table_keeps_a_run_or_a_name(office: Office) -> None:
    register(office)
    kept = str(office.rows("idempotency_key"))
    assert KEY in kept
    assert not [word for word in ("Kuyen", "Painevilu", RUNS["nobody"]) if word in kept]


@pytest.mark.parametrize("key", ["", "no-es-uuid", RUNS["nobody"]])
def test_a_key_that_is_no_uuid_is_refused_without_being_repeated(office: Office, key: str) -> None:
    before = office.rows()
    answer = office.ask(COORDINATOR, mutation("registerNna"), {"input": PERSON | {"idempotencyKey": key}})
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_VARIABLE"]
    assert not key or key not in str(answer)
    assert office.rows() == before
