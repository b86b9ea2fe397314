"""A list as rows to store and as bytes to hold against another one."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.models.nomina import NominaRun
from core.reference import ListRule
from scoring.nomina.facts import Facts, Inputs, canonical
from scoring.nomina.order import Placed, order
from scoring.nomina.reasons import reasons

Row = dict[str, Any]

RUN_FIELDS = (
    "commune_code",
    "period",
    "cut_on",
    "score_source",
    "score_version",
    "rules_version",
    "inputs_hash",
    "capacity",
    "listed",
    "excluded",
    "notice",
)
# What people decide afterwards, where that moves the capacity line, and the ids of this very run are not part of the
# list that the rules made.
ENTRY_FIELDS = (
    "nna_id",
    "family_id",
    "position",
    "family_position",
    "block",
    "has_address",
    "last_priority",
    "territorial_alerts",
    "has_chcc_alert",
    "chcc_alerts",
    "percentile",
    "score",
    "score_rank",
    "score_low",
    "score_high",
    "deciding_key",
    "deciding_reason",
    "reasons",
)


def make_list(
    inputs: Inputs, rules: Sequence[ListRule], explained: Callable[[list[str]], Mapping[str, list[str]]]
) -> list[Row]:
    """Order the children of a month and give each its place, its keys and its reasons.

    Parameters
    ----------
    inputs : Inputs
    rules : sequence of ListRule
        Of `inputs.rules_version`.
    explained : callable
        From the ids of the listed to the sentences that explain their score.

    Returns
    -------
    list of dict
        The fields of `NominaEntry` that the list itself decides, by position.
    """
    children = {child.nna_id: child for child in inputs.children}
    placed = order([child.candidate for child in inputs.children], rules, inputs.capacity)
    sentences = explained([one.candidate.nna_id for one in placed])
    return [_entry(one, children[one.candidate.nna_id], inputs, sentences) for one in placed]


def canonical_bytes(run: NominaRun, entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the bytes of a list: the run's own terms on the first line, then one child a line, by position.

    The same input gives the same bytes, on either database and on another day; what identifies this very run (ids,
    sequence, who published it) and what people decided afterwards (discards) stay out.

    Parameters
    ----------
    run : NominaRun
    entries : iterable of mapping
        Rows of `NominaEntry`, by position.

    Returns
    -------
    bytes
        UTF-8, JSON lines.
    """
    head = {name: getattr(run, name) for name in RUN_FIELDS}
    return b"\n".join([canonical(head), *(canonical({name: _flat(e[name]) for name in ENTRY_FIELDS}) for e in entries)])


def list_hash(run: NominaRun, entries: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of `canonical_bytes`."""
    return hashlib.sha256(canonical_bytes(run, entries)).hexdigest()


def _entry(placed: Placed, child: Facts, inputs: Inputs, sentences: Mapping[str, list[str]]) -> Row:
    one, score = placed.candidate, child.score
    return {
        "nna_id": UUID(one.nna_id),
        "family_id": UUID(one.family_id) if one.family_id else None,
        "position": placed.position,
        "family_position": placed.family_position,
        "within_capacity": placed.within_capacity,
        "block": str(one.block),
        "has_address": one.has_address,
        "last_priority": one.last_priority,
        "territorial_alerts": one.territorial_alerts,
        "has_chcc_alert": one.has_chcc_alert,
        "chcc_alerts": one.chcc_alerts,
        "percentile": one.percentile,
        "score": one.score,
        "score_rank": one.rank,
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "deciding_key": placed.deciding_key,
        "deciding_reason": placed.deciding_reason,
        "reasons": reasons(child, inputs.month, inputs.source, sentences.get(one.nna_id, ())),
    }


def _flat(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value
