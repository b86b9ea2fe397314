"""What `oln import` says of a file, as it stands on the screen."""

from datetime import date

from cli.base import console
from cli.data import explain, imported
from core.services.extracts import FileReport, Finding, ImportReport, Outcome


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
