"""The rows of each extract file, in the columns of `core/data/extract_formats.csv`."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.synthetic import notices
from scoring.synthetic.days import age_on
from scoring.synthetic.people import People, name_carers, pairs, provisional, some, streets
from scoring.synthetic.protection import Horizon
from scoring.synthetic.protection_state import Protection
from scoring.synthetic.school import School
from scoring.synthetic.world import World

_TENURES = ("OWNED", "MORTGAGED", "RENTED", "LENT", "IRREGULAR")
_QUALITIES = ("ACCEPTABLE", "RECOVERABLE", "IRRECOVERABLE")
_SOURCES = ("RSH", "MINEDUC", "FONASA", "CHCC", "FAMILIAS", "AFC")
_PREGNANCIES = 0.012
_TWICE = 0.002  # children who stand in the register a second time, misspelt and without RUN


def make_tables(
    world: World, people: People, school: School, protection: Protection, horizons: list[Horizon]
) -> dict[str, pl.DataFrame]:
    """Return the rows of every kind of file."""
    unborn = _unborn(world, people)
    pregnancy_alerts = _pregnancy_alerts(world, unborn)
    return {
        "persons": pl.concat([_persons(world, people), _misspelt(world, people), unborn]),
        "households": _households(world, people),
        "addresses": _addresses(world, people),
        "attendance": _attendance(world, people, school),
        "health": _health(world, people),
        "alerts": notices.territorial_alerts(world, people.key),
        "chcc_alerts": pl.concat([notices.chcc_alerts(world, people.key), pregnancy_alerts]),
        "exclusions": notices.exclusions(world, people.key, protection),
        "scores": notices.official_scores(world, people.key, horizons[-1]),
    }


def _words(values: NDArray[np.object_]) -> pl.Series:
    return pl.Series(values.tolist(), dtype=pl.String)


def _persons(world: World, people: People) -> pl.DataFrame:
    rng = world.stream("persons")
    kin = (("CHILD", 0.9), ("OTHER_RELATIVE", 0.09), ("NOT_RELATED", 0.01))
    return people.key.with_columns(
        nombres=_words(people.given),
        apellido_paterno=_words(people.first),
        apellido_materno=_words(people.second),
        fecha_nacimiento=pl.Series(world.birth),
        fecha_probable_parto=pl.lit(None, dtype=pl.Date),
        sexo=pl.Series(np.where(world.female, "FEMALE", "MALE")),
        nacionalidad=_words(people.nationality),
        pueblo_originario=_words(world.homes.people[world.home]),
        discapacidad=pl.Series(world.disability),
        hogar=_words(people.household_key[world.home]),
        parentesco=_words(notices.draw(rng, kin, world.count)),
        direccion_protegida=pl.Series(rng.random(world.count) < 0.006),
    )


def _misspelt(world: World, people: People) -> pl.DataFrame:
    """Return a few children a second time: another identifier, misspelt, tied to no household."""
    rng = world.stream("misspelt")
    again = np.sort(rng.choice(world.count, int(world.count * _TWICE), replace=False))
    numbers = pl.Series([provisional(20_000_000 + i) for i in range(len(again))], dtype=pl.String)
    swapped = pl.col("apellido_paterno")
    for right, wrong in (("z", "s"), ("v", "b"), ("í", "i"), ("ñ", "n"), ("ó", "o"), ("é", "e")):
        swapped = swapped.str.replace_all(right, wrong)
    return _persons(world, people)[again].with_columns(
        tipo_identificador=pl.lit("PROVISIONAL"),
        identificador=numbers,
        nombres=pl.col("nombres").str.split(" ").list.first(),
        apellido_paterno=swapped,
        hogar=pl.lit(None, dtype=pl.String),
        direccion_protegida=pl.lit(False),
    )


def _unborn(world: World, people: People) -> pl.DataFrame:
    """Return gestations: no name, no birth date, an expected one."""
    rng = world.stream("gestations")
    homes = np.sort(rng.choice(len(world.homes.kids), int(world.count * _PREGNANCIES), replace=False))
    first = np.searchsorted(world.home, homes)
    count = len(homes)
    numbers = [provisional(10_000_000 + i) for i in range(count)]
    expected = world.period + rng.integers(5, 250, count).astype("timedelta64[D]")
    return _persons(world, people)[first].with_columns(
        tipo_identificador=pl.lit("PROVISIONAL"),
        identificador=pl.Series(numbers, dtype=pl.String),
        nombres=pl.lit("Por nacer"),
        fecha_nacimiento=pl.lit(None, dtype=pl.Date),
        fecha_probable_parto=pl.Series(expected),
        sexo=pl.lit("UNKNOWN"),
        nacionalidad=pl.lit(None, dtype=pl.String),
        discapacidad=pl.lit(None, dtype=pl.Boolean),
        parentesco=pl.lit("CHILD"),
        direccion_protegida=pl.lit(False),
    )


def _pregnancy_alerts(world: World, unborn: pl.DataFrame) -> pl.DataFrame:
    rng = world.stream("pregnancy alerts")
    row = np.repeat(np.arange(unborn.height), rng.poisson(1.1, unborn.height))
    types = np.array(notices.PREGNANCY_CHCC, dtype=object)[rng.integers(0, len(notices.PREGNANCY_CHCC), len(row))]
    dates = world.period - rng.integers(1, 200, len(row)).astype("timedelta64[D]")
    rows = unborn.select("comuna", "tipo_identificador", "identificador")[row]
    rows = rows.with_columns(tipo=_words(types), fecha=pl.Series(dates))
    return rows.unique(["identificador", "tipo", "fecha"], keep="first", maintain_order=True)


def _households(world: World, people: People) -> pl.DataFrame:
    """Return every household; those outside the register tell only where they are and whom to call."""
    homes, carers = world.homes, name_carers(world, people)
    first = np.concatenate([[0], np.cumsum(homes.kids)[:-1]])
    table = pl.DataFrame(
        {
            "comuna": [world.communes[c] for c in homes.commune.tolist()],
            "hogar": _words(people.household_key),
            "fecha_actualizacion": pl.Series(homes.updated_on),
            "tramo_rsh": homes.rsh,
            "integrantes": homes.size,
            "dormitorios": homes.bedrooms,
            "ingreso_per_capita": homes.income,
            "escolaridad_jefatura": homes.schooling,
            "tenencia_vivienda": _words(np.array(_TENURES, dtype=object)[homes.tenure]),
            "zona_urbana": homes.urban,
            "calidad_vivienda": _words(np.array(_QUALITIES, dtype=object)[homes.quality]),
            "jefatura_unica": homes.single,
            "cuidador_nombres": _words(carers.given),
            "cuidador_apellido_paterno": _words(
                np.where(carers.relationship == "MOTHER", people.second[first], people.first[first])
            ),
            "cuidador_apellido_materno": _words(carers.second),
            "cuidador_parentesco": _words(carers.relationship),
            "cuidador_telefono": _words(carers.phone),
            "contacto_nombres": _words(carers.other),
            "contacto_parentesco": _words(carers.other_relationship),
            "contacto_telefono": _words(carers.other_phone),
        }
    )
    register = [c for c in table.columns[3:12] if c != "zona_urbana"]
    known = pl.Series(homes.registered)
    return table.with_columns(pl.when(known).then(pl.col(c)).alias(c) for c in register)


def _addresses(world: World, people: People) -> pl.DataFrame:
    """Return up to three addresses a child: the household's, and for some an older one; a few have none."""
    rng = world.stream("addresses")
    homes = len(world.homes.kids)
    count = rng.choice(4, size=world.count, p=[0.03, 0.5, 0.35, 0.12])
    child = np.repeat(np.arange(world.count), count)
    turn = np.arange(len(child)) - np.repeat(np.cumsum(count) - count, count)
    older = (turn > 0) & (rng.random(len(child)) < 0.4)
    place = world.home[child] + homes * older
    street, block = streets(rng, 2 * homes)[place], rng.integers(1, 2400, 2 * homes)[place]
    unit = np.array([f"Depto. {n}" if n % 5 == 0 else None for n in range(1, 500)], dtype=object)
    sector = some(rng.random(2 * homes) < 0.3, "Villa " + pairs(rng, 2 * homes))[place]
    source = (turn + world.home[child]) % len(_SOURCES)
    ago = rng.integers(10, 700, len(child)) + 500 * older
    return people.key[child].with_columns(
        calle=_words(street),
        numero=pl.Series(block).cast(pl.String),
        unidad=_words(unit[block % len(unit)]),
        referencia=_words(sector),
        fuente=_words(np.array(_SOURCES, dtype=object)[source]),
        fecha=pl.Series(world.period - ago.astype("timedelta64[D]")),
    )


def _attendance(world: World, people: People, school: School) -> pl.DataFrame:
    """Return one row for each child and month at school."""
    child, column = np.nonzero(~np.isnan(school.rate))
    grade = school.grade[child, column].astype(np.int64)
    level = np.select([grade < 0, grade == 0, grade <= 8], ["PREKINDERGARTEN", "KINDERGARTEN", "PRIMARY"], "SECONDARY")
    names = _school_names(world, int(school.school.max()) + 1)
    months = pl.Series([str(m)[:7] for m in school.months])
    return people.key[child].with_columns(
        periodo=months[column],
        rbd=pl.Series(90_000 + school.school[child]).cast(pl.String),
        establecimiento=names[school.school[child]],
        nivel=pl.Series(level),
        grado=pl.Series(np.where(grade > 8, grade - 8, grade)).replace([-1, 0], [None, None]),
        letra=pl.Series(["A", "B", "C"])[child % 3],
        asistencia=pl.Series(school.rate[child, column].astype(np.float64)),
    )


def _school_names(world: World, count: int) -> pl.Series:
    rng = world.stream("schools")
    kinds = (("Escuela", 0.4), ("Colegio", 0.3), ("Escuela Básica", 0.2), ("Liceo", 0.1))
    return _words(notices.draw(rng, kinds, count) + " " + pairs(rng, count))


def _health(world: World, people: People) -> pl.DataFrame:
    """Return enrolment in a health centre; some children have none."""
    rng = world.stream("health")
    child = np.flatnonzero(rng.random(world.count) < 0.94)
    poor = world.homes.rsh[world.home][child]
    cover = np.select([poor == 40, poor <= 60, poor <= 80], ["FONASA_A", "FONASA_B", "FONASA_C"], "FONASA_D")
    private = rng.random(len(child)) < np.where(poor >= 90, 0.6, 0.05)
    centres = "CESFAM " + pairs(rng, 3 * len(world.communes))
    since = np.minimum(age_on(world.birth, world.period)[child], 8.0) * 300 * rng.random(len(child))
    day, born = world.period - 1 - since.astype(int).astype("timedelta64[D]"), world.birth[child]
    return people.key[child].with_columns(
        prevision=pl.Series(np.where(private, "ISAPRE", cover)),
        centro=_words(centres[world.commune[child] * 3 + child % 3]),
        fecha_inscripcion=pl.Series(np.where(born <= world.period, np.maximum(day, born), day)),
    )


def truth_table(world: World, people: People, horizons: list[Horizon]) -> pl.DataFrame:
    """Return the written truth, one row for each child and horizon: for our eyes, never imported."""
    return pl.concat(
        people.key.select("comuna", "identificador").with_columns(
            fecha=pl.lit(str(horizon.seen.day)),
            elegible=pl.Series(horizon.seen.eligible),
            p_obs=pl.Series(horizon.p_obs),
            etiqueta_verdadera=pl.Series(horizon.label),
            etiqueta_registrada=pl.Series(horizon.recorded),
        )
        for horizon in horizons
    )
