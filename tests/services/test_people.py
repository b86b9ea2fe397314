"""Registering children and what may change in their records."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from authz.actor import Role
from authz.guard import AccessDenied
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.identity import IdentifierKind
from core.models.operations import OutboxEvent
from core.models.people import Nna, TeamMember
from core.rules.likeness import DuplicateReason
from core.services.errors import AlreadyRegistered, NotAnNna, PossibleDuplicate
from core.services.people import (
    identify_nna,
    open_identifier,
    register_nna,
    update_nna,
)
from tests.factories import (
    COLINA,
    a_run,
    actor,
)
from tests.services.children import TODAY, described, store, store_user


def test_a_coordinator_registers_a_child_with_its_run_sealed(host: Host) -> None:
    run = a_run()
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        nna = register_nna(uow, described(identifier_kind=IdentifierKind.RUN, identifier=run))
        uow.session.commit()
        assert open_identifier(uow, nna) == run
    assert run.encode() not in (nna.identifier_sealed or b"")
    assert (nna.name_sort, nna.name_fold, nna.version) == ("nun~ez amanda", "amanda nunez", 1)
    with host.unit_of_work(None, "test") as uow:
        told = uow.session.scalars(select(OutboxEvent)).one()
        assert told.name == "nna_registered"
        assert told.body == {"record_id": nna.id.hex}


def test_a_child_may_be_registered_without_any_number(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        nna = register_nna(uow, described())
        assert nna.identifier_kind == IdentifierKind.NONE
        assert open_identifier(uow, nna) is None


def test_a_pregnancy_is_registered_by_its_expected_date(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        data = described(given_names="", birth_date=None, expected_birth_date=TODAY + timedelta(weeks=10))
        nna = register_nna(uow, data)
        assert nna.given_names == "Por nacer"
        born = update_nna(uow, nna.id, {"given_names": "Luz", "birth_date": TODAY}, 1)
        assert (born.birth_date, born.expected_birth_date, born.version) == (TODAY, data.expected_birth_date, 2)
        assert born.name_fold == "luz nunez"


def test_that_a_child_was_expected_is_not_forgotten_by_who_says_that_it_no_longer_is(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        data = described(given_names="", birth_date=None, expected_birth_date=TODAY + timedelta(weeks=10))
        nna = register_nna(uow, data)
        born = update_nna(uow, nna.id, {"birth_date": TODAY, "given_names": "Luz", "expected_birth_date": None}, 1)
        assert born.expected_birth_date == data.expected_birth_date


@pytest.mark.parametrize("expected", [TODAY + timedelta(weeks=41), TODAY - timedelta(weeks=3)])
def test_an_expected_date_that_no_pregnancy_has_is_refused(host: Host, expected: date) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow, pytest.raises(InvalidInput):
        register_nna(uow, described(birth_date=None, expected_birth_date=expected))


def test_a_child_of_another_commune_cannot_be_registered(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow, pytest.raises(AccessDenied):
        register_nna(uow, described(commune_code=COLINA))


@pytest.mark.parametrize("role", [Role.SECTOR_PARTNER, Role.COMMUNITY_MANAGER, Role.REGIONAL_COORDINATOR])
def test_a_role_that_may_not_register_is_refused(host: Host, role: Role) -> None:
    with host.unit_of_work(actor(role), "registerNna") as uow, pytest.raises(AccessDenied):
        register_nna(uow, described())


def test_who_turned_eighteen_is_refused(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        with pytest.raises(NotAnNna):
            register_nna(uow, described(birth_date=date(2008, 11, 20)))
        assert register_nna(uow, described(birth_date=date(2008, 11, 21)))


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"given_names": " "}, "input.givenNames"),
        ({"birth_date": None}, "input.birthDate"),
        ({"birth_date": TODAY + timedelta(days=1)}, "input.birthDate"),
        ({"nationality": "Chile"}, "input.nationality"),
        ({"identifier_kind": IdentifierKind.RUN, "identifier": "40000000-1"}, "input.identifier"),
        ({"identifier": "40000000-K"}, "input.identifierKind"),
        ({"given_names": "Luz 40000000-K"}, "input.givenNames"),
        ({"second_surname": "Soto (40.000.000-K)"}, "input.secondSurname"),
        ({"social_name": "40000000K"}, "input.socialName"),
        ({"given_names": "12345"}, "input.givenNames"),
        ({"given_names": "=cmd()", "birth_date": None, "expected_birth_date": TODAY}, "input.givenNames"),
        ({"first_surname": "@Soto"}, "input.firstSurname"),
        ({"second_surname": "-Soto"}, "input.secondSurname"),
        ({"social_name": "Luz 2"}, "input.socialName"),
        ({"second_surname": "a" * 101}, "input.secondSurname"),
    ],
)
def test_input_that_cannot_be_is_refused_by_its_field(host: Host, over: dict[str, object], field: str) -> None:
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow, pytest.raises(InvalidInput) as refused:
        register_nna(uow, described(**over))
    assert refused.value.field == field
    assert "40000000" not in refused.value.message


def test_looking_before_registering_is_not_optional(host: Host) -> None:
    known = store(host)
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        with pytest.raises(PossibleDuplicate) as refused:
            register_nna(uow, described(given_names="Hamanda", first_surname="Nunes"))
        (candidate,) = refused.value.details["candidates"]
        assert candidate["id"] == f"nna_{known.id.hex}"
        assert DuplicateReason.SAME_BIRTH_DATE.sentence in candidate["reasons"]
        assert register_nna(uow, described(first_surname="Nunes", distinct_from=frozenset({known.id})))


def test_duplicates_that_the_caller_may_not_name_stay_unsaid(host: Host) -> None:
    store(host)
    manager = actor("case_manager")
    store_user(host, manager)
    with host.unit_of_work(manager, "registerNna") as uow:
        assert register_nna(uow, described())


def test_a_run_that_is_registered_is_told_without_saying_whose(host: Host) -> None:
    run = a_run()
    known = store(host, run=run)
    again = described(given_names="Otra", identifier_kind=IdentifierKind.RUN, identifier=run)
    with host.unit_of_work(actor("case_manager"), "registerNna") as uow:
        with pytest.raises(AlreadyRegistered) as refused:
            register_nna(uow, again)
        assert refused.value.details == {}
        assert "coordinación" in refused.value.message
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow, pytest.raises(AlreadyRegistered) as told:
        register_nna(uow, again)
    assert told.value.details == {"id": f"nna_{known.id.hex}"}


def test_the_same_run_in_another_commune_is_another_record(host: Host) -> None:
    run = a_run()
    store(host, run=run, commune_code=COLINA)
    with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
        assert register_nna(uow, described(identifier_kind=IdentifierKind.RUN, identifier=run))


def test_two_who_register_one_run_at_once_end_with_one_record(host: Host) -> None:
    run, start, ends = a_run(), Barrier(2), []

    def register(given: str) -> None:
        with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
            start.wait()
            try:
                register_nna(uow, described(given_names=given, identifier_kind=IdentifierKind.RUN, identifier=run))
                uow.session.commit()
                ends.append("REGISTERED")
            except AlreadyRegistered as refused:
                uow.session.commit()  # the refusal leaves the transaction whole
                ends.append(refused.code)

    threads = [Thread(target=register, args=(name,)) for name in ("Amanda", "Violeta")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["ALREADY_REGISTERED", "REGISTERED"]


def test_two_who_describe_one_child_without_number_at_once_end_with_one_record(host: Host) -> None:
    start, ends = Barrier(2), []

    def register() -> None:
        with host.unit_of_work(actor("coordinator"), "registerNna") as uow:
            start.wait()
            try:
                register_nna(uow, described())
                uow.session.commit()
                ends.append("REGISTERED")
            except PossibleDuplicate as refused:
                ends.append(refused.code)

    threads = [Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["POSSIBLE_DUPLICATE", "REGISTERED"]


def test_who_registers_without_reaching_every_name_joins_the_team(host: Host) -> None:
    manager = actor("case_manager")
    store_user(host, manager)
    with host.unit_of_work(manager, "registerNna") as uow:
        nna = register_nna(uow, described(identifier_kind=IdentifierKind.RUN, identifier=a_run()))
        assert open_identifier(uow, nna)
        member = uow.session.scalars(select(TeamMember)).one()
        assert (member.user_id, member.duty, member.valid_from) == (manager.user_id, "CASE_MANAGER", TODAY)


def test_an_identifier_opens_only_to_who_may_name_the_child(host: Host) -> None:
    nna = store(host, run=a_run())
    with host.unit_of_work(actor("case_manager"), "identifier") as uow, pytest.raises(AccessDenied):
        open_identifier(uow, uow.get(Nna, nna.id))
    with host.unit_of_work(actor("coordinator", COLINA), "identifier") as uow, pytest.raises(NotFound):
        uow.get(Nna, nna.id)


def test_a_change_needs_the_version_that_was_read(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "updateNna") as uow:
        assert update_nna(uow, nna.id, {"social_name": "Alex"}, 1).name_fold == "amanda nunez huenchullan alex"
        for version, said in ((1, "Otra persona cambió"), (9, "no ha llegado a esa versión")):
            with pytest.raises(Conflict, match=said):
                update_nna(uow, nna.id, {"social_name": None}, version)


def test_only_named_columns_change_this_way(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "updateNna") as uow, pytest.raises(InvalidInput):
        update_nna(uow, nna.id, {"commune_code": COLINA}, 1)


def test_a_child_outside_the_caseload_is_not_changed(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("case_manager"), "updateNna") as uow, pytest.raises(AccessDenied):
        update_nna(uow, nna.id, {"social_name": "Alex"}, 1)


def test_a_run_that_arrives_later_is_sealed_then(host: Host) -> None:
    nna, run = store(host), a_run()
    with host.unit_of_work(actor("coordinator"), "identifyNna") as uow:
        named = identify_nna(uow, nna.id, IdentifierKind.RUN, run, 1)
        assert open_identifier(uow, named) == run
        assert named.version == 2


def test_a_run_of_another_record_is_refused(host: Host) -> None:
    run = a_run()
    store(host, run=run)
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "identifyNna") as uow, pytest.raises(AlreadyRegistered):
        identify_nna(uow, nna.id, IdentifierKind.RUN, run, 1)
