"""People are invited and given roles for a time; always by somebody else."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from uuid import UUID

from core.errors import InvalidInput
from core.models.organizations import Organization
from core.models.users import Assignment, User
from core.rules.clear_text import check_clear
from core.rules.person_names import check_person_name
from core.services.users import rights
from core.services.users.correcting import accounts_meant, correct_user, mistaken_roles
from core.services.users.endings import changes, revoke_assignment
from core.services.users.footing import require_rights_unowed
from core.services.users.storing import check_dates, event_commune, new_assignment, store_assignments
from core.services.users.words import AlreadyGranted, Grant, Invitation, RightsChange, UserInvited, UsernameTaken
from core.unit_of_work import UnitOfWork

LONGEST_NAME, LONGEST_SUBJECT = 100, 255  # the latter as OpenID Connect Core 1.0, section 2, bounds `sub`
CORRECTED = "Corrección de la invitación."
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")


def invite_user(uow: UnitOfWork, invitation: Invitation, validate_only: bool = False) -> RightsChange:
    """Open an account and give it its first role, or correct what was written of one.

    Whoever has an account already, in another commune, gets the role under the same account.

    Parameters
    ----------
    uow : UnitOfWork
    invitation : Invitation
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    AccessDenied
        If the actor may not invite in the whole territory, corrects somebody who works elsewhere too, or may not end a
        role that was given by mistake.
    NotFound, AccountInUse
        If what is to be corrected is not there, or no longer to be corrected.
    OwnRights, OwnRoleRequired, UsernameTaken, DemoUser, WrongTerritory, OrganizationRequired, InvalidInput
    """
    rights.check_username(invitation.username)
    _check_person(invitation)
    rights.check_territory(uow, invitation.grant.role, invitation.grant.territory)
    rights.require_everywhere(uow, "invite", invitation.grant.territory)
    wanted = replace(invitation, issuer=_issuer(uow, invitation))
    if wanted.correct:
        return _correct(uow, wanted, validate_only)
    user, known = _account(uow, wanted)
    if validate_only or known:
        return _give(uow, "invite", user, invitation.grant, validate_only)
    uow.add(user)
    uow.emit(UserInvited(event_commune(invitation.grant.territory), user.id))
    return _give(uow, "invite", user, invitation.grant, validate_only)


def grant_assignment(uow: UnitOfWork, user_id: UUID, grant: Grant, validate_only: bool = False) -> RightsChange:
    """Give a role to somebody who works in a commune of the actor.

    Parameters
    ----------
    uow : UnitOfWork
    user_id : UUID
    grant : Grant
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    NotFound
        If the person works nowhere that the actor knows of.
    AccessDenied
        If the actor may not grant in the whole territory.
    OwnRights, OwnRoleRequired, DemoUser, WrongTerritory, OrganizationRequired, AlreadyGranted, InvalidInput
    """
    user = uow.get(User, user_id)
    rights.check_territory(uow, grant.role, grant.territory)
    rights.require_everywhere(uow, "grant", grant.territory)
    return _give(uow, "grant", user, grant, validate_only)


def _check_person(invitation: Invitation) -> None:
    """Refuse what no provider of identities says of anybody: such an account would let nobody in."""
    for path, text, longest in (
        ("displayName", invitation.display_name, LONGEST_NAME),
        ("subject", invitation.subject, LONGEST_SUBJECT),
    ):
        if not text.strip() or len(text) > longest:
            raise InvalidInput(f"Escriba este dato, con {longest} letras como máximo.", field=f"input.{path}")
    check_clear(invitation.display_name, "input.displayName")
    check_person_name(invitation.display_name, "input.displayName")
    if invitation.email is not None and not EMAIL.fullmatch(invitation.email):
        raise InvalidInput("No es un correo electrónico.", field="input.email")


def _issuer(uow: UnitOfWork, invitation: Invitation) -> str:
    """Return who signs their tokens; an account of nobody's would keep its name and let nobody in."""
    issuer = invitation.issuer or uow.settings.own_issuer
    if not issuer:
        sentence = "Falta el proveedor de identidad: indíquelo, o defina OLN_ISSUER para toda la instalación."
        raise InvalidInput(sentence, field="input.issuer")
    return issuer


def _account(uow: UnitOfWork, invitation: Invitation) -> tuple[User, bool]:
    """Return the account of this person, and whether it was there already."""
    with uow.unscoped("whether the account exists") as session:
        found = accounts_meant(session, invitation)
    for user in found:
        if (user.issuer, user.subject, user.username) == (invitation.issuer, invitation.subject, invitation.username):
            return user, True
    rights.check_issuer(uow, invitation.issuer)
    if found:
        sentence = (
            "Ese nombre de usuario o esa identidad ya está en uso. Si es una invitación suya con un error, corríjala"
            " con «correct»."
        )
        raise UsernameTaken(sentence, field="input.username")
    made = User(
        id=uow.new_id(),
        username=invitation.username,
        display_name=invitation.display_name,
        email=invitation.email,
        issuer=invitation.issuer,
        subject=invitation.subject,
    )
    return made, False


def _correct(uow: UnitOfWork, invitation: Invitation, validate_only: bool) -> RightsChange:
    """Write the account anew, and let the role that was meant take the place of those given by mistake."""
    user = correct_user(uow, invitation, validate_only)
    mistaken = mistaken_roles(uow, new_assignment(uow, user.id, invitation.grant))
    try:
        given = _give(uow, "invite", user, invitation.grant, validate_only, mistaken)
    except AlreadyGranted:  # what was meant from the beginning
        given = RightsChange(user, ())
    if not mistaken:
        return given
    ended = [revoke_assignment(uow, one.id, None, CORRECTED, validate_only).assignments for one in mistaken]
    changed = (*given.assignments, *chain.from_iterable(ended))
    told = changes(uow, [one for one, *_ in ended], given.assignments) if validate_only else ()
    return RightsChange(user, changed, told)


def _give(
    uow: UnitOfWork,
    action: str,
    user: User,
    grant: Grant,
    validate_only: bool,
    instead_of: Sequence[Assignment] = (),
) -> RightsChange:
    rights.check_person(uow, user)
    check_dates(grant.valid_from, grant.valid_until, uow.today(), "input.grant")
    check_clear(grant.reason, "input.grant.reason")
    require_rights_unowed(uow, action, grant.territory, user.id)
    organization = uow.get(Organization, grant.organization_id) if grant.organization_id else None
    rights.check_organization(uow, grant.role, grant.territory, organization)
    made = [new_assignment(uow, user.id, grant)]
    return store_assignments(uow, action, user, made, validate_only, instead_of)
