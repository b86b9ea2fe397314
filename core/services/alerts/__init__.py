"""Alerts: raised by the team or by institutions, then validated or dismissed."""

from core.services.alerts.deciding import dismiss_alert, validate_alert
from core.services.alerts.raising import AlertData, AlertItem, raise_alert

__all__ = ["AlertData", "AlertItem", "dismiss_alert", "raise_alert", "validate_alert"]
