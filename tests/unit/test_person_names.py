"""What a written name may be: generous with real names, closed to numbers and to what a spreadsheet would run."""

import numpy as np
import polars as pl
import pytest

from core.reference import format_columns
from core.rules.person_names import is_person_name
from core.services.extracts.cells import NAMES, read_cells
from scoring.synthetic import names

REAL = (
    *(
        "D'Ávila",
        "María-José",
        "Ñancupil",
        "O’Higgins",
        "J. P.",
        "Llankümañ",
        "da Silva (hijo)",
        "M.ª José",
        "’t Hooft",
    ),
    *(
        "Núñez, hijo",
        "Ana “Pía”",
        "Gal·la",
        "Nguyễn",
        "Nguye\u0302\u0303n",
        "Ольга",
        "李小龙",
        "ليلى",
        "रवि",
        "Por nacer",
    ),
    *("Saint-Fleur", "Rodríguez\u00a0Soto", "N.N.", "`Okina", "Ana\u2011María", "マリア・ホセ"),
)
NONE = (
    *("12345", "=cmd()", "+Ana", "-Ana", "@Ana", "Ana=1", "Renata 2a", "Juan Ⅲ", "-", ".", "( )", "S/I", "<b>Ana</b>"),
    *("ana@correo.cl", "Ana_María", "＝cmd", "Ana\tPía", "Ana\nPía", "😀", "", "   ", " =cmd"),
)


@pytest.mark.parametrize("name", REAL)
def test_names_that_people_have_are_names(name: str) -> None:
    assert is_person_name(name)


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_name_is_none(name: str) -> None:
    assert not is_person_name(name)


def test_the_names_of_the_demo_are_names() -> None:
    invented = {name for words in vars(names).values() if isinstance(words, list) for name in words}
    assert len(invented) > 300 and [name for name in sorted(invented) if not is_person_name(name)] == []


def test_a_file_and_the_api_agree_on_every_name() -> None:
    (column,) = (one for one in format_columns() if (one.kind, one.field) == ("persons", "second_surname"))
    cells = [name for name in (*REAL, *NONE) if name.strip()]
    _, failed = read_cells(pl.DataFrame({column.column: cells}), column)
    wrong = np.array(failed["NOT_A_NAME"].to_list(), dtype=object)
    assert dict(zip(cells, wrong, strict=True)) == {name: not is_person_name(name) for name in cells}


def test_every_column_of_a_persons_name_is_held_to_it() -> None:
    told = {one.field for one in format_columns() if one.data_class == "identity" and one.type == "text"}
    assert told - NAMES == {"identifier"} and told >= NAMES
