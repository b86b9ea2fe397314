"""A home of whom files and the office tell: its children, carers and whom else to call."""

from datetime import date
from pathlib import Path
from uuid import UUID

from core.host import Host
from core.identity import demo_run
from core.models.families import FamilyMember, FamilyRole, Relative
from core.models.people import Contact, Nna
from core.services.extracts import FileReport
from core.services.families import FamilyMemberData, RelativeData, add_family_member, leave_family, update_relative
from core.services.people import ContactData, add_contact, close_contact
from tests.services.extract_files import PERSON, imported, stored, transactions

DECEMBER = date(2026, 12, 1)
KID = PERSON | {"identificador": demo_run(0), "nombres": "Rayen", "hogar": "H1"}
SIBLING = PERSON | {"identificador": demo_run(1), "nombres": "Lautaro", "hogar": "H1"}
HOME = {"comuna": "13101", "hogar": "H1", "fecha_actualizacion": "2026-10-01", "tramo_rsh": "40"}
LUZ = HOME | {"contacto_nombres": "Luz Soto", "contacto_telefono": "+56900000003"}
ROSA = HOME | {"cuidador_nombres": "Rosa", "cuidador_apellido_paterno": "Soto", "cuidador_parentesco": "MOTHER"}
ROSA |= {"cuidador_telefono": "+56900000001"}
MARTA = ROSA | {"cuidador_nombres": "Marta", "cuidador_telefono": "+56900000002"}


def at_home(host: Host, folder: Path, told: dict[str, str]) -> None:
    imported(host, folder, KID)
    imported(host, folder, told, kind="households")


def again(host: Host, folder: Path, told: dict[str, str], day: str = "2026-11-02") -> FileReport:
    """Import what December's file says of the home."""
    return imported(host, folder, told | {"fecha_actualizacion": day}, kind="households", period=DECEMBER)


def called(host: Host, name: str = "Rayen") -> list[tuple[str, str | None, bool, bool]]:
    """Give whom else to call about a child: name, telephone, whether they asked not to be, whether it is over."""
    (child,) = (nna for nna in stored(host, Nna) if nna.given_names == name)
    rows = (row for row in stored(host, Contact) if row.nna_id == child.id)
    return [(row.name, row.phone, row.no_contact, row.valid_until is not None) for row in rows]


def relatives(host: Host) -> list[tuple[str, str | None, bool]]:
    return [(row.given_names, row.phone, row.no_contact) for row in stored(host, Relative)]


def carers(host: Host) -> list[str]:
    names = {row.id: row.given_names for row in stored(host, Relative)}
    rows = (row for row in stored(host, FamilyMember) if row.main_carer and row.valid_until is None)
    return [names[row.relative_id] for row in rows]


def of_relative(host: Host, name: str) -> FamilyMember:
    """Give the latest membership of a relative."""
    (who,) = (row.id for row in stored(host, Relative) if row.given_names == name)
    return max((row for row in stored(host, FamilyMember) if row.relative_id == who), key=lambda row: row.valid_from)


def end_contact(host: Host, contact_id: UUID) -> None:
    with transactions(host)() as uow:
        close_contact(uow, contact_id, uow.today(), None)


def hide_contact(host: Host) -> UUID:
    """End the only contact, and write the same person down as one who asked not to be called."""
    (contact,) = stored(host, Contact)
    end_contact(host, contact.id)
    with transactions(host)() as uow:
        return add_contact(uow, ContactData(contact.nna_id, contact.name, phone=contact.phone, no_contact=True)).id


def hide_relative(host: Host, name: str = "Rosa") -> None:
    (who,) = (row.id for row in stored(host, Relative) if row.given_names == name)
    with transactions(host)() as uow:
        update_relative(uow, who, {"no_contact": True}, None)


def leaves(host: Host, name: str) -> None:
    with transactions(host)() as uow:
        leave_family(uow, of_relative(host, name).id, uow.today(), None)


def ana_cares(host: Host) -> None:
    """Let the office pass the care on to Ana."""
    family, ana = stored(host, Nna)[0].family_id, RelativeData("Ana", "Paz")
    with transactions(host)() as uow:
        add_family_member(uow, FamilyMemberData(family, FamilyRole.GUARDIAN, relative=ana, main_carer=True))
