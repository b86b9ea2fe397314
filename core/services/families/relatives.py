"""What is recorded of a person of a family who is not an NNA of the office."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from authz.actor import DataClass
from core.errors import InvalidInput
from core.models.families import Relative
from core.rules.age import check_past
from core.rules.names import name_keys
from core.services.people.contacts import normal_email, normal_phone
from core.services.people.described import check_kept, check_names, check_spelling, trimmed
from core.services.people.protection import keep_relative_guarded
from core.unit_of_work import UnitOfWork

NAMES = {"given_names": "givenNames", "first_surname": "firstSurname"}
KEPT = NAMES | {"sex": "sex", "no_contact": "noContact"}
CALLED = frozenset({"phone", "email"})
EDITABLE = frozenset({*KEPT, "second_surname", "birth_date", "death_date", *CALLED})


def update_relative(
    uow: UnitOfWork, relative_id: UUID, changes: Mapping[str, Any], expected_version: int | None
) -> Relative:
    """Change what is recorded of somebody of a family: another telephone, a name that was misspelt, their death.

    Parameters
    ----------
    uow : UnitOfWork
    relative_id : UUID
    changes : mapping
        New values by column, those of `EDITABLE` only; what is not named stays.
    expected_version : int or None

    Returns
    -------
    Relative

    Raises
    ------
    NotFound, Conflict
    AccessDenied
        Without `family edit` on them; and to who may not read how to call them, if that is what changes: nobody writes
        over what they may not see (`docs/decisions/0013`).
    ProtectionStays
        If they asked not to be called, and that is lifted by somebody whom it keeps out.
    InvalidInput
        If a value cannot be, or is one that every record has and would be cleared.
    """
    if strange := sorted(set(changes) - EDITABLE):
        raise InvalidInput("Ese dato no se cambia aquí.", field=f"input.{strange[0]}")
    relative = uow.change(Relative, relative_id, expected_version, ("family", "edit"))
    _keep_guarded(uow, relative, changes)
    for column, value in _checked(changes).items():
        setattr(relative, column, value)
    _check_life(uow, relative)
    keys = name_keys(relative.given_names, relative.first_surname, relative.second_surname)
    relative.name_sort = keys.sort
    return uow.touch_if_changed(relative)


def _keep_guarded(uow: UnitOfWork, relative: Relative, changes: Mapping[str, Any]) -> None:
    if changes.get("no_contact") is False:
        keep_relative_guarded(uow, relative)
    if CALLED & set(changes):
        uow.require("family", "read", relative, DataClass.CONTACT)


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    check_kept(changes, KEPT)
    check_names({path: changes[name] for name, path in NAMES.items() if name in changes})
    check_spelling({"secondSurname": changes.get("second_surname")})
    ways = {name: trimmed for name in (*NAMES, "second_surname")} | {"phone": normal_phone, "email": normal_email}
    return {name: ways[name](value) if name in ways else value for name, value in changes.items()}


def _check_life(uow: UnitOfWork, relative: Relative) -> None:
    check_past(relative.birth_date, uow.today(), "input.birthDate")
    check_past(relative.death_date, uow.today(), "input.deathDate")
    if relative.birth_date and relative.death_date and relative.death_date < relative.birth_date:
        raise InvalidInput("La defunción es anterior al nacimiento.", field="input.deathDate")
