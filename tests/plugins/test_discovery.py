"""Installed packages join by the entry-point group `oln`, where the operator lets them."""

from pathlib import Path

import pytest

from core.plugins import PluginError, load_plugins

BROKEN = {"broken": "no_such_package.plugin", "absent": "json:nothing_here"}


def an_entry_point(site: Path, name: str, value: str) -> None:
    info = site / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[oln]\n{name} = {value}\n", encoding="utf-8")


@pytest.mark.usefixtures("installed")
def test_an_installed_package_is_found_by_its_entry_point() -> None:
    assert load_plugins((), third_party=True).has_plugin("dummy")


@pytest.mark.usefixtures("installed")
def test_no_installed_package_joins_where_the_operator_says_no() -> None:
    assert load_plugins((), third_party=False).list_name_plugin() == []


def test_without_it_installed_nothing_is_found() -> None:
    assert load_plugins((), third_party=True).list_name_plugin() == []


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_package_that_cannot_be_imported_is_refused_by_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_entry_point(tmp_path, name, BROKEN[name])
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=f"plugin {name}: cannot be imported from {BROKEN[name]}"):
        load_plugins((), third_party=True)
