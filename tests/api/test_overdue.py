"""Pregnancies whose date passed long ago: the office finds them, and writes down the birth."""

from datetime import date

from tests import factories as make
from tests.api.client import Office
from tests.api.world import COORDINATOR, FAR_COORDINATOR, MANAGER, PARTNER

LATE = '{ overdueBirths(communeCode: "13101") { id unborn } }'


def expecting(office: Office, expected: date) -> str:
    with office.host.unit_of_work(None, "test") as uow:
        nna = make.an_nna(uow, birth_date=None, expected_birth_date=expected)
        uow.session.commit()
        return f"nna_{nna.id.hex}"


def found(office: Office, who: str) -> list[dict[str, object]]:
    answer = office.ask(who, LATE)
    assert answer["errors"] == []
    return answer["data"]["overdueBirths"]  # type: ignore[no-any-return]


def test_the_office_finds_the_births_that_nobody_wrote_down(office: Office) -> None:
    late, later = expecting(office, date(2026, 11, 2)), expecting(office, date(2026, 11, 5))
    expecting(office, date(2026, 11, 6))
    expecting(office, date(2027, 3, 1))
    assert found(office, COORDINATOR) == [{"id": late, "unborn": True}, {"id": later, "unborn": True}]
    assert found(office, MANAGER) == found(office, COORDINATOR)
    for who in (PARTNER, FAR_COORDINATOR):
        answer = office.ask(who, LATE)
        assert (answer["data"]["overdueBirths"], answer["errors"][0]["extensions"]["code"]) == (None, "FORBIDDEN")


def test_a_birth_that_is_written_down_takes_the_child_off_again(office: Office) -> None:
    late = expecting(office, date(2026, 11, 1))
    item = {"items": [{"typeCode": "INADEQUATE_HYGIENE"}], "nnaId": late}
    refused = office.change(COORDINATOR, "raiseAlert", item)
    assert (refused["code"], refused["field"]) == ("PREGNANCY_OVERDUE", "input.nnaId")
    given = {"id": late, "expectedVersion": 1, "birthDate": "2026-11-03"}
    assert office.change(COORDINATOR, "updateNna", given)["__typename"] == "UpdateNnaSuccess"
    assert found(office, COORDINATOR) == []
    assert office.change(COORDINATOR, "raiseAlert", item)["__typename"] == "RaiseAlertSuccess"
