"""`validateAlert` and `dismissAlert` on what was decided by mistake: with a reason, while nothing rests on it."""

import pytest
from sqlalchemy import select, update

from authz.scope import table_of
from core.database import machinery
from core.models.alerts import Alert
from core.models.audit import AuditEntry
from tests.api.client import Answer, Office
from tests.api.world import COORDINATOR, MANAGER, PARTNER

DECIDED = "alert { state decisionReason version }"
FATE = "{ alerts(first: 20) { edges { node { id state decisionReason decidedAt } } } }"
WAYS = [("validate", "dismiss", "DISMISSED"), ("dismiss", "validate", "VALIDATED")]


def decide(office: Office, who: str, how: str, name: str, version: int, reason: str | None = "Se visitó.") -> Answer:
    given = {"id": office.id("alert", name), "expectedVersion": version, "reason": reason}
    return office.change(who, f"{how}Alert", given, DECIDED)


@pytest.mark.parametrize(("first", "then", "state"), WAYS)
def test_a_decision_is_changed_with_a_reason(office: Office, first: str, then: str, state: str) -> None:
    decide(office, MANAGER, first, "mine", 1)
    told = decide(office, MANAGER, then, "mine", 2, "Era otra niña.")["alert"]
    assert told == {"state": state, "decisionReason": "Era otra niña.", "version": 3}
    assert decide(office, COORDINATOR, first, "mine", 3)["alert"]["version"] == 4


def test_no_decision_is_changed_without_a_reason(office: Office) -> None:
    decide(office, COORDINATOR, "dismiss", "ours", 1)
    before = office.rows()
    told = [decide(office, COORDINATOR, "validate", "ours", 2, reason) for reason in (None, " ")]
    assert {(one["code"], one["field"]) for one in told} == {("INVALID_INPUT", "input.reason")}
    assert office.rows() == before


def test_the_first_validation_still_needs_none(office: Office) -> None:
    assert decide(office, COORDINATOR, "validate", "ours", 1, None)["alert"]["state"] == "VALIDATED"


def test_the_informant_sees_the_newest_fate(office: Office) -> None:
    decide(office, COORDINATOR, "dismiss", "raised", 1)
    decide(office, COORDINATOR, "validate", "raised", 2, "Se confirmó con la escuela.")
    (edge,) = office.ask(PARTNER, FATE)["data"]["alerts"]["edges"]
    assert (edge["node"]["state"], edge["node"]["decisionReason"]) == ("VALIDATED", "Se confirmó con la escuela.")


def test_every_decision_stays_in_the_audit(office: Office) -> None:
    decide(office, COORDINATOR, "dismiss", "ours", 1)
    decide(office, COORDINATOR, "validate", "ours", 2)
    audit = table_of(AuditEntry)
    decided = select(audit.c.changes).where(audit.c.action.in_(("dismissAlert", "validateAlert")))
    with machinery(office.host.database, "test") as session:
        written = [one[0]["columns"]["state"] for one in session.scalars(decided.order_by(audit.c.sequence))]
    assert written == [["PENDING_VALIDATION", "DISMISSED"], ["DISMISSED", "VALIDATED"]]


@pytest.mark.parametrize("how", ["validate", "dismiss"])
@pytest.mark.parametrize("state", ["INCORPORATED", "IN_ATTENTION", "MITIGATED", "NOT_MITIGATED"])
def test_what_something_rests_on_is_not_decided_again(office: Office, how: str, state: str) -> None:
    table = table_of(Alert)
    with office.host.database.begin() as connection:
        connection.execute(update(table).where(table.c.id == office.world.key("alert", "ours")).values(state=state))
    before = office.rows()
    told = decide(office, COORDINATOR, how, "ours", 1)
    assert (told["code"], told["details"]) == ("WRONG_ALERT_STATE", {"state": state})
    assert office.rows() == before


@pytest.mark.parametrize(("first", "then", "state"), WAYS)
def test_who_may_not_decide_changes_no_decision(office: Office, first: str, then: str, state: str) -> None:
    decide(office, COORDINATOR, first, "raised", 1)
    before = office.rows()
    assert decide(office, PARTNER, then, "raised", 2)["code"] == "FORBIDDEN"
    assert decide(office, MANAGER, then, "raised", 2)["code"] == "NOT_FOUND"  # not in their charge
    assert decide(office, COORDINATOR, then, "far", 1)["code"] == "NOT_FOUND"
    assert office.rows() == before


@pytest.mark.parametrize(("first", "then", "state"), WAYS)
def test_who_changes_a_decision_that_moved_on_is_told_both(office: Office, first: str, then: str, state: str) -> None:
    decide(office, COORDINATOR, first, "ours", 1)
    told = decide(office, COORDINATOR, then, "ours", 1)
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 1, 2)
