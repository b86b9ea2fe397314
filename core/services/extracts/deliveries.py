"""A file and where it comes from: what `extract.json` says of it, and what the law asks to know.

Ley 19.628 as amended by Ley 21.719: whoever treats data received from others can say from whom, on what legal ground
and for how long (arts. 14 ter and 22).
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.models.extracts import Nature
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.formats import ORDER
from core.services.extracts.index import INDEX, Entry, read_index


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
        Last day on which the agreement allows its use.
    nature : Nature
        Administrative or self-reported.
    synthetic : bool
        Whether the people in it are invented.
    sha256 : str, optional
        What the provider says the file's hash is.
    corrects_identity : bool
        Whether it is meant to put right who known children are; otherwise a row that does so is rejected.
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
    corrects_identity: bool = False

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
        In the order in which they have to be imported: by kind and month, and of one month as the index names them, so
        that a correction stands behind what it corrects whatever both are called.

    Raises
    ------
    ExtractRefused
        If there is no such file, or it does not say what it must; the sentence names the key and its value.
    """
    found = [_delivery(folder, entry) for entry in read_index(folder / INDEX)]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.kind), one.period)))


def _delivery(folder: Path, entry: Entry) -> Delivery:
    return Delivery(
        path=folder / entry.file_name(),
        kind=entry.one_of("kind", ORDER),
        period=entry.month("period"),
        provider=entry.text("provider"),
        agreement=entry.text("agreement"),
        legal_basis=entry.text("legal_basis"),
        expires_on=entry.day("expires_on"),
        nature=Nature(entry.one_of("nature", tuple(Nature))),
        synthetic=entry.flag("synthetic"),
        sha256=entry.sha256(),
        corrects_identity=entry.flag("corrects_identity"),
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
