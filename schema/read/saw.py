"""Which children's records an answer shows: a hidden first key of each object, taken out before the answer leaves."""

from uuid import UUID

# Quotes inside JSON strings are escaped and GraphQL keys hold no `~`, so this is found nowhere else.
HIDDEN = "~"
_MARK = b'"~":'
_DIGITS = 32


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
