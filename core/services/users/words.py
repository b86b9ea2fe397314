"""The words of granting: what is asked for, what comes of it, what is told to plugins, what is refused."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from authz.actor import Role
from core.errors import RuleBroken
from core.events import Event
from core.models.users import Assignment, User
from core.services.users.reach import AccessChange


class UsernameTaken(RuleBroken):
    """Another account has this name, or this identity."""

    code = "USERNAME_TAKEN"


class AlreadyRevoked(RuleBroken):
    """The assignment is over."""

    code = "ALREADY_REVOKED"


class AlreadyGranted(RuleBroken):
    """The person has that very role there on some of those days: two would have to be taken back."""

    code = "ALREADY_GRANTED"


class NotOfTheOffice(RuleBroken):
    """Whoever stands in for somebody of the office works in it."""

    code = "NOT_OF_THE_OFFICE"


class NothingToSubstitute(RuleBroken):
    """The absent person holds no role on those days."""

    code = "NOTHING_TO_SUBSTITUTE"


@dataclass(frozen=True)
class UserInvited(Event):
    name = "user_invited"


@dataclass(frozen=True)
class AssignmentGranted(Event):
    name = "assignment_granted"


@dataclass(frozen=True)
class AssignmentRevoked(Event):
    name = "assignment_revoked"


@dataclass(frozen=True)
class Grant:
    """A role in a territory, from a day to the day before another.

    Parameters
    ----------
    role : Role
    territory : str
        A commune (13101), a region (13) or the country (CL).
    valid_from : date
    valid_until : date, optional
        None is open.
    organization_id : UUID, optional
        Whom a sector partner acts for; required of that role and of no other.
    reason : str, optional
    """

    role: Role
    territory: str
    valid_from: date
    valid_until: date | None = None
    organization_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Invitation:
    """Somebody new, or somebody of another commune, and their first role here.

    Parameters
    ----------
    username : str
        Never a RUN.
    display_name : str
    subject : str
        What their tokens will call them.
    grant : Grant
    issuer : str, optional
        Who signs their tokens, which with the subject names one person; the installation's own where none is named.
    email : str, optional
    correct : bool
        Whether it is to correct one that was made before, instead of being refused beside it; while nobody used the
        account, its role takes the place of those given before.
    """

    username: str
    display_name: str
    subject: str
    grant: Grant
    issuer: str | None = None
    email: str | None = None
    correct: bool = False


@dataclass(frozen=True)
class Substitution:
    """Who stands in for whom: the same roles and places, upon the absent person's caseload alone, for those days.

    Parameters
    ----------
    absent_id, substitute_id : UUID
    valid_from, valid_until : date
        Until the day before; a substitution always ends.
    reason : str, optional
    """

    absent_id: UUID
    substitute_id: UUID
    valid_from: date
    valid_until: date
    reason: str | None = None


@dataclass(frozen=True)
class RightsChange:
    """What a change of rights came to, or would.

    Parameters
    ----------
    user : User
    assignments : tuple of Assignment
        Made, ended or cut short; with `validate_only`, as they would be, unsaved.
    preview : tuple of AccessChange
        With `validate_only`, what would open or close.
    """

    user: User
    assignments: tuple[Assignment, ...]
    preview: tuple[AccessChange, ...] = ()
