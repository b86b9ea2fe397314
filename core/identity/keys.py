"""The key ring: one key per use, never in the database nor in a backup."""

import base64
import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

KEY_BYTES = 32
_SINGLE = ("blind_index", "tokens", "audit", "models")


@dataclass(frozen=True)
class KeyRing:
    """The secrets of an installation, one per use; nothing of them shows in a repr.

    Parameters
    ----------
    field_encryption : mapping of int to bytes
        Keys that seal fields, by version from 1 on. The highest version seals, all of them open.
    blind_index : bytes
        Key of the index that finds a RUN without storing it. Changing it means indexing everybody again.
    tokens : bytes
        Key that signs access tokens.
    audit : bytes
        Key that chains the audit trail.
    models : bytes
        Key that signs trained models.

    Raises
    ------
    ValueError
        If a key is missing, is not 32 bytes long or serves two uses.
    """

    field_encryption: Mapping[int, bytes] = field(repr=False)
    blind_index: bytes = field(repr=False)
    tokens: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    models: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.field_encryption or not all(0 < version < 2**16 for version in self.field_encryption):
            raise ValueError("field_encryption needs at least one key, with versions from 1 to 65535")
        keys = self._keys()
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"every key has {KEY_BYTES} bytes")
        if len(set(keys)) != len(keys):
            raise ValueError("a key serves one use and one version only")

    @property
    def newest(self) -> int:
        """The version that seals."""
        return max(self.field_encryption)

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes] = os.urandom) -> Self:
        """Make a ring of fresh keys."""
        return cls({1: random_bytes(KEY_BYTES)}, *(random_bytes(KEY_BYTES) for _ in _SINGLE))

    @classmethod
    def sample(cls) -> Self:
        """Give the ring that is written in this very file: for tests and demos, and refused by real ones."""
        return cls({1: _sample_key("field_encryption")}, *(_sample_key(name) for name in _SINGLE))

    def is_sample(self) -> bool:
        """Tell whether any key is one of the published sample keys."""
        return any(key in self.sample()._keys() for key in self._keys())

    def rotated(self, random_bytes: Callable[[int], bytes] = os.urandom) -> Self:
        """Add a new version for sealing; what older versions sealed still opens."""
        return replace(self, field_encryption={**self.field_encryption, self.newest + 1: random_bytes(KEY_BYTES)})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a ring from its JSON form, as a file or an environment variable holds it.

        Raises
        ------
        ValueError
            If a key is missing, unknown or unreadable; the message names the key, never its value.
        """
        if set(data) != {"field_encryption", *_SINGLE}:
            raise ValueError("a key ring holds exactly field_encryption, " + ", ".join(_SINGLE))
        try:
            versions = {int(version): _decode(key) for version, key in data["field_encryption"].items()}
            single = [_decode(data[name]) for name in _SINGLE]
        except (AttributeError, TypeError, ValueError):
            raise ValueError("a key ring holds 32-byte keys in base64") from None
        return cls(versions, *single)

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON form: keys in base64, versions as text."""
        versions = {str(version): _encode(key) for version, key in sorted(self.field_encryption.items())}
        return {"field_encryption": versions, **{name: _encode(getattr(self, name)) for name in _SINGLE}}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a ring from a file that only its owner can read.

        Raises
        ------
        PermissionError
            If the group or others have any right on the file.
        ValueError
            If it does not hold a ring.
        """
        with path.open(encoding="utf-8") as file:
            # Asked of the open file, so that it cannot be swapped between the question and the reading.
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise PermissionError(f"{path} can be read by others: chmod 600 it, and renew its keys")
            try:
                data = json.load(file)
            except ValueError:
                raise ValueError(f"{path} is not JSON") from None
        if not isinstance(data, dict):
            raise ValueError(f"{path} does not hold a key ring")
        return cls.from_dict(data)

    @classmethod
    def ensure(cls, path: Path) -> Self:
        """Read the ring of an installation, or make one and keep it where there is none yet."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            cls.generate().save(path)
        return cls.load(path)

    def save(self, path: Path) -> None:
        """Write the ring to a file that only its owner can read, whole or not at all."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".new")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(self.to_dict(), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _keys(self) -> list[bytes]:
        return [*self.field_encryption.values(), *(getattr(self, name) for name in _SINGLE)]


def _sample_key(name: str) -> bytes:
    return hashlib.sha256(f"OLN sample key, not a secret: {name}".encode()).digest()


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
