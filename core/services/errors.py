"""Rules of the field that the core's services refuse by; messages carry no personal data."""

from core.errors import RuleBroken


class AlreadyRegistered(RuleBroken):
    """The identifier has a record in this commune; `details` names it only to who may open it."""

    code = "ALREADY_REGISTERED"


class PossibleDuplicate(RuleBroken):
    """Records look like the same person; `details` holds them, and the caller says from which this one is distinct."""

    code = "POSSIBLE_DUPLICATE"


class NotAnNna(RuleBroken):
    """The person is 18 or older (Ley 21.430, art. 1)."""

    code = "NOT_AN_NNA"


class RecordClosed(RuleBroken):
    """The child is another office's by now; this one kept the record of its own time."""

    code = "RECORD_CLOSED"


class TakesNoAlerts(RuleBroken):
    """The record takes no new alerts, and why is of a class that the caller does not read."""

    code = "TAKES_NO_ALERTS"


class ProtectionStays(RuleBroken):
    """A protection is lifted by the child's own team, or by who edits the child where it has none."""

    code = "PROTECTION_STAYS"


class PregnancyOverdue(RuleBroken):
    """The probable date of birth passed so long ago that a birth is missing in the record."""

    code = "PREGNANCY_OVERDUE"


class BirthMismatch(RuleBroken):
    """It needs a child who is born, or a pregnancy, and the record is the other one."""

    code = "BIRTH_MISMATCH"


class NotInTheOffice(RuleBroken):
    """The user holds no such role in the commune."""

    code = "NOT_IN_THE_OFFICE"


class AddressInForce(RuleBroken):
    """The child has an address already; `details` names it, and the caller says whether the new one replaces it."""

    code = "ADDRESS_IN_FORCE"


class AlreadyInTheTeam(RuleBroken):
    """The user works with the child in that role on some of those days; `details` names the membership."""

    code = "ALREADY_IN_THE_TEAM"


class AlreadyMember(RuleBroken):
    """The person belongs to this family already."""

    code = "ALREADY_MEMBER"


class WrongDates(RuleBroken):
    """The dates contradict what is recorded."""

    code = "WRONG_DATES"


class AlreadyRelated(RuleBroken):
    """The tie is recorded already, in one direction or the other."""

    code = "ALREADY_RELATED"


class AlertAlreadyLive(RuleBroken):
    """The same source has a live alert of the same type on the child."""

    code = "ALERT_ALREADY_LIVE"


class AlertLapsed(RuleBroken):
    """It was seen so long ago that it would not be valid any more (*Orientaciones Técnicas OLN 2020*, pp. 36-37)."""

    code = "ALERT_LAPSED"


class WrongAlertState(RuleBroken):
    """The alert cannot go from where it stands to where it is wanted."""

    code = "WRONG_ALERT_STATE"


class AlreadyListed(RuleBroken):
    """The institution stands in the commune's directory already."""

    code = "ALREADY_LISTED"
