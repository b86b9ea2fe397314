"""The write audit read again: an entry edited, deleted, moved or cut off shows, and so does an old copy put back."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from authz.scope import table_of
from core.audit import Finding, FindingKind, anchor, begin_anchors, verify
from core.audit.digest import head_digest
from core.database import machinery, snapshot
from core.host import Host
from core.models.audit import AuditEntry, AuditHead
from tests.factories import an_organization

ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)


def entries(host: Host) -> list[AuditEntry]:
    with machinery(host.database, "test") as session:
        return list(session.scalars(select(AuditEntry).order_by(ENTRY.c.chain, ENTRY.c.sequence)))


def found(host: Host, **more: Any) -> list[Finding]:
    with machinery(host.database, "test") as session:
        return verify(session, host.ring, **more)


def anchored(host: Host) -> int:
    with host.database.begin() as connection:
        return anchor(connection, host.ring.audit, host.settings.home, host.clock.now())


@pytest.fixture(autouse=True)
def begun(host: Host) -> None:
    """Write what an installation begins with."""
    with host.transaction(None, "test") as uow:
        begin_anchors(uow)


def a_chain(host: Host, length: int = 4) -> None:
    for number in range(length):
        with host.unit_of_work(None, "test") as uow:
            an_organization(uow, name=f"Escuela {number}")
            uow.session.commit()


@pytest.fixture
def tampering(host: Host) -> Iterator[Connection]:
    a_chain(host)
    with host.database.begin() as connection:
        yield connection


def test_the_whole_trail_verifies(host: Host) -> None:
    a_chain(host)
    assert found(host) == []


def test_many_writers_leave_unbroken_chains(host: Host) -> None:
    ready = threading.Barrier(4)

    def write(communes: tuple[str, str]) -> None:
        ready.wait()
        for _ in range(5):
            with host.transaction(None, "test") as uow:
                for commune in communes:
                    an_organization(uow, commune_code=commune)

    pairs = (("13101", "13301"), ("13301", "13101")) * 2
    threads = [threading.Thread(target=write, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(e.chain, e.sequence) for e in entries(host)] == [(c, n) for c in ("13101", "13301") for n in range(1, 21)]
    assert found(host) == []


def test_an_edited_record_is_found(host: Host, tampering: Connection) -> None:
    tampering.execute(update(ENTRY).where(ENTRY.c.sequence == 2).values(username="otra.persona"))
    tampering.commit()
    assert (FindingKind.EDITED, 2) in [(f.kind, f.sequence) for f in found(host)]


def test_edited_changes_are_found(host: Host, tampering: Connection) -> None:
    tampering.execute(update(ENTRY).where(ENTRY.c.sequence == 3).values(changes=[]))
    tampering.commit()
    assert [(f.kind, f.sequence) for f in found(host)] == [(FindingKind.EDITED, 3)]


def test_a_deleted_record_is_found(host: Host, tampering: Connection) -> None:
    tampering.execute(delete(ENTRY).where(ENTRY.c.sequence == 2))
    tampering.commit()
    assert [(f.kind, f.sequence) for f in found(host)] == [(FindingKind.DELETED, 2)]


def test_two_records_that_changed_places_are_found(host: Host, tampering: Connection) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        tampering.execute(update(ENTRY).where(ENTRY.c.sequence == old).values(sequence=new))
    tampering.commit()
    assert {f.sequence for f in found(host)} >= {2, 3}


def test_a_tail_cut_off_is_found(host: Host, tampering: Connection) -> None:
    tampering.execute(delete(ENTRY).where(ENTRY.c.sequence > 2))
    tampering.commit()
    assert [(f.kind, f.sequence) for f in found(host)] == [(FindingKind.TRUNCATED, 3)]


def test_a_tail_cut_off_is_found_though_the_head_was_made_to_fit_without_the_key(
    host: Host, tampering: Connection
) -> None:
    last = tampering.execute(select(ENTRY.c.digest).where(ENTRY.c.sequence == 2)).scalar_one()
    tampering.execute(delete(ENTRY).where(ENTRY.c.sequence > 2))
    forged = head_digest(b"another key", "13101", 2, last)
    tampering.execute(update(HEAD).where(HEAD.c.chain == "13101").values(sequence=2, digest=forged))
    tampering.commit()
    assert [f.kind for f in found(host)] == [FindingKind.HEAD_EDITED]


@pytest.mark.parametrize("values", [{"digest": "00"}, {"sequence": 2}])
def test_of_a_head_that_alone_was_edited_nobody_says_that_records_are_missing(
    host: Host, tampering: Connection, values: dict[str, Any]
) -> None:
    tampering.execute(update(HEAD).where(HEAD.c.chain == "13101").values(values))
    tampering.commit()
    (finding,) = found(host)
    assert finding.message == (
        "La constancia de hasta dónde llega la cadena 13101 no es la que se escribió, o falta: no se sabe si hubo"
        " registros después del 4."
    )


def test_an_edited_last_record_leaves_its_head_out_of_it(host: Host, tampering: Connection) -> None:
    tampering.execute(update(ENTRY).where(ENTRY.c.sequence == 4).values(digest="00"))
    tampering.commit()
    assert [(f.kind, f.sequence) for f in found(host)] == [(FindingKind.EDITED, 4)]


def test_a_whole_chain_taken_out_is_found(host: Host, tampering: Connection) -> None:
    tampering.execute(delete(ENTRY))
    tampering.commit()
    assert [f.kind for f in found(host)] == [FindingKind.TRUNCATED]


def test_an_old_copy_of_the_database_put_back_is_found_by_the_anchor(host: Host, tampering: Connection) -> None:
    home = host.settings.home
    assert anchor(tampering, host.ring.audit, home, host.clock.now()) == 1
    last = tampering.execute(select(ENTRY.c.digest).where(ENTRY.c.sequence == 2)).scalar_one()
    tampering.execute(delete(ENTRY).where(ENTRY.c.sequence > 2))
    back = {"sequence": 2, "digest": head_digest(host.ring.audit, "13101", 2, last)}
    tampering.execute(update(HEAD).where(HEAD.c.chain == "13101").values(back))
    tampering.commit()
    assert found(host) == []
    assert [f.kind for f in found(host, home=home)] == [FindingKind.TRUNCATED]


def test_a_line_of_the_anchor_file_taken_out_is_found(host: Host) -> None:
    home = host.settings.home
    for _ in range(3):
        a_chain(host, 1)
        assert found(host, home=home) == []
        anchored(host)
    file = home / "audit-anchor.jsonl"
    first, _, third = file.read_bytes().splitlines()
    file.write_bytes(first + b"\n" + third + b"\n")
    assert [f.kind for f in found(host, home=home)] == [FindingKind.ANCHOR_BROKEN]


def test_another_key_verifies_nothing(host: Host) -> None:
    a_chain(host, 1)
    with machinery(host.database, "test") as session:
        assert verify(session, type(host.ring).generate())


def test_what_is_written_meanwhile_is_no_finding(host: Host) -> None:
    a_chain(host)
    with snapshot(host.database, "test") as session:
        before = session.connection().execute(select(HEAD)).all()
        a_chain(host)
        assert session.connection().execute(select(HEAD)).all() == before
        assert verify(session, host.ring) == []
