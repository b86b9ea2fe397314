"""What an institution reads of a child that was referred to it: the need, age and commune; by consent, who it is."""

import pytest
from sqlmodel import col, select

from core.models.organizations import Organization
from core.models.people import Nna
from tests import factories as make
from tests.api.client import Answer, Office
from tests.api.world import CHCC, COORDINATOR, MANAGER, NAMES, OURS, PARTNER, RUNS

FLAGS = "identifierKind protectedAddress noContact"
ASKED = f"query ($id: ID!) {{ nna(id: $id) {{ age commune {{ code }} {FLAGS} withheld }} }}"
AROUND = """query ($id: ID!) { nna(id: $id) {
    team(first: 9) { totalCount }
    grants(first: 9) { totalCount edges { node { organization { id } withIdentity } } } } }"""
LISTED = "{ alerts(first: 20) { edges { node { id nna { id } report { nna { id } } } } } }"
NODES = """query ($ids: [ID!]!) { nodes(ids: $ids) {
    ... on Alert { nna { id } } ... on AlertReport { nna { id } } } }"""
OF_CHILD = "query ($id: ID!) { nna(id: $id) { alerts(first: 9) { totalCount edges { node { id } } } } }"
AFTER = "query ($id: ID!, $after: String!) { nna(id: $id) { alerts(first: 9, after: $after) { totalCount } } }"
SHOWN = {"identifierKind": "RUN", "protectedAddress": False, "noContact": False}


def raised(office: Office, who: str, name: str, by: str) -> Answer:
    given, first, _ = NAMES[name]
    said = {"communeCode": OURS, "identifierKind": "RUN", "identifier": RUNS[name], "birthDate": "2014-03-06"}
    named = {"described": said | {"givenNames": given, "firstSurname": first, "sex": "FEMALE"}}
    subject = {"nnaId": office.id("nna", name)} if by == "record" else named
    shown = "report { id nna { id } alerts(first: 9) { edges { node { id state nna { id } } } } }"
    return office.change(who, "raiseAlert", {"items": [{"typeCode": "INADEQUATE_FEEDING"}]} | subject, shown)


def of_child(office: Office, who: str, name: str) -> Answer:
    found: Answer = office.ask(who, OF_CHILD, {"id": office.id("nna", name)})["data"]["nna"]["alerts"]
    return found


@pytest.mark.parametrize(
    ("who", "name", "shown"),
    [
        (PARTNER, "referred", dict.fromkeys(SHOWN)),
        (PARTNER, "consented", SHOWN),
        (COORDINATOR, "ours", SHOWN),
        (COORDINATOR, "protected", SHOWN | {"protectedAddress": True}),
        (MANAGER, "mine", SHOWN),
        (MANAGER, "ours", dict.fromkeys(SHOWN)),
        (CHCC, "ours", dict.fromkeys(SHOWN)),
    ],
)
def test_how_a_child_is_protected_and_numbered_is_told_to_who_may_name_it(
    office: Office, who: str, name: str, shown: dict[str, object]
) -> None:
    nna = office.ask(who, ASKED, {"id": office.id("nna", name)})["data"]["nna"]
    assert {key: nna[key] for key in SHOWN} == shown
    assert nna["age"] is not None and nna["commune"] == {"code": "13101"}


@pytest.mark.parametrize("name", ["referred", "consented"])
def test_an_institution_reads_of_a_record_its_own_grant_and_no_team(office: Office, name: str) -> None:
    with office.host.unit_of_work(None, "test") as uow:
        nna = uow.session.get_one(Nna, office.world.key("nna", name))
        programme = make.an_organization(uow, name="Programa de reparación")
        make.a_grant(uow, nna, programme, with_identity=True)
        make.a_grant(uow, nna, programme, valid_until=make.SINCE.replace(month=3))
        uow.session.commit()
    told = office.ask(PARTNER, AROUND, {"id": office.id("nna", name)})
    own = {"organization": {"id": office.id("organization", "ours")}, "withIdentity": name == "consented"}
    assert told["data"]["nna"] == {"team": None, "grants": {"totalCount": 1, "edges": [{"node": own}]}}
    assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]
    every = office.ask(COORDINATOR, AROUND, {"id": office.id("nna", name)})["data"]["nna"]
    assert every["grants"]["totalCount"] == 3 and every["team"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("name", "by", "tied"),
    [
        ("referred", "number", False),
        ("referred", "record", True),
        ("consented", "number", True),
        ("consented", "record", True),
    ],
)
def test_what_an_institution_raised_leads_to_the_child_that_it_named_so_or_may_name(
    office: Office, name: str, by: str, tied: bool
) -> None:
    """Otherwise it would learn, by raising an alert on a number, whose it is of the children opened to it."""
    nna = office.id("nna", name)
    told = raised(office, PARTNER, name, by)
    shown = {"id": nna} if tied else None
    (alert,) = [edge["node"] for edge in told["report"]["alerts"]["edges"]]
    assert (told["report"]["nna"], alert["nna"], alert["state"]) == (shown, shown, "PENDING_VALIDATION")
    own = office.ask(PARTNER, LISTED)["data"]["alerts"]["edges"]
    assert {"id": alert["id"], "nna": shown, "report": {"nna": shown}} in [edge["node"] for edge in own]
    nodes = office.ask(PARTNER, NODES, {"ids": [alert["id"], told["report"]["id"]]})["data"]["nodes"]
    assert [node["nna"] for node in nodes] == [shown, shown]
    listed = [{"node": {"id": alert["id"]}}] if tied else []
    assert of_child(office, PARTNER, name) == {"totalCount": len(listed), "edges": listed}
    here = office.ask(PARTNER, AFTER, {"id": nna, "after": alert["id"]})
    assert [e["extensions"]["code"] for e in here.get("errors", [])] == ([] if tied else ["CURSOR_GONE"])


@pytest.mark.parametrize("who", [COORDINATOR, CHCC])
def test_the_office_is_led_from_what_an_institution_raised_to_the_child_and_back(office: Office, who: str) -> None:
    told = raised(office, PARTNER, "referred", "number")
    ids = [told["report"]["id"]]
    nodes = office.ask(who, NODES, {"ids": ids})["data"]["nodes"]
    assert nodes == [{"nna": {"id": office.id("nna", "referred")}}]
    assert of_child(office, who, "referred")["totalCount"] == (2 if who == COORDINATOR else 0)


def test_no_moment_leads_from_a_child_that_was_opened_without_name_to_the_report_that_opened_its_record(
    office: Office,
) -> None:
    """The report has the name that the institution said, and the record was written a moment before it."""
    described = {"communeCode": OURS, "givenNames": "Ayelén", "firstSurname": "Millán", "birthDate": "2015-05-09"}
    given = {
        "items": [{"typeCode": "INADEQUATE_FEEDING"}],
        "described": described | {"identifierKind": "NONE", "sex": "FEMALE"},
    }
    office.change(PARTNER, "raiseAlert", given)
    with make.stored(office.host) as uow:
        nna = uow.session.scalars(select(Nna).where(col(Nna.first_surname) == "Millán")).one()
        make.a_grant(uow, nna, uow.session.get_one(Organization, office.world.key("organization", "ours")))
    asked = "query ($id: ID!) { nna(id: $id) { age createdAt } }"
    told = office.ask(PARTNER, asked, {"id": f"nna_{nna.id.hex}"})["data"]["nna"]
    assert told == {"age": 11, "createdAt": None}
    assert nna.id.int >> 80 == 0  # where other ids have their milliseconds
    assert office.ask(COORDINATOR, asked, {"id": f"nna_{nna.id.hex}"})["data"]["nna"]["createdAt"]
