"""The file of bad rows: what came, and beside it what is wrong, to be mended and sent again."""

import os
import stat
from pathlib import Path

import polars as pl

from core.services.extracts.findings import MESSAGES, SKIPS, Findings
from core.services.extracts.reading import Sheet

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
        A file that only its owner reads, UTF-8 with a mark so that spreadsheets open it right; None if no row is bad.
    """
    if not findings.rejected:
        return None
    found = findings.frame().filter(~pl.col("code").is_in(list(SKIPS)))
    sentence = pl.col("code").replace_strict(dict(MESSAGES), return_dtype=pl.String)
    told = pl.when(pl.col("column") == "").then(sentence).otherwise(pl.col("column") + ": " + sentence)
    errors = found.group_by("row", maintain_order=True).agg(linea=pl.col("line").first(), errores=told.str.join(" | "))
    bad = sheet.cells[errors["row"]].select(pl.all().str.replace(_DANGEROUS, "'$1"))
    table = pl.concat([bad, errors.drop("row").rename(_free(bad.columns))], how="horizontal")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(name).stem}.rechazadas.csv"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER), "wb") as file:
        file.write(table.write_csv(include_bom=True).encode())
    return path


def _free(taken: list[str]) -> dict[str, str]:
    """Name our two columns so that they clash with none of the file's."""
    return {name: name if name not in taken else f"{name}_importacion" for name in ("linea", "errores")}
