"""Who cares for the children of a family, as memberships of its relatives: from whom it goes to whom."""

from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, bindparam, case, null, select, tuple_

from authz.scope import table_of
from core.models.conditions import sealed_child
from core.models.families import FamilyMember, Relative
from core.models.people import Nna
from core.services.extracts.arrivals import EXTRACT
from core.services.extracts.job import Job
from core.services.extracts.storing import all_written, places

_relative, _member, _nna = table_of(Relative), table_of(FamilyMember), table_of(Nna)
_DAY = bindparam("day", type_=_member.c.valid_from.type)
_MEMBER = (
    _relative.c.id,
    _relative.c.version,
    _relative.c.name_sort,
    _relative.c.phone,
    _member.c.family_id,
    _member.c.id.label("member_id"),
    _member.c.version.label("member_version"),
    _member.c.role.label("held_role"),
    _member.c.lives_with,
    _member.c.valid_from.label("since"),
)


def carers_today(job: Job, households: pl.DataFrame) -> pl.DataFrame:
    """Read the main carers of today; of several, the one who came last."""
    known = _members(job, households, (), _member.c.main_carer & _member.c.valid_until.is_(None))
    return known.sort("since", "id").unique("family_id", keep="last", maintain_order=True)


def kin_named(job: Job, carers: pl.DataFrame) -> pl.DataFrame:
    """Read the relatives who are or were of a family and bear the name of a carer of whom it is told.

    Parameters
    ----------
    job : Job
    carers : polars.DataFrame
        With `commune_code`, `family_id` and `name_sort`.

    Returns
    -------
    polars.DataFrame
        One of each name in each family, who is of it today before who was, by the latest membership; `barred` where the
        office, or a later file, ended that or their care, and the office has the last word, and who left and asked not
        to be called.
    """
    of_member = (_member.c.main_carer, _member.c.valid_until)
    extra = (*of_member, _by_file(job).label("by_file"), _relative.c.no_contact)
    rows = _members(job, carers, extra, _member.c.relative_id.is_not(None))
    rows = rows.join(carers.select("family_id", "name_sort"), on=["family_id", "name_sort"], how="semi")
    here, person = pl.col("valid_until").is_null(), ["family_id", "id"]
    cared = (pl.col("main_carer") & ~here).any().over(person)
    # a membership that the office wrote down and never changed ended nothing: there a file fills a gap
    office = ~pl.col("by_file") & (~here | cared | (pl.col("member_version") > 1))
    # whoever works with this family would call who comes back to it: nobody who asked not to be called
    barred = (office | (~here & pl.col("no_contact"))) & ~(here & pl.col("main_carer"))
    latest = rows.with_columns(here=here, barred=barred).sort("here", "since", "member_id")
    latest = latest.unique(person, keep="last").sort(~pl.col("here"), ~pl.col("barred"), "id")
    return latest.unique(["family_id", "name_sort"], keep="first", maintain_order=True)


def make_way(job: Job, carers: pl.DataFrame) -> None:
    """Let carers go whom another replaces; in a family with a protected child they stay, and only their care ends."""
    if carers.is_empty():
        return
    guarded = job.read(
        select(_nna.c.family_id)
        .where(_nna.c.commune_code.in_(places(carers["commune_code"])), _nna.c.family_id.is_not(None))
        .where(sealed_child(_nna))
    )
    stay = pl.col("family_id").is_in(guarded["family_id"].unique().implode())
    _leave(job, carers.filter(~stay))
    _part(job, carers.filter(stay), cares=False)


def join_as_carers(job: Job, carers: pl.DataFrame) -> None:
    """Let relatives belong to a family as its main carers."""
    members = carers.select("commune_code", "family_id", "role", "valid_from", "relative_id")
    job.insert(
        FamilyMember,
        members.with_columns(job.new_ids(members.height), main_carer=pl.lit(True), lives_with=pl.lit(True)),
    )


def come_back(job: Job, carers: pl.DataFrame) -> None:
    """Let relatives care who are known of the family (`kin_named`): who left it comes back, not before they had left.

    Parameters
    ----------
    job : Job
    carers : polars.DataFrame
        What is told of them beside what is known.
    """
    left = carers.filter(~pl.col("here")).with_columns(pl.max_horizontal("valid_from", "valid_until"), relative_id="id")
    join_as_carers(job, left)
    _part(job, carers.filter("here", ~pl.col("main_carer")), cares=True)


def _members(
    job: Job, rows: pl.DataFrame, extra: tuple[ColumnElement[Any], ...], where: ColumnElement[bool]
) -> pl.DataFrame:
    joined = _member.join(_relative, _relative.c.id == _member.c.relative_id)
    found = job.read(
        select(*_MEMBER, *extra, *job.owners(_relative.c.updated_at == EXTRACT.c.imported_at))
        .select_from(job.with_owners(joined, _relative))
        .where(_member.c.commune_code.in_(places(rows["commune_code"])), where)
    )
    return found.with_columns(pl.col("owned").fill_null(False))


def _by_file(job: Job) -> ColumnElement[bool]:
    """Tell whether a file over which this one stands wrote a membership last: it bears the instant of that import."""
    return tuple_(_member.c.updated_at, _member.c.commune_code).in_(job.earlier())


def _leave(job: Job, carers: pl.DataFrame) -> None:
    """Close the membership of carers."""
    until = case((_member.c.valid_from > _DAY, _member.c.valid_from), else_=_DAY)
    _rewrite(job, carers, valid_until=until, main_carer=False)


def _part(job: Job, carers: pl.DataFrame, *, cares: bool) -> None:
    """Split the membership of who cares from a day on, or no longer does: it stays true of the days before."""
    before = _member.c.valid_from < _DAY
    _rewrite(
        job, carers, valid_until=case((before, _DAY), else_=null()), main_carer=case((before, not cares), else_=cares)
    )
    parted = carers.filter(pl.col("since") < pl.col("valid_from"))
    rest = parted.select("commune_code", "family_id", "lives_with", "valid_from", relative_id="id", role="held_role")
    job.insert(FamilyMember, rest.with_columns(job.new_ids(rest.height), main_carer=pl.lit(cares)))


def _rewrite(job: Job, carers: pl.DataFrame, **values: Any) -> None:
    """Write the same on each carer's membership, if it still is as it was read.

    `_DAY` in it is the one from which it holds.
    """
    still = _member.c.version == bindparam("at_version")
    statement = (
        _member.update()
        .where(_member.c.id == bindparam("of_member", type_=_member.c.id.type), still)
        .values(values | {"version": _member.c.version + 1, "updated_at": job.now})
    )
    told = carers.select("commune_code", of_member="member_id", at_version="member_version", day="valid_from")
    all_written(job.run(FamilyMember, statement, told), told.height)
