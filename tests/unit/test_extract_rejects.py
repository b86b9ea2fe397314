"""The file of bad rows: for its owner alone, safe to open, and good to send again."""

import stat
from codecs import BOM_UTF8, BOM_UTF16
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from core.identity import demo_run
from core.services.extracts.checking import Frontier, check
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.formats import formats
from core.services.extracts.reading import Sheet, read_sheet
from core.services.extracts.rejects import ready, write_rejects

HEADER = "comuna;tipo_identificador;identificador;nombres;apellido_paterno;fecha_nacimiento;sexo"
BAD = f"13101;RUN;{demo_run(0)};=HYPERLINK(1);Núñez;2016-05-04;OTRA"


def rejected(folder: Path, *rows: str, separator: str = ";", encoding: str = "utf-8") -> tuple[Sheet, Path | None]:
    path = folder / "personas.csv"
    path.write_text("\n".join([HEADER, *rows]).replace(";", separator) + "\n", encoding=encoding)
    sheet = read_sheet(path)
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    return sheet, write_rejects(folder / "malas", path.name, sheet, one.findings)


def test_bad_rows_stand_with_their_line_and_their_mistakes(tmp_path: Path) -> None:
    good = f"13101;RUN;{demo_run(1)};Amanda;Núñez;2016-05-04;FEMALE"
    _, path = rejected(tmp_path, good, BAD.replace("=HYPERLINK(1)", "Amanda"))
    assert path is not None and path.name == "personas.rechazadas.csv"
    header, row = path.read_text(encoding="utf-8-sig").splitlines()
    assert header == HEADER + ";linea;errores"
    assert row.endswith("OTRA;3;sexo: El código no está entre los permitidos.")


def test_a_spreadsheet_runs_nothing_in_it(tmp_path: Path) -> None:
    _, path = rejected(tmp_path, BAD)
    assert path is not None
    assert all(cell[0] not in "=+-@" for line in path.read_text().splitlines() for cell in line.split(";") if cell)


def test_only_its_owner_reads_it_and_one_that_is_being_mended_stays(tmp_path: Path) -> None:
    (tmp_path / "malas").mkdir()
    (tmp_path / "malas" / "personas.rechazadas.csv").write_text("de antes")
    for name in ("personas.rechazadas-2.csv", "personas.rechazadas-3.csv"):
        _, path = rejected(tmp_path, BAD)
        assert path is not None and (path.name, stat.S_IMODE(path.stat().st_mode)) == (name, 0o600)
    assert (tmp_path / "malas" / "personas.rechazadas.csv").read_text() == "de antes"


def test_it_can_be_sent_again(tmp_path: Path) -> None:
    sheet, path = rejected(tmp_path, BAD)
    assert path is not None
    again = read_sheet(path)
    assert again.cells.select(sheet.cells.columns).rows() == sheet.cells.rows()


def round_again(path: Path) -> Path:
    """Send a file of bad rows again as it is, and give the one that comes of it."""
    sheet = read_sheet(path)
    assert sheet.notes == ("El separador es punto y coma.",)
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    assert one.notes == sheet.notes
    found = write_rejects(path.parent, path.name, sheet, one.findings)
    assert found is not None
    return found


def test_it_goes_round_any_number_of_times_and_grows_no_columns(tmp_path: Path) -> None:
    _, path = rejected(tmp_path, BAD)
    assert path is not None
    first = path.read_text(encoding="utf-8-sig").replace(";3;sexo", ";2;sexo")
    for _ in range(3):
        path = round_again(path)
        assert path.read_text(encoding="utf-8-sig") == first


def test_files_that_already_grew_columns_lose_them(tmp_path: Path) -> None:
    grown = f"{HEADER};linea;errores;linea_importacion;errores_importacion"
    (tmp_path / "a.csv").write_text(f"{grown}\n{BAD};3;x;2;y\n", encoding="utf-8")
    assert read_sheet(tmp_path / "a.csv").cells.columns == HEADER.split(";")


def test_a_line_number_of_the_senders_own_goes_back_to_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"linea;linea_importacion;{HEADER}\n7;8;{BAD}\n", encoding="utf-8")
    sheet = read_sheet(tmp_path / "a.csv")
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    path = write_rejects(tmp_path, "a.csv", sheet, one.findings)
    assert path is not None
    header = path.read_text(encoding="utf-8-sig").splitlines()[0]
    assert header == f"linea;linea_importacion;{HEADER};linea_importacion_importacion;errores"
    assert read_sheet(path).cells.columns == sheet.cells.columns


@pytest.mark.parametrize(
    "row",
    [
        f"13101;RUN;{demo_run(1)};Amanda;de;Núñez;2016-05-04;FEMALE",
        f"13101;RUN;{demo_run(1)};Amanda;2016-05-04;FEMALE",
        f'13101;RUN;{demo_run(1)};"Amanda; la menor";2016-05-04;FEMALE',
    ],
    ids=["a cell too many", "a cell too few", "a cell in quotes"],
)
def test_a_row_with_other_cells_than_the_header_goes_back_whole_and_is_refused_again_unmended(
    tmp_path: Path, row: str
) -> None:
    """Cut or filled to the header's width it could come back with its cells in other columns, and go in."""
    _, path = rejected(tmp_path, row)
    assert path is not None
    again = read_sheet(path)
    assert again.cells[again.cells.columns[0]].to_list() == [row]
    findings = check(again, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None)).findings
    assert findings.rejected == 1


def test_without_bad_rows_there_is_no_file(tmp_path: Path) -> None:
    _, path = rejected(tmp_path, f"13101;RUN;{demo_run(1)};Amanda;Núñez;2008-01-01;FEMALE")
    assert path is None


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("encoding", "mark"), [("cp1252", b""), ("utf-8", BOM_UTF8), ("utf-16", BOM_UTF16)])
def test_it_is_written_as_the_file_that_came(tmp_path: Path, separator: str, encoding: str, mark: bytes) -> None:
    sheet, path = rejected(tmp_path, BAD, separator=separator, encoding=encoding)
    assert path is not None and path.read_bytes().startswith(mark)
    header, row = path.read_text(encoding="utf-8-sig" if encoding == "utf-8" else encoding).splitlines()
    assert header == (HEADER + ";linea;errores").replace(";", separator) and "Núñez" in row
    again = read_sheet(path)
    assert again.cells.select(sheet.cells.columns).rows() == sheet.cells.rows() and again.notes == sheet.notes


def test_a_letter_that_got_lost_is_still_lost_when_it_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "personas.csv"
    lost = BAD.replace("=HYPERLINK(1)", "Jos\x81").encode("latin-1")
    path.write_bytes(f"{HEADER}\n".encode() + lost + b"\n")
    sheet = read_sheet(path)
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    found = write_rejects(tmp_path / "malas", path.name, sheet, one.findings)
    assert found is not None and read_sheet(found).cells["nombres"].to_list() == ["Jos\ufffd"]


def test_a_line_in_another_encoding_comes_back_to_be_mended_in_that_of_the_file(tmp_path: Path) -> None:
    rows = [f"13101;RUN;{demo_run(n)};{name};Muñoz;2016-05-04;FEMALE" for n, name in enumerate(("Begoña", "José"))]
    path = tmp_path / "personas.csv"
    path.write_bytes(b"\n".join([f"{HEADER}\n{rows[0]}\n{rows[0]}".encode(), rows[1].encode("latin-1")]))
    sheet = read_sheet(path)
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    told = [(f.line, f.column, f.code) for f in one.findings.first()]
    unreadable = [(4, "nombres", "UNREADABLE_TEXT"), (4, "apellido_paterno", "UNREADABLE_TEXT")]
    assert told == [(3, "", "DUPLICATE_ROW"), *unreadable]
    bad = write_rejects(tmp_path / "malas", path.name, sheet, one.findings)
    assert bad is not None
    mended = bad.read_text(encoding="utf-8-sig").replace("Jos\ufffd", "José").replace("Mu\ufffdoz", "Muñoz")
    bad.write_text(mended, encoding="utf-8-sig")
    assert read_sheet(bad).cells["nombres"].to_list() == ["Begoña", "José"]


def test_parquet_leaves_commas_in_utf_8(tmp_path: Path) -> None:
    pl.DataFrame([dict(zip(HEADER.split(";"), BAD.split(";"), strict=True))]).write_parquet(tmp_path / "p.parquet")
    sheet = read_sheet(tmp_path / "p.parquet")
    one = check(sheet, formats()["persons"], Frontier(date(2026, 11, 1), date(2026, 11, 20), None))
    path = write_rejects(tmp_path / "malas", "p.parquet", sheet, one.findings)
    assert path is not None and path.name == "p.rechazadas.csv"
    assert path.read_bytes().startswith(BOM_UTF8 + b"comuna,")


def test_a_folder_that_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "malas").write_text("un archivo")
    for folder in (tmp_path / "malas", tmp_path / "malas" / "dentro", Path("/proc/malas")):
        with pytest.raises(ExtractRefused, match="No se importó nada"):
            ready(folder)
    ready(tmp_path / "otra" / "dentro")
    assert list((tmp_path / "otra" / "dentro").iterdir()) == []


def test_what_cannot_be_written_in_the_end_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "malas").write_text("un archivo")
    with pytest.raises(ExtractRefused, match="De este archivo no se importó nada"):
        rejected(tmp_path, BAD)
