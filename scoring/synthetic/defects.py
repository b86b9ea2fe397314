"""Spoil a few rows, on demand, so that an importer can show what it refuses."""

import polars as pl


def spoil(tables: dict[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    """Append bad copies of rows; return the tables and how many bad rows each has.

    Bad are: a wrong check digit, an unknown commune, a surname that is missing, a birth in the
    future, attendance over 100, an alert of no type, a stay that ends before it begins, a row twice.
    """
    bad = {
        "persons": _bad_persons(tables["persons"]),
        "attendance": tables["attendance"].head(1).with_columns(asistencia=pl.lit(140.0)),
        "alerts": tables["alerts"].head(1).with_columns(tipo=pl.lit("NO_SUCH_ALERT")),
        "exclusions": tables["exclusions"]
        .head(1)
        .with_columns(vigente_hasta=pl.col("vigente_desde").dt.offset_by("-1d")),
        "scores": tables["scores"].head(1),
    }
    spoilt = {kind: pl.concat([table, bad[kind]]) if kind in bad else table for kind, table in tables.items()}
    return spoilt, {kind: rows.height for kind, rows in bad.items()}


def _bad_persons(persons: pl.DataFrame) -> pl.DataFrame:
    runs = persons.filter(pl.col("tipo_identificador") == "RUN")
    digit = pl.col("identificador").str.tail(1)
    wrong = pl.col("identificador").str.head(-1) + pl.when(digit == "1").then(pl.lit("2")).otherwise(pl.lit("1"))
    return pl.concat(
        [
            runs[0].with_columns(identificador=wrong),
            runs[1].with_columns(comuna=pl.lit("99999")),
            runs[2].with_columns(apellido_paterno=pl.lit(None, dtype=pl.String)),
            runs[3].with_columns(fecha_nacimiento=pl.col("fecha_nacimiento").dt.offset_by("40y")),
        ]
    )
