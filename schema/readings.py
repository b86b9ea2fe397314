"""What an operation writes into the journal of readings: whom it told of and whom it asked for in vain."""

import hashlib
import re
from uuid import UUID

from strawberry.http import GraphQLRequestData

from core.journal import Journal, ReadRecord
from schema.context import Context
from schema.read.catalogue import Catalogue
from schema.sentences import safe_name
from schema.subjects import subjects

# Only where the document begins: further on the same words may stand in a literal, and say whom somebody looks for.
OPERATION = re.compile(r"\s*(?:query|mutation)\s+([_A-Za-z]\w*)")


async def write_down(operation: GraphQLRequestData, context: Context, catalogue: Catalogue, journal: Journal) -> None:
    """Write down what an operation read, where it told of a child, named one in vain or looked for one by number."""
    seen, missed = await subjects(catalogue, context)
    if seen or missed or context.sought:
        await journal.record(read_record(operation, context, seen, missed))


def read_record(
    operation: GraphQLRequestData, context: Context, seen: frozenset[UUID], missed: frozenset[UUID]
) -> ReadRecord:
    """Return what the journal keeps; of the document only its hash, since it may hold literals."""
    actor, text = context.actor, (operation.query or "").encode()
    return ReadRecord(
        actor.user_id,
        actor.username,
        actor.purpose,
        operation_name(operation),
        hashlib.sha256(text).hexdigest(),
        context.request_id,
        seen,
        missed,
    )


def operation_name(operation: GraphQLRequestData) -> str | None:
    """Return the name that the client gave the operation, also where it stands only in the document."""
    found = OPERATION.match(operation.query or "")
    return safe_name(operation.operation_name or (found[1] if found else "")) or None
