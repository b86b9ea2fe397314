"""Role × purpose × relation to the child × resource × action × class: the guard and its SQL against plain Python."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, and_, case, false, select, true

import authz.guard
from authz.actor import MAIN_PURPOSE, Actor, Ambit, DataClass, Hat, Purpose, Role
from authz.arms import WIDER, Arm
from authz.guard import Guard, Resource, read_policy
from authz.scope import Access
from core.host import Host
from core.models.alerts import Alert
from core.models.families import Family
from core.models.nomina import EntryState, NominaEntry, NominaRun, RunState, ScoreSource
from core.models.people import Address, Nna
from core.models.scopes import RESOURCES
from core.unit_of_work import UnitOfWork
from tests.authz.oracle import REFERRED_TO_US, Oracle, Relation, reaches
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_family,
    a_grant,
    a_team_member,
    a_user,
    an_address,
    an_alert,
    an_nna,
    an_organization,
)

POLICY = Path(authz.guard.__file__).with_name("policy.csv")
ORACLE = Oracle(POLICY)
GOLDEN = Path(__file__).with_name("matrix.txt")
ME, ABSENT = UUID(int=77), UUID(int=78)
TABLES: dict[str, Any] = {"nna": Nna, "family": Family, "alert": Alert}


@dataclass
class World:
    host: Host
    organization: UUID
    relations: dict[UUID, Relation]  # of children, and of rows that are about one of them

    def actor(self, role: Role, purpose: Purpose) -> Actor:
        everywhere = role is Role.NATIONAL_ANALYST
        hat = Hat(role, None if everywhere else frozenset({SANTIAGO}), self.organization)
        return Actor(ME, f"{role.lower()}.x", purpose, (hat,))


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The policy of the core, asked once for all: a first answer costs a thousand times a remembered one."""
    rules, inherits = read_policy(POLICY)
    return Guard(rules, RESOURCES, inherits)


@pytest.fixture
def world(host: Host, guard: Guard) -> Iterator[World]:
    host.__dict__["guard"] = guard
    relations: dict[UUID, Relation] = {}
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, id=ME)
        school = an_organization(uow)
        for relation in Relation:
            elsewhere = relation is Relation.ELSEWHERE
            nna = an_nna(uow, commune_code=COLINA if elsewhere else SANTIAGO)
            rows = [nna, a_family(uow, nna), an_address(uow, nna), *_listed(uow, nna)]
            ours = relation in REFERRED_TO_US or elsewhere
            kinds = next(r.classes for r in RESOURCES if r.name == "alert")
            rows += [an_alert(uow, nna, data_class=k, organization_id=school.id if ours else None) for k in kinds]
            if relation is Relation.OWN_CASE or elsewhere:
                a_team_member(uow, nna, ME)
            if ours:
                a_grant(uow, nna, school, with_identity=relation is not Relation.REFERRED)
            relations |= {row.id: relation for row in rows}
        uow.session.commit()
    yield World(host, school.id, relations)


def _listed(uow: UnitOfWork, nna: Nna) -> list[Any]:
    base = {"commune_code": nna.commune_code, "period": uow.today(), "cut_on": uow.today(), "sequence": 1}
    zero = dict.fromkeys(("capacity", "listed", "excluded"), 0) | dict.fromkeys(("inputs_hash", "list_hash"), "x")
    state = {"state": RunState.PUBLISHED, "score_source": ScoreSource.NONE, "rules_version": "1"}
    found = uow.session.scalars(select(NominaRun).where(NominaRun.commune_code == nna.commune_code)).first()  # type: ignore[arg-type]
    run = found or uow.add(NominaRun(id=uow.new_id(), **base, **zero, **state))
    place = {"position": 1, "family_position": 1, "territorial_alerts": 0, "chcc_alerts": 0, "block": "x"}
    flags = dict.fromkeys(("within_capacity", "has_address", "last_priority", "has_chcc_alert"), False)
    why = {"deciding_key": "x", "deciding_reason": "x", "state": EntryState.LISTED}
    about = {"commune_code": nna.commune_code, "run_id": run.id, "nna_id": nna.id}
    return [uow.add(NominaEntry(id=uow.new_id(), **about, **place, **flags, **why))]


def requests() -> Iterator[tuple[str, str, DataClass]]:
    for resource in RESOURCES:
        for action in resource.actions:
            for data in resource.classes:
                yield resource.name, action, data


def test_the_guard_says_what_the_file_says(guard: Guard) -> None:
    for role in Role:
        for purpose in Purpose:
            actor = Actor(ME, "x", purpose, (Hat(role, frozenset({SANTIAGO})),))
            for resource, action, data in requests():
                said = ORACLE.ambits(role, resource, action, data, purpose)
                widest = {a for a in said if not any(w in said for w in WIDER[Ambit(a)])}
                arms = guard.arms(actor, resource, action, data)
                assert {arm.ambit for arm in arms} == widest, (role, purpose, resource, action, data)
                places = {arm.communes for arm in arms if arm.ambit is not Ambit.NATIONAL}
                assert places <= {frozenset({SANTIAGO})}


def test_who_stands_in_for_somebody_gets_what_the_file_gives_to_each_role_and_no_sum_of_them(guard: Guard) -> None:
    here = frozenset({SANTIAGO})
    roles = (Role.COORDINATOR, Role.CASE_MANAGER, Role.FAMILY_THERAPIST, Role.CHCC_PROFESSIONAL)
    for mine, theirs, purpose in product(roles, roles, (Purpose.CARE, Purpose.SUPERVISION)):
        actor = Actor(ME, "x", purpose, (Hat(mine, here), Hat(theirs, here, stands_for=ABSENT)))
        for asked in requests():
            own, other = (ORACLE.ambits(role, *asked, purpose) for role in (mine, theirs))
            expected = {Arm(Ambit.OWN, here, who) for who, said in ((None, own), (ABSENT, other)) if "OWN" in said}
            if "COMMUNE" in own | other:
                expected = {Arm(Ambit.COMMUNE, here)}
            assert set(guard.arms(actor, *asked)) == expected, (mine, theirs, purpose, asked)


def test_every_row_and_class_is_reached_as_the_file_says(world: World) -> None:
    """On SQLite for every role under every purpose; on PostgreSQL, whose SQL is the same, under its main one."""
    small = world.host.database.dialect.name == "postgresql"
    asked = [(role, purpose) for role in Role for purpose in ([MAIN_PURPOSE[role]] if small else Purpose)]
    cells = 0
    for role, purpose in asked:
        access = world.host.access(world.actor(role, purpose))
        cells += sum(_compare_table(world, access, table, model) for table, model in TABLES.items())
        cells += _compare_follower(world, access, Address, "nna", DataClass.CONTACT)
        cells += _compare_follower(world, access, NominaEntry, "nomina", DataClass.RISK)
    assert cells > 150 * len(asked)


def _compare_table(world: World, access: Access, table: str, model: Any) -> int:
    """Hold each class's visibility and each action's reach of one table against the oracle, row by row."""
    role, purpose = access.actor.hats[0].role, access.actor.purpose
    resource = access.guard.vocabulary[table]
    asked = [("see", data) for data in resource.classes]
    asked += [(action, data) for action in resource.actions for data in resource.classes]
    columns = [_condition(access, table, action, data) for action, data in asked]
    cells = 0
    for row in _rows(world, access, model, columns):
        relation = world.relations[row[0]]
        kind = row[1] if table == "alert" else None
        for (action, data), shown in zip(asked, row[2:], strict=True):
            ambits = ORACLE.ambits(role, table, "read" if action == "see" else action, data, purpose)
            referred = REFERRED_TO_US if table == "alert" or data is DataClass.BASIC else {Relation.CONSENTED}
            expected = reaches(ambits, relation, referred) and (action != "see" or kind in (None, data))
            assert bool(shown) is expected, (role, purpose, table, action, data, relation)
            cells += 1
    return cells


def _compare_follower(world: World, access: Access, model: Any, resource: str, data: DataClass) -> int:
    """Hold a table that is part of a child's record against the oracle: the whole row is of one class."""
    role, purpose = access.actor.hats[0].role, access.actor.purpose
    ambits = ORACLE.ambits(role, resource, "read", data, purpose)
    rows = _rows(world, access, model, [access.row(model.__table__.name, model.__table__)])
    for row in rows:
        relation = world.relations[row[0]]
        expected = reaches(ambits, relation, {Relation.CONSENTED})
        assert bool(row[2]) is expected, (role, purpose, model.__table__.name, relation)
    return len(rows)


def _condition(access: Access, table: str, action: str, data: DataClass) -> ColumnElement[bool]:
    t = access.scopes[table].table
    if action != "see":
        return access.reach(table, t, table, action, data)
    row, mask = access.row(table, t), access.mask(table, data, t)
    if table == "alert":
        return and_(row, t.c.data_class == data.value)
    return and_(row, (true() if mask else false()) if isinstance(mask, bool) else mask)


def _rows(world: World, access: Access, model: Any, conditions: list[ColumnElement[bool]]) -> list[Any]:
    t = model.__table__
    kind = t.c.data_class if "data_class" in t.c else t.c.commune_code
    shown = [case((access.literal(condition), 1), else_=0) for condition in conditions]
    with world.host.database.connect() as connection:
        rows = connection.execute(select(t.c.id, kind, *(one.label(f"c{n}") for n, one in enumerate(shown))))
        return [row for row in rows if row[0] in world.relations]


def test_the_matrix_is_the_one_that_was_reviewed(guard: Guard) -> None:
    """Show in a diff what a change of the policy opens or closes; `OLN_WRITE=1` writes the file anew."""
    text = "".join(_lines(guard))
    if os.environ.get("OLN_WRITE"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == text


def _lines(guard: Guard) -> Iterator[str]:
    yield "What each role may do under each purpose: resource.action, then how far it reaches each data class.\n"
    yield "OWN: their caseload; REFERRED: referred to their institution; COMMUNE: theirs; NATIONAL: the country.\n"
    for role in Role:
        for purpose in Purpose:
            actor = Actor(ME, "x", purpose, (Hat(role, frozenset({SANTIAGO})),))
            main = " (main)" if MAIN_PURPOSE[role] is purpose else ""
            lines = [line for resource in RESOURCES for line in _resource_lines(guard, actor, resource)]
            if lines:
                yield f"\n{role} for {purpose}{main}\n"
                yield from lines


def _resource_lines(guard: Guard, actor: Actor, resource: Resource) -> Iterator[str]:
    for action in resource.actions:
        by_class = {data: guard.arms(actor, resource.name, action, data) for data in resource.classes}
        said = [f"{data} {'+'.join(arm.ambit for arm in arms)}" for data, arms in by_class.items() if arms]
        if said:
            yield f"  {resource.name + '.' + action:22} {', '.join(said)}\n"
