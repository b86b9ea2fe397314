"""Alerts: raised by the team or by institutions, then validated or dismissed."""

from core.services.alerts.deciding import dismiss_alert, validate_alert
from core.services.alerts.descriptions import Description, open_description
from core.services.alerts.raising import may_show_report, raise_alert
from core.services.alerts.words import AlertData, AlertItem

__all__ = [
    "AlertData",
    "AlertItem",
    "Description",
    "dismiss_alert",
    "may_show_report",
    "open_description",
    "raise_alert",
    "validate_alert",
]
