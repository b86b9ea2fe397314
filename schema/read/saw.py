"""Which children's records an answer shows: a hidden last key of each object, taken out before the answer leaves."""

import re
from uuid import UUID

# Quotes inside JSON strings are escaped and GraphQL keys hold no `~`, so this is found nowhere else.
_HIDDEN = re.compile(rb',?"~":(?:"([0-9a-f-]{32,36})"|null)')


def strip(text: bytes) -> tuple[bytes, set[UUID]]:
    r"""Return the answer without the hidden keys, and the children that they name.

    Examples
    --------
    >>> strip(b'[{"age":7,"~":"0192f0c5aaaa7bbb8ccc0123456789ab"},{"a":"\"~\":null","~":null}]')
    (b'[{"age":7},{"a":"\"~\":null"}]', {UUID('0192f0c5-aaaa-7bbb-8ccc-0123456789ab')})
    """
    pieces = _HIDDEN.split(text)
    if len(pieces) == 1:
        return text, set()
    return b"".join(pieces[::2]), {UUID(found.decode()) for found in set(pieces[1::2]) if found}
