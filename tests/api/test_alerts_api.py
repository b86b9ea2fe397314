"""`alerts`, `raiseAlert`, `validateAlert`, `dismissAlert`: another commune · permission · the rules."""

import pytest

from core.identity import demo_run
from tests.api.client import Answer, Office, mutation
from tests.api.world import AUDITOR, CHCC, COORDINATOR, MANAGER, OURS, PARTNER, REGIONAL, RUNS, THEIRS, THERAPIST

REPORT = """report { source nna { id }
    alerts(first: 9) { edges { node { typeCode dataClass state validUntil information organization { id } } } } }"""
DECIDED = "alert { state decisionReason version }"
CONFLICT = {"typeCode": "FAMILY_CONFLICT", "information": "Lo contó en clases."}
UNEMPLOYMENT = {"typeCode": "CAREGIVER_UNEMPLOYMENT"}
DESCRIBED = {
    "communeCode": OURS,
    "identifierKind": "RUN",
    "identifier": RUNS["ours"],
    "givenNames": "Lautaro",
    "firstSurname": "Quidel",
    "sex": "MALE",
    "birthDate": "2013-03-05",
}
ANOTHER = DESCRIBED | {"givenNames": "Pedro", "firstSurname": "Soto", "birthDate": "2010-01-01"}


def raised(office: Office, who: str, *items: dict[str, object], shown: str = REPORT, **given: object) -> Answer:
    return office.change(who, "raiseAlert", {"items": list(items) or [CONFLICT]} | given, shown)


def alerts_of(told: Answer) -> list[dict[str, object]]:
    return [edge["node"] for edge in told["report"]["alerts"]["edges"]]


def differing(office: Office, who: str) -> list[dict[str, object]]:
    shown = "descriptionDiffers described { givenNames firstSurname secondSurname socialName birthDate sex }"
    asked = f"{{ alerts(first: 50) {{ edges {{ node {{ typeCode report {{ nna {{ id }} {shown} }} }} }} }} }}"
    nodes = [edge["node"] for edge in office.ask(who, asked)["data"]["alerts"]["edges"]]
    return [node["report"] for node in nodes if node["typeCode"] == CONFLICT["typeCode"]]


def decide(office: Office, who: str, how: str, name: str, **given: object) -> Answer:
    wanted = {"id": office.id("alert", name), "expectedVersion": 1, "reason": "Se visitó a la familia."}
    return office.change(who, f"{how}Alert", wanted | given, DECIDED)


def test_the_team_raises_several_alerts_at_once(office: Office) -> None:
    for who, seen in ((MANAGER, []), (COORDINATOR, ["PENDING_VALIDATION"] * 2)):  # alerts are for who has the child
        told = raised(office, who, CONFLICT, UNEMPLOYMENT, nnaId=office.id("nna", "ours"))
        assert (told["report"]["source"], told["report"]["nna"]) == ("TEAM", {"id": office.id("nna", "ours")})
        assert [alert["state"] for alert in alerts_of(told)] == seen
        office.put_back()


def test_what_the_coordinator_finds_in_the_diagnosis_waits_for_nobody(office: Office) -> None:
    told = raised(office, COORDINATOR, nnaId=office.id("nna", "ours"), foundInDiagnosis=True)
    assert [alert["state"] for alert in alerts_of(told)] == ["INCORPORATED"]


def test_finding_in_the_diagnosis_needs_the_right_to_validate(office: Office) -> None:
    assert raised(office, MANAGER, nnaId=office.id("nna", "ours"), foundInDiagnosis=True)["code"] == "FORBIDDEN"


def test_an_institution_is_answered_alike_about_a_known_child_and_a_new_one(office: Office) -> None:
    known = raised(office, PARTNER, described=DESCRIBED)
    new = raised(office, PARTNER, described=DESCRIBED | {"identifier": demo_run(9_500)})
    assert known == new
    assert known["report"]["nna"] is None
    assert alerts_of(known)[0]["organization"] == {"id": office.id("organization", "ours")}


def test_the_office_sees_that_a_description_does_not_fit_the_run_and_who_was_described(office: Office) -> None:
    raised(office, PARTNER, described=ANOTHER | {"identifier": RUNS["mine"]})
    raised(office, PARTNER, described=ANOTHER)
    reports = {report["nna"]["id"]: report for report in differing(office, COORDINATOR)}
    shown = {"givenNames": "Pedro", "firstSurname": "Soto", "secondSurname": None, "birthDate": "2010-01-01"}
    for name in ("mine", "ours"):
        assert reports[office.id("nna", name)] == {
            "nna": {"id": office.id("nna", name)},
            "descriptionDiffers": True,
            "described": shown | {"socialName": None, "sex": "MALE"},
        }
    theirs = {report["nna"]["id"]: report["described"]["givenNames"] for report in differing(office, MANAGER)}
    assert theirs == {office.id("nna", "mine"): "Pedro"}


def test_a_description_that_fits_is_told_as_such(office: Office) -> None:
    raised(office, PARTNER, described=DESCRIBED)
    assert {(r["descriptionDiffers"], r["described"]) for r in differing(office, COORDINATOR)} == {(False, None)}


def test_an_institution_learns_from_no_answer_that_the_run_is_of_somebody_else(office: Office) -> None:
    shown = f"{REPORT} report {{ version withheld descriptionDiffers described {{ givenNames }} }}"
    answers = []
    for who in (DESCRIBED, ANOTHER, ANOTHER | {"identifier": demo_run(9_501)}):
        given = {"items": [CONFLICT], "described": who}
        answers.append(office.ask(PARTNER, mutation("raiseAlert", shown), {"input": given}))
        office.put_back()
    assert answers[0] == answers[1] == answers[2]
    assert {tuple(error["path"][-1:]) for error in answers[0]["errors"]} == {("descriptionDiffers",), ("described",)}
    assert {error["extensions"]["code"] for error in answers[0]["errors"]} == {"FORBIDDEN"}


def test_an_institution_describes_a_child_whose_run_nobody_knows(office: Office) -> None:
    nameless = DESCRIBED | {"identifierKind": "NONE", "identifier": None}
    assert raised(office, PARTNER, described=nameless)["report"]["nna"] is None
    assert raised(office, PARTNER, described=nameless)["code"] == "ALERT_ALREADY_LIVE"


def test_an_institution_sees_the_fate_of_its_own_alerts_and_no_other(office: Office) -> None:
    seen = "{ alerts(first: 20) { edges { node { id state decisionReason nna { id } } } } }"
    decide(office, COORDINATOR, "validate", "raised")
    nodes = [edge["node"] for edge in office.ask(PARTNER, seen)["data"]["alerts"]["edges"]]
    fate = {"state": "VALIDATED", "decisionReason": "Se visitó a la familia.", "nna": None}
    assert nodes == [{"id": office.id("alert", "raised")} | fate]


def test_an_alert_of_a_class_that_they_may_not_know_of_is_not_shown_to_who_raised_it(office: Office) -> None:
    judicial = {"typeCode": "CAREGIVER_DEPRIVED_OF_LIBERTY"}
    told = raised(office, MANAGER, judicial, nnaId=office.id("nna", "ours"))
    assert alerts_of(told) == []
    assert [a["dataClass"] for a in alerts_of(raised(office, COORDINATOR, judicial, nnaId=office.id("nna", "mine")))]


def test_the_same_source_raises_a_type_once_while_it_lives(office: Office) -> None:
    told = raised(office, COORDINATOR, {"typeCode": "LACK_OF_SUPERVISION"}, nnaId=office.id("nna", "ours"))
    assert (told["code"], told["field"]) == ("ALERT_ALREADY_LIVE", "input.items")
    assert told["details"] == {"types": ["LACK_OF_SUPERVISION"], "nnaId": office.id("nna", "ours")}
    decide(office, COORDINATOR, "dismiss", "ours")
    again = raised(office, COORDINATOR, {"typeCode": "LACK_OF_SUPERVISION"}, nnaId=office.id("nna", "ours"))
    assert again["__typename"] == "RaiseAlertSuccess"


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER, THERAPIST])
def test_a_child_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str) -> None:
    before = office.rows()
    told = [raised(office, who, nnaId=office.id("nna", name)) for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"
    assert office.rows() == before


@pytest.mark.parametrize("commune", [THEIRS, "99999"])
@pytest.mark.parametrize("who", [COORDINATOR, PARTNER])
def test_nobody_describes_a_child_to_an_office_where_they_have_no_role(office: Office, who: str, commune: str) -> None:
    before = office.rows()
    assert raised(office, who, described=DESCRIBED | {"communeCode": commune})["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize(
    ("who", "code"),
    [(AUDITOR, "FORBIDDEN"), (REGIONAL, "FORBIDDEN"), ("case_manager.13101.unsigned", "CONFIDENTIALITY_UNSIGNED")],
)
def test_a_role_without_the_right_raises_nothing(office: Office, who: str, code: str) -> None:
    assert raised(office, who, described=DESCRIBED)["code"] == code


def test_nobody_speaks_for_an_institution_that_is_not_theirs(office: Office) -> None:
    far, ours = office.id("organization", "far"), office.id("organization", "ours")
    assert raised(office, PARTNER, described=DESCRIBED, organizationId=far)["code"] == "FORBIDDEN"
    told = raised(office, COORDINATOR, described=DESCRIBED, organizationId=ours)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.organizationId")


def test_an_alert_on_a_pregnancy_is_not_raised_on_a_born_child(office: Office) -> None:
    told = raised(office, COORDINATOR, {"typeCode": "PREGNANCY_DEPRESSIVE_SYMPTOMS"}, nnaId=office.id("nna", "ours"))
    assert (told["code"], told["field"]) == ("BIRTH_MISMATCH", "input.items")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"items": [{"typeCode": "NO_SUCH_TYPE"}]}, "input.items.0.typeCode"),
        ({"items": [UNEMPLOYMENT | {"observedOn": "2026-11-21"}]}, "input.items.0.observedOn"),
        ({"items": [UNEMPLOYMENT, UNEMPLOYMENT]}, "input.items"),
        ({"items": []}, "input.items"),
        ({"nnaId": None}, "input.nnaId"),
        ({"described": DESCRIBED}, "input.nnaId"),
        ({"nnaId": "alr_" + "0" * 32}, "input.nnaId"),
        ({"organizationId": "nna_" + "0" * 32}, "input.organizationId"),
        ({"nnaId": None, "described": DESCRIBED | {"identifier": "40.009.006-1"}}, "input.described.identifier"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(office: Office, given: dict[str, object], field: str) -> None:
    before = office.rows()
    told = raised(office, COORDINATOR, **({"nnaId": office.id("nna", "ours")} | given))
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert "40.009" not in str(told)
    assert office.rows() == before


def test_an_alert_is_validated_or_dismissed_with_a_reason(office: Office) -> None:
    reason = {"decisionReason": "Se visitó a la familia.", "version": 2}
    assert decide(office, MANAGER, "validate", "mine")["alert"] == {"state": "VALIDATED"} | reason
    assert decide(office, COORDINATOR, "dismiss", "ours")["alert"] == {"state": "DISMISSED"} | reason


def test_nothing_is_dismissed_without_a_reason(office: Office) -> None:
    told = decide(office, COORDINATOR, "dismiss", "ours", reason=" ")
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.reason")


@pytest.mark.parametrize(("how", "state"), [("validate", "VALIDATED"), ("dismiss", "DISMISSED")])
def test_the_same_is_not_decided_twice(office: Office, how: str, state: str) -> None:
    decide(office, COORDINATOR, how, "ours")
    told = decide(office, COORDINATOR, how, "ours", expectedVersion=2)
    assert (told["code"], told["details"]) == ("WRONG_ALERT_STATE", {"state": state})


@pytest.mark.parametrize("how", ["validate", "dismiss"])
def test_who_decides_on_an_older_version_is_told_both(office: Office, how: str) -> None:
    decide(office, COORDINATOR, "validate", "ours")
    told = decide(office, COORDINATOR, how, "ours")
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 1, 2)


def test_of_two_decisions_at_once_one_stands(office: Office) -> None:
    given = {"id": office.id("alert", "mine"), "expectedVersion": 1, "reason": "Se visitó."}
    questions = [(COORDINATOR, mutation("validateAlert"), {"input": given})]
    questions += [(MANAGER, mutation("dismissAlert"), {"input": given})]
    told = [next(iter(answer["data"].values()))["__typename"] for answer in office.ask_together(questions)]
    assert "Conflict" in told
    assert len(set(told)) == 2


@pytest.mark.parametrize("how", ["validate", "dismiss"])
@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER])
def test_an_alert_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str, how: str) -> None:
    told = [decide(office, who, how, name) for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("how", ["validate", "dismiss"])
@pytest.mark.parametrize(("who", "name"), [(CHCC, "mine"), (PARTNER, "raised"), (THERAPIST, "mine")])
def test_who_sees_an_alert_and_may_not_decide_is_told_so(office: Office, who: str, name: str, how: str) -> None:
    before = office.rows()
    assert decide(office, who, how, name)["code"] == "FORBIDDEN"
    assert decide(office, who, how, name, expectedVersion=9)["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize("how", ["validate", "dismiss"])
def test_an_id_of_something_else_is_refused(office: Office, how: str) -> None:
    told = decide(office, COORDINATOR, how, "ours", id=office.id("nna", "ours"))
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.id")
