"""Catalogue files read, checked, versioned and fingerprinted."""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from core.reference.rows import Catalogue

DATA = Path(__file__).parents[1] / "data"

Row = TypeVar("Row")


class MalformedCatalogue(ValueError):
    """A file of reference data is not what its rows must be; says file, line and column."""


def load(path: Path, row: type[Row], *key: str) -> tuple[Row, ...]:
    """Read a catalogue file into rows.

    Parameters
    ----------
    path : Path
        A CSV file, UTF-8, one header row.
    row : type
        A dataclass whose fields are the columns.
    *key : str
        Columns that together tell rows apart.

    Returns
    -------
    tuple
        The rows, in the order of the file.

    Raises
    ------
    MalformedCatalogue
        If columns are missing or unknown, a value is not of its type, or a key comes twice.
    """
    types = get_type_hints(row)
    columns = [column.name for column in fields(row)]  # type: ignore[arg-type]  # any dataclass type
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if sorted(reader.fieldnames or ()) != sorted(columns):
            raise MalformedCatalogue(f"{path.name}: columns must be {', '.join(columns)}")
        rows: dict[tuple[Any, ...], Row] = {}
        for line in reader:
            where = f"{path.name}, line {reader.line_num}"
            values = {name: _value(line[name], types[name], f"{where}, {name}") for name in columns}
            identity = tuple(values[name] for name in key)
            if None in line or identity in rows:
                raise MalformedCatalogue(f"{where}: too many cells, or the same {' and '.join(key)} twice")
            rows[identity] = row(**values)
    return tuple(rows.values())


def _value(text: str | None, kind: Any, where: str) -> Any:
    """Read one cell; an empty one is None where the type allows it, and a mistake where it does not."""
    if text is None:
        raise MalformedCatalogue(f"{where}: the cell is missing")
    if isinstance(kind, UnionType):
        if not text:
            return None
        kind = next(one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(text.split(";")) if text else ()
    try:
        return _READERS.get(kind, kind)(text)
    except (KeyError, ValueError):
        raise MalformedCatalogue(f"{where}: {text!r} is not a {kind.__name__}") from None


_READERS: dict[Any, Any] = {date: date.fromisoformat, bool: {"true": True, "false": False}.__getitem__}


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """Give version, licence and source of every catalogue, by name."""
    return MappingProxyType({one.name: one for one in load(DATA / "catalogues.csv", Catalogue, "name")})


def catalogue_version(name: str) -> str:
    """Give the version of a catalogue; `KeyError` if there is none of that name."""
    return catalogues()[name].version


@cache
def catalogue_hash(name: str) -> str:
    """Give the SHA-256 of a catalogue's file, in hexadecimal; `KeyError` if there is none of that name."""
    return hashlib.sha256((DATA / f"{catalogues()[name].name}.csv").read_bytes()).hexdigest()
