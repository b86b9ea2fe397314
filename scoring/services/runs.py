"""Prepare a commune's list of a month: read, order, freeze."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from authz.scope import table_of
from core.audit import record_bulk
from core.calendar import office_zone, today_in
from core.errors import Conflict, InvalidInput
from core.models.nomina import EntryState, NominaDiscard, NominaEntry, NominaRun, RunState, ScoreSource
from core.reference import catalogue_hash, catalogue_version, list_parameters, list_rules
from core.unit_of_work import UnitOfWork
from scoring.errors import PeriodNotYet, PeriodOver
from scoring.model import Model
from scoring.nomina.facts import Inputs, Month, digest
from scoring.nomina.listing import Row, list_hash, make_list
from scoring.services.capacity import draw_capacity_line
from scoring.services.inputs import read_children
from scoring.services.scores import Scores, notice, read_scores

RUN, ENTRY, DISCARD = table_of(NominaRun), table_of(NominaEntry), table_of(NominaDiscard)
MOST_FAMILIES = 100_000  # a month: more than any office could; the largest commune has fewer children
LIVE = (RunState.DRAFT, RunState.PUBLISHED)
# What a list reads besides the records: another version of any of them may make another list of the same inputs.
CATALOGUES = ("list_rules", "list_parameters", "territorial_alert_types", "chcc_alert_types", "case_exit_reasons")


@dataclass(frozen=True)
class Scoring:
    """How a run is scored, and for how many families the office has room.

    Parameters
    ----------
    source : ScoreSource
        The ministry's score unless a commune chooses another.
    model : Model, optional
        For ESTIMATED.
    capacity : int, optional
        Families in the month; where none is given, `OFFICE_MONTHLY_CAPACITY`: the average of the pilot's offices.
    """

    source: ScoreSource = ScoreSource.IMPORTED
    model: Model | None = None
    capacity: int | None = None


def prepare_nomina(uow: UnitOfWork, commune: str, period: date, scoring: Scoring | None = None) -> NominaRun:
    """Prepare a draft of a commune's list for a month; an earlier run of the month stays as it is.

    The inputs are read as of today (case states: as of the 23rd of the month before), put in the official order and
    frozen: the entries hold every key, the run holds the hash of the inputs and of the list. The same inputs give the
    same hashes. Children whom somebody discarded from a run of the month stand discarded in this one too.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.
    period : date
        Any day of the month.
    scoring : Scoring, optional
        The ministry's score and the default capacity where none is given.

    Returns
    -------
    NominaRun
        A draft, with the next sequence of the month.

    Raises
    ------
    AccessDenied
        If the actor may not prepare the list of this commune.
    InvalidInput
        If there is no such commune, or the capacity cannot be one.
    ModelMissing, SyntheticModel
        If the estimate cannot be made, or not here.
    Conflict
        If somebody prepares the same month at this moment.
    """
    uow.require_in("nomina", "prepare", commune)
    inputs, scores = read_inputs(uow, commune, period, scoring or Scoring())
    rows = make_list(inputs, list_rules(inputs.rules_version), scores.explain)
    run = _run(uow, inputs, notice(scores, inputs))
    run.list_hash = list_hash(run, rows)
    earlier = lock_month(uow, commune, run.period)
    run.sequence = 1 + max((one.sequence for one in earlier), default=0)
    try:
        uow.add(run)
    except IntegrityError:
        raise Conflict("Otra persona está preparando la nómina de este mes; reintente.") from None
    _store(uow, run, rows, _discarded(uow, commune, run.period))
    return run


def lock_month(uow: UnitOfWork, commune: str, period: date) -> list[NominaRun]:
    """Lock the runs of a month, newest first, until the end of the unit of work.

    Whoever prepares, publishes or discards holds them, so that no decision falls between two lists.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.
    period : date
        First day of the month.

    Returns
    -------
    list of NominaRun
    """
    statement = (
        select(NominaRun)
        .where(RUN.c.commune_code == commune, RUN.c.period == period)
        .order_by(RUN.c.sequence.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(uow.session.scalars(statement))


def open_month(uow: UnitOfWork, commune: str, period: date) -> Month:
    """Return the month of a list, if it is the one that runs in the commune.

    A list looks at how everybody stands on the day it is made, so a month that has ended can no longer be listed
    truly; what was published in it stays.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.
    period : date
        Any day of the month.

    Returns
    -------
    Month

    Raises
    ------
    InvalidInput
        If there is no such commune.
    PeriodNotYet, PeriodOver
        If the month has not begun, or has ended.
    """
    today = today_in(_zone(commune), uow.now())
    first, running = period.replace(day=1), today.replace(day=1)
    if first > running:
        raise PeriodNotYet("Ese mes aún no comienza.", field="input.period")
    if first < running:
        raise PeriodOver(
            f"Ese mes ya terminó: la nómina mira cómo está cada NNA hoy. Publique la de {running:%Y-%m}.",
            field="input.period",
        )
    return Month.of(commune, first, today)


def read_inputs(uow: UnitOfWork, commune: str, period: date, scoring: Scoring) -> tuple[Inputs, Scores]:
    """Read everything that a run of a month would be made of now.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
    period : date
    scoring : Scoring

    Returns
    -------
    tuple of Inputs and Scores

    Raises
    ------
    InvalidInput
        If there is no such commune, or the capacity cannot be one.
    PeriodNotYet, PeriodOver
        If the month has not begun, or has ended.
    """
    month = open_month(uow, commune, period)
    capacity = list_parameters()["OFFICE_MONTHLY_CAPACITY"].value if scoring.capacity is None else scoring.capacity
    if not 0 <= capacity <= MOST_FAMILIES:
        raise InvalidInput(f"La capacidad va de 0 a {MOST_FAMILIES} familias.", field="input.capacity")
    uow.session.flush()
    with uow.unscoped("a list is the same whoever prepares it") as session:
        children = read_children(session, month)
    scores = read_scores(uow, month, scoring.source, scoring.model)
    inputs = Inputs(
        month=month,
        source=scoring.source,
        score_version=scores.version,
        score_digest=scores.digest,
        rules_version=catalogue_version("list_rules"),
        rules_hash=digest({name: catalogue_hash(name) for name in CATALOGUES}),
        capacity=capacity,
        children=[replace(child, score=scores.by_child.get(child.nna_id)) for child in children.listed],
        excluded=children.excluded,
        overdue=children.overdue,
    )
    return inputs, scores


def _zone(commune: str) -> Any:
    try:
        return office_zone(commune)
    except KeyError:
        raise InvalidInput("No existe una comuna con ese código.", field="input.communeCode") from None


def _run(uow: UnitOfWork, inputs: Inputs, said: str | None) -> NominaRun:
    return NominaRun(
        id=uow.new_id(),
        commune_code=inputs.month.commune,
        period=inputs.month.period,
        sequence=0,
        state=RunState.DRAFT,
        score_source=inputs.source,
        score_version=inputs.score_version,
        rules_version=inputs.rules_version,
        inputs_hash=inputs.hash,
        list_hash="",
        cut_on=inputs.month.cut_on,
        capacity=inputs.capacity,
        listed=len(inputs.children),
        excluded=len(inputs.excluded),
        notice=said,
    )


def _discarded(uow: UnitOfWork, commune: str, period: date) -> dict[UUID, Row]:
    """Return who stands discarded this month, by child: the last word on each, in whichever list it was said.

    A child may be off one list (excluded for some days, say) and on the next; what a person decided of it holds on.
    """
    statement = (
        select(DISCARD)
        .join(ENTRY, ENTRY.c.id == DISCARD.c.entry_id)
        .join(RUN, RUN.c.id == ENTRY.c.run_id)
        .where(RUN.c.commune_code == commune, RUN.c.period == period)
        .order_by(RUN.c.sequence, DISCARD.c.discarded_at, DISCARD.c.id)
    )
    with uow.unscoped("what was discarded this month; the right to prepare was asked") as session:
        words = {row.nna_id: row._asdict() for row in session.execute(statement)}
    return {nna: word for nna, word in words.items() if word["reverted_at"] is None}


def _store(uow: UnitOfWork, run: NominaRun, rows: list[Row], carried: Mapping[UUID, Row]) -> None:
    """Insert the entries at once, and again the discards that were already decided this month."""
    now = uow.now()
    stamp = {"commune_code": run.commune_code, "version": 1, "created_at": now, "updated_at": now}
    entries: list[Row] = []
    discards: list[Row] = []
    for row in rows:
        word = carried.get(row["nna_id"])
        state = EntryState.DISCARDED if word else EntryState.LISTED
        entry = {**row, **stamp, "id": uow.new_id(), "run_id": run.id, "state": state}
        entries.append(entry)
        if word:
            discards.append({**word, **stamp, "id": uow.new_id(), "entry_id": entry["id"]})
    with uow.unscoped("the entries of a run, in one statement; the right to prepare was asked") as session:
        for table, made in ((ENTRY, entries), (DISCARD, discards)):
            if made:
                session.connection().execute(insert(table), made)
                record_bulk(uow, table.name, len(made), run.list_hash, run.commune_code)
    if discards:
        draw_capacity_line(uow, run)
