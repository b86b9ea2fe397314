"""What is wrong with single rows: line, column, code and a sentence, never the value itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from core.services.extracts.formats import Format

SHOWN = 1_000  # a report shows this many; the file of bad rows has them all

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "RAGGED_ROW": "La fila no tiene tantas celdas como el encabezado.",
        "MISSING_VALUE": "Falta un dato obligatorio.",
        "NOT_A_DATE": "No es una fecha (AAAA-MM-DD o DD-MM-AAAA).",
        "NOT_A_PERIOD": "No es un mes (AAAA-MM o MM-AAAA).",
        "NOT_AN_INTEGER": "No es un número entero.",
        "THOUSANDS_SEPARATOR": "Parece llevar separador de miles: escriba el número sin puntos, comas ni espacios.",
        "NOT_A_NUMBER": "No es un número.",
        "NOT_A_NAME": "No es un nombre: va con letras, sin números ni «=»; si no lo tiene, deje la celda vacía.",
        "NOT_A_BOOLEAN": "No es verdadero ni falso.",
        "TOO_LONG": "El texto es demasiado largo.",
        "UNREADABLE_TEXT": "El texto tiene caracteres que no se pueden guardar; revise que esté escrito en UTF-8.",
        "GARBLED_TEXT": "Las tildes o eñes llegaron como otros signos («Ã±» por «ñ»): escriba el texto de nuevo.",
        "RUN_IN_TEXT": "El texto parece contener un RUN: quítelo, porque aquí no queda sellado.",
        "CODE_NOT_ALLOWED": "El código no está entre los permitidos.",
        "OUT_OF_RANGE": "El número está fuera de los límites.",
        "UNKNOWN_COMMUNE": "No existe una comuna con ese código.",
        "OUT_OF_SCOPE": "La comuna no está entre las que usted puede importar.",
        "INVALID_RUN": "El RUN no es válido: revise los números y el dígito verificador.",
        "INVALID_PROVISIONAL": "El número provisorio no es válido: revise los números y el dígito verificador.",
        "DATE_IN_FUTURE": "La fecha es posterior a hoy.",
        "BEFORE_BIRTH": "La fecha es anterior al nacimiento de la persona.",
        "BIRTH_MISSING": "Falta la fecha de nacimiento o, en una gestación, la fecha probable de parto.",
        "BIRTH_TOO_EARLY": "Tendría 30 años o más: revise el año de nacimiento.",
        "EXPECTED_TOO_LATE": "La fecha probable de parto está a más de 40 semanas.",
        "UNBORN_WITH_RUN": "Quien aún no nace no tiene RUN: use PROVISIONAL, o escriba la fecha de nacimiento.",
        "ENDS_BEFORE_START": "El término no es posterior al inicio.",
        "EFFECT_MISMATCH": "No es el efecto que ese motivo tiene en la nómina: corrija uno de los dos.",
        "DUPLICATE_ROW": "Otra fila anterior del archivo tiene la misma clave.",
        "UNKNOWN_PERSON": "La persona no está entre las de la comuna: importe antes el archivo de personas.",
        "IDENTITY_CHANGED": (
            "Cambia nombre y fecha de nacimiento de una persona conocida: revise que el RUN no sea de otra."
        ),
        "OUT_OF_AGE": "Cumplió 18 años: no se importa.",
    }
)

# What the row tells is sound, and not for us: it is left out and is no mistake.
SKIPS = frozenset({"OUT_OF_AGE"})


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one row.

    Parameters
    ----------
    line : int
        Of the file, the header being line 1; in Parquet, the row's number plus one.
    column : str
        Spanish header; empty where it concerns the whole row.
    code, message : str
    """

    line: int
    column: str
    code: str
    message: str


@dataclass
class Findings:
    """What was found in a file, gathered check by check.

    Parameters
    ----------
    format : Format
    lines : polars.Series
        The line of each row.
    ragged : polars.Series
        Rows with other than the header's number of cells: nobody knows which cell is which, so nothing more is said.
    """

    format: Format
    lines: pl.Series
    ragged: pl.Series
    _found: list[pl.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = {column.column: place for place, column in enumerate(self.format.columns, 1)} | {"": 0}
        self.bad = pl.repeat(False, len(self.lines), dtype=pl.Boolean, eager=True)
        self.skipped = self.bad.clone()
        self._add("", "RAGGED_ROW", self.ragged)

    def add(self, column: str, code: str, mask: pl.Series) -> None:
        """Take down that a check failed on the rows of a mask, which is as long as the file."""
        self._add(column, code, mask.fill_null(False) & ~self.ragged)

    def _add(self, column: str, code: str, hit: pl.Series) -> None:
        if not hit.any():
            return
        rows = hit.arg_true()
        self._found.append(pl.DataFrame({"row": rows}).with_columns(column=pl.lit(column), code=pl.lit(code)))
        if code in SKIPS:
            self.skipped = self.skipped | hit
        else:
            self.bad = self.bad | hit

    @property
    def sound(self) -> pl.Series:
        return ~(self.bad | self.skipped)

    @property
    def rejected(self) -> int:
        return int(self.bad.sum())

    @property
    def left_out(self) -> int:
        """How many rows are sound and not for us."""
        return int((self.skipped & ~self.bad).sum())

    def by_column(self) -> dict[str, pl.Series]:
        """Tell for each column of which something was found so far, on which rows."""
        rows = pl.int_range(len(self.bad), dtype=pl.UInt32, eager=True)
        found = self.frame().group_by("column").agg("row")
        return {column: rows.is_in(hit.implode()) for column, hit in zip(*found, strict=True)}

    def frame(self) -> pl.DataFrame:
        """Give every finding: row, line, column, code; in order of line, then of the format's columns."""
        if not self._found:
            return pl.DataFrame(schema={"row": pl.UInt32, "line": pl.Int64, "column": pl.String, "code": pl.String})
        found = pl.concat(self._found).with_columns(pl.col("row").cast(pl.UInt32))
        lines = self.lines.gather(found["row"]).cast(pl.Int64).alias("line")
        place = pl.col("column").replace_strict(self._order, return_dtype=pl.Int64)
        return found.with_columns(lines).sort("line", "row", place, "code").select("row", "line", "column", "code")

    def first(self) -> tuple[Finding, ...]:
        """Give the first to show; of a country's file, what is wrong with one's own rows before those of others."""
        shown = self.frame().sort(pl.col("code") == "OUT_OF_SCOPE", maintain_order=True).head(SHOWN)
        return tuple(Finding(line, column, code, MESSAGES[code]) for _, line, column, code in shown.iter_rows())

    def summary(self) -> dict[str, int]:
        """Count findings by code, the most frequent first."""
        counted = self.frame().group_by("code").len().sort("len", "code", descending=[True, False])
        return dict(counted.iter_rows())
