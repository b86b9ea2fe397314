"""Who asked not to be called, among the contacts and relatives of families: no file writes their number in clear."""

import polars as pl
from sqlalchemy import and_, select

from authz.scope import table_of
from core.models.families import FamilyMember, Relative
from core.models.people import Contact
from core.services.extracts.job import Job
from core.services.extracts.merging import OLD
from core.services.extracts.names import folded, name_columns
from core.services.extracts.phones import meet, normal, numbers
from core.services.extracts.storing import places

_contact, _relative, _member = table_of(Contact), table_of(Relative), table_of(FamilyMember)


def withhold(job: Job, told: pl.DataFrame) -> pl.DataFrame:
    """Blank the telephone of whoever bears the name or the number of somebody of the family who asked not to be called.

    Either is enough: with a surname more it is the same person, and the same number rings in the same room. Beside
    somebody hidden nothing is written that is no telephone as the office writes them, since any number may stand in it.

    Parameters
    ----------
    job : Job
    told : polars.DataFrame
        With `commune_code`, `family_id`, `name_fold` and `phone`.

    Returns
    -------
    polars.DataFrame
        Also with what the file `said` of the telephone, whether it is `hidden`, and whether its person is
        (`hidden_person`).
    """
    hidden = pl.concat([_relatives(job, told), _contacts(job, told)]).with_columns(hidden_numbers=numbers("phone"))
    people = hidden.group_by("family_id").agg(
        people=pl.col("name_fold"), hidden_numbers=pl.col("hidden_numbers").explode().drop_nulls()
    )
    beside = told.join(people, on="family_id", how="left", maintain_order="left")
    number = meet(numbers("phone"), pl.col("hidden_numbers"))
    unread = pl.col("people").is_not_null() & pl.col("phone").is_not_null() & normal("phone").is_null()
    marked = beside.with_columns(
        said="phone", hidden_person=pl.col("name_fold").is_in("people").fill_null(False), hidden_number=number | unread
    ).with_columns(hidden=pl.col("hidden_person") | pl.col("hidden_number"))
    shown = pl.when(~pl.col("hidden")).then("said")
    return marked.with_columns(phone=shown).drop("people", "hidden_numbers", "hidden_number")


def withheld(standing: pl.DataFrame) -> pl.Series:
    """Give the families of rows beside stored ones whose telephone was withheld, and is not the one that stands."""
    said, stands = pl.col("said"), pl.col("phone" + OLD)
    same = (said == stands).fill_null(False) | meet(numbers("said"), numbers("phone" + OLD))
    return standing.filter("hidden", said.is_not_null() & ~same)["family_id"]


def _relatives(job: Job, told: pl.DataFrame) -> pl.DataFrame:
    """Read the relatives who asked not to be called and are or were of a family, or of another of its children's."""
    names = (_relative.c.given_names, _relative.c.first_surname, _relative.c.second_surname)
    child, home = _member.alias(), _member.alias()
    hidden = (
        select(_member.c.family_id, home.c.family_id.label("other"), *names, _relative.c.phone)
        .join_from(_member, _relative, _relative.c.id == _member.c.relative_id)
        .outerjoin(child, and_(child.c.family_id == _member.c.family_id, child.c.nna_id.is_not(None)))
        .outerjoin(home, home.c.nna_id == child.c.nna_id)
        .where(_relative.c.commune_code.in_(places(told["commune_code"])), _relative.c.no_contact)
    )
    both = job.read(hidden)
    elsewhere = both.drop("family_id").rename({"other": "family_id"}).drop_nulls("family_id")
    found = pl.concat([both.drop("other"), elsewhere], how="diagonal").unique(maintain_order=True)
    return found.with_columns(name_columns(found)[1]).select("family_id", "name_fold", "phone")


def _contacts(job: Job, told: pl.DataFrame) -> pl.DataFrame:
    """Read the contacts who asked not to be called, of whoever is or was of a family.

    One that is over counts too, unless the same person was written down for that child as one who is called again.
    """
    here, asked = places(told["commune_code"]), _contact.alias()
    askers = select(asked.c.nna_id).where(asked.c.commune_code.in_(here), asked.c.no_contact)
    columns = (_contact.c.nna_id, _contact.c.name, _contact.c.phone, _contact.c.no_contact, _contact.c.valid_until)
    found = job.read(
        select(_member.c.family_id, *columns)
        .join_from(_member, _contact, _contact.c.nna_id == _member.c.nna_id)
        .where(_contact.c.commune_code.in_(here), _contact.c.nna_id.in_(askers))
    )
    over = (pl.col("valid_until") <= job.uow.today()).fill_null(False)
    people = found.with_columns(over=over, name_fold=folded(found["name"]))
    again = people.filter(~pl.col("no_contact"), ~pl.col("over"))
    past = people.filter("no_contact", "over").join(again, on=["nna_id", "name_fold"], how="anti")
    hidden = pl.concat([people.filter("no_contact", ~pl.col("over")), past])
    return hidden.select("family_id", "name_fold", "phone")
