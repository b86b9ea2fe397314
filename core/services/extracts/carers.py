"""The main carer of each household: a relative of the family, named in the file and without identifier."""

import polars as pl
from sqlalchemy import select

from authz.scope import table_of
from core.identity import IdentifierKind
from core.models.families import FamilyRole, Relative
from core.models.people import Nna, Sex
from core.services.extracts.care import carers_today, come_back, join_as_carers, kin_named, make_way
from core.services.extracts.job import Job, Touched
from core.services.extracts.merging import Precedence, merge
from core.services.extracts.names import name_columns
from core.services.extracts.phones import written
from core.services.extracts.storing import places
from core.services.extracts.uncalled import withheld, withhold

RULE = Precedence(kept=("phone",))
_nna = table_of(Nna)
_NAMES = ("given_names", "first_surname", "second_surname")
_SEXES = {FamilyRole.MOTHER.value: Sex.FEMALE.value, FamilyRole.FATHER.value: Sex.MALE.value}
_PERSON = ["family_id", "name_sort"]
_STORED = ("family_id", "id", "version", "owned", "newer", "named", "phone")


def store_carers(job: Job, households: pl.DataFrame) -> Touched:
    """Store the main carers that households name.

    The same name is the same person, whether they care, are of the family or were. Another name takes the place of a
    carer whom an extract brought; one whom the office wrote down or changed stays, and one who left or whose care ended
    by the office does not come back. Of a family with a protected child nobody goes: who cared for it is a relative
    from that day on, and their telephone stays guarded. Nor is the telephone written of somebody who asked not to be
    called, or where no child lives of whom anybody would call them (`docs/decisions/0013`).

    Parameters
    ----------
    job : Job
    households : polars.DataFrame
        With `family_id`.

    Returns
    -------
    Touched
    """
    told = _where_children_live(job, withhold(job, _told(households)))
    known = carers_today(job, households)
    same = told.join(known, on=_PERSON, how="semi", maintain_order="left")
    others = told.join(same, on="family_id", how="anti", maintain_order="left")
    kin = kin_named(job, others)
    arriving = _make_room(job, others, known, kin)
    back = arriving.join(kin, on=_PERSON, how="semi", maintain_order="left")
    come_back(job, back.join(kin.drop("phone"), on=_PERSON, maintain_order="left"))
    _arrive(job, arriving.join(back, on="family_id", how="anti", maintain_order="left"))
    stored = pl.concat(
        [one.join(of, on=_PERSON, how="semi").select(_STORED) for one, of in ((known, same), (kin, back))]
    ).with_columns(written("phone"))  # a number that some file wrote otherwise is the same
    merged = merge(pl.concat([same, back]), stored, ["family_id"], RULE)
    job.update(Relative, merged.changed.select("id", "version", "owned", "commune_code", "phone"))
    job.confirm(Relative, merged.standing)
    stays = others.join(arriving, on="family_id", how="anti")
    return Touched(
        pl.concat([merged.changed["family_id"], arriving["family_id"]]),
        pl.concat([merged.passed_over["family_id"], withheld(merged.standing), stays["family_id"]]),
    )


def _make_room(job: Job, others: pl.DataFrame, known: pl.DataFrame, kin: pl.DataFrame) -> pl.DataFrame:
    """Let carers of today go for others, and give the others who may come."""
    free = others.join(kin.filter("barred"), on=_PERSON, how="anti", maintain_order="left")
    replaced = known.filter("owned", ~pl.col("newer").fill_null(False)).join(
        free, on="family_id", how="semi", maintain_order="left"
    )
    days = free.select("commune_code", "family_id", "valid_from")
    make_way(job, replaced.join(days, on="family_id", maintain_order="left"))
    settled = known.join(replaced, on="family_id", how="anti")
    return free.join(settled, on="family_id", how="anti", maintain_order="left")


def _told(households: pl.DataFrame) -> pl.DataFrame:
    named = households.filter(pl.col("carer_given_names").is_not_null())
    told = named.select(
        "commune_code",
        "family_id",
        "valid_from",
        *(pl.col(f"carer_{name}").alias(name) for name in _NAMES),
        role=pl.col("carer_relationship").fill_null(FamilyRole.OTHER_RELATIVE.value),
        phone=written("carer_phone"),
    )
    return told.with_columns(name_columns(told)[:2])


def _where_children_live(job: Job, told: pl.DataFrame) -> pl.DataFrame:
    """Withhold the telephones of families without a child of today: no team guards them."""
    here = _nna.c.commune_code.in_(places(told["commune_code"]))
    homes = job.read(select(_nna.c.family_id).where(here, _nna.c.family_id.is_not(None)).distinct())["family_id"]
    empty = ~pl.col("family_id").is_in(homes.implode())
    return told.with_columns(phone=pl.when(~empty).then("phone"), hidden=pl.col("hidden") | empty)


def _arrive(job: Job, carers: pl.DataFrame) -> None:
    """Write down relatives anew; who bears the name of somebody who asked not to be called, as one who did."""
    sex = pl.col("role").replace_strict(_SEXES, default=Sex.UNKNOWN.value, return_dtype=pl.String)
    relatives = carers.with_columns(
        job.new_ids(carers.height),
        identifier_kind=pl.lit(IdentifierKind.NONE.value),
        sex=sex,
        no_contact=pl.col("hidden_person"),
    )
    job.insert(Relative, relatives)
    join_as_carers(job, relatives.rename({"id": "relative_id"}))
