"""A municipality switches modules on and off."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from core.services.modules import ModuleSetting, set_module
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, ONLY, Conflict, Keyed, Refusal

if TYPE_CHECKING:
    from schema.types.users import ModuleSwitch


@strawberry.type(description="Filas de una tabla del módulo en la comuna.")
class TouchedRows:
    table: str = strawberry.field(description="Tabla.")
    label: str = strawberry.field(description="Qué son.")
    rows: int | None = strawberry.field(
        description="Cuántas; se conservan siempre. A quien no lee esas filas, menos de 5 se oculta (null) y lo demás"
        " se redondea a múltiplos de 5."
    )


@strawberry.type(description="El cambio de un módulo, hecho o, con validateOnly, por hacer.")
class SetModuleSuccess:
    switch: Annotated["ModuleSwitch", lazy] | None = reading("La decisión registrada.", "ModuleSwitch")
    touched: list[TouchedRows] = strawberry.field(description="Qué dejaría de verse, o volvería.")
    changes: bool = strawberry.field(description="Si cambia algo: si no, ya estaba así.")
    done: bool = strawberry.field(description="Si quedó hecho; falso con validateOnly.")


@strawberry.input(description="Decisión de una comuna sobre un módulo.")
class SetModuleInput(Keyed):
    commune_code: str = strawberry.field(description="Comuna (CUT).")
    plugin: str = strawberry.field(description="Módulo, por su nombre estable.")
    enabled: bool = strawberry.field(description="Si queda activo.")
    reason: str = strawberry.field(description="Motivo; queda en la auditoría.")
    expected_version: int = strawberry.field(
        default=0, description="Versión que usted leyó; 0 si nadie lo cambió antes."
    )
    validate_only: bool = strawberry.field(default=False, description=ONLY)


SetModulePayload = Annotated[
    SetModuleSuccess | Refusal | Conflict,
    strawberry.union("SetModulePayload", description="Cómo resultó activar o desactivar un módulo."),
]


@strawberry.type
class ModulesMutation:
    @strawberry.mutation(description="Activa o desactiva un módulo en una comuna; los datos se conservan.")
    async def set_module(
        self,
        info: Info,
        input: Annotated[SetModuleInput, ASKED],
    ) -> SetModulePayload:
        answer = await carry_out(info, input, lambda uow: _switch(uow, input), _switched)
        info.context.host.forget_modules()
        return answer


def _switch(uow: UnitOfWork, asked: SetModuleInput) -> Ids:
    only = asked.validate_only
    wanted = ModuleSetting(asked.commune_code, asked.plugin, asked.enabled, asked.reason, asked.expected_version)
    made = set_module(uow, wanted, only)
    switch = made.state.switch
    touched = [[t.table, t.label, t.rows] for t in made.touched]
    return {
        "switch": shown(switch.id) if switch else None,
        "touched": touched,
        "changes": made.changes,
        "done": not only,
    }


def _switched(ids: Ids) -> SetModuleSuccess:
    touched = [TouchedRows(table=table, label=label, rows=rows) for table, label, rows in ids["touched"]]
    return SetModuleSuccess(switch=ids["switch"], touched=touched, changes=ids["changes"], done=ids["done"])
