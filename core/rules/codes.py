"""Values that are one of a list of codes, the same in the files and in the API: `core/data/extract_formats.csv`."""

from collections.abc import Sequence

from core.errors import InvalidInput
from core.reference import format_columns

MANY, SHOWN = 30, 8  # from how many on a list is not written out, and how many of it are then


def known_codes(kind: str, field: str) -> tuple[str, ...]:
    """Give the codes that a field of a kind of file may have, in the order of the list.

    Examples
    --------
    >>> known_codes("health", "insurance")[:2]
    ('FONASA_A', 'FONASA_B')
    """
    (column,) = (one for one in format_columns() if (one.kind, one.field) == (kind, field))
    return column.allowed


def listed(codes: Sequence[str]) -> str:
    """Write the codes of a list, of a long one the first.

    Examples
    --------
    >>> listed(("A", "B"))
    'A, B'
    >>> listed([f"C{n}" for n in range(250)])
    'C0, C1, C2, C3, C4, C5, C6, C7… (son 250)'
    """
    if len(codes) <= MANY:
        return ", ".join(codes)
    return f"{', '.join(codes[:SHOWN])}… (son {len(codes)})"


def check_code(kind: str, field: str, code: str | None, path: str) -> None:
    """Refuse a code that is not of the list; nothing is not wrong.

    Raises
    ------
    InvalidInput

    Examples
    --------
    >>> check_code("persons", "nationality", None, "input.nationality")
    >>> check_code("persons", "nationality", "ZZZ", "input.nationality")
    Traceback (most recent call last):
      ...
    core.errors.InvalidInput: Ese código no se conoce. Use uno de CHL, VEN, PER, HTI, BOL, COL, ARG, ECU… (son 250).
    """
    known = known_codes(kind, field)
    if code is not None and code not in known:
        raise InvalidInput(f"Ese código no se conoce. Use uno de {listed(known)}.", field=path)
