"""The generated part of `docs/extracts.md`; `python -m core.services.extracts.guide` writes it anew."""

from pathlib import Path

from core.reference import FormatColumn
from core.rules.codes import listed
from core.services.extracts.findings import MESSAGES, SKIPS
from core.services.extracts.formats import LABELS, Format, formats

GUIDE = Path(__file__).parents[3] / "docs" / "extracts.md"
BEGIN, END = "<!-- generado: inicio -->", "<!-- generado: fin -->"
_TYPES = {
    "text": "texto",
    "code": "código",
    "integer": "entero",
    "decimal": "número",
    "date": "fecha",
    "period": "mes",
    "boolean": "sí o no",
}


def generated() -> str:
    """Give the tables of formats and of errors, in Markdown."""
    return "\n\n".join([*(_format(format) for format in formats().values()), _errors()])


def with_tables(guide: str) -> str:
    """Give a guide with its generated part replaced."""
    before, rest = guide.split(BEGIN)
    return f"{before}{BEGIN}\n\n{generated()}\n\n{END}{rest.split(END)[1]}"


def _format(format: Format) -> str:
    lines = [
        f"### {LABELS[format.kind]} (`{format.kind}`)",
        "",
        f"Clave: {', '.join(f'`{format.header(field)}`' for field in format.keys)}."
        + (" Puede venir sin filas." if format.may_be_empty else ""),
        "",
        "| Columna | Tipo | Obligatoria | Qué es |",
        "|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_column(column) for column in format.columns)])


def _column(column: FormatColumn) -> str:
    told = column.description_es
    if column.allowed:
        told += " Valores: " + listed([f"`{code}`" for code in column.allowed]) + "."
    if column.minimum is not None and column.maximum is not None:
        told += f" De {column.minimum} a {column.maximum}."
    return f"| `{column.column}` | {_TYPES[column.type]} | {'sí' if column.is_required else 'no'} | {told} |"


def _errors() -> str:
    rows = [
        f"| `{code}` | {sentence} | {'se omite' if code in SKIPS else 'se rechaza'} |"
        for code, sentence in sorted(MESSAGES.items())
    ]
    return "\n".join(["### Errores por fila", "", "| Código | Qué dice | La fila |", "|---|---|---|", *rows])


if __name__ == "__main__":
    GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
