"""How much a request may ask for, and what an operation is counted to cost."""

from dataclasses import dataclass

from schema.errors import Told


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, and how many requests run at once.

    Parameters
    ----------
    tokens, characters : int
        Size of the document.
    depth, aliases, directives, root_fields, fields : int
        Shape of an operation, counted through fragments. Leaves add no depth.
    introspection : bool
        Whether `__schema` and `__type` answer.
    introspection_depth : int
        Depth below `__schema` and `__type`, which do not count for `depth`.
    errors : int
        Validation errors told; validation stops there.
    nodes : int
        Records an operation may reach, see `Cost`.
    seconds, body_bytes, body_seconds : number
        Time for an operation; size of a body and time to send it.
    running, writing : int
        Operations at once: those that only read, and those that may change something.
    waiting : int
        In line behind each of them.
    line_seconds : number
        Time in line.
    """

    tokens: int = 1_000
    characters: int = 15_000
    depth: int = 10
    aliases: int = 15
    directives: int = 8
    root_fields: int = 10
    fields: int = 5_000
    introspection: bool = True
    introspection_depth: int = 20
    errors: int = 5
    nodes: int = 20_000
    seconds: float = 10
    body_bytes: int = 1 << 20
    body_seconds: float = 10
    running: int = 8
    writing: int = 4
    waiting: int = 64
    line_seconds: float = 5


@dataclass
class Cost:
    """Records that an operation may reach, told in `extensions.cost`; one per request, as `context.cost`.

    Counted like GitHub does: page sizes multiplied down each path, from the document and before any row is read.
    """

    limit: int = Limits.nodes
    nodes: int = 0

    def add(self, nodes: int) -> None:
        """Count a root field's records.

        Raises
        ------
        Told
            COST_EXCEEDED, above the limit.
        """
        self.nodes += nodes
        if self.nodes > self.limit:
            raise Told(
                "COST_EXCEEDED",
                "La consulta podría alcanzar demasiados registros; pida páginas más cortas o menos niveles.",
                nodes=self.nodes,
                limit=self.limit,
            )
