"""An instant that no calendar of an office holds is a bad value, like any other."""

import pytest

from tests.api.client import Office
from tests.api.world import COORDINATOR

SINCE = "query ($when: DateTime!) { alerts(first: 5, where: {createdAt: {gte: $when}}) { edges { node { id } } } }"
INLINE = 'query { alerts(first: 5, where: {createdAt: {gte: "%s"}}) { edges { node { id } } } }'
NOWHERE = [
    "0001-01-01T00:00:00+05:00",
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-05:00",
    "9999-12-31T23:59:59.999999+00:00",
]


@pytest.mark.parametrize("text", NOWHERE)
def test_an_instant_beyond_the_calendar_is_refused_as_a_bad_value(office: Office, text: str) -> None:
    given, written = office.ask(COORDINATOR, SINCE, {"when": text}), office.ask(COORDINATOR, INLINE % text)
    for answer, code in ((given, "BAD_VARIABLE"), (written, "BAD_ARGUMENT")):
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == code
        assert "DateTime" in error["message"] and text not in error["message"]


def test_the_first_and_the_last_year_are_instants_still(office: Office) -> None:
    for text, found in (("0001-01-02T00:00:00+00:00", True), ("9999-12-30T00:00:00+00:00", False)):
        assert bool(office.ask(COORDINATOR, SINCE, {"when": text})["data"]["alerts"]["edges"]) is found
