"""The children of whose family a changed row tells: named under the change, at the cost of one look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from authz.actor import Role
from core.audit import verify
from core.database import machinery
from core.host import Host
from core.models.families import Family, FamilyMember, Relation, Relative
from core.models.people import Nna
from core.unit_of_work import UnitOfWork
from tests.factories import a_family, a_member, a_relation, a_relative, actor, an_nna, stored
from tests.services.test_audit import entries
from tests.services.test_audit_verify import begun

__all__ = ["begun"]  # a fixture

COORDINATOR = actor(Role.COORDINATOR)


@contextmanager
def statements(host: Host) -> Iterator[list[str]]:
    """Give the statements that run in the meantime."""
    said: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(host.database, "before_cursor_execute", look)
    yield said
    event.remove(host.database, "before_cursor_execute", look)


def a_home(uow: UnitOfWork) -> tuple[list[Nna], Family, Relative, FamilyMember, Relation]:
    children = [an_nna(uow), an_nna(uow)]
    family, mother = a_family(uow, *children), a_relative(uow)
    return children, family, mother, a_member(uow, family, relative=mother), a_relation(uow, mother, children[0])


def newest(host: Host) -> list[tuple[str, str, list[str] | None]]:
    return [(c["table"], c["op"], c.get("nna")) for c in entries(host)[-1].changes]


def test_every_change_of_a_familys_row_names_its_children_and_the_chain_holds(host: Host) -> None:
    with stored(host) as uow:
        children, *rows = a_home(uow)
        uow.session.commit()
        for row in rows:
            uow.touch(row)
        for row in reversed(rows[2:]):
            uow.session.delete(row)
            uow.session.flush()
    both = sorted(child.id.hex for child in children)
    changed = [(table, "update", both) for table in ("family", "relative", "family_member", "relation")]
    assert newest(host) == [*changed, ("relation", "delete", both), ("family_member", "delete", both)]
    with machinery(host.database, "test") as session:
        assert verify(session, host.ring) == []


def test_what_is_of_no_child_names_none(host: Host) -> None:
    with stored(host) as uow:
        a_member(uow, a_family(uow), relative=a_relative(uow))
    assert {named for _, _, named in newest(host)} == {None}


@pytest.mark.parametrize("which", ["relative", "member", "relation"])
def test_it_takes_one_statement_more(host: Host, which: str) -> None:
    with stored(host) as uow:
        rows = dict(zip(("relative", "member", "relation"), a_home(uow)[2:], strict=True))
    with host.unit_of_work(COORDINATOR, "test") as uow:
        row = uow.change(type(rows[which]), rows[which].id, 1)
        with statements(host) as said:
            uow.touch(row)
    assert [statement.split()[0] for statement in said] == ["UPDATE", "SELECT"]


def test_other_rows_take_none(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        with statements(host) as said:
            uow.touch(nna)
    assert [statement.split()[0] for statement in said] == ["UPDATE"]


def test_many_memberships_told_by_their_number_still_name_the_children(host: Host) -> None:
    with stored(host) as uow:
        children, family, *_ = a_home(uow)
        uow.session.commit()
        mother = a_relative(uow)
        for _ in range(201):
            a_member(uow, family, relative=mother)
    told = next(c for c in entries(host)[-1].changes if c["table"] == "family_member")
    assert (told["count"], told["nna"]) == (201, sorted(child.id.hex for child in children))


def test_old_entries_that_name_no_child_are_kept_as_they_are(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation of before has them in its chains."""
    with monkeypatch.context() as before:
        before.setattr("core.audit.session.name_children", lambda *_: None)
        with stored(host) as uow:
            mother = a_home(uow)[2]
    old = [entry.digest for entry in entries(host)]
    with stored(host) as uow:
        uow.touch(uow.session.get_one(Relative, mother.id))
    assert [entry.digest for entry in entries(host)][: len(old)] == old
    with machinery(host.database, "test") as session:
        assert verify(session, host.ring) == []
