"""A family that a protection guards, for the invented country: who is of it today, and who was."""

from datetime import date, timedelta
from typing import Any

from core.models import families, people


def add_protected_family(world: Any, commune: str, today: date) -> None:
    """Add a protected child and a sibling of another team; their mother came from another family, an aunt left.

    The busiest person of all is on the teams of the sibling and of the other family's child.
    """
    part = {"commune_code": commune}
    home, former = (world.add(families.Family, **part, folio=f"P{n}", source_key=None) for n in range(2))
    (me, _), (other, _) = world.busiest().most_common(2)
    for family, hidden, workers in ((home, True, [other]), (home, False, [me, other]), (former, False, [me])):
        guard = {"protected_address": hidden, "no_contact": False, "family_id": family["id"]}
        child = world.add(people.Nna, **part, **guard, identifier_index=None, birth_date=date(2015, 5, 4))
        about = {**part, "nna_id": child["id"]}
        world.add(people.Address, **about, street="Pasaje Secreto", protected=False)
        world.add(people.Contact, **about, phone="+56955550101", no_contact=False)
        world.add(families.FamilyMember, **about, family_id=family["id"], relative_id=None)
        for worker in workers:
            world.add(people.TeamMember, **about, user_id=worker, valid_until=None)
    for now, before in ((home, former), (former, home)):
        relative = world.add(families.Relative, **part, phone="+56955550101", no_contact=False)
        for family, until in ((now, None), (before, today - timedelta(days=30))):
            tie = {**part, "family_id": family["id"], "nna_id": None, "relative_id": relative["id"]}
            world.add(families.FamilyMember, **tie, valid_from=today - timedelta(days=90), valid_until=until)
