"""Nobody reaches another commune: every way out that we know of, over every table of the core."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel

from authz.actor import Actor, Hat, Purpose, Role
from authz.guard import ANY, AccessDenied, Guard, Rule
from authz.scope import table_of
from core.database import ScopedSession, Unscoped
from core.host import Host
from core.models.alerts import Alert
from core.models.base import Instant
from core.models.people import Nna
from core.models.scopes import SCOPES
from tests.conftest import NOW
from tests.factories import COLINA, SANTIAGO

HERE, THERE = UUID(int=1), UUID(int=2)
ACTOR = Actor(UUID(int=1), "todo.13101", Purpose.CARE, (Hat(Role.COORDINATOR, frozenset({SANTIAGO})),))
EVERYWHERE = {"extract"}  # of no commune: one file brings several; tests/services/test_extracts_scope.py
SCOPED = tuple(scope for scope in SCOPES if not scope.public and scope.table.name not in EVERYWHERE)
WITH_ID = tuple(scope for scope in SCOPED if "id" in scope.table.c and not scope.internal)
PERSONAL = tuple(scope for scope in WITH_ID if "commune_code" in scope.table.c)
NEEDED = {"family_member": ("nna_id",), "relation": ("from_nna_id", "to_relative_id"), "nna": ("family_id",)}
SPECIAL = {"nna": {"birth_date": date(2016, 5, 4)}, "alert": {"data_class": "HEALTH"}}


@pytest.fixture
def world(host: Host) -> Iterator[Host]:
    """Every table with a row of Santiago and one of Colina, and a policy that opens all of Santiago to the actor."""
    role = "role:COORDINATOR"
    everything = [Rule(role, r.name, ANY, data, "COMMUNE", ANY) for r in host.resources for data in r.classes]
    host.__dict__["guard"] = Guard(everything, host.resources)
    commune_of = {scope.table.name: scope.commune for scope in SCOPES}
    with host.database.begin() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if table.name in commune_of:
                for number, commune in enumerate((SANTIAGO, COLINA), start=1):
                    row = {c.name: a_value(c, number) for c in table.c if is_needed(c)}
                    row |= {commune_of[table.name]: commune} if commune_of[table.name] in table.c else {}
                    connection.execute(insert(table), row | SPECIAL.get(table.name, {}))
    yield host


def is_needed(column: "Column[Any]") -> bool:
    return not column.nullable or column.name in NEEDED.get(column.table.name, ())


def a_value(column: "Column[Any]", number: int) -> Any:
    kinds: list[tuple[Any, Any]] = [
        (Uuid, UUID(int=number)),
        (Boolean, False),
        (Instant, NOW),
        (Date, date(2026, 1, 1)),
        (Integer, number),
        (Float, float(number)),
        (LargeBinary, b"x"),
        (JSON, []),
    ]
    return next((value for kind, value in kinds if isinstance(column.type, kind)), f"{number}")


@pytest.fixture
def session(world: Host) -> Iterator[ScopedSession]:
    with world.unit_of_work(ACTOR, "test") as uow:
        yield uow.session


def ids(session: ScopedSession, statement: Any) -> set[UUID]:
    return set(session.scalars(statement))


READS: dict[str, Callable[[Any], Any]] = {
    "list": lambda m: select(m.id),
    "alias": lambda m: select(aliased(m).id),
    "join": lambda m: (lambda a: select(a.id).join(m, literal(True)))(aliased(m)),
    "join_the_other_way": lambda m: (lambda a: select(a.id).select_from(m).join(a, literal(True)))(aliased(m)),
    "subquery": lambda m: (lambda s: select(m.id).join(s, s.c.id == m.id))(select(m.id).subquery()),
    "from_a_subquery": lambda m: select(aliased(m, select(m).subquery()).id),
    "union": lambda m: union_all(select(m.id), select(m.id)),
    "cte": lambda m: (lambda c: select(m.id).join(c, c.c.id == m.id))(select(m.id).cte()),
    "in": lambda m: select(m.id).where(m.id.in_(select(aliased(m).id))),
    "or": lambda m: select(m.id).where(literal(True) | (m.id == THERE)),
}


def test_every_way_of_reading_gives_only_what_is_here(session: ScopedSession) -> None:
    for scope in WITH_ID:
        for name, way in READS.items():
            assert ids(session, way(scope.model)) == {HERE}, f"{scope.table.name} by {name}"


def test_a_count_counts_only_what_is_here(session: ScopedSession) -> None:
    for scope in WITH_ID:
        assert session.scalar(select(func.count()).select_from(scope.model)) == 1, scope.table.name


def test_a_correlated_exists_tells_nothing_of_there(session: ScopedSession) -> None:
    for scope in WITH_ID:
        other = aliased(scope.model)
        asked = select(scope.model.id).where(select(other.id).where(other.id == THERE).exists())
        assert ids(session, asked) == set(), scope.table.name


def test_getting_by_id_finds_nothing_of_there(session: ScopedSession) -> None:
    for scope in WITH_ID:
        assert session.get(scope.model, THERE) is None
        assert session.get(scope.model, HERE) is not None


def test_the_tables_of_the_machinery_show_nothing_to_anybody(session: ScopedSession) -> None:
    for scope in SCOPED:
        if scope.internal:
            assert session.scalar(select(func.count()).select_from(scope.model)) == 0, scope.table.name


def test_what_cannot_be_scoped_is_refused(session: ScopedSession) -> None:
    nna = table_of(Nna)
    ways = {
        "text": text("SELECT id FROM nna"),
        "core": select(nna.c.id),
        "core count": select(func.count()).select_from(nna),
        "literal with exists": select(literal(1)).where(select(nna.c.id).exists()),
        "orm from text": select(Nna).from_statement(text("SELECT * FROM nna")),
        "core insert": insert(nna).values(id=UUID(int=9)),
        "core update": update(nna).values(given_names="x"),
        "core delete": delete(nna),
    }
    for name, statement in ways.items():
        with pytest.raises(Unscoped):
            session.execute(statement)
            pytest.fail(name)


def test_a_bulk_update_or_delete_touches_nothing_there(session: ScopedSession) -> None:
    for scope in WITH_ID:
        model = scope.model
        for statement in (update(model).values(id=model.id), delete(model)):
            result: Any = session.execute(statement.where(model.id == THERE))
            assert result.rowcount == 0, scope.table.name


def test_a_row_is_not_added_there(world: Host) -> None:
    for scope in PERSONAL:
        row = {c.name: a_value(c, 9) for c in scope.table.c if is_needed(c)} | SPECIAL.get(scope.table.name, {})
        with world.unit_of_work(ACTOR, "test") as uow, pytest.raises(AccessDenied):
            uow.session.add(scope.model(**(row | {"commune_code": COLINA})))
            uow.session.flush()
            pytest.fail(scope.table.name)


def test_a_row_is_not_moved_there(world: Host) -> None:
    for scope in PERSONAL:
        with world.unit_of_work(ACTOR, "test") as uow, pytest.raises(AccessDenied):
            uow.session.get_one(scope.model, HERE).commune_code = COLINA
            uow.session.flush()
            pytest.fail(scope.table.name)


def test_rows_are_not_moved_there_in_bulk(session: ScopedSession) -> None:
    moved = (
        lambda: session.execute(update(Nna).values(commune_code=COLINA)),
        lambda: session.execute(update(Nna).values({"commune_code": bindparam("c")}), {"c": COLINA}),
        lambda: session.execute(update(Nna), [{"id": THERE, "given_names": "otra"}]),
        lambda: session.execute(insert(Nna), [{"id": UUID(int=9), "commune_code": COLINA}]),
        lambda: session.execute(insert(Nna).values(id=UUID(int=9), commune_code=COLINA)),
        lambda: session.bulk_insert_mappings(Nna, [{"id": UUID(int=9), "commune_code": COLINA}]),
        lambda: session.bulk_update_mappings(Nna, [{"id": THERE, "given_names": "otra"}]),
        lambda: session.bulk_save_objects([Nna(id=UUID(int=9), commune_code=COLINA)]),
    )
    for number, move in enumerate(moved):
        with pytest.raises((Unscoped, AccessDenied)):
            move()
            pytest.fail(str(number))


def test_a_row_of_there_is_not_merged_in(session: ScopedSession) -> None:
    row = {c.name: a_value(c, 2) for c in table_of(Nna).c if is_needed(c)}
    session.merge(Nna(**(row | SPECIAL["nna"] | {"commune_code": COLINA, "given_names": "otra"})))
    with pytest.raises(AccessDenied):
        session.flush()


def test_a_session_without_anybody_says_why_it_is_needed(host: Host) -> None:
    with pytest.raises(Unscoped):
        ScopedSession(host.database, None)


def test_a_relation_leads_nowhere_else(session: ScopedSession) -> None:
    asked = select(Alert.id).join(Nna, Nna.id == Alert.nna_id).where(Nna.id == THERE)  # type: ignore[call-overload]
    assert ids(session, asked) == set()
