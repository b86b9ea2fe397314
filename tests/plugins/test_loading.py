"""What the host takes in, and what it refuses with a message that helps."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, ForeignKey, String, Table, Uuid
from sqlmodel import SQLModel

from authz.actor import DataClass
from authz.guard import Resource
from authz.scope import Scope
from core.hooks import Info, hookimpl
from core.models.people import Nna
from core.plugins import PluginError, load_plugins

RULE = "p, role:COORDINATOR, kites, read, BASIC, COMMUNE, SUPERVISION, allow\n"


class Bare:
    """The least that a plugin can be."""

    def __init__(self, name: str = "kites", core: int = 1) -> None:
        self.info = Info(name, "Volantines", "1.0", core=core)

    @hookimpl
    def oln_info(self) -> Info:
        return self.info


class Whole(Bare):
    """A plugin with one personal table, and a resource that its own policy reaches."""

    def __init__(self, folder: Path, policy: str = RULE, **over: Any) -> None:
        super().__init__(over.pop("name", "kites"))
        self.folder = folder
        self.over = over
        (folder / "policy.csv").write_text(policy, encoding="utf-8")

    @hookimpl
    def oln_models(self) -> Iterable[Scope]:
        return list(self.over.get("models", ()))

    @hookimpl
    def oln_resources(self) -> Iterable[Resource]:
        return list(self.over.get("resources", [Resource("kites", "Volantines", ("read",))]))

    @hookimpl
    def oln_policies(self) -> Path:
        return self.folder / "policy.csv"

    @hookimpl
    def oln_migrations(self) -> Path:
        return self.folder

    @hookimpl
    def oln_export_subject(self, nna_id: UUID) -> dict[str, object]:
        return {}

    @hookimpl
    def oln_anonymise_subject(self, nna_id: UUID) -> int:
        return 0


def a_model(name: str, *columns: Column[Any]) -> Any:
    """Declare a table for one test; `forget` takes it out of the shared metadata."""
    table = Table(name, SQLModel.metadata, Column("id", Uuid, primary_key=True), *columns)
    return SimpleNamespace(__table__=table)


def commune() -> Column[Any]:
    return Column("commune_code", String(5))


@pytest.fixture(autouse=True)
def forget() -> Iterable[None]:
    before = set(SQLModel.metadata.tables)
    yield
    for name in set(SQLModel.metadata.tables) - before:
        SQLModel.metadata.remove(SQLModel.metadata.tables[name])


def test_a_plugin_is_registered_under_its_name() -> None:
    assert load_plugins([Bare()], third_party=False).has_plugin("kites")


def test_a_whole_plugin_is_taken_in(tmp_path: Path) -> None:
    model = a_model("kites_wind", commune(), Column("nna_id", ForeignKey("nna.id")))
    plugin = Whole(tmp_path, models=[Scope(model, "kites")])
    assert load_plugins([plugin], third_party=False).get_plugin("kites") is plugin


def test_two_plugins_of_one_name_are_refused() -> None:
    with pytest.raises(PluginError, match="kites: two plugins have this name"):
        load_plugins([Bare(), Bare()], third_party=False)


def test_a_plugin_of_another_core_is_refused() -> None:
    with pytest.raises(PluginError, match="kites: written for core 2, this is core 1"):
        load_plugins([Bare(core=2)], third_party=False)


def test_a_plugin_that_does_not_say_what_it_is_is_refused() -> None:
    with pytest.raises(PluginError, match=r"says what it is with oln_info\(\) -> Info"):
        load_plugins([object()], third_party=False)


@pytest.mark.parametrize("name", ["Kites", "red kites", "kites-2", ""])
def test_a_name_that_is_not_snake_case_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="snake case"):
        load_plugins([Bare(name)], third_party=False)


@pytest.mark.parametrize("name", ["core", "schema", "alembic"])
def test_the_name_of_a_room_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="taken by a room"):
        load_plugins([Bare(name)], third_party=False)


@pytest.mark.parametrize("name", ["alert", "nna", "health", "nomina"])
def test_a_name_whose_tables_look_like_the_cores_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="could be taken for the core's"):
        load_plugins([Bare(name)], third_party=False)


def test_a_name_whose_tables_look_like_another_plugins_is_refused() -> None:
    with pytest.raises(PluginError, match="offer: its tables could be taken for those of offer_map"):
        load_plugins([Bare("offer_map"), Bare("offer")], third_party=False)


def test_a_misspelt_hook_is_refused_with_the_right_spelling() -> None:
    class Misspelt(Bare):
        @hookimpl
        def oln_mutation(self) -> type:
            return Bare

    with pytest.raises(PluginError, match=r"no hook is called oln_mutation; did you mean oln_mutations\?"):
        load_plugins([Misspelt()], third_party=False)


def test_a_hook_without_its_marker_is_refused() -> None:
    class Unmarked(Bare):
        def oln_types(self) -> list[type]:
            return []

    with pytest.raises(PluginError, match="oln_types is not marked with @hookimpl"):
        load_plugins([Unmarked()], third_party=False)


def test_a_hook_that_asks_for_too_much_is_refused() -> None:
    class Greedy(Bare):
        @hookimpl
        def oln_types(self, session: object) -> list[type]:
            return []

    with pytest.raises(PluginError, match="kites: a hook asks for what it is not given"):
        load_plugins([Greedy()], third_party=False)


def test_a_table_without_the_plugins_name_is_refused(tmp_path: Path) -> None:
    model = a_model("wind", commune())
    with pytest.raises(PluginError, match="the table wind must be called kites_wind"):
        load_plugins([Whole(tmp_path, models=[Scope(model, "kites")])], third_party=False)


def test_a_table_of_the_core_cannot_be_brought_again(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="the table nna must be called"):
        load_plugins([Whole(tmp_path, models=[Scope(Nna, "kites")])], third_party=False)


def test_a_key_to_another_plugins_table_is_refused(tmp_path: Path) -> None:
    a_model("trees_oak", commune())
    model = a_model("kites_wind", commune(), Column("oak_id", ForeignKey("trees_oak.id")))
    with pytest.raises(PluginError, match=r"kites_wind\.oak_id points at trees_oak"):
        load_plugins([Whole(tmp_path, models=[Scope(model, "kites")])], third_party=False)


def test_a_table_that_nobody_scoped_is_refused(tmp_path: Path) -> None:
    a_model("kites_wind", commune())
    with pytest.raises(PluginError, match="says nothing of who reaches the table kites_wind"):
        load_plugins([Whole(tmp_path)], third_party=False)


def test_a_table_without_a_commune_is_refused(tmp_path: Path) -> None:
    model = a_model("kites_wind")
    with pytest.raises(PluginError, match="kites_wind has no column commune_code"):
        load_plugins([Whole(tmp_path, models=[Scope(model, "kites")])], third_party=False)


def test_a_scope_over_another_plugins_resource_is_refused(tmp_path: Path) -> None:
    model = a_model("kites_wind", commune())
    with pytest.raises(PluginError, match="names 'trees', which is no resource"):
        load_plugins([Whole(tmp_path, models=[Scope(model, "trees")])], third_party=False)


def test_a_class_that_the_resource_does_not_have_is_refused(tmp_path: Path) -> None:
    model = a_model("kites_wind", commune())
    with pytest.raises(PluginError, match="names the class HEALTH, which kites does not have"):
        load_plugins([Whole(tmp_path, models=[Scope(model, "kites", DataClass.HEALTH)])], third_party=False)


def test_a_resource_of_the_core_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="the resource nna belongs to core"):
        load_plugins([Whole(tmp_path, resources=[Resource("nna", "NNA", ("read",))])], third_party=False)


def test_a_resource_of_another_plugin_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    with pytest.raises(PluginError, match="trees: the resource kites belongs to kites"):
        load_plugins([Whole(first), Whole(second, name="trees")], third_party=False)


def test_a_rule_over_anothers_resource_is_refused(tmp_path: Path) -> None:
    stolen = RULE + "p, role:SECTOR_PARTNER, nna, read, IDENTITY, NATIONAL, *, allow\n"
    with pytest.raises(PluginError, match="its policy speaks of nna, which is not its own"):
        load_plugins([Whole(tmp_path, stolen)], third_party=False)


def test_a_policy_that_makes_a_role_include_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="makes a role include another"):
        load_plugins([Whole(tmp_path, RULE + "g, role:AUDITOR, role:COORDINATOR\n")], third_party=False)


@pytest.mark.parametrize(
    "rule", ["p, role:KING, kites, read, BASIC, COMMUNE, CARE, allow\n", "p, role:KING\n", "x, y\n"]
)
def test_a_policy_of_unknown_words_is_refused(tmp_path: Path, rule: str) -> None:
    with pytest.raises(PluginError, match="kites: its policy cannot be used"):
        load_plugins([Whole(tmp_path, rule)], third_party=False)


def test_a_resource_that_no_rule_reaches_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="no role reaches"):
        load_plugins([Whole(tmp_path, "")], third_party=False)


@pytest.mark.parametrize("hook", ["oln_export_subject", "oln_anonymise_subject"])
def test_personal_data_without_the_childs_rights_is_refused(tmp_path: Path, hook: str) -> None:
    class Careless(Whole):
        def __dir__(self) -> list[str]:
            return [name for name in super().__dir__() if name != hook]

        def __getattribute__(self, name: str) -> Any:
            if name == hook:
                raise AttributeError(name)
            return super().__getattribute__(name)

    model = a_model("kites_wind", commune())
    with pytest.raises(PluginError, match=f"may hold something of a child, so it needs {hook}"):
        load_plugins([Careless(tmp_path, models=[Scope(model, "kites")])], third_party=False)
