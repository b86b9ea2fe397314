"""An alert is decided, with a reason, by the team that sees it; what was decided by mistake is decided again."""

import pytest

from authz.guard import AccessDenied
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.services.alerts import dismiss_alert, validate_alert
from core.services.errors import WrongAlertState
from tests.factories import COLINA, a_user, actor, an_alert, an_nna, stored
from tests.services.raising import a_school


def test_an_alert_is_decided_once(host: Host) -> None:
    coordinator = actor("coordinator")
    with stored(host) as uow:
        a_user(uow, coordinator)
        alert = an_alert(uow, an_nna(uow))
    with host.unit_of_work(coordinator, "validateAlert") as uow:
        decided = validate_alert(uow, alert.id, 1)
        assert (decided.state, decided.decided_by, decided.version) == ("VALIDATED", coordinator.user_id, 2)
        with pytest.raises(WrongAlertState):
            validate_alert(uow, alert.id, 2, "Se informó por error.")
        with pytest.raises(Conflict):
            validate_alert(uow, alert.id, 1)


def test_a_dismissal_needs_a_reason(host: Host) -> None:
    with stored(host) as uow:
        alert = an_alert(uow, an_nna(uow))
    for reason in ("  ", "x", "-.-", "2026"):
        with host.unit_of_work(actor("coordinator"), "dismissAlert") as uow, pytest.raises(InvalidInput):
            dismiss_alert(uow, alert.id, reason, 1)


def test_an_alert_outside_the_caseload_is_not_decided(host: Host) -> None:
    with stored(host) as uow:
        alert = an_alert(uow, an_nna(uow))
    for who in (actor("case_manager"), actor("coordinator", COLINA)):
        with host.unit_of_work(who, "validateAlert") as uow, pytest.raises(NotFound):
            validate_alert(uow, alert.id, 1)


def test_an_institution_does_not_decide_on_its_own_alerts(host: Host) -> None:
    partner, school = a_school(host)
    with stored(host) as uow:
        alert = an_alert(uow, an_nna(uow), organization_id=school.id)
    with host.unit_of_work(partner, "validateAlert") as uow, pytest.raises(AccessDenied):
        validate_alert(uow, alert.id, 1)
