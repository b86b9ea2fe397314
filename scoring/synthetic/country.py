"""Write the extract files of an invented country, and the truth about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from scoring.synthetic.defects import spoil
from scoring.synthetic.files import ExtractFile, Format, write_index, write_table
from scoring.synthetic.people import name_people
from scoring.synthetic.protection import protect
from scoring.synthetic.school import attend
from scoring.synthetic.tables import make_tables, truth_table
from scoring.synthetic.world import Dials, make_world

Progress = Callable[[str], None]
TRUTH = "ground_truth.csv"


@dataclass(frozen=True)
class Country:
    """What was written."""

    folder: Path
    period: date
    communes: tuple[str, ...]
    children: int
    households: int
    files: tuple[ExtractFile, ...]
    defects: Mapping[str, int] = field(default_factory=dict)

    @property
    def ground_truth(self) -> Path:
        return self.folder / TRUTH


def write_country(
    folder: Path,
    communes: Sequence[str],
    children_per_commune: int,
    seed: int,
    period: date,
    fmt: Format = "csv",
    progress: Progress | None = None,
    *,
    defects: bool = False,
    dials: Dials | None = None,
) -> Country:
    """Write one extract file per kind, `extract.json` and `ground_truth.csv`.

    The files hold thirty months of attendance, the stays in protection of the last years and the
    state of everything else on the first day of `period`. Nothing in them happens later. The truth
    also tells of the twelve months to come.

    Parameters
    ----------
    folder : Path
        Made if absent; files of the same name are overwritten.
    communes : sequence of str
        CUT codes, in any order; each once.
    children_per_commune : int
        At least 1; gestations and a few duplicates come on top.
    seed : int
        Same seed and arguments, same bytes.
    period : date
        The month of the extract; its first day is the cut.
    fmt : {"csv", "parquet"}
        Of the extract files; the truth is always CSV.
    progress : callable, optional
        Told the name of each step, in Spanish.
    defects : bool
        Also write a few rows that an importer must refuse.
    dials : Dials, optional
        How the world is tuned.

    Returns
    -------
    Country
        The files and how many children they tell of.
    """
    tell = progress or (lambda _: None)
    cut, codes = date(period.year, period.month, 1), tuple(sorted(set(communes)))
    tell("Inventando hogares y niñez")
    world = make_world(codes, children_per_commune, seed, np.datetime64(cut), dials or Dials())
    people = name_people(world)
    tell("Contando dos años de escuela y protección")
    school = attend(world)
    protection, horizons = protect(world, school)
    tables = make_tables(world, people, school, protection, horizons)
    spoilt: dict[str, int] = {}
    if defects:
        tables, spoilt = spoil(tables)
    tell("Escribiendo archivos de extracto")
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(write_table(folder, kind, table, cut, fmt) for kind, table in tables.items())
    write_index(folder, files, cut, seed)
    truth_table(world, people, horizons).write_csv(folder / TRUTH)
    return Country(folder, cut, codes, world.count, len(world.homes.kids), files, spoilt)
