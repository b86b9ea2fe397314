"""How many rows somebody reaches, in the parts that whoever may not read them can be told of.

A rounded figure must be of a part that nobody can take apart. Rounded as one sum, what is known of it tells the rest to
the unit: a colleague's five cases, then six, then seven beside somebody's unknown ones. So a commune is rounded by
itself, and where a person reaches caseloads rather than the commune, so is each caseload (their own, and of each whom
they stand in for) and what each institution was referred. Then no preview, and no two, tell more than those parts do.
A child of two caseloads counts in both.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, true

from authz.actor import Actor, DataClass, Hat, Purpose
from authz.scope import Access, table_of
from core.models.alerts import Alert
from core.models.families import Family
from core.models.people import Nna, TeamMember
from core.models.users import Assignment, User
from core.rules.figures import safe_count
from core.services.access import hats_of

COUNTED = tuple(table_of(model).name for model in (Nna, Family, Alert))
PLACE = table_of(TeamMember)
What = tuple[str, DataClass]  # a table's name, and a class of its rows
Communes = frozenset[str] | None  # None is the country


class Figures(NamedTuple):
    """What is told of rows before and after: exact numbers, or figures of which None hides a small one."""

    before: int | None
    after: int | None
    exact: bool


def reader(asker: Access, user: User, held: list[Assignment], purpose: Purpose, on: date) -> Access:
    """Return somebody as who reads with these assignments, over the tables that are counted.

    Without seals: counted with them, the contacts of a commune would be fewer than its children by those of whom
    nobody is to know where they live.
    """
    actor = Actor(user.id, user.username, purpose, hats_of(held, on))
    scopes = {name: replace(asker.scopes[name], sealed=None) for name in COUNTED}
    return replace(asker, actor=actor, today=on, scopes=scopes)


def figures_of(
    asker: Access,
    sides: tuple[Access, Access],
    what: What,
    here: Communes,
    connection: Connection,
    places: frozenset[UUID] = frozenset(),
) -> Figures:
    """Count the rows that two readers reach in some communes, as the asker may be told of them.

    Parameters
    ----------
    asker : Access
    sides : (Access, Access)
        Somebody before and after a change.
    what : (str, DataClass)
    here : frozenset of str or None
        Of other communes nothing is counted.
    connection : Connection
    places : set of UUID
        Places on teams that have ended after it.

    Returns
    -------
    Figures
    """
    exact = asker.reads_all(*what, _counted(sides, what, here))
    count = _exactly if exact else _rounded
    before = count(sides[0], what, here, connection)
    with _without(places, connection):
        return Figures(before, count(sides[1], what, here, connection), exact)


@contextmanager
def _without(places: frozenset[UUID], connection: Connection) -> Iterator[None]:
    """Let places on teams have ended for a while: whom they open is counted as it would be, and nothing is kept."""
    if not places:
        yield
        return
    with connection.begin_nested() as trial:
        connection.execute(PLACE.update().where(PLACE.c.id.in_(places)).values(valid_until=PLACE.c.valid_from))
        yield
        trial.rollback()


def _counted(sides: Iterable[Access], what: What, here: Communes) -> Communes:
    """Return the communes of which rows may be counted."""
    arms = [arm.communes for side in sides for arm in side.arms(side.scopes[what[0]], what[1])]
    if None in arms:
        return here
    everywhere: frozenset[str] = frozenset().union(*(one or () for one in arms))
    return everywhere if here is None else everywhere & here


def _exactly(side: Access, what: What, here: Communes, connection: Connection) -> int:
    return sum(_within(_rows(what, connection, side), here).values())


def _rounded(side: Access, what: What, here: Communes, connection: Connection) -> int | None:
    """Add up the rounded parts; None where each of them is small."""
    whole = _within(_rows(what, connection, side), here)
    narrow = frozenset(commune for commune in whole if not side.reads_all(*what, frozenset({commune})))
    parts = [count for commune, count in whole.items() if commune not in narrow]
    for alone in _alone(side) if narrow else ():
        parts += _within(_rows(what, connection, side, alone), narrow).values()
    return sum(safe_count(part) or 0 for part in parts) or None


def _alone(side: Access) -> list[Access]:
    """Return the same person as each of those whose caseload or referrals they reach, one at a time."""
    whose = dict.fromkeys((hat.stands_for, hat.organization) for hat in side.actor.hats)
    return [
        replace(side, actor=replace(side.actor, hats=tuple(h for h in side.actor.hats if _same(h, one))))
        for one in whose
    ]


def _rows(what: What, connection: Connection, *readers: Access) -> Mapping[str, int]:
    """Count by commune the rows that each of these reaches."""
    scope = readers[0].scopes[what[0]]
    commune = scope.table.c[scope.commune]
    statement = select(commune, func.count()).where(*(_shown(one, what) for one in readers)).group_by(commune)
    return {code: count for code, count in connection.execute(statement)}


def _within(counts: Mapping[str, int], communes: Communes) -> Mapping[str, int]:
    return {code: count for code, count in counts.items() if communes is None or code in communes}


def _shown(reader: Access, what: What) -> ColumnElement[bool]:
    """Return the condition that a row is there for a reader, and shows its values of that class."""
    name, data = what
    scope, t = reader.scopes[name], reader.scopes[name].table
    mask = t.c[scope.row_class] == data.value if scope.row_class else reader.mask(name, data, t)
    shown = (true() if mask else false()) if isinstance(mask, bool) else mask
    return reader.literal(and_(reader.row(name, t), shown))


def _same(hat: Hat, whose: tuple[UUID | None, UUID | None]) -> bool:
    return (hat.stands_for, hat.organization) == whose
