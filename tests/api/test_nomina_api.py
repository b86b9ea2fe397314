"""`nomina`, `publishNomina`, `discardFromNomina`, `revertDiscard`: another commune · permission · the rules."""

from collections.abc import Callable

import pytest

from tests.api.client import Answer, Office, mutation
from tests.api.world import AUDITOR, COORDINATOR, FAR_COORDINATOR, MANAGER, OURS, PARTNER, REGIONAL, THEIRS

Act = Callable[..., Answer]
LIST = """query ($code: String!, $period: Date) { nomina(communeCode: $code, period: $period) {
    id period sequence state listed
    entries(first: 20) { edges { node { position state nna { id } } } } } }"""
PUBLISHED = "nomina { sequence state listed capacity publishedName entries(first: 20) { totalCount } }"
ENTRY = "entry { state version }"
ELSEWHERE = "La familia se mudó a otra comuna."


def nomina(office: Office, who: str, code: str = OURS, period: str | None = None) -> Answer:
    answer = office.ask(who, LIST, {"code": code, "period": period})
    return answer["data"]["nomina"]  # type: ignore[no-any-return]


def publish(office: Office, who: str, code: str = OURS, **over: object) -> Answer:
    given = {"communeCode": code, "period": "2026-11-15"} | over
    return office.change(who, "publishNomina", given, PUBLISHED)


def discard(office: Office, who: str, name: str, **over: object) -> Answer:
    given = {"entryId": office.id("entry", name), "reasonCode": "WRONG_ADDRESS", "comment": ELSEWHERE}
    return office.change(who, "discardFromNomina", given | over, ENTRY)


def revert(office: Office, who: str, name: str, **over: object) -> Answer:
    given = {"entryId": office.id("discarded", name), "comment": "Fue un error."}
    return office.change(who, "revertDiscard", given | over, ENTRY)


def test_the_list_published_last_is_shown_in_its_order(office: Office) -> None:
    shown = nomina(office, COORDINATOR)
    assert (shown["period"], shown["state"], shown["listed"]) == ("2026-11-01", "PUBLISHED", 5)
    places = [edge["node"]["position"] for edge in shown["entries"]["edges"]]
    assert places == [1, 2, 3, 4, 5]


def test_a_month_has_the_list_that_was_published_in_it(office: Office) -> None:
    shown = nomina(office, COORDINATOR, period="2026-10-31")
    assert shown["period"] == "2026-10-01"
    assert {edge["node"]["state"] for edge in shown["entries"]["edges"]} == {"DISCARDED"}
    assert nomina(office, COORDINATOR, period="2026-09-01") is None


def test_a_case_manager_sees_that_there_is_a_list_and_the_place_of_their_own_families(office: Office) -> None:
    shown = nomina(office, MANAGER)
    assert shown["listed"] == 5
    assert [edge["node"]["nna"]["id"] for edge in shown["entries"]["edges"]] == [office.id("nna", "mine")]


def test_the_region_sees_that_there_is_a_list_and_no_place(office: Office) -> None:
    answer = office.ask(REGIONAL, LIST, {"code": OURS})
    assert answer["data"]["nomina"]["entries"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("who", [COORDINATOR, REGIONAL])
def test_another_communes_list_is_none_like_that_of_no_commune(office: Office, who: str) -> None:
    told = [office.ask(who, LIST, {"code": code}) for code in (THEIRS, "99999")]
    assert told[0] == told[1] == {"data": {"nomina": None}, "errors": []}


@pytest.mark.parametrize("who", [AUDITOR, PARTNER])
def test_who_reads_no_list_is_told_so_whatever_the_commune(office: Office, who: str) -> None:
    told = [office.ask(who, LIST, {"code": code}) for code in (OURS, THEIRS, "99999")]
    assert told[0] == told[1] == told[2]
    assert [error["extensions"]["code"] for error in told[0]["errors"]] == ["FORBIDDEN"]


def test_publishing_again_takes_the_place_of_the_list_before(office: Office) -> None:
    before = nomina(office, COORDINATOR)
    told = publish(office, COORDINATOR, capacity=2)["nomina"]
    assert (told["sequence"], told["state"], told["capacity"]) == (2, "PUBLISHED", 2)
    assert told["publishedName"]
    state = "query ($id: ID!) { node(id: $id) { ... on Nomina { state } } }"
    assert office.ask(COORDINATOR, state, {"id": before["id"]})["data"]["node"] == {"state": "SUPERSEDED"}


def test_two_who_publish_at_once_leave_one_list_in_force(office: Office) -> None:
    given = {"input": {"communeCode": OURS, "period": "2026-11-15"}}
    answers = office.ask_together([(COORDINATOR, mutation("publishNomina"), given)] * 2)
    told = {answer["data"]["publishNomina"]["__typename"] for answer in answers}
    assert "PublishNominaSuccess" in told
    assert told <= {"PublishNominaSuccess", "Conflict"}
    runs = [row for row in office.rows("nomina_run")["nomina_run"] if "PUBLISHED" in row and "2026, 11, 1)" in row]
    assert len([row for row in runs if f"'{OURS}'" in row]) == 1


@pytest.mark.parametrize("commune", [THEIRS, "99999"])
def test_nobody_publishes_for_another_commune_or_for_none(office: Office, commune: str) -> None:
    before = office.rows()
    assert publish(office, COORDINATOR, commune)["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (MANAGER, "FORBIDDEN"),
        (REGIONAL, "FORBIDDEN"),
        (AUDITOR, "FORBIDDEN"),
        ("coordinator.13101.unsigned", "CONFIDENTIALITY_UNSIGNED"),
    ],
)
def test_a_role_without_the_right_publishes_nothing(office: Office, who: str, code: str) -> None:
    assert publish(office, who)["code"] == code


def test_our_own_estimate_needs_a_model(office: Office) -> None:
    before = office.rows()
    assert publish(office, COORDINATOR, scoreSource="ESTIMATED")["code"] == "MODEL_MISSING"
    assert office.rows() == before


def test_an_office_has_room_for_no_family_or_more(office: Office) -> None:
    told = publish(office, COORDINATOR, capacity=-1)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.capacity")


def test_a_child_is_taken_off_the_list_and_put_back(office: Office) -> None:
    assert discard(office, COORDINATOR, "ours")["entry"] == {"state": "DISCARDED", "version": 2}
    back = revert(office, COORDINATOR, "ours", entryId=office.id("entry", "ours"))
    assert back["entry"] == {"state": "LISTED", "version": 3}


def test_a_discard_of_an_earlier_month_is_put_back_while_its_list_is_in_force(office: Office) -> None:
    assert revert(office, COORDINATOR, "ours")["entry"]["state"] == "LISTED"


def test_after_the_days_of_review_nobody_is_taken_off(office: Office) -> None:
    revert(office, COORDINATOR, "ours")
    told = discard(office, COORDINATOR, "ours", entryId=office.id("discarded", "ours"))
    assert told["code"] == "REVIEW_CLOSED"


def test_nobody_is_taken_off_twice_nor_put_back_who_is_on_the_list(office: Office) -> None:
    told = revert(office, COORDINATOR, "ours", entryId=office.id("entry", "ours"))
    assert told["code"] == "NOT_DISCARDED"
    discard(office, COORDINATOR, "ours")
    assert discard(office, COORDINATOR, "ours")["code"] == "ALREADY_DISCARDED"


def test_a_list_that_another_replaced_is_left_as_it_is(office: Office) -> None:
    publish(office, COORDINATOR)
    assert discard(office, COORDINATOR, "ours")["code"] == "NOMINA_SUPERSEDED"


def test_who_decides_on_an_older_version_is_told_both(office: Office) -> None:
    discard(office, COORDINATOR, "ours")
    told = discard(office, COORDINATOR, "ours", expectedVersion=1)
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 1, 2)
    told = revert(office, COORDINATOR, "ours", expectedVersion=9)
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 9, 2)


@pytest.mark.parametrize("act", [discard, revert])
@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, REGIONAL])
def test_a_place_on_another_communes_list_is_not_found_like_none(office: Office, act: Act, who: str) -> None:
    before = office.rows()
    told = [act(office, who, name) for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"
    assert office.rows() == before


@pytest.mark.parametrize("act", [discard, revert])
def test_a_case_manager_sees_the_place_of_their_family_and_may_not_take_it(office: Office, act: Act) -> None:
    for over in ({}, {"expectedVersion": 9}):
        assert act(office, MANAGER, "mine", **over)["code"] == "FORBIDDEN"
    assert act(office, MANAGER, "ours")["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reasonCode": "BECAUSE"}, "input.reasonCode"),
        ({"comment": "No"}, "input.comment"),
        ({"comment": "x" * 256}, "input.comment"),
        ({"comment": "La madre, RUN 12.531.909-2, se mudó."}, "input.comment"),
        ({"entryId": "run_" + "0" * 32}, "input.entryId"),
        ({"entryId": "ent_1"}, "input.entryId"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(office: Office, over: dict[str, object], field: str) -> None:
    before = office.rows()
    told = discard(office, COORDINATOR, "ours", **over)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert office.rows() == before


def test_a_comment_that_puts_a_child_back_holds_no_run_either(office: Office) -> None:
    before = office.rows()
    told = revert(office, COORDINATOR, "ours", comment="La madre, RUN 12.531.909-2, volvió.")
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.comment")
    assert office.rows() == before


def test_each_office_works_on_its_own_list(office: Office) -> None:
    assert nomina(office, FAR_COORDINATOR, THEIRS)["listed"] == 1
    assert discard(office, FAR_COORDINATOR, "far")["entry"]["state"] == "DISCARDED"


def test_every_reason_of_the_list_takes_a_child_off_and_no_other(office: Office) -> None:
    """Whoever builds a menu needs no catalogue beside the API."""
    told = office.ask(COORDINATOR, "{ discardReasons { code label definition } }")["data"]["discardReasons"]
    assert all(one["label"] and one["definition"] for one in told)
    assert {"FAMILY_REFUSES", "WRONG_ADDRESS"} < {one["code"] for one in told}
    given = {"entryId": office.id("entry", "ours"), "comment": "Se visitó."}
    refused = office.change(COORDINATOR, "discardFromNomina", given | {"reasonCode": "DISCHARGED"})
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.reasonCode")
    assert "DISCHARGED" not in {one["code"] for one in told} and "discardReasons" in refused["message"]
    for one in told:
        done = office.change(COORDINATOR, "discardFromNomina", given | {"reasonCode": one["code"]}, "entry { state }")
        assert done["entry"] == {"state": "DISCARDED"}
        office.change(COORDINATOR, "revertDiscard", {"entryId": given["entryId"], "comment": "Fue un error."})
