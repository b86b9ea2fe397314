"""The file of bad rows: what came, and beside it what is wrong, to be mended and sent again."""

import os
import stat
from itertools import count
from pathlib import Path
from uuid import uuid4

import polars as pl

from core.services.extracts.errors import ExtractRefused
from core.services.extracts.findings import MESSAGES, SKIPS, Findings
from core.services.extracts.headers import added_columns
from core.services.extracts.reading import MARKED, Sheet

# What a spreadsheet would run as a formula; the importer takes the apostrophe off again.
_DANGEROUS = r"^([=+\-@\t\r])"
_ONLY_OWNER = stat.S_IRUSR | stat.S_IWUSR


def write_rejects(folder: Path, name: str, sheet: Sheet, findings: Findings) -> Path | None:
    """Write the bad rows with their original columns, `linea` and `errores`.

    Parameters
    ----------
    folder : Path
        Made if absent.
    name : str
        Of the file that came.
    sheet : Sheet
    findings : Findings

    Returns
    -------
    Path or None
        A file that only its owner reads, None if no row is bad. It parts cells and writes letters as the file that came
        does, so that the same program opens it right and mended rows go straight back; of Parquet it is CSV in UTF-8.

    Raises
    ------
    ExtractRefused
        If it cannot be written: then nothing of the file is imported either.
    """
    if not findings.rejected:
        return None
    found = findings.frame().filter(~pl.col("code").is_in(list(SKIPS)))
    sentence = pl.col("code").replace_strict(dict(MESSAGES), return_dtype=pl.String)
    told = pl.when(pl.col("column") == "").then(sentence).otherwise(pl.col("column") + ": " + sentence)
    errors = found.group_by("row", maintain_order=True).agg(linea=pl.col("line").first(), errores=told.str.join(" | "))
    bad = sheet.cells[errors["row"]].select(pl.all().str.replace(_DANGEROUS, "'$1"))
    table = pl.concat([bad, errors.drop("row").rename(added_columns(bad.columns))], how="horizontal")
    path = _free(folder, f"{Path(name).stem}.rechazadas")
    try:
        _write(path, _encoded(table.write_csv(separator=sheet.separator), sheet.encoding))
    except OSError:
        raise ExtractRefused(
            f"No se pudo escribir {path.name} en {folder}: revise el espacio y los permisos. De este archivo no se "
            "importó nada."
        ) from None
    return path


def ready(folder: Path) -> None:
    """See that files can be written in a folder, which is made if absent, before anything is imported.

    Raises
    ------
    ExtractRefused
        If it is no folder, or nobody may write there.
    """
    probe = folder / f".{uuid4().hex}"
    try:
        _write(probe, b"")
        probe.unlink()
    except OSError:
        raise ExtractRefused(
            f"No se puede escribir en {folder}, la carpeta de las filas malas: revise la ruta y los permisos. No se "
            "importó nada."
        ) from None


def _free(folder: Path, stem: str) -> Path:
    """Return a name that nobody has: in the file of last month somebody may be mending rows."""
    names = (folder / f"{stem}{f'-{number}' if number > 1 else ''}.csv" for number in count(1))
    return next(path for path in names if not path.exists())


def _write(path: Path, data: bytes) -> None:
    """Write a new file that only its owner reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER), "wb") as file:
        file.write(data)


def _encoded(text: str, encoding: str) -> bytes:
    """Encode as what came; where a letter of it got lost on the way in, its mark stays a mark, and is refused again."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(MARKED)
