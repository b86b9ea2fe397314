"""Which chains there are, sealed like their heads: a chain that is taken out whole, with its head, shows at once.

One row among the heads holds how many chains have begun and a keyed digest of their names, those of the reads too. It
grows in the transaction in which a chain begins. A set that is not the one that was sealed is never sealed again: its
number grows, its digest stays and fits no more, so that a chain which begins anew under an old name hides nothing.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from authz.scope import table_of
from core.audit.digest import KEPT, SET, head_digest
from core.models.audit import AuditHead

HEAD = table_of(AuditHead)
End = tuple[int, str]  # where a chain ends: the number of its last link, and the keyed digest of that


def begin_set(connection: Connection, key: bytes) -> None:
    """Write the seal that an installation begins with: of no chain, whatever there is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    empty = {"sequence": 0, "digest": set_digest(key, ())}
    begun = dialect.insert(HEAD).values(chain=SET, **empty)
    connection.execute(begun.on_conflict_do_update(index_elements=[HEAD.c.chain], set_=empty))


def begin_chains(connection: Connection, key: bytes, ends: Mapping[str, End]) -> None:
    """Insert the heads that are not there yet, and let the seal of their set grow with them.

    The set is locked before any head of a commune and after those of reads: who holds it waits for nobody that waits
    for it, and two communes whose first entries come at once are sealed one after the other.

    Parameters
    ----------
    connection : Connection
        That holds no head of a commune yet; whoever opened it commits.
    key : bytes
        The ring's `audit` key.
    ends : mapping of str to (int, str)
        Chain to what its head says first.
    """
    known = select(HEAD.c.chain).where(HEAD.c.chain.in_(ends))
    if not ends or not ends.keys() - set(connection.execute(known).scalars()):
        return
    seal = connection.execute(select(HEAD).where(HEAD.c.chain == SET).with_for_update()).one_or_none()
    there = chains_in(connection.execute(select(HEAD.c.chain)).scalars())
    new = ends.keys() - there
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"chain": chain, "sequence": ends[chain][0], "digest": ends[chain][1]} for chain in sorted(new)]
    if rows:
        connection.execute(dialect.insert(HEAD).on_conflict_do_nothing(), rows)
    if rows and seal:  # where somebody took the seal away, none is made: that shows
        digest = set_digest(key, there | new) if fits(key, (seal.sequence, seal.digest), there) else seal.digest
        grown = update(HEAD).where(HEAD.c.chain == SET).values(sequence=seal.sequence + len(rows), digest=digest)
        connection.execute(grown)


def chains_in(names: Iterable[str]) -> set[str]:
    """Return which rows of the heads are chains: the others are seals of something else."""
    return set(names) - KEPT


def fits(key: bytes, seal: End, names: Iterable[str]) -> bool:
    """Whether a seal is that of these chains."""
    there = set(names)
    return seal == (len(there), set_digest(key, there))


def set_digest(key: bytes, names: Iterable[str]) -> str:
    there = sorted(names)
    return head_digest(key, SET, len(there), "|".join(there))
