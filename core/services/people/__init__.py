"""Children and adolescents: who they are, where they live, and who works with them."""

from core.services.people.behind import nnas_behind
from core.services.people.contacts import ContactData, add_contact, close_contact
from core.services.people.described import NnaData, check_kept
from core.services.people.details import (
    AddressData,
    HealthData,
    SchoolingData,
    add_address,
    close_address,
    editable,
    set_health_registration,
    set_schooling,
)
from core.services.people.overdue import overdue_births
from core.services.people.register import (
    identify_nna,
    open_identifier,
    register_nna,
    set_protection,
    unseal_identifier,
    update_nna,
)
from core.services.people.team import WorkerData, assign_worker, release_worker

__all__ = [
    "AddressData",
    "ContactData",
    "HealthData",
    "NnaData",
    "SchoolingData",
    "WorkerData",
    "add_address",
    "add_contact",
    "assign_worker",
    "check_kept",
    "close_address",
    "close_contact",
    "editable",
    "identify_nna",
    "nnas_behind",
    "open_identifier",
    "overdue_births",
    "register_nna",
    "release_worker",
    "set_health_registration",
    "set_protection",
    "set_schooling",
    "unseal_identifier",
    "update_nna",
]
