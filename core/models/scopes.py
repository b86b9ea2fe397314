"""Who reaches which table: one declaration each, used by the session, the read path and every check.

The tests hold that every table stands here, and that a table which holds anything of a person has a commune.
"""

from authz.actor import Ambit, DataClass
from authz.guard import Resource
from authz.scope import Scope
from core.models import alerts, audit, extracts, families, modules, nomina, operations, organizations, people
from core.models import territory as places
from core.models import users as accounts
from core.models.conditions import (
    anywhere,
    assigned_in,
    assigned_owner,
    assignment_in,
    family_where,
    granted_to_us,
    granted_with_name,
    in_my_team,
    is_me,
    is_mine,
    opened_to_us,
    opened_with_name,
    raised_as_known,
    raised_by_us,
    read_in,
    relation_where,
    relative_today_where,
    relative_where,
    reported_as_known,
    sealed_home,
    sealed_part,
    sealed_relative,
)

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
    Scope(families.HouseholdKey, internal="qué hogares de los archivos son de cada familia, y en qué meses"),
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
    Scope(
        alerts.AlertReport,
        "alert",
        follows="nna_id",
        referred=raised_by_us,
        tied=reported_as_known,
        subject="nna_id",
        retention=CHILD,
    ),
    Scope(
        alerts.Alert,
        "alert",
        follows="nna_id",
        referred=raised_by_us,
        tied=raised_as_known,
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
    Scope(accounts.Assignment, "user", commune="territory", place=assignment_in, own=is_mine),
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
