"""No statement of everyday work reads a large table from end to end: SQLite's planner is asked, one by one."""

import asyncio
import re
import sqlite3

import pytest
from sqlalchemy import make_url

from authz.actor import Hat, Role
from core.models.people import Nna
from tests.api.read_world import COMMUNES, World, asking, read_schema

LARGE = (
    *("nna", "alert", "alert_report", "address", "contact", "attendance", "schooling", "health_registration"),
    *("family", "family_member", "relative", "relation", "nomina_entry", "nomina_discard", "official_score"),
    *("list_status", "team_member", "access_grant", "read_subject", "audit_entry"),
)
CHILD = """id fullName age family { folio children(first: 5) { edges { node { id age } } } }
  alerts(first: 5) { totalCount edges { node { typeCode state report { raisedAt } } } }"""
DOCUMENTS = {
    "a child": f"query ($id: ID!) {{ nna(id: $id) {{ {CHILD} team(first: 3) {{ edges {{ node {{ duty }} }} }} }} }}",
    "what is kept of a child": """query ($id: ID!) { nna(id: $id) { addresses(first: 3) { edges { node { street } } }
      contacts(first: 3) { edges { node { phone } } } schooling(first: 3) { edges { node { grade } } }
      attendance(first: 12) { edges { node { rate } } } health(first: 3) { edges { node { centre } } }
      scores(first: 3) { edges { node { score } } } listStatuses(first: 3) { edges { node { effect } } }
      memberships(first: 3) { edges { node { role } } } nominaEntries(first: 3) { edges { node { position } } } } }""",
    "a family": """query ($family: ID!) { family(id: $family) { folio members(first: 9) { edges { node { role
      nna { id } relative { givenNames } } } } } }""",
    "alerts that wait": """{ alerts(first: 50, where: {state: {eq: PENDING_VALIDATION}}) { edges { node { typeCode
      nna { id fullName } organization { name } } } } }""",
    "the list": f"""{{ nomina(communeCode: "{COMMUNES[0]}") {{ entries(first: 50) {{ edges {{ node {{ position
      decidingReason nna {{ {CHILD} }} }} }} }} }} }}""",
    "a record by its id": "query ($id: ID!) { node(id: $id) { id } }",
}
SCAN = re.compile(rf"\bSCAN (?:{'|'.join(LARGE)})(?:_\d+)?\b")


class Listening:
    """A reader that keeps the text of what it is asked."""

    def __init__(self, reader):
        self.reader, self.kind, self.asked = reader, reader.kind, []

    async def prepare(self, plan):
        await self.reader.prepare(plan)

    async def value(self, plan, values):
        self.asked.append((plan.prepared.sql, len(plan.prepared.names)))
        return await self.reader.value(plan, values)

    async def rows(self, plan, values):
        self.asked.append((plan.prepared.sql, len(plan.prepared.names)))
        return await self.reader.rows(plan, values)


# PostgreSQL's planner scans small tables on purpose; the indexes are the same.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def filled(host):
    world = World(children=60, seed=9)
    world.fill(host)
    return world


def steps(database: str, statements: list[tuple[str, int]]) -> list[str]:
    connection = sqlite3.connect(str(make_url(database).database))
    found = [
        row[3] for sql, many in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * many)
    ]
    connection.close()
    return found


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CASE_MANAGER, Role.SECTOR_PARTNER, Role.REGIONAL_COORDINATOR])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_everyday_work_scans_no_large_table(host, database, filled, role, name):
    child = next(row for row in filled.of(Nna) if row["family_id"] and row["commune_code"] == COMMUNES[0])
    ids = {"id": f"nna_{child['id'].hex}", "family": f"fam_{child['family_id'].hex}"}
    actor = filled.actor(Hat(role, frozenset(COMMUNES[:1])))

    async def ask():
        async with asking(read_schema(), host, database) as asker:
            asker.reader = Listening(asker.reader)
            await asker.ask(actor, DOCUMENTS[name], {k: v for k, v in ids.items() if f"${k}:" in DOCUMENTS[name]})
            return asker.reader.asked

    asked = asyncio.run(ask())
    assert asked or name == "the list"
    assert not [step for step in steps(database, asked) if SCAN.search(step)]


def test_the_question_finds_a_scan_where_there_is_one(host, database, filled):
    assert SCAN.search(steps(database, [("SELECT count(*) FROM nna AS nna_1 WHERE nna_1.sex = 'FEMALE'", 0)])[0])
