"""Who may import what: the commune of one's role, and nothing of another."""

from pathlib import Path

import pytest
from sqlalchemy import select

from authz.actor import Role
from authz.guard import AccessDenied, Guard
from core.host import Host
from core.identity import demo_run
from core.models.extracts import Extract
from core.models.people import Nna
from core.services.extracts import ImportOptions, Outcome, import_folder
from scoring.synthetic.country import write_country
from tests.factories import COLINA, a_user, actor
from tests.services.extract_files import PERIOD, PERSON, counted, imported, stored, ticking, transactions

HERE, THERE = PERSON | {"identificador": demo_run(0)}, PERSON | {"identificador": demo_run(1), "comuna": "13301"}


@pytest.fixture
def offices(host: Host) -> Host:
    with transactions(ticking(host))() as uow:
        for commune in ("13101", "13301"):
            a_user(uow, actor("COORDINATOR", commune))
    return host


def test_a_coordinator_imports_their_commune_and_is_told_of_the_others_rows(offices: Host, tmp_path: Path) -> None:
    report = imported(offices, tmp_path, HERE, THERE, actor=actor("COORDINATOR", "13101"))
    assert [(f.line, f.column, f.code) for f in report.findings] == [(3, "comuna", "OUT_OF_SCOPE")]
    assert [child.commune_code for child in stored(offices, Nna)] == ["13101"]


def test_the_other_commune_may_import_the_same_file_afterwards(offices: Host, tmp_path: Path) -> None:
    imported(offices, tmp_path, HERE, THERE, actor=actor("COORDINATOR", "13101"))
    second = imported(offices, tmp_path, HERE, THERE, actor=actor("COORDINATOR", "13301"))
    assert (second.outcome, second.counts.inserted) == (Outcome.IMPORTED, 1)
    assert len(stored(offices, Nna)) == 2


def test_the_operator_imports_every_commune(offices: Host, tmp_path: Path) -> None:
    assert imported(offices, tmp_path, HERE, THERE).counts.inserted == 2


@pytest.mark.parametrize("role", ["CASE_MANAGER", "SECTOR_PARTNER", "NATIONAL_ANALYST", "AUDITOR", "MUNICIPAL_ADMIN"])
def test_a_role_without_the_permission_imports_nothing(offices: Host, tmp_path: Path, role: str) -> None:
    before = counted(offices)
    with pytest.raises(AccessDenied):
        imported(offices, tmp_path, HERE, actor=actor(role, None if role == "NATIONAL_ANALYST" else "13101"))
    assert counted(offices) == before


@pytest.mark.parametrize("dry_run", [False, True])
def test_who_has_not_signed_the_agreement_imports_nothing_and_sees_no_bad_rows(
    offices: Host, tmp_path: Path, dry_run: bool
) -> None:
    before, bad = counted(offices), tmp_path / "malas"
    options = ImportOptions(dry_run=dry_run, rejects=bad)
    with pytest.raises(AccessDenied, match="confidencialidad"):
        imported(offices, tmp_path, HERE, THERE, actor=actor("COORDINATOR", signed=False), options=options)
    assert (counted(offices), bad.exists()) == (before, False)


def test_a_coordinator_imports_files_of_every_kind(offices: Host, tmp_path: Path) -> None:
    write_country(tmp_path, ("13101",), 10, 7, PERIOD)
    report = import_folder(transactions(offices, actor("COORDINATOR", "13101")), tmp_path)
    assert [file.outcome for file in report.files] == [Outcome.IMPORTED] * 9
    assert report.rejected == 0


def test_a_child_of_another_commune_is_unknown_to_dependent_files(offices: Host, tmp_path: Path) -> None:
    imported(offices, tmp_path, THERE)
    score = {"comuna": "13101", "tipo_identificador": "RUN", "identificador": demo_run(1), "periodo": "2026-11"}
    score |= {"puntaje": "50", "percentil": "60", "orden": "7", "version_instrumento": "V1"}
    report = imported(offices, tmp_path, score, kind="scores", options=ImportOptions(rejects=tmp_path / "malas"))
    assert report.summary == {"UNKNOWN_PERSON": 1}
    assert report.rejects is not None and "identificador: La persona no está" in report.rejects.read_text()


def files(host: Host, role: Role) -> int:
    """Count the files that a role may know of, whose commune brought none of them."""
    who = actor(role, None if role is Role.NATIONAL_ANALYST else COLINA, signed=False)
    with host.unit_of_work(who, "test") as uow:
        return len(list(uow.session.scalars(select(Extract))))


@pytest.mark.parametrize("role", Role)
def test_every_role_may_know_where_the_data_come_from(offices: Host, tmp_path: Path, role: Role) -> None:
    imported(offices, tmp_path, HERE)
    assert files(offices, role) == 1


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CASE_MANAGER, Role.AUDITOR])
def test_it_is_the_policy_that_says_so(offices: Host, tmp_path: Path, role: Role) -> None:
    imported(offices, tmp_path, HERE)
    guard = offices.guard
    rules = [one for one in guard.rules if one.resource != "extract" or one.role == "role:CHCC_PROFESSIONAL"]
    offices.__dict__["guard"] = Guard(rules, guard.resources, guard.inherits)
    assert files(offices, role) == 0
    assert files(offices, Role.CHCC_PROFESSIONAL) == 1
