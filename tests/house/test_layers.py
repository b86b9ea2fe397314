"""The house is a stack, and every room stands in it."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.tree import ROOMS, ROOT, kept, plant

AROUND = {"cli", "tests", "benchmarks", "docs"}  # nothing of the stack imports them
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, env={"PYTHONPATH": str(root)})


def stranger_rooms(root: Path) -> set[str]:
    found = {path.relative_to(root).parts[0] for path in kept(root) if path.suffix == ".py"}
    return {name for name in found if not name.endswith(".py")} - set(ROOMS) - AROUND


def a_house(root: Path, name: str, text: str) -> Path:
    rooms = {f"{room}/__init__.py": f'"""{room}."""' for room in ROOMS}
    return plant(root, {**rooms, name: text})


def test_the_import_contracts_hold() -> None:
    said = lint(ROOT)
    assert said.returncode == 0, said.stdout


def test_the_contracts_name_the_stack_from_top_to_bottom() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert contracts[0]["layers"] == list(ROOMS)


def test_an_import_up_the_stack_breaks_them(tmp_path: Path) -> None:
    said = lint(a_house(tmp_path, "core/bad.py", "import schema\n"))
    assert said.returncode == 1 and "core.bad -> schema" in said.stdout


def test_the_web_in_the_domain_breaks_them(tmp_path: Path) -> None:
    said = lint(a_house(tmp_path, "core/bad.py", "import strawberry\n"))
    assert said.returncode == 1 and "core.bad -> strawberry" in said.stdout


def test_every_folder_of_code_stands_in_the_stack() -> None:
    assert stranger_rooms(ROOT) == set()


def test_a_folder_outside_the_stack_is_found(tmp_path: Path) -> None:
    assert stranger_rooms(a_house(tmp_path, "utils/dates.py", "")) == {"utils"}
