"""By what an alert's source said whom it meant, kept so that it can be compared with what is said later, and not read.

What the office wrote down since counts for nothing: who could find a record by how the child is called by now would try
one name after the other, and learn by the answer which it is (`docs/decisions/0017`).
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core.models.alerts import AlertReport, NamedBy
from core.rules.age import PREGNANCY_PROLONGED
from core.rules.names import name_keys
from core.services.people.described import UNBORN_NAME, NnaData, normal_identifier
from core.unit_of_work import UnitOfWork

EARLIEST = timedelta(weeks=20)  # before the expected date: whoever is born still sooner is not born alive


def described_index(uow: UnitOfWork, said: NnaData) -> str:
    """Index the number that was said, or else the words, for the commune where it was.

    Parameters
    ----------
    uow : UnitOfWork
    said : NnaData

    Returns
    -------
    str
    """
    normal = normal_identifier(said.identifier_kind, said.identifier, "input.described")
    if normal is not None:
        return uow.sealer.blind_index(said.identifier_kind, normal, said.commune_code)
    return _index_words(uow, said, f"{said.birth_date or ''}|{said.expected_birth_date or ''}")


def described_before(uow: UnitOfWork, said: NnaData, organization_id: UUID | None) -> UUID | None:
    """Find the record that a report of this institution, or of the team, in the same words opened; None is no such one.

    Whatever the office made of it since. What the institution raised by a number counts for nothing here: it would
    learn whose number that is. Of the team, whoever may open no such record is told of none, and would open it again
    with each report.

    Parameters
    ----------
    uow : UnitOfWork
    said : NnaData
        Without identifier. Which records are others is for the team to say: an institution would ask by it.
    organization_id : UUID or None

    Returns
    -------
    UUID or None
    """
    others = said.distinct_from if organization_id is None else ()
    same = (
        select(col(AlertReport.nna_id))
        .where(
            col(AlertReport.commune_code) == said.commune_code,
            col(AlertReport.organization_id).is_not_distinct_from(organization_id),
            col(AlertReport.named_by) == NamedBy.DESCRIPTION,
            col(AlertReport.said_index).in_(_may_have_said(uow, said)),
            col(AlertReport.nna_id).not_in(others),
        )
        .order_by(col(AlertReport.id))
    )
    with uow.unscoped("whether they described the same child before") as session:
        return session.scalars(same.limit(1)).first()


def _may_have_said(uow: UnitOfWork, said: NnaData) -> list[str]:
    """Return the indexes of these words, and of those of the same name for whom a birth was expected before it was."""
    indexes = [described_index(uow, said)]
    if said.birth_date is not None:
        first = said.birth_date - PREGNANCY_PROLONGED
        days = (first + timedelta(n) for n in range((PREGNANCY_PROLONGED + EARLIEST).days + 1))
        indexes += [_index_words(uow, said, f"|{day}") for day in days]
    return indexes


def _index_words(uow: UnitOfWork, said: NnaData, days: str) -> str:
    given = said.given_names.strip() or UNBORN_NAME
    fold = name_keys(given, said.first_surname, said.second_surname, said.social_name).fold
    return uow.sealer.index_words(f"{fold}|{days}", said.commune_code)
