"""A file and where it comes from: what `extract.json` says of it, and what the law asks to know.

Ley 19.628 as amended by Ley 21.719: whoever treats data received from others can say from whom, on what legal ground
and for how long (arts. 14 ter and 22).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.models.extracts import Nature
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.formats import ORDER

INDEX = "extract.json"


@dataclass(frozen=True)
class Delivery:
    """One file with its provenance.

    Parameters
    ----------
    path : Path
        CSV or Parquet, by its suffix.
    kind : str
        One of `formats.ORDER`.
    period : date
        First day of the month that it tells of.
    provider, agreement, legal_basis : str
    expires_on : date
        First day on which the agreement no longer allows its use.
    nature : Nature
        Administrative or self-reported.
    synthetic : bool
        Whether the people in it are invented.
    sha256 : str, optional
        What the provider says the file's hash is.
    """

    path: Path
    kind: str
    period: date
    provider: str
    agreement: str
    legal_basis: str
    expires_on: date
    nature: Nature
    synthetic: bool = False
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in ORDER:
            raise ExtractRefused("No existe ese tipo de archivo.", details={"kinds": ORDER})
        if self.period.day != 1:
            raise ExtractRefused("El período es un mes: se escribe como su primer día.")
        if not all(word.strip() for word in (self.provider, self.agreement, self.legal_basis)):
            raise ExtractRefused("Todo archivo declara quién lo entrega, con qué convenio y con qué base legal.")


def deliveries(folder: Path) -> tuple[Delivery, ...]:
    """Read `extract.json` of a folder.

    Parameters
    ----------
    folder : Path
        With the files that `extract.json` names.

    Returns
    -------
    tuple of Delivery
        In the order in which they have to be imported.

    Raises
    ------
    ExtractRefused
        If there is no such file, or it does not say what it must.
    """
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        found = [_delivery(folder, entry) for entry in index["files"]]
    except OSError:
        raise ExtractRefused(f"La carpeta no tiene un archivo {INDEX} que se pueda leer.") from None
    except (ValueError, KeyError, TypeError):
        raise ExtractRefused(f"{INDEX} no dice de cada archivo todo lo que debe decir.") from None
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.kind), one.period, one.path.name)))


def _delivery(folder: Path, entry: Mapping[str, Any]) -> Delivery:
    name = str(entry["file"])
    if Path(name).name != name:
        raise ExtractRefused(f"{INDEX} nombra un archivo fuera de su carpeta.")
    return Delivery(
        path=folder / name,
        kind=str(entry["kind"]),
        period=date.fromisoformat(f"{str(entry['period'])[:7]}-01"),
        provider=str(entry["provider"]),
        agreement=str(entry["agreement"]),
        legal_basis=str(entry["legal_basis"]),
        expires_on=date.fromisoformat(str(entry["expires_on"])),
        nature=Nature(entry["nature"]),
        synthetic=bool(entry.get("synthetic", False)),
        sha256=entry.get("sha256"),
    )


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal.

    Raises
    ------
    ExtractRefused
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise ExtractRefused("El archivo no está o no se puede leer.") from None
