"""The database brought to the version of the code: one lineage for the core, and one for each plugin.

A version table per lineage: with a shared one, uninstalling a plugin breaks every later upgrade (tried).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, DateTime, inspect, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

import core.migrations
from core.host import Host
from core.plugin_checks import CORE_TABLES, PluginError

CORE = "core"
MIGRATIONS = Path(core.migrations.__file__).parent
UNCREATED = "no revision in oln_migrations creates the table {table}; core.upgrade.draft writes one"
LOCK = 0x6F6C6E  # "oln": two processes that start together upgrade one after the other


class UpgradeError(Exception):
    """A revision could not be applied; what it had begun is undone, and earlier lineages stay as they are."""


@dataclass(frozen=True)
class Lineage:
    """A line of revisions with a version table of its own.

    Parameters
    ----------
    name : str
        `core`, or the plugin's name.
    folder : Path
        Where the revisions stand.
    others : tuple of str
        Prefixes of the plugins' tables, which are no concern of the core's lineage.
    """

    name: str
    folder: Path
    others: tuple[str, ...] = ()

    @property
    def version_table(self) -> str:
        return f"alembic_{self.name}"

    def owns(self, table: str) -> bool:
        """Whether a table, declared or found in the database, is this lineage's to compare."""
        if self.name == CORE:
            found_only = table not in SQLModel.metadata.tables and not table.startswith(("alembic_", *self.others))
            return table in CORE_TABLES or found_only
        return table.startswith(f"{self.name}_")


def lineages(host: Host) -> Iterator[Lineage]:
    """Return the core's lineage, then the plugins' in order of name."""
    plugins = tuple(f"{name}_" for name in host.infos)
    yield Lineage(CORE, MIGRATIONS / "versions", plugins)
    for name in host.infos:
        folder = getattr(host.plugins.get_plugin(name), "oln_migrations", None)
        if folder:
            yield Lineage(name, folder())


def upgrade(host: Host) -> None:
    """Bring every lineage to its newest revision, the core first; a lineage is one transaction.

    Raises
    ------
    UpgradeError
        Naming the lineage that failed.
    PluginError
        Naming a plugin that declares a table which none of its revisions creates.
    """
    behind = {name for name, at, newest in status(host) if at != newest}
    for lineage in lineages(host):
        if lineage.name in behind:
            with _revising(host, lineage) as connection:
                config = configure(lineage, connection)
                config.attributes["audit_key"] = host.ring.audit  # for a revision that seals what it finds
                command.upgrade(config, "head")
    for plugin, table in uncreated(host):
        raise PluginError(plugin, UNCREATED.format(table=table))


def uncreated(host: Host) -> list[tuple[str, str]]:
    """Return (plugin, table) of each table that a plugin declares and the database, up to date, does not have."""
    there = set(inspect(host.database).get_table_names())
    lacking = sorted(set(host.scopes) - there - CORE_TABLES)
    return [(name, table) for table in lacking for name in host.infos if table.startswith(f"{name}_")]


def downgrade(host: Host, name: str, revision: str) -> None:
    """Take one lineage back to a revision (`base` for nothing at all).

    Raises
    ------
    LookupError
        If there is no such lineage.
    UpgradeError
        If it cannot go back.
    """
    lineage = find(host, name)
    with _revising(host, lineage) as connection:
        command.downgrade(configure(lineage, connection), revision)


def status(host: Host) -> list[tuple[str, str | None, str | None]]:
    """Return (lineage, revision of the database, newest revision) of each."""
    found = []
    with host.database.connect() as connection:
        for lineage in lineages(host):
            at = _context(lineage, connection).get_current_revision()
            newest = ScriptDirectory.from_config(configure(lineage, connection)).get_current_head()
            found.append((lineage.name, at, newest))
    return found


def drift(host: Host) -> dict[str, list[Any]]:
    """Return what the models say and the database does not, by lineage; empty where the revisions are complete."""
    found = {}
    with host.database.connect() as connection:
        for lineage in lineages(host):
            differences = compare_metadata(_context(lineage, connection), SQLModel.metadata)
            if differences:
                found[lineage.name] = differences
    return found


def draft(host: Host, name: str, message: str) -> Path:
    """Write the revision that brings a lineage's tables to what its models say, for its author to read and correct.

    Parameters
    ----------
    host : Host
        Over a database that stands at the lineage's newest revision.
    name : str
        `core`, or the plugin's name.
    message : str
        What it does, in a few English words.

    Raises
    ------
    LookupError
        If there is no such lineage.
    """
    lineage = find(host, name)
    with host.database.connect() as connection:
        config = configure(lineage, connection)
        number = 1 + sum(1 for _ in ScriptDirectory.from_config(config).walk_revisions())
        made = command.revision(config, message, autogenerate=True, rev_id=f"{name}_{number:04d}")
    assert isinstance(made, Script)
    return Path(made.path)


def find(host: Host, name: str) -> Lineage:
    """Return the lineage of this name.

    Raises
    ------
    LookupError
        If there is none.
    """
    for lineage in lineages(host):
        if lineage.name == name:
            return lineage
    raise LookupError(name)


def configure(lineage: Lineage, connection: Connection) -> Config:
    """Return Alembic's settings for one lineage, on a connection that is open."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(lineage.folder))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(connection=connection, lineage=lineage)
    return config


def options(lineage: Lineage) -> dict[str, Any]:
    """Return how revisions of a lineage run and are compared."""

    def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return kind != "table" or (name is not None and lineage.owns(name))

    return {
        "version_table": lineage.version_table,
        "include_object": ours,
        "render_as_batch": True,
        "render_item": _plain,
    }


def _plain(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column types as what they are in the database: a revision outlives the classes of today."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    plain = item.impl_instance
    if isinstance(plain, DateTime):
        return f"sa.DateTime(timezone={plain.timezone})"
    length = getattr(plain, "length", None)
    return "sa.String()" if length is None else f"sa.String(length={length})"


def _context(lineage: Lineage, connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts=options(lineage))


@contextmanager
def _revising(host: Host, lineage: Lineage) -> Iterator[Connection]:
    """Open the transaction of one lineage's revisions."""
    with host.database.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # SQLite alters a table by making it anew; with keys enforced, dropping the old one would empty its children
            _enforce_keys(connection, False)
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                yield connection
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise UpgradeError(f"{lineage.name}: rows of {broken[0]} would point at nothing")
        except UpgradeError:
            raise
        except Exception as error:
            raise UpgradeError(f"{lineage.name}: {type(error).__name__}: {error}") from error
        finally:
            if sqlite:
                _enforce_keys(connection, True)


def _enforce_keys(connection: Connection, enforced: bool) -> None:
    """Say so outside any transaction, where alone SQLite listens."""
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")
