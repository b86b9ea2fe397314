"""Who reaches which table: one declaration each, used by the session, the read path and every check.

The tests hold that every table stands here, and that a table which holds anything of a person has a commune.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, TableClause, and_, column, exists, not_, or_, table, true

from authz.actor import Ambit, DataClass
from authz.guard import Resource
from authz.scope import ORGANIZATIONS, USERS, Condition, Scope, table_of, within
from core.models import alerts, audit, extracts, families, modules, nomina, operations, organizations, people
from core.models import territory as places
from core.models import users as accounts
from core.models.base import in_force

BASIC, CONTACT, IDENTITY = DataClass.BASIC, DataClass.CONTACT, DataClass.IDENTITY
HEALTH, JUDICIAL, RISK, AGGREGATE = DataClass.HEALTH, DataClass.JUDICIAL, DataClass.RISK, DataClass.AGGREGATE

RESOURCES = (
    Resource("nna", "NNA", ("read", "create", "edit"), (BASIC, CONTACT, IDENTITY, HEALTH, JUDICIAL, RISK)),
    Resource("family", "Familia", ("read", "create", "edit"), (BASIC, CONTACT, IDENTITY, RISK)),
    Resource("alert", "Alerta", ("read", "create", "validate"), (BASIC, IDENTITY, HEALTH, JUDICIAL, RISK)),
    Resource("nomina", "Nómina", ("read", "prepare", "publish", "discard"), (BASIC, RISK)),
    Resource("extract", "Archivo recibido", ("read", "import"), personal=False),
    Resource("organization", "Institución", ("read", "create", "edit"), personal=False),
    Resource("user", "Persona usuaria", ("read", "invite", "grant", "revoke", "substitute"), personal=False),
    Resource("module", "Módulo", ("read", "set"), personal=False),
    Resource("audit", "Auditoría", ("read",), personal=False),
    Resource("indicator", "Indicador", ("read",), (AGGREGATE,), personal=False),
)


def _thin(model: Any, *names: str) -> TableClause:
    """Give a table of these columns alone: an alias copies all that there are, and every condition makes some."""
    whole = table_of(model)
    return table(whole.name, *(column(name, whole.c[name].type) for name in names))


_HELD = ("valid_from", "valid_until")
_nna = _thin(people.Nna, "id", "family_id", "protected_address", "no_contact")
_team = _thin(people.TeamMember, "nna_id", "user_id", *_HELD)
_grant = _thin(organizations.AccessGrant, "nna_id", "organization_id", "with_identity", *_HELD)
_member = _thin(families.FamilyMember, "family_id", "relative_id", *_HELD)
_assignment = _thin(accounts.Assignment, "user_id", "territory")
_subject = _thin(audit.ReadSubject, "entry_id", "commune_code")


def in_my_team(nna: FromClause) -> ColumnElement[bool]:
    team = _team.alias()
    return exists().where(team.c.nna_id == nna.c.id, within(team.c.user_id, USERS), in_force(team))


def granted_to_us(grant: FromClause) -> ColumnElement[bool]:
    return and_(within(grant.c.organization_id, ORGANIZATIONS), in_force(grant))


def granted_with_name(grant: FromClause) -> ColumnElement[bool]:
    return and_(granted_to_us(grant), grant.c.with_identity)


def opened_to_us(nna: FromClause) -> ColumnElement[bool]:
    grant = _grant.alias()
    return exists().where(grant.c.nna_id == nna.c.id, granted_to_us(grant))


def opened_with_name(nna: FromClause) -> ColumnElement[bool]:
    grant = _grant.alias()
    return exists().where(grant.c.nna_id == nna.c.id, granted_with_name(grant))


def raised_by_us(t: FromClause) -> ColumnElement[bool]:
    return within(t.c.organization_id, ORGANIZATIONS)


def family_where(condition: Condition) -> Condition:
    """Return the family condition that one of its children of today meets `condition`."""

    def holds(family: FromClause) -> ColumnElement[bool]:
        nna = _nna.alias()
        return exists().where(nna.c.family_id == family.c.id, condition(nna))

    return holds


def relative_where(condition: Condition) -> Condition:
    """Return the condition that a relative belongs, or once belonged, to a family of a child that meets `condition`."""

    def holds(relative: FromClause) -> ColumnElement[bool]:
        nna, member = _nna.alias(), _member.alias()
        return exists().where(
            member.c.relative_id == relative.c.id, nna.c.family_id == member.c.family_id, condition(nna)
        )

    return holds


def relative_today_where(condition: Condition) -> Condition:
    """Return the condition that a relative belongs today to a family of a child that meets `condition`."""

    def holds(relative: FromClause) -> ColumnElement[bool]:
        nna, member = _nna.alias(), _member.alias()
        hers = member.c.relative_id == relative.c.id, in_force(member)
        return exists().where(*hers, nna.c.family_id == member.c.family_id, condition(nna))

    return holds


def relation_where(condition: Condition) -> Condition:
    """Return the condition that either end of a tie belongs to a child that meets `condition`, or to its family."""

    def holds(tie: FromClause) -> ColumnElement[bool]:
        nna, kin, member = _nna.alias(), _nna.alias(), _member.alias()
        itself = exists().where(nna.c.id.in_([tie.c.from_nna_id, tie.c.to_nna_id]), condition(nna))
        relative = member.c.relative_id.in_([tie.c.from_relative_id, tie.c.to_relative_id])
        family = exists().where(relative, kin.c.family_id == member.c.family_id, condition(kin))
        return or_(itself, family)

    return holds


def sealed_child(nna: FromClause) -> ColumnElement[bool]:
    return or_(nna.c.protected_address, nna.c.no_contact)


def sealed_from_me(nna: FromClause) -> ColumnElement[bool]:
    """Return the condition that a protection guards the child, and it is not of the caseload in `USERS`."""
    return and_(sealed_child(nna), not_(in_my_team(nna)))


def sealed_home(nna: FromClause) -> ColumnElement[bool]:
    """Return the condition that what tells where a child lives would tell it of a child who is sealed from me.

    Of itself, or of whoever is of its family today: siblings live at one address, and answer one telephone.
    """
    kin = _nna.alias()
    return or_(sealed_from_me(nna), exists().where(kin.c.family_id == nna.c.family_id, sealed_from_me(kin)))


def sealed_part(flag: str) -> Condition:
    """Return the condition of a part of a child's record that may carry a protection of its own, in column `flag`."""

    def holds(part: FromClause) -> ColumnElement[bool]:
        nna = _nna.alias()
        itself = and_(part.c[flag], not_(in_my_team(nna)))
        return exists().where(nna.c.id == part.c.nna_id, or_(itself, sealed_home(nna)))

    return holds


def sealed_relative(relative: FromClause) -> ColumnElement[bool]:
    """Return the condition that to call a relative of today may lead to a child who is sealed from me.

    Who asked not to be called at all is called by the team of a child of hers.
    """
    itself = and_(relative.c.no_contact, not_(relative_today_where(in_my_team)(relative)))
    return or_(itself, relative_today_where(sealed_from_me)(relative))


def assigned_in(user: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    assignment = _assignment.alias()
    return exists().where(assignment.c.user_id == user.c.id, within(assignment.c.territory, communes))


def assigned_owner(t: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    assignment = _assignment.alias()
    return exists().where(assignment.c.user_id == t.c.user_id, within(assignment.c.territory, communes))


def read_in(entry: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    subject = _subject.alias()
    return exists().where(subject.c.entry_id == entry.c.id, within(subject.c.commune_code, communes))


def anywhere(extract: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition of a file: one may bring several communes, and it is of none, so any commune opens it."""
    return true()


def is_me(user: FromClause) -> ColumnElement[bool]:
    return within(user.c.id, USERS)


def is_mine(t: FromClause) -> ColumnElement[bool]:
    return within(t.c.user_id, USERS)


CHILD = "hasta los 18 años del NNA y dos años más, salvo retención judicial (propuesta; la fija cada municipio)"
TERRITORY = "territorio, sin personas"

SCOPES = (
    Scope(places.Region, public=TERRITORY),
    Scope(places.Province, public=TERRITORY),
    Scope(places.Commune, resource="indicator", commune="code", public=TERRITORY),
    Scope(places.CommuneAlias, public=TERRITORY),
    Scope(places.OfficePeriod, public=TERRITORY),
    Scope(
        people.Nna,
        "nna",
        own=in_my_team,
        referred=opened_to_us,
        consented=opened_with_name,
        sealed=sealed_home,
        subject="id",
        retention=CHILD,
    ),
    Scope(
        people.Address,
        "nna",
        CONTACT,
        follows="nna_id",
        sealed=sealed_part("protected"),
        subject="nna_id",
        retention=CHILD,
    ),
    Scope(
        people.Contact,
        "nna",
        IDENTITY,  # that there is one who asked not to be called is told to who would else write them down anew
        follows="nna_id",
        sealed=sealed_part("no_contact"),
        subject="nna_id",
        retention=CHILD,
    ),
    Scope(people.Schooling, "nna", IDENTITY, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(people.Attendance, "nna", IDENTITY, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(people.HealthRegistration, "nna", HEALTH, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(
        people.TeamMember,
        "nna",
        follows="nna_id",
        closed={Ambit.REFERRED},  # who of the office works with a child is no institution's business
        subject="nna_id",
        retention=CHILD,
    ),
    Scope(
        families.Family,
        "family",
        own=family_where(in_my_team),
        referred=family_where(opened_to_us),
        consented=family_where(opened_with_name),
        retention=CHILD,
    ),
    Scope(
        families.Relative,
        "family",
        IDENTITY,
        own=relative_where(in_my_team),
        own_deeper=relative_today_where(in_my_team),  # who left a family is remembered there, and called elsewhere
        referred=relative_where(opened_with_name),
        consented=relative_today_where(opened_with_name),
        sealed=sealed_relative,
        retention=CHILD,
    ),
    Scope(families.FamilyMember, "family", follows="family_id", subject="nna_id", retention=CHILD),
    Scope(
        families.Relation,
        "family",
        IDENTITY,
        own=relation_where(in_my_team),
        referred=relation_where(opened_with_name),
        retention=CHILD,
    ),
    Scope(alerts.AlertReport, "alert", follows="nna_id", referred=raised_by_us, subject="nna_id", retention=CHILD),
    Scope(
        alerts.Alert,
        "alert",
        follows="nna_id",
        referred=raised_by_us,
        row_class="data_class",
        subject="nna_id",
        retention=CHILD,
    ),
    Scope(organizations.Organization, "organization", public="directorio de instituciones, sin personas"),
    Scope(
        organizations.AccessGrant,
        "nna",
        follows="nna_id",
        referred=granted_to_us,  # to whom else it was opened may tell of a programme that follows an abuse
        consented=granted_with_name,
        subject="nna_id",
        retention=CHILD,
    ),
    Scope(extracts.Extract, "extract", place=anywhere),
    Scope(extracts.ExtractArrival, internal="a qué comuna llegó cada archivo y cuándo, sin personas"),
    Scope(extracts.OfficialScore, "nna", RISK, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(extracts.ListStatus, "nna", JUDICIAL, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(nomina.NominaRun, "nomina"),
    Scope(nomina.NominaEntry, "nomina", RISK, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(nomina.NominaDiscard, "nomina", RISK, follows="nna_id", subject="nna_id", retention=CHILD),
    Scope(accounts.User, "user", place=assigned_in, own=is_me),
    Scope(accounts.Assignment, "user", commune="territory", own=is_mine),
    Scope(accounts.ConfidentialityAgreement, "user", follows="user_id", place=assigned_owner),
    Scope(modules.ModuleSwitch, "module", public="qué módulos usa cada comuna, sin personas"),
    Scope(modules.Installation, internal="una fila que describe la instalación"),
    Scope(audit.AuditEntry, "audit", commune="chain"),
    Scope(audit.AuditHead, internal="último eslabón de cada cadena"),
    Scope(audit.ReadEntry, "audit", place=read_in),
    Scope(audit.ReadSubject, "audit"),
    Scope(operations.IdempotencyKey, internal="reintentos de cada persona usuaria"),
    Scope(operations.OutboxEvent, internal="eventos por entregar"),
    Scope(operations.Lease, internal="quién corre cada tarea"),
)
