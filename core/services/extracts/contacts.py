"""The second contact of each household, written down for each of its children."""

import polars as pl
from sqlalchemy import select

from authz.scope import table_of
from core.models.people import Contact, Nna
from core.services.extracts.job import Job, Touched
from core.services.extracts.merging import Precedence, changed_columns, merge
from core.services.extracts.storing import places
from core.text import fold

RULE = Precedence(kept=("relationship", "phone"))
_contact, _nna = table_of(Contact), table_of(Nna)


def store_contacts(job: Job, households: pl.DataFrame) -> Touched:
    """Store the contacts that households name; the same name is the same contact, and none is ever closed.

    Parameters
    ----------
    job : Job
    households : polars.DataFrame
        With `family_id`.

    Returns
    -------
    Touched
    """
    told = _told(job, households)
    columns = [_contact.c[name] for name in ("nna_id", "name", *RULE.fields)]
    statement = job.existing(_contact, columns, households).where(_contact.c.valid_until.is_(None))
    known = _folded(job.read(statement)).sort("id").unique(["nna_id", "folded"], maintain_order=True)
    merged = merge(told, known.drop("name"), ["nna_id", "folded"], RULE)
    audited = ("commune_code", "nna_id", changed_columns(RULE))
    job.update(Contact, merged.changed.select("id", "version", "owned", *audited, *RULE.fields))
    job.confirm(Contact, merged.standing)
    new = merged.new
    job.insert(Contact, new.with_columns(job.new_ids(new.height), no_contact=pl.lit(False)))
    return Touched(pl.concat([merged.changed["family_id"], new["family_id"]]), merged.passed_over["family_id"])


def _told(job: Job, households: pl.DataFrame) -> pl.DataFrame:
    children = job.read(
        select(_nna.c.id.label("nna_id"), _nna.c.family_id).where(
            _nna.c.commune_code.in_(places(households["commune_code"])), _nna.c.family_id.is_not(None)
        )
    )
    named = households.filter(pl.col("contact_name").is_not_null()).select(
        "commune_code",
        "family_id",
        "valid_from",
        name="contact_name",
        relationship="contact_relationship",
        phone="contact_phone",
    )
    return _folded(named.join(children, on="family_id", maintain_order="left"))


def _folded(contacts: pl.DataFrame) -> pl.DataFrame:
    distinct = contacts["name"].unique().drop_nulls()
    folded = contacts["name"].replace_strict(
        distinct, pl.Series([fold(name) for name in distinct], dtype=pl.String), return_dtype=pl.String
    )
    return contacts.with_columns(folded.alias("folded"))
