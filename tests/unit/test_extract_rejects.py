"""The file of bad rows: for its owner alone, safe to open, and good to send again."""

import stat
from datetime import date
from pathlib import Path

from core.identity import demo_run
from core.services.extracts.checking import Frontier, check
from core.services.extracts.formats import formats
from core.services.extracts.reading import Sheet, read_sheet
from core.services.extracts.rejects import write_rejects

HEADER = "comuna;tipo_identificador;identificador;nombres;apellido_paterno;fecha_nacimiento;sexo"
BAD = f"13101;RUN;{demo_run(0)};=HYPERLINK(1);Núñez;2016-05-04;OTRA"


def rejected(folder: Path, *rows: str) -> tuple[Sheet, Path | None]:
    path = folder / "personas.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    sheet = read_sheet(path)
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    return sheet, write_rejects(folder / "malas", path.name, sheet, one.findings)


def test_bad_rows_stand_with_their_line_and_their_mistakes(tmp_path: Path) -> None:
    good = f"13101;RUN;{demo_run(1)};Amanda;Núñez;2016-05-04;FEMALE"
    _, path = rejected(tmp_path, good, BAD)
    assert path is not None and path.name == "personas.rechazadas.csv"
    header, row = path.read_text(encoding="utf-8-sig").splitlines()
    assert header == HEADER.replace(";", ",") + ",linea,errores"
    assert row.endswith("OTRA,3,sexo: El código no está entre los permitidos.")


def test_a_spreadsheet_runs_nothing_in_it(tmp_path: Path) -> None:
    _, path = rejected(tmp_path, BAD)
    assert path is not None
    assert all(cell[0] not in "=+-@" for line in path.read_text().splitlines() for cell in line.split(",") if cell)


def test_only_its_owner_reads_it_even_where_another_stood(tmp_path: Path) -> None:
    (tmp_path / "malas").mkdir()
    (tmp_path / "malas" / "personas.rechazadas.csv").write_text("de antes")
    _, path = rejected(tmp_path, BAD)
    assert path is not None and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_can_be_sent_again(tmp_path: Path) -> None:
    sheet, path = rejected(tmp_path, BAD)
    assert path is not None
    again = read_sheet(path)
    assert again.cells.select(sheet.cells.columns).rows() == sheet.cells.rows()


def test_without_bad_rows_there_is_no_file(tmp_path: Path) -> None:
    _, path = rejected(tmp_path, f"13101;RUN;{demo_run(1)};Amanda;Núñez;2008-01-01;FEMALE")
    assert path is None
