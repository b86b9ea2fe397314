"""What may stand in texts kept in clear: reasons and signatures, which the audit shows as they were written."""

from core.errors import InvalidInput
from core.identity import scrub
from core.rules.readable import check_readable

LONGEST_TEXT = 3000  # characters: about a page, ours; names and comments have shorter limits of their own
LONGEST_VALUE = 200  # of what stands in a box of a form or in a cell of a file: a street, a school


def check_clear(text: str | None, field: str, longest: int = LONGEST_TEXT) -> None:
    """Refuse a text that is too long, cannot be read, or holds what looks like a RUN, which would stand for ever.

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
    if len(text or "") > longest:
        raise InvalidInput(f"El texto admite hasta {longest} caracteres.", field=field)
    check_readable(text or "", field)
    if text and scrub(text) != text:
        raise InvalidInput("El texto parece contener un RUN: quítelo, porque aquí no queda sellado.", field=field)
