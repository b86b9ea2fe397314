"""Which of two files of a month is the later one: told for each commune by when a file first came to it."""

import json
from pathlib import Path
from typing import Any

import pytest

from authz.actor import Actor
from core.host import Host
from core.identity import demo_run
from core.models.extracts import Extract, OfficialScore
from core.services.extracts import FileReport, ImportOptions, Outcome, import_folder
from tests.factories import a_user, actor
from tests.services.extract_files import PERSON, a_file, counted, imported, stored, ticking, transactions

HERE, THERE = actor("COORDINATOR", "13101"), actor("COORDINATOR", "05701")
CHILDREN = [PERSON | {"identificador": demo_run(0)}, PERSON | {"identificador": demo_run(1), "comuna": "05701"}]
FORCE = ImportOptions(force=True)


def score(child: dict[str, Any], points: int, **over: Any) -> dict[str, Any]:
    key = {name: child[name] for name in ("comuna", "tipo_identificador", "identificador")}
    base = {"periodo": "2026-11", "percentil": "60", "orden": "7", "version_instrumento": "V1"}
    return key | base | {"puntaje": str(points)} | over


FIRST, SECOND = ([score(child, points) for child in CHILDREN] for points in (10, 90))


@pytest.fixture(autouse=True)
def offices(host: Host) -> None:
    with transactions(ticking(host))() as uow:
        for one in (HERE, THERE):
            a_user(uow, one)


def told(host: Host, folder: Path, rows: list[dict[str, Any]], who: Actor | None = None, **over: Any) -> FileReport:
    return imported(host, folder, *rows, kind="scores", actor=who, **over)


def scores(host: Host) -> list[float]:
    """Give the scores that stand, Santiago's before San Felipe's."""
    return [row.score for row in sorted(stored(host, OfficialScore), key=lambda row: row.commune_code, reverse=True)]


def test_a_correction_stands_in_the_commune_that_imports_both_files_later(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, *CHILDREN)
    for who in (HERE, THERE):
        for rows in (FIRST, SECOND):
            report = told(host, tmp_path, rows, who)
            assert (report.outcome, report.counts.changed) == (Outcome.IMPORTED, 1)
    assert scores(host) == [90, 90]


def test_a_correction_stands_where_the_persons_came_after_both_files(host: Host, tmp_path: Path) -> None:
    for rows in (FIRST, SECOND):
        assert told(host, tmp_path, rows).summary == {"UNKNOWN_PERSON": 2}
    imported(host, tmp_path, *CHILDREN)
    for rows in (FIRST, SECOND):
        assert told(host, tmp_path, rows).counts.changed == 2
    assert scores(host) == [90, 90]
    again = told(host, tmp_path, FIRST)
    assert (again.outcome, scores(host)) == (Outcome.PASSED_OVER, [90, 90])


@pytest.mark.parametrize("who", [None, HERE])
def test_an_outdated_file_does_not_win_where_its_correction_came_in_first(
    host: Host, tmp_path: Path, who: Actor | None
) -> None:
    for rows in (FIRST, SECOND):
        told(host, tmp_path, rows, who)
    imported(host, tmp_path, *CHILDREN)
    told(host, tmp_path, SECOND, who)
    before = counted(host)["official_score"]
    assert told(host, tmp_path, FIRST, who).counts.changed == 0
    assert (scores(host)[0], counted(host)["official_score"]) == (90, before)


def test_a_national_file_that_another_commune_had_stands_over_a_communes_own_before_it(
    host: Host, tmp_path: Path
) -> None:
    imported(host, tmp_path, *CHILDREN)
    told(host, tmp_path, FIRST, HERE)
    preliminary = [score(CHILDREN[1], 50)]
    told(host, tmp_path, preliminary, THERE)
    assert told(host, tmp_path, FIRST, THERE).counts.changed == 1
    assert scores(host) == [10, 10]
    again = told(host, tmp_path, preliminary, THERE)
    assert (again.outcome, scores(host)) == (Outcome.PASSED_OVER, [10, 10])


def test_one_load_of_all_communes_is_late_in_one_and_early_in_another(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, *CHILDREN)
    told(host, tmp_path, FIRST, HERE)
    told(host, tmp_path, SECOND, HERE)
    told(host, tmp_path, [score(CHILDREN[1], 50)], THERE)
    report = told(host, tmp_path, FIRST)
    assert (report.counts.updated, report.counts.passed_over) == (1, 1)
    assert scores(host) == [90, 10]


def test_a_file_that_one_commune_insists_on_is_not_newer_in_another(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, *CHILDREN)
    for rows in (FIRST, SECOND):
        told(host, tmp_path, rows)
    told(host, tmp_path, FIRST, HERE, options=FORCE)
    assert scores(host) == [10, 90]
    told(host, tmp_path, FIRST, THERE)
    told(host, tmp_path, SECOND, HERE)
    assert scores(host) == [10, 90]


def test_a_file_that_comes_to_a_commune_for_the_first_time_leaves_its_record_though_nothing_could_be_stored(
    host: Host, tmp_path: Path
) -> None:
    imported(host, tmp_path, CHILDREN[0])
    told(host, tmp_path, FIRST, HERE)
    report = told(host, tmp_path, FIRST, THERE)
    assert (report.outcome, report.summary["UNKNOWN_PERSON"]) == (Outcome.IMPORTED, 1)
    records = len(stored(host, Extract))
    assert told(host, tmp_path, FIRST, THERE).outcome is Outcome.ALREADY_IMPORTED
    assert len(stored(host, Extract)) == records


def test_nobody_is_told_that_a_file_of_another_commune_came_after_theirs(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, *CHILDREN)
    told(host, tmp_path, [SECOND[0]], HERE)
    told(host, tmp_path, [SECOND[1]], THERE)
    again = told(host, tmp_path, [SECOND[0]], HERE)
    assert again.outcome is Outcome.ALREADY_IMPORTED
    assert "llegó otro" not in again.notes[-1]


def test_a_rehearsal_takes_no_place_in_the_order(host: Host, tmp_path: Path) -> None:
    imported(host, tmp_path, *CHILDREN)
    told(host, tmp_path, SECOND, options=ImportOptions(dry_run=True))
    told(host, tmp_path, FIRST)
    told(host, tmp_path, SECOND)
    assert scores(host) == [90, 90]


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_of_two_files_in_one_folder_the_one_that_the_index_names_last_is_the_later(
    host: Host, tmp_path: Path, names: tuple[str, str]
) -> None:
    imported(host, tmp_path, *CHILDREN)
    said = {"kind": "scores", "period": "2026-11", "provider": "P", "agreement": "C", "legal_basis": "L"}
    said |= {"expires_on": "2027-11-01", "nature": "ADMINISTRATIVE", "synthetic": True}
    for name, rows in zip(names, (FIRST, SECOND), strict=True):
        a_file(tmp_path, *rows, name=name)
    (tmp_path / "extract.json").write_text(json.dumps({"files": [said | {"file": name} for name in names]}))
    report = import_folder(transactions(host), tmp_path)
    assert [file.file for file in report.files] == list(names)
    assert scores(host) == [90, 90]
