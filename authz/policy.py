"""What the policy may speak of, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from authz.actor import Ambit, DataClass, Purpose, Role

ANY = "*"


class PolicyError(Exception):
    """The policy names something that nobody declared, or says what it may not say."""


@dataclass(frozen=True)
class Resource:
    """What the policy may speak of.

    Parameters
    ----------
    name : str
        English noun, as in `policy.csv`.
    label : str
        Spanish name, for the role table.
    actions : tuple of str
    classes : tuple of DataClass
    personal : bool
        Whether it holds anything of a person under care: closed until the confidentiality agreement is signed.
    """

    name: str
    label: str
    actions: tuple[str, ...]
    classes: tuple[DataClass, ...] = (DataClass.BASIC,)
    personal: bool = True


class Rule(NamedTuple):
    """One line of policy. `*` stands for every action, class or purpose; never for a resource or a role."""

    role: str
    resource: str
    action: str
    data: str
    ambit: str
    purpose: str
    effect: str = "allow"


def read_policy(path: Path) -> tuple[list[Rule], list[tuple[str, str]]]:
    """Read a `policy.csv`: lines `p` (rules) and `g` (a role that includes another); `#` starts a comment."""
    rules, inherits = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *words = [word.strip() for word in line.partition("#")[0].split(",")]
        if kind == "p":
            rules.append(Rule(*words))
        elif kind == "g":
            inherits.append((words[0], words[1]))
        elif kind:
            raise PolicyError(f"{path.name}: {line}")
    return rules, inherits


def check(rules: Iterable[Rule], vocabulary: dict[str, Resource]) -> None:
    """Refuse a policy that names what nobody declared, and a resource that no rule reaches."""
    for rule in rules:
        resource = vocabulary.get(rule.resource)
        if resource is None:
            raise PolicyError(f"unknown resource: {rule}")
        known = (
            rule.role.removeprefix("role:") in Role.__members__ and rule.role.startswith("role:"),
            rule.action in (*resource.actions, ANY),
            rule.data in (*resource.classes, ANY),
            rule.ambit in Ambit.__members__,
            rule.purpose in (*Purpose.__members__, ANY),
            rule.effect in ("allow", "deny"),
        )
        if not all(known):
            raise PolicyError(f"unknown word in {rule}")
    if missing := set(vocabulary) - {r.resource for r in rules if r.effect == "allow"}:
        raise PolicyError(f"no role reaches {sorted(missing)}")
