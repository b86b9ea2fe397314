"""Who stands in for somebody reaches that person's caseload with that person's roles, and their own with their own."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, case, false, select, true

from authz.actor import Actor, Ambit, DataClass, Hat, Purpose, Role
from authz.arms import Arm, worn
from authz.guard import AccessDenied, Guard, Resource, Rule
from core.host import Host
from core.models import organizations, people
from core.models.people import Address, Nna
from tests.api.plain_decision import Decision
from tests.api.read_world import COMMUNES, TODAY, World, asking, read_schema
from tests.api.test_nothing_leaks import Judge, every_path, tree_of
from tests.factories import COLINA, SANTIAGO, a_team_member, a_user, an_address, an_nna

ME, ABSENT, OTHER = UUID(int=77), UUID(int=78), UUID(int=79)
HERE, THERE = frozenset({SANTIAGO}), frozenset({COLINA})
ABOUT_A_CHILD = ("nna", "address", "contact", "schooling", "health_registration", "team_member", "access_grant")
TABLES = (*ABOUT_A_CHILD, "family", "relative", "family_member", "relation", "alert", "alert_report", "nomina_entry")
TABLES += ("nomina_discard", "official_score", "list_status", "user_account", "assignment")


def wearing(*hats: Hat, purpose: Purpose = Purpose.CARE) -> Actor:
    return Actor(ME, "x", purpose, hats)


def a_guard(*rules: tuple[Role, str, Ambit, str]) -> Guard:
    """A policy of lines about reading a child: role, class, ambit, effect."""
    lines = [Rule(f"role:{role}", "nna", "read", data, ambit, "*", effect) for role, data, ambit, effect in rules]
    return Guard(lines, [Resource("nna", "NNA", ("read",), (DataClass.BASIC, DataClass.HEALTH))])


def test_each_caseload_is_reached_with_the_roles_of_whose_it_is(host: Host) -> None:
    both = wearing(Hat(Role.FAMILY_THERAPIST, HERE), Hat(Role.CASE_MANAGER, HERE, stands_for=ABSENT))
    mine, theirs = Arm(Ambit.OWN, HERE), Arm(Ambit.OWN, HERE, ABSENT)
    reached = {data: host.guard.arms(both, "nna", "read", data) for data in host.guard.vocabulary["nna"].classes}
    assert reached == {
        DataClass.BASIC: (Arm(Ambit.COMMUNE, HERE),),
        DataClass.CONTACT: (mine, theirs),
        DataClass.IDENTITY: (mine, theirs),
        DataClass.HEALTH: (mine, theirs),
        DataClass.JUDICIAL: (theirs,),
        DataClass.RISK: (theirs,),
    }


def test_a_hat_of_another_commune_reaches_nothing_here(host: Host) -> None:
    both = wearing(Hat(Role.FAMILY_THERAPIST, THERE), Hat(Role.CASE_MANAGER, HERE, stands_for=ABSENT))
    arms = {data: host.guard.arms(both, "nna", "read", data) for data in (DataClass.IDENTITY, DataClass.JUDICIAL)}
    assert arms[DataClass.IDENTITY] == (Arm(Ambit.OWN, THERE), Arm(Ambit.OWN, HERE, ABSENT))
    assert arms[DataClass.JUDICIAL] == (Arm(Ambit.OWN, HERE, ABSENT),)


def test_what_reaches_beyond_a_caseload_is_the_substitutes_as_it_was_of_the_absent() -> None:
    guard = a_guard((Role.COORDINATOR, "*", Ambit.COMMUNE, "allow"), (Role.AUDITOR, "*", Ambit.NATIONAL, "allow"))
    commune = wearing(Hat(Role.COORDINATOR, HERE, stands_for=ABSENT))
    country = wearing(Hat(Role.AUDITOR, HERE, stands_for=ABSENT))
    assert guard.arms(commune, "nna", "read", DataClass.BASIC) == (Arm(Ambit.COMMUNE, HERE),)
    assert guard.arms(country, "nna", "read", DataClass.BASIC) == (Arm(Ambit.NATIONAL, None),)


@pytest.mark.parametrize(("denying", "allowed"), [(ABSENT, None), (None, ABSENT)])
def test_what_is_denied_to_one_role_is_denied_to_whatever_is_worn_beside_it(
    denying: UUID | None, allowed: UUID | None
) -> None:
    guard = a_guard(
        (Role.CASE_MANAGER, "*", Ambit.OWN, "allow"),
        (Role.AUDITOR, "BASIC", Ambit.OWN, "allow"),
        (Role.AUDITOR, "HEALTH", Ambit.NATIONAL, "deny"),
    )
    everywhere = Hat(Role.CASE_MANAGER, HERE | THERE, stands_for=allowed)
    both = wearing(everywhere, Hat(Role.AUDITOR, HERE, stands_for=denying))
    assert guard.arms(wearing(everywhere), "nna", "read", DataClass.HEALTH) == (Arm(Ambit.OWN, HERE | THERE, allowed),)
    assert guard.arms(both, "nna", "read", DataClass.HEALTH) == (Arm(Ambit.OWN, THERE, allowed),)


@pytest.mark.parametrize("absent", [None, ABSENT])
def test_what_is_denied_in_one_commune_is_not_reached_through_the_country(absent: UUID | None) -> None:
    guard = a_guard((Role.COORDINATOR, "*", Ambit.COMMUNE, "allow"), (Role.AUDITOR, "HEALTH", Ambit.COMMUNE, "deny"))
    both = wearing(Hat(Role.COORDINATOR, None), Hat(Role.AUDITOR, HERE, stands_for=absent))
    assert guard.arms(both, "nna", "read", DataClass.HEALTH) == ()
    assert guard.arms(both, "nna", "read", DataClass.BASIC) == (Arm(Ambit.COMMUNE, None),)


def test_a_denial_of_the_narrow_to_one_takes_the_wide_from_the_other() -> None:
    guard = a_guard(
        (Role.COORDINATOR, "*", Ambit.COMMUNE, "allow"),
        (Role.AUDITOR, "BASIC", Ambit.REFERRED, "deny"),
    )
    both = wearing(Hat(Role.COORDINATOR, HERE), Hat(Role.AUDITOR, HERE, stands_for=ABSENT))
    assert guard.arms(both, "nna", "read", DataClass.BASIC) == (Arm(Ambit.OWN, HERE),)
    (own, _) = worn(both)
    assert guard.explain(own.roles, "nna", "read", DataClass.BASIC, Purpose.CARE, own.beside)[0] is Ambit.OWN


def test_nothing_is_allowed_to_one_because_it_is_allowed_to_the_other() -> None:
    guard = a_guard((Role.CASE_MANAGER, "HEALTH", Ambit.OWN, "allow"), (Role.AUDITOR, "BASIC", Ambit.OWN, "allow"))
    both = wearing(Hat(Role.AUDITOR, HERE), Hat(Role.CASE_MANAGER, HERE, stands_for=ABSENT))
    assert guard.arms(both, "nna", "read", DataClass.HEALTH) == (Arm(Ambit.OWN, HERE, ABSENT),)
    assert guard.arms(both, "nna", "read", DataClass.BASIC) == (Arm(Ambit.OWN, HERE),)


def test_without_substitutions_no_statement_knows_of_anybody_else(host: Host) -> None:
    alone = host.access(wearing(Hat(Role.CASE_MANAGER, HERE), Hat(Role.FAMILY_THERAPIST, THERE)))
    assert [name for name in alone.values if name.startswith("users")] == ["users"]
    shown = alone.mask("nna", DataClass.IDENTITY, alone.scopes["nna"].table)
    assert not isinstance(shown, bool) and str(shown.compile(host.database)).count("EXISTS") == 1


def test_two_substitutes_of_different_people_share_their_plans_and_no_values(host: Host) -> None:
    hats = [Hat(Role.FAMILY_THERAPIST, HERE), Hat(Role.CASE_MANAGER, HERE)]
    one, other = (host.access(wearing(hats[0], replace(hats[1], stands_for=who))) for who in (ABSENT, OTHER))
    assert one.shape == other.shape
    assert (one.values["users_1"], other.values["users_1"]) == (f'["{ABSENT.hex}"]', f'["{OTHER.hex}"]')
    assert one.values["users"] == other.values["users"] == f'["{ME.hex}"]'
    assert ABSENT.hex not in repr(one.shape) and str(ABSENT) not in repr(one.shape)


def test_a_substitute_shares_no_plan_with_who_holds_both_roles(host: Host) -> None:
    hats = [Hat(Role.FAMILY_THERAPIST, HERE), Hat(Role.CASE_MANAGER, HERE)]
    alike = [hats, [hats[0], replace(hats[1], stands_for=ABSENT)], [replace(hats[0], stands_for=ABSENT), hats[1]]]
    assert len({host.access(wearing(*some)).shape for some in alike}) == len(alike)


def test_a_protected_address_opens_to_the_team_of_whose_role_it_is(host: Host) -> None:
    """Who coordinates for somebody absent sees it where the absent one is on the team, and not where they are."""
    coordinator = Hat(Role.COORDINATOR, HERE, stands_for=ABSENT)
    stand_in = wearing(Hat(Role.FAMILY_THERAPIST, HERE), coordinator, purpose=Purpose.SUPERVISION)
    with host.unit_of_work(None, "test") as uow:
        children = [an_nna(uow, protected_address=True) for _ in range(3)]
        addresses = [an_address(uow, child).id for child in children]
        for who, child in zip((ABSENT, ME), children, strict=False):
            a_team_member(uow, child, a_user(uow, id=who))
        uow.session.commit()
    with host.unit_of_work(stand_in, "test") as uow:
        assert list(uow.session.scalars(select(Address.id))) == addresses[:1]  # type: ignore[call-overload]
        uow.require("nna", "read", uow.get(Nna, children[0].id), DataClass.CONTACT)
        for child in children[1:]:
            with pytest.raises(AccessDenied):
                uow.require("nna", "read", uow.get(Nna, child.id), DataClass.CONTACT)


@pytest.fixture(scope="module")
def world() -> World:
    return World(children=12, seed=3)


def substitutes(world: World) -> Iterator[Actor]:
    """People who work in one or two communes for somebody absent, or for two, beside what they do themselves."""
    here, there, both = frozenset(COMMUNES[:1]), frozenset(COMMUNES[1:2]), frozenset(COMMUNES[:2])
    first, second = busiest(world)[1:3]
    manager, therapist, coordinator = Role.CASE_MANAGER, Role.FAMILY_THERAPIST, Role.COORDINATOR
    school, clinic = (row["id"] for row in world.of(organizations.Organization)[:2])
    care: list[tuple[Hat, ...]] = [
        (Hat(therapist, here), Hat(manager, here, stands_for=first)),
        (Hat(therapist, there), Hat(manager, here, stands_for=first)),
        (Hat(manager, here), Hat(manager, both, stands_for=first), Hat(therapist, both, stands_for=second)),
        (Hat(Role.CHCC_PROFESSIONAL, here), Hat(coordinator, here, stands_for=first)),
        (Hat(manager, None), Hat(therapist, None, stands_for=first)),
        (Hat(manager, here, stands_for=first),),
    ]
    supervision: list[tuple[Hat, ...]] = [
        (Hat(coordinator, here), Hat(coordinator, there, stands_for=first)),
        (Hat(manager, both), Hat(coordinator, here, stands_for=second)),
        (Hat(coordinator, here, stands_for=first), Hat(coordinator, both, stands_for=second)),
    ]
    partner = (Hat(Role.SECTOR_PARTNER, here, school), Hat(Role.SECTOR_PARTNER, both, clinic, stands_for=first))
    me = busiest(world)[0]
    yield from (Actor(me, "substitute", Purpose.CARE, hats) for hats in care)
    yield from (Actor(me, "substitute", Purpose.SUPERVISION, hats) for hats in supervision)
    yield Actor(me, "substitute", Purpose.REFERRAL, partner)


def busiest(world: World) -> list[UUID]:
    """Return the people who are on teams today, who is on most first."""
    teams = [m for m in world.of(people.TeamMember) if m["valid_until"] is None or m["valid_until"] > TODAY]
    return [who for who, _ in Counter(m["user_id"] for m in teams).most_common()]


def test_every_row_and_class_is_reached_as_plain_python_says(host: Host, world: World) -> None:
    world.fill(host)
    counts: Counter[str] = Counter()
    for actor in substitutes(world):
        decision = Decision(world, actor)
        for table in TABLES:
            _compare(host, world, decision, table, counts)
    assert counts["seen"] > 500 and counts["masked"] > 500 and counts["by standing in"] > 200, counts


def _compare(host: Host, world: World, decision: Decision, table: str, counts: "Counter[str]") -> None:
    access = host.access(decision.actor)
    t, classes = access.scopes[table].table, list(DataClass)
    conditions = [access.row(table, t), *(_where(access.mask(table, data, t)) for data in classes)]
    shown = [case((access.literal(one), 1), else_=0).label(f"c{n}") for n, one in enumerate(conditions)]
    alone = Decision(world, replace(decision.actor, hats=tuple(h for h in decision.actor.hats if not h.stands_for)))
    with host.database.connect() as connection:
        found = {row[0]: row[1:] for row in connection.execute(select(t.c.id, *shown))}
    for row in world.rows[table]:
        seen, *opens = map(bool, found[row["id"]])
        assert seen is decision.sees(table, row), f"{table} {decision.actor.hats} {row}"
        for data, open_ in zip(classes, opens, strict=True):
            expected = decision.opens(table, row, data)
            assert not seen or open_ is expected, f"{table} {data} {decision.actor.hats} {row}"
            counts["seen" if seen and open_ else "masked"] += 1
            counts["by standing in"] += seen and open_ and not alone._reaches(table, row, data)


def _where(mask: ColumnElement[bool] | bool) -> ColumnElement[bool]:
    return (true() if mask else false()) if isinstance(mask, bool) else mask


def test_every_path_of_the_read_path_shows_a_substitute_exactly_theirs(host: Host, database: str, world: World) -> None:
    """Two people with the same roles stand in for different ones, one after the other, by the same plans."""
    world.fill(host)
    counts = asyncio.run(_walk(host, database, world))
    assert counts["rows"] > 300 and counts["masked"] > 100, counts


async def _walk(host: Host, database: str, world: World) -> "Counter[str]":
    schema, counts = read_schema(), Counter[str]()
    hats, who = next(substitutes(world)).hats, busiest(world)
    async with asking(schema, host, database) as asker:
        for entity in schema.catalogue.entities.values():
            for me, absent in (who[:2], who[1::-1], (who[2], who[0])):
                actor = Actor(me, "substitute", Purpose.CARE, (hats[0], replace(hats[1], stands_for=absent)))
                judge = Judge(schema.catalogue, world, Decision(world, actor), counts)
                await every_path(asker, actor, judge, tree_of(schema.catalogue, entity, min(judge.depth(entity), 1)))
        assert schema.catalogue.metrics.hits > schema.catalogue.metrics.misses
    return counts
