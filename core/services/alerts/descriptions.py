"""Whom a report described, where that is not who holds the number: kept sealed, for those who decide on the alert."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from core.identity import Sealer
from core.models.people import Sex
from core.services.people.described import NnaData, trimmed

_PLACE = {"table": "alert_report", "column": "described_sealed"}


@dataclass(frozen=True)
class Description:
    """Whom somebody meant, in their own words; the number is that of the record.

    Parameters
    ----------
    given_names, first_surname : str
    second_surname, social_name : str, optional
    birth_date : date, optional
    sex : Sex
    """

    given_names: str
    first_surname: str
    second_surname: str | None
    social_name: str | None
    birth_date: date | None
    sex: Sex


def seal_description(sealer: Sealer, report_id: UUID, described: NnaData) -> bytes:
    """Seal whom a report described, for the row of that report.

    Parameters
    ----------
    sealer : Sealer
    report_id : UUID
    described : NnaData

    Returns
    -------
    bytes
    """
    said = Description(
        given_names=described.given_names.strip(),
        first_surname=described.first_surname.strip(),
        second_surname=trimmed(described.second_surname),
        social_name=trimmed(described.social_name),
        birth_date=described.birth_date,
        sex=described.sex,
    )
    return sealer.seal(json.dumps(asdict(said), default=date.isoformat), row_id=report_id, **_PLACE)


def open_description(sealer: Sealer, report_id: UUID, sealed: bytes | None) -> Description | None:
    """Open whom a report described; whoever calls has made sure that the caller may identify the child.

    Parameters
    ----------
    sealer : Sealer
    report_id : UUID
    sealed : bytes or None
        As the column holds it, which is read only where the row opens the IDENTITY class.

    Returns
    -------
    Description or None
        None where the description agrees with the record, or there is none.
    """
    if sealed is None:
        return None
    said = json.loads(sealer.open(sealed, row_id=report_id, **_PLACE))
    born = date.fromisoformat(said["birth_date"]) if said["birth_date"] else None
    return Description(**(said | {"birth_date": born, "sex": Sex(said["sex"])}))
