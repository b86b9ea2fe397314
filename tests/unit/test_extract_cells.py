"""Cells read into values, as people and programs write them."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from core.reference import FormatColumn, format_columns
from core.rules.clear_text import LONGEST_VALUE
from core.services.extracts.cells import read_cells

SEVENTH = date(2026, 3, 7)


def column(type: str, **over: Any) -> FormatColumn:
    base: dict[str, Any] = {"kind": "k", "column": "c", "field": "f", "type": type, "required": "no", "allowed": ()}
    base |= {"description_es": "", "data_class": "basic", "minimum": None, "maximum": None, "key": "no"}
    return FormatColumn(**(base | over))


def read(text: str | None, spec: FormatColumn) -> tuple[Any, set[str]]:
    values, failed = read_cells(pl.DataFrame({"c": [text]}, schema={"c": pl.String}), spec)
    return values.item(), {code for code, mask in failed.items() if mask.fill_null(False).item()}


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("date", "2026-03-07", SEVENTH),
        ("date", "07-03-2026", SEVENTH),
        ("date", "7/3/2026", SEVENTH),
        ("date", "2026-03-07 00:00:00", SEVENTH),
        ("date", "7-03-2026 0:00:00", SEVENTH),
        ("date", "7.3.2026", SEVENTH),
        ("period", "2026-03", date(2026, 3, 1)),
        ("period", "01-03-2026", date(2026, 3, 1)),
        ("period", "1/3/2026 0:00", date(2026, 3, 1)),
        ("period", "03/2026", date(2026, 3, 1)),
        ("period", "2026/03", date(2026, 3, 1)),
        ("period", "2026-03-01", date(2026, 3, 1)),
        ("boolean", "true", True),
        ("boolean", "VERDADERO", True),
        ("boolean", "Sí", True),
        ("boolean", "0", False),
        ("boolean", "Falso", False),
        ("integer", "12", 12),
        ("integer", "12.0", 12),
        ("integer", "12,00", 12),
        ("integer", "-5", -5),
        ("decimal", "94,5", 94.5),
        ("decimal", "94.5", 94.5),
        ("code", "child", "CHILD"),
        ("text", "Ñuñoa", "Ñuñoa"),
        *(("text", name, name) for name in ("JOÃO", "Conceição", "Ângela", "Ana “Pía”", "N.º 5 ½", "Åsa", "Â", "Ã")),
    ],
)
def test_what_people_write_is_read(type: str, text: str, value: object) -> None:
    assert read(text, column(type)) == (value, set())


@pytest.mark.parametrize(
    ("type", "text", "code"),
    [
        ("date", "2026-02-30", "NOT_A_DATE"),
        ("date", "07-03-26", "NOT_A_DATE"),
        ("date", "0026-03-07", "NOT_A_DATE"),
        ("period", "marzo", "NOT_A_PERIOD"),
        ("period", "2026-13", "NOT_A_PERIOD"),
        ("period", "02-03-2026", "NOT_A_PERIOD"),
        ("period", "mar-26", "NOT_A_PERIOD"),
        ("date", "2026-03-07 10:00", "NOT_A_DATE"),
        ("boolean", "quizás", "NOT_A_BOOLEAN"),
        ("integer", "1.5", "NOT_AN_INTEGER"),
        ("integer", "9" * 30, "NOT_AN_INTEGER"),
        ("integer", "1.0000", "NOT_AN_INTEGER"),
        ("integer", "1.000", "THOUSANDS_SEPARATOR"),
        ("integer", "182,000", "THOUSANDS_SEPARATOR"),
        ("integer", "-1.234", "THOUSANDS_SEPARATOR"),
        ("integer", "1.234.567", "THOUSANDS_SEPARATOR"),
        ("integer", "1 000", "THOUSANDS_SEPARATOR"),
        ("integer", "1\u202f000", "THOUSANDS_SEPARATOR"),
        ("integer", "1'000", "THOUSANDS_SEPARATOR"),
        ("integer", "1.000,00", "THOUSANDS_SEPARATOR"),
        ("decimal", "NaN", "NOT_A_NUMBER"),
        ("decimal", "1.234,5", "NOT_A_NUMBER"),
        ("text", "nulo\x00", "UNREADABLE_TEXT"),
        ("text", "\u202eanA", "UNREADABLE_TEXT"),
        ("text", "Ana\u2069", "UNREADABLE_TEXT"),
        ("text", "Jos\x82", "UNREADABLE_TEXT"),
        ("text", "x" * (LONGEST_VALUE + 1), "TOO_LONG"),
        *(("text", word.encode().decode("cp1252"), "GARBLED_TEXT") for word in ("Begoña", "José", "Núñez", "MUÑOZ")),
        *(("text", word.encode().decode("cp1252"), "GARBLED_TEXT") for word in ("García", "2.º", "D’Arcy", "Šárka")),
    ],
)
def test_what_cannot_be_read_has_a_code(type: str, text: str, code: str) -> None:
    assert read(text, column(type))[1] == {code}


def test_three_decimals_are_no_thousands_where_a_number_is_never_so_large() -> None:
    """A rate of 94.737 is 18 days of 19; of a column that reaches thousands nobody could tell."""
    assert read("94.737", column("decimal", minimum=0, maximum=100)) == (94.737, set())
    decimals = [one for one in format_columns() if one.type == "decimal"]
    assert decimals and all(one.maximum is not None and one.maximum < 1000 for one in decimals)


def test_a_blank_cell_is_wrong_only_where_it_is_required() -> None:
    assert read(None, column("text")) == (None, set())
    assert read(None, column("text", required="yes"))[1] == {"MISSING_VALUE"}


def test_numbers_have_limits_and_codes_a_list() -> None:
    assert read("101", column("decimal", minimum=0, maximum=100))[1] == {"OUT_OF_RANGE"}
    assert read("45", column("integer", allowed=("40", "50")))[1] == {"CODE_NOT_ALLOWED"}
    assert read("50", column("integer", allowed=("40", "50"))) == (50, set())
