"""Runs what guides show, so that a reader who copies it gets what the guide says.

- ```` ```python ````: the blocks of one document, in order, in one process of their own; a block of any language that
  says `file=name` is written beside them first.
- ```` ```bash ````: in one folder, against a demo that is serving; a block with a command that wants a machine of its
  own (`ELSEWHERE`) is only shown. A `text` or `json` block right below is what it prints; so it is for Python.
- ```` ```graphql as=coordinator.13101 ````: sent to the demo; a `json variables` block after it goes with it, and a
  `json` block after that is what it must answer. There, `…` stands for any text, or for any value, and as the last
  element of a list for any others.

Shell and GraphQL go in the order of the document, since one changes what the next one sees. A whole text `"<alert>"` in
an answer is noted, and is the same text in the variables and answers that follow.
"""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

ANY = "…"
ELSEWHERE = {"make", "git", "pip", "docker", "sudo", "systemctl", "cd", "python", "python3.11", "apt-get", "psql"}
LONG = {"serve", "work", "demo", "backup", "restore"}  # of `oln`: they do not end, or begin the world anew
NOTED = re.compile(r"<[^<>]+>")
PORT = re.compile(r"(127\.0\.0\.1|localhost):8000")
FENCE = re.compile(r"^```(\w+)[ ]*([^\n]*)\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
Ask = Callable[[str, str, dict[str, Any]], Any]  # user, document, variables


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, its language, what follows the language, and its text."""

    path: Path
    line: int
    language: str
    said: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.path.name}:{self.line}"

    @property
    def user(self) -> str:
        found = re.search(r"\bas=(\S+)", self.said)
        return found[1] if found else "coordinator.13101"

    @property
    def ends(self) -> int:
        """The exit code of a shell block, where it says one."""
        found = re.search(r"\bexit=(\d+)", self.said)
        return int(found[1]) if found else 0

    @property
    def below(self) -> int:
        """The line of a block right below, with one empty line between."""
        return self.line + self.text.count("\n") + 3


class Wrong(Exception):
    """A guide shows what is not so."""


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(path, line, found[1], found[2].strip(), found[3])


@dataclass
class Reader:
    """Who follows a guide: where their commands run, whom they ask, and what they noted on the way."""

    folder: Path
    environment: dict[str, str]
    port: int
    ask: Ask
    notes: dict[str, Any] = field(default_factory=dict)


def check_python(path: Path, root: Path, reader: Reader | None = None) -> None:
    """Run the Python blocks of a document, in a process of their own: they may declare tables and types."""
    if any(block.language == "python" for block in blocks(path)):
        command = [sys.executable, "-W", "error", "-m", "tests.house.markdown", str(path)]
        environment = reader.environment | {"GUIDE_PORT": str(reader.port)} if reader else None
        said = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        if said.returncode:
            raise Wrong(said.stderr)


def run_python(path: Path) -> ModuleType:
    """Run a document's Python blocks in one module, with the document's lines in tracebacks."""
    folder = Path(tempfile.mkdtemp())
    made = ModuleType(path.stem.lower())
    made.__file__ = str(folder / path.name)
    sys.modules[made.__name__] = made
    every = list(blocks(path))
    for place, block in enumerate(every):
        if named := re.search(r"\bfile=([\w.-]+)", block.said):
            (folder / named[1]).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            text = PORT.sub(rf"\1:{os.environ.get('GUIDE_PORT', '8000')}", block.text)
            with redirect_stdout(io.StringIO()) as printed:
                exec(compile("\n" * block.line + text, str(path), "exec"), made.__dict__)
            _compare_printed(block, every[place + 1 : place + 2], printed.getvalue())
    return made


def runs_here(block: Block) -> bool:
    """Whether a shell block only asks the demo: `oln` and `curl`, and what a shell does with their answers."""
    words = [line.strip().split() for line in block.text.splitlines() if line.strip() and line.strip()[0] != "#"]
    return bool(words) and not any(w[0] in ELSEWHERE or (w[0] == "oln" and set(w) & LONG) for w in words)


def follow(path: Path, reader: Reader) -> None:
    """Follow a guide's commands and operations to its end, and compare what comes with what it shows."""
    every = list(blocks(path))
    for place, block in enumerate(every):
        if block.language == "bash" and runs_here(block):
            _run(block, every[place + 1 : place + 2], reader)
        if block.language == "graphql" and re.match(r"\s*(query|mutation|\{|#)", block.text):
            _send(block, every[place + 1 : place + 3], reader)


def _run(block: Block, following: Sequence[Block], reader: Reader) -> None:
    """Run a shell block; the port that the guide names is the demo's."""
    command = ["bash", "-euo", "pipefail", "-c", PORT.sub(f"127.0.0.1:{reader.port}", block.text)]
    said = subprocess.run(command, cwd=reader.folder, env=reader.environment, capture_output=True, text=True)
    if said.returncode != block.ends:
        raise Wrong(f"{block.where}: exit {said.returncode}\n{said.stdout}{said.stderr}")
    _compare_printed(block, following, said.stdout)


def _send(block: Block, following: list[Block], reader: Reader) -> None:
    variables = {}
    if following and following[0].language == "json" and "variables" in following[0].said:
        variables = _filled(json.loads(following.pop(0).text), reader.notes)
    _compare(block, following[:1], reader.ask(block.user, block.text, variables), reader.notes)


def _filled(shown: Any, notes: dict[str, Any]) -> Any:
    """Put what was noted where a guide says `<name>`."""
    if isinstance(shown, dict):
        return {name: _filled(value, notes) for name, value in shown.items()}
    if isinstance(shown, list):
        return [_filled(one, notes) for one in shown]
    return notes.get(shown, shown) if isinstance(shown, str) else shown


def _compare_printed(block: Block, following: Sequence[Block], printed: str) -> None:
    if not following or following[0].line != block.below or following[0].language not in ("text", "json"):
        return
    if following[0].language == "json":
        return _compare(block, following, json.loads(printed), {})
    shown, said = (
        "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) for text in (following[0].text, printed)
    )
    if not alike(shown, said):
        raise Wrong(f"{following[0].where}: it prints\n{said}")
    return None


def _compare(block: Block, following: Sequence[Block], answer: Any, notes: dict[str, Any]) -> None:
    if not following or following[0].language != "json":
        if "errors" in answer:
            raise Wrong(f"{block.where}: {json.dumps(answer['errors'], ensure_ascii=False)}")
        return
    shown = json.loads(following[0].text)
    shown = shown if {"data", "errors"} & set(shown) else {"data": shown}
    answer = {name: value for name, value in answer.items() if name in shown or name == "errors"}
    if not alike(shown, answer, notes):
        raise Wrong(f"{following[0].where}: it answers\n{json.dumps(answer, ensure_ascii=False, indent=2)}")


def alike(shown: Any, found: Any, notes: dict[str, Any] | None = None) -> bool:
    """Whether an answer is what a guide shows; see the module for `…` and `<name>`."""
    if shown == ANY:
        return True
    if notes is not None and isinstance(shown, str) and NOTED.fullmatch(shown):
        return bool(notes.setdefault(shown, found) == found)
    if isinstance(shown, dict) and isinstance(found, dict):
        return shown.keys() == found.keys() and all(alike(shown[name], found[name], notes) for name in shown)
    if isinstance(shown, list) and isinstance(found, list):
        if shown and shown[-1] == ANY:
            shown, found = shown[:-1], found[: len(shown) - 1]
        return len(shown) == len(found) and all(alike(*pair, notes) for pair in zip(shown, found, strict=True))
    if isinstance(shown, str) and isinstance(found, str) and ANY in shown:
        return re.fullmatch(".*".join(map(re.escape, shown.split(ANY))), found, re.DOTALL) is not None
    return bool(shown == found)


def documents(root: Path, kept: Iterable[Path]) -> list[Path]:
    """Return the guides: of the house, of its plugins, and of `docs`."""
    names = {"README.md", "plugins/README.md"}
    found = [(path, path.relative_to(root).as_posix()) for path in kept if path.suffix == ".md"]
    return [
        path for path, name in found if name in names or re.fullmatch(r"docs/[^/]+\.md|plugins/\w+/README\.md", name)
    ]


if __name__ == "__main__":
    run_python(Path(sys.argv[1]))
