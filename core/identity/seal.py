"""Fields sealed so that they open only in their own place, and an index that finds without opening.

A sealed field is ``key version (2 bytes) | nonce (12) | ciphertext | tag (16)`` under AES-256-GCM. Its table, column,
row and key version are associated data: copied to another row or column, it does not open.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.identity.keys import KeyRing
from core.identity.run import IdentifierKind

NonceSource = Callable[[bytes, bytes], bytes]
"""From the associated data and the plain bytes to a nonce of 12 bytes."""

_VERSION_BYTES = 2
_NONCE_BYTES = 12
_TAG_BYTES = 16


class BrokenSeal(ValueError):
    """A sealed field does not open here: another key, another place, or altered bytes."""


def random_nonce(_associated: bytes, _plain: bytes) -> bytes:
    """Draw a nonce from the operating system."""
    return os.urandom(_NONCE_BYTES)


def derived_nonces(seed: bytes) -> NonceSource:
    """Make a nonce source whose sealed fields are the same bytes for the same seed, ring and contents.

    A counter would repeat nonces under one key as soon as a demo is made twice, which breaks GCM. This one is a keyed
    hash of what is sealed and where, so that a nonce comes back only with the very same message.

    Parameters
    ----------
    seed : bytes
        Any bytes; the seed of a demo.

    Returns
    -------
    NonceSource
        For :class:`Sealer`.
    """

    def derived(associated: bytes, plain: bytes) -> bytes:
        message = len(associated).to_bytes(4, "big") + associated + plain
        return hmac.digest(seed, message, "sha256")[:_NONCE_BYTES]

    return derived


class Sealer:
    """Seal, open and index identifiers and other fields with the keys of a ring.

    Parameters
    ----------
    ring : KeyRing
        Its newest field key seals; each of them opens what it sealed.
    nonces : NonceSource
        Random unless a demo must come out byte for byte the same.

    Examples
    --------
    >>> sealer, row = Sealer(KeyRing.sample()), UUID(int=1)
    >>> sealed = sealer.seal("40000000-K", table="nna", column="run_sealed", row_id=row)
    >>> sealer.open(sealed, table="nna", column="run_sealed", row_id=row)
    '40000000-K'
    >>> sealer.open(sealed, table="nna", column="run_sealed", row_id=UUID(int=2))
    Traceback (most recent call last):
    core.identity.seal.BrokenSeal: the field does not open here
    """

    def __init__(self, ring: KeyRing, nonces: NonceSource = random_nonce) -> None:
        self._ciphers = {version: AESGCM(key) for version, key in ring.field_encryption.items()}
        self._version = ring.newest
        self._index_key = ring.blind_index
        self._nonces = nonces

    def seal(self, plain: str, *, table: str, column: str, row_id: UUID) -> bytes:
        """Seal a text for one place, under the newest key.

        Parameters
        ----------
        plain : str
            What to seal.
        table, column : str
            Names of where it is kept.
        row_id : UUID
            The row it belongs to.

        Returns
        -------
        bytes
            30 bytes longer than the text.
        """
        associated = _associated(table, column, row_id, self._version)
        encoded = plain.encode()
        nonce = self._nonces(associated, encoded)
        ciphertext = self._ciphers[self._version].encrypt(nonce, encoded, associated)
        return self._version.to_bytes(_VERSION_BYTES, "big") + nonce + ciphertext

    def open(self, sealed: bytes, *, table: str, column: str, row_id: UUID) -> str:
        """Open what was sealed for this very place, under whichever key of the ring.

        Raises
        ------
        BrokenSeal
            If the bytes are altered, belong elsewhere, or their key is not in the ring.
        """
        version = int.from_bytes(sealed[:_VERSION_BYTES], "big")
        cipher = self._ciphers.get(version)
        if cipher is None or len(sealed) < _VERSION_BYTES + _NONCE_BYTES + _TAG_BYTES:
            raise BrokenSeal("no key of the ring opens the field")
        nonce_end = _VERSION_BYTES + _NONCE_BYTES
        associated = _associated(table, column, row_id, version)
        try:
            return cipher.decrypt(sealed[_VERSION_BYTES:nonce_end], sealed[nonce_end:], associated).decode()
        except InvalidTag:
            raise BrokenSeal("the field does not open here") from None

    def seal_all(self, plains: Sequence[str], *, table: str, column: str, row_ids: Sequence[UUID]) -> list[bytes]:
        """Seal a column: one text per row, as :meth:`seal` does."""
        return [
            self.seal(plain, table=table, column=column, row_id=row_id)
            for plain, row_id in zip(plains, row_ids, strict=True)
        ]

    def open_all(self, sealed: Sequence[bytes], *, table: str, column: str, row_ids: Sequence[UUID]) -> list[str]:
        """Open a column: one sealed field per row, as :meth:`open` does."""
        return [
            self.open(one, table=table, column=column, row_id=row_id)
            for one, row_id in zip(sealed, row_ids, strict=True)
        ]

    def needs_resealing(self, sealed: bytes) -> bool:
        """Tell whether a field was sealed under an older key than the newest."""
        return int.from_bytes(sealed[:_VERSION_BYTES], "big") != self._version

    def blind_index(self, kind: IdentifierKind, normal: str, commune_code: str) -> str:
        """Index an identifier within a commune: equal people meet, and nobody reads who they are.

        The commune is part of what is hashed, so the same child has another index elsewhere: matching across communes
        has to be done on purpose, by who holds the key. Every RUN can be tried in minutes, so the key is a secret as
        worthy as the RUNs themselves.

        Parameters
        ----------
        kind : IdentifierKind
            RUN or PROVISIONAL.
        normal : str
            The identifier in normal form.
        commune_code : str
            CUT code of the commune that keeps the record.

        Returns
        -------
        str
            HMAC-SHA256 over ``commune|kind|normal form``: 32 bytes as 64 hexadecimal digits.

        Raises
        ------
        ValueError
            For kind NONE: nobody is equal to somebody for lack of a number.
        """
        return self.blind_indexes(kind, (normal,), (commune_code,))[0]

    def index_words(self, words: str, commune_code: str) -> str:
        """Index how a person was described within a commune, as :meth:`blind_index` does numbers.

        Names are guessed as easily as numbers are tried: who has no key learns nothing by it.
        """
        return hmac.digest(self._index_key, f"{commune_code}|WORDS|{words}".encode(), "sha256").hex()

    def blind_indexes(self, kind: IdentifierKind, normals: Iterable[str], commune_codes: Iterable[str]) -> list[str]:
        """Index a column of identifiers of one kind, as :meth:`blind_index` does; a million take some seconds."""
        if kind is IdentifierKind.NONE:
            raise ValueError("a person without an identifier has no index")
        digest, key, middle = hmac.digest, self._index_key, f"|{kind.value}|"
        return [
            digest(key, (commune + middle + normal).encode(), "sha256").hex()
            for normal, commune in zip(normals, commune_codes, strict=True)
        ]


def _associated(table: str, column: str, row_id: UUID, version: int) -> bytes:
    return f"{table}|{column}|{row_id.hex}|{version}".encode()
