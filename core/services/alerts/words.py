"""What is asked for when alerts are raised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.services.people.described import NnaData


@dataclass(frozen=True)
class AlertItem:
    """One alert of a report.

    Parameters
    ----------
    type_code : str
        Of the catalogues of territorial or Chile Crece Contigo alerts.
    information : str, optional
        What was seen, in the words of who saw it.
    observed_on : date, optional
        Today where none is given.
    """

    type_code: str
    information: str | None = None
    observed_on: date | None = None


@dataclass(frozen=True)
class AlertData:
    """What somebody saw, and about whom.

    Parameters
    ----------
    items : sequence of AlertItem
        One per type.
    nna_id : UUID, optional
        A record that the caller sees; otherwise `described`.
    described : NnaData, optional
        A child, with RUN or without, or a pregnancy.
    organization_id : UUID, optional
        For which institution, by who acts for several.
    found_in_diagnosis : bool
        Seen by the team itself while it assesses the family: incorporated, nothing to validate.
    """

    items: Sequence[AlertItem]
    nna_id: UUID | None = None
    described: NnaData | None = None
    organization_id: UUID | None = None
    found_in_diagnosis: bool = False
