"""The figures of a commune that its plugins contribute."""

from typing import Annotated

import strawberry

from core.services.indicators import Figure, indicators_of
from schema.context import Info


@strawberry.type(description="Una cifra de una comuna, que aporta un módulo.")
class Indicator:
    code: str = strawberry.field(description="Código estable.")
    label: str = strawberry.field(description="Nombre para mostrar.")
    unit: str = strawberry.field(description="Qué se cuenta.")
    plugin: str = strawberry.field(description="Módulo que la aporta.")
    value: int | None = strawberry.field(description="Menos de 5 se oculta; lo demás se redondea a múltiplos de 5.")


@strawberry.type
class IndicatorQuery:
    @strawberry.field(description="Las cifras que aportan los módulos activos de una comuna.")
    async def indicators(
        self, info: Info, commune_code: Annotated[str, strawberry.argument(description="Comuna (CUT).")]
    ) -> list[Indicator] | None:
        figures = await info.context.work("indicators", lambda uow: indicators_of(uow, commune_code))
        return [shown_figure(figure) for figure in figures]


def shown_figure(figure: Figure) -> Indicator:
    made = figure.indicator
    return Indicator(code=made.code, label=made.label, unit=made.unit, plugin=figure.plugin, value=figure.value)
