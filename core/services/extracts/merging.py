"""What a file says against what stands: the rule of who has the last word, field by field.

An extract never undoes the office's work:

* an empty cell says nothing, and erases nothing;
* a record that only extracts wrote follows the newest of them;
* once the office changed a record by hand, its *kept* fields are the office's: the extract only fills gaps;
* a *guarded* field is kept as the office's also where only extracts wrote it, in rows that a protection holds;
* a *rising* flag, such as a protected address, is put up by an extract and never taken down by one;
* a record of which a later file told is not changed by an earlier one: of an earlier month, or of the same month and
  here before it (`arrivals`).
"""

from dataclasses import dataclass

import polars as pl

from core.services.extracts.reports import Counts

OLD = "_old"


@dataclass(frozen=True)
class Precedence:
    """Whose word each field follows.

    Parameters
    ----------
    following : tuple of str
        Always the newest extract's.
    kept : tuple of str
        The office's, once it changed the record.
    rising : tuple of str
        True as soon as either says so.
    guarded : tuple of str
        Those of `kept` that stand in a stored row that says `guarded`, whoever wrote it.
    exact : bool
        Facts: blanks are copied too, since nobody edits them.
    """

    following: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    rising: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    exact: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.following, *self.kept, *self.rising)


@dataclass(frozen=True)
class Merged:
    """Incoming rows beside what stands.

    Parameters
    ----------
    new : polars.DataFrame
        Rows that nothing corresponds to.
    changed : polars.DataFrame
        Rows with the values that are to stand, `id`, `version` and `owned` of the stored row, and its old values
        with the suffix `_old`.
    standing : polars.DataFrame
        Rows of which what is stored stands as it is; `passed_over` tells whether they say otherwise.
    """

    new: pl.DataFrame
    changed: pl.DataFrame
    standing: pl.DataFrame

    @property
    def passed_over(self) -> pl.DataFrame:
        return self.standing.filter("passed_over")

    @property
    def counts(self) -> Counts:
        held = self.passed_over.height
        return Counts(self.new.height, self.changed.height, self.standing.height - held, held)


def merge(incoming: pl.DataFrame, stored: pl.DataFrame, on: list[str], rule: Precedence) -> Merged:
    """Lay incoming rows beside the stored ones of the same key.

    Parameters
    ----------
    incoming : polars.DataFrame
        One row for each key.
    stored : polars.DataFrame
        With the key, the rule's fields, `id`, `owned`, `newer`, `version` where the table has one, and `guarded` where
        the rule has such fields.
    on : list of str
        The key; nulls are equal.
    rule : Precedence

    Returns
    -------
    Merged
    """
    fields = list(rule.fields)
    beside = stored.rename({field: field + OLD for field in fields})
    joined = incoming.join(beside, on=on, how="left", nulls_equal=True, maintain_order="left")
    known = joined.filter(pl.col("id").is_not_null())
    owned = pl.col("owned").fill_null(False)
    told = known.with_columns(owned, passed_over=pl.any_horizontal(*(_says_otherwise(field, rule) for field in fields)))
    settled = told.with_columns(_word(field, rule) for field in fields)
    differs = [pl.col(field).ne_missing(pl.col(field + OLD)) for field in fields]
    changes = pl.any_horizontal(*differs) & ~pl.col("newer").fill_null(False)
    new = joined.filter(pl.col("id").is_null()).select(incoming.columns)
    return Merged(new, settled.filter(changes), settled.filter(~changes))


def changed_columns(rule: Precedence) -> pl.Expr:
    """Name, parted by blanks, which of a rule's fields a row of `Merged.changed` changes."""
    fields = sorted(rule.fields)
    names = [pl.when(pl.col(name).ne_missing(pl.col(name + OLD))).then(pl.lit(name)) for name in fields]
    return pl.concat_str(names, separator=" ", ignore_nulls=True).alias("columns")


def _says_otherwise(field: str, rule: Precedence) -> pl.Expr:
    differs = pl.col(field).ne_missing(pl.col(field + OLD))
    return differs if rule.exact else differs & pl.col(field).is_not_null()


def _word(field: str, rule: Precedence) -> pl.Expr:
    told, old = pl.col(field), pl.col(field + OLD)
    if field in rule.rising:
        word = told.fill_null(False) | old
    elif rule.exact:
        word = told
    elif field in rule.kept:
        free = pl.col("owned").fill_null(False)
        free = free & ~pl.col("guarded") if field in rule.guarded else free
        word = pl.when(free).then(pl.coalesce(told, old)).otherwise(pl.coalesce(old, told))
    else:
        word = pl.coalesce(told, old)
    return word.alias(field)
