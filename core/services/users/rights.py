"""The rules of granting: nobody widens their own rights, nobody grants beyond their own arms."""

import re
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true

from authz.actor import Actor, Ambit, DataClass, Role
from authz.arms import whole
from authz.denial import denial
from authz.guard import Rule, read_policy
from authz.scope import table_of
from core.errors import Conflict, InvalidInput, RuleBroken
from core.host import POLICY
from core.identity import InvalidRun, parse_run
from core.models.organizations import Organization
from core.models.users import Assignment, User
from core.services.access import communes_of, hat_of
from core.services.users.footing import OwnRights, OwnRoleRequired, own, reaches, worn_assignments
from core.services.users.words import AlreadyGranted
from core.settings import InstallationKind, is_secure
from core.unit_of_work import UnitOfWork

ACTIONS = {
    "invite": "invitar personas",
    "grant": "dar roles",
    "revoke": "quitar roles",
    "substitute": "nombrar sustitutos",
}
WHOSE_INSTITUTION = (
    "Solo el rol sectorialista actúa por una institución, y siempre por una. Se dice desde la API, en organizationId:"
    " `organizations` las busca y `registerOrganization` agrega la que falta."
)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


class WrongTerritory(RuleBroken):
    """The role is not worn in such a territory."""

    code = "TERRITORY_NOT_FOR_ROLE"


class OrganizationRequired(RuleBroken):
    """A sector partner acts for an institution; nobody else does."""

    code = "ORGANIZATION_REQUIRED"


class DemoUser(RuleBroken):
    """A REAL installation knows no invented people."""

    code = "DEMO_USER"


def check_person(uow: UnitOfWork, user: User) -> None:
    """Refuse to change one's own rights, and those of demo users in a REAL installation."""
    if user.id == uow.user_id:
        raise OwnRights("Nadie cambia sus propios permisos: pídalo a otra persona administradora.")
    if user.demo and uow.settings.installation is InstallationKind.REAL:
        raise DemoUser("Una instalación real no admite cuentas de demostración.")


def lock_users(uow: UnitOfWork, *user_ids: UUID) -> None:
    """Wait for whoever changes the rights of these people, the actor's or those that they wear for somebody absent.

    Always in the same order, and never as `FOR UPDATE`: rows that only name a person, as who granted something, would
    wait as well, and two administrators who change each other's rights would do so for ever.

    Raises
    ------
    Conflict
        If the actor lost a role while they waited: of two who take each other's roles away, one does.
    """
    table = table_of(User)
    absent = {one for one in uow.access.actor.personas if one} if uow.access else set()  # with whose role theirs ends
    people = {*user_ids, *absent, *([uow.user_id] if uow.user_id else [])}
    statement = select(table.c.id).where(table.c.id.in_(people)).order_by(table.c.id)
    with uow.unscoped("whose rights change") as session:
        session.execute(statement.with_for_update(key_share=True)).all()
    if uow.access is not None and not set(uow.access.actor.hats) <= {hat_of(one) for one in worn_assignments(uow)}:
        raise Conflict("Sus permisos cambiaron mientras tanto; revise y reintente.")


def check_new_assignments(
    uow: UnitOfWork, user: User, made: list[Assignment], instead_of: Sequence[Assignment] = ()
) -> None:
    """Refuse what the person has already; one at a time, so that two who click at once do not both pass.

    What is to end `instead_of` this is not counted.
    """
    lock_users(uow, user.id)
    others = table_of(Assignment).c.id.not_in([one.id for one in instead_of])
    with uow.unscoped("what they hold already") as session:
        if any(session.scalars(select(Assignment).where(same_as(one), others)).first() for one in made):
            raise AlreadyGranted("Esa persona ya tiene ese rol ahí en esos días.")


def same_as(made: Assignment) -> ColumnElement[bool]:
    """Return the condition of live assignments of the same role, place and person on some of the same days."""
    table, alike = table_of(Assignment).c, ("user_id", "role", "territory", "organization_id", "substitutes_id")
    same = [table[name].is_not_distinct_from(getattr(made, name)) for name in alike]
    begun = table.valid_from < made.valid_until if made.valid_until else true()
    unended = or_(table.valid_until.is_(None), table.valid_until > made.valid_from)
    return and_(*same, begun, unended, table.revoked_at.is_(None))


def check_username(username: str, field: str = "input.username") -> None:
    """Refuse a user name that cannot be told apart, or that is a RUN: it stands in logs and audits.

    Examples
    --------
    >>> check_username("paula.rojas")
    """
    try:
        is_run = bool(parse_run(username))
    except InvalidRun:
        is_run = False
    if is_run or not USERNAME.fullmatch(username):
        sentence = "El nombre de usuario lleva de 3 a 64 letras minúsculas, dígitos, «.», «_» o «-», y nunca es un RUN."
        raise InvalidInput(sentence, field=field)


def check_issuer(uow: UnitOfWork, issuer: str | None) -> None:
    """Refuse a provider whose tokens count nowhere here: such an account would keep its name and let nobody in.

    `iss` is compared letter by letter (OpenID Connect Core 1.0, section 3.1.3.7). Where no provider is set yet, the one
    that is named is at least an address of one.
    """
    trusted, field = uow.settings.trusted_issuers, "input.issuer"
    if trusted and issuer not in trusted:
        own = " o ".join(trusted)
        raise InvalidInput(f"Esta instalación no conoce ese proveedor de identidad: el suyo es {own}.", field=field)
    if not trusted and not (issuer and issuer.startswith("https://") and is_secure(issuer)):
        sentence = "El proveedor de identidad es una dirección https, la que dirá el claim iss de sus tokens."
        raise InvalidInput(sentence, field=field)


def check_territory(uow: UnitOfWork, role: Role, territory: str) -> None:
    """Refuse a territory that there is not, and less than the country for a role whose rules are national.

    A national rule reaches every commune whatever the territory says: granted in one commune, it would be a way out of
    it.
    """
    field = "input.grant.territory"
    try:
        communes = communes_of(territory)
    except KeyError:
        raise InvalidInput("El territorio es una comuna, una región o «CL».", field=field) from None
    if communes is not None and role in national_roles(uow):
        raise WrongTerritory("Ese rol se ejerce en todo el país: asígnelo en «CL».", field=field)


def check_organization(uow: UnitOfWork, role: Role, territory: str, organization: Organization | None) -> None:
    """Refuse a sector partner without an institution of the territory, and an institution for any other role."""
    field = "input.grant.organizationId"
    if (role is Role.SECTOR_PARTNER) != (organization is not None):
        raise OrganizationRequired(WHOSE_INSTITUTION, field=field)
    communes = communes_of(territory)
    if organization and communes is not None and organization.commune_code not in communes:
        raise WrongTerritory("La institución no es de ese territorio.", field=field)


def require_everywhere(uow: UnitOfWork, action: str, territory: str, sentence: str = "") -> None:
    """Refuse unless a role of the actor's own lets them do `action` of `user` in every commune of a territory.

    Raises
    ------
    AccessDenied
        It says whether it is the action that is not theirs, or the territory.
    OwnRoleRequired
        If they could by a role that they wear for somebody absent.
    """
    if uow.access is None:
        return
    guard, actor = uow.access.guard, uow.access.actor

    def allows(who: Actor) -> bool:  # what a role that they wear denies is denied to their own
        return all(reaches(guard, one, action, territory) for one in (who, own(who)))

    if allows(actor):
        return
    if reaches(guard, actor, action, territory):
        raise OwnRoleRequired(
            f"Para {ACTIONS[action]} se necesita un rol propio: no basta el de quien usted reemplaza."
        )
    somewhere = guard.arms(actor, "user", action, DataClass.BASIC)
    place = f"Puede {ACTIONS[action]}, pero no en ese territorio."
    raise denial(actor, allows, place if somewhere else sentence or f"Sus roles no permiten {ACTIONS[action]}.")


def communes_counted(uow: UnitOfWork, changing: Sequence[Assignment], action: str) -> frozenset[str] | None:
    """Return the communes where the actor's own roles allow `action`, with those of these assignments; None: all."""
    if uow.access is None:
        return None
    mine = whole(uow.access.guard.arms(own(uow.access.actor), "user", action, DataClass.BASIC))
    found = [mine, *(communes_of(one.territory) for one in changing)]
    return None if None in found else frozenset().union(*(one or () for one in found))


def national_roles(uow: UnitOfWork) -> frozenset[Role]:
    """Return the roles to which some rule gives the whole country."""
    return _with(uow, lambda rule: rule.ambit == Ambit.NATIONAL)


def granting_roles(uow: UnitOfWork) -> frozenset[Role]:
    """Return the roles that may give roles to others."""
    return _with(uow, lambda rule: rule.resource == "user" and rule.action in ("*", "grant", "invite"))


def naming_roles(uow: UnitOfWork) -> frozenset[Role]:
    """Return the roles that may say who stands in for others."""
    return _with(uow, lambda rule: rule.resource == "user" and rule.action in ("*", "substitute"))


def denying_roles(uow: UnitOfWork) -> frozenset[Role]:
    """Return the roles that take something away from whoever wears them."""
    return frozenset(Role(r.role.removeprefix("role:")) for r in _policy(uow)[0] if r.effect == "deny")


def _with(uow: UnitOfWork, holds: Callable[[Rule], bool]) -> frozenset[Role]:
    rules, inherits = _policy(uow)
    named = {rule.role for rule in rules if rule.effect == "allow" and holds(rule)}
    while more := {role for role, included in inherits if included in named} - named:
        named |= more
    return frozenset(Role(name.removeprefix("role:")) for name in named)


def _policy(uow: UnitOfWork) -> tuple[Sequence[Rule], Sequence[tuple[str, str]]]:
    if uow.access is None:
        return read_policy(POLICY)
    return uow.access.guard.rules, uow.access.guard.inherits
