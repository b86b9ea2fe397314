"""How long the newest readings of a commune take, beside a plain statement that ranks all of them.

    python benchmarks/imports/readings.py [--readings 100000]

Two communes, nine readings of ten in the first; a reading shows one child, five or a whole list of 38. Then an auditor
asks for the newest fifty of each; the least of three. All people are invented.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from run import postgresql, sqlite
from sqlalchemy import Engine, insert, text
from sqlmodel import SQLModel

from authz.scope import table_of
from core.clock import Clock
from core.host import Host
from core.identity import KeyRing
from core.models.audit import ReadEntry, ReadSubject
from core.plugins import load_plugins
from core.services.trail import Part, StepKind, read_trail
from core.settings import Settings

LARGE, SMALL = "13101", "05701"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 5_000
RANKED = text(
    "SELECT * FROM read_entry WHERE id IN (SELECT id FROM (SELECT id, rank() OVER (ORDER BY at DESC) AS nth"
    " FROM read_entry WHERE id IN (SELECT entry_id FROM read_subject WHERE commune_code = :commune)) r WHERE nth <= 50)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oln-readings", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        print(f"{asked.readings:,} readings, invented")
        print(f"{'database':<12}{'commune':>8}{'trail ms':>10}{'ranked ms':>11}{'ratio':>7}")
        for name, databases in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            with databases(home) as (engine, _):
                measure(name, engine, home, asked.readings)


def measure(name: str, engine: Engine, home: Path, readings: int) -> None:
    SQLModel.metadata.create_all(engine)
    with engine.begin() as connection:
        for entries, subjects in invented(readings, Random(1)):  # readings of nobody
            connection.execute(insert(table_of(ReadEntry)), entries)
            connection.execute(insert(table_of(ReadSubject)), subjects)
        connection.exec_driver_sql("ANALYZE")
    host = Host(Settings(home=home), load_plugins((), third_party=False), KeyRing.sample(), Clock(), engine)
    part = Part(kinds=frozenset({StepKind.READ, StepKind.ATTEMPT}))
    for commune in (LARGE, SMALL):
        with host.unit_of_work(None, "look", reason="a benchmark looks") as uow:
            ours = least(partial(read_trail, uow, commune, None, part))
        with engine.connect() as connection:
            plain = least(partial(connection.execute, RANKED, {"commune": commune}))
        print(f"{name:<12}{commune:>8}{ours:>10.1f}{plain:>11.1f}{ours / plain:>7.2f}")


def least(look: Callable[[], Any]) -> float:
    """Give the least of three times, in milliseconds."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        look()
        taken.append(time.perf_counter() - started)
    return min(taken) * 1000


def invented(readings: int, random: Random) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Yield readings and whom they showed, some thousands at once."""
    told = {"journal": "j", "user_id": UUID(int=1), "username": "u", "purpose": "CARE", "document_hash": "h"}
    for start in range(0, readings, CHUNK):
        entries, subjects = [], []
        for n in range(start, min(start + CHUNK, readings)):
            one, at = UUID(int=n << 64 | random.getrandbits(60)), BEGIN + timedelta(seconds=n)
            entries.append(told | {"id": one, "sequence": n, "at": at, "digest": f"{n:x}", "placed": ""})
            about = {"entry_id": one, "commune_code": LARGE if random.random() < 0.9 else SMALL, "at": at}
            for _ in range(random.choice((1, 1, 1, 5, 38))):
                child = {"id": UUID(int=random.getrandbits(128)), "nna_id": UUID(int=random.getrandbits(20))}
                subjects.append(about | child | {"shown": random.random() < 0.95})
        yield entries, subjects


if __name__ == "__main__":
    main()
