"""What is told to somebody who may not: that it is not theirs, or that a signature or another purpose would do.

Nothing of a record enters here: what would help is asked of the policy alone, or of a row that they see already.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from authz.actor import Actor, Purpose

FORBIDDEN = "No tiene permiso para esta acción."


class AccessDenied(Exception):
    """Visible, perhaps, but not theirs to do."""

    code = "FORBIDDEN"

    def __init__(
        self, message: str = FORBIDDEN, code: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = dict(details or {})


class Unsigned(AccessDenied):
    """Their roles would allow it; what is missing is the signature of the confidentiality agreement in force."""

    code = "CONFIDENTIALITY_UNSIGNED"

    def __init__(self) -> None:
        super().__init__(
            "Falta firmar el acuerdo de confidencialidad. La misma persona lo lee en viewer { agreement } y lo firma"
            " con la mutación signConfidentiality.",
            details={"mutation": "signConfidentiality"},
        )


def denial(actor: Actor, allows: Callable[[Actor], bool], message: str = FORBIDDEN) -> AccessDenied:
    """Return the refusal of what `allows` does not allow this actor, with what would help.

    Parameters
    ----------
    actor : Actor
    allows : callable
        Whether the same question is allowed to the same person, signed or under another purpose.
    message : str
        What is told where nothing helps.

    Returns
    -------
    AccessDenied
        `Unsigned` where the signature alone is missing; otherwise `FORBIDDEN`, whose details name the purposes, if
        any, with which their roles allow it.

    Examples
    --------
    >>> from uuid import UUID
    >>> who = Actor(UUID(int=1), "x", Purpose.ADMINISTRATION)
    >>> denial(who, lambda one: one.purpose is Purpose.CARE).message
    'No tiene permiso con la finalidad ADMINISTRATION; sus roles lo permiten con OLN-Purpose: CARE.'
    >>> denial(replace(who, signed=False), lambda one: one.signed).code
    'CONFIDENTIALITY_UNSIGNED'
    >>> denial(who, lambda one: False).details
    {}
    """
    signed = replace(actor, signed=True)
    if not actor.signed and allows(signed):
        return Unsigned()
    others = [str(one) for one in Purpose if one is not actor.purpose and allows(replace(signed, purpose=one))]
    if not others:
        return AccessDenied(message)
    return AccessDenied(
        f"No tiene permiso con la finalidad {actor.purpose}; sus roles lo permiten con OLN-Purpose:"
        f" {' o '.join(others)}.",
        details={"purpose": str(actor.purpose), "purposes": others},
    )
