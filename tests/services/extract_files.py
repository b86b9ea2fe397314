"""Makers of extract files and hosts whose clock moves on; a test writes only the cells that it is about."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from authz.actor import Actor
from authz.scope import table_of
from core.host import Host
from core.models.alerts import Alert, AlertReport
from core.models.audit import AuditEntry
from core.models.extracts import Extract, ListStatus, Nature, OfficialScore
from core.models.families import Family, FamilyMember, Relative
from core.models.people import Address, Attendance, Contact, HealthRegistration, Nna, Schooling
from core.services.extracts import Delivery, FileReport, ImportOptions, import_file
from core.unit_of_work import UnitOfWork
from tests.conftest import NOW

PERIOD = date(2026, 11, 1)
PERSON = {"comuna": "13101", "tipo_identificador": "RUN", "nombres": "Amanda", "apellido_paterno": "Núñez"}
PERSON |= {"fecha_nacimiento": "2016-05-04", "sexo": "FEMALE"}
MODELS = (Nna, Family, FamilyMember, Relative, Contact, Address, Attendance, Schooling, HealthRegistration)
MODELS += (Alert, AlertReport, ListStatus, OfficialScore, Extract)


def ticking(host: Host) -> Host:
    """Let the host's clock go on by a second at each look, so that a later change is later."""
    seconds = count()
    host.clock = replace(host.clock, now=lambda: NOW + timedelta(seconds=next(seconds)))
    return host


def transactions(host: Host, actor: Actor | None = None) -> Callable[[], AbstractContextManager[UnitOfWork]]:
    """Open units of work that are committed on leaving, as the edge does."""

    @contextmanager
    def transaction() -> Iterator[UnitOfWork]:
        with host.unit_of_work(actor, "import") as uow:
            yield uow
            uow.session.commit()

    return transaction


def a_file(folder: Path, *rows: dict[str, Any], name: str = "archivo.csv") -> Path:
    """Write rows as CSV; a column that a row lacks is blank."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    lines = [",".join(header), *(",".join(str(row.get(column, "")) for column in header) for row in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def a_delivery(path: Path, kind: str = "persons", **over: Any) -> Delivery:
    base: dict[str, Any] = {
        "path": path,
        "kind": kind,
        "period": PERIOD,
        "provider": "Registro de prueba",
        "agreement": "Convenio de prueba",
        "legal_basis": "Ley 21.430 art. 66",
        "expires_on": date(2027, 11, 1),
        "nature": Nature.ADMINISTRATIVE,
        "synthetic": True,
    }
    return Delivery(**(base | over))


def imported(
    host: Host,
    folder: Path,
    *rows: dict[str, Any],
    kind: str = "persons",
    actor: Actor | None = None,
    options: ImportOptions | None = None,
    **over: Any,
) -> FileReport:
    """Import rows as one file and commit."""
    delivery = a_delivery(a_file(folder, *rows, name=f"{kind}.csv"), kind, **over)
    with transactions(host, actor)() as uow:
        return import_file(uow, delivery, options)


def stored(host: Host, model: type[Any]) -> list[Any]:
    """Give every row of a table, oldest first."""
    with host.unit_of_work(None, "look", reason="a test looks") as uow:
        return list(uow.session.scalars(select(model).order_by(table_of(model).c.id)))


def counted(host: Host) -> dict[str, int]:
    """Count the rows of every table that an import writes."""
    with host.unit_of_work(None, "look", reason="a test looks") as uow:
        connection = uow.session.connection()
        tables = [table_of(model) for model in (*MODELS, AuditEntry)]
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        }
