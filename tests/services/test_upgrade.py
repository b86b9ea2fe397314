"""Revisions of the core on both databases: up, down, and in step with the models."""

from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from core.audit import append_only_ddl
from core.host import Host
from core.models.scopes import SCOPES
from core.upgrade import UpgradeError, downgrade, drift, status, upgrade

ORDERED = ("_sort", "_fold", "_sound")
NEWEST = "core_0010"


def tables(host: Host) -> set[str]:
    return set(inspect(host.database).get_table_names())


def test_an_empty_database_gets_every_table_of_the_core(bare: Host) -> None:
    upgrade(bare)
    assert tables(bare) == {scope.table.name for scope in SCOPES} | {"alembic_core"}


def test_the_revisions_say_what_the_models_say(bare: Host) -> None:
    upgrade(bare)
    assert drift(bare) == {}


def test_a_column_that_no_revision_brings_is_told_as_drift(bare: Host) -> None:
    upgrade(bare)
    with bare.database.begin() as connection:
        connection.execute(text("ALTER TABLE commune_alias DROP COLUMN name"))
    assert "name" in str(drift(bare)["core"])


def test_a_type_that_changed_is_told_as_drift(bare: Host) -> None:
    upgrade(bare)
    with bare.database.begin() as connection:
        connection.execute(text("ALTER TABLE office_period DROP COLUMN note"))
        connection.execute(text("ALTER TABLE office_period ADD COLUMN note INTEGER"))
    assert "modify_type" in str(drift(bare)["core"])


def test_upgrading_twice_changes_nothing(bare: Host) -> None:
    upgrade(bare)
    upgrade(bare)
    assert status(bare) == [("core", NEWEST, NEWEST)]


def test_status_tells_of_a_database_that_was_never_upgraded(bare: Host) -> None:
    assert status(bare) == [("core", None, NEWEST)]


def test_going_back_to_base_leaves_nothing(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "base")
    assert tables(bare) == {"alembic_core"}
    upgrade(bare)
    assert drift(bare) == {}


def test_every_constraint_has_a_name(bare: Host) -> None:
    upgrade(bare)
    found = inspect(bare.database)
    for table in sorted(tables(bare) - {"alembic_core"}):
        constraints: list[Any] = [found.get_pk_constraint(table), *found.get_foreign_keys(table)]
        constraints += [*found.get_unique_constraints(table), *found.get_check_constraints(table)]
        assert all(one["name"] for one in constraints), table


def test_text_that_we_order_is_compared_by_its_bytes(bare: Host) -> None:
    upgrade(bare)
    sqlite = "SELECT name, coll FROM pragma_index_xinfo('ix_nna_commune_name') UNION SELECT name, coll FROM {}"
    sqlite = sqlite.format("pragma_index_xinfo('ix_nna_commune_sound')")
    postgresql = (
        "SELECT attname, collname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "LEFT JOIN pg_collation ON pg_collation.oid = attcollation "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    statement = sqlite if bare.database.dialect.name == "sqlite" else postgresql
    with bare.database.connect() as connection:
        found = {order for name, order in connection.execute(text(statement)) if str(name).endswith(ORDERED)}
    assert found == ({"BINARY"} if statement is sqlite else {"C"})


def test_the_order_of_names_is_read_from_its_index(bare: Host) -> None:
    upgrade(bare)
    order = 'name_sort COLLATE "C"' if bare.database.dialect.name == "postgresql" else "name_sort"
    statement = f"SELECT id FROM nna WHERE commune_code = '13101' ORDER BY {order}, id LIMIT 10"
    with bare.database.connect() as connection:
        if bare.database.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN " if bare.database.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row) for row in connection.execute(text(explain + statement)))
    assert "ix_nna_commune_name" in plan
    assert "sort" not in plan.lower().replace("name_sort", "") and "TEMP B-TREE" not in plan


def test_the_database_itself_refuses_to_change_an_audit_record(bare: Host) -> None:
    upgrade(bare)
    with bare.database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO read_entry (id, journal, sequence, at, user_id, username, purpose, document_hash, digest, "
                "placed) "
                "VALUES ('018f0000000070008000000000000000', 'j', 1, '2026-11-20 00:00:00', "
                "'018f0000000070008000000000000000', 'u', 'CARE', 'h', 'd', 'p')"
            )
        )
    for statement in ("UPDATE read_entry SET digest = 'x'", "DELETE FROM read_entry"):
        with pytest.raises(DBAPIError, match="append-only"), bare.database.begin() as connection:
            connection.execute(text(statement))


def test_the_first_revision_brings_the_triggers_that_the_audit_asks_for(bare: Host) -> None:
    upgrade(bare)
    asked = {s.split()[2] for s in append_only_ddl(bare.database.dialect.name) if s.startswith("CREATE TRIGGER")}
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with bare.database.connect() as connection:
        found = connection.execute(text(catalogue[bare.database.dialect.name])).scalars()
        assert set(found) == asked


def test_a_database_of_a_newer_program_is_refused(bare: Host) -> None:
    upgrade(bare)
    with bare.database.begin() as connection:
        connection.execute(text("UPDATE alembic_core SET version_num = 'core_9999'"))
    with pytest.raises(UpgradeError, match="core_9999"):
        upgrade(bare)


def test_there_is_no_lineage_of_an_unknown_name(bare: Host) -> None:
    with pytest.raises(LookupError):
        downgrade(bare, "nobody", "base")
