"""What each kind of extract file must look like: the columns of `core/data/extract_formats.csv`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from core.reference import FormatColumn, format_columns

# A file may name what an earlier one brought, never what a later one will.
ORDER = (
    "persons",
    "households",
    "addresses",
    "attendance",
    "health",
    "alerts",
    "chcc_alerts",
    "exclusions",
    "scores",
)

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "persons": "Personas",
        "households": "Hogares",
        "addresses": "Direcciones",
        "attendance": "Asistencia escolar",
        "health": "Inscripción de salud",
        "alerts": "Alertas territoriales",
        "chcc_alerts": "Alertas Chile Crece Contigo",
        "exclusions": "Exclusiones y última prioridad",
        "scores": "Puntaje oficial",
    }
)

# In a small commune and a quiet month there may truly be none; of the other kinds a file without rows was cut short.
MAY_BE_EMPTY = frozenset({"alerts", "chcc_alerts", "exclusions"})

IDENTIFYING = ("commune_code", "identifier_kind", "identifier")


@dataclass(frozen=True)
class Format:
    """The columns of one kind of file, in order."""

    kind: str
    columns: tuple[FormatColumn, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields that together tell two rows of a file apart."""
        return tuple(column.field for column in self.columns if column.is_key)

    @property
    def may_be_empty(self) -> bool:
        """Whether a file without rows says something: that there is none."""
        return self.kind in MAY_BE_EMPTY

    @property
    def about_people(self) -> bool:
        """Whether each row names a child by identifier."""
        return "identifier" in self.keys

    def header(self, field: str) -> str:
        """Give the Spanish name of a field; `KeyError` if the file has none of that name."""
        return {column.field: column.column for column in self.columns}[field]


@cache
def formats() -> Mapping[str, Format]:
    """Give every format by kind, in the order in which files are imported."""
    columns = format_columns()
    return MappingProxyType({kind: Format(kind, tuple(c for c in columns if c.kind == kind)) for kind in ORDER})
