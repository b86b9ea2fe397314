"""Files as Chilean spreadsheets write them, and worse."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from core.services.extracts.errors import ExtractRefused
from core.services.extracts.reading import Sheet, read_sheet


def read(folder: Path, data: bytes) -> Sheet:
    path = folder / "archivo.csv"
    path.write_bytes(data)
    return read_sheet(path)


def test_each_row_comes_with_its_line(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"a,b\n1,2\n3,4\n")
    assert sheet.cells.rows() == [("1", "2"), ("3", "4")]
    assert sheet.lines.to_list() == [2, 3]
    assert not sheet.ragged.any() and sheet.notes == ()


def test_a_byte_order_mark_is_no_part_of_the_first_header(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffcomuna,b\n1,2\n".encode()).cells.columns == ["comuna", "b"]


def test_semicolons_are_seen_and_said(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"a;b\n1,5;2\n")
    assert sheet.cells.rows() == [("1,5", "2")]
    assert sheet.notes == ("El separador es punto y coma.",)


def test_latin_1_is_read_and_said(tmp_path: Path) -> None:
    sheet = read(tmp_path, "a,b\nÑuñoa,Pérez\n".encode("latin-1"))
    assert sheet.cells.rows() == [("Ñuñoa", "Pérez")]
    assert sheet.notes == ("El archivo no viene en UTF-8; se leyó como Windows-1252 (latin-1).",)


def test_a_line_in_another_encoding_costs_no_name_on_the_other_lines(tmp_path: Path) -> None:
    lines = [b"a,b", "Begoña,Muñoz".encode(), "José,Pérez".encode("latin-1"), "Íñigo,Ñandú".encode()]
    sheet = read(tmp_path, b"\n".join(lines) + b"\n")
    assert sheet.cells.rows() == [("Begoña", "Muñoz"), ("Jos\ufffd", "P\ufffdrez"), ("Íñigo", "Ñandú")]
    assert sheet.encoding == "utf-8-sig"
    assert sheet.notes == (
        "El archivo viene en UTF-8, salvo 1 línea, cuyas letras no se pudieron leer; se rechaza donde importan.",
    )


def test_a_file_with_a_mark_is_utf_8_however_many_lines_are_not(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"\xef\xbb\xbfa,b\n" + "José,Pérez\nÍñigo,2\n".encode("latin-1"))
    assert sheet.cells["b"].to_list() == ["P\ufffdrez", "2"]
    assert "salvo 2 líneas" in sheet.notes[0]


def test_a_latin_1_file_with_few_lines_in_utf_8_stays_latin_1(tmp_path: Path) -> None:
    lines = ["José,Pérez".encode("latin-1"), "Íñigo,2".encode("latin-1"), "Begoña,3".encode()]
    assert read(tmp_path, b"a,b\n" + b"\n".join(lines)).cells["a"].to_list() == ["José", "Íñigo", "BegoÃ±a"]


@pytest.mark.parametrize(
    "header",
    [b'comuna;"nombres\ny apellidos";sexo', b'"comuna";nombres;"sexo"'],
    ids=["a line break inside", "quoted"],
)
def test_headers_in_quotes_are_read(tmp_path: Path, header: bytes) -> None:
    sheet = read(tmp_path, header + b"\n1;2;3\n")
    assert (len(sheet.cells.columns), sheet.cells.rows()) == (3, [("1", "2", "3")])


def test_a_stray_quote_in_the_header_takes_no_row_with_it(tmp_path: Path) -> None:
    sheet = read(tmp_path, b'a,b"\n1,2\n"tres",4\n5,6"\n')
    assert sheet.cells.columns == ["a", 'b"']
    assert sheet.cells.rows() == [("1", "2"), ("tres", "4"), ("5", '6"')]


@pytest.mark.parametrize("header", ["\u00a0,", "\x0c", "a" * 140_000 + ",b"], ids=["blank", "form feed", "endless"])
def test_what_is_no_header_is_refused_in_a_sentence(tmp_path: Path, header: str) -> None:
    with pytest.raises(ExtractRefused, match="encabezado"):
        read(tmp_path, f"{header}\n1,2\n3,4\n".encode())


def test_utf_16_of_spreadsheets_is_read(tmp_path: Path) -> None:
    sheet = read(tmp_path, "a\tb\nÑuñoa\t2\n".encode("utf-16"))
    assert sheet.cells.rows() == [("Ñuñoa", "2")]


def test_line_breaks_within_cells_keep_the_count_of_lines(tmp_path: Path) -> None:
    sheet = read(tmp_path, b'a,b\n1,"dos\nlineas"\n3,4\n')
    assert sheet.cells.rows() == [("1", "dos\nlineas"), ("3", "4")]
    assert sheet.lines.to_list() == [2, 4]


def test_blank_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"a,b\r\n\r\n1,2\r\n,\r\n3,4\r\n\r\n")
    assert sheet.cells.rows() == [("1", "2"), ("3", "4")]
    assert sheet.lines.to_list() == [3, 5]


def test_rows_without_anything_in_them_are_none(tmp_path: Path) -> None:
    assert read(tmp_path, b"a;b\n1;2\n;\n; \n").cells.rows() == [("1", "2")]


@pytest.mark.parametrize("line", ["1", "1,2,3", '"1,2', '1,"2', '1,"2" x"', '"'])
def test_a_broken_row_costs_no_other(tmp_path: Path, line: str) -> None:
    sheet = read(tmp_path, f'a,b\n5,6\n{line}\n7,8\n9,"diez"\n'.encode())
    sound = sheet.cells.filter(~sheet.ragged).rows()
    assert {("5", "6"), ("7", "8"), ("9", "diez")} <= set(sound)


def test_blank_cells_are_null_and_others_are_trimmed(tmp_path: Path) -> None:
    assert read(tmp_path, b'a,b\n  1 ,""\n').cells.rows() == [("1", None)]


def test_what_was_guarded_against_spreadsheets_comes_back_as_it_was(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n'+56911112222,'=1\n").cells.rows() == [("+56911112222", "=1")]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b,a\n1,2,3\n", b"a,A \n1,2\n"])
def test_a_file_without_a_clear_header_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ExtractRefused):
        read(tmp_path, data)


@pytest.mark.parametrize("told", [b"sep=;", b'"sep=;"', b"SEP=;;;", b"\xef\xbb\xbfsep=;"])
def test_the_line_with_which_excel_tells_the_separator_is_no_header(tmp_path: Path, told: bytes) -> None:
    sheet = read(tmp_path, told + b"\r\na;b,c\r\n1;2\r\n3\r\n")
    assert (sheet.cells.columns, sheet.separator) == (["a", "b,c"], ";")
    assert (sheet.lines.to_list(), sheet.ragged.to_list()) == ([3, 4], [False, True])


def test_a_comma_may_be_told_where_semicolons_are_many(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=,\na;;;,b\n1,2\n").cells.rows() == [("1", "2")]


def test_blank_lines_before_the_header_are_counted(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"\n, \na,b\n1,2\n")
    assert (sheet.cells.rows(), sheet.lines.to_list()) == ([("1", "2")], [4])


@pytest.mark.parametrize("rows", [b"1;2;;\n3;4;;\n", b"1;2\n3;4;;;;\n"])
def test_empty_columns_at_the_end_are_none(tmp_path: Path, rows: bytes) -> None:
    sheet = read(tmp_path, b"a;b;;\n" + rows)
    assert sheet.cells.columns == ["a", "b"] and not sheet.ragged.any()
    assert sheet.cells.rows() == [("1", "2"), ("3", "4")]


def test_cells_behind_the_header_count_where_something_stands_in_them(tmp_path: Path) -> None:
    assert read(tmp_path, b"a;b\n1;2;;\n3;4;;5\n").ragged.to_list() == [False, True]


def test_a_column_without_a_name_that_says_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="la primera línea del archivo debe ser el encabezado"):
        read(tmp_path, b"a;;b\n1;x;2\n")


def test_a_title_over_the_header_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="la primera línea del archivo debe ser el encabezado"):
        read(tmp_path, b"Nomina de noviembre;;\na;b;c\n1;2;3\n")


def test_the_name_of_a_column_may_have_a_line_break(tmp_path: Path) -> None:
    sheet = read(tmp_path, b'"fecha\nnacimiento";b\n1;2\n3\n')
    assert (sheet.cells.columns, sheet.lines.to_list()) == (["fecha\nnacimiento", "b"], [3, 4])
    assert read(tmp_path, b'a;b"\n1;2\n').cells.rows() == [("1", "2")]


def test_a_column_that_comes_twice_is_named_only_if_it_is_of_a_format(tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="repite una columna: comuna"):
        read(tmp_path, b"comuna;b;Comuna\n1;x;2\n")
    with pytest.raises(ExtractRefused) as refused:  # without a header, the first line is of somebody
        read(tmp_path, b"13101;Amanda;Amanda\n1;x;2\n")
    assert refused.value.message.startswith("El archivo no tiene un encabezado que se pueda leer")
    with pytest.raises(ExtractRefused) as refused:
        read(tmp_path, b"comuna;Amanda;Amanda\n1;x;2\n")
    assert refused.value.message == "El encabezado repite una columna."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04..", "libro de Excel"),
        ("a;b".encode("utf-16-le"), "no es de texto"),
        (b"\xd0\xcf\x11\xe0..", "CSV UTF-8"),
        (b"PAR1..", ".parquet"),
    ],
)
def test_another_kind_of_file_under_the_name_of_csv_is_told_apart(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(ExtractRefused, match=said):
        read(tmp_path, data)


@pytest.mark.parametrize("data", [b"sep=;\n", b"sep=;", b"\n ,;\n", b"\xef\xbb\xbf"])
def test_a_file_without_anything_in_it_is_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ExtractRefused, match="vacío"):
        read(tmp_path, data)


def test_only_csv_and_parquet_are_read(tmp_path: Path) -> None:
    path = tmp_path / "planilla.xlsx"
    path.write_bytes(b"PK")
    with pytest.raises(ExtractRefused, match="CSV o Parquet"):
        read_sheet(path)


def test_a_parquet_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roto.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(ExtractRefused, match="dañado"):
        read_sheet(path)


def test_parquet_reads_as_csv_does(tmp_path: Path) -> None:
    table = pl.DataFrame({"dia": ["2026-01-05"], "n": [3], "si": [True], "x": [1.5], "nada": [None]}).with_columns(
        pl.col("dia").str.to_date()
    )
    table.write_parquet(tmp_path / "a.parquet")
    table.write_csv(tmp_path / "a.csv")
    assert read_sheet(tmp_path / "a.parquet").cells.rows() == read_sheet(tmp_path / "a.csv").cells.rows()


def parquet(folder: Path, *values: object, dtype: pl.DataType | None = None) -> list[str | None]:
    pl.DataFrame({"a": ["x"] * len(values), "n": pl.Series(values, dtype=dtype)}).write_parquet(folder / "n.parquet")
    return read_sheet(folder / "n.parquet").cells["n"].to_list()


def test_whole_numbers_of_parquet_are_whole_whatever_their_type(tmp_path: Path) -> None:
    told, read = (1.0, 12.0, -3.0, 182_000.0, 2e7, 95.5, None), ["1", "12", "-3", "182000", "20000000", "95.5", None]
    assert parquet(tmp_path, *told) == read
    assert parquet(tmp_path, *told, dtype=pl.Float32()) == read
    assert parquet(tmp_path, *(Decimal(str(n)) if n else n for n in told), dtype=pl.Decimal(20, 3)) == read


def test_what_parquet_says_is_no_number_is_blank(tmp_path: Path) -> None:
    assert parquet(tmp_path, 1.0, float("nan")) == ["1", None]
