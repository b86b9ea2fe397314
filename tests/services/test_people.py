"""Registering children and what may change in their records."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from authz.actor import Actor, Role
from authz.guard import AccessDenied
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.identity import IdentifierKind
from core.models.operations import OutboxEvent
from core.models.people import Address, Contact, Nna, Schooling, TeamMember
from core.services.errors import AlreadyRegistered, NotAnNna, NotInTheOffice, PossibleDuplicate, WrongDates
from core.services.people import (
    AddressData,
    ContactData,
    HealthData,
    NnaData,
    SchoolingData,
    WorkerData,
    add_address,
    assign_worker,
    close_address,
    identify_nna,
    open_identifier,
    register_nna,
    release_worker,
    set_contact,
    set_health_registration,
    set_protection,
    set_schooling,
    update_nna,
)
from tests.factories import (
    BIRTH,
    COLINA,
    SANTIAGO,
    SINCE,
    a_contact,
    a_run,
    a_team_member,
    a_user,
    actor,
    an_address,
    an_nna,
)

TODAY = date(2026, 11, 20)


def described(**over: object) -> NnaData:
    base = {"commune_code": SANTIAGO, "given_names": "Amanda", "first_surname": "Núñez", "birth_date": BIRTH}
    return NnaData(**(base | over))  # type: ignore[arg-type]


def store(host: Host, **over: object) -> Nna:
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow, **over)
        uow.session.commit()
    return nna


def store_user(host: Host, who: Actor) -> None:
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, who)
        uow.session.commit()


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
        assert (born.birth_date, born.expected_birth_date, born.version) == (TODAY, None, 2)
        assert born.name_fold == "luz nunez"


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
        assert "SAME_BIRTH_DATE" in candidate["reasons"]
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
        with pytest.raises(Conflict):
            update_nna(uow, nna.id, {"social_name": None}, 1)


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


def test_a_protected_address_opens_to_the_team_alone(host: Host) -> None:
    manager = actor("case_manager")
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, manager)
        nna = an_nna(uow)
        an_address(uow, nna)
        a_contact(uow, nna)
        a_team_member(uow, nna, manager)
        uow.session.commit()
    with host.unit_of_work(actor("coordinator"), "setProtection") as uow:
        assert uow.session.scalars(select(Address)).all()
        set_protection(uow, nna.id, True, False, 1)
        uow.session.commit()
    for who, shown in ((actor("coordinator"), 0), (manager, 1)):
        with host.unit_of_work(who, "read") as uow:
            assert len(uow.session.scalars(select(Address)).all()) == shown
            assert len(uow.session.scalars(select(Contact)).all()) == shown


def test_an_address_is_added_and_closed(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "addAddress") as uow:
        address = add_address(uow, AddressData(nna.id, COLINA, " Los Aromos ", "12"))
        assert (address.street, address.valid_from, address.commune_code) == ("Los Aromos", TODAY, SANTIAGO)
        with pytest.raises(WrongDates):
            close_address(uow, address.id, SINCE, 1)
        assert close_address(uow, address.id, TODAY, 1).valid_until == TODAY


@pytest.mark.parametrize("over", [{"located_in": "99999"}, {"street": " "}, {"valid_from": date(2027, 1, 1)}])
def test_an_address_that_cannot_be_is_refused(host: Host, over: dict[str, object]) -> None:
    nna = store(host)
    base = {"nna_id": nna.id, "located_in": SANTIAGO, "street": "Los Aromos"}
    with host.unit_of_work(actor("coordinator"), "addAddress") as uow, pytest.raises(InvalidInput):
        add_address(uow, AddressData(**(base | over)))  # type: ignore[arg-type]


def test_a_contact_is_added_and_changed(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "setContact") as uow:
        contact = set_contact(uow, ContactData(nna.id, "Rosa", phone="9 5555 0101"))
        assert contact.phone == "+56955550101"
        changed = ContactData(nna.id, "Rosa Soto", contact_id=contact.id, expected_version=1)
        assert (set_contact(uow, changed).name, contact.phone, contact.version) == ("Rosa Soto", None, 2)
        with pytest.raises(InvalidInput):
            set_contact(uow, ContactData(nna.id, "Rosa", phone="llamar a la vecina"))


def test_a_new_school_ends_the_one_before(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "setSchooling") as uow:
        set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Uno", valid_from=SINCE))
        set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Dos"))
        set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Dos", grade="5A"))
        found = uow.session.scalars(select(Schooling).order_by(Schooling.valid_from)).all()  # type: ignore[arg-type]
        assert [(s.school_name, s.grade, s.valid_until) for s in found] == [
            ("Escuela Uno", None, TODAY),
            ("Escuela Dos", "5A", None),
        ]
        with pytest.raises(WrongDates):
            set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Tres", valid_from=SINCE))


def test_health_is_recorded_by_who_may_read_it(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "setHealth") as uow:
        assert set_health_registration(uow, HealthData(nna.id, insurance="FONASA A")).insurance == "FONASA A"
    with host.unit_of_work(actor("case_manager"), "setHealth") as uow, pytest.raises(AccessDenied):
        set_health_registration(uow, HealthData(nna.id, insurance="FONASA A"))


def test_a_coordinator_assigns_and_releases_a_worker(host: Host) -> None:
    nna, manager = store(host), actor("case_manager")
    store_user(host, manager)
    with host.unit_of_work(actor("coordinator"), "assignWorker") as uow:
        member = assign_worker(uow, WorkerData(nna.id, manager.user_id, Role.CASE_MANAGER, TODAY))
        uow.session.commit()
    with host.unit_of_work(manager, "updateNna") as uow:
        assert update_nna(uow, nna.id, {"social_name": "Alex"}, 1)
    with host.unit_of_work(actor("coordinator"), "releaseWorker") as uow:
        release_worker(uow, member.id, TODAY, 1)
        uow.session.commit()
    with host.unit_of_work(manager, "updateNna") as uow, pytest.raises(AccessDenied):
        update_nna(uow, nna.id, {"social_name": "Alex"}, 1)


def test_nobody_assigns_a_child_to_themselves(host: Host) -> None:
    nna, manager = store(host), actor("case_manager")
    store_user(host, manager)
    with host.unit_of_work(manager, "assignWorker") as uow, pytest.raises(AccessDenied):
        assign_worker(uow, WorkerData(nna.id, manager.user_id, Role.CASE_MANAGER, TODAY))


def test_only_who_holds_the_role_in_the_commune_is_assigned(host: Host) -> None:
    nna, manager = store(host), actor("case_manager")
    store_user(host, manager)
    with host.unit_of_work(actor("coordinator"), "assignWorker") as uow, pytest.raises(NotInTheOffice):
        assign_worker(uow, WorkerData(nna.id, manager.user_id, Role.FAMILY_THERAPIST, TODAY))
