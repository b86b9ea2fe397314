"""Write the extract files and `extract.json`, which says of each file what the law asks to know."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

import core

Format = Literal["csv", "parquet"]

# Kind: file name, provider, legal basis, nature. The agreements are as invented as the data.
_SOURCES: dict[str, tuple[str, str, str, str]] = {
    "persons": ("personas", "Servicio de Registro Civil e Identificación", "Ley 21.430 art. 66", "ADMINISTRATIVE"),
    "households": ("hogares", "Registro Social de Hogares", "D.S. 22 de 2015 (MDS)", "SELF_REPORTED"),
    "addresses": ("direcciones", "Registro de Información Social", "Ley 19.949", "ADMINISTRATIVE"),
    "attendance": ("asistencia", "Ministerio de Educación", "Ley 21.430 art. 66", "ADMINISTRATIVE"),
    "health": ("inscripcion_salud", "Fondo Nacional de Salud", "Ley 21.430 art. 66", "ADMINISTRATIVE"),
    "alerts": ("alertas_territoriales", "Oficinas Locales de la Niñez", "Ley 21.430 art. 66", "ADMINISTRATIVE"),
    "chcc_alerts": ("alertas_chcc", "Chile Crece Contigo", "Ley 20.379", "ADMINISTRATIVE"),
    "exclusions": ("exclusiones", "Servicio de Protección Especializada", "Ley 21.302", "ADMINISTRATIVE"),
    "scores": ("puntajes", "Ministerio de Desarrollo Social y Familia", "Ley 21.430 art. 66", "ADMINISTRATIVE"),
}


FORMATS = Path(core.__file__).parent / "data" / "extract_formats.csv"
_TYPES: dict[str, type[pl.DataType]] = {
    "date": pl.Date,
    "integer": pl.Int64,
    "decimal": pl.Float64,
    "boolean": pl.Boolean,
}


@dataclass(frozen=True)
class ExtractFile:
    """One entry of `extract.json`."""

    kind: str
    file: str
    sha256: str
    rows: int
    period: str
    provider: str
    agreement: str
    legal_basis: str
    expires_on: str
    nature: str
    synthetic: bool = True


def write_table(folder: Path, kind: str, table: pl.DataFrame, period: date, fmt: Format) -> ExtractFile:
    """Write one file and return its entry."""
    stem, provider, basis, nature = _SOURCES[kind]
    path = folder / f"{stem}.{fmt}"
    if fmt == "csv":
        table.write_csv(path)
    else:
        table.write_parquet(path, statistics=False)
    return ExtractFile(
        kind=kind,
        file=path.name,
        sha256=file_hash(path),
        rows=table.height,
        period=f"{period:%Y-%m}",
        provider=f"SINTÉTICO: {provider} (datos inventados)",
        agreement="SINTÉTICO: convenio de demostración, sin valor legal",
        legal_basis=basis,
        expires_on=date(period.year + 1, period.month, 1).isoformat(),
        nature=nature,
    )


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_index(folder: Path, entries: tuple[ExtractFile, ...], period: date, seed: int) -> None:
    """Write `extract.json`."""
    index = {
        "synthetic": True,
        "notice": "SINTÉTICO: personas, hogares, direcciones y establecimientos inventados; no corresponden a nadie.",
        "period": f"{period:%Y-%m}",
        "seed": seed,
        "files": [asdict(entry) for entry in entries],
    }
    text = json.dumps(index, ensure_ascii=False, indent=2) + "\n"
    (folder / "extract.json").write_text(text, encoding="utf-8")


def read_table(folder: Path, kind: str) -> pl.DataFrame:
    """Read back one file, with the types that `extract_formats.csv` gives its columns."""
    stem = _SOURCES[kind][0]
    parquet = folder / f"{stem}.parquet"
    if parquet.exists():
        return pl.read_parquet(parquet)
    formats = pl.read_csv(FORMATS).filter(pl.col("kind") == kind)
    types = {name: _TYPES.get(type_, pl.String) for name, type_ in formats.select("column", "type").rows()}
    return pl.read_csv(folder / f"{stem}.csv", schema=types)
