"""The tree that the rules look at: what git would keep, or whatever a small bad sample holds."""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("plugins", "schema", "scoring", "core", "authz")
DOORS = ("app.py", "cli")
REVISIONS = "migrations/versions"


def kept(root: Path = ROOT) -> list[Path]:
    """Return the files that are, or would be, committed; every file of a sample that is no repository."""
    if not (root / ".git").exists():
        return sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    return sorted(root / name for name in names if name and (root / name).is_file())


def modules(root: Path = ROOT, *, rooms: tuple[str, ...] = ROOMS) -> Iterator[tuple[str, Path]]:
    """Yield (path from the root, file) of each Python file in the rooms and the front doors."""
    for path in kept(root):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".py" and name.split("/")[0] in (*rooms, *DOORS):
            yield name, path


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def plant(root: Path, files: Mapping[str, str]) -> Path:
    """Write a small sample tree."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
