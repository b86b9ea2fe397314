"""Every code that a client can meet stands in `docs/client.md`, once, with what it means and what to do."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from schema.sentences import SENTENCES
from tests.house.tree import ROOMS, ROOT, modules, parsed, plant

CODE = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
RAISED = {"Told", "Refused", "Reason", "Unauthenticated", "AccessDenied"}
ELSEWHERE: Mapping[str, str] = {
    "DOMAIN_ERROR": "the root of the others; never raised itself",
    "RULE_BROKEN": "the root of the rules; never raised itself",
    "EXTRACT_REFUSED": "`oln import` tells it; no mutation imports",
    "TRAINING_IMPOSSIBLE": "`oln score train` tells it",
    "SENSITIVE_FEATURE": "a plugin's author meets it, while training",
    "ALREADY_SIGNED": "`oln install sign` tells it",
    "NOMINA_UNSIGNED": "only the platform itself has no name; whoever asks the API has one",
}


def test_the_guide_tells_every_code_that_a_client_can_meet() -> None:
    found = {code for _, path in modules() for code in codes_of(parsed(path))} | {code for _, code, _ in SENTENCES}
    told = ROW.findall((ROOT / "docs" / "client.md").read_text(encoding="utf-8"))
    assert sorted(told) == sorted(found - ELSEWHERE.keys())
    assert ELSEWHERE.keys() <= found


def test_a_code_is_found_wherever_it_is_given(tmp_path: Path) -> None:
    text = """
class Broken(RuleBroken):
    code = "IN_A_CLASS"
class Typed(RuleBroken):
    code: ClassVar[str] = "WITH_A_TYPE"
def say(message, code="BY_DEFAULT"): ...
def refuse(found):
    for many, code in ((3, "IN_A_TABLE"), (4, "IN_IT_TOO")):
        raise Told(code, "POST")
    raise Refused(400, "FIRST_OF_ALL", "Sí.", {"Allow": "POST"})
    raise GraphQLError("no", extensions={"code": "IN_EXTENSIONS"})
"""
    plant(tmp_path, {"schema/sample.py": text})
    (path,) = (path for _, path in modules(tmp_path, rooms=ROOMS))
    assert set(codes_of(parsed(path))) == {
        "IN_A_CLASS",
        "WITH_A_TYPE",
        "BY_DEFAULT",
        "IN_A_TABLE",
        "IN_IT_TOO",
        "FIRST_OF_ALL",
        "IN_EXTENSIONS",
    }


def codes_of(tree: ast.Module) -> Iterator[str]:
    """Yield the codes that a module gives to what it raises; where one is a variable, those of the module's tables."""
    for node in ast.walk(tree):
        for given in _given(node):
            yield from _in_tables(tree) if isinstance(given, ast.Name) else _codes(given)


def _in_tables(tree: ast.Module) -> Iterator[str]:
    for table in ast.walk(tree):
        if isinstance(table, ast.Tuple):
            yield from _codes(*table.elts)


def _given(node: ast.AST) -> list[ast.expr]:
    """Return what stands where a code is given: in a class, as a default, in a call."""
    if isinstance(node, ast.ClassDef):
        return [value for line in node.body if (value := _assigned(line)) is not None]
    if isinstance(node, ast.FunctionDef):
        named, values = node.args.args[::-1], node.args.defaults[::-1]
        return [value for name, value in zip(named, values, strict=False) if name.arg == "code"]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
        return _first(node.args)
    if isinstance(node, ast.keyword) and node.arg == "extensions" and isinstance(node.value, ast.Dict):
        pairs = zip(node.value.keys, node.value.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "code"]
    return []


def _assigned(line: ast.stmt) -> ast.expr | None:
    """Return the value of `code = …`, with a type or without."""
    if not isinstance(line, ast.Assign | ast.AnnAssign):
        return None
    target = line.target if isinstance(line, ast.AnnAssign) else line.targets[0]
    return line.value if isinstance(target, ast.Name) and target.id == "code" else None


def _first(arguments: list[ast.expr]) -> list[ast.expr]:
    """Return the code of a call: a variable of that name, or else the first constant that looks like one."""
    variables = [one for one in arguments if isinstance(one, ast.Name) and one.id == "code"]
    return variables or [one for one in arguments if list(_codes(one))][:1]


def _codes(*nodes: ast.expr) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value
