"""How often the read path found its plan, had to make it, or went the ordinary way, and why."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class ReadMetrics:
    """Counts since the process started.

    Parameters
    ----------
    hits, misses : int
        Plans found in the cache, and made.
    fallbacks : Counter
        Root fields that went to the resolvers, by reason.
    """

    hits: int = 0
    misses: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)

    @property
    def fell_back(self) -> int:
        return self.fallbacks.total()
