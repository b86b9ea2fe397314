"""What kind of installation this is: DEMO holds invented people; REAL starts only when it may hold true ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, inspect, select

from authz.scope import table_of
from core.audit import begin_anchors
from core.audit.digest import head_digest
from core.audit.seal import entry_digest
from core.database import ScopedSession, machinery, make_engine
from core.errors import InvalidInput, RuleBroken
from core.host import Host
from core.models.audit import AuditEntry, AuditHead
from core.models.modules import Installation
from core.models.users import User
from core.rules.clear_text import check_clear
from core.settings import InstallationKind, Settings, is_secure
from core.unit_of_work import UnitOfWork

# What has to be decided and signed before true people's data come in, with the law that asks for it.
CHECKLIST: Mapping[str, str] = {
    "legal_basis": "Base legal de cada tratamiento y acuerdo con cada fuente (Ley 21.719, arts. 20 y 22; "
    "Ley 21.430, art. 66).",
    "retention": "Plazos de conservación, y qué se borra o anonimiza al vencer (Ley 21.719, arts. 14 ter y 22).",
    "impact_assessment": "Evaluación de impacto en protección de datos, hecha y firmada (Ley 21.719, art. 15 ter).",
    "subject_rights": "Quién responde las solicitudes de acceso, rectificación, supresión y oposición, en 30 días "
    "corridos (Ley 21.719, arts. 4 a 11).",
}
FOREIGN_KEYS = "Las claves de keys.json no son las de esta base: recupere las suyas del respaldo."


class AlreadySigned(RuleBroken):
    """The item of the legal checklist has its signature; another one is asked for by name."""

    code = "ALREADY_SIGNED"


@dataclass(frozen=True)
class Problem:
    """Why an installation may not start.

    Parameters
    ----------
    code : str
    message : str
        A Spanish sentence that says what to do.
    """

    code: str
    message: str


def ensure_installation(uow: UnitOfWork, kind: InstallationKind, demo_seed: int | None = None) -> Installation:
    """Return the one row that says what this installation is, made on the first call with the anchors' first mark.

    Parameters
    ----------
    uow : UnitOfWork
        Of the machinery.
    kind : InstallationKind
        What it becomes; what it is already stays.
    demo_seed : int, optional
    """
    found = uow.session.scalars(select(Installation)).one_or_none()
    if found is None:
        found = Installation(id=uow.new_id(), kind=kind, demo_seed=demo_seed, created_at=uow.now())
        uow.session.add(found)
        uow.session.flush()
        begin_anchors(uow)
    return found


def installed(host: Host) -> Installation | None:
    """Return what this installation is; None where its database is empty."""
    if not inspect(host.database).has_table(table_of(Installation).name):
        return None
    with machinery(host.database, "what kind of installation this is") as session:
        return session.scalars(select(Installation)).one_or_none()


def holds_installation(address: str) -> bool:
    """Whether the database at an address was begun: told without keys, since it is asked where they are gone."""
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            made = table_of(Installation)
            return (
                inspect(connection).has_table(made.name) and connection.execute(select(made.c.id)).first() is not None
            )
    finally:
        engine.dispose()


def lives_on(host: Host) -> date | None:
    """Return the day on which a demo country lives; None where there is no whole one."""
    found = installed(host)
    return found.demo_day if found else None


def unfinished_demo(host: Host) -> Problem | None:
    """Return how a demo country is made again whose making was cut short; None for a whole one, and for a REAL base."""
    if host.settings.installation is not InstallationKind.DEMO:
        return None
    found = installed(host)
    if found is None:
        return Problem("DEMO_UNFINISHED", "La base de demostración está vacía: haga el país con `oln demo`.")
    if found.kind != InstallationKind.DEMO or found.demo_day:
        return None
    return Problem("DEMO_UNFINISHED", f"El país de demostración quedó a medias. {anew(host.settings)}")


def anew(settings: Settings) -> str:
    """Say how a demo is made again; the folder alone is not enough where the base stands elsewhere."""
    elsewhere = " y la base de OLN_DATABASE_URL" if settings.database_url else ""
    return f"Para hacer otro, borre la carpeta {settings.home}{elsewhere}, y corra `oln demo`."


def sign_item(uow: UnitOfWork, item: str, signed_by: str, document: str, replace: bool = False) -> Installation:
    """Put a signature under one item of the legal checklist.

    Parameters
    ----------
    uow : UnitOfWork
        Of the machinery.
    item : str
        One of :data:`CHECKLIST`.
    signed_by : str
        Name and office of who answers for it.
    document : str
        Where the signed act is kept: its number and date.
    replace : bool
        Whether a signature that is there gives way; it stays in the record, behind the new one.

    Raises
    ------
    InvalidInput
        For an item that there is not, a signature without a name or a document, or with a RUN in it.
    AlreadySigned
        If the item has a signature, and it is not to be replaced.
    """
    if item not in CHECKLIST:
        raise InvalidInput(f"La lista tiene estos puntos: {', '.join(CHECKLIST)}.", field="item")
    if not signed_by.strip() or not document.strip():
        raise InvalidInput("Indique quién firma y en qué documento consta.", field="signedBy")
    check_clear(signed_by, "signedBy")
    check_clear(document, "document")
    installation = ensure_installation(uow, InstallationKind.REAL)
    signature = f"{signed_by.strip()}; {document.strip()}; {uow.today().isoformat()}"
    if before := installation.checklist.get(item):
        if not replace:
            raise AlreadySigned(f"«{item}» ya está firmado: {before}. Para firmarlo de nuevo, agregue --replace.")
        signature = f"{signature} (antes: {before})"
    installation.checklist = installation.checklist | {item: signature}
    uow.session.add(installation)
    uow.session.flush()
    return installation


def check_open(host: Host) -> Problem | None:
    """Return why nothing may open this base with these settings and keys; an empty one has nothing to lose.

    Parameters
    ----------
    host : Host
        Over a base of any version, also one that is older than this program.
    """
    with machinery(host.database, "may the base be opened", reading=True) as session:
        connection = session.connection()
        tables = set(inspect(connection).get_table_names())
        if table_of(Installation).name in tables:
            made = connection.execute(select(table_of(Installation).c.kind)).scalar()
            if found := _kind(made, host.settings.installation):
                return found
        if table_of(AuditHead).name in tables and not _sealed_with(connection, host.ring.audit):
            return Problem("FOREIGN_KEYS", FOREIGN_KEYS)
    return None


def _sealed_with(connection: Connection, key: bytes) -> bool:
    """Whether any chain's head, or else its first entry, was made with this key: the others may be tampered with."""
    head, entry = table_of(AuditHead), table_of(AuditEntry)
    last = (entry.c.chain == head.c.chain) & (entry.c.sequence == head.c.sequence)
    heads = connection.execute(select(head.c.chain, head.c.sequence, head.c.digest, entry.c.digest).join(entry, last))
    fit = [digest == head_digest(key, chain, sequence, said) for chain, sequence, digest, said in heads]
    if any(fit):
        return True
    first = [dict(row) for row in connection.execute(select(entry).where(entry.c.sequence == 1)).mappings()]
    return any(entry_digest(key, row) == row["digest"] for row in first) or not (fit or first)


def check_start(host: Host, *, synthetic_model: bool = False) -> list[Problem]:
    """Return why this installation may not start as the settings say; nothing where it may.

    Parameters
    ----------
    host : Host
    synthetic_model : bool
        Whether the active model was trained on invented people: scoring knows, and this room may not ask it.

    Returns
    -------
    list of Problem
        For a DEMO that was made as one, to its end: only what is wrong with the settings.
    """
    kind = host.settings.installation
    with machinery(host.database, "may the installation start", reading=True) as session:
        made = session.scalars(select(Installation)).one_or_none()
        changed = _kind(made.kind if made else None, kind)
        found = [changed] if changed else []
        if kind is InstallationKind.REAL:
            found += _people(session)
            found += _checklist(made)
    elsewhere = kind is not InstallationKind.REAL and host.settings.issuer
    if elsewhere and not is_secure(elsewhere):
        found.append(_insecure(elsewhere))
    if not found and (cut_short := unfinished_demo(host)):
        found.append(cut_short)
    if kind is InstallationKind.REAL:
        found += _keys_and_issuer(host)
        if synthetic_model:
            found.append(Problem("SYNTHETIC_MODEL", "El modelo activo se entrenó con personas inventadas: retírelo."))
    return found


def _kind(made: str | None, kind: InstallationKind) -> Problem | None:
    if made is None or made == kind:
        return None
    other = " Una REAL empieza en otra carpeta (OLN_HOME)." if kind is InstallationKind.REAL else ""
    return Problem("KIND_CHANGED", f"Esta base es de una instalación {made}: defina OLN_INSTALLATION={made}.{other}")


def _people(session: ScopedSession) -> list[Problem]:
    demo: UUID | None = session.execute(select(table_of(User).c.id).where(table_of(User).c.demo).limit(1)).scalar()
    return [Problem("DEMO_USERS", "Hay cuentas de demostración: empiece con una base vacía.")] if demo else []


def _checklist(made: Installation | None) -> list[Problem]:
    signed = made.checklist if made else {}
    return [
        Problem("CHECKLIST_UNSIGNED", f"Falta firmar «{item}»: {text}")
        for item, text in CHECKLIST.items()
        if not signed.get(item)
    ]


def _keys_and_issuer(host: Host) -> list[Problem]:
    found = []
    if host.ring.is_sample():
        found.append(Problem("SAMPLE_KEYS", "Las claves son las de muestra, que son públicas: genere otras."))
    if not host.settings.issuer:
        sentence = "Sin OLN_ISSUER firma los accesos el emisor de desarrollo: indique un proveedor OpenID Connect."
        found.append(Problem("DEVELOPMENT_ISSUER", sentence))
    elif not (host.settings.issuer.startswith("https://") and is_secure(host.settings.issuer)):
        found.append(_insecure(host.settings.issuer))
    return found


def _insecure(issuer: str) -> Problem:
    sentence = f"OLN_ISSUER es {issuer} y debe empezar con https://: sin cifrado, otro puede firmar."
    return Problem("INSECURE_ISSUER", sentence)
