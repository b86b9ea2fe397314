"""Entries into specialised protection, and what they mean on a given day."""

from dataclasses import dataclass, field

import numpy as np

from scoring.synthetic.days import back
from scoring.synthetic.world import Bools, Days, Ints


@dataclass
class Protection:
    """Recorded stays of children in protection programmes: child, first day, and day after the last."""

    count: int
    child: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    start: Days = field(default_factory=lambda: np.empty(0, "datetime64[D]"))
    end: Days = field(default_factory=lambda: np.empty(0, "datetime64[D]"))

    def add(self, child: Ints, start: Days, end: Days) -> None:
        self.child = np.concatenate([self.child, child])
        self.start = np.concatenate([self.start, start])
        self.end = np.concatenate([self.end, end])

    def inside(self, day: np.datetime64) -> Bools:
        """Return which children are in a programme on `day`."""
        return self._children((self.start <= day) & (self.end > day))

    def left_within(self, day: np.datetime64, months: int) -> Bools:
        """Return which children left a programme in the `months` up to `day`."""
        return self._children((self.end <= day) & (self.end > back(day, months)))

    def _children(self, stays: Bools) -> Bools:
        told = np.zeros(self.count, dtype=bool)
        told[self.child[stays]] = True
        return told
