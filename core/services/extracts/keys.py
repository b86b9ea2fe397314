"""Which household of the files is which family's in which month, and that a protected family's may change.

A family bears one key, `Family.source_key`: of that household files of homes tell. A family of protected children whom
files bring to several households has the others too: whoever comes there joins it (`docs/decisions/0013`).
"""

from uuid import UUID

import polars as pl
from sqlalchemy import Table, bindparam, select

from authz.scope import table_of
from core.audit import record_children
from core.models.families import Family, FamilyMember, HouseholdKey
from core.models.people import Nna
from core.services.extracts.job import Job
from core.services.extracts.storing import places

KEY = ["commune_code", "source_key"]
_ONE = [*KEY, "family_id"]
_family, _member, _nna, _key = table_of(Family), table_of(FamilyMember), table_of(Nna), table_of(HouseholdKey)
_ID = bindparam("of_row", type_=_key.c.id.type)


def families_of(job: Job, households: pl.DataFrame) -> pl.DataFrame:
    """Give the family that each household is in the month of the file.

    Parameters
    ----------
    job : Job
    households : polars.DataFrame
        With `commune_code` and `source_key`; repeated and null keys are passed over.

    Returns
    -------
    polars.DataFrame
        One row for each household: `commune_code`, `source_key`, `family_id`; whether that is a `fresh` one, still to
        be opened; `home` where files of homes tell of it; and `then` where it is the family's in that month already,
        and not since a later one.
    """
    wanted = households.select(KEY).drop_nulls().unique(maintain_order=True)
    month, since, until = job.extract.period, pl.col("since"), pl.col("until")
    then = (since.is_null() | (since <= month)) & (until.is_null() | (until > month))
    known = _known(job, wanted["commune_code"]).with_columns(then=then).filter(pl.col("then") | until.is_null())
    # where two say that they had it in that month, it is whose it was until the earlier end
    known = known.sort(~pl.col("then"), "until", nulls_last=True).unique(KEY, keep="first", maintain_order=True)
    found = wanted.join(known.select(*_ONE, "home", "then"), on=KEY, how="left", maintain_order="left")
    there = found.drop_nulls("family_id").with_columns(fresh=pl.lit(False))
    new = found.filter(pl.col("family_id").is_null())
    made = {"home": pl.lit(True), "then": pl.lit(True), "fresh": pl.lit(True)}
    return pl.concat([there, new.with_columns(job.new_ids(new.height).alias("family_id"), **made)])


def name_families(job: Job, homes: pl.DataFrame, inhabited: pl.Series) -> None:
    """Let families be the households to which a file brings their protected children.

    A family bears the first that is free, and goes on bearing its own where that is among them; the others are further
    ones. What it had before it keeps too, until a file tells where all its protected children are. Free is what another
    of these families gives up, and the household of a family in which no child is left. Nothing is changed by a file of
    before the last change.

    Parameters
    ----------
    job : Job
    homes : polars.DataFrame
        `commune_code`, `family_id`, a `source_key` to which a child is brought, and whether `all` are told of; of
        several families for one household the first has it.
    inhabited : polars.Series
        The families with a child of their own when this file is in.
    """
    if homes.is_empty():
        return
    known, month = _known(job, homes["commune_code"]), job.extract.period
    later = known.filter((pl.col("since") > month) | (pl.col("until") > month))
    asked = homes.join(later, on="family_id", how="anti", maintain_order="left")
    granted = _granted(job, asked, known, inhabited)
    held = known.filter(pl.col("until").is_null())
    after = _after(granted, held)
    whose = [held.join(granted, on=on, how="semi") for on in (["family_id"], KEY)]
    row = [*_ONE, "home"]
    _give_up(job, pl.concat(whose).unique(row, maintain_order=True).join(after, on=row, how="anti"))
    _take(job, after.join(held, on=row, how="anti", maintain_order="left"))


def let_go(job: Job, guarded: pl.Series, communes: pl.Series) -> None:
    """Give up further households of families that have no protected child any more: files may part them.

    Parameters
    ----------
    job : Job
    guarded : polars.Series
        The families with one.
    communes : polars.Series
    """
    month = job.extract.period
    further = _written(job, communes).filter(~pl.col("home"), pl.col("until").is_null(), pl.col("since") <= month)
    _give_up(job, further.filter(~pl.col("family_id").is_in(guarded.drop_nulls().implode())))


def _written(job: Job, communes: pl.Series) -> pl.DataFrame:
    columns = (_key.c.id, *(_key.c[name] for name in (*_ONE, "home", "since", "until")))
    return job.read(select(*columns).where(_key.c.commune_code.in_(places(communes))))


def _known(job: Job, communes: pl.Series) -> pl.DataFrame:
    """Read whose each household is or was, with the `id` of the row that says so, if there is one."""
    written = _written(job, communes)
    ours = (_family.c.commune_code, _family.c.source_key, _family.c.id.label("family_id"))
    borne = job.read(select(*ours).where(_family.c.commune_code.in_(places(communes)), ours[1].is_not(None)))
    ever = borne.join(written.filter("home", pl.col("until").is_null()), on=_ONE, how="anti", maintain_order="left")
    return pl.concat([written, ever.with_columns(home=pl.lit(True))], how="diagonal")


def _granted(job: Job, homes: pl.DataFrame, known: pl.DataFrame, inhabited: pl.Series) -> pl.DataFrame:
    """Leave out households of others who keep them; who then gets none keeps theirs, and stands in the way too."""
    stands = known.filter(pl.col("until").is_null() | (pl.col("until") > job.extract.period))
    own = stands.select(*_ONE, own=pl.lit(True))
    asked = homes.join(own, on=_ONE, how="left", maintain_order="left").sort(
        pl.col("own").is_null(), maintain_order=True
    )
    asked = asked.unique(KEY, keep="first", maintain_order=True).drop("own")
    rivals = asked.select(_ONE).join(stands.select(*KEY, holder="family_id"), on=KEY)
    others = pl.col("holder") != pl.col("family_id")
    rivals = rivals.filter(others, pl.col("holder").is_in(inhabited.implode()))
    while True:
        keep = ~pl.col("holder").is_in(asked.filter("all")["family_id"].implode())
        free = asked.join(rivals.filter(keep), on=_ONE, how="anti", maintain_order="left")
        if free.height == asked.height:
            return free
        asked = free


def _after(granted: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Give all households of these families, and which is their home."""
    first = granted.join(held.filter("home").select(*_ONE, own=pl.lit(True)), on=_ONE, how="left")
    first = first.sort(pl.col("own").is_null(), "source_key").unique("family_id", keep="first")
    part = granted.filter(~pl.col("all"))
    stay = held.join(part, on="family_id", how="semi", maintain_order="left")
    every = pl.concat([granted.select(_ONE), stay.select(_ONE)]).unique(maintain_order=True)
    beside = every.join(first.select("family_id", borne="source_key"), on="family_id", maintain_order="left")
    return beside.select(*_ONE, home=pl.col("source_key") == pl.col("borne"))


def _give_up(job: Job, over: pl.DataFrame) -> None:
    """Let households be no longer these families'."""
    written = over.filter(pl.col("id").is_not_null()).select("commune_code", of_row="id")
    job.run(HouseholdKey, _key.update().where(_key.c.id == _ID).values(until=job.extract.period), written)
    ever = over.filter(pl.col("id").is_null())
    job.insert(HouseholdKey, ever.with_columns(job.new_ids(ever.height), until=pl.lit(job.extract.period)))
    bare = _family.update().where(_family.c.id == _ID).values(source_key=None)  # who changed it last stays as it is
    job.run(Family, bare, over.filter("home").select("commune_code", of_row="family_id"))


def _take(job: Job, begun: pl.DataFrame) -> None:
    """Let households be these families' from the month of the file on, and leave it in the trail of their children."""
    rows = begun.with_columns(job.new_ids(begun.height), since=pl.lit(job.extract.period))
    job.insert(HouseholdKey, rows)
    home = begun.filter("home")
    bears = {"source_key": bindparam("key"), "version": _family.c.version + 1}
    named = home.select("commune_code", of_row="family_id", key="source_key")
    job.run(Family, _family.update().where(_family.c.id == _ID).values(bears), named)
    _tell_children(job, _family, home)
    _tell_children(job, _key, begun.filter(~pl.col("home")))


def _tell_children(job: Job, table: Table, named: pl.DataFrame) -> None:
    for (commune,), families in named.group_by(["commune_code"], maintain_order=True):
        ids = [UUID(one) for one in families["family_id"]]
        children = job.read(select(_nna.c.id).where(_nna.c.family_id.in_(ids)).order_by(_nna.c.id))["id"].to_list()
        record_children(job.uow, table.name, children, ["source_key"], job.extract.file_hash, str(commune))
