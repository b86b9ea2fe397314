"""Settings, from the environment with the prefix `OLN_`; a plain default wherever one is safe."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class InstallationKind(StrEnum):
    """DEMO holds invented people; REAL refuses demo users, the development issuer and synthetic models."""

    DEMO = "DEMO"
    REAL = "REAL"


class Settings(BaseSettings):
    """What an operator may set; every field is `OLN_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="OLN_", frozen=True)

    home: Path = Path(".oln")
    database_url: str = ""
    installation: InstallationKind = InstallationKind.DEMO
    port: int = 8000
    host: str = "127.0.0.1"
    issuer: str = ""
    audience: str = "oln"
    cors_origins: tuple[str, ...] = ()
    explorer: bool | None = None
    introspection: bool | None = None
    third_party_plugins: bool = True
    read_audit: str = "journal"
    run_jobs: bool = True
    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """The database's address; the embedded one where none is set."""
        return self.database_url or f"sqlite:///{self.home / 'oln.db'}"

    @property
    def keys_file(self) -> Path:
        return self.home / "keys.json"

    @property
    def journal_folder(self) -> Path:
        return self.home / "journal"

    @property
    def models_folder(self) -> Path:
        return self.home / "models"

    @property
    def open_to_explore(self) -> bool:
        """Whether introspection and the explorer are on: in a demo, and where an operator says so."""
        demo = self.installation is InstallationKind.DEMO
        return demo if self.introspection is None else self.introspection


@lru_cache
def settings() -> Settings:
    return Settings()
