"""Which texts can be kept and read again as they were written: one rule for the files and for the API.

PostgreSQL stores no NUL; other controls are seen by nobody, or turn around what stands beside them on the screen (the
Unicode Standard, section 23.9 and UAX 9: bidirectional embeddings, overrides and isolates); a mark of replacement is
what is left of a character that could not be decoded. Tabulators and line ends are text.
"""

import re

from core.errors import InvalidInput

_RANGES = (("\x00", "\x08"), ("\x0b", "\x0c"), ("\x0e", "\x1f"), ("\x7f", "\x9f"))
_TURNING = (("\u202a", "\u202e"), ("\u2066", "\u2069"))
UNREADABLE = f"[{''.join(f'{first}-{last}' for first, last in (*_RANGES, *_TURNING))}\ufffd]"
_FOUND = re.compile(UNREADABLE)


def is_readable(text: str) -> bool:
    r"""Whether a text has none of these characters.

    Examples
    --------
    >>> is_readable("Ñuñoa, 2.º piso"), is_readable("Ana\x00"), is_readable("\u202eanA")
    (True, False, False)
    """
    return _FOUND.search(text) is None


def check_readable(text: str, field: str) -> None:
    r"""Refuse a text that could not be stored, or would be read as another; it is not repeated.

    Raises
    ------
    InvalidInput

    Examples
    --------
    >>> check_readable("Ana", "input.givenNames")
    >>> check_readable("Ana\x00", "input.givenNames")
    Traceback (most recent call last):
      ...
    core.errors.InvalidInput: El texto tiene caracteres invisibles que no se pueden guardar: escríbalo de nuevo.
    """
    if not is_readable(text):
        sentence = "El texto tiene caracteres invisibles que no se pueden guardar: escríbalo de nuevo."
        raise InvalidInput(sentence, field=field)
