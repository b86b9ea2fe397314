"""The read audit: who saw which child's record, durable before the answer leaves.

::

    Journal        what the edge awaits before it answers: one line per operation, one fdatasync for all who wait
    JournalLoader  the job that brings the lines into the audit tables, within seconds
    seen_by        who has seen a child, from the tables and from what is not loaded yet
    has_read       whether somebody read anything, from the same
    verify_reads   finds an edited, deleted, reordered or cut-off line, in the files and in the tables

Each process writes files of its own, chained by HMAC. Where the disk is not durable, `OLN_READ_AUDIT=database` writes
the same lines straight into the tables.
"""

from core.journal.journal import Journal, JournalUnwritable, open_journal
from core.journal.loading import JournalLoader, load_journals
from core.journal.reading import Seen, has_read, seen_by
from core.journal.record import ReadRecord
from core.journal.tables import unproven
from core.journal.verify import verify_journal, verify_reads

__all__ = [
    "Journal",
    "JournalLoader",
    "JournalUnwritable",
    "ReadRecord",
    "Seen",
    "has_read",
    "load_journals",
    "open_journal",
    "seen_by",
    "unproven",
    "verify_journal",
    "verify_reads",
]
