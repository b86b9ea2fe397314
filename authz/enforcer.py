"""The lines of one resource, put to Casbin: the only place that asks it."""

from collections.abc import Sequence
from pathlib import Path

import casbin
from casbin.persist import Adapter

from authz.arms import WIDER
from authz.policy import Rule

MODEL = str(Path(__file__).with_name("model.conf"))


def enforcer(rules: Sequence[Rule], inherits: Sequence[tuple[str, str]]) -> "casbin.Enforcer":
    """Return who answers for these lines.

    Casbin evaluates every line it holds for each question, and no line speaks of two resources: with one enforcer for
    each, a question costs as many lines as its resource has, however many plugins bring theirs.

    Parameters
    ----------
    rules : sequence of Rule
    inherits : sequence of (str, str)
        Role and the role that it includes.
    """
    made = casbin.Enforcer(MODEL, _Lines(rules, inherits))
    includes = made.get_role_manager().has_link
    made.add_function("wears", lambda roles, role: role in roles or any(includes(one, role) for one in roles))
    return made


class _Lines(Adapter):  # type: ignore[misc]  # casbin ships no types
    """Hand the rules to Casbin; stock adapters cut a rule after six values."""

    def __init__(self, rules: Sequence[Rule], inherits: Sequence[tuple[str, str]]) -> None:
        self.rules, self.inherits = rules, inherits

    def load_policy(self, model: "casbin.Model") -> None:
        for rule in self.rules:
            model.add_policy("p", "p", list(rule))
        for ambit, wider in WIDER.items():
            for wide in wider:
                model.add_policy("g", "g2", [ambit, wide])
        for role, inherited in self.inherits:
            model.add_policy("g", "g", [role, inherited])
