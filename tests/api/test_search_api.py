"""`searchNna`: by name and RUN, never beyond whom the caller may name."""

import pytest

from core.identity import format_run
from tests.api.client import Answer, Office
from tests.api.world import ADMIN, AUDITOR, CHCC, COORDINATOR, MANAGER, PARTNER, REGIONAL, RUNS

SEARCH = """query ($text: String!, $birthDate: Date, $first: Int = 20) {
    searchNna(text: $text, birthDate: $birthDate, first: $first) { hits { score reasons nna { id givenNames } } } }"""


def search(office: Office, who: str, text: str, **given: object) -> list[Answer]:
    answer = office.ask(who, SEARCH, {"text": text} | given)
    assert answer["errors"] == [], answer["errors"]
    return answer["data"]["searchNna"]["hits"]  # type: ignore[no-any-return]


def found(office: Office, who: str, text: str, **given: object) -> list[str]:
    return [hit["nna"]["givenNames"] for hit in search(office, who, text, **given)]


def code_of(answer: Answer) -> str:
    assert answer["data"] == {"searchNna": None}
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("text", ["Ayelén Huaiquil", "huaiquil ayelen", "AYELEN", "ayelem guaiquil"])
def test_a_child_is_found_by_name_however_it_is_spelt(office: Office, text: str) -> None:
    assert found(office, COORDINATOR, text)[:1] == ["Ayelén"]


@pytest.mark.parametrize("form", [str, format_run, lambda run: run.replace("-", "")])
def test_a_child_is_found_by_run_in_any_form(office: Office, form: object) -> None:
    (hit,) = search(office, COORDINATOR, form(RUNS["ours"]))  # type: ignore[operator]
    assert (hit["nna"]["id"], hit["score"], hit["reasons"]) == (office.id("nna", "ours"), 1, ["SAME_IDENTIFIER"])


def test_the_birth_date_alone_finds_who_was_born_that_day(office: Office) -> None:
    assert found(office, COORDINATOR, "", birthDate="2013-03-05") == ["Lautaro"]


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER])
def test_a_child_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str) -> None:
    for text in (RUNS["far"], RUNS["nobody"], "Antümalén Lincopán"):
        assert search(office, who, text) == []


@pytest.mark.parametrize("who", [MANAGER, CHCC, "family_therapist.13101"])
def test_who_names_their_own_caseload_finds_it_and_nobody_else(office: Office, who: str) -> None:
    assert found(office, who, "Millaray Antilef") == ["Millaray"]
    for name in ("ours", "referred", "protected"):
        assert search(office, who, RUNS[name]) == []


def test_an_institution_finds_whom_consent_names_and_not_whom_a_referral_shows(office: Office) -> None:
    assert found(office, PARTNER, RUNS["consented"]) == ["Nahuel"]
    assert search(office, PARTNER, RUNS["referred"]) == []


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (ADMIN, "FORBIDDEN"),
        (AUDITOR, "FORBIDDEN"),
        (REGIONAL, "FORBIDDEN"),
        ("coordinator.13101.unsigned", "CONFIDENTIALITY_UNSIGNED"),
    ],
)
def test_who_may_name_nobody_may_not_search(office: Office, who: str, code: str) -> None:
    told = [office.ask(who, SEARCH, {"text": text}) for text in (RUNS["ours"], RUNS["nobody"], "Lautaro")]
    assert code_of(told[0]) == code
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("first", [-1, 0, 51, 2**31 - 1])
def test_a_search_gives_from_one_to_fifty(office: Office, first: int) -> None:
    assert code_of(office.ask(COORDINATOR, SEARCH, {"text": "Lautaro", "first": first})) == "INVALID_INPUT"


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "*", "a", "' OR 1=1 --"])
def test_a_text_without_a_word_finds_nobody(office: Office, text: str) -> None:
    assert search(office, COORDINATOR, text) == []
