"""Families by the household's key, their folios, and who belongs to them from when."""

from uuid import UUID

import polars as pl
from sqlalchemy import bindparam, case, select

from authz.scope import table_of
from core.audit import record_children
from core.models.families import Family, FamilyMember, FamilyRole
from core.models.people import Nna
from core.services.extracts.job import Job
from core.services.extracts.storing import places

FOLIO = "F"  # and six digits, numbered within the commune: it tells nothing of the family
_KEY = ["commune_code", "source_key"]
_family, _member, _nna = table_of(Family), table_of(FamilyMember), table_of(Nna)


def ensure_families(job: Job, households: pl.DataFrame) -> pl.DataFrame:
    """Give every household a family, the unknown ones a new one.

    Parameters
    ----------
    job : Job
    households : polars.DataFrame
        With `commune_code` and `source_key`; repeated and null keys are passed over.

    Returns
    -------
    polars.DataFrame
        `commune_code`, `source_key`, `family_id`, and whether it is `fresh`; one row for each household.
    """
    wanted = households.select(_KEY).drop_nulls().unique(maintain_order=True)
    codes = places(wanted["commune_code"])
    known = job.read(
        select(_family.c.id.label("family_id"), _family.c.commune_code, _family.c.source_key, _family.c.folio).where(
            _family.c.commune_code.in_(codes)
        )
    )
    found = wanted.join(known.drop("folio"), on=_KEY, how="left", maintain_order="left")
    fresh = found.filter(pl.col("family_id").is_null()).drop("family_id")
    fresh = fresh.with_columns(job.new_ids(fresh.height), _folios(fresh, known))
    job.insert(Family, fresh)
    made = fresh.select(*_KEY, family_id="id", fresh=pl.lit(True))
    there = found.drop_nulls("family_id").select(*_KEY, "family_id", fresh=pl.lit(False))
    return pl.concat([there, made])


def name_families(job: Job, homes: pl.DataFrame) -> None:
    """Let families be the households of other keys, where those are free or given up by another of these families.

    Parameters
    ----------
    job : Job
    homes : polars.DataFrame
        `commune_code`, `family_id` and a `source_key` that it may bear; of several the first is taken, and of several
        families for one key the first. One for which its own key is told keeps that.
    """
    if homes.is_empty():
        return
    here = _family.c.commune_code.in_(places(homes["commune_code"]))
    known = job.read(select(_family.c.id.label("family_id"), _family.c.commune_code, _family.c.source_key).where(here))
    keeps = homes.join(known, on=["family_id", *_KEY], how="semi")
    moving = homes.join(keeps, on="family_id", how="anti", maintain_order="left")
    once = moving.unique("family_id", keep="first", maintain_order=True).unique(_KEY, keep="first", maintain_order=True)
    named = _unopposed(once, known)
    bind = bindparam("of_family", type_=_family.c.id.type)
    free = _family.update().where(_family.c.id == bind)  # who changed it last stays as it is
    if not named.is_empty():  # a key that is passed on is given up first
        given_up = [{"of_family": UUID(one)} for one in named["family_id"]]
        job.uow.session.connection().execute(free.values(source_key=None), given_up)
    bears = free.values(source_key=bindparam("key"), version=_family.c.version + 1)
    job.run(Family, bears, named.select("commune_code", of_family="family_id", key="source_key"))
    _tell_children(job, named)


def _unopposed(wanted: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Leave out keys of families that keep them; whoever then keeps their own stands in the way of the next."""
    while True:
        holders = wanted.join(known.select(*_KEY, holder="family_id"), on=_KEY, how="left", maintain_order="left")
        gives = pl.col("holder").is_null() | pl.col("holder").is_in(wanted["family_id"].implode())
        free = holders.filter(gives).drop("holder")
        if free.height == wanted.height:
            return free
        wanted = free


def _tell_children(job: Job, named: pl.DataFrame) -> None:
    """Leave in the trail of each child of these families that their household is another."""
    for (commune,), families in named.group_by(["commune_code"], maintain_order=True):
        ids = [UUID(one) for one in families["family_id"]]
        children = job.read(select(_nna.c.id).where(_nna.c.family_id.in_(ids)).order_by(_nna.c.id))["id"].to_list()
        record_children(job.uow, _family.name, children, ["source_key"], job.extract.file_hash, str(commune))


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
