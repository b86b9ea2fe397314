"""Monthly extracts taken in: `import_file` and `import_folder`; `docs/extracts.md` tells of the files."""

from core.reference import FormatColumn
from core.services.extracts.deliveries import Delivery, deliveries
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.findings import Finding
from core.services.extracts.formats import formats
from core.services.extracts.importing import Transactions, import_file, import_folder
from core.services.extracts.reports import Counts, FileReport, ImportOptions, ImportReport, Outcome, Progress

__all__ = [
    "Counts",
    "Delivery",
    "ExtractRefused",
    "FileReport",
    "Finding",
    "FormatColumn",
    "ImportOptions",
    "ImportReport",
    "Outcome",
    "Progress",
    "Transactions",
    "deliveries",
    "formats",
    "import_file",
    "import_folder",
]
