"""Every kind of file taken in from a small invented country, on both databases."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Table, insert, select
from sqlmodel import SQLModel

from core.clock import Clock
from core.host import Host
from core.identity import IdentifierKind
from core.models.alerts import Alert, AlertKind, AlertReport
from core.models.audit import AuditEntry
from core.models.extracts import Extract, ListStatus, Nature, OfficialScore
from core.models.families import Family, FamilyMember, Relative
from core.models.people import Address, Attendance, HealthRegistration, Nna, Schooling
from core.rules.names import name_keys
from core.services.extracts import Counts, ImportOptions, ImportReport, Outcome, import_folder
from scoring.synthetic.country import write_country
from scoring.synthetic.files import read_table
from tests.services.extract_files import PERIOD, counted, stored, ticking, transactions

COMMUNES, CHILDREN = ("01101", "13101"), 30


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("country")
    write_country(folder, COMMUNES, CHILDREN, 7, PERIOD)
    return folder


@dataclass
class Taken:
    """What an import left in one kind of database, and the clock that goes on from there."""

    report: ImportReport
    clock: Clock
    rows: dict[Table, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def taken() -> dict[str, Taken]:
    """By kind of database: only the first test of each imports, those after it find the same rows copied."""
    return {}


@pytest.fixture
def full(host: Host, country: Path, taken: dict[str, Taken]) -> tuple[Host, ImportReport]:
    kind = host.database.dialect.name
    if kind in taken:
        with host.database.begin() as connection:
            for table, rows in taken[kind].rows.items():
                connection.execute(insert(table), rows)
    else:
        report = import_folder(transactions(ticking(host)), country)
        with host.database.connect() as connection:
            found = {t: connection.execute(select(t)).mappings().all() for t in SQLModel.metadata.sorted_tables}
        taken[kind] = Taken(report, host.clock, {t: [dict(row) for row in rows] for t, rows in found.items() if rows})
    host.clock = taken[kind].clock
    return host, taken[kind].report


def test_every_row_of_every_kind_goes_in(full: tuple[Host, ImportReport], country: Path) -> None:
    _, report = full
    assert [file.outcome for file in report.files] == [Outcome.IMPORTED] * 9
    assert {file.kind: file.rows_read for file in report.files} == {
        file.kind: read_table(country, file.kind).height for file in report.files
    }
    assert report.rejected == 0
    assert all(
        file.counts.inserted + file.counts.updated + file.counts.unchanged == file.rows_read for file in report.files
    )


def test_children_are_stored_as_they_are_told(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    told = {row["identificador"]: row for row in read_table(country, "persons").iter_rows(named=True)}
    children = stored(host, Nna)
    assert len(children) == len(told)
    for child in children:
        run = host.sealer.open(child.identifier_sealed, table="nna", column="identifier_sealed", row_id=child.id)
        row = told.pop(run)
        assert child.identifier_index == host.sealer.blind_index(
            IdentifierKind(row["tipo_identificador"]), run, row["comuna"]
        )
        names = (row["nombres"], row["apellido_paterno"], row["apellido_materno"])
        assert (child.given_names, child.first_surname, child.second_surname) == names
        assert (child.name_sort, child.name_fold, child.name_sound) == tuple(name_keys(*names))
        assert (child.birth_date, child.expected_birth_date) == (row["fecha_nacimiento"], row["fecha_probable_parto"])
        assert (child.commune_code, child.sex, child.version) == (row["comuna"], row["sexo"], 1)
        assert (child.has_disability, child.protected_address) == (row["discapacidad"], row["direccion_protegida"])
    assert not told


def test_households_are_families_with_their_children_and_a_main_carer(
    full: tuple[Host, ImportReport], country: Path
) -> None:
    host, _ = full
    households = {row["hogar"]: row for row in read_table(country, "households").iter_rows(named=True)}
    families = {family.id: family for family in stored(host, Family)}
    assert {family.source_key for family in families.values()} == set(households)
    for family in families.values():
        row = households[family.source_key]
        assert (family.rsh_bracket, family.tenure, family.urban) == (
            row["tramo_rsh"], row["tenencia_vivienda"], row["zona_urbana"],
        )  # fmt: skip
    members = stored(host, FamilyMember)
    assert sum(member.main_carer for member in members) == len(families) == len(stored(host, Relative))
    homes = {member.nna_id: member.family_id for member in members if member.nna_id}
    assert homes == {child.id: child.family_id for child in stored(host, Nna) if child.family_id}
    by_commune = [sorted(f.folio for f in families.values() if f.commune_code == code) for code in COMMUNES]
    assert all(folios == [f"F{n:06d}" for n in range(1, len(folios) + 1)] for folios in by_commune)


def test_alerts_come_with_class_validity_and_report(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    alerts, reports = stored(host, Alert), {report.id: report for report in stored(host, AlertReport)}
    chcc = [alert for alert in alerts if alert.kind == AlertKind.CHCC]
    assert len(chcc) == read_table(country, "chcc_alerts").height
    assert all(alert.valid_until > alert.observed_on for alert in chcc)
    assert all(alert.valid_until is None for alert in alerts if alert.kind == AlertKind.TERRITORIAL)
    assert all(reports[alert.report_id].nna_id == alert.nna_id for alert in alerts)
    assert {alert.state for alert in alerts} <= {
        "VALIDATED", "PENDING_VALIDATION", "MITIGATED", "NOT_MITIGATED", "DISMISSED",
    }  # fmt: skip


def test_facts_are_as_many_as_told(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    for model, kind in ((OfficialScore, "scores"), (ListStatus, "exclusions"), (Attendance, "attendance")):
        assert len(stored(host, model)) == read_table(country, kind).height


def test_one_school_at_a_time_and_one_health_centre(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    for model in (Schooling, HealthRegistration):
        open_now = [row.nna_id for row in stored(host, model) if row.valid_until is None]
        assert len(open_now) == len(set(open_now)) > 0
    assert len(stored(host, Schooling)) < read_table(country, "attendance").height


def test_addresses_of_one_source_follow_each_other(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    open_now = [(row.nna_id, row.source) for row in stored(host, Address) if row.valid_until is None]
    assert len(open_now) == len(set(open_now)) > 0


def test_each_file_says_where_it_comes_from(full: tuple[Host, ImportReport], country: Path) -> None:
    host, report = full
    index = {one["kind"]: one for one in json.loads((country / "extract.json").read_text())["files"]}
    for extract in stored(host, Extract):
        said = index[extract.kind]
        for name in ("provider", "agreement", "legal_basis", "nature"):
            assert getattr(extract, name) == said[name]
        assert extract.expires_on == date.fromisoformat(said["expires_on"])
        assert (extract.file_hash, extract.file_name) == (said["sha256"], said["file"])
        assert (extract.rows_read, extract.synthetic) == (said["rows"], True)
    assert {extract.nature for extract in stored(host, Extract)} == {Nature.ADMINISTRATIVE, Nature.SELF_REPORTED}
    assert {file.extract_id for file in report.files} == {extract.id for extract in stored(host, Extract)}


def test_each_commune_is_told_what_was_written_into_it(full: tuple[Host, ImportReport], country: Path) -> None:
    host, report = full
    persons = next(file for file in report.files if file.kind == "persons")
    changes = [
        (entry.chain, change["count"])
        for entry in stored(host, AuditEntry)
        for change in entry.changes
        if (change["op"], change["table"]) == ("bulk", "nna") and change["file"] == persons.file_hash
    ]
    told = read_table(country, "persons").group_by("comuna").len().sort("comuna")
    assert sorted(changes) == told.rows()


def test_the_same_files_again_change_nothing(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    before = counted(host)
    again = import_folder(transactions(host), country)
    assert {file.outcome for file in again.files} == {Outcome.ALREADY_IMPORTED}
    assert all(file.counts == Counts() for file in again.files)  # not read at all, the homes no more than the others
    assert counted(host) == before


def test_the_same_files_compared_row_by_row_change_nothing(full: tuple[Host, ImportReport], country: Path) -> None:
    host, _ = full
    before, versions = counted(host), [(child.version, child.updated_at) for child in stored(host, Nna)]
    again = import_folder(transactions(host), country, ImportOptions(force=True))
    assert {file.outcome for file in again.files} == {Outcome.ALREADY_IMPORTED}
    assert all(file.counts.changed == 0 and file.counts.unchanged == file.rows_read for file in again.files)
    after = counted(host)
    assert {name: after[name] for name in after if name != "audit_entry"} == {
        name: before[name] for name in before if name != "audit_entry"
    }
    assert [(child.version, child.updated_at) for child in stored(host, Nna)] == versions


def test_a_dry_run_says_all_of_it_and_changes_nothing(host: Host, country: Path) -> None:
    ticking(host)
    before = counted(host)
    dry = import_folder(transactions(host), country, ImportOptions(dry_run=True))
    assert dry.dry_run and counted(host) == before
    real = import_folder(transactions(host), country)
    assert [file.counts for file in dry.files] == [file.counts for file in real.files]


def test_parquet_is_taken_in_as_csv_is(host: Host, tmp_path: Path, full: tuple[Host, ImportReport]) -> None:
    write_country(tmp_path / "parquet", COMMUNES, CHILDREN, 7, PERIOD, "parquet")
    again = import_folder(transactions(host), tmp_path / "parquet")
    assert all(file.outcome is Outcome.IMPORTED and file.counts.changed == 0 for file in again.files)


def test_semicolons_and_latin_1_bring_the_same(
    host: Host, country: Path, full: tuple[Host, ImportReport], tmp_path: Path
) -> None:
    entries = json.loads((country / "extract.json").read_text())
    for one in entries["files"]:
        text = pl.read_csv(country / one["file"], infer_schema=False).write_csv(separator=";", line_terminator="\r\n")
        (tmp_path / one["file"]).write_bytes(text.encode("cp1252"))
        del one["sha256"]
    (tmp_path / "extract.json").write_text(json.dumps(entries))
    again = import_folder(transactions(host), tmp_path)
    assert all(file.counts.changed == 0 and file.rows_rejected == 0 for file in again.files)
    assert all("El separador es punto y coma." in file.notes for file in again.files)


def test_progress_tells_stage_and_rows(host: Host, country: Path) -> None:
    told: list[tuple[str, int, int]] = []
    import_folder(transactions(host), country, ImportOptions(progress=lambda *step: told.append(step)))
    assert told[0] == ("Personas", 0, 0) and told[1][1] == told[1][2] == read_table(country, "persons").height
    assert [stage for stage, *_ in told][-1] == "Puntaje oficial"
