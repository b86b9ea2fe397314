"""The keys of many names at once, each distinct name worked out once: a country has few given names."""

from collections.abc import Callable

import polars as pl

from core.text import fold, sort_key, sound


def name_columns(
    rows: pl.DataFrame, given: str = "given_names", first: str = "first_surname", second: str = "second_surname"
) -> list[pl.Series]:
    """Make `name_sort`, `name_fold` and `name_sound` of each row, as `core.rules.names.name_keys` does of one.

    Parameters
    ----------
    rows : polars.DataFrame
    given, first, second : str
        Columns; a column `social_name`, if there is one, is searched for too.

    Returns
    -------
    list of polars.Series

    Examples
    --------
    >>> rows = pl.DataFrame({"given_names": ["José"], "first_surname": ["Núñez"], "second_surname": [None]})
    >>> [keys.item() for keys in name_columns(rows)]
    ['nun~ez jose', 'jose nunez', 'jose nunes']
    """
    spoken = [given, first, second, *(("social_name",) if "social_name" in rows.columns else ())]
    return [
        _joined(rows, [first, second, given], sort_key).alias("name_sort"),
        _joined(rows, spoken, fold).alias("name_fold"),
        _joined(rows, spoken, sound).alias("name_sound"),
    ]


def _joined(rows: pl.DataFrame, columns: list[str], key: Callable[[str], str]) -> pl.Series:
    keyed = pl.DataFrame([_keyed(rows[column].cast(pl.String), key) for column in columns])
    # a name may leave no key (a lone hyphen): it leaves no blank either
    there = keyed.select(pl.when(pl.all() != "").then(pl.all()))
    return there.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()


def _keyed(names: pl.Series, key: Callable[[str], str]) -> pl.Series:
    distinct = names.unique().drop_nulls()
    keys = pl.Series([key(name) for name in distinct], dtype=pl.String)
    return names.replace_strict(distinct, keys, return_dtype=pl.String)


def folded(names: pl.Series) -> pl.Series:
    """Give each name as `core.text.fold` does."""
    return _keyed(names, fold)


def differ(one: pl.Series, other: pl.Series) -> pl.Series:
    """Tell where two names are not the same, however they are written; a blank one says nothing.

    Examples
    --------
    >>> differ(pl.Series(["JOSÉ", "José", None]), pl.Series(["Jose", "Juan", "Juan"])).to_list()
    [False, True, False]
    """
    return (folded(one) != folded(other)).fill_null(False)
