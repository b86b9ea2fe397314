"""What `oln import` says of a file, as it stands on the screen."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli.base import console
from cli.data import explain, imported, show
from core.services.extracts import Counts, FileReport, Finding, ImportReport, Outcome


def told(*findings: Finding, file: str = "personas.csv", **over: object) -> str:
    report = FileReport("persons", file, "", date(2026, 11, 1), Outcome.IMPORTED, findings=findings, **over)  # type: ignore[arg-type]
    with console.capture() as said:
        explain(report)
    return said.get()


def test_a_mistake_is_told_with_its_line_and_its_column() -> None:
    assert told(Finding(3, "sexo", "C", "No está.")) == "  línea 3, sexo: No está.\n"


def test_a_mistake_of_a_whole_row_has_no_column() -> None:
    assert told(Finding(3, "", "C", "Otra fila.")) == "  línea 3: Otra fila.\n"


def test_the_name_of_a_file_is_shown_to_the_letter() -> None:
    name = "personas [final].csv"
    assert told(file=name, notes=("Aviso.",)) == f"• {name}: Aviso.\n"
    report = ImportReport((FileReport("persons", name, "", date(2026, 11, 1), Outcome.IMPORTED),))
    with console.capture() as said:
        console.print(imported(report))
    assert name in said.get()


def test_rows_that_were_not_applied_have_a_sentence_only_where_there_are_some() -> None:
    file = FileReport("persons", "alertas_territoriales.csv", "", date(2026, 11, 1), Outcome.IMPORTED, rows_read=123456)
    held = replace(file, counts=Counts(1, 2, 3, 123456))
    said = []
    for one in (file, held):
        with console.capture() as shown:
            show(ImportReport((one,)))
        said.append(shown.get())
    assert "aplicadas" not in said[0]
    assert "• alertas_territoriales.csv: 123.456 no aplicadas: dicen otra cosa" in said[1]
    assert said[1].splitlines()[1].startswith("alertas_territoriales.csv ")
    assert all(len(line) <= 80 for line in said[1].splitlines())


@pytest.mark.parametrize("many", [10, 11])
def test_more_mistakes_than_the_screen_shows_are_counted_with_the_way_to_have_them_all(many: int) -> None:
    findings = [Finding(line, "sexo", "CODE_NOT_ALLOWED", "No está.") for line in range(2, 2 + many)]
    said = told(*findings, summary={"CODE_NOT_ALLOWED": many}, rows_rejected=many)
    assert ("… y 1 más. En total: 11 CODE_NOT_ALLOWED." in said) is (many == 11)
    assert ("--rejects CARPETA" in said) is (many == 11)
    written = told(*findings, summary={"CODE_NOT_ALLOWED": many}, rows_rejected=many, rejects=Path("malas/a.csv"))
    assert "--rejects" not in written and "Filas malas: malas/a.csv" in written


def test_a_file_that_was_refused_is_marked_as_such() -> None:
    report = FileReport("persons", "a.csv", "", date(2026, 11, 1), Outcome.REFUSED, notes=("Falta algo.",))
    with console.capture() as said:
        explain(report)
    assert said.get() == "✗ a.csv: Falta algo.\n"
