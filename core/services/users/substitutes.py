"""Somebody stands in for who is absent, for some days and never for longer than a year."""

from datetime import date

from authz.actor import Role
from authz.denial import AccessDenied
from core.calendar import add_months_and_days
from core.errors import InvalidInput, RuleBroken
from core.models.users import Assignment, User
from core.reference import access_parameters
from core.rules.clear_text import check_clear
from core.services.access import OFFICE, institution_until, office_until
from core.services.users import rights
from core.services.users.naming import substitute_until
from core.services.users.storing import check_dates, ever_held, held_on, new_assignment, store_assignments
from core.services.users.words import Grant, NothingToSubstitute, NotOfTheOffice, RightsChange, Substitution
from core.unit_of_work import UnitOfWork


def set_substitute(uow: UnitOfWork, substitution: Substitution, validate_only: bool = False) -> RightsChange:
    """Let one person stand in for another, with their roles upon their caseload and no other, for some days.

    Only what the absent person holds where the actor may name substitutes; a role that grants roles needs somebody who
    may grant. It ends with what it hangs on, if that is before: the role that is covered, the last one by which the
    substitute is of that office, and what the actor names by, where they wear it for another.

    Parameters
    ----------
    uow : UnitOfWork
    substitution : Substitution
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    NotFound
        If either works nowhere that the actor knows of.
    NothingToSubstitute
        If the absent person holds no role on those days.
    AccessDenied
        If the actor may not name substitutes for any of them.
    OwnRoleRequired
        If they would by a role that they wear, of whom they stand in for, or to whoever named them.
    NotOfTheOffice
        If the absent person is of the office's team, or speaks for an institution, and the substitute is not of it.
    AlreadyGranted
        If the substitute stands in for that role already on some of those days.
    InvalidInput
        If it lasts for longer than a year (`docs/decisions/0010`), among others.
    OwnRights, DemoUser
    """
    absent, substitute = uow.get(User, substitution.absent_id), uow.get(User, substitution.substitute_id)
    rights.lock_users(uow, absent.id, substitute.id)  # what either of them holds is what the other will
    rights.check_person(uow, substitute)
    check_dates(substitution.valid_from, substitution.valid_until, uow.today())
    _check_length(substitution)
    check_clear(substitution.reason, "input.reason")
    if absent.id == substitute.id:
        raise InvalidInput("Nadie se sustituye a sí mismo.", field="input.substituteId")
    with uow.unscoped("what the absent person holds") as session:
        held = held_on(session, absent.id, substitution.valid_from)
    own = [one for one in held if one.substitutes_id is None]
    if not own:
        raise NothingToSubstitute("Esa persona no tiene ningún rol en esos días.")
    allowed = _allowed(uow, own, substitution)
    with uow.unscoped("whether the substitute is of the office") as session:
        theirs = ever_held(session, substitute.id)
    made = [_substitute(uow, one, substitution, named, theirs) for one, named in allowed]
    return store_assignments(uow, "substitute", substitute, made, validate_only)


def _allowed(uow: UnitOfWork, own: list[Assignment], wanted: Substitution) -> list[tuple[Assignment, date]]:
    """Return the roles that the actor may let be covered, and until when; without any, say why not."""
    allowed: list[tuple[Assignment, date]] = []
    refusals: list[AccessDenied | RuleBroken] = []
    for one in own:
        try:
            allowed.append((one, substitute_until(uow, one, wanted)))
        except (AccessDenied, RuleBroken) as refusal:
            refusals.append(refusal)
    if not allowed:
        raise refusals[0]
    return allowed


def _substitute(
    uow: UnitOfWork, held: Assignment, wanted: Substitution, named: date, theirs: list[Assignment]
) -> Assignment:
    until = min(wanted.valid_until, held.valid_until or date.max, named, _colleague_until(held, wanted, theirs))
    grant = Grant(Role(held.role), held.territory, wanted.valid_from, until, held.organization_id, wanted.reason)
    return new_assignment(uow, wanted.substitute_id, grant, wanted.absent_id)


def _colleague_until(held: Assignment, wanted: Substitution, theirs: list[Assignment]) -> date:
    """Return until when the substitute is of the office, or institution, whose role it is; nobody gets in that way."""
    if held.role in OFFICE:
        until = office_until(theirs, held.territory, wanted.valid_from)
        sentence = "Solo alguien del equipo de la misma oficina reemplaza a quien trabaja en ella."
    elif held.organization_id is not None:  # what a school says, somebody of the school says
        until = institution_until(theirs, held.organization_id, wanted.valid_from)
        sentence = "Solo alguien de la misma institución reemplaza a quien habla por ella."
    else:
        return date.max
    if until <= wanted.valid_from:
        raise NotOfTheOffice(sentence, field="input.substituteId")
    return until


def _check_length(wanted: Substitution) -> None:
    months = access_parameters()["SUBSTITUTION_LONGEST"].value
    if wanted.valid_from > add_months_and_days(date.max, -months):
        raise InvalidInput("Esa fecha está demasiado lejos: revise el año.", field="input.validFrom")
    longest = add_months_and_days(wanted.valid_from, months)
    if wanted.valid_until > longest:
        sentence = (
            f"Un reemplazo dura a lo más {months} meses: hasta el {longest:%d-%m-%Y}. Después se nombra otra vez."
        )
        raise InvalidInput(sentence, field="input.validUntil")
