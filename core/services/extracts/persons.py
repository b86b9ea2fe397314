"""Persons: children by (commune, index of the identifier), and the household each belongs to."""

import polars as pl

from authz.scope import table_of
from core.models.people import Nna, Sex
from core.rules.age import ADULTHOOD_STARTS, PREGNANCY_PROLONGED
from core.services.extracts.families import join_family, leave_family, open_families
from core.services.extracts.job import Job
from core.services.extracts.keys import families_of, let_go, name_families
from core.services.extracts.merging import OLD, Merged, Precedence, changed_columns, merge
from core.services.extracts.names import differ, name_columns
from core.services.extracts.reports import Counts

KEY = ["commune_code", "identifier_index"]
IDENTITY = ("given_names", "first_surname", "birth_date")
NAMES = ("given_names", "first_surname", "second_surname")
RULE = Precedence(
    following=("nationality", "indigenous_people", "has_disability"),
    kept=(*NAMES, "birth_date", "expected_birth_date", "sex", "family_id"),
    rising=("protected_address",),
    guarded=("family_id",),
)
_nna = table_of(Nna)


def store_persons(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store children of one or more communes.

    Nobody is taken out of a family that has a protected child, the child itself or all of them together included: what
    a protection guards is the family of today, and no file may lift it (`docs/decisions/0013`).

    Parameters
    ----------
    job : Job
    chunk : polars.DataFrame
        Sound rows, each identifier once in its commune.

    Returns
    -------
    Counts
    """
    fields = [_nna.c[name] for name in (*RULE.fields, "no_contact", "social_name", "commune_code", "identifier_index")]
    stored = job.read(job.existing(_nna, fields, chunk))
    told = _same_people(job, job.index(chunk), stored)
    let_go(job, _flagged(stored)["family_id"], chunk["commune_code"])
    incoming, families = _placed(job, told, stored, _brought(job, told, stored))
    flagged = _flags_that_stay(incoming, stored)
    brought = _brought(job, told, flagged)
    if not brought.is_empty():
        name_families(job, _settled(brought, flagged), _inhabited(incoming, stored))
        incoming, families = _placed(job, told, stored, brought)
    merged = merge(incoming, _guarded(incoming, stored), KEY, RULE)
    joined = pl.concat([merged.new["family_id"], _moved(merged.changed)["family_id"]])
    open_families(job, families.filter("fresh", pl.col("family_id").is_in(joined.drop_nulls().implode())))
    _insert(job, merged.new)
    _update(job, merged)
    job.confirm(Nna, merged.standing)
    return merged.counts


def _same_people(job: Job, told: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows that would make another person of a known child: another birth date, and another name.

    Where the office changed the record, or a later month wrote it, the row changes no name and may pass.
    """
    if job.corrects_identity or stored.is_empty():
        return told
    open_to_files = stored.filter(pl.col("owned").fill_null(False), ~pl.col("newer").fill_null(False))
    born = told.join(open_to_files.select(*KEY, *IDENTITY), on=KEY, suffix=OLD)
    born = born.filter(pl.col("birth_date") != pl.col("birth_date" + OLD))
    others = differ(born["given_names"], born["given_names" + OLD])
    others |= differ(born["first_surname"], born["first_surname" + OLD])
    strangers = born.filter(others)["row"]
    job.reject(strangers, "identifier", "IDENTITY_CHANGED")
    return told.filter(~pl.col("row").is_in(strangers.implode()))


def _flagged(stored: pl.DataFrame) -> pl.DataFrame:
    return stored.filter(pl.col("protected_address") | pl.col("no_contact"))


def _brought(job: Job, told: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Give to which households this file brings the protected children of each family, and if it tells of `all`.

    Of all of whom a file may tell: whoever came of age, or was expected and is overdue, comes in none any more.
    """
    flagged = _flagged(stored).drop_nulls("family_id")
    homes = flagged.join(told.select(*KEY, source_key="family_source_key"), on=KEY, how="left")
    of_age = pl.col("birth_date").dt.offset_by(f"{ADULTHOOD_STARTS}y") <= job.uow.today()
    overdue = pl.col("expected_birth_date") + PREGNANCY_PROLONGED < job.uow.today()
    known = pl.col("source_key").is_not_null() | pl.coalesce(of_age, overdue).fill_null(False)
    homes = homes.with_columns(all=known.all().over("family_id"))
    homes = homes.filter(~pl.col("newer").fill_null(False)).drop_nulls("source_key")
    homes = homes.select("commune_code", "family_id", "source_key", "all").unique()
    return homes.sort("commune_code", "family_id", "source_key")


def _inhabited(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.Series:
    """Give the families that have a child of their own when this file is in."""
    beside = stored.join(incoming.select(*KEY, goes="family_id"), on=KEY, how="left", maintain_order="left")
    leaves = pl.col("owned").fill_null(False) & ~pl.col("newer").fill_null(False) & pl.col("goes").is_not_null()
    now = beside.select(family_id=pl.when(leaves).then("goes").otherwise("family_id"))["family_id"]
    return pl.concat([now, incoming["family_id"]]).drop_nulls().unique(maintain_order=True)


def _settled(brought: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Leave out families of whose protected children a later file told: it knows better where they live."""
    newer = _flagged(stored).filter(pl.col("newer").fill_null(False))
    return brought.filter(~pl.col("family_id").is_in(newer["family_id"].drop_nulls().implode()))


def _placed(
    job: Job, told: pl.DataFrame, stored: pl.DataFrame, brought: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add to rows the family of each, and give the families of all households (`families_of`).

    Of a household that became its family's only later, a file of before says nothing of where anybody lives today.
    """
    families = families_of(job, told.select("commune_code", source_key="family_source_key"))
    incoming = told.join(
        families.filter("then").select("commune_code", "family_id", family_source_key="source_key"),
        on=["commune_code", "family_source_key"],
        how="left",
        maintain_order="left",
    )
    return _joining(incoming, brought, stored), families


def _flags_that_stay(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Raise the flags that this file brings of children whom it takes out of no family: they are its protected ones."""
    rising = incoming.filter("protected_address").select(*KEY, rising=pl.lit(True))
    beside = _guarded(incoming, stored).join(rising, on=KEY, how="left", maintain_order="left")
    stays = pl.col("guarded") | ~pl.col("owned").fill_null(False)
    rises = pl.col("rising").fill_null(False) & stays & ~pl.col("newer").fill_null(False)
    return beside.with_columns(protected_address=pl.col("protected_address") | rises).select(stored.columns)


def _joining(incoming: pl.DataFrame, brought: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Let whoever comes to a household to which a protected child comes, or came, join that child's family.

    Where those live is what is guarded. Who lived there before, in a family of another child, stays in it.
    """
    homes = brought.unique(["commune_code", "source_key"], keep="first", maintain_order=True)
    guarded = homes.select("commune_code", family_source_key="source_key", guarded_id="family_id")
    beside = incoming.join(guarded, on=["commune_code", "family_source_key"], how="left", maintain_order="left")
    beside = beside.join(stored.select(*KEY, stored_id="family_id"), on=KEY, how="left", maintain_order="left")
    comes = pl.col("stored_id").ne_missing(pl.col("family_id")) & pl.col("guarded_id").is_not_null()
    joined = pl.when(comes).then("guarded_id").otherwise("family_id")
    return beside.with_columns(family_id=joined).drop("guarded_id", "stored_id")


def _guarded(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Tell of each stored child whether its family is one with a protected child, today or as this file leaves it.

    A flag that comes with the file guards the home to which the file brings its child, and not the one that it left.
    """
    flagged = _flagged(stored)["family_id"]
    today = _in_homes(stored, flagged)
    told = merge(incoming.filter(pl.col("protected_address").fill_null(False)), today, KEY, RULE)
    return _in_homes(stored, pl.concat([flagged, told.changed["family_id"], told.new["family_id"]]))


def _in_homes(stored: pl.DataFrame, homes: pl.Series) -> pl.DataFrame:
    inside = pl.col("family_id").is_in(homes.drop_nulls().unique().implode())
    return stored.with_columns(guarded=inside.fill_null(False))


def _moved(changed: pl.DataFrame) -> pl.DataFrame:
    return changed.filter(pl.col("family_id").ne_missing(pl.col("family_id" + OLD)))


def _insert(job: Job, new: pl.DataFrame) -> None:
    if new.is_empty():
        return
    ids = job.uow.clock.new_undated_ids(new.height)
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
    written = changed.with_columns(*name_columns(changed), changed_columns(RULE)).select(
        "id", "version", "owned", "commune_code", *RULE.fields, "name_sort", "name_fold", "name_sound", "columns"
    )
    job.update(Nna, written)
    moved = _moved(changed)
    leave_family(
        job,
        moved.filter(pl.col("family_id" + OLD).is_not_null()).select(
            "commune_code", nna_id="id", family_id="family_id" + OLD
        ),
    )
    join_family(job, moved.select("commune_code", "family_id", "role", nna_id="id"))
