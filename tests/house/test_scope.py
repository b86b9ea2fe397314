"""Every table says who reaches it, and whatever is a person's belongs to a commune."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ForeignKey, MetaData, String, Table, Uuid
from sqlmodel import SQLModel

from authz.actor import DataClass
from authz.scope import Scope
from core.models.scopes import SCOPES

# Why a table without `commune_code` holds nothing of a person under care, or says where it belongs in another way.
WITHOUT_A_COMMUNE = {
    "assignment": "of a colleague; its territory says where",
    "audit_entry": "of a colleague's act; its chain is the commune's code",
    "commune": "is the territory itself",
    "commune_alias": "territory",
    "confidentiality_agreement": "of a colleague; their assignments say where",
    "extract": "of a file: where it came from, and how many rows; one file may bring several communes",
    "office_period": "territory",
    "province": "territory",
    "read_entry": "of a colleague's act; its subjects have the commune",
    "region": "territory",
    "user_account": "of a colleague, who may work in several communes; their assignments say where",
}


def ours() -> list[Table]:
    """Return the tables that the core's models declare, whoever else's stand in the shared metadata."""
    models = {m.class_ for m in SQLModel._sa_registry.mappers if m.class_.__module__.startswith("core.models.")}
    return [model.__table__ for model in sorted(models, key=lambda m: m.__table__.name)]


def unscoped(tables: Iterable[Table], scopes: Iterable[Scope]) -> list[str]:
    declared = {scope.table.name for scope in scopes}
    return [table.name for table in tables if table.name not in declared]


def homeless(tables: Iterable[Table], scopes: Iterable[Scope]) -> list[str]:
    """Return tables that hold something and belong to no commune, without a reason."""
    internal = {scope.table.name for scope in scopes if scope.internal}
    known = internal | set(WITHOUT_A_COMMUNE)
    return [t.name for t in tables if "commune_code" not in t.c and t.name not in known]


def personal_without_commune(tables: Iterable[Table]) -> list[str]:
    """No reason excuses a table that points at a child."""
    return [t.name for t in tables if "commune_code" not in t.c and "nna_id" in t.c]


def wordless(scopes: Iterable[Scope]) -> list[str]:
    """Return scopes that neither follow a policy nor say why not."""
    return [s.table.name for s in scopes if not s.resource and not s.public and not s.internal]


def unkept(scopes: Iterable[Scope]) -> list[str]:
    """Return tables about a child that do not say how long they are kept."""
    return [s.table.name for s in scopes if s.subject and not (s.retention or s.resource == "audit")]


def a_table(name: str, *columns: str) -> Table:
    made = Table(name, MetaData(), Column("id", Uuid, primary_key=True), *(Column(c, String) for c in columns))
    return made


def a_scope(table: Table, **words: Any) -> Scope:
    return Scope(type("Model", (), {"__table__": table}), **words)


def test_every_table_is_scoped() -> None:
    assert unscoped(ours(), SCOPES) == []


def test_a_table_that_nobody_scoped_is_found() -> None:
    assert unscoped([a_table("kites")], SCOPES) == ["kites"]


def test_every_table_belongs_to_a_commune_or_says_why_not() -> None:
    assert homeless(ours(), SCOPES) == []
    assert personal_without_commune(ours()) == []


def test_a_table_without_a_commune_is_found() -> None:
    assert homeless([a_table("kites")], SCOPES) == ["kites"]
    assert personal_without_commune([a_table("region", "nna_id")]) == ["region"]


def test_every_excuse_is_still_needed() -> None:
    tables = {table.name: table for table in ours()}
    assert [name for name in WITHOUT_A_COMMUNE if name not in tables or "commune_code" in tables[name].c] == []


def test_every_scope_follows_the_policy_or_says_why_not() -> None:
    assert wordless(SCOPES) == []


def test_a_scope_without_a_word_is_found() -> None:
    assert wordless([a_scope(a_table("kites"))]) == ["kites"]


def test_whatever_is_a_childs_says_how_long_it_is_kept() -> None:
    assert unkept(SCOPES) == []


def test_a_table_about_a_child_without_retention_is_found() -> None:
    assert unkept([a_scope(a_table("kites", "nna_id"), resource="nna", subject="nna_id")]) == ["kites"]


def test_whatever_points_at_a_child_is_journalled_as_read() -> None:
    """A relation and a tie have two ends each: their families' records are journalled instead."""
    pointing = {t.name for t in ours() if any(key.column.table.name == "nna" for key in t.foreign_keys)}
    told = {scope.table.name for scope in SCOPES if scope.subject}
    assert pointing - told - {"relation"} == set()


def test_no_table_of_the_core_points_at_a_plugins() -> None:
    core = {table.name for table in ours()}
    assert pointing_out(ours(), core) == []


def test_a_table_of_the_core_that_points_at_a_plugins_is_found() -> None:
    table = a_table("kites")
    table.append_column(Column("note_id", ForeignKey("dummy_note.id")))
    assert pointing_out([table], {"kites"}) == ["kites.note_id"]


def pointing_out(tables: Iterable[Table], core: set[str]) -> list[str]:
    keys = ((t, key) for t in tables for key in t.foreign_keys)
    return [f"{t.name}.{key.parent.name}" for t, key in keys if key.target_fullname.split(".")[0] not in core]


def test_what_the_most_reserved_classes_hold_is_never_public() -> None:
    reserved = {DataClass.IDENTITY, DataClass.HEALTH, DataClass.JUDICIAL, DataClass.RISK, DataClass.CONTACT}
    assert [s.table.name for s in SCOPES if s.public and s.data in reserved] == []
