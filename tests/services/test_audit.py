"""The write audit: who changed what, in the same transaction, chained, without the content."""

from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from authz.actor import Role
from authz.scope import table_of
from core.audit import Finding, append_only_ddl, listening, record_bulk, record_children, verify
from core.database import machinery
from core.host import Host
from core.models.audit import AuditEntry, AuditHead
from core.models.organizations import Organization
from core.models.people import HealthRegistration, Nna
from core.rules.alerts import AlertState
from tests.factories import a_user, actor, an_address, an_alert, an_nna, an_organization
from tests.services.test_audit_verify import begun

__all__ = ["begun"]  # a fixture

ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)
COORDINATOR = actor(Role.COORDINATOR)


def entries(host: Host) -> list[AuditEntry]:
    with machinery(host.database, "test") as session:
        return list(session.scalars(select(AuditEntry).order_by(ENTRY.c.chain, ENTRY.c.sequence)))


def found(host: Host, **more: Any) -> list[Finding]:
    with machinery(host.database, "test") as session:
        return verify(session, host.ring, **more)


def a_chain(host: Host, length: int = 4) -> None:
    for number in range(length):
        with host.unit_of_work(None, "test") as uow:
            an_organization(uow, name=f"Escuela {number}")
            uow.session.commit()


def test_sessions_are_heard() -> None:
    assert listening()


def test_a_change_and_its_record_are_committed_together(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow)
        uow.session.commit()
    with host.transaction(COORDINATOR, "flagProtectedAddress", request_id="r1") as uow:
        row = uow.change(Nna, nna.id, 1)
        row.protected_address = True
        uow.touch(row)
    last = entries(host)[-1]
    assert (last.chain, last.sequence, last.action, last.request_id) == ("13101", 2, "flagProtectedAddress", "r1")
    assert (last.username, last.purpose) == ("coordinator.13101", "SUPERVISION")
    said = {"op": "update", "table": "nna", "id": nna.id.hex, "nna": nna.id.hex, "columns": {}}
    said["columns"] = {"protected_address": [False, True], "version": [1, 2]}
    assert last.changes == [said]
    assert found(host) == []


def test_nothing_is_committed_without_its_record_even_where_the_edge_forgets(host: Host) -> None:
    with host.unit_of_work(None, "command") as uow:
        an_nna(uow)
        uow.session.commit()
    assert [e.action for e in entries(host)] == ["command"]


def test_what_is_rolled_back_leaves_no_record(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow)
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow)
        uow.session.rollback()
        uow.session.commit()
    assert entries(host) == []


def test_what_a_savepoint_takes_back_leaves_no_record(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        kept = an_organization(uow)
        savepoint = uow.session.begin_nested()
        an_organization(uow)
        savepoint.rollback()
        with uow.session.begin_nested():
            also = an_organization(uow)
        uow.session.commit()
    (entry,) = entries(host)
    assert [c["id"] for c in entry.changes] == [kept.id.hex, also.id.hex]


def test_what_an_unscoped_session_writes_belongs_to_the_unit(host: Host) -> None:
    with host.transaction(COORDINATOR, "test") as uow, uow.unscoped("a test") as session:
        number = uow.new_id()
        row = Organization(
            id=number, commune_code="13101", name="x", name_sort="x", type_code="SCHOOL", sector_code="EDUCATION"
        )
        row.created_at = row.updated_at = uow.now()
        session.add(row)
        session.flush()
    (entry,) = entries(host)
    assert entry.changes[0]["id"] == number.hex


def test_no_content_of_a_childs_record_is_in_the_trail(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow, run="90000001-K", given_names="Amanda", has_disability=True)
        dated = {"valid_from": uow.today(), "insurance": "FONASA", "background": "asma"}
        uow.add(HealthRegistration(id=uow.new_id(), commune_code="13101", nna_id=nna.id, **dated))
        an_alert(uow, nna, information="lo contó la abuela")
        uow.session.commit()
    written = str([e.changes for e in entries(host)])
    for content in ("Amanda", "90000001", "asma", "FONASA", "abuela", "2016-05-04", "LACK_OF_SUPERVISION"):
        assert content not in written
    assert "'has_disability': [None, True]" not in written


def test_equal_contents_of_two_rows_leave_different_hashes(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        first, second = an_nna(uow, given_names="Amanda"), an_nna(uow, given_names="Amanda")
        uow.session.commit()
    (entry,) = entries(host)
    named = {c["id"]: c["columns"]["given_names"][1] for c in entry.changes}  # type: ignore[index]
    assert named[first.id.hex] != named[second.id.hex]


def test_each_commune_has_its_own_chain_and_people_without_one_stand_in_the_actors(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow)
        an_nna(uow, commune_code="13301")
        a_user(uow)
        uow.session.commit()
    assert [(e.chain, e.sequence) for e in entries(host)] == [("13101", 1), ("13301", 1), ("CL", 1)]


def test_many_inserts_of_one_table_are_told_by_their_number(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        for _ in range(201):
            an_organization(uow)
        uow.session.commit()
    (entry,) = entries(host)
    (change,) = entry.changes
    assert (change["table"], change["count"]) == ("organization", 201)


def test_every_change_of_a_childs_row_names_the_child_and_no_other_does(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        nna, office = an_nna(uow), an_organization(uow)
        alert = an_alert(uow, nna)
        uow.session.commit()
        alert.state = AlertState.VALIDATED
        office.name = "Otra"
        uow.touch(alert), uow.touch(office)
        uow.session.delete(alert)
        uow.session.commit()
    told = {(c["table"], c["op"], c.get("nna")) for e in entries(host)[1:] for c in e.changes}
    assert told == {
        ("alert", "update", nna.id.hex),
        ("alert", "delete", nna.id.hex),
        ("organization", "update", None),
    }
    assert found(host) == []


def test_many_inserts_told_by_their_number_still_name_the_children(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow)
        uow.session.commit()
        for _ in range(201):
            an_address(uow, nna)
        uow.session.commit()
    (change,) = entries(host)[-1].changes
    assert (change["table"], change["count"], change["nna"]) == ("address", 201, [nna.id.hex])


def test_an_import_names_children_in_pieces(host: Host) -> None:
    children = [f"{number:032x}" for number in range(201)]
    with host.unit_of_work(None, "import") as uow:
        record_children(uow, "nna", children, ["sex"], "f" * 64, "13101")
        uow.session.commit()
    (entry,) = entries(host)
    assert [c["count"] for c in entry.changes] == [200, 1]
    assert [one for c in entry.changes for one in c["nna"]] == children
    assert found(host) == []


def test_a_bulk_statement_is_counted_and_an_import_names_its_file(host: Host) -> None:
    with host.unit_of_work(None, "import") as uow:
        an_organization(uow), an_organization(uow)
        uow.session.execute(update(Organization).values(sector_code="HEALTH"))
        uow.session.commit()
        uow.session.execute(update(Organization).values(sector_code="EDUCATION"))
        record_bulk(uow, "organization", 2, "f" * 64, "13101")
        uow.session.commit()
    bulk = [c for e in entries(host) for c in e.changes if c["op"] != "insert"]
    assert bulk == [
        {"op": "bulk", "table": "organization", "count": 2, "file": "f" * 64},
        {"op": "bulk update", "table": "organization", "count": 2},
    ]


def test_the_database_itself_refuses_to_change_a_record(host: Host) -> None:
    a_chain(host, 1)
    with host.database.begin() as connection:
        for statement in append_only_ddl(connection.dialect.name):
            connection.execute(text(statement))
    for statement in (update(ENTRY).values(action="x"), delete(ENTRY)):
        with pytest.raises(DBAPIError, match="append-only"), host.database.begin() as connection:
            connection.execute(statement)
    a_chain(host, 1)
    assert found(host) == []
