"""Households: what is known of a family's home, who cares for its children, and whom else to call."""

import polars as pl

from authz.scope import table_of
from core.models.families import Family
from core.services.extracts.carers import store_carers
from core.services.extracts.contacts import store_contacts
from core.services.extracts.families import open_families
from core.services.extracts.job import Job
from core.services.extracts.keys import KEY, families_of
from core.services.extracts.merging import Precedence, merge
from core.services.extracts.reports import Counts

RULE = Precedence(
    following=(
        "rsh_bracket",
        "household_size",
        "bedrooms",
        "income_per_capita",
        "head_schooling_years",
        "tenure",
        "urban",
        "housing_quality",
        "single_head",
    )
)
_family = table_of(Family)


def store_households(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store households of one or more communes; of several rows on one household the latest counts.

    Parameters
    ----------
    job : Job
    chunk : polars.DataFrame
        Sound rows.

    Returns
    -------
    Counts
        A household whose carer or contact changed has changed. One of which nothing was known is new, also where the
        file of persons opened its family a moment before. One that is a family's only since a later month, or a further
        one of it (`keys`), is passed over.
    """
    latest = chunk.sort("valid_from", "row").unique(KEY, keep="last", maintain_order=True)
    families = families_of(job, latest).filter("home", "then")
    open_families(job, families.filter("fresh"))
    incoming = latest.join(families, on=KEY, maintain_order="left")
    stored = job.read(job.existing(_family, [_family.c[name] for name in RULE.fields], latest))
    merged = merge(incoming, stored.with_columns(family_id="id"), ["family_id"], RULE)
    job.update(Family, merged.changed.select("id", "version", "owned", "commune_code", *RULE.fields))
    job.confirm(Family, merged.standing)
    carers = store_carers(job, incoming)
    contacts = store_contacts(job, incoming)
    touched = pl.concat([merged.changed["family_id"], carers.changed, contacts.changed]).unique()
    held = pl.concat([merged.passed_over["family_id"], carers.passed_over, contacts.passed_over]).unique()
    blank = stored.filter(pl.all_horizontal(pl.col(list(RULE.fields)).is_null()))["id"]
    first = pl.col("family_id").is_in(blank.implode()) & pl.col("family_id").is_in(touched.implode())
    fresh = incoming.filter(pl.col("fresh") | first)["family_id"]
    updated = touched.filter(~touched.is_in(fresh.implode())).len()
    passed_over = held.filter(~held.is_in(fresh.implode()) & ~held.is_in(touched.implode())).len()
    passed_over += latest.height - incoming.height
    return Counts(len(fresh), updated, chunk.height - len(fresh) - updated - passed_over, passed_over)
