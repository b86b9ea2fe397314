"""What an import tells whoever asked for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from core.services.extracts.findings import Finding

Progress = Callable[[str, int, int], None]
"""Told the stage (Spanish), how many rows are done and how many there are."""


class Outcome(StrEnum):
    IMPORTED = "IMPORTED"
    ALREADY_IMPORTED = "ALREADY_IMPORTED"
    PASSED_OVER = "PASSED_OVER"  # it came before, and another after it says otherwise
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class ImportOptions:
    """How a file is imported.

    Parameters
    ----------
    dry_run : bool
        Say what would happen, and change nothing.
    force : bool
        Take a file that was imported before as one that comes now, and compare it row by row.
    rejects : Path, optional
        Folder for the file of bad rows; none is written without it.
    progress : callable, optional
    """

    dry_run: bool = False
    force: bool = False
    rejects: Path | None = None
    progress: Progress | None = None

    def tell(self, stage: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(stage, done, total)


@dataclass(frozen=True)
class Counts:
    """What became of rows.

    Parameters
    ----------
    inserted, updated, unchanged : int
        Unchanged are rows that say what stands already.
    passed_over : int
        Rows that say otherwise and changed nothing: a later file or the office has the last word.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    passed_over: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.passed_over + other.passed_over,
        )

    @property
    def changed(self) -> int:
        return self.inserted + self.updated


@dataclass(frozen=True)
class FileReport:
    """What became of one file.

    Parameters
    ----------
    kind, file, file_hash : str
    period : date
    outcome : Outcome
    rows_read, rows_rejected, rows_skipped : int
        Skipped are rows that are sound and not for us: people over 18.
    counts : Counts
        Of the sound rows.
    findings : tuple of Finding
        The first ones, in order of line; `summary` counts all of them by code.
    notes : tuple of str
        Spanish sentences on the file as a whole: separator, encoding, unknown columns, why it was refused.
    rejects : Path, optional
        The file of bad rows.
    extract_id : UUID, optional
        The record of this import, or of the earlier one of the same file.
    """

    kind: str
    file: str
    file_hash: str
    period: date
    outcome: Outcome
    rows_read: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    counts: Counts = Counts()
    findings: tuple[Finding, ...] = ()
    summary: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rejects: Path | None = None
    extract_id: UUID | None = None

    @property
    def refused(self) -> bool:
        return self.outcome is Outcome.REFUSED


@dataclass(frozen=True)
class ImportReport:
    """What became of a folder of files."""

    files: tuple[FileReport, ...]
    dry_run: bool = False

    @property
    def rejected(self) -> int:
        return sum(file.rows_rejected for file in self.files)

    @property
    def refused(self) -> tuple[FileReport, ...]:
        return tuple(file for file in self.files if file.refused)
