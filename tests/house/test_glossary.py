"""Every noun has one word in the field, and stands in the glossary."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from graphql import GraphQLNamedType, GraphQLScalarType

from schema.build import build
from schema.core import core_part
from tests.house.tree import ROOT, modules, parsed, plant

GLOSSARY = ROOT / "core" / "GLOSSARY.md"
ROW = re.compile(r"^\| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
DERIVED = ("Connection", "Edge", "Order", "Where", "Filter", "Input", "Payload", "Success")
PLAIN = {
    "TextFilter",
    "FoldedTextFilter",
    "IdFilter",
    "IntFilter",
    "FloatFilter",
    "BooleanFilter",
    "DateFilter",
    "DateTimeFilter",
}
# Steps that several services share; they name no noun of the field.
STEPS = {"compare", "run", "editable", "start", "named", "brought", "require_everywhere", "stored_bytes", "read_inputs"}


def nouns(text: str) -> dict[str, tuple[str, ...]]:
    """Return each identifier of a glossary as its words."""
    return {found[1]: words(found[1]) for found in ROW.finditer(text) if found[2] != "Término"}


def words(identifier: str) -> tuple[str, ...]:
    """Split CamelCase or snake_case, each word in the singular.

    `nnas` and `Nna`, `families` and `Family` are one noun.
    """
    found = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", identifier)
    return tuple(re.sub(r"(?<=[a-z])ies$", "y", word.lower()).removesuffix("s") for word in found)


def unknown_types(types: Iterable[str], known: dict[str, tuple[str, ...]]) -> list[str]:
    """Return types whose own words, or whose root's last words, the glossary does not have."""
    ends = {noun[-size:] for noun in known.values() for size in range(1, len(noun) + 1)}
    wholes = set(known.values())
    missing = []
    for name in types:
        suffix = next((s for s in DERIVED if name.endswith(s) and name != s), "")
        root = words(name.removesuffix(suffix))
        lasts = {root[start:] for start in range(len(root))}
        if name not in PLAIN and not (lasts & ends if suffix else root in wholes):
            missing.append(name)
    return missing


def services(root: Path) -> Iterator[str]:
    """Yield what can be done: public functions of a services module whose first argument is the unit of work."""
    for name, path in modules(root):
        if "services" in Path(name).with_suffix("").parts:
            functions = (node for node in parsed(path).body if isinstance(node, ast.FunctionDef))
            for node in functions:
                if [a.arg for a in node.args.args][:1] == ["uow"] and not node.name.startswith("_"):
                    yield node.name


def unknown_services(names: Iterable[str], known: dict[str, tuple[str, ...]]) -> list[str]:
    """Return services that name no noun of the glossary."""
    ends = {noun[-size:] for noun in known.values() for size in range(1, len(noun) + 1)}
    runs = {name: {words(name)[a:b] for a in range(9) for b in range(a + 1, 9)} for name in names}
    return [name for name, found in runs.items() if name not in STEPS and not found & ends]


def shown_types() -> list[str]:
    def ours(kind: GraphQLNamedType) -> bool:
        return not isinstance(kind, GraphQLScalarType) and not kind.name.startswith("__")

    return sorted(kind.name for kind in build([core_part()])._schema.type_map.values() if ours(kind))


def test_every_type_of_the_api_stands_in_the_glossary() -> None:
    assert unknown_types(shown_types(), nouns(GLOSSARY.read_text(encoding="utf-8"))) == []


def test_every_noun_of_a_service_stands_in_the_glossary() -> None:
    assert unknown_services(services(ROOT), nouns(GLOSSARY.read_text(encoding="utf-8"))) == []


def test_every_row_says_term_meaning_and_source() -> None:
    rows = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-Z]\w+ \|", line)]
    assert [row for row in rows if not ROW.match(row)] == []


def test_no_word_stands_twice() -> None:
    found = [row[1] for row in ROW.finditer(GLOSSARY.read_text(encoding="utf-8")) if row[2] != "Término"]
    assert sorted(found) == sorted(set(found))


KNOWN = nouns("| Nna | NNA | a child | law |\n| AlertReport | ficha | an act | manual |\n")


def test_a_type_without_a_word_is_found() -> None:
    types = ["Nna", "NnaConnection", "RegisterNnaInput", "Kite", "KiteEdge", "AlertReport", "Alert"]
    assert unknown_types(types, KNOWN) == ["Kite", "KiteEdge", "Alert"]


def test_a_service_without_a_word_is_found(tmp_path: Path) -> None:
    text = "def register_nnas(uow): ...\ndef fly_kite(uow): ...\ndef help(text): ...\ndef raise_report(uow): ...\n"
    assert unknown_services(services(plant(tmp_path, {"core/services/a.py": text})), KNOWN) == ["fly_kite"]
