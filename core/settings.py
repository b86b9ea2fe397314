"""Settings, from the environment with the prefix `OLN_`; a plain default wherever one is safe."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class InstallationKind(StrEnum):
    """DEMO holds invented people; REAL refuses demo users, the development issuer and synthetic models."""

    DEMO = "DEMO"
    REAL = "REAL"


DEVELOPMENT_ISSUER = "oln-development"  # signs for anybody, and never in a REAL installation


class Settings(BaseSettings):
    """What an operator may set; every field is `OLN_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="OLN_", frozen=True)

    home: Path = Path(".oln")
    database_url: str = ""
    installation: InstallationKind = InstallationKind.DEMO
    port: int = Field(default=8000, ge=1, le=65_535)
    host: str = "127.0.0.1"
    issuer: str = ""
    audience: str = "oln"
    cors_origins: tuple[str, ...] = ()
    explorer: bool | None = None
    introspection: bool | None = None
    third_party_plugins: bool = True
    read_audit: Literal["journal", "database"] = "journal"
    run_jobs: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        try:
            known = not address or make_url(address).get_backend_name() in ("sqlite", "postgresql")
        except ArgumentError:
            known = False
        if not known:
            raise ValueError("neither sqlite:///file nor postgresql://host/name")
        return address

    @field_validator("cors_origins")
    @classmethod
    def _are_named(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in origins:
            raise ValueError("an office's data is never open to any page: origins are named one by one")
        return origins

    @property
    def database(self) -> str:
        """The database's address; the embedded one where none is set."""
        return self.database_url or f"sqlite:///{self.home / 'oln.db'}"

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database; None where it is PostgreSQL."""
        address = make_url(self.database)
        return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None

    @property
    def is_installed(self) -> bool:
        """Whether somebody made an installation here: its keys are there and, where it is embedded, its database."""
        return self.keys_file.exists() and (self.database_file is None or self.database_file.exists())

    @property
    def has_lost_keys(self) -> bool:
        """Whether the database is there without the keys that it was written with; new ones would open nothing."""
        return self.database_file is not None and self.database_file.exists() and not self.keys_file.exists()

    @property
    def has_lost_base(self) -> bool:
        """Whether keys or audit are left of an embedded database that is gone, or was cut to nothing."""
        file = self.database_file
        if file is None or (file.exists() and file.stat().st_size):
            return False
        left = (self.keys_file, self.home / "audit-anchor.jsonl", self.journal_folder)
        return any(path.exists() for path in left)

    @property
    def keys_file(self) -> Path:
        return self.home / "keys.json"

    @property
    def journal_folder(self) -> Path:
        return self.home / "journal"

    @property
    def keeps_journal(self) -> bool:
        """Whether readings go to files first, so that the folder is one that lasts."""
        return self.read_audit != "database"

    @property
    def models_folder(self) -> Path:
        return self.home / "models"

    @property
    def own_issuer(self) -> str:
        """Who says in tokens who people are; empty in a REAL installation that has none yet."""
        demo = self.installation is InstallationKind.DEMO
        return self.issuer or (DEVELOPMENT_ISSUER if demo else "")

    @property
    def trusted_issuers(self) -> tuple[str, ...]:
        """Whose tokens count here, the own issuer first; none in a REAL installation that has none yet."""
        demo = self.installation is InstallationKind.DEMO
        found = (self.issuer, DEVELOPMENT_ISSUER if demo else "")
        return tuple(issuer for issuer in found if issuer)

    @property
    def open_to_explore(self) -> bool:
        """Whether introspection and the explorer are on: in a demo, and where an operator says so."""
        demo = self.installation is InstallationKind.DEMO
        return demo if self.introspection is None else self.introspection

    @property
    def shows_explorer(self) -> bool:
        """Whether a browser that asks the API gets the explorer: as the rest, where nothing else is said."""
        return self.open_to_explore if self.explorer is None else self.explorer


def is_secure(url: str) -> bool:
    """Whether nobody on the way can change what an address answers: https, or plain http to the own machine.

    Examples
    --------
    >>> [is_secure(url) for url in ("https://id.example", "http://localhost:8080", "http://id.example", "https://[")]
    [True, True, False, False]
    """
    try:
        parts = urlsplit(url)
        own_machine = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
        return own_machine or (parts.scheme == "https" and bool(parts.hostname))
    except ValueError:
        return False


@lru_cache
def settings() -> Settings:
    return Settings()
