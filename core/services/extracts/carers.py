"""The main carer of each household: a relative of the family, named in the file and without identifier."""

from typing import Any

import polars as pl
from sqlalchemy import bindparam, case, null, select

from authz.scope import table_of
from core.identity import IdentifierKind
from core.models.families import FamilyMember, FamilyRole, Relative
from core.models.people import Nna, Sex
from core.models.scopes import sealed_child
from core.services.extracts.arrivals import EXTRACT
from core.services.extracts.job import Job, Touched
from core.services.extracts.merging import Precedence, merge
from core.services.extracts.names import name_columns
from core.services.extracts.storing import places

RULE = Precedence(kept=("phone",))
_NAMES = ("given_names", "first_surname", "second_surname")
_SEXES = {FamilyRole.MOTHER.value: Sex.FEMALE.value, FamilyRole.FATHER.value: Sex.MALE.value}
_relative, _member, _nna = table_of(Relative), table_of(FamilyMember), table_of(Nna)
_DAY = bindparam("day", type_=_member.c.valid_from.type)


def store_carers(job: Job, households: pl.DataFrame) -> Touched:
    """Store the main carers that households name.

    The same name is the same person. Another name takes the place of a carer whom an extract brought; one whom the
    office wrote down or changed stays. Of a family with a protected child nobody goes: who cared for it is a relative
    from that day on, and their telephone stays guarded (`docs/decisions/0013`).

    Parameters
    ----------
    job : Job
    households : polars.DataFrame
        With `family_id`.

    Returns
    -------
    Touched
    """
    told = _told(households)
    known = _known(job, households)
    beside = told.join(known.select("family_id", "name_sort", there=pl.lit(True)), on="family_id", how="left")
    same = beside.filter(pl.col("name_sort") == pl.col("name_sort_right"))["family_id"]
    merged = merge(told.filter(pl.col("family_id").is_in(same.implode())), known.drop("name_sort"), ["family_id"], RULE)
    job.update(Relative, merged.changed.select("id", "version", "owned", "commune_code", "phone"))
    job.confirm(Relative, merged.standing)
    others = told.filter(~pl.col("family_id").is_in(same.implode()))
    replaced = known.filter("owned", ~pl.col("newer").fill_null(False)).join(others, on="family_id", how="semi")
    _make_way(job, replaced.join(others.select("commune_code", "family_id", "valid_from"), on="family_id"))
    settled = known.join(replaced, on="family_id", how="anti")
    arriving = others.join(settled, on="family_id", how="anti")
    _arrive(job, arriving)
    stays = others.join(settled, on="family_id", how="semi")
    return Touched(
        pl.concat([merged.changed["family_id"], arriving["family_id"]]),
        pl.concat([merged.passed_over["family_id"], stays["family_id"]]),
    )


def _told(households: pl.DataFrame) -> pl.DataFrame:
    named = households.filter(pl.col("carer_given_names").is_not_null())
    told = named.select(
        "commune_code",
        "family_id",
        "valid_from",
        *(pl.col(f"carer_{name}").alias(name) for name in _NAMES),
        role=pl.col("carer_relationship").fill_null(FamilyRole.OTHER_RELATIVE.value),
        phone="carer_phone",
    )
    return told.with_columns(name_columns(told)[0])


def _known(job: Job, households: pl.DataFrame) -> pl.DataFrame:
    """Read the main carers of today; of several, the one who came last."""
    joined = _member.join(_relative, _relative.c.id == _member.c.relative_id)
    known = job.read(
        select(
            _relative.c.id,
            _relative.c.version,
            _relative.c.name_sort,
            _relative.c.phone,
            _member.c.family_id,
            _member.c.id.label("member_id"),
            _member.c.valid_from,
            *job.owners(_relative.c.updated_at == EXTRACT.c.imported_at),
        )
        .select_from(job.with_owners(joined, _relative))
        .where(
            _member.c.commune_code.in_(places(households["commune_code"])),
            _member.c.main_carer,
            _member.c.valid_until.is_(None),
        )
    )
    owned = pl.col("owned").fill_null(False)
    latest = known.with_columns(owned).sort("valid_from", "id").unique("family_id", keep="last", maintain_order=True)
    return latest.drop("valid_from")


def _make_way(job: Job, carers: pl.DataFrame) -> None:
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
    _end_care(job, carers.filter(stay))


def _leave(job: Job, carers: pl.DataFrame) -> None:
    """Close the membership of carers."""
    until = case((_member.c.valid_from > _DAY, _member.c.valid_from), else_=_DAY)
    _rewrite(job, carers, valid_until=until, main_carer=False)


def _end_care(job: Job, carers: pl.DataFrame) -> None:
    """Split the membership of carers, so that it stays true of the days before, as a change by hand does."""
    if carers.is_empty():
        return
    since = job.read(
        select(
            _member.c.id.label("member_id"), _member.c.role, _member.c.lives_with, _member.c.valid_from.label("since")
        )
        .where(_member.c.commune_code.in_(places(carers["commune_code"])))
        .where(_member.c.main_carer, _member.c.valid_until.is_(None))
    )
    before = _member.c.valid_from < _DAY
    _rewrite(job, carers, valid_until=case((before, _DAY), else_=null()), main_carer=before)
    parted = carers.join(since, on="member_id").filter(pl.col("since") < pl.col("valid_from"))
    rest = parted.select("commune_code", "family_id", "role", "lives_with", "valid_from", relative_id="id")
    job.insert(FamilyMember, rest.with_columns(job.new_ids(rest.height), main_carer=pl.lit(False)))


def _rewrite(job: Job, carers: pl.DataFrame, **values: Any) -> None:
    """Write the same on each carer's membership; `_DAY` in it is the one from which another cares."""
    statement = (
        _member.update()
        .where(_member.c.id == bindparam("of_member", type_=_member.c.id.type))
        .values(values | {"version": _member.c.version + 1, "updated_at": job.now})
    )
    job.run(FamilyMember, statement, carers.select("commune_code", of_member="member_id", day="valid_from"))


def _arrive(job: Job, carers: pl.DataFrame) -> None:
    sex = pl.col("role").replace_strict(_SEXES, default=Sex.UNKNOWN.value, return_dtype=pl.String)
    relatives = carers.with_columns(
        job.new_ids(carers.height), identifier_kind=pl.lit(IdentifierKind.NONE.value), sex=sex, no_contact=pl.lit(False)
    )
    job.insert(Relative, relatives)
    members = relatives.select("commune_code", "family_id", "role", "valid_from", relative_id="id")
    job.insert(
        FamilyMember,
        members.with_columns(job.new_ids(carers.height), main_carer=pl.lit(True), lives_with=pl.lit(True)),
    )
