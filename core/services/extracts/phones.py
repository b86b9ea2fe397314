"""Telephones as files write them: what the office would write for them, and which numbers a cell holds."""

import polars as pl

from core.services.extracts.cells import RUN


def normal(phone: str) -> pl.Expr:
    """Give the telephones of a column as `core.services.people.contacts.normal_phone` does; null is what it refuses.

    Examples
    --------
    >>> cells = pl.DataFrame({"phone": ["9 5555 0101", "(2) 2555-0101", "+1 202 555 0101", "09 5555 0101", ""]})
    >>> cells.select(normal("phone"))["phone"].to_list()
    ['+56955550101', '+56225550101', '+12025550101', None, None]
    """
    compact = pl.col(phone).str.replace_all(r"[\s().\-]", "")
    here = compact.str.extract(r"^(?:\+?56)?([0-9]{9})$", 1)
    abroad = compact.str.contains(r"^\+[1-9][0-9]{6,14}$") & ~compact.str.starts_with("+56")
    run = pl.col(phone).str.contains(RUN)
    return pl.when(~run).then(pl.when(here.is_not_null()).then("+56" + here).when(abroad).then(compact)).alias(phone)


def written(phone: str) -> pl.Expr:
    """Give what is stored of the telephones of a column: as the office writes them, and else as they are."""
    return pl.coalesce(normal(phone), pl.col(phone))


def numbers(phone: str) -> pl.Expr:
    """Give, of each cell of a column, the last eight digits of every number in it, by which a number is told again.

    In Chile a number has nine digits, and before it people write prefixes that come and go: 0, 09, 56, 0056, (0). A
    cell may hold several numbers, or one broken by any sign, so that all its digits together count as one too.

    Examples
    --------
    >>> cells = pl.DataFrame({"phone": ["0056 9 5555 0101", "955550101 / 225550102", "9 5555/0101", "no tiene", None]})
    >>> cells.select(numbers("phone").list.unique(maintain_order=True))["phone"].to_list()
    [['55550101'], ['55550101', '25550102'], ['55550101'], [], None]
    """
    runs = pl.col(phone).str.replace_all(r"[\s().\-]", "").str.extract_all("[0-9]{7,}")
    whole = pl.col(phone).str.replace_all("[^0-9]", "")
    element = pl.element()
    return pl.concat_list(runs, whole).list.eval(element.filter(element != "").str.tail(8)).alias(phone)


def meet(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Tell where two columns of `numbers` have one in common."""
    return (one.list.set_intersection(other).list.len() > 0).fill_null(False)
