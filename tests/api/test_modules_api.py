"""`modules`, `setModule`: they work · another commune · a role without permission · the rules · only asking first."""

import pytest

from tests.api.client import Answer, Office
from tests.api.world import ADMIN, ANALYST, AUDITOR, COORDINATOR, OURS, THEIRS

MODULES = "query ($code: String!) { modules(communeCode: $code) { name label enabled since reason switchVersion } }"
SWITCHED = "switch { version enabled reason } touched { table rows } changes done"
REASON = "La comuna lo usará."


def set_module(office: Office, who: str, **over: object) -> Answer:
    given = {"communeCode": OURS, "plugin": "spare", "enabled": True, "reason": REASON}
    return office.change(who, "setModule", given | over, SWITCHED)


def spare(office: Office, who: str, code: str = OURS) -> Answer:
    found = office.ask(who, MODULES, {"code": code})["data"]["modules"]
    return next(module for module in found if module["name"] == "spare")


def test_a_commune_switches_a_module_on_and_off(office: Office) -> None:
    assert spare(office, ADMIN)["enabled"] is False
    told = set_module(office, ADMIN)
    assert told["switch"] == {"version": 1, "enabled": True, "reason": REASON}
    assert (told["changes"], told["done"]) == (True, True)
    on = spare(office, ADMIN)
    assert (on["enabled"], on["reason"], on["switchVersion"]) == (True, REASON, 1)
    off = set_module(office, ADMIN, enabled=False, expectedVersion=1)
    assert off["switch"]["version"] == 2
    assert spare(office, ADMIN)["enabled"] is False


def test_what_one_commune_switches_stays_as_it_is_in_the_others(office: Office) -> None:
    set_module(office, ADMIN)
    assert spare(office, ADMIN, THEIRS)["enabled"] is False


@pytest.mark.parametrize("who", [COORDINATOR, AUDITOR, ANALYST, "case_manager.13101.unsigned"])
def test_everybody_may_know_what_a_commune_uses(office: Office, who: str) -> None:
    assert spare(office, who, THEIRS)["label"] == "Módulo de repuesto"


def test_there_are_no_modules_where_there_is_no_commune(office: Office) -> None:
    answer = office.ask(ADMIN, MODULES, {"code": "99999"})
    assert answer["data"] == {"modules": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_INPUT"]


@pytest.mark.parametrize(("who", "commune"), [(ADMIN, THEIRS), (COORDINATOR, OURS), (AUDITOR, OURS)])
@pytest.mark.parametrize("only", [True, False])
def test_nobody_switches_for_another_commune_or_without_the_right(
    office: Office, who: str, commune: str, only: bool
) -> None:
    before = office.rows()
    assert set_module(office, who, communeCode=commune, validateOnly=only)["code"] == "FORBIDDEN"
    assert office.rows() == before


def test_asking_first_changes_nothing(office: Office) -> None:
    before = office.rows()
    told = set_module(office, ADMIN, validateOnly=True)
    assert (told["switch"], told["changes"], told["done"]) == (None, True, False)
    assert office.rows() == before


@pytest.mark.parametrize("only", [True, False])
def test_who_decides_on_an_older_version_is_told_both(office: Office, only: bool) -> None:
    set_module(office, ADMIN)
    told = set_module(office, ADMIN, enabled=False, validateOnly=only)
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 0, 1)
    assert spare(office, ADMIN)["enabled"] is True


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"plugin": "no_such_module"}, "input.plugin"),
        ({"reason": " "}, "input.reason"),
        ({"communeCode": "99999"}, "input.communeCode"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(office: Office, over: dict[str, object], field: str) -> None:
    told = set_module(office, ADMIN, **over)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
