"""Cells read into values, a whole column at a time; what cannot be read is null and has a code."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

from core.identity import scrub
from core.reference import FormatColumn
from core.rules.clear_text import LONGEST_VALUE
from core.rules.person_names import PLAIN_NAME, is_person_name
from core.rules.readable import UNREADABLE

# Texts that are numbers by their nature, or that are sealed or matched and shown to nobody.
NUMBERS = frozenset({"identifier", "source_key", "family_source_key", "school_code", "carer_phone", "contact_phone"})
PHONES = frozenset({"carer_phone", "contact_phone"})
RUN = r"^\s*[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}-[0-9kK]\s*$"
NAMES = frozenset(
    {"given_names", "first_surname", "second_surname", "contact_name"}
    | {"carer_given_names", "carer_first_surname", "carer_second_surname"}
)
_MANY_DIGITS = r"(?:\d[^\pL\d]{0,3}){7}"

# What is left of a letter outside ASCII where UTF-8 was read as Windows-1252: its first byte as a letter, the next as a
# sign that stands behind that letter in no name. «Ã±» was ñ; the Ã of JOÃO has a letter behind it.
_BEHIND = bytes(range(0x80, 0xC0)).decode("cp1252", errors="ignore")
GARBLED = f"(?:[ÂÃÄÅ]|â€)[{_BEHIND}]"

# A point or comma with three digits behind it parts thousands where a spreadsheet in Spanish or English wrote it, and
# decimals where a program did: of a whole number nobody can tell, so neither is taken.
_GROUPED = r"^-?\d{1,3}(?:[.,'\u2019\s]\d{3})+(?:[.,]\d+)?$"
_MIDNIGHT = r"[T ]0?0:00(?::00(?:\.0+)?)?$"  # what spreadsheets write behind a day

# How people and programs write it, after folding.
_TRUE = ("true", "verdadero", "si", "sí", "s", "1", "x")
_FALSE = ("false", "falso", "no", "n", "0")
_BOOLEANS = {word: True for word in _TRUE} | {word: False for word in _FALSE}


def _text(cell: pl.Expr) -> pl.Expr:
    return pl.when(~cell.str.contains(UNREADABLE)).then(cell)


def _code(cell: pl.Expr) -> pl.Expr:
    return _text(cell.str.to_uppercase())


def _integer(cell: pl.Expr) -> pl.Expr:
    whole = cell.str.extract(r"^(-?\d{1,15})(?:[.,]0{1,2})?$", 1)
    return whole.cast(pl.Int64, strict=False)


def _decimal(cell: pl.Expr) -> pl.Expr:
    """Read numbers; three decimals are decimals, since no column of these reaches a thousand."""
    number = cell.str.extract(r"^(-?\d{1,15}(?:[.,]\d+)?)$", 1)
    return number.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def _date(cell: pl.Expr) -> pl.Expr:
    """Read days as ISO or as people write them, both without ambiguity: the year has four digits."""
    day = cell.str.replace(_MIDNIGHT, "")
    there = day.str.extract(r"^(\d{4}-\d{2}-\d{2})$", 1)
    here = day.str.replace_all(r"[/.]", "-").str.extract(r"^(\d{1,2}-\d{1,2}-\d{4})$", 1)
    read = pl.coalesce(there.str.to_date("%Y-%m-%d", strict=False), here.str.to_date("%d-%m-%Y", strict=False))
    return pl.when(read.dt.year().is_between(1900, 2200)).then(read)


def _period(cell: pl.Expr) -> pl.Expr:
    """Read months; a spreadsheet makes the first day of it, which is the same, and no other day is."""
    month = cell.str.replace(_MIDNIGHT, "").str.replace_all(r"[/.]", "-")
    there = month.str.extract(r"^(\d{4}-\d{2})(?:-01)?$", 1) + "-01"
    here = "1-" + month.str.extract(r"^(?:0?1-)?(\d{1,2}-\d{4})$", 1)
    read = pl.coalesce(there.str.to_date("%Y-%m-%d", strict=False), here.str.to_date("%d-%m-%Y", strict=False))
    return pl.when(read.dt.year().is_between(1900, 2200)).then(read)


def _boolean(cell: pl.Expr) -> pl.Expr:
    return cell.str.to_lowercase().replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)


READERS: Mapping[str, tuple[Callable[[pl.Expr], pl.Expr], str]] = MappingProxyType(
    {
        "text": (_text, "UNREADABLE_TEXT"),
        "code": (_code, "CODE_NOT_ALLOWED"),
        "integer": (_integer, "NOT_AN_INTEGER"),
        "decimal": (_decimal, "NOT_A_NUMBER"),
        "date": (_date, "NOT_A_DATE"),
        "period": (_period, "NOT_A_PERIOD"),
        "boolean": (_boolean, "NOT_A_BOOLEAN"),
    }
)


def read_cells(cells: pl.DataFrame, column: FormatColumn) -> tuple[pl.Series, dict[str, pl.Series]]:
    """Read one column of text.

    Parameters
    ----------
    cells : polars.DataFrame
        Of strings; the column stands in it under its Spanish name.
    column : FormatColumn

    Returns
    -------
    values : polars.Series
        Under the name of the field; null where blank or unreadable.
    failed : dict of str to polars.Series
        By code, on which rows.
    """
    cell, value, (reader, code) = pl.col("cell"), pl.col("value"), READERS[column.type]
    read = cells.select(cell=column.column).with_columns(value=reader(cell))
    failed = {code: cell.is_not_null() & value.is_null()}
    if column.type == "integer":
        grouped = cell.str.contains(_GROUPED)
        failed |= {"THOUSANDS_SEPARATOR": grouped, code: failed[code] & ~grouped}
    if column.is_required:
        failed["MISSING_VALUE"] = cell.is_null()
    if column.type == "text":
        failed["GARBLED_TEXT"] = value.str.contains(GARBLED)
        failed["TOO_LONG"] = value.str.len_chars() > LONGEST_VALUE
    if column.minimum is not None and column.maximum is not None:
        failed["OUT_OF_RANGE"] = ~value.is_between(column.minimum, column.maximum)
    if column.allowed:
        allowed = pl.Series(column.allowed, dtype=pl.String).implode()
        strange = ~value.cast(pl.String).is_in(allowed)
        failed["CODE_NOT_ALLOWED"] = failed.get("CODE_NOT_ALLOWED", pl.lit(False)) | strange
    checked = read.select(value, **failed)
    found = {name: checked[name] for name in failed}
    if column.type == "text" and column.field not in NUMBERS:
        found["RUN_IN_TEXT"] = _holding_run(checked["value"])
    if column.field in PHONES:  # nine digits may be either; with its dash it is no telephone
        found["RUN_IN_TEXT"] = checked["value"].str.contains(RUN).fill_null(value=False)
    if column.field in NAMES:  # a name that was spoilt, or holds a RUN, has its finding
        found["NOT_A_NAME"] = _no_names(checked["value"]) & ~found["RUN_IN_TEXT"] & ~found["GARBLED_TEXT"]
    return checked["value"].rename(column.field), found


def _holding_run(texts: pl.Series) -> pl.Series:
    """Say which texts hold what looks like a RUN: they are kept in clear, where a number must never stand."""
    suspect = texts.str.contains(_MANY_DIGITS).fill_null(value=False)
    held = [scrub(text) != text for text in texts.filter(suspect)]
    return suspect.scatter(suspect.arg_true(), held) if held else suspect


def _no_names(texts: pl.Series) -> pl.Series:
    """Say which texts are not the name of a person; most are told by the letters that every name has."""
    suspect = ~texts.str.contains(PLAIN_NAME).fill_null(value=True)
    wrong = [not is_person_name(text) for text in texts.filter(suspect)]
    return suspect.scatter(suspect.arg_true(), wrong) if wrong else suspect
