"""The one decision: remembered without drifting, deny before allow, one purpose at a time."""

import random
from importlib.metadata import distributions
from pathlib import Path
from uuid import UUID

import pytest

import authz.guard
from authz.actor import Actor, Ambit, DataClass, Hat, Purpose, Role
from authz.arms import WIDER, Arm
from authz.guard import AccessDenied, Guard, PolicyError, Resource, Rule, read_policy
from core.errors import NotFound
from core.host import Host
from core.models.people import Address, Contact, Nna
from core.models.scopes import RESOURCES
from tests.factories import COLINA, SANTIAGO, a_contact, a_team_member, a_user, actor, an_address, an_nna

REPOSITORY = Path(authz.guard.__file__).parents[1]
ME = UUID(int=77)
CHILD = Resource("nna", "NNA", ("read", "edit"), (DataClass.BASIC, DataClass.HEALTH))


def wearing(purpose: Purpose, *hats: Hat, signed: bool = True) -> Actor:
    return Actor(ME, "x", purpose, hats, signed)


def a_guard(*rules: Rule) -> Guard:
    return Guard([Rule("role:AUDITOR", "nna", "read", "BASIC", "COMMUNE", "AUDIT"), *rules], [CHILD])


def allow(role: Role, ambit: Ambit, data: str = "*", purpose: str = "*", effect: str = "allow") -> Rule:
    return Rule(f"role:{role}", "nna", "read", data, ambit, purpose, effect)


def test_what_is_remembered_is_what_would_be_said_again() -> None:
    draw = random.Random(20261120)
    roles = list(Role)
    rules = [
        allow(draw.choice(roles), draw.choice(list(Ambit)), draw.choice(["BASIC", "HEALTH", "*"]), effect=effect)
        for effect in ["allow"] * 24 + ["deny"] * 6
    ]
    remembered, afresh = a_guard(*rules), a_guard(*rules)
    for _ in range(150):
        worn = frozenset(f"role:{role}" for role in draw.sample(roles, draw.randint(1, 3)))
        asked = (worn, "nna", "read", draw.choice(CHILD.classes), draw.choice(list(Purpose)))
        first = remembered.ambits(*asked)
        assert first == remembered.ambits(*asked) == afresh._ambits(*asked)
        said = {a for a in Ambit if afresh._enforcers["nna"].enforce(*asked[:4], a, asked[4])}
        assert set(first) <= said


def test_a_denial_wins_over_whatever_allows() -> None:
    guard = a_guard(
        allow(Role.COORDINATOR, Ambit.COMMUNE), allow(Role.MUNICIPAL_ADMIN, Ambit.NATIONAL, "HEALTH", effect="deny")
    )
    here = frozenset({SANTIAGO})
    both = wearing(Purpose.SUPERVISION, Hat(Role.COORDINATOR, here), Hat(Role.MUNICIPAL_ADMIN, here))
    assert guard.arms(both, "nna", "read", DataClass.HEALTH) == ()
    assert guard.arms(both, "nna", "read", DataClass.BASIC) == (Arm(Ambit.COMMUNE, here),)


def test_a_denial_holds_where_its_role_is_held_and_not_next_door() -> None:
    guard = a_guard(allow(Role.COORDINATOR, Ambit.COMMUNE), allow(Role.AUDITOR, Ambit.NATIONAL, effect="deny"))
    two = wearing(
        Purpose.SUPERVISION,
        Hat(Role.COORDINATOR, frozenset({SANTIAGO, COLINA})),
        Hat(Role.AUDITOR, frozenset({COLINA})),
    )
    assert guard.arms(two, "nna", "read", DataClass.BASIC) == (Arm(Ambit.COMMUNE, frozenset({SANTIAGO})),)


def test_a_denial_of_the_narrow_takes_the_wide_with_it() -> None:
    guard = a_guard(allow(Role.COORDINATOR, Ambit.COMMUNE), allow(Role.COORDINATOR, Ambit.OWN, effect="deny"))
    arms = guard.arms(wearing(Purpose.CARE, Hat(Role.COORDINATOR, None)), "nna", "read", DataClass.BASIC)
    assert not any(Ambit.COMMUNE is arm.ambit or arm.ambit in WIDER[Ambit.COMMUNE] for arm in arms)


def test_roles_of_two_communes_are_not_added_up(host: Host) -> None:
    two = wearing(
        Purpose.CARE, Hat(Role.CASE_MANAGER, frozenset({SANTIAGO})), Hat(Role.COMMUNITY_MANAGER, frozenset({COLINA}))
    )
    assert host.guard.arms(two, "nna", "read", DataClass.BASIC) == (Arm(Ambit.COMMUNE, frozenset({SANTIAGO})),)


def test_one_purpose_is_worn_at_a_time(host: Host) -> None:
    here = frozenset({SANTIAGO})
    hats = (Hat(Role.COORDINATOR, here), Hat(Role.MUNICIPAL_ADMIN, here))
    cases = {
        purpose: host.guard.arms(wearing(purpose, *hats), "nna", "read", DataClass.IDENTITY) for purpose in Purpose
    }
    assert {arm.ambit for arm in cases[Purpose.SUPERVISION]} == {Ambit.COMMUNE}
    assert {arm.ambit for arm in cases[Purpose.CARE]} == {Ambit.OWN}
    assert cases[Purpose.ADMINISTRATION] == ()


def test_without_the_agreement_no_person_is_opened_and_figures_are(host: Host) -> None:
    unsigned = wearing(Purpose.SUPERVISION, Hat(Role.COORDINATOR, frozenset({SANTIAGO})), signed=False)
    for resource in host.resources:
        arms = host.guard.arms(unsigned, resource.name, "read", resource.classes[0])
        assert bool(arms) is not resource.personal or resource.name == "module"
    assert host.guard.arms(unsigned, "indicator", "read", DataClass.AGGREGATE)


@pytest.mark.parametrize(
    "word",
    [
        ("role:KING", "nna", "read", "BASIC", "OWN", "CARE"),
        ("AUDITOR", "nna", "read", "BASIC", "OWN", "CARE"),
        ("role:AUDITOR", "castle", "read", "BASIC", "OWN", "CARE"),
        ("role:AUDITOR", "nna", "burn", "BASIC", "OWN", "CARE"),
        ("role:AUDITOR", "nna", "read", "RISK", "OWN", "CARE"),
        ("role:AUDITOR", "nna", "read", "BASIC", "GALAXY", "CARE"),
        ("role:AUDITOR", "nna", "read", "BASIC", "OWN", "FUN"),
        ("role:AUDITOR", "nna", "read", "BASIC", "OWN", "CARE", "maybe"),
    ],
)
def test_a_policy_names_only_what_is_declared(word: tuple[str, ...]) -> None:
    with pytest.raises(PolicyError):
        a_guard(Rule(*word))


def test_a_resource_that_no_role_reaches_is_refused() -> None:
    with pytest.raises(PolicyError):
        Guard([], [CHILD])


def test_the_policy_of_the_core_names_every_role_and_resource() -> None:
    rules, _ = read_policy(REPOSITORY / "authz" / "policy.csv")
    assert {rule.role for rule in rules} == {f"role:{role}" for role in Role}
    assert {rule.resource for rule in rules} == {resource.name for resource in RESOURCES}


def test_a_protected_address_opens_to_the_own_team_and_to_nobody_else(host: Host) -> None:
    manager, coordinator = actor(Role.CASE_MANAGER), actor(Role.COORDINATOR)
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, manager)
        hidden, open_ = an_nna(uow, protected_address=True), an_nna(uow)
        kept = {one.id: (an_address(uow, one), a_contact(uow, one)) for one in (hidden, open_)}
        flagged = an_address(uow, open_, protected=True)
        a_team_member(uow, hidden, manager)
        uow.session.commit()
    with host.unit_of_work(coordinator, "test") as uow:
        uow.get(Address, kept[open_.id][0].id)
        for address in (kept[hidden.id][0], flagged):
            with pytest.raises(NotFound):
                uow.get(Address, address.id)
        with pytest.raises(AccessDenied):
            uow.require("nna", "read", uow.get(Contact, kept[hidden.id][1].id), DataClass.CONTACT)
        uow.require("nna", "read", uow.get(Nna, open_.id), DataClass.CONTACT)
        with pytest.raises(AccessDenied):
            uow.require("nna", "read", uow.get(Nna, hidden.id), DataClass.CONTACT)
    with host.unit_of_work(manager, "test") as uow:
        uow.get(Address, kept[hidden.id][0].id)
        uow.require("nna", "read", uow.get(Nna, hidden.id), DataClass.CONTACT)


def test_who_must_not_be_contacted_is_not_shown_outside_the_team(host: Host) -> None:
    coordinator = actor(Role.COORDINATOR)
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow, no_contact=True)
        of_the_child, other = a_contact(uow, nna), an_nna(uow)
        of_the_contact = a_contact(uow, other, no_contact=True)
        uow.session.commit()
    with host.unit_of_work(coordinator, "test") as uow:
        for contact in (of_the_child, of_the_contact):
            with pytest.raises(AccessDenied):
                uow.require("nna", "read", uow.get(Contact, contact.id), DataClass.CONTACT)


def test_the_distribution_that_would_overwrite_ours_is_not_installed() -> None:
    names = {(found.metadata["Name"] or "").lower() for found in distributions()}
    assert "casbin" not in names
    assert "pycasbin" in names


def test_the_enforcer_that_is_not_thread_safe_is_used_nowhere() -> None:
    rooms = ("authz", "core", "scoring", "schema", "plugins")
    sources = [path for room in rooms for path in (REPOSITORY / room).rglob("*.py")]
    sources += [path for path in REPOSITORY.glob("*.py")]
    assert [path for path in sources if "FastEnforcer" in path.read_text(encoding="utf-8")] == []
