"""Families: who belongs from when to when, who cares, and how people are related."""

from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from authz.guard import AccessDenied
from core.errors import InvalidInput, NotFound
from core.host import Host
from core.models.families import FamilyMember, FamilyRole, RelationKind
from core.models.people import Nna
from core.services.errors import AlreadyMember, AlreadyRelated, WrongDates
from core.services.families import (
    FamilyMemberData,
    RelationData,
    RelativeData,
    add_family_member,
    add_relation,
    end_relation,
    leave_family,
    register_family,
    update_relative,
)
from tests.factories import (
    COLINA,
    SANTIAGO,
    SINCE,
    a_family,
    a_member,
    a_relative,
    a_team_member,
    a_user,
    actor,
    an_nna,
    stored,
)

TODAY, SPRING = date(2026, 11, 20), date(2026, 9, 1)


def test_families_are_numbered_within_their_commune(host: Host) -> None:
    for commune, folio in ((SANTIAGO, "F000001"), (SANTIAGO, "F000002"), (COLINA, "F000001")):
        with host.unit_of_work(actor("coordinator", commune), "registerFamily") as uow:
            assert register_family(uow, commune).folio == folio
            uow.session.commit()


def test_the_notes_of_a_family_keep_no_run_in_clear(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerFamily") as uow, pytest.raises(InvalidInput) as refused:
        register_family(uow, SANTIAGO, "La madre, RUN 12.531.909-2, vive con ellos.")
    assert refused.value.field == "input.notes"


def test_the_number_after_a_million_goes_on(host: Host) -> None:
    with stored(host) as uow:
        a_family(uow, folio="F999999")
    for folio in ("F1000000", "F1000001"):
        with host.unit_of_work(actor("coordinator"), "registerFamily") as uow:
            assert register_family(uow, SANTIAGO).folio == folio
            uow.session.commit()


def test_families_registered_at_once_get_one_number_each(host: Host) -> None:
    start, folios = Barrier(4), []

    def register() -> None:
        with host.unit_of_work(actor("coordinator"), "registerFamily") as uow:
            start.wait()
            folio = register_family(uow, SANTIAGO).folio
            uow.session.commit()
            folios.append(folio)

    threads = [Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(folios) == ["F000001", "F000002", "F000003", "F000004"]


def test_a_family_of_another_commune_cannot_be_registered(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerFamily") as uow, pytest.raises(AccessDenied):
        register_family(uow, COLINA)


def test_a_role_that_may_not_register_families_is_refused(host: Host) -> None:
    with host.unit_of_work(actor("family_therapist"), "registerFamily") as uow, pytest.raises(AccessDenied):
        register_family(uow, SANTIAGO)


def test_a_child_joins_and_a_relative_comes_along(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow:
        family = register_family(uow, SANTIAGO)
        add_family_member(uow, FamilyMemberData(family.id, FamilyRole.CHILD, nna_id=nna.id))
        rosa = RelativeData("Rosa", "Huenchullán", phone="955550101")
        mother = add_family_member(uow, FamilyMemberData(family.id, FamilyRole.MOTHER, relative=rosa, main_carer=True))
        uow.session.commit()
        assert uow.get(Nna, nna.id).family_id == family.id
        assert (mother.main_carer, mother.lives_with, mother.valid_from) == (True, True, TODAY)


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (("12345", "Soto"), "givenNames"),
        (("Rosa", "=cmd()"), "firstSurname"),
        (("Rosa", "Soto", "@Vera"), "secondSurname"),
        (("Rosa", "Soto", "Vera 40.000.000-K"), "secondSurname"),
    ],
)
def test_a_relative_has_the_name_of_a_person(host: Host, names: tuple[str, ...], field: str) -> None:
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow, pytest.raises(InvalidInput) as refused:
        family = register_family(uow, SANTIAGO)
        add_family_member(uow, FamilyMemberData(family.id, FamilyRole.MOTHER, relative=RelativeData(*names)))
    assert refused.value.field == f"input.relative.{field}"


@pytest.mark.parametrize("column", ["given_names", "first_surname", "second_surname"])
def test_a_relative_keeps_the_name_of_a_person(host: Host, column: str) -> None:
    with host.unit_of_work(actor("coordinator"), "updateRelative") as uow:
        family = register_family(uow, SANTIAGO)
        mother = FamilyMemberData(family.id, FamilyRole.MOTHER, relative=RelativeData("Rosa", "Soto"))
        member = add_family_member(uow, mother)
        with pytest.raises(InvalidInput, match="nombre con letras"):
            update_relative(uow, member.relative_id, {column: "@Vera"}, None)


def test_a_child_who_joins_another_family_leaves_the_first_that_day(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        first, second = a_family(uow, nna), a_family(uow)
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow:
        add_family_member(uow, FamilyMemberData(second.id, FamilyRole.CHILD, nna_id=nna.id, valid_from=SPRING))
        uow.session.commit()
        kept = uow.session.scalars(select(FamilyMember).order_by(FamilyMember.valid_from)).all()  # type: ignore[arg-type]
        assert [(m.family_id, m.valid_from, m.valid_until) for m in kept] == [
            (first.id, SINCE, SPRING),
            (second.id, SPRING, None),
        ]
        assert uow.get(Nna, nna.id).family_id == second.id


def test_a_child_does_not_join_before_the_family_it_has_today(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        a_family(uow, nna)
        second = a_family(uow)
    data = FamilyMemberData(second.id, FamilyRole.CHILD, nna_id=nna.id, valid_from=date(2025, 1, 1))
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow, pytest.raises(WrongDates):
        add_family_member(uow, data)


def test_nobody_joins_the_same_family_twice(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        family = a_family(uow, nna)
    data = FamilyMemberData(family.id, FamilyRole.CHILD, nna_id=nna.id)
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow, pytest.raises(AlreadyMember):
        add_family_member(uow, data)


def test_a_new_main_carer_takes_over_and_the_past_stays_true(host: Host) -> None:
    with stored(host) as uow:
        family, mother, aunt = a_family(uow, an_nna(uow)), a_relative(uow), a_relative(uow, given_names="Inés")
        a_member(uow, family, relative=mother, main_carer=True)
    data = FamilyMemberData(
        family.id, FamilyRole.UNCLE_OR_AUNT, relative_id=aunt.id, main_carer=True, valid_from=SPRING
    )
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow:
        add_family_member(uow, data)
        hers = uow.session.scalars(select(FamilyMember).where(FamilyMember.relative_id == mother.id)).all()  # type: ignore[arg-type]
        assert sorted((m.main_carer, m.valid_from, m.valid_until) for m in hers) == [
            (False, SPRING, None),
            (True, SINCE, SPRING),
        ]


def test_a_case_manager_fills_the_family_they_opened_and_no_other(host: Host) -> None:
    manager = actor("case_manager")
    with stored(host) as uow:
        a_user(uow, manager)
        mine = an_nna(uow)
        a_team_member(uow, mine, manager)
        others = a_family(uow, an_nna(uow))
    rosa = RelativeData("Rosa", "Huenchullán")
    with host.unit_of_work(manager, "addFamilyMember") as uow:
        family = register_family(uow, SANTIAGO)
        add_family_member(uow, FamilyMemberData(family.id, FamilyRole.CHILD, nna_id=mine.id))
        assert add_family_member(uow, FamilyMemberData(family.id, FamilyRole.MOTHER, relative=rosa))
        with pytest.raises(AccessDenied):
            add_family_member(uow, FamilyMemberData(others.id, FamilyRole.MOTHER, relative=rosa))


def test_a_family_of_another_commune_is_not_found(host: Host) -> None:
    with stored(host) as uow:
        family = a_family(uow, commune_code=COLINA)
    data = FamilyMemberData(family.id, FamilyRole.MOTHER, relative=RelativeData("Rosa", "Soto"))
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow, pytest.raises(NotFound):
        add_family_member(uow, data)


def test_a_membership_is_of_one_person(host: Host) -> None:
    with stored(host) as uow:
        family = a_family(uow)
    with host.unit_of_work(actor("coordinator"), "addFamilyMember") as uow, pytest.raises(InvalidInput):
        add_family_member(uow, FamilyMemberData(family.id, FamilyRole.MOTHER))


def test_who_leaves_stays_in_the_history(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        family = a_family(uow)
        member = a_member(uow, family, nna=nna)
        nna.family_id = family.id
        uow.add(nna)
    with host.unit_of_work(actor("coordinator"), "leaveFamily") as uow:
        with pytest.raises(WrongDates):
            leave_family(uow, member.id, date(2025, 1, 1), 1)
        assert leave_family(uow, member.id, TODAY, 1).valid_until == TODAY
        assert uow.get(Nna, nna.id).family_id is None


def test_a_tie_is_stored_once_in_either_direction(host: Host) -> None:
    with stored(host) as uow:
        nna, sister = an_nna(uow), an_nna(uow, given_names="Elisa")
    with host.unit_of_work(actor("coordinator"), "addRelation") as uow:
        tie = add_relation(uow, RelationData(RelationKind.SIBLING_OF, from_nna_id=nna.id, to_nna_id=sister.id))
        for one, other in ((nna, sister), (sister, nna)):
            with pytest.raises(AlreadyRelated):
                add_relation(uow, RelationData(RelationKind.SIBLING_OF, from_nna_id=one.id, to_nna_id=other.id))
        with pytest.raises(WrongDates):
            end_relation(uow, tie.id, SINCE, 1)
        assert end_relation(uow, tie.id, TODAY, 1).valid_until == TODAY
        assert add_relation(uow, RelationData(RelationKind.SIBLING_OF, from_nna_id=sister.id, to_nna_id=nna.id))


def test_a_tie_joins_a_relative_and_a_child(host: Host) -> None:
    with stored(host) as uow:
        nna, mother = an_nna(uow), a_relative(uow)
    with host.unit_of_work(actor("coordinator"), "addRelation") as uow:
        tie = RelationData(RelationKind.PARENT_OF, from_relative_id=mother.id, to_nna_id=nna.id, valid_from=SINCE)
        assert add_relation(uow, tie).commune_code == SANTIAGO


def test_nobody_is_related_to_themselves(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
    with host.unit_of_work(actor("coordinator"), "addRelation") as uow, pytest.raises(InvalidInput):
        add_relation(uow, RelationData(RelationKind.SIBLING_OF, from_nna_id=nna.id, to_nna_id=nna.id))


def test_a_tie_needs_both_people_in_ones_care(host: Host) -> None:
    with stored(host) as uow:
        nna, sister = an_nna(uow), an_nna(uow, given_names="Elisa")
        far = an_nna(uow, commune_code=COLINA)
    with host.unit_of_work(actor("case_manager"), "addRelation") as uow, pytest.raises(AccessDenied):
        add_relation(uow, RelationData(RelationKind.SIBLING_OF, from_nna_id=nna.id, to_nna_id=sister.id))
    with host.unit_of_work(actor("coordinator"), "addRelation") as uow, pytest.raises(NotFound):
        add_relation(uow, RelationData(RelationKind.SIBLING_OF, from_nna_id=nna.id, to_nna_id=far.id))
