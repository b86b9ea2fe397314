"""Families that files open, their folios, and who belongs to them from when."""

import polars as pl
from sqlalchemy import bindparam, case, select

from authz.scope import table_of
from core.models.families import Family, FamilyMember, FamilyRole
from core.services.extracts.job import Job
from core.services.extracts.storing import places

FOLIO = "F"  # and six digits, numbered within the commune: it tells nothing of the family
_family, _member = table_of(Family), table_of(FamilyMember)


def open_families(job: Job, fresh: pl.DataFrame) -> None:
    """Open the families of households that are none yet.

    Parameters
    ----------
    job : Job
    fresh : polars.DataFrame
        `commune_code`, `source_key`, and `family_id`, the one that it gets.
    """
    if fresh.is_empty():
        return
    here = _family.c.commune_code.in_(places(fresh["commune_code"]))
    known = job.read(select(_family.c.commune_code, _family.c.folio).where(here))
    job.insert(Family, fresh.select("commune_code", "source_key", _folios(fresh, known), id="family_id"))


def _folios(fresh: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Give new families the numbers after the last folio of their commune."""
    number = pl.col("folio").str.extract(rf"^{FOLIO}(\d{{1,9}})$", 1).cast(pl.Int64)
    last = known.group_by("commune_code").agg(last=number.max())
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("commune_code")
    numbered = fresh.join(last, on="commune_code", how="left", maintain_order="left").select(
        number=place + pl.col("last").fill_null(0)
    )
    return numbered.select(folio=pl.lit(FOLIO) + pl.col("number").cast(pl.String).str.zfill(6)).to_series()


def join_family(job: Job, children: pl.DataFrame) -> None:
    """Let children belong to a family from the month of the extract on.

    Parameters
    ----------
    job : Job
    children : polars.DataFrame
        `commune_code`, `nna_id`, `family_id`, `role` (null is a child of the family).
    """
    job.insert(
        FamilyMember,
        children.select(
            job.new_ids(children.height),
            "commune_code",
            "family_id",
            "nna_id",
            pl.col("role").fill_null(FamilyRole.CHILD.value),
            main_carer=pl.lit(False),
            lives_with=pl.lit(True),
            valid_from=pl.lit(job.extract.period),
        ),
    )


def leave_family(job: Job, children: pl.DataFrame) -> None:
    """Close the membership of children who moved to another household; the past stays.

    Parameters
    ----------
    job : Job
    children : polars.DataFrame
        `commune_code`, `nna_id`, and `family_id`, the one that they leave.
    """
    if children.is_empty():
        return
    day = job.extract.period
    until = case((_member.c.valid_from > day, _member.c.valid_from), else_=day)
    statement = (
        _member.update()
        .where(
            _member.c.nna_id == bindparam("of_nna", type_=_member.c.nna_id.type),
            _member.c.family_id == bindparam("of_family", type_=_member.c.family_id.type),
            _member.c.valid_until.is_(None),
        )
        .values(valid_until=until, version=_member.c.version + 1, updated_at=job.now)
    )
    audited = ("commune_code", "nna_id", pl.lit("valid_until").alias("columns"))
    job.run(FamilyMember, statement, children.select(*audited, of_nna="nna_id", of_family="family_id"))
