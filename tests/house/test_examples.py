"""Whatever a guide shows has been run: Python, shell and GraphQL, the last two against a demo that is serving."""

import json
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.house.markdown import (
    Ask,
    Block,
    Reader,
    Wrong,
    alike,
    blocks,
    check_python,
    documents,
    follow,
    runs_here,
)
from tests.house.tree import ROOT, kept, plant
from tests.services.running import warm

GUIDES = documents(ROOT, kept())
ASKING = [path for path in GUIDES if any(b.language in ("bash", "graphql") for b in blocks(path))]
PYTHON = [path for path in GUIDES if any(b.language == "python" for b in blocks(path))]
SHIM = '#!/bin/sh\nexec {oln} "$@"\n'
RETRIES = 7  # of a connection, each waiting twice as long: half a minute in all


ASKED = """
```bash
TOKEN=$(oln token coordinator.13101)
curl -sS http://127.0.0.1:8000/graphql -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"query": "{ viewer { username } }"}' > answer.json
```

```graphql as=case_manager.13101
query ($code: String!) { commune(code: $code) { id name } }
```

```json variables
{"code": "13101"}
```

```json
{"commune": {"id": "com_…", "name": "Santiago"}}
```
"""


@dataclass
class Demo:
    """A demo country, and the way to it."""

    home: Path
    environment: dict[str, str]
    port: int = 0
    tokens: dict[str, str] = field(default_factory=dict)

    def oln(self, *words: str) -> str:
        said = subprocess.run(["oln", *words], env=self.environment, cwd=self.home, capture_output=True, text=True)
        if said.returncode:
            raise Wrong(said.stdout + said.stderr)
        return said.stdout.strip()

    def ask(self, user: str, document: str, variables: dict[str, Any]) -> Any:
        self.tokens[user] = self.tokens.get(user) or self.oln("token", user)
        headers = {"Authorization": f"Bearer {self.tokens[user]}"}
        body = {"query": document, "variables": variables}
        return httpx.post(f"http://127.0.0.1:{self.port}/graphql", json=body, headers=headers, timeout=30).json()


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo country that the tour makes; nobody serves it: each guide gets a copy."""
    home = tmp_path_factory.mktemp("guide")
    shim = home / "bin" / "oln"
    shim.parent.mkdir()
    shim.write_text(SHIM.format(oln=shlex.join(warm())), encoding="utf-8")
    shim.chmod(0o755)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OLN_")}
    ours = {"PATH": f"{shim.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "docs" / "client"), "COLUMNS": "80"}
    made = Demo(home, plain | ours | {"OLN_HOME": str(home / ".oln")})
    made.oln("demo", "--communes", "13101,05701", "--children", "300")
    return made


@pytest.fixture
def demo(country: Demo, tmp_path: Path) -> Iterator[Demo]:
    """A copy of the country that is serving: what one guide does, the next one does not see.

    Its keys are the country's, so that a token is asked for once.
    """
    home = tmp_path / "demo"
    shutil.copytree(country.home / ".oln", home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"OLN_HOME": str(home), "TMPDIR": str(tmp_path)}
    made = Demo(tmp_path, country.environment | own, port, country.tokens)
    server = subprocess.Popen(
        ["oln", "serve", "--port", str(port)],
        env=made.environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=RETRIES)) as client:
            client.get(f"http://127.0.0.1:{port}/health/live").raise_for_status()
        yield made
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(autouse=True)
def _(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a guide's process writes on the side goes when the test does."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def reading(demo: Demo, folder: Path) -> Reader:
    return Reader(folder, demo.environment, demo.port, demo.ask)


def alone(folder: Path, ask: Ask | None = None, port: int = 1) -> Reader:
    """Return a reader without a demo."""
    return Reader(folder, dict(os.environ), port, ask or (lambda *_: {}))


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_python_of_a_guide_runs(path: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    asks = path in ASKING
    check_python(path, ROOT, reading(request.getfixturevalue("demo"), tmp_path) if asks else None)


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_guide_asks_is_answered_as_it_says(path: Path, demo: Demo, tmp_path: Path) -> None:
    follow(path, reading(demo, tmp_path))


def a_guide(folder: Path, text: str) -> Path:
    return plant(folder, {"guide.md": text}) / "guide.md"


def test_a_guide_may_ask_in_a_shell_and_in_graphql(demo: Demo, tmp_path: Path) -> None:
    path = a_guide(tmp_path, ASKED)
    follow(path, reading(demo, tmp_path))
    answer = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert answer["data"] == {"viewer": {"username": "coordinator.13101"}}


def test_python_that_fails_is_found_with_its_line(tmp_path: Path) -> None:
    path = a_guide(tmp_path, "# Guide\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    with pytest.raises(Wrong, match=r'guide\.md", line 8'):
        check_python(path, ROOT)


def test_a_command_that_fails_is_found_with_its_line(tmp_path: Path) -> None:
    path = a_guide(tmp_path, "```bash\necho fine\n```\n\n```bash\nfalse | cat\n```\n")
    with pytest.raises(Wrong, match=r"guide\.md:5: exit 1"):
        follow(path, alone(tmp_path))


def test_the_port_of_the_guide_is_the_demos(tmp_path: Path) -> None:
    path = a_guide(tmp_path, "```bash\necho http://localhost:8000/graphql > said\n```\n")
    follow(path, alone(tmp_path, port=4321))
    assert (tmp_path / "said").read_text(encoding="utf-8") == "http://127.0.0.1:4321/graphql\n"


@pytest.mark.parametrize(
    ("text", "here"), [("oln users", True), ("make run", False), ("oln serve", False), ("#", False)]
)
def test_only_what_asks_the_demo_is_run(text: str, here: bool) -> None:
    assert runs_here(Block(Path("guide.md"), 1, "bash", "", text)) is here


def test_an_answer_that_is_not_the_shown_one_is_found(tmp_path: Path) -> None:
    path = a_guide(tmp_path, '```graphql as=auditor.13101\n{ a }\n```\n\nanswers\n\n```json\n{"a": 1}\n```\n')
    asked: list[str] = []

    def ask(user: str, document: str, variables: dict[str, Any]) -> Any:
        asked.append(user)
        return {"data": {"a": 2}}

    with pytest.raises(Wrong, match=r"guide\.md:7: it answers"):
        follow(path, alone(tmp_path, ask))
    assert asked == ["auditor.13101"]


def test_an_operation_without_an_answer_must_not_fail(tmp_path: Path) -> None:
    path = a_guide(tmp_path, "```graphql\nquery { a }\n```\n")
    with pytest.raises(Wrong, match="FORBIDDEN"):
        follow(path, alone(tmp_path, lambda *_: {"data": None, "errors": [{"extensions": {"code": "FORBIDDEN"}}]}))


def test_variables_go_with_their_operation(tmp_path: Path) -> None:
    text = '```graphql\nquery ($n: Int) { a }\n```\n\n```json variables\n{"n": 3}\n```\n\n```json\n{"a": 3}\n```\n'
    follow(a_guide(tmp_path, text), alone(tmp_path, lambda user, document, variables: {"data": {"a": variables["n"]}}))


def test_what_an_answer_gives_is_noted_for_the_next_question(tmp_path: Path) -> None:
    shown = '```graphql\nmutation { a }\n```\n\n```json\n{"id": "<alert>"}\n```\n\n'
    asks = '```graphql\nquery ($id: ID!) { b }\n```\n\n```json variables\n{"id": "<alert>"}\n```\n'
    asked: list[Any] = []

    def ask(user: str, document: str, variables: dict[str, Any]) -> Any:
        asked.append(variables)
        return {"data": {"id": "alr_01"}}

    follow(a_guide(tmp_path, shown + asks), alone(tmp_path, ask))
    assert asked == [{}, {"id": "alr_01"}]


def test_what_a_command_prints_is_compared_with_the_block_right_below(tmp_path: Path) -> None:
    path = a_guide(tmp_path, "```bash\necho one\n```\n\n```text\ntwo\n```\n")
    with pytest.raises(Wrong, match=r"guide\.md:5: it prints\none"):
        follow(path, alone(tmp_path))


@pytest.mark.parametrize(
    ("shown", "found", "same"),
    [
        ({"id": "nna_…"}, {"id": "nna_01"}, True),
        ({"id": "nna_…"}, {"id": "fam_01"}, False),
        ({"n": "…"}, {"n": None}, True),
        ([1, "…"], [1, 2, 3], True),
        ([1, "…"], [2], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_an_ellipsis_stands_for_what_the_guide_leaves_out(shown: Any, found: Any, same: bool) -> None:
    assert alike(json.loads(json.dumps(shown)), found) is same
