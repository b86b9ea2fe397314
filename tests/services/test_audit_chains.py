"""Which chains have begun is sealed: one that is deleted whole shows, whoever writes in its commune again."""

import threading
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from authz.scope import table_of
from core.audit import seal, verify
from core.audit.digest import READS, SET
from core.database import machinery
from core.host import Host
from core.journal import open_journal
from core.models.audit import AuditEntry, AuditHead, ReadEntry, ReadSubject
from tests.factories import an_organization
from tests.services.test_anchors import RECORD
from tests.services.test_audit_verify import begun

__all__ = ["begun"]  # a fixture

ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)


def found(host: Host) -> list[str]:
    with machinery(host.database, "test") as session:
        return [f.message for f in verify(session, host.ring)]


def a_change(host: Host, *communes: str) -> None:
    with host.transaction(None, "test") as uow:
        for commune in communes:
            an_organization(uow, commune_code=commune)


def delete_chain(host: Host, chain: str) -> None:
    with host.database.begin() as connection:
        connection.execute(delete(ENTRY).where(ENTRY.c.chain == chain))
        connection.execute(delete(HEAD).where(HEAD.c.chain == chain))


def test_a_chain_deleted_together_with_its_head_is_found(host: Host) -> None:
    a_change(host, "13101", "05701")
    assert found(host) == []
    delete_chain(host, "05701")
    assert found(host) == [
        "De las 2 cadenas que comenzaron hay 1: lo demás se borró entero, también la constancia de dónde iba."
    ]


def test_a_chain_that_begins_anew_under_the_name_of_a_deleted_one_hides_nothing(host: Host) -> None:
    a_change(host, "13101", "05701")
    delete_chain(host, "05701")
    a_change(host, "05701")
    assert len(found(host)) == 1
    a_change(host, "13301")
    assert len(found(host)) == 1


def test_the_readings_of_a_process_deleted_with_their_head_are_found(host: Host) -> None:
    host.settings = host.settings.model_copy(update={"read_audit": "database"})
    a_change(host, "13101")
    journal = open_journal(host)
    journal.record_now(RECORD)
    journal.close()
    assert found(host) == []
    with host.database.begin() as connection:
        for model in (ReadSubject, ReadEntry):
            connection.execute(delete(table_of(model)))
        connection.execute(delete(HEAD).where(HEAD.c.chain.startswith(READS)))
    assert len(found(host)) == 1


@pytest.mark.parametrize("tampered", [delete(HEAD), update(HEAD).values(sequence=1), update(HEAD).values(digest="0")])
def test_a_seal_that_is_gone_or_edited_is_found_and_made_anew_by_nobody(host: Host, tampered: Any) -> None:
    a_change(host, "13101", "05701")
    with host.database.begin() as connection:
        connection.execute(tampered.where(HEAD.c.chain == SET))
    assert len(found(host)) == 1
    a_change(host, "13301")
    assert len(found(host)) == 1


def test_a_chain_whose_transaction_is_taken_back_never_began(host: Host) -> None:
    with pytest.raises(ZeroDivisionError), host.unit_of_work(None, "test") as uow:
        an_organization(uow, commune_code="05701")
        uow.session.flush()
        seal(uow)
        raise ZeroDivisionError
    assert found(host) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_chains_of_many_communes_begin_at_once_and_nobody_waits_in_a_circle(host: Host) -> None:
    ready, failed = threading.Barrier(6), list[Exception]()

    def write(first: int) -> None:
        ready.wait()
        try:
            for number in range(4):  # a chain that is there, one that another begins as well, and one of its own
                a_change(host, "13101", f"0510{number}", f"2{first}10{number}", "16101")
        except Exception as error:
            failed.append(error)

    a_change(host, "13101", "16101")
    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert found(host) == []
    with host.database.connect() as connection:
        assert connection.execute(select(HEAD.c.sequence).where(HEAD.c.chain == SET)).scalar() == 2 + 4 + 24
