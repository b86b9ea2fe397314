"""The one decision: how far may these roles reach this class of this resource, for this purpose.

Casbin answers; the answer is remembered, since one raw question costs a fifth of a millisecond and a list asks
hundreds. Whoever needs an answer asks here: lists, single records, edges, counts, searches, exports, mutations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from authz.actor import Actor, Ambit, DataClass, Purpose
from authz.arms import WIDER, Arm, merge, worn
from authz.denial import AccessDenied
from authz.enforcer import enforcer
from authz.policy import ANY, PolicyError, Resource, Rule, check, read_policy

__all__ = ["ANY", "AccessDenied", "Guard", "PolicyError", "Resource", "Rule", "check", "read_policy"]

NOBODY: frozenset[str] = frozenset()


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
        lines = {name: [rule for rule in self.rules if rule.resource == name] for name in self.vocabulary}
        self._enforcers = {name: enforcer(rules, self.inherits) for name, rules in lines.items()}
        self.ambits = lru_cache(maxsize=100_000)(self._ambits)

    def arms(self, actor: Actor, resource: str, action: str, data: DataClass) -> tuple[Arm, ...]:
        """Return the ways in which the actor reaches this class of this resource; empty is a refusal.

        Roles are grouped by commune before they are asked about: adding permissions up over communes would lose
        the pairing of role and place, and of institution and place. Of whom the actor substitutes, only the caseload
        is told apart: what reaches beyond a caseload reaches the same rows for whoever it was given to.

        Parameters
        ----------
        actor : Actor
        resource, action : str
        data : DataClass

        Returns
        -------
        tuple of Arm
            Sorted, without arms that another covers; only `OWN` names a persona, and only `REFERRED` an institution.
        """
        found = self._found(actor, resource, action, data)
        return merge(arm if arm.ambit is Ambit.OWN else arm._replace(persona=None) for arm in found)

    def arms_of_each(
        self, actor: Actor, resource: str, action: str, data: DataClass
    ) -> dict[UUID | None, tuple[Arm, ...]]:
        """Return the arms of each persona that has any, for what depends on whose caseload a row is beyond `OWN`."""
        found = self._found(actor, resource, action, data)
        return {one: merge(a for a in found if a.persona == one) for one in dict.fromkeys(a.persona for a in found)}

    def explain(
        self,
        roles: frozenset[str],
        resource: str,
        action: str,
        data: DataClass,
        purpose: Purpose,
        beside: frozenset[str] = NOBODY,
    ) -> tuple[Ambit | None, list[str]]:
        """Return the widest ambit allowed and the policy line that decided it; without one, nothing allows."""
        allowed = self.ambits(roles, resource, action, data, purpose, beside)
        for ambit in (Ambit.NATIONAL, Ambit.COMMUNE, Ambit.REFERRED, Ambit.OWN):
            if ambit in allowed:
                _, line = self._enforcers[resource].enforce_ex(roles, resource, action, data, ambit, purpose)
                return ambit, list(line)
        return None, []

    def _found(self, actor: Actor, resource: str, action: str, data: DataClass) -> list[Arm]:
        if self.vocabulary[resource].personal and not actor.signed and data is not DataClass.AGGREGATE:
            return []
        return [
            Arm(ambit, None if ambit is Ambit.NATIONAL else held.communes, held.persona, organization)
            for held in worn(actor)
            for ambit in self.ambits(held.roles, resource, action, data, actor.purpose, held.beside)
            for organization in (ambit is Ambit.REFERRED and sorted(held.organizations)) or (None,)
        ]

    def _ambits(
        self,
        roles: frozenset[str],
        resource: str,
        action: str,
        data: DataClass,
        purpose: Purpose,
        beside: frozenset[str] = NOBODY,
    ) -> tuple[Ambit, ...]:
        """Ask as these roles, and again as all that is worn there: what is denied to any of it is denied.

        From the narrow to the wide: a denial of something narrower takes the wider with it.
        """
        allows, everything = self._enforcers[resource].enforce, {roles, roles | beside}
        allowed: list[Ambit] = []
        for ambit in (Ambit.OWN, Ambit.REFERRED, Ambit.COMMUNE, Ambit.NATIONAL):
            if all(b in allowed for b in WIDER if ambit in WIDER[b]):
                asked = (resource, action, data, ambit, purpose)
                allowed += [ambit] if all(allows(worn, *asked) for worn in everything) else []
        return tuple(sorted(a for a in allowed if not any(w in allowed for w in WIDER[a])))
