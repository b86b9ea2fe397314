"""Who may say who stands in for whom, until when, and who may end it.

Whoever may by a role of their own does as before. Whoever wears the right for somebody absent runs the office for some
days, in which a case manager may fall ill: they name who covers those that name nobody, for no longer than they stand
in themselves, and neither for whom they stand in nor whoever named them (`docs/decisions/0010`).
"""

from datetime import date
from uuid import UUID

from authz.actor import Role
from authz.denial import AccessDenied
from core.models.users import Assignment
from core.services.territory import contains
from core.services.users import rights
from core.services.users.footing import OwnRoleRequired, require_rights_unowed, worn_assignments
from core.services.users.words import Substitution
from core.unit_of_work import UnitOfWork


def substitute_until(uow: UnitOfWork, held: Assignment, wanted: Substitution) -> date:
    """Return the day until which the actor may let somebody stand in for a role.

    Parameters
    ----------
    uow : UnitOfWork
    held : Assignment
        Of the absent person.
    wanted : Substitution

    Returns
    -------
    date
        `date.max` by a role of their own; the end of their own substitution by one that they wear.

    Raises
    ------
    AccessDenied, OwnRights
    OwnRoleRequired
        If the one that they wear does not let them.
    """
    try:
        _require_own(uow, held)
    except OwnRoleRequired:
        lent = [one for one in _lent(uow, held, wanted.absent_id) if one.granted_by != wanted.substitute_id]
        ends = [one.valid_until for one in lent if one.valid_until and one.valid_until > wanted.valid_from]
        if not ends:
            raise
        return max(ends)
    require_rights_unowed(uow, "substitute", held.territory, wanted.substitute_id)
    return date.max


def require_may_end_assignment(uow: UnitOfWork, held: Assignment) -> None:
    """Refuse who may not end a role: a substitution is ended by whoever may name substitutes, or may revoke.

    Raises
    ------
    AccessDenied, OwnRights, OwnRoleRequired
    """
    if held.substitutes_id is None or not _may_end_substitution(uow, held, held.substitutes_id):
        rights.require_everywhere(uow, "revoke", held.territory)
    if held.role in rights.denying_roles(uow):  # without its denials they could do more than with it
        rights.require_everywhere(uow, "grant", held.territory)
        require_rights_unowed(uow, "grant", held.territory, held.user_id)


def _may_end_substitution(uow: UnitOfWork, held: Assignment, absent: UUID) -> bool:
    try:
        _require_own(uow, held)
    except OwnRoleRequired:
        return bool(_lent(uow, held, absent))
    except AccessDenied:
        return False
    return True


def _require_own(uow: UnitOfWork, held: Assignment) -> None:
    """Refuse who may not say who stands in for this role; for one that grants roles, who may not grant."""
    rights.require_everywhere(uow, "substitute", held.territory)
    if held.role in rights.granting_roles(uow):
        sentence = "El reemplazo de quien da roles lo nombra solo quien puede darlos."
        rights.require_everywhere(uow, "grant", held.territory, sentence)


def _lent(uow: UnitOfWork, held: Assignment, absent: UUID) -> list[Assignment]:
    """Return the substitutions of the actor that let them name who covers a role of somebody else.

    Never a role that names substitutes in turn: whoever is named by a lent right names nobody.
    """
    naming = rights.naming_roles(uow)
    if held.role in naming:
        return []
    return [
        one
        for one in worn_assignments(uow)
        if one.substitutes_id not in (None, absent)
        and Role(one.role) in naming
        and contains(one.territory, held.territory)
    ]
