"""A machine's clock that is set back must not make the worker wait until that hour comes again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic as since_boot

from apscheduler.schedulers.base import BaseScheduler

NOTICED = 5  # seconds: less is the clock being kept true
LOOK_EVERY = 1.0


class ClockWatch:
    """`wall` gives UTC epoch seconds, `monotonic` seconds that only ever rise."""

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], float] = since_boot) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._last = wall() - monotonic()

    def set_back(self) -> bool:
        """Whether the clock was set back since the last look."""
        before, self._last = self._last, self._wall() - self._monotonic()
        return self._last < before - NOTICED


def begin_anew(scheduler: BaseScheduler, now: int) -> None:
    """Every job is due at once, and from then on at its pace."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.fromtimestamp(now, UTC))
