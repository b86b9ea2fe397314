"""Each hook is documented with its exact signature and an example, implemented by ourselves, and exercised."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from tests.house.tree import ROOT, kept, parsed, plant

GUIDE = ROOT / "plugins" / "README.md"
OURS = ("core/", "schema/", "scoring/", "plugins/", "tests/plugins/dummy/", "tests/plugins/listener.py")
SUPPORTED = re.compile(r"^Import from these, which are kept for you: (.*)$", re.MULTILINE)


def signatures(path: Path) -> dict[str, str]:
    """Return each hook's name and its signature as a plugin's author writes it."""
    (spec,) = (node for node in parsed(path).body if isinstance(node, ast.ClassDef) and node.name == "Hooks")
    found = {}
    for node in spec.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("oln_"):
            given = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
            returned = ast.unparse(node.returns) if node.returns else "None"
            found[node.name] = f"{node.name}({given}) -> {returned}".replace("'", "")
    return found


def undocumented(wanted: dict[str, str], guide: str) -> list[str]:
    """Return the hooks without a section of their exact signature that shows an implementation."""
    sections = dict(zip(*[iter(re.split(r"^### `([^`\n]+)`$", guide, flags=re.MULTILINE)[1:])] * 2, strict=True))
    shown = {name: sections.get(signature, "") for name, signature in wanted.items()}
    return [name for name, text in shown.items() if f"@hookimpl\ndef {name}(" not in text]


def strangers(wanted: Iterable[str], guide: str) -> list[str]:
    """Return documented hooks that do not exist."""
    return [name for name in re.findall(r"^### `(oln_\w+)", guide, re.MULTILINE) if name not in wanted]


def implemented(paths: Iterable[Path]) -> set[str]:
    """Return the hooks that a function with the marker implements."""
    return {
        node.name
        for path in paths
        if path.suffix == ".py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id == "hookimpl" for mark in node.decorator_list)
    }


def foreign_imports(paths: Iterable[Path], supported: str) -> list[str]:
    """Return what a third party's plugin imports of ours without our having said that we keep it."""
    allowed = re.findall(r"`([\w.]+?)(?:\.\*|\.[A-Z]\w+|\.carry_out)?`", supported)
    imports = (
        (path.name, node.module)
        for path in paths
        if path.suffix == ".py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOMS
    )
    return [f"{name}: {m}" for name, m in imports if not any(f"{m}.".startswith(f"{one}.") for one in allowed)]


ROOMS = {"authz", "core", "schema", "scoring", "plugins"}
WANTED = signatures(ROOT / "core" / "hooks.py")


def ours() -> list[Path]:
    return [path for path in kept() if path.relative_to(ROOT).as_posix().startswith(OURS)]


def test_every_hook_is_documented_with_its_signature_and_an_example() -> None:
    assert undocumented(WANTED, GUIDE.read_text(encoding="utf-8")) == []


def test_no_documented_hook_is_gone() -> None:
    assert strangers(WANTED, GUIDE.read_text(encoding="utf-8")) == []


def test_every_hook_has_an_implementation_of_our_own() -> None:
    assert sorted(set(WANTED) - implemented(ours())) == []


def test_every_hook_is_exercised() -> None:
    """By the platform or a test, which calls it by its name; some only through the platform, which is enough."""
    texts = [p.read_text(encoding="utf-8") for p in kept() if p.suffix == ".py" and p.name != "hooks.py"]
    called = {name for name in WANTED for text in texts if re.search(rf"\"{name}\"|hook\.{name}\(", text)}
    assert sorted(set(WANTED) - called) == []


def test_the_dummy_imports_only_what_is_kept_for_plugins() -> None:
    said = SUPPORTED.search(GUIDE.read_text(encoding="utf-8"))
    assert said is not None
    assert foreign_imports((ROOT / "tests/plugins/dummy").rglob("*.py"), said[1]) == []


SPEC = "class Hooks:\n    def oln_fly(self, uow: 'UnitOfWork', height: int) -> None: ...\n"
SECTION = "### `oln_fly(uow: UnitOfWork, height: int) -> None`\n\n```python\n@hookimpl\ndef oln_fly(uow):\n```\n"


def test_a_hook_whose_signature_moved_on_is_found(tmp_path: Path) -> None:
    wanted = signatures(plant(tmp_path, {"hooks.py": SPEC}) / "hooks.py")
    assert undocumented(wanted, SECTION) == []
    assert undocumented(wanted, SECTION.replace("height: int", "height: float")) == ["oln_fly"]
    assert undocumented(wanted, SECTION.replace("@hookimpl", "")) == ["oln_fly"]


def test_a_documented_hook_that_is_gone_is_found() -> None:
    assert strangers([], SECTION) == ["oln_fly"]


def test_a_hook_that_nobody_implements_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"a.py": "@hookimpl\ndef oln_fly(): ...\n", "b.py": "def oln_land(): ...\n"})
    assert implemented(kept(tmp_path)) == {"oln_fly"}


def test_an_import_that_is_not_kept_is_found(tmp_path: Path) -> None:
    text = "from core.models.people import Nna\nfrom core.host import Host\nfrom schema.transaction import carry_out\n"
    said = "`core.models.*`, `schema.transaction.carry_out`"
    assert foreign_imports(kept(plant(tmp_path, {"a.py": text})), said) == ["a.py: core.host"]
