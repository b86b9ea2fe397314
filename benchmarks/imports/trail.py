"""How long a child's trail takes in a large commune, and how large the audit gets that names her in every import.

    python benchmarks/imports/trail.py [--children 20000] [--months 12]

One commune. Everybody comes in once, and every month brings attendance and a score for each of them, each file in a
transaction of its own. Then an auditor asks for the trail of one child, of somebody who is not there (the whole chain
is looked through) and of the commune; the least of three. All people are invented.
"""

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl
from run import persons_file, postgresql, sqlite
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from core.clock import Clock
from core.host import Host
from core.identity import KeyRing
from core.models.extracts import Nature
from core.plugins import load_plugins
from core.services.extracts import Delivery, import_file
from core.services.trail import read_trail
from core.settings import Settings

COMMUNE = "13101"
KEY = ("comuna", "tipo_identificador", "identificador")
ATTENDANCE = {"rbd": "1", "nivel": "PRIMARY", "grado": "1", "asistencia": "90"}
SCORE = {"puntaje": "50", "percentil": "50", "orden": "1", "version_instrumento": "1"}
SIZES = {
    "sqlite": "SELECT (SELECT sum(length(changes)) FROM audit_entry), page_count * page_size"
    " FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_total_relation_size('audit_entry'), pg_database_size(current_database())",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=12)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oln-trail", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        file = persons_file(home, asked.children, (COMMUNE,))
        print(f"one commune, {asked.children:,} children, {asked.months} months of attendance and scores, invented")
        print(f"{'database':<12}{'audit MB':>10}{'of MB':>8}{'child ms':>10}{'nobody ms':>11}{'commune ms':>12}")
        for name, databases in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            with databases(home) as (engine, _):
                measure(name, engine, file, asked.months)


def measure(name: str, engine: Engine, file: Path, months: int) -> None:
    SQLModel.metadata.create_all(engine)
    settings = Settings(home=file.parent)
    host = Host(settings, load_plugins((), third_party=False), KeyRing.sample(), Clock(), engine)
    people = pl.read_csv(file, infer_schema=False)
    born = pl.min_horizontal("fecha_nacimiento", pl.lit("2023-12-31"))  # nothing is told of who was not born yet
    people.with_columns(fecha_nacimiento=born).write_csv(file)
    take(host, file, "persons", date(2024, 1, 1))
    everybody = people.select(KEY)
    for month in range(months):
        period = date(2024 + month // 12, 1 + month % 12, 1)
        for kind, cells in (("attendance", ATTENDANCE), ("scores", SCORE)):
            told = everybody.with_columns(
                pl.lit(f"{period:%Y-%m}").alias("periodo"), **{c: pl.lit(cells[c]) for c in cells}
            )
            told.write_csv(file.with_name(f"{kind}.csv"))
            take(host, file.with_name(f"{kind}.csv"), kind, period)
    with engine.connect() as connection:
        audit, every = connection.execute(text(SIZES[engine.dialect.name])).one()
        middle = connection.execute(
            text("SELECT id FROM nna ORDER BY id LIMIT 1 OFFSET :n"), {"n": everybody.height // 2}
        )
        child = UUID(str(middle.scalar_one()))
    times = "".join(f"{asked(host, one):>{width}.0f}" for one, width in ((child, 10), (uuid4(), 11), (None, 12)))
    print(f"{name:<12}{audit / 1e6:>10.0f}{every / 1e6:>8.0f}{times}")


def asked(host: Host, child: UUID | None) -> float:
    """Give the least of three times, in milliseconds."""
    taken = []
    for _ in range(3):
        with host.unit_of_work(None, "look", reason="a benchmark looks") as uow:
            started = time.perf_counter()
            read_trail(uow, COMMUNE, child)
            taken.append(time.perf_counter() - started)
    return min(taken) * 1000


def take(host: Host, path: Path, kind: str, period: date) -> None:
    said: dict[str, Any] = dict.fromkeys(("provider", "agreement", "legal_basis"), "SINTÉTICO")
    said |= {"expires_on": date(2200, 1, 1), "nature": Nature.ADMINISTRATIVE, "synthetic": True}
    with host.unit_of_work(None, "import") as uow:
        report = import_file(uow, Delivery(path=path, kind=kind, period=period, **said))
        uow.session.commit()
    assert report.counts.inserted == report.rows_read, report.summary


if __name__ == "__main__":
    main()
