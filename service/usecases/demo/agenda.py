"""What is still to happen in a demo, in the order of its instants."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

Act = Callable[[int], None]


class Agenda:
    """Acts of one instant happen in the order in which they were put down."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Act]] = []
        self._numbers = count()

    def put(self, at: int, act: Act) -> None:
        """`act` is called with `at`, UTC epoch seconds."""
        heapq.heappush(self._heap, (at, next(self._numbers), act))

    @property
    def next_at(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def take(self) -> tuple[int, Act]:
        """Raises IndexError when nothing is left."""
        at, _, act = heapq.heappop(self._heap)
        return at, act
