"""Files as they come: CSV as Chilean spreadsheets write it, or Parquet; every cell a text, every row with its line."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import polars as pl

from core.services.extracts.errors import ExtractRefused
from core.services.extracts.headers import SEPARATORS, UNNAMED, column_names, opening, our_columns

MARKED = "utf-8-sig"  # UTF-8 with a mark, by which spreadsheets know it
_LONGEST = 20  # physical lines that one row with line breaks inside its cells may span
_QUOTED = r'"[^"]*"'
_GUARDED = r"^'([=+\-@])"  # how our own file of bad rows writes a cell that a spreadsheet would run
_EXCEL = (
    "El archivo es un libro de Excel. Ábralo en Excel y guárdelo con «Guardar como», tipo «CSV UTF-8 (delimitado por "
    "comas)»: se reciben CSV o Parquet."
)
# what other kinds of file begin with, whatever their name says
_OTHER_KINDS = {
    b"PK\x03\x04": _EXCEL,
    b"\xd0\xcf\x11\xe0": _EXCEL,
    b"PAR1": "El archivo es Parquet: su nombre debe terminar en .parquet.",
}


@dataclass(frozen=True)
class Sheet:
    """A file as rows of text.

    Parameters
    ----------
    cells : polars.DataFrame
        Strings, under the headers as written; blank cells are null. A ragged row stands whole in the first of them: it
        goes back as it came, and is refused again until somebody says which cell is which.
    lines : polars.Series
        The line on which each row begins; the header's is 1 where nothing stands before it.
    ragged : polars.Series
        Whether a row has other than the header's number of cells.
    notes : tuple of str
        What was unusual about the file, in Spanish.
    separator, encoding : str
        In which a file of its rows goes back to whoever sent it.
    """

    cells: pl.DataFrame
    lines: pl.Series
    ragged: pl.Series
    notes: tuple[str, ...] = ()
    separator: str = ","
    encoding: str = MARKED


def read_sheet(path: Path) -> Sheet:
    """Read a file.

    Parameters
    ----------
    path : Path
        Ending in ``.csv`` or ``.parquet``.

    Returns
    -------
    Sheet

    Raises
    ------
    ExtractRefused
        If it is neither, is empty, or cannot be read at all.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _without_ours(_parquet(path))
        if path.suffix.lower() in (".csv", ".txt"):
            return _without_ours(_csv(path.read_bytes()))
    except OSError:
        raise ExtractRefused("El archivo no está o no se puede leer.") from None
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods"):
        raise ExtractRefused(_EXCEL)
    raise ExtractRefused("El archivo debe ser CSV o Parquet.")


def _parquet(path: Path) -> Sheet:
    try:
        table = pl.read_parquet(path)
        table = table.with_columns(pl.selectors.decimal().cast(pl.Float64), pl.selectors.datetime().dt.date())
        cells = table.with_columns(_written(pl.selectors.float())).select(pl.all().cast(pl.String))
    except (pl.exceptions.PolarsError, ValueError):
        raise ExtractRefused("El archivo Parquet está dañado o tiene columnas que no son texto.") from None
    return _sheet(cells)


def _written(number: pl.Expr) -> pl.Expr:
    """Write a float as people do: without decimals where it has none, and nothing where it is no number.

    Programs keep whole numbers as floats where one is missing; as text, 12.0 would be another street number than 12.
    """
    whole = (number.round() == number) & (number.abs() < 1e15)
    digits = number.cast(pl.Int64, strict=False).cast(pl.String)
    return pl.when(whole).then(digits).when(~number.is_nan()).then(number.cast(pl.String))


def _csv(data: bytes) -> Sheet:
    for start, sentence in _OTHER_KINDS.items():
        if data.startswith(start):
            raise ExtractRefused(sentence)
    text, encoding, notes = _decode(data)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    first, titles, separator = opening(lines)
    if separator != ",":
        notes = (*notes, f"El separador es {SEPARATORS[separator]}.")
    header = column_names(titles, separator)
    quick = _quick(lines[first:], separator, len(header))
    if quick is None:
        sheet = _slow(lines[first:], separator, header)
    else:
        quick.columns = header
        sheet = _sheet(quick)
    sheet = replace(sheet, lines=sheet.lines + first, notes=notes, separator=separator, encoding=encoding)
    return _without_unnamed(sheet)


def _decode(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Decode what spreadsheets write: UTF-8 with or without a mark, UTF-16 with one, or Windows' own."""
    if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE):
        return data.decode("utf-16", errors="replace"), "utf-16", ("El archivo viene en UTF-16.",)
    try:
        return data.decode(MARKED), MARKED, ()
    except UnicodeDecodeError:
        return _mixed(data)


def _mixed(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Decode what is not UTF-8 throughout, as most of its lines with other letters than ASCII's are written.

    A line pasted from elsewhere must not rewrite the names on all others: what it loses is marked, and refused.
    """
    telling = [line for line in data.split(b"\n") if not line.isascii()]
    broken = sum(not _is_utf_8(line) for line in telling)
    if 2 * broken >= len(telling) and not data.startswith(BOM_UTF8):
        text = data.decode("cp1252", errors="replace")
        return text, "cp1252", ("El archivo no viene en UTF-8; se leyó como Windows-1252 (latin-1).",)
    lines = "1 línea" if broken == 1 else f"{broken} líneas"
    note = f"El archivo viene en UTF-8, salvo {lines}, cuyas letras no se pudieron leer; se rechaza donde importan."
    return data.decode(MARKED, errors="replace"), MARKED, (note,)


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_unnamed(sheet: Sheet) -> Sheet:
    """Drop columns without a name, which spreadsheets leave at the end, where nothing stands in them."""
    unnamed = [name for name in sheet.cells.columns if name.startswith(UNNAMED)]
    if any(sheet.cells[name].is_not_null().any() for name in unnamed):
        raise ExtractRefused(
            "Una columna que trae datos no tiene nombre: la primera línea del archivo debe ser el encabezado, completo."
        )
    return replace(sheet, cells=sheet.cells.drop(unnamed))


def _without_ours(sheet: Sheet) -> Sheet:
    """Drop what a file of bad rows told beside each row: mended or not, it goes in and comes back as it first came."""
    return replace(sheet, cells=sheet.cells.drop(our_columns(sheet.cells.columns)))


def _quick(lines: list[str], separator: str, width: int) -> pl.DataFrame | None:
    """Read a file whose every line is one row of the right width; None where one is not, or might not be."""
    rows = pl.Series(lines[1:], dtype=pl.String)
    plain = rows.str.replace_all(_QUOTED, "") if rows.str.contains('"', literal=True).any() else rows
    whole = plain.str.count_matches(separator, literal=True) == width - 1
    if not len(rows) or not whole.all() or plain.str.contains('"', literal=True).any() or not plain.ne("").all():
        return None
    body = "\n".join(lines[1:]).encode()
    try:
        read = pl.read_csv(BytesIO(body), has_header=False, separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    return read if read.shape == (len(rows), width) else None


def _slow(lines: list[str], separator: str, header: list[str]) -> Sheet:
    """Read line by line, so that a stray quote or a row cut short costs that row and no other."""
    width, named = len(header), 1 + max(place for place, name in enumerate(header) if not name.startswith(UNNAMED))
    found = list(_rows(lines, separator, width))
    ragged = [len(cells) < named or any(cell and cell.strip() for cell in cells[width:]) for _, cells, _ in found]
    whole = [[text] if bad else cells for bad, (_, cells, text) in zip(ragged, found, strict=True)]
    padded = [(cells + [None] * width)[:width] for cells in whole]
    cells = pl.DataFrame(padded, schema=dict.fromkeys(header, pl.String), orient="row")
    lines_of = pl.Series([line for line, _, _ in found], dtype=pl.Int64)
    return Sheet(_clean(cells), lines_of, pl.Series(ragged, dtype=pl.Boolean))


def _rows(lines: list[str], separator: str, width: int) -> Iterator[tuple[int, list[str | None], str]]:
    """Yield each row's line, its cells and its text."""
    at = 1
    while at < len(lines):
        taken, cells = _row_at(lines, at, separator, width)
        if any(cell.strip() for cell in cells):
            yield at + 1, list(cells), "\n".join(lines[at : at + taken])
        at += taken


def _row_at(lines: list[str], at: int, separator: str, width: int) -> tuple[int, list[str]]:
    """Read the row that begins on a line, with the lines that its quoted cells go on to.

    A line that is a whole row by itself is never taken for the inside of a cell: then the quote before it is a stray.
    """
    alone = _cells(lines[at], separator)
    if lines[at].count('"') % 2 == 0:
        return 1, alone
    for last in range(at + 1, min(at + _LONGEST, len(lines))):
        cells = _cells("\n".join(lines[at : last + 1]), separator)
        if lines[last].count('"') % 2:
            return (last + 1 - at, cells) if len(cells) == width else (1, alone)
        if len(_cells(lines[last], separator)) == width:
            break
    return 1, alone


def _cells(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return [text]


def _sheet(cells: pl.DataFrame) -> Sheet:
    """Count rows of one line each, leaving out those without anything in them, as spreadsheets leave at the end."""
    lines, cells = pl.int_range(2, cells.height + 2, dtype=pl.Int64, eager=True), _clean(cells)
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if cells.width else lines > 0
    cells = cells.filter(filled)
    return Sheet(cells, lines.filter(filled), pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True))


def _clean(cells: pl.DataFrame) -> pl.DataFrame:
    """Trim every cell; nothing is null."""
    trimmed = pl.all().str.strip_chars()
    guarded = cells.select(trimmed).select(pl.all().str.replace(_GUARDED, "$1"))
    return guarded.select(pl.when(pl.all() != "").then(pl.all()))
