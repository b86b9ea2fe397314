"""What an institution reads of a child that was referred to it: the need, age and commune; by consent, who it is."""

import pytest

from core.models.people import Nna
from tests import factories as make
from tests.api.client import Office
from tests.api.world import CHCC, COORDINATOR, MANAGER, PARTNER

FLAGS = "identifierKind protectedAddress noContact"
ASKED = f"query ($id: ID!) {{ nna(id: $id) {{ age commune {{ code }} {FLAGS} withheld }} }}"
AROUND = """query ($id: ID!) { nna(id: $id) {
    team(first: 9) { totalCount }
    grants(first: 9) { totalCount edges { node { organization { id } withIdentity } } } } }"""
SHOWN = {"identifierKind": "RUN", "protectedAddress": False, "noContact": False}


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
