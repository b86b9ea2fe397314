"""`accessExplanation`: why a field shows or does not; it says what the reading does, and nothing of what is hidden."""

import pytest

from tests.api.client import Answer, Office
from tests.api.world import ADMIN, AUDITOR, COORDINATOR, MANAGER, PARTNER, REGIONAL
from tests.factories import an_extract

WHY = """query ($id: ID!, $field: String!) {
    accessExplanation(id: $id, field: $field) { allowed dataClass resource sentences rules } }"""
# A field of each class of the child's record.
FIELDS = {
    "age": "BASIC",
    "givenNames": "IDENTITY",
    "addresses": "CONTACT",
    "hasDisability": "HEALTH",
    "listStatuses": "JUDICIAL",
    "scores": "RISK",
}


def why(office: Office, who: str, record: str, field: str) -> Answer:
    return office.ask(who, WHY, {"id": record, "field": field})


def explained(office: Office, who: str, name: str, field: str) -> Answer:
    return why(office, who, office.id("nna", name), field)["data"]["accessExplanation"]  # type: ignore[no-any-return]


def test_what_shows_is_explained_with_the_line_that_allows_it(office: Office) -> None:
    told = explained(office, MANAGER, "mine", "givenNames")
    assert (told["allowed"], told["dataClass"], told["resource"]) == (True, "IDENTITY", "nna")
    assert told["rules"] == ["role:CASE_MANAGER, nna, read, IDENTITY, OWN, CARE, allow"]
    assert told["sentences"]


def test_what_does_not_show_is_explained_too(office: Office) -> None:
    told = explained(office, MANAGER, "ours", "givenNames")
    assert told["allowed"] is False
    assert "El registro no está entre los casos a su cargo." in told["sentences"]
    protected = explained(office, COORDINATOR, "protected", "addresses")
    assert protected["allowed"] is False
    assert any("domicilio está protegido" in sentence for sentence in protected["sentences"])


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER, REGIONAL])
def test_the_explanation_says_what_the_reading_does(office: Office, who: str) -> None:
    for name in ("mine", "ours", "referred", "consented", "protected", "far"):
        record = {"id": office.id("nna", name)}
        nna = office.ask(who, "query ($id: ID!) { nna(id: $id) { withheld } }", record)["data"]["nna"]
        for field, data in FIELDS.items():
            told = explained(office, who, name, field)
            assert (told is None) is (nna is None)
            if told:
                assert told["dataClass"] == data
                # a class that is closed in the whole scope is an error, and not told again by each row
                assert told["allowed"] is (data not in nna["withheld"] and data in open_to(office, who)), (name, field)


def open_to(office: Office, who: str) -> set[str]:
    may = office.ask(who, "{ viewer { may { resource action classes } } }")["data"]["viewer"]["may"]
    return {data for p in may if (p["resource"], p["action"]) == ("nna", "read") for data in p["classes"]}


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER, REGIONAL, ADMIN, AUDITOR])
def test_a_record_that_is_not_theirs_to_know_of_is_not_explained(office: Office, who: str) -> None:
    told = [why(office, who, office.id("nna", name), "givenNames") for name in ("far", "nobody")]
    assert told[0] == told[1] == {"data": {"accessExplanation": None}, "errors": []}


def test_without_a_signature_no_record_is_explained(office: Office) -> None:
    told = [why(office, "case_manager.13101.unsigned", office.id("nna", name), "age") for name in ("mine", "nobody")]
    assert told[0] == told[1]
    assert told[0]["data"]["accessExplanation"] is None
    assert told[0]["errors"][0]["extensions"]["code"] == "CONFIDENTIALITY_UNSIGNED"


def test_what_is_public_is_said_to_be(office: Office) -> None:
    told = why(office, AUDITOR, office.id("organization", "far"), "name")["data"]["accessExplanation"]
    assert (told["allowed"], told["rules"]) == (True, [])


@pytest.mark.parametrize("who", [COORDINATOR, PARTNER, REGIONAL])
def test_a_file_is_of_no_commune_and_so_of_every_role(office: Office, who: str) -> None:
    with office.host.unit_of_work(None, "test") as uow:
        file = an_extract(uow)
        uow.session.commit()
    told = why(office, who, f"ext_{file.id.hex}", "provider")["data"]["accessExplanation"]
    assert told["allowed"] is True
    assert told["rules"]
    assert "No tiene ningún rol" not in " ".join(told["sentences"])


@pytest.mark.parametrize(
    ("record", "field", "told"),
    [
        ("zzz_" + "0" * 32, "age", "id"),
        ("nna_1", "age", "id"),
        ("", "age", "id"),
        ("nna_" + "0" * 32, "noSuchField", "field"),
        ("nna_" + "0" * 32, "identifier_sealed", "field"),
        ("nna_" + "0" * 32, "folio", "field"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(office: Office, record: str, field: str, told: str) -> None:
    answer = why(office, COORDINATOR, record, field)
    assert answer["data"] == {"accessExplanation": None}
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", told)
