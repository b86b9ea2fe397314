"""Who asks: a person with roles in places, wearing one purpose at a time."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class DataClass(StrEnum):
    """How sensitive a value is; each field of the schema declares one."""

    BASIC = "BASIC"
    CONTACT = "CONTACT"
    IDENTITY = "IDENTITY"
    HEALTH = "HEALTH"
    JUDICIAL = "JUDICIAL"
    THERAPY = "THERAPY"
    RISK = "RISK"
    AGGREGATE = "AGGREGATE"


class Ambit(StrEnum):
    """How far a permission reaches."""

    OWN = "OWN"
    REFERRED = "REFERRED"
    COMMUNE = "COMMUNE"
    NATIONAL = "NATIONAL"


class Purpose(StrEnum):
    """What the data is wanted for; it is written into every audit record."""

    CARE = "CARE"
    REFERRAL = "REFERRAL"
    SUPERVISION = "SUPERVISION"
    ADMINISTRATION = "ADMINISTRATION"
    STATISTICS = "STATISTICS"
    AUDIT = "AUDIT"
    EMERGENCY = "EMERGENCY"


class Role(StrEnum):
    """What a person may be in an office; duties and sources stand in `core/data/roles.csv`."""

    COORDINATOR = "COORDINATOR"
    CASE_MANAGER = "CASE_MANAGER"
    FAMILY_THERAPIST = "FAMILY_THERAPIST"
    COMMUNITY_MANAGER = "COMMUNITY_MANAGER"
    CHCC_PROFESSIONAL = "CHCC_PROFESSIONAL"
    NETWORK_COORDINATOR = "NETWORK_COORDINATOR"
    SECTOR_PARTNER = "SECTOR_PARTNER"
    MUNICIPAL_ADMIN = "MUNICIPAL_ADMIN"
    REGIONAL_COORDINATOR = "REGIONAL_COORDINATOR"
    NATIONAL_ANALYST = "NATIONAL_ANALYST"
    AUDITOR = "AUDITOR"


# In order of precedence: a person with several roles of their own who names no purpose wears the first of these.
MAIN_PURPOSE = {
    Role.COORDINATOR: Purpose.SUPERVISION,
    Role.CASE_MANAGER: Purpose.CARE,
    Role.FAMILY_THERAPIST: Purpose.CARE,
    Role.CHCC_PROFESSIONAL: Purpose.CARE,
    Role.COMMUNITY_MANAGER: Purpose.CARE,
    Role.NETWORK_COORDINATOR: Purpose.SUPERVISION,
    Role.SECTOR_PARTNER: Purpose.REFERRAL,
    Role.REGIONAL_COORDINATOR: Purpose.SUPERVISION,
    Role.NATIONAL_ANALYST: Purpose.STATISTICS,
    Role.MUNICIPAL_ADMIN: Purpose.ADMINISTRATION,
    Role.AUDITOR: Purpose.AUDIT,
}


@dataclass(frozen=True)
class Hat:
    """One assignment in force today.

    Parameters
    ----------
    role : Role
    communes : frozenset of str or None
        The communes of its territory; None is the whole country.
    organization : UUID, optional
        The institution for which a sector partner acts.
    stands_for : UUID, optional
        Whom the hat belongs to, where it is worn in their absence: its `OWN` is that person's caseload, and no other.
    """

    role: Role
    communes: frozenset[str] | None
    organization: UUID | None = None
    stands_for: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Whoever asks, with the roles in force today and the purpose of this request.

    Parameters
    ----------
    user_id : UUID
    username : str
        Shown in audit records; never a RUN.
    purpose : Purpose
    hats : tuple of Hat
    signed : bool
        Whether the confidentiality agreement in force is signed; without it no person's record opens.
    account : int, optional
        Version of their account when they were recognised by it: whoever it is given to later is somebody else.
    """

    user_id: UUID
    username: str
    purpose: Purpose
    hats: tuple[Hat, ...] = ()
    signed: bool = True
    account: int | None = field(default=None, compare=False)

    @property
    def communes(self) -> frozenset[str] | None:
        """Every commune of any hat; None where a hat covers the country."""
        if any(hat.communes is None for hat in self.hats):
            return None
        return frozenset().union(*(hat.communes or frozenset() for hat in self.hats))

    @property
    def personas(self) -> tuple[UUID | None, ...]:
        """Whose caseloads count, each reached with its own hats alone: theirs (None), then of whom they substitute.

        Examples
        --------
        >>> absent = UUID(int=2)
        >>> Actor(UUID(int=1), "x", Purpose.CARE, (Hat(Role.CASE_MANAGER, None, stands_for=absent),)).personas
        (None, UUID('00000000-0000-0000-0000-000000000002'))
        """
        return tuple(dict.fromkeys((None, *(hat.stands_for for hat in self.hats))))

    @property
    def organizations(self) -> frozenset[UUID]:
        return frozenset(hat.organization for hat in self.hats if hat.organization)


def main_purpose(hats: tuple[Hat, ...]) -> Purpose:
    """Return the purpose that a person wears who names none: that of their own roles, where they have any.

    Source: `docs/decisions/0010`; to stand in for somebody does not change what one comes to do.

    Examples
    --------
    >>> main_purpose((Hat(Role.MUNICIPAL_ADMIN, None), Hat(Role.COORDINATOR, None)))
    <Purpose.SUPERVISION: 'SUPERVISION'>
    >>> main_purpose((Hat(Role.NETWORK_COORDINATOR, None), Hat(Role.CASE_MANAGER, None, stands_for=UUID(int=2))))
    <Purpose.SUPERVISION: 'SUPERVISION'>
    """
    worn = {hat.role for hat in hats if hat.stands_for is None} or {hat.role for hat in hats}
    return next((purpose for role, purpose in MAIN_PURPOSE.items() if role in worn), Purpose.STATISTICS)
