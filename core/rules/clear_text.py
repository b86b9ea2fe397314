"""What may stand in texts kept in clear: reasons and signatures, which the audit shows as they were written."""

from core.errors import InvalidInput
from core.identity import scrub


def check_clear(text: str | None, field: str) -> None:
    """Refuse a text with what looks like a RUN: it would stand in clear where nobody can take it out again.

    Raises
    ------
    InvalidInput

    Examples
    --------
    >>> check_clear("Vuelve de su licencia", "input.reason")
    >>> check_clear("Reemplaza a 12.531.909-2", "input.reason")
    Traceback (most recent call last):
      ...
    core.errors.InvalidInput: El texto parece contener un RUN: quítelo, porque aquí no queda sellado.
    """
    if text and scrub(text) != text:
        raise InvalidInput("El texto parece contener un RUN: quítelo, porque aquí no queda sellado.", field=field)
