"""The one decision: how far may these roles reach this class of this resource, for this purpose.

Casbin answers; the answer is remembered, since one raw question costs about half a millisecond and a list asks
hundreds (`benchmarks/` holds the figure). Whoever needs an answer asks here: lists, single records, edges, counts,
searches, exports, mutations.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import casbin
from casbin.persist import Adapter

from authz.actor import Actor, Ambit, DataClass, Purpose, Role

HERE = Path(__file__).parent
WIDER = {
    Ambit.OWN: (Ambit.COMMUNE, Ambit.NATIONAL),
    Ambit.REFERRED: (Ambit.COMMUNE, Ambit.NATIONAL),
    Ambit.COMMUNE: (Ambit.NATIONAL,),
    Ambit.NATIONAL: (),
}
ANY = "*"


class AccessDenied(Exception):
    """Visible, perhaps, but not theirs to do."""

    code = "FORBIDDEN"

    def __init__(self, message: str = "No tiene permiso para esta acción.", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


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


class Arm(NamedTuple):
    """One way in which rows are reached: how far, in which communes (None: everywhere)."""

    ambit: Ambit
    communes: frozenset[str] | None

    def covers(self, other: "Arm") -> bool:
        """Whether every row that `other` reaches is reached by this arm as well."""
        far = self.ambit is other.ambit or self.ambit in WIDER[other.ambit]
        here = self.communes is None or (other.communes is not None and self.communes >= other.communes)
        return far and here


@dataclass
class Guard:
    """The policy in force, and the memory of its answers.

    Parameters
    ----------
    rules : sequence of Rule
        Core and plugins together; checked against `resources` on construction.
    resources : sequence of Resource

    Raises
    ------
    PolicyError
        Where a rule names an unknown role, resource, action, class, ambit or purpose, or a resource that no role
        reaches.
    """

    rules: Sequence[Rule]
    resources: Sequence[Resource]
    inherits: Sequence[tuple[str, str]] = ()
    vocabulary: dict[str, Resource] = field(init=False)

    def __post_init__(self) -> None:
        self.vocabulary = {r.name: r for r in self.resources}
        check(self.rules, self.vocabulary)
        self._enforcer = casbin.Enforcer(str(HERE / "model.conf"), _Lines(self.rules, self.inherits))
        self._enforcer.add_function("wears", self._wears)
        self.ambits = lru_cache(maxsize=100_000)(self._ambits)

    def arms(self, actor: Actor, resource: str, action: str, data: DataClass) -> tuple[Arm, ...]:
        """Return the ways in which the actor reaches this class of this resource; empty is a refusal.

        Roles are grouped by commune before they are asked about: adding permissions up over communes would lose
        the pairing of role and place.

        Parameters
        ----------
        actor : Actor
        resource, action : str
        data : DataClass

        Returns
        -------
        tuple of Arm
            Sorted, without arms that another covers.
        """
        if self.vocabulary[resource].personal and not actor.signed and data is not DataClass.AGGREGATE:
            return ()
        found = set()
        for roles, communes in worn(actor):
            for ambit in self.ambits(roles, resource, action, data, actor.purpose):
                found.add(Arm(ambit, None if ambit is Ambit.NATIONAL else communes))
        return _merge(found)

    def explain(
        self, roles: frozenset[str], resource: str, action: str, data: DataClass, purpose: Purpose
    ) -> tuple[Ambit | None, list[str]]:
        """Return the widest ambit allowed and the policy line that decided it; without one, nothing allows."""
        for ambit in (Ambit.NATIONAL, Ambit.COMMUNE, Ambit.REFERRED, Ambit.OWN):
            allowed, line = self._enforcer.enforce_ex(roles, resource, action, data, ambit, purpose)
            if allowed:
                return ambit, list(line)
        return None, []

    def _ambits(
        self, roles: frozenset[str], resource: str, action: str, data: DataClass, purpose: Purpose
    ) -> tuple[Ambit, ...]:
        said = {a for a in Ambit if self._enforcer.enforce(roles, resource, action, data, a, purpose)}
        # a denial of something narrower takes the wider with it
        allowed = {a for a in said if all(b in said for b in Ambit if a in WIDER[b])}
        return tuple(sorted(a for a in allowed if not any(w in allowed for w in WIDER[a])))

    def _wears(self, roles: frozenset[str], role: str) -> bool:
        manager = self._enforcer.get_role_manager()
        return any(worn_role == role or manager.has_link(worn_role, role) for worn_role in roles)


def worn(actor: Actor) -> list[tuple[frozenset[str], frozenset[str] | None]]:
    """Return (roles held together, communes where exactly these are held), the whole country last."""
    national = frozenset(f"role:{hat.role}" for hat in actor.hats if hat.communes is None)
    by_commune: dict[str, set[str]] = defaultdict(set)
    for hat in actor.hats:
        for commune in hat.communes or ():
            by_commune[commune].add(f"role:{hat.role}")
    alike: dict[frozenset[str], set[str]] = defaultdict(set)
    for commune, roles in by_commune.items():
        alike[frozenset(roles) | national].add(commune)
    found: list[tuple[frozenset[str], frozenset[str] | None]] = [
        (roles, frozenset(alike[roles])) for roles in sorted(alike, key=sorted)
    ]
    return [*found, (national, None)] if national else found


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


def _merge(found: set[Arm]) -> tuple[Arm, ...]:
    by_ambit: dict[Ambit, frozenset[str] | None] = {}
    for ambit, communes in found:
        seen = by_ambit.get(ambit, frozenset())
        by_ambit[ambit] = None if communes is None or seen is None else seen | communes
    arms = [Arm(ambit, communes) for ambit, communes in sorted(by_ambit.items())]
    return tuple(a for a in arms if not any(b is not a and b.covers(a) for b in arms))


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
