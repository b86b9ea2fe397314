"""The write audit: what every unit of work changed, chained by HMAC in the same transaction.

::

    Host.unit_of_work   attends the unit: from here on every flush is written down
    the session         refuses to commit before the unit's entries are sealed, and seals them itself
    verify              reads every chain again: an edited, deleted, reordered or truncated record shows

There is one chain per commune, and `CL` for what belongs to none: one for the country would make every office wait for
every other (measured: 1,073 against 360 appends a second).
"""

from core.audit.anchor_file import FILE
from core.audit.anchors import accept_anchor, anchor, begin_anchors
from core.audit.ddl import append_only_ddl, missing_triggers, restore_triggers
from core.audit.notary import NATIONAL_CHAIN, Notary, record_bulk, record_children
from core.audit.seal import seal
from core.audit.session import listening
from core.audit.verify import Finding, FindingKind, missing_anchors, unguarded, verify

__all__ = [
    "FILE",
    "NATIONAL_CHAIN",
    "Finding",
    "FindingKind",
    "Notary",
    "accept_anchor",
    "anchor",
    "append_only_ddl",
    "begin_anchors",
    "listening",
    "missing_anchors",
    "missing_triggers",
    "record_bulk",
    "record_children",
    "restore_triggers",
    "seal",
    "unguarded",
    "verify",
]
