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

    A referral is to one institution, in the communes where it is worn: of whom none is named reaches nothing by it.

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
    organization: UUID | None = None

    def covers(self, other: "Arm") -> bool:
        """Whether every row that `other` reaches is reached by this arm as well."""
        alike = self._replace(communes=None) == other._replace(communes=None)
        here = self.communes is None or (other.communes is not None and self.communes >= other.communes)
        return here and (alike or self.ambit in WIDER[other.ambit])


class Worn(NamedTuple):
    """The roles that one persona holds together in some communes (None: the country), and what is worn beside them.

    A substitute reaches the absent person's caseload with that person's roles, but what is denied to any role worn
    there is denied to every persona. `organizations` are the institutions for which they act in these communes.
    """

    persona: UUID | None
    roles: frozenset[str]
    beside: frozenset[str]
    organizations: frozenset[UUID]
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
    (Arm(ambit=<Ambit.NATIONAL: 'NATIONAL'>, communes=None, persona=None, organization=None),)
    """
    alike: dict[Arm, frozenset[str] | None] = {}
    for arm in found:
        anywhere = arm._replace(communes=None)
        seen = alike.get(anywhere, frozenset())
        alike[anywhere] = None if arm.communes is None or seen is None else seen | arm.communes
    arms = [anywhere._replace(communes=communes) for anywhere, communes in alike.items()]
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
    alike: dict[tuple[frozenset[str], frozenset[str], frozenset[UUID]], set[str]] = defaultdict(set)
    for commune in frozenset().union(*(hat.communes or () for hat in mine)):
        here = _here(mine, commune)
        alike[_roles(here), _roles(_here(others, commune)), _organizations(here)].add(commune)
    found = [Worn(persona, *held, frozenset(alike[held])) for held in sorted(alike, key=_in_order)]
    if national := [hat for hat in mine if hat.communes is None]:
        # the country holds every commune, and so whatever is denied in one of them
        found.append(Worn(persona, _roles(national), _roles(hats), _organizations(national), None))
    return found


def _in_order(held: tuple[frozenset[str], frozenset[str], frozenset[UUID]]) -> tuple[list[str], list[str], list[UUID]]:
    roles, beside, organizations = held
    return sorted(roles), sorted(beside), sorted(organizations)


def _here(hats: Iterable[Hat], commune: str) -> list[Hat]:
    return [hat for hat in hats if hat.communes is None or commune in hat.communes]


def _roles(hats: Iterable[Hat]) -> frozenset[str]:
    return frozenset(f"role:{hat.role}" for hat in hats)


def _organizations(hats: Iterable[Hat]) -> frozenset[UUID]:
    return frozenset(hat.organization for hat in hats if hat.organization is not None)
