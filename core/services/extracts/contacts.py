"""The second contact of each household, written down for each of its children."""

import polars as pl
from sqlalchemy import select

from authz.scope import table_of
from core.models.people import Contact, Nna
from core.services.extracts.job import Job, Touched
from core.services.extracts.merging import Precedence, changed_columns, merge
from core.services.extracts.names import folded
from core.services.extracts.phones import meet, numbers, written
from core.services.extracts.storing import places
from core.services.extracts.uncalled import withheld, withhold

RULE = Precedence(kept=("relationship", "phone"))
_PERSON = ["nna_id", "name_fold"]
_contact, _nna = table_of(Contact), table_of(Nna)


def store_contacts(job: Job, households: pl.DataFrame) -> Touched:
    """Store the contacts that households name; the same name is the same contact, and none is ever closed.

    What the office ended is not written down anew, nor who asked not to be called about any child of the family
    (`docs/decisions/0013`).

    Parameters
    ----------
    job : Job
    households : polars.DataFrame
        With `family_id`.

    Returns
    -------
    Touched
    """
    told = withhold(job, _told(job, households))
    columns = [_contact.c[name] for name in ("nna_id", "name", "valid_until", *RULE.fields)]
    stored = job.read(job.existing(_contact, columns, households))
    stored = stored.with_columns(name_fold=folded(stored["name"])).drop("name").sort("id")
    known = stored.filter(pl.col("valid_until").is_null()).unique(_PERSON, maintain_order=True)
    same = known.drop("valid_until").with_columns(written("phone"))  # a number that a file wrote otherwise is the same
    merged = merge(told, same, _PERSON, RULE)
    audited = ("commune_code", "nna_id", changed_columns(RULE))
    job.update(Contact, merged.changed.select("id", "version", "owned", *audited, *RULE.fields))
    job.confirm(Contact, merged.standing)
    new = merged.new.filter(~pl.col("hidden"))
    new = new.join(_ended(new, stored), on=_PERSON, how="anti", maintain_order="left")
    job.insert(Contact, new.with_columns(job.new_ids(new.height), no_contact=pl.lit(False)))
    kept_out = merged.new.join(new, on=_PERSON, how="anti")["family_id"]
    passed_over = pl.concat([merged.passed_over["family_id"], withheld(merged.standing), kept_out])
    return Touched(pl.concat([merged.changed["family_id"], new["family_id"]]), passed_over)


def _ended(new: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Give those whom the office ended for that child: under another number alone they are news."""
    over = stored.filter(pl.col("valid_until").is_not_null()).select(*_PERSON, was=numbers("phone"))
    beside = new.select(*_PERSON, told=numbers("phone")).join(over, on=_PERSON)
    said, was = pl.col("told"), pl.col("was")
    unsaid = pl.any_horizontal(one.list.len().fill_null(0) == 0 for one in (said, was))
    return beside.filter(unsaid | meet(said, was))


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
        phone=written("contact_phone"),
    )
    named = named.with_columns(name_fold=folded(named["name"]))
    return named.join(children, on="family_id", maintain_order="left")
