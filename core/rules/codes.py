"""Values that are one of a list of codes, the same in the files and in the API: `core/data/extract_formats.csv`."""

from core.errors import InvalidInput
from core.reference import format_columns


def known_codes(kind: str, field: str) -> tuple[str, ...]:
    """Give the codes that a field of a kind of file may have, in the order of the list.

    Examples
    --------
    >>> known_codes("health", "insurance")[:2]
    ('FONASA_A', 'FONASA_B')
    """
    (column,) = (one for one in format_columns() if (one.kind, one.field) == (kind, field))
    return column.allowed


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
    core.errors.InvalidInput: Ese código no se conoce. Use uno de CHL, VEN, PER, HTI, BOL, COL, ARG, ECU.
    """
    known = known_codes(kind, field)
    if code is not None and code not in known:
        raise InvalidInput(f"Ese código no se conoce. Use uno de {', '.join(known)}.", field=path)
