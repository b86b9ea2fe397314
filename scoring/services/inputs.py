"""What the database says of a commune's children on the days that a list looks at.

The statements run as the platform, once the right to prepare was asked for: a protected address counts although the
coordinator may not see it, and the list is the same whoever prepares it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, or_, select

from authz.actor import DataClass
from authz.scope import table_of
from core.calendar import add_months_and_days
from core.database import ScopedSession
from core.models.alerts import Alert, AlertReport, AlertSource
from core.models.extracts import ListStatus, OfficialScore
from core.models.families import FamilyMember
from core.models.people import Address, Nna
from core.reference import AlertKind, Holder, ListEffect, exit_reasons, list_parameters
from core.rules.age import counts_as_nna
from core.rules.alerts import LIVE_STATES, AlertState, counts_for_list
from core.services.extracts.arrivals import ARRIVAL, EXTRACT, same_file
from scoring.nomina.facts import Facts, Month, Score, Seen

NNA, ADDRESS, STATUS = table_of(Nna), table_of(Address), table_of(ListStatus)
ALERT, REPORT, OFFICIAL = table_of(Alert), table_of(AlertReport), table_of(OfficialScore)
MEMBER = table_of(FamilyMember)
CHUNK = 500  # children a statement

# The classes that every reader of an entry may know of; alerts of other types are counted, not named.
NAMED = frozenset({DataClass.BASIC, DataClass.RISK})


@dataclass(frozen=True)
class Children:
    """Who could be on the list, without scores yet.

    Parameters
    ----------
    listed : list of Facts
        By id.
    excluded : tuple of str
        Ids, sorted.
    overdue : tuple of str
        Ids of pregnancies whose birth nobody wrote down, sorted.
    """

    listed: list[Facts]
    excluded: tuple[str, ...]
    overdue: tuple[str, ...]


def read_children(session: ScopedSession, month: Month) -> Children:
    """Read who may be listed in a month, who may not, and what the order looks at but for the scores.

    Listed are the commune's own records of children under 18 and of pregnancies that are not overdue. Excluded is
    whom a state with that effect holds on the day of the run (a specialised programme, a protection measure, a
    violation of rights); last priority counts as of the cut day (*Orientaciones Técnicas OLN 2020*, pp. 37-40), for
    the whole family where the state is the family's: who refuses, or cannot be found, is not one of the siblings.
    An exclusion holds for the child it was written of and for nobody else: a brother who is not in protection must
    not go out of sight.

    Parameters
    ----------
    session : ScopedSession
        Unscoped.
    month : Month

    Returns
    -------
    Children
    """
    excluded = _in_state(session, month, ListEffect.EXCLUDED, month.day)
    last = _in_state(session, month, ListEffect.LAST_PRIORITY, month.cut_on)
    last |= _families_in_state(session, month, ListEffect.LAST_PRIORITY, month.cut_on)
    at_home, alerts = _addressed(session, month), _alerts(session, month)
    here = (NNA.c.commune_code == month.commune, NNA.c.moved_to_id.is_(None))
    wanted = (NNA.c.id, NNA.c.family_id, NNA.c.birth_date, NNA.c.expected_birth_date)
    rows = session.execute(select(*wanted).where(*here).order_by(NNA.c.id)).all()
    eligible = [row for row in rows if counts_as_nna(row.birth_date, row.expected_birth_date, month.day)]
    listed = [
        Facts(
            nna_id=row.id.hex,
            family_id=row.family_id.hex if row.family_id else None,
            has_address=row.id in at_home,
            last_priority=row.id in last,
            alerts=tuple(sorted(alerts.get(row.id, ()))),
            score=None,
        )
        for row in eligible
        if row.id not in excluded
    ]
    listed.sort(key=lambda child: child.nna_id)
    waited = [row for row in rows if row.birth_date is None]
    unborn = [row for row in waited if not counts_as_nna(None, row.expected_birth_date, month.day)]
    kept_off = tuple(sorted(row.id.hex for row in eligible if row.id in excluded))
    return Children(listed, kept_off, tuple(sorted(row.id.hex for row in unborn)))


def official_scores(session: ScopedSession, month: Month) -> dict[str, Score]:
    """Read each child's latest score of the ministry, up to the month of the list and no older than it stays valid.

    Of two instruments in one month, the one whose file came to the commune last counts; that one comes again makes it
    no later.

    Parameters
    ----------
    session : ScopedSession
        Unscoped.
    month : Month

    Returns
    -------
    dict of str to Score
        By child.
    """
    since = add_months_and_days(month.period, -list_parameters()["SCORE_VALIDITY"].value)
    came = func.coalesce(ARRIVAL.c.arrived_at, EXTRACT.c.imported_at)
    statement = (
        select(OFFICIAL)
        .outerjoin(EXTRACT, EXTRACT.c.id == OFFICIAL.c.extract_id)
        .outerjoin(ARRIVAL, same_file(ARRIVAL, EXTRACT) & (ARRIVAL.c.commune_code == OFFICIAL.c.commune_code))
        .where(OFFICIAL.c.commune_code == month.commune, OFFICIAL.c.period <= month.period, OFFICIAL.c.period > since)
        .order_by(OFFICIAL.c.period, came.nulls_first(), OFFICIAL.c.id)
    )
    return {
        row.nna_id.hex: Score(row.score, row.percentile, row.period, row.instrument_version, rank=row.rank)
        for row in session.execute(statement)
    }


def _in_state(session: ScopedSession, month: Month, effect: ListEffect, day: date) -> set[UUID]:
    holds = (STATUS.c.commune_code == month.commune, STATUS.c.effect == effect, _on(STATUS, day))
    return set(session.scalars(select(STATUS.c.nna_id).where(*holds)))


def _families_in_state(session: ScopedSession, month: Month, effect: ListEffect, day: date) -> set[UUID]:
    """Return every child of a family that is in a state of the family's, whichever child it was written of.

    The family is the one that the child lived with when the state began: who moves in with her grandmother takes no
    refusal along, and those whom she left have refused all the same.
    """
    of_all = sorted({one.code for one in exit_reasons() if one.holds_for is Holder.FAMILY})
    holds = (STATUS.c.commune_code == month.commune, STATUS.c.effect == effect, _on(STATUS, day))
    said = select(STATUS.c.nna_id, STATUS.c.valid_from, NNA.c.family_id).join(NNA, NNA.c.id == STATUS.c.nna_id)
    states = session.execute(said.where(*holds, STATUS.c.reason_code.in_(of_all))).all()
    lived = _memberships(session, {state.nna_id for state in states})
    families = {_family_on(lived[s.nna_id], s.valid_from, s.family_id) for s in states} - {None}
    here = select(NNA.c.id, NNA.c.family_id).where(NNA.c.commune_code == month.commune, NNA.c.family_id.is_not(None))
    return {row.id for row in session.execute(here) if row.family_id in families}


def _memberships(session: ScopedSession, children: set[UUID]) -> dict[UUID, list[Any]]:
    """Return the families that children have belonged to, in the order of time."""
    lasted = or_(MEMBER.c.valid_until.is_(None), MEMBER.c.valid_until > MEMBER.c.valid_from)
    statement = select(MEMBER.c.nna_id, MEMBER.c.family_id, MEMBER.c.valid_until).where(lasted)
    found: dict[UUID, list[Any]] = defaultdict(list)
    ordered = sorted(children)
    for start in range(0, len(ordered), CHUNK):
        some = statement.where(MEMBER.c.nna_id.in_(ordered[start : start + CHUNK]))
        for row in session.execute(some.order_by(MEMBER.c.valid_from, MEMBER.c.id)):
            found[row.nna_id].append(row)
    return found


def _family_on(lived: Sequence[Any], day: date, today: UUID | None) -> UUID | None:
    """Return the first family not left by a day: files know of none before the first of them came."""
    return next((one.family_id for one in lived if one.valid_until is None or one.valid_until > day), today)


def _addressed(session: ScopedSession, month: Month) -> set[UUID]:
    holds = (
        ADDRESS.c.commune_code == month.commune,
        ADDRESS.c.located_in == month.commune,
        _on(ADDRESS, month.day),
    )
    return set(session.scalars(select(ADDRESS.c.nna_id).where(*holds)))


def _alerts(session: ScopedSession, month: Month) -> dict[UUID, list[Seen]]:
    statement = (
        select(ALERT, REPORT.c.source)
        .join(REPORT, REPORT.c.id == ALERT.c.report_id)
        .where(
            ALERT.c.commune_code == month.commune,
            ALERT.c.state.in_(sorted(LIVE_STATES)),
            ALERT.c.observed_on <= month.day,
        )
    )
    found: dict[UUID, list[Seen]] = defaultdict(list)
    for row in session.execute(statement):
        if counts_for_list(AlertState(row.state), row.valid_until, month.day):
            found[row.nna_id].append(_seen(row))
    return found


def _seen(row: Any) -> Seen:
    named = DataClass(row.data_class) in NAMED
    return Seen(row.observed_on, row.type_code, AlertKind(row.kind), AlertSource(row.source), named)


def _on(t: Table, day: date) -> ColumnElement[bool]:
    until = or_(t.c.valid_until.is_(None), t.c.valid_until > day)
    return (t.c.valid_from <= day) & until
