"""What a statement tells besides the answer, taken out before it leaves.

Which children's records it shows: a hidden first key of each object. Which pages begin at a row that is not of their
list: an object in the place of the page.
"""

import re
from uuid import UUID

# Quotes inside JSON strings are escaped and GraphQL keys hold no `~`, so this is found nowhere else.
HIDDEN = "~"
_MARK = b'"~":'
_DIGITS = 32
_GONE = re.compile(rb'\{"~gone":(\d+)\}')


def gone_mark(n: int) -> str:
    """Return what a statement puts in the place of the plan's n-th page that begins at a cursor."""
    return f'{{"~gone":{n}}}'


def take_gone(text: bytes) -> tuple[bytes, set[int]]:
    """Return the answer with null for each page that could not begin, and which they are.

    Examples
    --------
    >>> take_gone(b'{"a":{"~gone":1},"b":7}')
    (b'{"a":null,"b":7}', {1})
    """
    return _GONE.sub(b"null", text), {int(n) for n in _GONE.findall(text)}


def strip(text: bytes) -> tuple[bytes, set[UUID]]:
    r"""Return the answer without the hidden keys, and the children that they name.

    Examples
    --------
    >>> strip(b'[{"~":"0192f0c5aaaa7bbb8ccc0123456789ab","age":7},{"~":null,"a":"\\"~\\":null"},{"~":null}]')
    (b'[{"age":7},{"a":"\\"~\\":null"},{}]', {UUID('0192f0c5-aaaa-7bbb-8ccc-0123456789ab')})
    """
    first, *marked = text.split(_MARK)
    if not marked:
        return text, set()
    kept, found = [first], set()
    for piece in marked:
        named = piece.startswith(b'"')
        if named:
            found.add(piece[1 : _DIGITS + 1])
        rest = piece[_DIGITS + 2 if named else len(b"null") :]
        kept.append(rest[1:] if rest.startswith(b",") else rest)
    return b"".join(kept), {UUID(int=int(digits, 16)) for digits in found}
