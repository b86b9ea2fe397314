"""The enums of the API, with what each word means to a person in an office."""

from authz.actor import Ambit, Purpose, Role
from core.identity import IdentifierKind
from core.models.alerts import AlertSource
from core.models.extracts import Nature
from core.models.families import FamilyRole, RelationKind
from core.models.nomina import EntryState, RunState, ScoreSource
from core.models.people import Sex
from core.reference import AlertKind, ListEffect
from core.rules.alerts import AlertState
from core.services.users import ReachDirection
from schema.read.declare import enumeration

enumeration(
    Sex,
    "Sexo registrado.",
    FEMALE="Femenino.",
    MALE="Masculino.",
    INTERSEX="Intersexual.",
    UNKNOWN="Sin información.",
)
enumeration(
    IdentifierKind,
    "Con qué documento se identifica.",
    RUN="Rol Único Nacional.",
    PROVISIONAL="Identificador provisorio escolar (IPE) u otro provisorio.",
    NONE="Sin identificador.",
)
enumeration(
    AlertKind,
    "Clase de alerta.",
    TERRITORIAL="Alerta territorial, levantada por el equipo o un sectorialista.",
    CHCC="Alerta homologada de Chile Crece Contigo.",
)
enumeration(
    AlertSource,
    "Quién levantó la alerta.",
    TEAM="El equipo de la OLN.",
    SECTOR_PARTNER="Un sectorialista de la red.",
    EXTRACT="Un archivo recibido por convenio.",
)
enumeration(
    AlertState,
    "Estado de una alerta.",
    PENDING_VALIDATION="Por validar.",
    VALIDATED="Validada.",
    DISMISSED="Desestimada.",
    INCORPORATED="Incorporada en el diagnóstico.",
    IN_ATTENTION="En atención: ligada a un objetivo del plan.",
    MITIGATED="Mitigada.",
    NOT_MITIGATED="No mitigada.",
)
enumeration(
    FamilyRole,
    "Lugar de una persona en la familia.",
    CHILD="Hijo o hija.",
    MOTHER="Madre.",
    FATHER="Padre.",
    STEP_PARENT="Padrastro o madrastra.",
    GRANDPARENT="Abuelo o abuela.",
    SIBLING="Hermano o hermana.",
    UNCLE_OR_AUNT="Tío o tía.",
    OTHER_RELATIVE="Otro familiar.",
    GUARDIAN="Cuidador o cuidadora legal.",
    NOT_RELATED="Sin parentesco.",
)
enumeration(
    RelationKind,
    "Vínculo dirigido entre dos personas: la primera es … de la segunda.",
    PARENT_OF="Padre o madre.",
    ADOPTIVE_PARENT_OF="Padre o madre adoptiva.",
    STEP_PARENT_OF="Padrastro o madrastra.",
    GUARDIAN_OF="Cuidador o cuidadora legal.",
    GRANDPARENT_OF="Abuelo o abuela.",
    SIBLING_OF="Hermano o hermana.",
    PARTNER_OF="Pareja.",
    SPOUSE_OF="Cónyuge o conviviente civil.",
    UNCLE_OR_AUNT_OF="Tío o tía.",
    OTHER_KIN_OF="Otro parentesco.",
)
enumeration(
    ScoreSource,
    "De dónde viene el puntaje que ordena la nómina.",
    IMPORTED="Puntaje oficial, importado del ministerio.",
    ESTIMATED="Estimación de riesgo de esta plataforma.",
    NONE="Sin puntaje: ordenan solo las demás claves.",
)
enumeration(
    RunState,
    "Estado de una nómina.",
    DRAFT="Preparada, aún sin publicar.",
    PUBLISHED="Publicada y vigente.",
    SUPERSEDED="Reemplazada por otra del mismo mes.",
)
enumeration(
    EntryState,
    "Estado de un lugar de la nómina.",
    LISTED="En la nómina.",
    DISCARDED="Descartado con motivo; puede revertirse.",
)
enumeration(
    Role,
    "Rol de una persona usuaria.",
    COORDINATOR="Coordinador o coordinadora OLN.",
    CASE_MANAGER="Gestor o gestora de casos.",
    FAMILY_THERAPIST="Terapeuta familiar.",
    COMMUNITY_MANAGER="Gestor o gestora comunitaria.",
    CHCC_PROFESSIONAL="Profesional de apoyo Chile Crece Contigo.",
    NETWORK_COORDINATOR="Coordinador o coordinadora de la Red Comunal.",
    SECTOR_PARTNER="Sectorialista.",
    MUNICIPAL_ADMIN="Administración municipal.",
    REGIONAL_COORDINATOR="Coordinación regional.",
    NATIONAL_ANALYST="Analista nacional.",
    AUDITOR="Auditoría.",
)
enumeration(
    Purpose,
    "Para qué se usan los datos.",
    CARE="Atención.",
    REFERRAL="Derivación.",
    SUPERVISION="Supervisión.",
    ADMINISTRATION="Administración.",
    STATISTICS="Estadística.",
    AUDIT="Auditoría.",
    EMERGENCY="Emergencia.",
)
enumeration(
    Ambit,
    "Hasta dónde llega un permiso.",
    OWN="Los NNA y familias a cargo propio.",
    REFERRED="Lo derivado a la propia institución o levantado por ella.",
    COMMUNE="El territorio asignado.",
    NATIONAL="Todo el país.",
)
enumeration(
    Nature,
    "Naturaleza de los datos recibidos.",
    ADMINISTRATIVE="Registro administrativo.",
    SELF_REPORTED="Autorreporte.",
)
enumeration(
    ListEffect,
    "Efecto de un estado sobre la nómina.",
    EXCLUDED="Excluye de la nómina.",
    LAST_PRIORITY="Última prioridad: queda al final.",
    NONE="Sin efecto.",
    NOT_STATED="La fuente no lo dice.",
)
enumeration(
    ReachDirection,
    "Hacia dónde cambia el alcance de una persona.",
    GAINS="Gana.",
    LOSES="Pierde.",
    BOTH="Gana unos registros y pierde otros.",
)
