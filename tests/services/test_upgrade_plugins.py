"""Lineages of plugins: one for each, with a version table of its own; what goes wrong in one is named and undone."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cli.base import behind
from core.hooks import Info, hookimpl
from core.host import Host
from core.plugin_checks import PluginError
from core.upgrade import UpgradeError, downgrade, draft, status, upgrade
from tests.conftest import make_host
from tests.services.test_upgrade import NEWEST, tables

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


def test_a_plugin_has_a_lineage_and_a_version_table_of_its_own(bare: Host, tmp_path: Path) -> None:
    host = with_plugin(bare, a_plugin(tmp_path / "kites"))
    upgrade(host)
    assert {"kites_wind", "alembic_kites", "alembic_core"} <= tables(host)
    assert status(host) == [("core", NEWEST, NEWEST), ("kites", "kites_0001", "kites_0001")]
    host.database.dispose()


def test_a_table_of_a_plugin_that_no_revision_creates_is_told_by_its_name(bare: Host, tmp_path: Path) -> None:
    plugin: Any = a_plugin(tmp_path / "kites")
    host = with_plugin(bare, plugin)
    host.scopes["kites_string"] = host.scopes["nna"]  # as `oln_models` would declare it
    with pytest.raises(PluginError, match="plugin kites: no revision in oln_migrations creates the table kites_string"):
        upgrade(host)
    assert status(host) == [("core", NEWEST, NEWEST), ("kites", "kites_0001", "kites_0001")]
    assert behind(host).startswith("El módulo kites no puede usarse: declara la tabla kites_string")
    host.database.dispose()


def test_uninstalling_a_plugin_does_not_break_the_upgrade(bare: Host, tmp_path: Path) -> None:
    host = with_plugin(bare, a_plugin(tmp_path / "kites"))
    upgrade(host)
    host.database.dispose()
    upgrade(bare)
    assert "kites_wind" in tables(bare)
    assert status(bare) == [("core", NEWEST, NEWEST)]


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


def a_province(host: Host) -> None:
    """Store a region and a row that points at it."""
    one = "'018f0000000070008000000000000001'"
    with host.database.begin() as connection:
        connection.execute(text(f"INSERT INTO region VALUES ({one}, '13', 'Metropolitana', 'm', 'CL-RM', 7)"))
        connection.execute(
            text(f"INSERT INTO province (id, code, name, name_sort, region_id) VALUES ({one}, '131', 'S', 's', {one})")
        )


def test_a_table_made_anew_keeps_the_rows_that_point_at_it(bare: Host, tmp_path: Path) -> None:
    upgrade(bare)
    a_province(bare)
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
    a_province(bare)
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
