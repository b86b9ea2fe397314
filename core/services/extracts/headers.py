"""Where a CSV begins: what a spreadsheet puts before the header, what parts the cells, and the names of the columns."""

import csv
import re

from core.services.extracts.errors import ExtractRefused
from core.services.extracts.formats import formats
from core.text import fold

SEPARATORS = {",": "coma", ";": "punto y coma", "\t": "tabulación", "|": "barra"}
UNNAMED = "\x00"  # before the place of a column without a name: no header has it
ADDED = ("linea", "errores")  # the columns that a file of bad rows has behind those that came
_AGAIN = "_importacion"  # behind the name of ours, where the file has a column of that name
_BLANK = "".join(SEPARATORS) + ' "'  # what a line without anything in its cells is made of
_TOLD_SEPARATOR = r'"?sep=([,;\t|])"?\1*'  # the line that Excel reads and writes before a header
_LONGEST = 20  # lines that names with line breaks inside may span


def header_key(name: str) -> str:
    """Reduce a header to what two spellings share.

    Examples
    --------
    >>> header_key("Fecha Nacimiento "), header_key("fecha_nacimiento")
    ('fecha_nacimiento', 'fecha_nacimiento')
    """
    return re.sub(r"[\s_]+", "_", fold(name.replace("_", " ")))


def opening(lines: list[str]) -> tuple[int, str, str]:
    """Find the header, after blank lines and the `sep=` that Excel writes.

    Parameters
    ----------
    lines : list of str

    Returns
    -------
    last : int
        Place of the header's last line.
    header : str
        Its text.
    separator : str
        What parts the cells: as `sep=` says, or what the header has most of.

    Raises
    ------
    ExtractRefused
        If nothing stands in the file, or what does is no text.

    Examples
    --------
    >>> opening(["", "sep=;", "a,1;b", "1;2"])
    (2, 'a,1;b', ';')
    """
    first = next((place for place, line in enumerate(lines) if line.strip(_BLANK)), 0)
    told = re.fullmatch(_TOLD_SEPARATOR, lines[first].strip(" "), re.IGNORECASE)
    first += 1 if told else 0
    if not any(line.strip(_BLANK) for line in lines[first : first + 1]):
        raise ExtractRefused("El archivo está vacío.")
    if "\x00" in lines[first]:
        raise ExtractRefused("El archivo no es de texto: guárdelo como «CSV UTF-8 (delimitado por comas)».")
    quotes = 0
    for last in range(first, min(first + _LONGEST, len(lines))):
        quotes += lines[last].count('"')
        if quotes % 2 == 0:
            break
    else:
        last = first  # a stray quote
    header = "\n".join(lines[first : last + 1])
    separator = told[1] if told else max(SEPARATORS, key=header.count)
    if not _cells(header, separator):  # then its quote is a stray too, and rows follow it
        last, header = first, lines[first]
    return last, header, separator


def column_names(header: str, separator: str) -> list[str]:
    """Read the names of the columns; one without a name is called by its place, and must turn out to be empty."""
    names = [name.strip() for name in _cells(header, separator)]
    keys = [header_key(name) for name in names if name]
    twice = {key for key in keys if keys.count(key) > 1}
    known = {column.column for format in formats().values() for column in format.columns}
    if not keys or (twice and not known & set(keys)):  # what is there twice is of the first row
        raise ExtractRefused(
            "El archivo no tiene un encabezado que se pueda leer: su primera línea nombra las columnas."
        )
    if twice:
        ours = sorted(twice & known)
        which = f": {', '.join(ours)}" if ours else ""  # whatever else stands there may be of a person
        raise ExtractRefused(f"El encabezado repite una columna{which}.")
    return [name or f"{UNNAMED}{place}" for place, name in enumerate(names)]


def added_columns(taken: list[str]) -> dict[str, str]:
    """Name our columns so that they clash with none of the file's.

    Examples
    --------
    >>> added_columns(["comuna", "linea"])
    {'linea': 'linea_importacion', 'errores': 'errores'}
    """
    free = {}
    for name in ADDED:
        free[name] = name
        while free[name] in taken:
            free[name] += _AGAIN
    return free


def our_columns(names: list[str]) -> list[str]:
    """Find the columns that a file of bad rows had added, once or more often; they stand last, in pairs.

    Examples
    --------
    >>> our_columns(["comuna", "linea", "sexo", "linea_importacion", "errores"])
    ['linea_importacion', 'errores']
    """
    last = len(names)
    while last >= 2 and tuple(_plain(name) for name in names[last - 2 : last]) == ADDED:
        last -= 2
    return names[last:]


def _plain(name: str) -> str:
    return re.sub(f"({_AGAIN})+$", "", header_key(name))


def _cells(header: str, separator: str) -> list[str]:
    """Part a header; nothing where it is none: an endless cell, or a line break outside quotes."""
    try:
        return next(csv.reader([header], delimiter=separator), [])
    except csv.Error:
        return []
