"""The ways in which rows are reached, and what somebody wears together where."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from authz.actor import Actor, Ambit, Hat

WIDER = {
    Ambit.OWN: (Ambit.COMMUNE, Ambit.NATIONAL),
    Ambit.REFERRED: (Ambit.COMMUNE, Ambit.NATIONAL),
    Ambit.COMMUNE: (Ambit.NATIONAL,),
    Ambit.NATIONAL: (),
}


class Arm(NamedTuple):
    """One way in which rows are reached: how far, in which communes (None: everywhere), as whom (None: themselves).

    Examples
    --------
    >>> here = frozenset({"13101"})
    >>> Arm(Ambit.COMMUNE, here).covers(Arm(Ambit.OWN, here, UUID(int=2)))
    True
    >>> Arm(Ambit.OWN, None).covers(Arm(Ambit.OWN, here, UUID(int=2)))
    False
    """

    ambit: Ambit
    communes: frozenset[str] | None
    persona: UUID | None = None

    def covers(self, other: "Arm") -> bool:
        """Whether every row that `other` reaches is reached by this arm as well."""
        alike = self.ambit is other.ambit and self.persona == other.persona
        here = self.communes is None or (other.communes is not None and self.communes >= other.communes)
        return here and (alike or self.ambit in WIDER[other.ambit])


class Worn(NamedTuple):
    """The roles that one persona holds together in some communes (None: the country), and what is worn beside them.

    A substitute reaches the absent person's caseload with that person's roles, but what is denied to any role worn
    there is denied to every persona.
    """

    persona: UUID | None
    roles: frozenset[str]
    beside: frozenset[str]
    communes: frozenset[str] | None


@lru_cache(maxsize=4096)
def worn(actor: Actor) -> tuple[Worn, ...]:
    """Return what is held together where, persona by persona; of each, the whole country last."""
    return tuple(one for persona in actor.personas for one in _worn_as(persona, actor.hats))


def merge(found: Iterable[Arm]) -> tuple[Arm, ...]:
    """Join the arms that differ in communes alone, and leave out those that another covers.

    Examples
    --------
    >>> here, there = frozenset({"13101"}), frozenset({"13301"})
    >>> [sorted(arm.communes) for arm in merge([Arm(Ambit.OWN, here), Arm(Ambit.OWN, there)])]
    [['13101', '13301']]
    >>> merge([Arm(Ambit.OWN, here), Arm(Ambit.NATIONAL, None)])
    (Arm(ambit=<Ambit.NATIONAL: 'NATIONAL'>, communes=None, persona=None),)
    """
    alike: dict[tuple[Ambit, UUID | None], frozenset[str] | None] = {}
    for ambit, communes, persona in found:
        seen = alike.get((ambit, persona), frozenset())
        alike[ambit, persona] = None if communes is None or seen is None else seen | communes
    arms = [Arm(ambit, communes, persona) for (ambit, persona), communes in alike.items()]
    kept = [a for a in arms if not any(b is not a and b.covers(a) for b in arms)]
    return tuple(sorted(kept, key=lambda arm: arm.ambit))


def whole(arms: Iterable[Arm]) -> frozenset[str] | None:
    """Return the communes of which every row is reached; None is the whole country.

    Examples
    --------
    >>> whole([Arm(Ambit.OWN, frozenset({"13101"})), Arm(Ambit.COMMUNE, frozenset({"13301"}))])
    frozenset({'13301'})
    """
    far = [arm.communes for arm in arms if arm.ambit in (Ambit.COMMUNE, Ambit.NATIONAL)]
    return None if None in far else frozenset().union(*(communes or () for communes in far))


def _worn_as(persona: UUID | None, hats: tuple[Hat, ...]) -> list[Worn]:
    mine = [hat for hat in hats if hat.stands_for == persona]
    others = [hat for hat in hats if hat.stands_for != persona]
    alike: dict[tuple[frozenset[str], frozenset[str]], set[str]] = defaultdict(set)
    for commune in frozenset().union(*(hat.communes or () for hat in mine)):
        alike[_roles(mine, commune), _roles(others, commune)].add(commune)
    found = [Worn(persona, *both, frozenset(alike[both])) for both in sorted(alike, key=lambda b: [*map(sorted, b)])]
    if national := frozenset(f"role:{hat.role}" for hat in mine if hat.communes is None):
        # the country holds every commune, and so whatever is denied in one of them
        found.append(Worn(persona, national, frozenset(f"role:{hat.role}" for hat in hats), None))
    return found


def _roles(hats: Iterable[Hat], commune: str) -> frozenset[str]:
    return frozenset(f"role:{hat.role}" for hat in hats if hat.communes is None or commune in hat.communes)
