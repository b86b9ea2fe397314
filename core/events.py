"""What happened, told to plugins: inside the transaction to those who may veto, after the commit to the others."""

from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """Something that happened to one record.

    Parameters
    ----------
    commune_code : str
    record_id : UUID
    details : dict
        Ids, codes and dates; never a name or a RUN, since events leave the transaction.
    """

    name: ClassVar[str] = "event"
    commune_code: str
    record_id: UUID
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NnaRegistered(Event):
    name = "nna_registered"


@dataclass(frozen=True)
class AlertRaised(Event):
    name = "alert_raised"


@dataclass(frozen=True)
class AlertDecided(Event):
    name = "alert_decided"


@dataclass(frozen=True)
class NominaPublished(Event):
    name = "nomina_published"


@dataclass(frozen=True)
class ModuleSet(Event):
    name = "module_set"
