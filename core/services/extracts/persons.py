"""Persons: children by (commune, index of the identifier), and the household each belongs to."""

import polars as pl

from authz.scope import table_of
from core.models.people import Nna, Sex
from core.services.extracts.families import ensure_families, join_family, leave_family
from core.services.extracts.job import Job
from core.services.extracts.merging import OLD, Merged, Precedence, merge
from core.services.extracts.names import name_columns
from core.services.extracts.reports import Counts

NAMES = ("given_names", "first_surname", "second_surname")
RULE = Precedence(
    following=("nationality", "indigenous_people", "has_disability"),
    kept=(*NAMES, "birth_date", "expected_birth_date", "sex", "family_id"),
    rising=("protected_address",),
)
_nna = table_of(Nna)


def store_persons(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store children of one or more communes.

    Parameters
    ----------
    job : Job
    chunk : polars.DataFrame
        Sound rows, each identifier once in its commune.

    Returns
    -------
    Counts
    """
    families = ensure_families(job, chunk.select("commune_code", source_key="family_source_key")).drop("fresh")
    incoming = job.index(chunk).join(
        families,
        left_on=["commune_code", "family_source_key"],
        right_on=["commune_code", "source_key"],
        how="left",
        maintain_order="left",
    )
    fields = [_nna.c[name] for name in (*RULE.fields, "social_name", "commune_code", "identifier_index")]
    stored = job.read(job.existing(_nna, fields, chunk))
    merged = merge(incoming, stored, ["commune_code", "identifier_index"], RULE)
    _insert(job, merged.new)
    _update(job, merged)
    return merged.counts


def _insert(job: Job, new: pl.DataFrame) -> None:
    if new.is_empty():
        return
    ids = job.uow.clock.new_ids(new.height)
    sealed = job.uow.sealer.seal_all(new["identifier"].to_list(), table="nna", column="identifier_sealed", row_ids=ids)
    children = new.with_columns(
        *name_columns(new),
        pl.col("sex").fill_null(Sex.UNKNOWN.value),
        pl.col("protected_address").fill_null(False),
        id=pl.Series([one.hex for one in ids], dtype=pl.String),
        identifier_sealed=pl.Series(sealed, dtype=pl.Binary),
        no_contact=pl.lit(False),
    )
    job.insert(Nna, children)
    join_family(job, children.filter(pl.col("family_id").is_not_null()).rename({"id": "nna_id"}))


def _update(job: Job, merged: Merged) -> None:
    changed = merged.changed
    if changed.is_empty():
        return
    written = changed.with_columns(name_columns(changed)).select(
        "id", "version", "owned", "commune_code", *RULE.fields, "name_sort", "name_fold", "name_sound"
    )
    job.update(Nna, written)
    moved = changed.filter(pl.col("family_id").ne_missing(pl.col("family_id" + OLD)))
    leave_family(
        job,
        moved.filter(pl.col("family_id" + OLD).is_not_null()).select(
            "commune_code", nna_id="id", family_id="family_id" + OLD
        ),
    )
    join_family(job, moved.select("commune_code", "family_id", "role", nna_id="id"))
