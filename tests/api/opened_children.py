"""Two children opened to an institution, one of them without name, on whom it raised alerts in every way."""

from datetime import date
from typing import TYPE_CHECKING

from authz.actor import DataClass
from core.models import alerts, organizations, people
from core.models.alerts import NamedBy

if TYPE_CHECKING:
    from tests.api.read_world import World


def add_opened_children(world: "World", today: date) -> None:
    """Add them to a world that has institutions, children and teams."""
    school = world.of(organizations.Organization)[0]
    by = {"commune_code": school["commune_code"], "organization_id": school["id"]}
    few = [c for c in world.of(people.Nna) if c["commune_code"] == school["commune_code"]][:2]
    for child, with_identity in zip(few, (False, True), strict=True):
        part = by | {"nna_id": child["id"]}
        held = {"valid_from": today, "valid_until": None}
        world.add(organizations.AccessGrant, **part, **held, with_identity=with_identity)
        for named_by in (*NamedBy, None):
            report = world.add(alerts.AlertReport, **part, named_by=named_by)
            world.add(
                alerts.Alert, **part, report_id=report["id"], data_class=DataClass.RISK, type_code="LACK_OF_SUPERVISION"
            )
