"""What would tell where a protected child lives, or how to call its people, opens to the team of each child it guards.

The rule: `docs/decisions/0013`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from authz.actor import Actor, DataClass, Hat, Role
from authz.guard import AccessDenied
from core.host import Host
from core.models.families import Relative
from core.models.people import Address, Contact, Nna
from core.services.access import explain_access
from core.unit_of_work import UnitOfWork
from tests.factories import (
    a_contact,
    a_family,
    a_member,
    a_relative,
    a_team_member,
    a_user,
    actor,
    an_address,
    an_nna,
    stored,
)

COORDINATOR, MANAGER, THERAPIST = actor(Role.COORDINATOR), actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
LEFT = date(2026, 3, 1)


@contextmanager
def peopled(host: Host) -> Iterator[UnitOfWork]:
    """Give a unit of work of the machinery in which the people of the tests have accounts, and keep what it made."""
    with stored(host) as uow:
        for one in (COORDINATOR, MANAGER, THERAPIST):
            a_user(uow, one)
        yield uow


def read_by(host: Host, who: Actor, model: Any) -> set[Any]:
    with host.unit_of_work(who, "read") as uow:
        return set(uow.session.scalars(select(model.id)))


def calls(host: Host, who: Actor, person: Relative | Contact) -> bool:
    """Whether somebody who knows of her may read her telephone."""
    with host.unit_of_work(who, "read") as uow:
        row = uow.get(type(person), person.id)
        try:
            uow.require("family" if isinstance(person, Relative) else "nna", "read", row, DataClass.CONTACT)
        except AccessDenied:
            return False
        return True


def siblings(uow: UnitOfWork, **flags: bool) -> tuple[Nna, Nna, Relative]:
    """Store a child with these flags, a sibling without, and their mother; the manager works with the sibling alone."""
    hidden, sibling = an_nna(uow, **flags), an_nna(uow)
    mother = a_relative(uow, phone="+56955550101")
    a_member(uow, a_family(uow, hidden, sibling), relative=mother)
    a_team_member(uow, hidden, THERAPIST)
    a_team_member(uow, sibling, MANAGER)
    return hidden, sibling, mother


def test_a_mother_is_not_called_through_a_family_that_she_left(host: Host) -> None:
    with peopled(host) as uow:
        hidden, other = an_nna(uow, protected_address=True), an_nna(uow)
        mother = a_relative(uow, phone="+56955550101")
        a_member(uow, a_family(uow, hidden), relative=mother)
        a_member(uow, a_family(uow, other), relative=mother, valid_until=LEFT)
        a_team_member(uow, hidden, THERAPIST)
        a_team_member(uow, other, MANAGER)
    assert not calls(host, MANAGER, mother)
    assert calls(host, THERAPIST, mother)


def test_who_left_a_family_keeps_her_name_there_and_no_telephone(host: Host) -> None:
    with peopled(host) as uow:
        past, present = an_nna(uow), an_nna(uow)
        mother = a_relative(uow, phone="+56955550101")
        a_member(uow, a_family(uow, past), relative=mother, valid_until=LEFT)
        a_member(uow, a_family(uow, present), relative=mother)
        a_team_member(uow, past, MANAGER)
        a_team_member(uow, present, THERAPIST)
    assert mother.id in read_by(host, MANAGER, Relative)
    assert not calls(host, MANAGER, mother)
    assert calls(host, THERAPIST, mother) and calls(host, COORDINATOR, mother)


def test_a_family_that_she_left_protects_her_no_more(host: Host) -> None:
    with peopled(host) as uow:
        hidden, present = an_nna(uow, no_contact=True), an_nna(uow)
        mother = a_relative(uow, phone="+56955550101")
        a_member(uow, a_family(uow, hidden), relative=mother, valid_until=LEFT)
        a_member(uow, a_family(uow, present), relative=mother)
        a_team_member(uow, present, MANAGER)
    assert calls(host, MANAGER, mother) and calls(host, COORDINATOR, mother)


@pytest.mark.parametrize("flag", ["protected_address", "no_contact"])
def test_a_mother_is_called_by_the_team_of_every_child_whom_it_protects(host: Host, flag: str) -> None:
    with peopled(host) as uow:
        _, sibling, mother = siblings(uow, **{flag: True})
    assert not calls(host, MANAGER, mother) and not calls(host, COORDINATOR, mother)
    assert calls(host, THERAPIST, mother)
    with stored(host) as uow:
        another = an_nna(uow, protected_address=True, family_id=sibling.family_id)
    assert not calls(host, THERAPIST, mother)
    with stored(host) as uow:
        a_team_member(uow, another, THERAPIST)
    assert calls(host, THERAPIST, mother)


@pytest.mark.parametrize("flag", ["protected_address", "no_contact"])
def test_where_a_protected_child_lives_is_not_read_from_its_sibling(host: Host, flag: str) -> None:
    with peopled(host) as uow:
        hidden, sibling, _ = siblings(uow, **{flag: True})
        addresses = {one.id: an_address(uow, one).id for one in (hidden, sibling)}
        contacts = {one.id: a_contact(uow, one) for one in (hidden, sibling)}
    for who in (COORDINATOR, MANAGER):
        assert not read_by(host, who, Address) and not calls(host, who, contacts[sibling.id])
        with host.unit_of_work(who, "read") as uow, pytest.raises(AccessDenied):
            uow.require("nna", "read", uow.get(Nna, sibling.id), DataClass.CONTACT)
    assert read_by(host, THERAPIST, Address) == {addresses[hidden.id]}
    with stored(host) as uow:
        a_team_member(uow, sibling, THERAPIST)
    assert read_by(host, THERAPIST, Address) == set(addresses.values())
    assert all(calls(host, THERAPIST, one) for one in contacts.values())


def test_a_child_of_another_family_or_of_none_is_not_closed_by_it(host: Host) -> None:
    with peopled(host) as uow:
        siblings(uow, protected_address=True)
        alone, other = an_nna(uow), an_nna(uow)
        a_family(uow, other)
        open_ = {an_address(uow, one).id for one in (alone, other)}
    assert read_by(host, COORDINATOR, Address) == open_


def test_the_address_of_who_must_not_be_contacted_does_not_open_by_its_id(host: Host) -> None:
    with peopled(host) as uow:
        nna = an_nna(uow, no_contact=True)
        address = an_address(uow, nna)
        a_team_member(uow, nna, THERAPIST)
    assert not read_by(host, COORDINATOR, Address)
    assert read_by(host, THERAPIST, Address) == {address.id}


def test_who_asks_not_to_be_called_is_called_by_the_team_of_a_child_of_hers_today(host: Host) -> None:
    with peopled(host) as uow:
        past, present = an_nna(uow), an_nna(uow)
        mother = a_relative(uow, phone="+56955550101", no_contact=True)
        a_member(uow, a_family(uow, past), relative=mother, valid_until=LEFT)
        a_member(uow, a_family(uow, present), relative=mother)
        a_team_member(uow, past, MANAGER)
        a_team_member(uow, present, THERAPIST)
    assert calls(host, THERAPIST, mother)
    assert not calls(host, MANAGER, mother) and not calls(host, COORDINATOR, mother)


def test_two_caseloads_are_not_added_up_to_one_team(host: Host) -> None:
    """Each persona is on the team of one of the two children; neither is on both."""
    with peopled(host) as uow:
        _, sibling, mother = siblings(uow, protected_address=True)
        a_team_member(uow, an_nna(uow, protected_address=True, family_id=sibling.family_id), MANAGER)
    own, theirs = Hat(Role.CASE_MANAGER, frozenset({"13101"})), THERAPIST.hats[0]
    both = replace(MANAGER, hats=(own, replace(theirs, stands_for=THERAPIST.user_id)))
    assert not calls(host, both, mother)
    with stored(host) as uow:
        a_team_member(uow, uow.get(Nna, sibling.id), THERAPIST)
    assert not calls(host, both, mother)


def test_an_explanation_says_that_a_protection_and_not_the_caseload_closes_it(host: Host) -> None:
    with peopled(host) as uow:
        _, sibling, mother = siblings(uow, protected_address=True)
    for model, row, resource in ((Nna, sibling, "nna"), (Relative, mother, "family")):
        with host.unit_of_work(MANAGER, "explain") as uow:
            table = model.__table__.name  # type: ignore[attr-defined]
            told = explain_access(uow, uow.get(model, row.id), resource, DataClass.CONTACT, table)  # type: ignore[type-var]
        assert not told.allowed
        assert "está protegido" in " ".join(told.sentences)
        assert "no está entre los casos" not in " ".join(told.sentences)
