"""The lists of codes that a mutation is asked with, for menus of a client: what the catalogues of `core/data` hold."""

import strawberry

from scoring.services.discards import discard_reasons


@strawberry.type(description="Un motivo para sacar a un NNA de la nómina del mes.")
class DiscardReason:
    code: str = strawberry.field(description="Código estable, como lo pide discardFromNomina en reasonCode.")
    label: str = strawberry.field(description="Nombre para mostrar.")
    definition: str = strawberry.field(description="Cuándo corresponde.")


@strawberry.type
class CatalogueQuery:
    @strawberry.field(description="Los motivos con que se saca a un NNA de la nómina del mes, para discardFromNomina.")
    def discard_reasons(self) -> list[DiscardReason]:
        found = discard_reasons()
        return [DiscardReason(code=one.code, label=one.label_es, definition=one.definition_es) for one in found]
