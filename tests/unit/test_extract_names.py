"""The keys of many names are those of each."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.rules.names import name_keys
from core.services.extracts.names import name_columns

NAMES = st.one_of(
    st.sampled_from(["José", "Núñez", "de la O", "-", "O’Higgins", "ÑANCUPIL", "Güenchullán", "é", "\u0301b"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(lambda name: name.strip()),
)


@given(given_names=NAMES, first=NAMES, second=st.none() | NAMES, social=st.none() | NAMES)
def test_a_column_of_names_has_the_keys_of_its_names(
    given_names: str, first: str, second: str | None, social: str | None
) -> None:
    row = {"given_names": given_names, "first_surname": first, "second_surname": second, "social_name": social}
    rows = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))
    expected = name_keys(given_names, first, second, social)
    assert tuple(keys.item() for keys in name_columns(rows)) == tuple(expected)
