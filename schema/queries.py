"""What clients may read: rows by the read path, and answers that services work out."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import select

from authz.denial import AccessDenied
from authz.scope import table_of
from core.errors import InvalidInput, NotFound
from core.models.nomina import NominaRun, RunState
from core.rules.matching import Hit
from core.services import access, confidentiality, explanation
from core.services.modules import ModuleState, modules_of
from core.services.people import overdue_births
from core.services.search import nnas_with_identifier, search_nna
from core.services.trail import Part, Step, StepKind, is_nna_of, read_trail
from core.services.users.listing import office_users
from core.unit_of_work import UnitOfWork
from schema.context import Context, Info
from schema.read.catalogue import Catalogue
from schema.read.declare import Connection, Node, any_node, any_nodes, held, lazy, many, one, one_by, shown
from schema.subjects import whose
from schema.types import answers
from schema.types.payloads import read_id

if TYPE_CHECKING:
    from uuid import UUID

    from schema.types.alerts import Alert, Organization
    from schema.types.families import Family
    from schema.types.nomina import Nomina
    from schema.types.people import Nna
    from schema.types.territory import Commune, Region
    from schema.types.users import User

CommuneCode = Annotated[str, strawberry.argument(description="Comuna (CUT).")]


@strawberry.type
class CoreQuery:
    node: Node | None = any_node("Un registro de cualquier tipo, por su identificador; null si no existe para usted.")
    nodes: list[Node | None] = any_nodes("Registros de cualquier tipo, en el orden pedido.")
    regions: Connection[Annotated["Region", lazy]] | None = many("Las regiones, de norte a sur.", "Region", "position")
    communes: Connection[Annotated["Commune", lazy]] | None = many("Las comunas, por nombre.", "Commune", "name")
    commune: Annotated["Commune", lazy] | None = one_by("Una comuna, por su código (CUT).", "Commune", "code")
    nna: Annotated["Nna", lazy] | None = one("Un NNA, por su identificador.", "Nna")
    family: Annotated["Family", lazy] | None = one("Una familia, por su identificador.", "Family")
    alerts: Connection[Annotated["Alert", lazy]] | None = many(
        "Las alertas que usted puede ver, las más recientes primero.", "Alert", "-createdAt"
    )
    organizations: Connection[Annotated["Organization", lazy]] | None = many(
        "El directorio de instituciones, por nombre; de ahí sale el organizationId de quien se invita.",
        "Organization",
        "name",
    )

    @held("La nómina publicada de una comuna: la de un mes, o la última.", "Nomina")
    async def nomina(
        self,
        info: Info,
        commune_code: CommuneCode,
        period: Annotated[date | None, strawberry.argument(description="Cualquier día del mes.")] = None,
    ) -> Annotated["Nomina", lazy] | None:
        run_id: Any = await info.context.work("nomina", lambda uow: published(uow, commune_code, period))
        return shown(run_id)  # type: ignore[no-any-return]  # an id, in whose place the read path puts the row

    @strawberry.field(description="Busca NNA por nombre o RUN; perdona tildes y errores de escritura.")
    async def search_nna(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="Nombre, apellidos o RUN; envíelo como variable.")],
        birth_date: Annotated[date | None, strawberry.argument(description="Fecha de nacimiento, si se sabe.")] = None,
        first: Annotated[int, strawberry.argument(description="Cuántos, de 1 a 50.")] = 20,
    ) -> answers.NnaSearch | None:
        found = await info.context.work(
            "searchNna", lambda uow: searched(info.context, uow, text, birth_date=birth_date, first=first)
        )
        hits = [
            answers.SearchHit(nna=shown(hit.nna_id), score=hit.score / 100, reasons=list(hit.reasons)) for hit in found
        ]
        return answers.NnaSearch(hits=hits)

    @strawberry.field(description="Quién pregunta, con qué roles y finalidad, y qué puede hacer.")
    def viewer(self, info: Info) -> answers.Viewer:
        return viewer_of(info.context)

    @held(
        "Gestaciones de la comuna cuya fecha probable de parto pasó hace más de dos semanas, sin nacimiento registrado:"
        " no van en la nómina. La más antigua primero.",
        "Nna",
    )
    async def overdue_births(self, info: Info, commune_code: CommuneCode) -> list[Annotated["Nna", lazy]] | None:
        late: Any = await info.context.work("overdueBirths", lambda uow: overdue_births(uow, commune_code))
        return shown(late)  # type: ignore[no-any-return]  # ids, in whose place the read path puts the rows

    @held(
        "Las personas con un rol vigente o por venir en una comuna, por nombre. Requiere invitar, dar o quitar roles,"
        " o nombrar sustitutos, en ella.",
        "User",
    )
    async def users(self, info: Info, commune_code: CommuneCode) -> list[Annotated["User", lazy]] | None:
        people: Any = await info.context.work("users", lambda uow: office_users(uow, commune_code))
        return shown(people)  # type: ignore[no-any-return]  # ids, in whose place the read path puts the rows

    @strawberry.field(description="Los módulos de la plataforma, y si la comuna los tiene activos.")
    async def modules(self, info: Info, commune_code: CommuneCode) -> list[answers.Module] | None:
        states = await info.context.work("modules", lambda uow: modules_of(uow, commune_code))
        return [module_of(state) for state in states]

    @strawberry.field(description="Por qué usted ve, o no, un campo de un registro.")
    async def access_explanation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="El registro.")],
        field: Annotated[str, strawberry.argument(description="Campo, como en el esquema: givenNames.")],
    ) -> answers.AccessExplanation | None:
        catalogue = info.schema.catalogue  # type: ignore[attr-defined]  # ours, see schema.build
        try:
            made, about = await info.context.work("accessExplanation", lambda uow: explained(uow, catalogue, id, field))
        except AccessDenied:
            info.context.named([id])
            raise
        if made is None:
            info.context.named([id])
        info.context.saw(about)  # why a field is closed tells of the child, and of who works with it
        return made

    @strawberry.field(description="Quién leyó, pidió o cambió qué en una comuna, o sobre un NNA; lo último primero.")
    async def audit_trail(
        self,
        info: Info,
        commune_code: CommuneCode,
        nna_id: Annotated[strawberry.ID | None, strawberry.argument(description="Solo sobre este NNA.")] = None,
        first: Annotated[
            int,
            strawberry.argument(
                description="Cuántos pasos, de 1 a 100; si otros son del mismo instante que el último, vienen también."
            ),
        ] = 50,
        before: Annotated[
            datetime | None,
            strawberry.argument(
                description="Solo lo anterior a este instante: el «at» del último paso que ya leyó. Ningún instante"
                " queda repartido entre dos páginas."
            ),
        ] = None,
        kinds: Annotated[
            list[StepKind] | None, strawberry.argument(description="Solo estos; todos si se omite.")
        ] = None,
    ) -> list[answers.TrailStep] | None:
        child = read_id(nna_id, "nna", "nnaId") if nna_id else None
        part = Part(first, before, frozenset(StepKind if kinds is None else kinds))
        asked = [nna_id] if nna_id else []
        try:
            steps = await info.context.work("auditTrail", lambda uow: read_trail(uow, commune_code, child, part))
        except AccessDenied:
            info.context.named(asked)
            raise
        if child and not await info.context.work("auditTrail", lambda uow: is_nna_of(uow, commune_code, child)):
            info.context.named(asked)
        return [step_of(one) for one in steps]


def searched(context: Context, uow: UnitOfWork, text: str, **more: Any) -> list[Hit]:
    """Search, and let the journal know whom: a hit says that a child is known here, and so does a number asked for."""
    holding = nnas_with_identifier(uow, text)
    if holding is not None:
        context.sought = True
        context.wanted.update(("nna", one) for one in holding)
    found = search_nna(uow, text, **more)
    context.saw(hit.nna_id for hit in found)
    return found


def published(uow: UnitOfWork, commune: str, period: date | None) -> "UUID | None":
    """Return the id of the list published last, in a month or at all, as far as the actor may know of it."""
    uow.require_known(NominaRun)
    run = table_of(NominaRun)
    statement = select(NominaRun).where(run.c.commune_code == commune, run.c.state == RunState.PUBLISHED)
    if period:
        statement = statement.where(run.c.period == period.replace(day=1))
    newest = statement.order_by(run.c.period.desc(), run.c.sequence.desc()).limit(1)
    found = uow.session.scalars(newest).one_or_none()
    return found.id if found else None


def viewer_of(context: Context) -> answers.Viewer:
    actor, host = context.actor, context.host
    text = confidentiality.agreement_text()
    return answers.Viewer(
        user=shown(actor.user_id),
        username=actor.username,
        purpose=actor.purpose,
        purposes=sorted(access.allowed_purposes(actor, host.guard)),
        roles=[
            answers.WornRole(
                role=hat.role,
                communes=sorted(hat.communes) if hat.communes else None,
                substitutes=shown(hat.stands_for),
            )
            for hat in actor.hats
        ],
        signed=actor.signed,
        agreement=answers.Agreement(version=text.version, text=text.text, hash=text.hash),
        installation=host.settings.installation,
        today=host.clock.today(),
        may=[
            answers.Permission(
                resource=p.resource,
                action=p.action,
                classes=list(p.classes),
                ambit=p.ambit,
                communes=sorted(p.communes) if p.communes else None,
                substitutes=shown(p.substitutes),
            )
            for p in access.what_i_may(actor, host.guard)
        ],
    )


def step_of(step: Step) -> answers.TrailStep:
    said = vars(step) | {"tables": list(step.tables)}
    return answers.TrailStep(**said)


def module_of(state: ModuleState) -> answers.Module:
    info, switch = state.info, state.switch
    return answers.Module(
        name=info.name,
        label=info.label,
        version=info.version,
        enabled=state.enabled,
        since=switch.updated_at if switch else None,
        reason=switch.reason if switch else None,
        switch_version=switch.version if switch else 0,
    )


def explained(
    uow: UnitOfWork, catalogue: Catalogue, text: str, field: str
) -> "tuple[answers.AccessExplanation | None, set[UUID]]":
    """Explain one field of one record, and say whose it is; what is not theirs to know of is not explained either."""
    prefix = text.rpartition("_")[0]
    entity = catalogue.by_prefix.get(prefix)
    if entity is None:
        raise InvalidInput("El identificador no es válido.", field="id")
    try:
        resource, data, table, _plugin = catalogue.source_of(entity.name, field)
    except KeyError:
        raise InvalidInput("El tipo de ese registro no tiene ese campo.", field="field") from None
    try:
        row = uow.get(entity.scope.model, read_id(text, prefix, "id"))
    except NotFound:
        return None, set()
    if not resource or (entity.scope.public and data is entity.scope.data):
        sentences = ["Es información pública: todos la ven."]
        public = answers.AccessExplanation(
            allowed=True, data_class=data, resource=resource, sentences=sentences, rules=[]
        )
        return public, set()
    made = explanation.explain_access(uow, row, resource, data, table)
    rules = [", ".join(d.rule) for d in made.decisions if d.rule]
    told = answers.AccessExplanation(
        allowed=made.allowed, data_class=data, resource=resource, sentences=list(made.sentences), rules=rules
    )
    return told, whose(catalogue, uow, [(prefix, row.id)])
