"""Whatever a file brings, moves or closes of a child stands in that child's trail, and in no other's."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from authz.actor import Role
from authz.scope import table_of
from core.audit import FindingKind, verify
from core.database import machinery
from core.host import Host
from core.identity import demo_run
from core.models.alerts import Alert, AlertReport
from core.models.audit import AuditEntry
from core.models.extracts import ListStatus, OfficialScore
from core.models.families import FamilyMember
from core.models.people import Address, Attendance, Contact, HealthRegistration, Nna, Schooling
from core.services.extracts import import_folder
from core.services.trail import Step, read_trail
from scoring.synthetic.country import write_country
from tests.factories import a_user, actor
from tests.services.extract_files import PERIOD, PERSON, imported, stored, ticking, transactions

DECEMBER = date(2026, 12, 1)
KEY = {"comuna": "13101", "tipo_identificador": "RUN", "identificador": demo_run(0)}
CHILD, OTHER = PERSON | KEY | {"hogar": "H1"}, PERSON | {"identificador": demo_run(1), "hogar": "H2"}
ADDRESS = KEY | {"calle": "Los Aromos", "numero": "1", "fuente": "RSH", "fecha": "2025-01-01"}
MONTH = KEY | {"periodo": "2026-09", "rbd": "90001", "nivel": "PRIMARY", "grado": "4", "asistencia": "90"}
HOME = {"comuna": "13101", "hogar": "H1", "fecha_actualizacion": "2026-01-01", "tramo_rsh": "40"}
OF_CHILDREN = (FamilyMember, Address, Contact, Schooling, Attendance, HealthRegistration, Alert, AlertReport)
OF_CHILDREN += (ListStatus, OfficialScore)


@pytest.fixture(autouse=True)
def known(host: Host, tmp_path: Path) -> None:
    imported(ticking(host), tmp_path, CHILD, OTHER)


def trail(host: Host, child: Nna, commune: str = "13101") -> list[Step]:
    with host.unit_of_work(None, "look", reason="a test looks") as uow:
        return read_trail(uow, commune, child.id)


def told(host: Host, folder: Path, row: dict[str, Any], kind: str, **over: Any) -> tuple[str, ...]:
    """Import a row on the first child and give what her trail says of it; the other's says nothing."""
    first, second = stored(host, Nna)
    before, others = trail(host, first), trail(host, second)
    imported(host, folder, row, kind=kind, **over)
    (step, *rest) = trail(host, first)
    assert (rest, trail(host, second), step.action) == (before, others, "import")
    return step.tables


def naming(host: Host, table: str) -> list[tuple[str, list[str] | None]]:
    """Give what the newest entry of the commune says of the rows of children in one table."""
    newest = [entry for entry in stored(host, AuditEntry) if entry.chain == "13101"][-1]
    return [(c["op"], c.get("columns")) for c in newest.changes if c["table"] == table and "nna" in c]


def test_the_import_that_brought_a_child_is_the_first_step_of_her_trail(host: Host) -> None:
    for child in stored(host, Nna):
        assert [step.tables for step in trail(host, child)] == [("family_member", "nna")]


def test_a_file_that_moves_a_child_to_another_family_is_told(host: Host, tmp_path: Path) -> None:
    assert told(host, tmp_path, CHILD | {"hogar": "H3"}, "persons", period=DECEMBER) == ("family_member", "nna")
    assert naming(host, "family_member") == [("bulk update", ["valid_until"]), ("bulk insert", None)]


def test_a_file_that_brings_an_address_and_one_that_closes_it_are_told(host: Host, tmp_path: Path) -> None:
    assert told(host, tmp_path, ADDRESS, "addresses") == ("address",)
    later = ADDRESS | {"calle": "Otra", "fecha": "2026-01-01"}
    assert told(host, tmp_path, later, "addresses", period=DECEMBER) == ("address",)
    assert naming(host, "address") == [("bulk update", ["valid_until"]), ("bulk insert", None)]


def test_attendance_alerts_exclusions_and_contacts_are_told(host: Host, tmp_path: Path) -> None:
    alert = KEY | {"tipo": "FAMILY_CONFLICT", "fecha_observacion": "2026-10-28", "sector": "EDUCATION"}
    alert |= {"estado": "VALIDATED"}
    out = KEY | {"motivo": "FAMILY_REFUSES", "efecto": "LAST_PRIORITY", "vigente_desde": "2026-05-01"}
    contact = HOME | {"contacto_nombres": "Juan Pérez", "contacto_telefono": "+56900000002"}
    assert told(host, tmp_path, MONTH, "attendance") == ("attendance", "schooling")
    assert told(host, tmp_path, MONTH | {"asistencia": "91"}, "attendance", period=DECEMBER) == ("attendance",)
    assert told(host, tmp_path, alert, "alerts") == ("alert", "alert_report")
    assert told(host, tmp_path, out, "exclusions") == ("list_status",)
    assert told(host, tmp_path, contact, "households") == ("contact",)


def test_a_coordinators_import_is_told_with_the_record_of_the_file(host: Host, tmp_path: Path) -> None:
    with transactions(host)() as uow:
        a_user(uow, actor(Role.COORDINATOR))
    tables = told(host, tmp_path, ADDRESS, "addresses", actor=actor(Role.COORDINATOR))
    assert tables == ("address", "extract")


def test_no_step_shows_in_the_trail_of_another_commune(host: Host) -> None:
    (child, _) = stored(host, Nna)
    assert trail(host, child, "13301") == []


def test_every_row_of_a_child_that_files_brought_names_her(host: Host, tmp_path: Path) -> None:
    write_country(tmp_path / "country", ("01101", "13101"), 30, 7, PERIOD)
    import_folder(transactions(host), tmp_path / "country")
    named: dict[str, set[tuple[str, str]]] = {}
    for entry in stored(host, AuditEntry):
        for change in entry.changes:
            named.setdefault(change["table"], set()).update((entry.chain, one) for one in change.get("nna", ()))
    for model in OF_CHILDREN:
        rows = {(row.commune_code, row.nna_id.hex) for row in stored(host, model) if row.nna_id}
        assert rows and named[table_of(model).name] == rows
    assert named["nna"] == {(child.commune_code, child.id.hex) for child in stored(host, Nna)}
    assert all("nna" not in c for e in stored(host, AuditEntry) for c in e.changes if c["table"] == "family")


def test_whom_an_import_names_cannot_be_taken_out(host: Host) -> None:
    (child, other) = stored(host, Nna)
    swap = "UPDATE audit_entry SET changes = CAST(REPLACE(CAST(changes AS TEXT), :one, :other) AS JSON)"
    if host.database.dialect.name == "sqlite":
        swap = "UPDATE audit_entry SET changes = REPLACE(changes, :one, :other)"
    with host.database.begin() as connection:
        connection.execute(text(swap), {"one": child.id.hex, "other": other.id.hex})
    with machinery(host.database, "test") as session:
        assert FindingKind.EDITED in {finding.kind for finding in verify(session, host.ring)}
