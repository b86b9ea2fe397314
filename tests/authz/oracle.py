"""The policy decided a second time, in plain Python, from nothing but the text of `policy.csv`.

It shares no code with the guard: what both say is what the file says.
"""

import csv
from enum import StrEnum
from pathlib import Path

WITHIN = {"OWN": {"OWN"}, "REFERRED": {"REFERRED"}, "COMMUNE": {"OWN", "REFERRED", "COMMUNE"}}
WITHIN["NATIONAL"] = {*WITHIN["COMMUNE"], "NATIONAL"}


class Relation(StrEnum):
    """What a child is to the person who asks."""

    OWN_CASE = "a child on their team"
    REFERRED = "a child referred to their institution"
    CONSENTED = "a child referred to it, with consent"
    NONE = "another child of their commune"
    ELSEWHERE = "a child of another commune, on their team and referred to them with consent"


REFERRED_TO_US = {Relation.REFERRED, Relation.CONSENTED}


class Oracle:
    def __init__(self, path: Path) -> None:
        self.rules: list[list[str]] = []
        self.includes: dict[str, set[str]] = {}
        self.said: dict[tuple[str, ...], frozenset[str]] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for words in csv.reader(line.split("#")[0] for line in file):
                kind, *rest = [word.strip() for word in words] or [""]
                if kind == "g":
                    self.includes.setdefault(rest[0], set()).add(rest[1])
                elif kind == "p":
                    self.rules.append(rest if len(rest) == 7 else [*rest, "allow"])

    def ambits(self, *asked: str) -> frozenset[str]:
        """Return the ambits that the file gives, those that lie within another included.

        Asked are a role, a resource, an action, a class of data and a purpose.
        """
        if asked not in self.said:
            self.said[asked] = frozenset(self._read(*asked))
        return self.said[asked]

    def _read(self, role: str, resource: str, action: str, data: str, purpose: str) -> set[str]:
        allowed: set[str] = set()
        denied: set[str] = set()
        roles = self._roles(f"role:{role}")
        for who, what, act, cls, ambit, pur, effect in self.rules:
            named = who in roles and what == resource
            if named and act in (action, "*") and cls in (data, "*") and pur in (purpose, "*"):
                (allowed if effect == "allow" else denied).update(WITHIN[ambit])
        return {ambit for ambit in allowed if not (WITHIN[ambit] & denied)}

    def _roles(self, role: str) -> set[str]:
        return {role}.union(*(self._roles(inner) for inner in self.includes.get(role, ())))


def reaches(ambits: frozenset[str], relation: Relation, referred: set[Relation]) -> bool:
    """Whether one of the ambits reaches a child of this relation."""
    if relation is Relation.ELSEWHERE:
        return "NATIONAL" in ambits
    return (
        "COMMUNE" in ambits
        or ("OWN" in ambits and relation is Relation.OWN_CASE)
        or ("REFERRED" in ambits and relation in referred)
    )
