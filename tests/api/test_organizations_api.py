"""`organizations` and `registerOrganization`: they work · another commune · permission · the rules that refuse."""

import pytest

from tests.api.client import Answer, Office
from tests.api.rights import invite
from tests.api.world import ADMIN, ANALYST, AUDITOR, COORDINATOR, MANAGER, OURS, PARTNER, THEIRS

SCHOOL = {"communeCode": OURS, "name": "Liceo Ñielol", "typeCode": "SCHOOL", "sectorCode": "EDUCATION"}
SHOWN = "organization { id communeCode name typeCode sectorCode identifier version }"
FIND = """query ($where: OrganizationWhere) {
    organizations(first: 20, where: $where) { totalCount edges { node { id name communeCode } } } }"""


def register(office: Office, who: str, **over: object) -> Answer:
    return office.change(who, "registerOrganization", SCHOOL | over, SHOWN)


def found(office: Office, who: str, **where: object) -> list[str]:
    edges = office.ask(who, FIND, {"where": where})["data"]["organizations"]["edges"]
    return [edge["node"]["name"] for edge in edges]


@pytest.mark.parametrize("who", [COORDINATOR, ADMIN, "network_coordinator.13101", "community_manager.13101"])
def test_an_institution_is_listed_in_the_directory_of_the_commune(office: Office, who: str) -> None:
    told = register(office, who, identifier="8485")["organization"]
    assert told["id"].startswith("org_")
    assert (told["name"], told["typeCode"], told["identifier"], told["version"]) == (
        "Liceo Ñielol",
        "SCHOOL",
        "8485",
        1,
    )


def test_institutions_are_found_by_commune_type_and_name_forgiving_of_accents(office: Office) -> None:
    register(office, COORDINATOR)
    assert found(office, ADMIN) == ["Escuela Alto Río", "Escuela Los Boldos", "Liceo Ñielol"]
    assert found(office, ADMIN, communeCode={"eq": OURS}) == ["Escuela Los Boldos", "Liceo Ñielol"]
    assert found(office, ADMIN, communeCode={"eq": THEIRS}, typeCode={"eq": "SCHOOL"}) == ["Escuela Alto Río"]
    assert found(office, ADMIN, name={"startsWith": "liceo ÑI"}) == ["Liceo Ñielol"]
    assert found(office, ADMIN, name={"eq": "escuela alto rio"}) == ["Escuela Alto Río"]


@pytest.mark.parametrize("who", [PARTNER, ANALYST, AUDITOR, MANAGER])
def test_the_directory_is_open_to_everybody_with_an_account(office: Office, who: str) -> None:
    assert found(office, who) == ["Escuela Alto Río", "Escuela Los Boldos"]


def test_the_directory_is_open_before_the_agreement_is_signed(office: Office) -> None:
    invite(office, ADMIN)
    assert found(office, "paula.rojas") == ["Escuela Alto Río", "Escuela Los Boldos"]


def test_a_sector_partner_is_invited_for_an_institution_that_was_listed(office: Office) -> None:
    listed = register(office, ADMIN)["organization"]["id"]
    grant = {"role": "SECTOR_PARTNER", "territory": OURS, "validFrom": "2026-11-20"}
    person = {"username": "liceo.nielol", "displayName": "Rosa Quidel", "subject": "a-1"}
    refused = office.change(ADMIN, "inviteUser", person | {"grant": grant})
    assert refused["code"] == "ORGANIZATION_REQUIRED"
    assert "organizations" in refused["message"] and "registerOrganization" in refused["message"]
    shown = "done assignments { organization { name } }"
    told = office.change(ADMIN, "inviteUser", person | {"grant": grant | {"organizationId": listed}}, shown)
    assert told["assignments"] == [{"organization": {"name": "Liceo Ñielol"}}]


@pytest.mark.parametrize("commune", [THEIRS, "99999"])
def test_no_institution_is_listed_in_another_commune_or_in_none(office: Office, commune: str) -> None:
    before = office.rows()
    assert register(office, ADMIN, communeCode=commune)["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize("who", [MANAGER, PARTNER, AUDITOR])
def test_a_role_without_the_right_lists_none(office: Office, who: str) -> None:
    assert register(office, who)["code"] == "FORBIDDEN"


def test_an_institution_is_listed_once_and_the_one_that_stands_is_named(office: Office) -> None:
    told = register(office, COORDINATOR, name="escuela  LOS BOLDOS")
    assert (told["code"], told["details"]) == ("ALREADY_LISTED", {"id": office.id("organization", "ours")})


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "input.name"),
        ({"name": "Escuela de la RUN 12.531.909-2"}, "input.name"),
        ({"typeCode": "CIRCUS"}, "input.typeCode"),
        ({"sectorCode": "CIRCUS"}, "input.sectorCode"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(office: Office, over: dict[str, object], field: str) -> None:
    before = office.rows()
    told = register(office, COORDINATOR, **over)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert office.rows() == before
