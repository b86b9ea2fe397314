"""What stands in `extract.json`, read key by key: whatever is wrong is told with its place, its value, and what may be.

The index is written by hand, in an office: `files[2].kind` and the name of its file are what its author can look for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from core.services.extracts.errors import ExtractRefused

INDEX = "extract.json"
SHOWN = 40  # characters of a wrong value
ENTRY_KEYS = (
    "kind",
    "file",
    "sha256",
    "rows",
    "period",
    "provider",
    "agreement",
    "legal_basis",
    "expires_on",
    "nature",
    "synthetic",
    "corrects_identity",
)
# of the whole folder; its period, notice and seed tell people what it is, and are not read
KEYS = ("files", "period", "synthetic", "notice", "seed")


def read_index(path: Path) -> list["Entry"]:
    """Read the entries of an index.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Entry
        At least one.

    Raises
    ------
    ExtractRefused
        If it is not there, is not JSON, is no list of files, or has a key that is not known: one misspelt would be
        missing without a word.
    """
    index = _parsed(path)
    if isinstance(index, dict):
        _known(index, KEYS, "")
    files = index.get("files") if isinstance(index, dict) else None
    if not isinstance(files, list) or not files:
        raise ExtractRefused(f"{INDEX}: «files» debe ser una lista con un elemento por archivo.")
    for place, said in enumerate(files):
        if not isinstance(said, dict):
            raise ExtractRefused(f"{INDEX}: files[{place}] debe ser un objeto, con lo que se declara de un archivo.")
        _known(said, ENTRY_KEYS, f"files[{place}]: ")
    folder = {"synthetic": index["synthetic"]} if "synthetic" in index else {}  # nobody may take them for true people
    return [Entry(place, folder | said) for place, said in enumerate(files)]


def _known(said: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Refuse the first key that is not known, and name the one that was meant, or all."""
    strange = next((key for key in said if key not in known), None)
    if strange is None:
        return
    near = get_close_matches(strange.strip().lower(), known, 1)
    meant = f"¿quiso decir «{near[0]}»?" if near else f"se conocen {', '.join(known)}."
    raise ExtractRefused(f"{INDEX}: {where}Clave desconocida {_quoted(strange)}: {meant}")


def _quoted(key: str) -> str:
    return f"«{key}»" if len(key) <= SHOWN else f"«{key[:SHOWN]}…»"


def _parsed(path: Path) -> Any:
    try:
        # as Windows' notepad saves it
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except OSError:
        raise ExtractRefused(f"La carpeta no tiene un archivo {INDEX} que se pueda leer.") from None
    except UnicodeDecodeError:
        raise ExtractRefused(f"{INDEX} no está en UTF-8: guárdelo de nuevo con esa codificación.") from None
    except json.JSONDecodeError as error:
        where = f"línea {error.lineno}, columna {error.colno}"
        raise ExtractRefused(
            f"{INDEX} no es JSON válido: hay un error en la {where} o justo antes (una coma, una comilla, una llave)."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice in one object: of two months nobody knows which is meant."""
    keys = [key for key, _ in pairs]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise ExtractRefused(f"{INDEX}: la clave {_quoted(twice)} está dos veces en el mismo objeto; deje una.")
    return dict(pairs)


@dataclass(frozen=True)
class Entry:
    """What the index says of one file.

    Parameters
    ----------
    place : int
        From 0 on, as in `files[0]`.
    said : mapping
    """

    place: int
    said: Mapping[str, Any]

    def text(self, key: str) -> str:
        """Return a text that says something."""
        value = self.said.get(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, "un texto que no esté vacío")
        return value

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        value = self.said.get(key)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(key, f"uno de {', '.join(allowed)}")
        return value

    def month(self, key: str) -> date:
        return self._date(key, r"(\d{4}-\d{2})(?:-\d{2})?", "un mes (AAAA-MM)", "-01")

    def day(self, key: str) -> date:
        return self._date(key, r"(\d{4}-\d{2}-\d{2})", "una fecha (AAAA-MM-DD)")

    def flag(self, key: str) -> bool:
        """Return a boolean that is false where nothing is said; the text "false" is not one."""
        value = self.said.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "true o false, sin comillas")
        return value

    def sha256(self) -> str | None:
        value = self.said.get("sha256")
        if value is not None and not (isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{64}", value)):
            self.refuse("sha256", "la huella SHA-256 del archivo: 64 cifras hexadecimales")
        return value

    def file_name(self) -> str:
        """Return the name of a file in the index's own folder."""
        name = self.text("file")
        if Path(name).name != name:
            self.refuse("file", "el nombre de un archivo de la misma carpeta, nunca de fuera")
        return name

    def refuse(self, key: str, allowed: str) -> NoReturn:
        """Say where the fault is, what stands there and what may stand there."""
        file = self.said.get("file")
        named = f" ({file})" if isinstance(file, str) and key != "file" else ""
        value = json.dumps(self.said.get(key), ensure_ascii=False)
        shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
        found = f"dice {shown}" if key in self.said else "falta"
        raise ExtractRefused(f"{INDEX}: files[{self.place}].{key}{named} {found}; debe ser {allowed}.")

    def _date(self, key: str, pattern: str, allowed: str, rest: str = "") -> date:
        value = self.said.get(key)
        found = re.fullmatch(pattern, value) if isinstance(value, str) else None
        try:
            return date.fromisoformat(found[1] + rest if found else "")
        except ValueError:
            self.refuse(key, allowed)
