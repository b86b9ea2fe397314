"""Sizes, and what stands where: a reader knows the next plugin and the next service before opening them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REVISIONS, ROOT, kept, modules, parsed, plant

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
MOST_PARAMETERS = 5
PLUGIN_FILES = {
    "__init__.py",
    "plugin.py",
    "graphql.py",
    "services.py",
    "models.py",
    "rules.py",
    "errors.py",
    "policy.csv",
    "README.md",
}
PLUGIN_FOLDERS = {"data", "migrations", "graphql", "services", "models", "rules"}  # a file that grew is a folder
PLUGIN_NEEDS = {"__init__.py", "plugin.py", "README.md"}
UNFINISHED = tuple(word[::-1] for word in ("ODOT", "EMXIF"))  # backwards, so that this file may pass too
Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(root: Path) -> list[str]:
    """Revisions are exempt: a record that a tool writes, in the order of the tables, and nobody edits."""
    return [
        f"{path.relative_to(root)}: {lines} lines"
        for path in kept(root)
        if path.suffix == ".py" and REVISIONS not in path.as_posix()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]


def functions(root: Path) -> Iterator[tuple[str, Function]]:
    for path in kept(root):
        if path.suffix == ".py" and REVISIONS not in path.as_posix():
            for node in ast.walk(parsed(path)):
                if isinstance(node, Function):
                    yield path.relative_to(root).as_posix(), node


def long_functions(root: Path) -> list[str]:
    """Count what a function does, not what its docstring says: numpydoc takes the room that it needs."""
    found = []
    for name, node in functions(root):
        told = ast.get_docstring(node) is not None
        lines = (node.end_lineno or 0) - (node.body[1].lineno if told and len(node.body) > 1 else node.lineno) + 1
        if lines > LONGEST_FUNCTION:
            found.append(f"{name}: {node.name} has {lines} lines")
    return found


def crowded_services(root: Path) -> list[str]:
    found = []
    for name, node in functions(root):
        given = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if given[:1] == ["uow"] and not node.name.startswith("oln_") and len(given) > 1 + MOST_PARAMETERS:
            found.append(f"{name}: {node.name} has {len(given) - 1} parameters; gather them in a dataclass")
    return found


def untold(root: Path) -> list[str]:
    """Return services, rules, hooks and scoring functions that say nothing of themselves."""
    found = []
    for name, path in modules(root):
        parts = Path(name).with_suffix("").parts
        told = {"rules", "hooks"} & set(parts) or (parts[0] == "scoring" and "synthetic" not in parts)
        for node in parsed(path).body:
            if isinstance(node, Function) and not node.name.startswith("_") and ast.get_docstring(node) is None:
                service = "services" in parts and [a.arg for a in node.args.args][:1] == ["uow"]
                if told or service:
                    found.append(f"{name}: {node.name}")
    return found


def empty_files(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in kept(root) if not path.read_bytes().strip()]


def unfinished(root: Path) -> list[str]:
    texts = {".py", ".md", ".toml", ".csv", ".graphql"}
    return [
        f"{path.relative_to(root)}:{number}"
        for path in kept(root)
        if path.suffix in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line.replace('"', " ").split() or f"{word}:" in line for word in UNFINISHED)
    ]


def odd_plugins(root: Path) -> list[str]:
    found = []
    for folder in sorted(path for path in (root / "plugins").glob("*") if path.is_dir() and path.name[0] not in "._"):
        files = [path.relative_to(folder) for path in kept(root) if path.is_relative_to(folder)]
        if not files:
            continue
        tops = {path.parts[0] for path in files}
        found += [f"{folder.name}: no {name}" for name in sorted(PLUGIN_NEEDS - tops)]
        found += [f"{folder.name}: {name}" for name in sorted(tops - PLUGIN_FILES - PLUGIN_FOLDERS)]
    return found


@pytest.mark.parametrize(
    "rule", [long_files, long_functions, crowded_services, untold, empty_files, unfinished, odd_plugins]
)
def test_the_house_keeps_to(rule: object) -> None:
    assert callable(rule)
    assert rule(ROOT) == []


def test_a_long_file_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"core/long.py": "x = 1\n" * 401, "core/migrations/versions/0001.py": "x = 1\n" * 401})
    assert long_files(tmp_path) == ["core/long.py: 401 lines"]


def test_a_long_function_is_found_whatever_its_docstring(tmp_path: Path) -> None:
    body = '    """Say."""\n' + "    x = 1\n" * 50
    plant(tmp_path, {"core/a.py": f"def long():\n{body}    x = 1\n", "core/b.py": f"def fit():\n{body}"})
    assert long_functions(tmp_path) == ["core/a.py: long has 51 lines"]


def test_a_service_of_six_parameters_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"core/cases.py": "def refer(uow, a, b, c, d, *, e, f): ...\ndef fit(uow, a, b, c, d, e): ...\n"})
    assert crowded_services(tmp_path) == ["core/cases.py: refer has 6 parameters; gather them in a dataclass"]


def test_a_service_that_says_nothing_of_itself_is_found(tmp_path: Path) -> None:
    text = 'def refer(uow): ...\ndef _own(uow): ...\ndef helper(): ...\ndef fit(uow):\n    """Fit."""\n'
    assert untold(plant(tmp_path, {"core/services/cases.py": text})) == ["core/services/cases.py: refer"]


def test_an_empty_file_is_found(tmp_path: Path) -> None:
    assert empty_files(plant(tmp_path, {"core/__init__.py": "\n"})) == ["core/__init__.py"]


def test_a_promise_for_later_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"core/a.py": f"x = 1\ny = 2  # {UNFINISHED[0]}: later\n"})
    assert unfinished(tmp_path) == ["core/a.py:2"]


def test_a_plugin_with_a_file_of_its_own_invention_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {f"plugins/kites/{name}.py": "'K.'" for name in ("__init__", "plugin", "helpers")})
    assert odd_plugins(tmp_path) == ["kites: no README.md", "kites: helpers.py"]
