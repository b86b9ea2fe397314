"""Addresses, contacts, schools, health and the team of a child: dated, and each open to who may read it."""

from datetime import date

import pytest
from sqlalchemy import select

from authz.actor import Role
from authz.guard import AccessDenied
from core.errors import InvalidInput
from core.host import Host
from core.models.people import Address, Schooling
from core.services.errors import NotInTheOffice, WrongDates
from core.services.people import (
    AddressData,
    ContactData,
    HealthData,
    SchoolingData,
    WorkerData,
    add_address,
    add_contact,
    assign_worker,
    close_address,
    release_worker,
    set_health_registration,
    set_protection,
    set_schooling,
    update_nna,
)
from tests.factories import (
    COLINA,
    SANTIAGO,
    SINCE,
    a_contact,
    a_team_member,
    a_user,
    actor,
    an_address,
    an_nna,
)
from tests.services.children import TODAY, store, store_user


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


def test_an_address_is_added_and_closed(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "addAddress") as uow:
        address = add_address(uow, AddressData(nna.id, COLINA, " Los Aromos ", "12"))
        assert (address.street, address.valid_from, address.commune_code) == ("Los Aromos", TODAY, SANTIAGO)
        with pytest.raises(WrongDates):
            close_address(uow, address.id, SINCE, 1)
        assert close_address(uow, address.id, TODAY, 1).valid_until == TODAY


@pytest.mark.parametrize(
    "over", [{"located_in": "99999"}, {"street": " "}, {"valid_from": date(2027, 1, 1)}, {"number": "1" * 201}]
)
def test_an_address_that_cannot_be_is_refused(host: Host, over: dict[str, object]) -> None:
    nna = store(host)
    base = {"nna_id": nna.id, "located_in": SANTIAGO, "street": "Los Aromos"}
    with host.unit_of_work(actor("coordinator"), "addAddress") as uow, pytest.raises(InvalidInput):
        add_address(uow, AddressData(**(base | over)))  # type: ignore[arg-type]


NUMBERED = "La madre, RUN 12.531.909-2"


def test_no_detail_keeps_a_run_in_clear(host: Host) -> None:
    nna = store(host)
    told = {}
    with host.unit_of_work(actor("coordinator"), "test") as uow:
        for name, write in {
            "street": lambda: add_address(uow, AddressData(nna.id, SANTIAGO, NUMBERED)),
            "reference": lambda: add_address(uow, AddressData(nna.id, SANTIAGO, "Los Aromos", reference=NUMBERED)),
            "name": lambda: add_contact(uow, ContactData(nna.id, NUMBERED)),
            "relationship": lambda: add_contact(uow, ContactData(nna.id, "Rosa", NUMBERED)),
            "background": lambda: set_health_registration(uow, HealthData(nna.id, background=NUMBERED)),
            "secondSurname": lambda: update_nna(uow, nna.id, {"second_surname": NUMBERED}, None),
        }.items():
            with pytest.raises(InvalidInput, match="parece contener un RUN") as refused:
                write()
            told[name] = refused.value.field
    assert told == {name: f"input.{name}" for name in told}


def test_a_contact_is_added(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "addContact") as uow:
        contact = add_contact(uow, ContactData(nna.id, "Rosa", phone="9 5555 0101"))
        assert contact.phone == "+56955550101"
        for over in ({"phone": "llamar a la vecina"}, {"email": f"{'a' * 250}@x.cl"}, {"relationship": "a" * 201}):
            with pytest.raises(InvalidInput):
                add_contact(uow, ContactData(nna.id, "Rosa", **over))


def test_a_new_school_ends_the_one_before(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "setSchooling") as uow:
        set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Uno", valid_from=SINCE))
        set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Dos"))
        for _ in range(2):  # a second click says the same again
            set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Dos", grade="5A"))
        found = uow.session.scalars(select(Schooling)).all()
        told = [(s.school_name, s.grade, s.valid_from, s.valid_until) for s in found]
        assert sorted(told, key=lambda row: (row[2], row[3] or date.max)) == [
            ("Escuela Uno", None, SINCE, TODAY),
            ("Escuela Dos", None, TODAY, TODAY),  # of the same day: it never held, and stays recorded
            ("Escuela Dos", "5A", TODAY, None),
        ]
        with pytest.raises(InvalidInput):
            set_schooling(uow, SchoolingData(nna.id))
        with pytest.raises(WrongDates):
            set_schooling(uow, SchoolingData(nna.id, school_name="Escuela Tres", valid_from=SINCE))


def test_health_is_recorded_by_who_may_read_it(host: Host) -> None:
    nna = store(host)
    with host.unit_of_work(actor("coordinator"), "setHealth") as uow:
        assert set_health_registration(uow, HealthData(nna.id, insurance="FONASA_A")).insurance == "FONASA_A"
    with host.unit_of_work(actor("case_manager"), "setHealth") as uow, pytest.raises(AccessDenied):
        set_health_registration(uow, HealthData(nna.id, insurance="FONASA_A"))


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
