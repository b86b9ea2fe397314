"""Read extract files straight into frames, without a database: for tests, benchmarks and the model card."""

from pathlib import Path

import polars as pl

from scoring.frames import Frames
from scoring.synthetic.country import TRUTH
from scoring.synthetic.files import read_table


def read_frames(folder: Path) -> Frames:
    """Return the frames of a folder of extracts; a child's id is its identifier, which is nobody's."""
    attendance = read_table(folder, "attendance").with_columns(period=_month("periodo"))
    persons = read_table(folder, "persons")
    return Frames(
        children=persons.select(
            nna_id="identificador",
            commune_code="comuna",
            birth_date="fecha_nacimiento",
            sex="sexo",
            nationality="nacionalidad",
            indigenous_people="pueblo_originario",
            has_disability="discapacidad",
        ),
        households=read_table(folder, "households").select(
            family_id="hogar",
            valid_from="fecha_actualizacion",
            rsh_bracket="tramo_rsh",
            household_size="integrantes",
            bedrooms="dormitorios",
            income_per_capita="ingreso_per_capita",
            head_schooling_years="escolaridad_jefatura",
            tenure="tenencia_vivienda",
            urban="zona_urbana",
            housing_quality="calidad_vivienda",
            single_head="jefatura_unica",
        ),
        attendance=attendance.select("period", nna_id="identificador", rate="asistencia"),
        schooling=_courses(attendance),
        exclusions=read_table(folder, "exclusions").select(
            nna_id="identificador", effect="efecto", valid_from="vigente_desde", valid_until="vigente_hasta"
        ),
        members=persons.select(nna_id="identificador", family_id=pl.coalesce("hogar", "identificador")),
    )


def _courses(attendance: pl.DataFrame) -> pl.DataFrame:
    """Return each child's courses, from the first month reported to the end of the last."""
    year = pl.col("period").dt.year().alias("year")
    return (
        attendance.group_by("identificador", year, "rbd", "nivel", "grado")
        .agg(valid_from=pl.col("period").min(), valid_until=pl.col("period").max().dt.offset_by("1mo"))
        .select("valid_from", "valid_until", nna_id="identificador", level="nivel", grade="grado")
        .sort("nna_id", "valid_from")
    )


def read_truth(folder: Path) -> pl.DataFrame:
    """Return the written truth: commune, nna_id, asof, eligible, p_obs, label, recorded."""
    truth = pl.read_csv(folder / TRUTH, try_parse_dates=True, schema_overrides={"comuna": pl.String})
    names = ["commune_code", "nna_id", "asof", "eligible", "p_obs", "label", "recorded"]
    return truth.rename(dict(zip(truth.columns, names, strict=True)))


def _month(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.String).str.head(7) + "-01").str.to_date()
