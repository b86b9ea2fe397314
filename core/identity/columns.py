"""A whole column of RUN numbers at once; apart from `run`, so that no command loads Polars to check one."""

import polars

from core.identity.run import NOISE, PREFIX, RUN

_CHECK_DIGITS = "0123456789K"
_WEIGHTS = (9, 8, 7, 6, 5, 4)


def normal_runs(texts: polars.Series) -> polars.Series:
    """Give the normal form of each RUN of a column, null where :func:`core.identity.run.parse_run` would refuse it.

    Parameters
    ----------
    texts : polars.Series
        As text, or as numbers where a spreadsheet lost the hyphen.

    Returns
    -------
    polars.Series
        Text, under the same name; a million rows take under a second.

    Examples
    --------
    >>> normal_runs(polars.Series(["12.531.909-2", "12531909-3", None])).to_list()
    ['12531909-2', None, None]
    """
    compact = (
        polars.col("text").cast(polars.String).str.replace_all(NOISE, "").str.replace(PREFIX, "").str.replace("k$", "K")
    )
    shaped = polars.when(compact.str.contains(RUN)).then(compact)
    body = polars.col("shaped").str.head(-1)
    right = polars.col("shaped").str.tail(1) == _check_digits(body.cast(polars.Int64))
    frame = polars.DataFrame({"text": texts}).select(shaped.alias("shaped"))
    normal = frame.select(polars.when(right).then(body + "-" + polars.col("shaped").str.tail(1)))
    return normal.to_series().rename(texts.name)


def _check_digits(body: polars.Expr) -> polars.Expr:
    """Weigh the digits from the right by 9, 8, 7, 6, 5, 4, 9, 8 and take the sum modulo 11."""
    places = (body // 10**place % 10 * _WEIGHTS[place % 6] for place in range(8))
    return (
        polars.sum_horizontal(*places)
        .mod(11)
        .replace_strict(list(range(11)), list(_CHECK_DIGITS), return_dtype=polars.String)
    )
