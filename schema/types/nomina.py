"""The prioritised list: runs, entries, discards, and the score that may order it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from authz.actor import DataClass
from core.models import extracts, nomina
from core.models.extracts import Nature
from core.models.nomina import EntryState, RunState, ScoreSource
from core.models.territory import Commune as CommuneRow
from core.reference import ListEffect
from schema.read.declare import Connection, Node, Record, column, expose, lazy, to_many, to_one

if TYPE_CHECKING:
    from schema.types.families import Family
    from schema.types.people import Nna
    from schema.types.territory import Commune

BASIC, RISK, JUDICIAL = DataClass.BASIC, DataClass.RISK, DataClass.JUDICIAL


@expose(nomina.NominaRun, prefix="run", description="Nómina priorizada de una comuna y un mes.")
class Nomina(Record):
    commune_code: str = column(BASIC, "Comuna (CUT).", filter=True)
    commune: Annotated["Commune", lazy] | None = to_one(
        BASIC, "Comuna.", nomina.NominaRun.commune_code, CommuneRow.code
    )
    period: date = column(BASIC, "Mes (su primer día).", filter=True, order=True)
    sequence: int = column(BASIC, "Vez que se preparó en el mes.", order=True)
    state: RunState = column(BASIC, "Estado.", filter=True)
    score_source: ScoreSource = column(BASIC, "De dónde viene el puntaje.")
    score_version: str | None = column(BASIC, "Versión del instrumento o del modelo.")
    rules_version: str = column(BASIC, "Versión de la regla de prelación.")
    inputs_hash: str = column(BASIC, "Huella de las entradas, que quedan congeladas.")
    list_hash: str = column(BASIC, "Huella de la lista: las mismas entradas dan los mismos bytes.")
    cut_on: date = column(BASIC, "Fecha de corte de los estados de caso.")
    capacity: int = column(BASIC, "Familias que la oficina puede recibir en el mes; sin contar las descartadas.")
    listed: int = column(BASIC, "NNA en la lista.")
    excluded: int | None = column(RISK, "NNA excluidos por estar en protección especializada.")
    notice: str | None = column(BASIC, "Lo que hay que saber de esta lista, por ejemplo que no tiene puntaje.")
    published_at: datetime | None = column(BASIC, "Cuándo se publicó.")
    published_name: str | None = column(BASIC, "Quién la publicó.")
    entries: Connection[Annotated["NominaEntry", lazy]] | None = to_many(
        BASIC, "Lugares de la lista que usted puede ver, en orden.", nomina.NominaEntry.run_id, "position"
    )


@expose(nomina.NominaEntry, prefix="ent", description="Lugar de un NNA en una nómina, y por qué.")
class NominaEntry(Record):
    position: int = column(RISK, "Lugar en la lista.", filter=True, order=True)
    family_position: int = column(RISK, "Lugar de la familia: los hermanos van juntos.", filter=True, order=True)
    within_capacity: bool = column(
        RISK, "Si está sobre la línea de capacidad, que baja cuando se descarta a una familia.", filter=True
    )
    block: str = column(RISK, "Bloque de la regla: con o sin alertas territoriales.", filter=True)
    has_address: bool = column(RISK, "Clave: tiene domicilio en la comuna.")
    last_priority: bool = column(RISK, "Clave: está en última prioridad.")
    territorial_alerts: int = column(RISK, "Clave: alertas territoriales vigentes.")
    has_chcc_alert: bool = column(RISK, "Clave: tiene alguna alerta homologada de Chile Crece Contigo.")
    chcc_alerts: int = column(RISK, "Clave: alertas homologadas de Chile Crece Contigo.")
    percentile: float | None = column(RISK, "Clave: percentil del puntaje.")
    score: float | None = column(RISK, "Clave: puntaje.")
    score_rank: int | None = column(RISK, "Clave: lugar en el orden que entregó el ministerio; 1 es el primero.")
    score_low: float | None = column(RISK, "Extremo inferior del intervalo, si es una estimación nuestra.")
    score_high: float | None = column(RISK, "Extremo superior del intervalo, si es una estimación nuestra.")
    deciding_key: str = column(RISK, "Clave que lo puso detrás del anterior.")
    deciding_reason: str = column(RISK, "La misma, en palabras.")
    reasons: list[str] = column(RISK, "Por qué está aquí, en palabras.")
    state: EntryState = column(RISK, "Estado.", filter=True)
    created_at: datetime = column(RISK, "Cuándo se preparó.", order=True)
    nna: Annotated["Nna", lazy] | None = to_one(RISK, "Quién.", nomina.NominaEntry.nna_id)
    family: Annotated["Family", lazy] | None = to_one(
        RISK, "Su familia al preparar la lista.", nomina.NominaEntry.family_id
    )
    discards: Connection[Annotated["NominaDiscard", lazy]] | None = to_many(
        RISK, "Descartes de este lugar, revertidos o no.", nomina.NominaDiscard.entry_id, "-discardedAt"
    )
    nomina: Annotated["Nomina", lazy] | None = to_one(RISK, "De qué nómina.", nomina.NominaEntry.run_id)


@expose(nomina.NominaDiscard, prefix="dis", description="Descarte de un NNA de la nómina, con motivo.")
class NominaDiscard(Record):
    reason_code: str = column(RISK, "Motivo, en el catálogo.")
    comment: str = column(RISK, "Comentario.")
    discarded_at: datetime = column(RISK, "Cuándo.", order=True)
    reverted_at: datetime | None = column(RISK, "Cuándo se revirtió.")
    revert_comment: str | None = column(RISK, "Por qué se revirtió.")
    entry: Annotated["NominaEntry", lazy] | None = to_one(RISK, "Lugar descartado.", nomina.NominaDiscard.entry_id)


@expose(extracts.OfficialScore, prefix="scr", description="Puntaje oficial de un mes.")
class OfficialScore(Node):
    period: date = column(RISK, "Mes (su primer día).", order=True)
    score: float = column(RISK, "Puntaje.")
    percentile: float = column(RISK, "Percentil.")
    rank: int | None = column(RISK, "Lugar en el orden que entregó el ministerio; 1 es el primero.")
    instrument_version: str = column(RISK, "Versión del instrumento del ministerio.")
    extract: Annotated["Extract", lazy] | None = to_one(
        RISK, "Archivo de que viene.", extracts.OfficialScore.extract_id
    )
    nna: Annotated["Nna", lazy] | None = to_one(RISK, "De quién.", extracts.OfficialScore.nna_id)


@expose(extracts.ListStatus, prefix="exc", description="Estado que mueve el lugar de un NNA en la nómina.")
class ListStatus(Node):
    reason_code: str = column(JUDICIAL, "Estado, en el catálogo.")
    effect: ListEffect = column(JUDICIAL, "Efecto en la nómina.")
    programme: str | None = column(JUDICIAL, "Programa de protección.")
    valid_from: date = column(JUDICIAL, "Desde.", order=True)
    valid_until: date | None = column(JUDICIAL, "Hasta (no incluido).")
    nna: Annotated["Nna", lazy] | None = to_one(JUDICIAL, "De quién.", extracts.ListStatus.nna_id)


@expose(extracts.Extract, prefix="ext", description="Archivo recibido por convenio, con su fundamento.")
class Extract(Node):
    kind: str = column(BASIC, "Qué trae.", filter=True)
    period: date = column(BASIC, "Mes (su primer día).", order=True)
    provider: str = column(BASIC, "Quién lo entrega.")
    agreement: str = column(BASIC, "Convenio.")
    legal_basis: str = column(BASIC, "Fundamento legal.")
    expires_on: date = column(BASIC, "Último día en que el convenio permite usarlo (incluido).")
    nature: Nature = column(BASIC, "Registro administrativo o autorreporte.")
    synthetic: bool = column(BASIC, "Si son datos inventados para demostración.")
    imported_at: datetime = column(BASIC, "Cuándo se importó.", order=True)
