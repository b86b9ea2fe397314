"""What a plugin may do. Each hook stands in `plugins/README.md` with its exact signature and an example.

Order never carries meaning: the host sorts whatever hooks return.
"""

# mypy: disable-error-code="empty-body"

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy

from authz.guard import Resource
from authz.scope import Scope
from core.events import Event

if TYPE_CHECKING:
    from core.unit_of_work import UnitOfWork

PROJECT = "oln"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
CORE_VERSION = 1


@dataclass(frozen=True)
class Info:
    """What a plugin is.

    Parameters
    ----------
    name : str
        English, snake case; also the prefix of its tables and its version table.
    label : str
        Spanish name, for people.
    version : str
    core : int
        The core version it was written for; another is refused at start.
    on_by_default : bool
        Whether communes have it on until somebody switches it off.
    always_on : bool
        True of the core's own parts, which nobody can switch off.
    """

    name: str
    label: str
    version: str
    core: int = CORE_VERSION
    on_by_default: bool = False
    always_on: bool = False


@dataclass(frozen=True)
class Indicator:
    """A figure that a plugin contributes to a commune; small cells are hidden by the host.

    Parameters
    ----------
    code : str
    label : str
        Spanish.
    unit : str
    count : callable
        From an unscoped session, a commune code and a day to a whole number.
    """

    code: str
    label: str
    unit: str
    count: Any


class Hooks:
    """Every hook, with its exact signature."""

    @hookspec
    def oln_info(self) -> Info:
        """Say what the plugin is and which core it was written for."""

    @hookspec
    def oln_models(self) -> Iterable[Scope]:
        """Return the plugin's tables, each with who reaches it and how long it is kept."""

    @hookspec
    def oln_migrations(self) -> Path:
        """Return the folder of the plugin's Alembic revisions; it has a version table of its own."""

    @hookspec
    def oln_resources(self) -> Iterable[Resource]:
        """Return the words that the plugin's policy may use."""

    @hookspec
    def oln_policies(self) -> Path:
        """Return the plugin's `policy.csv`; its rules may name its own resources only."""

    @hookspec
    def oln_types(self) -> Iterable[type]:
        """Return the plugin's exposed GraphQL types."""

    @hookspec
    def oln_type_extensions(self) -> Mapping[str, type]:
        """Return classes with nullable fields to add to core types, by the type's name."""

    @hookspec
    def oln_queries(self) -> type:
        """Return a class whose fields join the root Query."""

    @hookspec
    def oln_mutations(self) -> type:
        """Return a class whose fields join the root Mutation."""

    @hookspec
    def oln_indicators(self) -> Iterable[Indicator]:
        """Return the figures that the plugin contributes."""

    @hookspec
    def oln_features(self) -> Iterable[Any]:
        """Return scoring features (`scoring.features.Feature`), made of extracts and never of identity."""

    @hookspec
    def oln_commands(self) -> Any:
        """Return a Typer application to mount under `oln <plugin>`."""

    @hookspec
    def oln_on_event(self, uow: "UnitOfWork", event: Event) -> None:
        """Act inside the transaction; `RuleBroken` vetoes it, any other exception fails it closed."""

    @hookspec
    def oln_after_event(self, uow: "UnitOfWork", event: Event) -> None:
        """Act after the commit, at least once; a failure is logged and retried, and never breaks a case."""

    @hookspec
    def oln_demo_data(self, uow: "UnitOfWork", communes: Iterable[str], seed: int, today: date) -> None:
        """Add the plugin's part of the demo country: seeded, synthetic, the same to the byte."""

    @hookspec
    def oln_export_subject(self, uow: "UnitOfWork", nna_id: UUID) -> Mapping[str, Any]:
        """Return all that the plugin holds of a child; obligatory for personal data."""

    @hookspec
    def oln_anonymise_subject(self, uow: "UnitOfWork", nna_id: UUID) -> int:
        """Strip a child's identity from the plugin's rows and return how many; obligatory for personal data."""

    @hookspec
    def oln_health(self) -> Mapping[str, str]:
        """Return what is wrong, in Spanish, by part; nothing when all is well."""
