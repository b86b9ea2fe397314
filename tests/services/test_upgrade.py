"""Revisions on both databases: up, down, in step with the models, and one lineage for each plugin."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from cli.base import behind
from core.audit import append_only_ddl
from core.hooks import Info, hookimpl
from core.host import Host
from core.journal.tables import unproven_is_known
from core.models.extracts import Extract, ExtractArrival, Nature
from core.models.families import Family
from core.models.scopes import SCOPES
from core.plugin_checks import PluginError
from core.upgrade import UpgradeError, downgrade, draft, drift, status, upgrade
from tests.conftest import make_host
from tests.services.test_audit_chains import a_change, found

ORDERED = ("_sort", "_fold", "_sound")
REVISION = '''"""{message}."""

from alembic import op

revision = "{revision}"
down_revision = {down!r}
branch_labels = depends_on = None


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {undo}
'''


@pytest.fixture
def bare(bare_database: str, tmp_path: Path) -> Iterator[Host]:
    made = make_host(bare_database, tmp_path)
    yield made
    made.database.dispose()


def a_plugin(folder: Path, name: str = "kites", **over: Any) -> object:
    """Make a plugin that brings one revision, which creates `<name>_wind`."""
    folder.mkdir(exist_ok=True)
    write(folder, f"{name}_0001", None, f'op.execute("CREATE TABLE {name}_wind (id INTEGER)")')

    class Plugin:
        @hookimpl
        def oln_info(self) -> Info:
            return Info(name, "Volantines", "1.0")

        @hookimpl
        def oln_migrations(self) -> Path:
            return folder

    return Plugin()


def write(folder: Path, revision: str, down: str | None, up: str) -> None:
    undo = f'op.execute("DROP TABLE {revision.split("_")[0]}_wind")'
    words = {"message": revision, "revision": revision, "down": down, "up": up, "undo": undo}
    (folder / f"{revision}.py").write_text(REVISION.format(**words), encoding="utf-8")


def with_plugin(host: Host, plugin: object) -> Host:
    return make_host(host.settings.database, host.settings.home, plugin)


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
    assert status(bare) == [("core", "core_0007", "core_0007")]


def test_status_tells_of_a_database_that_was_never_upgraded(bare: Host) -> None:
    assert status(bare) == [("core", None, "core_0007")]


def test_going_back_to_base_leaves_nothing(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "base")
    assert tables(bare) == {"alembic_core"}
    upgrade(bare)
    assert drift(bare) == {}


def test_files_from_before_are_in_the_order_in_which_they_first_came_to_anybody(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "core_0005")
    hours = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (9, 10, 11)]
    with bare.database.begin() as connection:
        told = {"kind": "scores", "period": date(2026, 11, 1), "provider": "P", "agreement": "C", "legal_basis": "L"}
        told |= {"expires_on": date(2027, 11, 1), "nature": Nature.ADMINISTRATIVE, "file_name": "a.csv"}
        for at, name in zip(hours, "aba", strict=True):
            connection.execute(insert(Extract), told | {"id": uuid4(), "file_hash": name, "imported_at": at})
        family = {"commune_code": "13101", "version": 1, "created_at": hours[0], "updated_at": hours[0]}
        connection.execute(insert(Family), family | {"id": uuid4(), "folio": "F000001"})
    upgrade(bare)
    with bare.database.connect() as connection:
        found = connection.execute(select(ExtractArrival).order_by(ExtractArrival.arrived_at)).all()
    assert [(row.file_hash, row.commune_code, row.arrived_at) for row in found] == [
        ("a", "13101", hours[0]),
        ("b", "13101", hours[1]),
    ]


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


def test_an_installation_of_before_seals_the_chains_that_it_has(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "core_0006")
    a_change(bare, "13101", "05701")
    upgrade(bare)
    assert found(bare) == []
    a_change(bare, "13301")
    assert found(bare) == []


def test_readings_of_before_are_counted_once_and_for_all(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "core_0006")
    insert = (
        "INSERT INTO read_entry (id, journal, sequence, at, user_id, username, purpose, document_hash, digest, placed)"
        " VALUES ('018f000000007000800000000000000{0}', 'j', {0}, '2026-11-20 00:00:00',"
        " '018f0000000070008000000000000000', 'u', 'CARE', 'h', 'd', '')"
    )
    with bare.database.begin() as connection:
        connection.execute(text(insert.format(1)))
    upgrade(bare)
    with bare.database.begin() as connection:
        assert unproven_is_known(connection, bare.ring.audit)
        connection.execute(text(insert.format(2)))
        assert not unproven_is_known(connection, bare.ring.audit)


def test_a_plugin_has_a_lineage_and_a_version_table_of_its_own(bare: Host, tmp_path: Path) -> None:
    host = with_plugin(bare, a_plugin(tmp_path / "kites"))
    upgrade(host)
    assert {"kites_wind", "alembic_kites", "alembic_core"} <= tables(host)
    assert status(host) == [("core", "core_0007", "core_0007"), ("kites", "kites_0001", "kites_0001")]
    host.database.dispose()


def test_a_table_of_a_plugin_that_no_revision_creates_is_told_by_its_name(bare: Host, tmp_path: Path) -> None:
    plugin: Any = a_plugin(tmp_path / "kites")
    host = with_plugin(bare, plugin)
    host.scopes["kites_string"] = host.scopes["nna"]  # as `oln_models` would declare it
    with pytest.raises(PluginError, match="plugin kites: no revision in oln_migrations creates the table kites_string"):
        upgrade(host)
    assert status(host) == [("core", "core_0007", "core_0007"), ("kites", "kites_0001", "kites_0001")]
    assert behind(host).startswith("El módulo kites no puede usarse: declara la tabla kites_string")
    host.database.dispose()


def test_uninstalling_a_plugin_does_not_break_the_upgrade(bare: Host, tmp_path: Path) -> None:
    host = with_plugin(bare, a_plugin(tmp_path / "kites"))
    upgrade(host)
    host.database.dispose()
    upgrade(bare)
    assert "kites_wind" in tables(bare)
    assert status(bare) == [("core", "core_0007", "core_0007")]


def test_a_plugin_goes_back_without_the_core(bare: Host, tmp_path: Path) -> None:
    host = with_plugin(bare, a_plugin(tmp_path / "kites"))
    upgrade(host)
    downgrade(host, "kites", "base")
    assert "kites_wind" not in tables(host) and "nna" in tables(host)
    host.database.dispose()


def test_a_failing_revision_of_a_plugin_is_undone_and_named(bare: Host, tmp_path: Path) -> None:
    folder = tmp_path / "kites"
    plugin = a_plugin(folder)
    both = 'op.execute("CREATE TABLE kites_more (id INTEGER)"); op.execute("CREATE TABLE kites_more (id INTEGER)")'
    write(folder, "kites_0002", "kites_0001", both)
    host = with_plugin(bare, plugin)
    with pytest.raises(UpgradeError, match=r"^kites: "):
        upgrade(host)
    assert "nna" in tables(host) and not any(table.startswith("kites_") for table in tables(host))
    host.database.dispose()


def test_a_database_of_a_newer_program_is_refused(bare: Host) -> None:
    upgrade(bare)
    with bare.database.begin() as connection:
        connection.execute(text("UPDATE alembic_core SET version_num = 'core_9999'"))
    with pytest.raises(UpgradeError, match="core_9999"):
        upgrade(bare)


def test_there_is_no_lineage_of_an_unknown_name(bare: Host) -> None:
    with pytest.raises(LookupError):
        downgrade(bare, "nobody", "base")


def test_a_table_made_anew_keeps_the_rows_that_point_at_it(bare: Host, tmp_path: Path) -> None:
    upgrade(bare)
    one = "'018f0000000070008000000000000001'"
    with bare.database.begin() as connection:
        connection.execute(text(f"INSERT INTO region VALUES ({one}, '13', 'Metropolitana', 'm', 'CL-RM', 7)"))
        connection.execute(
            text(f"INSERT INTO province (id, code, name, name_sort, region_id) VALUES ({one}, '131', 'S', 's', {one})")
        )
    folder = tmp_path / "kites"
    plugin = a_plugin(folder)
    anew = 'with op.batch_alter_table("region", recreate="auto") as batch: batch.alter_column("iso", nullable=True)'
    write(folder, "kites_0002", "kites_0001", anew)
    host = with_plugin(bare, plugin)
    upgrade(host)
    with host.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM province")).scalar_one() == 1
        if host.database.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    host.database.dispose()


def test_a_revision_that_orphans_rows_is_refused(bare: Host, tmp_path: Path) -> None:
    upgrade(bare)
    one = "'018f0000000070008000000000000001'"
    with bare.database.begin() as connection:
        connection.execute(text(f"INSERT INTO region VALUES ({one}, '13', 'Metropolitana', 'm', 'CL-RM', 7)"))
        connection.execute(
            text(f"INSERT INTO province (id, code, name, name_sort, region_id) VALUES ({one}, '131', 'S', 's', {one})")
        )
    folder = tmp_path / "kites"
    plugin = a_plugin(folder)
    write(folder, "kites_0002", "kites_0001", 'op.execute("DELETE FROM region")')
    host = with_plugin(bare, plugin)
    with pytest.raises(UpgradeError):
        upgrade(host)
    with host.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM region")).scalar_one() == 1
    host.database.dispose()


def test_a_draft_says_what_the_database_lacks_and_leaves_the_core_alone(bare: Host, tmp_path: Path) -> None:
    host = with_plugin(bare, a_plugin(tmp_path / "kites"))
    upgrade(host)
    made = draft(host, "kites", "more wind")
    written = made.read_text(encoding="utf-8")
    assert made.name == "kites_0002_more_wind.py"
    assert 'drop_table("kites_wind")' in written.replace("'", '"') and "nna" not in written
    host.database.dispose()
