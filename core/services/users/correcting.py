"""An invitation that was written down wrong is corrected while nobody has used it, by whom it could have been made."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from authz.scope import table_of
from core.database import ScopedSession
from core.errors import NotFound, RuleBroken
from core.journal import has_read
from core.models.audit import AuditEntry
from core.models.people import TeamMember
from core.models.users import Assignment, ConfidentialityAgreement, User
from core.services.access import forget_actors
from core.services.users import rights
from core.services.users.words import Invitation, UsernameTaken
from core.unit_of_work import UnitOfWork

USER, ASSIGNMENT = table_of(User), table_of(Assignment)
SIGNATURE, AUDIT = table_of(ConfidentialityAgreement), table_of(AuditEntry)


class AccountInUse(RuleBroken):
    """Somebody signed or worked by this account: by whom is no longer to be changed."""

    code = "ACCOUNT_IN_USE"


def accounts_meant(session: ScopedSession, invitation: Invitation) -> list[User]:
    """Return the accounts that have the user name, or the identity, of an invitation."""
    same = (USER.c.issuer == invitation.issuer) & (USER.c.subject == invitation.subject)
    return list(session.scalars(select(User).where(same | (USER.c.username == invitation.username))))


def correct_user(uow: UnitOfWork, invitation: Invitation, validate_only: bool = False) -> User:
    """Write an account anew as an invitation has it: name and e-mail, and while nobody used it whose it is as well.

    Parameters
    ----------
    uow : UnitOfWork
    invitation : Invitation
        With its issuer; it finds the account by user name or, where that was mistyped, by identity.
    validate_only : bool

    Returns
    -------
    User

    Raises
    ------
    NotFound
        If there is no such account, or it works nowhere that the actor knows of.
    AccessDenied
        If it works or worked in a place where the actor may not invite.
    OwnRights, DemoUser
    UsernameTaken
        If the user name is one account's and the identity another's.
    InvalidInput
        If it would be known by a provider whose tokens let nobody in.
    AccountInUse
    """
    with uow.unscoped("which account is meant") as session:
        found = [user.id for user in accounts_meant(session, invitation)]
    if len(found) > 1:
        raise UsernameTaken("Ese nombre de usuario es de una cuenta y esa identidad, de otra.", field="input.username")
    if not found:
        raise NotFound
    rights.lock_users(uow, *found)
    user = uow.get(User, found[0])
    rights.check_person(uow, user)
    _require_all_here(uow, user)
    identity = (invitation.username, invitation.issuer, invitation.subject)
    anew = identity != (user.username, user.issuer, user.subject)
    if invitation.issuer != user.issuer:  # one of before stays with whoever has it
        rights.check_issuer(uow, invitation.issuer)
    if anew:
        _refuse_used(uow, user.id)
        _refuse_bound(uow, user.id)
    if not validate_only:
        if anew:
            _give_anew(uow, user.id)
        user.username, user.issuer, user.subject = identity
        user.display_name, user.email = invitation.display_name, invitation.email
        uow.touch(user)
        forget_actors(uow)
    return user


def _require_all_here(uow: UnitOfWork, user: User) -> None:
    """Refuse an account that has, or ever had, a role where the actor may not invite."""
    with uow.unscoped("where they ever worked") as session:
        territories = set(session.scalars(select(ASSIGNMENT.c.territory).where(ASSIGNMENT.c.user_id == user.id)))
    for territory in sorted(territories):
        rights.require_everywhere(uow, "invite", territory)


def _give_anew(uow: UnitOfWork, user_id: UUID) -> None:
    """Let the roles of an account count as given by who says whose it is: nobody is given rights by their own choice.

    Else whoever wrote an identity of their own into a colleague's unused account would give themselves what that
    colleague may give (`docs/decisions/0010`).
    """
    with uow.unscoped("the roles of an account that is somebody else's from here on") as session:
        held = select(Assignment).where(ASSIGNMENT.c.user_id == user_id, ASSIGNMENT.c.revoked_at.is_(None))
        for one in session.scalars(held.order_by(ASSIGNMENT.c.id)):
            one.granted_by = uow.user_id
        session.flush()


def mistaken_roles(uow: UnitOfWork, meant: Assignment) -> list[Assignment]:
    """Return the own roles, of today or later, in whose place the one that is meant comes; none of an account in use.

    The very role that is meant stays, if it has the days that are meant as well: from today on, since rights are not
    given backwards, and one that began before is not begun anew.
    """
    if _is_used(uow, meant.user_id):
        return []
    stays = and_(rights.same_as(meant), _same_days(meant, uow.today()))
    live = or_(ASSIGNMENT.c.valid_until.is_(None), ASSIGNMENT.c.valid_until > uow.today())
    theirs = (ASSIGNMENT.c.user_id == meant.user_id, ASSIGNMENT.c.substitutes_id.is_(None))
    held = select(Assignment).where(*theirs, ASSIGNMENT.c.revoked_at.is_(None), live, not_(stays))
    with uow.unscoped("which roles were given by mistake") as session:
        return list(session.scalars(held.order_by(ASSIGNMENT.c.id)))


def _same_days(meant: Assignment, today: date) -> ColumnElement[bool]:
    """Return the condition of assignments that begin and end as another does, seen from today."""
    begun = ASSIGNMENT.c.valid_from == meant.valid_from
    if meant.valid_from <= today:
        begun = ASSIGNMENT.c.valid_from <= today
    return and_(begun, ASSIGNMENT.c.valid_until.is_not_distinct_from(meant.valid_until))


def _refuse_used(uow: UnitOfWork, user_id: UUID) -> None:
    if _is_used(uow, user_id):
        raise AccountInUse(
            "Con esa cuenta ya se firmó o se trabajó: su nombre de usuario y su identidad no cambian. Si es de otra"
            " persona, quítele los roles e invite a quien corresponde con otra cuenta."
        )


def _refuse_bound(uow: UnitOfWork, user_id: UUID) -> None:
    """Refuse an account to which somebody gave a child or an absent colleague's caseload: neither is handed on."""
    table, member, today = ASSIGNMENT.c, table_of(TeamMember).c, uow.today()
    covers = (table.user_id == user_id, table.substitutes_id.is_not(None), table.revoked_at.is_(None))
    team = (member.user_id == user_id, or_(member.valid_until.is_(None), member.valid_until > today))
    bound = exists().where(*covers, table.valid_until > today) | exists().where(*team)
    with uow.unscoped("whether the account has a caseload") as session:
        if session.execute(select(bound)).scalar_one():
            raise AccountInUse(
                "Esa cuenta está a cargo de un NNA o reemplaza a alguien, y eso no pasa a otra persona: pida primero"
                " que la releven y termine el reemplazo."
            )


def _is_used(uow: UnitOfWork, user_id: UUID) -> bool:
    """Whether somebody signed as them, changed anything or asked for a child's record, in vain as it may have been."""
    used = exists().where(SIGNATURE.c.user_id == user_id) | exists().where(AUDIT.c.user_id == user_id)
    with uow.unscoped("whether the account was used") as session:
        changed = bool(session.execute(select(used)).scalar_one())
        return changed or has_read(session, user_id, uow.settings.journal_folder)
